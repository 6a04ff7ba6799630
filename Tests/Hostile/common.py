"""What the campaigns share: what is built, and who reads ledgers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def build() -> dict[str, Path]:
    """Builds the shim and the worker; where they are."""
    os.chdir(ROOT)
    if "JOULE_HOSTILE_BUILT" not in os.environ:
        command = ["swift", "build", "--product", "joule-kill-worker"]
        subprocess.run(command, check=True, stdout=sys.stderr)
    where = subprocess.check_output(["swift", "build", "--show-bin-path"], text=True)
    folder = Path(where.strip())
    shim = folder / "joule-shim.so"
    source = ROOT / "Tests/Hostile/Shim/shim.c"
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run(["clang", *flags, "-o", shim, source, "-ldl"], check=True)
    return {"worker": folder / "joule-kill-worker", "shim": shim}


def worker_environment(shim: Path, ledgers: Path, report: Path) -> dict[str, str]:
    """The environment of a worker whose calls on files below `ledgers` the shim sees."""
    return {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "JOULE_SHIM_DIR": str(ledgers),
        "JOULE_SHIM_REPORT": str(report),
    }


class Checker:
    """A process that reads ledgers for us; one owner."""

    def __init__(self, worker: Path) -> None:
        self._process = subprocess.Popen(
            [worker, "--check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, ledger: Path) -> dict[str, Any]:
        """What the ledger holds before and after it is re-opened."""
        return self._answer(str(ledger))

    def look(self, ledger: Path) -> dict[str, Any]:
        """What the ledger holds, without opening it to append."""
        found: dict[str, Any] = self._answer(f"?{ledger}")["before"]
        return found

    def _answer(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        text = self._process.stdout.readline()
        if not text:
            raise RuntimeError(f"the reader died of {line}")
        answer: dict[str, Any] = json.loads(text)
        return answer
