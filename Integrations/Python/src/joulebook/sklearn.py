"""scikit-learn: an estimator that records how it is fitted, and a recorded cross-validation.

from joulebook.sklearn import Recorded, cross_validate

model = Recorded(SGDClassifier(random_state=0), validation=(x_test, y_test))
model.fit(x, y)                      # a run of one epoch
for _ in range(20):
    model.partial_fit(x, y, classes) # an epoch
scores = cross_validate(SGDClassifier(random_state=0), x, y, cv=5)
"""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from ._resume import goes_on as is_open
from ._resume import state_parent
from ._run import Run, status_after
from ._spelt import settings, spelt
from ._training import Budget, Data, Training, harmless
from ._weights import told

try:
    import sklearn.model_selection
    from sklearn.base import clone, is_classifier
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise ImportError(
        f"joulebook.sklearn needs scikit-learn ({error}): pip install scikit-learn"
    ) from error

__all__ = ["Recorded", "cross_validate"]

# Methods that fit as `fit` does, where an estimator has them.
_FITS = ("fit_predict", "fit_transform")


class Recorded:
    """An estimator that is the one it wraps, and records how that is fitted.

    estimator    any estimator; parameters, methods and attributes are its own
    run          a run that is open: it gets the epochs and is not finished; or the project of new
                 runs
    validation   a pair `(X, y)`: each epoch has `val_score`, measured behind it as the phase
                 `validation`
    config       laid over the configuration, which is the estimator's class, its parameters, what
                 else a fit is told (`fit_params`), and a hash of an estimator that is fitted
                 already, where `partial_fit` or `warm_start` goes on from that
    data         what `joulebook.fingerprint` returns, or the data's name; default: what the
                 estimator is fitted to is fingerprinted; False: it is not looked at
    budget       the arguments of `run.budget` as a dict, or a function that gets the run. What says
                 "stop" makes `should_stop` true
    start        every other argument is that of `joulebook.start`: dir, stage, tags, ...

    `fit`, `fit_predict` and `fit_transform` are a run of one epoch, and of one step for each value
    of the `loss_curve_` that some estimators keep. Each `partial_fit` is an epoch of one run, which
    ends with `finish`, with the block of `with`, when `fit` begins another one, or with the
    process. An estimator that is pickled between two of them goes on, where it is unpickled, with
    the same run. `clone` gives one with runs of its own, so that searches and cross-validation make
    a run of each fit.

    Raises what `joulebook.start` raises, when fitting begins, and what a callable of the budget
    does.
    """

    def __init__(
        self,
        estimator: Any,
        run: Run | str | None = None,
        *,
        validation: tuple[Any, Any] | None = None,
        config: object = None,
        data: Data = None,
        budget: Budget | None = None,
        **start: Any,
    ) -> None:
        self.estimator = estimator
        self._validation = validation
        self._training = Training(run, config, data, budget, start)
        # Of the run whose epochs are calls of `partial_fit`.
        self._run_id: str | None = None
        self._epochs = 0

    @property
    def run(self) -> Run | None:
        """The run of the fit that goes on, or that went on last."""
        return self._training.run

    @property
    def should_stop(self) -> bool:
        """Whether the budget of the run asks for an end, for loops over `partial_fit`."""
        return self._training.should_stop

    # Fitting

    def fit(self, X: Any, y: Any = None, **params: Any) -> Recorded:
        """Fits the estimator anew; a run of its own."""
        self._fit("fit", X, y, **params)
        return self

    def partial_fit(self, X: Any, y: Any = None, *classes: Any, **params: Any) -> Recorded:
        """Fits the estimator further; an epoch of the run."""
        if not self._training.is_going:
            given = {"classes": classes[0], **params} if classes else params
            self._begin(X, y, given, goes_on=True)
        with self._fitting():
            self.estimator.partial_fit(X, *_given(y), *classes, **params)
        self._training.presumed = "finished"
        return self

    def finish(self) -> None:
        """Ends the run of `partial_fit`; the second call does nothing."""
        self._training.end("finished")

    def __enter__(self) -> Recorded:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._training.end(status_after(kind, error))

    # What makes it the estimator that it wraps

    def __getattr__(self, name: str) -> Any:
        if name == "estimator":
            # While it is unpickled there is none.
            raise AttributeError(name)
        found = getattr(self.estimator, name)
        return functools.partial(self._fit, name) if name in _FITS else found

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "estimator" or name.startswith("_") or hasattr(type(self), name):
            super().__setattr__(name, value)
        else:
            setattr(self.estimator, name, value)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __repr__(self) -> str:
        return f"Recorded({self.estimator!r})"

    def set_params(self, **params: Any) -> Recorded:
        """Sets parameters of the estimator."""
        self.estimator.set_params(**params)
        return self

    def __sklearn_clone__(self) -> Recorded:
        run, config, data, budget, start, _ = self._training._given
        return Recorded(
            clone(self.estimator), run, validation=self._validation, config=config, data=data,
            budget=budget, **start,
        )  # fmt: skip

    def __sklearn_is_fitted__(self) -> bool:
        try:
            check_is_fitted(self.estimator)
        except Exception:
            return False
        return True

    # Inside

    def _fit(self, method: str, X: Any, y: Any = None, **params: Any) -> Any:
        """What the estimator's method returns, which fits it anew; a run of its own."""
        self._run_id, self._epochs = None, 0
        self._begin(X, y, params, goes_on=_is_warm(self.estimator))
        with self._fitting():
            result = getattr(self.estimator, method)(X, *_given(y), **params)
            self._log_curve()
        self._training.end("finished")
        return result

    @harmless
    def _begin(self, X: Any, y: Any, params: Mapping[str, Any], goes_on: bool) -> None:
        def configuration() -> dict[str, object]:
            config = _configuration(self.estimator)
            if params:
                config["fit_params"] = spelt(dict(params))
            if goes_on and self.__sklearn_is_fitted__():
                config["initial_state"] = told(lambda: _hash_of(self.estimator))
            return config

        kept_id = self._run_id
        is_same = is_open(self._training, kept_id)
        self._training.begin(
            configuration,
            lambda: (X, *_given(y)),
            run_id=kept_id if is_same else None,
            seed=lambda: _seed(self.estimator),
        )
        state_parent(self._training, kept_id)
        if kept_id is not None:
            self._training.resumed(f"epoch {self._epochs} of an estimator")
        self._run_id = self.run.id if self.run is not None else None

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """An epoch around what fits; what raises there ends the run."""
        self._training.presumed = "failed"
        self._begin_epoch()
        try:
            yield
        except BaseException as error:
            self._training.end(status_after(type(error), error))
            raise
        self._end_epoch()

    @harmless
    def _begin_epoch(self) -> None:
        self._epochs += 1
        self._training.begin_epoch(self._epochs)

    @harmless
    def _end_epoch(self) -> None:
        # What the estimator knows of its own training.
        told = {
            "loss": getattr(self.estimator, "loss_", None),
            "n_iter": getattr(self.estimator, "n_iter_", None),
        }
        metrics = {name: value for name, value in told.items() if _is_number(value)}
        if self._validation is not None:
            self._training.begin_phase("validation")
            metrics["val_score"] = float(self.estimator.score(*self._validation))
        self._training.end_epoch(metrics)

    @harmless
    def _log_curve(self) -> None:
        for step, loss in enumerate(getattr(self.estimator, "loss_curve_", ()), start=1):
            self._training.log(step, {"loss": loss})


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    run: Run | str | None = None,
    groups: Any = None,
    cv: Any = None,
    config: object = None,
    data: Data = None,
    budget: Budget | None = None,
    start: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    """`sklearn.model_selection.cross_validate`, as a run of which each fold is an epoch.

    An epoch has the scores of its fold, and the final metrics have their means. `run`, `config`,
    `data` and `budget` are those of `Recorded`, and `start` other arguments of `joulebook.start`;
    all others are scikit-learn's, whose result this returns. A budget that says "stop" leaves the
    folds out that are not fitted yet. Folds are fitted one after another, whatever `n_jobs`, and
    one that cannot be fitted raises.
    """
    inner = estimator.estimator if isinstance(estimator, Recorded) else estimator
    training = Training(run, config, data, budget, dict(start or {}))
    splits = sklearn.model_selection.check_cv(cv, y, classifier=is_classifier(inner))
    folds = list(splits.split(X, y, groups))
    given = {"groups": groups, **arguments}
    recorder = _Folds(training)
    recorder.begin(inner, splits, folds, (X, *_given(y)), given)
    found: list[dict[str, Any]] = []
    try:
        for number, fold in enumerate(folds, start=1):
            recorder.begin_epoch(number)
            result = sklearn.model_selection.cross_validate(
                inner, X, y, groups=groups, cv=[fold], **arguments
            )
            found.append(result)
            recorder.end_epoch(_means([result]))
            if training.should_stop:
                break
    except BaseException as error:
        training.end(status_after(type(error), error))
        raise
    training.end("finished", _means(found))
    return {name: _joined([result[name] for result in found]) for name in found[0]}


class _Folds:
    """What a cross-validation tells its run."""

    def __init__(self, training: Training) -> None:
        self._training = training

    @harmless
    def begin(
        self,
        estimator: Any,
        splits: Any,
        folds: list[Any],
        data: tuple[Any, ...],
        given: Mapping[str, Any],
    ) -> None:
        names = ("groups", "params", "fit_params", "scoring", "error_score")
        self._training.begin(
            lambda: {
                **_configuration(estimator),
                "cv": type(splits).__name__,
                "folds": spelt(folds),
                **settings(given, *names),
            },
            lambda: data,
            seed=lambda: _seed(estimator),
        )
        self._training.plan(1, len(folds))

    @harmless
    def begin_epoch(self, number: int) -> None:
        self._training.begin_epoch(number)

    @harmless
    def end_epoch(self, metrics: Mapping[str, Any]) -> None:
        self._training.end_epoch(metrics)


def _given(y: Any) -> tuple[Any, ...]:
    return () if y is None else (y,)


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0


def _configuration(estimator: Any) -> dict[str, object]:
    kind = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    params = {
        # Parts of a pipeline have parameters of their own, which are among these.
        name.replace("__", "."): _told(value)
        for name, value in estimator.get_params(deep=True).items()
        if name not in ("steps", "transformers", "estimators")
    }
    return {"estimator": kind, **params}


def _told(value: Any) -> object:
    """A parameter: a function with what it closes over, an estimator by its class."""
    if hasattr(value, "get_params"):
        return type(value).__name__
    return spelt(value) if callable(value) else value


def _is_warm(estimator: Any) -> bool:
    """Whether `fit` goes on from what was fitted before."""
    params = estimator.get_params(deep=True)
    return any(value is True for name, value in params.items() if name.endswith("warm_start"))


def _hash_of(estimator: Any) -> str:
    """Of all that the estimator is, as it would be saved."""

    class Hashes:
        hash = hashlib.sha256()

        def write(self, content: bytes) -> None:
            self.hash.update(content)

    pickle.Pickler(Hashes(), protocol=5).dump(estimator)
    return f"sha256:{Hashes.hash.hexdigest()}"


def _seed(estimator: Any) -> object:
    """The first `random_state`; what has no such parameter draws nothing at random."""
    params = estimator.get_params(deep=True)
    seeds = [value for name, value in params.items() if name.endswith("random_state")]
    if not seeds:
        return "none"
    return seeds[0] if isinstance(seeds[0], int) else None


def _means(results: list[dict[str, Any]]) -> dict[str, float]:
    """The means of the folds' scores; times are the ledger's own business."""
    names = [name for name in results[0] if name.startswith(("test_", "train_"))] if results else []
    return {
        name: sum(float(result[name][0]) for result in results) / len(results) for name in names
    }


def _joined(parts: list[Any]) -> Any:
    """One result of all folds, as scikit-learn has it."""
    if isinstance(parts[0], dict):
        return {name: _joined([part[name] for part in parts]) for name in parts[0]}
    if isinstance(parts[0], list | tuple):
        return type(parts[0])(item for part in parts for item in part)
    import numpy

    return numpy.concatenate(parts)
