"""Epochs, steps, phases: what is logged is kept, and nothing raises into the loop."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import joulebook
from conftest import Script, schema, shown
from joulebook import reader


@pytest.fixture
def run(tmp_path: Path) -> joulebook.Run:
    return joulebook.start("p", dir=tmp_path)


def metrics(tmp_path: Path) -> list[dict[str, Any]]:
    return [epoch["metrics"] for epoch in shown(tmp_path)["epochs"]]


def test_epochs_are_counted_from_one_unless_told_otherwise(
    run: joulebook.Run, tmp_path: Path
) -> None:
    assert [epoch.number for epoch in run.epochs(3)] == [1, 2, 3]
    assert [epoch.number for epoch in run.epochs(2, first=0)] == [0, 1]
    assert [epoch.number for epoch in run.epochs(0)] == []
    run.finish()
    assert [epoch["epoch"] for epoch in shown(tmp_path)["epochs"]] == [1, 2, 3, 0, 1]


def test_an_epoch_takes_its_number_and_nothing_else(run: joulebook.Run, tmp_path: Path) -> None:
    calls: list[tuple[list[Any], dict[str, Any]]] = [([], {}), ([1, 2], {}), ([], {"count": 1})]
    for arguments, named in calls:
        with pytest.raises(TypeError, match="number"):
            run.epoch(*arguments, **named)
    with pytest.raises(ValueError, match="three"):
        run.epoch("three")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        run.epoch(1 << 64)
    with run.epoch(number=3) as third, run.epoch(np.int32(4)) as fourth:  # type: ignore[arg-type]
        assert (third.number, fourth.number) == (3, 4)
    run.finish()
    assert sorted(epoch["epoch"] for epoch in shown(tmp_path)["epochs"]) == [3, 4]
    assert run.epoch(5).number == 5, "of a run that has ended it keeps nothing"


def test_leaving_the_body_by_break_closes_the_epoch(run: joulebook.Run, tmp_path: Path) -> None:
    for epoch in run.epochs():
        epoch.log(loss=float(epoch.number))
        if epoch.number == 3:
            break
    with joulebook.start("other", dir=tmp_path / "other"):
        pass
    assert run.summary()["epochs"] == 3
    run.finish()
    kept = joulebook.show(run.path or "")["epochs"]
    assert [epoch["metrics"]["loss"] for epoch in kept] == [1, 2, 3]


def test_an_exception_in_an_epoch_keeps_what_was_logged(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), joulebook.start("p", dir=tmp_path) as run:
        for epoch in run.epochs(5):
            epoch.log(loss=1.0)
            if epoch.number == 2:
                raise ZeroDivisionError
    record = shown(tmp_path)
    assert record["status"] == "failed"
    assert [epoch["metrics"]["loss"] for epoch in record["epochs"]] == [1, 1]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("x"), "failed"),
        (KeyboardInterrupt(), "killed"),
        (SystemExit(0), "finished"),
        (SystemExit(None), "finished"),
        (SystemExit(3), "failed"),
        (SystemExit("message"), "failed"),
    ],
)
def test_the_way_out_of_the_block_is_the_runs_status(
    error: BaseException, status: str, tmp_path: Path
) -> None:
    with pytest.raises(type(error)), joulebook.start("p", dir=tmp_path):
        raise error
    assert shown(tmp_path)["status"] == status


def test_values_keep_their_bits(run: joulebook.Run, tmp_path: Path) -> None:
    values = {
        "float": 0.1 + 0.2,
        "tiny": 5e-324,
        "int": 7,
        "bool": True,
        "numpy float": np.float64(1 / 3),
        "numpy single": np.float32(0.1),
        "numpy int": np.int64(-4),
        "array": np.array(2.5),
        "unicode läuft": 1.0,
        "with/slash": 2.0,
    }
    for epoch in run.epochs(1):
        epoch.log(values)
    run.finish()
    (kept,) = metrics(tmp_path)
    assert kept == {name: float(value) for name, value in values.items()}


def test_numbers_that_are_not_finite_are_kept(run: joulebook.Run, tmp_path: Path) -> None:
    for epoch in run.epochs(1):
        epoch.log(nan=math.nan, up=math.inf, down=np.float32(-math.inf))
    run.finish()
    assert metrics(tmp_path) == [{"nan": "NaN", "up": "Infinity", "down": "-Infinity"}]


def test_metrics_come_by_keyword_or_as_a_dict_and_the_later_value_counts(
    run: joulebook.Run, tmp_path: Path
) -> None:
    for epoch in run.epochs(1):
        epoch.log({"val/loss": 1.0, "loss": 2.0}, accuracy=0.5)
        epoch.log(loss=3.0)
    run.log({"loss": 10.0}, loss=20.0)
    run.finish()
    assert metrics(tmp_path) == [{"val/loss": 1.0, "loss": 3.0, "accuracy": 0.5}]
    assert run.path is not None
    assert reader.read(run.path).tables["steps"]["loss"].values == [20.0]


class Hostile:
    def __float__(self) -> float:
        raise RuntimeError("no")


def test_what_is_no_number_is_left_out_counted_and_said_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = joulebook.start("p", dir=tmp_path, quiet=False)
    capfd.readouterr()
    for epoch in run.epochs(3):
        epoch.log(note="text", nothing=None, odd=Hostile(), big=10**400, cells=[1, 2], loss=1.0)
        run.log(step=epoch.number, note="text", loss=1.0)
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 5, said
    assert said[0].startswith("joulebook: metric 'note' is no number")
    assert "(str)" in said[0] and said[0].endswith("(said once)")
    assert len(run.warnings) == 5
    run.finish()
    assert metrics(tmp_path) == [{"loss": 1.0}] * 3
    assert "18 values left out" in capfd.readouterr().err


def test_no_way_of_calling_log_raises(run: joulebook.Run, capfd: Any) -> None:
    many: Any = {f"m{index}": float(index) for index in range(500)}
    calls: list[Any] = [
        lambda log: log(),
        lambda log: log({}),
        lambda log: log(None),
        lambda log: log(3),
        lambda log: log({"a": 1.0}, {"b": 1.0}),
        lambda log: log({1: 2.0, None: 3.0, ("t",): 1.0}),
        lambda log: log({"": 1.0}),
        lambda log: log({"x" * 5000: 1.0}),
        lambda log: log({"\ud800": 1.0}),
        lambda log: log({"nul\0": 1.0}),
        lambda log: log(**many),
        lambda log: log(many),
        lambda log: log([("a", 1.0)]),
    ]
    (epoch,) = (epoch for epoch in run.epochs(1))
    for call in calls:
        call(run.log)
        call(epoch.log)
    for step in ("text", 1.5, None, 2**80, math.nan, Hostile(), np.int32(4), 5.0):
        run.log(step=step, a=1.0)  # type: ignore[arg-type]
    run.finish()
    epoch.log(a=1.0)
    epoch.end()
    run.log(step=1, a=1.0)
    run.finish()


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("step", ["text", 1.5, [1], {}, object(), 10**400, Mute()])
def test_a_step_that_is_no_whole_number_is_said_and_counted_on(
    run: joulebook.Run, step: Any
) -> None:
    run.log(step=5, loss=1.0)
    run.log(step=step, loss=2.0)
    run.log(step=-1, loss=3.0)
    run.finish()
    assert run.path is not None
    assert reader.read(run.path).tables["steps"]["step"].values == [5, 6, -1]
    (warning,) = run.warnings
    assert warning.startswith("a step must be a whole number, not ")


class Interrupted:
    def __float__(self) -> float:
        raise KeyboardInterrupt


def test_an_interrupt_is_never_swallowed(run: joulebook.Run) -> None:
    with pytest.raises(KeyboardInterrupt):
        run.log(step=1, loss=Interrupted())


class Meddler:
    """A number whose conversion changes the caller's dict and the run."""

    def __init__(self, run: joulebook.Run, metrics: dict[str, Any]) -> None:
        self.run = run
        self.metrics = metrics

    def __float__(self) -> float:
        self.metrics.clear()
        self.run.log({f"inner{index}": 1.0 for index in range(200)})
        self.run.finish()
        return 1.0


def test_a_value_that_meddles_while_it_is_converted_does_no_harm(run: joulebook.Run) -> None:
    values: dict[str, Any] = {}
    values.update({"a": 1.0, "meddler": Meddler(run, values), "b": 2.0, "c": 3.0})
    run.log(values, step=1)
    run.log(**{"a": 1.0, "meddler": Meddler(run, values)})


def test_logging_leaks_no_references(run: joulebook.Run) -> None:
    value, name = 0.12345678, "metric " + str(len(sys.argv))
    run.log({name: value}, step=1)
    # The names of the last call are kept.
    run.log(**{name: value})
    before = sys.getrefcount(value), sys.getrefcount(name), sys.getrefcount(run)
    for _ in range(1000):
        run.log({name: value}, step=1)
        run.log(**{name: value})
    assert (sys.getrefcount(value), sys.getrefcount(name), sys.getrefcount(run)) == before


def test_a_call_that_recurs_keeps_what_it_is_given(run: joulebook.Run) -> None:
    values: list[Any] = [0.1, 2, True, math.nan, -0.0, "no number", None, 1e300, Meddler, 3.5]
    kept: list[tuple[int, float | None, float | None]] = []
    for number, value in enumerate(values * 20):
        run.log(step=number, a=value, b=float(number))
        run.log(b=0.5, a=value)
        is_number = isinstance(value, (bool, int, float))
        first = float(value) if is_number else None
        kept += [(number, first, float(number)), (number + 1, first, 0.5)]
    for number in range(200):
        run.log(**{"a": float(number), "step": number})
        kept.append((number, float(number), None))
    run.finish()
    assert run.path is not None
    steps = reader.read(run.path).tables["steps"]
    columns = [steps[name].values for name in ("step", "a", "b")]
    assert repr(list(zip(*columns, strict=True))) == repr(kept)


def test_steps_from_many_threads_are_all_kept(tmp_path: Path) -> None:
    run = joulebook.start("p", dir=tmp_path)

    def work(thread: int) -> None:
        for step in range(2000):
            run.log(step=step, **{f"loss{thread}": 1.0})

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    assert run.warnings == []


def test_phases_belong_to_their_epoch(run: joulebook.Run, tmp_path: Path) -> None:
    with run.phase("setup"):
        pass
    for epoch in run.epochs(2):
        with epoch.phase("train"):
            pass
        with epoch.phase("validation"):
            pass
    run.finish()
    for epoch in shown(tmp_path)["epochs"]:
        assert [phase["name"] for phase in epoch["phases"]] == ["train", "validation"]


def steps_of(part: dict[str, Any]) -> list[tuple[int, int]]:
    """The ranges that a part of `show --json` lists."""
    return [(each["first_step"], each["last_step"]) for each in part.get("step_ranges", [])]


def test_ranges_of_steps_belong_to_what_they_were_begun_in(
    run: joulebook.Run, tmp_path: Path
) -> None:
    with run.steps(-2, -1):
        pass
    for epoch in run.epochs(2):
        with epoch.steps(0, 99) as steps:
            assert (steps.first, steps.last) == (0, 99)
        with epoch.phase("train") as phase, phase.steps(100, np.int64(199)):
            phase.steps(200, 200)
        epoch.steps(201, 201)
    run.finish()
    record = shown(tmp_path)
    Draft202012Validator(schema("run")).validate(record)
    assert steps_of(record) == [(-2, -1)]
    for epoch in record["epochs"]:
        assert [phase["name"] for phase in epoch["phases"]] == ["train"]
        assert steps_of(epoch["phases"][0]) == [(100, 199), (200, 200)]
        assert steps_of(epoch) == [(0, 99), (201, 201)]
    columns = reader.read(run.path).tables["phases"]
    names = ("phase", "name", "first_step", "last_step", "within")
    rows = list(zip(*(columns[name].values for name in names), strict=True))
    # Numbers are given at the beginning, rows are written at the end.
    assert rows[:6] == [
        (0, "steps", -2, -1, None),
        (1, "steps", 0, 99, None),
        (3, "steps", 100, 199, 2),
        (4, "steps", 200, 200, 2),
        (2, "train", None, None, None),
        (5, "steps", 201, 201, None),
    ]
    assert run.warnings == []


def test_a_range_that_is_none_is_a_warning_and_stops_no_training(
    run: joulebook.Run, tmp_path: Path
) -> None:
    with run.epoch(1) as epoch, epoch.phase("train") as phase:
        for owner in (run, epoch, phase):
            with owner.steps(9, 8):
                pass
        with pytest.raises(TypeError, match="steps: last must be a whole number"):
            epoch.steps(0, "ten")  # type: ignore[arg-type]
        epoch.log(loss=1.0)
    assert len(run.warnings) == 1 and "steps: the last one, 8" in run.warnings[0]
    run.finish()
    columns = [column.name for column in reader.read(run.path).tables["phases"].columns]
    assert "name" in columns and "first_step" not in columns


def test_tags_parents_and_final_metrics_are_kept(run: joulebook.Run, tmp_path: Path) -> None:
    run.tag("verify", "läuft")
    run.parent("0123456789abcdef", relation="distils")
    run.finish(metrics={"test": {"accuracy": np.float64(0.9)}})
    record = shown(tmp_path)
    assert record["tags"] == ["verify", "läuft"]
    assert record["parents"] == [{"run_id": "0123456789abcdef", "relation": "distils"}]
    assert record["metrics"] == {"test": {"accuracy": 0.9}}


def test_finish_twice_is_finish_once(run: joulebook.Run, tmp_path: Path) -> None:
    run.finish("failed")
    run.finish("finished")
    assert shown(tmp_path)["status"] == "failed"
    with pytest.raises(ValueError, match="finished, failed or killed"):
        run.finish("done")


def test_what_comes_after_the_end_is_one_warning_and_no_error(tmp_path: Path) -> None:
    run = joulebook.start("p", dir=tmp_path, quiet=False)
    epoch = run.epoch(1)
    epoch.log(loss=1.0)
    with pytest.warns(RuntimeWarning, match="after the end") as caught:
        epoch.end()
        epoch.log(loss=2.0)
        run.finish()
        run.log(step=1, loss=3.0)
        epoch.log(loss=4.0)
        run.tag("late")
        run.parent("other", relation="distils")
        with run.phase("late"), run.epoch(2) as late, late.phase("late"):
            late.log(loss=5.0)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert sum("after the end" in warning for warning in run.warnings) == 1
    assert metrics(tmp_path) == [{"loss": 1.0}]


@pytest.mark.filterwarnings("error")
def test_late_calls_raise_nothing_even_where_warnings_are_errors(tmp_path: Path) -> None:
    for call in (lambda run: run.log(loss=1.0), lambda run: run.tag("x")):
        run = joulebook.start("p", dir=tmp_path, quiet=False)
        run.finish()
        call(run)
        assert any("after the end" in warning for warning in run.warnings)


def test_an_epoch_that_nobody_ended_is_kept_with_what_was_logged(
    script: Script, tmp_path: Path
) -> None:
    script(
        """
        import joulebook
        run = joulebook.start("p")
        for number in range(3):
            run.epoch(number).log(loss=float(number))
        """
    )
    assert metrics(tmp_path) == [{"loss": 0.0}, {"loss": 1.0}, {"loss": 2.0}]


def test_an_open_epoch_without_metrics_is_left_out_and_said(tmp_path: Path) -> None:
    run = joulebook.start("p", dir=tmp_path)
    run.epoch(7)
    run.finish()
    assert metrics(tmp_path) == []
    assert any("epoch 7" in warning for warning in run.warnings)


def test_names_and_parents_that_mean_nothing_are_refused(run: joulebook.Run) -> None:
    with pytest.raises(ValueError, match="phase"):
        run.phase("")
    with pytest.raises(ValueError, match="phase"), run.epoch(1) as epoch:
        epoch.phase("\0")
    with pytest.raises(ValueError, match="own parent"):
        run.parent(run.id, relation="distils")
    with pytest.raises(ValueError, match="no run can have the id ''"):
        run.parent("", relation="distils")
    with pytest.raises(ValueError, match="relation"):
        run.parent("other", relation="")


def test_a_real_tensor_is_a_number(tmp_path: Path, script: Script) -> None:
    pytest.importorskip("torch")
    script(
        """
        import joulebook, torch
        with joulebook.start("p") as run:
            for epoch in run.epochs(1):
                epoch.log(loss=torch.tensor(0.5), half=torch.tensor(0.5, dtype=torch.bfloat16))
        """
    )
    assert metrics(tmp_path) == [{"loss": 0.5, "half": 0.5}]
