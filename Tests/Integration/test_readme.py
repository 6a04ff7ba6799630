"""README's examples are run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Command, command_path

README = (ROOT / "README.md").read_text()


def example(language: str, number: int = 0) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(found) > number, f"README has no {language} example {number}"
    return str(found[number])


def epochs_of_the_only_run(joulebook: Command) -> list[float]:
    document = joulebook.json("run", "show", "joulebook", "--json")
    assert document["status"] == "finished"
    return [epoch["metrics"]["loss"] for epoch in document["epochs"]]


def test_the_python_example_logs_three_epochs(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(example("python"))
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True)
    assert epochs_of_the_only_run(joulebook) == [1, 1 / 2, 1 / 3]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pandas 3 needs Python 3.11")
def test_what_was_logged_reads_back_as_the_readme_says(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(example("python"))
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True)
    checks = "assert list(epochs.loss) == [1, 1 / 2, 1 / 3] and steps.height == 1\n"
    (tmp_path / "read.py").write_text(example("python", 1) + checks)
    subprocess.run([sys.executable, "read.py"], cwd=tmp_path, check=True)


LIBRARY = ROOT / ".build/release/libJoulebookC.so"


@pytest.mark.skipif(not LIBRARY.exists(), reason="the C library is built by `make build`")
def test_the_c_example_logs_three_epochs(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "train.c").write_text(example("c"))
    compiler = shutil.which("clang") or "cc"
    subprocess.run(
        [compiler, "train.c", "-o", "train", f"-I{ROOT / 'Sources/CJoulebook/include'}",
         f"-L{LIBRARY.parent}", "-lJoulebookC", f"-Wl,-rpath,{LIBRARY.parent}"],
        cwd=tmp_path,
        check=True,
    )  # fmt: skip
    subprocess.run(["./train"], cwd=tmp_path, check=True)
    assert epochs_of_the_only_run(joulebook) == [1, 1 / 2, 1 / 3]


def test_the_commands_of_the_readme_exist() -> None:
    verbs = set(re.findall(r"^\$ joulebook (\w+)", README, re.MULTILINE))
    assert verbs
    for verb in verbs:
        subprocess.run([command_path(), verb, "--help"], check=True, capture_output=True)
