"""Many ledgers in one file: packing, reading in place, extracting, and taking secrets out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command, command_path

SECRET = "sk-live-0123456789abcdef"


def without_places(document: Any) -> Any:
    """A document without the paths, which differ between a directory and its pack."""
    if isinstance(document, dict):
        return {k: without_places(v) for k, v in document.items() if k not in ("path", "member")}
    return [without_places(item) for item in document] if isinstance(document, list) else document


def content(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_every_reader_gives_of_a_pack_what_it_gives_of_the_directory(
    joulebook: Command, runs: Path, tmp_path: Path
) -> None:
    result = joulebook("pack", runs, "-o", "all.joule")
    assert "4 ledgers, 4 runs" in result.stdout and result.stderr == ""
    (tmp_path / "config.json").write_text(json.dumps(records.FIRST["config"]))
    check = ["--config", "config.json", "--seed", "0", "--json", "--against"]
    for schema, status, command in [
        ("runs", 0, ["ls", "--json"]),
        ("run", 0, ["show", "--run", "first", "--json"]),
        ("audit", 3, ["audit", "--json"]),
        ("lifecycle", 0, ["lifecycle", "--region", "FR", "--json"]),
        ("check", 3, ["check", *check]),
    ]:
        plain = joulebook.json(schema, *command, runs, status=status)
        packed = joulebook.json(schema, *command, "all.joule", status=status)
        assert without_places(packed) == without_places(plain), command
    places = joulebook.json("runs", "ls", "all.joule", "--json")["runs"]
    assert all(run["path"] == "all.joule" for run in places)
    assert {run["member"] for run in places} == set(content(runs))
    # A run that is in a pack and beside it is one run.
    both = tmp_path / "both"
    both.mkdir()
    (tmp_path / "all.joule").rename(both / "all.joule")
    runs.rename(both / "runs")
    assert len(joulebook.json("runs", "ls", both, "--json")["runs"]) == 4


@pytest.mark.parametrize("table", ["runs", "epochs"])
def test_tables_of_a_pack_are_those_of_the_directory(
    joulebook: Command, runs: Path, table: str
) -> None:
    joulebook("pack", runs, "-o", "all.joule")
    command = ["export", "--format", "csv", "--table", table]
    plain = joulebook(*command, runs).stdout
    assert joulebook(*command, "all.joule").stdout == plain
    assert plain.count("\n") == {"runs": 5, "epochs": 21}[table]


def test_extracting_gives_back_every_byte(joulebook: Command, runs: Path, tmp_path: Path) -> None:
    (runs / "broken.joule").write_bytes(b"\x89JBK\r\n\x1a\n and then something else")
    before = content(runs)
    packed = joulebook("pack", runs, "-o", "all.joule")
    assert "broken.joule: packed as it is" in packed.stderr
    joulebook("pack", "--extract", "all.joule", "-o", "back")
    assert content(tmp_path / "back") == before == content(runs)
    # Nothing that is there is written over.
    for command in (["--extract", "all.joule", "-o", "back"], [str(runs), "-o", "all.joule"]):
        again = joulebook("pack", *command, status=74)
        assert again.stderr.count("\n") == 1 and "exists" in again.stderr
    # A copy is stored once, and comes back under both names.
    (runs / "copy.joule").write_bytes(next(iter(before.values())))
    assert "1 more were copies" in joulebook("pack", runs, "-o", "twice.joule").stdout
    joulebook("pack", "--extract", "twice.joule", "-o", "twice")
    assert content(tmp_path / "twice") == content(runs)


def test_a_damaged_ledger_in_a_pack_is_named(
    joulebook: Command, runs: Path, tmp_path: Path
) -> None:
    joulebook("pack", runs, "-o", "all.joule")
    assert "4 closed and intact" in joulebook("verify", "all.joule", status=1).stdout
    name = sorted(content(runs))[2]
    packed = (tmp_path / "all.joule").read_bytes()
    place = packed.index((runs / name).read_bytes()) + 200
    broken = packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]
    (tmp_path / "broken.joule").write_bytes(broken)
    result = joulebook("verify", "broken.joule", status=2)
    assert f"broken.joule#{name}: damaged" in result.stdout
    assert "3 closed and intact" in result.stdout
    members = joulebook.json("verify", "verify", "broken.joule", "--json", status=2)["files"][0]
    assert [member["path"] for member in members["members"] if member["state"] != "clean"] == [name]
    extracted = joulebook("pack", "--extract", "broken.joule", "-o", "back", status=1)
    assert extracted.stderr.count("\n") == 1 and name in extracted.stderr
    # What is whole moves on into a whole pack.
    result = joulebook("recover", "broken.joule", "-o", "saved.joule", status=1)
    assert "every ledger that was found" in result.stdout
    assert "closed" in joulebook("verify", "saved.joule", status=2).stdout
    (tmp_path / "torn.joule").write_bytes(packed[: packed.index((runs / name).read_bytes())])
    joulebook("recover", "torn.joule", "-o", "rest.joule", status=1)
    assert "2 closed and intact" in joulebook("verify", "rest.joule", status=1).stdout


def test_nothing_to_pack_and_no_pack_are_one_line(
    joulebook: Command, runs: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    ledger = next(runs.rglob("*.joule"))
    for command in (["empty", "-o", "out"], ["--extract", ledger, "-o", "out"]):
        result = joulebook("pack", *command, status=65)
        assert result.stderr.count("\n") == 1
    joulebook("pack", runs, status=64)
    joulebook("pack", "missing", "-o", "out", status=74)
    assert not (tmp_path / "out").exists()


def test_a_killed_pack_leaves_nothing(joulebook: Command, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    with (runs / "large.joule").open("wb") as file:
        file.truncate(1 << 30)
    folder = tmp_path / "out"
    folder.mkdir()
    with subprocess.Popen([command_path(), "pack", runs, "-o", folder / "all.joule"]) as process:
        deadline = time.monotonic() + 30
        # Killed while it writes: its file has no name, but its process has it open.
        while process.poll() is None and time.monotonic() < deadline:
            if any(size_of(link) > 1 << 20 for link in links(process.pid)):
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"
    assert list(folder.iterdir()) == []


def links(process: int) -> list[Path]:
    try:
        found = list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return []
    return [link for link in found if "/out/" in target_of(link)]


def target_of(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def size_of(link: Path) -> int:
    try:
        return link.stat().st_size
    except OSError:
        return 0


# Secrets


@pytest.fixture
def leaked(joulebook: Command, tmp_path: Path) -> Path:
    record = records.record("leak-0001", at=0, config={"lr": 0.1, "api_key": SECRET}, seed=0)
    record["argv"] = ["train.py", f"--key={SECRET}"]
    source = records.write(tmp_path / "r.jsonl", [record, records.OTHER])
    joulebook("import", "records", source, "--into", "runs")
    return next((tmp_path / "runs").rglob("*.joule"))


def test_redact_takes_a_secret_out_and_says_what_it_did(
    joulebook: Command, leaked: Path, tmp_path: Path
) -> None:
    before = leaked.read_bytes()
    half = joulebook("redact", leaked, "--path", "config.api_key", "-o", "half.joule", status=1)
    assert "a removed value still stands at argv.1" in half.stderr
    paths = ["--path", "config.api_key", "--path", "/argv"]
    result = joulebook("redact", leaked, *paths, "-o", "clean.joule")
    assert "2 values removed from 1 run" in result.stdout and "salt" in result.stdout
    assert "1 value too short or common to be looked for" in result.stdout
    assert leaked.read_bytes() == before
    shown = joulebook.json("run", "show", "clean.joule", "--run", "leak", "--json")
    old = joulebook.json("run", "show", leaked, "--run", "leak", "--json")
    assert SECRET not in json.dumps(shown) and SECRET in json.dumps(old)
    assert shown["epochs"] == old["epochs"] and shown["totals"] == old["totals"]
    assert [item["path"] for item in shown["redacted_from"]["removed"]] == [
        "config.api_key", "/argv",
    ]  # fmt: skip
    assert shown["redacted_from"]["root"] in result.stdout
    joulebook("verify", "clean.joule", status=1)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--path", "config.nothing"], 65),
        (["--path", "run_id"], 64),
        (["--path", ""], 64),
        ([], 64),
    ],
)
def test_redact_refuses_and_writes_nothing(
    joulebook: Command, leaked: Path, tmp_path: Path, arguments: list[str], status: int
) -> None:
    result = joulebook("redact", leaked, *arguments, "-o", "out.joule", status=status)
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.joule").exists()
