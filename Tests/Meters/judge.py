"""Runs a tool on an emulated machine and compares what it tells with the truth."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from machine import HERE, CannotEmulate, Machine, emulate
from scenarios import SCENARIOS
from truth import Truth

NEAR_NS = 20_000_000
"""An edge is not judged that lies this near to a time in which the emulation was held up."""
BY_SOURCE = {"package": 0.05, "core": 0.05, "uncore": 0.05, "dram": 0.2, "psys": 0.1}
"""What Joulebook states for a counter itself (Schemas/meters.md); 5 % for all others."""


@dataclass
class Verdict:
    """One window of one device, or of several that the tool tells as one."""

    device: str
    seconds: float
    told: float | None
    """Joules; None when the tool told nothing."""
    truth: float
    coverage: float
    half_width: float | None
    """Of the interval that the tool states, in joules."""
    edges: float | None
    """The part of it that does not come from the counter's own uncertainty."""
    least: float
    most: float
    """Bounds of what was really used in the part of the window that was observed."""
    is_judged: bool
    """False when the emulation itself was held up at an edge."""
    flags: list[str]
    grain: float
    """What may be used unseen while the source renews its value, in joules."""

    def holds(self, half_width: float | None) -> bool:
        """Whether the truth lies within `half_width` of what was told."""
        if self.told is None or half_width is None:
            return False
        # Counters have steps of up to a millijoule; edges are dated to a microsecond.
        slack = 1e-6 * self.most / max(self.seconds, 1e-3) + 2e-3
        return self.told - half_width - slack <= self.most and (
            self.least <= self.told + half_width + slack
        )

    @property
    def ratio(self) -> float:
        """Told by true energy of what was observed; NaN when nothing was."""
        if self.told is None or self.coverage == 0:
            return math.nan
        return self.told / self.coverage / self.truth


def renewal(device: str) -> float:
    """In what time a source renews its value, as Schemas/meters.md states it, in seconds."""
    return 0.1 if device.startswith("gpu:") else 0.001


def judge(window: dict[str, Any], truth: Truth, late: Sequence[tuple[int, int]]) -> list[Verdict]:
    start, end = window["start_ns"], window["end_ns"]
    seconds = (end - start) * 1e-9
    near = [(a - NEAR_NS, b + NEAR_NS) for a, b in late]
    is_judged = not any(a <= edge <= b for a, b in near for edge in (start, end))
    found = []
    # What a tool does not tell at all is not right either.
    expected = dict.fromkeys(truth.counted) if "total" in window else {}
    devices: dict[str, Any] = expected | without_models(window)
    for names, told in devices.items():
        parts = truth.counted if names == "total" else names.split("+")
        true = sum(truth.joules(name, start, end) for name in parts)
        coverage, width, edges, flags, joules = 1.0, None, None, [], told
        if isinstance(told, dict):
            joules, coverage, flags = told["energy_j"], told["coverage"], told.get("flags", [])
            relative = told["uncertainty_rel"]
            if relative is not None:
                own = BY_SOURCE.get(names.split("/")[-1], 0.05)
                width = relative * joules
                edges = math.sqrt(max(0.0, relative**2 - own**2)) * joules
        missing = (1 - coverage) * seconds
        curves = [truth.curves[name] for name in parts]
        found.append(
            Verdict(
                device=names,
                seconds=seconds,
                told=joules,
                truth=true,
                coverage=coverage if joules is not None else 0.0,
                half_width=width,
                edges=edges,
                least=true - missing * sum(curve.most for curve in curves),
                most=true - missing * sum(curve.least for curve in curves),
                is_judged=is_judged,
                flags=flags,
                grain=sum(
                    (c.most - c.least) * renewal(name)
                    for name, c in zip(parts, curves, strict=True)
                ),
            )
        )
    return found


def without_models(window: dict[str, Any]) -> dict[str, Any]:
    """What was told by device, and the `total`, without what the tool only guesses.

    There is no total of a window that was not observed wholly.
    """
    devices = dict(window["devices"])
    if "total" not in window:
        return devices
    guesses = [told for told in devices.values() if told["provenance"] == "model"]
    measured = {name: told for name, told in devices.items() if told["provenance"] != "model"}
    if all(told["coverage"] > 0.999 for told in measured.values()) and measured:
        joules = window["total"] - sum(told["energy_j"] for told in guesses)
        width = max(told["uncertainty_rel"] or 0 for told in measured.values())
        flags = sorted({flag for told in measured.values() for flag in told.get("flags", [])})
        measured["total"] = {
            "energy_j": joules,
            "coverage": min(told["coverage"] for told in measured.values()),
            "uncertainty_rel": width,
            "flags": flags,
        }
    return measured


def measure(
    scenario: str | Machine,
    seconds: Sequence[float],
    tool: str = "joulebook",
    python: str | Path = sys.executable,
    options: Sequence[str] = (),
) -> list[list[Verdict]]:
    """Measures windows of these lengths; the verdicts on each but the first, which only warms up.

    Runs in a process of its own, since that becomes an inhabitant of the emulated machine. Raises
    CannotEmulate where no machine can be emulated, RuntimeError when the tool fails.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    arguments = (theirs, scenario, list(seconds), tool, str(python), list(options))
    process = context.Process(target=_measure, args=arguments)
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = RuntimeError(f"measuring with {tool} ended without an answer")
    process.join()
    if isinstance(answer, Exception):
        raise answer
    return [[Verdict(**verdict) for verdict in window] for window in answer]


def _measure(
    answer: Any,
    scenario: str | Machine,
    seconds: list[float],
    tool: str,
    python: str,
    options: list[str],
) -> None:
    try:
        machine = SCENARIOS[scenario]() if isinstance(scenario, str) else scenario
        with emulate(machine) as environment:
            command = [python, HERE / "Tools" / f"{tool}_windows.py", "--seconds"]
            command += [",".join(f"{length:.4f}" for length in [0.5, *seconds]), *options]
            done = subprocess.run(
                command,
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=sum(seconds) * 1.5 + 120,
            )
            if done.returncode != 0:
                raise RuntimeError(f"{tool} ended with {done.returncode}: {done.stderr[-2000:]}")
            # The last lines of the log are those of the last milliseconds.
            time.sleep(0.05)
            truth = Truth(environment["METER_TRUTH"])
            late = truth.late()
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            windows = [judge(json.loads(line), truth, late) for line in lines[1:]]
            answer.send([[asdict(verdict) for verdict in window] for window in windows])
    except Exception as error:
        answer.send(error if isinstance(error, CannotEmulate) else RuntimeError(repr(error)))


def write_table(mark: str, lines: list[str]) -> None:
    """Puts a table into README.md, between its marks."""
    readme = HERE / "README.md"
    start, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, rest = readme.read_text().split(start)
    text = "\n".join(lines)
    readme.write_text(f"{before}{start}\n\n{text}\n\n{end}{rest.split(end)[1]}")
