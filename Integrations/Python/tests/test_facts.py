"""What readers of parts tell of runs, put together, is what one reader of all finds."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import warnings
from pathlib import Path
from typing import Any

import pytest
from gathered import PLANTED, hard_book, muddled

import joulebook
from conftest import ledgers
from joulebook._load import native
from joulebook._query import checked

QUESTIONS = {"audit": joulebook.audit, "lifecycle": joulebook.lifecycle}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hard_book(tmp_path_factory.mktemp("facts"))


@pytest.fixture(scope="module")
def muddle(book: Path) -> Path:
    return muddled(book, book.parent / "muddle")


def pieces(path: Path, purpose: str, size: int, rules: str | None = None) -> list[bytes]:
    options = json.dumps({"readers": 1000, "bytes": size})
    shares = json.loads(checked(native.shares(str(path), options)))
    asked = json.dumps({"of": purpose, "rules": rules})
    return [checked(native.facts(json.dumps(share), asked))[0] or b"" for share in shares]


def gather(pieces: list[bytes], file: Path) -> str:
    file.write_bytes(b"".join(struct.pack("<Q", len(one)) + one for one in pieces))
    return str(file)


def answer(path: Path, purpose: str, **options: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", joulebook.LedgerWarning)
        return dict(QUESTIONS[purpose](path, **options))


@pytest.mark.parametrize("purpose", QUESTIONS)
@pytest.mark.parametrize("size", [1, 300_000, 1 << 40])
@pytest.mark.parametrize("name", ["book", "muddle"])
def test_parts_in_any_order_tell_what_the_whole_tells(
    request: pytest.FixtureRequest, tmp_path: Path, purpose: str, size: int, name: str
) -> None:
    path = request.getfixturevalue(name)
    expected = answer(path, purpose)
    told = pieces(path, purpose, size)
    assert (len(told) > 20) == (size == 1)
    random.Random(size).shuffle(told)
    option = {f"{purpose}_facts": gather(told, tmp_path / "facts")}
    found = answer(path, purpose, **option)
    assert found == expected
    assert bool(found["problems"]) == (name == "muddle")
    assert found["shared"]["runs"] >= 2
    if purpose == "audit":
        assert found["runs"] > PLANTED and len(found["findings"]) > 50


def test_a_pack_is_read_in_parts(muddle: Path, tmp_path: Path) -> None:
    for purpose in QUESTIONS:
        told = pieces(muddle / "1.joule", purpose, 20_000)
        assert len(told) > 2
        option = {f"{purpose}_facts": gather(told, tmp_path / purpose)}
        pack = muddle / "1.joule"
        assert answer(pack, purpose, **option) == answer(pack, purpose)


def test_files_that_are_elsewhere_are_told_by_their_path_and_missed_where_they_are_needed(
    muddle: Path, tmp_path: Path
) -> None:
    away = Path(shutil.copytree(muddle, tmp_path / "away"))
    here = Path(shutil.copytree(muddle, tmp_path / "here"))
    shares = json.loads(checked(native.shares(str(here), json.dumps({"bytes": 300_000}))))
    for one in (portion for share in shares for portion in share):
        one["path_told"] = one["path"]
        one["path"] = str(away / Path(one["path"]).relative_to(here))
    for purpose in QUESTIONS:
        asked = json.dumps({"of": purpose})
        told = [checked(native.facts(json.dumps(share), asked))[0] or b"" for share in shares]
        option: dict[str, Any] = {} if purpose == "audit" else {"no_duplicates": True}
        expected = answer(here, purpose, **option)
        option[f"{purpose}_facts"] = gather(told, tmp_path / purpose)
        assert answer(here, purpose, **option) == expected
        holes = set(map(str, ledgers(here)))
        contents = {path: Path(path).read_bytes() for path in holes}
        for path in holes:
            Path(path).write_bytes(bytes(100))
        told_damaged = {one["path"].partition("#")[0] for one in expected["problems"]}
        missed: set[str] = set()
        while named := holes & {one["path"] for one in answer(here, purpose, **option)["problems"]}:
            missed |= named - told_damaged
            for path in named:
                Path(path).write_bytes(contents[path])
            holes -= named
        assert answer(here, purpose, **option) == expected
        # Of some ledgers the facts are enough.
        assert missed and holes
        for path, content in contents.items():
            Path(path).write_bytes(content)


def test_rules_count_where_ledgers_are_read(book: Path, tmp_path: Path) -> None:
    rules = json.dumps({"ignored": ["optim.lr", "lr"], "semantic": ["path"], "budget": ["nobody"]})
    file = tmp_path / "rules.json"
    file.write_text(rules)
    expected = answer(book, "audit", rules=str(file))
    assert expected != answer(book, "audit")
    facts = gather(pieces(book, "audit", 100_000, rules), tmp_path / "facts")
    assert answer(book, "audit", rules=str(file), audit_facts=facts) == expected
    status, _, error = native.facts("[]", json.dumps({"of": "audit", "rules": "[]"}))
    assert (status, error) == (1, "not a JSON object")


def test_options_of_a_summary_count_where_facts_are_gathered(book: Path, tmp_path: Path) -> None:
    facts = gather(pieces(book, "lifecycle", 100_000), tmp_path / "facts")
    runs = gather(pieces(book, "audit", 100_000), tmp_path / "runs")
    for options in (
        {"region": "SE", "pue": 1.3, "no_duplicates": True},
        {"project": "metered", "tariff": "0.25EUR", "wue": 0.2},
        {"lifetime": 4, "beside": "region=DE,pue=1.1", "until": "2026-03-03"},
    ):
        expected = answer(book, "lifecycle", **options)
        found = answer(book, "lifecycle", lifecycle_facts=facts, audit_facts=runs, **options)
        assert found == expected
    with pytest.raises(ValueError, match="whole records"):
        answer(book, "lifecycle", lifecycle_facts=facts, metric="loss", lower=True)


def test_a_file_that_is_no_ledger_fails_as_it_does_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "notes.joule"
    file.write_text("no ledger")
    with pytest.raises(OSError, match="not a ledger"):
        pieces(file, "audit", 1)
    with pytest.raises(OSError, match="No such file"):
        pieces(tmp_path / "nowhere", "audit", 1)


def test_nothing_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for purpose in QUESTIONS:
        assert pieces(tmp_path / "empty", purpose, 1) == []
        option = {f"{purpose}_facts": gather([], tmp_path / "facts")}
        expected = answer(tmp_path / "empty", purpose)
        assert answer(tmp_path / "empty", purpose, **option) == expected


@pytest.mark.parametrize("purpose", QUESTIONS)
def test_facts_that_nobody_wrote_are_an_error(book: Path, tmp_path: Path, purpose: str) -> None:
    """However they are spoilt, they are read or refused."""
    whole = max(pieces(book, purpose, 20_000), key=len)[:20_000]
    draw = random.Random(11)
    refused = 0
    for number in range(300):
        content = bytearray(whole)
        if number % 3 == 0:
            content = content[: draw.randrange(len(content))]
        for _ in range(draw.randrange(1, 4)):
            if content:
                content[draw.randrange(len(content))] = draw.randrange(256)
        option = {f"{purpose}_facts": gather([bytes(content)], tmp_path / "facts")}
        try:
            answer(
                book, purpose, **option, **({"no_duplicates": True} if purpose != "audit" else {})
            )
        except OSError as error:
            refused += 1
            assert "facts" in str(error)
    assert refused > 100


def test_facts_of_another_kind_or_version_are_refused(book: Path, tmp_path: Path) -> None:
    told = pieces(book, "audit", 1 << 40)[0]
    with pytest.raises(OSError, match="no reader of ledgers wrote"):
        answer(book, "lifecycle", lifecycle_facts=gather([told], tmp_path / "other"))
    newer = bytearray(told)
    newer[len("joule facts") + 1] += 1
    with pytest.raises(OSError, match="every worker needs the same one"):
        answer(book, "audit", audit_facts=gather([bytes(newer)], tmp_path / "newer"))
    (tmp_path / "short").write_bytes(os.urandom(5))
    with pytest.raises(OSError, match="no reader of ledgers wrote"):
        answer(book, "audit", audit_facts=str(tmp_path / "short"))
