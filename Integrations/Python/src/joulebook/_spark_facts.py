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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from ._documents import AuditDocument, LifecycleDocument
from ._load import native
from ._object_files import Local, local
from ._objects import Object, Options, is_url, listed
from ._query import StringPath, answered, checked, ledger_path, told

# Ledgers are some ten times smaller than what they hold.
PARTITION_BYTES = 32 << 20
# Among more, a summary looks for duplicates only where it is asked to.
_AUDITED_MAX = 100_000
# What looks at whole records, which no task tells of.
_WHOLE = ("model", "metric", "higher", "lower", "target", "series")
_RULES = "joulebook-rules.json"
_FACTS = pa.schema([("number", pa.int64()), ("runs", pa.int64()), ("facts", pa.binary())])


def audit(
    spark: Any,
    path: StringPath | None,
    tasks: int,
    storage: Options,
    options: dict[str, object],
) -> dict[str, Any]:
    with _asked(spark, path, tasks, storage) as asked:
        facts, _ = asked.gathered(asked.of_audit(options))
        return told(AuditDocument(asked.judged(native.audit, options | {"audit_facts": facts})), 4)


def lifecycle(
    spark: Any,
    path: StringPath | None,
    tasks: int,
    storage: Options,
    options: dict[str, object],
) -> dict[str, Any]:
    for name in _WHOLE:
        if options.get(name) not in (None, False):
            raise ValueError(
                f"{name} looks at whole records, which joulebook.lifecycle reads by itself"
            )
    with _asked(spark, path, tasks, storage) as asked:
        given = dict(options)
        given["lifecycle_facts"], runs = asked.gathered({"of": "lifecycle"})
        is_few = runs <= _AUDITED_MAX and not options.get("no_duplicates")
        if options.get("duplicates") or is_few:
            given["audit_facts"], _ = asked.gathered(asked.of_audit(options))
        elif asked.is_away:
            # Else the command would look at the number without copies, and at the ledgers.
            given["no_duplicates"] = True
        return told(LifecycleDocument(asked.judged(native.lifecycle, given)), 4)


@contextmanager
def _asked(spark: Any, path: StringPath | None, tasks: int, storage: Options) -> Iterator[_Asked]:
    place = ledger_path(path)
    url = place if is_url(place) else None
    objects, is_single = listed([url] if url else [], storage)
    if url and not objects:
        raise FileNotFoundError(f"{url}: there is no ledger")
    with (
        local(objects, storage) as files,
        tempfile.TemporaryDirectory(prefix="joulebook-") as folder,
    ):
        if url:
            place = files.path(next(iter(objects))) if is_single else files.folder
            files.fetch_beside(url, _RULES)
            files.make_holes()
        yield _Asked(spark, os.path.abspath(place), tasks, files, Path(folder))


class _Asked:
    """A question of ledgers at a path; those behind a URL have files there, most of them holes."""

    def __init__(self, spark: Any, path: str, tasks: int, files: Local, folder: Path) -> None:
        self._spark = spark
        self._path = path
        self._tasks = tasks
        self._files = files
        self._folder = folder

    @property
    def is_away(self) -> bool:
        """Whether the ledgers lie behind a URL."""
        return bool(self._files.objects)

    def of_audit(self, options: dict[str, object]) -> dict[str, object]:
        """What tasks have to know for an audit; raises ValueError for rules that cannot be used."""
        rules = options.get("rules")
        beside = os.path.join(self._path, _RULES)
        asked: dict[str, object] = {"of": "audit"}
        if rules is not None or os.path.exists(beside):
            file = beside if rules is None else os.fsdecode(rules)  # type: ignore[arg-type]
            asked["rules"] = Path(file).read_text(encoding="utf-8")
        checked(native.facts("[]", json.dumps(asked)))
        return asked

    def gathered(self, asked: dict[str, object]) -> tuple[str, int]:
        """Writes what tasks found into a file; its name, and how many runs that are."""
        rows = [(number, json.dumps(one)) for number, one in enumerate(self._shares())]
        runs = 0
        file = self._folder / str(asked["of"])
        with file.open("xb") as out:
            if rows:
                frame = self._spark.createDataFrame(rows, "number bigint, share string")
                # One share a task: rows of one partition are dealt out in turns.
                frame = frame.coalesce(1).repartition(len(rows))
                found = frame.mapInArrow(
                    _reading(json.dumps(asked), self._files.options),
                    "number bigint, runs bigint, facts binary",
                )
                for one in found.toArrow().sort_by("number").to_batches():
                    for facts in one.column("facts"):
                        content = facts.as_buffer()
                        out.write(struct.pack("<Q", len(content)))
                        out.write(content)
                    runs += sum(one.column("runs").to_pylist())
        return str(file), runs

    def _shares(self) -> Iterator[dict[str, Any]]:
        """What each task reads, and the objects of that; one of these is for one task."""
        options = {"readers": self._tasks, "bytes": PARTITION_BYTES}
        with self._files.telling():
            shares = json.loads(checked(native.shares(self._path, json.dumps(options))))
        for share in shares:
            portions = []
            for one in share:
                names = self._files.named(one["path"])
                if names and one["part"] == 0:
                    here = {"path": names.pop(), "path_told": one["path"]}
                    portions.append(one | here | {"parts": 1})
                elif not names:
                    portions.append(one)
            if portions:
                yield {"portions": portions, "objects": self._files.needed(portions)}

    def judged(
        self, query: Callable[[str, str | None], Any], options: dict[str, object]
    ) -> dict[str, Any]:
        """The answer. Ledgers that have to be read again here are fetched when they are missed."""
        files = self._files
        with files.telling():
            while True:
                answer: dict[str, Any] = answered(query, self._path, options)
                named = {name for one in answer["problems"] for name in files.named(one["path"])}
                if not (missed := named & files.holes):
                    return {name: files.told_all(one) for name, one in answer.items()}
                files.fill(missed)


def _reading(
    asked: str, storage: Options
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a task does with its shares."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                facts, runs = _facts(json.loads(row["share"]), asked, storage)
                columns = [pa.array([row["number"]], pa.int64()), pa.array([runs], pa.int64())]
                columns.append(pa.array([facts], pa.binary()))
                yield pa.RecordBatch.from_arrays(columns, schema=_FACTS)

    return read


def _facts(share: dict[str, Any], asked: str, storage: Options) -> tuple[bytes, int]:
    objects = {name: Object(*one) for name, one in share["objects"].items()}
    with local(objects, storage) as files:
        files.fetch(objects)
        portions = [one | {"path": files.path(one["path"])} for one in share["portions"]]
        facts, runs = checked(native.facts(json.dumps(portions), asked))
        return facts or b"", runs
