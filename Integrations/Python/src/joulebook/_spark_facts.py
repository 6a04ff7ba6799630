"""Audits and summaries of ledgers that Spark reads in parallel.

Tasks read ledgers and make of each run what an audit or a summary has to know of it, as bytes;
where the query was asked, the library puts these together and judges them.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ._load import native
from ._query import StringPath, checked, ledger_path
from ._query import audit as local_audit
from ._query import lifecycle as local_lifecycle

# Ledgers are some ten times smaller than what they hold.
PARTITION_BYTES = 32 << 20
# Among more, a summary looks for duplicates only where it is asked to.
_AUDITED_MAX = 100_000
# What looks at whole records, which no task tells of.
_WHOLE = ("model", "metric", "higher", "lower", "target", "series")
_FACTS = pa.schema([("number", pa.int64()), ("runs", pa.int64()), ("facts", pa.binary())])


def audit(
    spark: Any, path: StringPath | None, tasks: int, options: dict[str, object]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="joulebook-") as folder:
        facts, _ = _gathered(spark, path, tasks, _of_audit(path, options), Path(folder) / "audit")
        return local_audit(path, **options, audit_facts=facts)


def lifecycle(
    spark: Any, path: StringPath | None, tasks: int, options: dict[str, object]
) -> dict[str, Any]:
    for name in _WHOLE:
        if options.get(name) not in (None, False):
            raise ValueError(
                f"{name} looks at whole records, which joulebook.lifecycle reads by itself"
            )
    with tempfile.TemporaryDirectory(prefix="joulebook-") as folder:
        place = Path(folder)
        given = dict(options)
        facts, runs = _gathered(spark, path, tasks, {"of": "lifecycle"}, place / "lifecycle")
        given["lifecycle_facts"] = facts
        is_few = runs <= _AUDITED_MAX and not options.get("no_duplicates")
        if options.get("duplicates") or is_few:
            asked = _of_audit(path, options)
            given["audit_facts"], _ = _gathered(spark, path, tasks, asked, place / "audit")
        return local_lifecycle(path, **given)


def _of_audit(path: StringPath | None, options: dict[str, object]) -> dict[str, object]:
    """What tasks have to know for an audit; raises ValueError for rules that cannot be used."""
    rules = options.get("rules")
    beside = os.path.join(ledger_path(path), "joulebook-rules.json")
    asked: dict[str, object] = {"of": "audit"}
    if rules is not None or os.path.exists(beside):
        file = beside if rules is None else os.fsdecode(rules)  # type: ignore[arg-type]
        asked["rules"] = Path(file).read_text(encoding="utf-8")
    checked(native.facts("[]", json.dumps(asked)))
    return asked


def _gathered(
    spark: Any, path: StringPath | None, tasks: int, asked: dict[str, object], file: Path
) -> tuple[str, int]:
    """Writes what tasks found into a file; its name, and how many runs that are."""
    options = {"readers": tasks, "bytes": PARTITION_BYTES}
    whole = os.path.abspath(ledger_path(path))
    shares = json.loads(checked(native.shares(whole, json.dumps(options))))
    rows = [(number, json.dumps(share)) for number, share in enumerate(shares)]
    runs = 0
    with file.open("xb") as out:
        if rows:
            frame = spark.createDataFrame(rows, "number bigint, share string")
            # One share a task: rows of one partition are dealt out in turns.
            frame = frame.coalesce(1).repartition(len(rows))
            found = frame.mapInArrow(
                _reading(json.dumps(asked)), "number bigint, runs bigint, facts binary"
            )
            for one in found.toArrow().sort_by("number").to_batches():
                for facts in one.column("facts"):
                    content = facts.as_buffer()
                    out.write(struct.pack("<Q", len(content)))
                    out.write(content)
                runs += sum(one.column("runs").to_pylist())
    return str(file), runs


def _reading(asked: str) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does with its shares."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                facts, runs = checked(native.facts(row["share"], asked))
                columns = [pa.array([row["number"]], pa.int64()), pa.array([runs], pa.int64())]
                columns.append(pa.array([facts], pa.binary()))
                yield pa.RecordBatch.from_arrays(columns, schema=_FACTS)

    return read
