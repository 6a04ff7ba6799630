"""What reading telemetry into pyarrow takes: `joulebook.open` beside Parquet with the same rows.

    python Benchmarks/open.py LEDGER

Both files are in memory, both read by one thread; times are medians of seven, taken in turns.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import joulebook
import pyarrow as pa
import pyarrow.parquet as pq

ROUNDS = 7
NUMBERS = ["time", "energy_j", "power_w"]


def seconds(*bodies: Callable[[], pa.Table]) -> list[float]:
    """The median time of each, in turns, so that a busy machine is busy for all."""
    times: list[list[float]] = [[] for _ in bodies]
    for _ in range(ROUNDS):
        for body, found in zip(bodies, times, strict=True):
            began = time.perf_counter()
            body()
            found.append(time.perf_counter() - began)
    return [statistics.median(found) for found in times]


def main() -> None:
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    path = Path(sys.argv[1])
    opened = joulebook.open(path)
    with tempfile.TemporaryDirectory() as folder:
        parquet = Path(folder) / "telemetry.parquet"
        whole = pa.table(opened.telemetry())
        pq.write_table(whole, parquet, compression="zstd")
        print("| telemetry into pyarrow | ledger | Parquet, zstd | ledger ÷ Parquet |")
        print("|---|---|---|---|")
        for title, columns in [
            ("all 10 columns", None),
            ("times, joules and watts", NUMBERS),
        ]:
            assert pq.read_table(parquet, columns=columns).equals(
                pa.table(opened.telemetry(columns=columns)).combine_chunks()
            )
            ours, theirs = seconds(
                lambda columns=columns: pa.table(opened.telemetry(columns=columns)),
                lambda columns=columns: pq.read_table(
                    parquet, columns=columns, use_threads=False
                ),
            )
            rates = [
                f"{whole.num_rows / taken / 1e6:.2f} M rows/s"
                for taken in (ours, theirs)
            ]
            print(f"| {title} | {' | '.join(rates)} | {theirs / ours:.2f} |")


main()
