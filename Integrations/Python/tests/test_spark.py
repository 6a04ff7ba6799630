"""Spark's tables are those of `joulebook.open`, however they are divided and whatever is wrong."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from forge import Forge, header
from tabled import TABLES, damaged, hard_tables, opened, read, rows, told

import joulebook
from conftest import Script, ledgers

pytest.importorskip("pyspark.sql.datasource", reason="PySpark is not installed")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Java is not installed", allow_module_level=True)

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.datasource import EqualTo, GreaterThan, LessThan

import joulebook.spark


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOULEBOOK_QUIET", "1")
        return hard_tables(tmp_path_factory.mktemp("book"))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_that_of_open_however_it_is_divided(
    spark: SparkSession, book: Path, table: str
) -> None:
    expected = rows(opened(book, table))
    counts = []
    for size in (1500, 20_000, 8 << 20):
        frame = read(spark, book, table, maxPartitionBytes=size)
        counts.append(frame.rdd.getNumPartitions())
        assert told(frame) == (expected, [])
    assert counts[0] > counts[-1] == 1 and (table == "runs" or counts[0] > counts[1])


def test_types_are_found_without_rows(spark: SparkSession, book: Path) -> None:
    fields = read(spark, book, "steps").schema
    kinds = {field.name: field.dataType.simpleString() for field in fields}
    assert [*kinds] == [*opened(book, "steps").schema.names, "_problem"]
    assert (kinds["run_id"], kinds["step"], kinds["time"], kinds["loss"], kinds["_problem"]) == (
        "string", "bigint", "timestamp", "double", "string",
    )  # fmt: skip


def test_only_the_columns_of_a_given_schema_are_read(spark: SparkSession, book: Path) -> None:
    source = spark.read.format("joule").option("table", "steps")
    frame = source.schema("nobody double, loss double, step bigint").load(str(book))
    expected = opened(book, "steps", columns=["loss", "step"])
    nothing = pa.nulls(expected.num_rows, pa.float64())
    assert rows(frame.toArrow()) == rows(expected.append_column("nobody", nothing))
    assert source.schema("nobody double").load(str(book)).count() == expected.num_rows
    with pytest.raises(PySparkException, match="'loss' cannot be"):
        source.schema("loss array<int>").load(str(book)).count()


CONDITIONS = {
    "steps": [
        "step = 3", "step != 3", "step < 7 and loss < 0.5", "loss > 0.3", "loss <= 0.25",
        "loss = double('NaN')", "loss is null", "step in (1, 5, 7) or loss is null",
        "step in (5, 390)", "accuracy = 0.0", "`odd, \"name\"` >= 398", "not (step > 2)",
        "step = 3 or loss < 0.01",
    ],
    "telemetry": [
        "time >= timestamp'2026-03-02T10:35:00.5Z'", "time < timestamp'2026-03-02T10:35:00.005Z'",
        "time = timestamp'2026-03-02T10:35:00.123Z'", "energy_j < 10", "device = 'cpu:0'",
    ],
    "runs": ["project = 'book'", "project != 'book'", "steps > 10", "tags like '%a%'"],
}  # fmt: skip


@pytest.mark.parametrize("table", CONDITIONS)
def test_filters_give_what_filtering_afterwards_gives(
    spark: SparkSession, book: Path, table: str
) -> None:
    plain = read(spark, book, table).localCheckpoint()
    run_id = opened(book, "runs").column("run_id")[-1].as_py()
    ids = [f"run_id = '{run_id}'", f"run_id in ('{run_id}', 'x')", f"run_id like '{run_id[:5]}%'"]
    for condition in [*CONDITIONS[table], *ids, "run_id = ''", f"run_id < '{run_id}'"]:
        found = read(spark, book, table, maxPartitionBytes=20_000, pushDown="true")
        expected = rows(plain.where(condition).toArrow())
        assert rows(found.where(condition).toArrow()) == expected, condition


def test_queries_of_one_frame_do_not_mix(spark: SparkSession, book: Path) -> None:
    frame = read(spark, book, "steps")
    first, second = frame.where("step = 1"), frame.where("step = 2")
    assert first.count() == second.count() == 3 * 3 * 2
    both = first.union(second).select("step").toArrow().column(0).to_pylist()
    assert sorted(both) == [1] * 18 + [2] * 18
    assert frame.count() == 3 * 3 * 400 * 2


def test_ledgers_check_what_they_can(spark: SparkSession, book: Path) -> None:
    frame = read(spark, book, "steps", pushDown="true")
    plan = frame.where("step = 3 and loss < 0.5 and loss > 0.1")
    left = plan._jdf.queryExecution().executedPlan().toString().partition("BatchScan")[0]
    assert "loss" in left and "> 0.1" in left
    assert "= 3" not in left and "< 0.5" not in left
    # What comes out of the source itself is filtered already.
    options = {"path": str(book), "table": "steps", "pushDown": "true"}
    source = joulebook.spark.JouleDataSource(options)
    reader = source.reader(source.schema())
    greater = GreaterThan(("loss",), 0.1)
    run_id = opened(book, "runs").column("run_id")[-1].as_py()
    one = EqualTo(("run_id",), run_id)
    assert list(reader.pushFilters([LessThan(("step",), 5), greater, one])) == [greater, one]
    partitions = reader.partitions()
    assert len(partitions) == 1 and len(partitions[0].value["portions"]) == 1
    found = pa.Table.from_batches(reader.read(partitions[0]))
    assert found.num_rows == 2 * 3 * 5 and set(found.column("run_id").to_pylist()) == {run_id}


def test_a_condition_as_an_option_is_that_of_open(spark: SparkSession, book: Path) -> None:
    expected = rows(opened(book, "steps", where=["loss>0.3", "step<9"]))
    found = read(spark, book, "steps", where='["loss>0.3", "step<9"]')
    assert told(found) == (expected, [])
    one = read(spark, book, "steps", where="loss>0.3").where("step < 9")
    assert told(one) == (expected, [])


def test_copies_packs_and_files_in_another_order_count_once(
    spark: SparkSession, book: Path, tmp_path: Path
) -> None:
    expected = {table: opened(book, table) for table in ("runs", "steps", "energy")}
    folder = tmp_path / "mixed"
    for number, path in enumerate(reversed(ledgers(book))):
        target = folder / f"{number}"
        target.mkdir(parents=True)
        shutil.copy(path, target / f"{number}.joule")
    shutil.copytree(book, folder / "again")
    assert joulebook_pack(book, folder / "z.joule") == 0
    for table, whole in expected.items():
        for size in (3000, 8 << 20):
            assert told(read(spark, folder, table, maxPartitionBytes=size)) == (rows(whole), [])
    pack = folder / "z.joule"
    assert told(read(spark, pack, "steps", maxPartitionBytes=3000)) == (rows(expected["steps"]), [])


def joulebook_pack(directory: Path, target: Path) -> int:
    from joulebook._load import native

    arguments = ["pack", str(directory), "-o", str(target)]
    return native.command([os.fsencode(one) for one in arguments])


def test_ranks_of_a_run_are_one_row(spark: SparkSession, tmp_path: Path) -> None:
    for rank in range(3):
        record = {"run_id": "shared", "rank": rank, "world_size": 3, "status": "finished"}
        other = {"run_id": f"own-{rank}", "status": "finished"}
        for name, document in ((f"shared-{rank}", record), (f"own-{rank}", other)):
            file_id = name.ljust(16).encode()[:16]
            forged = Forge(header(file_id=file_id)).meta(json.dumps({"run": 0, "set": document}))
            (tmp_path / f"{name}.joule").write_bytes(forged.summed().trailer().bytes)
    frame = read(spark, tmp_path, "runs", maxPartitionBytes=1)
    assert frame.rdd.getNumPartitions() == 4
    assert told(frame) == (rows(opened(tmp_path, "runs")), [])
    assert frame.count() == 4


def test_a_damaged_file_costs_what_is_damaged_and_says_so(
    spark: SparkSession, book: Path, tmp_path: Path
) -> None:
    folder = damaged(book, tmp_path / "book")
    with pytest.warns(joulebook.LedgerWarning):
        expected = rows(opened(folder, "telemetry"))
    for size in (1500, 8 << 20):
        frame = read(spark, folder, "telemetry", maxPartitionBytes=size)
        found, problems = told(frame)
        assert found == expected and 0 < len(found) < 1000
        named = {text.partition(": ")[0] for text in problems}
        assert named == {str(folder / "a.joule"), str(folder / "metered.joule")}
        assert len(set(problems)) == len(problems)
        assert frame.where("energy_j >= 0").count() == len(expected)
        assert frame.where("_problem is not null").count() == len(problems)
    pushed = read(spark, folder, "telemetry", pushDown="true").where("energy_j < 1e9")
    assert rows(pushed.drop("_problem").toArrow()) == expected
    dropped = read(spark, folder, "telemetry", mode="dropmalformed")
    assert rows(dropped.toArrow()) == expected
    with pytest.raises(PySparkException, match="joule: "):
        read(spark, folder, "telemetry", mode="FAILFAST").count()
    (folder / "a.joule").unlink()
    strict = read(spark, folder, "telemetry", mode="FAILFAST", pushDown="true")
    with pytest.raises(PySparkException, match=r"metered\.joule: "):
        strict.where("energy_j < 1e9").count()


def test_rows_that_are_logged_meanwhile_come_and_ledgers_with_the_next_load(
    spark: SparkSession, tmp_path: Path
) -> None:
    with joulebook.start("p", dir=tmp_path / "runs") as run:
        run.log(loss=0.5)
        frame = read(spark, tmp_path / "runs", "steps", maxPartitionBytes=1)
        assert frame.count() == 1
        for _ in range(5000):
            run.log(loss=0.25)
        assert frame.count() == 5001
        assert frame.where("loss < 0.4").count() == 5000
    assert frame.count() == 5001
    with joulebook.start("p", dir=tmp_path / "runs") as run:
        run.log(loss=0.125)
    assert read(spark, tmp_path / "runs", "steps").count() == 5002


def test_nothing_in_a_directory_is_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    for table in TABLES:
        frame = read(spark, tmp_path, table)
        assert frame.count() == 0 and "run_id" in frame.columns


def test_paths_may_be_several_and_patterns(
    spark: SparkSession, book: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "a [b] 'c' #1 é\n"
    odd.mkdir()
    names = []
    for number, path in enumerate(ledgers(book)):
        names.append(odd / f"{number}%20 {{x}}.joule")
        shutil.copy(path, names[-1])
    expected = rows(opened(book, "steps"))
    assert told(read(spark, odd, "steps")) == (expected, [])
    assert told(read(spark, tmp_path / "*" / "*.joule", "steps")) == (expected, [])
    several = spark.read.format("joule").option("table", "steps").load([str(one) for one in names])
    assert told(several) == (expected, [])
    assert told(read(spark, f"file://{book}", "steps")) == (expected, [])


def test_columns_may_be_called_anything(spark: SparkSession, tmp_path: Path) -> None:
    values = {"a<b": 1.5, "a.b": 2.5, "`": 3.5, "_problem": 4.5, " x ": 5.5, "time": 6.5, "": 7.5}
    with joulebook.start("p", dir=tmp_path / "runs") as run:
        run.log(values, step=1)
        run.log(values, step=2)
    frame = read(spark, tmp_path / "runs", "steps", pushDown="true")
    assert frame.columns[-1] == "_problem.2"
    expected = rows(opened(tmp_path / "runs", "steps"))
    assert rows(frame.toArrow().drop_columns(["_problem.2"])) == expected
    for name in ("a<b", "a.b", "_problem", " x ", "metrics.time"):
        assert frame.where(f"`{name}` <= 7").count() == 2, name
        assert frame.where(f"`{name}` < 1").count() == 0, name


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({}, "nowhere", "nowhere: there is no such ledger"),
        ({}, "nowhere/*.joule", "there is no such ledger"),
        ({}, "nothing://bucket/runs", "nothing://bucket/runs: cannot be read there"),
        ({"storage_options": "key"}, ".", "storage_options must be a JSON object"),
        ({}, "notes.joule", "notes.joule"),
        ({"table": "epoch"}, ".", "table must be one of runs, epochs"),
        ({"mode": "STRICT"}, ".", "mode must be one of PERMISSIVE"),
        ({"where": "nobody<1"}, ".", "there is no column 'nobody'"),
        ({"where": "step"}, ".", "'step' is no condition"),
        ({"colums": "step"}, ".", "'colums' is no option"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_at_once(
    spark: SparkSession, tmp_path: Path, options: dict[str, str], path: str, message: str
) -> None:
    (tmp_path / "notes.joule").write_text("no ledger")
    place = path if "://" in path else os.path.join(tmp_path, path)
    with pytest.raises(AnalysisException) as raised:
        read(spark, place, **options)
    assert message in str(raised.value)


def test_without_pyspark_it_says_what_to_install(script: Script) -> None:
    result = script(
        """
        import sys
        sys.modules["pyspark"] = None
        import joulebook.spark
        """,
        status=1,
    )
    assert "pip install 'pyspark[sql]>=4.1'" in result.stderr
