"""What `joulebook.start` may raise."""

from __future__ import annotations


class DuplicateRunError(RuntimeError):
    """The run was already done, or is running now, and `on_duplicate` is "raise".

    Nothing was written. The message is the evidence, one piece a line.
    """
