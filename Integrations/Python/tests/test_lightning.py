"""What Lightning's trainers do is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, kill, only_run, reruns_exactly, run

import joulebook
from conftest import Script, ledgers, shown

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
lightning = pytest.importorskip("lightning.pytorch", reason="Lightning is not installed")

from joulebook.lightning import JoulebookCallback, JoulebookLogger  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*(LeafSpec|ckpt_path|resuming from a checkpoint)")
for name in ("lightning", "pytorch_lightning"):
    logging.getLogger(name).setLevel(logging.ERROR)


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """Lightning keeps its seed in the environment, and ignores interrupts behind the first one."""
    yield
    os.environ.pop("PL_GLOBAL_SEED", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def line(package: Any = lightning, **hooks: Any) -> Any:
    """A model of one line; hooks replace its methods."""

    class Line(package.LightningModule):  # type: ignore[misc]
        def __init__(self, lr: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            loss = ((self.layer(batch[0]) - batch[1]) ** 2).mean()
            self.log("loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", ((self.layer(batch[0]) - batch[1]) ** 2).mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    return type("Line", (Line,), hooks)()


def data() -> Any:
    x = torch.linspace(0, 1, 32).unsqueeze(1)
    return torch.utils.data.TensorDataset(x, 1 - x)


def fit(*callbacks: Any, package: Any = lightning, model: Any = None, **settings: Any) -> Any:
    """Three epochs of two steps."""
    given = {
        "max_epochs": 3, "log_every_n_steps": 1, "accelerator": "cpu", "logger": False,
        "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False,
    }  # fmt: skip
    ckpt_path = settings.pop("ckpt_path", None)
    trainer = package.Trainer(callbacks=list(callbacks), **{**given, **settings})
    loader = torch.utils.data.DataLoader(data(), batch_size=16)
    trainer.fit(model or line(package), loader, loader, ckpt_path=ckpt_path)
    return trainer


@pytest.mark.parametrize("package", ["lightning.pytorch", "pytorch_lightning"])
@pytest.mark.parametrize("as_logger", [False, True])
def test_all_that_a_model_logs_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, package: str, as_logger: bool
) -> None:
    imported = pytest.importorskip(package)
    kept: list[float] = []

    def on_train_epoch_end(self: Any) -> None:
        kept.append(float(self.trainer.callback_metrics["loss_epoch"]))
        self.log("late", float(len(kept)))

    imported.seed_everything(7)
    options: dict[str, Any] = {"config": {"mine": 1}, "tags": ["try"]}
    model = line(imported, on_train_epoch_end=on_train_epoch_end)
    if as_logger:
        fit(package=imported, model=model, logger=JoulebookLogger("p", **options))
    else:
        fit(JoulebookCallback("p", **options), package=imported, model=model)
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert run["seed"] == 7 and run["config"]["mine"] == 1
    assert run["config"]["lr"] == 0.1 and run["config"]["trainer"]["max_epochs"] == 3
    assert run["config"]["optimizers"][0]["name"] == "SGD"
    assert run["data"]["fingerprint"] == joulebook.fingerprint(data()).value
    assert epochs_of(run) == [1, 2, 3]
    assert [epoch["metrics"]["late"] for epoch in run["epochs"]] == [1, 2, 3]
    assert [epoch["metrics"]["loss_epoch"] for epoch in run["epochs"]] == kept
    assert len({epoch["metrics"]["val_loss"] for epoch in run["epochs"]}) == 3
    assert [phase["name"] for phase in run["epochs"][0]["phases"]] == ["validation"]
    steps = joulebook.open(tmp_path).steps(columns=["step", "loss_step"], where="loss_step>-1")
    rows = pytest.importorskip("pyarrow").table(steps).to_pydict()
    assert rows["step"] == ([0, 1, 2, 3, 4, 5] if as_logger else [1, 2, 3, 4, 5, 6])
    assert rows["loss_step"][0] > rows["loss_step"][-2]
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("lightning.md", tmp_path)
    assert epochs_of(first) == [1, 2, 3]
    assert all({"loss", "val_loss"} <= set(epoch["metrics"]) for epoch in first["epochs"])


# Five epochs of two steps with a checkpoint behind every second one.
LONG = """
    import sys, torch, lightning.pytorch as pl
    from joulebook.lightning import JoulebookCallback, JoulebookLogger

    class Line(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)
        def training_step(self, batch, index):
            loss = ((self.layer(batch[0]) - batch[1]) ** 2).mean()
            self.log("loss", loss, on_step=False, on_epoch=True)
            return loss
        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)
        def on_train_epoch_start(self):
            print("epoch", self.current_epoch + 1, "begins", flush=True)
            sys.stdin.readline()

    pl.seed_everything(1)
    x = torch.linspace(0, 1, 32).unsqueeze(1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, 1 - x), batch_size=16)
    keeps = pl.callbacks.ModelCheckpoint("kept", "{epoch}", save_top_k=-1, every_n_epochs=2)
    as_logger = "logger" in sys.argv
    trainer = pl.Trainer(
        max_epochs=5, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False,
        logger=JoulebookLogger("p") if as_logger else False,
        callbacks=[keeps] if as_logger else [keeps, JoulebookCallback("p")],
    )
    trainer.fit(Line(), loader, ckpt_path="kept/epoch=1.ckpt" if "resume" in sys.argv else None)
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


def test_an_early_stop_is_told(tmp_path: Path) -> None:
    stops = lightning.callbacks.EarlyStopping("val_loss", patience=0, min_delta=1e9)
    fit(JoulebookCallback("p"), stops)
    run = shown(tmp_path)
    assert (run["status"], epochs_of(run), run["tags"]) == ("finished", [1, 2], ["stopped-early"])
    assert run["notes"][0]["text"] == "stopped early: epoch 2 of 3"


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


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)  # type: ignore[arg-type]
            callback = JoulebookCallback(run)
            trainer = fit(callback, max_epochs=1000)
            assert callback.run is run and joulebook.show(run.path or "")["status"] == "running"
    else:
        trainer = fit(JoulebookCallback("p", budget=budget, interval_s=0.01), max_epochs=1000)
    assert trainer.current_epoch < 1000
    assert shown(tmp_path)["status"] == "finished"
    assert shown(tmp_path).get("tags") in (None, [])


# Lightning's own launcher numbers its processes in no way that others read.
RANKS = LONG.replace('accelerator="cpu"', 'accelerator="cpu", devices=2, strategy="ddp"').replace(
    "max_epochs=5", "max_epochs=2"
)


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

    fits(1, torch.nn.Tanh())
    fits(2, torch.nn.Tanh())
    fits(1, torch.nn.ReLU())
    with pytest.raises(joulebook.DuplicateRunError):
        fits(2, torch.nn.Tanh())


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
