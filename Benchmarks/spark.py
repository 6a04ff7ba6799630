"""What a scan by Spark takes: the data source `joule` beside Parquet with the same rows.

    python Benchmarks/spark.py FOLDER

FOLDER/runs holds a ledger. It is packed; the pack's tables are written as Parquet with zstd. Both
are read by two tasks at a time, from files that the system has in memory; medians of five, in turns.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import joulebook
import joulebook.spark
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

ROUNDS = 5
NARROW = {
    "telemetry": "time timestamp, energy_j double, power_w double",
    "steps": "step bigint",
}


def session() -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").config(
        "spark.driver.host", "127.0.0.1"
    )
    builder = builder.config("spark.ui.enabled", "false")
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    joulebook.spark.register(spark)
    return spark


def scan(frame: DataFrame) -> None:
    """Reads every column of every row, and keeps none."""
    frame.write.format("noop").mode("overwrite").save()


def seconds(*bodies: Callable[[], None]) -> list[float]:
    """The median time of each, in turns, behind one that does not count."""
    times: list[list[float]] = [[] for _ in bodies]
    for turn in range(ROUNDS + 1):
        for body, found in zip(bodies, times, strict=True):
            began = time.perf_counter()
            body()
            if turn:
                found.append(time.perf_counter() - began)
    return [statistics.median(found) for found in times]


def main() -> None:
    folder = Path(sys.argv[1])
    pack = folder / "runs.joule"
    command = ["pack", str(folder / "runs"), "-o", str(pack)]
    subprocess.run(
        [sys.executable, "-m", "joulebook", *command],
        check=True,
        stdout=sys.stderr,
    )
    spark = session()
    print("| Spark, two cores | rows | ledger | Parquet, zstd | ledger ÷ Parquet |")
    print("|---|---|---|---|---|")
    for table, narrow in NARROW.items():
        parquet = folder / table
        parquet.mkdir()
        whole = pa.table(getattr(joulebook.open(pack), table)())
        half = whole.num_rows // 2 + 1
        for number in range(2):
            part = whole.slice(number * half, half)
            target = parquet / f"{number}.parquet"
            pq.write_table(
                part, target, compression="zstd", coerce_timestamps="us",
                allow_truncated_timestamps=True,
            )  # fmt: skip
        source = spark.read.format("joule").option("table", table)
        # The ledger has no record of a run, which is a row of its own otherwise.
        source = source.option("mode", "DROPMALFORMED")
        for title, schema in (("all columns", None), (narrow, narrow)):
            typed = source.schema(schema) if schema else source
            ours = typed.load(str(pack))
            plain = spark.read.schema(schema) if schema else spark.read
            theirs = plain.parquet(str(parquet))
            assert ours.count() == theirs.count() == whole.num_rows
            mine, other = seconds(
                lambda ours=ours: scan(ours), lambda theirs=theirs: scan(theirs)
            )
            rates = [f"{whole.num_rows / taken / 1e6:.2f} M rows/s" for taken in (mine, other)]
            print(
                f"| {table}: {title} | {whole.num_rows} | {' | '.join(rates)} | {other / mine:.2f} |"
            )
    spark.stop()


if __name__ == "__main__":
    main()
