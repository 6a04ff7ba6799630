"""Every page: what it shows, where it leads, and what a reader without eyes or a mouse gets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Visit, answer, command, serving

PAGES = {
    "runs": ("Runs", 0),
    "run": ("birds", 1),
    "compare": ("2 runs compared", 2),
    "duplicates": ("Duplicates", 1),
    "lifecycle": ("Lifecycle", 1),
    "frontier": ("Frontier", 1),
}


def finding(address: str) -> dict[str, Any]:
    """A repetition that the audit of the lifelike runs finds."""
    found = answer(address, "duplicates")["audit"]["findings"]
    return next(one for one in found if one["class"] == "config_equivalent")


@pytest.fixture(scope="module")
def places(address: str) -> dict[str, str]:
    """The hash of each page."""
    one = finding(address)
    return {
        **{name: f"#/{name}" for name in PAGES},
        "run": f"#/run/{one['of']}",
        "compare": f"#/compare/{one['of']},{one['run_id']}",
    }


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_its_title_its_charts_and_nothing_to_complain_of(
    visit: Visit, address: str, places: dict[str, str], name: str
) -> None:
    page = visit.open(address, places[name])
    title, charts = PAGES[name]
    assert title in page.locator("main h1").inner_text()
    assert visit.charts() == charts
    assert page.locator("joule-chart svg").count() == charts
    for chart in page.locator("joule-chart svg").all():
        # Of what is drawn, which may be there and have no width.
        marks = chart.locator(".role-mark path").all()
        assert max(mark.evaluate("mark => mark.getBBox().width") for mark in marks) > 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_names_roles_and_contrast_in_order(
    browser: Any, address: str, places: dict[str, str], name: str, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(color_scheme=scheme)
    visit = Visit(context)
    page = visit.open(address, places[name])
    visit.charts()
    found = axe.Axe().run(page).response["violations"]
    told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]
    context.close()
    assert told == []
    assert visit.faults == []


@pytest.mark.parametrize("name", PAGES)
def test_a_telephone_scrolls_no_page_sideways(
    browser: Any, address: str, places: dict[str, str], name: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    visit = Visit(context)
    page = visit.open(address, places[name])
    visit.charts()
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    context.close()
    assert widths[0] <= widths[1]
    assert visit.faults == []


def test_figures_of_the_lifecycle_open_their_formula_and_its_factors(
    visit: Visit, address: str
) -> None:
    page = visit.open(address, "#/lifecycle")
    page.get_by_role("button", name=re.compile("^Carbon, by place")).first.click()
    box = page.get_by_role("dialog")
    assert "Formula F3" in box.inner_text()
    assert "g/kWh" in box.inner_text()
    assert "figure=location" in page.evaluate("location.hash")
    link = page.evaluate("location.href")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert "figure" not in page.evaluate("location.hash")
    page.goto("about:blank")
    page.goto(link)
    assert "Formula F3" in page.get_by_role("dialog").inner_text()


def test_every_figure_of_the_totals_has_a_formula(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/lifecycle")
    cards = page.locator(".cards button")
    assert cards.count() == 8
    for place in range(cards.count()):
        cards.nth(place).click()
        assert "Source:" in page.get_by_role("dialog").inner_text()
        page.get_by_role("button", name="Close").click()
        page.wait_for_selector("dialog", state="detached")


def test_the_graph_of_the_lineage_leads_to_its_runs(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/lifecycle")
    nodes = page.locator("svg.lineage a")
    assert nodes.count() >= 8
    page.locator("svg.lineage a").first.click()
    page.wait_for_function("() => location.hash.startsWith('#/run/')")


def test_a_comparison_shows_what_differs_and_on_demand_what_does_not(
    visit: Visit, address: str, places: dict[str, str]
) -> None:
    page = visit.open(address, places["compare"])
    table = page.get_by_role("region", name="Configuration, key by key")
    assert table.locator("tbody tr").count() == 1
    row = table.locator("tbody tr").inner_text()
    assert "0.01" in row and "1e-02" in row and "spelt differently" in row
    page.get_by_role("button", name=re.compile("that are equal")).click()
    page.get_by_role("button", name="Only what differs").wait_for()
    assert table.locator("tbody tr").count() > 5
    assert "keys=all" in page.evaluate("location.hash")


def test_the_lines_of_the_audit_are_those_of_the_command(
    visit: Visit, address: str, ledgers: Path
) -> None:
    page = visit.open(address, "#/duplicates")
    audit = json.loads(command("audit", ledgers, "--json", status=3))
    shown = page.get_by_role("region", name="Where the energy went")
    central = audit["avoidable_j"]["central"] / 3600
    cells = shown.locator("tbody tr").first.locator("td").all_inner_texts()
    assert cells[2] == f"≈\u00a0{central:.0f}\u00a0Wh"
    assert page.locator(".findings > li").count() == len(audit["findings"])
    first = page.locator(".findings > li").first
    first.get_by_role("link", name="compare both").click()
    page.wait_for_function("() => location.hash.startsWith('#/compare/')")


def test_the_front_of_a_project_is_made_of_its_own_runs(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/frontier")
    page.get_by_label("Project", exact=True).select_option("birds-small")
    others = page.locator("main tbody tr", has_not_text="birds-small")
    others.first.wait_for(state="detached")
    assert "project=birds-small" in page.evaluate("location.hash")
    cells = page.locator("main tbody tr td:nth-child(2)").all_inner_texts()
    assert set(cells) == {"birds-small"}


def test_an_energy_that_nobody_measured_is_a_dash_and_never_zero(
    visit: Visit, address: str
) -> None:
    page = visit.open(address, "#/runs?q=no:energy")
    (row,) = page.locator("joule-table tbody tr[aria-selected]").all()
    assert "—" in row.inner_text()
    row.locator("a").click()
    page.wait_for_selector(".page-run")
    assert page.locator(".card", has_text="Energy").first.locator(".card-value").inner_text() == "—"


def test_a_switch_changes_the_theme_and_stays(visit: Visit, address: str) -> None:
    page = visit.open(address)
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.get_by_role("button", name="Show in dark colours").click()
    after = page.evaluate(ground)
    assert before != after
    page.reload()
    page.wait_for_selector("joule-table")
    assert page.evaluate(ground) == after


def test_a_chart_is_saved_as_svg_and_png(
    visit: Visit, address: str, places: dict[str, str]
) -> None:
    page = visit.open(address, places["run"])
    visit.charts()
    for name, beginning in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Save as {name}").first.click()
        assert Path(download.value.path()).read_bytes().startswith(beginning)


def test_without_vega_each_chart_says_what_is_missing_and_tables_stay(
    browser: Any, address: str, places: dict[str, str]
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/vega.js", lambda route: route.fulfill(status=404, body=""))
    page.goto(address + places["run"])
    page.wait_for_selector(".missing")
    assert "make .build/stamps/vega" in page.locator(".missing").first.inner_text()
    assert page.get_by_role("region", name="Epochs").is_visible()
    context.close()


def test_an_empty_directory_teaches_how_to_fill_it(visit: Visit, tmp_path: Path) -> None:
    with serving(tmp_path) as empty:
        for name, words in (
            ("runs", "No runs here yet"),
            ("duplicates", "no runs to compare"),
            ("lifecycle", "No stage was recorded"),
            ("frontier", "No run has both"),
            ("compare/", "Nothing is chosen yet"),
        ):
            page = visit.open(empty, f"#/{name}")
            page.wait_for_selector(f"text={words}")


def test_a_run_that_is_not_there_is_said_in_words(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "#/run/nobody")
    page.wait_for_selector("text=This cannot be shown")
    assert page.get_by_role("link", name="All runs").is_visible()
    context.close()


def test_what_the_charts_are_made_of_compiles_elsewhere_too(
    address: str, places: dict[str, str]
) -> None:
    converter = pytest.importorskip("vl_convert")
    names = [places["run"], places["compare"], "#/duplicates", "#/lifecycle", "#/frontier"]
    charts = [chart for name in names for chart in answer(address, name[2:])["charts"].values()]
    assert len(charts) == 6
    for chart in charts:
        assert chart["title"] and chart["description"]
        assert "<svg" in converter.vegalite_to_svg(chart)
        assert converter.vegalite_to_png(chart).startswith(b"\x89PNG")
