"""`joulebook tag`, `note` and `select`: what is said of a run after its end."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
import records
from conftest import Command


@pytest.fixture
def ledger(joulebook: Command, tmp_path: Path) -> Path:
    """A closed ledger of one run."""
    records.write(tmp_path / "one.jsonl", [records.FIRST])
    joulebook("import", "records", "one.jsonl", "--into", "runs")
    (path,) = (tmp_path / "runs").glob("*.joule")
    return path


def test_tags_notes_and_selections_are_appended_and_shown(
    joulebook: Command, ledger: Path
) -> None:
    before = ledger.read_bytes()
    joulebook("tag", ledger, "baseline", "paper", "baseline")
    joulebook("tag", ledger, "paper", "more")
    joulebook("note", ledger, "too slow")
    joulebook("note", ledger, "password=hunter2secret")
    joulebook("select", ledger, "--metric", "loss", "--higher")
    joulebook("select", ledger, "--metric", "accuracy", "--higher")
    assert ledger.read_bytes().startswith(before), "nothing before is touched"
    shown = joulebook.json("run", "show", ledger, "--json")
    assert shown["tags"] == ["baseline", "paper", "more"]
    assert [note["text"] for note in shown["notes"]] == ["too slow", "password=[redacted]"]
    assert all(note["at"] > 1.7e9 for note in shown["notes"])
    assert shown["selected"]["metric"] == "accuracy" and shown["selected"]["goal"] == "higher"
    assert shown["annotated"] >= shown["notes"][-1]["at"]
    assert shown["integrity"]["state"] == "clean"
    page = joulebook("show", ledger).stdout
    assert "too slow" in page and "by accuracy, higher is better" in page
    joulebook("verify", ledger, status=1)
    listed = joulebook.json("runs", "ls", "runs", "--where", "tag=more", "--json")
    assert [run["run_id"] for run in listed["runs"]] == ["first-0001"]


def test_a_run_is_found_by_the_beginning_of_its_id(
    joulebook: Command, tmp_path: Path, ledger: Path
) -> None:
    records.write(tmp_path / "all.jsonl", records.ALL)
    joulebook("import", "records", "all.jsonl", "--into", "runs")
    joulebook("tag", "rep", "x", "--in", "runs", status=64)
    joulebook("tag", "nobody", "x", "--in", "runs", status=65)
    joulebook("tag", "repl", "x", "--in", "runs")
    listed = joulebook.json("runs", "ls", "runs", "--where", "tag=x", "--json")
    assert [run["run_id"] for run in listed["runs"]] == ["replicate-0001"]
    joulebook("tag", "runs", "x", status=64), "several runs"


def test_a_torn_ledger_is_repaired_and_noted(joulebook: Command, ledger: Path) -> None:
    ledger.write_bytes(ledger.read_bytes()[:-70])
    joulebook("note", ledger, "the machine lost power")
    shown = joulebook.json("run", "show", ledger, "--json")
    assert shown["integrity"]["state"] == "clean"
    assert [note["text"] for note in shown["notes"]] == ["the machine lost power"]


@pytest.mark.parametrize(
    "command", [["tag", "x"], ["note", "x"], ["select", "--metric", "loss", "--lower"]], ids=str
)
def test_live_ledgers_and_those_without_the_run_are_refused_and_stay_as_they_are(
    joulebook: Command, ledger: Path, command: list[str]
) -> None:
    before = ledger.read_bytes()
    verb, *arguments = command
    with ledger.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        live = joulebook(verb, ledger, *arguments, status=65)
    assert "another process is writing" in live.stderr
    assert ledger.read_bytes() == before
    hurt = before[:100] + bytes([before[100] ^ 1]) + before[101:]
    ledger.write_bytes(hurt)
    joulebook(verb, ledger, *arguments, status=65)
    assert ledger.read_bytes() == hurt


def test_behind_damage_the_ledger_goes_on_in_a_file_that_is_named(
    joulebook: Command, ledger: Path
) -> None:
    hurt = bytearray(ledger.read_bytes())
    hurt[-80] ^= 1
    ledger.write_bytes(hurt)
    begun = ledger.with_suffix(".1.joule")
    assert f"the ledger goes on in {begun}" in joulebook("tag", ledger, "a").stdout
    assert str(begun) not in joulebook("note", ledger, "b").stdout, "it was there already"
    joulebook("select", ledger, "--metric", "loss", "--lower")
    assert ledger.read_bytes() == hurt
    shown = joulebook.json("run", "show", ledger, "--json")
    assert shown["tags"] == ["a"] and shown["selected"]["metric"] == "loss"
    joulebook("keygen", "example.org/a", "-o", "a.key")
    refused = joulebook("seal", ledger, "--key", "a.key", status=65)
    assert f"goes on in {begun}" in refused.stderr
    joulebook("seal", begun, "--key", "a.key")


def test_what_means_nothing_is_refused(joulebook: Command, ledger: Path) -> None:
    before = ledger.read_bytes()
    for arguments in (
        ["tag", ledger], ["tag", ledger, ""], ["note", ledger, ""], ["note", ledger],
        ["select", ledger, "--metric", "loss"], ["select", ledger, "--higher"],
        ["select", ledger, "--metric", "nothing", "--lower"], ["note", ledger, "x" * 70_000],
    ):  # fmt: skip
        joulebook(*arguments, status=64)
    joulebook("tag", ledger, "once")
    after = ledger.read_bytes()
    joulebook("tag", ledger, "once")
    assert ledger.read_bytes() == after, "what is there already is not said again"
    assert before != after


def test_a_hundred_notes_grow_as_ten_times_ten(joulebook: Command, ledger: Path) -> None:
    sizes = [ledger.stat().st_size]
    for number in range(100):
        joulebook("note", ledger, f"note {number:03}")
        sizes.append(ledger.stat().st_size)
    first, last = sizes[10] - sizes[0], sizes[100] - sizes[90]
    print("bytes of the first and of the last ten notes:", first, last)
    assert last < 2 * first
    notes = joulebook.json("run", "show", ledger, "--json")["notes"]
    assert [note["text"] for note in notes] == [f"note {number:03}" for number in range(100)]
