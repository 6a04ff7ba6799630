"""Emulated machines: their meters, at the places where every tool looks, and their true power.

A `Machine` says what there is; `emulate` makes this process live on it, in a mount namespace of its
own, and every program that it starts. See README.md.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from network import USER, make_certificate, serve_meters, serve_redfish
from truth import Curve

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILT = ROOT / ".build/meters"
FAKES = {
    "nvml": "libnvidia-ml.so.1",
    "rocm_smi": "librocm_smi64.so.1",
    "ipmi": "fake-ipmi.so",
}

CONSTANT = Curve([(1, 120)])
STEPPED = Curve([(3, 60), (3, 240), (3, 120)])
BURSTY = Curve([(0.05, 40), (0.05, 300), (0.2, 40), (0.1, 220), (0.03, 90)])
CURVES = {"constant": CONSTANT, "stepped": STEPPED, "bursty": BURSTY}

INTEL_RANGE = 262_143_328_850
"""What counters of Intel's servers wrap at, in microjoules."""


@dataclass
class Zone:
    """A counter of the powercap tree: `id` is its folder, `device` what Joulebook calls it."""

    id: str
    name: str
    device: str
    curve: Curve
    range: int = INTEL_RANGE
    first: int = 250_000_000_000
    events: list[str] = field(default_factory=list)
    """Lines `at SECONDS WHAT` of the emulator, counted from the start."""


@dataclass
class Monitor:
    """A folder of /sys/class/hwmon: fixed files, and powers as (file, units a watt)."""

    folder: str
    device: str
    curve: Curve
    files: dict[str, str]
    powers: dict[str, float]
    events: list[str] = field(default_factory=list)


@dataclass
class Machine:
    """What there is; devices that hold others are not among `counted`."""

    zones: list[Zone] = field(default_factory=list)
    monitors: list[Monitor] = field(default_factory=list)
    gpus: list[Curve] = field(default_factory=list)
    gpu_lines: dict[int, str] = field(default_factory=dict)
    """More lines of Tests/FakeDrivers/nvml.c, for some of the GPUs."""
    amd: list[float] = field(default_factory=list)
    """Watts of AMD's GPUs, which do not change."""
    http: dict[str, Curve] = field(default_factory=dict)
    """Meters outside the machine, by name: a JSON document at /NAME with `power` and `energy`."""
    http_fault: str | None = None
    """What they do after six seconds: hang, error or nonsense."""
    ipmi: Curve | None = None
    """Of the whole server, as its management controller tells it behind /dev/ipmi0."""
    redfish: Curve | None = None
    """The same as the controller tells it by Redfish on loopback."""
    counted: list[str] | None = None
    """The devices whose sum is the machine; all when left out."""
    faults: list[tuple[str, float, float, int, int]] = field(default_factory=list)
    """Rules of faults.c: file, from and until (seconds from the start), one in how many, errno."""

    def curves(self) -> dict[str, Curve]:
        found = {item.device: item.curve for item in [*self.zones, *self.monitors]}
        found |= {f"gpu:GPU-{number}": curve for number, curve in enumerate(self.gpus)}
        for number, watts in enumerate(self.amd):
            found[f"gpu:GPU-{number + 1:016x}"] = Curve([(1, watts)])
        whole = {"bmc": self.ipmi, "external:bmc": self.redfish}
        found |= {device: curve for device, curve in whole.items() if curve}
        return found | {f"external:{name}": curve for name, curve in self.http.items()}


# Mounting

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2


class CannotEmulate(OSError):
    """This system forbids or lacks what the kit needs; nothing is wrong with the kit."""


def _mount(source: str, target: str, kind: str | None, flags: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [None if text is None else text.encode() for text in (source, target, kind)]
    if libc.mount(*arguments, ctypes.c_ulong(flags), None) != 0:
        raise CannotEmulate(
            ctypes.get_errno(), f"mounting on {target}: {os.strerror(ctypes.get_errno())}"
        )


def enter_namespace() -> None:
    """Gives this process a mount namespace of its own; CannotEmulate where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS if user == 0 else CLONE_NEWNS | CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise CannotEmulate(code, f"a mount namespace is not allowed here: {os.strerror(code)}")
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


def graft(folder: str, scratch: Path, hidden: set[str]) -> None:
    """Lays a writable folder over one of the kernel's that shows the same but what is `hidden`."""
    if not os.path.isdir(folder):
        return
    original = scratch / folder.strip("/").replace("/", "-")
    original.mkdir()
    _mount(folder, str(original), None, MS_BIND | MS_REC)
    _mount("tmpfs", folder, "tmpfs")
    for entry in os.scandir(original):
        place = Path(folder, entry.name)
        if entry.name in hidden:
            continue
        if entry.is_symlink():
            place.symlink_to(os.readlink(entry.path))
        elif entry.is_dir():
            place.mkdir()
            _mount(entry.path, str(place), None, MS_BIND | MS_REC)
        else:
            place.touch()
            _mount(entry.path, str(place), None, MS_BIND)


# Building


def build() -> None:
    """Compiles the emulator, the faults and the fake libraries where they are not up to date."""
    BUILT.mkdir(parents=True, exist_ok=True)
    flags = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror"]
    shared = [*flags, "-shared", "-fPIC"]
    wanted = [
        (HERE / "emulator.c", "emulator", flags),
        (HERE / "faults.c", "faults.so", [*shared, "-ldl"]),
        *((ROOT / f"Tests/FakeDrivers/{name}.c", file, shared) for name, file in FAKES.items()),
    ]
    for source, name, how in wanted:
        target = BUILT / name
        if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
            continue
        # Under another name first, for somebody may be running the old one.
        fresh = BUILT / f".{name}.{os.getpid()}"
        subprocess.run([os.environ.get("CC", "cc"), source, *how, "-o", fresh], check=True)
        fresh.rename(target)


# Emulating


def _lay_powercap(machine: Machine) -> list[str]:
    """Makes the tree as the kernel has it; the emulator's lines for it."""
    devices, classes = Path("/sys/devices/virtual/powercap"), Path("/sys/class/powercap")
    devices.mkdir()
    classes.mkdir()
    lines = []
    for kind in sorted({zone.id.split(":")[0] for zone in machine.zones}):
        (devices / kind).mkdir()
        (devices / kind / "enabled").write_text("1\n")
        (devices / kind / "subsystem").symlink_to("/sys/class/powercap")
        (classes / kind).symlink_to(f"../../devices/virtual/powercap/{kind}")
    for zone in sorted(machine.zones, key=lambda zone: zone.id):
        parts = zone.id.split(":")
        nested = [":".join(parts[: count + 1]) for count in range(len(parts))]
        folder = devices.joinpath(*nested)
        folder.mkdir()
        (folder / "name").write_text(f"{zone.name}\n")
        (folder / "max_energy_range_uj").write_text(f"{zone.range}\n")
        (folder / "enabled").write_text("1\n")
        (folder / "subsystem").symlink_to("/sys/class/powercap")
        (classes / zone.id).symlink_to(f"../../devices/virtual/powercap/{'/'.join(nested)}")
        lines.append(f"counter {folder}/energy_uj {zone.first} {zone.range}")
        lines += [f"curve {zone.curve.words()}", *zone.events]
    return lines


def _lay_monitors(machine: Machine) -> list[str]:
    lines = []
    monitors = Path("/sys/class/hwmon")
    monitors.mkdir()
    for monitor in machine.monitors:
        folder = monitors / monitor.folder
        for name, text in monitor.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{text}\n")
        for name, per_watt in monitor.powers.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            lines.append(f"power {folder / name} {per_watt!r}")
            lines += [f"curve {monitor.curve.words()}", *monitor.events]
    return lines


def _lay_compute_driver(machine: Machine) -> None:
    """Makes what the kernel tells of AMD's GPUs and of the processes on them, which is nobody yet.

    A program is on GPU `n` once it has written the number 1000 + n to `queues/0/gpuid`, and its
    compute units to `stats_NUMBER/cu_occupancy`, below its own in /sys/class/kfd/kfd/proc.
    """
    if not machine.amd:
        return
    driver = Path("/sys/class/kfd/kfd")
    (driver / "proc").mkdir(parents=True)
    for number in range(len(machine.amd)):
        node = driver / f"topology/nodes/{number + 1}"
        node.mkdir(parents=True)
        (node / "gpu_id").write_text(f"{1000 + number}\n")
        # The place on the bus that the fake ROCm SMI tells.
        (node / "properties").write_text(f"location_id {number + 3 << 8}\ndomain 0\n")


def _rocm_script(machine: Machine) -> str:
    return "".join(
        f"device {number + 1:x} AMD Instinct MI300X\nwatts {watts!r}\nlimit 750\n"
        for number, watts in enumerate(machine.amd)
    )


def _nvml_script(machine: Machine, start_ns: int) -> str:
    lines = []
    for number, curve in enumerate(machine.gpus):
        lines.append(f"device NVIDIA H100 GPU-{number}\nenergy 1000\nsince {start_ns * 1e-9!r}")
        lines.append(f"curve {curve.words()}\nrefresh 0.02\nlimit 700\narchitecture 9")
        lines.append(machine.gpu_lines.get(number, ""))
    return "\n".join(lines) + "\n"


@contextmanager
def emulate(machine: Machine) -> Iterator[dict[str, str]]:
    """Lets this process live on `machine`; what to add to the environment of programs on it.

    Call it once in a process, before it has threads. Raises CannotEmulate where that is not
    possible.
    """
    build()
    enter_namespace()
    scratch = Path(tempfile.mkdtemp(prefix="meters-"))
    _mount("tmpfs", str(scratch), "tmpfs")
    try:
        yield from _emulate(machine, scratch)
    finally:
        ctypes.CDLL(None).umount2(str(scratch).encode(), MNT_DETACH)
        scratch.rmdir()


def _emulate(machine: Machine, scratch: Path) -> Iterator[dict[str, str]]:
    graft("/sys/class", scratch, {"powercap", "hwmon", "kfd"})
    graft("/sys/devices/virtual", scratch, {"powercap"})
    graft("/sys/bus/event_source/devices", scratch, {"power"})
    start_ns = time.monotonic_ns()
    lines = [f"start {start_ns}", *_lay_powercap(machine), *_lay_monitors(machine)]
    (scratch / "specification").write_text("\n".join(lines) + "\n")
    (scratch / "nvml").write_text(_nvml_script(machine, start_ns))
    (scratch / "rocm").write_text(_rocm_script(machine))
    _lay_compute_driver(machine)
    programs = scratch / "bin"
    programs.mkdir()
    if machine.gpus:
        # By which some tools ask whether there is a GPU at all, and nothing else.
        (programs / "nvidia-smi").write_text("#!/bin/sh\n")
        (programs / "nvidia-smi").chmod(0o755)
    curves = machine.curves()
    truth = {
        "start_ns": start_ns,
        "devices": {device: curve.pieces for device, curve in curves.items()},
        "counted": list(curves) if machine.counted is None else machine.counted,
        "log": str(scratch / "log"),
    }
    (scratch / "truth.json").write_text(json.dumps(truth))
    rules = [
        f"{file} {start_ns * 1e-9 + begin!r} {start_ns * 1e-9 + end!r} {every} {code}"
        for file, begin, end, every, code in machine.faults
    ]
    environment = {
        "METER_TRUTH": str(scratch / "truth.json"),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "FAKE_NVML": str(scratch / "nvml"),
        "FAKE_ROCM": str(scratch / "rocm"),
        "LD_LIBRARY_PATH": f"{BUILT}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":"),
    }
    preloaded = []
    if rules:
        preloaded.append(str(BUILT / "faults.so"))
        environment["METER_FAULTS"] = ";".join(rules)
    if machine.ipmi:
        preloaded.append(str(BUILT / FAKES["ipmi"]))
        environment["FAKE_IPMI"] = str(scratch / "ipmi")
        since = f"since {start_ns * 1e-9!r}"
        (scratch / "ipmi").write_text(f"{since}\ncurve {machine.ipmi.words()}\n")
    if preloaded:
        environment["LD_PRELOAD"] = ":".join(preloaded)
    servers = []
    meters = []
    if machine.http:
        servers.append(serve_meters(machine.http, machine.http_fault, start_ns))
        address = f"http://127.0.0.1:{servers[-1].server_port}"
        meters += [f"{name}={address}/{name}#energy:J" for name in machine.http]
    if machine.redfish:
        try:
            certificate = make_certificate(scratch)
        except FileNotFoundError as error:
            message = "openssl, which makes the certificate of the Redfish service, is missing"
            raise CannotEmulate(error.errno, message) from None
        servers.append(serve_redfish(machine.redfish, start_ns, certificate))
        place = f"127.0.0.1:{servers[-1].server_port}"
        meters.append(f"bmc=redfish://{USER}@{place}")
        environment |= {
            "JOULEBOOK_METERS_TRUST": f"{place}={certificate[0]}",
            "METER_REDFISH": f"https://{USER}@{place}/redfish/v1",
            "METER_REDFISH_CERTIFICATE": str(certificate[0]),
        }
    if meters:
        environment["JOULEBOOK_METERS"] = " ".join(meters)
    emulator = subprocess.Popen(
        [BUILT / "emulator", scratch / "specification", scratch / "log"],
        stdout=subprocess.PIPE,
    )
    try:
        assert emulator.stdout is not None
        if emulator.stdout.readline() != b"ready\n":
            raise RuntimeError("the emulator did not start; its reason is above")
        yield environment
    finally:
        emulator.kill()
        emulator.wait()
        for server in servers:
            server.shutdown()
