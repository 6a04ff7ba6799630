"""A value of the configuration that was read is never called unread."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import pickle
import random
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import joulebook
from conftest import Script, shown
from joulebook._readset import plain, unread

SEED = 20260302
VALUES = {
    "optim": {"name": "sgd", "lr": 0.1, "decay": {"kind": "cosine", "steps": 10}},
    "layers": [64, 32],
    "seed": 0,
    "empty": {},
    "nothing": None,
}
ALL = [
    "empty",
    "layers[0]",
    "layers[1]",
    "nothing",
    "optim.decay.kind",
    "optim.decay.steps",
    "optim.lr",
    "optim.name",
    "seed",
]


def left(read: Callable[[Any], object]) -> list[str] | None:
    """What is unread after a read of `seed` and another one."""
    config = joulebook.Config(VALUES)
    _ = config.seed
    read(config)
    return unread(config)


def without(*prefixes: str) -> list[str]:
    return [path for path in ALL if path != "seed" and not path.startswith(prefixes)]


TOP = ("empty", "layers", "nothing")


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda c: c.optim.lr, without("optim.lr")),
        (lambda c: c["optim"]["lr"], without("optim.lr")),
        (lambda c: c.get("optim").get("lr"), without("optim.lr")),
        (lambda c: c.get("missing"), without("-")),
        (lambda c: c.optim.pop("lr"), without("optim.lr")),
        (lambda c: "lr" in c.optim, without("optim.lr")),
        (lambda c: hasattr(c.optim, "lr"), without("optim.lr")),
        (lambda c: getattr(c.optim, "other", 1), without("-")),
        (lambda c: c.layers[0], without("layers")),
        (lambda c: c.optim, without("-")),
        (lambda c: setattr(c.optim, "lr", 2), without("optim.lr")),
        (lambda c: c.optim.update(lr=2), without("optim.lr")),
        (lambda c: c.optim.setdefault("lr", 2), without("optim.lr")),
        (lambda c: list(c.optim), without("optim.lr", "optim.name")),
        (lambda c: len(c.optim), without("optim.lr", "optim.name")),
        (lambda c: bool(c.optim), without("optim.lr", "optim.name")),
        (lambda c: c.optim.keys(), without("optim.lr", "optim.name")),
        (lambda c: c.optim.items(), without("optim.lr", "optim.name")),
        (lambda c: c.optim.values(), without("optim.lr", "optim.name")),
        (lambda c: dict(**c.optim), without("optim.lr", "optim.name")),
        (lambda c: {**c.optim}, without("optim.lr", "optim.name")),
        (lambda c: dict(c.optim), without("optim.lr", "optim.name")),
        (lambda c: vars(c.optim), without("optim.lr", "optim.name")),
        (lambda c: dir(c.optim), without("optim.lr", "optim.name")),
        (lambda c: c.optim | {"a": 1}, without("optim.lr", "optim.name")),
        (lambda c: {"a": 1} | c.optim, without("optim.lr", "optim.name")),
        (lambda c: c.optim == {}, without("optim")),
        (lambda c: str(c.optim), without("optim")),
        (lambda c: f"{c.optim}", without("optim")),
        (lambda c: json.dumps(c.optim.to_dict()), without("optim")),
        (lambda c: copy.copy(c.optim), without("optim")),
        (lambda c: copy.deepcopy(c.optim), without("optim")),
        (lambda c: c.optim.copy(), without("optim")),
        (lambda c: dict(c), without(*TOP)),
        (lambda c: joulebook.Config(c).optim.lr, without("optim.lr")),
        (lambda c: joulebook.Config(c.optim).lr, without("optim.lr")),
        (lambda c: c.to_dict(), []),
        (lambda c: pickle.dumps(c.optim), None),
        (lambda c: joulebook.Config({"a": c}), None),
    ],
)
def test_what_reads_a_value_marks_it(read: Callable[[Any], object], expected: object) -> None:
    assert left(read) == expected


def test_what_was_read_before_it_was_replaced_was_read() -> None:
    assert left(lambda c: (c.optim.lr, c.update(optim={"lr": 3, "name": "x"}))) == without("optim")
    assert left(lambda c: (c.optim.lr, c.pop("optim"))) == without("optim")
    assert left(lambda c: (c.layers, c.update(layers={"a": 1}))) == without("layers")


def test_nothing_is_said_where_nothing_was_read() -> None:
    config = joulebook.Config(VALUES)
    assert unread(config) is None
    assert plain(config) == VALUES and unread(config) is None


def test_it_is_used_like_a_dict_and_by_attributes() -> None:
    config = joulebook.Config(VALUES)
    assert config == VALUES and config.to_dict() == VALUES
    assert config.optim is config["optim"]
    config["new"] = {"a": {"b": 1}}
    assert config.new.a.b == 1
    del config["new"], config.seed
    assert "new" not in config and "seed" not in config
    with pytest.raises(KeyError):
        config["seed"]
    with pytest.raises(AttributeError, match="no 'seed'"):
        _ = config.seed
    with pytest.raises(TypeError):
        hash(config)
    with pytest.raises(TypeError):
        json.dumps(config)
    assert repr(joulebook.Config({"a": 1})) == "Config({'a': 1})"
    for wrong in (3, "text", [1], {1: 2}):
        with pytest.raises(TypeError, match="Config: takes"):
            joulebook.Config(wrong)


@dataclasses.dataclass
class Settings:
    lr: float = 0.1
    width: int = 4
    depth: int = 2

    @property
    def size(self) -> int:
        return self.width * self.depth

    def halve(self) -> None:
        self.lr /= 2


def test_methods_of_a_dataclass_read_and_change_what_is_seen() -> None:
    config = joulebook.Config({"model": Settings(), "x": 1})
    assert config.model.size == 8
    assert unread(config) == ["model.lr", "x"]
    config.model.halve()
    assert config.model.lr == 0.05 and unread(config) == ["x"]


@pytest.mark.parametrize(
    "source", [argparse.Namespace(a=1, b=2), SimpleNamespace(a=1, b=2), {"a": 1, "b": 2}]
)
def test_what_has_named_values_is_taken(source: object) -> None:
    config = joulebook.Config(source)
    assert vars(config) == {"a": 1, "b": 2}
    fresh = joulebook.Config({"x": source})
    assert fresh.x.a == 1 and unread(fresh) == ["x.b"]


def test_omegaconf_is_taken_resolved() -> None:
    omegaconf = pytest.importorskip("omegaconf")
    config = joulebook.Config(omegaconf.OmegaConf.create({"a": 1, "b": "${a}", "c": {"d": [1]}}))
    assert config.b == 1 and unread(config) == ["a", "c.d[0]"]
    with joulebook.start("p", config=omegaconf.OmegaConf.create({"d": [1]}), quiet=True) as run:
        assert run.path is not None
    assert joulebook.show(run.path)["config"] == {"d": [1]}


def test_paths_that_would_need_escapes_and_lists_with_names_claim_nothing() -> None:
    values = {"a.b": 1, "": 2, "c": [{"d": 1}], "e": [[1]], "f": 1, "x": 0, "g[0]": 1}
    config = joulebook.Config(values)
    _ = config.x
    assert unread(config) == ["f"]


def test_as_many_paths_are_told_as_are_kept() -> None:
    config = joulebook.Config({f"k{number}": 1 for number in range(5000)})
    _ = config.k0
    assert len(unread(config) or []) == 1000


class Program:
    """A random program, and what it has read, by an account of its own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.values = self.level(3)
        self.read: set[str] = set()

    def level(self, depth: int) -> dict[str, Any]:
        names = self.random.sample("abcdefg", self.random.randint(1, 5))
        inner = depth > 0
        return {
            name: self.level(depth - 1) if inner and self.random.random() < 0.4 else depth
            for name in names
        }

    def run(self, config: Any, values: dict[str, Any], prefix: str = "", steps: int = 6) -> None:
        for _ in range(steps):
            name = self.random.choice(sorted(values))
            path, value = prefix + name, values[name]
            how = self.random.randrange(6)
            if how < 2:
                got = config[name] if how else getattr(config, name)
                if not isinstance(value, dict):
                    assert got == value
                    self.read.add(path)
                elif self.random.random() < 0.7:
                    self.run(got, value, path + ".", 3)
            elif how == 2:
                for key, got in config.items():
                    if not isinstance(got, joulebook.Config):
                        self.read.add(prefix + key)
            elif how == 3 and self.random.random() < 0.2:
                self.all(config.to_dict(), prefix)
            elif how == 4 and self.random.random() < 0.5:
                some = self.random.choice([dict, list, vars, lambda one: {**one}])
                some(config)
                self.read |= {prefix + key for key in values if not isinstance(values[key], dict)}
            elif how == 5:
                config.get("zzz")

    def all(self, values: dict[str, Any], prefix: str) -> None:
        for name, value in values.items():
            if isinstance(value, dict):
                self.all(value, f"{prefix}{name}.")
            else:
                self.read.add(prefix + name)


def leaves(values: dict[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for name, value in values.items():
        path = prefix + name
        found |= leaves(value, path + ".") if isinstance(value, dict) else {path}
    return found


def test_random_programs_are_told_exactly_what_they_did_not_read() -> None:
    print("seed", SEED)
    for number in range(300):
        program = Program(SEED + number)
        config = joulebook.Config(program.values)
        program.run(config, program.values)
        found = set(unread(config) or ())
        assert not found & program.read
        if program.read:
            assert found == leaves(program.values) - program.read


def test_threads_that_read_at_once_are_all_seen() -> None:
    values = {f"k{number}": {"x": number, "y": 0} for number in range(200)}
    config = joulebook.Config(values)

    def read(first: int) -> None:
        for number in range(first, 200, 4):
            assert config[f"k{number}"].x == number

    threads = [threading.Thread(target=read, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unread(config) == sorted(f"k{number}.y" for number in range(200))


def test_after_a_fork_nobody_knows(script: Script) -> None:
    script(
        """
        import os, subprocess, joulebook
        from joulebook._readset import unread
        config = joulebook.Config({"a": 1, "b": 2})
        config.a
        subprocess.run(["true"])
        assert unread(config) == ["b"]
        child = os.fork()
        if child == 0:
            config.b
            os._exit(0)
        os.waitpid(child, 0)
        assert unread(config) is None
        again = joulebook.Config({"a": 1, "b": 2})
        again.a
        assert unread(again) == ["b"]
        """
    )


RUN = """
import joulebook, sys
config = joulebook.Config({{"lr": 0.1, "width": {{"a": 1, "b": 2}}, "seed": 3}})
run = joulebook.start("p", config=config, quiet=True)
config.lr, config.width.a
{end}
"""


@pytest.mark.parametrize(
    ("end", "status", "expected"),
    [
        ("run.finish()", 0, ["seed", "width.b"]),
        ("with run: pass", 0, ["seed", "width.b"]),
        ("", 0, ["seed", "width.b"]),
        ("run.finish('failed')", 0, None),
        ("sys.exit(3)", 3, None),
        ("import os; os.kill(os.getpid(), 9)", -9, None),
        ("with run: raise ValueError", 1, None),
        ("import multiprocessing as m; m.get_context('fork').Pool(1); run.finish()", 0, None),
    ],
)
def test_only_a_run_that_finished_says_what_was_not_read(
    script: Script, tmp_path: Path, end: str, status: int, expected: object
) -> None:
    script(RUN.format(end=end), status=status)
    found = shown(tmp_path / "joulebook")
    assert found["config"] == {"lr": 0.1, "width": {"a": 1, "b": 2}, "seed": 3}
    assert found["seed"] == 3
    assert found.get("config_unread") == expected


def test_a_part_of_a_configuration_has_paths_of_its_own(tmp_path: Path) -> None:
    config = joulebook.Config({"model": {"lr": 0.1, "width": 2}, "other": 1})
    with joulebook.start("p", config=config.model, quiet=True) as run:
        _ = config.model.lr
    assert run.path is not None and os.path.exists(run.path)
    assert joulebook.show(run.path)["config_unread"] == ["width"]
