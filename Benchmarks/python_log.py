"""What joulebook costs a Python training loop, side by side with other ways to log.

    python Benchmarks/python_log.py            a table
    python Benchmarks/python_log.py --json     the same for machines

The work is the same for all: epochs of steps, four metrics a step. Those that are not installed are
left out. Times are medians of what the caller waits for; the machine should be otherwise idle.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EPOCHS = 100
STEPS = 100
METRICS = {"loss": 0.31, "accuracy": 0.9, "lr": 0.1, "grad_norm": 2.5}
Log = Callable[[int], None]
Peer = Callable[[Path], tuple[Log, Callable[[], None]]]


def joulebook_run(directory: Path) -> tuple[Log, Callable[[], None]]:
    import joulebook

    run = joulebook.start("benchmark", config={"lr": 0.1}, dir=directory, quiet=True)

    def log(step: int) -> None:
        run.log(step=step, loss=0.31, accuracy=0.9, lr=0.1, grad_norm=2.5)

    return log, run.finish


def json_lines(directory: Path) -> tuple[Log, Callable[[], None]]:
    file = (directory / "metrics.jsonl").open("w")

    def log(step: int) -> None:
        file.write(json.dumps({"step": step, "time": time.time(), **METRICS}) + "\n")
        file.flush()

    return log, file.close


def tensorboard(directory: Path) -> tuple[Log, Callable[[], None]]:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(directory))

    def log(step: int) -> None:
        for name, value in METRICS.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def tensorboard_x(directory: Path) -> tuple[Log, Callable[[], None]]:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(directory))

    def log(step: int) -> None:
        for name, value in METRICS.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def mlflow_files(directory: Path) -> tuple[Log, Callable[[], None]]:
    import mlflow

    mlflow.set_tracking_uri(directory.as_uri())
    mlflow.start_run()
    return lambda step: mlflow.log_metrics(METRICS, step=step), mlflow.end_run


PEERS: dict[str, Peer] = {
    "joulebook": joulebook_run,
    "JSON lines, flushed": json_lines,
    "TensorBoard": tensorboard,
    "tensorboardX": tensorboard_x,
    "MLflow, files": mlflow_files,
}
MODULES = {
    "joulebook": "joulebook",
    "TensorBoard": "torch.utils.tensorboard",
    "tensorboardX": "tensorboardX",
    "MLflow, files": "mlflow",
}


def measure(name: str) -> dict[str, Any]:
    """One peer in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        cpu_before, before = time.process_time(), time.perf_counter_ns()
        log, finish = PEERS[name](Path(folder))
        start_ms = (time.perf_counter_ns() - before) / 1e6
        calls = []
        for step in range(EPOCHS * STEPS):
            called = time.perf_counter_ns()
            log(step)
            calls.append(time.perf_counter_ns() - called)
        before = time.perf_counter_ns()
        finish()
        finish_ms = (time.perf_counter_ns() - before) / 1e6
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        # Reading the clock twice costs as much as the call itself, so it is taken off.
        clock = statistics.median(pair_of_readings() for _ in range(10_000))
        calls.sort()
        return {
            "name": name,
            "start_ms": start_ms,
            "call_ns_p50": max(0.0, statistics.median(calls) - clock),
            "call_ns_p99": max(0.0, calls[len(calls) * 99 // 100] - clock),
            "finish_ms": finish_ms,
            "cpu_s": time.process_time() - cpu_before,
            "disk_kb": sum(path.stat().st_size for path in files) / 1024,
        }


def pair_of_readings() -> int:
    before = time.perf_counter_ns()
    return time.perf_counter_ns() - before


def measure_epochs() -> dict[str, float]:
    """What an epoch of twelve metrics costs, and what a short run takes on disk."""
    import joulebook

    values = {f"metric{index}": 0.1 + index for index in range(12)}
    with tempfile.TemporaryDirectory() as folder:
        run = joulebook.start("benchmark", dir=folder, quiet=True)
        costs = []
        for _ in range(50):
            before = time.perf_counter_ns()
            with run.epoch(1) as epoch:
                epoch.log(values)
            costs.append(time.perf_counter_ns() - before)
        path = run.path
        run.finish()
        size = Path(path).stat().st_size if path else 0
    return {"epoch_us": statistics.median(costs) / 1000, "run_of_50_epochs_bytes": float(size)}


def import_ms(module: str | None) -> float:
    """Median wall time of an import in a fresh interpreter, less that of an empty program."""

    def best_of(source: str) -> float:
        times = []
        for _ in range(9):
            before = time.perf_counter_ns()
            subprocess.run([sys.executable, "-c", source], check=True, stderr=subprocess.DEVNULL)
            times.append((time.perf_counter_ns() - before) / 1e6)
        return statistics.median(times)

    return 0.0 if module is None else max(0.0, best_of(f"import {module}") - best_of("pass"))


def in_own_process(argument: str) -> dict[str, Any] | None:
    """None when the peer is not installed."""
    result = subprocess.run(
        [sys.executable, __file__, "--measure", argument], capture_output=True, text=True
    )
    if result.returncode != 0:
        if "ModuleNotFoundError" in result.stderr:
            return None
        raise SystemExit(result.stderr)
    measured: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        known = arguments.measure in PEERS
        print(json.dumps(measure(arguments.measure) if known else measure_epochs()))
        return
    rows = []
    for name in PEERS:
        row = in_own_process(name)
        if row is not None:
            rows.append({**row, "import_ms": import_ms(MODULES.get(name))})
    epochs = in_own_process("epochs") or {}
    if arguments.json:
        print(json.dumps({"rows": rows, "epochs": epochs}))
        return
    print(f"{platform.python_implementation()} {platform.python_version()}, {EPOCHS} epochs of")
    print(f"{STEPS} steps, {len(METRICS)} metrics a step; medians\n")
    heads = ("import ms", "start ms", "ns a call", "p99", "finish ms", "CPU s", "KB on disk")
    print(f"{'':20}" + "".join(f"{head:>11}" for head in heads))
    for row in rows:
        print(
            f"{row['name']:20}{row['import_ms']:11.1f}{row['start_ms']:11.1f}"
            f"{row['call_ns_p50']:11.0f}{row['call_ns_p99']:11.0f}{row['finish_ms']:11.1f}"
            f"{row['cpu_s']:11.2f}{row['disk_kb']:11.1f}"
        )
    print(f"\njoulebook: {epochs['epoch_us']:.1f} µs an epoch of 12 metrics, begun and ended;")
    print(f"{epochs['run_of_50_epochs_bytes']:.0f} bytes for a run of 50 such epochs")


if __name__ == "__main__":
    main()
