"""The story that `make demo` tells: a small search, a failure, replicates, and a repetition.

Each training is a process of its own that runs `digits.py`, as a person would start it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import joulebook

HERE = Path(__file__).resolve().parent


def config(lr: object, hidden: int, seed: int = 0) -> dict[str, Any]:
    return {"seed": seed, "hidden": hidden, "optim": {"lr": lr, "momentum": 0.9}}


class Story:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.chapter = 0

    def tell(self, text: str) -> None:
        self.chapter += 1
        print(f"\n{self.chapter}. {text}", flush=True)

    def run(self, settings: dict[str, Any], *options: str, status: int = 0) -> str:
        """Starts one training, shows what it says, and returns its run's id."""
        before = {path.name for path in self.directory.rglob("*.joule")}
        text = json.dumps(settings)
        print(f"$ python digits.py --config '{text}' {' '.join(options)}".rstrip(), flush=True)
        result = subprocess.run(
            [
                sys.executable,
                str(HERE / "digits.py"),
                *("--config", text, "--dir", str(self.directory), *options),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        # The traceback of the training that is meant to fail is not part of the story.
        shown = result.stderr.splitlines()
        if status != 0 and shown:
            shown = [line for line in shown if line.startswith(("joulebook:", "ArithmeticError"))]
        print("\n".join(shown), flush=True)
        if result.returncode != status:
            raise SystemExit(f"digits.py ended with status {result.returncode}, not {status}")
        (new,) = (p for p in self.directory.rglob("*.joule") if p.name not in before)
        return str(joulebook.show(new)["run_id"])


def best(directory: Path, runs: list[str]) -> dict[str, Any]:
    """The configuration with the highest accuracy in its last epoch."""
    ledgers = [joulebook.show(path) for path in directory.rglob("*.joule")]
    candidates = [run for run in ledgers if run["run_id"] in runs]
    chosen = max(candidates, key=lambda run: run["epochs"][-1]["metrics"]["accuracy"])
    return dict(chosen["config"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("demo/joulebook"))
    directory: Path = parser.parse_args().dir
    directory.mkdir(parents=True, exist_ok=True)
    story = Story(directory)
    started = time.monotonic()

    story.tell("A search: three configurations of a small network, each logging every epoch.")
    search = [
        story.run(config(lr, hidden), "--stage", "search")
        for lr, hidden in ((0.01, 64), (0.1, 64), (0.1, 192))
    ]

    story.tell("A learning rate that is too high: the run fails, and its energy is kept as well.")
    story.run(config(30.0, 64), "--stage", "search", status=1)

    chosen = best(directory, search)
    lr, hidden = chosen["optim"]["lr"], chosen["hidden"]
    story.tell(f"The best configuration (lr {lr}, hidden {hidden}) is trained with two more seeds.")
    print("   Replicates with other seeds are good practice, so they are not called waste.")
    trained = [story.run(config(lr, hidden, seed)) for seed in (1, 2)]

    story.tell("One of the networks is evaluated on digits that it never saw.")
    story.run(config(lr, hidden, 1), "--stage", "evaluation", "--evaluates", trained[0])

    story.tell(
        "Somebody starts the best of the search again, unaware: the learning rate is written"
    )
    print("   as a text, and the keys are in another order. The warning comes before it trains.")
    respelt = {"optim": {"momentum": 0.9, "lr": f"{lr:.0e}"}, "hidden": hidden, "seed": 0}
    story.run(respelt)

    print(f"\n{len(search) + len(trained) + 3} runs in {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
