"""What a person sees: tables that fit, lines that live, shells that complete, a page of manual."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import records
from conftest import ROOT, Command, command_path

NAMES = [
    "digits",
    "x\x9b31m\u202e",
    "学习率调度器的实验" * 3,
    "e\u0301tude",
    "\x1b[2Jevil\x07",
    "n" * 90,
]
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])")


class Terminal:
    """A program on a terminal of so many rows and columns, and everything that it wrote."""

    def __init__(
        self, *command: object, rows: int = 24, columns: int = 80, cwd: Path, **more: str
    ) -> None:
        self.output = b""
        self.child, self.screen = pty.fork()
        if self.child == 0:
            # The size is there before the program asks for it.
            self.screen = 0
            self.resize(rows, columns)
            environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
            os.chdir(cwd)
            arguments = [str(part) for part in command]
            os.execve(arguments[0], arguments, {**environment, "TERM": "xterm", **more})

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def read_until(self, pattern: str, seconds: float = 60) -> str:
        """What was written so far, once it has the pattern."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < end and self._read(1), f"no {pattern} in {self.text!r}"
        return self.text

    def wait(self) -> int:
        """The program's status, negative for a signal, when it has ended."""
        while self._read(60):
            pass
        os.close(self.screen)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def _read(self, seconds: float) -> bool:
        if not select.select([self.screen], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self.screen, 1 << 16)
        except OSError:
            return False
        self.output += chunk
        return bool(chunk)

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")


def shown(*command: object, columns: int, cwd: Path, **more: str) -> list[str]:
    """The lines that a command leaves on a terminal of so many columns."""
    terminal = Terminal(*command, columns=columns, cwd=cwd, **more)
    terminal.wait()
    return terminal.text.split("\r\n")


def width(line: str) -> int:
    """Columns of a line, as terminals count."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in ESCAPES.sub("", line)
    )


def record(number: int, name: str) -> str:
    epochs = [
        {"epoch": epoch, "duration_s": 1.5, "energy_j": 10.0 ** (number % 7),
         "metrics": {"accuracy": epoch / 5, name[:20]: 0.1}}
        for epoch in range(1, 5)
    ]  # fmt: skip
    return json.dumps(
        {"run_id": f"{number:032x}", "project": name, "stage": "training", "status": "finished",
         "started": 1772447700 + number, "config": {"lr": 0.1, "name": name}, "user": name,
         "env": {"JOULEBOOK_REGION": name},
         "epochs": epochs, "duration_s": 6.0 * number, "energy_j": 4 * 10.0 ** (number % 7)}
    )  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with names that are wide, combining, hostile or long; each is there twice."""
    directory = tmp_path_factory.mktemp("terminal")
    lines = [record(number, NAMES[number // 2 % len(NAMES)]) for number in range(1, 13)]
    (directory / "runs.jsonl").write_text("\n".join(lines))
    Command(directory)("import", "records", "runs.jsonl", "--into", "book")
    return directory / "book"


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("verb", ["ls", "show", "audit", "lifecycle"])
def test_no_line_is_wider_than_the_terminal(book: Path, verb: str, columns: int) -> None:
    for line in shown(command_path(), verb, book, columns=columns, cwd=book):
        # What is said on standard error is one line, however long.
        assert width(line) <= columns or line.startswith("joulebook: "), line
        assert not line.endswith(" ")


@pytest.mark.parametrize("verb", ["ls", "show", "audit", "lifecycle"])
def test_a_pipe_gets_eighty_columns_and_no_escape(
    joulebook: Command, book: Path, verb: str
) -> None:
    result = joulebook(verb, book, status=None)
    # Nothing that a name holds reaches the terminal as a command: of C0 and C1, nor of direction.
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result.stdout)
    assert "\x1b" not in result.stdout and "\r" not in result.stdout
    assert all(width(line) <= 80 for line in result.stdout.splitlines())
    assert "\x1b" not in "".join(
        shown(command_path(), verb, book, columns=80, cwd=book, NO_COLOR="1")
    )


def test_eighty_columns_hold_what_each_line_of_an_audit_means(tmp_path: Path) -> None:
    """Also where each energy of a small run has its mark."""
    meter = {"device": "cpu", "source": "x", "provenance": "model", "boundary": "device"}
    measured = {
        "energy_j": None,
        "meters": [meter],
        "energy_by_meter": [{"meter": 0, "energy_j": 65.8, "coverage": 1.0}],
    }
    runs = [
        # The last one repeats the first, bit for bit.
        records.record(
            f"run-{number}", at=100 * number, config={"lr": number % 7}, seed=0, **measured
        )
        for number in range(8)
    ]
    for run in runs:
        for epoch in run["epochs"]:
            del epoch["energy_j"]
    records.write(tmp_path / "runs.jsonl", runs)
    Command(tmp_path)("import", "records", "runs.jsonl", "--into", "book")
    lines = shown(command_path(), "audit", "book", columns=80, cwd=tmp_path, NO_COLOR="1")
    means = [line for line in lines if line.startswith(("avoidable", "hindsight", "lost", "not"))]
    assert len(means) == 4 and "≈0.0183 Wh" in means[0], lines
    assert not [line for line in means if "…" in line]
    assert means[1].endswith("told only by its result")


def test_columns_stand_below_each_other_behind_any_name(book: Path) -> None:
    lines = shown(command_path(), "ls", book, columns=200, cwd=book, NO_COLOR="1")
    rows = [line for line in lines if re.match("[0-9a-f]{8} ", line)]
    assert len(rows) == 12
    for word in ("finished", "training"):
        assert len({width(row[: row.index(word)]) for row in rows}) == 1
    # The last digits of all energies stand in one column, whatever their units.
    ends = {width(row[: found.end()]) for row in rows for found in [ENERGY.search(row)] if found}
    assert len(ends) == 1
    assert all("▁▃▆█" in row for row in rows), "the course of the accuracy"


ENERGY = re.compile(r"[0-9.]+(?= (J|Wh|kWh) )")

WRITER = """
import sys, time
import joulebook

with joulebook.start("digits", dir="book", quiet=True, on_duplicate="ignore") as run:
    run.budget(energy_kwh=1.0)
    print(run.path, flush=True)
    for epoch in run.epochs(int(sys.argv[1])):
        time.sleep(float(sys.argv[2]))
        epoch.log(loss=1.0, accuracy=0.5)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[list[object]]:
    """The command that writes a ledger; what it started ends with the test."""
    (tmp_path / "train.py").write_text(WRITER)
    yield [sys.executable, "train.py"]


def test_tail_keeps_a_line_of_status_below_the_rows(tmp_path: Path, writer: list[object]) -> None:
    with subprocess.Popen(
        [*map(str, writer), "6", "0.7"], cwd=tmp_path, stdout=-1, text=True
    ) as it:
        assert it.stdout is not None
        path = it.stdout.readline().strip()
        terminal = Terminal(command_path(), "tail", path, columns=120, cwd=tmp_path)
        text = terminal.read_until(r"epoch 2/6  accuracy 0\.5000  .* so far .*left")
        assert "% of budget" in text
        terminal.resize(24, 40)
        assert terminal.wait() == 0
    last = terminal.text.split("\r\n")
    assert "finished" in last[-2] and last[-1] == ""
    # Each line of status was taken away before the next thing was written.
    for part in re.split(r"\r(?:\x1b\[\d+A)?\x1b\[J", terminal.text):
        assert part.count("so far") <= 1
    # After the terminal became narrower, no line of status is wider.
    for part in re.findall(r"(?<=\x1b\[J)epoch [^\r]*", terminal.text.rpartition("epoch 3/6")[2]):
        assert width(part) < 40


def test_tail_leaves_a_clean_line_when_it_is_interrupted(
    tmp_path: Path, writer: list[object]
) -> None:
    with subprocess.Popen(
        [*map(str, writer), "99", "0.2"], cwd=tmp_path, stdout=-1, text=True
    ) as it:
        assert it.stdout is not None
        path = it.stdout.readline().strip()
        terminal = Terminal(command_path(), "tail", path, columns=120, cwd=tmp_path)
        terminal.read_until("so far")
        terminal.type("\x03")
        assert terminal.wait() == -signal.SIGINT
        it.kill()
    assert terminal.text.endswith("\r\x1b[J")


def test_tail_in_a_pipe_is_plain_lines(tmp_path: Path, writer: list[object]) -> None:
    path = subprocess.run(
        [*map(str, writer), "2", "0"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    tail = subprocess.run(
        [command_path(), "tail", path], capture_output=True, text=True, check=True
    )
    assert "so far" not in tail.stdout and "\x1b" not in tail.stdout + tail.stderr


def test_run_live_keeps_the_last_line_and_gives_it_back(
    tmp_path: Path, writer: list[object]
) -> None:
    command = [command_path(), "run", "--live", "--", *writer, "9", "0.4"]
    terminal = Terminal(*command, rows=10, columns=100, cwd=tmp_path, JOULEBOOK_DIR="book")
    terminal.read_until(r"\x1b\[1;9r")
    terminal.read_until(r"\x1b\[10;1H\x1b\[2Kepoch \d/9 .* so far")
    assert terminal.wait() == 0
    # All rows scroll again, the line is empty, and one of what it took stays.
    assert "\x1b[r\x1b[10;1H\x1b[2K\x1b8" in terminal.text
    assert re.search(r"joulebook: ≈?[0-9.]+ [a-zA-Z]+ in [0-9.]+ s, on average", terminal.text)
    # What the program wrote itself is whole.
    assert re.search(r"book/digits/\S+\.joule\r\n", terminal.text)


def test_run_without_live_writes_nothing_of_its_own(tmp_path: Path) -> None:
    script = "printf 'out\\r\\033[2Kput'; printf err >&2"
    terminal = Terminal(command_path(), "run", "--", "/bin/sh", "-c", script, cwd=tmp_path)
    assert terminal.wait() == 0
    assert terminal.text == "out\r\x1b[2Kputerr"


def test_run_live_without_a_terminal_runs_all_the_same(joulebook: Command) -> None:
    result = joulebook("run", "--live", "--", "echo", "hi", start_new_session=True)
    assert (result.stdout, result.stderr) == ("hi\n", "")


@pytest.mark.alone
def test_long_work_shows_a_bar_with_rate_and_time_left(tmp_path: Path) -> None:
    lines = (record(number, "digits") for number in range(1, 30001))
    (tmp_path / "runs.jsonl").write_text("\n".join(lines))
    command = [command_path(), "import", "records", "runs.jsonl", "--into", "book"]
    terminal = Terminal(*command, columns=100, cwd=tmp_path)
    # On a fast machine it would be over before anybody wants to know how far it is. So it is
    # stopped until that is long ago, and held by Ctrl-S where it shows the first bar.
    terminal.type("\x13")
    for _ in range(20):
        time.sleep(0.02)
        os.kill(terminal.child, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(terminal.child, signal.SIGCONT)
    time.sleep(1)
    terminal.type("\x11")
    assert terminal.wait() == 0
    bar = r"(reading|writing)  [█▏▎▍▌▋▊▉·]+  \d+ %  \d+/\d+ (MiB|runs)"
    assert re.search(bar + r"  [0-9.]+ \2/s  \d+ (s|min \d+ s) left", terminal.text), terminal.text
    assert terminal.text.rpartition("\r\x1b[J")[2].startswith("imported 30000 runs")
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert again.stderr == "" and again.stdout.startswith("imported 0 runs")


COMPLETIONS = {
    "bash": """
        source <("$1" completions bash)
        complete_line() {
            COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMPREPLY=()
            _joulebook joulebook "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        }
        complete_line 'joulebook life'
        complete_line 'joulebook lifecycle --format mark'
        complete_line 'joulebook ls bo'
    """,
    "fish": """
        $argv[1] completions fish | source
        complete -C 'joulebook life'
        complete -C 'joulebook lifecycle --format mark'
        complete -C 'joulebook ls bo'
    """,
}


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_shells_complete_verbs_values_and_paths(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "book").mkdir()
    script = tmp_path / "script"
    script.write_text(COMPLETIONS[shell])
    folder = str(command_path().parent)
    done = subprocess.run(
        [shell, script, command_path()],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    found = [line.split("\t")[0].strip() for line in done.stdout.splitlines()]
    assert [name.rstrip("/") for name in found] == ["lifecycle", "markdown", "book"], done


def test_zsh_takes_its_script(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    functions = tmp_path / "functions"
    functions.mkdir()
    script = subprocess.run(
        [command_path(), "completions", "zsh"], check=True, capture_output=True, text=True
    ).stdout
    (functions / "_joulebook").write_text(script)
    check = (
        f"fpath=({functions} $fpath); autoload -Uz compinit && compinit -u -d {tmp_path}/dump;"
        " autoload +X _joulebook; print $_comps[joulebook]; functions -T _joulebook >/dev/null"
    )
    done = subprocess.run(["zsh", "-f", "-c", check], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("_joulebook\n", "", 0)


MAN_PAGE = ROOT / "Integrations/Python/joulebook.1"


def test_the_manual_page_says_what_the_command_says() -> None:
    script = ROOT / "Integrations/Python/make_man_page.py"
    done = subprocess.run(
        [sys.executable, script, "--check"],
        env={**os.environ, "JOULEBOOK": str(command_path())},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_the_manual_page_is_well_set() -> None:
    done = subprocess.run(["mandoc", "-T", "lint", MAN_PAGE], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)
    page = subprocess.run(
        ["mandoc", "-T", "utf8", MAN_PAGE], check=True, capture_output=True, text=True
    ).stdout
    plain = re.sub(".\b", "", page)
    for verb in ("lifecycle", "completions"):
        assert f"joulebook {verb}" in plain
    assert "--functional-unit" in plain and "joulebook run -- python train.py" in plain
