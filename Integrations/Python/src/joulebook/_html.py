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
    devices = [one for epoch in epochs for one in (epoch.get("energy") or {}).get("devices", [])]
    words = [
        found.get("project"),
        f"run {str(found.get('run_id'))[:8]}",
        found.get("status"),
        "1 epoch" if len(epochs) == 1 else f"{len(epochs)} epochs",
        _duration(totals.get("duration_s")),
        _energy(totals.get("energy_j"), _is_doubtful(devices)),
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
    sign = _is_doubtful_audit(found)
    total = found.get("energy_j") or 0.0
    avoidable = found.get("avoidable_j") or {}
    lines = [
        ("avoidable", avoidable.get("central"), "known before the run began"),
        ("hindsight", found.get("hindsight_j"), "shown only by the run's result"),
        ("lost work", found.get("lost_work_j"), "lost with a failure, done again"),
        ("not waste", found.get("not_waste_j"), "everything else"),
    ]
    rows = [
        _cells("td", [name, _energy(joules, sign), _percent(joules, total), words])
        for name, joules, words in lines
    ]
    caption = f"{found.get('runs')} runs, {_energy(total, sign)} in all"
    findings: list[dict[str, Any]] = found.get("findings") or []
    page = _table(caption, ["energy", "", "of all", ""], rows)
    if findings:
        left = len(findings) - FINDINGS_MAX
        caption = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        head = ["run", "of", "class", "energy", "proof", "why"]
        page += _table(
            caption + (f", {FINDINGS_MAX} of them shown" if left > 0 else ""),
            head,
            [_finding(one, sign) for one in findings[:FINDINGS_MAX]],
        )
    return page + _problems(found)


def lifecycle_page(found: dict[str, Any]) -> str:
    """A lifecycle: what each stage used and caused, and what was not measured."""
    stages: list[dict[str, Any]] = found.get("stages") or []
    totals = found.get("totals") or {}
    currency = (totals.get("cost") or {}).get("currency")
    head = ["stage", "runs", "IT energy", "facility energy", "CO2e (location)", "water"]
    head += [str(currency)] if currency else []
    rows = [_stage(str(one.get("stage")), one, bool(currency)) for one in stages]
    rows.append(_stage("total", totals, bool(currency)))
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


def _stage(name: str, stage: dict[str, Any], has_cost: bool) -> str:
    energy = stage.get("energy") or {}
    doubtful = bool(energy.get("model_kwh") or energy.get("declared_kwh"))
    carbon = (stage.get("carbon") or {}).get("location_kg")
    cells = [
        name,
        str(stage.get("runs")),
        _range(energy.get("it_kwh"), energy.get("it_range_kwh"), _kwh, doubtful),
        _range(energy.get("facility_kwh"), energy.get("facility_range_kwh"), _kwh, doubtful),
        _range(carbon, stage.get("range"), _mass),
        _number(stage.get("water_l"), " L"),
    ]
    cost = (stage.get("cost") or {}).get("amount")
    return _cells("td", [*cells, _number(cost)] if has_cost else cells)


def _range(value: Any, ends: Any, spelt: Any, doubtful: bool = False) -> str:
    """A point, else its range, else nothing."""
    sign = "≈" if doubtful else ""
    if value is not None:
        return sign + str(spelt(value))
    ends = ends or {}
    if ends.get("low") is None or ends.get("high") is None:
        return ""
    return f"{sign}{spelt(ends['low'])} … {spelt(ends['high'])}"


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


def _is_doubtful_audit(found: dict[str, Any]) -> bool:
    return any("≈" in str(one.get("explanation")) for one in found.get("findings") or [])


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
    words = f"{name}: {_number(low)} to {_number(high)} {unit}".strip()
    return (
        f'<div><svg role="img" width="{width}" height="{height}"'
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
            _energy(energy.get("total_j"), _is_doubtful(energy.get("devices") or [])),
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


def _is_doubtful(devices: list[dict[str, Any]]) -> bool:
    return not _NOT_MEASURED.isdisjoint(device.get("provenance") for device in devices)


def _energy(joules: Any, doubtful: bool) -> str:
    """In the unit that fits; nothing where it is not known."""
    if not _is_finite(joules):
        return ""
    sign = "≈" if doubtful else ""
    if abs(joules) < 360:
        return f"{sign}{_rounded(joules)} J"
    for size, unit in ((3.6e9, "MWh"), (3.6e6, "kWh"), (3.6e3, "Wh")):
        if abs(joules) >= size or unit == "Wh":
            return f"{sign}{_rounded(joules / size)} {unit}"
    return ""


def _kwh(amount: Any) -> str:
    return _energy(amount * 3.6e6, doubtful=False)


def _mass(kilograms: Any) -> str:
    for size, unit in ((1e3, "t"), (1.0, "kg"), (1e-3, "g")):
        if abs(kilograms) >= size:
            return f"{_rounded(kilograms / size)} {unit}"
    return f"{_rounded(kilograms * 1e6)} mg"


def _duration(seconds: Any) -> str:
    """Two units at most; nothing where it is not known."""
    if not _is_finite(seconds):
        return ""
    if seconds < 59.95:
        return f"{_rounded(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _percent(joules: Any, total: float) -> str:
    return f"{_rounded(100 * joules / total)} %" if _is_finite(joules) and total > 0 else ""


def _rounded(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _number(value: object, unit: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}{unit}"
    return f"{value}{unit}"
