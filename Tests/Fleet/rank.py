"""One rank of a job by the Python package; the same as Rank/main.swift, word for word."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import joulebook


def acknowledge(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def waits() -> int:
    """How often this thread gave its processor away because it had to wait."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def main(
    project: str, job: str, epochs: str, steps: str, pause_s: str, aside: str, *parent: str
) -> None:
    base = int(job) + int(os.environ.get("RANK", "0")) / 1024
    begun = time.monotonic()
    run = joulebook.start(project, config={"job": int(job)}, stage="training", quiet=True)
    seconds = time.monotonic() - begun
    if run.path is not None:
        os.link(run.path, Path(aside, Path(run.path).name))
    acknowledge("started", run.id, begun, seconds, run.path)
    for run_id in parent:
        run.parent(run_id, relation="initialises")
    for number in range(1, int(epochs) + 1):
        begun, slept = time.monotonic(), waits()
        epoch = run.epoch(number)
        seconds, slept = time.monotonic() - begun, waits() - slept
        for step in range(1, int(steps) + 1):
            run.log(step=step, loss=base + step)
            time.sleep(float(pause_s) / int(steps))
        epoch.log(loss=base + number / 16)
        ending, before = time.monotonic(), waits()
        epoch.end()
        seconds, slept = seconds + time.monotonic() - ending, slept + waits() - before
        acknowledge("epoch", number, begun, seconds, slept)
    run.finish()
    energy = run.summary()["energy_j"]
    acknowledge("finished", "-" if energy is None else energy)


if __name__ == "__main__":
    main(*sys.argv[1:])
