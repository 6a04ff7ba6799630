"""What pages of the documentation say is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trainings import SETTINGS, by_start, epochs_of, example, project, reruns_exactly, run

import joulebook
from conftest import ROOT, clean_environment, ledgers, shown

PAGES = ROOT / "Integrations/Python/docs"


def test_a_loop_of_pytorch_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    reruns_exactly("pytorch.md", tmp_path)


def test_a_budget_that_one_rank_has_used_up_stops_all(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    program = example("pytorch.md", 1)
    assert "energy_kwh=0.5" in program and "range(1, 4)" in program
    budget = "energy_kwh=0.5 if int(os.environ['RANK']) else 1e-12"
    program = program.replace("energy_kwh=0.5", budget)
    program = program.replace("range(1, 4)", "range(1, 5001)")
    (tmp_path / "ranks.py").write_text(program)
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [sys.executable, *torchrun, "ranks.py"], cwd=tmp_path, env=clean_environment(**SETTINGS),
        timeout=120, check=True,
    )  # fmt: skip
    first, second = sorted(by_start(tmp_path), key=lambda one: one["rank"])
    assert first["status"] == second["status"] == "finished"
    assert first["budget_events"] and not second.get("budget_events")
    assert epochs_of(first) == epochs_of(second) and len(epochs_of(first)) < 5000


def test_a_study_of_optuna_trains_nothing_twice(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    program = example("optuna.md")
    (tmp_path / "train.py").write_text(program)
    author = ["-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "-m", "m"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    run(program, tmp_path)
    once = ledgers(tmp_path)
    assert len(once) == 3
    run(program, tmp_path)
    assert ledgers(tmp_path) == once


def rows(page: str) -> dict[str, list[list[str]]]:
    """The cells of a page's tables, below the headings that they stand under."""
    found: dict[str, list[list[str]]] = {}
    for section in (PAGES / page).read_text().split("\n## ")[1:]:
        lines = [line for line in section.splitlines() if line.startswith("| ")]
        cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
        found[section.splitlines()[0]] = cells[1:]
    return found


def code(cell: str) -> list[str]:
    """The lines of a cell that holds nothing but Python."""
    parts = cell.split("<br>")
    if not all(re.fullmatch(r"`[^`]+`", part) for part in parts):
        return []
    lines = [part.strip("`") for part in parts]
    # Names of the environment and commands are none.
    return [line for line in lines if re.match(r"(import|with|\w+ = |\w+\.)", line)]


# What the left-hand lines log: by step, by epoch, and of the whole run.
LOGGED: dict[str, tuple[dict[int, Any], dict[int, Any], dict[str, float]]] = {
    "MLflow": ({7: {"loss": 0.3}, 8: {"loss": 0.3, "lr": 0.1}}, {1: {"val_loss": 0.4}}, {}),
    "W&B": ({0: {"loss": 0.3}, 7: {"loss": 0.2}}, {1: {"val_loss": 0.4}}, {"accuracy": 0.9}),
    "TensorBoard": (
        {7: {"loss": 0.3}, 8: {"loss/train": 0.3, "loss/val": 0.4}},
        {},
        {"accuracy": 0.9},
    ),
    "CodeCarbon": ({}, {}, {}),
}
TAGS = {"MLflow": ["try"], "W&B": ["try"]}


def logged(directory: Path) -> dict[int, Any]:
    """The metrics of each step below a directory."""
    steps = pytest.importorskip("pyarrow").table(joulebook.open(directory).steps()).to_pylist()
    names = {
        name for steps, *_ in LOGGED.values() for metrics in steps.values() for name in metrics
    }
    return {
        row["step"]: {name: row[name] for name in names & row.keys() if row[name] is not None}
        for row in steps
    }


@pytest.mark.parametrize("source", rows("migration.md"))
def test_what_another_tools_lines_become_is_a_program(tmp_path: Path, source: str) -> None:
    (tmp_path / "confusion.png").write_bytes(b"\x89PNG")
    lines = [line for _, ours in rows("migration.md")[source] for line in code(ours)]
    assert lines[0] == "import joulebook" and len(lines) > 5
    run("\n".join(lines), tmp_path)
    told = shown(tmp_path)
    assert (told["status"], told["project"], told["config"]["lr"]) == ("finished", "digits", 0.1)
    names = [artifact["name"] for artifact in told.get("attachments") or ()]
    assert ("confusion.png" in names) == any("attach" in line for line in lines)
    steps, epochs, metrics = LOGGED[source]
    assert (told.get("tags") or [], told.get("metrics") or {}) == (TAGS.get(source, []), metrics)
    assert {epoch["epoch"]: epoch["metrics"] for epoch in told["epochs"]} == epochs
    assert logged(tmp_path) == steps


def test_a_summary_of_what_codecarbon_would_tell_has_carbon(tmp_path: Path) -> None:
    lines = [line for _, ours in rows("migration.md")["CodeCarbon"] for line in code(ours)]
    run("\n".join([*lines, "assert kg > 0, summary"]), tmp_path)
    assert joulebook.show(tmp_path / "joulebook")["stage"] == "training"


def test_an_example_is_committed_whatever_its_user_does_with_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = tmp_path / "settings"
    settings.write_text(
        f"[commit]\ngpgsign = true\n[gpg]\nprogram = false\n[core]\nhooksPath = {hook.parent}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    folder = project(tmp_path / "example", "pass\n", "train.py")
    assert any((folder / ".git" / "refs" / "heads").iterdir())


def test_all_that_is_explained_is_really_said() -> None:
    package = ROOT / "Integrations/Python"
    files = [*(ROOT / "Sources").rglob("*.swift"), *package.glob("src/joulebook/*.py")]
    sources = "".join(path.read_text() for path in [*files, package / "setup.py"])
    said = [row[0].strip("`") for table in rows("troubleshooting.md").values() for row in table]
    # PyTorch's own.
    said.remove("Numpy is not available")
    assert len(said) > 20
    for text in said:
        for piece in filter(None, (part.strip(" :") for part in text.split("…"))):
            assert piece in sources, f"nothing says {piece!r}"
