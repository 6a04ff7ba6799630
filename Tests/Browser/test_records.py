"""Records as other programs write them: odd ids, odd members, and what nobody measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Visit, answer, command, serving

COMMA = "lr=0.1,seed=3"
EPOCHS = 5001


def record(name: str, **more: Any) -> dict[str, Any]:
    """A run of an hour with two epochs."""
    metrics = more.pop("metrics", [{"accuracy": 0.5}, {"accuracy": 0.75}])
    epochs = [
        {"epoch": number, "metrics": values, "duration_s": 1800.0, "energy_j": 3600.0 * number}
        for number, values in enumerate(metrics, 1)
    ]
    return {
        "run_id": name,
        "project": "p",
        "status": "finished",
        "started": 1.79e9,
        "duration_s": 3600.0,
        "energy_j": 10_800.0,
        "epochs": epochs,
        "config": {"name": name, "a,b": name},
        **more,
    }


def imported(directory: Path, records: list[dict[str, Any]]) -> Path:
    lines = directory / "records.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in records))
    command("import", "records", lines, "--into", directory / "joulebook")
    return directory / "joulebook"


ODD = {
    "faults": "oom",
    "notes": [None, "as a text", {"at": "noon", "text": "late"}, 7],
    "argv": "python t.py",
    "meter_faults": {"what": "gone"},
    "absent_meters": "none",
    "attribution": "mine",
    "progress": 3,
    "forecast": [],
    "integrity_notes": None,
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = [{"run_id": "circle-b", "relation": "from"}]
    return imported(
        tmp_path_factory.mktemp("records"),
        [
            record("experiment-001"),
            record("experiment-002", started=1.79e9 + 600),
            record(COMMA, started=1.7901e9),
            record("odd", started=1.7902e9, **ODD),
            record("words", started=1.7903e9, metrics=[{"ppl": 900.0}, {"ppl": 20.0}]),
            record("neutral", started=1.7904e9, metrics=[{"prev_x": 3.0}, {"prev_x": 1.0}]),
            {
                **record("declared", started=1.7905e9),
                "energy_j": None,
                "epochs": [],
                "declared": {"energy_kwh": 2.0},
            },
            record(
                "modelled",
                started=1.79051e9,
                epochs=[],
                energy_j=None,
                env={"JOULEBOOK_REGION": "FR"},
                meters=[
                    {
                        "device": "cpu",
                        "source": "model:cpu",
                        "provenance": "model",
                        "boundary": "device",
                    }
                ],
                energy_by_meter=[{"meter": 0, "energy_j": 7200.0, "coverage": 1.0}],
            ),
            record("circle-a", started=1.7906e9, parents=parent),
            record(
                "circle-b",
                started=1.7907e9,
                parents=[{"run_id": "circle-a", "relation": "from"}],
            ),
            record(
                "long",
                started=1.7908e9,
                metrics=[{"loss": abs(place - 1234) + 1.0} for place in range(EPOCHS)],
            ),
        ],
    )


@pytest.fixture(scope="module")
def address(directory: Path) -> Iterator[str]:
    with serving(directory) as address:
        yield address


def test_a_sum_of_runs_at_the_same_time_is_told_as_a_bound(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/runs?q=experiment")
    assert "at most: some ran at the same time" in page.locator(".counts").inner_text()
    page.locator("#search").fill("experiment-001")
    assert "3\u00a0Wh in all" in page.locator(".counts").inner_text()


def test_ids_that_begin_alike_are_told_apart(visit: Visit, address: str) -> None:
    pair = "compare/experiment-001,experiment-002"
    curves = answer(address, pair)["charts"]["curves"]["data"]["values"]
    assert {row["run"] for row in curves} == {"experiment-001", "experiment-002"}
    page = visit.open(address, f"#/{pair}")
    assert page.locator("th", has_text="experiment-002").count() == 1
    page = visit.open(address)
    assert page.get_by_role("link", name="experiment-002").count() == 1


def test_members_of_any_type_are_shown(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/run/odd")
    text = page.locator("main").inner_text()
    for words in ("oom", "as a text", "late", "gone", "python t.py"):
        assert words in text
    page = visit.open(address, "#/compare/odd,words")
    assert "2 runs compared" in page.locator("h1").inner_text()


def test_each_note_stands_once(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/run/odd")
    assert page.locator("li", has_text="as a text").count() == 1


def test_an_id_or_a_key_with_a_comma_is_one(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/runs?q=seed=3")
    page.locator("#search").fill('"lr=0.1"')
    page.get_by_role("checkbox", name="Select").first.check()
    page.locator("#search").fill("odd")
    page.get_by_role("checkbox", name="Select odd").check()
    page.get_by_text("Columns").click()
    page.get_by_label("a,b").check()
    page.reload()
    page.wait_for_selector("joule-table tr.selected")
    assert page.locator("th", has_text="a,b").count() == 1
    page.get_by_role("link", name="Compare 2").click()
    page.wait_for_selector("h1:text('2 runs compared')")
    assert page.locator(".errors").count() == 0


def test_the_best_is_what_the_metric_means(visit: Visit, address: str) -> None:
    for name, value, words in (("words", "20", "best, in"), ("neutral", "1", "last, in epoch 2")):
        page = visit.open(address, f"#/run/{name}")
        card = page.locator(".card", has_text=words)
        assert card.locator(".card-value").inner_text() == value


def test_declared_energy_is_the_energy_of_its_page(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/run/declared")
    card = page.locator(".card").first.inner_text()
    assert "2\u00a0kWh" in card and "declared" in card


def test_what_is_modelled_is_marked_in_every_sum(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/run/modelled")
    assert page.locator(".card", has_text="Mean power").inner_text().count("≈") == 1
    page = visit.open(address, "#/runs?q=modelled")
    assert "≈\u00a02\u00a0Wh in all" in page.locator(".counts").inner_text()
    page = visit.open(address, "#/duplicates")
    lines = page.get_by_role("region", name="Where the energy went")
    assert "≈" in page.locator(".lead").inner_text() and "≈" in lines.inner_text()
    assert "≈ computed by a model or declared" in page.locator(".legend").inner_text()


def test_an_energy_that_no_meter_saw_is_marked_on_every_page(visit: Visit, tmp_path: Path) -> None:
    runs = [record(f"r{place}", started=1.79e9 + 600 * place) for place in range(2)]
    with serving(imported(tmp_path, runs)) as address:
        counts = visit.open(address, "#/runs").locator(".counts").inner_text()
        card = visit.open(address, "#/run/r0").locator(".card").first.inner_text()
        rows = visit.open(address, "#/compare/r0,r1").get_by_role("region", name="Cost and result")
        marked = rows.inner_text().count("✎")
        page = visit.open(address, "#/duplicates")
        lead = page.locator(".lead").inner_text()
        legend = page.locator(".legend").inner_text()
    assert "✎" in counts and "declared" in card and marked == 2
    assert "≈" in lead and "≈ computed by a model or declared" in legend


@pytest.mark.parametrize("count", [2, 70])
def test_a_run_says_with_whom_it_shared_or_that_nobody_looked(
    visit: Visit, tmp_path: Path, count: int
) -> None:
    meter = {
        "device": "cpu:0",
        "source": "x",
        "provenance": "counter",
        "boundary": "device",
        "identity": "cpu-0",
    }
    energy = [{"meter": 0, "energy_j": 7200.0, "coverage": 1.0}]
    runs = [
        record(f"r{place}", epochs=[], energy_j=None, meters=[meter], energy_by_meter=energy)
        for place in range(count)
    ]
    with serving(imported(tmp_path, runs)) as address:
        page = visit.open(address, "#/run/r0")
        said = page.get_by_role("region", name="Energy by device").locator("..").inner_text()
    if count == 2:
        assert "measured 2\u00a0Wh, of which 1\u00a0Wh counts as its own" in said
    else:
        assert "69 other runs went on at the same time, and nobody looked" in said


def test_the_lifecycle_says_what_runs_recorded_and_where_to_say_more(
    visit: Visit, address: str
) -> None:
    page = visit.open(address, "#/lifecycle")
    assert "region as the runs recorded it" in page.locator(".lead").first.inner_text()
    assert "joulebook lifecycle” takes --pue" in page.locator(".cards").inner_text()


def test_a_link_to_the_figure_of_a_stage_opens_that(visit: Visit, tmp_path: Path) -> None:
    stages = [
        record("s", stage="search", energy_j=7.2e6), record("t", stage="training", energy_j=3.6e6)
    ]  # fmt: skip
    with serving(imported(tmp_path, stages)) as address:
        page = visit.open(address, "#/lifecycle?figure=it&stage=search")
        assert page.get_by_role("dialog").locator(".lead").inner_text() == "2\u00a0kWh"
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        assert "stage" not in page.evaluate("location.hash")


def test_a_circle_of_parents_is_drawn_once_and_said(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/lifecycle")
    assert page.locator("svg.lineage a").count() == 2
    assert page.get_by_text("1 link would close a circle").is_visible()


def test_of_very_many_epochs_some_are_told_and_sums_are_of_all(visit: Visit, address: str) -> None:
    told = answer(address, "run/long")
    epochs = told["run"]["epochs"]
    assert len(epochs) == 2000 and told["left_out"]["epochs"] == EPOCHS - 2000
    assert [epochs[0]["epoch"], epochs[-1]["epoch"]] == [1, EPOCHS]
    everything = 3600.0 * EPOCHS * (EPOCHS + 1) / 2
    assert told["used_j"][-1] == pytest.approx(everything)
    assert told["best"] == {"metric": "loss", "better": "lower", "value": 1.0, "epoch": 1235}
    panel = told["charts"]["course"]["vconcat"][-1]["data"]["values"]
    assert panel[-1]["energy"] * 3.6e6 == pytest.approx(everything)
    page = visit.open(address, "#/run/long")
    assert page.get_by_text("3,001 epochs between these").is_visible()
    visit.charts()


def test_energy_that_nobody_knows_is_not_zero(visit: Visit, tmp_path: Path) -> None:
    twins = [
        {"run_id": name, "project": "p", "status": "finished", "config": {"lr": 1, "seed": 1},
         "code": {"entry": "t.py", "tree": "git:1"}, "data": {"fingerprint": "sha256:" + "ab" * 32},
         "started": started, "ended": started + 3600.0, "duration_s": 3600.0}
        for name, started in (("one", 1.79e9), ("two", 1.7901e9))
    ]  # fmt: skip
    with serving(imported(tmp_path, twins)) as address:
        page = visit.open(address, "#/duplicates")
        lead = page.locator(".lead").inner_text()
        assert "not known" in lead and "60\u00a0min" in lead
        assert "0\u00a0J" not in page.locator("main").inner_text()


def test_a_table_that_is_left_leaves_nothing_behind(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.evaluate(
        "window.left = document.querySelector('joule-table');"
        "window.left.fill = () => { window.filled = true; }"
    )
    page.goto(f"{address}#/lifecycle")
    page.wait_for_selector(".page-lifecycle")
    filled = "window.filled = false; dispatchEvent(new Event('beforeprint')); window.filled"
    assert page.evaluate(filled) is False


def test_a_request_that_fails_is_made_again(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/api/runs", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(address)
    page.wait_for_selector("text=This cannot be shown")
    page.unroute("**/api/runs")
    page.wait_for_selector("joule-table tr[aria-selected]")
    context.close()


def test_the_front_of_each_project_is_told_in_a_report(visit: Visit, tmp_path: Path) -> None:
    good = [
        record(f"a{place}", project="A", energy_j=100.0 + place, started=1.79e9 + place,
               metrics=[{"accuracy": 0.99 - place / 1e4}])
        for place in range(400)
    ]  # fmt: skip
    old = record("b", project="B", energy_j=1e6, started=1.0e9, metrics=[{"accuracy": 0.3}])
    worse = record("c", project="B", energy_j=2e6, started=1.1e9, metrics=[{"accuracy": 0.2}])
    report = tmp_path / "report.html"
    command("report", imported(tmp_path, [*good, old, worse]), "-o", report)
    page = visit.open(report.as_uri(), "#/frontier?project=B")
    assert page.locator("main tbody a").all_inner_texts() == ["b"]
    assert "1 run more is beaten" in page.locator("main").inner_text()


def test_people_say_which_way_is_better(visit: Visit, address: str) -> None:
    page = visit.open(address, "#/frontier?metric=prev_x")
    page.get_by_label("Better is").select_option("lower")
    page.wait_for_selector(".lead:text('a lower prev_x')")
    assert page.get_by_label("Metric").input_value() == "prev_x"


def test_a_comparison_in_a_report_is_named_by_its_metric(visit: Visit, directory: Path) -> None:
    report = directory.parent / "report.html"
    command("report", directory, "-o", report)
    page = visit.open(report.as_uri(), "#/compare/experiment-001,experiment-002")
    visit.charts()
    assert page.locator("joule-chart h2").first.inner_text() == "accuracy by epoch"


def test_a_report_offers_the_fronts_that_it_holds_and_says_what_it_does_not_print(
    visit: Visit, tmp_path: Path
) -> None:
    many = [
        record(f"r{place}", metrics=[{f"m{number}_acc": place / 1e4 for number in range(9)}])
        for place in range(2100)
    ]
    report = tmp_path / "report.html"
    command("report", imported(tmp_path, many), "-o", report)
    page = visit.open(report.as_uri(), "#/frontier")
    names = page.get_by_label("Metric").locator("option").all_inner_texts()
    assert len(names) == 6
    page.get_by_label("Metric").select_option(names[-1])
    page.locator("main th", has_text=names[-1]).wait_for()
    page = visit.open(report.as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("… 100 more, not printed").count() == 1
