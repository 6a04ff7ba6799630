"""Devices that somebody declares: their energy stands in the run as what it is, a model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Command, validate


def measure(joulebook: Command, devices: str) -> Any:
    environment = {"JOULEBOOK_DEVICES": devices, "JOULEBOOK_DIR": "ledgers"}
    joulebook("run", "--project", "p", "--", "sleep", "1", env=environment)
    (path,) = (joulebook.directory / "ledgers").rglob("*.joule")
    return joulebook.json("run", "show", path, "--json")


@pytest.mark.alone
def test_device_hours_times_power_are_in_the_total(joulebook: Command) -> None:
    run = measure(joulebook, "tpu-v4:4@0.5 board=7-8W:2")
    found = {item["device"]: item for item in run["energy"]["devices"]}
    tpu, board = found["accelerator:tpu-v4"], found["accelerator:board"]
    seconds = run["totals"]["duration_s"]
    assert tpu["energy_j"] == pytest.approx(4 * 141 * seconds, rel=0.01)
    assert board["energy_j"] == pytest.approx(15 * seconds, rel=0.01)
    assert (tpu["provenance"], board["provenance"]) == ("model", "declared")
    assert (tpu["boundary"], tpu["coverage"]) == ("device", 1)
    assert run["totals"]["energy_j"] >= tpu["energy_j"] + board["energy_j"]


def test_a_wrong_declaration_is_said_and_stops_nothing(joulebook: Command) -> None:
    environment = {"JOULEBOOK_DEVICES": "tpu-v9:4 gaudi2"}
    document = json.loads(joulebook("meters", "--json", env=environment).stdout)
    validate("meters", document)
    (absent,) = [item for item in document["absent"] if item["source"] == "declared"]
    assert "tpu-v9" in absent["reason"] and "tpu-v4" in absent["reason"]
    assert "accelerator:gaudi2" in [meter["device"] for meter in document["meters"]]
