"""What joulebook costs a Python training loop, side by side with other ways to log.

    python Benchmarks/python_log.py            measures, and writes the tables into README.md
    python Benchmarks/python_log.py --short    a tenth of it; README.md stays as it is

The work is the same for all, each in a process of its own: 200 epochs of 100 steps, four metrics a
step and five an epoch, as fast as they come; then 2,000 steps with pauses of 1 ms. In another
process 1,000 steps are logged and the process is killed: what the peer's own reader finds then is
kept. Processor time is from behind the import until all is written, with that of helpers, and so
is the peak of memory. Peers that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EPOCHS, STEPS, PAUSED, KILLED = 200, 100, 2000, 1000
METRICS = {"loss": 0.31, "accuracy": 0.9, "lr": 0.1, "grad_norm": 2.5}
OF_EPOCH = {"train_loss": 0.3, "val_loss": 0.4, "accuracy": 0.9, "f1": 0.8, "lr": 0.1}
ROUNDS = 1500


class JSONLines:
    """The floor: what nothing that is kept at once can be below."""

    name, module, package = "JSON lines, flushed (floor)", "json", None

    def __init__(self, folder: Path) -> None:
        self.file = (folder / "metrics.jsonl").open("w")

    def log(self, step: int) -> None:
        self.file.write(json.dumps({"step": step, "time": time.time(), **METRICS}) + "\n")
        self.file.flush()

    def epoch(self, number: int) -> Any:
        return contextlib.nullcontext()

    def log_epoch(self, number: int, step: int) -> None:
        self.file.write(json.dumps({"epoch": number, "time": time.time(), **OF_EPOCH}) + "\n")
        self.file.flush()

    def finish(self) -> None:
        self.file.close()

    @staticmethod
    def kept(folder: Path) -> int:
        return (folder / "metrics.jsonl").read_text().count("\n")


class Joulebook(JSONLines):
    name, module, package = "**joulebook**", "joulebook", None

    def __init__(self, folder: Path) -> None:
        import joulebook

        config = {"lr": 0.1, "seed": 0}
        self.run = joulebook.start("benchmark", config=config, dir=folder, quiet=True)

    def log(self, step: int) -> None:
        self.run.log(step=step, loss=0.31, accuracy=0.9, lr=0.1, grad_norm=2.5)

    def epoch(self, number: int) -> Any:
        self.current = self.run.epoch(number)
        return self.current

    def log_epoch(self, number: int, step: int) -> None:
        self.current.log(OF_EPOCH)

    def finish(self) -> None:
        self.run.finish()

    @staticmethod
    def kept(folder: Path) -> int:
        import joulebook.reader

        (ledger,) = folder.rglob("*.joule")
        recovered = folder / "recovered"
        command = [sys.executable, "-m", "joulebook", "recover", ledger, "-o", recovered]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        steps = joulebook.reader.read(recovered).tables["steps"]
        return len(steps.columns[0].values)


class TensorBoard(JSONLines):
    name, module, package = "TensorBoard", "torch.utils.tensorboard", "tensorboard"

    def __init__(self, folder: Path) -> None:
        self.writer = importlib.import_module(self.module).SummaryWriter(str(folder))

    def log(self, step: int) -> None:
        for name, value in METRICS.items():
            self.writer.add_scalar(name, value, step)

    def log_epoch(self, number: int, step: int) -> None:
        for name, value in OF_EPOCH.items():
            self.writer.add_scalar(f"epoch/{name}", value, number)

    def finish(self) -> None:
        self.writer.close()

    @staticmethod
    def kept(folder: Path) -> int:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(folder), {"scalars": 0})
        events.Reload()
        tags = events.Tags()["scalars"]
        return min((len(events.Scalars(name)) for name in METRICS if name in tags), default=0)


class TensorBoardX(TensorBoard):
    name, module, package = "tensorboardX", "tensorboardX", "tensorboardX"


class WandB(JSONLines):
    name, module, package = "W&B offline", "wandb", "wandb"

    def __init__(self, folder: Path) -> None:
        import wandb

        self.run = wandb.init(mode="offline", dir=str(folder), config={"lr": 0.1, "seed": 0})

    def log(self, step: int) -> None:
        self.run.log(METRICS)

    def log_epoch(self, number: int, step: int) -> None:
        self.run.log({f"epoch/{name}": value for name, value in OF_EPOCH.items()})

    def finish(self) -> None:
        self.run.finish()

    @staticmethod
    def kept(folder: Path) -> int:
        from wandb.proto.wandb_internal_pb2 import Record

        (path,) = folder.rglob("*.wandb")
        count, found = 0, b""
        for kind, piece in pieces(path.read_bytes()):
            found = piece if kind in ("whole", "first") else found + piece
            if kind in ("whole", "last"):
                record = Record()
                record.ParseFromString(found)
                count += record.WhichOneof("record_type") == "history"
        return count


def pieces(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The pieces of records in W&B's file: blocks of 32 KiB, a piece behind seven bytes each."""
    kinds = {1: "whole", 2: "first", 3: "middle", 4: "last"}
    place = 7
    while place + 7 <= len(data):
        size, kind = struct.unpack_from("<HB", data, place + 4)
        if kind not in kinds or place + 7 + size > len(data):
            return
        yield kinds[kind], data[place + 7 : place + 7 + size]
        place += 7 + size
        if 32768 - place % 32768 < 7:
            place += 32768 - place % 32768


class MLflow(JSONLines):
    name, module, package = "MLflow file store", "mlflow", "mlflow"

    def __init__(self, folder: Path) -> None:
        import mlflow

        self.mlflow = mlflow
        # The store makes its first experiment where there is no folder yet.
        mlflow.set_tracking_uri((folder / "mlruns").as_uri())
        mlflow.start_run()
        mlflow.log_params({"lr": 0.1, "seed": 0})

    def log(self, step: int) -> None:
        self.mlflow.log_metrics(METRICS, step=step)

    def log_epoch(self, number: int, step: int) -> None:
        named = {f"epoch_{name}": value for name, value in OF_EPOCH.items()}
        self.mlflow.log_metrics(named, step=number)

    def finish(self) -> None:
        self.mlflow.end_run()

    @staticmethod
    def kept(folder: Path) -> int:
        return min(len(path.read_text().splitlines()) for path in folder.rglob("metrics/loss"))


KINDS = (Joulebook, JSONLines, TensorBoard, TensorBoardX, WandB, MLflow)
PEERS = {kind.__name__: kind for kind in KINDS}
SETTINGS = {
    "WANDB_SILENT": "true", "WANDB_CONSOLE": "off", "WANDB_ERROR_REPORTING": "false",
    "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1",
}  # fmt: skip


# Inside: one peer in one process


def family() -> list[int]:
    """This process and those that it started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = [os.getpid()]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def helpers_cpu_s(processes: list[int]) -> float:
    """Of all threads, in a tick's resolution."""
    ticks = 0
    for process in processes:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mb(processes: list[int]) -> float:
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return total / 1024


def pair_of_readings() -> int:
    before = time.perf_counter_ns()
    return time.perf_counter_ns() - before


def timed(log: Callable[[int], None], step: int) -> int:
    called = time.perf_counter_ns()
    log(step)
    return time.perf_counter_ns() - called


def measure(kind: type[JSONLines], share: int) -> dict[str, float]:
    before = time.perf_counter_ns()
    importlib.import_module(kind.module)
    import_ms = (time.perf_counter_ns() - before) / 1e6
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cpu_before, before = time.process_time(), time.perf_counter_ns()
        peer = kind(folder)
        start_ms = (time.perf_counter_ns() - before) / 1e6
        calls, step = [], 0
        for number in range(1, EPOCHS // share + 1):
            with peer.epoch(number):
                for _ in range(STEPS):
                    calls.append(timed(peer.log, step))
                    step += 1
                peer.log_epoch(number, step)
        processes = family()
        before = time.perf_counter_ns()
        cpu_of_helpers = helpers_cpu_s(processes[1:])
        peak = peak_mb(processes)
        # What is written behind the last call counts, but what goes away then cannot be asked.
        peer.finish()
        finish_ms = (time.perf_counter_ns() - before) / 1e6
        cpu = time.process_time() - cpu_before + max(cpu_of_helpers, helpers_cpu_s(processes[1:]))
        files = [path for path in folder.rglob("*") if path.is_file()]
        disk = sum(path.stat().st_size for path in files)
    with tempfile.TemporaryDirectory() as name:
        peer = kind(Path(name))
        paused = []
        for step in range(PAUSED // share):
            time.sleep(0.001)
            paused.append(timed(peer.log, step))
        peer.finish()
    # Reading the clock twice costs as much as the call itself, so it is taken off.
    clock = statistics.median(pair_of_readings() for _ in range(10_000))
    calls.sort()
    return {
        "import_ms": import_ms,
        "start_ms": start_ms,
        "p50_us": (statistics.median(calls) - clock) / 1e3,
        "p99_us": (calls[len(calls) * 99 // 100] - clock) / 1e3,
        "paused_us": (statistics.median(paused) - clock) / 1e3,
        "finish_ms": finish_ms,
        "cpu_s": cpu,
        "peak_mb": peak,
        "disk_mb": disk / 1e6,
    }


def log_until_killed(kind: type[JSONLines], folder: Path) -> None:
    peer = kind(folder)
    for step in range(KILLED):
        peer.log(step)
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)


def slowdown() -> dict[str, float]:
    """Epochs of a tiny model of PyTorch: bare, as epochs of a run, and with every step logged."""
    import torch

    import joulebook

    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y = torch.randn(100, 64, 32), torch.randn(100, 64, 1)
    net = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def train(log: Callable[..., object]) -> float:
        for inputs, targets in zip(x, y, strict=True):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(net(inputs), targets)
            loss.backward()
            optimizer.step()
            told = loss.item()
            log(loss=told, lr=0.01, accuracy=0.9, grad_norm=2.5)
        return told

    def nothing(**_: float) -> None:
        pass

    spent: dict[str, list[float]] = {"bare": [], "epochs": [], "steps": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        joulebook.start("tiny", config={"seed": 0}, dir=folder, quiet=True) as run,
    ):

        def bare(_: int) -> None:
            train(nothing)

        def epochs(number: int) -> None:
            with run.epoch(number) as epoch:
                epoch.log(loss=train(nothing))

        def steps(number: int) -> None:
            with run.epoch(number) as epoch:
                epoch.log(loss=train(run.log))

        works = [("bare", bare), ("epochs", epochs), ("steps", steps)]
        # The first ten rounds warm all of them up.
        for number in range(10 + ROUNDS):
            for name, work in works[number % 3 :] + works[: number % 3]:
                before = time.perf_counter()
                work(number)
                if number >= 10:
                    spent[name].append(time.perf_counter() - before)
    told = {"epoch_ms": statistics.median(spent["bare"]) * 1e3}
    # The median of all lies between those two of a sample 95 times in a hundred, whatever the
    # distribution: a sign test.
    beside = round(0.98 * ROUNDS**0.5)
    for name in ("epochs", "steps"):
        ratios = sorted(b / a - 1 for a, b in zip(spent["bare"], spent[name], strict=True))
        told[name] = statistics.median(ratios)
        told[f"{name}_least"] = ratios[ROUNDS // 2 - beside]
        told[f"{name}_most"] = ratios[ROUNDS // 2 + beside]
    return told


# Outside: all of them, one after another


def alone(*arguments: str) -> dict[str, Any] | None:
    """What a process of its own told; None where the peer is not installed."""
    command = [sys.executable, __file__, *arguments]
    result = subprocess.run(command, env=os.environ | SETTINGS, capture_output=True, text=True)
    if result.returncode == -signal.SIGKILL:
        return {}
    if result.returncode != 0:
        if "ModuleNotFoundError" in result.stderr:
            return None
        raise SystemExit(result.stderr)
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def version(kind: type[JSONLines]) -> str:
    return f"{kind.name} {importlib.metadata.version(kind.package)}" if kind.package else kind.name


def table(rows: list[tuple[type[JSONLines], dict[str, Any]]]) -> str:
    heads = [
        "", "import ms", "start ms", "µs a call, p50 / p99", "behind pauses of 1 ms", "finish ms",
        "CPU s", "peak MB", "MB on disk", f"of {KILLED:,} kept after `kill -9`",
    ]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for kind, row in rows:
        cells = [
            version(kind), f"{row['import_ms']:.0f}", f"{row['start_ms']:.0f}",
            f"{row['p50_us']:.2f} / {row['p99_us']:.2f}", f"{row['paused_us']:.1f}",
            f"{row['finish_ms']:.0f}", f"{row['cpu_s']:.2f}", f"{row['peak_mb']:.0f}",
            f"{row['disk_mb']:.2f}", row["kept"],
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="a tenth; README.md stays as it is")
    parser.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        what, *given = options.inside
        if what == "kill":
            log_until_killed(PEERS[given[0]], Path(given[1]))
        kept = what == "kept" and {"kept": PEERS[given[0]].kept(Path(given[1]))}
        told = kept or (slowdown() if what == "epochs" else measure(PEERS[given[0]], int(given[1])))
        print(json.dumps(told))
        return
    rows, lacking = [], []
    for name, kind in PEERS.items():
        row = alone("--inside", "measure", name, "10" if options.short else "1")
        if row is None:
            lacking.append(kind.name)
            continue
        with tempfile.TemporaryDirectory() as folder:
            alone("--inside", "kill", name, folder)
            kept = alone("--inside", "kept", name, folder)
            row["kept"] = "not read" if kept is None else f"{kept['kept']:,}"
        rows.append((kind, row))
    text = f"{platform.python_implementation()} {platform.python_version()}.\n\n{table(rows)}"
    if lacking:
        text += f"\n\nNot installed: {', '.join(lacking)}."
    if epochs := alone("--inside", "epochs"):
        step_ms = epochs["epoch_ms"] / STEPS
        shares = {
            name: f"{epochs[name]:.2%} more (between {epochs[f'{name}_least']:.2%} and"
            f" {epochs[f'{name}_most']:.2%} with 95 %)"
            for name in ("epochs", "steps")
        }
        text += (
            f"\n\nAn epoch of {STEPS} steps of {step_ms:.2f} ms of a tiny PyTorch model takes"
            f" {shares['epochs']} as an epoch of a run, and {shares['steps']} where every step logs"
            f" four metrics as well: medians of {ROUNDS} rounds of all three in turns."
        )
    print(text)
    if not options.short:
        command = [HERE / "replace", "python-log", text]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
