"""Two unrelated processes measure one emulated machine at once, each with a run of its own.

    joulebook_trackers.py DIRECTORY [--seconds S]

The second begins when a third of the first is over and outlasts it. Their ledgers are left in
DIRECTORY; printed is a JSON object: `runs`, each as `joulebook show --json` tells it with its true
energy besides (`truth_j`), and `truth_j`, the energy from the first start to the last end, which
their sum must come to once what both have measured is counted once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import joulebook
from common import Truth, wall_offset_ns


def track(folder: str, seconds: float) -> None:
    with joulebook.start("trackers", dir=folder, on_duplicate="ignore", quiet=True) as run:
        for epoch in run.epochs(3):
            time.sleep(seconds / 3)
            epoch.log(loss=1.0)
    print(run.path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        track(given.directory, given.seconds)
        return
    command = [sys.executable, __file__, given.directory, "--one", "--seconds", str(given.seconds)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(given.seconds / 3)
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    truth, runs, edges = Truth(), [], []
    offset = wall_offset_ns()
    for tracker in (first, second):
        path = tracker.communicate()[0].strip()
        show = [Path(sys.executable).with_name("joulebook"), "show", "--json", path]
        shown = json.loads(subprocess.check_output(show))
        start, end = (round(shown[edge] * 1e9) - offset for edge in ("started", "ended"))
        edges += [start, end]
        runs.append({**shown, "truth_j": truth.total(start, end)})
    print(json.dumps({"runs": runs, "truth_j": truth.total(min(edges), max(edges))}))


main()
