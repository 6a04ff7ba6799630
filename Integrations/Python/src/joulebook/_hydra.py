"""The jobs of a Hydra multirun, from what Hydra left in its directory."""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Iterator
from importlib import import_module

# Loading `typing` would cost more than asking a question.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONFIG_SIZE_MAX = 1 << 20
JOBS_MAX = 10_000
OVERRIDES_SIZE_MAX = 1 << 16
_BASIC = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"


def multirun(directory: str) -> list[object]:
    """The configurations of all jobs, those that were never started included.

    Those that were are told by their own `.hydra`, the others by `multirun.yaml`, in its order.

    Raises ImportError without OmegaConf and Hydra, OSError for what cannot be read, and ValueError
    for what is no multirun.
    """
    started = dict(_started(directory))
    plan = _plan(directory)
    if plan is None:
        if not started:
            raise ValueError(
                f"{directory} is no directory of a Hydra multirun: it has neither multirun.yaml "
                "nor a job with .hydra/config.yaml"
            )
        return list(started.values())
    planned = [started.pop(job) if job in started else plan.composed(job) for job in plan.jobs]
    # What was started besides, as when two multiruns share a directory.
    return [*planned, *started.values()]


def _started(directory: str) -> Iterator[tuple[tuple[str, ...], object]]:
    """The overrides and the configuration of each job that was started."""
    for count, folder in enumerate(_job_folders(directory)):
        if count >= JOBS_MAX:
            raise ValueError(f"{directory} holds more than {JOBS_MAX} jobs; split the search")
        overrides = _loaded(os.path.join(folder, "overrides.yaml"), is_list=True)
        config = _loaded(os.path.join(folder, "config.yaml"))
        yield tuple(str(word) for word in overrides), config


def _job_folders(directory: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise error

    found = []
    for place, folders, _ in os.walk(directory, onerror=refuse):
        folder = os.path.join(place, ".hydra")
        if ".hydra" in folders and os.path.isfile(os.path.join(folder, "config.yaml")):
            found.append(folder)
            # What a job wrote is its own.
            folders.clear()
    return sorted(found, key=_by_number)


def _by_number(path: str) -> list[tuple[int, str]]:
    """Job 10 comes behind job 9."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", path)]


class _Plan:
    """A grid that Hydra's own sweeper was given."""

    def __init__(self, path: str, config: Any) -> None:
        self.path = path
        try:
            hydra = config.hydra
            # The command line goes behind the configuration, and the later of two counts.
            words = [f"{name}={value}" for name, value in (hydra.sweeper.params or {}).items()]
            words += [str(word) for word in hydra.overrides.task]
            self._groups = {str(name) for name in hydra.runtime.choices}
            del config["hydra"]
        except Exception as error:
            raise ValueError(f"{path} is not one that Hydra wrote: {_line(error)}") from None
        self._base = config
        self._parsed: dict[str, Any] = {}
        if sum(map(len, words)) > OVERRIDES_SIZE_MAX:
            raise ValueError(f"{path}: more than {OVERRIDES_SIZE_MAX} characters of overrides")
        self.jobs = self._product([self._parse(word) for word in words])

    def _product(self, overrides: list[Any]) -> list[tuple[str, ...]]:
        """The overrides of each job, as Hydra's sweeper spells them."""
        axes: dict[str, list[str]] = {}
        for override in overrides:
            key = override.get_key_element()
            if override.is_sweep_override():
                values = self._values(override)
            else:
                values = [override.get_value_element_as_str()]
            axes[key] = [f"{key}={value}" for value in values]
        if math.prod(map(len, axes.values())) > JOBS_MAX:
            raise ValueError(f"{self.path}: more than {JOBS_MAX} jobs; split the search")
        return list(itertools.product(*axes.values()))

    def _values(self, override: Any) -> list[str]:
        sweep = override.value()
        if not override.is_discrete_sweep():
            raise ValueError(
                f"{self.path}: {override.key_or_group} is swept over an interval, which is no list"
            )
        # The order changes no search, and a shuffled range is a list before it can be counted.
        sweep.shuffle = False
        try:
            return list(itertools.islice(override.sweep_string_iterator(), JOBS_MAX + 1))
        except Exception as error:
            raise ValueError(
                f"{self.path}: {override.key_or_group} is no list of values ({_line(error)}); "
                "pass a list of configurations"
            ) from None

    def composed(self, job: tuple[str, ...]) -> object:
        """The configuration of a job that was not started."""
        from omegaconf import OmegaConf, open_dict

        config = self._base.copy()
        for word in job:
            override = self._parse(word)
            name = override.key_or_group
            if name in self._groups or override.package is not None or override.is_delete():
                raise ValueError(
                    f"{self.path}: what {word} stands for is told by jobs that were started only, "
                    "and not all were; pass a list of configurations"
                )
            try:
                with open_dict(config):
                    OmegaConf.update(config, name, override.value())
            except Exception as error:
                raise ValueError(f"{self.path}: {word} cannot be set: {_line(error)}") from None
        return config

    def _parse(self, word: str) -> Any:
        if word not in self._parsed:
            try:
                from hydra.core.override_parser.overrides_parser import OverridesParser
            except ImportError as error:
                raise _needed(error) from error
            try:
                self._parsed[word] = OverridesParser.create().parse_override(word)
            except Exception as error:
                raise ValueError(f"{self.path}: {_line(error)}") from None
        return self._parsed[word]


def _plan(directory: str) -> _Plan | None:
    """None where no grid was planned: a sweeper that chooses as it goes tells its jobs only."""
    path = os.path.join(directory, "multirun.yaml")
    if not os.path.exists(path):
        return None
    config = _loaded(path)
    from omegaconf import OmegaConf

    sweeper = OmegaConf.select(config, "hydra.sweeper._target_", default=_BASIC)
    return _Plan(path, config) if sweeper == _BASIC else None


def _needed(error: ImportError) -> ImportError:
    return ImportError(f"to read a Hydra multirun, pip install hydra-core ({error})")


def _loaded(path: str, *, is_list: bool = False) -> Any:
    """A YAML file as OmegaConf reads it; nothing in it is executed."""
    try:
        from omegaconf import OmegaConf
    except ImportError as error:
        raise _needed(error) from error
    if os.path.exists(path) and not os.path.isfile(path):
        # A named pipe would be waited for.
        raise ValueError(f"{path} is no regular file")
    with open(path, "rb") as file:
        content = file.read(CONFIG_SIZE_MAX + 1)
    if len(content) > CONFIG_SIZE_MAX:
        raise ValueError(f"{path} is larger than {CONFIG_SIZE_MAX} bytes")
    try:
        text = content.decode()
        _refuse_aliases(text)
        config = OmegaConf.create(text)
    except RecursionError:
        raise ValueError(f"{path} is nested too deep") from None
    except Exception as error:
        raise ValueError(f"{path} cannot be read: {_line(error)}") from None
    if OmegaConf.is_list(config) != is_list:
        raise ValueError(f"{path} is not a {'list' if is_list else 'configuration'}")
    return config


def _refuse_aliases(text: str) -> None:
    """Hydra writes none, and a few of them can stand for more than any memory holds."""
    if "&" not in text:
        return
    # Without stubs for type checkers.
    yaml = import_module("yaml")
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"line {event.start_mark.line + 1} is an alias")


def _line(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
