"""A configuration that knows which of its values the program has read."""

from __future__ import annotations

import os
from argparse import Namespace
from collections import OrderedDict
from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from types import SimpleNamespace

from ._config import members

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Members = list[tuple[object, object]]

UNREAD_MAX = 1000
NAME_MAX = 256
DEPTH_MAX = 64
# Names with these would be spelt with escapes in a path.
_SEPARATORS = frozenset(".[]\\")
_forks = 0


def _count_fork() -> None:
    global _forks
    _forks += 1


# Of Python's own forks: a child that reads is not seen by its parent.
os.register_at_fork(before=_count_fork)


class _Trace:
    """Whether all that is read of a configuration is seen; one for a tree."""

    __slots__ = ("forks", "is_lost")

    def __init__(self) -> None:
        self.forks = _forks
        self.is_lost = False


class _Level:
    """One level of a configuration, and which of its names were read."""

    __slots__ = ("kind", "read", "trace", "values")

    def __init__(self, source: object, names: _Members, trace: _Trace, depth: int) -> None:
        self.trace = trace
        # Whose methods and properties work on the level.
        self.kind = type(source)
        self.read: set[str] = set()
        self.values = {str(name): self.tracked(value, depth) for name, value in names}

    def tracked(self, value: object, depth: int = 0) -> object:
        """A level of its own, where a value has names and is not empty."""
        if isinstance(value, Config):
            # Whoever reads it there is not seen here.
            value._level.trace.is_lost = True
            return value.to_dict()
        names = members(value) if depth < DEPTH_MAX and _is_level(value) else None
        if not names or not all(type(name) is str for name, _ in names):
            return value
        return _wrap(_Level(value, names, self.trace, depth + 1))

    def read_all(self) -> None:
        """Takes all names of this level as read, not what is below."""
        self.read.update(self.values)

    def read_below(self) -> None:
        self.read_all()
        for value in list(self.values.values()):
            if isinstance(value, Config):
                value._level.read_below()

    def plain(self) -> dict[str, object]:
        """Everything below, without reading it."""
        return {
            name: value._level.plain() if isinstance(value, Config) else value
            for name, value in list(self.values.items())
        }


class Config(MutableMapping[str, "Any"]):
    """A configuration that notes which of its values the program reads.

        config = joulebook.Config({"optim": {"lr": 0.1}, "seed": 0})
        with joulebook.start(config=config) as run:
            train(config.optim.lr)          # or config["optim"]["lr"]

    Takes a mapping, an `argparse.Namespace`, a dataclass or OmegaConf, and is used like a dict and
    by attributes. A run that ends "finished" records in `config_unread` the paths of the values
    that nobody has read: another value there would have changed nothing. To be passed to
    `joulebook.start` does not count as reading.

    When in doubt a value counts as read: looping over a level, its length, `**config`,
    `dict(config)`, `vars(config)` and equality read all names of that level, and `print`, `copy`,
    `to_dict` also all that is below. A list is one value. Nothing is recorded when the process has
    forked or the configuration was pickled, since what a child reads is not seen, when it is copied
    and the copy is used, and when nothing was read at all. So do not go on with the mapping that it
    was made of. It is no `dict`: `json.dumps(config.to_dict())`.
    """

    __slots__ = ("_level",)

    _level: _Level

    def __init__(self, config: object = None) -> None:
        if isinstance(config, Config):
            level = config._level
        else:
            names = members({} if config is None else config)
            if names is None or not all(isinstance(name, str) for name, _ in names):
                raise TypeError(
                    "Config: takes a dict of named values, a dataclass, an argparse.Namespace or "
                    f"OmegaConf, not {type(config).__name__}"
                )
            level = _Level(config, names, _Trace(), 0)
        object.__setattr__(self, "_level", level)

    # As a mapping

    def __getitem__(self, name: str) -> Any:
        level = self._level
        value = level.values[name]
        level.read.add(name)
        return value

    def __setitem__(self, name: str, value: object) -> None:
        level = self._level
        # What is recorded is the value of the start: it no longer tells what is done.
        level.read.add(name)
        new = level.tracked(value)
        if isinstance(new, Config):
            # Of what it replaces something may have been read.
            new._level.read_below()
        level.values[name] = new

    def __delitem__(self, name: str) -> None:
        del self._level.values[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._level.values:
            return False
        self._level.read.add(str(name))
        return True

    def __iter__(self) -> Iterator[str]:
        self._level.read_all()
        return iter(self._level.values)

    def __len__(self) -> int:
        self._level.read_all()
        return len(self._level.values)

    def keys(self) -> KeysView[str]:
        self._level.read_all()
        return self._level.values.keys()

    def items(self) -> ItemsView[str, Any]:
        self._level.read_all()
        return self._level.values.items()

    def values(self) -> ValuesView[Any]:
        self._level.read_all()
        return self._level.values.values()

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == (other.to_dict() if isinstance(other, Config) else other)

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Mapping[str, object]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, object]) -> dict[str, Any]:
        return {**other, **self}

    # As an object

    def __getattr__(self, name: str) -> Any:
        level = self._level
        if name in level.values:
            level.read.add(name)
            return level.values[name]
        if not name.startswith("__") and hasattr(level.kind, "__dataclass_fields__"):
            # A method or property, which then works on what is seen here.
            for kind in level.kind.__mro__:
                bind = getattr(vars(kind).get(name), "__get__", None)
                if bind is not None:
                    return bind(self, level.kind)
        raise AttributeError(f"the configuration has no {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self._level.values:
            raise AttributeError(f"the configuration has no {name!r}")
        del self[name]

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        """For `vars(config)`."""
        self._level.read_all()
        return dict(self._level.values)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self})

    def __repr__(self) -> str:
        return f"Config({self.to_dict()!r})"

    # Copies

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain dicts, which counts as reading all."""
        self._level.read_below()
        return self._level.plain()

    def copy(self) -> Config:
        """A copy of all levels, of which nobody notes what is read."""
        copied = Config(self.to_dict())
        copied._level.trace.is_lost = True
        return copied

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, object]) -> Config:
        from copy import deepcopy

        copied = Config(deepcopy(self.to_dict(), memo))
        copied._level.trace.is_lost = True
        return copied

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        # Whoever unpickles it reads unseen.
        self._level.trace.is_lost = True
        return _restored, (self._level.plain(),)


def plain(config: Config) -> dict[str, object]:
    """What a run records of it, without reading it."""
    return config._level.plain()


def unread(config: Config) -> list[str] | None:
    """Paths of the values that nobody has read, sorted; None when that is not known.

    Paths are those of `Schemas/redundancy-keys.md`. At most a thousand, and none with a name that
    would need escapes: to leave one out claims less.
    """
    level = config._level
    if level.trace.is_lost or level.trace.forks != _forks or not _is_read(level):
        return None
    paths: list[str] = []
    _collect(level, "", paths)
    return sorted(paths)


def _collect(level: _Level, prefix: str, paths: list[str]) -> None:
    for name, value in list(level.values.items()):
        if not name or len(name) > NAME_MAX or not _SEPARATORS.isdisjoint(name):
            continue
        if isinstance(value, Config):
            _collect(value._level, f"{prefix}{name}.", paths)
        elif name not in level.read and len(paths) < UNREAD_MAX:
            paths += _leaves(value, prefix + name)


def _leaves(value: object, path: str) -> list[str]:
    """A list's values have paths of their own; what has names or lists in it is left out."""
    if isinstance(value, Mapping) and value:
        return []
    if not isinstance(value, list | tuple) or not value:
        return [path]
    if len(value) > UNREAD_MAX or any(isinstance(item, list | tuple | Mapping) for item in value):
        return []
    return [f"{path}[{place}]" for place in range(len(value))]


def _is_read(level: _Level) -> bool:
    below = (value._level for value in list(level.values.values()) if isinstance(value, Config))
    return bool(level.read) or any(_is_read(one) for one in below)


def _is_level(value: object) -> bool:
    """Whether a value may be replaced by one that is read by name; others stay as they are."""
    return type(value) in (dict, OrderedDict, Namespace, SimpleNamespace) or (
        hasattr(value, "__dataclass_fields__") and not isinstance(value, type)
    )


def _wrap(level: _Level) -> Config:
    config = Config.__new__(Config)
    object.__setattr__(config, "_level", level)
    return config


def _restored(values: dict[str, object]) -> Config:
    config = Config(values)
    config._level.trace.is_lost = True
    return config
