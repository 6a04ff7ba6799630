"""Where a checkpoint names the run that it is of: whether a training goes on with that run."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ._query import ledger_path, show
from ._run import Run
from ._training import Training


def goes_on(training: Training, run_id: str | None) -> bool:
    """Whether the run is in the training's directory and has not finished.

    What goes on from a checkpoint of a run that has is another run, as are two that go on from one
    checkpoint. Looks at the names of all ledgers there, and into those of this run.
    """
    if not run_id or isinstance(training._given[0], Run):
        return False
    # As ledgers are named.
    is_hex = re.fullmatch("[0-9a-f]{8}", run_id[:8]) is not None
    short = run_id[:8] if is_hex else hashlib.sha256(run_id.encode()).hexdigest()[:8]
    statuses = set()
    for path in Path(ledger_path(training._options.get("dir"))).glob(f"*/*-{short}*.joule"):
        try:
            found = show(path)
        except (OSError, ValueError):
            continue
        if found["run_id"] == run_id:
            statuses.add(found["status"])
    return bool(statuses) and "finished" not in statuses


def state_parent(training: Training, run_id: str | None) -> None:
    """States which run the one that was begun instead builds on."""
    run = training.run
    if run_id and run is not None and run.id and run.id != run_id:
        run.parent(run_id, "resumes")
