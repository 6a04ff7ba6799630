"""Measures windows with CodeCarbon's tasks."""

from __future__ import annotations

import time

from codecarbon import OfflineEmissionsTracker
from common import arguments, emit, joined


def main() -> None:
    given = arguments()
    tracker = OfflineEmissionsTracker(
        country_iso_code="FRA",
        measure_power_secs=1,
        save_to_file=False,
        log_level="critical",
        allow_multiple_runs=True,
    )
    time.sleep(given.warm_up)
    for number, seconds in enumerate(given.seconds):
        tracker.start_task(str(number))
        start = time.monotonic_ns()
        time.sleep(seconds)
        end = time.monotonic_ns()
        told = tracker.stop_task()
        devices = {joined("package") or joined("psys"): told.cpu_energy * 3.6e6}
        if joined("gpu"):
            devices[joined("gpu")] = told.gpu_energy * 3.6e6
        emit(start, end, devices)
    tracker.stop()


main()
