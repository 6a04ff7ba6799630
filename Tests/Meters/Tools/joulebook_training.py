"""Trains nothing for some seconds while a fault happens, and tells what that did to the training.

    joulebook_training.py [--seconds S] [--nvml AT LINES]...

Prints one JSON object: how long the calls of the training thread took, how many threads of the
sampler there were, what a second run of the same process did, and what the ledger says. `--nvml`
adds lines to the script of the fake NVML, that is about its last GPU, AT seconds from the start;
LINES `-` takes all of them away.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joulebook
from common import Truth, wall_offset_ns

slowest: dict[str, float] = {}


def timed(name: str, start: float) -> None:
    slowest[name] = max(slowest.get(name, 0.0), time.perf_counter() - start)


def samplers() -> int:
    """Threads that read meters, those that are lost in a driver included."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        try:
            count += (task / "comm").read_text().strip() == "joule-sampler"
        except OSError:
            continue
    return count


def shown(path: str) -> dict[str, object]:
    command = [Path(sys.executable).with_name("joulebook"), "show", "--json", path]
    quiet = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    return json.loads(subprocess.check_output(command, env=quiet))


def train(
    folder: str, seconds: float, changes: list[tuple[float, str]], until: float = 0
) -> dict[str, object]:
    start = time.perf_counter()
    run = joulebook.start("training", dir=folder, on_duplicate="ignore", quiet=True)
    timed("start", start)
    offset, most, number = wall_offset_ns(), 0, 0
    begun = time.monotonic()
    end = max(begun + seconds, Truth().start_ns * 1e-9 + until)
    while time.monotonic() < end:
        for at, lines in list(changes):
            if time.monotonic() - begun >= at:
                changes.remove((at, lines))
                script = Path(os.environ["FAKE_NVML"])
                script.write_text("" if lines == "-" else f"{script.read_text()}{lines}\n")
        number += 1
        start = time.perf_counter()
        epoch = run.epoch(number).__enter__()
        timed("epoch begins", start)
        for step in range(10):
            time.sleep(0.02)
            start = time.perf_counter()
            run.log(step=step, loss=1.0)
            timed("step", start)
        start = time.perf_counter()
        epoch.__exit__(None, None, None)
        timed("epoch ends", start)
        most = max(most, samplers())
    start = time.perf_counter()
    run.finish()
    timed("finish", start)
    assert run.path is not None
    found = shown(run.path)
    truth, energies = Truth(), {}
    window = [round(found[edge] * 1e9) - offset for edge in ("started", "ended")]
    for item in found["energy"]["devices"]:
        if item["device"] in truth.curves:
            energies[item["device"]] = {**item, "truth": truth.joules(item["device"], *window)}
    return {
        "status": found["status"],
        "epochs": len(found["epochs"]),
        "expected_epochs": number,
        "threads": most,
        "threads_left": samplers(),
        "devices": list(truth.curves),
        "energies": energies,
        "meter_faults": found.get("meter_faults", []),
        "absent": found.get("absent_meters", []),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=7)
    parser.add_argument("--nvml", nargs=2, action="append", default=[], metavar=("AT", "LINES"))
    given = parser.parse_args()
    changes = [(float(at), lines.replace("\\n", "\n")) for at, lines in given.nvml]
    with tempfile.TemporaryDirectory() as folder:
        # Long enough behind what happens to the machine, however long the start took.
        first = train(folder, given.seconds, changes, until=13)
        second = train(folder, 1, [])
    print(json.dumps({"first": first, "second": second, "slowest_s": slowest}))


main()
