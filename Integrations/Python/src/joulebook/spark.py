"""Apache Spark: ledgers as a data source that is read in parallel.

import joulebook.spark

joulebook.spark.register(spark)
spark.read.format("joule").option("table", "epochs").load("joulebook")
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from ._load import native
from ._object_files import Local, local, planned
from ._objects import is_url, listed
from ._open import Table
from ._query import StringPath, checked

try:
    import pyarrow as pa
    from pyspark.errors import PySparkException
    from pyspark.sql.datasource import (
        DataSource,
        DataSourceReader,
        EqualNullSafe,
        EqualTo,
        Filter,
        GreaterThan,
        GreaterThanOrEqual,
        In,
        InputPartition,
        LessThan,
        LessThanOrEqual,
        Not,
        StringStartsWith,
    )  # fmt: skip
    from pyspark.sql.types import (
        DataType,
        DoubleType,
        LongType,
        StringType,
        StructField,
        StructType,
        TimestampType,
    )  # fmt: skip
except ImportError as error:
    raise ImportError(
        f"joulebook.spark needs PySpark 4.1 or later ({error}): pip install 'pyspark[sql]>=4.1'"
    ) from error

from ._spark_facts import PARTITION_BYTES
from ._spark_facts import audit as _audit
from ._spark_facts import lifecycle as _lifecycle

__all__ = ["JouleDataSource", "audit", "lifecycle", "register"]

_TABLES = ("runs", "epochs", "steps", "telemetry", "energy", "phases", "step_ranges")
_MODES = ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")
_OPTIONS = (
    "path", "paths", "table", "where", "mode", "maxpartitionbytes", "pushdown", "storage_options",
)  # fmt: skip
_PUSH_DOWN = "spark.sql.python.filterPushdown.enabled"
_TYPES: dict[str, DataType] = {
    "integer": LongType(),
    "number": DoubleType(),
    "text": StringType(),
    "time": TimestampType(),
}
_ARROW = {
    LongType(): pa.int64(),
    DoubleType(): pa.float64(),
    StringType(): pa.string(),
    TimestampType(): pa.timestamp("us", "UTC"),
}
_COMPARISONS = {
    EqualTo: "=", EqualNullSafe: "=", LessThan: "<", LessThanOrEqual: "<=", GreaterThan: ">",
    GreaterThanOrEqual: ">=",
}  # fmt: skip


def register(spark: Any) -> None:
    """Makes the format `joule` known to a session.

        steps = spark.read.format("joule").option("table", "steps").load("joulebook")

    `load` takes ledgers, packs, directories of them, and patterns such as "runs/*.joule"; several
    in a list. What lies in an object store, "s3://bucket/prefix", is read by fsspec, which is not
    installed with the package: `pip install fsspec s3fs`. Options:

    `table`: as of `joulebook.open`: "runs", "epochs" (default), "steps", "telemetry", "energy",
    "phases" or "step_ranges".
    `where`: a condition of `joulebook.open`, or a JSON list of them, which leave out blocks without
    such rows. A `run_id` is whole here.
    `pushDown`: "true" has ledgers check the filters of a query, too. Only for frames with one
    query each: Spark 4.3 answers every later one by the filters of the last.
    `mode`: what becomes of what cannot be read: "PERMISSIVE" (default) gives a row for each piece,
    which is told in the column `_problem`, and everything else that can be read; "DROPMALFORMED"
    gives only the latter; "FAILFAST" ends the query.
    `maxPartitionBytes`: of ledgers that one task reads, 32 MiB unless given. Each of the tasks that
    the session runs at a time has as much as the others, 1 MiB at least.
    `storage_options`: for URLs, what fsspec's file system takes, a JSON object as text, such as
    '{"endpoint_url": "https://…", "profile": "lab"}'.

    Sets `spark.sql.python.filterPushdown.enabled`, which `pushDown` needs.
    """

    class Divided(JouleDataSource):
        tasks = _tasks_at_a_time(spark)

    spark.dataSource.register(Divided)
    spark.conf.set(_PUSH_DOWN, "true")


def audit(
    spark: Any,
    path: StringPath | None = None,
    *,
    storage_options: dict[str, Any] | None = None,
    **options: object,
) -> dict[str, Any]:
    """What `joulebook.audit` answers, of ledgers that tasks of the session read in parallel.

    Every worker needs the package and the path, which may be a URL: "s3://bucket/prefix", to which
    `storage_options` are what `register` says of them, as a dict. Other options are those of
    `joulebook.audit`; raises and warns as it does.
    """
    return _audit(spark, path, _tasks_at_a_time(spark), storage_options or {}, options)


def lifecycle(
    spark: Any,
    path: StringPath | None = None,
    *,
    storage_options: dict[str, Any] | None = None,
    **options: object,
) -> dict[str, Any]:
    """What `joulebook.lifecycle` answers, of ledgers that tasks of the session read in parallel.

    As `audit`. Raises ValueError for `model`, `metric`, `series` and what goes with them: these
    look at whole records, which `joulebook.lifecycle` reads by itself.
    """
    return _lifecycle(spark, path, _tasks_at_a_time(spark), storage_options or {}, options)


def _tasks_at_a_time(spark: Any) -> int:
    """How many the session runs beside each other; 1 where only its server knows."""
    try:
        return max(1, int(spark.sparkContext.defaultParallelism))
    except PySparkException:
        return 1


class JouleDataSource(DataSource):
    """The format `joule`; `register` says what it takes."""

    tasks = 1

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._request = _Request(options, self.tasks)
        # Of objects, each of which is asked for over a network.
        self._plan: dict[str, Any] | None = None

    @classmethod
    def name(cls) -> str:
        return "joule"

    def schema(self) -> StructType:
        """The columns of the table, of all files together, as an export has them."""
        plan = self._request.plan()
        self._plan = plan if plan["objects"] else None
        fields = [StructField(one["name"], _TYPES[one["kind"]]) for one in plan["columns"]]
        if self._request.mode == "PERMISSIVE":
            fields.append(StructField(_problem_column(plan), StringType()))
        return StructType(fields)

    def reader(self, schema: StructType) -> DataSourceReader:
        # This goes to every task.
        plan, self._plan = self._plan, None
        return (_FilteringReader if self._request.pushes else _Reader)(self._request, schema, plan)


class _Request:
    """What the options ask for; raises ValueError where they ask for what there is not."""

    def __init__(self, options: Any, tasks: int) -> None:
        self.tasks = tasks
        given = {name.lower(): value for name, value in options.items()}
        if unknown := sorted(set(given) - set(_OPTIONS)):
            raise ValueError(
                f"{unknown[0]!r} is no option of joule: it has table, where, mode, "
                "maxPartitionBytes, pushDown and storage_options"
            )
        self.table = _one_of("table", given.get("table", "epochs").lower(), _TABLES)
        self.mode = _one_of("mode", given.get("mode", _MODES[0]).upper(), _MODES)
        pushes = _one_of("pushDown", given.get("pushdown", "false").lower(), ("true", "false"))
        self.pushes = pushes == "true"
        self.where = _texts(given.get("where", "[]"))
        self.partition_bytes = int(given.get("maxpartitionbytes", PARTITION_BYTES))
        if self.partition_bytes < 1:
            raise ValueError("maxPartitionBytes must be at least 1")
        named = [given["path"]] if "path" in given else json.loads(given.get("paths", "[]"))
        if not named:
            raise ValueError('joule needs a path: spark.read.format("joule").load("runs")')
        self.named = named
        self.storage = _storage(given.get("storage_options", "{}"))

    def plan(self) -> dict[str, Any]:
        """How the table is divided now. Raises OSError where a path leads to nothing."""
        urls = [name for name in self.named if is_url(name)]
        paths = [path for name in self.named if name not in urls for path in _paths(name)]
        objects, is_single = listed(urls, self.storage)
        with local(objects, self.storage) as files:
            if is_single and not paths:
                paths = [files.path(next(iter(objects)))]
            elif objects:
                paths.append(files.folder)
            plan = planned(files, lambda: self._asked(paths))
        # What is wrong with a condition is said before any task begins.
        self.rows({"portions": [], "metrics": plan["metrics"]}, None, [], None)
        return plan

    def _asked(self, paths: list[str]) -> dict[str, Any]:
        options = {"table": self.table, "readers": self.tasks, "bytes": self.partition_bytes}
        plan: dict[str, Any] = json.loads(
            checked(native.plan(json.dumps(paths), json.dumps(options)))
        )
        return plan

    def rows(
        self, share: dict[str, Any], columns: list[str] | None, pushed: list[str], run: str | None
    ) -> Iterator[pa.RecordBatch]:
        options: dict[str, object] = {
            "table": self.table,
            "columns": columns,
            "where": self.where + pushed,
            "run": run,
            "share": share,
        }
        return iter(pa.RecordBatchReader.from_stream(Table(self.named[0], options)))


class _Reader(DataSourceReader):
    """Divides a table among tasks, and reads the part of one."""

    def __init__(self, request: _Request, schema: StructType, plan: dict[str, Any] | None) -> None:
        self._request = request
        self._schema = schema
        self._plan = plan
        self._pushed: list[str] = []
        # Beginnings of ids, of which a run that is wanted has one; all of these have to hold.
        self._beginnings: list[tuple[str, ...]] = []
        # A row of nothing but a problem fulfils no condition.
        self._is_filtered = False
        for field in schema.fields:
            if field.dataType not in _ARROW:
                raise ValueError(
                    f"column {field.name!r} cannot be {field.dataType.simpleString()}: joule gives "
                    "bigint, double, string and timestamp"
                )

    def __getstate__(self) -> dict[str, Any]:
        # Tasks need their own portions only.
        return self.__dict__ | {"_plan": None}

    def partitions(self) -> list[InputPartition]:
        plan = self._planned()
        problems = [f"{one['path']}: {one['message']}" for one in plan["problems"]]
        if problems and self._request.mode == "FAILFAST":
            raise OSError(problems[0])
        names = set(self._schema.fieldNames())
        known = [one["name"] for one in plan["columns"] if one["name"] in names]
        common = {
            # Rows have to be counted where there is nothing else to be read.
            "columns": known or ["run_id"],
            # A condition may be on any of them.
            "metrics": [
                one for one in plan["metrics"] if one["name"] in names or self._request.where
            ],
            "problem_column": _problem_column(plan),
        }
        wanted = [one for one in plan["portions"] if self._is_wanted(one)]
        files = Local("", plan["objects"], {})
        shares = [
            common | {"portions": portions, "objects": files.needed(portions)}
            for portions in _shares(wanted, plan["bytes"])
        ]
        if problems:
            shares.append(common | {"problems": problems, "objects": {}})
        return [InputPartition(share) for share in shares]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        share = partition.value
        # Spark makes one partition of nothing where there is none.
        if share is None:
            return
        with local(share["objects"], self._request.storage) as files:
            files.fetch(share["objects"])
            yield from self._rows(share, files)

    def _rows(self, share: dict[str, Any], files: Local) -> Iterator[pa.RecordBatch]:
        problem = share["problem_column"]
        fields = [
            pa.field(field.name, _ARROW[field.dataType], field.nullable)
            for field in self._schema.fields
        ]
        schema = pa.schema(fields)
        tells = problem in schema.names and self._request.mode == "PERMISSIVE"
        for batch in self._batches(share, files):
            told = batch.column(problem)
            if told.null_count < len(told):
                texts = [text if text is None else files.told(text) for text in told.to_pylist()]
                if self._request.mode == "FAILFAST":
                    raise OSError(next(text for text in texts if text is not None))
                batch = batch.set_column(
                    batch.schema.get_field_index(problem), problem, pa.array(texts, pa.string())
                )
                if self._is_filtered or not tells:
                    batch = batch.filter(told.is_null())
            if batch.num_rows:
                yield _laid_out(batch, schema)

    def _batches(self, share: dict[str, Any], files: Local) -> Iterator[pa.RecordBatch]:
        if "problems" in share:
            texts = pa.array(share["problems"], pa.string())
            return iter([pa.record_batch({share["problem_column"]: texts})])
        portions = [one | {"path": files.path(one["path"])} for one in share["portions"]]
        run = next((each[0] for each in self._beginnings if len(each) == 1), None)
        share = share | {"portions": portions}
        return self._request.rows(share, share["columns"], self._pushed, run)

    def _planned(self) -> dict[str, Any]:
        if self._plan is None:
            self._plan = self._request.plan()
        return self._plan

    def _is_wanted(self, portion: dict[str, Any]) -> bool:
        """Whether a ledger may have rows of the runs that are asked for."""
        runs = portion["runs"]
        return runs is None or all(
            any(run.startswith(beginnings) for run in runs) for beginnings in self._beginnings
        )


class _FilteringReader(_Reader):
    """The same, which takes filters of the query."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        """Takes what ledgers can check; gives back what Spark has to look at as well."""
        kinds = {one["name"]: one["kind"] for one in self._planned()["columns"]}
        # What the user's schema calls otherwise is compared as Spark has it.
        known = {
            field.name: kinds[field.name]
            for field in self._schema.fields
            if field.name in kinds and field.dataType == _TYPES[kinds[field.name]]
        }
        for one in filters:
            conditions, is_whole = _conditions(one, known)
            self._pushed += conditions
            if beginnings := _beginnings(one):
                self._beginnings.append(beginnings)
            if is_whole:
                self._is_filtered = True
            else:
                yield one


# Which files


def _paths(name: str) -> list[str]:
    """Absolute paths, of a pattern all that there are. Raises OSError where there is none."""
    place = name.removeprefix("file://") if name.startswith("file:///") else name
    place = place.removeprefix("file:")
    if os.path.lexists(place):
        return [os.path.abspath(place)]
    found = sorted(glob.glob(place, recursive=True)) if glob.has_magic(place) else []
    if not found:
        raise FileNotFoundError(f"{name}: there is no such ledger or directory")
    return [os.path.abspath(path) for path in found]


def _problem_column(plan: dict[str, Any]) -> str:
    """`_problem`, told apart from a metric of that name as metrics are from each other."""
    taken = {one["name"] for one in plan["columns"]}
    name, number = "_problem", 1
    while name in taken:
        number += 1
        name = f"_problem.{number}"
    return name


def _shares(portions: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """What each task reads: about `size` bytes, ledgers of one group together."""
    groups: dict[object, list[dict[str, Any]]] = {}
    for number, portion in enumerate(portions):
        group = portion["group"]
        groups.setdefault(("alone", number) if group is None else group, []).append(portion)
    share: list[dict[str, Any]] = []
    bytes_ = 0
    for group in groups.values():
        own = sum(portion["bytes"] for portion in group)
        # As near to it as whole groups come.
        if share and bytes_ + own / 2 > size:
            yield share
            share, bytes_ = [], 0
        left = ("bytes", "runs", "group")
        share += [{k: v for k, v in one.items() if k not in left} for one in group]
        bytes_ += own
    if share:
        yield share


# Which rows


def _conditions(one: Filter, kinds: dict[str, str]) -> tuple[list[str], bool]:
    """What of a filter ledgers can check, and whether that is all of it.

    What Spark gets back may let more rows through here, and never fewer: to Spark NaN is greater
    than every number, and a time has microseconds.
    """
    is_not = isinstance(one, Not)
    inner = one.child if is_not else one
    path: tuple[str, ...] = getattr(inner, "attribute", ())
    name = path[0] if len(path) == 1 else ""
    kind = kinds.get(name)
    if kind is None or name != name.strip() or any(sign in name for sign in "=!<>"):
        return [], False
    value: Any = getattr(inner, "value", None)
    if isinstance(inner, In) and not is_not:
        return _range(name, kind, list(inner.value)), False
    sign = _COMPARISONS.get(type(inner))
    if sign is None or not _is_of(kind, value):
        return [], False
    if is_not:
        is_whole = kind == "integer" and type(inner) is EqualTo
        return ([f"{name}!={value}"], True) if is_whole else ([], False)
    if kind == "time":
        return _times(name, sign, value), False
    if kind == "text":
        is_plain = sign == "=" and name != "run_id" and value == value.strip()
        return ([f"{name}={value}"] if is_plain else []), False
    if kind == "number" and (sign in (">", ">=") or value != value):
        return [], False
    return [f"{name}{sign}{value!r}"], True


def _range(name: str, kind: str, values: list[Any]) -> list[str]:
    """Of a list of values the least and the greatest."""
    given = [value for value in values if value is not None]
    is_number = kind in ("integer", "number")
    if not is_number or not given or any(v != v or not _is_of(kind, v) for v in given):
        return []
    return [f"{name}>={min(given)!r}", f"{name}<={max(given)!r}"]


def _times(name: str, sign: str, value: datetime) -> list[str]:
    """Nanoseconds since 1970 around a microsecond, with one more on either side."""
    past = value - datetime(1970, 1, 1, tzinfo=timezone.utc)
    microseconds = (past.days * 86400 + past.seconds) * 1_000_000 + past.microseconds
    least, greatest = (microseconds - 1) * 1000, (microseconds + 2) * 1000
    conditions = []
    if sign in ("=", ">", ">=") and abs(least) < 1 << 63:
        conditions.append(f"{name}>={least}")
    if sign in ("=", "<", "<=") and abs(greatest) < 1 << 63:
        conditions.append(f"{name}<{greatest}")
    return conditions


def _is_of(kind: str, value: object) -> bool:
    """Whether a value is what a column of that kind holds, so that its text can be compared."""
    if kind == "integer":
        return type(value) is int and abs(value) < 1 << 63
    if kind == "number":
        return type(value) is float
    if kind == "time":
        return isinstance(value, datetime) and value.tzinfo is not None
    return isinstance(value, str)


def _beginnings(one: Filter) -> tuple[str, ...]:
    """How ids of runs begin that a filter wants; nothing where it says nothing of them."""
    if getattr(one, "attribute", None) != ("run_id",):
        return ()
    if isinstance(one, In):
        return tuple(value for value in one.value if isinstance(value, str))
    if isinstance(one, (EqualTo, EqualNullSafe, StringStartsWith)) and isinstance(one.value, str):
        return (one.value,)
    return ()


# What comes out


def _laid_out(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns of a schema; one that no ledger has is null."""
    names = batch.schema.names
    arrays = []
    for field in schema:
        if field.name not in names:
            arrays.append(pa.nulls(batch.num_rows, field.type))
            continue
        values = batch.column(field.name)
        # Spark's times have microseconds.
        safe = not pa.types.is_timestamp(field.type)
        arrays.append(values if values.type == field.type else values.cast(field.type, safe))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _texts(given: str) -> list[str]:
    """A text, or a JSON list of texts."""
    if not given.lstrip().startswith("["):
        return [given]
    listed: list[str] = json.loads(given)
    if not all(isinstance(text, str) for text in listed):
        raise ValueError(f"where must be a condition or a JSON list of conditions, not {given}")
    return listed


def _storage(given: str) -> dict[str, Any]:
    """Options of a file system; an error tells nothing of them, since some are secret."""
    try:
        options = json.loads(given)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise ValueError('storage_options must be a JSON object, such as {"profile": "lab"}')
    return options


def _one_of(name: str, given: str, words: tuple[str, ...]) -> str:
    if given not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {given!r}")
    return given
