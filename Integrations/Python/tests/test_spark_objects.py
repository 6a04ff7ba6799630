"""Spark's tables of ledgers in an object store are those of the same ledgers in a directory."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gathered import command
from tabled import TABLES, damaged, hard_tables, opened, rows, told

import joulebook
from conftest import ledgers

pytest.importorskip("pyspark.sql.datasource", reason="PySpark is not installed")
pytest.importorskip("s3fs", reason="s3fs is not installed")

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame

import joulebook.spark

BUCKET = "bucket"
Read = Callable[..., DataFrame]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOULEBOOK_QUIET", "1")
        return hard_tables(tmp_path_factory.mktemp("book"))


@pytest.fixture
def place(
    put_all: Callable[[Path, str], str], request: pytest.FixtureRequest
) -> Callable[[Path], str]:
    """Copies a directory into the store; its URL there."""
    return lambda folder: put_all(folder, request.node.name)


@pytest.fixture
def read(spark: Any, storage: dict[str, Any]) -> Read:
    def read(*urls: str, table: str = "steps", **options: Any) -> DataFrame:
        source = spark.read.format("joule").option("table", table).options(**options)
        return source.option("storage_options", json.dumps(storage)).load(list(urls))

    return read


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    yield
    left = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("joulebook-obj")]
    assert left == []


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_that_of_a_directory(
    read: Read, place: Callable[[Path], str], book: Path, tmp_path: Path, table: str
) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(book, folder / "again")
    assert command("pack", book, "-o", folder / "pack.joule") == 0
    url = place(folder)
    expected = rows(opened(folder, table))
    for size in (3000, 8 << 20):
        frame = read(url, table=table, maxPartitionBytes=size)
        assert told(frame) == (expected, [])
        if table != "runs":
            # The pack and each of the copies count once, and an object is read by one task.
            assert frame.rdd.getNumPartitions() <= len(ledgers(folder))
    assert rows(opened(book, table)) == expected


def test_objects_patterns_and_paths_go_together(
    read: Read, place: Callable[[Path], str], book: Path
) -> None:
    url = place(book)
    first, *others = [path.relative_to(book) for path in ledgers(book)]
    expected = rows(opened(book, "steps"))
    assert told(read(f"{url}/**/*.joule")) == (expected, [])
    assert told(read(str(book / first), *(f"{url}/{one}" for one in others))) == (expected, [])
    assert told(read(url, str(book))) == (expected, [])
    assert told(read(f"{url}/{first}")) == (rows(opened(book / first, "steps")), [])


def test_conditions_schemas_and_filters_hold(
    read: Read, place: Callable[[Path], str], spark: Any, storage: dict[str, Any], book: Path
) -> None:
    url = place(book)
    plain = read(url).localCheckpoint()
    run_id = opened(book, "runs").column("run_id")[-1].as_py()
    for condition in ("step < 7 and loss < 0.5", "loss is null", f"run_id = '{run_id}'"):
        found = read(url, pushDown="true").where(condition)
        assert rows(found.toArrow()) == rows(plain.where(condition).toArrow())
    found = read(url, where='["loss>0.3", "step<9"]')
    assert told(found) == (rows(opened(book, "steps", where=["loss>0.3", "step<9"])), [])
    source = spark.read.format("joule").option("storage_options", json.dumps(storage))
    frame = source.option("table", "steps").schema("loss double, step bigint").load(url)
    assert rows(frame.toArrow()) == rows(opened(book, "steps", columns=["loss", "step"]))
    assert frame.limit(3).count() == 3


def test_a_filter_of_runs_fetches_only_their_objects(
    spark: Any,
    place: Callable[[Path], str],
    store: Any,
    storage: dict[str, Any],
    book: Path,
) -> None:
    from object_store import Road

    road = Road(store)
    url = place(book)
    options = storage | {"endpoint_url": f"http://127.0.0.1:{road.port}"}
    source = spark.read.format("joule").option("storage_options", json.dumps(options))
    frame = source.option("table", "steps").option("pushDown", "true").load(url)
    run_id = opened(book, "runs").column("run_id")[-1].as_py()
    planned = sum(".joule" in line for line in road.asked)
    assert frame.where(f"run_id = '{run_id}'").count() == 3 * 400 * 2
    assert planned == len(ledgers(book))
    assert sum(".joule" in line for line in road.asked) == planned + 1


def test_what_was_pushed_counts_once_a_ledger(
    read: Read, store: Any, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "runs"
    shutil.copytree(book, folder)
    first = ledgers(folder)[0]
    short = first.read_bytes()
    address = f"s3://{BUCKET}/pushed"
    assert command("push", folder, address) == 0
    shutil.copytree(folder, tmp_path / "fork")
    # A version that goes on, one that was left behind, and one that goes on otherwise.
    assert command("tag", first, "here") == 0
    assert command("push", folder, address) == 0
    shorter = tmp_path / "fork" / first.relative_to(folder)
    assert shorter.read_bytes() == short
    assert command("tag", shorter, "elsewhere-and-longer") == 0
    assert command("note", shorter, "twice") == 0
    assert command("push", tmp_path / "fork", address) == 1
    (key,) = [
        entry["Key"]
        for entry in store.s3.list_objects_v2(Bucket=BUCKET, Prefix="pushed/")["Contents"]
        if store.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() == first.read_bytes()
    ]
    store.s3.put_object(Bucket=BUCKET, Key=f"{key.rpartition('/')[0]}/0-short.joule", Body=short)
    copied = tmp_path / "copied"
    for entry in store.s3.list_objects_v2(Bucket=BUCKET, Prefix="pushed/")["Contents"]:
        path = copied / entry["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        store.s3.download_file(BUCKET, entry["Key"], str(path))
    assert len(ledgers(copied)) == len(ledgers(book)) + 2
    for table in ("runs", "epochs", "steps"):
        expected = rows(opened(copied, table))
        assert told(read(address, table=table)) == (expected, [])
        assert len(expected) == opened(book, table).num_rows


def test_damage_is_told_of_its_url_and_costs_no_other_row(
    read: Read, place: Callable[[Path], str], store: Any, book: Path, tmp_path: Path
) -> None:
    folder = damaged(book, tmp_path / "book")
    cut = ledgers(book)[0].read_bytes()
    (folder / "cut.joule").write_bytes(cut[: len(cut) // 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", joulebook.LedgerWarning)
        expected = rows(opened(folder, "telemetry"))
    url = place(folder)
    frame = read(url, table="telemetry")
    found, problems = told(frame)
    assert found == expected and 0 < len(found) < 1000
    assert {text.partition(": ")[0] for text in problems} == {
        f"{url}/a.joule",
        f"{url}/metered.joule",
    }
    with pytest.raises(PySparkException, match=f"{url}/[a-z]+.joule: "):
        read(url, table="telemetry", mode="FAILFAST").count()
    # What goes behind the load is told as well.
    key = f"{url.partition(BUCKET + '/')[2]}/metered.joule"
    store.s3.delete_object(Bucket=BUCKET, Key=key)
    found, problems = told(frame)
    assert found == [] and {text.partition(": ")[0] for text in problems} == {
        f"{url}/a.joule",
        f"{url}/metered.joule",
    }


def test_what_cannot_be_asked_is_one_clear_error(
    read: Read,
    spark: Any,
    place: Callable[[Path], str],
    store: Any,
    storage: dict[str, Any],
    book: Path,
) -> None:
    for url in ("s3://no-such-bucket/x", f"s3a://{BUCKET}/nowhere", f"s3a://{BUCKET}/x/*.joule"):
        with pytest.raises(AnalysisException) as raised:
            read(url)
        assert f"{url}: there is no such ledger or directory" in str(raised.value)
    url = place(book)
    options = json.dumps(storage | {"secret": "wrong0secret"})
    source = spark.read.format("joule").option("storage_options", options)
    with pytest.raises(AnalysisException) as raised:
        source.load(url)
    assert f"{url}: cannot be read there" in str(raised.value)
    assert "wrong0secret" not in str(raised.value)
    plan = read(url)._jdf.queryExecution().toString()
    assert store.secret not in plan and store.key not in plan


def test_an_empty_bucket_is_no_rows(read: Read, store: Any) -> None:
    where = {"LocationConstraint": "eu-central-1"}
    store.s3.create_bucket(Bucket="empty", CreateBucketConfiguration=where)
    assert read("s3://empty").count() == 0
