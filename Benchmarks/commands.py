"""What a command of a release build costs, as the kernel counts it for its process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """Seconds of processors, seconds on the clock, and megabytes at the peak."""

    processors: float
    seconds: float
    megabytes: float


def built(product: str) -> str:
    """The path of a product, which is built for release if it has changed."""
    flags = ["--package-path", str(ROOT), *(ROOT / "release.flags").read_text().split()]
    subprocess.run(["swift", "build", *flags, "--product", product], check=True, stdout=2)
    shown = subprocess.run(
        ["swift", "build", *flags, "--show-bin-path"], check=True, capture_output=True, text=True
    )
    return f"{shown.stdout.strip()}/{product}"


def measured(
    command: list[str],
    *,
    statuses: Collection[int] = (0,),
    cores: Collection[int] | None = None,
    env: dict[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    cwd: Path | None = None,
) -> Cost:
    """Runs a command that must end with one of `statuses`, on `cores` alone if any are named.

    A child begins as a copy of this process, whose memory its peak is never below.
    """
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or own)
    start = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=env,
        cwd=cwd,
    ) as process:
        os.sched_setaffinity(0, own)
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {said.decode()[-500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024)
