"""Keras 3: a callback that records what `fit` does.

from joulebook.keras import JoulebookCallback

model.fit(x, y, epochs=10, callbacks=[JoulebookCallback()])
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from ._run import Run
from ._training import Budget, Data, Training, arguments_of, harmless
from ._weights import of_variables, told

try:
    import keras
except ImportError as error:
    raise ImportError(
        f"joulebook.keras needs Keras 3 and a backend ({error}): pip install keras torch"
    ) from error

__all__ = ["JoulebookCallback"]


class JoulebookCallback(keras.callbacks.Callback):
    """Records each call of `fit` as a run.

    run      a run that is open: it gets the epochs and is not finished; or the project of new runs
    config   laid over the configuration, which is the model's own below `model`, what it was
             compiled with below `compile`, the size of a batch, the number of epochs and of
             steps in each, and a hash of the weights that it starts from
    data     what `joulebook.fingerprint` returns, or the data's name; default: what `fit` was given
             is fingerprinted; False: it is not looked at
    budget   the arguments of `run.budget` as a dict, or a function that gets the run. What says
             "stop" ends the training as `model.stop_training` does
    resume   a file that keeps the run's id until the training ends, best beside what
             `BackupAndRestore` keeps: a training that finds it goes on with that run
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    Epochs count from 1; each has what Keras logs at its end. A step has the means that Keras has by
    then, over the epoch so far.

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
        resume: str | os.PathLike[str] | None = None,
        **start: Any,
    ) -> None:
        super().__init__()
        self._training = Training(run, config, data, budget, start, resume)
        self._is_first = True
        self._steps_before = 0
        self._steps = 0

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._training.run

    # What Keras calls

    @harmless
    def on_train_begin(self, logs: Any = None) -> None:
        given = arguments_of("keras", "fit")
        self._training.begin(
            lambda: _configuration(self.model, self.params or {}, given),
            lambda: _data(given),
            seed=_seed,
        )
        self._is_first = True

    @harmless
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._is_first:
            self._is_first = False
            # Known only now, since another callback may have restored the model.
            iterations = getattr(getattr(self.model, "optimizer", None), "iterations", None)
            self._steps = 0 if iterations is None else int(iterations)
            if epoch > 0:
                self._training.resumed(f"step {self._steps}, epoch {epoch}")
            self._training.plan(epoch + 1, int((self.params or {}).get("epochs") or 0))
        self._steps_before = self._steps
        self._training.begin_epoch(epoch + 1)

    @harmless
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._steps = self._steps_before + batch + 1
        self._training.log(self._steps, logs or {})
        self._stop_if_asked()

    @harmless
    def on_test_begin(self, logs: Any = None) -> None:
        if self._training.epoch is not None:
            self._training.begin_phase("validation")

    @harmless
    def on_test_end(self, logs: Any = None) -> None:
        self._training.end_phase()

    @harmless
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        metrics = dict(logs or {})
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None and "learning_rate" not in metrics:
            metrics["learning_rate"] = float(rate)
        self._training.end_epoch(metrics)
        self._stop_if_asked()

    @harmless
    def on_train_end(self, logs: Any = None) -> None:
        self._training.end_epoch()
        if self.model.stop_training and not self._training.should_stop:
            self._training.stopped_early(f"step {self._steps}")
        self._training.end("finished")

    def _stop_if_asked(self) -> None:
        if self._training.should_stop:
            self.model.stop_training = True


def _data(given: dict[str, Any]) -> tuple[object, ...] | None:
    parts = (given.get(name) for name in ("x", "y", "sample_weight"))
    return tuple(part for part in parts if part is not None) or None


def _configuration(
    model: Any, params: dict[str, Any], given: dict[str, Any]
) -> dict[str, object]:
    kind = f"{type(model).__module__}.{type(model).__qualname__}"
    return {
        "epochs": params.get("epochs"),
        "steps_per_epoch": params.get("steps"),
        **{name: given.get(name) for name in ("batch_size", "shuffle", "class_weight")},
        # A model that is a class of the program's need not tell its configuration.
        "model": _asked(model.get_config) or {"class": kind},
        "compile": _asked(model.get_compile_config)
        or {"optimizer": _asked(lambda: model.optimizer.get_config())},
        "initial_weights": told(lambda: _weights(model)),
    }


def _weights(model: Any) -> str:
    """Of the model and of its optimizer, which goes on where it was when `fit` is called again."""
    state = getattr(getattr(model, "optimizer", None), "variables", ())
    return of_variables([*model.weights, *state], keras.backend.backend())


def _asked(tell: Callable[[], object]) -> object:
    """What the model says of itself; what that warns of concerns who saves it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tell()
        except Exception:
            return None


def _seed() -> int | None:
    """That of `keras.utils.set_random_seed`. PyTorch does not say whether its own was given."""
    # Keras knows it, but has no public name for it.
    kept = sys.modules.get("keras.src.utils.rng_utils")
    tell: Callable[[], int | None] | None = getattr(kept, "get_random_seed", None)
    return None if tell is None else tell()
