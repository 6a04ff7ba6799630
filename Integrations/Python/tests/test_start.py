"""What a run records, without being asked and as it was told."""

from __future__ import annotations

import argparse
import dataclasses
import enum
import inspect
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import joulebook
from conftest import Script, ledgers, schema, shown, the_ledger
from joulebook._config import plain_config


@dataclasses.dataclass
class Optim:
    lr: float = 0.1
    betas: tuple[float, float] = (0.9, 0.999)


@dataclasses.dataclass
class Settings:
    seed: int = 3
    optim: Optim = dataclasses.field(default_factory=Optim)


class Activation(enum.Enum):
    RELU = "relu"


class HasToDict:
    def to_dict(self) -> dict[str, object]:
        return {"lr": 0.1}


class HasModelDump:
    def model_dump(self) -> dict[str, object]:
        return {"lr": 0.1}


class ClassAsConfig:
    lr = 0.1

    def method(self) -> None: ...


CONFIGS = {
    "dict": {"lr": 0.1},
    "namespace": argparse.Namespace(lr=0.1),
    "to_dict": HasToDict(),
    "model_dump": HasModelDump(),
    "class": ClassAsConfig,
    "instance": argparse.Namespace(**{"lr": np.float32(0.1)}),
    "numpy scalar": {"lr": np.float64(0.1)},
    "numpy array": {"lr": np.array(0.1)},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_configuration_of_any_usual_kind_reads_the_same(name: str, tmp_path: Path) -> None:
    joulebook.start("p", config=CONFIGS[name], dir=tmp_path).finish()
    assert shown(tmp_path)["config"] == {"lr": 0.1}


def test_nested_and_odd_values_are_kept_as_far_as_json_goes(tmp_path: Path) -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    config = {
        "settings": Settings(),
        "activation": Activation.RELU,
        "layers": np.array([3, 4]),
        "path": Path("a/b"),
        "set": {2, 1},
        "none": None,
        "flag": True,
        "huge": 2**70,
        "bounds": [math.nan, math.inf, -math.inf],
        "function": math.sqrt,
        "object": object(),
        "loop": loop,
        7: "number as name",
        "odd text": "\ud800 \x00",
        "large": np.zeros((1000, 1000)),
    }
    joulebook.start("p", config=config, dir=tmp_path).finish()
    kept = shown(tmp_path)["config"]
    assert kept["settings"] == {"seed": 3, "optim": {"lr": 0.1, "betas": [0.9, 0.999]}}
    assert kept["activation"] == "relu"
    assert kept["layers"] == [3, 4]
    assert kept["path"] == "a/b"
    assert kept["set"] == [1, 2]
    assert "none" in kept and kept["none"] is None
    assert kept["flag"] is True
    assert kept["huge"] == str(2**70)
    assert kept["bounds"] == ["NaN", "Infinity", "-Infinity"]
    assert kept["function"] == "math.sqrt"
    assert kept["object"] == "<builtins.object>"
    assert kept["7"] == "number as name"
    assert kept["large"] == "<array of float64, 1000x1000>"


class Model:
    """Says nothing of itself but where it lies."""

    def __init__(self, repr_: str | None = None) -> None:
        self.text = repr_

    def __repr__(self) -> str:
        return self.text or f"<Model {id(self):#x}>"


def test_an_object_that_cannot_be_spelt_out_is_told(tmp_path: Path) -> None:
    config = {"lr": 0.1, "net": {"body": Model(), "head": Model("Model(3)")}, "other": [object()]}
    with pytest.warns(RuntimeWarning, match=r"config: net\.body, other cannot be spelt") as told:
        joulebook.start("p", config=config, dir=tmp_path, quiet=False).finish()
    assert len(told) == 1 and told[0].filename == __file__
    kept = shown(tmp_path)["config"]
    assert kept["net"] == {"body": f"<{__name__}.Model>", "head": "Model(3)"}
    with pytest.warns(RuntimeWarning, match="cannot be spelt"):
        joulebook.check(config, against=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joulebook.start("p", config=config, dir=tmp_path, quiet=True).finish()
        joulebook.start("p", {"net": Model("Model(3)")}, dir=tmp_path, quiet=False).finish()


def test_a_configuration_without_names_is_refused() -> None:
    for config in ([1, 2], "lr=0.1", 3, math.sqrt):
        with pytest.raises(TypeError, match="config must be"):
            plain_config(config)


def test_an_option_that_means_nothing_is_refused_with_what_it_may_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"stage must be one of .*training"):
        joulebook.start("p", stage="traning", dir=tmp_path)
    with pytest.raises(ValueError, match="on_duplicate must be one of warn, raise, ignore"):
        joulebook.start("p", on_duplicate="stop", dir=tmp_path)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="fingerprint"):
        joulebook.start("p", data=np.zeros(3), dir=tmp_path)  # type: ignore[arg-type]
    assert ledgers(tmp_path) == []


def test_the_program_and_its_surroundings_are_recorded_without_being_asked(
    script: Script, tmp_path: Path
) -> None:
    script(
        """
        import numpy, joulebook
        with joulebook.start("p", config={"seed": 5}, data=joulebook.fingerprint(b"x", name="d")):
            pass
        """,
        "--epochs",
        "3",
    )
    run = shown(tmp_path)
    jsonschema.validate(run, schema("run"))
    assert run["env"]["python"] == sys.version.split()[0]
    assert run["env"]["numpy"] == np.__version__
    assert "pandas" not in run["env"]
    assert run["code"]["entry"] == "train.py"
    assert run["seed"] == 5
    assert run["data"] == {"name": "d", "fingerprint": str(joulebook.fingerprint(b"x"))}
    assert run["hardware"]["host"]
    assert run["argv"][1:] == ["--epochs", "3"]
    assert run["status"] == "finished"


def test_secrets_are_redacted_before_they_are_written(script: Script, tmp_path: Path) -> None:
    secret = "hf_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbC"
    script(
        f"""
        import joulebook
        config = {{"lr": 0.1, "api_key": "{secret}", "hub": {{"token": "{secret}"}}}}
        with joulebook.start("p", config=config, env={{"note": "{secret}"}}) as run:
            run.tag("{secret}")
        """,
        "--token",
        secret,
        HF_TOKEN=secret,
    )
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "train.py"]
    assert files
    for path in files:
        assert secret.encode() not in path.read_bytes()
    assert secret not in str(shown(tmp_path))


def test_the_environment_switches_everything_off(script: Script, tmp_path: Path) -> None:
    result = script(
        """
        import joulebook
        with joulebook.start("p", config={"lr": 0.1}) as run:
            for epoch in run.epochs(3):
                run.log(step=1, loss=0.1)
                epoch.log(loss=0.1)
            assert run.path is None
        """,
        JOULEBOOK_DISABLED="1",
    )
    assert ledgers(tmp_path) == []
    assert not (tmp_path / "joulebook").exists()
    assert result.stderr == ""


def test_one_line_at_the_start_and_one_at_the_end(script: Script) -> None:
    source = """
        import joulebook
        with joulebook.start("digits") as run:
            for epoch in run.epochs(2):
                epoch.log(loss=0.1)
        """
    lines = script(source).stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("joulebook: recording digits in joulebook/digits/")
    assert lines[1].startswith("joulebook: finished digits: 2 epochs, ")
    assert script(source, JOULEBOOK_QUIET="1").stderr.count("recording") == 0


def test_the_directory_comes_from_the_argument_then_the_environment_then_here(
    script: Script, tmp_path: Path
) -> None:
    source = (
        "import joulebook, sys; joulebook.start('p', dir=sys.argv[1] if sys.argv[1:] else None)"
    )
    script(source, "given", JOULEBOOK_DIR="named")
    script(source, JOULEBOOK_DIR="named")
    script(source)
    assert [len(ledgers(tmp_path / name)) for name in ("given", "named", "joulebook")] == [1, 1, 1]


def test_a_directory_that_cannot_be_written_is_one_warning_and_training_goes_on(
    script: Script, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    result = script(
        """
        import joulebook
        with joulebook.start("p", dir="file/below") as run:
            for epoch in run.epochs(2):
                run.log(step=1, loss=0.1)
                epoch.log(loss=0.1)
            assert run.path is None
            assert len(run.warnings) == 1, run.warnings
            print("trained")
        """
    )
    assert result.stdout == "trained\n"
    assert len(result.stderr.splitlines()) == 1
    assert "not recorded" in result.stderr


def test_ledgers_follow_the_umask_and_are_never_world_writable(
    script: Script, tmp_path: Path
) -> None:
    script("import os, joulebook; os.umask(0); joulebook.start('p').finish()")
    assert the_ledger(tmp_path).stat().st_mode & 0o002 == 0


def test_what_is_recorded_can_be_switched_off(tmp_path: Path) -> None:
    joulebook.start("p", dir=tmp_path, capture={"user": False, "arguments": False}).finish()
    run = shown(tmp_path)
    assert run.get("user") is None
    assert run.get("argv") is None


def test_a_run_can_be_started_again_in_the_same_process(tmp_path: Path) -> None:
    ids = set()
    for seed in range(3):
        with joulebook.start("p", config={"seed": seed}, dir=tmp_path) as run:
            ids.add(run.id)
    assert len(ids) == 3
    assert len(ledgers(tmp_path)) == 3


@pytest.mark.parametrize("durability", ["none", "ring", "epoch", "every"])
def test_durability_is_recorded_as_it_is_in_force(tmp_path: Path, durability: Any) -> None:
    with joulebook.start("p", dir=tmp_path, durability=durability) as run:
        assert run.durability == durability
        for epoch in run.epochs(2):
            run.log(step=epoch.number, loss=1.0)
            epoch.log(loss=0.5)
    document = shown(tmp_path)
    assert document["durability"] == durability
    assert document["totals"]["epochs"] == document["totals"]["steps"] == 2


def test_an_unknown_durability_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="durability must be one of none, ring, epoch, every"):
        joulebook.start("p", dir=tmp_path, durability="always")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pue", [-1, 0.5, 4])
def test_a_pue_that_cannot_be_is_refused_at_the_start(pue: float) -> None:
    with pytest.raises(ValueError, match="pue"):
        joulebook.start("p", pue=pue)


@pytest.mark.parametrize("region", ["ZZ", "Frnace", "", "aws:", ":x", "US-"])
def test_a_region_that_nobody_knows_is_refused_at_the_start(region: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"region .*not known"):
        joulebook.start("p", region=region, dir=tmp_path)
    assert ledgers(tmp_path) == []


@pytest.mark.parametrize("region", ["FR", "fra", "France", "US-CA", "aws:eu-west-1", "lab:cellar"])
def test_a_region_that_can_be_is_recorded(region: str, tmp_path: Path) -> None:
    joulebook.start("p", region=region, dir=tmp_path).finish()
    assert shown(tmp_path)["env"]["JOULEBOOK_REGION"] == region


def test_a_region_that_a_machine_states_wrongly_stops_no_training(script: Script) -> None:
    result = script("import joulebook; joulebook.start('p').finish()", JOULEBOOK_REGION="ZZ")
    assert 'JOULEBOOK_REGION "ZZ" is not known' in result.stderr


@pytest.mark.parametrize(
    ("name", "word"), [("CAPTURE", "-users"), ("CAPTURE", "false"), ("PUE", "1,2"), ("PUE", "5")]
)
def test_what_a_machine_states_wrongly_is_named(
    name: str, word: str, script: Script, tmp_path: Path
) -> None:
    source = """
        import joulebook
        run = joulebook.start("p")
        run.finish()
        print(run.warnings[0])
    """
    result = script(source, **{f"JOULEBOOK_{name}": word})
    assert f'not "{word}"' in result.stderr
    assert result.stdout.strip() in result.stderr
    assert ("user" in shown(tmp_path)) is (name == "PUE")


def test_an_empty_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="project is empty"):
        joulebook.start("", dir=tmp_path)


def test_quiet_says_nothing_even_about_a_repetition(script: Script) -> None:
    source = """
        import joulebook
        for _ in range(2):
            with joulebook.start("p", config={"lr": 1}, data="d") as run:
                run.epoch(1)
        print(run.preflight["verdict"], len(run.warnings))
        """
    loud = script(source)
    assert "Already run" in loud.stderr
    quiet = script(source, JOULEBOOK_QUIET="1")
    assert quiet.stderr == ""
    assert quiet.stdout == loud.stdout == "already_run 1\n"


def test_every_argument_of_start_is_explained() -> None:
    text = inspect.getdoc(joulebook.start) or ""
    explained = [line.split()[0] for line in text.splitlines() if line.strip()]
    assert [name for name in inspect.signature(joulebook.start).parameters] == [
        name for name in explained if name in inspect.signature(joulebook.start).parameters
    ]
    assert "JOULEBOOK_RUN_ID" in text and "RANK" in text


@pytest.mark.parametrize("seed", [[1, 2], {"a": 1}, object()])
def test_a_seed_that_has_no_value_is_refused(seed: object) -> None:
    with pytest.raises(TypeError, match="seed"):
        joulebook.start("p", seed=seed)


@pytest.mark.parametrize("count", ["3", range(3), 2.5])
def test_epochs_says_what_it_takes(count: Any) -> None:
    with joulebook.start("p") as run, pytest.raises(TypeError, match="whole number"):
        next(run.epochs(count))
