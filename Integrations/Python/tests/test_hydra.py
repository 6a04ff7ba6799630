"""Each job of Hydra is a run, and what Hydra knows of it is in the ledger."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from trainings import (
    PAGES,
    by_start,
    epochs_of,
    example,
    kill,
    only_run,
    reruns_exactly,
    run,
    start,
)

import joulebook
from conftest import shown

pytest.importorskip("hydra", reason="Hydra is not installed")

CONFIG = """
    hydra:
      callbacks:
        joulebook:
          _target_: joulebook.hydra.JoulebookCallback
          project: p
          interval_s: 0.01
          MORE
    seed: 3
    lr: 0.1
    model: {width: 4, twice: "${lr}"}
    place: "${hydra:runtime.output_dir}/out"
    """
JOB = """
    import sys, hydra
    from joulebook.hydra import current

    @hydra.main(config_path=".", config_name="config", version_base=None)
    def train(config):
        for epoch in current().epochs(COUNT):
            epoch.log(loss=config.lr)
            BODY
        return config.lr * 2

    train()
    """


def job(directory: Path, more: str = "", *, body: str = "pass", count: int = 2) -> str:
    """Writes the configuration; the program."""
    text = "\n".join(line[4:] for line in CONFIG.splitlines())
    (directory / "config.yaml").write_text(text.replace("MORE", more))
    return JOB.replace("BODY", body).replace("COUNT", str(count))


def test_all_that_hydra_knows_is_in_the_ledger(tmp_path: Path) -> None:
    run(job(tmp_path, "tags: [try]"), tmp_path, "lr=0.5")
    found = shown(tmp_path)
    assert (found["status"], found["project"], found["tags"]) == ("finished", "p", ["try"])
    assert found["config"] == {
        "seed": 3,
        "lr": 0.5,
        "model": {"width": 4, "twice": 0.5},
        "place": "${hydra:runtime.output_dir}/out",
    }
    assert found["seed"] == 3 and found.get("sweep") is None
    assert found["env"]["hydra_overrides"] == "lr=0.5"
    assert Path(found["env"]["hydra_output_dir"]).is_relative_to(tmp_path / "outputs")
    assert epochs_of(found) == [1, 2] and found["metrics"]["objective"] == 1.0


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    (config,) = re.findall(r"```yaml\n(.*?)```", (PAGES / "hydra.md").read_text(), re.DOTALL)
    (tmp_path / "config.yaml").write_text(config)
    (tmp_path / "numbers.txt").write_text("".join(f"{number}\n" for number in range(1, 11)))
    first = reruns_exactly("hydra.md", tmp_path)
    assert epochs_of(first) == [1, 2, 3]
    run(example("hydra.md"), tmp_path, "--multirun", "lr=0.1,0.2")
    third, fourth = by_start(tmp_path)[2:]
    assert third["config"] == first["config"] != fourth["config"]


RESOLVERS = """
    import joulebook.hydra
    from omegaconf import OmegaConf
    counts = {"next": 0}
    def count(step):
        counts["next"] += step
        return counts["next"]
    OmegaConf.register_new_resolver("count", count)
    OmegaConf.register_new_resolver("my.count", count)
    """


def test_what_a_resolver_gives_the_job_is_asked_for_by_the_job_alone(tmp_path: Path) -> None:
    source = job(tmp_path, body="print(config.drawn, flush=True)", count=1)
    overrides = {
        "drawn": "${count:1}",
        "again": "${drawn}",
        "text": r"\\\${lr} of ${my.count:${lr}}",
        "name": "count",
        "by_name": "${${name}:1}",
        "list": ["${.1}", "${count:1}", "${oc.select:drawn}"],
        "nested": "${part}",
        "part": {"a": "${count:1}", "b": "${lr}"},
    }
    with (tmp_path / "config.yaml").open("a") as file:
        file.writelines(f"{name}: {json.dumps(value)}\n" for name, value in overrides.items())
    with start(textwrap.dedent(RESOLVERS) + textwrap.dedent(source), tmp_path) as process:
        printed, said = process.communicate(timeout=120)
    assert printed.splitlines() == ["1"], said
    config = shown(tmp_path)["config"]
    assert {name: config[name] for name in overrides} == {
        "drawn": "${count:1}",
        "again": "${count:1}",
        "text": overrides["text"],
        "name": "count",
        "by_name": "${${name}:1}",
        "list": ["${count:1}", "${count:1}", "${count:1}"],
        "nested": {"a": "${count:1}", "b": 0.1},
        "part": {"a": "${count:1}", "b": 0.1},
    }


def test_a_seed_is_what_the_job_has_or_not_known(tmp_path: Path) -> None:
    source = textwrap.dedent(RESOLVERS) + textwrap.dedent(job(tmp_path, count=1))
    run(source, tmp_path, "seed=${count:1}")
    run(source, tmp_path, "seed=???")
    run(source, tmp_path, "seed=${hydra:job.num}", "--multirun")
    drawn, missing, numbered = (one.get("seed") for one in by_start(tmp_path))
    assert (drawn, missing, numbered) == (None, None, 0)


def test_files_are_found_below_a_directory_that_hydra_names(tmp_path: Path) -> None:
    (tmp_path / "numbers").write_text("1 2 3")
    source = job(tmp_path, "files: [paths.data]", count=1)
    overrides = ("+root=${hydra:runtime.cwd}", "+paths.data=${root}/numbers")
    run(source, tmp_path, *overrides, "hydra.job.chdir=true")
    expected = joulebook.fingerprint(tmp_path / "numbers").value
    assert shown(tmp_path)["data"]["fingerprint"] == expected


def test_keys_with_dots_types_and_missing_values_are_as_the_job_has_them(tmp_path: Path) -> None:
    source = """
        from dataclasses import dataclass
        import hydra
        from hydra.core.config_store import ConfigStore
        from joulebook.hydra import current

        @dataclass
        class Typed:
            lr: float = "${oc.env:LR}"
            width: int = "???"

        ConfigStore.instance().store("typed", Typed, group="typed")

        @hydra.main(config_path=".", config_name="config", version_base=None)
        def train(config):
            current()
            assert config.typed.lr == 0.5

        import os
        os.environ["LR"] = "0.5"
        train()
        """
    job(tmp_path)
    with (tmp_path / "config.yaml").open("a") as file:
        file.write('a.b: 5\ntable: {1: one, c.d: "${lr}"}\nlost: "${typed.width}"\n')
    run(source, tmp_path, "+typed=typed")
    config = shown(tmp_path)["config"]
    assert config["a.b"] == 5 and config["table"] == {"1": "one", "c.d": 0.1}
    assert config["typed"] == {"lr": 0.5, "width": "???"}
    assert config["lost"] == "${typed.width}"


def test_jobs_of_a_multirun_are_trials_of_one_sweep(tmp_path: Path) -> None:
    run(job(tmp_path), tmp_path, "--multirun", "lr=0.1,0.2", "hydra.sweep.dir=search")
    first, second = by_start(tmp_path)
    assert first["sweep"] == second["sweep"] == "search"
    told = [(one["env"]["hydra_job"], one["env"]["hydra_overrides"]) for one in (first, second)]
    assert told == [(0, "lr=0.1"), (1, "lr=0.2")]


def test_a_sweep_knows_the_jobs_that_were_done(tmp_path: Path) -> None:
    run(job(tmp_path), tmp_path, "--multirun", "lr=0.1,0.2", "place=x", "hydra.sweep.dir=search")
    plan = joulebook.sweep(tmp_path / "search", against=tmp_path / "joulebook", project="p")
    assert [trial["verdict"] for trial in plan["results"]] == ["known", "known"]


def test_ledgers_stay_together_where_each_job_has_a_directory(tmp_path: Path) -> None:
    run(job(tmp_path), tmp_path, "--multirun", "lr=0.1,0.2", "hydra.job.chdir=true")
    assert len(list((tmp_path / "joulebook").rglob("*.joule"))) == 2


def test_secrets_among_the_overrides_are_not_kept(tmp_path: Path) -> None:
    run(job(tmp_path), tmp_path, "+api_key=abcdefghijkl")
    (path,) = tmp_path.rglob("*.joule")
    assert "abcdefghijkl" not in str(joulebook.show(path))


def test_a_loop_that_is_left_is_told(tmp_path: Path) -> None:
    run(job(tmp_path, body="if epoch.number == 2: break", count=3), tmp_path)
    found = shown(tmp_path)
    assert (found["status"], found["tags"]) == ("finished", ["stopped-early"])
    assert found["notes"][0]["text"] == "stopped early: epoch 2"


def test_the_callback_of_a_framework_takes_the_run_of_the_job(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    source = """
        import hydra, numpy, xgboost
        from joulebook.hydra import current
        from joulebook.xgboost import JoulebookCallback

        @hydra.main(config_path=".", config_name="config", version_base=None)
        def train(config):
            data = xgboost.DMatrix(numpy.eye(4), label=[0, 1, 0, 1])
            xgboost.train({"nthread": 1}, data, 3, callbacks=[JoulebookCallback(current())])

        train()
        """
    job(tmp_path)
    run(source, tmp_path)
    found = shown(tmp_path)
    assert xgboost is not None
    assert (found["status"], epochs_of(found)) == ("finished", [1, 2, 3])
    assert found.get("tags") in (None, [])


def test_a_job_that_raises_fails_its_run(tmp_path: Path) -> None:
    source = job(tmp_path, body="1 / 0")
    said = run(source, tmp_path, status=1)
    found = shown(tmp_path)
    assert "ZeroDivisionError" in said
    assert (found["status"], epochs_of(found)) == ("failed", [1])


@pytest.mark.parametrize(
    ("leaves", "status"),
    [("sys.exit(0)", "failed"), ("current().finish(); sys.exit(0)", "finished")],
)
def test_a_job_that_ends_the_program_has_failed_unless_it_says_otherwise(
    tmp_path: Path, leaves: str, status: str
) -> None:
    run(job(tmp_path, body=leaves), tmp_path)
    assert shown(tmp_path)["status"] == status


def test_a_job_that_was_done_already_fails_where_it_is_asked_for(tmp_path: Path) -> None:
    source = job(tmp_path, "on_duplicate: raise\n      proof: statistical")
    run(source, tmp_path)
    said = run(source, tmp_path, status=1)
    assert "DuplicateRunError" in said
    assert epochs_of(shown(tmp_path)) == [1, 2]


def test_a_killed_job_goes_on_as_the_same_run(tmp_path: Path) -> None:
    body = "print('epoch', epoch.number, flush=True); sys.stdin.readline()"
    source = job(tmp_path, "resume: run", body=body, count=3)
    source = source.replace("train()\n", "sys.argv.append('hydra.run.dir=out'); train()\n", 1)
    kill(source, tmp_path, "epoch 2")
    killed = only_run(tmp_path)
    assert killed["status"] == "killed"
    run(source, tmp_path)
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    assert not (tmp_path / "out" / "run").exists()


def test_a_budget_stops_the_loop(tmp_path: Path) -> None:
    budget = "budget: {energy_kwh: 1.0e-12, on_exceed: stop}"
    run(job(tmp_path, budget, body="import time; time.sleep(0.001)", count=1000), tmp_path)
    found = shown(tmp_path)
    assert found["status"] == "finished" and len(found["epochs"]) < 1000
    assert found.get("tags") in (None, [])


def test_without_the_callback_the_job_is_told_what_to_set(tmp_path: Path) -> None:
    source = job(tmp_path)
    said: Any = run(source, tmp_path, "~hydra.callbacks.joulebook", status=1)
    assert "hydra.callbacks.joulebook._target_" in said
