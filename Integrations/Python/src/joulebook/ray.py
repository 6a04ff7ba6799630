"""Ray Tune: a callback that records each trial as a run.

from joulebook.ray import JoulebookCallback

Tuner(train, run_config=RunConfig(callbacks=[JoulebookCallback()]), ...).fit()
"""

from __future__ import annotations

import hashlib
from typing import Any

from ._resume import goes_on
from ._run import Run
from ._training import Budget, Data, Training

try:
    import ray
    from ray import tune
    from ray.tune.utils import flatten_dict
except ImportError as error:
    raise ImportError(
        f"joulebook.ray needs Ray Tune ({error}): pip install 'ray[tune]'"
    ) from error

__all__ = ["JoulebookCallback"]

_NUMBER = "training_iteration"
# What Ray adds to each result, and what tells it what to do: no results.
_RAYS = {
    _NUMBER, "checkpoint_dir_name", "date", "done", "episodes_total", "experiment_id",
    "experiment_tag", "hostname", "iterations_since_restore", "node_ip", "pid",
    "should_checkpoint", "time_since_restore", "time_this_iter_s", "time_total_s", "timestamp",
    "timesteps_since_restore", "timesteps_total", "trial_id", "warmup_time",
}  # fmt: skip


class JoulebookCallback(tune.Callback):
    """Records each trial as a run; all trials of an experiment are one sweep.

    project  default: the name of the trainable
    config   laid over the configuration, which is the trial's own
    data     as `joulebook.start` takes it, or what `joulebook.fingerprint` does, several things in
             a tuple; default: nothing is said of what trials read
    budget   the arguments of `run.budget` as a dict, or a function that gets the run; what says
             "stop" ends a trial at its next report
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    What a trial does up to each report is an epoch, with what it reports. It is seen by the process
    that calls `fit`, whose machine's meters are read; where Ray has several nodes, no energy is
    recorded, since they may be another's.

    Raises what `joulebook.start` raises, when a trial begins, and what a callable of the budget
    does: Ray ends the experiment then.
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        config: object = None,
        data: Data = None,
        budget: Budget | None = None,
        **start: Any,
    ) -> None:
        self._given = project, config, data, budget, start
        # What is said of an argument is said now, and not of each trial.
        Training(project, config, data, budget, start)
        self._trainings: dict[str, Training] = {}

    def run(self, trial_id: str) -> Run | None:
        """The run of a trial; None of one that has not begun."""
        training = self._trainings.get(trial_id)
        return None if training is None else training.run

    # What Ray calls

    def on_trial_start(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        training = self._trainings.get(trial.trial_id)
        if training is None or not training.is_going:
            training = self._begun(trial)
        # One that was paused goes on with its epoch.
        if training.epoch is None:
            training.begin_epoch(_number_of(trial.latest_checkpoint_result) + 1)

    def on_trial_result(
        self, iteration: int, trials: Any, trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        training = self._trainings[trial.trial_id]
        found = flatten_dict(result)
        training.end_epoch(
            {
                name: value
                for name, value in found.items()
                if name not in _RAYS and not name.startswith("config/") and _is_number(value)
            }
        )
        if training.should_stop:
            # Of this trial only; Ray looks at it when the next report comes.
            trial.stopping_criterion = {**trial.stopping_criterion, _NUMBER: 0}
        if not result.get("done"):
            training.begin_epoch(int(result.get(_NUMBER, 0)) + 1)
        elif not training.should_stop and not trial.should_stop({**found, "done": False}):
            training.stopped_early(f"report {result.get(_NUMBER)}")

    def on_trial_recover(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._trainings[trial.trial_id].end_epoch()
        place = _number_of(trial.latest_checkpoint_result)
        self._trainings[trial.trial_id].resumed(f"report {place}, behind an error")

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._trainings[trial.trial_id].end("finished")

    def on_trial_error(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        if trial.trial_id in self._trainings:
            self._trainings[trial.trial_id].end("failed")

    def on_experiment_end(self, trials: Any, **info: Any) -> None:
        for training in self._trainings.values():
            training.end("killed")

    # Inside

    def _begun(self, trial: Any) -> Training:
        project, config, data, budget, start = self._given
        options = {"sweep": trial.experiment_dir_name, **start}
        options["env"] = {"ray_trial": trial.trial_id, **(start.get("env") or {})}
        if sum(node["Alive"] for node in ray.nodes()) > 1:
            options["capture"] = {**(start.get("capture") or {}), "energy": False}
        training = Training(project or trial.trainable_name, config, data, budget, options)
        # A restored experiment calls its trials and itself as it did.
        name = f"{trial.experiment_dir_name}/{trial.trial_id}"
        run_id = hashlib.sha256(name.encode()).hexdigest()[:32]
        is_resumed = goes_on(training, run_id)
        training.begin(lambda: dict(trial.config), lambda: None, run_id=run_id)
        if is_resumed:
            training.resumed(f"report {_number_of(trial.latest_checkpoint_result)}")
        self._trainings[trial.trial_id] = training
        return training


def _number_of(checkpoint: Any) -> int:
    """Of which report a checkpoint is."""
    metrics = getattr(checkpoint, "metrics", None) or {}
    return int(metrics.get(_NUMBER, 0))


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, str)
