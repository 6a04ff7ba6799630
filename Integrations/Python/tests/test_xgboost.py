"""What XGBoost trains is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, kill, only_run, reruns_exactly, run

import joulebook
from conftest import ledgers, shown

numpy = pytest.importorskip("numpy")
xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")

from joulebook.xgboost import JoulebookCallback  # noqa: E402

X = numpy.random.default_rng(0).normal(size=(60, 3))
Y = X[:, 0] * X[:, 1]


def train(*callbacks: Any, rounds: int = 3, **settings: Any) -> Any:
    data = xgboost.DMatrix(X, Y)
    params = {"max_depth": 2, "seed": 7, "nthread": 1}
    given = {"evals": [(data, "train")], "verbose_eval": False}
    return xgboost.train(params, data, rounds, callbacks=list(callbacks), **{**given, **settings})


def test_all_that_xgboost_measures_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    callback = JoulebookCallback("p", config={"mine": 1}, tags=["try"])
    told: dict[str, Any] = {}
    model = train(callback, evals_result=told)
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert run["seed"] == 7 and run["config"]["mine"] == 1
    assert run["config"]["num_boost_round"] == 3 and run["config"]["max_depth"] == 2
    assert run["config"]["objective"] == "reg:squarederror" and run["config"]["lambda"] == 1
    assert epochs_of(run) == [1, 2, 3]
    assert [epoch["metrics"] for epoch in run["epochs"]] == [
        {"train-rmse": value} for value in told["train"]["rmse"]
    ]
    assert model.save_raw() == train().save_raw()
    assert callback.run is not None and callback.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_other_data_and_another_number_of_rounds_are_no_repetition(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"on_duplicate": "raise", "proof": "statistical"}
    train(JoulebookCallback("p", **asked))
    with pytest.raises(joulebook.DuplicateRunError):
        train(JoulebookCallback("p", **asked))
    train(JoulebookCallback("p", **asked), rounds=4)
    other = xgboost.DMatrix(X, Y + 1)
    params = {"max_depth": 2, "seed": 7, "nthread": 1}
    xgboost.train(params, other, 3, callbacks=[JoulebookCallback("p", **asked)])
    assert len(ledgers(tmp_path)) == 3


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("xgboost.md", tmp_path)
    assert epochs_of(first) == list(range(1, 21))
    assert all({"train-rmse", "test-rmse"} == set(epoch["metrics"]) for epoch in first["epochs"])


# Five iterations, of which those behind the second are lost with the process.
LONG = """
    import os, sys
    import numpy, xgboost
    from joulebook.xgboost import JoulebookCallback

    class Says(xgboost.callback.TrainingCallback):
        def before_iteration(self, model, epoch, evals_log):
            print("epoch", epoch + 1, "begins", flush=True)
            sys.stdin.readline()
        def after_iteration(self, model, epoch, evals_log):
            if epoch == 1 and len(sys.argv) == 1:
                model.save_model("kept.ubj")

    x = numpy.arange(60.0).reshape(20, 3) % 7
    data = xgboost.DMatrix(x, x[:, 0] * x[:, 1])
    resumes = len(sys.argv) > 1
    model = xgboost.train(
        {"seed": 1, "nthread": 1}, data, 3 if resumes else 5, evals=[(data, "train")],
        verbose_eval=False, callbacks=[JoulebookCallback("p"), Says()],
        xgb_model="kept.ubj" if resumes else None)
    assert model.attributes() == {}
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(tmp_path: Path) -> None:
    kill(LONG, tmp_path, "epoch 4 begins")
    killed = only_run(tmp_path)
    assert killed["status"] == "killed"
    assert epochs_of(killed) == [1, 2, 3]
    assert all("train-rmse" in epoch["metrics"] for epoch in killed["epochs"])
    run(LONG, tmp_path, "resume")
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # The third was behind the model that was kept: its work was lost.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    assert whole["epochs"][2]["metrics"] == whole["epochs"][3]["metrics"]
    notes = by_start(tmp_path)[-1]["notes"]
    assert notes[0]["text"] == "resumed: epoch 2 of a model"


@pytest.mark.parametrize("comes_first", [False, True])
def test_an_early_stop_is_told(tmp_path: Path, comes_first: bool) -> None:
    stops = xgboost.callback.EarlyStopping(rounds=2, min_delta=1e9)
    callback = JoulebookCallback("p")
    train(*((stops, callback) if comes_first else (callback, stops)), rounds=9)
    run = shown(tmp_path)
    assert (run["status"], run["tags"]) == ("finished", ["stopped-early"])
    assert epochs_of(run) == [1, 2, 3] and "train-rmse" in run["epochs"][2]["metrics"]
    assert run["notes"][0]["text"] == "stopped early: epoch 3 of 9"
    assert run["metrics"]["best_iteration"] == 0


def test_what_raises_fails_the_run_when_the_next_one_begins(tmp_path: Path) -> None:
    class Breaks(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            raise ArithmeticError("broken")

    callback = JoulebookCallback("p")
    with pytest.raises(ArithmeticError):
        train(callback, Breaks())
    first = callback.run
    train(callback)
    statuses = {run["run_id"]: run["status"] for run in map(joulebook.show, ledgers(tmp_path))}
    assert first is not None and statuses.pop(first.id) == "failed"
    assert list(statuses.values()) == ["finished"]


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)  # type: ignore[arg-type]
            callback = JoulebookCallback(run)
            model = train(callback, rounds=5000)
            assert callback.run is run and joulebook.show(run.path or "")["status"] == "running"
    else:
        model = train(JoulebookCallback("p", budget=budget, interval_s=0.01), rounds=5000)
    assert model.num_boosted_rounds() < 5000
    assert shown(tmp_path)["status"] == "finished"
    assert shown(tmp_path).get("tags") in (None, [])


def test_a_cross_validation_is_one_run_of_means(tmp_path: Path) -> None:
    told = xgboost.cv(
        {"max_depth": 2, "seed": 1}, xgboost.DMatrix(X, Y), 3, nfold=4,
        callbacks=[JoulebookCallback("p")], as_pandas=False,
    )  # fmt: skip
    run = shown(tmp_path)
    assert run["config"]["nfold"] == 4 and epochs_of(run) == [1, 2, 3]
    for name, key in (("test-rmse", "test-rmse-mean"), ("test-rmse-std", "test-rmse-std")):
        assert [epoch["metrics"][name] for epoch in run["epochs"]] == told[key]


def test_a_copy_of_an_estimator_records_its_own_training(tmp_path: Path) -> None:
    base = pytest.importorskip("sklearn.base")
    model = xgboost.XGBRegressor(n_estimators=2, callbacks=[JoulebookCallback("p")])
    for estimator in (model, base.clone(model)):
        estimator.fit(X, Y)
    found = [joulebook.show(path) for path in ledgers(tmp_path)]
    assert [epochs_of(run) for run in found] == [[1, 2], [1, 2]]
    assert len({run["data"]["fingerprint"] for run in found}) == 1


def _scaled(factor: float) -> Any:
    def objective(told: Any, data: Any) -> Any:
        return factor * (told - data.get_label()), numpy.ones_like(told)

    return objective


def _stump(depth: int) -> Any:
    return xgboost.train({"max_depth": depth}, xgboost.DMatrix(X, Y), 4)


def _matrix(**fields: Any) -> Any:
    return xgboost.DMatrix(X, (Y > 0).astype(int), **fields)


class Holds:
    __slots__ = ("value",)


OTHERS: dict[str, Any] = {
    "objective": lambda one: {"obj": _scaled(1 if one else 0.3)},
    "initial model": lambda one: {"xgb_model": _stump(1 if one else 4)},
    "margin": lambda one: {"dtrain": _matrix(base_margin=numpy.full(60, 0.0 if one else 5.0))},
    "groups": lambda one: {"dtrain": _matrix(group=[10] * 6 if one else [30] * 2)},
    "schedule": lambda one: {
        "callbacks": [xgboost.callback.LearningRateScheduler(lambda _: 0.3 if one else 0.01)]
    },
    "evaluation": lambda one: {
        "evals": [(xgboost.DMatrix(X, Y if one else -Y), "test")], "early_stopping_rounds": 2
    },
    "patience": lambda one: {
        "evals": [(xgboost.DMatrix(X, Y), "test")], "early_stopping_rounds": 2 if one else 3
    },
    "metric": lambda one: {"params": {"seed": 7, "eval_metric": "mae" if one else "rmse"}},
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_what_else_training_depends_on_tells_it_from_others(tmp_path: Path, what: str) -> None:
    def trains(one: bool) -> Any:
        given = OTHERS[what](one)
        callbacks = [*given.pop("callbacks", []), JoulebookCallback("p", on_duplicate="raise")]
        params = given.pop("params", {"max_depth": 2, "seed": 7})
        data = given.pop("dtrain", None) or xgboost.DMatrix(X, Y)
        settings = {"verbose_eval": False, **given}
        return xgboost.train(params, data, 3, callbacks=callbacks, **settings)

    trains(True)
    trains(False)
    with pytest.raises(joulebook.DuplicateRunError):
        trains(True)


def test_other_folds_are_no_repetition(tmp_path: Path) -> None:
    def validates(seed: int) -> None:
        callback = JoulebookCallback("p", on_duplicate="raise")
        params = {"max_depth": 2, "seed": 7}
        xgboost.cv(params, xgboost.DMatrix(X, Y), 3, nfold=3, seed=seed, callbacks=[callback])

    validates(1)
    validates(2)
    with pytest.raises(joulebook.DuplicateRunError):
        validates(1)


def test_what_cannot_be_spelt_is_like_nothing_else(tmp_path: Path) -> None:
    held = Holds()
    for _ in range(2):
        train(
            JoulebookCallback("p", on_duplicate="raise"),
            obj=lambda told, data: (told - data.get_label(), numpy.ones_like(told), held)[:2],
        )
    runs = map(joulebook.show, ledgers(tmp_path))
    assert all(str(run["config"]["obj"]).startswith("not known: ") for run in runs)


def test_two_that_go_on_from_one_checkpoint_are_runs_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    keeps = xgboost.callback.TrainingCheckPoint(tmp_path / "kept", interval=1)
    train(JoulebookCallback("p"), keeps)
    kept = sorted((tmp_path / "kept").iterdir())[1]
    for rate in (0.1, 0.2):
        params = {"max_depth": 2, "seed": 7, "eta": rate}
        callbacks = [JoulebookCallback("p")]
        xgboost.train(params, xgboost.DMatrix(X, Y), 2, xgb_model=kept, callbacks=callbacks)
    runs = by_start(tmp_path)
    assert len({run["run_id"] for run in runs}) == 3
    assert all(run["parents"][0]["run_id"] == runs[0]["run_id"] for run in runs[1:])
