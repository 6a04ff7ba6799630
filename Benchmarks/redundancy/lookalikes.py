"""Traps: runs that look like repetitions and are none, and evaluations of checkpoints.

The sentence of the taxonomy that decides a label stands beside it in quotation marks.
"""

from __future__ import annotations

import math
from typing import Any

from laboratory import HOUR, Laboratory, Run
from programs import DATASETS, Program, digest, nested
from scenarios import known, one, ordered, scenario


def apart(lab: Laboratory, runs: list[Run], trap: str) -> list[Run]:
    """Runs that compute different things."""
    lab.same(runs, trap=trap)
    return runs


def variants(lab: Laboratory, program: Program, key: str, values: list[Any]) -> list[Run]:
    """One after another, the same seed, with one key that the program does read."""
    runs: list[Run] = []
    for value in values:
        if runs:
            setting = runs[0].setting | {key: value}
            runs.append(lab.again(runs[0], lab.later(runs[-1]), setting=setting))
        else:
            runs.append(one(lab, program, **{key: value}))
    return runs


# Keys that matter


@scenario(1)
def folds(lab: Laboratory, program: Program) -> list[Run]:
    """ "Protected keys are never called inert: split, fold, dataset, model name, checkpoint"."""
    return apart(lab, variants(lab, program, "fold", [0, 1, 2, 3, 4]), "protected_fold")


@scenario(0.6)
def datasets(lab: Laboratory, program: Program) -> list[Run]:
    others = [name for name in DATASETS if name != program.dataset][:2]
    runs = [one(lab, program)]
    for name in others:
        setting = runs[0].setting | {"data": f"data/{name}"}
        runs.append(lab.again(runs[0], lab.later(runs[-1]), setting=setting, data=f"{name}@1"))
    return apart(lab, runs, "protected_dataset")


@scenario(0.6)
def bare_keys(lab: Laboratory, program: Program) -> list[Run]:
    """ "Anchored by path, never by bare name (DVC dropped every key called `size`)"."""
    key, values = lab.draw.choice([
        ("model", ["resnet", "vit"]), ("size", ["small", "large"]), ("data", ["data/a", "data/b"]),
    ])  # fmt: skip
    runs = variants(lab, program, key, values)
    if key == "data":
        for run in runs:
            run.record["data"] = {}
    return apart(lab, runs, "bare_key")


@scenario(0.6)
def versions(lab: Laboratory, program: Program) -> list[Run]:
    """ "1.10" and "1.1" are one number and two versions; no run spells one as a number."""
    return apart(lab, variants(lab, program, "version", ["1.10", "1.1"]), "version_string")


@scenario(0.6)
def close_rates(lab: Laboratory, program: Program) -> list[Run]:
    """ "Floats as `%.5f`: lr 1e-6 and 2e-6 collide"."""
    return apart(lab, variants(lab, program, "lr", [1e-6, 2e-6, 4e-6]), "close_learning_rates")


@scenario(0.6, known)
def other_default(lab: Laboratory, program: Program) -> list[Run]:
    """Constant where present, absent elsewhere, and not the default: "a weaker tier is promoted by
    bit-identical curves", and these curves differ."""
    first = one(lab, program)
    second = lab.again(first, lab.later(first), setting=first.setting | {"smoothing": 0.1})
    return apart(lab, [first, second], "absent_key_other_default")


@scenario(0.5, known)
def ignored_fold(lab: Laboratory, program: Program) -> list[Run]:
    """The program forgot to read its fold. "Protected keys are never called inert"."""
    first = one(lab, program)
    leaves = program.leaves(first.setting | {"fold": 1}, first.seed)
    second = lab.again(first, lab.later(first), leaves=leaves)
    return apart(lab, [first, second], "protected_bit_equal")


# Results that say little


@scenario(0.8)
def few_digits(lab: Laboratory, program: Program) -> list[Run]:
    """ "Identical result needs information: at least 64 bits + 2·log2 N"."""
    setting, seed, start = program.setting(lab.draw) | {"epochs": 3}, 1, lab.moment()
    coarse, code = {"accuracy": 0.5}, program.code_at(start)
    runs: list[Run] = []
    for rate in (1e-3, 1e-2, 1e-1):
        changed = setting | {"lr": rate}
        runs.append(lab.execute(program, changed, seed, start, coarse=coarse, code=code))
        start = lab.later(*runs)
    return apart(lab, runs, "few_digits")


@scenario(0.8)
def collapsed(lab: Laboratory, program: Program) -> list[Run]:
    """Chance level in every epoch: ln 10 has 53 bits once, and says nothing of who computed it."""
    constant = lab.draw.choice([{"loss": math.log(10), "accuracy": 0.1}, {"loss": "NaN"}])
    setting, start = program.setting(lab.draw) | {"epochs": 8, "lr": 0.5}, lab.moment()
    code = program.code_at(start)
    runs = [
        lab.execute(program, setting, seed, start + HOUR * seed, coarse=constant, code=code)
        for seed in range(2)
    ]
    lab.same(runs, "seed_replicate", trap="constant_metrics")
    other = lab.execute(
        program, setting | {"lr": 1.0}, 0, lab.later(*runs), coarse=constant, code=code
    )
    return runs + apart(lab, [other], "constant_metrics")


# Missing and coarse facts


@scenario(0.6)
def unknown_seeds(lab: Laboratory, program: Program) -> list[Run]:
    """Each took a seed from the clock and recorded none: "RECIPE equal, seeds differ"."""
    setting, start = program.setting(lab.draw), lab.moment()
    code, runs = program.code_at(start), []
    for _ in range(2):
        run = lab.execute(program, setting, lab.draw.random(), start, code=code, leaves={})
        leaves = program.leaves(setting, None)
        run.record |= {"seed": None, "config": nested(leaves)}
        runs.append(run)
        start = lab.later(run)
    lab.same(runs, "seed_replicate", trap="unknown_seed")
    return runs


@scenario(1, lambda program: program.flavour == "whole_seconds")
def array_job(lab: Laboratory, program: Program) -> list[Run]:
    """Started in the same second on one host, with epochs of as many whole seconds."""
    setting, start = program.setting(lab.draw), float(int(lab.moment()))
    runs = []
    for rate in (1e-4, 1e-3):
        for seed in (0, 1):
            runs.append(lab.execute(program, setting | {"lr": rate}, seed, start))
    first = runs[0].record
    for run in runs[1:]:
        run.record["hardware"] = first["hardware"]
        for key in ("started", "ended", "duration_s"):
            run.record[key] = first[key]
        for row, like in zip(run.record["epochs"], first["epochs"], strict=True):
            row["duration_s"] = like["duration_s"]
    lab.same(runs, "seed_replicate", trap="whole_seconds")
    return runs


@scenario(0.6, ordered)
def rank_siblings(lab: Laboratory, program: Program) -> list[Run]:
    """Ranks of one job, each with a record of its own: "sibling ranks are one run"."""
    first = one(lab, program)
    job = {**program.libraries, "SLURM_JOB_ID": str(lab.draw.randrange(10**6))}
    second = lab.again(first, first.started, verbatim=True)
    for rank, run in enumerate((first, second)):
        run.record |= {"rank": rank, "world_size": 2, "env": job}
        run.record["hardware"] = first.record["hardware"]
    for row, like in zip(second.record["epochs"], first.record["epochs"], strict=True):
        row["metrics"] = like["metrics"]
    return apart(lab, [first, second], "rank_siblings")


@scenario(0.6)
def two_projects(lab: Laboratory, program: Program) -> list[Run]:
    """The same configuration given to two programs."""
    first = one(lab, program)
    others = [
        other for other in lab.programs
        if other.launcher == program.launcher and other is not program
    ]  # fmt: skip
    other = lab.draw.choice(others)
    start = lab.later(first)
    data = first.data
    second = lab.execute(
        other, first.setting, first.seed, start, data=data, config=first.record["config"]
    )
    return apart(lab, [first, second], "two_projects")


# Evaluations


def evaluation(
    lab: Laboratory, program: Program, model: Run, started: float, split: str, epoch: int
) -> Run:
    """Evaluates the checkpoint that `model` saved after `epoch` on a split of its data."""
    run = lab.again(model, started, setting=model.setting | {"epochs": 1})
    record = run.record
    run.recipe = run.bits = digest(model.id, epoch, split, run.data, run.code.meaning)
    record["config"] = {
        "checkpoint": f"runs/{model.id}/epoch={epoch}.ckpt", "batch_size": 256,
        "data": {"path": model.setting["data"], "split": split},
        "output_dir": f"evaluations/{run.id[:8]}",
    }  # fmt: skip
    record["stage"] = "evaluation"
    record["code"] |= {"entry": "evaluate.py"}
    record["parents"] = [{"run_id": model.id, "relation": "evaluates"}]
    rows = program.curve(program.accuracy(model.setting), run.bits, 2)
    record["metrics"] = {split: rows[0], "calibrated": rows[1]}
    del record["epochs"]
    return run


@scenario(1.2, known)
def re_evaluation(lab: Laboratory, program: Program) -> list[Run]:
    """ "Same checkpoint, evaluation data and configuration: waste from the 2nd"."""
    model = one(lab, program)
    last = model.setting["epochs"]
    model.record["artifacts"] = [
        {"name": f"epoch={epoch}.ckpt", "kind": "checkpoint", "epoch": epoch}
        for epoch in (last - 1, last)
    ]
    runs = [evaluation(lab, program, model, lab.later(model), "test", last)]
    for _ in range(lab.draw.choice([1, 1, 2])):
        runs.append(evaluation(lab, program, model, lab.later(*runs), "test", last))
    lab.same([model, runs[0]])
    for place in range(1, len(runs)):
        lab.judge(runs[place], "re_evaluation", runs[:place])
    split = evaluation(lab, program, model, lab.later(*runs), "validation", last)
    epoch = evaluation(lab, program, model, lab.later(*runs), "test", last - 1)
    apart(lab, [split], "protected_split")
    return [model, *runs, split, *apart(lab, [epoch], "other_checkpoint")]


@scenario(0.6, known)
def checkpoints_of_one_name(lab: Laboratory, program: Program) -> list[Run]:
    """`last.ckpt` of two runs is two checkpoints; their parents tell them apart."""
    models = [one(lab, program)]
    models.append(lab.again(models[0], lab.moment(), setting=program.setting(lab.draw)))
    runs: list[Run] = []
    for model in models:
        run = evaluation(lab, program, model, lab.later(*models, *runs), "test", 0)
        run.record["config"] |= {"checkpoint": "outputs/last.ckpt"}
        runs.append(run)
    return models + apart(lab, runs, "checkpoints_of_one_name")
