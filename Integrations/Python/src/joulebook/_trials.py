"""The trials of a search, from whatever planned them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from ._config import plain, plain_config, spelt_config

# Loading `typing` would cost more than asking a question.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# One more is refused; nobody waits for a list without end.
TRIALS_MAX = 1_000_000


def planned(trials: Any, config: Callable[[Any], object] | None) -> Any:
    """A list of plain configurations, or a plain grid; see `joulebook.sweep`."""
    if type(trials).__module__.partition(".")[0] == "optuna" and hasattr(trials, "get_trials"):
        # The study is Optuna's own, so that is imported already.
        from .optuna import planned as of_study

        return _configurations(of_study(trials, config))
    if config is not None:
        raise TypeError("sweep: config makes configurations of an Optuna study's trials only")
    if isinstance(trials, Mapping):
        return _grid(trials)
    if isinstance(trials, str | os.PathLike):
        from ._hydra import multirun

        return _configurations(multirun(os.fsdecode(trials)))
    if isinstance(trials, Iterable) and not isinstance(trials, bytes):
        return _configurations(trials)
    raise TypeError(
        "sweep: trials are a list of configurations, a grid, the directory of a Hydra multirun or "
        f"an Optuna study, not {type(trials).__name__}"
    )


def _configurations(trials: Iterable[object]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, trial in enumerate(trials):
        if number >= TRIALS_MAX:
            raise ValueError(f"sweep: more than {TRIALS_MAX} trials; split the search")
        try:
            found.append(plain_config(trial))
        except TypeError as error:
            raise TypeError(f"sweep: trial {number}: {error}") from None
    return found


def _grid(trials: Mapping[Any, object]) -> dict[str, Any]:
    axes = trials.get("grid")
    if not isinstance(axes, Mapping) or not {"grid", "base"}.issuperset(trials):
        raise ValueError(
            'sweep: a grid is {"grid": {"lr": [0.1, 0.01]}, "base": {...}}; of one configuration, '
            "pass a list"
        )
    return {
        "base": spelt_config(trials.get("base")),
        "grid": {str(name): _values(str(name), values) for name, values in axes.items()},
    }


def _values(name: str, values: object) -> list[Any]:
    """The values of one key: a list, a range, an array."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"sweep: grid: {name} has no list of values: {values!r:.80}")
    found: list[Any] = []
    for value in values:
        if len(found) >= TRIALS_MAX:
            raise ValueError(f"sweep: grid: {name} has more than {TRIALS_MAX} values")
        found.append(plain(value))
    return found
