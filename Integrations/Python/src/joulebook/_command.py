"""The `joulebook` command of the wheel: the native command, called through the extension."""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """Runs the command line of this process and returns its exit status."""
    from ._load import native

    # What draws charts as pictures is looked for where this package is.
    os.environ.setdefault("JOULEBOOK_PYTHON", sys.executable)
    # Native code does not return to the interpreter to notice an interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return native.command([os.fsencode(argument) for argument in sys.argv[1:]])
