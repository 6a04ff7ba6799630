"""Measures windows with carbontracker's epochs."""

from __future__ import annotations

import tempfile
import time

from carbontracker.tracker import CarbonTracker
from common import arguments, emit, joined


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        tracker = CarbonTracker(
            epochs=len(given.seconds),
            monitor_epochs=len(given.seconds),
            epochs_before_pred=0,
            update_interval=1,
            log_dir=folder,
            verbose=0,
        )
        # It forgets them when the last epoch has ended.
        parts = tracker.tracker.components
        time.sleep(given.warm_up)
        edges = []
        for seconds in given.seconds:
            tracker.epoch_start()
            start = time.monotonic_ns()
            time.sleep(seconds)
            edges.append((start, time.monotonic_ns()))
            tracker.epoch_end()
        lengths = [(end - start) * 1e-9 for start, end in edges]
        told = {part.name: [kwh * 3.6e6 for kwh in part.energy_usage(lengths)] for part in parts}
        for number, (start, end) in enumerate(edges):
            devices = {}
            for name, joules in told.items():
                kind = joined("gpu") if name == "gpu" else joined("package") or joined("psys")
                if kind:
                    devices[kind] = joules[number]
            emit(start, end, devices)


main()
