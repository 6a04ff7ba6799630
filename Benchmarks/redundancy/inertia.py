"""Results that do not depend on a seed or a key, near and dominated runs, and other contexts.

The sentence of the taxonomy that decides a label stands beside it in quotation marks.
"""

from __future__ import annotations

import math

from laboratory import HOUR, NOTHING, Laboratory, Run
from programs import DEAD, Code, Program, Setting, digest
from scenarios import known, one, ordered, scenario


def boosted(
    lab: Laboratory, program: Program, base: Setting, seed: int, started: float, code: Code
) -> Run:
    """A run of gradient boosting, which draws nothing at random."""
    run = lab.execute(program, base, seed, started, code=code, leaves={})
    record = run.record
    run.recipe = digest(program.project, "boost.py", run.data, run.code.meaning, base["lr"])
    run.bits = run.recipe
    rows = program.curve(program.accuracy(base), run.bits, 2)
    record["code"] |= {"entry": "boost.py"}
    record["config"] = {
        "seed": seed, "data": {"path": base["data"]}, "output": f"runs/{run.id[:8]}",
        "booster": {"type": "gbdt", "eta": base["lr"], "max_depth": 6, "subsample": 1.0},
    }  # fmt: skip
    record["metrics"] = {"val": rows[0], "test": rows[1]}
    del record["epochs"]
    return run


@scenario(1.2, known)
def seed_inert(lab: Laboratory, program: Program) -> list[Run]:
    """ "RECIPE equal, seeds differ, CURVE bit-equal: waste from the 3rd run"."""
    base, started = program.setting(lab.draw), lab.moment()
    code, runs = program.code_at(started), []
    for seed in range(lab.draw.randrange(3, 8)):
        runs.append(boosted(lab, program, base, seed, started, code))
        started = runs[-1].ended + lab.draw.uniform(60, HOUR)
    return inert(lab, runs, "seed_inert")


@scenario(0.5, known)
def seed_inert_at_once(lab: Laboratory, program: Program) -> list[Run]:
    """ "Avoidable only if the evidence was already finished": nobody could know."""
    base, started = program.setting(lab.draw), lab.moment()
    code = program.code_at(started)
    runs = [boosted(lab, program, base, seed, started + seed, code) for seed in range(4)]
    return inert(lab, runs, "seed_inert", trap="concurrent_start")


def inert(lab: Laboratory, runs: list[Run], name: str, trap: str | None = None) -> list[Run]:
    """The first two discover it and are not waste; each further one needed both to have ended."""
    lab.same(runs, name, trap)
    for place in range(2, len(runs)):
        lab.judge(runs[place], name, runs[:place], needed=2, trap=trap)
    return runs


@scenario(1.2, known)
def dead_knob(lab: Laboratory, program: Program) -> list[Run]:
    """ "CURVE bit-equal, configurations differ in a key: waste after the discovery pair"."""
    knob = DEAD[program.knobs % len(DEAD)]
    program.knobs += 1
    runs = [one(lab, program, dead={knob: 1})]
    for value in range(2, lab.draw.randrange(4, 7)):
        setting = runs[0].setting | {"dead": {knob: value}}
        runs.append(lab.again(runs[0], lab.later(runs[-1]), setting=setting))
    return inert(lab, runs, "dead_knob")


@scenario(1, ordered)
def near_duplicate(lab: Laboratory, program: Program) -> list[Run]:
    """ "One numeric key differs ≤ 3 % and the difference is ≤ 3√2·σ of the seeds: review only"."""
    first = one(lab, program)
    rate = first.setting["lr"] * lab.draw.uniform(1.005, 1.028)
    second = lab.again(first, lab.later(first), setting=first.setting | {"lr": rate})
    reached = [run.record["epochs"][-1]["metrics"]["val/accuracy"] for run in (first, second)]
    lab.same([first, second])
    if abs(reached[1] - reached[0]) <= 3 * math.sqrt(2) * program.sigma:
        lab.note(second, "near_duplicate", [first], "review", second.spent(), proof="statistical")
    return [first, second]


@scenario(0.6, lambda program: known(program) and program.flavour not in ("noisy", "no_energy"))
def dominated(lab: Laboratory, program: Program) -> list[Run]:
    """ "Hindsight": far worse than a run of the same sweep, at twice its energy.

    The taxonomy states no rule for this class, so the labels are some of its members, not all.
    """
    base, start, sweep = program.setting(lab.draw), lab.moment(), f"sweep-{lab.new_id()[:6]}"
    searched = ("lr", "weight_decay", "dropout")
    drawn = [program.setting(lab.draw) for _ in range(30)]
    cheap = [base | {key: other[key] for key in searched} | {"batch_size": 128} for other in drawn]
    cheap.sort(key=program.accuracy)
    costly = [setting | {"batch_size": 4} for setting in cheap]
    settings = [*cheap[-6:], min(costly, key=program.accuracy)]
    runs = [
        lab.execute(program, setting, 0, start + place, sweep=sweep)
        for place, setting in enumerate(settings)
    ]
    lab.same(runs)
    final = [run.record["epochs"][-1]["metrics"]["val/accuracy"] for run in runs]
    best = max(range(6), key=final.__getitem__)
    if final[best] - final[-1] > 3 * math.sqrt(2) * program.sigma:
        lab.note(runs[-1], "dominated", [runs[best]], "hindsight", runs[-1].spent())
    return runs


# The same configuration in another context: "information"


def elsewhere(lab: Laboratory, first: Run, second: Run, name: str) -> list[Run]:
    lab.same([first])
    lab.note(second, name, [first], "not_waste", NOTHING)
    return [first, second]


@scenario(0.7, known)
def new_data(lab: Laboratory, program: Program) -> list[Run]:
    first = one(lab, program)
    second = lab.again(first, lab.later(first), data=f"{program.dataset}@2")
    return elsewhere(lab, first, second, "new_data")


@scenario(0.7, known)
def new_code(lab: Laboratory, program: Program) -> list[Run]:
    first = one(lab, program)
    code = program.commit(first.code.meaning + 1000)
    return elsewhere(lab, first, lab.again(first, lab.later(first), code=code), "new_code")


@scenario(0.7, known)
def new_environment(lab: Laboratory, program: Program) -> list[Run]:
    first = one(lab, program)
    program.libraries = {**program.libraries, "torch": "2.5.0"}
    second = lab.again(first, lab.later(first))
    program.libraries = {**program.libraries, "torch": "2.4.1"}
    return elsewhere(lab, first, second, "new_environment")
