"""What can go wrong with a meter, and what must then hold of the training and of its ledger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from machine import HERE, CannotEmulate, Machine, emulate
from scenarios import SCENARIOS, gpus, outlet, sockets

SECONDS_MAX = {"start": 2.0, "finish": 5.0}


@dataclass
class Fault:
    """What happens, to which devices, and which words of the ledger tell it."""

    machine: Callable[[], Machine]
    devices: tuple[str, ...]
    words: str
    nvml: tuple[tuple[float, str], ...] = ()
    is_stuck: bool = False
    is_from_start: bool = False


FIRST = ("cpu:0/package",)
SOCKETS = ("cpu:0/package", "cpu:0/dram", "cpu:1/package", "cpu:1/dram")
LAST_GPU = ("gpu:GPU-1",)
BOTH_GPUS = ("gpu:GPU-0", "gpu:GPU-1")


def two_gpus() -> Machine:
    return gpus(2)


def first_gpu_lines(lines: str) -> Callable[[], Machine]:
    def machine() -> Machine:
        found = gpus(2)
        found.gpu_lines[1] = lines
        return found

    return machine


FAULTS = {
    "a counter's file vanishes": Fault(SCENARIOS["vanishing"], FIRST, "no such file"),
    "a counter's file vanishes and comes back": Fault(
        SCENARIOS["returning"], FIRST, "no such file"
    ),
    "a counter holds words": Fault(SCENARIOS["garbage"], FIRST, "not a valid value"),
    "a counter holds a number beyond its range": Fault(
        SCENARIOS["absurd"], FIRST, "above its range"
    ),
    "a counter holds nothing": Fault(SCENARIOS["empty"], FIRST, "not a valid value"),
    "a counter restarts": Fault(SCENARIOS["restarting"], FIRST, "counter restarted"),
    "permission is lost": Fault(SCENARIOS["forbidden"], SOCKETS, "permission denied"),
    "one reading in a hundred fails": Fault(SCENARIOS["failing"], (), ""),
    "a GPU is lost": Fault(two_gpus, LAST_GPU, "GPU is lost", ((3, "fail energy 15"),)),
    "all GPUs vanish": Fault(two_gpus, BOTH_GPUS, "nvml", ((3, "-"),)),
    "a GPU's permission is lost": Fault(
        two_gpus, LAST_GPU, "Insufficient Permissions", ((3, "fail energy 4"),)
    ),
    "a GPU's counter holds an absurd number": Fault(
        two_gpus, LAST_GPU, "counter restarted", ((3, "energy 1e18"),)
    ),
    "a GPU's counter goes back": Fault(
        two_gpus, LAST_GPU, "counter restarted", ((3, "energy -9e5"),)
    ),
    "a call into a driver hangs": Fault(
        two_gpus, BOTH_GPUS, "did not return", ((3, "hang energy"),), is_stuck=True
    ),
    "opening a driver hangs": Fault(
        first_gpu_lines("hang init"), BOTH_GPUS, "did not return", is_stuck=True, is_from_start=True
    ),
    "a driver refuses": Fault(
        first_gpu_lines("init 9"), BOTH_GPUS, "Driver Not Loaded", is_from_start=True
    ),
    "a meter of the network hangs": Fault(
        lambda: outlet("hang"), ("external:plug",), "no answer in time", is_stuck=True
    ),
    "a meter of the network answers with an error": Fault(
        lambda: outlet("error"), ("external:plug",), "404"
    ),
    "a meter of the network answers nonsense": Fault(
        lambda: outlet("nonsense"), ("external:plug",), "no number"
    ),
    "nothing goes wrong": Fault(sockets, (), ""),
}


def train(name: str) -> dict[str, Any]:
    """Trains while the fault happens; what the program told."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(theirs, name))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = RuntimeError("the training left no answer")
    process.join()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _train(answer: Any, name: str) -> None:
    fault = FAULTS[name]
    try:
        with emulate(fault.machine()) as environment:
            command = [sys.executable, HERE / "Tools/joulebook_training.py"]
            for at, lines in fault.nvml:
                command += ["--nvml", str(at), lines]
            done = subprocess.run(
                command, env=os.environ | environment, capture_output=True, text=True, timeout=120
            )
            if done.returncode != 0:
                raise RuntimeError(f"ended with {done.returncode}: {done.stderr[-1500:]}")
            answer.send(json.loads(done.stdout.splitlines()[-1]))
    except Exception as error:
        answer.send(error if isinstance(error, CannotEmulate) else RuntimeError(repr(error)))


def judge(fault: Fault, told: dict[str, Any], patience: float = 1) -> list[str]:
    """What did not hold, `patience` times the seconds allowed."""
    first, second, slowest = told["first"], told["second"], told["slowest_s"]
    broken = []
    for run in (first, second):
        if run["status"] != "finished" or run["epochs"] != run["expected_epochs"]:
            broken.append(f"{run['status']}, {run['epochs']} of {run['expected_epochs']} epochs")
    for call, seconds in slowest.items():
        if seconds > SECONDS_MAX.get(call, 1.0) * patience:
            broken.append(f"{call} took {seconds:.2f} s")
    stuck = 1 if fault.is_stuck else 0
    if first["threads_left"] > stuck or second["threads_left"] > stuck:
        broken.append(f"{first['threads_left']}, then {second['threads_left']} threads are left")
    if second["threads"] > first["threads"]:
        broken.append(f"the second run has {second['threads']} threads, not {first['threads']}")
    energies = first["energies"]
    for device in first["devices"]:
        if device not in energies and device not in fault.devices:
            broken.append(f"nothing is told of {device}")
    for device, item in energies.items():
        relative = item["uncertainty_rel"] or 0.05
        # What was not observed may have been anything between nothing and all of it.
        lowest = 0.0
        if device not in fault.devices:
            lowest = item["truth"] * (2 * item["coverage"] - 1 - relative)
        if not lowest <= item["energy_j"] <= item["truth"] * (1 + relative):
            broken.append(f"{device}: {item['energy_j']:.1f} of {item['truth']:.1f} J")
        # Drivers are opened while the run goes on.
        least = 0.5 if device.startswith("gpu:") else 0.95
        if device not in fault.devices and fault.words and item["coverage"] < least:
            broken.append(f"{device} is covered to {item['coverage']:.2f} only")
    for device in fault.devices:
        if device in energies and not energies[device]["coverage"] < 0.95:
            is_restart = "restart" in fault.words and energies[device].get("flags")
            if not is_restart:
                broken.append(f"{device} is said to be covered to {energies[device]['coverage']}")
    said = json.dumps([first["meter_faults"], first["absent"], energies])
    if fault.words not in said:
        broken.append(f"nothing in the ledger says {fault.words!r}")
    return broken
