"""Runs, audits and lifecycles as notebooks show them: tables, and the course of a run as a picture.

No script and no file of others is needed, and everything that comes from ledgers is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from ._query import show
from ._run import Run

# Of longer runs the first and the last ones are shown.
ROWS_MAX, COLUMNS_MAX = 40, 12
# Of an audit the first findings, which cost most.
FINDINGS_MAX = 25
# Courses are drawn with so many points.
POINTS_MAX = 200
# What nothing measured is marked, as on the command line.
_NOT_MEASURED = {"model", "declared"}
# Names that usually say how good a model is, the most telling first, as on the command line.
_TELLING = [
    *("val_accuracy", "test_accuracy", "accuracy", "val_acc", "test_acc", "acc"),
    *("f1", "auc", "r2", "score", "val_loss", "test_loss", "loss"),
]


def table(run: Run) -> str:
    """What the ledger has of a run by now in HTML; a line where there is none to read."""
    if run.path is None:
        return f"<pre>{escape(repr(run))}</pre>"
    try:
        found = show(run.path)
    except (OSError, ValueError) as error:
        return f"<pre>{escape(f'{run!r}: {error}')}</pre>"
    return run_page(found)


def run_page(found: dict[str, Any]) -> str:
    """A run as `show` gives it: a table of its epochs, and its course."""
    epochs: list[dict[str, Any]] = found.get("epochs") or []
    totals = found.get("totals") or {}
    words = [
        found.get("project"),
        f"run {str(found.get('run_id'))[:8]}",
        found.get("status"),
        "1 epoch" if len(epochs) == 1 else f"{len(epochs)} epochs",
        _duration(totals.get("duration_s")),
        _energy(totals.get("energy_j"), _is_doubtful(found.get("energy"))),
    ]
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch.get("metrics") or {}))
    shown = names[:COLUMNS_MAX]
    rows = [_row(epoch, shown) for epoch in epochs]
    if len(rows) > ROWS_MAX:
        half = ROWS_MAX // 2
        rows[half:-half] = [_cells("td", ["…"])]
    caption = ", ".join(str(word) for word in words if word)
    return _table(caption, ["epoch", "took", "energy", *shown], rows) + _courses(epochs, names)


def audit_page(found: dict[str, Any]) -> str:
    """An audit: where the energy went, and the runs that repeat others."""
    sign = bool(found.get("energy_modelled_runs"))
    unknown = found.get("without_energy") or {}
    count = unknown.get("runs") or 0
    is_known = not count or count < (found.get("executions") or 0)
    total = found.get("energy_j") if is_known else None
    rows = [_line(found, unknown, *line, is_known, sign) for line in _LINES]
    caption = f"{found.get('runs')} runs, "
    caption += f"{_energy(total, sign)} in all" if is_known else "energy not known"
    if count and is_known:
        caption += f", {count} without known energy"
    findings: list[dict[str, Any]] = found.get("findings") or []
    page = _table(caption, ["", "energy", "of all", "time without energy", ""], rows)
    if findings:
        left = len(findings) - FINDINGS_MAX
        caption = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        head = ["run", "of", "class", "energy", "proof", "why"]
        caption += f", {FINDINGS_MAX} of them shown" if left > 0 else ""
        page += _table(caption, head, [_finding(one, sign) for one in findings[:FINDINGS_MAX]])
    return page + _problems(found)


# Of an audit: the member, what it is called, and what is on that line.
_LINES = [
    ("avoidable", "avoidable", "known before it began"),
    ("hindsight", "hindsight", "told only by its result"),
    ("lost_work", "lost work", "lost with a failure"),
    ("concurrent", "at the same time", "the other run had not ended"),
    ("undetermined", "undetermined", "which run was first is not known"),
    ("not_waste", "not waste", "everything else"),
]


def _line(
    found: dict[str, Any],
    unknown: dict[str, Any],
    member: str,
    name: str,
    words: str,
    is_known: bool,
    sign: bool,
) -> str:
    joules, seconds = found.get(f"{member}_j"), unknown.get(f"{member}_s")
    if isinstance(joules, dict):
        joules = joules.get("central")
    if isinstance(seconds, dict):
        seconds = seconds.get("central")
    total = found.get("energy_j") or 0.0
    told = joules if is_known else None
    time = _duration(seconds) if seconds else ""
    cells = [name, _energy(told, sign, total), _percent(told, total), time, words]
    return _cells("td", cells)


def lifecycle_page(found: dict[str, Any]) -> str:
    """A lifecycle: what each stage used and caused, and what was not measured."""
    stages: list[dict[str, Any]] = found.get("stages") or []
    totals = found.get("totals") or {}
    currency = (totals.get("cost") or {}).get("currency")
    head = ["stage", "runs", "IT energy", "facility energy", "CO2e (location)", "water"]
    head += [str(currency)] if currency else []
    rows = [_stage(str(one.get("stage")), one, totals, bool(currency)) for one in stages]
    rows.append(_stage("total", totals, totals, bool(currency)))
    scope = found.get("scope") or {}
    caption = f"{scope.get('runs')} runs" + (f", {scope['region']}" if scope.get("region") else "")
    page = _table(caption, head, rows)
    for title, name in (("Anomalies", "anomalies"), ("Not measured", "not_measured")):
        remarks = [
            f"{one.get('where')}: {one.get('message')}"
            for one in found.get(name) or []
            if one.get("kind") != "stage"
        ]
        page += _details(title, remarks)
    return page + _problems(found)


def _stage(name: str, stage: dict[str, Any], totals: dict[str, Any], has_cost: bool) -> str:
    """A row, in the units that fit the totals, so that stages can be compared."""
    energy = stage.get("energy") or {}
    doubtful = bool(energy.get("model_kwh") or energy.get("declared_kwh"))
    energies = _Unit(_ENERGIES, _most(totals.get("energy") or {}, "facility", "kwh"))
    masses = _Unit(_MASSES, _most(totals.get("carbon") or {}, "location", "kg", totals))
    carbon = (stage.get("carbon") or {}).get("location_kg")
    cells = [
        name,
        str(stage.get("runs")),
        energies.text(energy.get("it_kwh"), energy.get("it_range_kwh"), doubtful),
        energies.text(energy.get("facility_kwh"), energy.get("facility_range_kwh"), doubtful),
        masses.text(carbon, stage.get("range")),
        _number(stage.get("water_l"), " L"),
    ]
    cost = (stage.get("cost") or {}).get("amount")
    return _cells("td", [*cells, _number(cost)] if has_cost else cells)


def _most(
    group: dict[str, Any], name: str, unit: str, whole: dict[str, Any] | None = None
) -> float:
    """The largest figure of a total: its point, or the high end of its range."""
    ends = (whole or {}).get("range") or group.get(f"{name}_range_{unit}") or {}
    known = [value for value in (group.get(f"{name}_{unit}"), ends.get("high")) if value]
    return max(known, default=0.0)


# By size, each with what one of it is of kilowatt-hours and of kilograms.
_ENERGIES = [("MWh", 1e3), ("kWh", 1.0), ("Wh", 1e-3), ("mWh", 1e-6)]
_MASSES = [("t", 1e3), ("kg", 1.0), ("g", 1e-3), ("mg", 1e-6)]


class _Unit:
    """The unit of a column: the largest that its largest figure fills."""

    def __init__(self, units: list[tuple[str, float]], most: float) -> None:
        fitting = [unit for unit in units if abs(most) >= unit[1]]
        self.name, self.size = (fitting or units[-1:])[0] if most else units[1]

    def text(self, value: Any, ends: Any, doubtful: bool = False) -> str:
        """A point, else its range, else nothing."""
        sign = "≈" if doubtful else ""
        ends = ends or {}
        if _is_finite(value):
            return f"{sign}{_rounded(value / self.size)} {self.name}"
        if not (_is_finite(ends.get("low")) and _is_finite(ends.get("high"))):
            return ""
        low, high = (_rounded(ends[end] / self.size) for end in ("low", "high"))
        return f"{sign}{low} … {high} {self.name}"


def _finding(finding: dict[str, Any], doubtful: bool) -> str:
    cells = [
        str(finding.get("run_id"))[:8],
        str(finding.get("of"))[:8],
        str(finding.get("class")).replace("_", " "),
        _energy(finding.get("waste_j"), doubtful),
        str(finding.get("proof")),
    ]
    why = escape(str(finding.get("explanation") or ""))
    told = f"<td><details><summary>why</summary>{why}</details></td>"
    return _cells("td", cells).replace("</tr>", f"{told}</tr>")


def _problems(found: dict[str, Any]) -> str:
    problems = found.get("problems") or []
    return _details("Not read", [f"{one.get('path')}: {one.get('message')}" for one in problems])


def _details(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{title} ({len(lines)})</summary><ul>{items}</ul></details>"


def _courses(epochs: list[dict[str, Any]], names: list[str]) -> str:
    """Pictures of what changes from epoch to epoch: energy, and the metric that tells most."""
    if len(epochs) < 2:
        return ""
    energies = [(epoch.get("energy") or {}).get("total_j") for epoch in epochs]
    telling = [name for want in _TELLING for name in names if _last_part(name) == want]
    drawn = [("energy of an epoch", energies, "J")]
    for name in (telling or names)[:1]:
        drawn.append((name, [(epoch.get("metrics") or {}).get(name) for epoch in epochs], ""))
    return "".join(_course(name, values, unit) for name, values, unit in drawn)


def _last_part(name: str) -> str:
    return name.replace("/", ".").rsplit(".", 1)[-1]


def _course(name: str, values: list[Any], unit: str) -> str:
    """A line of values by epoch, with gaps where there is none."""
    numbers = [value if _is_finite(value) else None for value in values]
    known = [value for value in numbers if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    step = max(1, math.ceil(len(numbers) / POINTS_MAX))
    width, height = 240, 40
    lines: list[list[str]] = [[]]
    for place in range(0, len(numbers), step):
        value = numbers[place]
        if value is None:
            lines.append([])
            continue
        x = 2 + (width - 4) * place / max(1, len(numbers) - 1)
        y = height / 2 if high <= low else 2 + (height - 4) * (high - value) / (high - low)
        lines[-1].append(f"{x:.1f},{y:.1f}")
    drawn = "".join(
        f'<polyline points="{" ".join(line)}" fill="none" stroke="#0072b2" stroke-width="1.5"/>'
        for line in lines
        if line
    )
    spelt = [_energy(value, False) if unit else _number(value) for value in (low, high)]
    words = f"{name}: {' to '.join(spelt)}"
    return (
        f'<div><svg role="img" style="vertical-align:middle" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><title>{escape(words)}</title>{drawn}</svg>'
        f" {escape(words)}</div>"
    )


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _row(epoch: dict[str, Any], names: list[str]) -> str:
    energy = epoch.get("energy") or {}
    metrics = epoch.get("metrics") or {}
    return _cells(
        "td",
        [
            str(epoch.get("epoch")),
            _duration(epoch.get("duration_s")),
            _energy(energy.get("total_j"), _is_doubtful(energy)),
            *(_number(metrics.get(name)) for name in names),
        ],
    )


def _table(caption: str, head: Iterable[str], rows: Iterable[str]) -> str:
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead>{_cells('th', head, empty='')}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cells(tag: str, texts: Iterable[str], empty: str = "–") -> str:
    cells = "".join(f"<{tag}>{escape(text or empty)}</{tag}>" for text in texts)
    return f"<tr>{cells}</tr>"


def _is_doubtful(energy: dict[str, Any] | None) -> bool:
    return (energy or {}).get("provenance") in _NOT_MEASURED


def _energy(joules: Any, doubtful: bool, like: float | None = None) -> str:
    """In the unit that fits it, or that fits another one; nothing where it is not known."""
    if not _is_finite(joules):
        return ""
    sign = "≈" if doubtful else ""
    size = abs(joules if like is None else like)
    if size < 360:
        return f"{sign}{_rounded(joules)} J"
    unit, one = next(unit for unit in _JOULES if size >= unit[1] or unit is _JOULES[-1])
    return f"{sign}{_rounded(joules / one)} {unit}"


_JOULES = [("MWh", 3.6e9), ("kWh", 3.6e6), ("Wh", 3.6e3)]


def _duration(seconds: Any) -> str:
    """Two units at most; nothing where it is not known."""
    if not _is_finite(seconds):
        return ""
    if seconds < 1:
        return f"{_rounded(seconds * 1e3)} ms"
    if seconds < 59.95:
        return f"{_rounded(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _percent(joules: Any, total: float) -> str:
    return f"{_rounded(100 * joules / total)} %" if _is_finite(joules) and total > 0 else ""


def _rounded(value: float) -> str:
    if value == 0 or not 1e-4 <= abs(value) < 1e3:
        return f"{value:.3g}" if abs(value) < 1e3 else f"{value:.0f}"
    text = f"{value:#.3g}".rstrip(".")
    return f"{value:.0f}" if "e" in text else text


def _number(value: object, unit: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}{unit}"
    return f"{value}{unit}"
