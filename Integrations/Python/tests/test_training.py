"""What the callbacks of all frameworks promise, asked of what they have in common."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import joulebook
from conftest import Script, ledgers, shown
from joulebook._training import Training, harmless

PROGRAM = """
    import sys
    from joulebook._training import Training
    training = Training("p", None, False, None, {"capture": {"code": False}})
    training.begin(lambda: {"lr": 1}, lambda: None)
    training.begin_epoch(1)
    training.log_epoch({"loss": 0.5})
    """


def training(project: str | joulebook.Run = "p", **options: Any) -> Training:
    return Training(project, None, None, None, options)


def begun(made: Training, config: Callable[[], Any] = dict, **facts: Any) -> Training:
    made.begin(config, facts.pop("data", lambda: None), **facts)
    return made


@pytest.mark.parametrize(
    ("ending", "exit_status", "status"),
    [
        ("training.end()", 0, "finished"),
        ("raise ArithmeticError", 1, "failed"),
        ("raise KeyboardInterrupt", -2, "killed"),
        ("try: 1 / 0\n    except ArithmeticError: pass", 0, "failed"),
        ("sys.exit(0)", 0, "failed"),
    ],
)
def test_a_training_that_did_not_end_failed_whatever_the_program_says(
    script: Script, tmp_path: Path, ending: str, exit_status: int, status: str
) -> None:
    script(f"{PROGRAM.rstrip()}\n    {ending}\n", status=exit_status)
    assert shown(tmp_path)["status"] == status
    assert [epoch["metrics"] for epoch in shown(tmp_path)["epochs"]] == [{"loss": 0.5}]


def test_seeds_draw_weights_and_without_one_weights_prove_nothing(tmp_path: Path) -> None:
    def answer(weights: str, **facts: Any) -> dict[str, Any]:
        with pytest.raises(joulebook.DuplicateRunError) as raised:
            config = {"lr": 1, "initial_weights": weights, **facts}
            begun(training(on_duplicate="raise", proof="statistical"), lambda: config)
        return raised.value.answer["evidence"][0]

    for weights, facts in (("a", {"seed": 1}), ("b", {"seed": 2}), ("c", {})):
        config = {"lr": 1, "initial_weights": weights, **facts}
        begun(training(), lambda config=config: config).end()
    assert "seed" not in answer("b", seed=2)["missing"]
    assert "seed" in answer("c")["missing"]
    # Replicates of one recipe, not two recipes.
    recipes = [
        group
        for group in joulebook.audit(tmp_path)["groups"]
        if group["class"] == "seed_replicate"
    ]
    assert [len(group["run_ids"]) for group in recipes] == [2]


def test_a_training_that_begins_ends_the_one_before(tmp_path: Path) -> None:
    made = begun(training())
    first = made.run
    begun(made).end()
    statuses = {run["run_id"]: run["status"] for run in map(joulebook.show, ledgers(tmp_path))}
    assert first is not None and statuses.pop(first.id) == "failed"
    assert list(statuses.values()) == ["finished"]


def trains(*more: Any, project: str = "p") -> Any:
    """A training of three epochs; returns its callback."""
    xgboost = pytest.importorskip("xgboost")
    from joulebook.xgboost import JoulebookCallback

    callback = JoulebookCallback(project)
    data = xgboost.DMatrix([[0.0], [1.0]], [0, 1])
    xgboost.train({}, data, 3, callbacks=[callback, *more])
    return callback


def at_epoch_2(work: Callable[[], object]) -> Any:
    """Another callback, which does something in the midst of a training."""
    xgboost = pytest.importorskip("xgboost")

    class Works(xgboost.callback.TrainingCallback):  # type: ignore[misc, name-defined]
        def after_iteration(self, model: Any, epoch: int, log: Any) -> bool:
            if epoch == 1:
                work()
            return False

    return Works()


def statuses(directory: Path) -> dict[str, tuple[str, int]]:
    """The status of each project's only run, and the number of its epochs."""
    runs = list(map(joulebook.show, ledgers(directory)))
    return {run["project"]: (run["status"], len(run["epochs"])) for run in runs}


def test_a_training_that_raised_fails_with_its_callback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        trains(at_epoch_2(lambda: 1 / 0))
    # The error's frames have hold of it.
    assert statuses(tmp_path) == {"p": ("running", 2)}
    del raised
    gc.collect()
    assert statuses(tmp_path) == {"p": ("failed", 2)}


def test_a_training_that_raised_fails_when_another_one_begins(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        trains(at_epoch_2(lambda: 1 / 0))
    trains(project="next")
    assert statuses(tmp_path) == {"p": ("failed", 2), "next": ("finished", 3)}
    del raised


def test_a_training_within_or_beside_another_one_ends_none(tmp_path: Path) -> None:
    def beside() -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(trains, project="beside").result()

    def both() -> None:
        trains(project="within")
        beside()

    trains(at_epoch_2(both))
    assert statuses(tmp_path) == dict.fromkeys(("p", "within", "beside"), ("finished", 3))


def test_two_callbacks_of_one_training_record_it_both(tmp_path: Path) -> None:
    pytest.importorskip("xgboost")
    from joulebook.xgboost import JoulebookCallback

    trains(JoulebookCallback("other"))
    assert statuses(tmp_path) == dict.fromkeys(("p", "other"), ("finished", 3))


def test_what_is_stated_goes_before_what_the_framework_tells(tmp_path: Path) -> None:
    made = Training("p", {"lr": 2}, "mine", None, {"seed": 5})
    begun(made, lambda: {"lr": 1, "depth": 3}, data=lambda: 1 / 0, seed=lambda: 6).end()
    run = shown(tmp_path)
    assert (run["config"], run["seed"], run["data"]["name"]) == ({"lr": 2, "depth": 3}, 5, "mine")


def test_a_fact_that_cannot_be_read_costs_that_fact_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = Training("p", None, None, None, {"quiet": False})
    begun(made, lambda: {}["none"], data=lambda: 1 / 0, seed=lambda: 6).end()
    run = shown(tmp_path)
    assert (run["status"], run["config"], run["data"], run["seed"]) == ("finished", {}, None, 6)
    said = capfd.readouterr().err
    assert "the configuration is not known" in said and "the data is not known: division" in said


@pytest.mark.parametrize(("seed", "kept"), [(2**64 - 1, str(2**64 - 1)), (object(), None)])
def test_a_seed_that_is_too_large_or_none_at_all_stops_no_training(
    tmp_path: Path, seed: object, kept: str | None
) -> None:
    begun(training(), seed=lambda: seed).end()
    assert (shown(tmp_path)["status"], shown(tmp_path).get("seed")) == ("finished", kept)


@pytest.mark.parametrize("framework", ["lightning", "keras"])
def test_a_seed_that_nobody_gave_is_not_made_up(
    tmp_path: Path, script: Script, framework: str
) -> None:
    if not all(map(find_spec, ("torch", framework))):
        pytest.skip(f"PyTorch or {framework} is not installed")
    # What PyTorch then begins with may be any number of 64 bits.
    script(
        f"""
        import torch
        torch.default_generator.manual_seed({2**63 + 5})
        import {framework}
        from joulebook.{framework} import JoulebookCallback
        if {framework!r} == "keras":
            model = keras.Sequential([keras.layers.Dense(1)])
            model.compile("sgd", "mse")
            x = torch.ones(4, 1)
            model.fit(x, x, verbose=0, callbacks=[JoulebookCallback("p")])
        else:
            class Line(lightning.LightningModule):
                def __init__(self):
                    super().__init__()
                    self.layer = torch.nn.Linear(1, 1)
                def training_step(self, batch, index):
                    return self.layer(batch[0]).mean()
                def configure_optimizers(self):
                    return torch.optim.SGD(self.parameters(), lr=0.1)
            data = torch.utils.data.TensorDataset(torch.ones(4, 1))
            lightning.Trainer(
                max_epochs=1, logger=False, enable_checkpointing=False, accelerator="cpu",
                enable_progress_bar=False, enable_model_summary=False,
                callbacks=[JoulebookCallback("p")],
            ).fit(Line(), torch.utils.data.DataLoader(data))
        """,
        KERAS_BACKEND="torch",
        JOULEBOOK_QUIET="1",
        OMP_NUM_THREADS="1",
    )
    assert (shown(tmp_path)["status"], shown(tmp_path).get("seed")) == ("finished", None)


def test_a_run_that_was_handed_over_stays_open(tmp_path: Path) -> None:
    with joulebook.start("p", config={"lr": 1}) as run:
        made = begun(training(run))
        made.begin_epoch(1)
        made.log_epoch({"loss": 1})
        made.end("failed")
        run.log(loss=1)
    assert run.warnings == []
    assert (shown(tmp_path)["status"], len(shown(tmp_path)["epochs"])) == ("finished", 1)


def test_data_are_fingerprinted_unless_somebody_says_what_they_are(tmp_path: Path) -> None:
    value = joulebook.fingerprint([1, 2], b"3")
    for number, given in enumerate([value, ([1, 2], b"3"), None, False, "mine"]):
        made = Training("p", None, given, None, {"dir": str(number)})
        begun(made, data=lambda: ([1, 2], b"3")).end()
    told = [joulebook.show(tmp_path / str(number))["data"] for number in range(5)]
    assert [data and data.get("fingerprint") for data in told] == [value.value] * 3 + [None] * 2
    assert told[3] is None and told[4]["name"] == "mine"


def test_a_file_keeps_the_run_until_its_training_ends(tmp_path: Path) -> None:
    def made() -> Training:
        return Training("p", None, None, None, {}, tmp_path / "kept" / "run")

    first = begun(made())
    first.end("failed")
    second = begun(made())
    second.end()
    third = begun(made(), run_id="b" * 32)
    third.end()
    runs = [one.run.id for one in (first, second, third) if one.run is not None]
    assert runs[0] == runs[1] != runs[2] == "b" * 32
    assert not (tmp_path / "kept" / "run").exists()


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = Training("p", None, None, None, {}, tmp_path / "file" / "run")
    with pytest.warns(joulebook.LedgerWarning, match="not all of the training"):
        begun(made).end()
    assert shown(tmp_path)["status"] == "finished"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_a_copy_records_trainings_of_its_own(
    tmp_path: Path, copied: Callable[[Training], Training]
) -> None:
    made = begun(training(tags=["a"]))
    other = begun(copied(made))
    for one in (made, other):
        one.end()
    assert made.run is not None and other.run is not None and made.run.id != other.run.id
    assert [run["tags"] for run in map(joulebook.show, ledgers(tmp_path))] == [["a"], ["a"]]


@pytest.mark.parametrize(
    ("run", "options", "named"),
    [("p", {"colour": "red"}, "colour"), (None, {"epochs": 3}, "epochs")],
)
def test_arguments_that_mean_nothing_are_refused_at_once(
    run: str | None, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(TypeError, match=named):
        Training(run, None, None, None, options)


def test_an_open_run_takes_no_other_options() -> None:
    with (
        joulebook.start("p") as run,
        pytest.raises(TypeError, match="a run that is open has its configuration"),
    ):
        training(run, tags=["a"])


class Hooks:
    """As a callback has them."""

    def __init__(self, budget: Any) -> None:
        self._training = Training("p", None, None, budget, {"interval_s": 0.01})

    @harmless
    def begins(self, stage: str | None = None) -> None:
        if stage is not None:
            self._training = training(stage=stage)
        begun(self._training)

    @harmless
    def breaks(self) -> None:
        raise LookupError("broken")

    @harmless
    def epoch(self) -> bool:
        self._training.begin_epoch(1)
        time.sleep(0.1)
        self._training.end_epoch()
        return self._training.should_stop


def test_a_hook_raises_what_was_asked_for_and_nothing_else(tmp_path: Path) -> None:
    def exceeded(event: dict[str, Any]) -> None:
        raise OverflowError(event["quantity"])

    hooks = Hooks({"energy_kwh": 0, "on_exceed": exceeded})
    with pytest.raises(ValueError, match="stage"):
        hooks.begins("nonsense")
    hooks = Hooks({"energy_kwh": 0, "on_exceed": exceeded})
    hooks.begins()
    with pytest.warns(joulebook.LedgerWarning, match="LookupError: broken") as warned:
        hooks.breaks()
        hooks.breaks()
    assert len(warned) == 1 and warned[0].filename == __file__
    with pytest.raises(OverflowError, match="energy"):
        hooks.epoch()
    hooks._training.end()
    assert shown(tmp_path)["status"] == "finished"


def test_a_budget_that_means_nothing_comes_out_and_fails_the_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="on_exceed"):
        Hooks({"energy_kwh": 0, "on_exceed": "nonsense"}).begins()
    assert shown(tmp_path)["status"] == "failed"


def test_a_forked_child_ends_nothing(tmp_path: Path) -> None:
    made = Training("p", None, None, None, {}, tmp_path / "kept")
    begun(made).begin_epoch(1)
    child = os.fork()
    if child == 0:
        try:
            made.end()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "kept").exists() and shown(tmp_path)["status"] == "running"
    made.end()
    assert [epoch["epoch"] for epoch in shown(tmp_path)["epochs"]] == [1]


def test_a_function_sets_the_budget(tmp_path: Path) -> None:
    hooks = Hooks(lambda run: run.budget(energy_kwh=0, on_exceed="stop"))
    hooks.begins()
    assert hooks.epoch() is True
    hooks._training.end()
    assert hooks.epoch() is False


@pytest.mark.parametrize(
    ("has", "said"),
    [("budget", "True True"), ("nothing", "False False"), ("no run", "True True")],
)
def test_ranks_stop_together_whichever_of_them_has_a_reason(
    script: Script, has: str, said: str
) -> None:
    pytest.importorskip("torch")
    out = script(
        f"""
        import os, sys
        child = os.fork()
        rank = 1 if child == 0 else 0
        import datetime, time, torch.distributed as distributed
        from joulebook._training import Training
        distributed.init_process_group(
            "gloo", init_method="file://" + os.path.abspath("store"), rank=rank, world_size=2,
            timeout=datetime.timedelta(seconds=20),
        )
        # Of two ranks, the first has a budget that is spent, and the other what is asked for.
        budget = {{"energy_kwh": 0, "on_exceed": "stop"}}
        own = None if {has!r} == "nothing" or rank == 1 else budget
        options = {{"capture": {{"code": False}}, "interval_s": 0.01}}
        training = Training("p", None, False, own, options)
        if rank == 0 or {has!r} != "no run":
            training.begin(dict, lambda: None)
            training.begin_epoch(1)
            time.sleep(0.1)
            training.end_epoch()
        answers = [None, None]
        distributed.all_gather_object(answers, training.should_all_stop)
        training.end()
        distributed.barrier()
        if rank == 0:
            print(*answers)
            assert os.waitpid(child, 0)[1] == 0
        else:
            sys.stdout.flush()
            os._exit(0)
        """,
        OMP_NUM_THREADS="1",
        JOULEBOOK_QUIET="1",
    ).stdout
    assert out.split("\n")[-2] == said


def test_what_is_switched_off_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    asked: list[str] = []
    made = Training("p", None, None, {"energy_kwh": 1}, {"stage": "training"})
    begun(
        made, lambda: asked.append("config"), data=lambda: asked.append("data"),
        seed=lambda: asked.append("seed"),
    )  # fmt: skip
    made.begin_epoch(1)
    made.end()
    assert asked == [] and not Path("joulebook").exists()
    with pytest.raises(ValueError, match="stage"):
        begun(training(stage="nonsense"))


def test_a_model_that_has_a_callback_with_an_open_run_goes_to_other_processes(
    tmp_path: Path,
) -> None:
    seen: list[object] = []
    with joulebook.start("mine") as run:
        budget = {"energy_kwh": 1, "on_exceed": lambda event: seen.append(event)}
        for given in (budget, lambda run: seen.append(run)):
            made = pickle.loads(pickle.dumps(Training(run, None, None, given, {})))
            begun(made).end()
            assert made.run.project == "mine" and made.run.id != run.id
    # What can go does.
    copied = pickle.loads(pickle.dumps(Training("p", None, None, set_budget, {"tags": ["a"]})))
    assert copied._given[3:] == (set_budget, {"project": "p", "tags": ["a"]}, None)
    assert seen == [] and len(ledgers(tmp_path)) == 3


def set_budget(run: joulebook.Run) -> None:
    run.budget(energy_kwh=1)


def test_the_forecast_knows_what_was_planned(tmp_path: Path) -> None:
    made = begun(training())
    made.plan(1, 4)
    made.begin_epoch(1)
    made.end_epoch({"loss": 1})
    assert made.run is not None
    forecast = made.run.forecast()
    assert forecast is not None and forecast["duration_s"]["low"] >= 0
    made.end()
