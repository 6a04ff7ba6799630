"""What `joulebook.start` may raise, and what runs and reading may warn of."""

from __future__ import annotations

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DuplicateRunError(RuntimeError):
    """The run was already done, or is running now, and `on_duplicate` is "raise" or said no.

    Nothing was written. The message is the evidence, one piece a line; `answer` is the same for
    programs, as `joulebook.check` gives it.
    """

    def __init__(self, message: str | None, answer: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.answer: dict[str, Any] = answer or {}


class LedgerWarning(UserWarning):
    """Ledgers gave less than was asked for: the message says which, and why, one piece a line.

    Also, once: what a forked child logs to its parent's run is not kept.
    """
