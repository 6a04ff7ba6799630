"""What `fit` of Keras does is in the ledger, and nothing of it is different for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trainings import Keras, line

import joulebook
from conftest import shown

pytest.importorskip("torch", reason="PyTorch, the backend of Keras here, is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")

from joulebook.keras import JoulebookCallback  # noqa: E402

# NumPy's, of Keras.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X, Y = line()


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


def test_a_model_that_is_trained_further_is_no_repetition(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"on_duplicate": "raise", "proof": "config"}
    model = Keras().model()
    kept = model.get_weights()
    for _ in range(2):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[JoulebookCallback("p", **asked)])
    # Its optimizer begins anew as well.
    model.set_weights(kept)
    model.compile(keras.optimizers.SGD(0.1, name="sgd"), loss="mse")
    with pytest.raises(joulebook.DuplicateRunError):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[JoulebookCallback("p", **asked)])
