"""The schemas are valid, and what goes in and comes out conforms to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import records
from conftest import ROOT, Command, validate
from jsonschema import Draft202012Validator, ValidationError

SCHEMAS = sorted((ROOT / "Schemas").glob("*.schema.json"))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_refuses_what_it_does_not_describe(path: Path) -> None:
    with pytest.raises(ValidationError):
        validate(path.name.removesuffix(".schema.json"), {"schema": "something else"})


@pytest.mark.parametrize("record", records.ALL, ids=lambda record: record["run_id"])
def test_the_records_of_these_tests_are_run_records(record: dict[str, object]) -> None:
    validate("run-record", record)


def test_numbers_that_json_lacks_survive(joulebook: Command, tmp_path: Path) -> None:
    record = records.record("odd-0001", at=0, config={"lr": 0.1}, seed=0)
    record["epochs"][0]["metrics"] = {"loss": "NaN", "grad": "-Infinity", "zero": -0.0}
    records.write(tmp_path / "r.jsonl", [record])
    joulebook("import", "records", "r.jsonl", "--into", "runs")
    metrics = joulebook.json("run", "show", "runs", "--json")["epochs"][0]["metrics"]
    assert metrics == {"loss": "NaN", "grad": "-Infinity", "zero": 0.0}
    assert str(metrics["zero"]) == "-0.0"
