"""Fails when the ledger stores more bytes a value than promised, beside Parquet on the same tables.

Usage: sizes.py PATH-OF-JOULE-FORMAT-BENCH. Sizes depend on nothing but the data and the libraries,
so that the gate can run this on any machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from format_data import tables, write_raw
from parquet import Parquet, grouped

LIMITS = {"epochs": 0.80, "steps": 0.92, "telemetry": 0.90, "recorded_steps": 0.92}
"""Of the bytes that Parquet takes with the best encoding of each column."""
RUN_LIMIT = 4096
"""Bytes of a closed ledger of 50 epochs of 12 metrics."""


def main() -> int:
    given = tables()
    with np.load(Path(__file__).parent / "recorded_steps.npz") as kept:
        given["recorded_steps"] = {name: kept[name] for name in kept.files}
    with tempfile.TemporaryDirectory() as directory:
        write_raw(given, Path(directory))
        done = subprocess.run(
            [sys.argv[1], directory, *LIMITS, "run-size"],
            check=True,
            capture_output=True,
            text=True,
        )
    lines = [line.split() for line in done.stdout.splitlines()]
    sizes = {line[1]: int(line[2]) for line in lines if line[0] == "table"}
    (run,) = (int(line[1]) for line in lines if line[0] == "run")
    failed = run > RUN_LIMIT
    print(f"50 epochs of 12 metrics: {run} bytes, at most {RUN_LIMIT}")
    for name, limit in LIMITS.items():
        # Parquet gets telemetry in the order that suits it, as in peers.py.
        table = grouped(given[name]) if name == "telemetry" else given[name]
        ratio = sizes[name] / len(Parquet().write(table))
        failed |= ratio > limit
        values = len(table["run"]) * len(table)
        print(
            f"{name}: {sizes[name] / values:.3f} bytes a value, "
            f"{ratio:.3f} of Parquet's, at most {limit:.2f}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
