"""Many ranks write to one directory that is packed, thinned, annotated and read meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, command_path


@pytest.mark.alone
def test_a_small_fleet_keeps_every_law(tmp_path: Path) -> None:
    sizes = ["--ranks", "60", "--alive", "30", "--nodes", "4", "--epoch", "1"]
    shares = ["--killed", "0.2", "--python", "0.1", "--older-than", "2"]
    places = ["--folder", tmp_path / "fleet", "--programs", command_path().parent]
    done = subprocess.run(
        [sys.executable, ROOT / "Tests/Fleet/run", *sizes, *shares, *places],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
