"""What `Benchmarks/scale` measures at one number of runs."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from pathlib import Path
from typing import Any

from commands import Cost, built, measured

TIMES = 9
EPOCHS = (50, 500)
READINGS = 3_200_000


class Programs:
    """The programs that are measured or make what is, and a folder for what they keep."""

    def __init__(self, folder: Path) -> None:
        self.joulebook = built("joulebook")
        self.bench = built("joule-scale-bench")
        self.readings = built("joule-large-bench")
        self.folder = folder
        self.cache = folder / "cache"
        self.env = dict(os.environ, XDG_CACHE_HOME=str(self.cache))

    def run(self, *words: str | Path, **how: Any) -> Cost:
        return measured([self.joulebook, *map(str, words)], env=self.env, **how)

    def train(self, place: Path, record: Path, number: int, epochs: int) -> Cost:
        """A process that logs epochs, asks before it starts whether that was done, and ends."""
        command = [self.bench, "run", str(place), str(number), str(epochs)]
        with record.open("rb") as stdin:
            return measured(command, env=self.env, stdin=stdin, cwd=self.folder)

    def forget(self) -> None:
        """Removes the catalogs."""
        shutil.rmtree(self.cache, ignore_errors=True)


def size(folder: Path) -> dict[str, int]:
    """Bytes of all files below a folder, those that the file system gives them, and their number."""
    total = {"bytes": 0, "stored": 0, "files": 0}
    # One after another: what this process holds counts as every child's peak of memory.
    for file in folder.rglob("*"):
        if file.is_file():
            status = file.stat()
            total["bytes"] += status.st_size
            total["stored"] += status.st_blocks * 512
            total["files"] += 1
    return total


def question(record: Path, number: int | None = None) -> list[str | Path]:
    """How `check` asks for the run of a record, or for one that differs in `scale_number`."""
    like = json.loads(record.read_bytes())
    config = like["config"] if number is None else {**like["config"], "scale_number": number}
    path = record.with_name("question.json")
    path.write_text(json.dumps(config))
    return ["--config", path, "--project", like["project"], "--entry", like["code"]["entry"]]


def reading(
    programs: Programs, place: Path, record: Path, counts: tuple[int, ...], without: str = ""
) -> dict[str, dict[str, Any]]:
    """What the commands cost that read all, but for one, on as many cores as `counts` says."""
    check: list[str | Path] = ["check", "--against", place, *question(record)]
    commands: dict[str, list[str | Path]] = {
        "ls": ["ls", place],
        "audit": ["audit", place],
        "lifecycle": ["lifecycle", "--no-duplicates", place],
        "check, cold": check,
        "check, warm": check,
    }
    commands.pop(without, None)
    costs: dict[str, dict[str, Any]] = {}
    for name, command in commands.items():
        for count in counts:
            if name == "check, cold":
                programs.forget()
            cost = programs.run(*command, statuses=(0, 3), cores=range(count))
            costs.setdefault(name, {})[str(count)] = cost._asdict()
            print(
                f"    {name}, cores {count}: {cost.processors:.2f} s, {cost.megabytes:.0f} MB",
                flush=True,
            )
    return costs


def adding(programs: Programs, place: Path, record: Path) -> dict[str, float]:
    """Seconds of processors of a run that is added, and of the check that finds it then."""
    before = set(place.rglob("*.joule"))
    runs, checks = [], []
    for number in range(TIMES):
        runs.append(programs.train(place, record, number, EPOCHS[0]).processors)
        command = ["check", "--against", place, *question(record, number)]
        checks.append(programs.run(*command, statuses=(3,)).processors)
    for ledger in set(place.rglob("*.joule")) - before:
        ledger.unlink()
    return {"run": statistics.median(runs), "check": statistics.median(checks)}


def ledger_bytes(programs: Programs, record: Path, folder: Path) -> dict[str, int]:
    """Bytes of a run's ledger, by its number of epochs."""
    sizes = {}
    for epochs in EPOCHS:
        place = folder / f"epochs-{epochs}"
        programs.train(place, record, 0, epochs)
        (ledger,) = place.rglob("*.joule")
        sizes[str(epochs)] = ledger.stat().st_size
    return sizes


def reading_bytes(programs: Programs, folder: Path) -> float:
    """Bytes of a reading of a meter, in a long run of eight, which has an epoch for every 960 of them."""
    path = folder / "readings.joule"
    measured([programs.readings, "readings", str(READINGS), str(path)])
    return path.stat().st_size / READINGS
