"""What a laboratory does: its honest work. Repetitions and lookalikes have files of their own.

Each scenario takes a laboratory and a program and returns its runs, labelled. The sentence of the
taxonomy that decides a label stands beside it in quotation marks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from laboratory import HOUR, Laboratory, Run
from programs import SPREAD, Program

Scenario = Callable[[Laboratory, Program], list[Run]]
# The share of each scenario among those drawn, and the flavours of programs that it fits.
SCENARIOS: dict[Scenario, tuple[float, Callable[[Program], bool]]] = {}
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


def anywhere(program: Program) -> bool:
    return True


def repeatable(program: Program) -> bool:
    return program.deterministic


def ordered(program: Program) -> bool:
    return program.flavour != "no_start"


def known(program: Program) -> bool:
    """Deterministic, and its code, data and times are recorded."""
    return program.deterministic and program.flavour not in ("no_code", "no_data", "no_start")


def scenario(weight: float, fits: Callable[[Program], bool] = anywhere) -> Callable[..., Any]:
    def register(function: Scenario) -> Scenario:
        SCENARIOS[function] = (weight, fits)
        return function

    return register


def one(lab: Laboratory, program: Program, **changes: Any) -> Run:
    """A first run, of which the rest of a scenario is made."""
    setting = program.setting(lab.draw) | changes
    return lab.execute(program, setting, lab.draw.randrange(10), lab.moment())


# Honest work


@scenario(24)
def random_sweep(lab: Laboratory, program: Program) -> list[Run]:
    base, start, sweep = program.setting(lab.draw), lab.moment(), f"sweep-{lab.new_id()[:6]}"
    runs = []
    for _ in range(lab.draw.randrange(4, 16)):
        keys = {"lr": 10 ** lab.draw.uniform(-4.5, -1.5), "dropout": lab.draw.uniform(0.05, 0.5)}
        runs.append(lab.execute(program, base | keys, 0, start, sweep=sweep))
        start += lab.draw.uniform(60, 2 * HOUR)
    return runs


@scenario(12)
def grid_sweep(lab: Laboratory, program: Program) -> list[Run]:
    base, start, sweep = program.setting(lab.draw), lab.moment(), f"sweep-{lab.new_id()[:6]}"
    cells = [(lr, size) for lr in (1e-4, 3e-4, 1e-3) for size in (32, 64, 128)]
    return [
        lab.execute(program, base | {"lr": lr, "batch_size": size}, 0, start + n, sweep=sweep)
        for n, (lr, size) in enumerate(cells)
    ]


@scenario(8)
def single_run(lab: Laboratory, program: Program) -> list[Run]:
    return [one(lab, program)]


def replicates_needed(program: Program) -> int:
    """ "n* comes from measured noise (95 % half-width ≤ half the between-configuration sd)"."""
    for n in range(2, len(STUDENT) + 2):
        if STUDENT[n - 2] * program.sigma / math.sqrt(n) <= SPREAD / 2:
            return n
    raise AssertionError("the noise of a program asks for more seeds than the table has")


def seeds(lab: Laboratory, program: Program, count: int) -> list[Run]:
    setting, start = program.setting(lab.draw), lab.moment()
    code = program.code_at(start)
    pause = lab.draw.uniform(60, 5 * HOUR)
    return [
        lab.execute(program, setting, seed, start + seed * pause, code=code)
        for seed in range(count)
    ]


@scenario(14)
def seed_replicate(lab: Laboratory, program: Program) -> list[Run]:
    """ "RECIPE equal, seeds differ; count ≤ n*: legitimate". Well below n*, which is estimated."""
    most = max(2, math.floor(0.6 * replicates_needed(program)))
    runs = seeds(lab, program, lab.draw.randrange(2, most + 1))
    lab.same(runs, "seed_replicate", trap="legitimate_replicates")
    return runs


@scenario(0.6)
def excess_replicate(lab: Laboratory, program: Program) -> list[Run]:
    """ "Count > n*: review": the runs after the first n*. Far above n*, which is estimated."""
    least = replicates_needed(program)
    runs = seeds(lab, program, 3 * least + lab.draw.randrange(3))
    lab.same(runs, "excess_replicate")
    runs.sort(key=lambda run: run.started)
    for place in range(least, len(runs)):
        run = runs[place]
        lab.note(run, "excess_replicate", runs[:place], "review", run.spent(), proof="statistical")
    return runs
