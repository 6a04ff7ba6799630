"""What the tests of frameworks share: each framework as its users call it, programs, examples."""

from __future__ import annotations

import importlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import joulebook
from conftest import ROOT, clean_environment

TESTS = Path(__file__).parent
sys.path.insert(0, str(ROOT / "Integrations/Python"))

from examples import PAGES as PAGES  # noqa: E402
from examples import programs, promised  # noqa: E402
from examples import project as project  # noqa: E402

# Nothing is fetched, no bar is drawn, and TensorFlow, where it is there, is not looked for.
SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "JOULEBOOK_QUIET": "1",
    "KERAS_BACKEND": "torch",
    "OMP_NUM_THREADS": "1",
}
os.environ.setdefault("KERAS_BACKEND", "torch")


def example(page: str, number: int = 0) -> str:
    """An example of a page, by its number from 0."""
    return programs(page)[number]


def start(source: str, directory: Path, *arguments: str) -> subprocess.Popen[str]:
    """A program of its own."""
    path = directory / "train.py"
    path.write_text(textwrap.dedent(source))
    return subprocess.Popen(
        [sys.executable, str(path), *arguments],
        cwd=directory,
        env=clean_environment(**SETTINGS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(source: str, directory: Path, *arguments: str, status: int = 0) -> str:
    """What the program said on standard error."""
    with start(source, directory, *arguments) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == status, said
    return said


def kill(source: str, directory: Path, line: str, *arguments: str) -> None:
    """Kills the program where it prints the line; it waits to be answered behind each line."""
    with start(source, directory, *arguments) as process:
        assert process.stdin is not None
        assert process.stdout is not None and process.stderr is not None
        for printed in process.stdout:
            if printed.strip() == line:
                os.kill(process.pid, signal.SIGKILL)
                break
            process.stdin.write("\n")
            process.stdin.flush()
        said = process.stderr.read()
    assert process.returncode == -signal.SIGKILL, said


def only_run(directory: Path) -> dict[str, Any]:
    """The only run below a directory, of however many ledgers."""
    ids = {joulebook.show(path)["run_id"] for path in directory.rglob("*.joule")}
    assert len(ids) == 1
    return joulebook.show(directory)


def by_start(directory: Path) -> list[dict[str, Any]]:
    """All ledgers below a directory, in the order in which they began."""
    return sorted(map(joulebook.show, directory.rglob("*.joule")), key=lambda run: run["started"])


def epochs_of(run: dict[str, Any]) -> list[int]:
    return [epoch["epoch"] for epoch in run["epochs"]]


def reruns_exactly(page: str, directory: Path) -> dict[str, Any]:
    """Runs the page's example twice: it leaves what the page says, and the audit knows it again.

    Returns the first run.
    """
    for _ in range(2):
        run(example(page), directory)
    first, second = by_start(directory)
    assert first["status"] == second["status"] == "finished"
    assert first["seed"] is not None and first["data"]["fingerprint"].startswith("sha256:")
    audit = joulebook.audit(directory / "joulebook")
    (finding,) = audit["findings"]
    told = [finding[name] for name in ("class", "proof", "run_id", "of")]
    assert told == ["exact_rerun", "bit", second["run_id"], first["run_id"]], finding
    count, metrics = promised(page)
    assert epochs_of(first) == list(range(1, count + 1))
    for epoch in first["epochs"]:
        assert metrics <= set(epoch["metrics"]) and epoch["energy"]["total_j"] > 0
    return first


def tells_apart(trains: Callable[[bool], object]) -> None:
    """Two trainings that `on_duplicate="raise"` lets pass, and then the first one again."""
    trains(True)
    trains(False)
    with pytest.raises(joulebook.DuplicateRunError):
        trains(True)


# Frameworks


@dataclass
class Asked:
    """How a framework trains; `at` is called where an epoch begins.

    With `kept`, what there is behind epoch 2 is kept in that directory; what goes on does so there.
    """

    recorder: Any = None
    epochs: int = 3
    at: Callable[[int], object] = lambda epoch: None
    stops: bool = False
    kept: Path | None = None
    goes_on: bool = False


@dataclass
class Told:
    """What a framework itself says: the metrics of epochs, the losses of steps, its model."""

    epochs: list[dict[str, float]]
    model: Any
    steps: dict[int, float] = field(default_factory=dict)


class Framework:
    """A small training of three epochs, and what its ledger has to say of it."""

    name = ""
    needs: tuple[str, ...] = ()
    seed: Any = 7
    metrics: frozenset[str] = frozenset()
    # Of the steps, the loss and the numbers.
    loss, steps = "loss", (1, 2, 3, 4, 5, 6)
    phases: tuple[str, ...] = ("validation",)
    config: Mapping[str, object] = {}
    resumed = ""
    # Epochs and note of a training of nine that stops itself, where there is such a thing.
    stopped: tuple[list[int], str] | None = None
    # Epochs of a training that raises in its second, in a run of its own and in one handed over:
    # the one that is open is kept where the recorder is told of the end.
    broken: tuple[list[int], list[int]] = [1, 2], [1]
    # How many epochs a budget that is used up at once lets pass at the most.
    soon = 100
    # What has to keep the run's id where checkpoints do not.
    resume: str | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def page(self) -> str:
        return f"{self.name}.md"

    @property
    def module(self) -> Any:
        return importlib.import_module(f"joulebook.{self.name}")

    def recorder(self, run: Any = "p", **options: Any) -> Any:
        return self.module.JoulebookCallback(run, **options)

    @property
    def going_on(self) -> dict[str, Any]:
        """What a recorder is told where a training may have to go on."""
        return {} if self.resume is None else {"resume": self.resume}

    def data(self) -> tuple[Any, ...]:
        """What is trained on."""
        raise NotImplementedError

    def fingerprint(self) -> Any:
        return joulebook.fingerprint(*self.data())

    def train(self, recorder: Any = None, **asked: Any) -> Told:
        return self._train(Asked(recorder, **asked))

    def _train(self, asked: Asked) -> Told:
        raise NotImplementedError

    def weights(self, model: Any) -> object:
        """Alike for models that are."""
        return [tensor.tolist() for tensor in model.state_dict().values()]


def line() -> tuple[Any, Any]:
    x = importlib.import_module("numpy").linspace(0, 1, 32, dtype="float32").reshape(-1, 1)
    return x, 1 - x


def table() -> tuple[Any, Any]:
    x = importlib.import_module("numpy").random.default_rng(0).normal(size=(60, 3))
    return x, x[:, 0] * x[:, 1]


def present(*callbacks: Any) -> list[Any]:
    return [callback for callback in callbacks if callback is not None]


class Transformers(Framework):
    name, needs = "transformers", ("torch", "accelerate", "transformers")
    metrics = frozenset({"loss", "grad_norm", "learning_rate", "eval_loss"})
    config = MappingProxyType({"per_device_train_batch_size": 16, "model.hidden_size": 8})
    resumed, stopped = "step 4, epoch 2 of a checkpoint", ([1], "step 2 of 18")
    soon = 2

    def data(self, count: int = 32) -> tuple[Any, ...]:
        pairs = [(2 * row % 20, (2 * row + 1) % 20) for row in range(count)]
        return ([{"input_ids": list(pair), "labels": int(pair[0] > 9)} for pair in pairs],)

    def trainer(
        self, *callbacks: Any, data: Any = None, evaluation: Any = None, **arguments: Any
    ) -> Any:
        import transformers

        given = {
            "output_dir": "output", "num_train_epochs": 3, "per_device_train_batch_size": 16,
            "seed": 7, "report_to": [], "use_cpu": True, "disable_tqdm": True, "logging_steps": 1,
            "save_strategy": "no", "eval_strategy": "epoch",
        }  # fmt: skip
        config = transformers.BertConfig(
            vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=8, max_position_embeddings=2, hidden_dropout_prob=0,
            attention_probs_dropout_prob=0,
        )  # fmt: skip
        return transformers.Trainer(
            transformers.BertForSequenceClassification(config),
            transformers.TrainingArguments(**{**given, **arguments}),
            train_dataset=data or self.data()[0],
            eval_dataset=evaluation or self.data(16)[0],
            callbacks=list(callbacks),
        )

    def _train(self, asked: Asked) -> Told:
        import transformers

        class Says(transformers.TrainerCallback):  # type: ignore[misc]
            def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
                asked.at(int(state.epoch) + 1)

            def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
                control.should_training_stop |= asked.stops

        given: dict[str, Any] = {"num_train_epochs": asked.epochs}
        if asked.kept:
            given |= {"save_strategy": "steps", "save_steps": 4, "output_dir": str(asked.kept)}
        transformers.set_seed(7)
        trainer = self.trainer(*present(asked.recorder), Says(), **given)
        trainer.train(str(asked.kept / "checkpoint-4") if asked.kept and asked.goes_on else None)
        rows = trainer.state.log_history
        steps = {row["step"]: row["loss"] for row in rows if "loss" in row}
        epochs = [
            {"loss": steps[row["step"]], "eval_loss": row["eval_loss"]}
            for row in rows
            if "eval_loss" in row
        ]
        return Told(epochs, trainer.model, steps)


class Lightning(Framework):
    name, needs = "lightning", ("torch", "lightning.pytorch")
    metrics = frozenset({"loss", "loss_epoch", "val_loss", "late"})
    loss = "loss_step"
    config = MappingProxyType({"lr": 0.1, "trainer.max_epochs": 3, "optimizers.0.name": "SGD"})
    resumed, stopped = "step 4, epoch 2 of a checkpoint", ([1, 2], "epoch 2 of 9")
    broken = [1, 2], [1, 2]

    def __init__(self, package: str = "lightning.pytorch", as_logger: bool = False) -> None:
        self.package, self.as_logger = package, as_logger
        self.needs = ("torch", package)
        if as_logger:
            self.steps = (0, 1, 2, 3, 4, 5)

    def __str__(self) -> str:
        return f"{self.package}{' as a logger' * self.as_logger}"

    def recorder(self, run: Any = "p", **options: Any) -> Any:
        kind = self.module.JoulebookLogger if self.as_logger else self.module.JoulebookCallback
        return kind(run, **options)

    def data(self) -> tuple[Any, ...]:
        import torch

        return (torch.utils.data.TensorDataset(*map(torch.from_numpy, line())),)

    def model(self, **hooks: Any) -> Any:
        """A line; hooks replace its methods."""
        import torch

        class Line(importlib.import_module(self.package).LightningModule):  # type: ignore[misc]
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

    def fit(self, *callbacks: Any, model: Any = None, **settings: Any) -> Any:
        import torch

        given = {
            "max_epochs": 3, "log_every_n_steps": 1, "accelerator": "cpu", "logger": False,
            "enable_checkpointing": False, "enable_progress_bar": False,
            "enable_model_summary": False,
        }  # fmt: skip
        ckpt_path = settings.pop("ckpt_path", None)
        package = importlib.import_module(self.package)
        trainer = package.Trainer(callbacks=list(callbacks), **{**given, **settings})
        loader = torch.utils.data.DataLoader(self.data()[0], batch_size=16)
        trainer.fit(model or self.model(), loader, loader, ckpt_path=ckpt_path)
        return trainer

    def _train(self, asked: Asked) -> Told:
        callbacks = importlib.import_module(self.package).callbacks
        epochs: list[dict[str, float]] = []
        steps: dict[int, float] = {}

        def on_train_epoch_start(model: Any) -> None:
            asked.at(model.current_epoch + 1)

        def on_train_batch_end(model: Any, outputs: Any, batch: Any, index: int) -> None:
            steps[self.steps[0] + model.global_step - 1] = float(outputs["loss"])

        def on_train_epoch_end(model: Any) -> None:
            found = model.trainer.callback_metrics
            epochs.append({name: float(found[name]) for name in ("loss_epoch", "val_loss")})
            epochs[-1]["late"] = float(model.current_epoch)
            model.log("late", epochs[-1]["late"])

        importlib.import_module(self.package).seed_everything(7)
        recorder = {"logger": asked.recorder} if self.as_logger and asked.recorder else {}
        given = present(None if recorder else asked.recorder)
        settings: dict[str, Any] = {"max_epochs": asked.epochs, **recorder}
        if asked.stops:
            given.append(callbacks.EarlyStopping("val_loss", patience=0, min_delta=1e9))
        if asked.kept:
            settings["enable_checkpointing"] = True
            keeps = {"save_top_k": -1, "every_n_epochs": 2}
            given.append(callbacks.ModelCheckpoint(asked.kept, "{epoch}", **keeps))
            if asked.goes_on:
                settings["ckpt_path"] = asked.kept / "epoch=1.ckpt"
        model = self.model(
            on_train_epoch_start=on_train_epoch_start,
            on_train_batch_end=on_train_batch_end,
            on_train_epoch_end=on_train_epoch_end,
        )
        self.fit(*given, model=model, **settings)
        return Told(epochs, model, steps)


class Keras(Framework):
    name, needs = "keras", ("torch", "keras")
    metrics = frozenset({"loss", "val_loss", "learning_rate"})
    config = MappingProxyType({
        "epochs": 3, "steps_per_epoch": 2, "batch_size": 16, "shuffle": True,
        "model.layers.1.config.units": 1, "compile.optimizer.class_name": "SGD",
    })  # fmt: skip
    resumed, stopped = "step 4, epoch 2", ([1, 2], "step 4")
    resume = "kept/run"

    def data(self) -> tuple[Any, ...]:
        return line()

    def model(self) -> Any:
        import keras

        # Names of layers begin anew.
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1, name="sgd"), loss="mse")
        return model

    def _train(self, asked: Asked) -> Told:
        import keras

        class Says(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
                if asked.kept and epoch == 2 and not asked.goes_on:
                    shutil.copytree(asked.kept, behind_2)
                asked.at(epoch + 1)

        callbacks = present(asked.recorder)
        if asked.stops:
            callbacks.append(keras.callbacks.EarlyStopping("val_loss", min_delta=1e9))
        if asked.kept:
            behind_2 = asked.kept.with_suffix(".2")
            if asked.goes_on:
                shutil.copytree(behind_2, asked.kept, dirs_exist_ok=True)
            callbacks.insert(0, keras.callbacks.BackupAndRestore(asked.kept))
        model, (x, y) = self.model(), line()
        told = model.fit(
            x, y, epochs=asked.epochs, batch_size=16, validation_data=(x, y), verbose=0,
            # What is drawn is not kept.
            shuffle=asked.kept is None, callbacks=[*callbacks, Says()],
        ).history  # fmt: skip
        epochs = [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
        return Told(epochs, model, {2 * epoch + 2: row["loss"] for epoch, row in enumerate(epochs)})

    def weights(self, model: Any) -> object:
        return [weight.tolist() for weight in model.get_weights()]


class XGBoost(Framework):
    name, needs = "xgboost", ("numpy", "xgboost")
    metrics, steps, phases = frozenset({"train-rmse"}), (), ()
    config = MappingProxyType(
        {"num_boost_round": 3, "max_depth": 2, "objective": "reg:squarederror", "lambda": 1}
    )
    resumed, stopped = "epoch 2 of a model", ([1, 2, 3], "epoch 3 of 9")
    # A round takes less than a meter's beat.
    soon = 4999
    params = MappingProxyType({"max_depth": 2, "seed": 7, "nthread": 1})

    def data(self) -> tuple[Any, ...]:
        import xgboost

        matrix = xgboost.DMatrix(*table())
        rows = matrix.get_data()
        held = (rows.data, rows.indices, rows.indptr, matrix.get_label(), matrix.get_weight())
        return *held, {"shape": [60, 3], "types": matrix.feature_types}

    def _train(self, asked: Asked) -> Told:
        import xgboost

        class Says(xgboost.callback.TrainingCallback):  # type: ignore[misc]
            def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                asked.at(epoch + 1)
                return False

            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
                if asked.kept and epoch == 1 and not asked.goes_on:
                    asked.kept.mkdir()
                    model.save_model(asked.kept / "model.ubj")
                return False

        callbacks, told = [*present(asked.recorder), Says()], {}
        if asked.stops:
            callbacks.append(xgboost.callback.EarlyStopping(rounds=2, min_delta=1e9))
        goes_on = asked.kept if asked.goes_on else None
        data = xgboost.DMatrix(*table())
        model = xgboost.train(
            dict(self.params), data, asked.epochs - (2 if goes_on else 0),
            evals=[(data, "train")], verbose_eval=False, callbacks=callbacks, evals_result=told,
            xgb_model=goes_on and goes_on / "model.ubj",
        )  # fmt: skip
        return Told([{"train-rmse": value} for value in told["train"]["rmse"]], model)

    def weights(self, model: Any) -> object:
        return model.save_raw()


class LightGBM(Framework):
    name, needs = "lightgbm", ("numpy", "lightgbm")
    metrics, steps, phases = frozenset({"test-l2"}), (), ()
    config = MappingProxyType({"num_boost_round": 3, "num_leaves": 4})
    resumed, stopped = "epoch 2 of a model", ([1, 2, 3], "epoch 3 of 9")
    broken, soon = ([1, 2], [1, 2]), 4999
    resume = "kept/run"
    params = MappingProxyType(
        {"num_leaves": 4, "min_data_in_leaf": 5, "seed": 7, "verbose": -1, "num_threads": 1}
    )
    asked = Asked()

    def recorder(self, run: Any = "p", **options: Any) -> Any:
        return self.module.JoulebookCallbacks(run, **options)

    def data(self) -> tuple[Any, ...]:
        x, y = table()
        return (x, y.astype("float32")) * 2

    def _train(self, asked: Asked) -> Told:
        import lightgbm

        # What a callback holds would count.
        LightGBM.asked = asked
        told: dict[str, Any] = {}
        callbacks = [*(asked.recorder or []), said_by_lightgbm, lightgbm.record_evaluation(told)]
        if asked.stops:
            callbacks.append(lightgbm.early_stopping(2, min_delta=1e9, verbose=False))
        goes_on = asked.kept if asked.goes_on else None
        data = lightgbm.Dataset(*table(), free_raw_data=False)
        with asked.recorder or nullcontext():
            model = lightgbm.train(
                dict(self.params), data, asked.epochs - (2 if goes_on else 0),
                valid_sets=[data.create_valid(*table())], valid_names=["test"],
                callbacks=callbacks, init_model=goes_on and goes_on / "model.txt",
            )  # fmt: skip
        losses = told.get("test", {}).get("l2", [])
        return Told([{"test-l2": value} for value in losses], model)

    def weights(self, model: Any) -> object:
        return model.model_to_string()


def said_by_lightgbm(env: Any) -> None:
    asked = LightGBM.asked
    if asked.kept and env.iteration == 2 and not asked.goes_on:
        env.model.save_model(asked.kept / "model.txt")
    asked.at(env.iteration + 1)


said_by_lightgbm.before_iteration = True  # type: ignore[attr-defined]


class ScikitLearn(Framework):
    name, needs = "sklearn", ("numpy", "sklearn")
    metrics, steps = frozenset({"n_iter", "val_score"}), ()
    config = MappingProxyType({"alpha": 0.01, "fit_params.classes": [0, 1]})
    resumed = "epoch 2 of an estimator"
    # A loop over `partial_fit` raises between two of them.
    broken = [1], [1]
    page = "scikit-learn.md"

    def recorder(self, run: Any = "p", **options: Any) -> Any:
        return self.module.Recorded(self.estimator(), run, validation=self.data(), **options)

    def estimator(self) -> Any:
        from sklearn.linear_model import SGDClassifier

        return SGDClassifier(alpha=0.01, random_state=7)

    def data(self) -> tuple[Any, ...]:
        x, y = table()
        return x, (y > 0).astype(int)

    def _train(self, asked: Asked) -> Told:
        x, y = self.data()
        first, model, epochs = 0, asked.recorder or self.estimator(), []
        if asked.kept and asked.goes_on:
            first, model = pickle.loads((asked.kept / "model").read_bytes())
        with nullcontext() if asked.recorder is None else model:
            for epoch in range(first, asked.epochs):
                if getattr(model, "should_stop", False):
                    break
                asked.at(epoch + 1)
                model.partial_fit(x, y, classes=[0, 1])
                epochs.append({"val_score": model.score(x, y), "n_iter": model.n_iter_})
                if asked.kept and epoch == 1 and not asked.goes_on:
                    asked.kept.mkdir()
                    (asked.kept / "model").write_bytes(pickle.dumps((2, model)))
        return Told(epochs, model)

    def weights(self, model: Any) -> object:
        return model.coef_.tolist()


FRAMEWORKS: tuple[Framework, ...] = (
    Transformers(), Lightning(), Keras(), XGBoost(), LightGBM(), ScikitLearn()
)  # fmt: skip
# The other ways in.
VARIANTS = tuple(
    Lightning(package, as_logger)
    for package, as_logger in [
        ("lightning.pytorch", True), ("pytorch_lightning", False), ("pytorch_lightning", True)
    ]
)  # fmt: skip
