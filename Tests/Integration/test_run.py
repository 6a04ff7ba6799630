"""`joulebook run`: the program's own status, its signals, and one ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Command, command_path

SHELL = ["sh", "-c"]


def ledgers(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.joule"))


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_the_programs_status_is_the_commands_status(
    joulebook: Command, tmp_path: Path, status: int
) -> None:
    joulebook("run", "--", *SHELL, f"exit {status}", status=status)
    document = joulebook.json("run", "show", ledgers(tmp_path)[0], "--json")
    assert document["status"] == ("finished" if status == 0 else "failed")
    assert document["stage"] is None, "nobody stated it"


def test_a_program_ended_by_a_signal_gives_128_and_the_signal(
    joulebook: Command, tmp_path: Path
) -> None:
    joulebook("run", "--", *SHELL, "kill -KILL $$", status=137)
    document = joulebook.json("run", "show", ledgers(tmp_path)[0], "--json")
    assert document["status"] == "killed"


def test_output_and_input_pass_through_untouched(joulebook: Command) -> None:
    result = joulebook("run", "--", "cat", input="as it is\n")
    assert result.stdout == "as it is\n"


def test_facts_of_the_command_line_are_in_the_ledger(joulebook: Command, tmp_path: Path) -> None:
    joulebook(
        "run", "--project", "p", "--stage", "search", "--config", "lr=0.1", "--config",
        "optim.name=adam", "--", *SHELL, "sleep 0.3",
    )  # fmt: skip
    (path,) = ledgers(tmp_path)
    document = joulebook.json("run", "show", path, "--json")
    assert document["project"] == "p" and document["stage"] == "search"
    assert document["config"] == {"lr": 0.1, "optim": {"name": "adam"}}
    assert document["totals"]["duration_s"] >= 0.3
    assert document["env"]["attribution"] == "whole_machine"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_reach_the_program(tmp_path: Path, number: signal.Signals) -> None:
    script = f"trap 'echo got; exit 9' {number.name[3:]}; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [command_path(), "run", "--", *SHELL, script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.stdout.readline() == "got\n"
    assert process.wait(timeout=30) == 9


def test_the_program_sees_which_run_measures_it(joulebook: Command, tmp_path: Path) -> None:
    result = joulebook("run", "--", *SHELL, "echo $JOULEBOOK_PARENT_RUN")
    document = joulebook.json("run", "show", ledgers(tmp_path)[0], "--json")
    assert result.stdout.strip() == document["run_id"]


def test_a_program_that_does_not_exist_leaves_no_ledger(joulebook: Command, tmp_path: Path) -> None:
    assert "not found" in joulebook("run", "--", "no-such-program", status=127).stderr
    plain = tmp_path / "plain"
    plain.write_text("text")
    assert "not executable" in joulebook("run", "--", plain, status=126).stderr
    assert ledgers(tmp_path) == []


def test_switched_off_it_only_runs_the_program(joulebook: Command, tmp_path: Path) -> None:
    joulebook("run", "--", *SHELL, "exit 3", status=3, env={"JOULEBOOK_DISABLED": "1"})
    assert ledgers(tmp_path) == []


def test_a_directory_that_cannot_be_written_does_not_stop_the_program(
    joulebook: Command, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    result = joulebook("run", "--", "echo", "trained", env={"JOULEBOOK_DIR": str(blocked)})
    assert result.stdout == "trained\n"
    assert "not measured" in result.stderr


def test_killed_itself_it_leaves_what_it_knew(tmp_path: Path, joulebook: Command) -> None:
    process = subprocess.Popen(
        [command_path(), "run", "--", "sleep", "30"], cwd=tmp_path, start_new_session=True
    )
    deadline = time.monotonic() + 20
    while not ledgers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    document = joulebook.json("run", "show", ledgers(tmp_path)[0], "--json")
    assert document["status"] in ("killed", "running")
    joulebook("verify", ledgers(tmp_path)[0], status=1)


def test_usage(joulebook: Command) -> None:
    joulebook("run", status=64)
    joulebook("run", "--config", "no-sign", "--", "true", status=64)
    joulebook("run", "--stage", "dreaming", "--", "true", status=64)
