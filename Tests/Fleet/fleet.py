"""Starts ranks, kills some, and reads what they acknowledge."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from plan import EPOCHS, STEPS, Rank

HERE = Path(__file__).resolve().parent
#: How many may be between their beginning and their first word, for the machine has few cores.
STARTING_MAX = 8

#: A node has a name and a boot of its own, by which its meters are told from those of others.
NODE = (
    'mount --bind "$1" /proc/sys/kernel/random/boot_id && '
    'echo "$2" > /proc/sys/kernel/hostname && shift 2 && exec "$@"'
)
UNSHARED = ["unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", NODE, "sh"]


class Call(NamedTuple):
    """One call of a rank: when it began, how long it took, how often its thread waited in it."""

    begun: float
    seconds: float
    waits: int


@dataclass
class Acknowledged:
    """What a rank was told is kept."""

    run_id: str | None = None
    path: str | None = None
    start: Call | None = None
    epochs: dict[int, Call] = field(default_factory=dict)
    energy_j: float | None = None
    is_finished: bool = False

    @classmethod
    def read(cls, path: Path) -> Acknowledged:
        """From the lines that it wrote so far; one that is not whole was not written."""
        told = cls()
        for line in path.read_text().splitlines(keepends=True):
            match line.split():
                case ["started", run_id, begun, seconds, place] if line.endswith("\n"):
                    told.run_id, told.path = run_id, place
                    told.start = Call(float(begun), float(seconds), 0)
                case ["epoch", number, begun, seconds, waits] if line.endswith("\n"):
                    told.epochs[int(number)] = Call(float(begun), float(seconds), int(waits))
                case ["finished", energy] if line.endswith("\n"):
                    told.is_finished = True
                    told.energy_j = None if energy == "-" else float(energy)
        return told


class Member:
    """A rank that was started."""

    def __init__(self, rank: Rank, acks: Path, process: subprocess.Popen[bytes]) -> None:
        self.rank, self.acks, self.process = rank, acks, process
        self.born = time.monotonic()
        self.was_killed = False
        self._over: Acknowledged | None = None

    def acknowledged(self) -> Acknowledged:
        return self._over or Acknowledged.read(self.acks)

    def is_starting(self) -> bool:
        return self.acks.stat().st_size == 0

    def is_over(self) -> bool:
        """Whether it has ended; kills it when its time has come."""
        if self._over is None:
            limit = self.rank.killed_s
            if limit is not None and time.monotonic() >= self.born + limit:
                self.process.kill()
            status = self.process.poll()
            if status is not None:
                self.was_killed = status == -9
                self._over = Acknowledged.read(self.acks)
        return self._over is not None

    def complaint(self) -> str:
        return self.acks.with_suffix(".err").read_text().strip()


class Fleet:
    """All ranks of a campaign, in one folder."""

    def __init__(self, folder: Path, program: Path, seed: int, nodes: int) -> None:
        self.folder, self.program = folder, program
        self.ledgers, self.aside = folder / "ledgers", folder / "aside"
        self.acks, self.nodes = folder / "acks", folder / "nodes"
        # Where ranks are started: what lies there is taken for their code.
        self.work = folder / "work"
        for place in (self.ledgers, self.aside, self.acks, self.nodes, self.work):
            place.mkdir(parents=True)
        self.members: list[Member] = []
        self._lock = threading.Lock()
        for node in range(nodes):
            (self.nodes / str(node)).write_text(f"{uuid.UUID(int=seed << 64 | node)}\n")
        self.has_nodes = self._can_have_nodes()

    def _can_have_nodes(self) -> bool:
        command = [*UNSHARED, str(self.nodes / "0"), "node-0", "true"]
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0

    def known(self) -> list[Member]:
        with self._lock:
            return list(self.members)

    def run(self, ranks: Iterable[Rank], alive_max: int) -> None:
        """Starts all, not more than so many at a time, and waits for their ends."""
        waiting, alive = list(ranks)[::-1], []
        while waiting or alive:
            alive = [member for member in alive if not self._reaped(member)]
            starting = sum(member.is_starting() for member in alive[-STARTING_MAX:])
            free = min(alive_max - len(alive), STARTING_MAX - starting, len(waiting))
            for _ in range(free):
                alive.append(self._start(waiting.pop()))
            time.sleep(0.02)

    def _start(self, rank: Rank) -> Member:
        acks = self.acks / f"{rank.job}-{rank.number}"
        program = [sys.executable, HERE / "rank.py"] if rank.by_python else [self.program]
        words = [*program, rank.project, rank.job, EPOCHS, STEPS, rank.pause_s, self.aside]
        words += [rank.parent] if rank.parent else []
        if self.has_nodes:
            words = [*UNSHARED, self.nodes / str(rank.node), f"node-{rank.node}", *words]
        with acks.open("ab") as out, acks.with_suffix(".err").open("ab") as err:
            process = subprocess.Popen(
                list(map(str, words)),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.work,
                env=environment(self.folder) | rank.environment(),
            )
        member = Member(rank, acks, process)
        with self._lock:
            self.members.append(member)
        return member

    def _reaped(self, member: Member) -> bool:
        if not member.is_over():
            return False
        if member.acknowledged().start is None:
            self._keep_aside(member.rank)
        return True

    def _keep_aside(self, rank: Rank) -> None:
        """Gives the ledger of a rank that was killed in its start its second name."""
        suffix = f"-r{rank.number}" if rank.world > 1 else ""
        for path in (self.ledgers / rank.project).glob(f"*-{rank.run_id[:8]}{suffix}.joule"):
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                os.link(path, self.aside / path.name)


def environment(folder: Path) -> dict[str, str]:
    """That of every program: nothing of the person who started the campaign."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    own |= {"JOULEBOOK_DIR": str(folder / "ledgers"), "XDG_CACHE_HOME": str(folder / "cache")}
    return own
