"""What holds for every framework, asked of each through a small training of its own.

What a framework has of its own is in the file of its name; how each trains is in `trainings.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import (
    FRAMEWORKS,
    TESTS,
    VARIANTS,
    Framework,
    by_start,
    epochs_of,
    kill,
    only_run,
    reruns_exactly,
    run,
)

import joulebook
from conftest import ledgers, shown

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*(LeafSpec|ckpt_path|resuming from a checkpoint)"),
    # NumPy's, of Keras.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def installed(framework: Framework) -> Framework:
    for module in framework.needs:
        pytest.importorskip(module, reason=f"{module} is not installed")
    return framework


@pytest.fixture(params=FRAMEWORKS, ids=str)
def framework(request: pytest.FixtureRequest) -> Framework:
    return installed(request.param)


def at(config: Any, path: str) -> object:
    """What a configuration has at a path of names and indexes with dots between them."""
    for name in path.split("."):
        config = config[int(name)] if isinstance(config, list) else config[name]
    return config


@pytest.mark.parametrize("given", [*FRAMEWORKS, *VARIANTS], ids=str)
def test_all_that_a_training_tells_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, given: Framework
) -> None:
    framework = installed(given)
    options = {"config": {"mine": 1}, "tags": ["try"], "stage": "fine_tuning"}
    recorder = framework.recorder(**options)
    told = framework.train(recorder)
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert (run["stage"], run["seed"]) == ("fine_tuning", framework.seed)
    expected = {"mine": 1, **framework.config}
    assert {path: at(run["config"], path) for path in expected} == expected
    assert run["data"]["fingerprint"] == framework.fingerprint().value
    assert epochs_of(run) == [1, 2, 3] and len(told.epochs) == 3
    for epoch, said in zip(run["epochs"], told.epochs, strict=True):
        assert set(epoch["metrics"]) == framework.metrics
        assert said.items() <= epoch["metrics"].items()
        assert [phase["name"] for phase in epoch.get("phases") or ()] == list(framework.phases)
        assert epoch["energy"]["total_j"] > 0
        assert all(device["provenance"] for device in epoch["energy"]["devices"])
    if framework.steps:
        steps = joulebook.open(tmp_path).steps(columns=["step", framework.loss])
        rows = pytest.importorskip("pyarrow").table(steps).to_pydict()
        kept = {
            step: loss
            for step, loss in zip(rows["step"], rows[framework.loss], strict=True)
            if loss is not None
        }
        assert tuple(kept) == framework.steps and told.steps.items() <= kept.items()
    assert recorder.run is not None and recorder.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


@pytest.mark.parametrize("disabled", [False, True])
def test_a_model_is_the_same_recorded_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framework: Framework, disabled: bool
) -> None:
    if disabled:
        monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    plain, recorded = framework.train(), framework.train(framework.recorder())
    assert framework.weights(recorded.model) == framework.weights(plain.model)
    assert recorded.epochs == plain.epochs and len(plain.epochs) == 3
    assert (tmp_path / "joulebook").exists() is not disabled


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(
    tmp_path: Path, framework: Framework
) -> None:
    reruns_exactly(framework.page, tmp_path)


# Five epochs; what goes on does so behind the second.
KILLED = f"""
    import sys
    from pathlib import Path
    sys.path.insert(0, {str(TESTS)!r})
    from trainings import FRAMEWORKS

    def at(epoch):
        print("epoch", epoch, "begins", flush=True)
        sys.stdin.readline()

    framework = next(one for one in FRAMEWORKS if one.name == sys.argv[1])
    recorder = framework.recorder(**framework.going_on)
    framework.train(recorder, epochs=5, at=at, kept=Path("kept"), goes_on="resume" in sys.argv)
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(
    tmp_path: Path, framework: Framework
) -> None:
    kill(KILLED, tmp_path, "epoch 4 begins", framework.name)
    killed = only_run(tmp_path)
    assert (killed["status"], epochs_of(killed)) == ("killed", [1, 2, 3])
    assert all(set(epoch["metrics"]) == framework.metrics for epoch in killed["epochs"])
    run(KILLED, tmp_path, framework.name, "resume")
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # The third was behind what was kept: its work was lost.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    lost, again = (epoch["metrics"] for epoch in whole["epochs"][2:4])
    assert again == lost
    assert [note["text"] for note in by_start(tmp_path)[-1]["notes"]] == [
        f"resumed: {framework.resumed}"
    ]
    # The next training is another run.
    assert framework.resume is None or not (tmp_path / framework.resume).exists()


@pytest.mark.parametrize(
    "given", [one for one in FRAMEWORKS if one.resume is None], ids=str
)
def test_two_that_go_on_from_a_finished_run_are_runs_of_their_own(
    tmp_path: Path, given: Framework
) -> None:
    framework = installed(given)
    kept = tmp_path / "kept"
    framework.train(framework.recorder(), epochs=2, kept=kept)
    for _ in range(2):
        framework.train(framework.recorder(), epochs=3, kept=kept, goes_on=True)
    first, *later = by_start(tmp_path)
    assert [epochs_of(run) for run in (first, *later)] == [[1, 2], [3], [3]]
    assert len({run["run_id"] for run in (first, *later)}) == 3
    for branch in later:
        told = [(one["run_id"], one["relation"]) for one in branch["parents"]]
        assert told == [(first["run_id"], "resumes")]


@pytest.mark.parametrize("given", [one for one in FRAMEWORKS if one.stopped], ids=str)
def test_an_early_stop_is_told(tmp_path: Path, given: Framework) -> None:
    framework = installed(given)
    assert given.stopped is not None
    epochs, where = given.stopped
    framework.train(framework.recorder(), epochs=9, stops=True)
    run = shown(tmp_path)
    assert (run["status"], epochs_of(run), run["tags"]) == ("finished", epochs, ["stopped-early"])
    assert all(set(epoch["metrics"]) == framework.metrics for epoch in run["epochs"])
    assert run["notes"][0]["text"] == f"stopped early: {where}"


def breaks(epoch: int) -> None:
    if epoch == 2:
        raise ArithmeticError("broken")


@pytest.mark.parametrize("handed_over", [False, True])
def test_what_raises_fails_the_run(
    tmp_path: Path, framework: Framework, handed_over: bool
) -> None:
    if handed_over:
        with pytest.raises(ArithmeticError), joulebook.start("p") as run:
            framework.train(framework.recorder(run), at=breaks)
        assert shown(tmp_path)["status"] == "failed"
    else:
        # At the latest when the next one begins.
        recorder = framework.recorder()
        with pytest.raises(ArithmeticError):
            framework.train(recorder, at=breaks)
        framework.train(recorder)
        assert [run["status"] for run in by_start(tmp_path)] == ["failed", "finished"]
    first = by_start(tmp_path)[0]
    assert epochs_of(first) == framework.broken[handed_over]
    assert set(first["epochs"][0]["metrics"]) == framework.metrics


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(
    tmp_path: Path, framework: Framework, handed_over: bool
) -> None:
    budget: dict[str, Any] = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)
            recorder = framework.recorder(run)
            told = framework.train(recorder, epochs=5000)
            assert recorder.run is run and shown(tmp_path)["status"] == "running"
    else:
        recorder = framework.recorder(budget=budget, interval_s=0.01)
        told = framework.train(recorder, epochs=5000)
    assert len(told.epochs) <= framework.soon
    ended = shown(tmp_path)
    assert (ended["status"], ended.get("tags") or []) == ("finished", [])
    assert ended["budget_events"][0]["kind"] == "exceeded"


def test_a_repetition_is_refused_before_it_trains(tmp_path: Path, framework: Framework) -> None:
    framework.train(framework.recorder())
    began: list[int] = []
    asked: dict[str, Any] = {"on_duplicate": "raise", "proof": "statistical"}
    with pytest.raises(joulebook.DuplicateRunError):
        framework.train(framework.recorder(**asked), at=began.append)
    # A loop over `partial_fit` has begun where that refuses.
    assert began == ([1] if framework.name == "sklearn" else [])
    assert len(ledgers(tmp_path)) == 1


def test_a_mistake_of_ours_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, framework: Framework
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(joulebook.Run, "epoch", broken)
    with pytest.warns(joulebook.LedgerWarning, match="KeyError") as warned:
        told = framework.train(framework.recorder())
    assert len(told.epochs) == 3
    assert len([one for one in warned if one.category is joulebook.LedgerWarning]) == 1
    assert shown(tmp_path)["status"] == "finished"
