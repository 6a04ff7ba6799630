"""What `fit` of Keras does is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from trainings import by_start, epochs_of, kill, only_run, reruns_exactly, run

import joulebook
from conftest import ledgers, shown

numpy = pytest.importorskip("numpy")
pytest.importorskip("torch", reason="PyTorch, the backend of Keras here, is not installed")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="Keras is not installed")

from joulebook.keras import JoulebookCallback  # noqa: E402

# NumPy's, of Keras.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = numpy.linspace(0, 1, 32, dtype="float32").reshape(-1, 1)
Y = 1 - X


def fit(*callbacks: Any, **settings: Any) -> Any:
    """Three epochs of two steps."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    given = {"epochs": 3, "batch_size": 16, "validation_data": (X, Y), "verbose": 0}
    return model.fit(X, Y, callbacks=list(callbacks), **{**given, **settings})


def test_all_that_keras_logs_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    callback = JoulebookCallback("p", config={"mine": 1}, tags=["try"])
    history = fit(callback)
    run = shown(tmp_path)
    assert (run["status"], run["project"], run["tags"]) == ("finished", "p", ["try"])
    assert run["seed"] == 7 and run["config"]["mine"] == 1
    assert run["config"]["epochs"] == 3 and run["config"]["steps_per_epoch"] == 2
    assert run["config"]["batch_size"] == 16 and run["config"]["shuffle"] is True
    assert run["config"]["model"]["layers"][1]["config"]["units"] == 1
    assert run["config"]["compile"]["optimizer"]["class_name"] == "SGD"
    assert run["data"]["fingerprint"] == joulebook.fingerprint(X, Y).value
    assert epochs_of(run) == [1, 2, 3]
    for name in ("loss", "val_loss"):
        assert [epoch["metrics"][name] for epoch in run["epochs"]] == history.history[name]
    assert run["epochs"][0]["metrics"]["learning_rate"] == pytest.approx(0.1)
    assert [phase["name"] for phase in run["epochs"][0]["phases"]] == ["validation"]
    steps = joulebook.open(tmp_path).steps(columns=["step", "loss"])
    rows = pytest.importorskip("pyarrow").table(steps).to_pydict()
    assert rows["step"] == [1, 2, 3, 4, 5, 6] and rows["loss"][1::2] == history.history["loss"]
    assert callback.run is not None and callback.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_a_model_that_does_not_tell_its_configuration_is_told_by_its_class(tmp_path: Path) -> None:
    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.layer = layer

        def call(self, x: Any) -> Any:
            return self.layer(x)

    model = Own(keras.layers.Dense(1))
    model.compile("sgd", loss=lambda told, found: keras.ops.mean((told - found) ** 2))
    model.fit(X, Y, verbose=0, callbacks=[JoulebookCallback("p")])
    config = shown(tmp_path)["config"]
    assert config["model"]["class"].endswith("Own")
    assert "learning_rate" in str(config["compile"])


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("keras.md", tmp_path)
    assert epochs_of(first) == [1, 2, 3]
    assert all({"loss", "val_loss"} <= set(epoch["metrics"]) for epoch in first["epochs"])


# Five epochs of two steps. The first time, nothing is kept of what comes behind the second.
LONG = """
    import os, sys
    import keras, numpy
    from joulebook.keras import JoulebookCallback

    class Says(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2 and not os.path.exists("first"):
                os.rename("backup/training_metadata.json", "first")
            print("epoch", epoch + 1, "begins", flush=True)
            sys.stdin.readline()

    keras.utils.set_random_seed(1)
    x = numpy.linspace(0, 1, 32, dtype="float32").reshape(-1, 1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    model.fit(x, 1 - x, epochs=5, batch_size=16, shuffle=False, verbose=0, callbacks=[
        keras.callbacks.BackupAndRestore("backup"),
        JoulebookCallback("p", resume="backup/run"), Says()])
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(tmp_path: Path) -> None:
    kill(LONG, tmp_path, "epoch 4 begins")
    killed = only_run(tmp_path)
    assert killed["status"] == "killed"
    assert epochs_of(killed) == [1, 2, 3]
    assert all("loss" in epoch["metrics"] for epoch in killed["epochs"])
    (tmp_path / "first").replace(tmp_path / "backup" / "training_metadata.json")
    run(LONG, tmp_path)
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # What was not kept was trained again.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    notes = by_start(tmp_path)[-1]["notes"]
    assert notes[0]["text"].endswith("epoch 2")
    # The next training is another run.
    assert not (tmp_path / "backup").exists()


def test_an_early_stop_is_told(tmp_path: Path) -> None:
    fit(JoulebookCallback("p"), keras.callbacks.EarlyStopping("val_loss", min_delta=1e9))
    run = shown(tmp_path)
    assert (run["status"], epochs_of(run), run["tags"]) == ("finished", [1, 2], ["stopped-early"])
    assert run["notes"][0]["text"] == "stopped early: step 4"


def test_what_raises_fails_the_run_when_the_next_one_begins(tmp_path: Path) -> None:
    class Breaks(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise ArithmeticError("broken")

    callback = JoulebookCallback("p")
    with pytest.raises(ArithmeticError):
        fit(callback, Breaks())
    first = callback.run
    fit(callback)
    statuses = {run["run_id"]: run["status"] for run in map(joulebook.show, ledgers(tmp_path))}
    assert first is not None and statuses.pop(first.id) == "failed"
    assert list(statuses.values()) == ["finished"]


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as run:
            run.budget(**budget)  # type: ignore[arg-type]
            callback = JoulebookCallback(run)
            history = fit(callback, epochs=1000)
            assert callback.run is run and joulebook.show(run.path or "")["status"] == "running"
    else:
        history = fit(JoulebookCallback("p", budget=budget, interval_s=0.01), epochs=1000)
    assert len(history.epoch) < 1000
    assert shown(tmp_path)["status"] == "finished"
    assert shown(tmp_path).get("tags") in (None, [])


def test_a_model_that_is_trained_further_is_no_repetition(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"on_duplicate": "raise", "proof": "config"}
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, name="sgd"), loss="mse")
    kept = model.get_weights()
    for _ in range(2):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[JoulebookCallback("p", **asked)])
    # Its optimizer begins anew as well.
    model.set_weights(kept)
    model.compile(keras.optimizers.SGD(0.1, name="sgd"), loss="mse")
    with pytest.raises(joulebook.DuplicateRunError):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[JoulebookCallback("p", **asked)])
