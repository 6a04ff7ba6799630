"""Audits and summaries by Spark are those of one machine, field by field."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from gathered import hard_book, muddled

import joulebook

pytest.importorskip("pyspark.sql.datasource", reason="PySpark is not installed")

import joulebook.spark


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hard_book(tmp_path_factory.mktemp("facts"))


@pytest.mark.parametrize("name", ["book", "muddle"])
def test_answers_are_those_of_one_machine(
    spark: Any, book: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book if name == "book" else muddled(book, tmp_path / "muddle")
    monkeypatch.setattr("joulebook._spark_facts.PARTITION_BYTES", 200_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", joulebook.LedgerWarning)
        assert joulebook.spark.audit(spark, path) == joulebook.audit(path)
        for options in ({}, {"region": "SE", "pue": 1.1, "no_duplicates": True}):
            found = joulebook.spark.lifecycle(spark, path, **options)
            assert found == joulebook.lifecycle(path, **options)
            assert bool(found["problems"]) == (name == "muddle")


def test_rules_beside_the_ledgers_reach_the_tasks(spark: Any, book: Path) -> None:
    plain = joulebook.audit(book)
    rules = book / "joulebook-rules.json"
    rules.write_text(json.dumps({"ignored": ["lr", "optim.lr", "**.batch_size"]}))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", joulebook.LedgerWarning)
            found = joulebook.spark.audit(spark, book)
            assert found == joulebook.audit(book) != plain
        rules.write_text("[]")
        with pytest.raises(ValueError, match="not a JSON object"):
            joulebook.spark.audit(spark, book)
    finally:
        rules.unlink()


def test_what_cannot_be_asked_is_said_before_anything_is_read(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        joulebook.spark.audit(spark, tmp_path / "nowhere")
    with pytest.raises(ValueError, match="metric looks at whole records"):
        joulebook.spark.lifecycle(spark, tmp_path, metric="loss", lower=True)


def test_a_directory_without_ledgers_is_one_without_runs(spark: Any, tmp_path: Path) -> None:
    assert joulebook.spark.audit(spark, tmp_path) == joulebook.audit(tmp_path)
    assert joulebook.spark.lifecycle(spark, tmp_path) == joulebook.lifecycle(tmp_path)
