"""Loads the extension, or says plainly why it cannot be loaded here."""

from __future__ import annotations

import sys

if "t" in sys.abiflags:
    raise ImportError(
        "joulebook does not run on free-threaded Python yet: there is no stable ABI for it. "
        "Use the ordinary build of Python 3.10 or later."
    )

try:
    from . import _native as native
except ImportError as error:
    raise ImportError(
        f"joulebook's native library does not load ({error}): pip install ./Integrations/Python "
        "builds it. Without it, `joulebook.reader` reads ledgers, but nothing gives Arrow tables."
    ) from error

__all__ = ["native"]
