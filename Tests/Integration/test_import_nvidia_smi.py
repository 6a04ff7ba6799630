"""`joulebook import nvidia-smi` makes of logs of power the energy that the GPU itself counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

LOGS = Path(__file__).parent / "Logs"
TRUTH = json.loads((LOGS / "nvidia-smi.truth.json").read_text())
PHASES = {phase["name"]: phase for phase in TRUTH["phases"]}
START = PHASES["steady"]["from"]
END = PHASES["steady again"]["to"]
COUNTED = sum(phase["counter_j"] for phase in PHASES.values())


def seconds(text: str) -> float:
    return datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC).timestamp()


def run(joulebook: Command, path: Path, into: str = "runs") -> Any:
    joulebook("import", "nvidia-smi", path, "--into", into)
    (ledger,) = (joulebook.directory / into).iterdir()
    return joulebook.json("run", "show", ledger, "--json")


def cut(source: Path, path: Path, start: float, end: float, header: int = 1) -> Path:
    """The log's lines of this time."""
    lines = source.read_text().splitlines(keepends=True)
    rows = [line for line in lines[header:] if start <= seconds(line.split(",")[0]) <= end]
    path.write_text("".join(lines[:header] + rows))
    return path


def watts(document: Any) -> float:
    return document["totals"]["energy_j"] / document["totals"]["duration_s"]


@pytest.mark.parametrize(
    "name,within",
    # A mean of a second is of the phase where its whole second is.
    [("steady", 0.01), ("idle", 0.03), ("bursts", 0.02), ("steady again", 0.01)],
)
def test_power_in_a_phase_is_that_of_the_counter(
    joulebook: Command, tmp_path: Path, name: str, within: float
) -> None:
    phase = PHASES[name]
    log = cut(LOGS / "nvidia-smi.csv", tmp_path / "log.csv", phase["from"] + 1, phase["to"])
    counted = phase["counter_j"] / (phase["to"] - phase["from"])
    assert watts(run(joulebook, log)) == pytest.approx(counted, rel=within)


@pytest.mark.parametrize("name,header", [("nvidia-smi", 1), ("nvidia-smi-noheader", 0)])
def test_energy_of_all_phases_is_that_of_the_counter(
    joulebook: Command, tmp_path: Path, name: str, header: int
) -> None:
    log = cut(LOGS / f"{name}.csv", tmp_path / "log.csv", START, END + 1, header)
    (device,) = run(joulebook, log)["energy"]["devices"]
    assert device["energy_j"] == pytest.approx(COUNTED, rel=0.03)
    assert device["provenance"] == "integrated_power" and device["boundary"] == "device"
    assert 0.1 <= device["uncertainty_rel"] < 0.2 and device["coverage"] == 1


def test_dmon_is_read_to_the_second(joulebook: Command) -> None:
    document = run(joulebook, LOGS / "nvidia-smi-dmon.csv")
    query = run(joulebook, LOGS / "nvidia-smi.csv", "query")
    assert watts(document) == pytest.approx(watts(query), rel=0.03)
    assert document["meters"][0]["source"] == "nvidia-smi:pwr"


def test_a_log_and_a_run_of_the_same_gpu_are_counted_once(
    joulebook: Command, tmp_path: Path
) -> None:
    run(joulebook, LOGS / "nvidia-smi.csv")
    record = {
        "run_id": "inside",
        "started": START,
        "duration_s": END - START,
        "meters": [
            {
                "device": "gpu:0",
                "source": "nvml:energy",
                "provenance": "counter",
                "boundary": "device",
                "identity": "nvml:GPU-0b5c4f2e-6a1d-4c3b-9e8f-1d2c3b4a5f60",
            }
        ],
        "energy_by_meter": [{"meter": 0, "energy_j": COUNTED}],
    }
    (tmp_path / "records.jsonl").write_text(json.dumps(record) + "\n")
    joulebook("import", "records", "records.jsonl", "--into", "runs")
    shared = joulebook.json("lifecycle", "lifecycle", "runs", "--json")["shared"]
    assert shared["runs"] == 2
    assert shared["counted_j"] == pytest.approx(COUNTED, rel=0.05)


def test_importing_twice_changes_nothing(joulebook: Command) -> None:
    run(joulebook, LOGS / "nvidia-smi.csv")
    before = {file: file.read_bytes() for file in (joulebook.directory / "runs").iterdir()}
    again = joulebook("import", "nvidia-smi", LOGS / "nvidia-smi.csv", "--into", "runs").stdout
    assert "imported 0 runs" in again and "1 were there already" in again
    assert {file: file.read_bytes() for file in (joulebook.directory / "runs").iterdir()} == before


def test_one_bad_line_and_nothing_is_imported(joulebook: Command, tmp_path: Path) -> None:
    text = (LOGS / "nvidia-smi.csv").read_text()
    (tmp_path / "log.csv").write_text(text.replace(" 95.08 W, 95.08 W", " -1 W, 95.08 W", 1))
    result = joulebook("import", "nvidia-smi", "log.csv", "--into", "runs", status=65)
    assert "line 2: field power.draw: " in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()
