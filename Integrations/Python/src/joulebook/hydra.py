"""Hydra: a callback that records each job as a run.

hydra:
  callbacks:
    joulebook:
      _target_: joulebook.hydra.JoulebookCallback

and in the program: `for epoch in joulebook.hydra.current().epochs(10):`
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ._query import ledger_path
from ._run import Run
from ._training import Budget, Data, Training

try:
    from hydra.core.utils import JobReturn, JobStatus
    from hydra.experimental.callback import Callback
    from hydra.types import RunMode
    from hydra.utils import to_absolute_path
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException
except ImportError as error:
    raise ImportError(
        f"joulebook.hydra needs Hydra 1.2 or later ({error}): pip install hydra-core"
    ) from error

__all__ = ["JoulebookCallback", "current"]

# The first part of a resolver's name; it is empty where another interpolation gives it.
_RESOLVER = re.compile(r"(?<!\\)\$\{\s*(?:[^:{}]*\$\{[^{}]*\})?([^\s.:{}$]*)[^:{}$]*:")
_INTERPOLATION = re.compile(r"(\\*)\$\{")
_ANY = {"allow_objects": True}
# Of the job that this process is at, or what its start raised.
_current: Training | Exception | None = None


def current() -> Run:
    """The run of the job that calls this.

    Raises what `joulebook.start` raised when the job began, DuplicateRunError for one; the job then
    fails by it. Raises RuntimeError where no callback records jobs.
    """
    if isinstance(_current, Exception):
        raise _current
    run = None if _current is None else _current.run
    if run is None:
        raise RuntimeError(
            "no job of Hydra is being recorded; set "
            "hydra.callbacks.joulebook._target_=joulebook.hydra.JoulebookCallback"
        )
    return run


class JoulebookCallback(Callback):
    """Records each job as a run, which `joulebook.hydra.current()` gives to the program.

    project  default: the name of Hydra's job, which is that of the program
    config   laid over the configuration, which is the job's own
    files    the keys of the job's configuration that hold the paths of what is read, one or a list:
             the files are fingerprinted, relative to where the program was started
    data     in place of `files`, the data's name
    budget   the arguments of `run.budget`. What says "stop" ends the loop over `run.epochs`
    resume   a file in the job's directory that keeps the run's id until the job ends: a job that
             finds it, as where `hydra.run.dir` is set, goes on with that run
    start    every other argument is that of `joulebook.start`: dir, stage, tags, on_duplicate, ...

    The jobs of a multirun are trials of one sweep, which is called as its directory is. A job's
    overrides, number and directory are part of the run's environment; the number that it returns is
    the run's metric `objective`.
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        config: object = None,
        files: str | Iterable[str] = (),
        data: Data = None,
        budget: Budget | None = None,
        resume: str | None = None,
        **start: Any,
    ) -> None:
        self._project = project
        self._files = [files] if isinstance(files, str) else list(files)
        self._resume = resume
        # Hydra hands over lists and dicts of its own kind.
        self._config, self._data, self._budget = _plain(config), _plain(data), _plain(budget)
        self._start = {name: _plain(value) for name, value in start.items()}
        # What is said of an argument is said now, and not of each job.
        self._training = self._made(start)

    # What Hydra calls; what is raised it tells as a warning.

    def on_job_start(self, config: DictConfig, **given: Any) -> None:
        global _current
        job = config.hydra
        options = {"project": self._project or str(job.job.name), **_of_sweep(job), **self._start}
        options["env"] = {**_environment(job), **(options.get("env") or {})}
        # Jobs may be given a directory of their own to work in.
        options["dir"] = to_absolute_path(ledger_path(options.get("dir")))
        resume = None
        if self._resume is not None:
            resume = os.path.join(str(job.runtime.output_dir), self._resume)
        try:
            self._training = self._made(options, resume)
            self._training.begin(lambda: _settings(config), lambda: self._read(config))
        except Exception as error:
            _current = error
            raise
        _current = self._training

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **given: Any) -> None:
        global _current
        _current = None
        if job_return.status != JobStatus.COMPLETED:
            self._training.end("failed")
            return
        self._training.end_of_loop()
        found = job_return.return_value
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        self._training.end("finished", {"objective": found} if is_number else None)

    # Inside

    def _made(self, options: dict[str, Any], resume: str | None = None) -> Training:
        return Training(None, self._config, self._data, self._budget, options, resume)

    def _read(self, config: DictConfig) -> tuple[object, ...] | None:
        """The files that the configuration names."""
        from pathlib import Path

        known = _settled(config, "oc", "hydra")
        paths = (OmegaConf.select(known, key, throw_on_missing=True) for key in self._files)
        return tuple(Path(to_absolute_path(str(path))) for path in paths) or None


def _settings(config: DictConfig) -> dict[str, Any]:
    """The job's configuration; what has no value that lasts is left as it is spelt."""
    known = _settled(config, "oc")
    settings = {str(key): _value(known, config, key) for key in config if key != "hydra"}
    if "seed" in settings:
        # Here a job is told apart by what it was started with; a seed that is spelt is none.
        seed = _value(_settled(config, "oc", "hydra"), config, "seed")
        settings["seed"] = None if _is_spelt(seed) else seed
    return settings


def _settled(config: DictConfig, *kinds: str) -> Any:
    """A copy in which only these kinds of resolvers are asked, `oc` for those of OmegaConf.

    Any other may draw or count: what it gives us the job never gets. In the copy it is text.
    """
    return OmegaConf.create(_escaped(OmegaConf.to_container(config), kinds), flags=_ANY)


def _escaped(raw: Any, kinds: tuple[str, ...]) -> Any:
    if isinstance(raw, Mapping):
        return {key: _escaped(part, kinds) for key, part in raw.items()}
    if isinstance(raw, list):
        return [_escaped(part, kinds) for part in raw]
    if isinstance(raw, str) and set(_RESOLVER.findall(raw)).difference(kinds):
        # Backslashes before an interpolation stand for themselves when doubled.
        return _INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", raw)
    return raw


def _value(known: Any, job: Any, key: Any) -> Any:
    """What the job has under a key, or how it is spelt where that cannot be known."""
    try:
        found = known[key]
        if _is_spelt(found):
            return found
        # Of the type that the job's own configuration gives it.
        own = job[key]
    except OmegaConfBaseException:
        return OmegaConf.to_container(known)[key]  # type: ignore[index]
    if OmegaConf.is_dict(found):
        return {name: _value(found, own, name) for name in found}
    if OmegaConf.is_list(found):
        return [_value(found, own, index) for index in range(len(found))]
    return _plain(own)


def _is_spelt(value: Any) -> bool:
    return isinstance(value, str) and ("${" in value or value == "???")


def _plain(value: Any) -> Any:
    """Without the kinds of lists and dicts that are OmegaConf's."""
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _of_sweep(job: Any) -> dict[str, Any]:
    is_sweep = job.mode == RunMode.MULTIRUN
    return {"sweep": str(job.sweep.dir)} if is_sweep else {}


def _environment(job: Any) -> dict[str, Any]:
    facts = {
        "hydra_overrides": " ".join(map(str, job.overrides.task)),
        "hydra_job": OmegaConf.select(job, "job.num", throw_on_missing=False),
        "hydra_output_dir": str(job.runtime.output_dir),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "")}
