"""What was run already is taken from a search, whatever planned it."""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import joulebook
from conftest import clean_environment, ledgers, schema


def run(config: object, **options: Any) -> None:
    with joulebook.start("p", config=config, dir="l", on_duplicate="ignore", **options) as started:
        for epoch in started.epochs(2):
            sum(number * number for number in range(100_000))
            epoch.log(accuracy=epoch.number / 3)


def plan_of(trials: object, **options: Any) -> dict[str, Any]:
    plan = joulebook.sweep(trials, **{"against": "l", "project": "p", **options})
    jsonschema.validate(plan, schema("sweep"))
    return plan


def verdicts(plan: dict[str, Any]) -> list[str]:
    return [trial["verdict"] for trial in plan["results"]]


@dataclass
class Settings:
    lr: float
    seed: int = 0


def test_a_list_of_whatever_a_run_is_configured_with_is_subtracted() -> None:
    run({"lr": 0.1, "seed": 0}, data="sha256:1")
    going = joulebook.start("p", config={"lr": 0.4, "seed": 0}, dir="l")
    trials = [
        {"seed": "0", "lr": "1e-1"},
        Settings(lr=0.2),
        argparse.Namespace(lr=0.1, seed=0),
        {"lr": 0.4, "seed": 0},
    ]
    plan = plan_of(trials)
    going.finish(status="killed")
    assert verdicts(plan) == ["known", "new", "repeated", "running_now"]
    assert plan["saved_kwh"] > 0 and plan["remaining_kwh"] > 0
    assert plan["results"][0]["metrics"] == {"accuracy": 2 / 3}
    assert plan_of(iter(trials[:2])) == plan_of(trials[:2])
    assert verdicts(plan_of(trials[:1], data="sha256:2")) == ["new"]
    assert verdicts(plan_of(trials[:1], project="other")) == ["new"]


def test_a_grid_may_hold_ranges_and_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    run({"optim": {"lr": 0.01, "name": "sgd"}, "seed": 1})
    base = {"optim": {"name": "sgd"}}
    grid = {"optim.lr": numpy.array([0.1, 0.01]), "seed": range(2)}
    plan = plan_of({"grid": grid, "base": base})
    assert verdicts(plan) == ["new", "new", "new", "known"]
    assert plan["results"][1]["config"] == {"optim": {"name": "sgd", "lr": 0.1}, "seed": 1}
    assert verdicts(plan_of({"grid": {"lr": [1]}})) == ["new"]


@pytest.mark.parametrize(
    ("trials", "error", "named"),
    [
        (3, TypeError, "not int"),
        (b"l", TypeError, "not bytes"),
        ([{"lr": 1}, 3], TypeError, "trial 1: config must be"),
        ({"lr": 0.1}, ValueError, "a grid is"),
        ({"grid": {"lr": [1]}, "bass": {}}, ValueError, "a grid is"),
        ({"grid": [1]}, ValueError, "a grid is"),
        ({"grid": {"lr": 0.1}}, ValueError, "lr has no list of values"),
        ({"grid": {"lr": "0.1"}}, ValueError, "lr has no list of values"),
        ({"grid": {"lr": []}}, ValueError, "lr"),
        ({"grid": {"lr": itertools.count()}}, ValueError, "more than 1000000 values"),
        ({"grid": {str(n): range(100) for n in range(9)}}, ValueError, "more than 1000000 trials"),
        ("missing", OSError, "missing"),
        (Path("l"), ValueError, "no directory of a Hydra multirun"),
    ],
)
def test_what_is_no_search_is_one_clear_error(
    trials: object, error: type[Exception], named: str, tmp_path: Path
) -> None:
    (tmp_path / "l").mkdir()
    with pytest.raises(error, match=named) as caught:
        plan_of(trials)
    assert len(str(caught.value).splitlines()) == 1


def test_a_ledger_directory_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="l"):
        plan_of([{"lr": 0.1}])
    with pytest.raises(TypeError, match="Optuna"):
        plan_of([{"lr": 0.1}], config=dict)


APP = """
    import hydra, joulebook, os

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(config):
        if config.lr == 0.3:
            os._exit(1)
        with joulebook.start("p", config=config, dir=hydra.utils.to_absolute_path("l")) as run:
            for epoch in run.epochs(1):
                epoch.log(accuracy=config.lr / 3)

    main()
    """


@pytest.fixture
def app(tmp_path: Path) -> Path:
    pytest.importorskip("hydra")
    (tmp_path / "app.py").write_text(textwrap.dedent(APP))
    (tmp_path / "conf" / "db").mkdir(parents=True)
    (tmp_path / "conf" / "config.yaml").write_text(
        "defaults: [db: a, _self_]\nlr: 0.5\nseed: 7\nname: run-${lr}\noptim: {wd: 1e-4}\n"
        "hydra: {sweeper: {params: {seed: 'range(0,2)'}}}\n"
    )
    for name in "ab":
        (tmp_path / "conf" / "db" / f"{name}.yaml").write_text(f"rows: {ord(name)}\n")
    return tmp_path


def multirun(app: Path, *overrides: str, status: int = 0) -> Path:
    result = subprocess.run(
        [sys.executable, "app.py", "-m", "hydra.sweep.dir=many", *overrides],
        cwd=app,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == status, result.stderr
    return app / "many"


def test_a_multirun_of_hydra_that_was_run_has_nothing_left(app: Path) -> None:
    many = multirun(app, "lr=0.1,0.2", "seed=0,1")
    plan = plan_of(many)
    assert verdicts(plan) == ["known"] * 4
    points = [(trial["config"]["seed"], trial["config"]["lr"]) for trial in plan["results"]]
    assert points == list(itertools.product((0, 1), (0.1, 0.2)))
    accuracies = [trial["metrics"]["accuracy"] for trial in plan["results"]]
    assert accuracies == [lr / 3 for _, lr in points]
    (many / "multirun.yaml").unlink()
    assert plan_of(many) == plan


def test_jobs_of_a_multirun_that_were_not_started_remain(app: Path) -> None:
    # The third job ends the program. The seeds are those of the configuration.
    overrides = ["lr=0.1,0.2,0.3", "optim.wd=0.01", "+extra=[1,2]"]
    many = multirun(app, *overrides, status=1)
    assert len(ledgers(app / "l")) == 2
    assert sorted(job.name for job in many.iterdir() if job.is_dir()) == ["0", "1", "2"]
    plan = plan_of(many)
    # One that was started and one that was not are told alike.
    assert verdicts(plan) == ["known", "known", "new", "new", "new", "new"]
    expected = {"db": {"rows": 97}, "optim": {"wd": 0.01}, "extra": [1, 2]}
    for trial, (seed, lr) in zip(
        plan["results"], itertools.product((0, 1), (0.1, 0.2, 0.3)), strict=True
    ):
        assert trial["config"] == {**expected, "lr": lr, "seed": seed, "name": f"run-{lr}"}


def test_what_a_group_stands_for_is_known_of_jobs_that_were_started(app: Path) -> None:
    many = multirun(app, "lr=0.1", "seed=7", "db=a,b")
    assert verdicts(plan_of(many)) == ["known", "known"]
    (many / "1" / ".hydra" / "config.yaml").unlink()
    with pytest.raises(ValueError, match="db=b"):
        plan_of(many)


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        ("multirun.yaml", "a: [", "multirun.yaml cannot be read"),
        ("multirun.yaml", "a: 1", "multirun.yaml is not one that Hydra wrote"),
        ("multirun.yaml", "hydra: 3", "multirun.yaml is not one that Hydra wrote"),
        ("multirun.yaml", "[" * 100_000, "multirun.yaml is nested too deep"),
        ("0/.hydra/config.yaml", b"\xff\xfe\x00", "config.yaml cannot be read"),
        ("0/.hydra/config.yaml", "- 1", "config.yaml is not a configuration"),
        ("0/.hydra/config.yaml", "a: !!python/object/apply:os.getcwd []", "cannot be read"),
        ("0/.hydra/config.yaml", "a: &x [1]\nb: [*x, *x]", "line 2 is an alias"),
        ("0/.hydra/config.yaml", "a: " + "x" * (1 << 20), "larger than"),
        ("0/.hydra/overrides.yaml", "a: 1", "overrides.yaml is not a list"),
        ("0/.hydra/overrides.yaml", None, "overrides.yaml is no regular file"),
    ],
)
def test_files_of_a_multirun_that_mean_nothing_are_one_clear_error(
    file: str, content: str | bytes | None, named: str, tmp_path: Path
) -> None:
    pytest.importorskip("omegaconf")
    job = tmp_path / "many" / "0" / ".hydra"
    job.mkdir(parents=True)
    (tmp_path / "l").mkdir()
    (job / "config.yaml").write_text("lr: 0.1")
    (job / "overrides.yaml").write_text("[]")
    assert verdicts(plan_of(tmp_path / "many")) == ["new"]
    path = tmp_path / "many" / file
    if content is None:
        path.unlink()
        os.mkfifo(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=named) as caught:
        plan_of(tmp_path / "many")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ("['lr=range(0,1000000000000)']", "more than 10000 jobs"),
        ("['lr=shuffle(range(0,1000000000000))']", "more than 10000 jobs"),
        ("['lr=interval(0,1)']", "lr is swept over an interval"),
        ("['db=glob(*)']", "db is no list of values"),
        ("['+list=[1]', 'list.5=1']", "list.5=1 cannot be set"),
        ("['lr']", "multirun.yaml: "),
        ("['lr=[1']", "multirun.yaml: "),
        ("['~lr']", "told by jobs that were started only"),
        (f"['{'l' * 70_000}=1']", "characters of overrides"),
    ],
)
def test_overrides_that_plan_no_jobs_are_one_clear_error(
    overrides: str, named: str, tmp_path: Path
) -> None:
    pytest.importorskip("hydra")
    (tmp_path / "l").mkdir()
    (tmp_path / "many").mkdir()
    target = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"
    (tmp_path / "many" / "multirun.yaml").write_text(
        f"hydra: {{sweeper: {{_target_: {target}, params: null}}, runtime: {{choices: {{}}}}, "
        f"overrides: {{task: {overrides}}}}}\nlr: 1\n"
    )
    with pytest.raises(ValueError, match=named) as caught:
        plan_of(tmp_path / "many")
    assert len(str(caught.value).splitlines()) == 1


def test_without_hydra_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.makedirs(tmp_path / "many" / "0" / ".hydra")
    for name in ("config", "overrides"):
        (tmp_path / "many" / "0" / ".hydra" / f"{name}.yaml").write_text("{}")
    monkeypatch.setitem(sys.modules, "omegaconf", None)
    with pytest.raises(ImportError, match="pip install hydra-core"):
        plan_of(tmp_path / "many")
