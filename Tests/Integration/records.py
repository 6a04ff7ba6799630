"""Run records to import: small, and each with a known place in an audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

START = 1_772_447_700.0


def record(
    name: str, *, at: float, config: dict[str, Any], seed: object, **more: Any
) -> dict[str, Any]:
    """A finished training run of five epochs, 100 J and 10 s each, starting `at` seconds."""
    return {
        "run_id": name,
        "project": "digits",
        "stage": "training",
        "status": "finished",
        "started": START + at,
        "ended": START + at + 50,
        "config": config,
        "seed": seed,
        "code": {"entry": "train.py", "commit": "c0ffee", "dirty": False, "tree": "tree:1"},
        "data": {"name": "digits", "fingerprint": "sha256:d1"},
        "env": {"python": "3.11.2"},
        "hardware": {"host": "a", "devices": [{"kind": "cpu", "name": "Xeon", "count": 1}]},
        "epochs": [
            {
                "epoch": number,
                "metrics": {
                    "loss": 1 / number + hash_of(config, seed) * 1e-3,
                    "accuracy": 1 - 0.3 / number - hash_of(config, seed) * 1e-3,
                },
                "duration_s": 10.0,
                "energy_j": 100.0,
            }
            for number in range(1, 6)
        ],
        "duration_s": 50.0,
        "energy_j": 500.0,
        **more,
    }


def hash_of(config: dict[str, Any], seed: object) -> float:
    """A number in 0...1 that is the same for the same meaning of configuration and seed."""
    text = json.dumps([float(config["lr"]), int(str(seed))])
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 9973 / 9973


FIRST = record("first-0001", at=0, config={"lr": 0.1, "layers": 2}, seed=0)
REPEAT = record("repeat-0001", at=100, config={"layers": 2, "lr": "1e-1"}, seed=0)
REPLICATE = record("replicate-0001", at=200, config={"lr": 0.1, "layers": 2}, seed=1)
OTHER = record("other-0001", at=300, config={"lr": 0.3, "layers": 2}, seed=0, status="failed")

ALL = [FIRST, REPEAT, REPLICATE, OTHER]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """Writes records as JSON lines."""
    path.write_text("".join(json.dumps(item) + "\n" for item in records))
    return path
