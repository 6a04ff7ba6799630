"""What the tests of frameworks share: pages whose examples run, and trainings that are killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import joulebook
from conftest import ROOT, clean_environment

PAGES = ROOT / "Integrations" / "Python" / "docs"
# Nothing is fetched, no bar is drawn, and TensorFlow, where it is there, is not looked for.
SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "JOULEBOOK_QUIET": "1",
    "KERAS_BACKEND": "torch",
    "OMP_NUM_THREADS": "1",
}


def example(page: str, number: int = 0) -> str:
    """An example of a page, by its number from 0."""
    found = re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)
    assert len(found) > number, f"{page} has no example {number}"
    return str(found[number])


def start(source: str, directory: Path, *arguments: str) -> subprocess.Popen[str]:
    """A program of its own."""
    path = directory / "train.py"
    path.write_text(textwrap.dedent(source))
    return subprocess.Popen(
        [sys.executable, str(path), *arguments],
        cwd=directory,
        env=clean_environment(**SETTINGS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(source: str, directory: Path, *arguments: str, status: int = 0) -> str:
    """What the program said on standard error."""
    with start(source, directory, *arguments) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == status, said
    return said


def kill(source: str, directory: Path, line: str) -> None:
    """Kills the program where it prints the line; it waits to be answered behind each line."""
    with start(source, directory) as process:
        assert process.stdin is not None
        assert process.stdout is not None and process.stderr is not None
        for printed in process.stdout:
            if printed.strip() == line:
                os.kill(process.pid, signal.SIGKILL)
                break
            process.stdin.write("\n")
            process.stdin.flush()
        said = process.stderr.read()
    assert process.returncode == -signal.SIGKILL, said


def only_run(directory: Path) -> dict[str, Any]:
    """The only run below a directory, of however many ledgers."""
    ids = {joulebook.show(path)["run_id"] for path in directory.rglob("*.joule")}
    assert len(ids) == 1
    return joulebook.show(directory)


def by_start(directory: Path) -> list[dict[str, Any]]:
    """All ledgers below a directory, in the order in which they began."""
    return sorted(map(joulebook.show, directory.rglob("*.joule")), key=lambda run: run["started"])


def epochs_of(run: dict[str, Any]) -> list[int]:
    return [epoch["epoch"] for epoch in run["epochs"]]


def reruns_exactly(page: str, directory: Path) -> dict[str, Any]:
    """Runs the page's example twice: the second time is known before, and by the audit.

    Returns the first run.
    """
    for _ in range(2):
        run(example(page), directory)
    first, second = by_start(directory)
    assert first["status"] == second["status"] == "finished"
    assert first["seed"] is not None and first["data"]["fingerprint"].startswith("sha256:")
    audit = joulebook.audit(directory / "joulebook")
    (finding,) = audit["findings"]
    told = [finding[name] for name in ("class", "proof", "run_id", "of")]
    assert told == ["exact_rerun", "bit", second["run_id"], first["run_id"]], finding
    assert all(epoch["energy"]["total_j"] > 0 for epoch in first["epochs"])
    return first
