"""Of processes that start the same at one moment, one is told that nobody else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import joulebook
from conftest import ROOT, clean_environment, ledgers, schema

CONFIG = {"lr": 0.1, "layers": [8, 16]}


def start(policy: str = "warn", **options: Any) -> joulebook.Run:
    return joulebook.start(
        "p", config=CONFIG, seed=0, on_duplicate=policy, proof="statistical", dir="l", **options
    )


def verdict(run: joulebook.Run) -> str:
    assert run.preflight is not None
    jsonschema.validate(run.preflight, schema("check"))
    return str(run.preflight["verdict"])


def claims(directory: Path) -> list[Path]:
    """Without what the run that looks for old ones, in the background, has there for a moment."""
    return [
        path
        for path in (directory / "l" / ".claims").iterdir()
        if path.name != ".gitignore" and not path.name.startswith("sweep")
    ]


def test_of_two_processes_one_proceeds_also_after_a_kill() -> None:
    command = [sys.executable, str(ROOT / "Tests/Hostile/claims"), "--rounds", "30"]
    result = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "30 rounds, 15 of them after a kill" in result.stdout


def test_a_claim_names_its_holder_and_ends_with_its_run(tmp_path: Path) -> None:
    first = start()
    assert verdict(first) == "new" and first.preflight is not None
    assert first.preflight["claim"] == "taken"
    (claim,) = claims(tmp_path)
    jsonschema.validate(json.loads(claim.read_text()), schema("claim"))
    # Its ledger is not needed to tell.
    for ledger in ledgers(tmp_path):
        ledger.rename(ledger.with_suffix(".away"))
    second = start()
    assert verdict(second) == "running_now" and second.preflight is not None
    assert second.preflight["claim"] == "held"
    assert [run["run_id"] for run in second.preflight["evidence"]] == [first.id]
    with pytest.raises(joulebook.DuplicateRunError, match="Running now") as caught:
        start("raise")
    jsonschema.validate(caught.value.answer, schema("check"))
    assert caught.value.answer["evidence"][0]["run_id"] == first.id
    second.finish()
    assert claims(tmp_path) == [claim]
    first.finish()
    assert claims(tmp_path) == []


def test_a_refused_start_and_one_that_does_not_look_leave_no_claim(tmp_path: Path) -> None:
    start("ignore").finish()
    assert not (tmp_path / "l" / ".claims").exists()
    with pytest.raises(joulebook.DuplicateRunError, match="Already run"):
        start("raise")
    assert claims(tmp_path) == []


def test_a_forked_child_leaves_the_claim_to_its_parent(tmp_path: Path) -> None:
    run = start()
    child = os.fork()
    if not child:
        run.finish()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert len(claims(tmp_path)) == 1
    run.finish()
    assert claims(tmp_path) == []


def test_ranks_and_a_run_that_goes_on_claim_once(tmp_path: Path) -> None:
    zero = start("raise", run_id="job")
    one = start("raise", run_id="job")
    assert verdict(zero) == verdict(one) == "new"
    one.finish()
    assert len(claims(tmp_path)) == 1
    zero.finish(status="failed")
    again = start("raise", run_id="job")
    assert verdict(again) == "new"
    again.finish()


def test_the_command_sees_a_claim_and_takes_none(tmp_path: Path) -> None:
    run = start()
    for ledger in ledgers(tmp_path):
        ledger.unlink()
    asked: dict[str, Any] = {"against": tmp_path / "l", "project": "p", "seed": 0}
    answer = joulebook.check(CONFIG, **asked)
    jsonschema.validate(answer, schema("check"))
    assert answer["verdict"] == "running_now"
    assert [found["run_id"] for found in answer["evidence"]] == [run.id]
    assert joulebook.check({**CONFIG, "lr": 0.2}, **asked)["verdict"] == "new"
    del asked["seed"]
    trials = [{**CONFIG, "seed": 0}, {**CONFIG, "seed": 1}]
    plan = joulebook.sweep(trials, **asked)
    assert [trial["verdict"] for trial in plan["results"]] == ["running_now", "new"]
    assert plan["results"][0]["run_id"] == run.id
    assert len(claims(tmp_path)) == 1
    assert joulebook.audit(tmp_path / "l")["runs"] == 0
    run.finish()


def test_a_run_that_cannot_claim_goes_on_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / ".claims").write_text("in the way")
    run = start("raise")
    assert verdict(run) == "new" and run.preflight is not None
    assert run.preflight["claim"] == "unavailable"
    assert run.preflight["explanation"].count("could not be claimed") == 1
    run.finish()
    assert len(ledgers(tmp_path)) == 1


def test_a_run_that_has_no_ledger_keeps_no_claim(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "p").write_text("in the way")
    run = start()
    assert verdict(run) == "new" and run.path is None
    assert claims(tmp_path) == []
