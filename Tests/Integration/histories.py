"""What the tests of imported histories share: an import, and its numbers as exports give them."""

from __future__ import annotations

import csv
import io
import shutil
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from conftest import Command

FIXTURES = Path(__file__).parent / "Histories"
# Columns of the tables that hold no metric.
FIXED = {
    "steps": {"run_id", "rank", "step", "time"},
    "epochs": {"run_id", "rank", "index", "epoch", "started", "duration_s", "energy_j"}
    | {"provenance", "boundary", "coverage", "uncertainty_rel"},
}


def bits(value: float) -> bytes:
    """The pattern of a number; every NaN counts as one."""
    return b"nan" if value != value else struct.pack("<d", value)


def bring(joulebook: Command, kind: str, path: object) -> list[Any]:
    """Imports a history into `runs`, twice, and gives the documents of its runs."""
    joulebook("import", kind, path, "--into", "runs")
    (ledger,) = (joulebook.directory / "runs").iterdir()
    before = ledger.read_bytes()
    assert "imported 0 runs" in joulebook("import", kind, path, "--into", "runs").stdout
    assert [file.read_bytes() for file in (joulebook.directory / "runs").iterdir()] == [before]
    names = [run["run_id"] for run in joulebook.json("runs", "ls", "runs", "--json")["runs"]]
    return [joulebook.json("run", "show", ledger, "--run", name, "--json") for name in names]


def import_file(joulebook: Command, kind: str, name: str, content: bytes, status: int = 0) -> Any:
    """Imports a file of this content alone: the document of its run, or why it is refused."""
    path, runs = joulebook.directory / name, joulebook.directory / "runs"
    path.write_bytes(content)
    shutil.rmtree(runs, ignore_errors=True)
    done = joulebook("import", kind, path, "--into", "runs", status=status)
    if status != 0:
        assert done.stderr.count("\n") == 1 and not runs.exists()
        return done.stderr
    return joulebook.json("run", "show", "runs", "--json")


Course = dict[str, list[tuple[int, bytes]]]


def courses(joulebook: Command, table: str = "steps") -> dict[str, Course]:
    """By run and metric the steps and bits, as CSV has them and as Parquet has them."""
    text = joulebook("export", "runs", "--format", "csv", "--table", table).stdout
    place = "step" if table == "steps" else "epoch"
    found: dict[str, Course] = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(io.StringIO(text)):
        for name, cell in row.items():
            if name not in FIXED[table] and cell:
                found[row["run_id"]][name].append((int(row[place]), bits(float(cell))))
    stream = joulebook("export", "runs", "--format", "arrow", "--table", table, text=False).stdout
    path = joulebook.directory / "table.parquet"
    pyarrow.parquet.write_table(pa.ipc.open_stream(stream).read_all(), path)
    again: dict[str, Course] = defaultdict(lambda: defaultdict(list))
    for row in pyarrow.parquet.read_table(path).to_pylist():
        for name, cell in row.items():
            if name not in FIXED[table] and cell is not None:
                again[row["run_id"]][name].append((row[place], bits(cell)))
    assert found == again
    return found
