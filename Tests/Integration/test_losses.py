"""What a run could not keep is told by `show`, in words and as JSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import Command

TRAIN = """
import joulebook
run = joulebook.start("lossy", dir="book", quiet=True)
run.log(step=1, loss=0.5)
run.log(step=2, loss=0.4, **{"x" * 2000: 1.0})
run.log(step=3, **{f"m{number}": 1.0 for number in range(4000)})
run.finish()
"""


def test_refused_names_and_rows_are_shown(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True)
    shown = joulebook.json("run", "show", "book", "--json")
    # A name that is too long, and a row of more than 32 KiB.
    assert shown["drops"] == {"steps": {"refused": 2}}
    assert shown["totals"]["steps"] == 2, "the row is kept without the metric"
    page = joulebook("show", "book").stdout
    assert "lost" in page and '{"steps":{"refused":2}}' in page
