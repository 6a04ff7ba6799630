"""A run as notebooks show it: a table of its epochs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from ._query import show
from ._run import Run

# Of longer runs the first and the last ones are shown.
ROWS_MAX, COLUMNS_MAX = 40, 12
# What nothing measured is marked, as on the command line.
_NOT_MEASURED = {"model", "declared"}


def table(run: Run) -> str:
    """A table in HTML of what the ledger has by now; a line where there is none to read."""
    if run.path is None:
        return f"<pre>{escape(repr(run))}</pre>"
    try:
        found = show(run.path)
    except (OSError, ValueError) as error:
        return f"<pre>{escape(f'{run!r}: {error}')}</pre>"
    epochs: list[dict[str, Any]] = found.get("epochs") or []
    totals = found.get("totals") or {}
    devices = [one for epoch in epochs for one in (epoch.get("energy") or {}).get("devices", [])]
    words = [
        found.get("project"),
        f"run {str(found.get('run_id'))[:8]}",
        found.get("status"),
        "1 epoch" if len(epochs) == 1 else f"{len(epochs)} epochs",
        _number(totals.get("duration_s"), " s"),
        _energy(totals.get("energy_j"), devices),
    ]
    caption = ", ".join(str(word) for word in words if word)
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch.get("metrics") or {}))
    names = names[:COLUMNS_MAX]
    rows = [_row(epoch, names) for epoch in epochs]
    if len(rows) > ROWS_MAX:
        half = ROWS_MAX // 2
        rows[half:-half] = [_cells("td", ["…"])]
    head = _cells("th", ["epoch", "took", "energy", *names])
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(epoch: dict[str, Any], names: list[str]) -> str:
    energy = epoch.get("energy") or {}
    metrics = epoch.get("metrics") or {}
    return _cells(
        "td",
        [
            str(epoch.get("epoch")),
            _number(epoch.get("duration_s"), " s"),
            _energy(energy.get("total_j"), energy.get("devices") or []),
            *(_number(metrics.get(name)) for name in names),
        ],
    )


def _cells(tag: str, texts: Iterable[str]) -> str:
    cells = "".join(f"<{tag}>{escape(text or '–')}</{tag}>" for text in texts)
    return f"<tr>{cells}</tr>"


def _energy(joules: object, devices: list[dict[str, Any]]) -> str:
    """Nothing where it is not known."""
    text = _number(joules, " J")
    is_measured = _NOT_MEASURED.isdisjoint(device.get("provenance") for device in devices)
    return text if is_measured or not text else f"≈{text}"


def _number(value: object, unit: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}{unit}"
    return f"{value}{unit}"
