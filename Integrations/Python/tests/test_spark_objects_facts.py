"""Audits and summaries by Spark of ledgers in an object store are those of the same directory."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gathered import hard_book, muddled

import joulebook
from conftest import ledgers

pytest.importorskip("pyspark.sql.datasource", reason="PySpark is not installed")
pytest.importorskip("s3fs", reason="s3fs is not installed")

import joulebook.spark

Put = Callable[[Path, str], str]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hard_book(tmp_path_factory.mktemp("facts"))


def answers(function: Callable[..., Any], *arguments: Any, **options: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", joulebook.LedgerWarning)
        return dict(function(*arguments, **options))


@pytest.mark.parametrize("name", ["book", "muddle"])
def test_answers_are_those_of_the_directory(
    spark: Any,
    put_all: Put,
    storage: dict[str, Any],
    book: Path,
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = book if name == "book" else muddled(book, tmp_path / "muddle")
    url = put_all(path, name)
    monkeypatch.setattr("joulebook._spark_facts.PARTITION_BYTES", 200_000)
    asked = {"storage_options": storage}

    def there(answer: dict[str, Any]) -> Any:
        return json.loads(json.dumps(answer).replace(str(path), url))

    found = answers(joulebook.spark.audit, spark, url, **asked)
    assert there(found) == there(answers(joulebook.audit, path))
    assert bool(found["problems"]) == (name == "muddle") and found["shared"]["runs"] >= 2
    for options in ({}, {"region": "SE", "pue": 1.1, "no_duplicates": True}):
        found = answers(joulebook.spark.lifecycle, spark, url, **asked, **options)
        assert there(found) == there(answers(joulebook.lifecycle, path, **options))


def test_only_ledgers_that_are_read_again_are_fetched_where_it_is_asked(
    spark: Any,
    put_all: Put,
    storage: dict[str, Any],
    book: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from joulebook._object_files import Local

    url = put_all(book, "again")
    fetched: set[str] = set()
    fetch = Local.fetch

    def noted(self: Local, names: Any) -> None:
        fetched.update(self.objects[name].url.rpartition("/")[2] for name in names)
        fetch(self, names)

    monkeypatch.setattr(Local, "fetch", noted)
    joulebook.spark.audit(spark, url, storage_options=storage)
    assert {"shared-a.joule", "shared-b.joule", "twice-1.joule", "twice-2.joule"} <= fetched
    assert len(fetched) < len(ledgers(book)) and "alone.joule" not in fetched


def test_rules_beside_the_ledgers_count(
    spark: Any, put_all: Put, storage: dict[str, Any], book: Path
) -> None:
    rules = book / "joulebook-rules.json"
    rules.write_text(json.dumps({"ignored": ["lr", "optim.lr", "**.batch_size"]}))
    try:
        url = put_all(book, "rules")
        found = answers(joulebook.spark.audit, spark, url, storage_options=storage)
        expected = answers(joulebook.audit, book)
        assert json.loads(json.dumps(expected).replace(str(book), url)) == found
    finally:
        rules.unlink()
    assert found["findings"] != answers(joulebook.audit, book)["findings"]


def test_one_ledger_is_asked_for_and_nothing_is_an_error(
    spark: Any, put_all: Put, storage: dict[str, Any], book: Path
) -> None:
    url = put_all(book, "one")
    asked = {"storage_options": storage}
    (path,) = book.glob("shared-a.joule")
    found = joulebook.spark.lifecycle(spark, f"{url}/shared-a.joule", **asked)
    assert found == joulebook.lifecycle(path)
    with pytest.raises(FileNotFoundError, match="nowhere: there is no such ledger"):
        joulebook.spark.audit(spark, f"{url}/nowhere", **asked)
