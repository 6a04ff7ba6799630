"""Who runs in the fleet: jobs of one rank and of many, on nodes that they share."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

#: Ranks of a job, as often as it is drawn.
WORLD_SIZES = (1, 1, 1, 1, 2, 4, 8, 8, 32, 128)
RANKS_PER_NODE = 8
PROJECTS = 8
EPOCHS = 4
STEPS = 5


@dataclass(frozen=True)
class Rank:
    """One process of a job."""

    job: int
    number: int
    world: int
    project: str
    node: int
    #: Written by the Python package, not by the Swift one.
    by_python: bool
    #: What an epoch takes.
    pause_s: float
    #: Seconds from its start on when it is killed; None: it lives to its end.
    killed_s: float | None
    #: Whether one of its job is killed, itself included.
    loses_a_sibling: bool
    #: The run that this one builds on.
    parent: str | None

    @property
    def run_id(self) -> str:
        return run_id(self.job, self.project)

    @property
    def told(self) -> tuple[str, int | None]:
        """The run, and the rank as tables tell it: none of a process that stands alone."""
        return self.run_id, self.number if self.world > 1 else None

    @property
    def base(self) -> float:
        """What all values that it logs begin with."""
        return self.job + self.number / 1024

    def environment(self) -> dict[str, str]:
        """What a launcher would set."""
        shared = {"JOULEBOOK_RUN_ID": job_name(self.job)}
        ranks = {"RANK": str(self.number), "WORLD_SIZE": str(self.world)}
        return shared | (ranks if self.world > 1 else {})


def job_name(job: int) -> str:
    return f"job-{job}"


def run_id(job: int, project: str) -> str:
    """The id on which the ranks of a job agree."""
    text = f"joulebook.run-id/1\njoulebook:{job_name(job)}\n{project}\n1"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ranks(
    count: int, nodes: int, seed: int, epoch_s: float, killed: float, python: float
) -> Iterator[Rank]:
    """So many ranks in the order in which they start; shares are within 0 and 1."""
    chance = random.Random(seed)
    job, earlier = 0, []
    while count > 0:
        world = min(count, chance.choice(WORLD_SIZES))
        project = f"team-{chance.randrange(PROJECTS)}"
        parent = chance.choice(earlier) if earlier and chance.random() < 0.3 else None
        first, pause_s = chance.randrange(nodes), epoch_s * chance.uniform(0.5, 1.5)
        dying = [chance.random() < killed for _ in range(world)]
        for number, dies in enumerate(dying):
            yield Rank(
                job=job,
                number=number,
                world=world,
                project=project,
                node=(first + number // RANKS_PER_NODE) % nodes,
                by_python=chance.random() < python,
                pause_s=pause_s,
                killed_s=chance.uniform(0, EPOCHS * pause_s) if dies else None,
                loses_a_sibling=any(dying),
                parent=parent,
            )
        earlier.append(run_id(job, project))
        job, count = job + 1, count - world
