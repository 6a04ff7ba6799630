"""`joulebook report`: one file that needs nothing else, and single charts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import ROOT, Command, validate

HAS_VEGA = (ROOT / "Sources/CJoulePage/Page/vega.js").exists()


class Parts(HTMLParser):
    """The scripts and styles of a page, and what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self.links: list[str] = []
        self.policy = ""
        self.inside: tuple[str, dict[str, str | None]] | None = None
        self.content = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.links += [str(found[name]) for name in ("src", "href") if name in found]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(found["content"])
        if tag in ("script", "style"):
            self.inside, self.content = (tag, found), ""

    def handle_data(self, data: str) -> None:
        self.content += data

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[0] == tag:
            if tag == "style":
                self.styles.append(self.content)
            else:
                self.scripts.append((self.inside[1], self.content))
            self.inside = None

    @property
    def data(self) -> Any:
        [text] = [text for found, text in self.scripts if found.get("id") == "data"]
        return json.loads(text)


def digest(text: str) -> str:
    hashed = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(hashed).decode()}'"


def imported(joulebook: Command, runs: list[dict[str, Any]]) -> None:
    records.write(joulebook.directory / "r.jsonl", runs)
    joulebook("import", "records", "r.jsonl", "--into", "book")


@pytest.fixture
def report(joulebook: Command) -> Parts:
    """Of the four runs of `records`."""
    imported(joulebook, records.ALL)
    joulebook("report", "book", "-o", "report.html")
    return Parts((joulebook.directory / "report.html").read_text())


def test_a_report_needs_nothing_else(report: Parts) -> None:
    assert report.scripts and report.styles
    assert all(link.startswith(("#", "data:")) for link in report.links), report.links
    kinds = {found.get("type") for found, _ in report.scripts}
    assert kinds == {None, "application/json"} | ({"text/plain"} if HAS_VEGA else set())


def test_only_its_own_scripts_and_styles_run(report: Parts) -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in report.policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:"
    assert "connect-src" not in rules and "unsafe" not in report.policy
    scripts = [text for found, text in report.scripts if found.get("type") != "application/json"]
    assert set(rules["script-src"].split()) == {digest(text) for text in scripts}
    assert set(rules["style-src"].split()) == {digest(text) for text in report.styles}


def test_a_report_holds_what_the_server_would_answer(report: Parts) -> None:
    data = report.data
    assert data["mode"] == "report" and data["title"] == "book"
    assert data["left_out"] == {"run_documents": 0}
    api = data["api"]
    for name in ["runs", "duplicates", "lifecycle", "frontier"]:
        validate(f"page-{name}", api[name])
    assert api["runs"]["count"] == 4
    for record in records.ALL:
        page = api[f"run/{record['run_id']}"]
        validate("page-run", page)
        validate("run", page["run"])


def test_markup_in_a_ledger_is_text_in_a_report(joulebook: Command) -> None:
    bad = "</script><script>alert(1)</script><!--"
    run = records.record(bad, at=0, config={"lr": 0.1, bad: bad}, seed=0, project=bad, user=bad)
    imported(joulebook, [run])
    joulebook("report", "book", "-o", "report.html", "--title", bad)
    text = (joulebook.directory / "report.html").read_text()
    assert "alert(1)" in text and "<script>alert(1)" not in text
    parts = Parts(text)
    assert parts.data["title"] == bad
    [name] = [name for name in parts.data["api"] if name.startswith("run/")]
    assert parts.data["api"][name]["run"]["run_id"] == bad
    assert "%3C%2Fscript%3E" in name
    assert text.count("</script>") == len(parts.scripts)


def test_a_thousand_runs_fit_into_two_megabytes(joulebook: Command) -> None:
    runs = [
        records.record(f"run-{place:06}", at=place * 60, config={"lr": place % 97 / 97}, seed=place)
        for place in range(1000)
    ]
    imported(joulebook, runs)
    told = joulebook("report", "book", "-o", "report.html").stderr
    path = joulebook.directory / "report.html"
    # Vega takes 0.9 MB.
    assert path.stat().st_size < (2_000_000 if HAS_VEGA else 1_100_000)
    data = Parts(path.read_text()).data
    assert data["api"]["runs"]["count"] == 1000
    detailed = [name for name in data["api"] if name.startswith("run/")]
    assert len(detailed) >= 50 and "run/run-000999" in detailed
    assert data["left_out"] == {"run_documents": 1000 - len(detailed)}
    assert str(1000 - len(detailed)) in told


def test_a_report_of_what_cannot_be_read_is_none(joulebook: Command) -> None:
    (joulebook.directory / "bad.joule").write_text("nothing")
    assert "not a ledger" in joulebook("report", "bad.joule", "-o", "r.html", status=65).stderr
    assert not (joulebook.directory / "r.html").exists()
    joulebook("report", "none", "-o", "r.html", status=74)


ONE = ["course"]
ALL = ["stages", "frontier", "weeks"]


@pytest.mark.parametrize("chart", ONE + ALL)
def test_a_chart_is_a_specification_with_its_data(joulebook: Command, chart: str) -> None:
    imported(joulebook, records.ALL)
    joulebook("report", "book", "-o", "chart.json", "--chart", chart)
    spec = json.loads((joulebook.directory / "chart.json").read_text())
    assert "vega-lite" in spec["$schema"] and spec["description"]
    assert not re.search(r'"url"', json.dumps(spec))


def test_what_is_better_can_be_said(joulebook: Command) -> None:
    imported(joulebook, records.ALL)
    options = ["report", "book", "-o", "chart.json", "--chart", "frontier", "--metric", "accuracy"]
    specs = []
    for better in [[], ["--higher"], ["--lower"]]:
        joulebook(*options, *better)
        specs.append((joulebook.directory / "chart.json").read_text())
    assert specs[0] == specs[1] != specs[2]


@pytest.mark.parametrize("chart", ALL)
def test_a_chart_says_which_ledgers_could_not_be_read(joulebook: Command, chart: str) -> None:
    imported(joulebook, records.ALL)
    (joulebook.directory / "book/damaged.joule").write_text("nonsense")
    result = joulebook("report", "book", "-o", "chart.json", "--chart", chart)
    assert "damaged.joule" in result.stderr


def test_a_chart_is_drawn_as_a_picture(joulebook: Command) -> None:
    pytest.importorskip("vl_convert")
    imported(joulebook, records.ALL)
    python = {"env": {"JOULEBOOK_PYTHON": sys.executable}}
    several = ["--run", "first", "--run", "other"]
    joulebook("report", "book", "-o", "c.svg", "--chart", "curves", *several, **python)
    assert (joulebook.directory / "c.svg").read_text().startswith("<svg")
    joulebook("report", "book", "-o", "c", "--format", "png", "--chart", "frontier", **python)
    assert (joulebook.directory / "c").read_bytes().startswith(b"\x89PNG")


def test_a_machine_that_cannot_draw_says_what_it_lacks(joulebook: Command) -> None:
    imported(joulebook, records.ALL)
    # A module of that name where somebody happens to be is not taken.
    (joulebook.directory / "vl_convert.py").write_text("raise SystemExit(0)")
    (joulebook.directory / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    os.chmod(joulebook.directory / "python", 0o755)
    for python in [joulebook.directory / "python", "no-such-python"]:
        told = joulebook(
            *["report", "book", "-o", "c.svg", "--chart", "frontier"],
            status=74,
            env={"JOULEBOOK_PYTHON": str(python)},
        ).stderr
        assert "vl-convert-python" in told and told.count("\n") == 1
    assert not (joulebook.directory / "c.svg").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "svg"],
        ["--run", "first"],
        ["--chart", "none"],
        ["--chart", "weeks", "--run", "first"],
        ["--chart", "course", "--metric", "loss"],
        ["--chart", "course", "--lower"],
        ["--lower"],
        ["--chart", "frontier", "--lower", "--higher"],
        ["--chart", "course", "--title", "x"],
        ["--chart", "curves"],
        ["--chart", "weeks"],
    ],
)
def test_what_contradicts_itself_is_told(joulebook: Command, arguments: list[str]) -> None:
    imported(joulebook, records.ALL)
    told = joulebook("report", "book", "-o", "x.html", *arguments, status=64).stderr
    assert told.count("\n") == 1


def test_an_unknown_run_is_told(joulebook: Command) -> None:
    imported(joulebook, records.ALL)
    options = ["report", "book", "-o", "x.json", "--chart", "course"]
    assert "no run id" in joulebook(*options, "--run", "zzz", status=65).stderr
    assert not (joulebook.directory / "x.json").exists()


def test_a_report_is_whole_or_not_there(joulebook: Command, tmp_path: Path) -> None:
    imported(joulebook, records.ALL)
    joulebook("report", "book", "-o", "none/x.html", status=74)
    (tmp_path / "x.html").write_text("before")
    joulebook("report", "book", "-o", "x.html")
    assert (tmp_path / "x.html").read_text().startswith("<!DOCTYPE html>")
    assert not list(tmp_path.glob("*.part"))
