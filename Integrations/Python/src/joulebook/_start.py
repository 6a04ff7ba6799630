"""`joulebook.start`: collects what is known, and begins the run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping

from ._config import plain, plain_config, spelt_config, text_of
from ._data import Fingerprint
from ._errors import DuplicateRunError
from ._facts import program, versions
from ._run import Run, ends, is_quiet, open_run

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._beside import Tracker
    from ._closure import Closure

OK, INVALID, DUPLICATE = 0, 1, 2
# Files that were hashed before take milliseconds.
CLOSURE_WAIT_S = 0.25


def start(
    project: str | None = None,
    config: object = None,
    stage: str | None = None,
    *,
    data: Fingerprint | Mapping[str, str] | str | None = None,
    seed: object = None,
    on_duplicate: Literal["warn", "raise", "ignore"] | Callable[[dict[str, Any]], object] = "warn",
    proof: Literal["config", "statistical"] = "config",
    durability: Literal["none", "ring", "epoch", "every"] | None = None,
    dir: str | os.PathLike[str] | None = None,
    run_id: str | None = None,
    sweep: str | None = None,
    tags: Iterable[str] = (),
    region: str | None = None,
    pue: float | None = None,
    interval_s: float | None = None,
    env: Mapping[str, object] | None = None,
    capture: Mapping[str, bool] | None = None,
    quiet: bool | None = None,
    beside: object = None,
) -> Run:
    """Begins a run and its ledger.

    project       groups the runs that are compared with each other; default: $JOULEBOOK_PROJECT,
                  else the program's name
    config        what distinguishes the run: a dict, dataclass, argparse.Namespace, OmegaConf, or
                  an object with named settings; secrets are redacted. Of a `joulebook.Config` the
                  run also records which values the program never read
    stage         the part of a model's life: "data_collection", "data_preparation", "search",
                  "pretraining", "training", "fine_tuning", "distillation", "pruning",
                  "quantization", "evaluation", "deployment", "inference" or "other"; default: not
                  known
    data          what `joulebook.fingerprint` returns, or the data's name
    seed          default: the configuration's "seed"
    on_duplicate  what to do when the run was already done or is running now, in whatever project of
                  the directory: "warn", "raise" DuplicateRunError before a ledger is made where
                  that is proven (see `proof`), or "ignore", which does not look.
                  Of processes that start the same at one moment, exactly one is told that nobody
                  else does: it holds a claim in the ledger directory until it ends or is killed.
                  A run whose epochs turn out to be, bit for bit, those of an earlier one says so
                  once, and with "raise" the loop over `run.epochs` ends (see `Run.replay`).
                  A callable decides instead: it is called with the answer of `joulebook.check`
                  before anything is written, and for a replay with `Run.replay` at the end of the
                  epoch, and returns True to go on; False or "stop" ends it, the start by
                  DuplicateRunError. What it raises comes out of `start` or of the loop. A run
                  tagged "verify" goes on unasked
    proof         what it takes that "raise" stops the start: "config", configuration, seed, code
                  and data (`data=joulebook.fingerprint(...)`) are known and equal; "statistical",
                  what one side does not state passes for equal. What is likely and not stopped is
                  told
    durability    what rows are safe from, and what calls wait for: "ring", `kill -9` loses nothing
                  and a power loss the last second; "epoch", the end of an epoch waits until it is
                  on disk; "every", so does every row; "none", nothing is synchronised, `kill -9`
                  loses up to a minute; default: $JOULEBOOK_DURABILITY, else "ring". A row is what
                  `run.log` keeps, at once, and what an epoch or a phase leaves when it ends: what
                  `epoch.log` was told is lost with the process until then
    dir           where ledgers go; default: $JOULEBOOK_DIR, else ./joulebook
    run_id        the run's name, equal on all ranks of a job; default: see below
    sweep         the name of the search that the run is a trial of
    tags          words to find the run by; "verify" marks an intended repetition
    region        where the electricity is drawn, for the carbon: "FR", "US-CA", "aws:eu-west-1", or
                  a place of your own factor file, "name:place"; default: $JOULEBOOK_REGION
    pue           power usage effectiveness of the building, 1 to 3: its energy by that of its
                  computers; default: $JOULEBOOK_PUE
    interval_s    seconds between two readings of every meter, 0.01 to 60; default: 1. The edges of
                  epochs and phases are read besides: it decides how fine the telemetry is, not how
                  exact an epoch
    env           facts to record beside the versions that are found, such as {"container": "..."}
    capture       switches off what is recorded without being asked: {"user": False}; also "code",
                  "arguments", "environment", "hardware", "energy", "diff" (what `git diff HEAD`
                  says of changed files, at most 1 MiB, as the artifact code.diff), "packages"
                  (names and versions of what is installed, as packages.txt) and "closure" (a hash
                  of the program's files that were imported, without layout and comments);
                  $JOULEBOOK_CAPTURE=-diff,-user does the same from outside, "none" for all;
                  with a word that means nothing, only energy is recorded, and a line says so
    quiet         True: nothing on standard error but errors; what would have been said is in
                  `run.warnings` and `run.preflight`; default: $JOULEBOOK_QUIET
    beside        where the energy of each epoch is written as well: a SummaryWriter, a run of W&B,
                  the module `mlflow` or `wandb` for the run that is active there, a
                  `joulebook.prometheus.Textfile`, a `joulebook.opentelemetry.Otlp`, or a list of
                  those. A thread of its own does that; what goes wrong there is a warning

    Processes of one job are one run: $RANK and $WORLD_SIZE (or those of Slurm and MPI) number them,
    each writes a ledger of its own, and readers put them together by the run's id. The ranks agree
    on it by $JOULEBOOK_RUN_ID, else by torchelastic's run id, else by Slurm's job and step; without
    any of these set JOULEBOOK_RUN_ID to one value for all of them. Alone, a run gets a random id.
    A job of Slurm that was put back into the queue goes on with the run of the same command,
    configuration and seed that it did not finish.
    $JOULEBOOK_DISABLED=1 switches everything off.

    Raises DuplicateRunError as said above; ValueError and TypeError for arguments, and answers of a
    callable, that mean nothing. Trouble with the disk or the meters raises nothing: it is said
    once, and training goes on.
    """
    others = _trackers(beside)
    entry, identity = program()
    options = {
        "project": project,
        "config": spelt_config(_unseen(config), is_quiet=is_quiet(quiet)),
        "stage": stage,
        "data": _data(data),
        "seed": seed_of(seed),
        "on_duplicate": None if callable(on_duplicate) else on_duplicate,
        "proof": proof,
        "durability": durability,
        "dir": None if dir is None else os.fsdecode(dir),
        "run_id": run_id,
        "sweep": sweep,
        "tags": [tags] if isinstance(tags, str) else [str(tag) for tag in tags],
        "region": region,
        "pue": plain(pue),
        "interval_s": plain(interval_s),
        "env": {**versions(), **plain_config(env)},
        "capture": None if capture is None else dict(capture),
        "quiet": None if quiet is None else bool(quiet),
        "argv": _arguments(),
        "packages": [path for path in sys.path if path and isinstance(path, str)],
        "entry": entry,
        "code": identity,
    }
    # What it imported tells a run's code also where other files of its tree have changed.
    closure = _closure(on_duplicate, capture, entry, identity)
    if closure is not None:
        options["closure"] = closure.started(CLOSURE_WAIT_S)
    given = {name: value for name, value in options.items() if value is not None}
    run = Run()
    ask = _asking(on_duplicate) if callable(on_duplicate) else None
    try:
        status, answer, error = run._start(text_of(given), ask)
    except BaseException:
        _drop(closure)
        raise
    if status != OK:
        _drop(closure)
    if status == DUPLICATE:
        raise DuplicateRunError(error, json.loads(answer or "{}"))
    if status == INVALID:
        raise ValueError(error)
    if status != OK:
        raise RuntimeError(error)
    run._on_duplicate = on_duplicate
    open_run(run, quiet, config, entry, identity, closure)
    if others and run.path is not None:
        from ._beside import Beside

        run._beside = Beside(run, others)
    return run


def is_disabled() -> bool:
    """Whether the environment switches everything off."""
    word = os.environ.get("JOULEBOOK_DISABLED") or "0"
    return word.lower() not in ("0", "false", "no", "off")


def _trackers(beside: object) -> list[Tracker]:
    if beside is None:
        return []
    from ._trackers import trackers

    return trackers(beside)


def _closure(
    on_duplicate: object,
    capture: Mapping[str, bool] | None,
    entry: str | None,
    notebook: str | None,
) -> Closure | None:
    """Begins to look at what was imported, where anybody asks for it before the run starts."""
    if on_duplicate == "ignore" or is_disabled():
        return None
    words = os.environ.get("JOULEBOOK_CAPTURE", "")
    if any(
        (capture or {}).get(part) is False or f"-{part}" in words for part in ("code", "closure")
    ):
        return None
    from ._closure import Closure

    return Closure(entry, notebook)


def _drop(closure: Closure | None) -> None:
    if closure is not None:
        closure.end()


def _unseen(config: object) -> object:
    """A `joulebook.Config` as plain values, so that to record it is not to read it."""
    if type(config).__module__ != "joulebook._readset":
        return config
    from ._readset import Config, plain

    return plain(config) if isinstance(config, Config) else config


def _asking(decide: Callable[[dict[str, Any]], object]) -> Callable[[str], bool]:
    """What native code calls: the callable, given a report as JSON."""

    def ask(report: str) -> bool:
        answer = decide(json.loads(report))
        if answer is True or ends(answer):
            return answer is True
        raise TypeError(
            'on_duplicate: the callable must return True to go on, or False or "stop", '
            f"not {answer!r:.80}"
        )

    return ask


def seed_of(seed: object) -> object:
    """A seed as runs keep it; raises TypeError for what is none."""
    value = plain(seed)
    # Anything else has no value that another run's seed could equal. Whole numbers that 64 bits do
    # not hold are text.
    if value is not None and (
        isinstance(value, (list, dict))
        or (isinstance(value, str) and not isinstance(seed, (str, int)))
    ):
        raise TypeError(f"seed must be a number or text, not {type(seed).__name__}")
    return value


def _data(data: Fingerprint | Mapping[str, str] | str | None) -> dict[str, Any] | None:
    if data is None:
        return None
    if isinstance(data, Fingerprint):
        return {"name": data.name, "fingerprint": data.value, "sampled": data.sampled}
    if isinstance(data, str):
        kind, colon, _ = data.partition(":")
        return {"fingerprint" if colon and kind.startswith("sha256") else "name": data}
    if isinstance(data, Mapping):
        return plain_config(data)
    raise TypeError(
        f"data must be a fingerprint: joulebook.fingerprint(X, y); a {type(data).__name__} is not"
    )


def _arguments() -> list[str]:
    # A notebook's kernel was started with arguments of its own, which say nothing about the run.
    return [] if "ipykernel" in sys.modules else [str(argument) for argument in sys.argv]
