"""What MLflow finds by an entry point: the tags of a run that is made while one of ours is open.

MLflow loads this wherever it and joulebook are both installed, so that it loads nothing else.
"""

from __future__ import annotations

import os
import sys

# Loading `typing` would cost more than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._run import Run


class RunContext:
    """A run context provider of MLflow: `joulebook.run_id`, `.project` and `.ledger`."""

    def in_context(self) -> bool:
        """Whether a run that is recorded is open in this process."""
        return _run() is not None

    def tags(self) -> dict[str, str]:
        """Of several open runs, those of the one that began last."""
        run = _run()
        if run is None:
            return {}
        facts = {"run_id": run.id, "project": run.project, "ledger": run.path or ""}
        return {f"joulebook.{name}": text for name, text in facts.items()}


def _run() -> Run | None:
    # Where nobody has started a run, nothing is loaded to learn that.
    module = sys.modules.get("joulebook._run")
    runs: list[Run] = [] if module is None else module._open
    ours = [run for run in runs if run.path is not None and run._pid == os.getpid()]
    return ours[-1] if ours else None
