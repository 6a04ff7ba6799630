"""`joulebook import sacct` counts the energy of Slurm's jobs once, whatever their steps say."""

from __future__ import annotations

from pathlib import Path

import pytest
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
