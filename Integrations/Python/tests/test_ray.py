"""Each trial of Ray Tune is a run, and what becomes of it is in the ledger."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, example, only_run, run

import joulebook
from conftest import shown

# Nothing is asked of the network, and a busy machine takes long to start it.
os.environ.update(
    RAY_AUTH_MODE="disabled",
    RAY_USAGE_STATS_ENABLED="0",
    RAY_agent_register_timeout_ms="120000",
    RAY_raylet_start_wait_time_s="120",
)
ray = pytest.importorskip("ray", reason="Ray is not installed")
tune = pytest.importorskip("ray.tune", reason="Ray Tune is not installed")

from joulebook.ray import JoulebookCallback  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


def trainable() -> Any:
    """Goes to other processes as it is, which cannot import this file."""

    def train(config: dict[str, Any]) -> None:
        """Reports as often as it is told, from a checkpoint on where there is one."""
        checkpoint = tune.get_checkpoint()
        done = 0 if checkpoint is None else int(Path(checkpoint.path, "done").read_text())
        for number in range(done, config["reports"]):
            if number == config.get("fails"):
                raise ArithmeticError("broken")
            time.sleep(config.get("pause", 0))
            kept = Path.cwd() / f"checkpoint-{number}"
            kept.mkdir(exist_ok=True)
            (kept / "done").write_text(str(number + 1))
            loss = config["lr"] / (number + 1)
            result = {"loss": loss, "of": {"validation": number}, "word": "a"}
            tune.report(result, checkpoint=tune.Checkpoint(kept))

    return train


def tuner(directory: Path, space: dict[str, Any], *callbacks: Any, **settings: Any) -> Any:
    scheduler = settings.pop("scheduler", None)
    return tune.Tuner(
        trainable(),
        param_space={"lr": 0.1, "seed": 3, "reports": 2, **space},
        tune_config=tune.TuneConfig(scheduler=scheduler),
        run_config=tune.RunConfig(
            name="search",
            storage_path=str(directory / "results"),
            callbacks=list(callbacks),
            verbose=0,
            **settings,
        ),
    )


def test_all_that_a_trial_reports_is_in_the_ledger(tmp_path: Path) -> None:
    callback = JoulebookCallback("p", config={"mine": 1}, tags=["try"], data=[1.0, 2.0])
    tuner(tmp_path, {"lr": tune.grid_search([0.1, 0.2])}, callback).fit()
    first, second = by_start(tmp_path / "joulebook")
    assert [one["config"]["lr"] for one in (first, second)] == [0.1, 0.2]
    for one in (first, second):
        assert (one["status"], one["project"], one["tags"]) == ("finished", "p", ["try"])
        assert one["config"]["mine"] == 1 and one["seed"] == 3 and one["sweep"] == "search"
        assert one["data"]["fingerprint"] == joulebook.fingerprint([1.0, 2.0]).value
        # The last one is what is behind the last report.
        assert epochs_of(one) == [1, 2, 3]
        assert [epoch["metrics"] for epoch in one["epochs"][:2]] == [
            {"loss": one["config"]["lr"] / number, "of/validation": number - 1} for number in (1, 2)
        ]
        assert not one["epochs"][2].get("metrics")
        assert one["epochs"][0]["energy"]["total_j"] > 0
        found = callback.run(one["env"]["ray_trial"])
        assert found is not None and (found.id, found.warnings) == (one["run_id"], [])


def test_what_a_scheduler_ends_is_told_and_what_meets_its_criterion_is_not(tmp_path: Path) -> None:
    class Once(tune.schedulers.FIFOScheduler):  # type: ignore[misc]
        def on_trial_result(self, controller: Any, trial: Any, result: Any) -> str:
            return "STOP" if trial.config["lr"] == 0.2 else "CONTINUE"

    space = {"lr": tune.grid_search([0.1, 0.2]), "reports": 9}
    stop = {"training_iteration": 2}
    tuner(tmp_path, space, JoulebookCallback("p"), scheduler=Once(), stop=stop).fit()
    whole, cut = by_start(tmp_path / "joulebook")
    assert (whole["status"], epochs_of(whole), whole.get("tags") or []) == ("finished", [1, 2], [])
    assert (cut["status"], epochs_of(cut), cut["tags"]) == ("finished", [1], ["stopped-early"])
    assert cut["notes"][0]["text"] == "stopped early: report 1"


def test_a_trial_that_fails_fails_its_run(tmp_path: Path) -> None:
    tuner(tmp_path, {"fails": 1}, JoulebookCallback("p")).fit()
    found = shown(tmp_path / "joulebook")
    assert found["status"] == "failed" and found["epochs"][0]["metrics"]["loss"] == 0.1


def test_a_trial_that_is_tried_again_is_one_run(tmp_path: Path) -> None:
    tries = tune.FailureConfig(max_failures=1)
    tuner(tmp_path, {"fails": 1}, JoulebookCallback("p"), failure_config=tries).fit()
    found = shown(tmp_path / "joulebook")
    assert found["status"] == "failed"
    assert found["notes"][0]["text"] == "resumed: report 1, behind an error"


def test_a_restored_experiment_goes_on_with_its_runs(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.touch()

    class Breaks(tune.Callback):  # type: ignore[misc]
        def on_trial_result(self, iteration: int, result: dict[str, Any], **info: Any) -> None:
            if result["training_iteration"] == 2 and first.exists():
                first.unlink()
                raise RuntimeError("broken")

    with pytest.raises(Exception, match="broken"):
        tuner(tmp_path, {"reports": 4}, JoulebookCallback("p"), Breaks()).fit()
    broken = only_run(tmp_path / "joulebook")
    assert broken["status"] != "finished"
    tune.Tuner.restore(str(tmp_path / "results" / "search"), trainable()).fit()
    whole = only_run(tmp_path / "joulebook")
    assert (whole["run_id"], whole["status"]) == (broken["run_id"], "finished")
    assert set(epochs_of(whole)) >= {1, 2, 3, 4}


def test_a_budget_stops_a_trial_at_its_next_report(tmp_path: Path) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    space = {"reports": 500, "pause": 0.01}
    tuner(tmp_path, space, JoulebookCallback("p", budget=budget, interval_s=0.01)).fit()
    found = shown(tmp_path / "joulebook")
    assert found["status"] == "finished" and len(found["epochs"]) < 500
    assert found.get("tags") in (None, [])


def test_the_example_runs_and_its_second_run_repeats_the_first(tmp_path: Path) -> None:
    source = f"import ray\nray.init(num_cpus=1, include_dashboard=False)\n{example('ray.md')}"
    source = source.replace("verbose=0", f"verbose=0, storage_path={str(tmp_path / 'results')!r}")
    for _ in range(2):
        run(source, tmp_path)
    first, second = by_start(tmp_path / "joulebook")
    assert first["status"] == "finished" and first["seed"] == 0
    (finding,) = joulebook.audit(tmp_path / "joulebook")["findings"]
    told = [finding[name] for name in ("class", "proof", "run_id", "of")]
    # What another search had tried already.
    assert told == ["grid_overlap", "bit", second["run_id"], first["run_id"]]
