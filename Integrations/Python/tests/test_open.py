"""`joulebook.open`: its tables are those of `joulebook export`, value by value, everywhere."""

from __future__ import annotations

import csv
import ctypes
import gc
import io
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import time
import warnings
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from forge import Forge, numbers

import joulebook
from conftest import ROOT, Script, clean_environment
from joulebook import reader

TABLES = ("runs", "epochs", "steps", "telemetry", "energy", "phases", "step_ranges")
VECTORS = ROOT / "Schemas/Vectors"
START = 1_772_447_700_000_000_000


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two runs with different metrics, gaps, numbers that are easily lost, parts and energy."""
    for number, extra in enumerate(("accuracy", "perplexity")):
        with joulebook.start("book", config={"lr": 0.1, "run": number}, dir=tmp_path / "b") as run:
            for epoch in run.epochs(3):
                with epoch.phase("validation"):
                    time.sleep(0.06)
                with epoch.steps(0, 4):
                    for step in range(5):
                        run.log(step=step, loss=math.nan if step == 3 else 1 / (step + 1))
                        run.log({extra: -0.0, 'odd, "name"': step}, step=step)
                epoch.log({"loss": epoch.number / 3, extra: math.inf, "epoch": 9})
    (tmp_path / "b/metered.joule").write_bytes(metered().bytes)
    return tmp_path / "b"


def patterns(values: list[float]) -> list[int]:
    return [int.from_bytes(struct.pack("<d", value), "little") for value in values]


def metered(count: int = 100) -> Forge:
    """A ledger of readings of two meters, one of which encloses the other one."""
    facts = {"source": "rapl", "provenance": "counter", "boundary": "device"}
    inner = {"device": "cpu:0/core", "enclosed_by": "cpu:0", **facts}
    record = {"run_id": "metered", "meters": [{"device": "cpu:0", **facts}, inner]}
    forged = Forge().meta(json.dumps({"run": 0, "set": record}))
    places = range(2 * count)
    columns = [
        [0] * 2 * count,
        [place // count for place in places],
        [START + place % count * 10**8 for place in places],
        patterns([place % count / 8 for place in places]),
        patterns([1.25 * (1 + place // count) for place in places]),
    ]
    body = {number: numbers(values) for number, values in enumerate(columns)}
    return forged.data(5, 2 * count, body, series=[count, count])


def table(path: Path, name: str, **arguments: Any) -> pa.Table:
    """A table, read by pyarrow and checked by it."""
    read = pa.table(getattr(joulebook.open(path), name)(**arguments))
    read.validate(full=True)
    return read


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows; times as nanoseconds, which datetime cannot hold; NaN, which equals nothing, as a
    text."""
    fields = [
        pa.field(field.name, pa.int64()) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return [
        {name: "NaN" if value != value else value for name, value in row.items()}
        for row in table.cast(pa.schema(fields)).to_pylist()
    ]


def export(path: Path, *arguments: str, status: int = 0) -> bytes:
    """What `joulebook export` writes."""
    result = subprocess.run(
        [sys.executable, "-m", "joulebook", "export", str(path), *arguments],
        capture_output=True,
        env=clean_environment(),
    )
    assert result.returncode == status, result.stderr.decode()
    return result.stdout


def exported_lines(path: Path, name: str, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
    output = export(path, "--format", "jsonl", "--table", name, *arguments, status=status)
    return [json.loads(line) for line in output.splitlines()]


def spelt(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as JSON lines spell them."""
    spelling = {math.inf: "Infinity", -math.inf: "-Infinity"}
    times = {field.name for field in table.schema if pa.types.is_timestamp(field.type)}

    def spell(name: str, value: Any) -> Any:
        return spelling.get(value, value) if value is None or name not in times else instant(value)

    return [{name: spell(name, value) for name, value in row.items()} for row in rows(table)]


def instant(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_export_writes(book: Path, name: str) -> None:
    read = table(book, name)
    assert read.num_rows > 0
    assert spelt(read) == exported_lines(book, name)
    with pa.ipc.open_stream(export(book, "--format", "arrow", "--table", name)) as stream:
        written = stream.read_all()
    assert read.schema == written.schema
    assert rows(read) == rows(written)
    text = export(book, "--format", "csv", "--table", name).decode()
    fields = list(csv.reader(io.StringIO(text, newline="")))
    assert fields[0] == read.column_names
    for row, line in zip(rows(read), fields[1:], strict=True):
        missing = [value is None for value in row.values()]
        assert [field == "" for field in line] == missing or name == "runs"


def test_types_are_those_that_the_tables_promise(book: Path) -> None:
    schema = table(book, "steps").schema
    assert schema.field("time").type == pa.timestamp("ns", "UTC")
    assert schema.field("run_id").type == pa.utf8()
    assert schema.field("step").type == pa.int64()
    assert schema.field("loss").type == pa.float64()
    for name in TABLES:
        lazy = getattr(joulebook.open(book), name)()
        assert pa.schema(lazy) == pa.table(lazy).schema
        assert name in repr(lazy) and str(book) in repr(lazy)


def test_missing_is_null_and_never_zero(book: Path) -> None:
    steps = table(book, "steps")
    for row in steps.to_pylist():
        assert (row["loss"] is None) == (row['odd, "name"'] is not None)
        assert row["rank"] is None
    assert steps["accuracy"].null_count == steps.num_rows - 15
    zeros = [value for value in steps["accuracy"].to_pylist() if value is not None]
    assert all(math.copysign(1, value) == -1 for value in zeros)
    assert table(book, "epochs")["metrics.epoch"].to_pylist() == [9.0] * 6


def test_the_pure_python_reader_finds_the_same_rows(book: Path) -> None:
    for path in sorted(book.rglob("*.joule")):
        ledger = reader.read(path)
        run_id = ledger.records[0]["record"]["run_id"]
        for name, renamed in {
            "epochs": {"started": "started", "epoch": "epoch", "duration": "duration_s"},
            "steps": {"step": "step", "time": "time", "loss": "loss"},
            "telemetry": {"time": "time", "energy": "energy_j", "power": "power_w"},
        }.items():
            read = rows(table(path, name))
            columns = ledger.tables.get(name)
            if columns is None:
                assert not read
                continue
            assert {row["run_id"] for row in read} <= {run_id}
            for theirs, ours in renamed.items():
                values = ["NaN" if value != value else value for value in columns[theirs].values]
                assert [row[ours] for row in read] == values
    devices = table(book, "telemetry")["device"].to_pylist()
    assert devices == ["cpu:0"] * 100 + ["cpu:0/core"] * 100


def test_polars_takes_it_as_it_is(book: Path) -> None:
    import polars

    opened = joulebook.open(book)
    for name in TABLES:
        lazy = getattr(opened, name)()
        frame = polars.DataFrame(lazy)
        assert rows(frame.to_arrow().cast(pa.schema(lazy))) == rows(pa.table(lazy))
    frame = polars.DataFrame(opened.steps())
    assert frame.schema["time"] == polars.Datetime("ns", "UTC")
    assert frame.filter(polars.col("run_id").str.len_bytes() > 0).height == 60


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pandas 3 needs Python 3.11")
def test_pandas_takes_it_as_it_is(book: Path) -> None:
    import pandas

    opened = joulebook.open(book)
    for name in TABLES:
        lazy = getattr(opened, name)()
        frame = pandas.DataFrame.from_arrow(lazy)
        assert list(frame.columns) == pa.table(lazy).column_names
        assert len(frame) == pa.table(lazy).num_rows
    frame = pandas.DataFrame.from_arrow(opened.epochs())
    assert str(frame["started"].dt.tz) == "UTC"
    assert frame.groupby("run_id")["loss"].max().tolist() == [1.0, 1.0]
    assert frame["accuracy"].isna().sum() == 3


def test_duckdb_takes_it_as_it_is(book: Path) -> None:
    import duckdb

    opened = joulebook.open(book)
    for name in TABLES:
        lazy = getattr(opened, name)()
        (count,) = duckdb.sql("SELECT count(*) FROM lazy").fetchall()[0]
        assert count == pa.table(lazy).num_rows
    # DuckDB finds them by their names.
    steps, epochs = opened.steps(), opened.epochs()  # noqa: F841
    joined = duckdb.sql(
        "SELECT e.run_id, count(s.loss), max(e.energy_j) FROM steps s JOIN epochs e "
        "ON s.run_id = e.run_id AND s.time >= e.started GROUP BY e.run_id"
    ).fetchall()
    assert len(joined) == 2
    assert duckdb.sql("SELECT count(*) FROM steps WHERE accuracy IS NULL").fetchall() == [(45,)]
    # A reader that wants few rows stops early.
    assert len(duckdb.sql("SELECT * FROM steps LIMIT 2").fetchall()) == 2


def test_a_table_is_read_anew_each_time(book: Path) -> None:
    lazy = joulebook.open(book).steps()
    assert pa.table(lazy).equals(pa.table(lazy)) or rows(pa.table(lazy)) == rows(pa.table(lazy))
    with joulebook.start("later", dir=book) as run:
        run.log(step=77, loss=1.0)
    assert pa.table(lazy)["step"].to_pylist().count(77) == 1


def test_columns_and_conditions_choose(book: Path) -> None:
    chosen = table(book, "steps", columns=["loss", "step"], where=["loss>=0.25", "step>0"])
    assert chosen.column_names == ["loss", "step"]
    assert (
        chosen.to_pylist()
        == [
            {"loss": 0.5, "step": 1},
            {"loss": 1 / 3, "step": 2},
        ]
        * 6
    )
    assert table(book, "steps", columns="loss").column_names == ["loss"]
    ids = table(book, "runs", where="project=book")["run_id"].to_pylist()
    assert set(table(book, "epochs", run=ids[1])["run_id"].to_pylist()) == {ids[1]}
    assert table(book, "epochs", run=ids[0][:12]).num_rows == 3
    same = table(book, "epochs", where=f"run_id={ids[0]}")
    assert rows(same) == rows(table(book, "epochs", run=ids[0]))


def test_a_time_can_be_written_in_every_way(book: Path) -> None:
    import pandas

    steps = rows(table(book, "steps"))
    times = sorted(row["time"] for row in steps)
    since, until = times[10], times[40]
    expected = [row for row in steps if since <= row["time"] < until]
    ways: list[tuple[Any, Any]] = [
        (since, until),
        (instant(since), instant(until)),
        (pandas.Timestamp(since, tz="UTC"), pandas.Timestamp(until, tz="Asia/Tokyo")),
    ]
    for first, last in ways:
        assert rows(table(book, "steps", since=first, until=last)) == expected
    where = [f"time>={instant(since)}", f"time<{until}"]
    assert rows(table(book, "steps", where=where)) == expected
    assert exported_lines(
        book, "steps", "--where", where[0], "--where", where[1]
    ) == exported_lines(book, "steps", "--since", instant(since), "--until", instant(until))
    # Without nanoseconds the day, the zone and microseconds still count.
    zone = timezone(timedelta(hours=9))
    moment = datetime.fromtimestamp(since // 10**9, tz=zone)
    cut = since // 10**9 * 10**9
    assert rows(table(book, "steps", until=moment)) == [r for r in steps if r["time"] < cut]
    assert table(book, "steps", since=date(2200, 1, 1)).num_rows == 0
    assert table(book, "steps", since=date(2020, 1, 1)).num_rows == len(steps)
    with pytest.raises(ValueError, match="time zone"):
        joulebook.open(book).steps(since=datetime(2026, 1, 1))
    with pytest.raises(TypeError):
        joulebook.open(book).steps(since=1.5)  # type: ignore[arg-type]


def test_what_is_not_there_is_told(book: Path, tmp_path: Path) -> None:
    opened = joulebook.open(book)
    for wrong, message in [
        (opened.steps(columns=["lass"]), "no column 'lass'.*loss"),
        (opened.steps(where="loss"), "no condition"),
        (opened.steps(where="step>many"), "whole number"),
        (opened.steps(since="yesterday"), "2026-03-02T10:15:00"),
        (opened.steps(run="nobody"), "no run id begins with 'nobody'"),
    ]:
        with pytest.raises(ValueError, match=message):
            pa.table(wrong)
        with pytest.raises(ValueError, match=message):
            pa.schema(wrong)
    with pytest.raises(FileNotFoundError):
        joulebook.open(tmp_path / "nowhere")
    (tmp_path / "notes.joule").write_text("no ledger at all")
    with pytest.raises(OSError, match="not a ledger"):
        joulebook.open(tmp_path / "notes.joule")
    (tmp_path / "empty").mkdir()
    with pytest.warns(joulebook.LedgerWarning, match="holds no ledger"):
        opened = joulebook.open(tmp_path / "empty")
    assert pa.table(opened.epochs()).num_rows == 0


def test_the_directory_is_where_runs_are_recorded(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOULEBOOK_DIR", str(book))
    assert pa.table(joulebook.open().runs()).num_rows == 3


def test_damage_is_warned_of_and_what_checks_out_is_given(book: Path) -> None:
    def values(table: pa.Table) -> list[dict[str, Any]]:
        # The record with the run's id may be what is damaged.
        return rows(table.drop_columns("run_id"))

    whole = values(table(book, "steps"))
    ledger = sorted(book.rglob("*.joule"))[0]
    lines = ledger.read_bytes()
    spoilt = 0
    for place in range(100, len(lines), len(lines) // 23):
        ledger.write_bytes(lines[:place] + bytes([lines[place] ^ 0x10]) + lines[place + 1 :])
        status = 1 if export_status(book) else 0
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = values(table(book, "steps"))
            for _ in range(100):
                pass
        told = [item for item in said if item.category is joulebook.LedgerWarning]
        assert len(told) == status, place
        if told:
            spoilt += 1
            assert str(ledger) in str(told[0].message)
        assert [row for row in found if row in whole] == found
    assert spoilt > 5


def export_status(path: Path) -> int:
    command = [sys.executable, "-m", "joulebook", "export", str(path), "--table", "steps"]
    return subprocess.run([*command, "--format", "csv"], capture_output=True).returncode


def test_a_warning_may_be_an_error(book: Path, script: Script) -> None:
    (book / "notes.joule").write_text("no ledger")
    result = script(
        """
        import sys, warnings, joulebook, pyarrow
        warnings.simplefilter("error", joulebook.LedgerWarning)
        try:
            pyarrow.table(joulebook.open(sys.argv[1]).steps())
            for _ in range(1000): pass
        except joulebook.LedgerWarning as warning:
            print("caught", warning)
        """,
        str(book),
    )
    assert "caught" in result.stdout and "notes.joule" in result.stdout


@pytest.mark.parametrize("path", sorted(VECTORS.rglob("*.joule")), ids=lambda path: path.stem)
def test_a_vector_gives_what_export_gives_of_it(path: Path) -> None:
    for name in ("steps",) if path.parent.name == "bad" else ("epochs", "steps"):
        arguments = ["--format", "jsonl", "--table", name]
        result = subprocess.run(
            [sys.executable, "-m", "joulebook", "export", str(path), *arguments],
            capture_output=True,
        )
        if result.returncode > 1:
            with pytest.raises(OSError, match=path.stem):
                table(path, name)
            continue
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = table(path, name)
            for _ in range(100):
                pass
        assert len(said) == result.returncode
        assert spelt(found) == [json.loads(line) for line in result.stdout.splitlines()]


def test_a_hostile_ledger_is_refused_or_read(tmp_path: Path) -> None:
    forged = Forge().schema(2, 3, *[(2, "loss"), (2, "loss"), (2, "a\0b")])
    forged.meta('{"run":0,"set":{"run_id":"forged"}}')
    columns = {place: numbers([place, place]) for place in range(6)}
    forged.data(2, 2, columns)
    path = tmp_path / "forged.joule"
    path.write_bytes(forged.bytes)
    names = table(path, "steps").column_names
    assert names[-3:] == ["loss", "loss.2", "a\ufffdb"]
    assert table(path, "steps").num_rows == 2


def test_many_rows_of_many_columns_in_few_bytes_take_little_memory(
    tmp_path: Path, script: Script
) -> None:
    forged = Forge().schema(2, 3, *[(2, f"metric {number}") for number in range(4000)])
    forged.meta('{"run":0,"set":{"run_id":"forged"}}')
    count = 1 << 18
    forged.data(2, count, {0: numbers([0] * count)})
    path = tmp_path / "forged.joule"
    path.write_bytes(forged.bytes)
    result = script(
        """
        import resource, sys, joulebook, pyarrow as pa
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        before = peak()
        stream = pa.RecordBatchReader.from_stream(joulebook.open(sys.argv[1]).steps())
        rows = 0
        for number, batch in enumerate(stream):
            rows += batch.num_rows
            assert batch.column("metric 7").null_count == batch.num_rows
            if number == 20:
                break
        assert rows > 20_000
        print(peak() - before)
        """,
        str(path),
    )
    # All of the table takes 8 GiB.
    assert int(result.stdout) < 256 << 20


def test_segments_are_one_ledger(tmp_path: Path) -> None:
    chain = tmp_path / "chain"
    chain.mkdir()
    for path in VECTORS.glob("segments.*"):
        if ".joule" in path.suffixes:
            shutil.copy(path, chain)
    assert len(list(chain.glob("*.joule"))) > 1
    found = [rows(table(chain, name)) for name in TABLES]
    assert any(found)
    assert found == [rows(table(chain / "segments.joule", name)) for name in TABLES]
    assert [spelt(table(chain, name)) for name in TABLES] == [
        exported_lines(chain, name) for name in TABLES
    ]


def test_packs_give_what_their_ledgers_give(book: Path, tmp_path: Path) -> None:
    pack = tmp_path / "all.joule"
    subprocess.run(
        [sys.executable, "-m", "joulebook", "pack", str(book), "-o", str(pack)], check=True
    )
    for name in TABLES:
        assert rows(table(pack, name)) == rows(table(book, name))
    shutil.copy(pack, book)
    assert rows(table(book, "steps")) == rows(table(pack, "steps"))


def test_a_live_ledger_is_read_while_it_is_written(tmp_path: Path) -> None:
    with joulebook.start("live", dir=tmp_path / "live") as run:
        lazy = joulebook.open(tmp_path / "live").steps(columns=["step", "loss"])
        seen = 0
        for round in range(20):
            for step in range(500):
                run.log(step=500 * round + step, loss=float(step))
            found = pa.table(lazy)
            assert found["step"].to_pylist() == list(range(found.num_rows))
            assert found.num_rows == 500 * (round + 1)
            seen = found.num_rows
        assert seen == 10_000


def test_another_process_writes_while_this_one_reads(tmp_path: Path) -> None:
    # Fewer rows than the ring holds, so that none is lost however busy the machine is.
    source = (
        "import joulebook, time\n"
        "with joulebook.start('live', dir='live', quiet=True) as run:\n"
        "    for step in range(60_000):\n"
        "        run.log(step=step, loss=step / 8)\n"
        "        if step == 0: print('begun', flush=True)\n"
        "        if step % 600 == 0: time.sleep(0.02)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
    )
    assert writer.stdout and writer.stdout.readline() == b"begun\n"
    counts = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        while writer.poll() is None:
            found = table(tmp_path / "live", "steps", columns=["step", "loss"])
            steps = found["step"].to_pylist()
            assert steps == list(range(len(steps)))
            counts.append(len(steps))
    assert writer.returncode == 0
    assert counts == sorted(counts)
    assert table(tmp_path / "live", "steps").num_rows == 60_000
    assert len(set(counts)) > 3


def test_many_threads_read_at_once(book: Path) -> None:
    expected = rows(table(book, "telemetry"))
    found: list[list[dict[str, Any]]] = []

    def read() -> None:
        for _ in range(5):
            found.append(rows(table(book, "telemetry")))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 30


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_nothing_is_leaked_by_streams_that_are_not_read_to_their_end(tmp_path: Path) -> None:
    with joulebook.start("leak", dir=tmp_path / "b", env={"note": "x" * 20_000}) as run:
        for step in range(100_000):
            run.log(step=step, loss=step / 8)
    lazy = joulebook.open(tmp_path / "b").steps()

    def some(rounds: int) -> None:
        for _ in range(rounds):
            # Never consumed; taken and dropped; read in part, with columns that outlive the stream.
            lazy.__arrow_c_stream__()
            lazy.__arrow_c_schema__()
            pa.RecordBatchReader.from_stream(lazy)
            batches = pa.RecordBatchReader.from_stream(lazy)
            column = batches.read_next_batch().column("step")
            batches.close()
            assert column[1].as_py() == 1
        gc.collect()

    some(40)
    pa.table(lazy)
    before, files = resident(), len(os.listdir("/proc/self/fd"))
    some(200)
    assert len(os.listdir("/proc/self/fd")) == files
    assert resident() - before < 32 << 20


def test_memory_does_not_grow_with_rows(tmp_path: Path, script: Script) -> None:
    for number in range(20):
        with joulebook.start("rows", dir=tmp_path / f"{number == 0}") as run:
            for step in range(50_000):
                run.log(step=step, loss=step / 8)
    result = script(
        """
        import resource, joulebook, pyarrow as pa
        def peak_after_reading(path):
            stream = pa.RecordBatchReader.from_stream(joulebook.open(path).steps())
            rows = sum(batch.num_rows for batch in stream)
            return rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        few, before = peak_after_reading("True")
        many, after = peak_after_reading("False")
        assert (few, many) == (50_000, 950_000)
        print(after - before)
        """
    )
    # As a table the rows take 60 MiB.
    assert int(result.stdout) < 16 << 20


def bytes_read() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def test_a_part_is_read_without_the_rest(tmp_path: Path) -> None:
    generator = random.Random(5)
    # Ends of epochs wait for the disk, so that blocks are written meanwhile.
    with joulebook.start("part", dir=tmp_path / "b", durability="epoch") as run:
        for epoch in run.epochs(30):
            for _ in range(2_000):
                run.log(loss=generator.random(), norm=generator.random())
            epoch.log(loss=1.0)
    opened = joulebook.open(tmp_path / "b")
    times = [row["time"] for row in rows(pa.table(opened.steps(columns="time")))]
    middle = times[len(times) // 2]

    def taken(**arguments: Any) -> tuple[pa.Table, int]:
        before = bytes_read()
        return pa.table(opened.steps(**arguments)), bytes_read() - before

    everything, all_bytes = taken()
    some, few_bytes = taken(since=middle, until=middle + 1_000_000)
    chosen = [time for time in times if middle <= time < middle + 1_000_000]
    assert everything.num_rows == len(times) and some.num_rows == len(chosen)
    assert 0 < len(chosen) < 5_000
    # Each time, the ends of the ledger, 64 KiB, are read twice: for its columns and for its rows.
    assert few_bytes - 2 * 65536 < (all_bytes - 2 * 65536) / 4


def test_the_capsules_are_those_of_the_interface(book: Path) -> None:
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    lazy = joulebook.open(book).steps()
    assert name(lazy.__arrow_c_stream__()) == b"arrow_array_stream"
    assert name(lazy.__arrow_c_stream__(requested_schema=None)) == b"arrow_array_stream"
    assert name(lazy.__arrow_c_schema__()) == b"arrow_schema"


def test_without_the_native_library_the_error_says_what_remains(tmp_path: Path, book: Path) -> None:
    package = Path(joulebook.__file__).parent
    copy = tmp_path / "bare" / "joulebook"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    source = (
        "import sys, joulebook\n"
        "from joulebook import reader\n"
        "assert reader.read(sys.argv[1]).state == 'clean'\n"
        "try: joulebook.open(sys.argv[1])\n"
        "except ImportError as error: print(error)\n"
    )
    ledger = sorted(book.rglob("*.joule"))[0]
    result = subprocess.run(
        [sys.executable, "-c", source, str(ledger)],
        env=clean_environment(PYTHONPATH=str(copy.parent)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "joulebook.reader" in result.stdout and "native library" in result.stdout


def test_nothing_but_the_standard_library_is_imported(book: Path) -> None:
    source = (
        "import sys; before = set(sys.modules); import joulebook; "
        "joulebook.open(sys.argv[1]).steps().__arrow_c_stream__(); "
        "print(*(set(sys.modules) - before))"
    )
    output = subprocess.run(
        [sys.executable, "-c", source, str(book)], capture_output=True, text=True, check=True
    ).stdout
    foreign = {name.partition(".")[0] for name in output.split()} - set(sys.stdlib_module_names)
    assert foreign == {"joulebook"}
