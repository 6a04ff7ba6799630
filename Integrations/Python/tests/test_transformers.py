"""What a Trainer of Hugging Face does is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, kill, only_run, reruns_exactly, run

import joulebook
from conftest import ledgers, shown

pytest.importorskip("accelerate", reason="Transformers' Trainer is not installed")
transformers = pytest.importorskip("transformers", reason="Transformers is not installed")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from joulebook.transformers import JoulebookCallback  # noqa: E402


class Pairs(torch.utils.data.Dataset):  # type: ignore[misc]
    def __init__(self, count: int = 32) -> None:
        self.tokens = torch.arange(2 * count).reshape(count, 2) % 20

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> dict[str, Any]:
        first, second = self.tokens[index].tolist()
        return {"input_ids": [first, second], "labels": int(first > second)}


def trainer(
    *callbacks: Any, data: Any = None, evaluation: Any = None, **arguments: Any
) -> Any:
    """Three epochs of two steps."""
    settings = {
        "num_train_epochs": 3, "per_device_train_batch_size": 16, "seed": 7, "report_to": [],
        "use_cpu": True, "disable_tqdm": True, "logging_steps": 1, "save_strategy": "no",
        "eval_strategy": "epoch",
    }  # fmt: skip
    config = transformers.BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8, max_position_embeddings=2,
    )  # fmt: skip
    return transformers.Trainer(
        transformers.BertForSequenceClassification(config),
        transformers.TrainingArguments("output", **{**settings, **arguments}),
        train_dataset=data or Pairs(),
        eval_dataset=evaluation or Pairs(16),
        callbacks=list(callbacks),
    )


class Breaks(transformers.TrainerCallback):  # type: ignore[misc]
    """Raises in the second epoch."""

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        if state.epoch > 1:
            raise ArithmeticError("broken")


def test_all_that_a_trainer_logs_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    callback = JoulebookCallback("p", config={"mine": 1}, tags=["try"], stage="fine_tuning")
    training = trainer(callback)
    training.train()
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["stage"]) == ("finished", "p", "fine_tuning")
    assert run["seed"] == 7 and run["tags"] == ["try"]
    assert run["config"]["mine"] == 1 and run["config"]["model"]["hidden_size"] == 8
    assert run["config"]["per_device_train_batch_size"] == 16
    assert run["data"]["fingerprint"] == joulebook.fingerprint(Pairs()).value
    assert epochs_of(run) == [1, 2, 3]
    history = training.state.log_history
    told = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    assert [epoch["metrics"]["eval_loss"] for epoch in run["epochs"]] == told
    losses = [entry["loss"] for entry in history if "loss" in entry]
    assert [epoch["metrics"]["loss"] for epoch in run["epochs"]] == losses[1::2]
    assert set(run["epochs"][0]["metrics"]) == {"loss", "grad_norm", "learning_rate", "eval_loss"}
    assert run["metrics"]["train_loss"] == history[-1]["train_loss"]
    assert [phase["name"] for phase in run["epochs"][0]["phases"]] == ["validation"]
    steps = joulebook.open(tmp_path).steps(columns=["step", "loss"], where="loss>-1")
    rows = pytest.importorskip("pyarrow").table(steps).to_pydict()
    assert rows["step"] == [1, 2, 3, 4, 5, 6] and rows["loss"] == losses
    # What comes after the training is not the run's.
    training.evaluate()
    assert callback.run is not None and callback.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("transformers.md", tmp_path)
    assert epochs_of(first) == [1, 2, 3]
    assert all("eval_loss" in epoch["metrics"] for epoch in first["epochs"])


# Five epochs of two steps with a checkpoint after every second one.
LONG = """
    import sys, torch, transformers
    from torch.utils.data import TensorDataset
    from joulebook.transformers import JoulebookCallback

    class Says(transformers.TrainerCallback):
        def on_epoch_begin(self, args, state, control, **given):
            print(f"epoch {int(state.epoch) + 1} begins", flush=True)
            sys.stdin.readline()

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
        def forward(self, x, labels):
            return {"loss": ((self.layer(x) - labels) ** 2).mean()}

    rows = [{"x": [i / 32], "labels": [1 - i / 32]} for i in range(32)]
    arguments = transformers.TrainingArguments(
        "output", num_train_epochs=5, per_device_train_batch_size=16, logging_steps=1, seed=1,
        save_steps=4, save_strategy="steps", report_to=[], use_cpu=True, disable_tqdm=True,
    )
    trainer = transformers.Trainer(
        Net(), arguments, train_dataset=rows, callbacks=[JoulebookCallback("p"), Says()])
    trainer.train(resume_from_checkpoint=len(sys.argv) > 1)
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(tmp_path: Path) -> None:
    kill(LONG, tmp_path, "epoch 4 begins")
    killed = only_run(tmp_path)
    assert killed["status"] == "killed"
    assert epochs_of(killed) == [1, 2, 3]
    assert all("loss" in epoch["metrics"] for epoch in killed["epochs"])
    run(LONG, tmp_path, "resume")
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # The third was behind the last checkpoint: its work was lost.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    assert whole["epochs"][2]["metrics"]["loss"] == whole["epochs"][3]["metrics"]["loss"]
    notes = by_start(tmp_path)[-1]["notes"]
    assert notes[0]["text"] == "resumed: step 4, epoch 2 of a checkpoint"


def test_an_early_stop_is_told(tmp_path: Path) -> None:
    class Stops(transformers.TrainerCallback):  # type: ignore[misc]
        def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            control.should_training_stop = True

    trainer(JoulebookCallback("p"), Stops()).train()
    run = shown(tmp_path)
    assert (run["status"], epochs_of(run), run["tags"]) == ("finished", [1], ["stopped-early"])
    assert run["notes"][0]["text"] == "stopped early: step 2 of 6"


def test_what_raises_fails_the_run_when_the_next_one_begins(tmp_path: Path) -> None:
    callback = JoulebookCallback("p")
    with pytest.raises(ArithmeticError):
        trainer(callback, Breaks()).train()
    first = callback.run
    trainer(callback).train()
    assert first is not None and callback.run is not None
    runs = {run["run_id"]: run for run in map(joulebook.show, ledgers(tmp_path))}
    assert (runs[first.id]["status"], epochs_of(runs[first.id])) == ("failed", [1, 2])
    assert runs[callback.run.id]["status"] == "finished"


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)  # type: ignore[arg-type]
            callback = JoulebookCallback(run)
            training = trainer(callback)
            training.train()
            assert callback.run is run and joulebook.show(run.path or "")["status"] == "running"
    else:
        training = trainer(JoulebookCallback("p", budget=budget, interval_s=0.01))
        training.train()
    assert training.state.global_step < 6
    assert shown(tmp_path)["status"] == "finished"
    assert shown(tmp_path).get("tags") in (None, [])


def test_each_of_several_evaluations_is_part_of_the_epoch(tmp_path: Path) -> None:
    trainer(JoulebookCallback("p"), evaluation={"a": Pairs(8), "b": Pairs(16)}).train()
    run = shown(tmp_path)
    assert epochs_of(run) == [1, 2, 3]
    assert all({"eval_a_loss", "eval_b_loss"} <= set(epoch["metrics"]) for epoch in run["epochs"])


def test_the_arguments_can_name_it(tmp_path: Path) -> None:
    trainer(report_to="joulebook").train()
    assert epochs_of(shown(tmp_path)) == [1, 2, 3]


def test_nothing_but_what_was_asked_for_comes_out_of_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Random(Pairs):
        def __getitem__(self, index: int) -> dict[str, Any]:
            return {**super().__getitem__(index), "labels": int(torch.rand(1) > 0.5)}

    def broken(*_: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(joulebook.Run, "epoch", broken)
    with pytest.warns(joulebook.LedgerWarning, match="KeyError") as warned:
        trainer(JoulebookCallback("p"), data=Random()).train()
    assert len(warned) == 1
    assert shown(tmp_path)["status"] == "finished" and shown(tmp_path)["data"] is None


def test_a_repetition_is_refused_before_it_trains(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trainer(JoulebookCallback("p")).train()
    torch.manual_seed(0)
    refused = trainer(JoulebookCallback("p", on_duplicate="raise", proof="statistical"))
    with pytest.raises(joulebook.DuplicateRunError):
        refused.train()
    assert refused.state.global_step == 0


def test_other_weights_to_start_from_are_no_repetition(tmp_path: Path) -> None:
    for weights, is_known in ((1, False), (2, False), (2, True)):
        torch.manual_seed(weights)
        training = trainer(JoulebookCallback("p", on_duplicate="raise"))
        if is_known:
            with pytest.raises(joulebook.DuplicateRunError):
                training.train()
        else:
            training.train()


def test_two_that_go_on_from_one_checkpoint_are_runs_of_their_own(tmp_path: Path) -> None:
    first = JoulebookCallback("p")
    trainer(first, save_strategy="epoch", num_train_epochs=1).train()
    assert first.run is not None
    for rate in (0.1, 0.2):
        branch = trainer(JoulebookCallback("p"), num_train_epochs=2, learning_rate=rate)
        branch.train(resume_from_checkpoint=True)
    runs = by_start(tmp_path)
    assert [epochs_of(run) for run in runs] == [[1], [2], [2]]
    assert len({run["run_id"] for run in runs}) == 3
    for later in runs[1:]:
        told = [(one["run_id"], one["relation"]) for one in later["parents"]]
        assert told == [(first.run.id, "resumes")]
