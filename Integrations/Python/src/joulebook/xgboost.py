"""XGBoost: a callback that records what `train`, `cv` and `fit` do; an iteration is an epoch.

from joulebook.xgboost import JoulebookCallback

xgboost.train(params, data, 100, evals=[(data, "train")], callbacks=[JoulebookCallback()])
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ._resume import goes_on, state_parent
from ._run import Run
from ._spelt import settings, spelt
from ._training import Budget, Data, Training, arguments_of, harmless
from ._weights import told

try:
    from xgboost.callback import TrainingCallback
except ImportError as error:
    raise ImportError(f"joulebook.xgboost needs XGBoost ({error}): pip install xgboost") from error

__all__ = ["JoulebookCallback"]

# The attribute of a model that names the run which trains it.
_STATE = "joulebook_run"
# What is read back of a matrix takes eight bytes each.
_ENTRIES_MAX = 1 << 27
# Callbacks that change nothing of the model.
_ONLOOKERS = ("EvaluationMonitor", "TrainingCheckPoint")


class JoulebookCallback(TrainingCallback):
    """Records each training as a run, and each iteration as an epoch.

    run      a run that is open: it gets the epochs and is not finished; or the project of new runs
    config   laid over the configuration, which is all parameters as the booster has them, those
             that nobody gave included, the number of iterations, the other arguments of `train` or
             `cv`, functions and callbacks with their settings, and a hash of an `xgb_model`
    data     what `joulebook.fingerprint` returns, or the data's name; default: the training matrix
             and those of `evals` are fingerprinted; False: they are not looked at
    budget   the arguments of `run.budget` as a dict, or a function that gets the run. What says
             "stop" ends the training behind an iteration
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    Epochs count from 1, those of a model that is trained further behind its own. Metrics are called
    as XGBoost prints them, `train-rmse`. A model that is saved while it is trained names the run: a
    training that goes on from it (`xgb_model`) goes on with that run.

    Raises what `joulebook.start` raises, when training begins, and what a callable of the budget
    does. A training that raises leaves its run open until its callback is gone, the next one
    begins or the process ends: it is marked failed then.
    """

    def __init__(
        self,
        run: Run | str | None = None,
        *,
        config: object = None,
        data: Data = None,
        budget: Budget | None = None,
        **start: Any,
    ) -> None:
        super().__init__()
        self._training = Training(run, config, data, budget, start)
        # Iterations that the model had before, and has by now; what has been measured so far.
        self._before = self._done = 0
        self._planned: int | None = None
        self._told: Mapping[str, Any] = {}

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._training.run

    # What XGBoost calls

    def before_training(self, model: Any) -> Any:
        self._begin(model)
        return model

    def before_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        self._begin_epoch(epoch, evals_log)
        return False

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        return self._end_epoch(evals_log) is True

    def after_training(self, model: Any) -> Any:
        self._end(model)
        return model

    # What is done then

    @harmless
    def _begin(self, model: Any) -> None:
        given = arguments_of("xgboost", "train", "cv")
        self._before = self._done = model.num_boosted_rounds()
        rounds = given.get("num_boost_round")
        self._planned = None if rounds is None else self._before + int(rounds)
        kept_id = model.attr(_STATE)
        is_same = goes_on(self._training, kept_id)
        self._training.begin(
            lambda: _configuration(model, self._planned, given),
            lambda: _contents(given),
            run_id=kept_id if is_same else None,
            seed=lambda: _parameters(model).get("seed"),
        )
        state_parent(self._training, kept_id)
        if self.run is not None and self.run.id:
            model.set_attr(**{_STATE: self.run.id})
        if self._before:
            self._training.resumed(f"epoch {self._before} of a model")
        if self._planned is not None:
            self._training.plan(self._before + 1, self._planned)

    @harmless
    def _begin_epoch(self, iteration: int, told: Mapping[str, Any]) -> None:
        self._told = told
        self._done = self._before + iteration + 1
        self._training.begin_epoch(self._done)

    @harmless
    def _end_epoch(self, told: Mapping[str, Any]) -> bool:
        self._training.end_epoch(dict(_last(told)))
        return self._training.should_stop

    @harmless
    def _end(self, model: Any) -> None:
        # Open where a callback before this one stopped the training.
        self._training.end_epoch(dict(_last(self._told)))
        model.set_attr(**{_STATE: None})
        is_short = self._planned is not None and self._done < self._planned
        if is_short and not self._training.should_stop:
            self._training.stopped_early(f"epoch {self._done} of {self._planned}")
        best = {name: model.attr(name) for name in ("best_iteration", "best_score")}
        self._training.end(
            "finished", {name: float(value) for name, value in best.items() if value is not None}
        )


def _last(told: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """What was measured last, by the names that XGBoost prints."""
    for data, metrics in told.items():
        for metric, values in metrics.items():
            value = values[-1]
            if isinstance(value, tuple):
                # Of cross-validation, the mean of the folds and their standard deviation.
                yield f"{data}-{metric}", value[0]
                yield f"{data}-{metric}-std", value[1]
            else:
                yield f"{data}-{metric}", value


def _configuration(
    model: Any, planned: int | None, given: Mapping[str, Any]
) -> dict[str, object]:
    config: dict[str, object] = {
        "num_boost_round": planned,
        **_parameters(model),
        **settings(given, "obj", "custom_metric", "maximize", "early_stopping_rounds"),
        **settings(dict(given.get("params") or {}), "eval_metric"),
    }
    others = [
        callback
        for callback in given.get("callbacks") or ()
        if not isinstance(callback, JoulebookCallback)
        and not (
            type(callback).__module__ == TrainingCallback.__module__
            and type(callback).__name__ in _ONLOOKERS
        )
    ]
    if others:
        config["callbacks"] = spelt(others)
    if given.get("evals"):
        config["evals"] = [name for _, name in given["evals"]]
    if hasattr(model, "cvfolds"):
        config["nfold"] = len(model.cvfolds)
        names = ("seed", "shuffle", "stratified", "folds", "metrics", "fpreproc")
        config["cv"] = settings(given, *names)
    elif model.num_boosted_rounds():
        config["xgb_model"] = told(lambda: _hash_of(model))
    return config


def _hash_of(model: Any) -> str:
    """Of the model as it is, but for the name of its run."""
    run_id = model.attr(_STATE)
    model.set_attr(**{_STATE: None})
    try:
        return f"sha256:{hashlib.sha256(model.save_raw()).hexdigest()}"
    finally:
        model.set_attr(**{_STATE: run_id})


def _parameters(model: Any) -> dict[str, Any]:
    """All parameters, which have names of their own wherever they are."""
    booster = model.cvfolds[0].bst if hasattr(model, "cvfolds") else model
    found: dict[str, Any] = {}

    def collect(part: Any, is_parameters: bool) -> None:
        for name, value in part.items():
            if isinstance(value, dict):
                collect(value, name.endswith("_param"))
            elif isinstance(value, list) and not is_parameters:
                for item in value:
                    collect(item if isinstance(item, dict) else {}, False)
            elif is_parameters:
                found[name] = _number(value)

    collect(json.loads(booster.save_config()).get("learner", {}), False)
    # That of the model, not of its training.
    found.pop("num_trees", None)
    return found


def _number(text: Any) -> Any:
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return text
    return value if isinstance(value, int | float) else text


def _contents(given: Mapping[str, Any]) -> tuple[object, ...] | None:
    """What the training matrix holds, and each other one that is evaluated."""
    matrix = given.get("dtrain")
    if matrix is None:
        return None
    others = [one for one, _ in given.get("evals") or () if one is not matrix]
    if sum(one.num_nonmissing() for one in (matrix, *others)) > _ENTRIES_MAX:
        raise ValueError("the matrices are too large to be read back; pass data=")
    parts = [part for one in (matrix, *others) for part in _content(one)]
    return tuple(parts)


def _content(matrix: Any) -> Iterator[object]:
    """What a matrix holds, with its labels, its weights, and what else was set of it."""
    rows = matrix.get_data()
    yield from (rows.data, rows.indices, rows.indptr, matrix.get_label(), matrix.get_weight())
    floats = ("label_lower_bound", "label_upper_bound", "feature_weights")
    found = {name: matrix.get_float_info(name) for name in floats}
    found["base_margin"] = matrix.get_base_margin()
    found["group_ptr"] = matrix.get_uint_info("group_ptr")
    set_ones = {name: values for name, values in found.items() if len(values)}
    yield {"shape": [matrix.num_row(), matrix.num_col()], "types": matrix.feature_types, **set_ones}
