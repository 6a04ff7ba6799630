"""Trains a small network on scikit-learn's handwritten digits, logging every epoch.

    python digits.py --config '{"seed": 0, "hidden": 128, "optim": {"lr": 0.1, "momentum": 0.9}}'

A plain NumPy loop, such as anybody might write; joulebook adds five lines to it.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import joulebook

EPOCHS = 15
BATCH_SIZE = 32


class Network:
    """64 pixels, one hidden layer, 10 digits; trained by gradient descent with momentum."""

    def __init__(self, hidden: int, random: np.random.Generator) -> None:
        self.weights = [
            random.normal(0, math.sqrt(2 / 64), (64, hidden)),
            np.zeros(hidden),
            random.normal(0, math.sqrt(2 / hidden), (hidden, 10)),
            np.zeros(10),
        ]
        self.velocity = [np.zeros_like(weight) for weight in self.weights]

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Activations of the hidden layer, and probabilities of the digits."""
        first, first_bias, second, second_bias = self.weights
        hidden = np.maximum(x @ first + first_bias, 0)
        scores = hidden @ second + second_bias
        scores -= scores.max(axis=1, keepdims=True)
        exponents = np.exp(scores)
        return hidden, exponents / exponents.sum(axis=1, keepdims=True)

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, momentum: float) -> float:
        """One step of gradient descent; returns the batch's mean cross-entropy."""
        hidden, probabilities = self.forward(x)
        rows = np.arange(len(y))
        loss = -np.log(probabilities[rows, y] + 1e-12).mean()
        error = probabilities
        error[rows, y] -= 1
        error /= len(y)
        below = (error @ self.weights[2].T) * (hidden > 0)
        gradients = [x.T @ below, below.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        for weight, velocity, gradient in zip(self.weights, self.velocity, gradients, strict=True):
            velocity *= momentum
            velocity -= lr * gradient
            weight += velocity
        return float(loss)

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Mean cross-entropy and share of digits recognised."""
        _, probabilities = self.forward(x)
        loss = -np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean()
        return float(loss), float((probabilities.argmax(axis=1) == y).mean())


def augmented(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The images moved by up to one pixel, as people write them."""
    images = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    down, right = random.integers(0, 3, size=(2, len(images)))
    rows = down[:, None] + np.arange(8)
    columns = right[:, None] + np.arange(8)
    moved = images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.reshape(-1, 64)


def train(
    run: joulebook.Run,
    network: Network,
    data: tuple[np.ndarray, ...],
    optim: dict[str, object],
    random: np.random.Generator,
) -> None:
    x, validation_x, y, validation_y = data
    # People write 0.1, 1e-1 or "1e-1"; training reads them all alike.
    lr, momentum = float(optim["lr"]), float(optim["momentum"])
    for epoch in run.epochs(EPOCHS):
        losses = []
        with epoch.phase("train"):
            # Moved copies of every image: an epoch takes longer than the kernel's tick.
            for _ in range(48):
                order = random.permutation(len(x))
                moved = augmented(x, random)
                for start in range(0, len(x), BATCH_SIZE):
                    batch = order[start : start + BATCH_SIZE]
                    losses.append(network.step(moved[batch], y[batch], lr, momentum))
        with epoch.phase("validation"):
            loss, accuracy = network.evaluate(validation_x, validation_y)
        epoch.log(loss=np.mean(losses), validation_loss=loss, accuracy=accuracy)
        if not np.mean(losses) < 2 * math.log(10):
            raise ArithmeticError(f"diverged in epoch {epoch.number}: loss {np.mean(losses):.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="a JSON object")
    parser.add_argument("--stage", default="training")
    parser.add_argument("--evaluates", help="a run whose weights to evaluate on unseen digits")
    parser.add_argument("--dir", type=Path, default=Path("demo/joulebook"))
    arguments = parser.parse_args()

    digits = load_digits()
    x, y = digits.data / 16.0, digits.target
    x, test_x, y, test_y = train_test_split(x, y, test_size=0.2, random_state=0, stratify=y)
    data = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    random = np.random.default_rng(int(arguments.config["seed"]))
    network = Network(int(arguments.config["hidden"]), random)
    checkpoints = arguments.dir.parent / "checkpoints"

    with joulebook.start(
        "digits-mlp",
        config=arguments.config,
        stage=arguments.stage,
        data=joulebook.fingerprint(x, y, name="digits"),
        dir=arguments.dir,
    ) as run:
        if arguments.evaluates:
            run.parent(arguments.evaluates, relation="evaluates")
            with np.load(checkpoints / f"{arguments.evaluates}.npz") as saved:
                network.weights = list(saved.values())
            loss, accuracy = network.evaluate(test_x, test_y)
            run.finish(metrics={"test_loss": loss, "test_accuracy": accuracy})
            print(f"accuracy on unseen digits: {accuracy:.3f}")
        else:
            train(run, network, data, arguments.config["optim"], random)
            checkpoints.mkdir(parents=True, exist_ok=True)
            np.savez(checkpoints / f"{run.id}.npz", *network.weights)


if __name__ == "__main__":
    main()
