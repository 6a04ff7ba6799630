"""Jobs of the real Slurm, in which Python programs and `joulebook run` keep ledgers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from slurm import BIN, PROGRAMS, Cluster, shown, wait

PAGE = (ROOT / "Integrations/Python/docs/slurm.md").read_text()
HERE = {"JOULEBOOK_DIR": "joulebook"}
# Trains `sys.argv[1]` epochs from where its checkpoint is, which every second epoch writes.
TRAIN = """
import os, signal, sys, time
import joulebook

words = sys.argv[2:]
name = "-".join([os.environ["SLURM_JOB_ID"], os.environ["SLURM_PROCID"], *words])
saved = f"{name}.txt"
done = int(open(saved).read()) if os.path.exists(saved) else 0
with joulebook.start("line", config={"lr": 0.1, "seed": 0}) as run:
    if "deaf" in words:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for epoch in run.epochs(int(sys.argv[1]) - done, first=done + 1):
        if epoch.number == 4 and "waits" in words:
            open(f"{name}.waits", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.02)
        if epoch.number == 2 and "breaks" in words:
            raise ValueError("no more")
        epoch.log(loss=1 / epoch.number)
        if epoch.number % 2 == 0:
            open(saved, "w").write(str(epoch.number))
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    lacking = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if lacking or os.getuid() != 0:
        pytest.skip(f"no Slurm of our own: {', '.join(lacking) or 'only root may start it'}")
    if not (BIN / "joulebook").exists():
        pytest.skip("the Python package is not installed")
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        try:
            cluster.start()
        except AssertionError as error:
            pytest.skip(f"Slurm does not start here: {error}\n{cluster.said()}")
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder under git with a training in it."""
    (tmp_path / "train.py").write_text(TRAIN)
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    author = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "-m", "m"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


def told(folder: Path, *arguments: str) -> Any:
    """What the command prints of the ledgers of a folder, as JSON."""
    command = [BIN / "joulebook", *arguments, "joulebook", "--json"]
    # An audit that finds waste ends with 3.
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode in (0, 3), result.stderr
    return json.loads(result.stdout)


def epochs(run: dict[str, Any]) -> list[int]:
    return [epoch["epoch"] for epoch in run["epochs"]]


def ids(runs: list[dict[str, Any]]) -> set[str]:
    return {run["run_id"] for run in runs}


def batch(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *lines, ""])


def test_the_example_runs_as_printed_and_its_second_job_is_an_exact_rerun(
    slurm: Cluster, tmp_path: Path
) -> None:
    for kind, name in (("python", "train.py"), ("bash", "job.sh"), ("gitignore", ".gitignore")):
        (block,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / name).write_text(block)
    commit(tmp_path)
    jobs = []
    for _ in range(2):
        jobs.append(slurm("sbatch", "--parsable", "job.sh", cwd=tmp_path, **HERE).stdout.strip())
        assert slurm.ended(jobs[-1]) == "COMPLETED"
    runs = shown(tmp_path)
    assert [run["rank"] for run in runs] == [0, 1, 2, 3] * 2
    assert [run["env"]["SLURM_JOB_ID"] for run in runs] == [jobs[0]] * 4 + [jobs[1]] * 4
    first, second = ids(runs[:4]), ids(runs[4:])
    assert len(first) == len(second) == 1 and first != second
    for run in runs:
        assert run["status"] == "finished" and epochs(run) == [1, 2, 3]
        assert {"loss", "val_loss"} <= set(run["epochs"][0]["metrics"])
        env = {name: run["env"][f"SLURM_{name}"] for name in ("JOB_NAME", "JOB_PARTITION")}
        assert env == {"JOB_NAME": "line", "JOB_PARTITION": "short"}
        assert run["env"]["SLURM_JOB_NODELIST"] == run["hardware"]["host"] == slurm.name
    found = told(tmp_path, "audit")["findings"]
    names = ("class", "proof", "run_id", "of")
    assert [[one[name] for name in names] for one in found] == [
        ["exact_rerun", "bit", *second, *first]
    ]


def test_a_wrapped_program_that_logs_is_counted_once(slurm: Cluster, place: Path) -> None:
    slurm("srun", "-n", "4", "joulebook", "run", "--", "python", "train.py", "3", cwd=place, **HERE)
    runs = shown(place)
    outer = [run for run in runs if run["project"] == "train"]
    inner = [run for run in runs if run["project"] == "line"]
    assert len(outer) == len(inner) == 4
    assert len(ids(outer)) == len(ids(inner)) == 1 and ids(outer) != ids(inner)
    assert {run["env"]["JOULEBOOK_PARENT_RUN"] for run in inner} == ids(outer)
    most = max(run["totals"]["energy_j"] for run in outer)
    counted = told(place, "lifecycle")["totals"]["energy"]["it_kwh"] * 3.6e6
    # Eight ledgers, of which tasks that begin one after another overlap in part.
    everything = sum(run["totals"]["energy_j"] for run in runs)
    assert most * 0.9 <= counted <= everything / 2


def test_steps_and_programs_of_one_task_are_runs_of_their_own(slurm: Cluster, place: Path) -> None:
    script = batch(
        "srun --overlap -n 2 python train.py 1", "srun --overlap -n 2 python train.py 1",
        "srun --overlap -n 1 bash -c 'python train.py 1; python train.py 1'", "python train.py 1",
    )  # fmt: skip
    job = slurm.submit(script, "-n", "2", "--array=3-4", cwd=place, **HERE)
    assert slurm.ended(job) == "COMPLETED", (place / "out.txt").read_text()
    runs = shown(place)
    assert {run["env"]["SLURM_ARRAY_JOB_ID"] for run in runs} == {job}
    for task in ("3", "4"):
        own = [run for run in runs if run["env"]["SLURM_ARRAY_TASK_ID"] == task]
        assert len(ids(own)) == 5
        assert sorted(str(run.get("rank")) for run in own) == ["0", "0", "1", "1", *["None"] * 3]
    assert len(ids(runs)) == 10


def test_energy_is_added_up_by_user_and_by_account(slurm: Cluster, place: Path) -> None:
    script = batch("python train.py 2", "srun -n 2 python train.py 1")
    for account in ("physics", "biology"):
        job = slurm.submit(script, "-n", "2", f"--account={account}", cwd=place, **HERE)
        assert slurm.ended(job) == "COMPLETED", (place / "out.txt").read_text()
    runs = shown(place)
    assert len({run["user"] for run in runs}) == 1
    energies = {}
    for option, value, count in [
        ("--user", runs[0]["user"], 4), ("--user", "nobody else", 0), ("--account", "physics", 2),
        ("--account", "biology", 2), ("--account", "nobody's", 0),
    ]:  # fmt: skip
        summary = told(place, "lifecycle", option, value)
        assert summary["scope"][option[2:]] == value and summary["scope"]["runs"] == count
        energies[value] = summary["totals"]["energy"]["it_kwh"]
    assert energies["physics"] > 0 and energies["biology"] > 0
    whole = told(place, "lifecycle", "--beside", "account=physics")
    assert whole["beside"][0]["totals"]["energy"]["it_kwh"] == energies["physics"]
    # Nodes' meters went on between the jobs, and a joule is either one's or the other's.
    assert energies["physics"] + energies["biology"] == pytest.approx(
        whole["totals"]["energy"]["it_kwh"]
    )
    assert energies[runs[0]["user"]] == whole["totals"]["energy"]["it_kwh"]


def test_a_step_that_is_put_back_goes_on_with_its_run(slurm: Cluster, place: Path) -> None:
    script = batch("srun python train.py 6 waits")
    job = slurm.submit(script, "-n", "2", "--requeue", cwd=place, **HERE)
    put_back(slurm, place, job, 2)
    runs = shown(place)
    assert len(ids(runs)) == 1 and [run["rank"] for run in runs] == [0, 1, 0, 1]
    assert [run["env"].get("SLURM_RESTART_COUNT") for run in runs] == [None, None, "1", "1"]
    whole = told(place, "show")
    # The third epoch was behind the last checkpoint: that is the work that was lost.
    trained = [epoch["epoch"] for epoch in whole["epochs"] if "loss" in epoch["metrics"]]
    assert trained == [1, 2, 3, 3, 4, 5, 6]
    assert whole["status"] == "finished"


def test_a_batch_script_that_is_put_back_goes_on_with_what_it_had_not_finished(
    slurm: Cluster, place: Path
) -> None:
    script = batch(
        "python train.py 2 first", "joulebook run -- python train.py 6 waits", "python train.py 2"
    )
    job = slurm.submit(script, "--requeue", cwd=place, **HERE)
    put_back(slurm, place, job, 1)
    runs = [run for run in shown(place) if run["project"] == "line"]
    first, waits, again, goes_on, last = (run["run_id"] for run in runs)
    assert waits == goes_on and len({first, waits, again, last}) == 4
    outer = [run["run_id"] for run in shown(place) if run["project"] == "train"]
    assert len(outer) == 2 and len(set(outer)) == 1
    assert {run["env"].get("JOULEBOOK_PARENT_RUN") for run in runs} == {None, *outer}


def put_back(slurm: Cluster, place: Path, job: str, tasks: int) -> None:
    """Has a job run again once all its tasks wait, and to its end."""
    wait(lambda: len([*place.glob("*.waits")]) == tasks, "the training")
    slurm("scontrol", "requeue", job)
    wait(lambda: slurm.states(job) == {"PENDING"}, "the queue")
    # Slurm would let two minutes pass; within a second it takes the new attempt for the old one.
    slurm("scontrol", "update", f"JobId={job}", "StartTime=now+2")
    (place / "go").touch()
    assert slurm.ended(job) == "COMPLETED", (place / "out.txt").read_text()


@pytest.mark.parametrize("words", ["waits", "deaf waits"])
def test_a_cancelled_job_loses_no_epoch(slurm: Cluster, place: Path, words: str) -> None:
    job = slurm.submit(batch(f"srun python train.py 6 {words}"), "-n", "2", cwd=place, **HERE)
    wait(lambda: len([*place.glob("*.waits")]) == 2, "the training")
    slurm("scancel", job)
    assert slurm.ended(job) == "CANCELLED"
    # Whoever does not listen is killed a little later.
    wait(lambda: all(run["status"] == "killed" for run in shown(place)), "the end")
    for run in shown(place):
        assert [one["epoch"] for one in run["epochs"] if "loss" in one["metrics"]] == [1, 2, 3]


def test_a_failure_is_the_exit_status_of_the_job_and_of_the_run(
    slurm: Cluster, place: Path
) -> None:
    job = slurm.submit(batch("srun python train.py 6 breaks"), cwd=place, **HERE)
    assert slurm.ended(job) == "FAILED"
    (run,) = shown(place)
    assert run["status"] == "failed" and epochs(run)[0] == 1
    slurm("srun", "joulebook", "run", "--", "sh", "-c", "exit 7", cwd=place, status=7, **HERE)
    assert shown(place)[-1]["status"] == "failed"


def test_the_task_prolog_tells_what_the_site_knows_and_leaves_what_a_user_set(
    slurm: Cluster, place: Path
) -> None:
    train = ("srun", "python", "train.py", "1")
    slurm(*train, cwd=place, HOME=str(place))
    slurm(*train, cwd=place, HOME=str(place), JOULEBOOK_PUE="1.5", JOULEBOOK_DIR="own")
    (run,), (own,) = shown(place / "joulebook"), shown(place / "own")
    assert [run["env"]["JOULEBOOK_REGION"], run["env"]["JOULEBOOK_PUE"]] == ["FR", "1.2"]
    assert own["env"]["JOULEBOOK_PUE"] == "1.5"
