"""Records a real training for `Benchmarks/format`: `.venv/bin/python Benchmarks/record.py OUT`.

A network of one wide hidden layer learns scikit-learn's digits in float32; every step is logged as
in any run, and what the ledger holds of them becomes OUT. `recorded_steps.npz` was made so on two
cores that other programs used, too: its times are of real steps, with all that disturbs them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import joulebook
import numpy as np
from joulebook import reader
from sklearn.datasets import load_digits

HIDDEN = 3000
BATCH = 64
SECONDS = 120
STEPS_MAX = 8000


class Network:
    def __init__(self, random: np.random.Generator) -> None:
        self.first = random.normal(0, 0.18, (64, HIDDEN)).astype(np.float32)
        self.second = random.normal(0, 0.02, (HIDDEN, 10)).astype(np.float32)

    def step(self, x: np.ndarray, y: np.ndarray, lr: np.float32) -> dict[str, float]:
        """One step of gradient descent, and what is worth logging of it."""
        rows = np.arange(len(y))
        hidden = np.maximum(x @ self.first, 0)
        scores = hidden @ self.second
        share = np.exp(scores - scores.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        loss = -np.log(share[rows, y] + np.float32(1e-12)).mean()
        accuracy = float((scores.argmax(axis=1) == y).mean())
        share[rows, y] -= 1
        share /= len(y)
        below = (share @ self.second.T) * (hidden > 0)
        upper, lower = hidden.T @ share, x.T @ below
        norm = np.sqrt((upper**2).sum() + (lower**2).sum())
        self.second -= lr * upper
        self.first -= lr * lower
        return {
            "loss": float(loss),
            "lr": float(lr),
            "grad_norm": float(norm),
            "accuracy": accuracy,
        }


def main() -> None:
    images, digits = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    random = np.random.default_rng(1)
    network = Network(random)
    step, until = 0, time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory() as directory:
        with joulebook.start("recorded", config={"hidden": HIDDEN}, dir=directory) as run:
            for number, epoch in enumerate(run.epochs()):
                lr = np.float32(0.05 / (1 + 0.05 * number))
                order = random.permutation(len(digits))
                losses = []
                for start in range(0, len(order) - BATCH + 1, BATCH):
                    rows = order[start : start + BATCH]
                    logged = network.step(images[rows], digits[rows], lr)
                    run.log(step=step, **logged)
                    losses.append(logged["loss"])
                    step += 1
                epoch.log(loss=float(np.mean(losses)), lr=float(lr))
                if step >= STEPS_MAX or time.monotonic() > until:
                    break
        (ledger,) = Path(directory).rglob("*.joule")
        steps = reader.read(ledger).tables["steps"]
        columns = {column.name: column.values for column in steps.columns}
        np.savez_compressed(
            Path(sys.argv[1]),
            **{
                name: np.array(values, np.int64 if isinstance(values[0], int) else np.float64)
                for name, values in columns.items()
            },
        )


if __name__ == "__main__":
    main()
