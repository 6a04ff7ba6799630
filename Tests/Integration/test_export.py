"""`joulebook export`, read back by pyarrow, csv and json: every bit arrives."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import struct
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Command, command_path
from records import START, record, write

SPECIAL = [
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    0.1,
    1 / 3,
    1e22,
    123456789012345680.0,
    float("inf"),
    float("-inf"),
    float("nan"),
]


def bits(value: float | None) -> bytes | None:
    """The pattern of a number, so that −0 is not 0; every NaN counts as one."""
    if value is None:
        return None
    return struct.pack("<d", math.nan if math.isnan(value) else value)


@pytest.fixture
def ledgers(joulebook: Command) -> Path:
    """Two runs of different metrics, with every number that is easily lost, and hostile names."""
    generator = random.Random(7)
    numbers = SPECIAL + [
        value
        for value in (struct.unpack("<d", generator.randbytes(8))[0] for _ in range(200))
        if math.isfinite(value)
    ]
    one = record("one", at=0, config={"lr": 0.1, "note": 'a "b", c\n'}, seed=1)
    one["epochs"] = [
        {
            "epoch": number,
            "metrics": {"loss": value, 'odd, "name"': float(number), "epoch": 9.0},
            "started": START + number / 8,
            "duration_s": 10.0,
            "energy_j": 100.0,
        }
        for number, value in enumerate(numbers, 1)
    ]
    two = record("=two", at=100, config={"lr": 0.2}, seed=2)
    write(joulebook.directory / "runs.jsonl", [one, two])
    joulebook("import", "records", "runs.jsonl", "--into", "book")
    return joulebook.directory / "book"


def arrow(joulebook: Command, *arguments: object) -> pa.Table:
    """The table of an Arrow stream."""
    joulebook("export", *arguments, "--format", "arrow", "-o", "out.arrows")
    with pa.OSFile(str(joulebook.directory / "out.arrows")) as file:
        table = pa.ipc.open_stream(file).read_all()
    table.validate(full=True)
    return table


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows; times as nanoseconds, which datetime cannot hold."""
    fields = [
        pa.field(field.name, pa.int64()) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)).to_pylist()


def as_csv(joulebook: Command, *arguments: object) -> list[dict[str, str]]:
    """The rows of CSV, as text."""
    joulebook("export", *arguments, "--format", "csv", "-o", "out.csv")
    text = (joulebook.directory / "out.csv").read_bytes().decode()
    assert text.count("\r\n") >= 1
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_lines(joulebook: Command, *arguments: object) -> list[dict[str, Any]]:
    """The objects of JSON lines."""
    output = joulebook("export", *arguments, "--format", "jsonl").stdout
    return [json.loads(line) for line in output.splitlines()]


def test_every_bit_arrives_in_every_format(joulebook: Command, ledgers: Path) -> None:
    table = arrow(joulebook, ledgers)
    rows = rows_of(table)
    text = as_csv(joulebook, ledgers)
    lines = as_lines(joulebook, ledgers)
    assert table.schema.field("started").type == pa.timestamp("ns", "UTC")
    assert len(rows) == len(text) == len(lines)
    expected = {
        (line["run_id"], epoch["epoch"]): epoch["metrics"]
        for line in map(json.loads, Path(ledgers.parent / "runs.jsonl").read_text().splitlines())
        for epoch in line["epochs"]
    }
    assert len(expected) == len(rows)
    for row, fields, line in zip(rows, text, lines, strict=True):
        metrics = expected[row["run_id"], row["epoch"]]
        loss = metrics["loss"]
        assert bits(row["loss"]) == bits(float(loss))
        assert bits(float(fields["loss"])) == bits(float(loss))
        assert bits(float(line["loss"])) == bits(float(loss))
        assert fields["run_id"] == line["run_id"] == row["run_id"]
        assert list(line) == list(fields) == table.column_names
        accuracy = metrics.get("accuracy")
        assert row["accuracy"] == line["accuracy"] == accuracy
        assert fields["accuracy"] == ("" if accuracy is None else repr(accuracy))
        assert row['odd, "name"'] == metrics.get('odd, "name"')
        assert row["metrics.epoch"] == metrics.get("epoch")
        assert row["energy_j"] == 100.0
        time = row["started"]
        if time is None:
            assert fields["started"] == "" and line["started"] is None
        else:
            assert fields["started"] == line["started"]
            seconds, rest = divmod(time, 10**9)
            assert fields["started"].endswith(f".{rest:09}Z")
            assert pa.scalar(seconds, pa.timestamp("s")).as_py().isoformat() in fields["started"]


def test_runs_say_what_they_were(joulebook: Command, ledgers: Path) -> None:
    rows = rows_of(arrow(joulebook, ledgers, "--table", "runs"))
    assert [row["run_id"] for row in rows] == ["one", "=two"]
    assert json.loads(rows[0]["config"]) == {"lr": 0.1, "note": 'a "b", c\n'}
    assert rows[1]["epochs"] == 5 and rows[1]["energy_j"] == 500.0
    assert as_lines(joulebook, ledgers, "--table", "runs")[1]["run_id"] == "=two"


def test_columns_conditions_and_runs_choose(joulebook: Command, ledgers: Path) -> None:
    chosen = arrow(
        joulebook, ledgers, "--columns", "loss,run_id", "--where", "loss>=0", "--where", "epoch<9"
    )
    assert chosen.column_names == ["loss", "run_id"]
    everything = rows_of(arrow(joulebook, ledgers))
    wanted = [row["loss"] for row in everything if row["loss"] is not None and row["epoch"] < 9]
    assert chosen.column("loss").to_pylist() == [value for value in wanted if value >= 0]
    assert set(arrow(joulebook, ledgers, "--run", "=t").column("run_id").to_pylist()) == {"=two"}
    assert arrow(joulebook, ledgers, "--where", "run_id=one", "--where", "epoch=1").num_rows == 1
    assert arrow(joulebook, ledgers, "--where", "accuracy>0", "--run", "one").num_rows == 0
    assert arrow(joulebook, ledgers, "--where", "loss = nan").num_rows == 1
    assert arrow(joulebook, ledgers, "--where", " run_id = o", "--where", "epoch = 1").num_rows == 1
    spaced = arrow(joulebook, ledgers, "--columns", "loss, run_id", "--where", "loss >= 0")
    assert spaced.column_names == ["loss", "run_id"]
    joulebook("export", ledgers, "--format", "csv", "--where", "run_id=zzz", status=65)
    wrong = joulebook("export", ledgers, "--format", "csv", "--where", "lss = 1", status=64)
    assert "no column 'lss'" in wrong.stderr and "nearest are loss, " in wrong.stderr
    assert wrong.stderr.count(",") == 4


def test_energy_names_its_source(joulebook: Command) -> None:
    joulebook("run", "--project", "p", "--", "sleep", "0.2")
    rows = rows_of(arrow(joulebook, "joulebook", "--table", "energy"))
    runs = rows_of(arrow(joulebook, "joulebook", "--table", "runs"))
    for row in rows:
        assert row["window"] in {"run", "epoch", "phase"}
        assert row["provenance"] in {"counter", "integrated_power", "external", "model"}
        assert row["boundary"] in {"device", "it", "facility"}
        assert row["device"] and row["source"] and row["run_id"] == runs[0]["run_id"]
    telemetry = arrow(joulebook, "joulebook", "--table", "telemetry")
    assert telemetry.schema.field("time").type == pa.timestamp("ns", "UTC")
    for name in ("steps", "phases", "epochs"):
        assert arrow(joulebook, "joulebook", "--table", name).num_rows == 0


def test_wrong_usage_is_told(joulebook: Command, ledgers: Path) -> None:
    for arguments in (
        ["--format", "parquet"],
        ["--format", "csv", "--table", "losses"],
        ["--format", "csv", "--columns", "nothing"],
        ["--format", "csv", "--columns", "a,,b"],
        ["--format", "csv", "--where", "loss"],
        ["--format", "csv", "--where", "epoch=one"],
        ["--format", "csv", "--table", "energy", "--since", "2026-01-01"],
        ["--format", "csv", "-o", "."],
    ):
        result = joulebook("export", ledgers, *arguments, status=64)
        assert result.stdout == "" and result.stderr.count("\n") == 1
    joulebook("export", ledgers, "--format", "csv", "--run", "zzz", status=65)
    joulebook("export", "nowhere", "--format", "csv", status=74)


def test_a_damaged_ledger_gives_what_checks_out_and_says_so(
    joulebook: Command, ledgers: Path
) -> None:
    whole = arrow(joulebook, ledgers).num_rows
    ledger = next(ledgers.rglob("*.joule"))
    content = bytearray(ledger.read_bytes())
    content[len(content) // 2] ^= 1
    ledger.write_bytes(content)
    result = joulebook("export", ledgers, "--format", "jsonl", status=1)
    assert "damaged" in result.stderr
    assert len(result.stdout.splitlines()) <= whole


def test_a_file_is_there_only_when_whole(joulebook: Command, ledgers: Path) -> None:
    (joulebook.directory / "out.csv").write_text("before")
    joulebook("export", ledgers, "--format", "csv", "--columns", "x", "-o", "out.csv", status=64)
    assert (joulebook.directory / "out.csv").read_text() == "before"
    joulebook("export", ledgers, "--format", "csv", "-o", "out.csv")
    assert (joulebook.directory / "out.csv").read_text() != "before"
    assert not list(joulebook.directory.glob("*.part"))


def test_a_reader_that_goes_away_ends_it(joulebook: Command, ledgers: Path) -> None:
    process = subprocess.Popen(
        [command_path(), "export", str(ledgers), "--format", "csv"], stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()
    assert process.wait(60) in (0, 141)


def test_a_pack_gives_what_its_ledgers_give_and_copies_count_once(
    joulebook: Command, ledgers: Path
) -> None:
    for number in range(3):
        joulebook("run", "--project", f"p{number}", "--", "true", env={"JOULEBOOK_DIR": "book"})
    joulebook("pack", "book", "-o", "pack.joule")
    for table in ("runs", "epochs", "energy", "telemetry"):
        plain = as_lines(joulebook, "book", "--table", table)
        assert as_lines(joulebook, "pack.joule", "--table", table) == plain
    whole = as_lines(joulebook, "book")
    (joulebook.directory / "book/pack.joule").write_bytes(
        (joulebook.directory / "pack.joule").read_bytes()
    )
    assert len(as_lines(joulebook, "book")) == len(whole)
