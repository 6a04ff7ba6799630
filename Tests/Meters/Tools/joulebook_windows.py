"""Measures windows with Joulebook; see ../judge.py for what is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import joulebook
from common import arguments, emit, wall_offset_ns


def keep_busy() -> None:
    """Holds the interpreter for as long as the program runs, as a training loop may."""

    def burn() -> None:
        number = 0
        while True:
            number += 1

    for _ in range(2):
        threading.Thread(target=burn, daemon=True).start()


def main() -> None:
    given = arguments()
    if given.busy:
        keep_busy()
    with tempfile.TemporaryDirectory() as folder:
        run = joulebook.start("meters", dir=folder, on_duplicate="ignore", quiet=True)
        # Drivers are opened meanwhile.
        time.sleep(given.warm_up)
        offsets = []
        for number, seconds in enumerate(given.seconds, start=1):
            offsets.append(wall_offset_ns())
            with run.epoch(number):
                time.sleep(seconds)
        run.finish()
        command = [Path(sys.executable).with_name("joulebook"), "show", "--json", str(run.path)]
        # Its own readings are none of what is measured.
        quiet = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
        shown = json.loads(subprocess.check_output(command, env=quiet))
    for epoch, offset in zip(shown["epochs"], offsets, strict=True):
        start = round(epoch["started"] * 1e9) - offset
        emit(
            start,
            start + round(epoch["duration_s"] * 1e9),
            {item["device"]: item for item in epoch["energy"]["devices"]},
            total=epoch["energy"]["total_j"],
        )


main()
