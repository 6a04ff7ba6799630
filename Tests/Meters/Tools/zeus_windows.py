"""Measures windows with Zeus."""

from __future__ import annotations

import time

from common import Truth, arguments, emit, joined
from zeus.monitor import ZeusMonitor


def main() -> None:
    given = arguments()
    monitor = ZeusMonitor(approx_instant_energy=False)
    time.sleep(given.warm_up)
    for seconds in given.seconds:
        monitor.begin_window("window", sync_execution=False)
        start = time.monotonic_ns()
        time.sleep(seconds)
        end = time.monotonic_ns()
        told = monitor.end_window("window", sync_execution=False)
        devices = {f"cpu:{n}/package": joules for n, joules in (told.cpu_energy or {}).items()}
        if not devices.keys() <= Truth().curves.keys():
            # It takes a platform, or a die, for one more processor.
            devices = {joined("package") or joined("psys"): sum(devices.values())}
        devices |= {f"cpu:{n}/dram": joules for n, joules in (told.dram_energy or {}).items()}
        devices |= {f"gpu:GPU-{n}": joules for n, joules in told.gpu_energy.items()}
        emit(start, end, devices)


if __name__ == "__main__":
    main()
