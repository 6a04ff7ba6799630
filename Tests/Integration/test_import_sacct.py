"""`joulebook import sacct` counts the energy of Slurm's jobs once, whatever their steps say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command

COLUMNS = "JobID JobName User Account State Start End ElapsedRaw AllocTRES NodeList"
HEADER = "|".join([*COLUMNS.split(), "ConsumedEnergyRaw"])
TIMES = "2024-03-15T20:24:16|2024-03-15T20:59:18|2102"
JOBS = [
    f"38113|train|ada|p1|COMPLETED|{TIMES}|cpu=4,gres/gpu:a100=4,node=1|n1|7200000",
    f"38113.batch|batch||p1|COMPLETED|{TIMES}|cpu=4|n1|5094129",
    f"38113.extern|extern||p1|COMPLETED|{TIMES}|cpu=4|n1|7200000",
    f"38114|train|ada|p1|TIMEOUT|{TIMES}|cpu=4,gres/gpu:a100=4,node=1|n2|3600000",
    f"38115|train|ada|p1|FAILED|{TIMES}|cpu=4,node=1|n2|0",
    "38116|train|ada|p1|RUNNING|2024-03-15T20:24:16|Unknown|99|cpu=4,node=1|n2|1000",
]


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def test_steps_add_nothing_and_unknown_is_not_zero(joulebook: Command, tmp_path: Path) -> None:
    done = joulebook("import", "sacct", write(tmp_path / "jobs.txt", *JOBS), "--into", "runs")
    assert "imported 3 runs" in done.stdout
    document = joulebook.json("lifecycle", "lifecycle", "runs", "--json")
    assert document["totals"]["energy"]["it_kwh"] == pytest.approx(3)
    assert document["totals"]["energy"]["facility_kwh"] is None
    (ledger,) = (tmp_path / "runs").iterdir()
    runs = joulebook.json("runs", "ls", ledger, "--json")["runs"]
    energies = {run["run_id"]: run["energy_j"] for run in runs}
    assert energies["slurm-38115"] is None
    assert {run["run_id"]: run["status"] for run in runs}["slurm-38114"] == "killed"


def test_a_job_is_imported_when_it_has_ended(joulebook: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "jobs.txt", *JOBS)
    joulebook("import", "sacct", path, "--into", "runs")
    before = {file: file.read_bytes() for file in (tmp_path / "runs").iterdir()}
    again = joulebook("import", "sacct", path, "--into", "runs").stdout
    assert "imported 0 runs" in again and "3 were there already" in again
    assert {file: file.read_bytes() for file in (tmp_path / "runs").iterdir()} == before
    ended = JOBS[-1].replace("RUNNING", "COMPLETED").replace("Unknown", "2024-03-15T20:59:18")
    write(path, *JOBS[:-1], ended)
    later = joulebook("import", "sacct", path, "--into", "runs").stdout
    assert "imported 1 runs" in later and "3 were there already" in later


def test_one_bad_line_and_nothing_is_imported(joulebook: Command, tmp_path: Path) -> None:
    bad = JOBS[0].replace("7200000", "NaN").replace("38113", "9")
    path = write(tmp_path / "jobs.txt", *JOBS, bad)
    result = joulebook("import", "sacct", path, "--into", "runs", status=65)
    assert "line 8: field ConsumedEnergyRaw: " in result.stderr
    assert result.stderr.count("\n") == 1 and not (tmp_path / "runs").exists()


def energy(joulebook: Command) -> tuple[float, Any]:
    document = joulebook.json("lifecycle", "lifecycle", "runs", "--json")
    return document["totals"]["energy"]["it_kwh"], document


def test_jobs_that_shared_a_node_are_counted_once(joulebook: Command, tmp_path: Path) -> None:
    shared = [f"{number}|train|ada|p1|COMPLETED|{TIMES}|cpu=4|n1|3600000" for number in (1, 2)]
    wide = f"3|train|ada|p1|COMPLETED|{TIMES}|cpu=4|n[7-8]|3600000"
    jobs = write(tmp_path / "jobs.txt", *shared, wide)
    joulebook("import", "sacct", jobs, "--into", "runs")
    total, document = energy(joulebook)
    assert total == pytest.approx(2)
    assert document["shared"]["runs"] == 2
    remarks = {(r["kind"], r["where"]): r["message"] for r in document["not_measured"]}
    assert remarks["slurm", "nodes"] == "taken to be alone on several nodes: slurm-3"
    assert remarks["slurm", "runs"].startswith("3 of 3 runs are jobs of Slurm")
    assert document["totals"]["energy"]["measured_kwh"] == 0


def test_what_a_run_measured_in_a_job_is_counted_once(joulebook: Command, tmp_path: Path) -> None:
    joulebook("import", "sacct", write(tmp_path / "jobs.txt", *JOBS), "--into", "runs")
    gpu = {"device": "gpu:0", "source": "nvml", "provenance": "counter", "boundary": "device"}
    # Within the job, whose times have no zone: two hours west of UTC.
    run = {
        "run_id": "inside",
        "started": 1_710_534_256 + 2 * 3600 + 60,
        "duration_s": 600,
        "env": {"SLURM_JOB_ID": "38113"},
        "meters": [gpu],
        "energy_j": 1_800_000,
        "energy_by_meter": [{"meter": 0, "energy_j": 1_800_000, "coverage": 1}],
    }
    source = records.write(tmp_path / "records.jsonl", [run])
    joulebook("import", "records", source, "--into", "runs")
    total, document = energy(joulebook)
    assert total == pytest.approx(3)
    assert document["totals"]["energy"]["measured_kwh"] == pytest.approx(0.5)
    (item,) = document["shared"]["by_run"]
    assert item["run_id"] == "slurm-38113" and item["others"] == ["inside"]
    assert item["measured_j"] == 7_200_000 and item["counted_j"] == 5_400_000
    assert item["reasons"] == ["enclosed"] and document["anomalies"] == []
