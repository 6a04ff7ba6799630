"""Forecasts, budgets and what gains cost, as a training script in Python has them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import joulebook
from conftest import ROOT, Script, schema, shown


def rows(seconds: list[float], watts: float | None = None) -> list[dict[str, float]]:
    return [
        {"epoch": number, "duration_s": value}
        | ({} if watts is None else {"energy_j": watts * value})
        for number, value in enumerate(seconds, 1)
    ]


def test_written_down_epochs_are_foretold_and_conform_to_the_schema() -> None:
    found = joulebook.forecast(rows([9, 2, 2, 2], watts=10), until=20)
    assert found is not None
    Draft202012Validator(schema("forecast")).validate(found)
    assert found["duration_s"]["central"] == pytest.approx(47)
    assert found["energy_j"]["central"] == pytest.approx(470)
    assert found["carbon_kg"] is None and found["usd"] is None
    blind = joulebook.forecast(rows([9, 2, 2, 2]), until=20)
    assert blind is not None and blind["energy_j"] is None
    assert joulebook.forecast([], until=3) is None
    with pytest.raises(ValueError, match="duration_s"):
        joulebook.forecast([{"epoch": 1, "duration_s": "soon"}], until=3)


def test_a_run_is_foretold_from_its_count_of_epochs() -> None:
    with joulebook.start("p", capture={"energy": False}) as run:
        with pytest.raises(ValueError, match="until="):
            run.forecast()
        found = []
        for _ in run.epochs(4, first=0):
            found.append(run.forecast())
            time.sleep(0.01)
        assert found[0] is None and found[1] is not None
        found.append(run.forecast())
        assert [item["epochs_ended"] for item in found if item] == [1, 2, 3, 4]
        assert all(item["last_epoch"] == 3 for item in found if item)
        end = found[-1]
        assert end is not None and end["energy_j"] is None and end["carbon_kg"] is None
        Draft202012Validator(schema("forecast")).validate(end)
        assert end["duration_s"]["low"] == end["duration_s"]["high"] >= 0.04
        further = run.forecast(until=9)
        assert further is not None and further["last_epoch"] == 9
        with pytest.raises(TypeError, match="until"):
            run.forecast(until="soon")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="64 bits"):
            run.forecast(until=2**70)


def test_a_count_beyond_all_numbers_is_no_plan_and_ends_nothing() -> None:
    with joulebook.start("p", capture={"energy": False}) as run:
        for epoch in run.epochs(sys.maxsize, first=2):
            if epoch.number == 3:
                break
        with pytest.raises(ValueError, match="until="):
            run.forecast()
        assert run.forecast(until=sys.maxsize) is not None


def test_carbon_is_foretold_by_the_budget_before_the_region(
    script: Script, gpu: dict[str, str]
) -> None:
    result = script(
        """
        import time, joulebook
        with joulebook.start("gpu", region="FR", pue=1.5, quiet=True) as run:
            run.budget(carbon_kg=1000, kg_per_kwh=3.6)
            for epoch in run.epochs(2):
                time.sleep(1.2)
            found = run.forecast()
        print(found["carbon_kg"]["high"] / found["energy_j"]["high"])
        """,
        **gpu,
    )
    assert float(result.stdout) == pytest.approx(1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ({}, ValueError, "energy_kwh"),
        ({"energy_kwh": -1}, ValueError, "energy_kwh"),
        ({"energy_kwh": float("nan")}, ValueError, "energy_kwh"),
        ({"energy_kwh": "much"}, TypeError, "energy_kwh"),
        ({"carbon_kg": 1}, ValueError, "kg_per_kwh"),
        ({"usd": 1}, ValueError, "usd_per_kwh"),
        ({"energy_kwh": 1, "on_exceed": "halt"}, ValueError, "on_exceed"),
    ],
)
def test_a_budget_that_means_nothing_raises(
    arguments: dict[str, Any], error: type[Exception], named: str
) -> None:
    with joulebook.start("p", capture={"energy": False}) as run:
        with pytest.raises(error, match=named):
            run.budget(**arguments)
        assert not run.should_stop


def test_carbon_is_counted_by_the_region_that_was_stated(tmp_path: Path) -> None:
    with joulebook.start("p", region="FR", pue=1.5, capture={"energy": False}) as run:
        run.budget(carbon_kg=3)
    kept = shown(tmp_path)["budget"]
    assert kept["carbon_kg"] == 3 and kept["on_exceed"] == "warn"
    assert 0.01 < kept["kg_per_kwh"] < 0.2


@pytest.fixture(scope="module")
def gpu(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which there is a GPU of 400 W."""
    folder = tmp_path_factory.mktemp("drivers")
    source = ROOT / "Tests/FakeDrivers/nvml.c"
    place = ["-o", str(folder / "libnvidia-ml.so.1"), str(source)]
    subprocess.run(["cc", "-std=gnu17", "-O1", "-shared", "-fPIC", *place], check=True)
    gpus = folder / "gpus.txt"
    gpus.write_text("device NVIDIA H200 GPU-0\nenergy 0\nwatts 400\nrefresh 0.001\nlimit 700\n")
    return {"LD_LIBRARY_PATH": str(folder), "FAKE_NVML": str(gpus)}


def test_stop_ends_the_loop_and_the_ledger_says_why(
    script: Script, gpu: dict[str, str], tmp_path: Path
) -> None:
    result = script(
        """
        import time, joulebook
        with joulebook.start("gpu") as run:
            # Three seconds, which are counted at beats of one.
            run.budget(energy_kwh=1200 / 3.6e6, usd=1000, usd_per_kwh=0.3, on_exceed="stop")
            for epoch in run.epochs(500):
                time.sleep(0.1)
            print(epoch.number, run.should_stop)
        """,
        **gpu,
    )
    number, stopped = result.stdout.split()
    assert 5 <= int(number) < 500 and stopped == "True"
    told = [line for line in result.stderr.splitlines() if "budget:" in line]
    assert [("asked to stop" in line) for line in told] == [False, True]
    run = shown(tmp_path)
    Draft202012Validator(schema("run")).validate(run)
    assert run["status"] == "finished" and len(run["epochs"]) == int(number)
    kinds = [(event["kind"], event["action"]) for event in run["budget_events"]]
    assert kinds == [("forecast", "warn"), ("exceeded", "stop")]
    assert all(event["value"] > event["limit"] for event in run["budget_events"])


def test_a_callable_is_called_once_on_the_training_thread_and_its_error_ends_the_loop(
    script: Script, gpu: dict[str, str], tmp_path: Path
) -> None:
    result = script(
        """
        import threading, time, joulebook

        calls = []

        def exceeded(event):
            calls.append((event["quantity"], event["action"], threading.current_thread().name))
            if event["quantity"] == "carbon_kg":
                raise RuntimeError("too much")

        try:
            with joulebook.start("gpu", quiet=True) as run:
                run.budget(energy_kwh=40 / 3.6e6, on_exceed=exceeded)
                for epoch in run.epochs(30):
                    time.sleep(0.05)
                print(calls)
                run.budget(usd=1e-12, carbon_kg=0, usd_per_kwh=1, kg_per_kwh=1, on_exceed=exceeded)
                for epoch in run.epochs(30, first=31):
                    time.sleep(0.05)
        except RuntimeError as error:
            print(error, epoch.number, len(calls))
            # What came with it is told by the next one who asks.
            print(run.should_stop, [call[0] for call in calls])
        """,
        **gpu,
    )
    assert result.stdout.splitlines() == [
        "[('energy_kwh', 'call', 'MainThread')]",
        "too much 31 2",
        "False ['energy_kwh', 'carbon_kg', 'usd']",
    ]
    run = shown(tmp_path)
    assert run["status"] == "failed" and len(run["epochs"]) == 31


def test_an_error_of_the_loop_is_not_replaced_by_one_of_the_callable(
    script: Script, gpu: dict[str, str]
) -> None:
    result = script(
        """
        import time, joulebook
        with joulebook.start("gpu", quiet=True) as run:
            def never(event):
                raise RuntimeError("of the budget")
            time.sleep(2.5)
            run.budget(energy_kwh=0, on_exceed=never)
            for epoch in run.epochs(3):
                raise KeyError("of the training")
        """,
        status=1,
        **gpu,
    )
    assert "of the training" in result.stderr and "of the budget" not in result.stderr


@pytest.mark.alone
def test_energy_is_foretold_where_it_is_measured(script: Script, gpu: dict[str, str]) -> None:
    result = script(
        """
        import json, time, joulebook
        with joulebook.start("gpu", region="DE", interval_s=0.05) as run:
            time.sleep(2)
            for epoch in run.epochs(40):
                time.sleep(0.1)
                if epoch.number == 10:
                    found = run.forecast()
        print(json.dumps([found, run.summary()["energy_j"], run.summary()["duration_s"]]))
        """,
        **gpu,
    )
    found, joules, seconds = json.loads(result.stdout)
    # A quarter of the epochs was seen; sleep is longer than asked.
    assert found["energy_j"]["central"] == pytest.approx(joules, rel=0.15)
    assert found["duration_s"]["central"] == pytest.approx(seconds, rel=0.15)
    intensity = found["carbon_kg"]["central"] / (found["energy_j"]["central"] / 3.6e6)
    assert 0.2 < intensity < 0.6, "kg per kWh in Germany"
    assert found["usd"] is None


def test_carbon_is_counted_as_a_summary_of_the_run_counts_it(
    script: Script, gpu: dict[str, str], tmp_path: Path
) -> None:
    script(
        """
        import joulebook
        with joulebook.start("gpu", region="aws:eu-west-1", quiet=True) as run:
            run.budget(carbon_kg=1000)
        """,
        **gpu,
    )
    totals = joulebook.lifecycle(tmp_path)["totals"]
    intensity = totals["carbon"]["location_kg"] / totals["energy"]["it_kwh"]
    assert shown(tmp_path)["budget"]["kg_per_kwh"] == pytest.approx(intensity)


def test_a_disabled_run_and_one_that_has_ended_take_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    with joulebook.start("p") as run:
        run.budget(energy_kwh=1, on_exceed="stop")
        assert [epoch.number for epoch in run.epochs(2)] == [1, 2]
        assert run.forecast() is None and not run.should_stop
    run.budget(energy_kwh=1)
    assert run.forecast() is None


def test_what_gains_cost_is_told_for_a_metric_whose_goal_is_stated() -> None:
    with joulebook.start("p", capture={"energy": False}) as run:
        for epoch in run.epochs(3):
            epoch.log(accuracy=0.5 + 0.1 * epoch.number)
        assert "progress" not in run.summary()
        progress = run.summary("accuracy", goal="higher")["progress"]
        assert [step["value"] for step in progress["epochs"]] == pytest.approx([0.6, 0.7, 0.8])
        # Nothing was measured.
        assert all(step["j_per_point"] is None for step in progress["epochs"])
        assert run.summary("loss", goal="lower")["progress"] is None
        with pytest.raises(ValueError, match="goal"):
            run.summary("accuracy")
        with pytest.raises(ValueError, match="goal"):
            run.summary("accuracy", goal="up")
    shown_again = joulebook.show(run.path or "", metric="accuracy", higher=True)
    Draft202012Validator(schema("run")).validate(shown_again)
    with pytest.raises(ValueError, match="--higher or --lower"):
        joulebook.show(run.path or "", metric="accuracy")


def test_threads_may_ask_for_forecasts_while_epochs_end() -> None:
    with joulebook.start("p", capture={"energy": False}) as run:
        errors: list[BaseException] = []

        def ask() -> None:
            try:
                for _ in range(200):
                    run.forecast(until=1000)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in run.epochs(200):
            pass
        for thread in threads:
            thread.join()
        assert errors == []
