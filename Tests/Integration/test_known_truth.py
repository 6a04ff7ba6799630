"""Joulebook on emulated machines of known energy: a short edition of Tests/Meters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command

METERS = ROOT / "Tests/Meters"
sys.path.insert(0, str(METERS))

from failures import FAULTS, judge, train  # noqa: E402
from judge import Verdict, measure  # noqa: E402
from machine import BUILT, CannotEmulate, build  # noqa: E402
from truth import Curve  # noqa: E402

pytest.importorskip("joulebook", reason="the Python package is not installed; run make test")

pytestmark = pytest.mark.alone

SHORT, LONG = [0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.9] * 3, [2.0, 2.3, 2.9]
CASES = {
    "sockets-bursty": LONG,
    "sockets-stepped": LONG,
    "laptop": LONG,
    "mirrored": LONG,
    "jetson": LONG,
    "grace": LONG,
    "outlet": LONG,
    "ipmi": LONG,
    "redfish": LONG,
    "wrapping": [0.05] * 100,
    "failing": SHORT,
    "gpus": SHORT,
    "sockets-bursty, busy": SHORT,
}

BROKEN = [
    "a counter's file vanishes",
    "a counter holds words",
    "permission is lost",
    "a call into a driver hangs",
    "a GPU is lost",
    "a meter of the network answers nonsense",
]


@pytest.fixture(scope="module")
def measured() -> dict[str, list[Verdict]]:
    """All cases, several at once: they mostly sleep."""
    build()

    def one(name: str) -> list[Verdict]:
        machine, _, busy = name.partition(", ")
        options = ["--busy"] if busy else []
        return [v for window in measure(machine, CASES[name], options=options) for v in window]

    try:
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(CASES, pool.map(one, CASES), strict=True))
    except CannotEmulate as error:
        pytest.skip(f"no machine can be emulated here: {error}")


@pytest.mark.parametrize("case", CASES)
def test_the_truth_lies_in_what_is_told(measured: dict[str, list[Verdict]], case: str) -> None:
    verdicts = [verdict for verdict in measured[case] if verdict.is_judged]
    if not verdicts:
        pytest.skip("this machine is too busy: the emulator was held up at every edge")
    assert all(verdict.told is None or verdict.told >= 0 for verdict in verdicts)
    missed = [verdict for verdict in verdicts if not is_within(verdict)]
    # Many short windows may have one more than their hundredth, few long ones none.
    most = len(verdicts) // 100 + (0 if CASES[case] is LONG else 1)
    assert len(missed) <= most, missed[:3]


def is_within(verdict: Verdict) -> bool:
    """Whether the truth is in the interval; where none is stated, near it."""
    if verdict.told is None:
        return False
    if verdict.half_width is not None:
        return verdict.holds(verdict.half_width)
    return verdict.holds(0.02 * verdict.truth + verdict.truth / verdict.seconds)


@pytest.mark.parametrize("case", ["sockets-bursty", "sockets-stepped", "laptop", "mirrored"])
def test_two_seconds_are_within_half_a_percent(
    measured: dict[str, list[Verdict]], case: str
) -> None:
    # A reader that was put aside at an edge says so.
    judged = [v for v in measured[case] if v.is_judged and "edge interpolated" not in v.flags]
    if not judged:
        pytest.skip("this machine is too busy: every window had an edge that was missed")
    for verdict in judged:
        assert verdict.told == pytest.approx(verdict.truth, rel=0.005), verdict


@pytest.mark.parametrize("case", ["laptop", "mirrored", "sockets-bursty", "jetson", "outlet"])
def test_each_joule_counts_once(measured: dict[str, list[Verdict]], case: str) -> None:
    totals = [verdict for verdict in measured[case] if verdict.device == "total"]
    assert totals
    assert sum(verdict.told or 0 for verdict in totals) == pytest.approx(
        sum(verdict.truth for verdict in totals), rel=0.05
    )


def test_failed_readings_show_in_the_coverage(measured: dict[str, list[Verdict]]) -> None:
    gaps = [verdict for verdict in measured["failing"] if "readings failed" in verdict.flags]
    if not gaps:
        pytest.skip("by chance no reading failed in these windows")
    assert all(verdict.coverage < 1 for verdict in gaps)


@pytest.fixture(scope="module")
def told_of() -> dict[str, Any]:
    """What trainings tell of the faults, three at once: they mostly sleep."""
    build()
    try:
        with ThreadPoolExecutor(3) as pool:
            return dict(zip(BROKEN, pool.map(train, BROKEN), strict=True))
    except CannotEmulate as error:
        pytest.skip(f"no machine can be emulated here: {error}")


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_ends_the_values_and_not_the_run(told_of: dict[str, Any], name: str) -> None:
    assert judge(FAULTS[name], told_of[name], patience=3) == []


def test_two_trackers_at_once_are_each_right(tmp_path: Path) -> None:
    tool = METERS / "Tools/joulebook_trackers.py"
    command = [METERS / "run", "sockets-constant", "--", sys.executable, tool, tmp_path]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    if done.returncode == 69:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    identities = []
    for run in told["runs"]:
        measured = [i for i in run["energy"]["devices"] if i["source"].startswith("rapl")]
        joules = sum(item["energy_j"] / item["coverage"] for item in measured)
        assert joules == pytest.approx(run["truth_j"], rel=0.02)
        identities.append({m["device"]: m["identity"] for m in run["meters"]})
    # By these a reader knows that both have read the same counters.
    assert identities[0] == identities[1]
    assert sum(run["truth_j"] for run in told["runs"]) > 1.2 * told["truth_j"]


def test_the_beat_is_as_asked_and_its_cost_is_in_the_ledger(
    joulebook: Command, tmp_path: Path
) -> None:
    program = """
import sys, time, joulebook, pyarrow
with joulebook.start("beat", dir=sys.argv[1], interval_s=0.05, quiet=True) as run:
    time.sleep(2)
print(run.path)
print(pyarrow.table(joulebook.open(sys.argv[1]).telemetry()).num_rows)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "ledgers"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    path, rows = done.stdout.split()
    run = joulebook.json("run", "show", path, "--json")
    # At a beat of a second there would be two of each meter.
    assert int(rows) > 3 * len(run["meters"])
    overhead = run["overhead"]
    assert all(overhead[name] > 0 for name in ("start_cpu_s", "sampler_cpu_s", "writer_cpu_s"))


def test_no_reader_finds_half_a_value(tmp_path: Path) -> None:
    build()
    specification, counter = tmp_path / "specification", tmp_path / "energy_uj"
    curve = Curve([(0.01, 5000), (0.02, 50)]).words()
    begun = time.monotonic_ns()
    specification.write_text(
        f"start {begun}\ncounter {counter} 100000000000 262143328850\ncurve {curve}\n"
    )
    command = [BUILT / "emulator", specification, tmp_path / "log", "hasty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as emulator:
        assert emulator.stdout is not None and emulator.stdout.readline() == b"ready\n"
        file, last, changes = os.open(counter, os.O_RDONLY), 0, 0
        try:
            while time.monotonic_ns() - begun < 2_000_000_000:
                value = int(os.pread(file, 64, 0))
                assert value >= last
                changes += value > last
                last = value
        finally:
            os.close(file)
            emulator.kill()
    assert changes > 100


def test_the_runner_passes_the_status_on_and_states_the_truth() -> None:
    command = [sys.executable, METERS / "run", "laptop", "--json", "--", "sh", "-c", "exit 7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode == 69:
        pytest.skip(done.stderr)
    assert done.returncode == 7
    assert '"platform/psys"' in done.stdout
