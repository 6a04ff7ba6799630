"""What `joulebook.start` may raise, and what runs and reading may warn of."""

from __future__ import annotations


class DuplicateRunError(RuntimeError):
    """The run was already done, or is running now, and `on_duplicate` is "raise".

    Nothing was written. The message is the evidence, one piece a line.
    """


class LedgerWarning(UserWarning):
    """Ledgers gave less than was asked for: the message says which, and why, one piece a line.

    Also, once: what a forked child logs to its parent's run is not kept.
    """
