"""Runs, epochs and phases as a training loop sees them."""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType

from ._config import plain_config, text_of
from ._errors import LedgerWarning
from ._facts import is_interactive
from ._load import native
from ._words import c_path, c_text, fits, limit, say, short, shown, warn, whole

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._beside import Beside
    from ._closure import Closure
    from ._readset import Config

# Runs of this process that nobody has finished yet, oldest first.
_open: list[Run] = []
_FORKED = "what a forked child logs to its parent's run is not kept; start a run of its own"
# The forked process that has said that its parent's runs keep nothing of its own.
_told_in = 0
_is_watching_forks = False


class Run(native.Run):
    """One execution of a training program; made by `joulebook.start`.

    A context manager: leaving the block ends the run, an exception marks it failed. Between start
    and finish nothing raises but arguments that mean nothing, nothing waits for a disk (unless
    `durability` asks for it), and any thread may call. What is logged after the end of its epoch or
    of the run is not kept; one Python warning says so. A forked child's calls on its parent's run
    keep nothing either, which it says once; a child may start a run of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.id = ""
        self.project = ""
        self.path: str | None = None
        """The ledger file; None when nothing is kept."""
        self.rank: int | None = None
        self.durability: str | None = None
        """The durability in force: "none" where "ring" was asked for and there can be no ring file.

        Nothing is promised then, though rows become blocks after each epoch and each second;
        `warnings` says why.
        """
        self.preflight: dict[str, Any] | None = None
        """What was found out before the run began, as `joulebook.check` answers."""
        self._pid = os.getpid()
        self._is_quiet = False
        self._is_open = True
        self._named: set[str] = set()
        self._complaints: list[str] = []
        self._left_out = 0
        self._last_epoch: int | None = None
        # What the loop over `epochs` has come to, and its last epoch.
        self._loop: tuple[int, int] | None = None
        # Of the budget, and not handed to its callable yet.
        self._events: deque[dict[str, Any]] = deque()
        self._on_exceed: str | Callable[[dict[str, Any]], object] | None = None
        # What is known of the program at the end only.
        self._takes_closure = False
        self._closure: Closure | None = None
        self._config: Config | None = None
        self._on_duplicate: str | Callable[[dict[str, Any]], object] = "warn"
        # Whether who decides about the replay said that it ends.
        self._replay_stops = False
        # Who else is told of the energy.
        self._beside: Beside | None = None

    def __repr__(self) -> str:
        return f"<joulebook run {self.id[:8]} of {self.project}: {self.path or 'not recorded'}>"

    def _repr_html_(self) -> str:
        """What a notebook shows of the run."""
        from ._html import table

        return table(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """The same for what asks for everything at once; its text is added."""
        return {"text/html": self._repr_html_()}

    # Epochs and phases

    def epochs(self, count: int | None = None, first: int = 1) -> Iterator[Epoch]:
        """Epochs to loop over, `count` of them or without end.

        An epoch is a window of time and energy from the top of the loop body to its end; leaving
        the body, by `break` too, closes it. Ends early when a budget says "stop" and is exceeded,
        and when the run is a replay and `on_duplicate` says so. `count` is what `forecast` goes by.
        """
        number = whole(first, "epochs: first")
        count = None if count is None else whole(count, "epochs: count")
        end = None if count is None else number + count
        if end is not None and end > number and self._is_open:
            self._plan_epochs(number, end - 1)
        stops = self._on_exceed == "stop" and self.should_stop
        while not stops and (end is None or number < end):
            self._loop = None if end is None else (number, end - 1)
            with self.epoch(number) as epoch:
                yield epoch
            stops = epoch._stops
            number += 1

    def phase(self, name: str) -> Phase:
        """Begins a named part of the run outside of any epoch; a context manager.

        Raises ValueError for an empty name.
        """
        return Phase(self, name)

    def steps(self, first: int, last: int) -> StepRange:
        """Begins the steps `first` to `last`, both included, outside of any epoch.

        A context manager, or ended with `end`: a window of time and energy of its own, whatever
        steps are logged in it. A last step before the first is a warning, and nothing is measured.
        """
        return StepRange(self, first, last)

    # Forecast and budget

    def forecast(self, until: int | None = None) -> dict[str, Any] | None:
        """What the run will have taken at its end, judged by the epochs that have ended.

        `until` is the number of the last epoch; default: that of the last `run.epochs(count)`.
        `duration_s`, `energy_j`, `carbon_kg` and `usd` are each `{"low", "central", "high"}`, or
        None: energy without a meter, carbon without an intensity (the budget's, or that of the
        run's region), cost without a price. None before the first epoch has ended. Raises
        ValueError when nobody said which epoch is the last, and for one that 64 bits do not hold.
        """
        if until is None and self._last_epoch is None:
            raise ValueError("forecast: use run.epochs(count), or pass until=, the last epoch")
        last = self._last_epoch if until is None else whole(until, "forecast: until")
        if last is not None and not fits(last):
            raise ValueError("forecast: until must be a whole number of 64 bits")
        if os.getpid() != self._pid:
            return None
        _, text, _ = self._forecast(text_of({"until": last}))
        result: dict[str, Any] | None = json.loads(text or "null")
        return result

    def budget(
        self,
        energy_kwh: float | None = None,
        carbon_kg: float | None = None,
        usd: float | None = None,
        *,
        kg_per_kwh: float | None = None,
        usd_per_kwh: float | None = None,
        on_exceed: str | Callable[[dict[str, Any]], object] = "warn",
    ) -> None:
        """Sets what the run may use, as this process measures it; a later call replaces it.

        Carbon needs an intensity, `kg_per_kwh` or that of the run's region, and cost needs a price,
        `usd_per_kwh`. Looked at when an epoch or the run ends and by `should_stop`. A forecast
        whose low end is above a limit warns once. When a limit is exceeded, once a limit:

        - `on_exceed="warn"`: a line on standard error;
        - `"stop"`: the same, `run.should_stop` is true, and the loop over `run.epochs` ends;
        - a callable: called with `{"kind", "quantity", "limit", "value", "action"}` on the thread
          that ended the epoch; what it raises comes out of the loop. A run without `with` or
          `finish`, which the end of the process closes, calls it for no limit found only then.

        The ledger keeps the budget and what came of it. Raises ValueError for a budget that means
        nothing, and TypeError for limits that are no numbers.
        """
        if not callable(on_exceed) and on_exceed not in ("warn", "stop"):
            raise ValueError(
                f'budget: on_exceed is "warn", "stop" or a callable, not {on_exceed!r:.80}'
            )
        limits = {
            "energy_kwh": energy_kwh,
            "carbon_kg": carbon_kg,
            "usd": usd,
            "kg_per_kwh": kg_per_kwh,
            "usd_per_kwh": usd_per_kwh,
        }
        given = {name: limit(value, name) for name, value in limits.items() if value is not None}
        if not self._is_taking():
            return
        action = "call" if callable(on_exceed) else on_exceed
        _, error = self._budget(text_of({**given, "on_exceed": action}))
        if error is not None:
            raise ValueError(f"budget: {error}")
        self._on_exceed = on_exceed
        self._events.clear()

    @property
    def should_stop(self) -> bool:
        """Whether the training should end: a limit of a "stop" budget is exceeded, or see `replay`.

        Looks at the budget, for loops over steps and callbacks of frameworks that ask within an
        epoch. Calls the budget's callable where that is due.
        """
        if os.getpid() != self._pid:
            return False
        if self._on_exceed is None:
            return self._replay_stops
        review = self._read(self._review_budget())
        self._events.extend(review.get("events", []))
        while True:
            try:
                event = self._events.popleft()
            except IndexError:
                # Another thread may have taken what was left.
                break
            if callable(self._on_exceed) and event["kind"] == "exceeded":
                self._on_exceed(event)
        return self._replay_stops or bool(review.get("should_stop", False))

    @property
    def replay(self) -> dict[str, Any] | None:
        """The earlier run of the project that this one repeats, bit for bit; None until it does.

        `of`, a run's id, and `epoch`, the number of the one from which on the metrics of all epochs
        say too much for a coincidence; `until`, the last one that was equal, or None while all are;
        `finished`, `energy_kwh` and `metrics` of the earlier run, and `remaining_kwh`, what it used
        from there on; `differs`, the keys that did nothing so far: those of a schedule may act
        later; `action`, what the run did: "warn", "stop", "call", or "none" where it is
        tagged "verify"; and `explanation`. Looked for by the first rank when an epoch ends, unless
        `on_duplicate` is "ignore". A run that is planned to go on beyond the end of the earlier
        one, and one of several ranks, is never stopped by "raise".
        """
        found: dict[str, Any] | None = self._read(self._facts()).get("replay")
        return found

    # Notes

    def tag(self, *names: str) -> None:
        """Adds words to find the run by; "verify" marks an intended repetition."""
        for name in names if self._is_taking() else ():
            self._tag(c_text(name))

    def note(self, text: str) -> None:
        """Adds a dated note of at most 64 KiB; secrets in it are redacted."""
        if self._is_taking():
            self._note(c_text(text))

    def attach(
        self,
        name: str | os.PathLike[str],
        data: bytes | bytearray | memoryview | str | os.PathLike[str] | None = None,
        media_type: str | None = None,
    ) -> None:
        """Keeps an artifact of the run in its ledger.

        `run.attach("confusion.png")` keeps a file under its own name; `run.attach("labels.json",
        data)` keeps bytes, a text, or the file that a `pathlib.Path` names. What is attached is
        kept as it is: secrets in it are not redacted. Of artifacts with one name that of the last
        call counts, and equal bytes are stored once. `joulebook show FILE --attachment NAME` gives
        it back.

        Nothing waits for a disk: a file is opened at once and read in the background, so leave it
        as it is for a moment, or hand over its bytes. What cannot be read or is larger than 64 MiB
        (all that is not on disk yet together) is a warning, and training goes on. Raises TypeError
        for data of another kind, and ValueError for an empty name.
        """
        text = os.fspath(name)
        if not isinstance(text, str):
            raise TypeError(f"attach: a name must be text, not {type(text).__name__}")
        if not text:
            raise ValueError("attach: the name is empty; give a file or a name for the data")
        kind = None if media_type is None else c_text(media_type)
        if not isinstance(data, (bytes, bytearray, memoryview, str, os.PathLike, type(None))):
            raise TypeError(f"attach: data must be bytes, text or a path, not {type(data)}")
        if not self._is_taking():
            return
        if data is None:
            self._attach_file(c_path(text), None, kind)
        elif isinstance(data, os.PathLike):
            self._attach_file(c_path(os.fspath(data)), c_text(text), kind)
        else:
            content = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
            self._attach(c_text(text), kind, content)

    def parent(self, run_id: str | Run, relation: str) -> None:
        """States that this run builds on another: "initialises", "distils", "resumes", ..., or
        that it "serves" that model: then `epoch.log(requests=...)` tells what one takes.

        Raises ValueError for an id that no other run can have, and for an empty relation.
        """
        other = str(run_id.id if isinstance(run_id, Run) else run_id)
        if other == self.id:
            raise ValueError("parent: a run cannot be its own parent; give the id of another run")
        if not relation:
            raise ValueError("parent: the relation is empty; give one such as 'distils'")
        if self._is_taking() and self._parent(c_text(other), c_text(relation)) != 0:
            raise ValueError(f"parent: no run can have the id {other!r:.40}")

    @property
    def warnings(self) -> list[str]:
        """What went wrong so far, and what was lost, one sentence each."""
        found: list[str] = self._read(self._facts()).get("warnings", [])
        return found + self._complaints

    def summary(self, metric: str | None = None, goal: str | None = None) -> dict[str, Any]:
        """Epochs, energy, duration and warnings so far.

        With a metric of the epochs and its goal, "higher" or "lower" (which is never guessed), also
        `progress`: what each gain of it cost in joules, and whether the last epochs are a plateau,
        as `joulebook show --json` has it; None where the ledger does not tell. Raises ValueError
        for a metric without a goal.
        """
        if (metric is None) != (goal is None) or goal not in (None, "higher", "lower"):
            raise ValueError('summary: give a metric and its goal, "higher" or "lower", or neither')
        found = self._read(self._summary())
        found["warnings"] = found.get("warnings", []) + self._complaints
        if metric is not None and goal is not None:
            found["progress"] = self._progress(metric, goal)
        return found

    # The end

    def finish(self, status: str = "finished", metrics: object = None) -> None:
        """Ends the run: "finished", "failed" or "killed". The second call does nothing.

        `metrics` are final results, possibly nested. Waits for the last energy readings and for
        artifacts that are being collected, two seconds each at the most, and for what is written
        `beside`, ten. Raises ValueError for another status, what a budget's callable raises, and
        nothing else.
        """
        if status not in ("finished", "failed", "killed"):
            raise ValueError(f"a run ends finished, failed or killed, not {status!r}")
        if not self._is_open or os.getpid() != self._pid:
            return
        results = None if metrics is None else text_of(plain_config(metrics))
        if self._beside is not None:
            self._beside.find()
        self._is_open = False
        if self in _open:
            _open.remove(self)
        self._tell_program()
        _, error = self._finish(status, results)
        if error is not None:
            say(error)
        if self._beside is not None:
            self._beside.end(status)
        is_closed = self._read(self._facts()).get("closed", False)
        self._announce_end(status if is_closed else "could not close")
        if status == "finished":
            _ = self.should_stop

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(status_after(kind, error))

    # Inside

    def _plan_epochs(self, first: int, last: int) -> None:
        """Takes note of the epochs that are going to be: what `forecast` goes by."""
        # Nobody waits for the end of a loop whose numbers 64 bits do not hold.
        self._last_epoch = last if fits(first) and fits(last) else None
        if self._last_epoch is not None:
            self._plan(first, last)

    def _learn_of_replay(self) -> None:
        """Called once, at the end of the epoch that shows that the run is a replay."""
        replay = self.replay
        if replay is None:
            return
        if replay["action"] == "call" and callable(self._on_duplicate):
            self._replay_stops = ends(self._on_duplicate(replay))
        else:
            self._replay_stops = replay["action"] == "stop"

    def _progress(self, metric: str, goal: str) -> dict[str, Any] | None:
        """What the run's own ledger says; ended epochs are in it at once."""
        from ._query import show

        if self.path is None:
            return None
        try:
            progress: dict[str, Any] | None = show(
                self.path, metric=c_text(metric), **{goal: True}
            ).get("progress")
        except (OSError, ValueError):
            return None
        return progress

    def _opened(self, quiet: bool | None) -> None:
        facts = self._read(self._facts())
        self.id = facts.get("run_id") or ""
        self.project = facts.get("project") or ""
        self.path = facts.get("path")
        self.rank = facts.get("rank")
        self.durability = facts.get("durability")
        if self.durability in ("epoch", "every"):
            self._wait(self.durability == "every")
        self.preflight = facts.get("preflight")
        self._takes_closure = bool(facts.get("closure", False))
        self._is_quiet = is_quiet(quiet) or (self.rank or 0) != 0
        if not facts.get("recording", False):
            self._silence()
        elif not self._is_quiet:
            say(f"recording {self.project} in {short(self.path)}")

    def _watch(
        self, config: object, entry: str | None, notebook: str | None, closure: Closure | None
    ) -> None:
        """Looks at what the program imports and reads from now on."""
        if type(config).__module__ == "joulebook._readset":
            self._config = config  # type: ignore[assignment]
        if not self._takes_closure:
            if closure is not None:
                closure.end()
        elif closure is not None:
            self._closure = closure
        else:
            from ._closure import POLL_S, Closure

            # Nobody waits for it, so that the start and the first steps go first.
            self._closure = Closure(entry, notebook, delay_s=POLL_S)

    def _tell_program(self) -> None:
        """Has the record say what the program imported and did not read."""
        facts: dict[str, Any] = {}
        if self._closure is not None:
            self._closure.end()
            # What it takes from now on is not the run's.
            self._stop()
            facts["code"] = self._closure.finish()
            self._closure = None
        if self._config is not None:
            from ._readset import unread

            paths = unread(self._config)
            if paths is not None:
                facts["config_unread"] = paths
        if facts:
            self._program(text_of(facts))

    def _is_taking(self) -> bool:
        """Whether the run is ours and has not ended; says once that what comes now is not kept."""
        if not self._has_ended():
            return True
        if os.getpid() != self._pid:
            self._tell_of_fork()
            return False
        if not self._is_open and self.path is not None:
            self._complain("late", None, None)
        return self._is_open

    def _complain(self, kind: str, name: object, value: object) -> None:
        """Called from the hot path when something is left out: says so once a name."""
        if os.getpid() != self._pid:
            self._tell_of_fork()
            return
        self._left_out += 1
        told = shown(name)
        key = f"{kind} {told}"
        if key in self._named or len(self._named) >= 100:
            return
        self._named.add(key)
        reasons = {
            "value": f"metric {told} is no number that a float can hold ({type(value).__name__})",
            "name": f"{told} cannot name a metric, or the run has too many",
            "call": f"log takes one dict and keywords; a {type(value).__name__} is neither",
            "step": f"a step must be a whole number, not {shown(value)}; counting on instead",
            "late": "what is logged after the end of its epoch or run is not kept; log it before",
        }
        reason = reasons.get(kind, "no memory for a call of log")
        self._complaints.append(reason)
        if self._is_quiet:
            return
        if kind == "late":
            warn(reason)
        else:
            say(reason + " (said once)")

    def _tell_of_fork(self) -> None:
        """Says once a forked process that its parent's runs are not its own."""
        global _told_in
        self._silence()
        if self.path is None or _told_in == os.getpid():
            return
        _told_in = os.getpid()
        if not self._is_quiet:
            warn(_FORKED, LedgerWarning)

    def _announce_end(self, status: str) -> None:
        if self.path is None or self._is_quiet or os.getpid() != self._pid:
            return
        totals = self.summary()
        epochs = totals.get("epochs", 0)
        parts = ["1 epoch" if epochs == 1 else f"{epochs} epochs"]
        if totals.get("duration_s") is not None:
            parts.append(f"{totals['duration_s']:.1f} s")
        if totals.get("energy_j") is not None:
            mark = "" if totals.get("provenance") == "counter" else "≈"
            parts.append(f"{mark}{totals['energy_j']:.3g} J")
        if self._left_out:
            parts.append(f"{self._left_out} values left out")
        say(f"{status} {self.project}: {', '.join(parts)}; {short(self.path)}")

    @staticmethod
    def _read(answer: tuple[int, str | None]) -> dict[str, Any]:
        _, text = answer
        result: dict[str, Any] = json.loads(text) if text else {}
        return result


class Epoch(native.Epoch):
    """One pass over the data; made by `Run.epochs` or `Run.epoch`."""

    # Whether the budget or a replay asked for an end when the epoch ended.
    _stops = False

    def phase(self, name: str) -> Phase:
        """Begins a named part of the epoch, such as "validation"; a context manager.

        Raises ValueError for an empty name.
        """
        return Phase(self, name)

    def steps(self, first: int, last: int) -> StepRange:
        """Begins the steps `first` to `last` of the epoch, both included.

        A context manager, or ended with `end`: a window of time and energy of its own, which is
        part of the epoch's. A last step before the first is a warning, and nothing is measured.
        """
        return StepRange(self, first, last)

    def _review(self) -> None:
        """Called at the end of an epoch of a run with a budget, unless an error is under way."""
        # Asking calls the budget's callable, where that is due.
        self._stops = self._run.should_stop

    def _review_replay(self) -> None:
        """Called at the end of the epoch that shows a replay, unless an error is under way."""
        self._run._learn_of_replay()
        self._review()

    def __repr__(self) -> str:
        return f"<joulebook epoch {self.number}>"


# `Run.epoch` is native, because an epoch's begin is to cost a training loop little.
native.make_epochs(Epoch)


class Phase(native.Phase):
    """A named part of an epoch or of a run; a window of time and energy of its own."""

    def __init__(self, owner: Run | Epoch, name: str) -> None:
        self.name = name
        if not c_text(name):
            raise ValueError("phase: the name is empty; give one such as 'validation'")
        self._run = owner if isinstance(owner, Run) else owner._run
        if self._run._is_taking():
            self._begin(owner, c_text(name))

    def steps(self, first: int, last: int) -> StepRange:
        """Begins the steps `first` to `last` of the part, both included.

        A context manager, or ended with `end`: a window of time and energy of its own, which is
        part of the part's. A last step before the first is a warning, and nothing is measured.
        """
        return StepRange(self, first, last)

    def end(self) -> None:
        """Ends the part and the ranges of steps in it; the second call does nothing."""
        self._end()

    def __enter__(self) -> Phase:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()


class StepRange(native.Phase):
    """Consecutive steps, `first` to `last`; a window of time and energy of its own.

    It ends with the phase, epoch or run that it is part of, at the latest.
    """

    def __init__(self, owner: Run | Epoch | Phase, first: int, last: int) -> None:
        self.first = whole(first, "steps: first")
        """The first step, as the program counts."""
        self.last = whole(last, "steps: last")
        """The last step, which is part of the range."""
        run = owner if isinstance(owner, Run) else owner._run
        if run._is_taking():
            self._begin_steps(owner, self.first, self.last)

    def end(self) -> None:
        """Ends the range; the second call does nothing."""
        self._end()

    def __enter__(self) -> StepRange:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def __repr__(self) -> str:
        return f"<joulebook steps {self.first} to {self.last}>"


def is_quiet(quiet: bool | None) -> bool:
    """Whether nothing is said: what the program asks for, else $JOULEBOOK_QUIET."""
    if quiet is not None:
        return bool(quiet)
    word = os.environ.get("JOULEBOOK_QUIET", "").lower()
    return word not in ("", "0", "false", "no", "off")


def ends(answer: object) -> bool:
    """Whether a callable that decides about a repetition says that it ends."""
    return answer is False or (isinstance(answer, str) and answer == "stop")


def open_run(
    run: Run,
    quiet: bool | None,
    config: object,
    entry: str | None,
    notebook: str | None,
    closure: Closure | None = None,
) -> None:
    """Takes note of a run that has just begun, to be closed when the interpreter exits."""
    global _is_watching_forks
    if not _is_watching_forks:
        os.register_at_fork(after_in_child=_disown_all)
        _is_watching_forks = True
    if not _open:
        atexit.unregister(_close_at_exit)
        atexit.register(_close_at_exit)
    run._opened(quiet)
    run._watch(config, entry, notebook, closure)
    _open.append(run)


def _disown_all() -> None:
    """Has the open runs of a forked child's parent ask, at their next call, whose they are."""
    for run in _open:
        run._disown()


def _close_at_exit() -> None:
    """Closes the runs that are still open; a forked child's are its parent's."""
    status = ending("finished")
    for run in reversed(_open.copy()):
        if _last_error() is None and not is_interactive():
            # Only the process's exit status tells how it ends; native code waits for that.
            run._tell_program()
            if run._beside is not None:
                run._beside.end("ended")
            run._announce_end("ended")
        else:
            run.finish(status)


def ending(otherwise: str) -> str:
    """The status that the error which ends the interpreter gives; without one, `otherwise`."""
    kind = _last_error()
    return otherwise if kind is None else status_after(kind, getattr(sys, "last_value", None))


def _last_error() -> type[BaseException] | None:
    # The interpreter remembers the error that it has shown. At a prompt that says nothing about
    # the run.
    return None if is_interactive() else getattr(sys, "last_type", None)


def status_after(kind: type[BaseException] | None, error: BaseException | None) -> str:
    if kind is None or issubclass(kind, GeneratorExit):
        return "finished"
    if issubclass(kind, SystemExit):
        return "finished" if getattr(error, "code", None) in (None, 0) else "failed"
    # An interrupt is somebody's decision, not a defect of the run.
    return "killed" if issubclass(kind, KeyboardInterrupt) else "failed"
