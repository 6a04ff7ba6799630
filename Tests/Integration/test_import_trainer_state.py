"""`joulebook import trainer-state` gives the numbers that the trainer of Transformers logged."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, command_path
from histories import bits, bring, courses


def train(folder: Path, seed: int, rate: float) -> list[dict[str, Any]]:
    """Trains a line on CPU with evaluations and checkpoints; gives what was logged."""
    reason = "Transformers with accelerate is not installed"
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("accelerate", reason=reason)
    transformers = pytest.importorskip("transformers", reason=reason)

    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            out = self.layer(x).squeeze(-1)
            return {"loss": ((out - labels) ** 2).mean(), "logits": out}

    transformers.set_seed(seed)
    rows = [{"x": [i / 8, 1 - i / 8], "labels": i / 4} for i in range(16)]
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), num_train_epochs=3, per_device_train_batch_size=4, use_cpu=True,
        logging_steps=1, eval_strategy="epoch", save_strategy="epoch", learning_rate=rate,
        report_to=[], seed=seed, disable_tqdm=True,
    )  # fmt: skip
    trainer = transformers.Trainer(Line(), arguments, train_dataset=rows, eval_dataset=rows)
    trainer.train()
    trainer.save_state()
    state = json.loads((folder / "trainer_state.json").read_text())
    log: list[dict[str, Any]] = state["log_history"]
    return log


def test_what_transformers_writes(joulebook: Command, tmp_path: Path) -> None:
    logs = {
        name: train(tmp_path / "outputs" / name, seed, rate)
        for name, seed, rate in (("a", 1, 0.1), ("b", 1, 0.1), ("c", 2, 0.05))
    }
    assert (tmp_path / "outputs/a/checkpoint-12/training_args.bin").exists()
    documents = bring(joulebook, "trainer-state", "outputs")
    found = courses(joulebook)
    expected = {}
    for name, log in logs.items():
        course: dict[str, list[tuple[int, bytes]]] = {}
        for entry in log:
            for metric in entry.keys() - {"step"}:
                course.setdefault(metric, []).append((entry["step"], bits(entry[metric])))
        expected[name] = course
    assert len(documents) == 3 and len(found) == 3
    for course in found.values():
        assert dict(course) in expected.values()
    assert all(course in found.values() for course in expected.values())
    for document in documents:
        assert document["status"] == "finished" and document["assumed"] == ["status"]
        assert document["config"]["num_train_epochs"] == 3
        assert document["totals"]["energy_j"] is None and document["totals"]["duration_s"] > 0
        assert [epoch["epoch"] for epoch in document["epochs"]] == [1, 2, 3]
        assert {"loss", "eval_loss", "learning_rate"} <= set(document["epochs"][0]["metrics"])
    findings = joulebook.json("audit", "audit", "runs", "--json")["findings"]
    assert {finding["class"] for finding in findings} <= {"exact_rerun", "config_equivalent"}


def state(step: int, most: int, **members: Any) -> dict[str, Any]:
    log = [{"epoch": place / 4, "loss": 1 / place, "step": place} for place in range(1, step + 1)]
    return {"global_step": step, "max_steps": most, "log_history": log, **members}


def put(folder: Path, document: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trainer_state.json").write_text(json.dumps(document))


def test_the_latest_checkpoint_is_the_run(joulebook: Command, tmp_path: Path) -> None:
    for step in (4, 8, 10):
        put(tmp_path / f"out/checkpoint-{step}", state(step, 12))
    (document,) = bring(joulebook, "trainer-state", "out")
    assert document["totals"]["steps"] == 10 and document["status"] == "killed"
    assert [epoch["epoch"] for epoch in document["epochs"]] == [1, 2, 3]
    assert document["epochs"][1]["metrics"] == {"loss": 1 / 8}
    assert document["totals"]["duration_s"] is None and document["started"] is None
    (course,) = courses(joulebook).values()
    assert course["loss"] == [(place, bits(1 / place)) for place in range(1, 11)]


def test_the_file_itself_its_checkpoint_and_its_folder_are_one_run(
    joulebook: Command, tmp_path: Path
) -> None:
    put(tmp_path / "out/checkpoint-8", state(8, 8))
    for path in ("out/checkpoint-8/trainer_state.json", "out/checkpoint-8", "out", tmp_path):
        joulebook("import", "trainer-state", path, "--into", "runs")
    (run,) = joulebook.json("runs", "ls", "runs", "--json")["runs"]
    assert run["run_id"].startswith("hf-") and run["status"] == "finished"


def test_numbers_that_are_none_are_kept(joulebook: Command, tmp_path: Path) -> None:
    document = state(2, 2)
    document["log_history"].append({"step": 2, "epoch": 0.5, "loss": math.nan, "grad": math.inf})
    put(tmp_path / "out", document)
    (run,) = bring(joulebook, "trainer-state", "out")
    assert run["metrics"] == {"loss": "NaN", "epoch": 0.5, "grad": "Infinity"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "byte 0: not JSON"),
        ('{"global_step": 3, "log_history": [{"loss": 1}]}', "log_history[0].step: expected"),
        ('{"global_step": 3, "log_history": [7]}', "log_history[0].step: expected"),
        ('{"global_step": 3}', "log_history and global_step are required"),
        ("[" * 100_000, "nested too deep"),
        ('{"global_step": 3, "log_history": [{"step": 1, "loss": 0.5}', "byte 59: not JSON"),
    ],
)
def test_a_bad_file_is_one_located_error(
    joulebook: Command, tmp_path: Path, text: str, reason: str
) -> None:
    put(tmp_path / "outputs/good", state(4, 4))
    put(tmp_path / "outputs/bad", None)
    (tmp_path / "outputs/bad/trainer_state.json").write_text(text)
    done = joulebook("import", "trainer-state", "outputs", "--into", "runs", status=65)
    assert "outputs/bad/trainer_state.json: " in done.stderr and reason in done.stderr
    assert done.stderr.count("\n") == 1 and not (tmp_path / "runs").exists()


# Prints the most kilobytes that a command took.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_memory_is_bounded_by_the_size_of_the_file(joulebook: Command, tmp_path: Path) -> None:
    most, quarter = 32 << 20, 8 << 20
    head = '{"global_step": 1, "log_history": [], "x": ['
    # What takes the most memory for its length: a quarter of the longest file, of 1 GB.
    text = head + "[0]," * ((quarter - len(head) - 5) // 4) + "[0]]}"
    (tmp_path / "trainer_state.json").write_text(text)
    arguments = [command_path(), "import", "trainer-state", "trainer_state.json", "--into", "runs"]
    # What a process took before it became another program counts too: that is to be little.
    measured = [sys.executable, "-c", MEASURED, *arguments]
    kilobytes = subprocess.run(
        measured, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert int(kilobytes) * 1024 < 250_000_000
    (tmp_path / "trainer_state.json").write_text(text.ljust(most + 1))
    done = joulebook("import", "trainer-state", tmp_path, "--into", "more", status=65)
    assert f"trainer_state.json: longer than {most} bytes" in done.stderr
