"""What comes in while one looks, and what happens when the server is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lifelike
from conftest import Visit, command, serving, training


def step(process: Any) -> str:
    """Lets the training go on by one epoch."""
    process.stdin.write("go\n")
    process.stdin.flush()
    return str(process.stdout.readline())


def test_a_run_appears_while_it_writes_and_nothing_jumps(visit: Visit, tmp_path: Path) -> None:
    records = tmp_path / "runs.jsonl"
    lifelike.write(records, 1.79e9)
    directory = tmp_path / "joulebook"
    command("import", "records", records, "--into", directory)
    with serving(directory) as address:
        page = visit.open(address, "#/runs?sort=project")
        page.locator("tr[data-place='2']").get_by_role("checkbox").check()
        page.locator(".scroller").evaluate("one => one.scrollTop = 136")
        page.wait_for_timeout(100)
        chosen = page.locator("tr.selected a").inner_text()
        page.evaluate("window.kept = document.querySelector('.scroller')")
        with training(directory) as process:
            identifier = process.stdout.readline().strip()
            step(process)
            page.wait_for_function(
                "() => document.querySelector('joule-table table').ariaRowCount === '32'"
            )
            scrolled = page.evaluate("document.querySelector('.scroller').scrollTop")
            assert scrolled == 136
            assert page.evaluate("window.kept === document.querySelector('.scroller')")
            assert page.locator("tr.selected a").inner_text() == chosen
            page.locator("#search").fill("status:running")
            page.wait_for_selector(f"tr[aria-selected] a:text('{identifier[:8]}')")
            page.goto(f"{address}#/run/{identifier}")
            page.wait_for_selector(".page-run")
            visit.charts()
            page.evaluate("document.querySelector('.page-run h1').isSame = true")
            for _ in range(3):
                step(process)
            page.wait_for_selector(".card-below:text('4 epochs')")
            assert page.evaluate("document.querySelector('.page-run h1').isSame")
            assert "live" in page.locator(".integrity").inner_text()
            process.stdin.write("\n")
            process.stdin.flush()
            process.wait(timeout=20)
            page.wait_for_selector(".status-finished")


def test_a_server_that_is_gone_is_said_and_the_page_stays(browser: Any, ledgers: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    with serving(ledgers) as address:
        page.goto(address)
        page.wait_for_selector("joule-table tr[aria-selected]")
    page.wait_for_selector(".state.lost")
    assert "still running" in page.locator(".state").inner_text()
    assert page.locator("joule-table tr[aria-selected]").count() > 5
    context.close()
