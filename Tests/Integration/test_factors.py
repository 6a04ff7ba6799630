"""`joulebook factors` lists, finds and explains what `joulebook lifecycle` multiplies by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command

HEADER = "kind,region,value,unit,source,signal,name,year,low,high,licence\n"
OWN = HEADER + "grid,FR,11.5,g/kWh,my contract,location_average,France,2026,9,15,\n"


@pytest.fixture
def ledger(joulebook: Command, tmp_path: Path) -> Path:
    """A run of March 2026, which says nothing of where it was."""
    joulebook("import", "records", records.write(tmp_path / "r.jsonl", [records.FIRST]),
              "--into", "runs")  # fmt: skip
    return tmp_path / "runs"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A factor file of the user's own."""
    path = tmp_path / "own.csv"
    path.write_text(OWN)
    return path


def one_line(text: str) -> bool:
    return text.startswith("joulebook: ") and text.count("\n") == 1


def explained(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that an explanation names, in the order in which a summary lists them."""
    rows = [row for quantity in document["explanation"]["quantities"] for row in quantity["rows"]]
    return sorted(rows, key=lambda row: (row["kind"], row["region"], row["year"] or 0, row["role"]))


def carbon(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = [q for q in document["explanation"]["quantities"] if q["kind"] == "grid"]
    return dict(found)


@pytest.mark.parametrize(
    "region", ["FR", "France", "deu", "aws:eu-west-1", "gcp:us-central1", "egrid:CAMX"]
)
@pytest.mark.parametrize("with_own", [False, True], ids=["shipped", "own"])
def test_what_is_explained_is_what_lifecycle_lists(
    joulebook: Command, ledger: Path, own: Path, region: str, with_own: bool
) -> None:
    more = ["--factors", own] if with_own else []
    summary = joulebook.json("lifecycle", "lifecycle", ledger, "--region", region, "--json", *more)
    document = joulebook.json(
        "factors", "factors", "--explain", region, "--year", "2026", "--json", *more
    )
    assert explained(document) == summary["factors"]["rows_used"]
    assert document["set"] == summary["factors"]["set"]
    assert document["version"] == summary["factors"]["version"]
    assert carbon(document)["state"] == "stated"


def test_an_unknown_region_is_not_stated_and_has_the_range_of_lifecycle(
    joulebook: Command, tmp_path: Path
) -> None:
    lost = records.record("lost", at=0, config={"lr": 0.1}, seed=0, env={"region": "Atlantis"})
    joulebook("import", "records", records.write(tmp_path / "r.jsonl", [lost]), "--into", "runs")
    summary = joulebook.json("lifecycle", "lifecycle", "runs", "--json")
    document = joulebook.json("factors", "factors", "--explain", "Atlantis", "--json")
    assert explained(document) == summary["factors"]["rows_used"]
    grid, pue = document["explanation"]["quantities"]
    for quantity in (grid, pue):
        assert quantity["state"] == "not_stated" and quantity["value"] is None
    kwh = summary["totals"]["energy"]["it_kwh"]
    limits = summary["totals"]["range"]
    assert limits["low"] == pytest.approx(kwh * grid["low"] * pue["low"] / 1000)
    assert limits["high"] == pytest.approx(kwh * grid["high"] * pue["high"] / 1000)
    text = joulebook("factors", "--explain", "Atlantis").stdout
    assert "Carbon: not stated, 20.83 to 1306 g CO2e/kWh" in text


def test_a_slip_of_the_pen_is_told_what_is_like_it(joulebook: Command) -> None:
    document = joulebook.json("factors", "factors", "--explain", "ireland2", "--json")
    assert "IE" in document["explanation"]["near"]
    assert "Regions like it: IE" in joulebook("factors", "--explain", "ireland2").stdout


def test_the_whole_list_fits_and_says_whom_to_name(joulebook: Command) -> None:
    text = joulebook("factors").stdout
    lines = text.splitlines()
    assert all(len(line) <= 80 for line in lines)
    document = joulebook.json("factors", "factors", "--json")
    assert lines.index("") - 1 == len(document["factors"]) > 500
    assert f"{len(document['factors'])} factors of joulebook-factors" in text
    assert " ".join(document["attribution"].split()) in " ".join(text.split())
    assert "signal: location average" in text
    assert document["explanation"] is None


def test_a_wide_list_has_every_column(joulebook: Command) -> None:
    env = {"COLUMNS": "200"}
    header, *rows = joulebook("factors", "aws", env=env).stdout.splitlines()
    assert header.split() == [
        "region", "name", "value", "range", "year", "signal", "source", "licence",
    ]  # fmt: skip
    (ireland,) = [row for row in rows if row.startswith("aws:eu-west-1 ")]
    for cell in ("Ireland", "316.0 g/kWh", "location average", "EEA", "Apache-2.0"):
        assert cell in ireland
    assert any("PUE 1.225  1.070 to 1.460  2024" in row for row in rows)


@pytest.mark.parametrize("region", ["FR", "aws:eu-west-1", "Atlantis"])
def test_an_explanation_fits_and_is_the_same_for_people(joulebook: Command, region: str) -> None:
    text = joulebook("factors", "--explain", region).stdout
    assert all(len(line) <= 80 for line in text.splitlines())
    words = " ".join(text.split())
    document = joulebook.json("factors", "factors", "--explain", region, "--json")
    for quantity in document["explanation"]["quantities"]:
        for number, step in enumerate(quantity["steps"], 1):
            assert f"{number}. {step}" in words


@pytest.mark.parametrize(
    ("query", "regions"),
    [
        (["fr"], {"FR"}),
        (["France", "ember"], {"FR"}),
        (["aws:eu-west-1"], {"aws:eu-west-1"}),
        (["pue", "google", "iowa"], {"site:google-iowa"}),
        (["carbon", "camx", "2022"], {"egrid:CAMX"}),
        (["North Europe", "azure"], {"azure:North Europe"}),
    ],
)
def test_a_query_finds(joulebook: Command, query: list[str], regions: set[str]) -> None:
    document = joulebook.json("factors", "factors", *query, "--json")
    assert {row["region"] for row in document["factors"]} == regions
    assert document["queries"] == query


@pytest.mark.parametrize(
    ("query", "near"),
    [
        (["water"], "carbon and PUE"),
        (["ireland2"], "IE"),
        (["FR", "pue"], "give fewer"),
        (["?"], "carbon and PUE"),
        ([""], "empty"),
        (["FR", "--explain", "FR"], "--explain"),
        (["--explain", " "], "--explain"),
        (["--year", "2024"], "--explain"),
        (["--explain", "FR", "--year", "12"], "1990"),
    ],
)
def test_what_finds_nothing_is_one_line_with_what_is_near(
    joulebook: Command, query: list[str], near: str
) -> None:
    result = joulebook("factors", *query, status=64)
    assert one_line(result.stderr) and near in result.stderr
    assert result.stdout == ""
    assert joulebook("factors", *query, "--json", status=64).stdout == ""


def test_a_row_of_ones_own_takes_the_place_of_the_shipped_one(
    joulebook: Command, own: Path
) -> None:
    (row,) = joulebook.json("factors", "factors", "FR", "--factors", own, "--json")["factors"]
    assert (row["value"], row["low"], row["high"], row["set"]) == (11.5, 9, 15, "own.csv")
    assert row["licence"] is None
    document = joulebook.json("factors", "factors", "--explain", "FR", "--factors", own, "--json")
    assert document["set"] == "joulebook-factors + own.csv"
    found = carbon(document)
    assert (found["value"], found["low"], found["high"]) == (11.5, 9, 15)
    assert any("takes the place of what is shipped" in step for step in found["steps"])
    shipped = joulebook.json("factors", "factors", "--explain", "FR", "--json")
    assert carbon(shipped)["value"] == 44.179
    assert len(joulebook.json("factors", "factors", "--factors", own, "--json")["factors"]) == len(
        joulebook.json("factors", "factors", "--json")["factors"]
    )


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("grid,FR,1e999,g/kWh,me,location_average,,,,,", "value"),
        ("grid,FR,0,g/kWh,me,location_average,,,,,", "value"),
        ("grid,FR,0.05,kg/kWh,me,location_average,,,,,", "unit"),
        ("grid,FR,50,g/kWh,me,marginal,,,,,", "signal"),
        ("grid,FR,50,g/kWh,me,location_average,,20244,,,", "year"),
        ("grid,FR,50,g/kWh,me,location_average,,,60,,", "value"),
        ("grid,FR,50,g/kWh,,location_average,,,,,", "source"),
        ("grid,\x1b[31mFR,50", "row"),
        ('grid,"FR,50,g/kWh,me,location_average,,,,,', "row"),
        ("pue,\u202efr,31,1,me,,,,,,", "value"),
        ("wind\nmill,FR,50,g/kWh,me,location_average,,,,,", "row"),
    ],
)
@pytest.mark.parametrize("question", [[], ["FR"], ["--explain", "FR"], ["--json"]])
def test_a_hostile_factor_file_is_one_located_line(
    joulebook: Command, own: Path, row: str, column: str, question: list[str]
) -> None:
    own.write_text(OWN + row + "\n")
    result = joulebook("factors", "--factors", own, *question, status=65)
    assert one_line(result.stderr) and result.stdout == ""
    assert f"own.csv: line 3, {column}" in result.stderr
    assert "\x1b" not in result.stderr and "\u202e" not in result.stderr


@pytest.mark.parametrize(("path", "status"), [("none.csv", 74), (".", 65), ("/dev/zero", 65)])
def test_what_is_no_factor_file_is_one_line(joulebook: Command, path: str, status: int) -> None:
    result = joulebook("factors", "--factors", path, status=status)
    assert one_line(result.stderr) and path in result.stderr


def test_names_from_a_file_do_not_drive_the_terminal(joulebook: Command, own: Path) -> None:
    evil = "\x1b]0;owned\x07"
    own.write_text(HEADER + f"grid,lab:{evil},5,g/kWh,{evil},location_average,{evil},,,,{evil}\n")
    for question in (["lab"], ["--explain", f"lab:{evil}"]):
        text = joulebook("factors", "--factors", own, *question).stdout
        assert "owned" in text and "\x1b" not in text and "\x07" not in text
