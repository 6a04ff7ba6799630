"""TensorBoard, Weights & Biases and MLflow, as places that a run's energy goes to as well.

Nothing of them is imported here: what is written to is what the program hands over.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from ._beside import Ended, Told, Tracker

if TYPE_CHECKING:
    from ._run import Run


def trackers(beside: object) -> list[Tracker]:
    """What `joulebook.start` was given as `beside`; raises TypeError for what is no tracker."""
    given = list(beside) if isinstance(beside, (list, tuple)) else [beside]
    return [_tracker(one) for one in given]


def _tracker(given: Any) -> Tracker:
    name = given.__name__ if isinstance(given, ModuleType) else ""
    if name == "mlflow":
        return MLflow(given)
    if name == "wandb" or hasattr(given, "define_metric"):
        return WeightsAndBiases(given)
    if hasattr(given, "add_scalar") and hasattr(given, "add_text"):
        return TensorBoard(given)
    if all(hasattr(given, verb) for verb in ("find", "begin", "epoch", "end")):
        return cast("Tracker", given)
    raise TypeError(
        "beside must be a SummaryWriter, a run of W&B, the module mlflow or wandb, a Textfile of "
        "joulebook.prometheus, an Otlp of joulebook.opentelemetry, or a list of those, not "
        f"{type(given).__name__}"
    )


class TensorBoard:
    """A SummaryWriter, of PyTorch or tensorboardX: scalars with the epoch as step."""

    name = "TensorBoard"

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._provenance: dict[str, str] = {}

    def find(self) -> str:
        return str(getattr(self._writer, "log_dir", None) or getattr(self._writer, "logdir", ""))

    def begin(self, run: Run) -> None:
        self._writer.add_text("joulebook/run", _table(identity(run)))

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        for name, value in told.figures.items():
            self._writer.add_scalar(name, value, told.number, told.ended)
        if told.provenance != self._provenance:
            table = _table(told.provenance)
            self._writer.add_text("joulebook/provenance", table, told.number, told.ended)
            self._provenance = told.provenance
        return True

    def end(self, ended: Ended) -> None:
        step = None if ended.last is None else ended.last.number
        for name, value in _totals(ended.figures):
            self._writer.add_scalar(name, value, step)
        self._writer.add_text("joulebook/end", _table(ended.facts))
        self._writer.flush()


class WeightsAndBiases:
    """A run of W&B, or its module: the run that is open."""

    name = "W&B"

    def __init__(self, given: Any) -> None:
        self._given = given
        self._run: Any = None
        self._step: int | None = None

    def find(self) -> str | None:
        run = self._given.run if isinstance(self._given, ModuleType) else self._given
        if run is None:
            return None
        self._run = run
        return str(getattr(run, "path", None) or run.id)

    def begin(self, run: Run) -> None:
        for names in ("energy/*", "carbon/*"):
            self._run.define_metric(names, step_metric="joulebook/epoch")
        self._run.config.update({"joulebook": identity(run)}, allow_val_change=True)

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        if not told.figures:
            return True
        # An epoch joins the row that the program logs next, so that its steps stay as they are;
        # one that came before that row was logged would be written over.
        if self._step is not None and self._run.step == self._step:
            if not is_over:
                return False
            self._run.log({}, commit=True)
        self._run.log({**told.figures, "joulebook/epoch": told.number}, commit=False)
        # The row that it joined, or a later one, which the program has begun meanwhile.
        self._step = self._run.step
        return True

    def end(self, ended: Ended) -> None:
        for name, value in ended.figures.items():
            self._run.summary[name] = value
        for name, text in ended.facts.items():
            self._run.summary[f"joulebook/{name}"] = text


class MLflow:
    """The active run of MLflow: metrics with the epoch as step, and tags."""

    name = "MLflow"

    def __init__(self, module: Any) -> None:
        self._mlflow = module
        self._client: Any = None
        self._run_id = ""
        self._provenance: dict[str, str] = {}

    def find(self) -> str | None:
        active = self._mlflow.active_run()
        if active is None:
            return None
        self._run_id = active.info.run_id
        # The same store, whatever thread writes to it.
        self._client = self._mlflow.MlflowClient(self._mlflow.get_tracking_uri())
        return f"run {self._run_id}"

    def begin(self, run: Run) -> None:
        self._tag(identity(run))

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        self._log(told.figures.items(), told.ended, told.number)
        if told.provenance != self._provenance:
            self._tag({f"provenance.{name}": word for name, word in told.provenance.items()})
            self._provenance = told.provenance
        return True

    def end(self, ended: Ended) -> None:
        last = ended.last
        if last is not None:
            self._log(_totals(ended.figures), last.ended, last.number)
        self._tag(ended.facts)

    def _log(self, figures: Iterable[tuple[str, float]], at: float, step: int) -> None:
        metric = self._mlflow.entities.Metric
        metrics = [metric(name, value, round(at * 1000), step) for name, value in figures]
        if metrics:
            self._client.log_batch(self._run_id, metrics=metrics)

    def _tag(self, facts: dict[str, str]) -> None:
        for name, text in facts.items():
            self._client.set_tag(self._run_id, f"joulebook.{name}", text)


def identity(run: Run) -> dict[str, str]:
    """What the other side is told of the run, to find its ledger by."""
    return {"run_id": run.id, "project": run.project, "ledger": run.path or ""}


def _totals(figures: dict[str, float]) -> list[tuple[str, float]]:
    """Of the whole run; what has a curve over the epochs is left as it is."""
    return [(name, value) for name, value in figures.items() if "/total_" in name]


def _table(facts: dict[str, str]) -> str:
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {text} |\n" for name, text in facts.items())
