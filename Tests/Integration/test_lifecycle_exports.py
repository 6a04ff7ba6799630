"""`joulebook lifecycle --format X`: what the programs that own a format read back from it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
import records
import spdx_python_model
import yaml
from conftest import ROOT, Command
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from huggingface_hub import ModelCard
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families
from test_command_line import on_a_terminal
from test_import_codecarbon import codecarbon_python

FORMATS = [
    "hf", "cyclonedx", "codecarbon", "csv", "arrow", "annex-xi", "spdx", "boamps", "if",
    "prometheus", "sci", "mlperf", "html",
]  # fmt: skip
BINARY = {"arrow"}
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


TUNED = [{"run_id": "pre", "relation": "initialises"}]
LIFE = [
    run("prep", "data_preparation", 0.5),
    run("pre", "pretraining", 8, HOUR),
    run("tune", "fine_tuning", 1.5, 2 * HOUR, parents=TUNED),
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
        if runs:
            self.have(runs)
        result = self.written(format, *options, status=status)
        for line in result.stderr.splitlines():
            assert status or line.startswith(f"joulebook: not in {format}: "), line
        return result.stdout, result.stderr

    def written(
        self, format: str, *options: object, status: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Of what is no text, each byte is a character."""
        ask = ["lifecycle", "runs", "--format", format, *options]
        if format not in BINARY:
            return self.joulebook(*ask, status=status)
        result = self.joulebook(*ask, status=status, text=False)
        result.stdout = result.stdout.decode("latin-1")
        result.stderr = result.stderr.decode()
        return result

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
    name = '"GPU": \\ \'#\n---\nevil: yes\u2028\u0085\u0007\ufeff ü 🙂 '
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
    site += ["--lifetime", "4"]
    runs = [
        *LIFE,
        run("made", "pruning", 1, hardware={"devices": [{**GPU, "name": "NVIDIA L4"}]}),
        run("lost", "training", None, 9 * HOUR, env=None),
    ]
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
            "embodied_kg_co2e": part["carbon"]["embodied_kg"],
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


# A terminal


def test_every_line_fits_80_columns_with_every_figure(export: Exports) -> None:
    site = ["--wue", "0.2", "--ewif", "3.1", "--tariff", "0.25EUR", "--contract", "0.6@11"]
    site += ["--residual", "420", "--lifetime", "4", "--functional-unit", "requests=1.2e6"]
    site += ["--metric", "accuracy", "--higher", "--beside", "region=SE,pue=1.1"]
    made = run("made", "training", 1 / 3, hardware={"devices": [{**GPU, "name": "NVIDIA L4"}]})
    nowhere = run("nowhere", "pruning", 1234.5, env=None, metrics={"accuracy": 0.9})
    export.have([*LIFE, made, nowhere])
    text = export.joulebook("lifecycle", "runs", *site).stdout
    tables = text.split("\n\nEnergy: ")[0].split("\n\n")
    assert len(tables) > 1
    stages = [[line.split()[0] for line in table.splitlines()] for table in tables]
    assert all(names == stages[0] for names in stages) and stages[0][0] == "stage"
    for column in ("coverage", "(location)", "(market)", "(making)", "water L", "EUR", "energy ±"):
        assert sum(table.splitlines()[0].count(column) for table in tables) == 1, column
    assert [line for line in text.splitlines() if len(line) > 80] == []


# Arrow


def arrow(text: str) -> pa.Table:
    table = pa.ipc.open_stream(text.encode("latin-1")).read_all()
    table.validate(full=True)
    return table


def test_an_arrow_stream_has_every_bit_of_the_table(export: Exports) -> None:
    site = ["--wue", "0.2", "--tariff", "0.25EUR", "--contract", "1@11", "--lifetime", "4"]
    made = run("made", "pruning", 1 / 3, hardware={"devices": [{**GPU, "name": "NVIDIA L4"}]})
    lost = run("lost", "training", None, 9 * HOUR, env=None)
    text, losses = export([*LIFE, made, lost], "arrow", *site)
    table = arrow(text)
    expected = rows(export([], "csv", *site)[0])
    assert table.column_names == list(expected[0])
    for found, row in zip(table.to_pylist(), expected, strict=True):
        for name, value in found.items():
            if isinstance(value, float):
                assert value.hex() == float(row[name]).hex(), name
            else:
                assert ("" if value is None else str(value)) == row[name], name
    nulls = table.column("it_kwh").null_count
    assert nulls == 1 and table.column("water_off_site_l").null_count == table.num_rows
    assert losses == export([], "csv", *site)[1].replace("not in csv", "not in arrow")


def test_fields_of_an_arrow_stream_name_their_units(export: Exports) -> None:
    text, _ = export(LIFE, "arrow", "--tariff", "0.25EUR")
    units = {
        field.name: field.metadata[b"unit"].decode()
        for field in arrow(text).schema
        if field.metadata
    }
    known = {
        "_kwh": "kWh",
        "_kg_co2e": "kg CO2e",
        "_l": "L",
        "_m2": "m2",
        "_eur": "EUR",
        "e": "1",
        "_rel": "1",
    }
    for name, unit in units.items():
        (end,) = [end for end in known if name.endswith(end) and (end != "e" or name == "coverage")]
        assert unit == known[end], name
    without = set(arrow(text).column_names) - set(units)
    assert without == {"stage", "runs", "runs_with_energy", "method"}


def test_no_bytes_are_written_to_a_terminal(export: Exports) -> None:
    export.have(LIFE)
    directory = export.directory / "runs"
    shown = on_a_terminal(["lifecycle", directory, "--format", "arrow"])
    assert b"no text for a terminal" in shown and b"\xff\xff\xff\xff" not in shown


# CodeCarbon

CODECARBON_COLUMNS = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
    "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
    "tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,"
    "ram_used_gb,on_cloud,pue,wue"
)
METERS = [
    {"device": name, "source": "s", "provenance": "counter", "boundary": "device"}
    for name in ("cpu:0/package", "cpu:0/dram", "gpu:0")
]
PARTS = [{"meter": number, "energy_j": (number + 1) * KWH, "coverage": 1} for number in range(3)]
WHOLE = [
    {"device": name, "source": "s", "provenance": "external", "boundary": boundary}
    for name, boundary in (("external:hall", "facility"), ("bmc", "it"))
]
MANY = [
    *LIFE,
    run("parts", "training", 6, meters=METERS, energy_by_meter=PARTS),
    run("no-pue", "training", 2, env={"JOULEBOOK_REGION": "aws:eu-west-1", "JOULEBOOK_PUE": "0.3"}),
    run("nowhere", "training", 2, env=None),
    run("declared", "training", None, declared={"energy_kwh": 5, "pue": 1.6}, env=None),
    run('"odd",\u2028 name', "training", 1, project='a "b", c', hardware=None),
    run(
        "both",
        "training",
        4.5,
        meters=WHOLE,
        energy_by_meter=[{"meter": m, "energy_j": (4.5, 3)[m] * KWH} for m in (0, 1)],
    ),
]


def by_run(joulebook: Command, directory: str, *runs: str) -> dict[str, Any]:
    """Energies of each run, as a summary of it alone counts them."""
    found = {}
    for name in runs:
        document = joulebook.json("lifecycle", "lifecycle", directory, "--model", name, "--json")
        found[name] = document["totals"]["energy"]
    return found


def test_our_import_reads_the_same_energies_back(export: Exports, tmp_path: Path) -> None:
    text, losses = export(MANY, "codecarbon")
    (tmp_path / "emissions.csv").write_text(text, newline="")
    export.joulebook("import", "codecarbon", "emissions.csv", "--into", "again")
    # Of `tune` nothing is inherited here: a row names no parents.
    names = [item["run_id"] for item in MANY if item["run_id"] != "tune"]
    before = by_run(export.joulebook, "runs", *names)
    after = by_run(export.joulebook, "again", *names)
    for name in names:
        for field in ("it_kwh", "facility_kwh"):
            expected = before[name][field]
            is_known = expected is not None
            assert after[name][field] == (
                pytest.approx(expected, rel=1e-12) if is_known else None
            ), name
    document = export.joulebook.json("lifecycle", "lifecycle", "again", "--json")
    total = document["totals"]["energy"]
    assert total["it_kwh"] == pytest.approx(export.summary()["totals"]["energy"]["it_kwh"])
    assert total["declared_kwh"] > 0 and total["measured_kwh"] == 0
    assert "which stage used what" in losses and "which of" not in losses
    # What is written from what was read is the same but for who says so.
    second = export.joulebook("lifecycle", "again", "--format", "codecarbon").stdout
    assert [row["run_id"] for row in rows(second)] == [row["run_id"] for row in rows(text)]
    for one, other in zip(rows(text), rows(second), strict=True):
        for name in ("timestamp", "duration", "pue", "gpu_model", "gpu_count", "country_iso_code"):
            assert one[name] == other[name], name


def test_rows_have_the_columns_of_codecarbon_with_the_pue_inside(export: Exports) -> None:
    text, _ = export(MANY, "codecarbon")
    assert text.splitlines()[0] == CODECARBON_COLUMNS
    table = {row["run_id"]: row for row in rows(text)}
    parts = table["parts"]
    energies = [float(parts[f"{name}_energy"]) for name in ("cpu", "ram", "gpu")]
    assert energies == pytest.approx([1.25, 2.5, 3.75])
    assert float(parts["energy_consumed"]) == pytest.approx(sum(energies))
    assert parts["country_iso_code"] == "FRA" and parts["on_cloud"] == "" and parts["pue"] == "1.25"
    assert parts["gpu_model"] == "2 x NVIDIA H100" and parts["gpu_count"] == "2"
    emissions, duration = float(parts["emissions"]), float(parts["duration"])
    assert emissions == pytest.approx(7.5 * 0.044179) and duration == HOUR
    assert float(parts["emissions_rate"]) == pytest.approx(emissions / duration)
    cloud = table["no-pue"]
    assert (cloud["cloud_provider"], cloud["cloud_region"]) == ("aws", "eu-west-1")
    assert cloud["on_cloud"] == "Y" and cloud["country_iso_code"] == ""
    # Where neither place nor PUE is known, neither is anything that stands on them.
    nowhere = table["nowhere"]
    assert nowhere["emissions"] == nowhere["pue"] == nowhere["country_iso_code"] == ""
    assert float(nowhere["energy_consumed"]) == 2
    assert "100 % declared" in table["declared"]["codecarbon_version"]
    assert float(table["both"]["pue"]) == 1.5 and table["both"]["cpu_energy"] == ""


def test_runs_that_a_row_would_misstate_are_left_out(export: Exports) -> None:
    hall = {"meters": WHOLE[:1], "energy_by_meter": [{"meter": 0, "energy_j": KWH}], "env": None}
    timeless = {"started": None, "ended": None, "duration_s": None}
    runs = [
        run("hall", "training", 1, **hall),
        run("timeless", "training", 1, **timeless),
        run("lost", "training", None),
    ]
    text, losses = export([*runs, run("a", "training", 1)], "codecarbon")
    assert [row["run_id"] for row in rows(text)] == ["a"]
    for reason in ("whose energy is not known", "without an end", "whose energy is the facility's"):
        assert f"not in codecarbon: 1 run {reason}" in losses
    _, error = export([], "codecarbon", "--model", "hall", status=65)
    assert "nothing to write" in error and "unknown or impossible PUE" in error


READ_CSV = """
import sys, pandas
from codecarbon.output_methods.emissions_data import EmissionsData
from codecarbon.output_methods.file import FileOutput
table = pandas.read_csv("emissions.csv")
row = EmissionsData(**table.iloc[0].to_dict())
output = FileOutput("emissions.csv", ".")
assert output.has_valid_headers(row)
row.run_id = "appended"
output.out(row, None)
after = pandas.read_csv("emissions.csv")
assert len(after) == len(table) + 1
print(table.energy_consumed.sum())
"""


def test_codecarbon_itself_takes_the_file(export: Exports, tmp_path: Path) -> None:
    python = codecarbon_python()
    if python is None:
        pytest.skip("no CodeCarbon; Tests/Meters/compare installs it, or set PEERS_PYTHON")
    text, _ = export(MANY, "codecarbon")
    (tmp_path / "emissions.csv").write_text(text, newline="")
    done = subprocess.run(
        [python, "-c", READ_CSV], check=True, timeout=100, cwd=tmp_path, capture_output=True
    )
    expected = sum(float(row["energy_consumed"]) for row in rows(text))
    assert float(done.stdout.split()[-1]) == pytest.approx(expected)


# Annex XI


def cells(text: str) -> dict[str, list[str]]:
    """The rows of the first table of a Markdown text, by their second column."""
    lines = [line for line in text.splitlines() if line.startswith("| 2 ")]
    # What is escaped is no border.
    parts = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert all(len(part) == 4 for part in parts)
    return {part[1]: part for part in parts}


def test_annex_xi_has_compute_time_energy_and_method(export: Exports) -> None:
    tpu = {"devices": [{"kind": "gpu", "name": "a|b", "count": None}]}
    runs = [
        *LIFE,
        run("more", "evaluation", None, 9 * HOUR, hardware=tpu),
        run("said", "training", None, 5 * HOUR, declared={"energy_kwh": 2}),
    ]
    text, losses = export(runs, "annex-xi")
    table = cells(text)
    operations = table["Floating-point operations"]
    assert operations == ["2 (d)", "Floating-point operations", "not recorded", "not recorded"]
    assert table["Accelerator time"][2] == "10.00 device-hours"
    assert table["Accelerator time"][3].endswith("of 5 of 6 runs")
    assert table["Training time, added up"][2] == "6.000 h"
    # The inference between them is no training, but lies within its time.
    assert table["Training time, from the first start to the last end"][2] == "10.00 h"
    assert table["Hardware"][2] == r"a\|b, 2 x NVIDIA H100, 1 x Xeon"
    made = table["Energy of making the model"]
    assert made[0] == "2 (e)"
    assert made[2] == "12.25 kWh of the IT, 15.31 kWh of the facility"
    assert made[3].startswith("known in part: 83.7 % measured, 0 % modelled, 16.3 % declared; ")
    assert "known for 5 of 6 runs" in made[3]
    stages = {name: table[f"Energy, stage {name.replace('_', chr(92) + '_')}"] for name in (
        "pretraining", "fine_tuning", "training", "evaluation", "inference"
    )}  # fmt: skip
    pretraining = "8.000 kWh of the IT, 10.00 kWh of the facility, ± 5 %"
    assert stages["pretraining"][2] == pretraining
    assert stages["pretraining"][3].startswith("known: 100 % measured")
    assert stages["training"][3].startswith("estimated: 0 % measured")
    assert stages["evaluation"][3].startswith("known in part: 100 % measured")
    assert "### Methodology" in text and "### Not measured" in text
    assert "location-based carbon" in losses and "location-based carbon" in text


def test_annex_xi_of_nothing_known_says_so(export: Exports) -> None:
    bare = {"duration_s": None, "started": None, "ended": None, "hardware": None, "env": None}
    table = cells(export([run("a", "training", None, **bare)], "annex-xi")[0])
    for row in table.values():
        assert row[2] in ("not recorded", "not known") and row[3] == row[2]


# SPDX


def test_spdx_has_the_energy_of_training_tuning_and_inference(export: Exports) -> None:
    text, losses = export(LIFE, "spdx")
    # The model's own reader refuses values that its shapes do not allow, its writer gaps.
    model, elements = spdx_python_model.load_data(json.loads(text))
    assert model.__name__.endswith("v3_0_1")
    model.JSONLDSerializer().write(elements, io.BytesIO())
    (package,) = elements.foreach_type(model.ai_AIPackage)
    (document,) = elements.foreach_type(model.SpdxDocument)
    assert package.name == "digits" and document.rootElement == [package]
    stages = {s["stage"]: s["energy"]["facility_kwh"] for s in export.summary()["stages"]}
    consumption = package.ai_energyConsumption
    for name, stage in (
        ("training", "pretraining"), ("finetuning", "fine_tuning"), ("inference", "inference")
    ):  # fmt: skip
        (description,) = getattr(consumption, f"ai_{name}EnergyConsumption")
        assert description.ai_energyQuantity == stages[stage]
        assert description.ai_energyUnit.endswith("/kilowattHour")
        assert f"Energy of {name} is facility energy of the stages {stage}; " in package.comment
    assert package.comment.count("100 % measured") == 3
    assert "data_preparation, evaluation, of which the format knows nothing" in losses
    assert not elements.missing_ids
    again = export.joulebook("lifecycle", "runs", "--format", "spdx").stdout
    dated = re.compile('"created": ".*"')
    assert dated.sub("", again) == dated.sub("", text)


def test_spdx_adds_what_it_cannot_tell_apart(export: Exports) -> None:
    runs = [
        run("a", "search", 1),
        run("b", "training", None, HOUR, declared={"energy_kwh": 3}),
        run("c", "fine_tuning", None, 2 * HOUR),
    ]
    text, losses = export(runs, "spdx")
    (package,) = (item for item in json.loads(text)["@graph"] if item["type"] == "ai_AIPackage")
    consumption = package["ai_energyConsumption"]
    assert consumption.pop("type") == "ai_EnergyConsumption"
    ((training,),) = consumption.values()
    assert training["ai_energyQuantity"] == pytest.approx(4 * 1.25)
    assert "25 % measured, 0 % modelled, 75 % declared" in package["comment"]
    assert "fine_tuning, whose energy is not known" in losses
    _, error = export([run("d", "evaluation", 1)], "spdx", "--model", "d", status=65)
    assert "no energy of training" in error


# BoAmps

STATED = ["--field", "taskFamily=image classification", "--field", "dataType=image"]
PREMISES = [*STATED, "--field", "infraType=onPremise"]


def report(text: str) -> Any:
    document = json.loads(text)
    schema = Path(__file__).with_name("boamps.schema.json")
    Draft202012Validator(json.loads(schema.read_text())).validate(document)
    return document


def test_boamps_has_a_measure_for_each_run(export: Exports) -> None:
    parts = run("parts", "training", 6, 9 * HOUR, meters=METERS, energy_by_meter=PARTS)
    lost = run("lost", "training", None, 10 * HOUR)
    text, losses = export([*LIFE[1:], parts, lost], "boamps", *PREMISES)
    document = report(text)
    summary = export.summary()
    measures = document["measures"]
    assert sum(item["powerConsumption"] for item in measures) == pytest.approx(
        summary["totals"]["energy"]["it_kwh"], rel=1e-12
    )
    assert len(measures) == 5 and "1 run whose IT energy is not one figure" in losses
    (mine,) = (item for item in measures if item.get("cpuTrackingMode"))
    assert mine == {
        "measurementMethod": (
            "joulebook: 100 % measured, 0 % modelled, 0 % declared; "
            "known for 1 of 1 run, 100 % of their time"
        ),
        "version": mine["version"],
        "cpuTrackingMode": "s",
        "gpuTrackingMode": "s",
        "powerConsumption": 6,
        "measurementDuration": HOUR,
        "measurementDateTime": mine["measurementDateTime"],
    }
    task = document["task"]
    assert task["taskStage"] == "pretraining+training+finetuning+evaluation+inference"
    assert task["taskFamily"] == "image classification"
    assert task["dataset"] == [{"dataUsage": "input", "dataType": "image"}]
    assert document["infrastructure"] == {
        "infraType": "onPremise",
        "components": [
            {"componentName": "NVIDIA H100", "componentType": "gpu", "nbComponent": 2},
            {"componentName": "Xeon", "componentType": "cpu", "nbComponent": 1},
        ],
    }
    environment = document["environment"]
    assert environment == {"country": "France", "powerSourceCarbonIntensity": 44.179}
    # One run of unknown energy, and nobody can say how good the whole is.
    assert "quality" not in document
    assert report(export(LIFE, "boamps", *PREMISES, "--model", "pre")[0])["quality"] == "high"


def test_boamps_in_a_cloud_needs_no_word_on_where(export: Exports) -> None:
    cloud = {"JOULEBOOK_REGION": "aws:eu-west-1", "python": "3.11.2"}
    document = report(export([run("a", "training", 1, env=cloud)], "boamps", *STATED)[0])
    assert document["infrastructure"]["infraType"] == "publicCloud"
    assert document["infrastructure"]["cloudProvider"] == "aws"
    assert document["software"] == {"language": "python", "version": "3.11.2"}
    assert "environment" not in document


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (["boamps"], 64, "--field taskFamily=TEXT --field dataType=tabular|audio"),
        (["boamps", *STATED], 64, "--field infraType=publicCloud|privateCloud"),
        (["boamps", "--field", "dataType=images"], 64, "'images' is no dataType; use tabular"),
        (["boamps", "--field", "taskFamily="], 64, "is no taskFamily"),
        (["boamps", "--field", "region=FR"], 64, "'region' is no field to state; use taskFamily"),
        (["boamps", *STATED, *STATED], 64, "is given twice"),
        (["hf", *STATED], 64, "hf has no field to state"),
        (["table", *STATED], 64, "write name=value"),
        (["boamps", "--field", "taskFamily"], 64, "write name=value"),
        (["boamps", *PREMISES, "--model", "lost"], 65, "the energy of no run is known"),
        (["boamps", *PREMISES, "--model", "bare"], 65, "no run recorded a device"),
    ],
)
def test_what_boamps_requires_is_asked_for(
    export: Exports, options: list[str], status: int, reason: str
) -> None:
    runs = [run("a", "training", 1), run("lost", "training", None, HOUR)]
    _, error = export([*runs, run("bare", "training", 1, hardware=None)], *options, status=status)
    assert error.count("\n") == 1 and reason in error


# Impact Framework


def test_a_manifest_computes_the_same_carbon(export: Exports) -> None:
    undated = run("undated", "training", 1, started=None, ended=None)
    text, losses = export([*LIFE, undated], "if")
    manifest = yaml.safe_load(text)
    assert manifest == json.loads(text)
    assert manifest["name"] == "digits" and "100 % measured" in manifest["description"]
    plugin = manifest["initialize"]["plugins"]["operational-carbon"]
    assert (plugin["path"], plugin["method"]) == ("builtin", "Multiply")
    assert "not in if: 1 run without a start" in losses
    stages = {s["stage"]: s for s in export.summary()["stages"]}
    children = manifest["tree"]["children"]
    assert list(children) == [name for name in stages if name != "training"]
    for name, child in children.items():
        assert child["pipeline"]["compute"] == ["operational-carbon"]
        (observation,) = child["inputs"]
        product = 1.0
        for parameter in plugin["config"]["input-parameters"]:
            product *= observation[parameter]
        carbon = stages[name]["carbon"]["location_kg"] * 1000
        assert product == pytest.approx(carbon, rel=1e-12)
        assert datetime.strptime(observation["timestamp"], "%Y-%m-%dT%H:%M:%SZ")
        assert observation["duration"] == HOUR


def test_a_manifest_without_an_observation_is_refused(export: Exports) -> None:
    _, error = export([run("a", "training", 1, env=None)], "if", status=65)
    assert "state --region and --pue" in error


# Prometheus


def test_prometheus_reads_gauges_of_stages_and_totals(export: Exports) -> None:
    site = ["--wue", "0.2", "--contract", "1@11"]
    runs = [*LIFE, run("said", "training", None, 9 * HOUR, declared={"energy_kwh": 3})]
    runs.append(run("lost", "pruning", None, 10 * HOUR))
    text, losses = export(runs, "prometheus", *site)
    samples: dict[tuple[str, str, str], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.documentation
        for item in family.samples:
            labels = (item.labels.get("stage", ""), item.labels.get("evidence", ""))
            samples[(item.name.removeprefix("joulebook_lifecycle_"), *labels)] = item.value
    summary = export.summary(*site)
    parts = [("stage", s["stage"], s) for s in summary["stages"]]
    for kind, stage, part in [*parts, ("total", "", summary["totals"])]:
        water = part["water"]["on_site"]
        for name, value, scale in (
            ("it_energy_joules", part["energy"]["it_kwh"], KWH),
            ("facility_energy_joules", part["energy"]["facility_kwh"], KWH),
            ("location_carbon_grams", part["carbon"]["location_kg"], 1000),
            ("market_carbon_grams", part["carbon"]["market_annual_kg"], 1000),
            ("water_on_site_litres", water and water["litres"], 1),
            ("coverage_ratio", part["coverage"], 1),
            ("energy_uncertainty_ratio", part["uncertainty_rel"], 1),
            ("runs", part["runs"], 1),
        ):
            found = samples.get((f"{kind}_{name}", stage, ""))
            if value is None:
                assert found is None, (stage, name)
            else:
                assert found == pytest.approx(value * scale, rel=1e-12), (stage, name)
    evidence = "stage_energy_by_evidence_joules"
    assert samples[evidence, "training", "declared"] == 3 * KWH
    assert samples[evidence, "training", "measured"] == 0
    assert (evidence, "pruning", "measured") not in samples
    assert "pruning, whose energy is not known" in losses and "nan" not in text.lower()
    assert text.endswith(losses.replace("joulebook: ", "# "))


# Software carbon intensity


def test_a_score_is_that_of_the_summary_with_all_that_the_standard_asks_for(
    export: Exports,
) -> None:
    hardware = {"devices": [{**GPU, "name": "NVIDIA L4"}]}
    runs = [run("pre", "pretraining", 8), run("serve", "inference", 4, HOUR, hardware=hardware)]
    life = ["--lifetime", "4", "--functional-unit", "requests=500"]
    text, losses = export(runs, "sci", *life)
    report = json.loads(text)
    summary = export.summary(*life)
    score = summary["efficiency"]["sci"]
    assert report["sci"] == score["g_per_unit"] and report["unit"] == "gCO2e/requests"
    made = report["embodied"]["carbon_g"]
    assert made == pytest.approx(2 * 123_500 / (4 * 8760))
    assert report["operational"]["carbon_g"] == pytest.approx(12 * 1.25 * 44.179)
    assert report["sci"] == pytest.approx((report["operational"]["carbon_g"] + made) / 500)
    assert report["boundary"]["stages"] == ["pretraining", "inference"]
    # The other card has no row, and the score does not hide it.
    assert any("NVIDIA H100" in line for line in report["boundary"]["not_measured"])
    assert "which of 2 runs" in losses and "embodied" not in losses


def test_without_a_unit_or_its_parts_there_is_no_score(export: Exports) -> None:
    runs = [run("pre", "pretraining", 8)]
    _, message = export(runs, "sci", status=64)
    assert "--functional-unit" in message and "--lifetime" in message
    unknown = ["--lifetime", "4", "--functional-unit", "requests=5"]
    text, message = export([], "sci", *unknown, status=65)
    assert text == "" and "lifetime of known hardware" in message


# HTML


class Page(HTMLParser):
    """What a browser would make of a page, as far as text goes."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data)


def test_a_page_has_the_content_of_the_markdown_and_needs_nothing_else(export: Exports) -> None:
    text, losses = export(LIFE, "html")
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert names == {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "div", "table",
        "thead", "tbody", "tr", "th", "td", "ul", "li", "a", "footer",
    }  # fmt: skip
    # Nothing refers to anything but to what is on the page.
    assert "src" not in {name for _, attrs in page.tags for name in attrs}
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    targets = {attrs["href"] for _, attrs in page.tags if "href" in attrs}
    assert targets and targets <= {f"#{name}" for name in names}
    assert "url(" not in text and "@import" not in text and "default-src 'none'" in text
    assert "color-scheme: light dark" in text and "@media print" in text
    markdown = export.joulebook("lifecycle", "runs", "--format", "markdown").stdout
    plain = re.sub(r"\\(.)", r"\1", re.sub(r"\[([^]]+)\]\(#[^)]+\)", r"\1", markdown))
    for item in page.texts[2:-1]:
        if item in ("Not on this page", "which of 5 runs used what"):
            continue
        assert item in plain, item
    cells = re.findall(r"(?<=\| )[^|]+(?= \|)", plain)
    assert {c.strip() for c in cells if "---" not in c} <= set(page.texts)
    assert losses == "joulebook: not in html: which of 5 runs used what\n"


def test_each_figure_leads_to_its_formula_and_that_to_its_factors(export: Exports) -> None:
    for options in ((), ("--lifetime", "4", "--wue", "1", "--tariff", "0.3EUR", "--region", "FR")):
        text, _ = export(LIFE, "html", *options)
        (table,) = re.findall(r"<table>.*?</table>", text, re.DOTALL)[:1]
        linked = set()
        for row in re.findall(r"<tr>(<td>.*?)</tr>", table):
            for column, figure in enumerate(re.findall(r"<td>(.*?)</td>", row)[3:]):
                if figure == "–":
                    continue
                linked.add(column)
                (target,) = re.findall(r'^<a href="#(formula-\w+)">[^<]+</a>$', figure)
                assert f'<li id="{target}">F' in text
        (location,) = re.findall(r'<li id="formula-location">.*</li>', text)
        assert '<a href="#factor-grid">' in location and text.count('id="factor-grid"') == 1
        markdown = export.joulebook("lifecycle", "runs", "--format", "markdown", *options).stdout
        headings = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
        # As GitHub names them.
        anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}
        links = re.findall(r"\[([^]]+)\]\(#([^)]+)\)", markdown)
        assert {target for _, target in links} <= anchors
        assert ("factors", next(one for one in anchors if one.startswith("factors"))) in links
        header = next(line for line in markdown.splitlines() if line.startswith("| stage"))
        assert header.count("](#formulae)") == len(linked) >= 3


def test_names_from_a_ledger_stay_text_on_a_page(export: Exports) -> None:
    name = "</title><script>alert(1)</script>&amp;\u202e\"'"
    declared = {"energy_kwh": 1, "pue": 99}
    runs = [run(name, "training", None, project=name, declared=declared)]
    page = Page(export(runs, "html")[0])
    assert "script" not in {tag for tag, _ in page.tags}
    shown = name.replace("\u202e", "\ufffd")
    assert page.texts[0] == f"Energy and carbon: {shown}" and page.texts[1] == shown
    assert any(item.startswith(f"bad_pue: run {shown}: ") for item in page.texts)


# MLPerf

EVALUATED = [
    {"epoch": n, "started": records.START + 600 * n, "duration_s": 600,
     "metrics": {"eval_accuracy": 0.7 + n / 100, "loss": 1 / n}}
    for n in (1, 2)
]  # fmt: skip


def events(text: str) -> list[dict[str, Any]]:
    lines = text.splitlines()
    token = ":::MLLOG "
    assert all(line.startswith((token, "# ")) for line in lines)
    found = [json.loads(line.removeprefix(token)) for line in lines if line.startswith(token)]
    fields = {"namespace", "time_ms", "event_type", "key", "value", "metadata"}
    assert all(set(event) == fields for event in found)
    assert [e["time_ms"] for e in found] == sorted(e["time_ms"] for e in found)
    return found


def counted(export: Exports, directory: str, *options: object) -> dict[str, Any]:
    document = export.joulebook.json("lifecycle", "lifecycle", directory, "--json", *options)
    energy = document["totals"]["energy"]
    return {name: energy[name] for name in ("it_kwh", "measured_kwh", "model_kwh", "declared_kwh")}


MLPERF = {
    "counter": {},
    "partly": {
        "energy_by_meter": [{"meter": 0, "energy_j": KWH / 3, "coverage": 0.75}],
    },
    "meters": {"meters": METERS, "energy_by_meter": PARTS},
    "facility": {
        "meters": WHOLE,
        "energy_by_meter": [{"meter": m, "energy_j": (4.5, 3)[m] * KWH} for m in (0, 1)],
    },
    "model": {
        "meters": [{**METERS[0], "provenance": "model", "source": "model:cpu"}],
        "energy_by_meter": [{"meter": 0, "energy_j": 7, "coverage": 1}],
    },
    "declared": {"meters": [], "energy_by_meter": None, "declared": {"energy_kwh": 0.1}},
    "nothing": {"energy_by_meter": None, "energy_j": None},
    "failed": {"status": "failed"},
    "killed": {"status": "killed"},
}


@pytest.mark.parametrize("case", MLPERF)
def test_our_import_reads_a_log_of_mlperf_back(export: Exports, case: str) -> None:
    more = {"epochs": EVALUATED, "seed": 7, "config": {"lr": 1}, **MLPERF[case]}
    text, losses = export([run(case, "training", 1 / 3, **more)], "mlperf")
    (export.directory / "result_0.txt").write_text(text)
    export.joulebook("import", "mlperf", "result_0.txt", "--into", "again")
    (before,) = (export.directory / "runs").iterdir()
    (after,) = (export.directory / "again").iterdir()
    one, other = (export.joulebook.json("run", "show", p, "--json") for p in (before, after))
    for name in ("project", "status"):
        assert other[name] == one[name]
    assert other["totals"]["duration_s"] == one["totals"]["duration_s"] == HOUR

    def meters(document: dict[str, Any]) -> list[tuple[str, str, float]]:
        devices = document["energy"]["devices"]
        return sorted((d["boundary"], d["provenance"], d["energy_j"]) for d in devices)

    if case != "declared":
        for found, known in zip(meters(other), meters(one), strict=True):
            assert found == (*known[:2], pytest.approx(known[2], rel=1e-12))
    energies = counted(export, "runs")
    assert counted(export, "again") == {
        k: None if v is None else pytest.approx(v, rel=1e-12) for k, v in energies.items()
    }
    accuracies = [{"eval_accuracy": e["metrics"]["eval_accuracy"]} for e in EVALUATED]
    assert [e["metrics"] for e in other["epochs"]] == accuracies
    assert "the configuration" in losses and "eval_…" in losses
    assert all(line.replace("joulebook: ", "# ") in text for line in losses.splitlines())


def test_a_log_of_mlperf_says_minutes_and_kilojoules(export: Exports) -> None:
    text, _ = export([run("a", "training", 0.5)], "mlperf", "--pue", "1.25")
    assert "# from start to end: 60.00 min\n" in text
    assert "# energy (facility): 2250 kJ; joulebook " in text
    found = events(text)
    assert found[0]["key"] == "submission_benchmark" and found[0]["value"] == "digits"
    assert [e["key"] for e in found if e["key"].startswith("run_")] == ["run_start", "run_stop"]
    watts = {e["value"] for e in found if e["key"] == "power_reading"}
    assert watts == {500.0}
    assert found[-1]["time_ms"] - found[1]["time_ms"] == HOUR * 1000


def test_mlperfs_own_code_counts_the_same(export: Exports) -> None:
    parser = pytest.importorskip("mlperf_logging.compliance_checker.mlp_parser")
    summary = pytest.importorskip("mlperf_logging.result_summarizer.result_summarizer")
    text, _ = export([run("a", "training", 1 / 3)], "mlperf")
    path = export.directory / "result_0.txt"
    path.write_text(text)
    lines, errors = parser.parse_file(str(path), "5.1.0")
    assert not errors and len(lines) == len(events(text))
    joules = summary._compute_power_node(lines, HOUR * 1000)
    assert joules == pytest.approx(KWH / 3, rel=1e-12)


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (LIFE, "a log is of one run, and these are 5; choose it with --model"),
        ([run("a", "training", 1, started=None, ended=None)], "when the run started"),
        ([run("a", "training", 1, status="running", ended=None)], "the run has not ended"),
        ([run("a", "training", 1, started=-5, ended=5)], "no date before 1970"),
    ],
)
def test_a_log_of_mlperf_is_of_one_run_that_ended(
    export: Exports, runs: list[dict[str, Any]], reason: str
) -> None:
    _, error = export(runs, "mlperf", status=65)
    assert error.startswith("joulebook: runs: mlperf: ") and reason in error


def test_a_log_of_mlperf_is_of_the_model(export: Exports) -> None:
    text, losses = export(LIFE, "mlperf", "--model", "tune")
    watts = {e["value"] for e in events(text) if e["key"] == "power_reading"}
    assert watts == {1500.0} and "that the stage is fine_tuning" in losses
    assert "inherits" in losses


def test_names_from_a_ledger_stay_text_in_a_log_of_mlperf(export: Exports) -> None:
    name = 'a :::MLLOG {"key": "run_stop"}\n::::MLLOG \u2028'
    odd = {"epoch": 1, "started": records.START, "duration_s": 60}
    metrics = {"eval_" + "x" * 300: 1.0, "eval_b": 2.0}
    item = run("a", "training", 1, project=name, seed=name, epochs=[{**odd, "metrics": metrics}])
    text, losses = export([item], "mlperf")
    assert events(text.replace("\u2028", ""))[0]["value"] == name.replace("\u2028", "")
    (export.directory / "result_0.txt").write_text(text)
    export.joulebook("import", "mlperf", "result_0.txt", "--into", "again")
    (again,) = (export.directory / "again").iterdir()
    document = export.joulebook.json("run", "show", again, "--json")
    assert document["project"] == name and document["status"] == "finished"
    assert document["epochs"][0]["metrics"] == {"eval_b": 2.0}
    assert "no number named eval_…" in losses


def test_power_in_a_log_and_beside_it_is_refused(export: Exports) -> None:
    text, _ = export([run("a", "training", 1)], "mlperf")
    (export.directory / "result_0.txt").write_text(text)
    power = export.directory / "power/result_0"
    power.mkdir(parents=True)
    (power / "node_0.txt").write_text(text)
    done = export.joulebook("import", "mlperf", "result_0.txt", "--into", "again", status=65)
    assert "holds power, and so does power/result_0" in done.stderr
    assert not (export.directory / "again").exists()


# All of them


# What a format cannot do without, and hardware of which it is known what making it caused.
NEEDED = {"boamps": PREMISES, "sci": ["--lifetime", "4", "--functional-unit", "requests=5"]}


def needed(format: str, model: str) -> list[str]:
    return ["--model", model] if format == "mlperf" else NEEDED.get(format, [])


MADE = {"devices": [{**GPU, "name": "NVIDIA L4"}]}


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_says_the_same_of_the_same_ledgers_and_what_it_loses(
    export: Exports, format: str
) -> None:
    options = needed(format, "pre")
    runs = [{**run, "hardware": MADE} for run in MANY[:2]]
    first = export(runs, format, *options)
    second = export.written(format, *options)
    dated = re.compile(r'"(created|reportDatetime)": ".*"')
    assert dated.sub("", first[0]) == dated.sub("", second.stdout)
    assert format in BINARY or first[0].endswith("\n")
    assert first[1] == second.stderr and first[1]
    described = (ROOT / "Schemas/exports.md").read_text()
    assert f"\n## `{format}`: " in described


def test_every_format_is_described_and_tested(joulebook: Command) -> None:
    text = " ".join(joulebook("lifecycle", "--help").stdout.split())
    listed = text.split("(values: ")[1].split(")")[0].split(", ")
    assert listed == ["table", "json", "markdown", *FORMATS]


def anybody(seed: int) -> list[dict[str, Any]]:
    """Runs of many shapes, from a seed."""
    random = Random(seed)
    stages = ["search", "pretraining", "fine_tuning", "quantization", "evaluation", "inference"]
    places = [None, {"JOULEBOOK_REGION": "FR"}, {"JOULEBOOK_REGION": "aws:eu-west-1"}]
    places.append({"JOULEBOOK_REGION": "DE", "JOULEBOOK_PUE": "1.5"})
    runs = []
    for number in range(random.randint(1, 12)):
        more: dict[str, Any] = {"env": random.choice(places)}
        if random.random() < 0.2:
            more |= {"started": None, "ended": None}
        if random.random() < 0.2:
            pue = random.choice([None, 1.3])
            more["declared"] = {"energy_kwh": random.random(), "pue": pue}
        kwh = random.choice([None, 0.0, 1e-9, random.random(), 1e6 * random.random()])
        runs.append(run(f"r{number}", random.choice(stages), kwh, number * HOUR, **more))
    return runs


@pytest.mark.parametrize("seed", range(6))
def test_any_life_is_written_as_its_format_has_it_or_refused(export: Exports, seed: int) -> None:
    runs = anybody(seed)
    export.have(runs)
    readers = {
        "hf": ModelCard,
        "cyclonedx": bom,
        "codecarbon": rows,
        "csv": rows,
        "arrow": arrow,
        "annex-xi": cells,
        "spdx": lambda text: spdx_python_model.load_data(json.loads(text)),
        "boamps": report,
        "if": yaml.safe_load,
        "prometheus": lambda text: list(text_string_to_metric_families(text)),
        "sci": json.loads,
        "mlperf": events,
        "html": Page,
    }
    for format in FORMATS:
        options = needed(format, "r0")
        result = export.written(format, *options, status=None)
        if result.returncode == 0:
            assert readers[format](result.stdout) is not None
        else:
            assert result.returncode == 65 and not result.stdout
            assert result.stderr.startswith(f"joulebook: runs: {format}: ")


def test_what_cannot_be_counted_is_in_no_document(export: Exports) -> None:
    runs = [run(name, "training", 4e301) for name in ("a", "b")]
    for item in runs:
        item["energy_by_meter"][0]["energy_j"] = item["energy_j"] = 1.7e308
    export.have(runs)
    for format in FORMATS:
        options = needed(format, "a")
        _, error = export([], format, *options, status=65)
        reason = "the energies add up to more than can be counted"
        assert error == f"joulebook: runs: {format}: {reason}\n"
