"""What Lightning's trainers do is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from trainings import TESTS, Lightning, by_start, epochs_of, only_run, run, tells_apart

import joulebook
from conftest import Script, ledgers, shown

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
lightning = pytest.importorskip("lightning.pytorch", reason="Lightning is not installed")

from joulebook.lightning import JoulebookCallback, JoulebookLogger  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*(LeafSpec|ckpt_path|resuming from a checkpoint)")
for name in ("lightning", "pytorch_lightning"):
    logging.getLogger(name).setLevel(logging.ERROR)
fit, line = Lightning().fit, Lightning().model


def test_a_logger_goes_on_from_a_checkpoint_and_names_its_place(tmp_path: Path) -> None:
    logger = JoulebookLogger("p")
    fit(logger=logger, enable_checkpointing=True, max_epochs=2, default_root_dir=tmp_path)
    assert logger.run is not None
    (kept,) = tmp_path.rglob("*.ckpt")
    assert kept.parent == tmp_path / "p" / logger.run.id / "checkpoints"
    again = JoulebookLogger("p")
    fit(logger=again, ckpt_path=str(kept))
    # That run had finished: this is another one, which builds on it.
    assert again.run is not None and again.run.id != logger.run.id
    last = joulebook.show(again.run.path or "")
    assert epochs_of(last) == [3]
    assert [(one["run_id"], one["relation"]) for one in last["parents"]] == [
        (logger.run.id, "resumes")
    ]


def test_batches_whose_gradients_are_gathered_are_one_step(tmp_path: Path) -> None:
    fit(JoulebookCallback("p"), accumulate_grad_batches=2)
    steps = pytest.importorskip("pyarrow").table(joulebook.open(tmp_path).steps(columns=["step"]))
    assert steps.to_pydict() == {"step": [1, 2, 3]}


def test_an_epoch_goes_on_where_it_was_saved(tmp_path: Path) -> None:
    keeps = lightning.callbacks.ModelCheckpoint(
        tmp_path / "kept", "{step}", every_n_train_steps=1, save_top_k=-1
    )
    fit(JoulebookCallback("p"), keeps, enable_checkpointing=True)
    fit(JoulebookCallback("p"), ckpt_path=tmp_path / "kept" / "step=3.ckpt")
    assert [epochs_of(run) for run in by_start(tmp_path)] == [[1, 2, 3], [2, 3]]


def test_the_name_that_a_launcher_gave_is_that_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    monkeypatch.setenv("JOULEBOOK_RUN_ID", "job-7")
    callback = JoulebookCallback("launched")
    fit(callback)
    source = 'import joulebook; print(joulebook.start("launched").id)'
    other = script(source, JOULEBOOK_RUN_ID="job-7").stdout.strip()
    assert callback.run is not None and callback.run.id == other


def test_with_a_logger_and_a_callback_there_is_one_run(tmp_path: Path) -> None:
    callback, logger = JoulebookCallback("p"), JoulebookLogger("q")
    trainer = fit(callback, logger=logger)
    assert trainer.logger.experiment is callback.run and epochs_of(shown(tmp_path)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("error", "status"), [(ArithmeticError, "failed"), (KeyboardInterrupt, "killed")]
)
def test_what_raises_ends_the_run(tmp_path: Path, error: type[BaseException], status: str) -> None:
    def on_train_batch_start(self: Any, batch: Any, index: int) -> None:
        if self.current_epoch == 1:
            raise error("broken")

    with pytest.raises((ArithmeticError, SystemExit)):
        fit(JoulebookCallback("p"), model=line(on_train_batch_start=on_train_batch_start))
    assert shown(tmp_path)["status"] == status
    assert epochs_of(shown(tmp_path))[0] == 1


# Lightning's own launcher numbers its processes in no way that others read.
RANKS = f"""
    import sys
    sys.path.insert(0, {str(TESTS)!r})
    from trainings import Lightning
    line = Lightning()
    line.fit(line.recorder(), max_epochs=2, devices=2, strategy="ddp")
    """


def test_ranks_are_one_run(tmp_path: Path) -> None:
    run(RANKS, tmp_path)
    whole = only_run(tmp_path)
    assert len(ledgers(tmp_path)) == 2
    assert sorted(joulebook.show(path)["rank"] for path in ledgers(tmp_path)) == [0, 1]
    assert (whole["status"], epochs_of(whole)) == ("finished", [1, 2])


def test_another_network_and_other_weights_are_no_repetition(tmp_path: Path) -> None:
    def fits(seed: int, activation: Any) -> Any:
        lightning.seed_everything(seed)
        model = line()
        model.layer = torch.nn.Sequential(torch.nn.Linear(1, 1), activation)
        lightning.seed_everything(7)
        return fit(JoulebookCallback("p", on_duplicate="raise"), model=model)

    tells_apart(lambda first: fits(1 if first else 2, torch.nn.Tanh()))
    fits(1, torch.nn.ReLU())


@pytest.mark.parametrize("kind", ["meta", "lazy", "sparse"])
def test_weights_without_values_are_those_of_no_other_run(kind: str) -> None:
    from joulebook._weights import of_module

    module = torch.nn.Linear(2, 2)
    if kind == "meta":
        module = module.to("meta")
    elif kind == "lazy":
        module = torch.nn.LazyLinear(2)
    else:
        module.register_buffer("places", torch.eye(2).to_sparse())
    first, second = (of_module(module)["initial_weights"] for _ in range(2))
    assert str(first).startswith("not known: ") and first != second


def test_weights_are_told_by_samples_of_all_and_nothing_is_drawn() -> None:
    from joulebook._weights import SAMPLE_SIZE, of_module

    module = torch.nn.ModuleDict(
        {"large": torch.nn.Linear(1 << 10, 1 << 10), "small": torch.nn.Linear(3, 3)}
    )
    assert module["large"].weight.nbytes > SAMPLE_SIZE
    module["small"].half()
    state = torch.get_rng_state()
    first = of_module(module)
    assert of_module(module) == first == of_module(torch.nn.DataParallel(module).module)
    assert torch.equal(torch.get_rng_state(), state)
    for tensor in module.parameters():
        changed = tensor.detach().clone()
        tensor.data += 1
        assert of_module(module)["initial_weights"] != first["initial_weights"]
        tensor.data = changed
    assert of_module(module) == first
