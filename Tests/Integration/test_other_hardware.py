"""`joulebook lifecycle --beside hardware=…`: the same work on other GPUs, never as if measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import records
from conftest import Command

KWH = 3.6e6
L4 = "hardware=NVIDIA L4,precision=fp16"


@pytest.fixture
def runs(joulebook: Command, tmp_path: Path) -> Command:
    """An hour of an H100 that took half a kilowatt-hour."""
    gpu = {"device": "gpu:0", "source": "nvml", "provenance": "counter", "boundary": "device"}
    run = {
        "run_id": "a",
        "stage": "training",
        "status": "finished",
        "started": records.START,
        "duration_s": 3600,
        "env": {"JOULEBOOK_REGION": "FR", "JOULEBOOK_PUE": "1.25"},
        "meters": [{**gpu, "name": "NVIDIA H100 80GB HBM3"}],
        "energy_by_meter": [
            {"meter": 0, "energy_j": 0.5 * KWH, "coverage": 1, "uncertainty_rel": 0.05}
        ],
    }
    source = records.write(tmp_path / "records.jsonl", [run])
    joulebook("import", "records", source, "--into", "runs")
    return joulebook


def test_the_same_work_elsewhere_is_a_model_with_limits(runs: Command) -> None:
    document = runs.json("lifecycle", "lifecycle", "runs", "--json", "--beside", L4)
    (beside,) = document["beside"]
    energy = beside["totals"]["energy"]
    ratio = (72 / 121) / (700 / 989.4)
    assert beside["it_ratio"] == pytest.approx(ratio)
    assert energy["it_kwh"] == energy["model_kwh"] == pytest.approx(0.5 * ratio)
    assert energy["measured_kwh"] == 0 and beside["totals"]["uncertainty_rel"] is None
    limits = energy["it_range_kwh"]
    assert limits["high"] / limits["low"] == pytest.approx((46.2 / 21.3) ** 2)
    assert beside["hardware"]["refused"] is None and beside["hardware"]["precision"] == "fp16"
    assert {row["kind"] for row in beside["rows_used"]} == {"grid", "tdp", "peak_fp16"}
    assert document["totals"]["energy"]["measured_kwh"] == 0.5
    text = runs("lifecycle", "runs", "--beside", L4).stdout
    assert f"model: {L4}"[:39] in text and "Epoch AI" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_is_not_known_is_a_dash_with_its_reason(runs: Command) -> None:
    other = "hardware=Abacus,precision=fp32"
    document = runs.json("lifecycle", "lifecycle", "runs", "--json", "--beside", other)
    (beside,) = document["beside"]
    assert beside["it_ratio"] is None and beside["totals"]["energy"]["it_kwh"] is None
    assert "of 'Abacus' are not known" in beside["hardware"]["refused"]
    text = " ".join(runs("lifecycle", "runs", "--beside", other).stdout.split())
    assert f"Beside it, {other}: – because tdp and peak_fp32 of 'Abacus'" in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ("hardware=NVIDIA L4", "takes the precision of the work: fp32, tf32, fp16"),
        ("hardware=NVIDIA L4,precision=int8", "takes the precision of the work"),
        ("precision=fp16", "give hardware=NAME as well"),
    ],
)
def test_the_precision_is_never_assumed(runs: Command, changes: str, reason: str) -> None:
    assert reason in runs("lifecycle", "runs", "--beside", changes, status=64).stderr


def test_ratings_are_factors_that_are_listed(joulebook: Command) -> None:
    document = joulebook.json("factors", "factors", "peak_fp16", "--json")
    assert {row["unit"] for row in document["factors"]} == {"TFLOPS"}
    assert {row["licence"] for row in document["factors"]} == {"CC BY 4.0"}
    assert "72.00 W" in joulebook("factors", "tdp", "NVIDIA L4").stdout
