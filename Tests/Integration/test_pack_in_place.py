"""Packs within a directory of ledgers, while others write and read there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command, command_path

NOW = ["--in-place", "--older-than", "0s"]


@contextlib.contextmanager
def writing(directory: Path, project: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A program that goes on until it is killed, and its ledger below `runs`."""
    words = [command_path(), "run", "--project", project, "--", "sleep", "60"]
    environment = os.environ | {"JOULEBOOK_DIR": "runs"}
    with subprocess.Popen(words, cwd=directory, env=environment, start_new_session=True) as writer:
        try:
            until = time.monotonic() + 30
            rings: list[Path] = []
            while not rings and time.monotonic() < until:
                time.sleep(0.01)
                rings = list((directory / "runs" / project).glob("*.ring"))
            # Until its meters were read twice.
            time.sleep(2)
            yield writer, rings[0].with_suffix("")
        finally:
            if writer.poll() is None:
                os.killpg(writer.pid, signal.SIGKILL)


@pytest.fixture
def write(joulebook: Command, tmp_path: Path) -> Callable[[str], Path]:
    """Writes a ledger with one run of a name."""

    def written(name: str, folder: str = "p") -> Path:
        config = {"lr": 0.1, "layers": [64, len(name)]}
        record = records.record(name, at=float(len(name)), config=config, seed=0)
        source = records.write(tmp_path / f"{name}.jsonl", [record])
        place = tmp_path / "runs" / folder
        before = set(place.glob("*"))
        joulebook("import", "records", source, "--into", place)
        (path,) = set(place.glob("*")) - before
        return path

    return written


def files(directory: Path) -> list[str]:
    """The ledgers and packs below a directory."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.joule"))


def told(joulebook: Command, path: object = "runs") -> Counter[str]:
    """How often `ls` tells of each run."""
    document = joulebook.json("runs", "ls", path, "--json")
    assert document.get("problems", []) == [], document["problems"]
    return Counter(run["run_id"] for run in document["runs"])


def without_places(document: Any) -> Any:
    left_out = ("path", "member", "roots", "inputs")
    if isinstance(document, dict):
        return {k: without_places(v) for k, v in document.items() if k not in left_out}
    return [without_places(item) for item in document] if isinstance(document, list) else document


def test_what_has_ended_moves_into_a_pack_and_every_reader_says_the_same(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    paths = [write(f"run-{number}", f"p{number % 2}") for number in range(4)]
    commands = [
        ("ls", "runs", "--json"),
        ("lifecycle", "runs", "--json"),
        ("audit", "runs", "--json"),
    ]
    before = [json.loads(joulebook(*command, status=None).stdout) for command in commands]
    # Whatever is younger than a day stays.
    joulebook("pack", "runs", "--in-place")
    assert len(files(tmp_path / "runs")) == 4
    result = joulebook("pack", "runs", *NOW)
    assert "packs/0/00000001.joule: 4 ledgers, 4 runs" in result.stdout
    assert "4 files of packed ledgers removed" in result.stdout and result.stderr == ""
    assert files(tmp_path / "runs") == ["packs/0/00000001.joule"]
    # Git takes no notice of it: it is not code that has changed.
    assert (tmp_path / "runs/packs/.gitignore").read_text() == "*\n"
    after = [json.loads(joulebook(*command, status=None).stdout) for command in commands]
    assert without_places(after) == without_places(before)
    # Who kept the path of a ledger finds it by that path.
    shown = joulebook.json("run", "show", paths[2], "--json")
    assert shown["run_id"] == "run-2"
    joulebook("show", "runs/p0/another.joule", status=74)
    joulebook("verify", "runs/packs/0/00000001.joule", status=1)
    assert "0 files" in joulebook("pack", "runs", *NOW).stdout


def test_eight_packs_become_one_and_what_they_were_goes_with_the_next_job(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    for number in range(8):
        write(f"run-{number}")
        result = joulebook("pack", "runs", *NOW)
    assert "packs/1/00000009.joule: 8 packs in one: 8 ledgers, 8 runs" in result.stdout
    # Whoever had listed them can still read them.
    assert len(files(tmp_path / "runs")) == 9
    assert told(joulebook) == Counter(f"run-{number}" for number in range(8))
    joulebook("pack", "runs", *NOW)
    assert files(tmp_path / "runs") == ["packs/1/00000009.joule"]
    assert told(joulebook) == Counter(f"run-{number}" for number in range(8))
    merged = joulebook("verify", "runs/packs/1/00000009.joule", status=1)
    assert "8 closed and intact" in merged.stdout
    write("run-8")
    assert "packs/0/00000010.joule" in joulebook("pack", "runs", *NOW).stdout
    assert sum(told(joulebook).values()) == 9


def bytes_read(directory: Path, *command: object) -> int:
    """How many bytes a command reads, whether they are in memory or not."""
    words = [command_path(), *map(str, command)]
    with subprocess.Popen(words, cwd=directory, stdout=subprocess.DEVNULL) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        counted = Path(f"/proc/{process.pid}/io").read_text()
        assert process.wait() == 0
    return int(dict(line.split(": ") for line in counted.splitlines())["rchar"])


def test_a_ledger_is_read_without_the_packs_beside_it(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    for number in range(3):
        write(f"run-{number}")
    joulebook("pack", "runs", *NOW)
    beside = write("run-3")
    alone = tmp_path / beside.name
    alone.write_bytes(beside.read_bytes())
    more = bytes_read(tmp_path, "show", beside) - bytes_read(tmp_path, "show", alone)
    # A pack would be asked for a kilobyte; what the kernel tells varies by some bytes.
    assert abs(more) < 500


def test_of_a_ledger_that_is_being_written_no_more_is_read_than_its_ring_holds(
    tmp_path: Path,
) -> None:
    with writing(tmp_path, "living") as (_, ledger):
        ring = Path(f"{ledger}.ring").stat().st_size
        assert bytes_read(tmp_path, "ls", "runs") < ring / 4


def test_only_what_is_in_the_pack_byte_for_byte_is_removed(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    for number in range(3):
        write(f"run-{number}")
    # As if a job had been killed behind the appearance of its pack, and somebody had added a note.
    joulebook("pack", "runs", "-o", "packed.joule")
    place = tmp_path / "runs/packs/0"
    place.mkdir(parents=True)
    (tmp_path / "packed.joule").rename(place / "00000001.joule")
    joulebook("note", "run-1", "seen", "--in", "runs")
    os.utime(next((tmp_path / "runs/p").glob("*.joule")))
    result = joulebook("pack", "runs", "--in-place")
    assert "2 files of packed ledgers removed" in result.stdout
    assert len(files(tmp_path / "runs")) == 2
    assert told(joulebook) == Counter(f"run-{number}" for number in range(3))
    shown = joulebook.json("run", "show", "runs", "--run", "run-1", "--json")
    assert [note["text"] for note in shown["notes"]] == ["seen"]


def test_a_run_in_a_pack_can_be_annotated_and_is_packed_again(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    path = write("run-0")
    write("run-1")
    joulebook("pack", "runs", *NOW)
    before = told(joulebook)
    joulebook("note", "run-0", "first", "--in", "runs")
    assert path.exists()
    joulebook("pack", "runs", *NOW)
    joulebook("note", path, "second")
    for _ in range(2):
        assert told(joulebook) == before
        shown = joulebook.json("run", "show", "runs", "--run", "run-0", "--json")
        assert [note["text"] for note in shown["notes"]] == ["first", "second"]
        joulebook("pack", "runs", *NOW)
    assert not path.exists()


@pytest.mark.parametrize("spoil", ["cut", "flip", "other"])
def test_nothing_goes_for_the_sake_of_a_pack_that_is_not_whole(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path, spoil: str
) -> None:
    path = write("run-0")
    joulebook("pack", "runs", "-o", "packed.joule")
    place = tmp_path / "runs/packs/0/00000001.joule"
    place.parent.mkdir(parents=True)
    packed = bytearray((tmp_path / "packed.joule").read_bytes())
    if spoil == "cut":
        del packed[-1:]
    elif spoil == "flip":
        packed[-200] ^= 1
    else:
        packed = bytearray(path.read_bytes())
    place.write_bytes(packed)
    result = joulebook("pack", "runs", *NOW, status=65)
    assert result.stderr.count("\n") == 1 and "00000001.joule" in result.stderr
    assert path.exists() and place.read_bytes() == packed


def test_a_second_job_says_that_one_is_at_work(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    write("run-0")
    (tmp_path / "runs/packs").mkdir()
    with (tmp_path / "runs/packs/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = joulebook("pack", "runs", *NOW, status=74)
    assert result.stderr.count("\n") == 1 and "another process packs" in result.stderr
    assert "1 ledger, 1 run" in joulebook("pack", "runs", *NOW).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--in-place", "-o", "x.joule"], ["--in-place", "--extract"], ["--older-than", "1d"], [],
        ["--in-place", "--older-than", "1w"], ["--in-place", "--older-than", "-1d"],
    ],
)  # fmt: skip
def test_wrong_usage_changes_nothing(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path, arguments: list[str]
) -> None:
    write("run-0")
    joulebook("pack", "runs", *arguments, status=64)
    assert len(files(tmp_path)) == 1


def test_a_live_ledger_stays_and_one_of_a_killed_writer_is_closed_and_packed(
    joulebook: Command, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    writers = {
        name: subprocess.Popen(
            [command_path(), "run", "--project", name, "--", "sleep", "60"],
            cwd=tmp_path,
            env=os.environ | {"JOULEBOOK_DIR": "runs"},
            start_new_session=True,
        )
        for name in ("living", "killed")
    }
    try:
        until = time.monotonic() + 30
        while sum(told(joulebook).values()) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(writers["killed"].pid, signal.SIGKILL)
        writers["killed"].wait()
        (ledger,) = (runs / "killed").glob("*.joule")
        assert Path(f"{ledger}.ring").exists()
        before = joulebook.json("run", "show", ledger, "--json")
        result = joulebook("pack", "runs", *NOW)
        assert "1 ledger, 1 run" in result.stdout
        assert "1 ledger still being written" in result.stdout
        assert files(runs / "killed") == [] and len(files(runs / "living")) == 1
        assert not Path(f"{ledger}.ring").exists()
        shown = joulebook.json("run", "show", ledger, "--json")
        assert shown["run_id"] == before["run_id"] and shown["totals"] == before["totals"]
        assert shown["status"] == before["status"] == "killed"
        assert sum(told(joulebook).values()) == 2
    finally:
        for writer in writers.values():
            if writer.poll() is None:
                os.killpg(writer.pid, signal.SIGKILL)
                writer.wait()


@pytest.mark.parametrize(
    ("command", "told"), [("pack", "1 ledger still"), ("thin", "1 ledger stays")]
)
def test_what_another_job_is_at_work_on_stays_without_a_complaint(
    joulebook: Command, tmp_path: Path, command: str, told: str
) -> None:
    with writing(tmp_path, "killed") as (writer, ledger):
        os.killpg(writer.pid, signal.SIGKILL)
    job = NOW if command == "pack" else NOW[1:]
    with ledger.open() as held:
        # As a job that compares or thins it holds it.
        fcntl.flock(held, fcntl.LOCK_SH)
        result = joulebook(command, "runs", *job)
    assert told in result.stdout and result.stderr == "" and ledger.exists()
    assert joulebook(command, "runs", *job).stderr == ""


class Reader(threading.Thread):
    """Lists a directory again and again: each run that is known or was told is there once."""

    def __init__(self, joulebook: Command, known: list[str]) -> None:
        super().__init__()
        self.joulebook, self.known = joulebook, known
        self.is_over = False
        self.readings = 0
        self.complaints: list[str] = []

    def run(self) -> None:
        while not self.is_over:
            known = list(self.known)
            found = told(self.joulebook)
            self.readings += 1
            lost = [run for run in known if run not in found]
            twice = [run for run, count in found.items() if count > 1]
            if lost or twice:
                self.complaints.append(f"lost {lost}, twice {twice}")
            self.known += [run for run in found if run not in known]


def test_a_job_killed_at_any_moment_loses_and_doubles_nothing_for_a_reader_beside_it(
    joulebook: Command, write: Callable[..., Path], tmp_path: Path
) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    known: list[str] = []
    for number in range(8):
        write(f"run-{number}")
        known.append(f"run-{number}")
    began = time.monotonic()
    joulebook("pack", "runs", *NOW)
    span = time.monotonic() - began
    reader = Reader(joulebook, list(known))
    reader.start()
    killed = 0
    for number in range(8, 48):
        write(f"run-{number}")
        known.append(f"run-{number}")
        reader.known.append(f"run-{number}")
        killed += joulebook.is_killed_after(chance.uniform(0, 1.2 * span), "pack", "runs", *NOW)
    reader.is_over = True
    reader.join()
    assert reader.complaints == [] and reader.readings > 10
    assert killed > 5, "no job was killed while it worked"
    for _ in range(2):
        joulebook("pack", "runs", *NOW)
    assert told(joulebook) == Counter(known)
    left = files(tmp_path / "runs")
    assert all(path.startswith("packs/") for path in left) and len(left) <= 16
    assert list((tmp_path / "runs").rglob("*.part")) == []
