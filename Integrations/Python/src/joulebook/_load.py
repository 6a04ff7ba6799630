"""Loads the extension, or says plainly why it cannot be loaded here."""

from __future__ import annotations

import sysconfig

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    raise ImportError(
        "joulebook does not run on free-threaded Python yet: there is no stable ABI for it. "
        "Use the ordinary build of Python 3.10 or later."
    )

from . import _native as native

__all__ = ["native"]
