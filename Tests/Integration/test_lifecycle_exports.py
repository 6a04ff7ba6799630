"""`joulebook lifecycle --format X`: what the programs that own a format read back from it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from huggingface_hub import ModelCard

HOUR = 3600
KWH = 3.6e6
GPU = {"kind": "gpu", "name": "NVIDIA H100", "count": 2}
CPU = {"kind": "cpu", "name": "Xeon", "count": 1}


def run(name: str, stage: str, kwh: float | None, at: int = 0, **more: Any) -> dict[str, Any]:
    """A run of an hour; its energy is read from a counter, or not known."""
    metered = kwh is not None
    return {
        "run_id": name,
        "project": "digits",
        "stage": stage,
        "status": "finished",
        "started": records.START + at,
        "ended": records.START + at + HOUR,
        "duration_s": HOUR,
        "env": {"JOULEBOOK_REGION": "FR", "JOULEBOOK_PUE": "1.25"},
        "hardware": {"host": "a", "devices": [CPU, GPU]},
        "meters": [
            {
                "device": "gpu:0",
                "source": "nvml",
                "provenance": "counter",
                "boundary": "device",
            }
        ],
        "energy_by_meter": (
            [{"meter": 0, "energy_j": kwh * KWH, "coverage": 1, "uncertainty_rel": 0.05}]
            if kwh is not None
            else None
        ),
        "energy_j": kwh * KWH if metered else None,
        **more,
    }


LIFE = [
    run("prep", "data_preparation", 0.5),
    run("pre", "pretraining", 8, HOUR),
    run("tune", "fine_tuning", 1.5, 2 * HOUR, parents=[{"run_id": "pre", "relation": "initialises"}]),
    run("test", "evaluation", 0.25, 3 * HOUR),
    run("serve", "inference", 4, 4 * HOUR),
]
MADE_KWH = 0.5 + 8 + 1.5 + 0.25


class Exports:
    """Imports runs and exports their summary."""

    def __init__(self, joulebook: Command, directory: Path) -> None:
        self.joulebook = joulebook
        self.directory = directory

    def __call__(
        self, runs: list[dict[str, Any]], format: str, *options: object, status: int = 0
    ) -> tuple[str, str]:
        """The document and what standard error says."""
        self.have(runs)
        result = self.joulebook("lifecycle", "runs", "--format", format, *options, status=status)
        for line in result.stderr.splitlines():
            assert status or line.startswith(f"joulebook: not in {format}: "), line
        return result.stdout, result.stderr

    def have(self, runs: list[dict[str, Any]]) -> None:
        source = records.write(self.directory / "records.jsonl", runs)
        self.joulebook("import", "records", source, "--into", "runs")

    def summary(self, *options: object) -> Any:
        return self.joulebook.json("lifecycle", "lifecycle", "runs", "--json", *options)


@pytest.fixture
def export(joulebook: Command, tmp_path: Path) -> Exports:
    return Exports(joulebook, tmp_path)


def grams(summary: Any, *stages: str) -> float:
    found = [s["carbon"]["location_kg"] for s in summary["stages"] if s["stage"] in stages]
    assert len(found) == len(stages)
    return sum(found) * 1000


# Hugging Face


def test_a_model_card_has_the_grams_of_making_the_model(export: Exports) -> None:
    text, losses = export(LIFE, "hf")
    emissions = ModelCard(text).data.to_dict()["co2_eq_emissions"]
    made = ("data_preparation", "pretraining", "fine_tuning", "evaluation")
    assert emissions.pop("emissions") == pytest.approx(grams(export.summary(), *made), rel=1e-12)
    assert emissions.pop("source").startswith("joulebook ")
    assert emissions == {
        "training_type": "pre-training and fine-tuning",
        "geographical_location": "France (FR)",
        "hardware_used": "2 x NVIDIA H100, 1 x Xeon",
    }
    assert "inference" in losses and "uncertainty" in losses
    # The same is said beside the data.
    assert losses.replace("joulebook: ", "# ") in text


def test_a_card_says_what_is_not_measured(export: Exports) -> None:
    declared = run("b", "training", None, HOUR, declared={"energy_kwh": 3})
    text, _ = export([run("a", "training", 1), declared, run("c", "training", None)], "hf")
    emissions = ModelCard(text).data.to_dict()["co2_eq_emissions"]
    assert "25 % measured, 0 % modelled, 75 % declared" in emissions["source"]
    assert "known for 2 of 3 runs, 66.7 % of their time" in emissions["source"]
    # `training` says neither of the two words.
    assert "training_type" not in emissions


def test_names_from_a_ledger_stay_text_in_a_card(export: Exports) -> None:
    name = "\"GPU\": \\ '#\n---\nevil: yes\u2028\u0085\u0007\ufeff ü 🙂 "
    hardware = {"devices": [{"kind": "gpu", "name": name, "count": None}]}
    text, _ = export([run("a", "training", 1e-9, hardware=hardware)], "hf")
    data = ModelCard(text).data.to_dict()
    assert list(data) == ["co2_eq_emissions"]
    assert data["co2_eq_emissions"]["hardware_used"] == name
    small = data["co2_eq_emissions"]["emissions"]
    assert isinstance(small, float) and 0 < small < 1e-6


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([run("a", "inference", 1)], "no run made a model"),
        ([run("a", "training", None)], "the energy of no run is known"),
        ([run("a", "training", 1, env=None)], "state --region and --pue"),
    ],
)
def test_a_card_without_a_figure_is_refused(
    export: Exports, runs: list[dict[str, Any]], reason: str
) -> None:
    text, error = export(runs, "hf", status=65)
    assert not text and error.count("\n") == 1
    assert error.startswith("joulebook: runs: hf: ") and reason in error


# CycloneDX


def bom(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The subject of a valid BOM and what its card says of energy."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    component = json.loads(text)["metadata"]["component"]
    considerations = component["modelCard"]["considerations"]
    consumptions = considerations["environmentalConsiderations"]["energyConsumptions"]
    for item in consumptions:
        item["properties"] = {p["name"]: p["value"] for p in item["properties"]}
    return component, consumptions


def test_a_bom_has_energy_and_carbon_of_each_stage(export: Exports) -> None:
    text, losses = export(LIFE, "cyclonedx")
    component, consumptions = bom(text)
    assert component["type"] == "machine-learning-model" and component["name"] == "digits"
    stages = {s["stage"]: s for s in export.summary()["stages"]}
    assert [item["properties"]["joulebook:stage"] for item in consumptions] == list(stages)
    assert [item["activity"] for item in consumptions] == [
        "data-preparation", "training", "fine-tuning", "validation", "inference",
    ]  # fmt: skip
    for item in consumptions:
        stage = stages[item["properties"]["joulebook:stage"]]
        energy, carbon = item["activityEnergyCost"], item["co2CostEquivalent"]
        assert energy == {"value": stage["energy"]["facility_kwh"], "unit": "kWh"}
        assert carbon["unit"] == "tCO2eq"
        assert carbon["value"] * 1000 == pytest.approx(stage["carbon"]["location_kg"], rel=1e-12)
        assert item["properties"]["joulebook:boundary"] == "facility"
        assert float(item["properties"]["joulebook:it_kwh"]) == stage["energy"]["it_kwh"]
        assert "100 % measured" in item["properties"]["joulebook:method"]
        assert item["energyProviders"] == []
    assert "factors" in losses and "uncertainty" not in losses


def test_without_a_pue_a_bom_has_the_energy_of_the_it(export: Exports) -> None:
    runs = [run("a", "training", 2, env=None), run("b", "evaluation", None, HOUR, env=None)]
    text, losses = export(runs, "cyclonedx")
    _, (item,) = bom(text)
    assert item["activityEnergyCost"]["value"] == 2 and "co2CostEquivalent" not in item
    facts = item["properties"]
    assert facts["joulebook:boundary"] == "it"
    low, high = json.loads(facts["joulebook:facility_kwh"])
    assert low == 2 < high
    assert "evaluation, whose energy is not known" in losses
    _, error = export([run("c", "training", None)], "cyclonedx", "--model", "c", status=65)
    assert "the energy of no run is known" in error


# CSV


def rows(text: str) -> list[dict[str, str]]:
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert all(None not in row and None not in row.values() for row in found)
    return found


def test_a_table_has_every_figure_of_every_stage(export: Exports) -> None:
    site = ["--wue", "0.2", "--ewif", "3", "--tariff", "0.25EUR", "--contract", "1@11"]
    runs = [*LIFE, run("lost", "training", None, 9 * HOUR, env=None)]
    text, losses = export(runs, "csv", *site)
    summary = export.summary(*site)
    table = rows(text)
    parts = [*summary["stages"], {"stage": "total", **summary["totals"]}]
    for row, part in zip(table, parts, strict=True):
        known = {
            "stage": part["stage"],
            "runs": part["runs"],
            "runs_with_energy": part["runs_with_energy"],
            "coverage": part["coverage"],
            "it_kwh": part["energy"]["it_kwh"],
            "facility_kwh": part["energy"]["facility_kwh"],
            "measured_kwh": part["energy"]["measured_kwh"],
            "location_kg_co2e": part["carbon"]["location_kg"],
            "location_high_kg_co2e": (part["range"]["high"]),
            "market_annual_kg_co2e": part["carbon"]["market_annual_kg"],
            "water_on_site_l": (part["water"]["on_site"] or {}).get("litres"),
            "cost_eur": part["cost"]["amount"],
            "uncertainty_rel": part["uncertainty_rel"],
        }
        for name, value in known.items():
            assert row[name] == ("" if value is None else str(value)), (row["stage"], name)
    # Not known is empty, not zero.
    lost = table[[part["stage"] for part in parts].index("training")]
    assert lost["it_kwh"] == lost["facility_high_kwh"] == lost["measured_kwh"] == ""
    assert lost["method"].endswith("energy not known")
    assert "factors" in losses and "water" not in losses
