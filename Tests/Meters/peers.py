"""The Python that has the other tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from machine import BUILT, HERE

PEERS = ["codecarbon", "zeus", "carbontracker"]


def peers_python() -> Path:
    """$PEERS_PYTHON, else that of a virtual environment which is made once, with pip."""
    given = os.environ.get("PEERS_PYTHON")
    if given:
        return Path(given)
    folder = BUILT / "peers"
    stamp, wanted = folder / "stamp", HERE / "requirements.txt"
    if not stamp.exists() or stamp.stat().st_mtime < wanted.stat().st_mtime:
        print("installing the other tools", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", "-r", wanted], check=True)
        stamp.touch()
    return folder / "bin/python"


def versions(python: Path) -> dict[str, str]:
    """Of the other tools, by name."""
    code = "import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))"
    told = subprocess.check_output([python, "-c", code, *PEERS], text=True)
    return dict(zip(PEERS, told.split(), strict=True))
