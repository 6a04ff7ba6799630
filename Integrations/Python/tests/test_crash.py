"""Whatever ends or copies the process, what was acknowledged is kept and nothing hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import joulebook
from conftest import Script, clean_environment, ledgers, shown, the_ledger

# The campaign of issue 2; JOULEBOOK_KILLS=20 makes it short.
KILLS = int(os.environ.get("JOULEBOOK_KILLS", "200"))


# Far more epochs a second than anybody trains; and as fast as the interpreter goes, where the
# bounded ring has to refuse some, which are then counted.
@pytest.mark.parametrize("pause_s", [0.0003, 0.0])
def test_an_epoch_that_was_acknowledged_survives_any_kill_or_is_counted(
    script: Script, pause_s: float
) -> None:
    # Each training is a process of its own, forked from one that has only imported the package.
    report = script(
        """
        import json, os, random, signal, sys, time
        import joulebook
        import joulebook._start

        def train(directory, acknowledge):
            run = joulebook.start("p", config={"seed": 1}, dir=directory, on_duplicate="ignore",
                                  capture={"code": False}, quiet=True)
            for epoch in run.epochs():
                run.log(step=epoch.number, loss=1.0 / epoch.number)
                epoch.log(number=float(epoch.number), half=epoch.number / 2)
                epoch.end()
                os.write(acknowledge, epoch.number.to_bytes(8, "little"))
                if pause_s:
                    time.sleep(pause_s)

        seed, pause_s = int(sys.argv[2]), float(sys.argv[3])
        random.seed(seed)
        lost, wrong, states, acknowledged, refused = [], [], {}, 0, 0
        for kill in range(int(sys.argv[1])):
            directory = f"kill{kill}"
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reader)
                try:
                    train(directory, writer)
                finally:
                    os._exit(1)
            os.close(writer)
            last = os.read(reader, 8)
            time.sleep(random.expovariate(1 / 0.01))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            rest = b""
            while piece := os.read(reader, 1 << 20):
                rest += piece
            os.close(reader)
            count = int.from_bytes((last + rest)[-8:], "little")
            acknowledged += count
            run = joulebook.show(directory)
            epochs = run["epochs"]
            counted = sum((run.get("drops") or {}).get("epochs", {}).values())
            refused += counted
            if len(epochs) + counted < count:
                lost.append([kill, count, len(epochs), counted])
            numbers = [epoch["epoch"] for epoch in epochs]
            if numbers != sorted(set(numbers)) or not counted and numbers != list(
                range(1, len(numbers) + 1)
            ):
                wrong.append([kill, "numbers", len(numbers)])
            for epoch in epochs:
                number = epoch["epoch"]
                if epoch["metrics"] != {"number": number, "half": number / 2}:
                    wrong.append([kill, number, epoch])
            state = run["integrity"]["state"]
            states[state] = states.get(state, 0) + 1
        print(json.dumps({"lost": lost, "wrong": wrong[:3], "states": states,
                          "acknowledged": acknowledged, "refused": refused}))
        """,
        str(KILLS),
        str(seed := int(time.time())),
        str(pause_s),
    ).stdout
    result = json.loads(report)
    print(
        f"seed {seed}: {result['acknowledged']} epochs over {KILLS} kills, {result['states']},"
        f" {result['refused']} refused and counted"
    )
    assert result["lost"] == []
    assert result["wrong"] == []
    assert pause_s == 0 or result["refused"] == 0
    assert result["states"] == {"torn": KILLS}
    assert result["acknowledged"] >= KILLS


def test_a_killed_run_is_torn_and_not_damaged(tmp_path: Path) -> None:
    source = (
        "import joulebook, os, signal\n"
        "run = joulebook.start('p', dir='ledgers')\n"
        "for epoch in run.epochs(5): epoch.log(loss=epoch.number)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, env=clean_environment())
    assert killed.returncode == -signal.SIGKILL
    run = shown(tmp_path / "ledgers")
    assert [epoch["metrics"]["loss"] for epoch in run["epochs"]] == [1, 2, 3, 4, 5]
    assert run["integrity"]["state"] == "torn"
    assert run["status"] == "killed"
    verify = subprocess.run(
        [sys.executable, "-m", "joulebook", "verify", str(the_ledger(tmp_path))],
        capture_output=True,
        text=True,
    )
    assert verify.returncode == 1
    assert "torn" in verify.stdout


@pytest.mark.parametrize(
    ("ending", "status", "code"),
    [
        ("pass", "finished", 0),
        ("raise ValueError", "failed", 1),
        ("sys.exit(0)", "finished", 0),
        ("sys.exit(3)", "failed", 3),
        ("raise KeyboardInterrupt", "killed", -signal.SIGINT),
    ],
)
def test_a_run_that_nobody_finished_is_closed_at_exit(
    ending: str, status: str, code: int, script: Script, tmp_path: Path
) -> None:
    script(
        f"""
        import joulebook, sys
        run = joulebook.start("p")
        for epoch in run.epochs(2):
            epoch.log(loss=1.0)
        {ending}
        """,
        status=code,
    )
    run = shown(tmp_path)
    assert run["status"] == status
    assert run["integrity"]["state"] == "clean"
    assert len(run["epochs"]) == 2


def test_forking_while_another_thread_logs_hangs_nobody(script: Script, tmp_path: Path) -> None:
    result = script(
        """
        import os, sys, threading, time, warnings
        import joulebook
        warnings.simplefilter("ignore")

        run = joulebook.start("p", quiet=True)
        logged, going = 0, True
        def work():
            global logged
            while going:
                run.log(step=logged, loss=1.0)
                with run.epoch(logged) as epoch:
                    epoch.log({f"m{logged % 7}": 1.0})
                logged += 1
                time.sleep(0.0005)
        thread = threading.Thread(target=work)
        thread.start()
        children = []
        for index in range(60):
            child = os.fork()
            if child == 0:
                going = False
                run.log(step=1, loss=2.0, **{f"child{index}": 1.0})
                with run.epoch(-1) as epoch, epoch.phase("x"):
                    epoch.log(loss=2.0, child=3.0)
                run.tag("child")
                run.summary(), run.warnings
                if index % 3 == 0: run.finish("failed")
                if index % 3 == 1: raise SystemExit(0)
                sys.exit(0)
            children.append(child)
            time.sleep(0.002)
        going = False
        thread.join()
        deadline = time.monotonic() + 60
        for child in children:
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                if time.monotonic() > deadline:
                    os.kill(child, 9)
                    raise SystemExit(f"child {child} hangs")
                time.sleep(0.005)
        assert run.path is not None
        run.finish()
        print(logged)
        """
    )
    run = shown(tmp_path)
    assert run["integrity"]["state"] == "clean"
    assert run["status"] == "finished"
    assert "child" not in run.get("tags", [])
    assert [epoch["epoch"] for epoch in run["epochs"]] == list(range(int(result.stdout)))
    assert not any("child" in epoch["metrics"] for epoch in run["epochs"])


@pytest.mark.parametrize("quiet", [False, True])
def test_a_child_that_logs_to_its_parents_run_is_told_once(quiet: bool, script: Script) -> None:
    result = script(
        f"""
        import os, joulebook
        run = joulebook.start("p", quiet={quiet})
        epoch = run.epoch(1)
        if os.fork() == 0:
            for step in range(3):
                run.log(step=step, loss=1.0)
                epoch.log(loss=1.0)
            run.tag("child")
            assert len(run.warnings) == 1 and "forked child" in run.warnings[0]
            os._exit(0)
        assert os.wait()[1] == 0
        assert run.warnings == []
        run.finish()
        """
    )
    told = "LedgerWarning: joulebook: what a forked child logs to its parent's run is not kept"
    assert result.stderr.count("forked child logs") == (0 if quiet else 1)
    assert (told in result.stderr) is not quiet
    assert quiet or "train.py:7: " in result.stderr


def test_what_an_open_epoch_logged_is_lost_with_the_process_and_steps_are_not(
    script: Script, tmp_path: Path
) -> None:
    script(
        """
        import os, signal, joulebook
        run = joulebook.start("p", durability="every")
        with run.epoch(1) as epoch: epoch.log(loss=1.0)
        epoch = run.epoch(2)
        epoch.log(loss=2.0)
        run.log(step=7, loss=2.0)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        status=-signal.SIGKILL,
    )
    run = shown(tmp_path)
    assert [epoch["epoch"] for epoch in run["epochs"]] == [1]
    assert run["totals"]["steps"] == 1


def test_data_loader_workers_do_no_harm(script: Script, tmp_path: Path) -> None:
    script(
        """
        import multiprocessing, warnings
        import joulebook
        warnings.simplefilter("ignore")

        def load(index):
            run.log(step=index, loss=1.0)
            return index

        with joulebook.start("p", quiet=True) as run:
            for epoch in run.epochs(3):
                with multiprocessing.get_context("fork").Pool(4) as pool:
                    epoch.log(total=sum(pool.map(load, range(40))))
        """
    )
    assert len(ledgers(tmp_path)) == 1
    run = shown(tmp_path)
    assert run["status"] == "finished"
    assert run["integrity"]["state"] == "clean"
    assert [epoch["metrics"]["total"] for epoch in run["epochs"]] == [780] * 3


def test_a_child_may_start_a_run_of_its_own(script: Script, tmp_path: Path) -> None:
    script(
        """
        import os, joulebook
        run = joulebook.start("parent", quiet=True)
        child = os.fork()
        if child == 0:
            with joulebook.start("child", quiet=True) as own:
                for epoch in own.epochs(2): epoch.log(loss=1.0)
            raise SystemExit(0)
        assert os.waitpid(child, 0)[1] == 0
        for epoch in run.epochs(1): epoch.log(loss=1.0)
        """
    )
    runs = {run["project"]: run for run in map(joulebook.show, ledgers(tmp_path))}
    assert len(runs["child"]["epochs"]) == 2
    assert len(runs["parent"]["epochs"]) == 1
    assert {run["integrity"]["state"] for run in runs.values()} == {"clean"}


def test_ranks_are_one_run_and_no_duplicates_of_each_other(tmp_path: Path) -> None:
    source = """if True:
        import joulebook, os, sys
        run = joulebook.start("p", config={"lr": 0.1}, on_duplicate="raise", dir="ledgers")
        print(run.id, flush=True)
        sys.stdin.readline()
        for epoch in run.epochs(2): epoch.log(loss=1.0)
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", source],
            cwd=tmp_path,
            env=clean_environment(
                RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="4", TORCHELASTIC_RUN_ID="job-7"
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(4)
    ]
    # Every rank has started before the first one ends.
    ids = {process.stdout.readline().strip() for process in processes if process.stdout}
    answers = [process.communicate("\n", timeout=60) for process in processes]
    errors = [error for _, error in answers]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert len(ids) == 1
    assert len(ledgers(tmp_path)) == 4
    assert "recording" in errors[0]
    assert errors[1:] == ["", "", ""]
    audit = joulebook.audit(tmp_path / "ledgers")
    assert audit["runs"] == 1
    assert audit["findings"] == []
