"""What commands say of ledgers that are damaged, and of what is no ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import records
from conftest import Command, command_path
from test_command_line import ledger_of, one_line


@pytest.fixture
def nameless(joulebook: Command, tmp_path: Path) -> Path:
    """A ledger whose first block, the record of its run, is damaged."""
    source = records.write(tmp_path / "r.jsonl", [records.FIRST])
    joulebook("import", "records", source, "--into", "runs")
    path = ledger_of(tmp_path / "runs")
    spoil(path, 64 + 48 + 3)
    return path


def spoil(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)


# The record


@pytest.mark.parametrize("is_directory", [False, True])
@pytest.mark.parametrize(
    ("command", "arguments", "status"),
    [
        ("show", [], 65),
        ("tag", ["word"], 65),
        ("note", ["text"], 65),
        ("select", ["--metric", "loss", "--lower"], 65),
        ("ls", [], 0),
    ],
)
def test_a_damaged_record_is_told_with_what_is_left_and_how_to_save_it(
    joulebook: Command,
    nameless: Path,
    command: str,
    arguments: list[str],
    status: int,
    is_directory: bool,
) -> None:
    path = nameless.parent if is_directory else nameless
    result = joulebook(command, path, *arguments, status=status)
    assert one_line(result.stderr)
    assert "the record of its run is damaged" in result.stderr
    assert f"5 epochs and 0 steps can still be read: joulebook recover {nameless} -o" in (
        result.stderr
    )
    assert "no runs in" not in result.stdout


def test_tail_says_the_same_of_a_damaged_record(joulebook: Command, nameless: Path) -> None:
    for path, status in ((nameless, 1), (nameless.parent, 65)):
        result = joulebook("tail", path, status=status)
        assert one_line(result.stderr)
        assert "the record of its run is damaged; 5 epochs" in result.stderr
        assert f"joulebook recover {nameless} -o NEW" in result.stderr


def test_what_is_said_to_save_the_rows_saves_them(joulebook: Command, nameless: Path) -> None:
    joulebook("recover", nameless, "-o", "saved.joule", status=1)
    shown = joulebook.json("run", "show", "saved.joule", "--json")
    assert [epoch["metrics"] for epoch in shown["epochs"]] == [
        epoch["metrics"] for epoch in records.FIRST["epochs"]
    ]


@pytest.mark.parametrize("command", ["show", "tail", "tag", "note"])
def test_an_empty_directory_holds_no_run(joulebook: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "none").mkdir()
    words = ["word"] if command in ("tag", "note") else []
    result = joulebook(command, "none", *words, status=65)
    assert one_line(result.stderr) and "none: holds no run" in result.stderr


# One line for each file


def test_a_file_is_complained_of_once_whatever_is_wrong_with_it(
    joulebook: Command, tmp_path: Path
) -> None:
    source = records.write(tmp_path / "r.jsonl", records.ALL)
    joulebook("import", "records", source, "--into", "runs")
    bad = tmp_path / "runs" / "bad.joule"
    source = records.write(tmp_path / "s.jsonl", [{**records.FIRST, "run_id": "elsewhere"}])
    joulebook("import", "records", source, "--into", "more")
    ledger_of(tmp_path / "more").rename(bad)
    # Each close behind the damage is another thing that does not fit.
    for word in ("a", "b", "c"):
        joulebook("tag", bad, word)
    spoil(bad, 64 + 48 + 3)
    (tmp_path / "runs" / "text.joule").write_text("text")
    found = joulebook.json("verify", "verify", bad, "--json", status=2)["files"][0]["problems"]
    assert len(found) > 3
    commands = [
        ["ls", "runs"],
        ["show", "runs", "--run", "first"],
        ["audit", "runs"],
        ["lifecycle", "runs"],
        ["export", "runs", "--format", "csv", "--table", "epochs"],
    ]
    for command in commands:
        lines = joulebook(*command, status=None).stderr.splitlines()
        of_bad = [line for line in lines if "bad.joule" in line]
        of_text = [line for line in lines if "text.joule" in line]
        assert len(of_bad) == 1, command
        # An export sees only what it reads.
        assert command[0] == "export" or "more, joulebook verify --json lists them" in of_bad[0]
        assert "at byte 0" not in of_bad[0]
        assert of_text == [
            "joulebook: runs/text.joule: not a ledger (a .joule file begins with the bytes"
            " 89 4A 42 4B)"
        ]


# Directories and other files where a ledger is wanted


@pytest.mark.parametrize(
    ("arguments", "status", "advice"),
    [
        (["recover", "runs", "-o", "new"], 2, "name one ledger in it"),
        (["redact", "runs", "--path", "config", "-o", "new"], 65, "name one ledger in it"),
        (["prove", "runs"], 65, "name one ledger in it"),
        (["seal", "runs", "--key", "a.key"], 65, "name the ledgers in it, such as runs/*/*.joule"),
        (["verify", "runs"], 2, "name the ledgers in it, such as runs/*/*.joule"),
    ],
)
def test_a_directory_is_refused_with_what_to_name(
    joulebook: Command, tmp_path: Path, arguments: list[str], status: int, advice: str
) -> None:
    (tmp_path / "runs").mkdir()
    joulebook("keygen", "example.org/alice", "-o", "a.key")
    result = joulebook(*arguments, status=status)
    assert result.stderr == f"joulebook: runs: is a directory; {advice}\n"


def test_what_is_no_ledger_is_not_packed_alone(joulebook: Command, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    text = folder / "text.joule"
    text.write_text("text")
    for path in (text, folder):
        result = joulebook("pack", path, "-o", "pack.joule", status=65)
        assert one_line(result.stderr) and f"{path}: nothing to pack" in result.stderr
        assert not (tmp_path / "pack.joule").exists()
    source = records.write(tmp_path / "r.jsonl", [records.FIRST])
    joulebook("import", "records", source, "--into", folder)
    result = joulebook("pack", folder, "-o", "pack.joule")
    assert "text.joule: packed as it is: not a ledger" in result.stderr


# The ring


def test_a_killed_run_without_its_ring_is_not_called_whole(
    joulebook: Command, tmp_path: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    process = subprocess.Popen(
        [command_path(), "run", "--", "sleep", "60"],
        cwd=tmp_path,
        env={**environment, "JOULEBOOK_DIR": str(tmp_path / "runs")},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "runs").rglob("*.joule.ring")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    path = ledger_of(tmp_path / "runs")
    whole = joulebook.json("verify", "verify", path, "--json", status=1)["files"][0]
    assert whole["state"] == "torn" and "ring_missing" not in whole
    assert "nothing was lost" in joulebook("recover", path, "-o", "whole.joule").stdout

    alone = tmp_path / "alone.joule"
    alone.write_bytes(path.read_bytes())
    said = joulebook("recover", alone, "-o", "less.joule", status=1).stdout
    assert f"rows since the last one may be lost: {alone}.ring is not here" in said
    assert "its ring is not here" in " ".join(joulebook("show", alone).stdout.split())
    assert "its ring is not here" in joulebook("verify", alone, status=1).stdout
    for schema, command in (("run", "show"), ("verify", "verify")):
        document = joulebook.json(schema, command, alone, "--json", status=None)
        found = document["integrity"] if command == "show" else document["files"][0]
        assert found["ring_missing"] is True
    # Once it is closed only the record can tell.
    joulebook("note", alone, "found on another machine")
    verified = joulebook.json("verify", "verify", alone, "--json", status=1)
    assert verified["files"][0]["state"] == "clean"
    shown = " ".join(joulebook("show", alone).stdout.split())
    assert "rows since its last block may be missing" in shown
