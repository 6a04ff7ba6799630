"""What LightGBM trains is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, example, kill, only_run, reruns_exactly, run

import joulebook
from conftest import shown

numpy = pytest.importorskip("numpy")
lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")

from joulebook.lightgbm import JoulebookCallbacks  # noqa: E402

X = numpy.random.default_rng(0).normal(size=(60, 3))
Y = X[:, 0] * X[:, 1]
PARAMS = {"num_leaves": 4, "min_data_in_leaf": 5, "seed": 7, "verbose": -1, "num_threads": 1}


def train(callbacks: Any, rounds: int = 3, **settings: Any) -> Any:
    data = lightgbm.Dataset(X, Y, free_raw_data=False)
    given = {"valid_sets": [data.create_valid(X, Y)], "valid_names": ["test"]}
    return lightgbm.train(PARAMS, data, rounds, callbacks=callbacks, **{**given, **settings})


def test_all_that_lightgbm_measures_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    callbacks = JoulebookCallbacks("p", config={"mine": 1}, tags=["try"])
    told: dict[str, Any] = {}
    model = train([*callbacks, lightgbm.record_evaluation(told)])
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert run["seed"] == 7 and run["config"]["mine"] == 1
    assert run["config"]["num_boost_round"] == 3 and run["config"]["num_leaves"] == 4
    held = (X, Y.astype("float32"))
    assert run["data"]["fingerprint"] == joulebook.fingerprint(*held, *held).value
    assert epochs_of(run) == [1, 2, 3]
    assert [epoch["metrics"] for epoch in run["epochs"]] == [
        {"test-l2": value} for value in told["test"]["l2"]
    ]
    assert model.model_to_string() == train([]).model_to_string()
    assert callbacks.run is not None and callbacks.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


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


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("lightgbm.md", tmp_path)
    assert epochs_of(first) == list(range(1, 21))
    assert all({"test-l2"} == set(epoch["metrics"]) for epoch in first["epochs"])


def test_the_example_with_an_early_stop_ends_its_run_there(tmp_path: Path) -> None:
    source = example("lightgbm.md") + example("lightgbm.md", 1)
    run(source + "assert not recording.run._is_open\n", tmp_path)
    last = by_start(tmp_path)[-1]
    assert (last["status"], last["tags"]) == ("finished", ["stopped-early"])
    assert 5 < len(last["epochs"]) < 1000


# Five iterations, of which those behind the second are lost with the process.
LONG = """
    import os, sys
    import lightgbm, numpy
    from joulebook.lightgbm import JoulebookCallbacks

    def says(env):
        print("epoch", env.iteration + 1, "begins", flush=True)
        sys.stdin.readline()
        if env.iteration == 2:
            env.model.save_model("kept.txt")
    says.before_iteration = True

    x = numpy.arange(120.0).reshape(40, 3) % 7
    data = lightgbm.Dataset(x, x[:, 0] * x[:, 1], free_raw_data=False)
    resumes = os.path.exists("kept.txt")
    lightgbm.train(
        {"verbose": -1, "min_data_in_leaf": 5, "num_threads": 1}, data, 3 if resumes else 5,
        valid_sets=[data], valid_names=["train"],
        callbacks=[*JoulebookCallbacks("p", resume="run"), says],
        init_model="kept.txt" if resumes else None)
    assert not os.path.exists("run")
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(tmp_path: Path) -> None:
    kill(LONG, tmp_path, "epoch 4 begins")
    killed = only_run(tmp_path)
    assert killed["status"] == "killed"
    assert epochs_of(killed) == [1, 2, 3]
    assert all("train-l2" in epoch["metrics"] for epoch in killed["epochs"])
    run(LONG, tmp_path)
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # The third was behind the model that was kept: its work was lost.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    notes = by_start(tmp_path)[-1]["notes"]
    assert notes[0]["text"] == "resumed: epoch 2 of a model"


@pytest.mark.parametrize("in_block", [False, True])
def test_an_early_stop_is_told_at_the_end_of_its_block(tmp_path: Path, in_block: bool) -> None:
    stop = lightgbm.early_stopping(2, min_delta=1e9, verbose=False)
    callbacks = JoulebookCallbacks("p")
    if in_block:
        with callbacks:
            train([*callbacks, stop], rounds=9)
    else:
        train([*callbacks, stop], rounds=9)
        assert by_start(tmp_path)[0]["status"] == "running"
        train(callbacks, rounds=1)
    first = by_start(tmp_path)[0]
    assert (first["status"], epochs_of(first)) == ("finished", [1, 2, 3])
    if in_block:
        assert first["tags"] == ["stopped-early"]
        assert first["notes"][0]["text"] == "stopped early: epoch 3 of 9"


@pytest.mark.parametrize("in_block", [False, True])
def test_what_raises_fails_the_run(tmp_path: Path, in_block: bool) -> None:
    def breaks(env: Any) -> None:
        raise ArithmeticError("broken")

    breaks.before_iteration = True  # type: ignore[attr-defined]
    callbacks = JoulebookCallbacks("p")
    if in_block:
        with pytest.raises(ArithmeticError), callbacks:
            train([*callbacks, breaks])
    else:
        with pytest.raises(ArithmeticError):
            train([*callbacks, breaks])
        train(callbacks, rounds=1)
    assert by_start(tmp_path)[0]["status"] == "failed"


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)  # type: ignore[arg-type]
            callbacks = JoulebookCallbacks(run)
            model = train(callbacks, rounds=5000)
            assert callbacks.run is run and joulebook.show(run.path or "")["status"] == "running"
    else:
        model = train(JoulebookCallbacks("p", budget=budget, interval_s=0.01), rounds=5000)
    assert model.num_trees() < 5000
    assert shown(tmp_path)["status"] == "finished"
    assert shown(tmp_path).get("tags") in (None, [])


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

    trains(True)
    trains(False)
    with pytest.raises(joulebook.DuplicateRunError):
        trains(True)


def test_other_folds_are_no_repetition(tmp_path: Path) -> None:
    def validates(seed: int) -> None:
        callbacks = JoulebookCallbacks("p", on_duplicate="raise")
        lightgbm.cv(PARAMS, _kept(), 3, nfold=3, stratified=False, seed=seed, callbacks=callbacks)

    validates(1)
    validates(2)
    with pytest.raises(joulebook.DuplicateRunError):
        validates(1)


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

    fits(True)
    fits(False)
    with pytest.raises(joulebook.DuplicateRunError):
        fits(True)
