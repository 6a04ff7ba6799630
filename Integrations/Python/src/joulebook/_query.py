"""Questions to ledgers; the answers are the JSON that the command prints with `--json`."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping

from ._config import plain, spelt_config, text_of
from ._data import Fingerprint
from ._documents import AuditDocument, LifecycleDocument, RunDocument
from ._errors import LedgerWarning
from ._load import native

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Result = TypeVar("Result")

Answer = tuple[int, str | None, str | None]
StringPath = str | os.PathLike[str]


def check(
    config: object = None,
    *,
    against: StringPath | None = None,
    project: str | None = None,
    entry: str | None = None,
    seed: object = None,
    code: str | None = None,
    data: Fingerprint | str | None = None,
) -> dict[str, Any]:
    """Whether a run was already done: `verdict` is "new", "already_run" or "running_now".

    `against` is a directory of ledgers; `entry` is the program as runs record it. A fact that is
    not given weakens the proof and is named in the answer.

    Raises OSError when the ledgers cannot be read, ValueError for arguments that mean nothing, such
    as a seed that contradicts the configuration's, and for rules (joulebook-rules.json) that cannot
    be used. A LedgerWarning says which ledgers could not be read, or not fully, and which rules
    match no key; so does `problems`.
    """
    question = {
        "against": ledger_path(against),
        "config": spelt_config(config),
        "project": project,
        "entry": entry,
        "seed": plain(seed),
        "code": code,
        "data": None if data is None else str(data),
    }
    given = {name: value for name, value in question.items() if value is not None}
    return told(_result(native.check(text_of(given), None)))


def sweep(
    trials: object,
    *,
    against: StringPath | None = None,
    project: str | None = None,
    entry: str | None = None,
    code: str | None = None,
    data: Fingerprint | str | None = None,
    config: Callable[[Any], object] | None = None,
) -> dict[str, Any]:
    """What remains of a search when everything is taken away that was run already.

    `trials` is one of

    - a list of configurations, of any kind that `joulebook.start` takes;
    - a grid: `{"grid": {"optim.lr": [0.1, 0.01], "seed": range(3)}, "base": {...}}`;
    - the directory of a Hydra multirun; jobs that were not started yet count, too;
    - an Optuna study: its trials that wait or are complete, and all points of a GridSampler.
      `config` makes a trial's configuration, as for `joulebook.optuna.Memo`; without it, that is
      the trial's parameters.

    The other arguments are those of `check`. In the answer, `counts` are the trials by verdict:
    "known", "running_now", "inert" (differs from a finished run only in a key that does nothing),
    "repeated" (within the search) and "new"; `saved_kwh` need not be spent, and `results` says of
    each trial which run has done it. Raises and warns as `check` does, TypeError for trials of
    another kind, and ImportError for a multirun without Hydra.
    """
    from ._trials import planned

    question = {
        "against": ledger_path(against),
        "trials": planned(trials, config),
        "project": project,
        "entry": entry,
        "code": code,
        "data": None if data is None else str(data),
    }
    given = {name: value for name, value in question.items() if value is not None}
    return told(_result(native.sweep(text_of(given), None)))


def audit(directory: StringPath | None = None, **options: object) -> dict[str, Any]:
    """Redundant runs in a directory of ledgers, and the energy that they cost.

    Options are those of `joulebook audit`. A notebook shows the answer as tables. Raises and warns
    as `check` does.
    """
    return AuditDocument(_ask(native.audit, directory, options))


def lifecycle(directory: StringPath | None = None, **options: object) -> dict[str, Any]:
    """Energy and carbon by stage of a directory of ledgers.

    Options are those of `joulebook lifecycle`: `region="DE"`, `pue=1.2`, `model=run_id`,
    `factors="own.csv"`, `series="fr.csv"`, `wue=0.2`, `ewif=3.1`, `land=0.01`,
    `tariff="0.25EUR"`, `residual=420`, and `contract="0.6@11"` or a list of them; `lifetime=4`
    shares out what making the hardware caused, `functional_unit="requests=1.2e6"` gives SCI, and
    `beside="region=SE,pue=1.1"` or a list of such sets other totals beside these;
    `metric="accuracy", higher=True, target=0.9` fills
    `efficiency`: the runs that no other one beats in both energy and metric, and what it took to
    reach the target. `overhead["duplicate_kwh"]` is what `audit` finds avoidable by equal results
    or inputs, among up to 100,000 runs; `duplicates=True` looks for them among any number,
    `no_duplicates=True` among none, and then it is None. A notebook shows the answer as a table.
    Raises and warns as `check` does.
    """
    return LifecycleDocument(_ask(native.lifecycle, directory, options))


def show(path: StringPath, **options: object) -> dict[str, Any]:
    """One run: a ledger file, or the newest of a directory. Raises as `check` does.

    Options are those of `joulebook show`: `metric="accuracy", higher=True` adds what each step of
    the metric cost. A notebook shows the answer as a table of its epochs and their course.
    """
    named = _named(options)
    return RunDocument(_result(native.show(os.fsdecode(path), text_of(named) if named else None)))


def forecast(
    epochs: Iterable[Mapping[str, object]], until: float, first: float | None = None
) -> dict[str, Any] | None:
    """What a run will have taken when epoch `until` has ended; None without an epoch to go by.

    `epochs` are those that have ended, in their order, as `show(path)["epochs"]` or anybody else
    wrote them down: mappings with "epoch", "duration_s" and, where it is known, "energy_j". `first`
    is the number of the first epoch, unless the list begins with it. The answer is that of
    `Run.forecast`. Raises ValueError for numbers that mean nothing.
    """
    names = ("epoch", "duration_s", "energy_j")
    rows = [{name: plain(row.get(name)) for name in names} for row in epochs]
    question = {"epochs": rows, "until": plain(until), "first": plain(first)}
    answer: dict[str, Any] | None = json.loads(checked(native.forecast(text_of(question), None)))
    return answer


def _ask(
    query: Callable[[str, str | None], Answer],
    path: StringPath | None,
    options: Mapping[str, object],
) -> dict[str, Any]:
    return told(answered(query, ledger_path(path), options), 4)


def answered(
    query: Callable[[str, str | None], Answer], path: str, options: Mapping[str, object]
) -> dict[str, Any]:
    """What a command answers of the ledgers at a path."""
    named = _named(options)
    return _result(query(path, text_of(named) if named else None))


def told(result: dict[str, Any], level: int = 3) -> dict[str, Any]:
    """The result, with a warning for what is wrong with ledgers and rules."""
    if result["problems"]:
        lines = [f"{problem['path']}: {problem['message']}" for problem in result["problems"]]
        warnings.warn("\n".join(lines), LedgerWarning, stacklevel=level)
    return result


def _named(options: Mapping[str, object]) -> dict[str, object]:
    """Options as the command spells them."""
    return {
        name.replace("_", "-"): plain(value)
        for name, value in options.items()
        if value is not None and value is not False
    }


def ledger_path(path: StringPath | None) -> str:
    """A path that was given, else where runs are recorded."""
    if path is not None:
        return os.fsdecode(path)
    return os.environ.get("JOULEBOOK_DIR") or "joulebook"


def _result(answer: Answer) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(checked(answer))
    return result


def checked(answer: tuple[int, Result | None, str | None]) -> Result:
    """What the library answered, or the error that it gave instead."""
    status, result, error = answer
    if status == 0 and result is not None:
        return result
    if status == 1:
        raise ValueError(error)
    raise OSError(error)
