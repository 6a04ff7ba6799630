"""What XGBoost trains is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import XGBoost, epochs_of, table, tells_apart

import joulebook
from conftest import ledgers, shown

numpy = pytest.importorskip("numpy")
xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")

from joulebook.xgboost import JoulebookCallback  # noqa: E402

X, Y = table()
PARAMS = dict(XGBoost.params)
train = XGBoost().train


@pytest.mark.parametrize("comes_first", [False, True])
def test_an_early_stop_is_told_wherever_it_stands(tmp_path: Path, comes_first: bool) -> None:
    stops = xgboost.callback.EarlyStopping(rounds=2, min_delta=1e9)
    callbacks = [stops, JoulebookCallback("p")][:: 1 if comes_first else -1]
    data = xgboost.DMatrix(X, Y)
    evaluated = {"evals": [(data, "train")], "verbose_eval": False}
    xgboost.train(PARAMS, data, 9, callbacks=callbacks, **evaluated)
    run = shown(tmp_path)
    assert (run["tags"], epochs_of(run)) == (["stopped-early"], [1, 2, 3])
    assert "train-rmse" in run["epochs"][2]["metrics"] and run["metrics"]["best_iteration"] == 0


def test_a_model_that_went_on_does_not_name_its_run(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    train(JoulebookCallback("p"), kept=kept)
    assert train(JoulebookCallback("p"), kept=kept, goes_on=True).model.attributes() == {}


def test_other_data_and_another_number_of_rounds_are_no_repetition(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"on_duplicate": "raise", "proof": "statistical"}
    train(JoulebookCallback("p", **asked))
    with pytest.raises(joulebook.DuplicateRunError):
        train(JoulebookCallback("p", **asked))
    train(JoulebookCallback("p", **asked), epochs=4)
    other = xgboost.DMatrix(X, Y + 1)
    xgboost.train(PARAMS, other, 3, callbacks=[JoulebookCallback("p", **asked)])
    assert len(ledgers(tmp_path)) == 3


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

    tells_apart(trains)


def test_other_folds_are_no_repetition(tmp_path: Path) -> None:
    def validates(seed: int) -> None:
        callback = JoulebookCallback("p", on_duplicate="raise")
        params = {"max_depth": 2, "seed": 7}
        xgboost.cv(params, xgboost.DMatrix(X, Y), 3, nfold=3, seed=seed, callbacks=[callback])

    tells_apart(lambda first: validates(1 if first else 2))


def test_what_cannot_be_spelt_is_like_nothing_else(tmp_path: Path) -> None:
    held = Holds()
    for _ in range(2):
        xgboost.train(
            PARAMS, xgboost.DMatrix(X, Y), 3,
            callbacks=[JoulebookCallback("p", on_duplicate="raise")],
            obj=lambda told, data: (told - data.get_label(), numpy.ones_like(told), held)[:2],
        )  # fmt: skip
    runs = map(joulebook.show, ledgers(tmp_path))
    assert all(str(run["config"]["obj"]).startswith("not known: ") for run in runs)
