"""What must hold when all ranks are over and the directory is packed."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from beside import Program, Tagger
from fleet import Fleet
from plan import EPOCHS, STEPS

#: What is told of files and not of runs, when something was asked, and what people added.
FILES = ("path", "member", "roots", "inputs", "tags", "generated", "at")
#: More packs than this no job leaves: seven of each level, and eight that were just merged.
PACKS_MAX = 22

Told = tuple[str, str]


class Laws:
    """Compares the directory with what the ranks were told, and with their ledgers aside."""

    def __init__(self, program: Program, fleet: Fleet, tagger: Tagger) -> None:
        self.program, self.fleet, self.tagger = program, fleet, tagger
        self.members = {self.told(member.rank.told): member for member in fleet.known()}
        self.acknowledged = {told: member.acknowledged() for told, member in self.members.items()}
        #: How many of a run's ranks were killed before they could tell that they had started.
        self.unheard = Counter(
            told[0] for told, known in self.acknowledged.items() if known.start is None
        )
        self.has_all_aside = True

    def told(self, pair: tuple[str, int | None]) -> Told:
        return pair[0], "" if pair[1] is None else str(pair[1])

    def broken(self) -> Iterator[tuple[str, list[str]]]:
        """Each law, and what breaks it."""
        laws: dict[str, Callable[[], Iterator[str]]] = {
            "ranks that were not killed have ended well": self.ended,
            "each run is there once, with each of its ranks": self.runs,
            "each acknowledged epoch is there once, with its value": self.epochs,
            "each acknowledged step is there once": self.steps,
            "tables are equal to those of the ledgers aside": self.tables,
            "the readings that are left are as they were, and once": self.telemetry,
            "ls, audit and lifecycle say what they say of the ledgers aside": self.documents,
            "a run's energy is what its process was told": self.energies,
            "each annotation is there": self.annotations,
            "packs are left and nothing else, few and intact": self.files,
        }
        for law, judged in laws.items():
            yield law, list(judged())

    def ended(self) -> Iterator[str]:
        for told, member in self.members.items():
            if not member.was_killed and not self.acknowledged[told].is_finished:
                yield f"{told}: status {member.process.returncode}"
            if member.complaint():
                yield f"{told}: {member.complaint()}"
            run_id = self.acknowledged[told].run_id
            if run_id not in (None, member.rank.run_id):
                yield f"{told}: started as {run_id}"

    def runs(self) -> Iterator[str]:
        begun = Counter(run_id for run_id, _ in self.members)
        started = begun - self.unheard
        rows = self.program.table("ledgers", "runs")
        found = Counter(row["run_id"] for row in rows)
        yield from (f"{run_id}: {count} times" for run_id, count in found.items() if count != 1)
        yield from (f"{run_id}: missing" for run_id in started.keys() - found.keys())
        for row in rows:
            run_id, told = row["run_id"], int(row["ranks"] or 1)
            if not started[run_id] <= told <= begun[run_id]:
                yield f"{run_id}: {told} ranks, {started[run_id]} of {begun[run_id]} acknowledged"

    def epochs(self) -> Iterator[str]:
        found = Counter()
        for row in self.program.table("ledgers", "epochs"):
            key = row["run_id"], row["rank"]
            member = self.members.get(key)
            if member is None:
                yield f"{key}: no such rank"
                continue
            number = int(row["epoch"])
            found[key, number] += 1
            if float(row["loss"]) != member.rank.base + number / 16:
                yield f"{key}, epoch {number}: the loss is {row['loss']}"
        for key, known in self.acknowledged.items():
            kept = [number for number in range(1, EPOCHS + 1) if found[key, number]]
            # What was kept and could not be told any more, as its rank was killed just then.
            more = 0 if known.is_finished else 1
            if kept != list(range(1, len(kept) + 1)):
                yield f"{key}: epochs {kept}"
            if not len(known.epochs) <= len(kept) <= len(known.epochs) + more:
                yield f"{key}: {len(kept)} epochs, {len(known.epochs)} were acknowledged"
        yield from (f"{key}: {count} times" for key, count in found.items() if count > 1)

    def steps(self) -> Iterator[str]:
        found = Counter()
        for row in self.program.table("ledgers", "steps"):
            key = row["run_id"], row["rank"]
            found[key] += 1
            if float(row["loss"]) != self.members[key].rank.base + int(row["step"]):
                yield f"{key}, step {row['step']}: the loss is {row['loss']}"
        for key, known in self.acknowledged.items():
            least = STEPS * len(known.epochs)
            most = least if known.is_finished else least + 2 * STEPS
            if not least <= found[key] <= most:
                yield f"{key}: {found[key]} steps, {least} were acknowledged"

    def tables(self) -> Iterator[str]:
        for name in ("epochs", "steps", "energy", "phases", "runs"):
            found, aside = self.rows("ledgers", name), self.rows("aside", name)
            for what, rows in (("lost", aside - found), ("not aside", found - aside)):
                for row in rows:
                    # A ledger without a name aside was of a rank that nobody had heard of.
                    if dict(row)["run_id"] in self.unheard:
                        self.has_all_aside = False
                    else:
                        yield f"{name}: {what}: {row}"

    def rows(self, path: str, table: str) -> Counter[tuple[tuple[str, str], ...]]:
        rows = self.program.table(path, table)
        return Counter(
            tuple((name, text) for name, text in row.items() if name != "tags") for row in rows
        )

    def telemetry(self) -> Iterator[str]:
        def readings(path: str) -> Counter[tuple[str, ...]]:
            names = ("run_id", "rank", "device", "source", "time", "energy_j")
            rows = self.program.table(path, "telemetry")
            return Counter(tuple(row[name] for name in names) for row in rows)

        found, aside = readings("ledgers"), readings("aside")
        self.readings = sum(aside.values()), sum(found.values())
        for row in found - aside:
            if row[0] not in self.unheard:
                yield f"not aside, or twice: {row}"
        if aside and not found:
            yield f"{sum(found.values())} of {sum(aside.values())} readings"

    def documents(self) -> Iterator[str]:
        if not self.has_all_aside:
            return
        for words in (("ls",), ("audit",), ("lifecycle", "--region", "FR")):
            name, *options = words
            found, aside = (
                of_runs(self.program.json(name, path, *options, statuses=(0, 3)))
                for path in ("ledgers", "aside")
            )
            if found != aside:
                yield f"{name}: {difference(found, aside)}"

    def energies(self) -> Iterator[str]:
        found = {row["run_id"]: row["energy_j"] for row in self.program.table("ledgers", "runs")}
        for (run_id, rank), known in self.acknowledged.items():
            if rank == "" and known.is_finished:
                told = float(found[run_id]) if found[run_id] else None
                if not is_close(told, known.energy_j):
                    yield f"{run_id}: {told} J, its process was told {known.energy_j} J"

    def annotations(self) -> Iterator[str]:
        rows = self.program.table("ledgers", "runs")
        tags = {row["run_id"]: json.loads(row["tags"] or "[]") for row in rows}
        for run_id, word in self.tagger.tags:
            if word not in tags[run_id]:
                yield f"{run_id}: {word}, there are {tags[run_id]}"

    def files(self) -> Iterator[str]:
        packs = sorted((self.fleet.ledgers / "packs").rglob("*.joule"))
        for path in self.fleet.ledgers.rglob("*"):
            place = path.relative_to(self.fleet.ledgers)
            # Claims of killed ranks go when they are old.
            is_expected = path in packs or path.name == "lock" or str(place).startswith(".")
            if path.is_file() and not is_expected and path.name != ".gitignore":
                yield f"left: {place}"
        if len(packs) > PACKS_MAX:
            yield f"{len(packs)} packs"
        for path in packs:
            answer = self.program("verify", path)
            # Not sealed, and nothing else to say.
            if answer.status != 1 or answer.err:
                yield f"verify {path.name}: {answer.status}: {answer.out}{answer.err}"


def is_close(one: float | None, other: float | None) -> bool:
    """Equal to the microjoule, in which energies are stored; missing is only equal to missing."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-5)


def of_runs(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: of_runs(value) for key, value in document.items() if key not in FILES}
    return [of_runs(item) for item in document] if isinstance(document, list) else document


def difference(one: Any, other: Any, where: str = "") -> str:
    """The first place at which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{where}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{where}[{n}]", a, b) for n, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return f"at {where}: {str(one)[:200]}, aside {str(other)[:200]}"
    return next((difference(a, b, name) for name, a, b in pairs if a != b), "")


def sizes(folder: Path) -> tuple[int, int]:
    """Files and bytes below a folder."""
    found = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(found), sum(found)
