"""Several processes on one machine of known power: its energy is counted once.

The machine is emulated (Tests/Meters), so that what it used between two moments is known exactly.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import joulebook
from conftest import ROOT, clean_environment, ledgers

METERS = ROOT / "Tests/Meters"
sys.path.insert(0, str(METERS))

from judge import NEAR_NS  # noqa: E402
from truth import Truth, wall_offset_ns  # noqa: E402

pytestmark = pytest.mark.alone

# Runs a command on the machine and keeps the truth, which ends with the machine.
KEEPER = """
    import json, os, shutil, subprocess, sys, time
    status = subprocess.run(sys.argv[1:]).returncode
    # The last lines of the log are those of the last milliseconds.
    time.sleep(0.05)
    with open(os.environ["METER_TRUTH"]) as file:
        truth = json.load(file)
    truth["log"] = shutil.copy(truth["log"], os.path.abspath("late"))
    with open("truth.json", "w") as file:
        json.dump(truth, file)
    sys.exit(status)
"""


class Used:
    """What the machine really used, by the wall clock."""

    def __init__(self, tmp_path: Path) -> None:
        self.truth = Truth(tmp_path / "truth.json")
        # What is used in a shorter delay is 2 % of what is compared here within 5 %.
        late = [(start, end) for start, end in self.truth.late() if end - start > NEAR_NS]
        self.late = [(start - NEAR_NS, end + NEAR_NS) for start, end in late]
        self.offset_ns = wall_offset_ns()

    def __call__(self, start: float, end: float) -> float:
        """Joules; skips the test where the emulation was held up at one of the moments."""
        edges = [moment * 1e9 - self.offset_ns for moment in (start, end)]
        if any(begin <= edge <= done for begin, done in self.late for edge in edges):
            pytest.skip("this machine is too busy: the emulator was held up at an edge")
        return self.truth.total(*edges)


def on_machine(tmp_path: Path, *command: str) -> Used:
    """Runs a command on the emulated machine, or skips the test where none can be made."""
    (tmp_path / "keeper.py").write_text(textwrap.dedent(KEEPER))
    result = subprocess.run(
        [METERS / "run", "sockets-bursty", "--", sys.executable, "keeper.py", *command],
        cwd=tmp_path,
        env=clean_environment(JOULEBOOK_DIR="ledgers", OMP_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=180,
    )
    if result.returncode == 69:
        pytest.skip(f"no machine can be emulated here: {result.stderr}")
    assert result.returncode == 0, result.stderr
    return Used(tmp_path)


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
    used = on_machine(tmp_path, *torchrun, "--nproc-per-node", "4", "train.py")
    assert len(ledgers(tmp_path)) == 4
    run = joulebook.show(tmp_path / "ledgers")
    assert run["world_size"] == 4 and len(run["epochs"]) == 3
    truth = used(run["started"], run["ended"])
    total = run["energy"]
    assert total["total_j"] == pytest.approx(truth, rel=0.05)
    assert len(total["devices"]) == 4, "each meter is one, however many ranks read it"
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
    used = on_machine(tmp_path, sys.executable, "jobs.py")
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
