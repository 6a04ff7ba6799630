"""Lightning: a callback and a logger that record what a `Trainer` does.

from joulebook.lightning import JoulebookCallback

trainer = Trainer(max_epochs=10, callbacks=[JoulebookCallback()])
trainer.fit(model, loader)

For trainers of `lightning` and of `pytorch_lightning`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import uuid4

from ._resume import goes_on, state_parent
from ._run import Run
from ._training import Budget, Data, Training, harmless, optimizers
from ._weights import of_module

__all__ = ["JoulebookCallback", "JoulebookLogger"]

# Where checkpoints keep the run that they are of.
_STATE = "joulebook"
_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def _packages() -> list[Any]:
    """Those that the program has imported; where it has none yet, one that is installed."""
    found = [sys.modules[name] for name in _PACKAGES if name in sys.modules]
    for name in () if found else _PACKAGES:
        try:
            return [import_module(name)]
        except ImportError as error:
            missing = error
    if not found:
        raise ImportError(
            f"joulebook.lightning needs Lightning ({missing}): pip install lightning"
        ) from missing
    return found


# A trainer asks its callbacks and loggers for little more than their methods, so that those made
# for one package work with the other's, too.
_Callback: Any = type("_Callback", tuple(package.Callback for package in _packages()), {})
_Logger: Any = type("_Logger", tuple(package.loggers.Logger for package in _packages()), {})


class JoulebookCallback(_Callback):
    """Records each call of `Trainer.fit` as a run.

    run      a run that is open: it gets the epochs and is not finished; or the project of new runs
    config   laid over the configuration, which is the hyperparameters of the model and of its data
             module, `trainer`, `optimizers` and `data.batch_size`, and hashes of what the model is
             made of and of the weights that it starts from
    data     what `joulebook.fingerprint` returns, or the data's name; default: the data sets of the
             training's loaders are fingerprinted; False: they are not looked at
    budget   the arguments of `run.budget` as a dict, or a function that gets the run. What says
             "stop" ends the training as `trainer.should_stop` does
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    Epochs count from 1. An epoch has what the model logged in it and in the validation, which is
    part of it; steps have what the model logged for them, each `log_every_n_steps`. Checkpoints
    name the run: a training that goes on from one goes on with that run, whose epochs behind the
    checkpoint are then there twice.

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
        **start: Any,
    ) -> None:
        super().__init__()
        self._training = Training(run, config, data, budget, start)
        # Whether a logger tells of steps.
        self._has_logger = False
        self._hyperparameters: dict[str, Any] = {}
        self._new_id = uuid4().hex
        self._resumed_id: str | None = None
        # An epoch that has ended is kept when the model has said its last about it.
        self._has_ended = False
        self._of_epochs: dict[str, Any] = {}
        self._of_steps: dict[str, Any] = {}
        self._last_step = 0

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._training.run

    # The hooks of a trainer

    @harmless
    def on_load_checkpoint(
        self, trainer: Any, pl_module: Any, checkpoint: Mapping[str, Any]
    ) -> None:
        if trainer.state.fn == "fit":
            self._resumed_id = (checkpoint.get(_STATE) or {}).get("run_id")

    @harmless
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        ranks = (trainer.global_rank, trainer.world_size)
        # A name that the launcher gave to the job goes before one of ours.
        own_id = None if os.environ.get("JOULEBOOK_RUN_ID") else self._new_id
        kept_id, self._resumed_id = self._resumed_id, None
        run_id = kept_id if goes_on(self._training, kept_id) else own_id
        self._training.begin(
            lambda: _configuration(trainer, pl_module, self._hyperparameters),
            lambda: _data_sets(trainer.train_dataloader),
            run_id=trainer.strategy.broadcast(run_id) if trainer.world_size > 1 else run_id,
            ranks=ranks,
            seed=_seed,
        )
        state_parent(self._training, kept_id)
        # The next training has a name of its own.
        self._new_id = uuid4().hex
        self._has_ended = False
        self._of_epochs = dict(trainer.callback_metrics)
        self._of_steps = dict(trainer.callback_metrics)
        self._last_step = trainer.global_step
        if trainer.global_step:
            place = f"step {trainer.global_step}, epoch {trainer.current_epoch}"
            self._training.resumed(f"{place} of a checkpoint")
        if trainer.max_epochs is not None:
            self._training.plan(trainer.current_epoch + 1, trainer.max_epochs)

    @harmless
    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self._close_epoch(trainer)
        self._training.begin_epoch(trainer.current_epoch + 1)

    @harmless
    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, *more: Any
    ) -> None:
        # Nobody tells of the beginning of an epoch that goes on from a checkpoint.
        if self._training.epoch is None:
            self._training.begin_epoch(trainer.current_epoch + 1)

    @harmless
    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, *more: Any
    ) -> None:
        step, every = trainer.global_step, trainer.log_every_n_steps
        # Where gradients are gathered, several batches are one step.
        if not self._has_logger and step > self._last_step and every and step % every == 0:
            self._training.log(step, self._metrics_of_step(trainer, outputs))
        self._last_step = step
        # Ranks have to agree, which they do at the end of an epoch.
        if trainer.world_size == 1 and self._training.should_stop:
            trainer.should_stop = True

    @harmless
    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._training.begin_phase("validation")

    @harmless
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        self._training.end_phase()

    @harmless
    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        # The model's own hook comes behind this one, and may log.
        self._has_ended = True
        if self._training.should_all_stop:
            trainer.should_stop = True

    @harmless
    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        # What was learnt is kept first.
        if self._has_ended:
            self._close_epoch(trainer)
        if self.run is not None and self.run.id:
            checkpoint[_STATE] = {"run_id": self.run.id}

    @harmless
    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._close_epoch(trainer)
        if trainer.should_stop and not self._training.should_stop:
            self._training.stopped_early(f"epoch {trainer.current_epoch} of {trainer.max_epochs}")
        self._training.end("finished")

    @harmless
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._close_epoch(trainer)
        was_told = isinstance(exception, KeyboardInterrupt) or "SIGTERM" in type(exception).__name__
        self._training.end("killed" if was_told else "failed")

    # Inside

    def _close_epoch(self, trainer: Any) -> None:
        self._has_ended = False
        if self._training.epoch is not None:
            found = _new(trainer.callback_metrics, self._of_epochs)
            # Of what is logged for steps and epochs the epoch's counts, which is the plain name.
            steps = {f"{name[:-6]}_step" for name in found if name.endswith("_epoch")}
            self._training.end_epoch({name: found[name] for name in found if name not in steps})

    def _metrics_of_step(self, trainer: Any, outputs: Any) -> dict[str, Any]:
        found = _new(trainer.callback_metrics, self._of_steps)
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None and not any("loss" in name for name in found):
            found["loss"] = loss
        if trainer.optimizers and "lr" not in found:
            found["lr"] = trainer.optimizers[0].param_groups[0]["lr"]
        return found


class JoulebookLogger(_Logger):
    """The same as `JoulebookCallback`, for a trainer's `logger`; it has the same arguments.

    What is logged goes to the ledger by Lightning's steps, which count from 0. The trainer gets a
    `JoulebookCallback` as well, if it has none; where it has one, the arguments of that one count.
    `logger.experiment` is the run, once training has begun; what is logged outside of a training
    is not kept. `Trainer(enable_autolog_hparams=False)` tells a logger nothing: add the callback.
    """

    def __init__(self, run: Run | str | None = None, **arguments: Any) -> None:
        super().__init__()
        self._callback = JoulebookCallback(run, **arguments)

    @property
    def _training(self) -> Training:
        return self._callback._training

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._callback.run

    @property
    def experiment(self) -> Run | None:
        """The same as `run`."""
        return self._callback.run

    @property
    def name(self) -> str:
        """The project, under which Lightning puts checkpoints."""
        given = self._training._given[0]
        if isinstance(given, Run):
            return given.project
        named = self._training._options.get("project") or os.environ.get("JOULEBOOK_PROJECT")
        return str(named or "joulebook")

    @property
    def version(self) -> str:
        """The run's id, under which Lightning puts checkpoints."""
        if self.run is not None and (self._training.is_going or self.run._is_open):
            return self.run.id
        return str(self._training._options.get("run_id") or self._callback._new_id)

    @harmless
    def log_hyperparams(self, params: Any, *more: Any, **named: Any) -> None:
        """Adds to the configuration of the next training."""
        given = params if isinstance(params, Mapping) else vars(params)
        self._callback._hyperparameters.update(given)

    @harmless
    def log_graph(self, model: Any, input_array: Any = None) -> None:
        """Called by Lightning with the model, which knows its trainer; keeps nothing of it."""
        trainer = model.trainer
        for callback in trainer.callbacks:
            if isinstance(callback, JoulebookCallback):
                callback._hyperparameters.update(self._callback._hyperparameters)
                self._callback = callback
                break
        else:
            trainer.callbacks.insert(0, self._callback)
            # It was not there when the trainer told what a checkpoint holds.
            loaded = getattr(trainer._checkpoint_connector, "_loaded_checkpoint", None)
            self._callback.on_load_checkpoint(trainer, model, loaded or {})
        self._callback._has_logger = True

    @harmless
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Keeps the metrics of a step."""
        kept = {name: value for name, value in metrics.items() if name != "epoch"}
        self._training.log(step, kept)


def _new(found: Mapping[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What has been computed again since the last time; `known` is what was there then."""
    new = {name: value for name, value in found.items() if known.get(name) is not value}
    known.update(new)
    return new


def _configuration(trainer: Any, module: Any, logged: Mapping[str, Any]) -> dict[str, object]:
    config: dict[str, object] = {**logged}
    for owner in (module, trainer.datamodule):
        config |= dict(getattr(owner, "hparams", None) or {})
    names = (
        "max_epochs", "max_steps", "min_epochs", "min_steps", "accumulate_grad_batches",
        "gradient_clip_val", "gradient_clip_algorithm", "precision", "num_devices", "num_nodes",
        "limit_train_batches", "limit_val_batches", "overfit_batches", "val_check_interval",
        "check_val_every_n_epoch", "log_every_n_steps",
    )  # fmt: skip
    settings = {name: getattr(trainer, name, None) for name in names}
    settings["accelerator"] = type(trainer.accelerator).__name__
    settings["strategy"] = type(trainer.strategy).__name__
    sizes = [getattr(loader, "batch_size", None) for loader in _loaders(trainer.train_dataloader)]
    return {
        "trainer": settings,
        "optimizers": optimizers(trainer.optimizers),
        "data": {"batch_size": sizes[0] if len(sizes) == 1 else sizes},
        **of_module(module),
        **config,
    }


def _loaders(loader: Any) -> list[Any]:
    """Those of a collection, in its order."""
    if isinstance(loader, Mapping):
        return [one for name in loader for one in _loaders(loader[name])]
    if isinstance(loader, list | tuple):
        return [one for part in loader for one in _loaders(part)]
    return [loader]


def _data_sets(loader: Any) -> tuple[object, ...]:
    return tuple(getattr(one, "dataset", one) for one in _loaders(loader))


def _seed() -> int | None:
    """That of `seed_everything`. PyTorch does not say whether its own was given."""
    given = os.environ.get("PL_GLOBAL_SEED")
    return int(given) if given else None
