"""`joulebook lifecycle --series`: the grid by the hour, against a sum by the minute."""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import records
from conftest import Command

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
HEADER = "time,region,value,unit,source,signal,cfe_share,residual,licence\n"


def series(path: Path, hours: list[tuple[float, float, float]], region: str = "FR") -> Path:
    """Hours from midnight on, of an intensity, a share of carbon-free energy and the rest's."""
    rows = [
        f"{(MIDNIGHT + timedelta(hours=number)).strftime('%Y-%m-%dT%H:%MZ')},{region},{grams},"
        f"g/kWh,the grid operator,location_average,{share},{residual},CC BY 4.0\n"
        for number, (grams, share, residual) in enumerate(hours)
    ]
    path.write_text(HEADER + "".join(rows))
    return path


def run(name: str, minute: int, minutes: int, kwh: float, **more: Any) -> dict[str, Any]:
    start = (MIDNIGHT + timedelta(minutes=minute)).timestamp()
    return {
        "run_id": name,
        "project": "digits",
        "stage": "training",
        "status": "finished",
        "started": start,
        "ended": start + minutes * 60,
        "energy_j": kwh * 3.6e6,
        "env": {"JOULEBOOK_REGION": "FR", "JOULEBOOK_PUE": "1.25"},
        **more,
    }


@pytest.fixture
def day(joulebook: Command, tmp_path: Path) -> tuple[list[tuple[int, int, float]], list[Any]]:
    """Twenty runs in two days, and the hours of these days."""
    random = Random(7)
    hours = [
        (random.uniform(5, 900), random.uniform(0, 1.6), random.uniform(200, 800))
        for _ in range(48)
    ]
    series(tmp_path / "fr.csv", hours)
    spans = [
        (random.randrange(1400), random.randrange(1, 1400), random.uniform(0.1, 9))
        for _ in range(20)
    ]
    found = [run(f"run-{number:02}", *span) for number, span in enumerate(spans)]
    joulebook("import", "records", records.write(tmp_path / "r.jsonl", found), "--into", "runs")
    return spans, hours


def test_carbon_is_the_sum_over_minutes(
    joulebook: Command,
    tmp_path: Path,
    day: tuple[list[tuple[int, int, float]], list[Any]],
) -> None:
    spans, hours = day
    location = hourly = 0.0
    for first, minutes, kwh in spans:
        for minute in range(first, first + minutes):
            grams, share, residual = hours[minute // 60]
            used = kwh * 1.25 / minutes
            location += used * grams
            hourly += max(0.0, used - share * used) * residual
    document = joulebook.json("lifecycle", "lifecycle", "runs", "--series", "fr.csv", "--json")
    carbon = document["totals"]["carbon"]
    assert carbon["location_kg"] == pytest.approx(location / 1000, rel=1e-9)
    assert carbon["market_hourly_kg"] == pytest.approx(hourly / 1000, rel=1e-9)
    assert not [gap for gap in document["not_measured"] if gap["kind"] == "series"]
    (row,) = document["factors"]["rows_used"]
    assert row["series"]["sha256"] == hashlib.sha256((tmp_path / "fr.csv").read_bytes()).hexdigest()
    assert (row["source"], row["licence"]) == ("the grid operator", "CC BY 4.0")
    assert row["series"]["rows"] == 48 and row["series"]["step_s"] == 3600
    assert document["factors"]["version"].endswith(row["series"]["sha256"][:12])
    # What was bought moves nothing of what the place caused.
    series(tmp_path / "fr.csv", [(grams, 0.0, residual) for grams, _, residual in hours])
    again = joulebook.json("lifecycle", "lifecycle", "runs", "--series", "fr.csv", "--json")
    assert again["totals"]["carbon"]["location_kg"] == carbon["location_kg"]
    unmatched = again["totals"]["carbon"]
    assert unmatched["market_hourly_kg"] == pytest.approx(unmatched["market_annual_kg"])
    assert unmatched["market_hourly_kg"] > carbon["market_hourly_kg"]


@pytest.mark.usefixtures("day")
def test_people_and_formats_see_it(joulebook: Command, tmp_path: Path) -> None:
    ask = ["lifecycle", "runs", "--series", "fr.csv", "--land", "0.02"]
    for layout in ("table", "markdown", "html"):
        text = " ".join(joulebook(*ask, "--format", layout).stdout.split())
        assert "(market)" in text and "(market, hourly)" in text and "land m²" in text
        assert "mean of 48 rows from 2026-03-02T00:00Z to 2026-03-04T00:00Z" in text
    totals = joulebook.json("lifecycle", *ask, "--json")["totals"]
    assert totals["land_m2"] == pytest.approx(totals["energy"]["facility_kwh"] * 0.02)
    *_, cells = csv.DictReader(joulebook(*ask, "--format", "csv").stdout.splitlines())
    assert float(cells["market_hourly_kg_co2e"]) == totals["carbon"]["market_hourly_kg"]
    assert float(cells["land_m2"]) == totals["land_m2"]
    metrics = joulebook(*ask, "--format", "prometheus").stdout
    assert "joulebook_lifecycle_total_market_hourly_carbon_grams " in metrics
    assert "by the hour" in joulebook(*ask, "--format", "cyclonedx").stderr
    # The same inputs give the same bytes.
    first, second = (joulebook(*ask, "--json").stdout for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("day")
def test_the_best_hour_is_no_worse_than_any_other(joulebook: Command) -> None:
    ask = ["lifecycle", "runs", "--series", "fr.csv", "--beside", "hour=best"]
    shifts = [option for hour in range(24) for option in ("--beside", f"hour={hour}")]
    document = joulebook.json("lifecycle", *ask, *shifts, "--json")
    best, *others = (entry["totals"]["carbon"]["location_kg"] for entry in document["beside"])
    assert others[0] == document["totals"]["carbon"]["location_kg"]
    told = {gap["where"] for gap in document["not_measured"] if gap["kind"] == "series"}
    whole = [kg for hour, kg in enumerate(others) if f"beside hour={hour}" not in told]
    assert 0 < best <= min(whole)
    assert "more than at best" in joulebook(*ask).stdout


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--series", "none.csv"], 74, "none.csv"),
        (["--series", "."], 65, "directory"),
        (["--series", "empty.csv"], 65, "line 1"),
        (["--series", "header.csv"], 65, "no row follows"),
        (["--series", "binary.csv"], 65, "not UTF-8"),
        (["--series", "late.csv"], 65, "line 4, time"),
        (["--beside", "hour=3"], 64, "--series"),
        (["--series", "fr.csv", "--beside", "hour=nan"], 64, "hour=nan"),
        (["--series", "fr.csv", "--beside", "hour=900"], 64, "-168 to 168"),
        (["--land", "4000"], 64, "square metres"),
    ],
)
@pytest.mark.usefixtures("day")
def test_what_is_no_series_is_one_line(
    joulebook: Command, tmp_path: Path, options: list[str], status: int, words: str
) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text(HEADER)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    series(tmp_path / "late.csv", [(50.0, 0.5, 400.0)] * 2)
    late = (tmp_path / "late.csv").read_text()
    (tmp_path / "late.csv").write_text(late + late.splitlines()[1] + "\n")
    result = joulebook("lifecycle", "runs", *options, status=status)
    assert words in result.stderr and result.stdout == ""
    assert "Fatal" not in result.stderr and len(result.stderr) < 600
