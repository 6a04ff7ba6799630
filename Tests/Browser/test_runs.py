"""The table of runs: search, filters, order, keys, selection, and what is said of mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import lifelike
import pytest
from conftest import Visit, command, serving

RUNS = lifelike.runs(1.8e9)


def rows(page: Any) -> Any:
    return page.locator("joule-table tbody tr[aria-selected]")


def count(page: Any) -> int:
    """How many runs the table says that it has."""
    return int(page.locator("joule-table table").get_attribute("aria-rowcount")) - 1


def search(page: Any, query: str) -> int:
    page.locator("#search").fill(query)
    return count(page) if page.locator("joule-table").is_visible() else 0


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ("status:failed", lambda run: run["status"] == "failed"),
        ("-status:finished", lambda run: run["status"] != "finished"),
        ("energy>100Wh", lambda run: run.get("energy_j", 0) > 360_000),
        (
            "energy>=0.1kWh stage:training",
            lambda run: run.get("energy_j", 0) >= 360_000 and run["stage"] == "training",
        ),
        ("no:energy", lambda run: "energy_j" not in run),
        ("lr<0.01", lambda run: float(run["config"]["lr"]) < 0.01),
        ("lr=0.01", lambda run: str(run["config"]["lr"]) == "0.01"),
        (
            "config.width=512 status:finished",
            lambda run: run["config"]["width"] == 512 and run["status"] == "finished",
        ),
        ("optim.name:adamw", lambda run: run["config"]["optim"]["name"] == "adamw"),
        ("accuracy>95%", lambda run: run["epochs"][-1]["metrics"]["accuracy"] > 0.95),
        ("duration<5min", lambda run: run["duration_s"] < 300),
        ('"birds-field"', lambda run: run["project"] == "birds-field"),
        ("stage:fine_tuning", lambda run: run["stage"] == "fine_tuning"),
        ("paper", lambda run: "paper" in run.get("tags", [])),
        (RUNS[3]["run_id"][:9], lambda run: run is RUNS[3]),
        ("nothing-like-that", lambda run: False),
    ],
)
def test_a_query_keeps_what_it_says(visit: Visit, address: str, query: str, keeps: Any) -> None:
    page = visit.open(address)
    assert search(page, query) == sum(map(keeps, RUNS))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("colour:red", "There is no column “colour”"),
        ("energy>1furlong", "is not one of its units"),
        ("energy>much", "is no number"),
        ("project>3", "holds words"),
    ],
)
def test_a_query_that_cannot_be_says_why(
    visit: Visit, address: str, query: str, words: str
) -> None:
    page = visit.open(address)
    assert search(page, query) == len(RUNS)
    assert words in page.get_by_role("alert").inner_text()


def test_chips_write_into_the_search_and_take_out_again(visit: Visit, address: str) -> None:
    page = visit.open(address)
    chip = page.get_by_role("button", name=re.compile("distillation"))
    chip.click()
    assert page.locator("#search").input_value() == "stage:distillation"
    assert chip.get_attribute("aria-pressed") == "true"
    assert count(page) == 3
    chip.click()
    assert page.locator("#search").input_value() == ""
    assert count(page) == len(RUNS)


def test_a_header_sorts_both_ways_and_missing_values_stay_last(visit: Visit, address: str) -> None:
    page = visit.open(address)
    energies = sorted((run["energy_j"] for run in RUNS if "energy_j" in run), reverse=True)
    header = page.get_by_role("columnheader", name=re.compile("^Energy"))
    for way, first in (("descending", energies[0]), ("ascending", energies[-1])):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == way
        shown = rows(page).first.inner_text()
        assert f"{first / 3600:.3g}" in shown
        page.locator(".scroller").evaluate("one => one.scrollTop = 1e9")
        page.wait_for_function("() => document.querySelector('tr[data-place=\"29\"]')")
        last = page.locator("tr[data-place='29']")
        assert "—" in last.inner_text()
        page.locator(".scroller").evaluate("one => one.scrollTop = 0")


def test_a_link_brings_back_search_order_columns_and_selection(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.locator("#search").fill("stage:training")
    page.get_by_role("columnheader", name=re.compile("^Energy")).get_by_role("button").click()
    page.get_by_text("Columns").click()
    page.get_by_label("Epochs", exact=True).check()
    page.keyboard.press("Escape")
    rows(page).nth(1).get_by_role("checkbox").check()
    rows(page).nth(2).get_by_role("checkbox").check()
    link = page.evaluate("location.href")
    seen = page.locator("joule-table").inner_text()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("joule-table tr.selected")
    assert page.locator("joule-table").inner_text() == seen
    assert page.locator("tr.selected").count() == 2
    assert page.get_by_role("link", name="Compare 2").is_visible()


def test_the_keyboard_does_all(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.keyboard.press("/")
    page.keyboard.type("stage:search")
    page.keyboard.press("Escape")
    assert page.locator("#search").input_value() == ""
    page.locator(".scroller").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator("tr.selected").count() == 2
    page.keyboard.press("End")
    assert rows(page).last.get_attribute("class").find("active") >= 0
    page.keyboard.press("Enter")
    page.wait_for_selector(".page-run")
    page.keyboard.press("Escape")
    page.wait_for_selector("tr.selected")
    assert page.locator("tr.selected").count() == 2


def test_scripts_in_names_stay_text(visit: Visit, tmp_path: Path) -> None:
    evil = "<script>window.bad=1</script><img src=x onerror=window.bad=1>"
    record = {
        "run_id": "evil-1",
        "project": evil,
        "user": evil,
        "tags": [evil],
        "status": "finished",
        "config": {evil: evil, "lr": evil},
        "code": {"entry": evil, "commit": evil},
        "data": {"name": evil},
        "hardware": {"host": evil, "devices": [{"kind": evil}]},
        "epochs": [
            {
                "epoch": 1,
                "metrics": {evil: 1.0, "accuracy": 0.5},
                "duration_s": 1.0,
                "energy_j": 2.0,
            }
        ],
        "energy_j": 2.0,
        "duration_s": 1.0,
        "parents": [{"run_id": "evil-2", "relation": evil}],
        "notes": [{"at": 1.0, "text": evil}],
    }
    other = {**record, "run_id": "evil-2", "parents": []}
    lines = tmp_path / "evil.jsonl"
    lines.write_text(json.dumps(record) + "\n" + json.dumps(other) + "\n")
    command("import", "records", lines, "--into", tmp_path / "joulebook")
    with serving(tmp_path / "joulebook") as address:
        for name in (
            "runs",
            "run/evil-1",
            "compare/evil-1,evil-2",
            "duplicates",
            "lifecycle",
            "frontier",
        ):
            page = visit.open(address, f"#/{name}")
            visit.charts()
            assert page.evaluate("window.bad") is None
            assert page.locator("main script, main img").count() == 0
        page = visit.open(address, "#/run/evil-1")
        assert evil in page.locator("main h1").inner_text()
