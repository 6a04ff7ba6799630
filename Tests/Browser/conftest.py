"""A real Chromium on the page of a real server; whatever it complains about fails the test."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import urlopen

import lifelike
import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("JOULEBOOK", ROOT / ".build/debug/joulebook"))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")


def command(*arguments: object, status: int = 0) -> str:
    """What the command prints; its exit status is checked."""
    result = subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout


def answer(address: str, name: str) -> Any:
    """What the server at `address` says to `name`."""
    with urlopen(f"{address}api/{name}") as response:
        return json.load(response)


@contextlib.contextmanager
def serving(directory: Path) -> Iterator[str]:
    """The address of a server on `directory`, which ends with the block."""
    process = subprocess.Popen(
        [COMMAND, "serve", str(directory), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended"
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        yield found.group()
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty lifelike runs."""
    directory = tmp_path_factory.mktemp("ledgers")
    records = directory.parent / "lifelike.jsonl"
    lifelike.write(records, time.time())
    command("import", "records", records, "--into", directory / "joulebook")
    return directory / "joulebook"


@pytest.fixture(scope="session")
def address(ledgers: Path) -> Iterator[str]:
    with serving(ledgers) as address:
        yield address


class Visit:
    """A page of the browser, and what went wrong in it."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        context.route("**/*", self._route)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _route(self, route: Any) -> None:
        address = urlparse(route.request.url)
        if address.scheme in ("about", "data", "blob", "file") or address.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.faults.append(f"request off this machine: {route.request.url}")
            route.abort()

    def open(self, address: str, hash_: str = "#/runs") -> Any:
        """Goes there anew and waits until the page is filled."""
        self.page.goto("about:blank")
        self.page.goto(address + hash_)
        self.page.wait_for_selector("main h1", state="attached")
        self.page.wait_for_selector(".wait", state="detached")
        return self.page

    def charts(self) -> int:
        """Waits until every chart is drawn, scrolling to each; how many there are."""
        charts = self.page.locator("joule-chart")
        for place in range(charts.count()):
            charts.nth(place).scroll_into_view_if_needed()
            self.page.wait_for_function(
                "place => document.querySelectorAll('joule-chart')[place]"
                ".dataset.state === 'drawn'",
                arg=place,
            )
        return charts.count()


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """A visit in which nothing may go wrong; `visit.faults` is looked at behind the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(15_000)
    visit = Visit(context)
    yield visit
    context.close()
    assert visit.faults == []


@contextlib.contextmanager
def training(directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`train.py` while it writes into `directory`."""
    pytest.importorskip("joulebook", reason="the package is not installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "train.py"), str(directory), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)
