"""Copies of records, and runs that do again what an earlier one did.

The sentence of the taxonomy that decides a label stands beside it in quotation marks.
"""

from __future__ import annotations

from typing import Any

from laboratory import NOTHING, UNKNOWN, Laboratory, Run
from programs import Program, Setting, flat, nested
from scenarios import Scenario, known, one, ordered, repeatable, scenario

# Copies


def copy(lab: Laboratory, run: Run, **changes: Any) -> Run:
    """The record of the same execution under another name.

    "PHYS equal: not waste; count the energy once": there are no joules on any line.
    """
    record = {**run.record, "run_id": lab.new_id(), **changes}
    twin = Run(
        record, run.program, run.setting, run.seed, run.code, run.data, run.started, run.ended,
        run.recipe, run.bits,
    )  # fmt: skip
    lab.same([run])
    lab.note(twin, "record_copy", [run], "not_waste", NOTHING)
    return twin


@scenario(2)
def record_copy(lab: Laboratory, program: Program) -> list[Run]:
    run = one(lab, program)
    return [run, copy(lab, run)]


@scenario(2)
def record_copy_reserialised(lab: Laboratory, program: Program) -> list[Run]:
    run = one(lab, program)
    config = nested(respelt(lab, dict(sorted(flat(run.record["config"]).items())), "strings"))
    return [run, copy(lab, run, config=config, seed=str(run.seed), tags=["imported"])]


@scenario(1, lambda program: program.flavour not in ("whole_seconds",))
def record_copy_without_host(lab: Laboratory, program: Program) -> list[Run]:
    """ "No host: PHYS falls back to equal sub-second durations plus equal metric bits"."""
    run = one(lab, program)
    return [run, copy(lab, run, hardware={"devices": run.record["hardware"]["devices"]})]


@scenario(1, ordered)
def record_copy_in_another_project(lab: Laboratory, program: Program) -> list[Run]:
    run = one(lab, program)
    return [run, copy(lab, run, project=f"{program.project}-archive")]


# Repetitions of equal work


@scenario(2, repeatable)
def exact_rerun(lab: Laboratory, program: Program) -> list[Run]:
    """ "EXACT equal, earlier finished: waste"."""
    return reruns(lab, program, None)


@scenario(0.6, lambda program: not program.deterministic)
def nondeterministic_rerun(lab: Laboratory, program: Program) -> list[Run]:
    """The bits differ, and "EXACT equal" holds all the same."""
    return reruns(lab, program, "nondeterministic_rerun")


def reruns(lab: Laboratory, program: Program, trap: str | None) -> list[Run]:
    runs = [one(lab, program)]
    lab.same(runs, trap=trap)
    for _ in range(lab.draw.choice([1, 1, 1, 2]) if ordered(program) else 1):
        runs.append(lab.again(runs[0], lab.later(*runs), verbatim=True))
        lab.judge(runs[-1], "exact_rerun", runs[:-1], trap=trap)
    return runs


@scenario(0.6, ordered)
def concurrent_rerun(lab: Laboratory, program: Program) -> list[Run]:
    """ "Overlapping starts are concurrent"; a third run begins after the first one ended."""
    first = one(lab, program)
    half = first.started + 0.5 * (first.ended - first.started)
    second = lab.again(first, half, verbatim=True)
    third = lab.again(first, first.ended + 1, verbatim=True)
    lab.same([first])
    lab.judge(second, "exact_rerun", [first], trap="concurrent_start")
    lab.judge(third, "exact_rerun", [first, second])
    return [first, second, third]


@scenario(0.6)
def verifying_rerun(lab: Laboratory, program: Program) -> list[Run]:
    first = one(lab, program)
    second = lab.again(first, lab.later(first), verbatim=True, tags=["verify"])
    lab.same([first])
    lab.judge(second, "exact_rerun", [first], trap="tagged_verify")
    return [first, second]


@scenario(0.6, known)
def rerun_with_unknown_seed(lab: Laboratory, program: Program) -> list[Run]:
    """The program fixes its seed and records none: "hindsight only", as bits tell at the end."""
    setting = program.setting(lab.draw)
    first = lab.execute(program, setting, None, lab.moment())
    second = lab.again(first, lab.later(first), verbatim=True)
    lab.same([first], trap="unknown_seed")
    lab.note(second, "exact_rerun", [first], "hindsight", second.spent(), trap="unknown_seed")
    return [first, second]


@scenario(1)
def grid_overlap(lab: Laboratory, program: Program) -> list[Run]:
    """ "Split by sweep id" first, then by raw text: each job of a sweep has its own folder."""
    base, start = program.setting(lab.draw), lab.moment()
    rates = [10**power for power in (-4.5, -4, -3.5, -3, -2.5)]

    def sweep(rates: list[float], start: float) -> list[Run]:
        name = f"sweep-{lab.new_id()[:6]}"
        return [
            lab.execute(program, base | {"lr": rate}, 1, start, code=code, sweep=name)
            for rate in rates
        ]

    code = program.code_at(start)
    first = sweep(rates[:4], start)
    second = sweep(rates[2:], lab.later(*first))
    lab.same(first + second)
    for run, earlier in zip(second, first[2:], strict=False):
        lab.judge(run, "grid_overlap", [earlier])
    return first + second


STYLES = ["reordered", "strings", "scientific", "floats", "booleans", "seed", "surroundings"]


def respelt(lab: Laboratory, leaves: Setting, style: str) -> Setting:
    """The same configuration in other words, as another launcher or a shell would write it."""
    items = list(leaves.items())
    if style == "reordered":
        lab.draw.shuffle(items)
    for place, (path, value) in enumerate(items):
        truth = isinstance(value, bool)
        if truth and style == "booleans":
            value = str(value).lower()
        elif style == "seed" and "seed" in path:
            value = str(value)
        elif isinstance(value, int | float) and not truth:
            if style == "strings":
                value = repr(value)
            elif style == "scientific" and isinstance(value, float):
                value = f"{value:.17e}"
            elif style == "floats" and isinstance(value, int):
                value = float(value)
        items[place] = (path, value)
    return dict(items)


def spelling(style: str) -> Scenario:
    def config_equivalent(lab: Laboratory, program: Program) -> list[Run]:
        """ "`1e-3`, `0.001`, `"0.001"` merge. The seed's spelling … the same way"."""
        first = one(lab, program)
        leaves = respelt(lab, program.leaves(first.setting, first.seed), style)
        second = lab.again(first, lab.later(first), leaves=leaves)
        if style == "seed":
            second.record["seed"] = str(first.seed)
        lab.same([first])
        lab.judge(second, "config_equivalent", [first], trap=f"spelling_{style}")
        return [first, second]

    return config_equivalent


for style in STYLES:
    scenario(0.6)(spelling(style))


@scenario(1, repeatable)
def default_not_written(lab: Laboratory, program: Program) -> list[Run]:
    """ "An implicit default (constant where present, absent elsewhere) is filled"."""
    first = one(lab, program)
    leaves = program.leaves({k: v for k, v in first.setting.items() if k != "ema"}, first.seed)
    second = lab.again(first, lab.later(first), leaves=leaves)
    lab.same([first])
    lab.judge(second, "config_equivalent", [first], trap="implicit_default")
    return [first, second]


@scenario(1, repeatable)
def inactive_key(lab: Laboratory, program: Program) -> list[Run]:
    """ "Inactive conditional keys drop out": a step size where the scheduler is none."""
    first = one(lab, program, scheduler="none", step_size=10)
    second = lab.again(first, lab.later(first), setting=first.setting | {"step_size": 30})
    lab.same([first])
    lab.judge(second, "config_equivalent", [first], trap="inactive_key")
    return [first, second]


@scenario(1, known)
def code_equivalent(lab: Laboratory, program: Program) -> list[Run]:
    """ "Split by commit with the same tree"."""
    first = one(lab, program)
    code = program.commit(first.code.meaning, like=first.code)
    code.tree = first.code.tree
    second = lab.again(first, lab.later(first), verbatim=True, code=code)
    lab.same([first])
    lab.judge(second, "code_equivalent", [first])
    return [first, second]


@scenario(1, lambda program: program.flavour == "closure")
def comments_changed(lab: Laboratory, program: Program) -> list[Run]:
    """Another tree; the files that the program imports are the same apart from comments."""
    first = one(lab, program)
    code = program.commit(first.code.meaning, like=first.code)
    second = lab.again(first, lab.later(first), verbatim=True, code=code)
    lab.same([first])
    lab.judge(second, "code_equivalent", [first], trap="comments_changed")
    return [first, second]


# Broken off


def broken_off(lab: Laboratory, program: Program, status: str) -> Run:
    setting = program.setting(lab.draw) | {"epochs": lab.draw.choice([8, 12])}
    epochs = lab.draw.randrange(3, 7)
    seed = lab.draw.randrange(10)
    return lab.execute(program, setting, seed, lab.moment(), last=epochs, status=status)


@scenario(1, lambda program: known(program) or not program.deterministic)
def resume(lab: Laboratory, program: Program) -> list[Run]:
    """ "The earlier run unfinished; first epoch > 1: re-done epochs are lost work"."""
    first = broken_off(lab, program, "killed")
    reached = len(first.record["epochs"])
    saved = reached - lab.draw.randrange(0, 3)
    first.record["artifacts"] = [checkpoint(saved)]
    parents = [{"run_id": first.id, "relation": "resumes"}]
    second = lab.again(first, lab.later(first), verbatim=True, first=saved + 1, parents=parents)
    lab.same([first])
    redone = second.spent(saved + 1, reached) if saved < reached else NOTHING
    lab.note(second, "resume", [first], "lost_work", redone)
    return [first, second]


@scenario(1, lambda program: known(program) or not program.deterministic)
def failed_retry(lab: Laboratory, program: Program) -> list[Run]:
    """ "The earlier run unfinished; first epoch = 1: re-done epochs are lost work"."""
    first = broken_off(lab, program, "failed")
    second = lab.again(first, lab.later(first), verbatim=True)
    reached = len(first.record["epochs"])
    lab.same([first])
    lab.note(second, "failed_retry", [first], "lost_work", second.spent(1, reached))
    return [first, second]


def checkpoint(epoch: int) -> dict[str, Any]:
    return {"name": f"epoch={epoch}.ckpt", "kind": "checkpoint", "epoch": epoch}


def prolonged(lab: Laboratory, program: Program, artifacts: object) -> list[Run]:
    """A finished run, and one with a longer budget whose first epochs are the same."""
    first = one(lab, program, epochs=lab.draw.choice([3, 5]))
    if artifacts is not None:
        first.record["artifacts"] = artifacts
    setting = first.setting | {"epochs": first.setting["epochs"] * 2}
    second = lab.again(first, lab.later(first), setting=setting)
    lab.same([first])
    return [first, second]


@scenario(1.5, known)
def prefix_extension(lab: Laboratory, program: Program) -> list[Run]:
    """ "Waste = the overlapped epochs, only if a checkpoint existed": up to that checkpoint."""
    first, second = prolonged(lab, program, [])
    saved = first.setting["epochs"] - lab.draw.choice([0, 0, 0, 1])
    first.record["artifacts"] = [checkpoint(saved)]
    lab.judge(second, "prefix_extension", [first], spent=second.spent(1, saved))
    return [first, second]


@scenario(0.6, known)
def prefix_without_checkpoint(lab: Laboratory, program: Program) -> list[Run]:
    """ "Only if a checkpoint existed": it is known that none did."""
    first, second = prolonged(lab, program, [])
    lab.note(second, "prefix_extension", [first], "not_waste", NOTHING, trap="no_checkpoint")
    return [first, second]


@scenario(0.6, known)
def prefix_with_unknown_checkpoint(lab: Laboratory, program: Program) -> list[Run]:
    """Nobody recorded whether a checkpoint existed: "missing" is not zero, the waste is null."""
    first, second = prolonged(lab, program, None)
    trap = "unknown_checkpoint"
    lab.note(second, "prefix_extension", [first], "undetermined", UNKNOWN, trap=trap)
    return [first, second]


@scenario(0.6)
def stretched_schedule(lab: Laboratory, program: Program) -> list[Run]:
    """A cosine schedule spans the budget: no epoch of the longer run is one of the shorter."""
    first = one(lab, program, scheduler="cosine", epochs=5)
    first.record["artifacts"] = [checkpoint(5)]
    second = lab.again(first, lab.later(first), setting=first.setting | {"epochs": 10})
    lab.same([first, second], trap="stretched_schedule")
    return [first, second]
