"""Optuna: trials that were done before are answered from the ledger.

import joulebook.optuna, optuna

def config(trial):
    return {"model": "mlp", "seed": 0, "lr": trial.suggest_float("lr", 1e-4, 1e-1, log=True)}

def objective(trial, run):
    model = Model(lr=trial.params["lr"])
    for epoch in run.epochs(20):
        epoch.log(loss=model.train())
    return model.accuracy()

known = joulebook.optuna.Memo(objective, config, "accuracy", data=joulebook.fingerprint(X, y))
study.optimize(known, n_trials=100, callbacks=[joulebook.optuna.report])
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from ._errors import DuplicateRunError, LedgerWarning
from ._run import Run
from ._start import start
from ._words import say, warn

try:
    import optuna
except ImportError as error:
    raise ImportError(f"joulebook.optuna needs Optuna ({error}): pip install optuna") from error

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Config = Callable[[optuna.trial.BaseTrial], object]
    Objective = Callable[[optuna.Trial, Run], float | Sequence[float]]

__all__ = ["Memo", "report"]

RUN_ID = "joulebook:run_id"
SAVED_KWH = "joulebook:saved_kwh"


class Memo:
    """An objective that trains nothing twice; pass it to `study.optimize` as it is.

    objective  called with the trial and its `joulebook.Run`, which is being recorded; returns the
               value, or as many as there are metrics
    config     the trial's whole configuration, as `joulebook.start` takes it: a function of the
               trial, which suggests what is searched. The seed belongs in it: two trainings with
               different seeds, or without one, are not the same
    metric     the name under which the value is kept in the run's final metrics; a list of names
               where the objective returns several. Where a run has no final metrics, as one that
               was recorded otherwise may, those of its last epoch count. Times, energies and memory
               are no results, and a trial with such a metric is trained again
    proof      what counts as known. "config": configuration, seed, code (the git tree with its
               changes, and the program) and data (`data=joulebook.fingerprint(...)`) are all known
               and equal, and no framework has another version. "statistical": what is not known on
               one side passes for equal; only for who knows that it did not change
    start      every other argument is that of `joulebook.start`: dir, project, data, tags, ...

    A trial that a finished run has done returns that run's values, whatever they are, and has its
    id and energy as the user attributes `joulebook:run_id` and `joulebook:saved_kwh` (None where
    nobody measured it). One that another process or thread is running now is pruned: who runs it
    tells its value. What ended in any other way is trained again. All that is trained is a run of
    its own with the study's name as its sweep, and of the stage "search" unless another is given; a
    pruned one ends "killed" with the tag "pruned".

    Values of an answered trial come without intermediate ones: a pruner learns nothing from it.
    Raises what `joulebook.start` and the objective raise, DuplicateRunError never.
    """

    def __init__(
        self,
        objective: Objective,
        config: Config,
        metric: str | Sequence[str],
        *,
        proof: Literal["config", "statistical"] = "config",
        **start: Any,
    ) -> None:
        if not callable(objective) or not callable(config):
            raise TypeError("Memo: objective and config are functions; config takes the trial")
        if proof not in ("config", "statistical"):
            raise ValueError(f'Memo: proof is "config" or "statistical", not {proof!r:.80}')
        taken = sorted({"config", "on_duplicate", "run_id", "sweep"}.intersection(start))
        if taken:
            raise TypeError(f"Memo: {', '.join(taken)} cannot be given: each trial has its own")
        self._metrics = [metric] if isinstance(metric, str) else list(metric)
        if not self._metrics or not all(isinstance(name, str) and name for name in self._metrics):
            raise ValueError(f"Memo: metric is a name or a list of names, not {metric!r:.80}")
        self._is_single = isinstance(metric, str)
        self._objective = objective
        self._config = config
        self._proofs = {"config", proof}
        self._start = {"stage": "search", **start}
        self._warned: set[str] = set()

    def __call__(self, trial: optuna.Trial) -> float | Sequence[float]:
        """The trial's value, from the ledger or from training."""
        options = {
            **self._start,
            "config": self._config(trial),
            "sweep": trial.study.study_name,
        }
        try:
            run = start(**options, on_duplicate="raise", proof="statistical")
        except DuplicateRunError as duplicate:
            values = self._answer(trial, duplicate.answer)
            if values is not None:
                return values[0] if self._is_single else values
            run = start(**options, on_duplicate="warn")
        return self._train(trial, run)

    def _answer(self, trial: optuna.Trial, answer: dict[str, Any]) -> list[float] | None:
        """What a finished run came to; None where none counts. Prunes what is running now."""
        runs: list[dict[str, Any]] = answer.get("evidence", [])
        same = [run for run in runs if run["proof"] in self._proofs]
        if runs and not same:
            self._warn(
                f"trial {trial.number} is trained although run {runs[0]['run_id']} has the same "
                f"configuration; not known of both: {', '.join(runs[0]['missing'])} "
                "(see proof= of joulebook.optuna.Memo)",
                kind="proof",
            )
        for run in same:
            if run["status"] != "finished":
                continue
            found = run.get("metrics", {})
            lacking = [name for name in self._metrics if name not in found]
            if not lacking:
                trial.set_user_attr(RUN_ID, run["run_id"])
                trial.set_user_attr(SAVED_KWH, run.get("energy_kwh"))
                return [float(found[name]) for name in self._metrics]
            self._warn(
                f"trial {trial.number} is trained although run {run['run_id']} has done it, "
                f"because that has no final metric {', '.join(lacking)}",
                kind="metric",
            )
        for run in same:
            if run["status"] == "running":
                trial.set_user_attr(RUN_ID, run["run_id"])
                raise optuna.TrialPruned(f"running now as {run['run_id']}")
        return None

    def _train(self, trial: optuna.Trial, run: Run) -> float | Sequence[float]:
        trial.set_user_attr(RUN_ID, run.id)
        with run:
            try:
                value = self._objective(trial, run)
            except optuna.TrialPruned:
                run.tag("pruned")
                run.finish("killed")
                raise
            results = self._results(value)
            # A value that is none makes Optuna fail the trial.
            run.finish("failed" if results is None else "finished", results)
        return value

    def _results(self, value: object) -> dict[str, float] | None:
        """The values by name; None for what Optuna does not take."""
        is_list = isinstance(value, Sequence) and not isinstance(value, str)
        values: Any = value if is_list else [value]
        if len(values) != len(self._metrics):
            return None
        try:
            numbers = [float(number) for number in values]
        except (TypeError, ValueError):
            return None
        return dict(zip(self._metrics, numbers, strict=True))

    def _warn(self, text: str, kind: str) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            warn(f"{text} (said once)", LedgerWarning)


def report(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    """A callback of a study: after each trial that the ledger answered, what was saved so far.

    All processes that work on the study count.
    """
    if SAVED_KWH not in trial.user_attrs:
        return
    trials = study.get_trials(deepcopy=False)
    saved = [other.user_attrs[SAVED_KWH] for other in trials if SAVED_KWH in other.user_attrs]
    known = [kwh for kwh in saved if kwh is not None]
    amount = f"{sum(known):.3g} kWh saved" if known else "the energy saved is not known"
    rest = len(saved) - len(known)
    if known and rest:
        amount += f", that of {rest} not known"
    say(f"{len(saved)} of {len(trials)} trials answered from the ledger, {amount}")


def planned(study: optuna.Study, config: Config | None) -> list[object]:
    """The configurations of a study that are known: trials that wait or are complete, and a grid.

    Without `config` they are the parameters. Raises ValueError for a trial of which not all is
    known yet.
    """
    states = (optuna.trial.TrialState.WAITING, optuna.trial.TrialState.COMPLETE)
    found = [
        (f"trial {trial.number}", trial.system_attrs.get("fixed_params") or trial.params)
        for trial in study.get_trials(deepcopy=False, states=states)
    ]
    if isinstance(study.sampler, optuna.samplers.GridSampler):
        space = study.sampler._search_space
        there = {_text(parameters) for _, parameters in found}
        points = (
            dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())
        )
        found += [("a point of the grid", point) for point in points if _text(point) not in there]
    if config is None:
        return [parameters for _, parameters in found]
    return [_configured(name, parameters, config) for name, parameters in found]


def _text(parameters: dict[str, Any]) -> str:
    return repr(sorted(parameters.items()))


def _configured(name: str, parameters: dict[str, Any], config: Config) -> object:
    try:
        return config(optuna.trial.FixedTrial(parameters))
    except ValueError as error:
        raise ValueError(f"sweep: {name} of the study has no configuration yet: {error}") from None
