"""`joulebook tail`: every row of a live ledger once, whatever becomes of its writer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command, command_path, validate

WRITER = """
import sys, time
import joulebook

epochs, steps, pause = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
options = {"dir": "book", "quiet": True, "on_duplicate": "ignore"}
with joulebook.start("digits", config={"lr": 0.1}, **options) as run:
    print(run.path, flush=True)
    for epoch in run.epochs(epochs):
        for number in range(steps):
            run.log(step=(epoch.number - 1) * steps + number, loss=1 / (number + 1))
            if pause and number % 50 == 0:
                time.sleep(pause)
        epoch.log(loss=1 / epoch.number)
    if len(sys.argv) > 4:
        time.sleep(float(sys.argv[4]))
"""


class Writer:
    """A training program at work, and the ledger that it writes."""

    def __init__(self, directory: Path, *arguments: object) -> None:
        (directory / "train.py").write_text(WRITER)
        self.process = subprocess.Popen(
            [sys.executable, "train.py", *map(str, arguments)],
            cwd=directory,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.path = self.process.stdout.readline().strip()
        assert self.path


@pytest.fixture
def writers() -> Iterator[list[Writer]]:
    """Programs that end with the test."""
    started: list[Writer] = []
    yield started
    for writer in started:
        writer.process.kill()
        writer.process.wait()


def tailing(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [command_path(), "tail", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(text: str) -> dict[str, list[dict[str, Any]]]:
    """JSON lines by kind, each as the schema says."""
    found: dict[str, list[dict[str, Any]]] = {"run": [], "epoch": [], "step": [], "end": []}
    for line in text.splitlines():
        document = json.loads(line)
        validate("tail", document)
        found[document["kind"]].append(document)
    return found


def exported(joulebook: Command, path: object, table: str) -> list[dict[str, Any]]:
    output = joulebook("export", path, "--format", "jsonl", "--table", table).stdout
    return [json.loads(line) for line in output.splitlines()]


def expect_every_row_once(joulebook: Command, found: dict[str, list[Any]], path: object) -> None:
    """That the steps and epochs of a tail are those of `export`."""
    steps = exported(joulebook, path, "steps")
    assert [row["step"] for row in found["step"]] == [row["step"] for row in steps]
    assert [row["metrics"]["loss"] for row in found["step"]] == [row["loss"] for row in steps]
    epochs = exported(joulebook, path, "epochs")
    assert [row["index"] for row in found["epoch"]] == [row["index"] for row in epochs]
    assert [row["metrics"].get("loss") for row in found["epoch"]] == [
        row.get("loss") for row in epochs
    ]
    for row, epoch in zip(found["epoch"], epochs, strict=True):
        assert row["energy"]["total_j"] == epoch["energy_j"], "missing is null, never zero"
    (end,) = found["end"]
    assert sum(run["epochs"] for run in end["runs"]) == len(epochs)
    assert sum(run["steps"] for run in end["runs"]) == len(steps)


def test_a_live_run_is_followed_to_its_end(
    joulebook: Command, tmp_path: Path, writers: list[Writer]
) -> None:
    writer = Writer(tmp_path, 5, 200, 0.02)
    writers.append(writer)
    tail = tailing(writer.path, "--steps", "--json")
    output, complaints = tail.communicate(timeout=60)
    assert tail.returncode == 0 and complaints == ""
    assert writer.process.wait(10) == 0
    found = lines(output)
    assert found["end"][0]["state"] == "clean"
    assert found["end"][0]["runs"][0]["status"] == "finished"
    expect_every_row_once(joulebook, found, writer.path)
    # In the order of logging: an epoch behind its own steps and before those of the next.
    seen = 0
    for row in map(json.loads, output.splitlines()):
        seen += row["kind"] == "step"
        if row["kind"] == "epoch":
            assert seen == 200 * row["epoch"]


def test_many_rows_run_around_the_ring(
    joulebook: Command, tmp_path: Path, writers: list[Writer]
) -> None:
    writer = Writer(tmp_path, 4, 60_000, 0.0001)
    writers.append(writer)
    tail = tailing(writer.path, "--steps", "--json")
    output, _ = tail.communicate(timeout=120)
    assert tail.returncode == 0
    rows = [json.loads(line) for line in output.splitlines()]
    kinds = ("step", "epoch", "end")
    found = {kind: [row for row in rows if row["kind"] == kind] for kind in kinds}
    print("steps followed:", len(found["step"]))
    expect_every_row_once(joulebook, found, writer.path)


def test_rows_appear_while_the_run_lives(tmp_path: Path, writers: list[Writer]) -> None:
    writer = Writer(tmp_path, 2, 3, 0, 30)
    writers.append(writer)
    tail = tailing(writer.path)
    assert tail.stdout is not None
    heading = tail.stdout.readline()
    assert "digits" in heading and "run " in heading
    text = tail.stdout.readline() + tail.stdout.readline()
    if text.startswith("≈"):
        text += tail.stdout.readline()
    assert "epoch 1" in text and "epoch 2" in text
    assert writer.process.poll() is None, "the run still lives"
    tail.send_signal(signal.SIGINT)
    assert tail.wait(10) in (-signal.SIGINT, 0, 130)


def test_a_killed_writer_is_told_and_nothing_acknowledged_is_missing(
    joulebook: Command, tmp_path: Path, writers: list[Writer]
) -> None:
    writer = Writer(tmp_path, 3, 100, 0, 60)
    writers.append(writer)
    tail = tailing(writer.path, "--steps", "--json")
    time.sleep(1)
    writer.process.send_signal(signal.SIGKILL)
    writer.process.wait()
    output, _ = tail.communicate(timeout=30)
    assert tail.returncode == 1
    found = lines(output)
    assert found["end"][0]["state"] == "torn"
    assert found["end"][0]["runs"][0]["status"] == "killed"
    assert len(found["step"]) == 300
    expect_every_row_once(joulebook, found, writer.path)
    text = joulebook("tail", writer.path, status=1).stdout
    assert "its writer is gone" in text and "killed: 3 epochs" in text
    # Whoever appends to it makes blocks of the ring; the rows stay the same.
    joulebook("tag", writer.path, "saved")
    again = lines(joulebook("tail", writer.path, "--steps", "--json").stdout)
    for kind in ("step", "epoch"):
        assert again[kind] == found[kind]
    assert again["end"][0]["state"] == "clean"
    expect_every_row_once(joulebook, again, writer.path)


def test_the_newest_run_of_a_directory_is_followed(
    joulebook: Command, tmp_path: Path, writers: list[Writer]
) -> None:
    records.write(tmp_path / "old.jsonl", records.ALL)
    joulebook("import", "records", "old.jsonl", "--into", "book")
    writer = Writer(tmp_path, 2, 1, 0)
    writers.append(writer)
    writer.process.wait()
    (run,) = lines(joulebook("tail", "book", "--json").stdout)["run"]
    assert run["path"].endswith(Path(writer.path).name)


def test_imported_runs_and_packs_are_printed_and_that_is_the_end(
    joulebook: Command, tmp_path: Path
) -> None:
    records.write(tmp_path / "all.jsonl", records.ALL)
    joulebook("import", "records", "all.jsonl", "--into", "book")
    (ledger,) = (tmp_path / "book").glob("*.joule")
    found = lines(joulebook("tail", ledger, "--steps", "--json").stdout)
    assert [run["run_id"] for run in found["run"]] == [run["run_id"] for run in records.ALL]
    expect_every_row_once(joulebook, found, ledger)
    text = joulebook("tail", ledger).stdout
    assert text.count("epoch ") == 20 and text.count("energy ≈100 J") == 20
    assert "failed: 5 epochs, energy ≈0.139 Wh" in text
    joulebook("run", "--project", "p", "--", "true", env={"JOULEBOOK_DIR": "book"})
    joulebook("pack", "book", "-o", "pack.joule")
    packed = lines(joulebook("tail", "pack.joule", "--json").stdout)
    assert len(packed["end"]) == 2 and len(packed["epoch"]) == 20
    assert all("pack.joule#" in end["path"] for end in packed["end"])


def test_the_last_rows_only(joulebook: Command, tmp_path: Path) -> None:
    records.write(tmp_path / "one.jsonl", [records.FIRST])
    joulebook("import", "records", "one.jsonl", "--into", "book")
    for count, expected in ((0, []), (2, [4, 5]), (2**63 - 1, [1, 2, 3, 4, 5])):
        found = lines(joulebook("tail", "book", "-n", count, "--json").stdout)
        assert [row["epoch"] for row in found["epoch"]] == expected
        assert found["end"][0]["runs"][0]["epochs"] == 5, "all were read"


def test_a_reader_that_goes_away_ends_it_though_nothing_comes(
    tmp_path: Path, writers: list[Writer]
) -> None:
    writer = Writer(tmp_path, 1, 1, 0, 60)
    writers.append(writer)
    tail = tailing(writer.path)
    assert tail.stdout is not None
    tail.stdout.readline()
    tail.stdout.close()
    assert tail.wait(10) == 141
    assert tail.stderr is not None and tail.stderr.read() == ""


@pytest.mark.alone
def test_waiting_costs_next_to_nothing(tmp_path: Path, writers: list[Writer]) -> None:
    writer = Writer(tmp_path, 1, 1, 0, 60)
    writers.append(writer)
    tail = tailing(writer.path, "--steps")

    def spent() -> int:
        fields = Path(f"/proc/{tail.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    time.sleep(2)
    before = spent()
    time.sleep(3)
    ticks = spent() - before
    tail.kill()
    tail.wait()
    share = ticks / os.sysconf("SC_CLK_TCK") / 3
    print(f"waiting takes {share:.2%} of a core")
    assert share < 0.02


def test_what_is_wrong_is_said(joulebook: Command, tmp_path: Path) -> None:
    joulebook("tail", "nowhere", status=74)
    (tmp_path / "text.joule").write_text("no ledger")
    joulebook("tail", "text.joule", status=65)
    (tmp_path / "empty").mkdir()
    joulebook("tail", "empty", status=65)
    joulebook("tail", "text.joule", "-n", "-1", status=64)
    records.write(tmp_path / "one.jsonl", [records.FIRST])
    joulebook("import", "records", "one.jsonl", "--into", "book")
    (ledger,) = (tmp_path / "book").glob("*.joule")
    content = bytearray(ledger.read_bytes())
    content[-100] ^= 1
    ledger.write_bytes(content)
    result = joulebook("tail", ledger, status=1)
    assert "epoch 5" in result.stdout and "damaged" in result.stdout + result.stderr
