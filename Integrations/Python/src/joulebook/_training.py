"""A training that a framework runs, as a run: what the callbacks of all frameworks have in common.

A callback tells what happens (`begin`, `begin_epoch`, `log`, `end_epoch`, `end`), in whatever way
its framework lets it know; what it finds out besides is read by functions that it hands over, so
that what cannot be read costs that fact and nothing else.
"""

from __future__ import annotations

import atexit
import functools
import os
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from ._data import Fingerprint
from ._errors import LedgerWarning
from ._run import Epoch, Phase, Run, ending, is_quiet
from ._start import is_disabled, seed_of, start
from ._words import say, warn

Budget = Mapping[str, Any] | Callable[[Run], object]
# What `joulebook.start` takes, what `joulebook.fingerprint` does, or False.
Data = object

# Those that have not ended. One whose callback is gone has raised.
_going: set[Training] = set()


class Training:
    """The runs of a callback, one for each training that it sees; at most one is going on.

    run      a run that is open, which is then never finished here, or the project of new ones
    config   is laid over what the framework tells of the configuration
    data     as `joulebook.start` takes it, or what `joulebook.fingerprint` does, several things in
             a tuple; None: what the framework trains on is fingerprinted, False: nothing is said
    budget   the arguments of `run.budget`, or a function that is called with each new run
    resume   a file that keeps the run's id until the training ends: the next one that finds it goes
             on with that run
    options  the other arguments of `joulebook.start`
    """

    # What a training that nobody told the end of came to.
    presumed = "failed"

    def __init__(
        self,
        run: Run | str | None,
        config: object,
        data: Data,
        budget: Budget | None,
        options: dict[str, Any],
        resume: str | os.PathLike[str] | None = None,
    ) -> None:
        unknown = set(options).difference(start.__kwdefaults__ or (), ("project", "stage"))
        if unknown:
            raise TypeError(f"joulebook.start has no argument {', '.join(sorted(unknown))}")
        if isinstance(run, Run) and (config is not None or data is not None or options):
            raise TypeError("a run that is open has its configuration, data and options already")
        if isinstance(run, str):
            options = {"project": run, **options}
        self._options = options
        self.run = run if isinstance(run, Run) else None
        self.is_going = False
        self._given = run, config, data, budget, options, resume
        self._epoch: Epoch | None = None
        self._phase: Phase | None = None
        self._asked_for: BaseException | None = None
        self._has_complained = False
        self._stack: list[_Place] = []
        self._thread = 0
        self._owner: weakref.finalize[..., Any] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        # A copy is for trainings of its own: an open run stays here, as does a function that cannot
        # be taken along.
        run, config, data, budget, options, resume = self._given
        if isinstance(run, Run):
            run = run.project
        options = {name: value for name, value in options.items() if _can_leave(value)}
        # Trackers are of their process, which writes to them.
        options.pop("beside", None)
        if isinstance(budget, Mapping):
            budget = {name: value for name, value in budget.items() if _can_leave(value)}
        elif not _can_leave(budget):
            budget = None
        return Training, (run, config, data, budget, options, resume)

    def __deepcopy__(self, memo: object) -> Training:
        return Training(*self._given)

    # What happens

    def begin(
        self,
        config: Callable[[], Mapping[str, object]],
        data: Callable[[], object],
        *,
        run_id: str | None = None,
        ranks: tuple[int, int] = (0, 1),
        seed: Callable[[], object] = lambda: None,
    ) -> None:
        """Starts a run, which is named, or goes on with, `run_id` where that is given.

        `ranks` is the number of this process and how many there are, for launchers that tell their
        processes only in their own way. Raises what `joulebook.start` raises.
        """
        self.end(self.presumed)
        self._stack = _stack()
        self._thread = threading.get_ident()
        for other in list(_going):
            if other._was_left_behind(self):
                other.end(other.presumed)
        self._has_complained = False
        given, own_config, own_data, budget, options, resume = self._given
        run_id = run_id or self.kept_id
        with self._asked():
            if not isinstance(given, Run) and is_disabled():
                self.run = start(**options)
            elif not isinstance(given, Run):
                facts = {**(self._told(config, "configuration") or {}), **_plain(own_config)}
                if facts.get("seed") is None and "seed" not in options:
                    found = self._told(lambda: seed_of(seed()), "seed")
                    options = options if found is None else {**options, "seed": found}
                is_seeded = facts.get("seed") is not None or options.get("seed") is not None
                if is_seeded and "initial_weights" in facts:
                    # Seeds draw them: replicates of one recipe differ in both. Without a seed
                    # equal weights say nothing of what else is drawn.
                    facts["initial_weights"] = {"seed": facts["initial_weights"]}
                if run_id is not None:
                    options = {"run_id": run_id, **options}
                with _ranks(*ranks):
                    self.run = start(config=facts, data=self._data(own_data, data), **options)
        self.is_going = True
        _going.add(self)
        # Behind that of the runs, so that it is called before it.
        atexit.unregister(_end_at_exit)
        atexit.register(_end_at_exit)
        if resume is not None and self.run is not None and self.run.path is not None:
            self._attempt(functools.partial(_write, resume, self.run.id))
        try:
            with self._asked():
                self._set(budget)
        except BaseException:
            self.end("failed")
            raise

    def _set(self, budget: Budget | None) -> None:
        if self.run is None or budget is None:
            return
        if isinstance(budget, Mapping):
            self.run.budget(**budget)
        else:
            budget(self.run)

    @property
    def kept_id(self) -> str | None:
        """The run that a file tells a training to go on with."""
        return _read(self._given[-1])

    def plan(self, first: int, last: int) -> None:
        """Says which epochs there are going to be, for the forecast."""
        if self.run is not None and self.is_going and first <= last:
            self.run._plan_epochs(first, last)

    def begin_epoch(self, number: int) -> Epoch | None:
        """Begins an epoch; one that is open ends. None outside of a training."""
        self.end_epoch()
        if self.run is not None and self.is_going:
            self._epoch = self.run.epoch(number)
        return self._epoch

    def begin_phase(self, name: str) -> None:
        """Begins a part of the epoch, or of the run between epochs; one that is open ends."""
        self.end_phase()
        if self.run is not None and self.is_going:
            self._phase = Phase(self._epoch or self.run, name)

    def end_phase(self) -> None:
        if self._phase is not None:
            self._phase.end()
            self._phase = None

    def log(self, step: int | None, metrics: Mapping[str, Any]) -> None:
        """Keeps the metrics of a step."""
        if self.run is not None and self.is_going and metrics:
            self.run.log(metrics, step=step)

    def log_epoch(self, metrics: Mapping[str, Any]) -> None:
        """Adds to the epoch that is open."""
        if self._epoch is not None and metrics:
            self._epoch.log(metrics)

    @property
    def epoch(self) -> int | None:
        """The number of the epoch that is open."""
        return None if self._epoch is None else self._epoch.number

    def end_epoch(self, metrics: Mapping[str, Any] | None = None) -> None:
        """Ends the epoch that is open, if there is one, and keeps it."""
        self.end_phase()
        if self._epoch is None:
            return
        self.log_epoch(metrics or {})
        epoch, self._epoch = self._epoch, None
        with self._asked():
            epoch.end()

    def end(self, status: str = "finished", metrics: Mapping[str, Any] | None = None) -> None:
        """Ends the training, and its run unless that was handed over open."""
        # A forked child's training is its parent's.
        if not self.is_going or self.run is None or os.getpid() != self.run._pid:
            return
        self.end_epoch()
        self.is_going = False
        _going.discard(self)
        resume = self._given[-1]
        if resume is not None and status == "finished":
            self._attempt(lambda: Path(resume).unlink(missing_ok=True))
        if not isinstance(self._given[0], Run):
            with self._asked():
                self.run.finish(status, metrics or None)

    def stopped_early(self, where: str) -> None:
        """Takes note of a training that its own program ended before what was planned."""
        if self.run is not None and self.is_going:
            self.run.tag("stopped-early")
            self.run.note(f"stopped early: {where}")

    def end_of_loop(self) -> None:
        """Takes note of a loop over `run.epochs` that was left before its last epoch."""
        reached, last = (None if self.run is None else self.run._loop) or (0, 0)
        if reached < last and not self.should_stop:
            self.stopped_early(f"epoch {reached}")

    def resumed(self, where: str) -> None:
        """Takes note of where a training goes on; what came behind it before is lost work."""
        if self.run is not None and self.is_going:
            self.run.note(f"resumed: {where}")

    @property
    def should_stop(self) -> bool:
        """Whether the run's budget, or a replay, asks for an end."""
        if self.run is None or not self.is_going:
            return False
        # Asked at each step, so that it has to cost nothing.
        try:
            return self.run.should_stop
        except Exception as error:
            self._asked_for = error
            raise

    @property
    def should_all_stop(self) -> bool:
        """The same, alike on all ranks of PyTorch, each of which has to ask at the same place.

        They ask whatever each has: a run, a budget or a replay may be the matter of one of them. An
        error of one stops the others.
        """
        distributed: Any = sys.modules.get("torch.distributed")
        if distributed is None or not distributed.is_available():
            return self.should_stop
        if not distributed.is_initialized() or distributed.get_world_size() == 1:
            return self.should_stop
        stops = True
        try:
            stops = self.should_stop
        finally:
            answers = [False] * distributed.get_world_size()
            distributed.all_gather_object(answers, stops)
        return any(answers)

    # Inside

    def _was_left_behind(self, new: Training) -> bool:
        """Whether this one, of a run of its own, has raised by the time that another one begins.

        In doubt it has not, and ends with its callback.
        """
        if isinstance(self._given[0], Run) or self.presumed != "failed":
            return False
        return self._thread == new._thread and not _is_inside(new._stack, self._stack)

    def _belongs_to(self, owner: object) -> None:
        """Has the training end with its callback, which a training that goes on has hold of."""
        if self.is_going and (self._owner is None or not self._owner.alive):
            self._owner = weakref.finalize(owner, self._abandon)
            self._owner.atexit = False

    def _abandon(self) -> None:
        if isinstance(self._given[0], Run):
            self.is_going = False
            _going.discard(self)
            return
        try:
            self.end(self.presumed)
        except Exception as error:
            self._complain(error)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What is raised here is about what the user gave, or by it: callables of a budget."""
        try:
            yield
        except Exception as error:
            self._asked_for = error
            raise

    def asks_for(self, error: Exception) -> None:
        """Has the hook that raises this one raise it."""
        self._asked_for = error

    def lets_pass(self, error: Exception) -> bool:
        """Whether an error is one that the user asked for; of others it complains once."""
        if error is self._asked_for:
            self._asked_for = None
            return True
        self._complain(error)
        return False

    def _complain(self, error: Exception) -> None:
        if not self._has_complained:
            self._has_complained = True
            warn(
                f"not all of the training is recorded: {type(error).__name__}: {error} (said once)",
                LedgerWarning,
            )

    def _attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except OSError as error:
            self._complain(error)

    def _told(self, read: Callable[[], _Fact], name: str) -> _Fact | None:
        """What the framework tells, or nothing and a line."""
        try:
            return read()
        except Exception as error:
            if not is_quiet(self._options.get("quiet")):
                say(f"the {name} is not known: {error}")
            return None

    def _data(self, given: Data, data: Callable[[], object]) -> Any:
        if given is False or isinstance(given, Fingerprint | Mapping | str):
            return given or None
        return self._told(lambda: _fingerprint(data() if given is None else given), "data")


_Fact = TypeVar("_Fact")
_Hook = TypeVar("_Hook", bound=Callable[..., Any])


def harmless(hook: _Hook) -> _Hook:
    """A hook of a callback that raises into the training only what its user asked for.

    The callback has its `Training` as `_training`.
    """

    @functools.wraps(hook)
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return hook(self, *arguments, **named)
        except Exception as error:
            if self._training.lets_pass(error):
                raise
            return None
        finally:
            self._training._belongs_to(self)

    return cast("_Hook", call)


# A frame, as a number that another one may have when it is gone; its code, what it was at, and the
# package that it is of.
_Place = tuple[int, object, int, str]


def _stack() -> list[_Place]:
    """What is being called, outermost first, but for this file's own."""
    found: list[_Place] = []
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename != __file__:
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            found.append((id(frame), frame.f_code, frame.f_lasti, package))
        frame = frame.f_back
    return found[::-1]


def _is_inside(new: list[_Place], old: list[_Place]) -> bool:
    """Whether a training that begins at one place may be part of one that began at another.

    It is not where only the program, and nothing of the older one's framework, called both.
    """
    shared = ""
    for before, now in zip(old, new, strict=False):
        if before[:2] != now[:2]:
            break
        shared = now[3]
        if before[2] != now[2]:
            break
    framework = next((place[3] for place in reversed(old) if place[3] != "joulebook"), "")
    return shared in ("joulebook", framework)


def arguments_of(package: str, *functions: str) -> dict[str, Any]:
    """What the closest of these functions that is being called was called with.

    For frameworks that show their callbacks neither the data nor how long training goes on: the
    names are those of their documentation, the values those that they have by now.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
        home = frame.f_globals.get("__name__", "")
        if code.co_name in functions and home.partition(".")[0] == package:
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            return {name: frame.f_locals[name] for name in names if name in frame.f_locals}
    return {}


def optimizers(found: Any) -> list[dict[str, object]]:
    """PyTorch's optimizers: the class, and the settings of each group but for its parameters."""
    return [
        {
            "name": type(optimizer).__name__,
            "groups": [
                {name: value for name, value in group.items() if name != "params"}
                for group in optimizer.param_groups
            ],
        }
        for optimizer in found
    ]


@contextmanager
def _ranks(rank: int, count: int) -> Iterator[None]:
    """Has the environment number the processes of a job, where their launcher does not."""
    if count == 1 or "RANK" in os.environ:
        yield
        return
    kept = {name: os.environ.get(name) for name in ("RANK", "WORLD_SIZE")}
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(count)}
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _can_leave(value: object) -> bool:
    """Whether a function can go to another process; what is none is not asked."""
    if not callable(value):
        return True
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


def _fingerprint(data: object) -> Fingerprint | None:
    if data is None:
        return None
    # Loaded when needed: OpenSSL takes longer to load than a run to start.
    from ._fingerprint import fingerprint

    return fingerprint(*data) if isinstance(data, tuple) else fingerprint(data)


def _read(path: str | os.PathLike[str] | None) -> str | None:
    """The run's id in a file; None where there is none."""
    try:
        return Path(path).read_text().strip() or None if path is not None else None
    except (OSError, ValueError):
        return None


def _write(path: str | os.PathLike[str], run_id: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(run_id + "\n")


def _plain(config: object) -> dict[str, Any]:
    from ._config import plain_config

    return plain_config(config)


def _end_at_exit() -> None:
    """A training that has not ended when the interpreter does was ended by what ends that."""
    for training in list(_going):
        training.end(ending(training.presumed))
