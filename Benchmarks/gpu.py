"""Measures one training program on an NVIDIA GPU with Joulebook, Zeus and NVML's own counter.

Usage: gpu.py FOLDER [--quick]. Needs torch with CUDA, joulebook, nvidia-ml-py, and zeus for its
column. Writes FOLDER/result.json and prints the table of Benchmarks/README.md. Every window lies
inside the three at once, and each is judged by the moments at which it was itself asked. NVML's
counter is renewed in steps, so that what it says of a short window is no truth: for steady load
that is the power of the whole stretch times the time of the window.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import Any

import joulebook
import pynvml
import torch

try:
    from zeus.monitor import ZeusMonitor
except ImportError:
    ZeusMonitor = None

Load = Callable[[float], None]


def millijoules(device: Any) -> int:
    return int(pynvml.nvmlDeviceGetTotalEnergyConsumption(device))


def field(device: Any, number: int) -> int | None:
    """A power field in milliwatts."""
    value = pynvml.nvmlDeviceGetFieldValues(device, [(number, 0)])[0]
    return None if value.nvmlReturn else int(value.value.uiVal)


def renewals(device: Any, read: Callable[[Any], int | None], seconds: float) -> dict[str, Any]:
    """How often a value changes, and how long a call takes."""
    changes: list[float] = []
    costs: list[float] = []
    last = None
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        value = read(device)
        costs.append(time.perf_counter() - now)
        if value != last and last is not None:
            changes.append(now)
        last = value
        time.sleep(0.0005)
    gaps = sorted(b - a for a, b in zip(changes, changes[1:], strict=False))
    if not gaps:
        return {"changes": len(changes)}
    return {
        "changes": len(changes),
        "gap_ms": [round(1e3 * gaps[int(q * (len(gaps) - 1))], 2) for q in (0, 0.05, 0.5, 0.95, 1)],
        "call_us": [round(1e6 * sorted(costs)[int(q * (len(costs) - 1))]) for q in (0.5, 0.99, 1)],
    }


def matrix_load(size: int = 8192) -> Load:
    """Products of matrices without a pause, for as long as asked."""
    left = torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
    right = torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
    out = torch.empty_like(left)

    def run(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            torch.mm(left, right, out=out)
            torch.cuda.synchronize()

    return run


def bursty_load(work: Load, period: float = 0.4) -> Load:
    """Work for half of each period, as a loop that waits for its data."""

    def run(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            work(min(left, period / 2))
            time.sleep(max(0.0, min(end - time.perf_counter(), period / 2)))

    return run


def training_load() -> Load:
    """Real training steps of a small transformer on random tokens."""
    layer = torch.nn.TransformerEncoderLayer(1024, 16, 4096, batch_first=True)
    model = torch.nn.TransformerEncoder(layer, 8).cuda()
    head = torch.nn.Linear(1024, 4096).cuda()
    optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], lr=1e-4)
    inputs = torch.randn(32, 256, 1024, device="cuda")
    targets = torch.randint(4096, (32, 256), device="cuda")

    def run(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            optimizer.zero_grad()
            with torch.autocast("cuda", dtype=torch.bfloat16):
                scores = head(model(inputs)).flatten(0, 1)
                loss = torch.nn.functional.cross_entropy(scores.float(), targets.flatten())
            loss.backward()
            optimizer.step()
            torch.cuda.synchronize()

    return run


class Meters:
    """The three, asked at the edges of the same windows."""

    def __init__(self, run: joulebook.Run, device: Any, zeus: Any) -> None:
        self.run = run
        self.device = device
        self.zeus = zeus
        self.windows: list[dict[str, Any]] = []
        self.costs: dict[str, list[float]] = {"joulebook": [], "zeus": [], "nvml": []}

    @contextmanager
    def window(self, kind: str) -> Iterator[None]:
        number = len(self.windows)
        found: dict[str, Any] = {"kind": kind}
        asked = [time.perf_counter()]
        if self.zeus:
            self.zeus.begin_window(str(number), sync_execution=False)
        asked.append(time.perf_counter())
        before = millijoules(self.device)
        asked.append(time.perf_counter())
        epoch = self.run.epoch(number)
        asked.append(time.perf_counter())
        yield
        asked.append(time.perf_counter())
        epoch.end()
        asked.append(time.perf_counter())
        found["nvml_j"] = 1e-3 * (millijoules(self.device) - before)
        asked.append(time.perf_counter())
        if self.zeus:
            measured = self.zeus.end_window(str(number), sync_execution=False)
            found["zeus_j"] = sum(measured.gpu_energy.values())
            found["zeus_s"] = measured.time
        asked.append(time.perf_counter())
        found["nvml_s"] = asked[5] - asked[1]
        for name, first, last in (("zeus", 0, 6), ("nvml", 1, 5), ("joulebook", 2, 4)):
            self.costs[name] += [
                asked[first + 1] - asked[first], asked[last + 1] - asked[last]
            ]
        self.windows.append(found)

    def repeat(self, kind: str, load: Load, seconds: float, count: int) -> None:
        for _ in range(count):
            with self.window(f"{kind} {seconds:g} s"):
                load(seconds)


def judged(result: dict[str, Any]) -> list[dict[str, Any]]:
    """By kind: the three beside each other.

    The steady power is that of the steady windows of two seconds and longer, by the counter alone.
    """
    long = [w for w in result["windows"] if w["kind"] in ("steady 10 s", "steady 2 s")]
    steady = sum(w["nvml_j"] for w in long) / sum(w["nvml_s"] for w in long)
    rows = []
    for kind in dict.fromkeys(w["kind"] for w in result["windows"]):
        windows = [w for w in result["windows"] if w["kind"] == kind]
        ours = sum(w["our_j"] for w in windows)
        row: dict[str, Any] = {"kind": kind, "windows": len(windows), "joulebook_j": ours}
        row["seconds"] = sum(w["our_s"] for w in windows)
        row["nvml_ratio"] = ours / sum(w["nvml_j"] for w in windows)
        if "zeus_j" in windows[0]:
            row["zeus_ratio"] = ours / sum(w["zeus_j"] for w in windows)
        watts = ours / row["seconds"]
        row["watts"] = watts
        if kind.startswith("steady"):
            for name in ("our", "nvml", "zeus"):
                if f"{name}_j" not in windows[0]:
                    continue
                errors = [w[f"{name}_j"] / (steady * w[f"{name}_s"]) - 1 for w in windows]
                row[f"{name}_error"] = [min(errors), mean(map(abs, errors)), max(errors)]
            row["contained"] = mean(
                abs(w["our_j"] - steady * w["our_s"]) <= w["uncertainty"] * w["our_j"]
                for w in windows
            )
        row["uncertainty"] = median(w["uncertainty"] for w in windows)
        row["coverage"] = min(w["coverage"] for w in windows)
        rows.append(row)
    return rows


def measure(folder: Path, quick: bool) -> dict[str, Any]:
    pynvml.nvmlInit()
    device = pynvml.nvmlDeviceGetHandleByIndex(0)
    result: dict[str, Any] = {
        "gpu": str(pynvml.nvmlDeviceGetName(device)),
        "driver": str(pynvml.nvmlSystemGetDriverVersion()),
        "power_limit_w": pynvml.nvmlDeviceGetPowerManagementLimit(device) / 1e3,
    }
    work = matrix_load()
    work(1.0)
    began = time.perf_counter()
    run = joulebook.start("gpu", dir=str(folder / "ledgers"), config={}, quiet=True)
    result["start_ms"] = 1e3 * (time.perf_counter() - began)
    time.sleep(2)  # The driver is opened in the background.
    zeus = ZeusMonitor(gpu_indices=[0], cpu_indices=[]) if ZeusMonitor else None
    meters = Meters(run, device, zeus)
    scale = 1 if quick else 2
    work(3.0)
    meters.repeat("steady", work, 10, 1)
    meters.repeat("steady", work, 2, 3 * scale)
    meters.repeat("steady", work, 0.5, 10 * scale)
    meters.repeat("steady", work, 0.2, 20 * scale)
    meters.repeat("steady", work, 0.05, 60 * scale)
    meters.repeat("bursty", bursty_load(work), 10, 1)
    meters.repeat("bursty", bursty_load(work), 2, 3 * scale)
    meters.repeat("training", training_load(), 5, 2 * scale)
    meters.repeat("idle", time.sleep, 3, 2)
    result["seconds"] = time.perf_counter() - began
    began = time.perf_counter()
    run.finish()
    result["finish_ms"] = 1e3 * (time.perf_counter() - began)
    told = joulebook.show(run.path)
    for window, epoch in zip(meters.windows, told["epochs"], strict=True):
        gpus = [d for d in epoch["energy"]["devices"] if d["source"].startswith("nvml")]
        window["our_j"] = gpus[0]["energy_j"] if gpus else None
        window["our_s"] = epoch["duration_s"]
        window["uncertainty"] = gpus[0].get("uncertainty_rel")
        window["coverage"] = gpus[0]["coverage"]
        window["flags"] = gpus[0].get("flags", [])
    result["meters"] = told["meters"]
    result["overhead"] = told.get("overhead")
    result["faults"] = told.get("meter_faults")
    result["attribution"] = told.get("attribution")
    result["windows"] = meters.windows
    result["edge_us"] = {
        name: [round(1e6 * sorted(c)[int(q * (len(c) - 1))], 1) for q in (0.5, 0.99)]
        for name, c in meters.costs.items()
    }
    stop = time.perf_counter() + 14

    def busy() -> None:
        while time.perf_counter() < stop:
            work(0.1)

    import threading

    thread = threading.Thread(target=busy)
    thread.start()
    result["renewals"] = {
        "energy": renewals(device, millijoules, 3),
        "power_instant": renewals(device, lambda d: field(d, 186), 3),
        "power_average": renewals(device, lambda d: field(d, 185), 3),
        "power": renewals(device, lambda d: int(pynvml.nvmlDeviceGetPowerUsage(d)), 3),
    }
    thread.join()
    return result


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def table(result: dict[str, Any]) -> str:
    """The rows as Markdown."""
    lines = [
        "| load, windows | W | joulebook ÷ counter | ÷ Zeus | mean (worst) error: joulebook "
        "| counter alone | Zeus | stated ± | holds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        errors = []
        for name in ("our", "nvml", "zeus"):
            found = row.get(f"{name}_error")
            worst = found and max(map(abs, found))
            errors.append(f"{percent(found[1])} ({percent(worst)})" if found else "–")
        ratio = row.get("zeus_ratio")
        lines.append(
            f"| {row['kind']} × {row['windows']} | {row['watts']:.0f} | {row['nvml_ratio']:.4f} "
            f"| {'–' if ratio is None else f'{ratio:.4f}'} | {' | '.join(errors)} "
            f"| {percent(row['uncertainty'])} | {percent(row.get('contained'))} |"
        )
    edges = ", ".join(f"{name} {c[0]} µs (99 %: {c[1]})" for name, c in result["edge_us"].items())
    cost = result["overhead"]["sampler_cpu_s"] / result["seconds"]
    return "\n".join([
        f"{result['gpu']}, driver {result['driver']}:",
        "",
        *lines,
        "",
        f"An edge on the caller's thread: {edges}. The sampler used {percent(cost)} of a processor.",
    ])


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    result = measure(folder, "--quick" in sys.argv)
    result["rows"] = judged(result)
    (folder / "result.json").write_text(json.dumps(result, indent=1))
    print(table(result))


if __name__ == "__main__":
    main()
