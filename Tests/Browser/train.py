"""Trains nothing, one epoch for each line that comes in, or --epochs of --seconds each."""

import argparse
import math
import sys
import time
from itertools import count

import joulebook


def busy(seconds: float) -> None:
    """Half of the time with the processor, so that power is no flat line."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stop = time.monotonic() + min(0.05, seconds)
        while time.monotonic() < stop:
            math.sqrt(2)
        time.sleep(0.03)


parser = argparse.ArgumentParser()
parser.add_argument("directory")
parser.add_argument("--project", default="live")
parser.add_argument("--epochs", type=int, default=0)
parser.add_argument("--seconds", type=float, default=0.05)
options = parser.parse_args()

config = {"lr": 0.01, "width": 256, "seed": 3}
with joulebook.start(
    options.project, config=config, stage="training", dir=options.directory
) as run:
    print(run.id, flush=True)
    numbers = range(1, options.epochs + 1) if options.epochs else count(1)
    for number in numbers:
        if not options.epochs and not sys.stdin.readline().strip():
            break
        with run.epoch(number) as epoch:
            with epoch.phase("train"):
                busy(options.seconds)
            with epoch.phase("validation"):
                time.sleep(options.seconds / 5)
            share = math.exp(-number / 5)
            epoch.log(accuracy=0.95 - 0.8 * share, loss=0.1 + 2 * share)
        print(number, flush=True)
