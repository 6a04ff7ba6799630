"""Ledgers that are hard to read as tables, and tables of Spark beside those of `joulebook.open`."""

from __future__ import annotations

import json
import math
import shutil
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from forge import Forge, numbers

import joulebook

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES = ("runs", "epochs", "steps", "telemetry", "energy", "phases", "step_ranges")
START = 1_772_447_700_000_000_000


def hard_tables(folder: Path) -> Path:
    """Three runs with different metrics, numbers that are easily lost, parts, and readings."""
    for number, extra in enumerate(("accuracy", "perplexity", "accuracy")):
        config = {"lr": 0.1, "run": number}
        with joulebook.start("book", config=config, dir=folder, tags=["a", "b"]) as run:
            for epoch in run.epochs(3):
                with epoch.phase("validation"):
                    time.sleep(0.01)
                with epoch.steps(0, 4):
                    for step in range(400):
                        run.log(step=step, loss=math.nan if step == 3 else 1 / (step + 1))
                        run.log({extra: -0.0, 'odd, "name"': step}, step=step)
                epoch.log({"loss": epoch.number / 3, extra: math.inf, "epoch": 9})
    (folder / "metered.joule").write_bytes(metered().bytes)
    return folder


def metered(count: int = 100) -> Forge:
    """Readings of one meter in ten indexed blocks of so many, and a document between."""
    facts = {"source": "rapl", "provenance": "counter", "boundary": "device"}
    record = {"run_id": "metered", "meters": [{"device": "cpu:0", **facts}]}
    forged = Forge().meta(json.dumps({"run": 0, "set": record}))
    for block in range(10):
        places = range(block * count, block * count + count)
        words = [int.from_bytes(struct.pack("<d", place / 8), "little") for place in places]
        columns = [[0] * count, [0] * count, [START + place * 10**6 + 1 for place in places], words]
        body = {number: numbers(values) for number, values in enumerate(columns)}
        forged.data(5, count, body, first_row=block * count)
        if block == 4:
            forged.meta(json.dumps({"run": 0, "set": {"entry": "between.py"}}))
    return forged.indexed().summed().trailer()


def read(spark: SparkSession, path: Path | str, table: str = "epochs", **options: Any) -> DataFrame:
    return spark.read.format("joule").option("table", table).options(**options).load(str(path))


def damaged(book: Path, folder: Path) -> Path:
    """A copy of which `metered.joule` is damaged, and beside it `a.joule`, which is no ledger."""
    shutil.copytree(book, folder)
    place = folder / "metered.joule"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 255
    place.write_bytes(content)
    (folder / "a.joule").write_bytes(b"no ledger")
    return folder


def rows(table: pa.Table) -> list[str]:
    """The rows in an order of their own, times in microseconds; -0.0 is no 0.0, and NaN is NaN."""
    kept = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    plain = table.cast(pa.schema(kept), safe=False)
    return sorted(repr(sorted(row.items())) for row in plain.to_pylist())


def opened(path: Path, table: str, **arguments: Any) -> pa.Table:
    return pa.table(getattr(joulebook.open(path), table)(**arguments))


def told(frame: DataFrame) -> tuple[list[str], list[str]]:
    """The rows, and apart from them what could not be read."""
    whole = frame.toArrow()
    problems = whole.column("_problem")
    return rows(whole.filter(problems.is_null()).drop_columns(["_problem"])), [
        text for text in problems.to_pylist() if text is not None
    ]
