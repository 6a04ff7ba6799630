"""What a Trainer of Hugging Face does is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import Transformers, epochs_of, tells_apart

import joulebook
from conftest import shown

pytest.importorskip("accelerate", reason="Transformers' Trainer is not installed")
transformers = pytest.importorskip("transformers", reason="Transformers is not installed")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from joulebook.transformers import JoulebookCallback  # noqa: E402

trainer = Transformers().trainer


def test_what_comes_after_the_training_is_not_the_runs(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    callback = JoulebookCallback("p")
    training = trainer(callback)
    training.train()
    training.evaluate()
    run = shown(tmp_path)
    assert run["metrics"]["train_loss"] == training.state.log_history[-2]["train_loss"]
    assert callback.run is not None and callback.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_each_of_several_evaluations_is_part_of_the_epoch(tmp_path: Path) -> None:
    evaluation = {name: Transformers().data(count)[0] for name, count in (("a", 8), ("b", 16))}
    trainer(JoulebookCallback("p"), evaluation=evaluation).train()
    run = shown(tmp_path)
    assert epochs_of(run) == [1, 2, 3]
    assert all({"eval_a_loss", "eval_b_loss"} <= set(epoch["metrics"]) for epoch in run["epochs"])


def test_the_arguments_can_name_it(tmp_path: Path) -> None:
    trainer(report_to="joulebook").train()
    assert epochs_of(shown(tmp_path)) == [1, 2, 3]


def test_data_that_are_others_each_time_have_no_fingerprint(tmp_path: Path) -> None:
    class Random(torch.utils.data.Dataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return 32

        def __getitem__(self, index: int) -> dict[str, Any]:
            return {"input_ids": [index % 20, 1], "labels": int(torch.rand(1) > 0.5)}

    trainer(JoulebookCallback("p"), data=Random()).train()
    assert shown(tmp_path)["status"] == "finished" and shown(tmp_path)["data"] is None


def test_other_weights_to_start_from_are_no_repetition(tmp_path: Path) -> None:
    def trains(first: bool) -> None:
        torch.manual_seed(1 if first else 2)
        trainer(JoulebookCallback("p", on_duplicate="raise")).train()

    tells_apart(trains)
