"""What LightGBM trains is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from trainings import LightGBM, by_start, epochs_of, example, run, table, tells_apart

import joulebook
from conftest import shown

numpy = pytest.importorskip("numpy")
lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")

from joulebook.lightgbm import JoulebookCallbacks  # noqa: E402

X, Y = table()
PARAMS = dict(LightGBM.params)


@pytest.mark.parametrize("raises", [False, True])
def test_without_a_block_a_run_ends_when_the_next_one_begins(tmp_path: Path, raises: bool) -> None:
    def breaks(env: Any) -> None:
        raise ArithmeticError("broken")

    data = _kept()
    valid = data.create_valid(X, Y)
    callbacks = JoulebookCallbacks("p")
    ends = breaks if raises else lightgbm.early_stopping(2, min_delta=1e9, verbose=False)
    with pytest.raises(ArithmeticError) if raises else nullcontext():
        lightgbm.train(PARAMS, data, 9, valid_sets=[valid], callbacks=[*callbacks, ends])
    assert by_start(tmp_path)[0]["status"] == "running"
    lightgbm.train(PARAMS, data, 1, valid_sets=[valid], callbacks=callbacks)
    first = by_start(tmp_path)[0]
    assert first["status"] == ("failed" if raises else "finished")
    assert epochs_of(first) == ([1] if raises else [1, 2, 3])


def test_an_estimator_tells_its_data(tmp_path: Path) -> None:
    callbacks = JoulebookCallbacks("p")
    lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, Y, callbacks=callbacks)
    run = shown(tmp_path)
    assert epochs_of(run) == [1, 2] and run["seed"] == "default"
    assert run["data"]["fingerprint"] == joulebook.fingerprint(X, Y).value


def test_what_lightgbm_has_thrown_away_is_not_known(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    callbacks = JoulebookCallbacks("p", quiet=False)
    lightgbm.train(PARAMS, lightgbm.Dataset(X, Y), 2, callbacks=callbacks)
    said = "the data is not known: LightGBM has thrown it away; pass data="
    assert said in capfd.readouterr().err
    assert shown(tmp_path)["data"] is None


def test_the_example_with_an_early_stop_ends_its_run_there(tmp_path: Path) -> None:
    source = example("lightgbm.md") + example("lightgbm.md", 1)
    run(source + "assert not recording.run._is_open\n", tmp_path)
    last = by_start(tmp_path)[-1]
    assert (last["status"], last["tags"]) == ("finished", ["stopped-early"])
    assert 5 < len(last["epochs"]) < 1000


def test_a_cross_validation_is_one_run_of_means(tmp_path: Path) -> None:
    data = lightgbm.Dataset(X, Y, free_raw_data=False)
    callbacks = JoulebookCallbacks("p")
    told = lightgbm.cv(PARAMS, data, 3, nfold=4, stratified=False, callbacks=callbacks)
    run = shown(tmp_path)
    assert run["config"]["nfold"] == 4 and epochs_of(run) == [1, 2, 3]
    for name, key in (("valid-l2", "valid l2-mean"), ("valid-l2-std", "valid l2-stdv")):
        assert [epoch["metrics"][name] for epoch in run["epochs"]] == told[key]


def _scaled(factor: float) -> Any:
    def objective(told: Any, data: Any) -> Any:
        return factor * (told - data.get_label()), numpy.ones_like(told)

    return objective


def _kept(**fields: Any) -> Any:
    return lightgbm.Dataset(X, (Y > 0).astype(int), free_raw_data=False, **fields)


OTHERS: dict[str, Any] = {
    "objective": lambda one: {"params": {**PARAMS, "objective": _scaled(1 if one else 0.3)}},
    "categories": lambda one: {"train_set": _kept(categorical_feature="auto" if one else [2])},
    "init score": lambda one: {"train_set": _kept(init_score=numpy.full(60, 0 if one else 5.0))},
    "groups": lambda one: {"train_set": _kept(group=[10] * 6 if one else [30] * 2)},
    "initial model": lambda one: {
        "init_model": lightgbm.train({**PARAMS, "seed": 1 if one else 2, "bagging_freq": 1,
                                      "bagging_fraction": 0.5}, _kept(), 2)
    },
    "schedule": lambda one: {
        "callbacks": [lightgbm.reset_parameter(learning_rate=lambda _: 0.3 if one else 0.01)]
    },
    "evaluation": lambda one: {
        "valid_sets": [_kept().create_valid(X, Y if one else -Y)],
        "callbacks": [lightgbm.early_stopping(5, verbose=False)],
    },
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_what_else_training_depends_on_tells_it_from_others(tmp_path: Path, what: str) -> None:
    def trains(one: bool) -> Any:
        given = OTHERS[what](one)
        callbacks = [*given.pop("callbacks", []), *JoulebookCallbacks("p", on_duplicate="raise")]
        params, data = given.pop("params", PARAMS), given.pop("train_set", None) or _kept()
        for valid in given.get("valid_sets", ()):
            valid.set_reference(data)
        return lightgbm.train(params, data, 3, callbacks=callbacks, **given)

    tells_apart(trains)


def test_other_folds_are_no_repetition(tmp_path: Path) -> None:
    def validates(seed: int) -> None:
        callbacks = JoulebookCallbacks("p", on_duplicate="raise")
        lightgbm.cv(PARAMS, _kept(), 3, nfold=3, stratified=False, seed=seed, callbacks=callbacks)

    tells_apart(lambda first: validates(1 if first else 2))


@pytest.mark.parametrize("what", ["group", "class_weight"])
def test_what_an_estimator_is_told_besides_tells_it_from_others(tmp_path: Path, what: str) -> None:
    def fits(one: bool) -> None:
        callbacks = JoulebookCallbacks("p", on_duplicate="raise")
        settings: dict[str, Any] = {"verbose": -1, "n_estimators": 2}
        label = (Y > 0).astype(int)
        if what == "group":
            group = [10] * 6 if one else [30] * 2
            lightgbm.LGBMRanker(**settings).fit(X, label, group=group, callbacks=callbacks)
        else:
            model = lightgbm.LGBMClassifier(class_weight={0: 1, 1: 1 if one else 9}, **settings)
            model.fit(X, label, callbacks=callbacks)

    tells_apart(fits)
