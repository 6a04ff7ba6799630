"""Runs as a laboratory has them: searches, seeds, failures, repetitions, children."""

import json
import math
import random

DAY = 86_400.0
CODE = {"entry": "train.py", "commit": "5f3c0de4" * 5, "dirty": False, "tree": "git:9b1e"}
DEVICES = {"host": "node3", "devices": [{"kind": "gpu", "name": "NVIDIA L4", "count": 1}]}


def curve(config: dict, epochs: int, chance: random.Random) -> list[tuple[float, float]]:
    """Accuracy and loss of each epoch; the learning rate decides where they end."""
    best = 0.947 - 0.05 * abs(math.log10(config["lr"]) + 2.0) + 0.012 * (config["width"] / 512)
    best += chance.gauss(0, 0.002)
    rows = []
    for epoch in range(1, epochs + 1):
        share = 1 - math.exp(-epoch / (2.2 + config["width"] / 400))
        noise = chance.gauss(0, 0.003)
        rows.append((0.1 + (best - 0.1) * share + noise, 2.3 * (1 - share) + 0.08 + abs(noise)))
    return rows


def record(name: str, project: str, stage: str, started: float, config: dict, **more) -> dict:
    """One run record; `more` may hold epochs, status, parents, watts, energy=False and others."""
    chance = random.Random(more.pop("chance", name))
    epochs = more.pop("epochs", 20)
    config = {**config, "epochs": more.pop("planned", epochs)}
    watts = more.pop("watts", 58 + config["width"] / 16)
    seconds = more.pop("seconds", 170 + config["width"] / 2)
    has_energy = more.pop("energy", True)
    rows, at = [], started + 2.0
    for number, (accuracy, loss) in enumerate(curve(config, epochs, chance), 1):
        took = seconds * chance.uniform(0.97, 1.04)
        row = {
            "epoch": number,
            "started": at,
            "duration_s": took,
            "metrics": {"accuracy": round(accuracy, 5), "loss": round(loss, 5)},
        }
        if has_energy:
            row["energy_j"] = round(took * watts * chance.uniform(0.98, 1.02), 1)
        rows.append(row)
        at += took
    run = {
        "run_id": name,
        "project": project,
        "stage": stage,
        "status": "finished",
        "user": chance.choice(["ada", "grace", "lin"]),
        "started": started,
        "ended": at,
        "config": config,
        "seed": config["seed"],
        "duration_s": at - started,
        "epochs": rows,
        "hardware": DEVICES,
        "code": CODE,
        "data": {"name": "birds-200", "fingerprint": "sha256:" + "ab" * 32},
    }
    if has_energy:
        run["energy_j"] = round(sum(row["energy_j"] for row in rows) * 1.01, 1)
    run.update(more)
    return run


def identifier(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def runs(now: float) -> list[dict]:
    """Nine weeks of work on one model, from the first search to a smaller model and its test."""
    chance = random.Random(8)
    start = now - 62 * DAY
    made: list[dict] = []
    for place, (lr, width) in enumerate(
        (lr, width) for lr in (0.1, 0.03, 0.01, 0.003, 0.001) for width in (128, 256, 512)
    ):
        config = {"optim": {"name": "sgd", "momentum": 0.9}, "lr": lr, "width": width, "seed": 0}
        diverges = lr == 0.1 and width == 512
        more = {"epochs": 4, "planned": 12, "status": "failed"} if diverges else {"epochs": 12}
        made.append(
            record(
                identifier(chance),
                "birds",
                "search",
                start + place * 1.6 * DAY,
                config,
                sweep="lr-width",
                tags=["sweep"],
                **more,
            )
        )
    best = {"optim": {"name": "sgd", "momentum": 0.9}, "lr": 0.01, "width": 512}
    begun = start + 27 * DAY
    for seed in range(4):
        made.append(
            record(
                identifier(chance),
                "birds",
                "training",
                begun + seed * 2 * DAY,
                {**best, "seed": seed},
                epochs=30,
                tags=["paper"],
            )
        )
    teacher = made[-4]
    # The same once more, only spelt differently: its curves are equal bit for bit.
    again = record(
        identifier(chance),
        "birds",
        "training",
        begun + 11 * DAY,
        {**best, "seed": 0},
        epochs=30,
        chance=teacher["run_id"],
    )
    again["config"]["lr"] = "1e-02"
    made.append(again)
    made.append(
        record(
            identifier(chance),
            "birds",
            "training",
            begun + 14 * DAY,
            {**best, "seed": 5},
            epochs=9,
            planned=30,
            status="killed",
        )
    )
    small = {"optim": {"name": "adamw", "weight_decay": 0.01}, "lr": 0.003, "width": 128}
    for seed in range(3):
        made.append(
            record(
                identifier(chance),
                "birds-small",
                "distillation",
                start + (46 + 3 * seed) * DAY,
                {**small, "seed": seed},
                epochs=24,
                parents=[{"run_id": teacher["run_id"], "relation": "distils"}],
            )
        )
    student = made[-3]
    made.append(
        record(
            identifier(chance),
            "birds-small",
            "quantization",
            start + 56 * DAY,
            {**small, "seed": 0},
            epochs=3,
            seconds=60,
            parents=[{"run_id": student["run_id"], "relation": "quantizes"}],
        )
    )
    tuned = record(
        identifier(chance),
        "birds-field",
        "fine_tuning",
        start + 58 * DAY,
        {**small, "seed": 0, "lr": 0.001},
        epochs=10,
        parents=[{"run_id": student["run_id"], "relation": "fine_tunes"}],
    )
    made.append(tuned)
    for place, parent in enumerate([teacher, student, tuned]):
        made.append(
            record(
                identifier(chance),
                parent["project"],
                "evaluation",
                start + (59 + place) * DAY,
                parent["config"],
                epochs=1,
                seconds=45,
                parents=[{"run_id": parent["run_id"], "relation": "evaluates"}],
            )
        )
    made.append(
        record(
            identifier(chance),
            "birds-field",
            "training",
            start + 61 * DAY,
            {**small, "seed": 1},
            epochs=6,
            energy=False,
            tags=["laptop"],
        )
    )
    return made


def write(path, now: float) -> None:
    """The records as JSON lines."""
    with open(path, "w", encoding="utf-8") as file:
        for run in runs(now):
            file.write(json.dumps(run) + "\n")
