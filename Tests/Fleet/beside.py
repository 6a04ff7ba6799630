"""What goes on beside the ranks: jobs that keep the directory small, annotations, readers."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from fleet import Fleet, Member, environment

#: So much work, then so much rest, so that starts beside jobs compare with starts without.
WORK_S, REST_S = 12.0, 8.0
KILLED = 0.125


class Answer(NamedTuple):
    """What a command did, and what it cost."""

    status: int
    out: str
    err: str
    processors_s: float
    begun: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


class Program:
    """Runs the `joulebook` command in the campaign's folder."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder

    def __call__(self, *words: object, killed_s: float | None = None) -> Answer:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            begun = time.monotonic()
            process = subprocess.Popen(
                [str(self.path), *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env=environment(self.folder),
            )
            if killed_s is not None:
                time.sleep(killed_s)
                # Not by `kill` of the process, which would take what it cost from wait4.
                os.kill(process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
            spent = usage.ru_utime + usage.ru_stime
            return Answer(process.returncode, *texts, spent, begun, time.monotonic())

    def table(self, path: object, name: str) -> list[dict[str, str]]:
        """The rows of a table, all of which must come."""
        answer = self("export", path, "--format", "csv", "--table", name)
        if answer.status != 0 or answer.err:
            raise RuntimeError(f"export of {name} ended with {answer.status}: {answer.err}")
        return list(csv.DictReader(io.StringIO(answer.out)))

    def json(self, *words: object, statuses: tuple[int, ...] = (0,)) -> Any:
        answer = self(*words, "--json")
        if answer.status not in statuses or answer.err:
            raise RuntimeError(f"{words[0]} ended with {answer.status}: {answer.err}")
        return json.loads(answer.out)


class Companion(threading.Thread):
    """Does something again and again until the ranks are over."""

    name = "companion"

    def __init__(self, program: Program, fleet: Fleet, seed: int, age_s: int) -> None:
        super().__init__(daemon=True)
        self.program, self.fleet, self.age_s = program, fleet, age_s
        self.chance = random.Random(f"{seed} {self.name}")
        self.is_over = threading.Event()
        self.answers: list[Answer] = []
        self.complaints: list[str] = []

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                self.turn()
            except Exception as error:
                # A companion that ends unseen would let a law hold that nobody looks after.
                self.complain(f"{type(error).__name__}: {error}")
            last = self.answers[-1].seconds if self.answers else 0
            self.is_over.wait(self.rest(last))

    def turn(self) -> None:
        raise NotImplementedError

    def rest(self, last_s: float) -> float:
        """How long it waits behind a turn that took so long."""
        return max(0.5, 2 * last_s)

    def complain(self, text: str) -> None:
        self.complaints.append(f"{self.name}: {text}")

    def ask(self, *words: object, killed_s: float | None = None) -> Answer:
        answer = self.program(*words, killed_s=killed_s)
        self.answers.append(answer)
        return answer

    def started(self) -> list[Member]:
        return [member for member in self.fleet.known() if not member.is_starting()]


class Keeper(Companion):
    """A background job, some of which are killed; it works for a while and rests for a while."""

    def __init__(self, *others: Any) -> None:
        super().__init__(*others)
        self.words = self.job(self.age_s)
        self.born = time.monotonic()
        self.killed = 0

    @staticmethod
    def job(age_s: int) -> tuple[str, ...]:
        """Its command, for what is older than that."""
        raise NotImplementedError

    def rest(self, last_s: float) -> float:
        return 0.2

    def turn(self) -> None:
        if (time.monotonic() - self.born) % (WORK_S + REST_S) > WORK_S:
            return
        whole = [answer.seconds for answer in self.answers if answer.status == 0]
        dies = whole and self.chance.random() < KILLED
        answer = self.ask(
            *self.words, killed_s=self.chance.uniform(0, 1.2 * whole[-1]) if dies else None
        )
        self.killed += answer.status == -9
        if answer.status not in (0, -9) or answer.err:
            self.complain(f"ended with {answer.status}: {answer.err}")


class Packer(Keeper):
    name = "pack"

    @staticmethod
    def job(age_s: int) -> tuple[str, ...]:
        # A ledger is thinned before it is packed.
        age_s = age_s + 1 if age_s else 0
        return ("pack", "ledgers", "--in-place", "--older-than", f"{age_s}s")


class Thinner(Keeper):
    name = "thin"

    @staticmethod
    def job(age_s: int) -> tuple[str, ...]:
        return ("thin", "ledgers", "--older-than", f"{age_s}s", "--interval", "5s")


class Tagger(Companion):
    """Annotates runs, wherever they are just then."""

    name = "tag"

    def __init__(self, *others: Any) -> None:
        super().__init__(*others)
        self.tags: list[tuple[str, str]] = []
        self.refusals: Counter[str] = Counter()

    def turn(self) -> None:
        known = self.started()
        if not known:
            return
        run_id = self.chance.choice(known).rank.run_id
        word = f"tag-{len(self.answers)}"
        answer = self.ask("tag", run_id, word, "--in", "ledgers")
        if answer.status == 0:
            self.tags.append((run_id, word))
        elif answer.status in (65, 74) and answer.err:
            self.refusals[answer.err.split(": ", 1)[-1].strip()] += 1
        else:
            self.complain(f"ended with {answer.status}: {answer.err}")


class Lister(Companion):
    """Each run that was told of, or listed before, is listed once; none gets fewer epochs."""

    name = "ls"

    def __init__(self, *others: Any) -> None:
        super().__init__(*others)
        self.epochs: dict[str, int] = {}

    def turn(self) -> None:
        known = {member.rank.run_id for member in self.started()}
        answer = self.ask("ls", "ledgers", "--json")
        if answer.status != 0 or answer.err:
            return self.complain(f"ended with {answer.status}: {answer.err}")
        document = json.loads(answer.out)
        if document.get("problems"):
            self.complain(f"problems: {document['problems'][:3]}")
        found = Counter(run["run_id"] for run in document["runs"])
        for run_id in (known | self.epochs.keys()) - found.keys():
            self.complain(f"lost run {run_id}")
        for run_id in [run_id for run_id, count in found.items() if count > 1]:
            self.complain(f"run {run_id} is there {found[run_id]} times")
        for run in document["runs"]:
            before = self.epochs.get(run["run_id"], 0)
            if run["epochs"] < before:
                self.complain(f"run {run['run_id']}: {before} epochs, then {run['epochs']}")
            self.epochs[run["run_id"]] = run["epochs"]


class Exporter(Companion):
    """Each epoch that was acknowledged is there once, and so is each that was there before."""

    name = "export"

    def __init__(self, *others: Any) -> None:
        super().__init__(*others)
        self.seen: set[tuple[str, str, str]] = set()

    def turn(self) -> None:
        for member in self.started():
            run_id, rank = member.rank.told
            for number in member.acknowledged().epochs:
                self.seen.add((run_id, "" if rank is None else str(rank), str(number)))
        answer = self.ask("export", "ledgers", "--format", "csv", "--table", "epochs")
        if answer.status != 0 or answer.err:
            return self.complain(f"ended with {answer.status}: {answer.err}")
        rows = csv.DictReader(io.StringIO(answer.out))
        found = Counter((row["run_id"], row["rank"], row["epoch"]) for row in rows)
        for epoch in self.seen - found.keys():
            self.complain(f"lost epoch {epoch}")
        for epoch in [epoch for epoch, count in found.items() if count > 1]:
            self.complain(f"epoch {epoch} is there {found[epoch]} times")
        self.seen |= found.keys()


class Summarizer(Companion):
    """No summary knows fewer runs than the one before."""

    name = "lifecycle"
    runs = 0

    def turn(self) -> None:
        answer = self.ask("lifecycle", "ledgers", "--json")
        if answer.status != 0 or answer.err:
            return self.complain(f"ended with {answer.status}: {answer.err}")
        runs = sum(stage["runs"] for stage in json.loads(answer.out)["stages"])
        if runs < self.runs:
            self.complain(f"{self.runs} runs, then {runs}")
        self.runs = runs


class Asker(Companion):
    """The path of a ledger stays good; a recipe is a new one only where a rank was killed."""

    name = "show, check"

    def turn(self) -> None:
        known = self.started()
        if not known:
            return
        member = self.chance.choice(known)
        path = member.acknowledged().path
        answer = self.ask("show", path, "--json")
        if answer.status != 0 or json.loads(answer.out)["run_id"] != member.rank.run_id:
            self.complain(f"{path}: show ended with {answer.status}: {answer.err}")
        if member.rank.loses_a_sibling:
            return
        config = self.fleet.folder / "config.json"
        config.write_text(json.dumps({"job": member.rank.job}))
        words = ("--config", "config.json", "--project", member.rank.project)
        answer = self.ask("check", "--against", "ledgers", *words, "--json")
        if answer.status not in (3, 4) or answer.err:
            self.complain(f"job {member.rank.job}: check ended with {answer.status}: {answer.err}")


COMPANIONS = (Packer, Thinner, Tagger, Lister, Exporter, Summarizer, Asker)
