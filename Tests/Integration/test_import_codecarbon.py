"""`joulebook import codecarbon` reads what CodeCarbon wrote, and no PUE is applied twice."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command

ROW = {
    "timestamp": "2026-03-02T10:15:00",
    "project_name": "digits",
    "run_id": "run-a",
    "duration": "3600",
    "emissions": "0.084",
    "cpu_energy": "0.12",
    "gpu_energy": "1.35",
    "ram_energy": "0.03",
    "energy_consumed": "1.5",
    "country_iso_code": "FRA",
    "codecarbon_version": "3.3.2",
    "pue": "1.25",
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    return path


def energy(joulebook: Command, *options: object) -> tuple[float, float | None]:
    document = joulebook.json("lifecycle", "lifecycle", "runs", "--json", *options)
    totals: dict[str, Any] = document["totals"]["energy"]
    return totals["it_kwh"], totals["facility_kwh"]


@pytest.mark.parametrize("options", [(), ("--pue", "1.6")])
def test_a_pue_inside_is_not_applied_again(
    joulebook: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    joulebook("import", "codecarbon", write(tmp_path / "e.csv", ROW), "--into", "runs")
    assert energy(joulebook, *options) == pytest.approx((1.2, 1.5))


@pytest.mark.parametrize("pue", ["", "1.0"])
def test_without_a_pue_inside_the_stated_one_is_applied(
    joulebook: Command, tmp_path: Path, pue: str
) -> None:
    path = write(tmp_path / "e.csv", ROW | {"pue": pue})
    joulebook("import", "codecarbon", path, "--into", "runs")
    assert energy(joulebook) == (pytest.approx(1.5), None)
    assert energy(joulebook, "--pue", "1.6") == pytest.approx((1.5, 2.4))


def test_their_carbon_is_not_ours_and_their_country_chooses_the_factor(
    joulebook: Command, tmp_path: Path
) -> None:
    # 80 g/kWh are plausible, and far from the factor of France.
    path = write(tmp_path / "e.csv", ROW | {"emissions": "0.12"})
    joulebook("import", "codecarbon", path, "--into", "runs")
    document = joulebook.json("lifecycle", "lifecycle", "runs", "--json")
    assert "FR" in {row["region"] for row in document["factors"]["rows_used"]}
    assert 0 < document["totals"]["carbon"]["location_kg"] < 0.11


def test_importing_twice_changes_nothing(joulebook: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", ROW, ROW | {"run_id": "run-b"})
    assert "imported 2 runs" in joulebook("import", "codecarbon", path, "--into", "runs").stdout
    before = {file: file.read_bytes() for file in (tmp_path / "runs").iterdir()}
    again = joulebook("import", "codecarbon", path, "--into", "runs").stdout
    assert "imported 0 runs" in again and "2 were there already" in again
    assert {file: file.read_bytes() for file in (tmp_path / "runs").iterdir()} == before


def test_one_bad_line_and_nothing_is_imported(joulebook: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", ROW, ROW | {"run_id": "b", "energy_consumed": "NaN"})
    result = joulebook("import", "codecarbon", path, "--into", "runs", status=65)
    assert "line 3: field energy_consumed: " in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


TRACK = """
import sys, time
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(
    project_name="digits", country_iso_code="FRA", output_dir=sys.argv[1], pue=1.25,
    measure_power_secs=1, force_cpu_power=100, log_level="error", allow_multiple_runs=True,
)
tracker.start()
time.sleep(1)
tracker.flush()
time.sleep(0.5)
tracker.stop()
"""


def codecarbon_python() -> Path | None:
    """The Python of the comparisons with other tools, where it has been installed."""
    given = os.environ.get("PEERS_PYTHON")
    python = Path(given) if given else ROOT / ".build/meters/peers/bin/python"
    if not python.exists():
        return None
    found = subprocess.run([python, "-c", "import codecarbon"], capture_output=True, check=False)
    return python if found.returncode == 0 else None


def test_what_codecarbon_itself_writes(joulebook: Command, tmp_path: Path) -> None:
    python = codecarbon_python()
    if python is None:
        pytest.skip("no CodeCarbon; Tests/Meters/compare installs it, or set PEERS_PYTHON")
    subprocess.run([python, "-c", TRACK, tmp_path], check=True, timeout=100, cwd=tmp_path)
    with (tmp_path / "emissions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # A flush and the end: two rows of one run, the last one with all of it.
    assert len(rows) == 2 and len({row["run_id"] for row in rows}) == 1
    stated = float(rows[1]["energy_consumed"])
    assert stated > float(rows[0]["energy_consumed"]) > 0
    joulebook("import", "codecarbon", "emissions.csv", "--into", "runs")
    assert energy(joulebook) == pytest.approx((stated / 1.25, stated))
    (ledger,) = (tmp_path / "runs").iterdir()
    run = joulebook.json("run", "show", ledger, "--json")
    assert run["project"] == "digits" and run["declared"]["pue"] == 1.25
    assert run["totals"]["duration_s"] == pytest.approx(float(rows[1]["duration"]))
