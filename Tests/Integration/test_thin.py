"""Old ledgers keep few readings of their meters, and every total."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, command_path

NOW = ["--older-than", "0s", "--interval", "1s"]

PROGRAM = """
import joulebook, sys, time
with joulebook.start(sys.argv[1], config={"lr": 0.1}, interval_s=0.01) as run:
    for epoch in run.epochs(4):
        for step in range(3):
            run.log(step=step, loss=1 / (1 + step))
        time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What programs left that ran at once and read their meters each 10 ms."""
    place = tmp_path_factory.mktemp("recorded")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name, pause],
            cwd=place,
            env=environment | {"JOULEBOOK_DIR": "runs"},
            stderr=subprocess.DEVNULL,
        )
        for name, pause in (("first", "0.6"), ("second", "0.9"), ("third", "0.3"))
    ]
    assert [program.wait(120) for program in programs] == [0, 0, 0]
    return place / "runs"


@pytest.fixture
def runs(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "runs"))


def ledgers(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.joule"))


#: What is told of files and not of runs, and when something was asked.
FILES = ("roots", "inputs", "integrity", "thinned_from", "generated", "at")


def of_runs(document: Any) -> Any:
    if isinstance(document, dict):
        return {k: of_runs(v) for k, v in document.items() if k not in FILES}
    return [of_runs(item) for item in document] if isinstance(document, list) else document


def grid(path: Path, moment: float) -> Path:
    """What a grid emits in each minute of the two hours around a moment."""
    first = int(moment) // 60 - 60
    rows = [
        f"{datetime.fromtimestamp(60 * minute, UTC):%Y-%m-%dT%H:%MZ},FR,{100 + minute * 37 % 400},"
        "g/kWh,the grid operator,location_average,0.5,300,CC BY 4.0\n"
        for minute in range(first, first + 120)
    ]
    header = "time,region,value,unit,source,signal,cfe_share,residual,licence\n"
    path.write_text(header + "".join(rows))
    return path


def told(joulebook: Command, runs: Path) -> list[Any]:
    """What every command makes of a directory, and of parts of it."""
    series, config = runs.parent / "grid.csv", runs.parent / "config.json"
    if not series.exists():
        grid(series, ledgers(runs)[0].stat().st_mtime)
        config.write_text('{"lr": 0.1}')
    commands: list[tuple[Any, ...]] = [
        ("ls", "runs", "--json"),
        ("audit", "runs", "--json"),
        ("check", "--against", "runs", "--config", config.name, "--json"),
    ]
    for part in ("runs", "runs/first", "runs/third"):
        commands += [
            ("lifecycle", part, "--json", "--region", "FR"),
            ("lifecycle", part, "--json", "--region", "FR", "--series", series.name),
        ]
    commands += [("show", path.relative_to(runs.parent), "--json") for path in ledgers(runs)]
    answers = [json.loads(joulebook(*command, status=None).stdout) for command in commands]
    tables = [
        joulebook("export", "runs", "--format", "csv", "--table", table).stdout
        for table in ("runs", "epochs", "steps", "energy", "phases")
    ]
    return [of_runs(answers), tables]


def test_a_file_that_a_writer_has_just_made_is_young_and_an_old_one_a_complaint(
    joulebook: Command, tmp_path: Path
) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/begun.joule").touch()
    young = joulebook("thin", "runs", "--older-than", "1h")
    assert "1 ledger stays: not so old" in young.stdout and young.stderr == ""
    assert "begun.joule" in joulebook("thin", "runs", "--older-than", "0s").stderr


def test_every_total_stays_equal_digit_for_digit_and_the_ledgers_get_small(
    joulebook: Command, runs: Path
) -> None:
    before, sizes = told(joulebook, runs), [path.stat().st_size for path in ledgers(runs)]
    dry = joulebook.json("thin", "thin", "runs", *NOW, "--dry-run", "--json")
    assert told(joulebook, runs) == before and dry["dry_run"]
    done = joulebook.json("thin", "thin", "runs", *NOW, "--json")
    assert len(done["ledgers"]) == 3 and done["problems"] == []
    assert done["readings"] == dry["readings"]
    assert done["readings"]["after"] < done["readings"]["before"] / 10
    assert told(joulebook, runs) == before
    assert done["size_bytes"]["before"] == sum(sizes)
    assert done["size_bytes"]["after"] == sum(path.stat().st_size for path in ledgers(runs))
    # What was done is done.
    images = [path.read_bytes() for path in ledgers(runs)]
    again = joulebook("thin", "runs", *NOW)
    assert "0 ledgers thinned" in again.stdout
    assert [path.read_bytes() for path in ledgers(runs)] == images


def test_verify_and_show_say_it_and_the_second_reader_reads_it(
    joulebook: Command, runs: Path
) -> None:
    path = ledgers(runs)[0]
    result = joulebook("thin", "runs", *NOW)
    assert result.stdout.startswith("runs: 3 ledgers thinned: ") and result.stderr == ""
    verified = joulebook.json("verify", "verify", "--deep", path, "--json", status=1)["files"][0]
    assert verified["state"] == "clean" and verified["thinned"][0]["interval_s"] == 1
    assert "; thinned 20" in joulebook("verify", path, status=1).stdout
    assert "a reading of each meter each 1 s" in " ".join(joulebook("show", path).stdout.split())
    rows = verified["thinned"][0]["rows"]
    exported = joulebook("export", path, "--format", "csv", "--table", "telemetry").stdout
    assert exported.count("\n") - 1 == rows["after"] < rows["before"]
    reader = subprocess.run(
        [sys.executable, "-m", "joulebook.reader", path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "clean" in reader.stdout and "damaged" not in reader.stdout


def test_the_thinned_one_counts_and_packs_take_it(joulebook: Command, runs: Path) -> None:
    before = told(joulebook, runs)
    shutil.copytree(runs, runs / "backup")
    joulebook("thin", "runs/first", *NOW)
    document = joulebook.json("runs", "ls", "runs", "--json")
    assert sorted(run["project"] for run in document["runs"]) == ["first", "second", "third"]
    (first,) = [run for run in document["runs"] if run["project"] == "first"]
    assert "/first/" in first["path"] and "backup" not in first["path"]
    shutil.rmtree(runs / "backup")
    joulebook("thin", "runs", *NOW)
    joulebook("pack", "runs", "--in-place", "--older-than", "0s")
    document = joulebook.json("runs", "ls", "runs", "--json")
    energies = sorted(run["energy_j"] for run in document["runs"])
    assert energies == sorted(run["energy_j"] for run in before[0][0]["runs"])
    packed = joulebook("thin", "runs", *NOW)
    assert "1 ledger stays: packed; thin before you pack" in packed.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["runs"], 64), (["runs", "--older-than", "1w"], 64), ([], 64),
        (["runs", "--older-than", "0s", "--interval", "0s"], 64),
        (["runs", "--older-than", "0s", "--interval", "1.5s"], 64),
        (["runs", "--older-than", "0s", "--interval", "2d"], 64),
        (["missing", "--older-than", "0s"], 74), (["notes.txt", "--older-than", "0s"], 65),
        (["runs", "--older-than", "36500d"], 0),
    ],
)  # fmt: skip
def test_wrong_usage_changes_nothing(
    joulebook: Command, runs: Path, arguments: list[str], status: int
) -> None:
    (runs.parent / "notes.txt").write_text("nothing")
    images = [path.read_bytes() for path in ledgers(runs)]
    result = joulebook("thin", *arguments, status=status)
    assert status == 0 or result.stderr
    assert [path.read_bytes() for path in ledgers(runs)] == images


class Reader(threading.Thread):
    """Lists a directory again and again: every run is there once, with its energy."""

    def __init__(self, told: Callable[[], dict[str, float]]) -> None:
        super().__init__()
        self.told, self.expected = told, told()
        self.is_over = False
        self.readings = 0
        self.complaints: list[Any] = []

    def run(self) -> None:
        while not self.is_over:
            found = self.told()
            self.readings += 1
            if found != self.expected:
                self.complaints.append(found)


@pytest.fixture
def chance() -> random.Random:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    return random.Random(seed)


def test_jobs_beside_each_other_and_whoever_tags_lose_nothing(
    joulebook: Command, recorded: Path, tmp_path: Path, chance: random.Random
) -> None:
    runs = tmp_path / "runs"
    for _ in range(6):
        shutil.rmtree(runs, ignore_errors=True)
        shutil.copytree(recorded, runs)
        thin = [command_path(), "thin", "runs", *NOW]
        jobs = [
            subprocess.Popen(
                thin, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        tags: set[str] = set()
        for number in range(6):
            time.sleep(chance.uniform(0, 0.1))
            path = chance.choice(ledgers(recorded)).relative_to(recorded)
            if joulebook("tag", runs / path, f"tag-{number}", status=None).returncode == 0:
                tags.add(f"tag-{number}")
        assert [job.wait(60) for job in jobs] == [0, 0]
        found = joulebook.json("runs", "ls", "runs", "--json")
        assert len(found["runs"]) == 3 and found["problems"] == []
        assert {tag for run in found["runs"] for tag in run.get("tags", [])} == tags
        assert not list(runs.rglob("*.part"))


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system, which is full."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_is_told(
    joulebook: Command, recorded: Path, full_disk: Path
) -> None:
    runs = Path(shutil.copytree(recorded, full_disk / "runs"))
    images = [path.read_bytes() for path in ledgers(runs)]
    with (full_disk / "rest").open("wb") as rest, contextlib.suppress(OSError):
        while True:
            os.write(rest.fileno(), bytes(4096))
    result = joulebook("thin", runs, *NOW, status=74)
    assert "No space left on device" in result.stderr
    assert [path.read_bytes() for path in ledgers(runs)] == images
    assert not list(runs.rglob("*.part"))
    (full_disk / "rest").unlink()
    assert "3 ledgers thinned" in joulebook("thin", runs, *NOW).stdout


def test_a_job_killed_at_any_moment_loses_and_doubles_nothing_for_a_reader_beside_it(
    joulebook: Command, recorded: Path, tmp_path: Path, chance: random.Random
) -> None:
    runs = Path(shutil.copytree(recorded, tmp_path / "runs"))
    before = told(joulebook, runs)

    def energies() -> dict[str, float]:
        document = joulebook.json("runs", "ls", "runs", "--json")
        found = document["runs"]
        assert document["problems"] == [] and len({run["run_id"] for run in found}) == len(found)
        return {run["run_id"]: run["energy_j"] for run in found}

    began = time.monotonic()
    joulebook("thin", "runs", *NOW, "--dry-run")
    span = time.monotonic() - began
    reader = Reader(energies)
    reader.start()
    killed = 0
    for _ in range(30):
        for old in ledgers(recorded):
            # As it was, in its place at once.
            draft = tmp_path / "draft"
            shutil.copy(old, draft)
            draft.rename(runs / old.relative_to(recorded))
        killed += joulebook.is_killed_after(chance.uniform(0, 1.2 * span), "thin", "runs", *NOW)
    reader.is_over = True
    reader.join()
    assert reader.complaints == [] and reader.readings > 10
    assert killed > 5, "no job was killed while it worked"
    joulebook("thin", "runs", *NOW)
    joulebook("thin", "runs", *NOW)
    assert told(joulebook, runs) == before
    thinned = joulebook.json("verify", "verify", *ledgers(runs), "--json", status=1)["files"]
    assert all(file["thinned"] and file["state"] == "clean" for file in thinned)
    assert [path for path in runs.rglob("*") if path.is_file() and "joule" not in path.suffix] == [
        path for path in runs.rglob(".gitignore")
    ]
