"""LightGBM: callbacks that record what `train`, `cv` and `fit` do; an iteration is an epoch.

from joulebook.lightgbm import JoulebookCallbacks

lightgbm.train(params, data, 100, valid_sets=[test], callbacks=JoulebookCallbacks())

With others, and where training may stop early:

with JoulebookCallbacks() as recording:
    lightgbm.train(params, data, 100, [test], callbacks=[*recording, lightgbm.early_stopping(5)])
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ._run import Run, status_after
from ._spelt import settings, spelt
from ._training import Budget, Data, Training, arguments_of, harmless
from ._weights import not_known, told

try:
    from lightgbm.callback import EarlyStopException
except ImportError as error:
    raise ImportError(
        f"joulebook.lightgbm needs LightGBM ({error}): pip install lightgbm"
    ) from error

__all__ = ["JoulebookCallbacks"]

# Of a data set, besides its rows, labels and weights.
_FIELDS = ("group", "init_score", "position")
# Callbacks that change nothing of the model.
_ONLOOKERS = ("_LogEvaluationCallback", "_RecordEvaluationCallback")
_FITTED = (
    "init_score", "group", "eval_set", "eval_X", "eval_y", "eval_sample_weight",
    "eval_class_weight", "eval_init_score", "eval_group",
)  # fmt: skip


class JoulebookCallbacks(list[Callable[[Any], None]]):
    """Records each training as a run, and each iteration as an epoch.

    A list of the two callbacks, before and behind an iteration, that this takes.

    run      a run that is open: it gets the epochs and is not finished; or the project of new runs
    config   laid over the configuration, which is the parameters that LightGBM was given, the
             number of iterations, the other arguments, functions and callbacks with their settings,
             and a hash of an `init_model`
    data     what `joulebook.fingerprint` returns, or the data's name; default: what `fit` was
             given, or what data sets with `free_raw_data=False` hold, those that are evaluated
             included, is fingerprinted. LightGBM has thrown away what other data sets held; False:
             nothing is looked at
    budget   the arguments of `run.budget` as a dict, or a function that gets the run. What says
             "stop" ends the training by LightGBM's `EarlyStopException`
    resume   a file that keeps the run's id until the training ends: one that finds it, and goes on
             from an `init_model`, goes on with that run
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    Epochs count from 1, as LightGBM prints them. Metrics are called `valid_0-l2`.

    LightGBM tells nobody that `early_stopping` ends a training, or that it raises. As a context
    manager this ends with its block, and the run is marked failed where that raises. Without one a
    run that stops early stays open until the next training begins or the process ends.

    Raises what `joulebook.start` raises, when training begins, and what a callable of the budget
    does.
    """

    def __init__(
        self,
        run: Run | str | None = None,
        *,
        config: object = None,
        data: Data = None,
        budget: Budget | None = None,
        resume: str | os.PathLike[str] | None = None,
        **start: Any,
    ) -> None:
        self._training = Training(run, config, data, budget, start, resume)
        self._last = self._end_iteration = 0
        # Before all others, and before `early_stopping`, whose order is 30.
        super().__init__([_Part(self._before, True, -(1 << 31)), _Part(self._behind, False, 20)])

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._training.run

    def __enter__(self) -> JoulebookCallbacks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._finish(status_after(kind, error))

    @harmless
    def _before(self, env: Any) -> None:
        if env.iteration == env.begin_iteration:
            self._end_iteration = env.end_iteration
            fitted = arguments_of("lightgbm", "fit")
            trained = arguments_of("lightgbm", "train", "cv")
            objective = _objective(env)
            self._training.begin(
                lambda: _configuration(env, objective, fitted, trained),
                lambda: _data(fitted, trained),
                seed=lambda: _seed(env.params),
            )
            if env.begin_iteration > 0:
                self._training.resumed(f"epoch {env.begin_iteration} of a model")
            self._training.plan(env.begin_iteration + 1, env.end_iteration)
        self._training.presumed = "failed"
        self._training.begin_epoch(env.iteration + 1)

    @harmless
    def _behind(self, env: Any) -> None:
        metrics: dict[str, float] = {}
        for data, metric, value, _, *deviation in env.evaluation_result_list or ():
            metrics[f"{data}-{metric}"] = value
            if deviation and deviation[0] is not None:
                metrics[f"{data}-{metric}-std"] = deviation[0]
        self._last = env.iteration + 1
        self._training.end_epoch(metrics)
        self._training.presumed = "finished"
        if env.iteration + 1 == env.end_iteration:
            self._finish("finished")
        elif self._training.should_stop:
            self._finish("finished")
            stop = EarlyStopException(env.iteration, env.evaluation_result_list)
            # LightGBM's way to stop is no mistake of ours.
            self._training.asks_for(stop)
            raise stop

    def _finish(self, status: str) -> None:
        is_short = status == "finished" and self._last < self._end_iteration
        if is_short and not self._training.should_stop:
            self._training.stopped_early(f"epoch {self._last} of {self._end_iteration}")
        self._training.end(status)


class _Part:
    """One callback: LightGBM reads from it when it is called, and in which order."""

    def __init__(self, call: Callable[[Any], None], before_iteration: bool, order: int) -> None:
        self._call = call
        self.before_iteration = before_iteration
        self.order = order

    def __call__(self, env: Any) -> None:
        self._call(env)


def _objective(env: Any) -> object:
    """A function that is the objective, which LightGBM has taken out of the parameters."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        home = frame.f_globals.get("__name__", "")
        if home.partition(".")[0] == "lightgbm" and "fobj" in frame.f_locals:
            return frame.f_locals["fobj"]
        frame = frame.f_back
    # An object equals nothing.
    return object() if env.params.get("objective") == "none" else None


def _configuration(
    env: Any, objective: object, fitted: Mapping[str, Any], trained: Mapping[str, Any]
) -> dict[str, object]:
    config: dict[str, object] = {name: spelt(value) for name, value in env.params.items()}
    config["num_boost_round"] = env.end_iteration - env.begin_iteration
    if objective is not None:
        config["objective"] = spelt(objective)
    config |= settings(trained, "feval", "valid_names")
    others = [
        callback
        for callback in trained.get("callbacks") or ()
        if not isinstance(callback, _Part)
        and not (
            type(callback).__module__ == EarlyStopException.__module__
            and type(callback).__name__ in _ONLOOKERS
        )
    ]
    if others:
        config["callbacks"] = [spelt(one) for one in others]
    # LightGBM makes weights of it.
    class_weight = getattr(fitted.get("self"), "class_weight", None)
    if class_weight is not None:
        config["class_weight"] = spelt(class_weight)
    data_set = trained.get("train_set")
    categories = getattr(data_set, "categorical_feature", "auto")
    if categories != "auto":
        config["categorical_feature"] = spelt(categories)
    if getattr(data_set, "reference", None) is not None:
        config["reference"] = not_known("the bins of another data set")
    if trained.get("init_model") is not None:
        config["init_model"] = told(lambda: _hash_of(trained["init_model"]))
    folds = getattr(env.model, "boosters", None)
    if folds is not None:
        config["nfold"] = len(folds)
        names = ("seed", "shuffle", "stratified", "folds", "metrics", "fpreproc")
        config["cv"] = settings(trained, *names)
    return config


def _hash_of(model: Any) -> str:
    """Of a model, or of the file of one."""
    if isinstance(model, str | os.PathLike):
        content = Path(model).read_bytes()
    else:
        content = model.model_to_string().encode()
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _seed(params: dict[str, Any]) -> object:
    """One of the parameters: without one LightGBM draws the same each time."""
    given = [params.get(name) for name in ("seed", "random_seed", "random_state")]
    return next((seed for seed in given if seed is not None), "default")


def _data(fitted: Mapping[str, Any], trained: Mapping[str, Any]) -> tuple[object, ...]:
    """What `fit` was given, else what the data sets still hold."""
    if "X" in fitted:
        parts = [fitted.get(name) for name in ("X", "y", "sample_weight")]
        parts.append({name: fitted[name] for name in _FITTED if fitted.get(name) is not None})
        return tuple(part for part in parts if part is not None and not _is_empty(part))
    found = trained["train_set"]
    evaluated = trained.get("valid_sets") or []
    evaluated = evaluated if isinstance(evaluated, list | tuple) else [evaluated]
    sets = [found, *(one for one in evaluated if one is not found)]
    return tuple(part for one in sets for part in _content(one))


def _content(data: Any) -> list[object]:
    """What a data set holds. Raises ValueError where LightGBM has thrown it away."""
    if data.data is None:
        raise ValueError("LightGBM has thrown it away; pass data=")
    found = {name: getattr(data, f"get_{name}", lambda: None)() for name in _FIELDS}
    parts = [data.get_data(), data.get_label(), data.get_weight()]
    parts.append({name: value for name, value in found.items() if value is not None})
    return [part for part in parts if part is not None and not _is_empty(part)]


def _is_empty(part: object) -> bool:
    return isinstance(part, dict) and not part
