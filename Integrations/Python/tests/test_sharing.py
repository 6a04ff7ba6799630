"""Several processes on one machine of known power: its energy is counted once.

The machine is emulated: a powercap tree in a mount namespace of its own, whose counters follow the
clock. What it used between two moments is therefore known exactly.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import joulebook
from conftest import clean_environment, ledgers

# Power of the package steps every 0.7 s, that of the memory is constant.
LOW, HIGH, PERIOD, MEMORY = 60.0, 140.0, 0.7, 20.0

# Builds the tree, keeps its counters, runs what it is given and ends with its status.
MACHINE = f"""
    import contextlib, os, subprocess, sys, threading, time
    from pathlib import Path
    sys.path.insert(0, {str(Path(__file__).parent)!r})
    from test_sharing import MEMORY, package_joules

    tree = Path("/sys/class/powercap")
    if not tree.exists():
        # The kernel lists no such class here: its others go on under another name.
        Path("class").mkdir()
        subprocess.run(["mount", "--bind", "/sys/class", "class"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/sys/class"], check=True)
        for other in Path("class").resolve().iterdir():
            Path("/sys/class", other.name).symlink_to(other)
        tree.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(tree)], check=True)
    counters = []
    zones = [("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "dram")]
    for zone, name in zones:
        (tree / zone).mkdir()
        (tree / zone / "name").write_text(name)
        (tree / zone / "max_energy_range_uj").write_text("262143328850")
        (tree / zone / "energy_uj").write_text("0")
        counters.append(os.open(tree / zone / "energy_uj", os.O_WRONLY))
    start = time.time()

    def follow():
        # Hardware does not wait for the processors that it measures.
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -15)
        while True:
            now = time.time()
            joules = package_joules(start, now), MEMORY * (now - start)
            for counter, value in zip(counters, joules):
                os.pwrite(counter, b"%015d" % round(value * 1e6), 0)
            time.sleep(0.001)

    threading.Thread(target=follow, daemon=True).start()
    time.sleep(0.05)
    sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""


def package_joules(start: float, end: float) -> float:
    """What the package uses between two moments of the clock."""

    def until(moment: float) -> float:
        periods, rest = divmod(moment, 2 * PERIOD)
        high = max(0.0, rest - PERIOD)
        return (LOW + HIGH) * PERIOD * periods + LOW * (rest - high) + HIGH * high

    return until(end) - until(start)


def used(start: float, end: float) -> float:
    return package_joules(start, end) + MEMORY * (end - start)


def on_machine(tmp_path: Path, *command: str) -> None:
    """Runs a command on the emulated machine, or skips the test where none can be made."""
    within = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "--propagation", "private"]
    mount = "mount -t tmpfs none /sys/class"
    if subprocess.run([*within, "sh", "-c", mount], capture_output=True).returncode != 0:
        pytest.skip("no emulated counters can be mounted here")
    (tmp_path / "machine.py").write_text(textwrap.dedent(MACHINE))
    result = subprocess.run(
        [*within, sys.executable, "machine.py", *command],
        cwd=tmp_path,
        env=clean_environment(JOULEBOOK_DIR="ledgers", OMP_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr


def counted(tmp_path: Path) -> Any:
    """The summary, whose energies are checked to be those of the audit."""
    summary = joulebook.lifecycle(tmp_path / "ledgers")
    kwh = summary["totals"]["energy"]["it_kwh"]
    audit = joulebook.audit(tmp_path / "ledgers")
    assert audit["energy_j"] == pytest.approx(kwh * 3.6e6, rel=1e-9)
    assert audit["shared"] == summary["shared"]
    return summary


TRAINING = """
    import sys, time
    import torch
    import torch.distributed as dist
    import joulebook

    dist.init_process_group("gloo")
    torch.manual_seed(0)
    model = torch.nn.parallel.DistributedDataParallel(
        torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    inputs = torch.randn(256, 16)
    targets = inputs.sum(1, keepdim=True)
    dist.barrier()
    with joulebook.start("ranks", config={"lr": 0.05}) as run:
        for epoch in run.epochs(3):
            deadline = time.monotonic() + 1
            while True:
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(inputs), targets)
                loss.backward()
                optimizer.step()
                # Rank 0 says when an epoch ends, so that all take as many steps.
                goes_on = torch.tensor([1.0 if time.monotonic() < deadline else 0.0])
                dist.broadcast(goes_on, 0)
                if not goes_on.item():
                    break
            epoch.log(loss=loss.item())
    dist.destroy_process_group()
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_four_ranks_of_torchrun_are_one_run_with_the_machines_energy_once(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(textwrap.dedent(TRAINING))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    on_machine(tmp_path, *torchrun, "--nproc-per-node", "4", "train.py")
    assert len(ledgers(tmp_path)) == 4
    run = joulebook.show(tmp_path / "ledgers")
    assert run["world_size"] == 4 and len(run["epochs"]) == 3
    truth = used(run["started"], run["ended"])
    total = run["energy"]
    assert total["total_j"] == pytest.approx(truth, rel=0.05)
    assert len(total["devices"]) == 2, "each meter is one, however many ranks read it"
    assert sum(epoch["energy"]["total_j"] for epoch in run["epochs"]) <= total["total_j"] * 1.001
    summary = counted(tmp_path)
    assert summary["scope"]["runs"] == 1 and summary["shared"]["runs"] == 0
    assert summary["totals"]["energy"]["it_kwh"] * 3.6e6 == pytest.approx(total["total_j"])


JOBS = """
    import subprocess, sys, time
    JOB = '''if True:
        import sys, time, joulebook
        with joulebook.start(sys.argv[1], config={"lr": float(sys.argv[2])}) as run:
            for epoch in run.epochs(4):
                time.sleep(1)
    '''
    first = subprocess.Popen([sys.executable, "-c", JOB, "first", "0.1"])
    time.sleep(2)
    second = subprocess.Popen([sys.executable, "-c", JOB, "second", "0.2"])
    sys.exit(first.wait() or second.wait())
"""


def test_two_unrelated_jobs_at_once_sum_to_what_the_machine_used(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(textwrap.dedent(JOBS))
    on_machine(tmp_path, sys.executable, "jobs.py")
    paths = ledgers(tmp_path)
    runs = sorted((joulebook.show(path) for path in paths), key=lambda run: run["started"])
    first, second = runs
    windows = [(run["started"], run["ended"]) for run in runs]
    assert windows[0][0] < windows[1][0] < windows[0][1] < windows[1][1]

    # Each ledger tells what it measured itself, and knows of no other.
    for run, window in zip(runs, windows, strict=True):
        assert run["totals"]["energy_j"] == pytest.approx(used(*window), rel=0.05)
        assert run["shared"] is None

    summary = counted(tmp_path)
    union = used(windows[0][0], windows[1][1])
    joules = summary["totals"]["energy"]["it_kwh"] * 3.6e6
    assert joules == pytest.approx(union, rel=0.05)
    assert abs(joules - union) <= summary["totals"]["uncertainty_rel"] * joules
    both = used(windows[1][0], windows[0][1]) / 2
    alone = {
        first["run_id"]: used(windows[0][0], windows[1][0]),
        second["run_id"]: used(windows[0][1], windows[1][1]),
    }
    shared = {item["run_id"]: item for item in summary["shared"]["by_run"]}
    assert shared.keys() == alone.keys() and summary["shared"]["rule"] == "equal"
    for run in runs:
        item = shared[run["run_id"]]
        assert item["measured_j"] == run["totals"]["energy_j"]
        assert item["counted_j"] == pytest.approx(alone[run["run_id"]] + both, rel=0.05)
        assert item["seconds"] == pytest.approx(windows[0][1] - windows[1][0], abs=0.05)
        assert item["reasons"] == ["divided"] and item["contradiction_rel"] is None

    # Where the directory is named, what was measured stands beside what it shared.
    known = joulebook.show(tmp_path / "ledgers")
    assert known["run_id"] == second["run_id"]
    assert known["totals"] == second["totals"]
    assert known["shared"]["others"] == [first["run_id"]]
    kinds = [gap["kind"] for gap in summary["not_measured"]]
    assert "shared" in kinds, json.dumps(summary["not_measured"])
