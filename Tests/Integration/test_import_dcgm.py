"""`joulebook import dcgm` counts the energy of a log that has no times."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command

HEADER = f"{'#Entity':10}{'POWER':14}{'TOTEC':20}\n{'ID':10}{'W':14}{'mJ':20}\n"


def log(*counters: str) -> str:
    rows = [f"GPU 0     95.080        {value:<20}\n" for value in counters]
    return HEADER + "".join(rows)


def test_energy_without_dates_is_counted_once(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "dmon.txt").write_text(log("1000", "1801000", "3601000"))
    joulebook("import", "dcgm", "dmon.txt", "--into", "runs")
    again = joulebook("import", "dcgm", "dmon.txt", "--into", "runs").stdout
    assert "imported 0 runs" in again and "1 were there already" in again
    totals = joulebook.json("lifecycle", "lifecycle", "runs", "--json")["totals"]["energy"]
    assert totals["it_kwh"] == pytest.approx(0.001)
    (ledger,) = (tmp_path / "runs").iterdir()
    document = joulebook.json("run", "show", ledger, "--json")
    (device,) = document["energy"]["devices"]
    assert device["provenance"] == "counter" and device["coverage"] == 1
    assert document["started"] is None and document["totals"]["duration_s"] is None


def test_one_bad_line_and_nothing_is_imported(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "dmon.txt").write_text(log("3601000", "1000"))
    result = joulebook("import", "dcgm", "dmon.txt", "--into", "runs", status=65)
    assert "line 4: field TOTEC: less than before" in result.stderr
    assert result.stderr.count("\n") == 1 and not (tmp_path / "runs").exists()
