"""The recipes of `engines.md`: DuckDB and Polars agree with each other and with the ledgers."""

from __future__ import annotations

import json
import re
import statistics
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from forge import Forge, numbers

import joulebook
from conftest import ROOT, ledgers

pytest.importorskip("duckdb")
pytest.importorskip("polars")

PAGE = ROOT / "Integrations/Python/docs/engines.md"
MINUTE = 60 * 10**9
START = 1_772_447_700_000_000_000


def metered() -> bytes:
    """Of a run without energy: readings of two meters, one a second for two minutes and a half."""
    facts = {"source": "x", "provenance": "counter", "boundary": "device"}
    meters = [{"device": "node", **facts}, {"device": "cpu:0", **facts, "enclosed_by": "node"}]
    record = {"run_id": "metered", "project": "fish", "meters": meters}
    seconds = range(150)
    power = [struct.unpack("<Q", struct.pack("<d", float(second)))[0] for second in seconds]
    times = [START + second * 10**9 for second in seconds]
    forged = Forge().meta(json.dumps({"run": 0, "set": record}))
    for meter in range(2):
        columns = {0: [0] * 150, 1: [meter] * 150, 2: times, 4: power}
        body = {number: numbers(values) for number, values in columns.items()}
        forged.data(5, 150, body, first_row=meter * 150)
    return forged.indexed().summed().trailer().bytes


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, Any]:
    """What the names of the page's programs hold, after all of them, over runs of two projects."""
    for number in range(3):
        project = "birds" if number else "fish"
        data = joulebook.fingerprint(b"data")
        with joulebook.start(project, config={"lr": 0.1}, seed=min(number, 1), data=data) as run:
            for epoch in run.epochs(4):
                for step in range(9):
                    run.log(step=step, loss=1 / (step + 1))
                time.sleep(0.01)
                extra = {"recall": 0.5} if number == 2 else {}
                epoch.log(accuracy=0.4 + 0.1 * epoch.number + 0.03 * number, **extra)
    (tmp_path / "joulebook" / "metered.joule").write_bytes(metered())
    names: dict[str, Any] = {}
    for program in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(program, names)
    return names


def told(answer: Any) -> list[tuple[Any, ...]]:
    """The rows of either engine."""
    rows: list[tuple[Any, ...]] = answer.rows() if hasattr(answer, "rows") else answer.fetchall()
    return rows


def test_engines_say_the_same_and_what_the_ledgers_say(
    answers: dict[str, Any], tmp_path: Path
) -> None:
    shown = [joulebook.show(path) for path in ledgers(tmp_path)]
    energies = {one["run_id"]: one["energy"]["total_j"] for one in shown if one["epochs"]}
    courses = {one["run_id"]: one["epochs"] for one in shown}

    weeks = sorted(told(answers["weeks"]), key=repr)
    for mine, other in zip(weeks, sorted(told(answers["weeks_too"]), key=repr), strict=True):
        assert mine[0] == other[0] and mine[2:5] == other[2:5]
        assert (mine[5] or 0) == pytest.approx(other[5])
    assert sum(row[3] for row in weeks) == 4 and sum(row[4] for row in weeks) == 3
    assert sum(row[5] or 0 for row in weeks) * 3.6e6 == pytest.approx(sum(energies.values()))

    reached = told(answers["reached"])
    for mine, other in zip(reached, told(answers["reached_too"]), strict=True):
        assert mine[:3] == other[:3] and mine[3] == pytest.approx(other[3])
        epochs = courses[mine[0]]
        first = [one["metrics"]["accuracy"] >= 0.7 for one in epochs].index(True) + 1
        assert mine[2] == first
        assert mine[3] == pytest.approx(sum(one["energy"]["total_j"] for one in epochs[:first]))
    assert len(reached) == 3

    best = told(answers["best"])
    assert best == told(answers["best_too"])
    assert {row[1]: row[3] for row in best} == energies

    begins = START - START % MINUTE
    minutes = told(answers["minutes"])
    by_minute: dict[int, list[int]] = {}
    for second in range(150):
        minute = (START + second * 10**9 - begins) // MINUTE
        by_minute.setdefault(minute, []).append(second)
    assert [row[1:2] + row[3:] for row in minutes] == [
        ("node", statistics.fmean(seconds), max(seconds)) for seconds in by_minute.values()
    ]

    assert [row[4] for row in told(answers["same"])] == [2]
