"""What estimators of scikit-learn are fitted to is in the ledger, and they are what they were."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
from trainings import ScikitLearn, by_start, epochs_of, example, run, tells_apart

import joulebook
from conftest import ledgers, shown

numpy = pytest.importorskip("numpy")
sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn import linear_model, model_selection, neural_network, pipeline, preprocessing  # noqa: E402

from joulebook.sklearn import Recorded, cross_validate  # noqa: E402

X, Y = ScikitLearn().data()


def sgd(**params: Any) -> Any:
    return linear_model.SGDClassifier(random_state=7, **params)


def test_a_fit_is_a_run_of_one_epoch(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    options: dict[str, Any] = {"config": {"mine": 1}, "tags": ["try"]}
    model = Recorded(sgd(alpha=0.01), "p", validation=(X, Y), **options).fit(X, Y)
    plain = sgd(alpha=0.01).fit(X, Y)
    assert (model.coef_ == plain.coef_).all() and model.score(X, Y) == plain.score(X, Y)
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert run["seed"] == 7 and run["config"]["mine"] == 1 and run["config"]["alpha"] == 0.01
    assert run["config"]["estimator"].endswith("SGDClassifier")
    assert run["data"]["fingerprint"] == joulebook.fingerprint(X, Y).value
    assert epochs_of(run) == [1]
    told = {"n_iter": plain.n_iter_, "val_score": plain.score(X, Y)}
    assert run["epochs"][0]["metrics"] == told
    assert [phase["name"] for phase in run["epochs"][0]["phases"]] == ["validation"]
    assert model.run is not None and model.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_a_loss_curve_is_steps(tmp_path: Path) -> None:
    net = neural_network.MLPClassifier(4, max_iter=5, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Recorded(net, "p").fit(X, Y)
    steps = pytest.importorskip("pyarrow").table(joulebook.open(tmp_path).steps())
    assert steps.to_pydict()["loss"] == model.loss_curve_
    assert shown(tmp_path)["epochs"][0]["metrics"] == {"loss": model.loss_, "n_iter": 5}


def test_parts_of_a_pipeline_are_told_by_their_parameters(tmp_path: Path) -> None:
    steps = pipeline.make_pipeline(preprocessing.StandardScaler(), sgd())
    Recorded(steps, "p").fit(X, Y)
    run = shown(tmp_path)
    assert run["config"]["sgdclassifier.alpha"] == 0.0001 and run["seed"] == 7


def test_the_example_of_a_cross_validation_is_a_run_of_folds(tmp_path: Path) -> None:
    run(example("scikit-learn.md") + example("scikit-learn.md", 1), tmp_path)
    last = by_start(tmp_path)[-1]
    assert (last["project"], epochs_of(last)) == ("digits-folds", [1, 2, 3])
    assert last["metrics"]["test_score"] > 0.8


def test_fits_are_runs_of_their_own_and_so_are_those_of_clones(tmp_path: Path) -> None:
    model = Recorded(sgd(), "p")
    model.partial_fit(X, Y, classes=[0, 1])
    model.partial_fit(X, Y)
    model.fit(X, Y)
    sklearn.clone(model).fit(X, Y)
    runs = by_start(tmp_path)
    assert [epochs_of(run) for run in runs] == [[1, 2], [1], [1]]
    assert {run["status"] for run in runs} == {"finished"}
    assert len({run["run_id"] for run in runs}) == 3


def test_a_search_makes_a_run_of_each_fit(tmp_path: Path) -> None:
    grid = {"alpha": [0.1, 0.01]}
    found = [
        model_selection.GridSearchCV(model, grid, cv=3).fit(X, Y)
        for model in (Recorded(sgd(), "p", on_duplicate="ignore"), sgd())
    ]
    assert found[0].best_params_ == found[1].best_params_
    scores = [search.cv_results_["mean_test_score"].tolist() for search in found]
    assert scores[0] == scores[1]
    runs = by_start(tmp_path)
    assert len(runs) == 2 * 3 + 1
    assert {run["config"]["alpha"] for run in runs} == {0.1, 0.01}


def test_it_is_pickled_as_the_estimator_that_it_is() -> None:
    model = pickle.loads(pickle.dumps(Recorded(sgd(), "p").fit(X, Y)))
    assert (model.predict(X) == sgd().fit(X, Y).predict(X)).all()
    sklearn.utils.validation.check_is_fitted(model)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        sklearn.utils.validation.check_is_fitted(sklearn.clone(model))


@pytest.mark.parametrize("cv", [3, model_selection.KFold(4, shuffle=True, random_state=1)])
def test_a_cross_validation_returns_what_scikit_learn_does(tmp_path: Path, cv: Any) -> None:
    asked: dict[str, Any] = {
        "cv": cv, "scoring": ["accuracy", "f1"], "return_train_score": True,
        "return_indices": True, "return_estimator": True,
    }  # fmt: skip
    found = cross_validate(sgd(), X, Y, run="p", start={"tags": ["try"]}, **asked)
    told = model_selection.cross_validate(sgd(), X, Y, **asked)
    assert found.keys() == told.keys()
    for name in ("test_accuracy", "test_f1", "train_accuracy"):
        assert found[name].tolist() == told[name].tolist()
    for one, other in zip(found["indices"]["test"], told["indices"]["test"], strict=True):
        assert (one == other).all()
    run = shown(tmp_path)
    assert (run["seed"], run["tags"], run["status"]) == (7, ["try"], "finished")
    scores = [epoch["metrics"]["test_accuracy"] for epoch in run["epochs"]]
    assert scores == found["test_accuracy"].tolist()
    assert run["metrics"]["test_accuracy"] == pytest.approx(numpy.mean(scores))


def test_folds_that_a_budget_forbids_are_left_out(tmp_path: Path) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    cv = model_selection.RepeatedKFold(n_splits=2, n_repeats=500)
    found = cross_validate(
        sgd(), X, Y, cv=cv, run="p", budget=budget, start={"interval_s": 0.01}
    )
    assert 0 < len(found["test_score"]) < 1000
    assert len(ledgers(tmp_path)) == 1 and shown(tmp_path)["status"] == "finished"


ASKED: dict[str, Any] = {"on_duplicate": "raise"}
WEIGHTS = [numpy.where(Y, weight, 1) for weight in (1, 50)]


def fitted(first: bool) -> Any:
    return sgd().partial_fit(X, Y if first else 1 - Y, classes=[0, 1])


def warm(first: bool) -> Any:
    return sgd(warm_start=True).fit(X, Y if first else 1 - Y)


def folds(first: bool) -> Any:
    return [(numpy.arange(30), numpy.arange(30, 60))] if first else [(numpy.arange(40), [41])]


OTHERS: dict[str, Any] = {
    "weights": lambda one: Recorded(sgd(), "p", **ASKED).fit(X, Y, sample_weight=WEIGHTS[one]),
    "fitted before": lambda one: Recorded(fitted(one), "p", **ASKED).partial_fit(X, Y).finish(),
    "warm start": lambda one: Recorded(warm(one), "p", **ASKED).fit(X, Y),
    "groups": lambda one: cross_validate(
        sgd(), X, Y, cv=model_selection.GroupKFold(3), groups=numpy.arange(60) % (7 if one else 3),
        run="p", start=ASKED,
    ),
    "folds": lambda one: cross_validate(sgd(), X, Y, cv=folds(one), run="p", start=ASKED),
    "weights of folds": lambda one: cross_validate(
        sgd(), X, Y, cv=3, params={"sample_weight": WEIGHTS[one]}, run="p", start=ASKED
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_what_else_a_fit_depends_on_tells_it_from_others(tmp_path: Path, what: str) -> None:
    tells_apart(OTHERS[what])


def test_indices_of_a_cross_validation_are_those_of_scikit_learn() -> None:
    ours, theirs = (
        validate(sgd(), X, Y, cv=3, return_indices=True, scoring=["accuracy", "f1"])
        for validate in (cross_validate, model_selection.cross_validate)
    )
    assert ours.keys() == theirs.keys()
    for part, indices in theirs["indices"].items():
        assert type(ours["indices"][part]) is type(indices)
        for one, other in zip(ours["indices"][part], indices, strict=True):
            assert (one == other).all()


def test_other_methods_that_fit_are_runs(tmp_path: Path) -> None:
    from sklearn.cluster import KMeans

    clusters = Recorded(KMeans(2, n_init=1, random_state=0), "p")
    found = clusters.fit_predict(X)
    assert (found == KMeans(2, n_init=1, random_state=0).fit_predict(X)).all()
    steps = pipeline.make_pipeline(Recorded(preprocessing.StandardScaler(), "p"), sgd()).fit(X, Y)
    plain = pipeline.make_pipeline(preprocessing.StandardScaler(), sgd()).fit(X, Y)
    assert (steps.predict(X) == plain.predict(X)).all()
    assert [epochs_of(run) for run in by_start(tmp_path)] == [[1], [1]]
    assert not hasattr(Recorded(sgd()), "fit_predict")


def test_a_parameter_that_is_set_is_the_estimators() -> None:
    model = Recorded(sgd())
    model.alpha = 0.5
    assert model.estimator.alpha == 0.5 == model.get_params()["alpha"]


def test_a_fit_that_raises_fails_its_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inconsistent"):
        Recorded(sgd(), "p").fit(X, Y[1:])
    assert shown(tmp_path)["status"] == "failed"


def test_an_open_run_takes_the_epoch_of_a_fit(tmp_path: Path) -> None:
    with joulebook.start("p") as run:
        model = Recorded(sgd(), run, validation=(X, Y)).fit(X, Y)
        assert model.run is run and shown(tmp_path)["status"] == "running"
    assert epochs_of(shown(tmp_path)) == [1]
