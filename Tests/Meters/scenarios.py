"""The machines that can be emulated by name."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace

from machine import BURSTY, CONSTANT, CURVES, STEPPED, Curve, Machine, Monitor, Zone

FOREVER = 1e9


def scaled(curve: Curve, factor: float) -> Curve:
    return Curve((seconds, watts * factor) for seconds, watts in curve.pieces)


def sockets(curve: Curve = BURSTY, **options: int) -> Machine:
    """Two sockets, each with memory beside it."""
    zones = []
    for socket in range(2):
        package = f"intel-rapl:{socket}"
        # Unequal, so that nobody is right by counting one of them twice.
        mine = scaled(curve, 1 + 0.3 * socket)
        name = f"cpu:{socket}"
        zones.append(Zone(package, f"package-{socket}", f"{name}/package", mine, **options))
        memory = scaled(mine, 0.2)
        zones.append(Zone(f"{package}:0", "dram", f"{name}/dram", memory, **options))
    return Machine(zones)


def laptop(curve: Curve = BURSTY) -> Machine:
    """psys holds the package, which holds the cores and what is beside them."""
    return Machine(
        [
            Zone("intel-rapl:0", "package-0", "cpu:0/package", scaled(curve, 0.5)),
            Zone("intel-rapl:0:0", "core", "cpu:0/core", scaled(curve, 0.3)),
            Zone("intel-rapl:0:1", "uncore", "cpu:0/uncore", scaled(curve, 0.1)),
            Zone("intel-rapl:1", "psys", "platform/psys", curve),
        ],
        counted=["platform/psys"],
    )


def mirrored() -> Machine:
    """One socket whose counter is shown once for each of its two dies."""
    zones = [
        Zone(f"intel-rapl:{die}", f"package-0-die-{die}", f"cpu:0.{die}/package", BURSTY)
        for die in range(2)
    ]
    return Machine(zones, counted=["cpu:0.0/package"])


def wrapping() -> Machine:
    """Counters that wrap every second or two."""
    return sockets(BURSTY, range=200_000_000, first=150_000_000)


def failing(curve: Curve = BURSTY) -> Machine:
    """One of a hundred readings fails."""
    return replace(sockets(curve), faults=[("energy_uj", 0, FOREVER, 100, errno.EIO)])


def changed(*events: str) -> Callable[[], Machine]:
    """Two sockets, to the first of which something happens."""

    def machine() -> Machine:
        found = sockets(CONSTANT)
        found.zones[0].events = list(events)
        return found

    return machine


def forbidden() -> Machine:
    """From the sixth second on no counter may be read any more."""
    return replace(sockets(CONSTANT), faults=[("energy_uj", 6, FOREVER, 1, errno.EACCES)])


def gpus(count: int = 8, curve: Curve = STEPPED) -> Machine:
    """Two sockets with memory, and GPUs by the fake NVML."""
    machine = sockets(CONSTANT)
    machine.gpus = [scaled(curve, 1 + 0.1 * number) for number in range(count)]
    return machine


def amd() -> Machine:
    """Two of AMD's GPUs by the fake ROCm SMI; nobody is on them until a program says that it is."""
    return replace(sockets(CONSTANT), amd=[300.0, 500.0])


def jetson() -> Machine:
    """A board with an INA3221: its input, and two rails that it feeds."""
    files = {"name": "ina3221"}
    monitors = []
    for number, (label, share) in enumerate(
        [("VDD_IN", 1), ("VDD_CPU_GPU_CV", 0.5), ("VDD_SOC", 0.2)]
    ):
        files |= {f"in{number + 1}_label": label, f"in{number + 1}_input": "5000"}
        # Milliamperes at 5 V.
        powers = {f"curr{number + 1}_input": 200.0}
        curve = scaled(STEPPED, share / 10)
        monitors.append(Monitor("hwmon0", f"board/{label}", curve, dict(files), powers))
    return Machine(monitors=monitors, counted=["board/VDD_IN"])


def grace() -> Machine:
    """NVIDIA Grace: a socket that holds its cores and its system I/O, by hwmon, means of 50 ms."""
    monitors = []
    for number, (label, device, share) in enumerate(
        [("Grace Power Socket 0", "package", 1), ("CPU Power Socket 0", "core", 0.7)]
    ):
        files = {"name": "power_meter", "device/power1_oem_info": label}
        files["device/power1_average_interval"] = "50"
        powers = {"device/power1_average": 1e6}
        curve = scaled(STEPPED, share)
        monitors.append(Monitor(f"hwmon{number}", f"cpu:0/{device}", curve, files, powers))
    return Machine(monitors=monitors, counted=["cpu:0/package"])


def outlet(fault: str | None = None) -> Machine:
    """A meter outside the machine, by HTTP, that holds the two sockets behind it."""
    plug = {"plug": scaled(CONSTANT, 4)}
    return replace(sockets(CONSTANT), http=plug, http_fault=fault, counted=["external:plug"])


def ipmi() -> Machine:
    """A server whose management controller tells the power of all of it by IPMI, in whole watts."""
    return replace(sockets(STEPPED), ipmi=scaled(STEPPED, 4), counted=["bmc"])


def redfish() -> Machine:
    """A server whose management controller tells power and energy of all of it by Redfish."""
    return replace(sockets(STEPPED), redfish=scaled(STEPPED, 4), counted=["external:bmc"])


SCENARIOS: dict[str, Callable[[], Machine]] = {
    **{f"sockets-{name}": lambda curve=curve: sockets(curve) for name, curve in CURVES.items()},
    "laptop": laptop,
    "mirrored": mirrored,
    "wrapping": wrapping,
    "failing": failing,
    "restarting": changed("at 6 restart"),
    "vanishing": changed("at 6 remove"),
    "returning": changed("at 6 remove", "at 8 restore"),
    "garbage": changed("at 6 garbage \x7fnot a number"),
    "absurd": changed("at 6 garbage 9999999999999999"),
    "empty": changed("at 6 garbage "),
    "forbidden": forbidden,
    "gpus": gpus,
    "amd": amd,
    "jetson": jetson,
    "grace": grace,
    "outlet": outlet,
    "ipmi": ipmi,
    "redfish": redfish,
}
