"""The true energy of any stretch of time; for programs that run inside an emulated machine.

    from truth import Truth
    truth = Truth()                       # of the machine that $METER_TRUTH describes
    truth.joules("cpu:0/package", a, b)   # between two values of time.monotonic_ns()

Needs nothing but Python's own library, so that the scripts for other tools can use it in their own
environments.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path


class Curve:
    """Pieces of constant power, as (seconds, watts), repeated for ever."""

    def __init__(self, pieces: Iterable[tuple[float, float]]) -> None:
        self.pieces = [(float(seconds), float(watts)) for seconds, watts in pieces]
        self.period = sum(seconds for seconds, _ in self.pieces)
        self.each_period = sum(seconds * watts for seconds, watts in self.pieces)
        self.least = min(watts for _, watts in self.pieces)
        self.most = max(watts for _, watts in self.pieces)

    def joules(self, seconds: float) -> float:
        """From the start until then."""
        rounds, rest = divmod(max(0.0, seconds), self.period)
        joules = rounds * self.each_period
        for length, watts in self.pieces:
            if rest < length:
                break
            rest -= length
            joules += length * watts
        else:
            return joules
        return joules + rest * watts

    def watts(self, seconds: float) -> float:
        """At that moment."""
        rest = max(0.0, seconds) % self.period
        for length, watts in self.pieces:
            if rest < length:
                return watts
            rest -= length
        return self.pieces[-1][1]

    def words(self) -> str:
        return " ".join(f"{seconds!r} {watts!r}" for seconds, watts in self.pieces)


class Truth:
    """What an emulated machine really uses."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        document = json.loads(Path(path or os.environ["METER_TRUTH"]).read_text())
        self.start_ns: int = document["start_ns"]
        self.curves = {name: Curve(pieces) for name, pieces in document["devices"].items()}
        self.counted: list[str] = document["counted"]
        """The devices that make the machine's total: none of them holds another."""
        self._log = document["log"]

    def joules(self, device: str, start_ns: float, end_ns: float) -> float:
        curve = self.curves[device]
        start, end = ((at - self.start_ns) * 1e-9 for at in (start_ns, end_ns))
        return curve.joules(end) - curve.joules(start)

    def total(self, start_ns: float, end_ns: float) -> float:
        return sum(self.joules(device, start_ns, end_ns) for device in self.counted)

    def late(self) -> list[tuple[int, int]]:
        """When the emulation itself was held up, so that nothing was renewed."""
        lines = Path(self._log).read_text().splitlines()
        return [(int(line.split()[1]), int(line.split()[2])) for line in lines]


def wall_offset_ns() -> int:
    """What `time.time_ns()` is ahead of `time.monotonic_ns()`, read within microseconds."""
    best = None
    for _ in range(5):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        if best is None or after - before < best[0]:
            best = (after - before, wall - (before + after) // 2)
    assert best is not None
    return best[1]
