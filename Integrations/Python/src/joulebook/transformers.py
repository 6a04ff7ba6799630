"""Hugging Face Transformers: a callback that records what a `Trainer` does.

from joulebook.transformers import JoulebookCallback

trainer = Trainer(model, arguments, train_dataset=data, callbacks=[JoulebookCallback()])
trainer.train()
"""

from __future__ import annotations

import math
from typing import Any

from ._resume import goes_on, state_parent
from ._run import Run
from ._training import Budget, Data, Training, harmless
from ._weights import of_module

try:
    import transformers
    from transformers.integrations import integration_utils
except ImportError as error:
    raise ImportError(
        f"joulebook.transformers needs Transformers and PyTorch ({error}): "
        "pip install 'transformers[torch]'"
    ) from error

__all__ = ["JoulebookCallback"]

# Where checkpoints keep the run that they are of, in `trainer_state.json`.
_STATE = "joulebook"


class JoulebookCallback(transformers.TrainerCallback):
    """Records each call of `Trainer.train` as a run.

    run      a run that is open: it gets the epochs and is not finished; or the project of new runs
    config   laid over the configuration, which is the `TrainingArguments`, below `model` the
             model's own, and hashes of what it is made of and of the weights that it starts from
    data     what `joulebook.fingerprint` returns, or the data's name; default: the training data
             are fingerprinted; False: they are not looked at
    budget   the arguments of `run.budget` as a dict, or a function that gets the run. What says
             "stop" ends the training as `should_training_stop` does
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    Epochs count from 1. What the trainer logs is kept by step and, the last of each name, by epoch;
    an epoch's energy includes the evaluation behind it. Checkpoints name the run: a training that
    goes on from one goes on with that run, whose epochs behind the checkpoint are then there twice.

    With `import joulebook.transformers`, `report_to="joulebook"` in the arguments does the same.

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
        self._training = Training(run, config, data, budget, start)
        # What an epoch that has ended still waits for: "log", "evaluate", or the next event.
        self._awaited: str | None = None
        self._number = 0
        self._results: dict[str, Any] = {}

    @property
    def run(self) -> Run | None:
        """The run of the training that goes on, or that went on last."""
        return self._training.run

    # The events of a trainer

    @harmless
    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        kept_id = (state.stateful_callbacks.get(_STATE) or {}).get("run_id")
        is_same = goes_on(self._training, kept_id)
        self._training.begin(
            lambda: _configuration(args, given.get("model")),
            lambda: given["train_dataloader"].dataset,
            run_id=kept_id if is_same else None,
        )
        state_parent(self._training, kept_id)
        self._awaited = None
        self._results = {}
        # Rounding may leave an epoch a hair before its end.
        self._number = math.floor((state.epoch or 0) + 1e-9)
        if self.run is not None and self.run.id:
            state.stateful_callbacks[_STATE] = {"run_id": self.run.id}
        if state.global_step:
            place = f"step {state.global_step}, epoch {state.epoch:g}"
            self._training.resumed(f"{place} of a checkpoint")
        if state.max_steps and state.num_train_epochs < 1 << 31:
            self._training.plan(self._number + 1, math.ceil(state.num_train_epochs))

    @harmless
    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._close_epoch(args, control)
        self._number += 1
        self._training.begin_epoch(self._number)

    @harmless
    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        # Ranks have to agree, which they do at the end of an epoch.
        if args.world_size == 1 and self._training.should_stop:
            control.should_training_stop = True
        if control.should_evaluate:
            self._training.begin_phase("validation")

    @harmless
    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        if self._training.should_all_stop:
            control.should_training_stop = True
        last = state.log_history[-1] if state.log_history else {}
        if control.should_evaluate:
            self._awaited = "evaluate"
            self._training.begin_phase("validation")
        elif control.should_log and last.get("step") != state.global_step:
            self._awaited = "log"
        else:
            self._close_epoch(args, control)

    @harmless
    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **given: Any
    ) -> None:
        # Times and speeds are the ledger's own business, and no results.
        metrics = {
            name: value
            for name, value in (logs or {}).items()
            if name != "epoch" and not name.endswith(("_runtime", "_per_second"))
        }
        if "train_runtime" in (logs or {}):
            # The summary of the whole training.
            self._results = metrics
            return
        self._training.log(state.global_step, metrics)
        self._training.log_epoch(metrics)
        if self._awaited == "log":
            self._close_epoch(args, control)

    @harmless
    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **given: Any
    ) -> None:
        # Of several data sets each has a prefix of its own, and any may be the last one.
        if "eval_runtime" in metrics:
            self._training.end_phase()
            if self._awaited == "evaluate":
                self._close_epoch(args, control)

    @harmless
    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        if self._awaited is not None:
            self._close_epoch(args, control)

    @harmless
    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._close_epoch(args, control)
        if state.global_step < state.max_steps and not self._training.should_stop:
            self._training.stopped_early(f"step {state.global_step} of {state.max_steps}")
        self._training.end("finished", self._results)

    def _close_epoch(self, args: Any, control: Any) -> None:
        self._awaited = None
        self._training.end_epoch()
        if args.world_size == 1 and self._training.should_stop:
            control.should_training_stop = True


def _configuration(args: Any, model: Any) -> dict[str, object]:
    config = {**args.to_dict()}
    # Where a training goes on is no property of what it computes.
    config.pop("resume_from_checkpoint", None)
    for name, settings in (
        ("model", getattr(model, "config", None)),
        ("peft", getattr(model, "peft_config", None)),
    ):
        if settings is not None:
            config[name] = settings
    return config if model is None else {**config, **of_module(model)}


# What `report_to` may name.
getattr(integration_utils, "INTEGRATION_TO_CALLBACK", {}).setdefault("joulebook", JoulebookCallback)
