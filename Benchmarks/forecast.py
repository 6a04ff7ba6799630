"""How well forecasts hold: real curves cut after a share of their epochs, and their known ends.

    python Benchmarks/forecast.py [--runs FOLDER] [--ledgers DIRECTORY]

FOLDER holds run records (`*.records.jsonl.gz`, Schemas/run-record.schema.json); the default is
../shared/data/runs beside the checkout, which is said and left out where there is none. DIRECTORY
holds ledgers, such as demo/joulebook after `make demo`: there energy is foretold as well. Every
forecast is made by the library, through `joulebook.forecast`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import joulebook

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 0.05
Run = dict[str, Any]


class Verdict(NamedTuple):
    """One forecast beside what came."""

    family: str
    error: float
    holds: bool
    width: float


def records(folder: Path) -> list[Run]:
    runs = []
    for path in sorted(folder.glob("*.records.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            runs += [run for run in map(json.loads, lines) if run.get("epochs")]
    return runs


def family(run: Run) -> str:
    """Runs of one submission and one benchmark: near copies of each other."""
    # Results of round 3.1 of MLPerf come again in 4.0.
    project = run["project"].replace("mlperf_v4.0", "mlperf_v3.1")
    return f"{project}/{run['config'].get('submission_benchmark') or ''}/{run.get('sweep')}"


def is_timed(run: Run) -> bool:
    """Whether the rows can be epochs with their durations.

    A log of checkpoints that were evaluated afterwards is not in order, and rows of no duration are
    no epochs. AlgoPerf's column is no time at all: whole runs of 10,000 to 400,000 steps sum up to
    one "second", because it is the gain of a score.
    """
    numbers = [row["epoch"] for row in run["epochs"]]
    durations = [row["duration_s"] for row in run["epochs"]]
    return (
        run["project"] != "algoperf"
        and all(after > before for before, after in pairwise(numbers))
        and all(duration > 0 for duration in durations[1:])
    )


def distinct(runs: Iterable[Run]) -> list[Run]:
    """Without copies, such as one result in two rounds of a benchmark."""
    found: dict[object, Run] = {}
    for run in runs:
        found.setdefault(tuple((row["epoch"], row["duration_s"]) for row in run["epochs"]), run)
    return list(found.values())


def cut(run: Run, share: float, amount: str) -> Verdict | None:
    """The forecast after a share of the epochs; None where there was nothing to foretell."""
    rows = run["epochs"]
    truth = sum(row[amount] for row in rows)
    if truth <= 0:
        return None
    seen = rows[: math.ceil(share * len(rows))]
    answer = joulebook.forecast(seen, until=rows[-1]["epoch"], first=1)
    found = answer and answer[amount]
    if not found:
        return Verdict(family(run), math.inf, False, math.inf)
    return Verdict(
        family(run),
        abs(found["central"] / truth - 1),
        found["low"] <= truth <= found["high"],
        (found["high"] - found["low"]) / truth,
    )


def percent(value: float) -> str:
    return f"{100 * value:.1f} %" if math.isfinite(value) else "–"


def line(title: str, runs: list[Run], share: float = 0.2, amount: str = "duration_s") -> list[Verdict]:
    verdicts = [verdict for run in runs if (verdict := cut(run, share, amount))]
    if not verdicts:
        print(f"| {title} | 0 | | | | | |")
        return []
    by_family = defaultdict(list)
    for verdict in verdicts:
        by_family[verdict.family].append(verdict.holds)
    cells = [
        title,
        str(len(verdicts)),
        percent(statistics.mean(verdict.error <= TOLERANCE for verdict in verdicts)),
        percent(statistics.median(verdict.error for verdict in verdicts)),
        percent(statistics.mean(verdict.holds for verdict in verdicts)),
        percent(statistics.mean(statistics.mean(held) for held in by_family.values())),
        percent(statistics.median(verdict.width for verdict in verdicts)),
    ]
    print(f"| {' | '.join(cells)} |")
    return verdicts


def half(run: Run) -> int:
    """The half of the families that a run is in: constants were chosen by the first one alone."""
    return hashlib.sha256(family(run).encode()).digest()[-1] % 2


def header() -> None:
    print(
        "| after 20 % of the epochs | runs | within ±5 % | median error | interval holds "
        "| mean over families | median width |"
    )
    print("|---|---|---|---|---|---|---|")


def recorded(folder: Path) -> None:
    runs = records(folder)
    timed = distinct(run for run in runs if is_timed(run))
    some = [run for run in timed if len(run["epochs"]) >= 5]
    long = [run for run in some if len(run["epochs"]) >= 10]
    header()
    judged = line("time, real durations, 5 epochs and more", some)
    line("– of them with 10 epochs and more", long)
    line("– the half that chose the constants", [run for run in long if half(run) == 0])
    line("– the other half", [run for run in long if half(run) == 1])
    line("– after 50 %", long, 0.5)
    line("– with 5 to 9 epochs, of which 1 or 2 were seen", [r for r in some if r not in long])
    every = [run for run in runs if len(run["epochs"]) >= 10]
    line("every record of 10 rows and more", every)
    missed = Counter(verdict.family for verdict in judged if verdict.error > TOLERANCE)
    for name, count in missed.items():
        print(f"not within ±5 %: {count} of {name}", file=sys.stderr)
    algoperf = [run for run in every if run["project"] == "algoperf"]
    if algoperf:
        sums = [sum(row["duration_s"] for row in run["epochs"]) for run in algoperf]
        middle = statistics.median(sums)
        print(f"{len(algoperf)} of AlgoPerf: durations of a run sum to {middle:.2f}", file=sys.stderr)


def ledger_runs(directory: Path) -> list[Run]:
    runs = []
    for path in sorted(directory.rglob("*.joule")):
        run = joulebook.show(path)
        rows = [{**row, "energy_j": row["energy"]["total_j"]} for row in run["epochs"]]
        known = all(row["duration_s"] is not None and row["energy_j"] is not None for row in rows)
        if known and len(rows) >= 5:
            runs.append({**run, "epochs": rows, "sweep": None, "config": run["config"] or {}})
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=ROOT.parent / "shared/data/runs")
    parser.add_argument("--ledgers", type=Path)
    arguments = parser.parse_args()
    if arguments.runs.is_dir():
        recorded(arguments.runs)
    else:
        reason = f"no recorded curves in {arguments.runs}; --runs FOLDER says where they are"
        print(f"skipped: {reason}", file=sys.stderr)
    if arguments.ledgers is not None:
        runs = ledger_runs(arguments.ledgers)
        if not arguments.runs.is_dir():
            header()
        line("time, own ledgers", runs)
        line("energy, own ledgers", runs, amount="energy_j")


if __name__ == "__main__":
    main()
