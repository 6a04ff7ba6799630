"""A run that repeats an earlier one, bit for bit, is told while it trains."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import joulebook
from conftest import Script, ledgers, schema

Policy = str | Callable[[dict[str, Any]], object]


def train(policy: Policy, seed: int = 0, note: str = "", epochs: int = 8, **more: Any) -> Any:
    """Fits a line by stochastic gradients; `note` is a setting that changes nothing.

    The run, and how many epochs it trained.
    """
    config = {"rate": 0.1, "knob": note, "seed": seed}
    done = 0
    with joulebook.start("line", config=config, on_duplicate=policy, dir="l", **more) as run:
        generator = random.Random(seed)
        points = [(x, 2 * x + generator.gauss(0, 0.1)) for x in (i / 20 for i in range(20))]
        slope = generator.random()
        for epoch in run.epochs(epochs):
            generator.shuffle(points)
            for x, y in points:
                slope -= 0.1 * 2 * (slope * x - y) * x
            epoch.log(loss=sum((slope * x - y) ** 2 for x, y in points))
            # Later, and not the same twice.
            epoch.log(slope=slope, seconds=random.random())
            done += 1
    return run, done


def test_a_setting_that_does_nothing_is_told_once_and_the_record_keeps_it(tmp_path: Path) -> None:
    old, _ = train("warn", note="a")
    run, done = train("warn", note="b")
    assert done == 8 and old.replay is None
    jsonschema.validate(run.replay, schema("replay"))
    assert (run.replay["of"], run.replay["epoch"], run.replay["until"]) == (old.id, 1, None)
    assert run.replay["action"] == "warn" and not run.should_stop
    (key,) = run.replay["differs"]
    assert (key["path"], key["a"], key["b"]) == ("knob", "b", "a")
    assert len(run.warnings) == 1
    assert "epoch 1 is bit for bit a replay of" in run.warnings[0]
    assert "differs in `knob`)" in run.warnings[0]
    record = joulebook.show(run.path)
    jsonschema.validate(record, schema("run"))
    assert record["replay"] == {"of": old.id, "epoch": 1}


def test_it_is_said_on_standard_error_and_by_show(script: Script) -> None:
    code = """
        import sys, joulebook
        with joulebook.start("p", {"note": sys.argv[1]}, seed=0, dir="l", quiet=False) as run:
            for epoch in run.epochs(3):
                epoch.log(loss=1 / (epoch.number + 0.1), accuracy=epoch.number / 7)
        joulebook._load.native.command([b"show", run.path.encode()])
        """
    assert "replay" not in script(code, "a").stderr
    result = script(code, "b")
    assert result.stderr.count("is bit for bit a replay of") == 1
    assert "replay    of " in result.stdout


def test_raise_ends_the_loop_and_another_seed_is_no_replay() -> None:
    train("raise", note="a")
    run, done = train("raise", note="b")
    assert done == 1 and run.should_stop and run.replay["action"] == "stop"
    other, done = train("raise", note="c", seed=1)
    assert done == 8 and other.replay is None
    blind, done = train("ignore", note="d")
    assert done == 8 and blind.replay is None


def test_a_run_that_is_meant_to_repeat_goes_on_and_keeps_that_it_did() -> None:
    old, _ = train("raise", note="a")

    def never(report: dict[str, Any]) -> bool:
        raise AssertionError(report)

    for policy in ("raise", never):
        run, done = train(policy, note="b", tags=["verify"])
        assert done == 8 and not run.should_stop and run.warnings == []
        assert run.replay["action"] == "none"
        assert joulebook.show(run.path)["replay"]["of"] == old.id


def test_a_longer_run_is_told_and_not_stopped() -> None:
    old, _ = train("raise", note="a", epochs=3)
    run, done = train("raise", note="b", epochs=5)
    assert done == 5 and run.replay["until"] == 3
    assert joulebook.show(run.path)["replay"] == {"of": old.id, "epoch": 1, "until": 3}


@pytest.mark.parametrize("no", [False, "stop"])
def test_a_callable_decides_before_the_start_and_at_the_epoch(no: object, tmp_path: Path) -> None:
    old, _ = train("warn", note="a")
    reports: list[dict[str, Any]] = []

    def refuse(report: dict[str, Any]) -> object:
        reports.append(report)
        return no

    with pytest.raises(joulebook.DuplicateRunError, match="Already run"):
        train(refuse, note="a")
    assert len(ledgers(tmp_path)) == 1
    assert not [path for path in (tmp_path / "l/.claims").iterdir() if path.suffix == ".json"]
    jsonschema.validate(reports[0], schema("check"))
    assert [report["verdict"] for report in reports] == ["already_run"]
    run, done = train(refuse, note="b")
    assert done == 1 and run.should_stop and run.warnings == []
    jsonschema.validate(reports[1], schema("replay"))
    assert len(reports) == 2 and reports[1]["of"] == old.id
    # Who says yes, or nothing at all of a replay, trains.
    again, done = train(lambda report: True, note="a")
    assert done == 8 and again.preflight["verdict"] == "already_run"
    told, done = train(reports.append, note="c")
    assert done == 8 and not told.should_stop and len(reports) == 3


def test_what_a_callable_raises_or_answers_wrongly_comes_out(tmp_path: Path) -> None:
    train("warn", note="a")

    def fail(report: dict[str, Any]) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(fail, note="a")
    with pytest.raises(TypeError, match="True to go on, or False"):
        train(lambda report: None, note="a")
    assert len(ledgers(tmp_path)) == 1
    with pytest.raises(KeyboardInterrupt):
        train(fail, note="b")
    # The claims are free again.
    run, _ = train("warn", note="c")
    assert run.preflight["verdict"] == "new" and math.isfinite(run.summary()["duration_s"])
