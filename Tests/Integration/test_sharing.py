"""Two programs at once on one machine, whose meters each of them measured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Command, command_path


@pytest.fixture
def ledgers(tmp_path: Path) -> Path:
    """What two programs left that knew nothing of each other."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    programs = [
        subprocess.Popen(
            [command_path(), "run", "--project", name, "--", "sleep", "1.5"],
            cwd=tmp_path,
            env=environment | {"JOULEBOOK_DIR": "ledgers"},
            stderr=subprocess.DEVNULL,
        )
        for name in ("first", "second")
    ]
    assert [program.wait(60) for program in programs] == [0, 0]
    return tmp_path / "ledgers"


def test_every_sum_holds_each_joule_once_and_says_so(joulebook: Command, ledgers: Path) -> None:
    listed = joulebook.json("runs", "ls", ledgers, "--json")["runs"]
    assert all(run["shared"]["measured_j"] == run["energy_j"] for run in listed)
    assert all(run["shared"]["reasons"] == ["divided"] for run in listed)
    summary = joulebook.json("lifecycle", "lifecycle", ledgers, "--json")
    shown = [
        joulebook.json("run", "show", ledgers, "--run", run["run_id"], "--json")["shared"]
        for run in listed
    ]
    counted = sum(shared["counted_j"] for shared in shown)
    assert 0 < counted < 0.9 * sum(run["energy_j"] for run in listed)
    assert summary["totals"]["energy"]["it_kwh"] * 3.6e6 == pytest.approx(counted)
    assert summary["shared"]["counted_j"] == pytest.approx(counted)
    assert "shared" in [gap["kind"] for gap in summary["not_measured"]]
    audit = joulebook.json("audit", "audit", ledgers, "--json")
    assert audit["energy_j"] == pytest.approx(counted) and audit["shared"] == summary["shared"]
    for verb in ("ls", "audit", "lifecycle"):
        printed = " ".join(joulebook(verb, ledgers).stdout.split())
        assert "2 of 2 runs shared meters with others" in printed


def test_one_run_is_shown_as_it_measured_itself(joulebook: Command, ledgers: Path) -> None:
    known = joulebook.json("run", "show", ledgers, "--json")
    (path,) = [path for path in ledgers.rglob("*.joule") if known["run_id"][:8] in path.name]
    alone = joulebook.json("run", "show", path, "--json")
    assert known["totals"] == alone["totals"] and known["energy"] == alone["energy"]
    assert known["shared"]["reasons"] == ["divided"] and alone["shared"] is None
    assert "in sums" in joulebook("show", ledgers).stdout
    assert "in sums" not in joulebook("show", path).stdout
