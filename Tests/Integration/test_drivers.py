"""Vendors' libraries: fakes with their symbols and known power, loaded as the real ones are."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command, validate

FAKES = ROOT / "Tests/FakeDrivers"
LIBRARIES = {"nvml": "libnvidia-ml.so.1", "rocm_smi": "librocm_smi64.so.1"}
WORK = "import time\nend = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass"
"""A program that keeps a processor busy."""


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the fake libraries, for LD_LIBRARY_PATH."""
    folder = tmp_path_factory.mktemp("drivers")
    for source, library in LIBRARIES.items():
        place = ["-o", str(folder / library), str(FAKES / f"{source}.c")]
        subprocess.run(["cc", "-std=gnu17", "-O1", "-shared", "-fPIC", *place], check=True)
    return folder


class Machine:
    """A machine with fake libraries, whose scripts a test writes."""

    def __init__(self, joulebook: Command, libraries: Path) -> None:
        self.joulebook = joulebook
        self.nvml = joulebook.directory / "nvml.txt"
        self.rocm = joulebook.directory / "rocm.txt"
        self.environment = {
            "LD_LIBRARY_PATH": str(libraries),
            "FAKE_NVML": str(self.nvml),
            "FAKE_ROCM": str(self.rocm),
        }

    def meters(self, **environment: str) -> Any:
        """What `joulebook meters` finds, as `meters` by device and the reasons of `absent`."""
        printed = self.joulebook("meters", "--json", env=self.environment | environment).stdout
        document = json.loads(printed)
        validate("meters", document)
        return document

    def devices(self, **environment: str) -> list[str]:
        found = self.meters(**environment)["meters"]
        return [meter["device"] for meter in found if meter["device"].startswith("gpu:")]

    def run(self, *command: str, **environment: str) -> Any:
        """Measures a program; its run as `show --json` prints it."""
        everything = self.environment | environment | {"JOULEBOOK_DIR": "ledgers"}
        self.joulebook("run", "--project", "p", "--", *command, env=everything)
        (path,) = (self.joulebook.directory / "ledgers").rglob("*.joule")
        return self.joulebook.json("run", "show", path, "--json")


@pytest.fixture
def machine(joulebook: Command, libraries: Path) -> Machine:
    return Machine(joulebook, libraries)


def nvidia(*devices: str) -> str:
    """A script of GPUs `GPU-0`, `GPU-1`, … with these lines each."""
    lines = [f"device NVIDIA H200 GPU-{n}\n{text}\n" for n, text in enumerate(devices)]
    return "".join(lines)


def energy_of(run: Any) -> dict[str, Any]:
    """Of a whole run, by device."""
    return {item["device"]: item for item in run["energy"]["devices"]}


def test_each_gpu_is_read_by_the_best_it_has(machine: Machine) -> None:
    machine.nvml.write_text(
        nvidia(
            "energy 5000\nwatts 100\nlimit 700\narchitecture 9\nmemory 1000",
            "watts 50\nlimit 300\narchitecture 9\npower instant",
            "watts 50\nlimit 300",
            "watts 400\nlimit 700\npower module",
            "limit 300\npower none",
        )
    )
    document = machine.meters()
    found = {meter["device"]: meter for meter in document["meters"]}
    counter, instant, power = (found[f"gpu:GPU-{number}"] for number in range(3))
    module = found["module:3"]
    assert (counter["source"], counter["provenance"]) == ("nvml:energy", "counter")
    assert counter["identity"] == "nvml:GPU-0"
    assert (counter["name"], counter["memory_bytes"]) == ("NVIDIA H200", 1000)
    assert counter["power_limit_w"] == 700
    assert (instant["source"], instant["provenance"]) == (
        "nvml:power_instant",
        "integrated_power",
    )
    assert instant["uncertainty_rel"] > counter["uncertainty_rel"]
    assert power["source"] == "nvml:power"
    assert module["source"] == "nvml:module_power" and "processor" in module["scope"]
    reasons = [item["reason"] for item in document["absent"] if item["source"] == "nvml"]
    assert len(reasons) == 1 and "GPU-4" in reasons[0]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [("1", [1]), ("", []), ("GPU-2,0", [0, 2]), ("MIG-7", [1]), ("3", [])],
)
def test_only_what_cuda_shows_is_measured(
    machine: Machine, visible: str, expected: list[int]
) -> None:
    machine.nvml.write_text(nvidia("energy 0", "energy 0\nmig MIG-7", "energy 0"))
    document = machine.meters(CUDA_VISIBLE_DEVICES=visible)
    found = [meter for meter in document["meters"] if meter["source"] == "nvml:energy"]
    assert [meter["device"] for meter in found] == [f"gpu:GPU-{number}" for number in expected]
    hidden = [item for item in document["absent"] if "CUDA_VISIBLE_DEVICES" in item["reason"]]
    assert len(hidden) == 3 - len(expected)
    if visible == "MIG-7":
        assert "MIG" in found[0]["scope"]


@pytest.mark.alone
def test_every_gpu_is_counted_and_each_joule_once(machine: Machine) -> None:
    watts = [100, 250, 400]
    machine.nvml.write_text(
        nvidia(*(f"energy 7000\nwatts {power}\nrefresh 0.02\nlimit 700" for power in watts))
    )
    run = machine.run("sleep", "3")
    seconds = run["totals"]["duration_s"]
    found = energy_of(run)
    for number, power in enumerate(watts):
        item = found[f"gpu:GPU-{number}"]
        truth = power * seconds
        assert item["coverage"] > 0.9
        assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.02)
    parts = sum(item["energy_j"] for item in found.values())
    assert run["totals"]["energy_j"] == pytest.approx(parts)


@pytest.mark.alone
def test_a_dear_counter_is_read_with_power_samples(machine: Machine) -> None:
    script = (
        "energy 7000\ncurve 0.25 200 0.25 600\nlimit 700\n"
        "refresh 0.1\nsamples 0.02\nslow energy 0.004"
    )
    machine.nvml.write_text(nvidia(script))
    run = machine.run("sleep", "4")
    item = energy_of(run)["gpu:GPU-0"]
    (meter,) = (meter for meter in run["meters"] if meter["device"] == "gpu:GPU-0")
    assert (meter["source"], meter["provenance"]) == ("nvml:energy", "counter")
    assert meter["samples_ms"] == pytest.approx(20, abs=0.5)
    # The driver kept samples from before the library was opened.
    assert item["coverage"] > 0.99
    assert item["energy_j"] == pytest.approx(400 * run["totals"]["duration_s"], rel=0.05)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("processes", "rule", "share"),
    [
        ("process 0 90", "sole_user", 1),
        ("process 0 60\nprocess 999999 20", "sm_utilization", 0.75),
        # Numbers of another namespace: nobody there is known.
        ("process 999999 20", None, None),
        ("", None, None),
    ],
)
def test_a_gpu_is_shared_by_what_its_processes_do(
    machine: Machine, processes: str, rule: str | None, share: float | None
) -> None:
    machine.nvml.write_text(nvidia(f"energy 0\nwatts 100\nlimit 700\n{processes}"))
    # Of a machine that nobody uses not one tick may be counted, and then nothing is attributed.
    run = machine.run(sys.executable, "-c", WORK)
    parts = {item["device"]: item for item in run["attribution"]["devices"]}
    assert ("gpu:GPU-0" in parts) == (rule is not None)
    total = run["attribution"]["attributed_j"] + run["attribution"]["unattributed_j"]
    assert total == pytest.approx(run["totals"]["energy_j"], rel=0.02)
    if rule is None:
        return
    part = parts["gpu:GPU-0"]
    assert (part["rule"], part["share"]) == (rule, share)
    whole = energy_of(run)["gpu:GPU-0"]["energy_j"]
    assert part["attributed_j"] == pytest.approx(whole * share)


A100 = "energy 0\nwatts 100\nlimit 400\nwhole 98 40000\nprocess 0 0"
"""With 14 multiprocessors and 5000 MiB in each seventh of it."""


@pytest.mark.parametrize(
    ("parts", "visible", "share"),
    [
        ("mig MIG-1 14 5000\nmig MIG-2 42 20000", "MIG-1", (1 / 7 + 1 / 8) / 2),
        ("mig MIG-1 14 5000\nmig MIG-2 42 20000", "MIG-2,MIG-1,MIG-2", (4 / 7 + 5 / 8) / 2),
        # A third of a GPU instance, whose memory it shares.
        ("mig MIG-1 14 20000 1 3", "MIG-1", (1 / 7 + 1 / 6) / 2),
        # In a container there is one, and no list.
        ("mig MIG-1 28 10000", None, (2 / 7 + 1 / 4) / 2),
        ("mig MIG-1 98 40000", "0", 1),
        # 38/132 + 75/132 + 19/132 is more than 1 in floating point.
        (
            "whole 132 100\nmig MIG-1 38 10\nmig MIG-2 75 20\nmig MIG-3 19 30",
            "MIG-1,MIG-2,MIG-3",
            (1 + 60 / 100) / 2,
        ),
    ],
)
def test_a_divided_gpu_is_shared_by_what_its_mig_devices_are(
    machine: Machine, parts: str, visible: str | None, share: float
) -> None:
    machine.nvml.write_text(nvidia(f"{A100}\n{parts}"))
    run = machine.run("sleep", "1", **({"CUDA_VISIBLE_DEVICES": visible} if visible else {}))
    (part,) = [item for item in run["attribution"]["devices"] if item["device"] == "gpu:GPU-0"]
    assert part["rule"] == "mig_share" and part["share"] == pytest.approx(share)
    whole = energy_of(run)["gpu:GPU-0"]["energy_j"]
    assert part["attributed_j"] == pytest.approx(whole * share)
    (meter,) = [item for item in run["meters"] if item["device"] == "gpu:GPU-0"]
    both = meter["mig_sm_share"], meter["mig_memory_share"]
    assert sum(both) / 2 == pytest.approx(share)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("mig MIG-1\nmig MIG-2", "names none of the GPU's 2 MIG devices"),
        ("mig MIG-1\nfail attributes 13", "nvmlDeviceGetAttributes: Function Not Found"),
        ("mig MIG-1\nfail profile 3", "nvmlDeviceGetGpuInstanceProfileInfo: Not Supported"),
        ("mig MIG-1 99 5000", "99 multiprocessors"),
        ("mig MIG-1 0 5000", "0 multiprocessors"),
        ("mig MIG-1 14 40001", "40001 MiB"),
        ("mig MIG-1 14 5000 0 0", "nvmlDeviceGetAttributes"),
        ("mig MIG-1 14 5000 2 1", "nvmlDeviceGetAttributes"),
        ("whole 98 0\nmig MIG-1", "98 and 0 MiB"),
    ],
)
def test_a_part_of_a_divided_gpu_that_is_not_known_is_said(
    machine: Machine, lines: str, reason: str
) -> None:
    machine.nvml.write_text(nvidia(f"{A100}\n{lines}"))
    run = machine.run("sleep", "1")
    (meter,) = [item for item in run["meters"] if item["device"] == "gpu:GPU-0"]
    assert reason in meter["mig_share_unknown"]
    # On an idle machine there may be nothing at all to attribute.
    shared = run.get("attribution", {"devices": []})["devices"]
    assert "gpu:GPU-0" not in [item["device"] for item in shared]
    (path,) = (machine.joulebook.directory / "ledgers").rglob("*.joule")
    page = machine.joulebook("show", path).stdout
    assert "gpu:GPU-0: the part of its MIG devices is not known" in " ".join(page.split())


def test_an_nvml_without_the_functions_of_mig_has_no_part_to_tell(
    joulebook: Command, tmp_path: Path
) -> None:
    functions = ["nvmlDeviceGetAttributes_v2", "nvmlDeviceGetGpuInstanceProfileInfo"]
    older = [f"-D{name}=not_{name}" for name in functions]
    place = ["-o", str(tmp_path / LIBRARIES["nvml"]), str(FAKES / "nvml.c")]
    subprocess.run(["cc", "-std=gnu17", "-shared", "-fPIC", *older, *place], check=True)
    machine = Machine(joulebook, tmp_path)
    machine.nvml.write_text(nvidia(f"{A100}\nmig MIG-1"))
    (meter,) = [item for item in machine.meters()["meters"] if item["source"] == "nvml:energy"]
    assert "Function Not Found" in meter["mig_share_unknown"]


@pytest.mark.alone
def test_failed_readings_are_gaps_and_are_told(machine: Machine) -> None:
    machine.nvml.write_text(nvidia("energy 0\nwatts 200\nlimit 700\nevery 4 energy 15"))
    run = machine.run("sleep", "5")
    item = energy_of(run)["gpu:GPU-0"]
    assert 0 < item["coverage"] < 1 and "readings failed" in " ".join(item["flags"])
    truth = 200 * run["totals"]["duration_s"]
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.02)
    (fault,) = run["meter_faults"]
    assert fault["device"] == "gpu:GPU-0" and fault["failed_readings"] >= 1
    assert "GPU is lost" in fault["what"]


@pytest.mark.alone
def test_a_device_that_vanishes_ends_its_own_values_only(machine: Machine) -> None:
    script = nvidia("energy 0\nwatts 200\nlimit 700", "energy 0\nwatts 100\nlimit 700")
    machine.nvml.write_text(script)
    lost = script.replace("watts 100", "watts 100\nfail energy 15")
    hide = f"sleep 1.5; printf '%s' '{lost}' > {machine.nvml}; sleep 2"
    found = energy_of(machine.run("sh", "-c", hide))
    assert found["gpu:GPU-0"]["coverage"] > 0.9
    assert 0.2 < found["gpu:GPU-1"]["coverage"] < 0.8


@pytest.mark.parametrize("hanging", ["hang init", "device A GPU-0\nenergy 0\nhang energy"])
def test_a_driver_that_hangs_holds_up_nobody(machine: Machine, hanging: str) -> None:
    machine.nvml.write_text(hanging)
    machine.rocm.write_text("device 1f AMD Instinct MI300X\nwatts 300\nlimit 750\n")
    started = time.monotonic()
    run = machine.run("sleep", "2")
    assert time.monotonic() - started < 15
    found = energy_of(run)
    assert found["gpu:GPU-000000000000001f"]["energy_j"] > 0
    assert "gpu:GPU-0" not in found
    assert any(fault.get("source") == "nvml" for fault in run["meter_faults"])
    reasons = {item["source"]: item["reason"] for item in machine.meters()["absent"]}
    assert "does not answer" in reasons["nvml"]


@pytest.mark.parametrize(("status", "remedy"), [(18, "reboot"), (9, None), (999, None)])
def test_a_driver_that_refuses_is_said_with_a_remedy(
    machine: Machine, status: int, remedy: str | None
) -> None:
    machine.nvml.write_text(f"init {status}\n")
    (absent,) = [item for item in machine.meters()["absent"] if item["source"] == "nvml"]
    assert "nvmlInit" in absent["reason"]
    assert remedy in absent["remedy"] if remedy else absent["remedy"] is None


@pytest.mark.alone
def test_a_counter_of_amd_is_trusted_where_it_moves_as_the_power_says(machine: Machine) -> None:
    machine.rocm.write_text(
        "device 1 Instinct MI300X\nwatts 300\nlimit 750\n"
        "device 2 stands still\nwatts 0\ntold 200\nlimit 300\n"
        "device 3 counts ten times as much\nwatts 2000\ntold 200\nlimit 300\n"
        "device 4 Instinct MI250X, its second die\nwatts 0\ntold 0\n"
        "device 5 no counter\nsteps 0\nwatts 90\nlimit 300\n"
    )
    document = machine.meters()
    found = {
        int(meter["device"][8:], 16): meter
        for meter in document["meters"]
        if meter["source"].startswith("rocm-smi")
    }
    assert {number: meter["source"] for number, meter in found.items()} == {
        1: "rocm-smi:energy",
        2: "rocm-smi:power",
        3: "rocm-smi:power",
        5: "rocm-smi:power",
    }
    assert "stands still" in found[2]["not_counted"]
    assert "would mean 19" in found[3]["not_counted"] or "would mean 20" in found[3]["not_counted"]
    reasons = [item["reason"] for item in document["absent"] if item["source"] == "rocm-smi"]
    assert len(reasons) == 1 and "MI250X" in reasons[0]
    assert machine.devices(ROCR_VISIBLE_DEVICES="0") == ["gpu:GPU-0000000000000001"]


@pytest.mark.alone
def test_energy_of_amd_is_right_in_steps_of_15_microjoules(machine: Machine) -> None:
    machine.rocm.write_text("device 1 Instinct MI300X\nwatts 300\nlimit 750\n")
    run = machine.run("sleep", "3")
    item = energy_of(run)["gpu:GPU-0000000000000001"]
    truth = 300 * run["totals"]["duration_s"]
    # The library is watched for a moment before it is trusted.
    assert item["coverage"] > 0.8
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.02)


def test_what_only_drivers_measure_is_told_while_the_run_goes_on(machine: Machine) -> None:
    machine.nvml.write_text(nvidia("energy 0\nwatts 200\nlimit 700"))
    environment = machine.environment | {"JOULEBOOK_DIR": "ledgers"}
    directory = machine.joulebook.directory
    peek = "sleep 2; cp -r ledgers live; sleep 0.1"
    machine.joulebook("run", "--project", "p", "--", "sh", "-c", peek, env=environment)
    (live,) = (directory / "live").rglob("*.joule")
    run = machine.joulebook.json("run", "show", live, "--json", status=None)
    assert any(item["device"] == "gpu:GPU-0" for item in run["meters"])


@pytest.fixture(scope="session")
def amd_smi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with AMD SMI and without ROCm SMI."""
    folder = tmp_path_factory.mktemp("amd-smi")
    place = ["-o", str(folder / "libamd_smi.so.26"), str(FAKES / "amd_smi.c")]
    subprocess.run(["cc", "-std=gnu17", "-O1", "-shared", "-fPIC", *place], check=True)
    return folder


@pytest.mark.alone
def test_amd_smi_is_read_where_rocm_smi_is_not_installed(joulebook: Command, amd_smi: Path) -> None:
    machine = Machine(joulebook, amd_smi)
    machine.rocm.write_text(
        "device 1 Instinct MI300X\nwatts 300\nlimit 750\n"
        "device 2 stands still\nwatts 0\n"
        "device 3 no counter\nsteps 0\nwatts 90\n"
        "device 4 Instinct MI300X\nwatts 100\nlimit 750\n"
    )
    document = machine.meters()
    found = [meter for meter in document["meters"] if meter["source"] == "amd-smi:energy"]
    assert [meter["device"] for meter in found] == ["gpu:0000:03:00.0", "gpu:0000:06:00.0"]
    assert {meter["provenance"] for meter in found} == {"counter"}
    reasons = [item["reason"] for item in document["absent"] if item["source"] == "rocm-smi"]
    assert len(reasons) == 2
    assert machine.devices(ROCR_VISIBLE_DEVICES="3") == ["gpu:0000:06:00.0"]
    run = machine.run("sleep", "3")
    item = energy_of(run)["gpu:0000:03:00.0"]
    truth = 300 * run["totals"]["duration_s"]
    assert item["coverage"] > 0.8
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.02)


def test_amd_smi_that_refuses_is_said(joulebook: Command, amd_smi: Path) -> None:
    machine = Machine(joulebook, amd_smi)
    machine.rocm.write_text("init 34\n")
    (absent,) = [item for item in machine.meters()["absent"] if item["source"] == "rocm-smi"]
    assert "amdsmi_init" in absent["reason"]


@pytest.mark.alone
def test_idle_power_is_measured_once_and_told_of_every_later_run(
    machine: Machine, tmp_path: Path
) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "a" / "state")}
    machine.nvml.write_text(nvidia("energy 0\nwatts 60\nlimit 700"))
    environment = machine.environment | state
    printed = machine.joulebook("meters", "--idle", "2", "--json", env=environment).stdout
    document = json.loads(printed)
    validate("meters", document)
    (measured,) = [meter for meter in document["meters"] if meter["device"] == "gpu:GPU-0"]
    assert measured["idle_power_w"] == pytest.approx(60, rel=0.1)
    # A model has nothing to find out.
    assert not any("idle_power_w" in item for item in document["meters"] if item != measured)
    (kept,) = (tmp_path / "a" / "state" / "joulebook").iterdir()
    assert kept.stat().st_mode & 0o022 == 0
    assert "W" in machine.joulebook("meters", env=environment).stdout
    machine.nvml.write_text(nvidia("energy 0\nwatts 240\nlimit 700"))
    run = machine.run("sleep", "2", **state)
    (meter,) = [item for item in run["meters"] if item["device"] == "gpu:GPU-0"]
    assert meter["idle_power_w"] == measured["idle_power_w"]
    assert abs(meter["idle_measured"] - time.time()) < 600
    (path,) = (machine.joulebook.directory / "ledgers").rglob("*.joule")
    page = machine.joulebook("show", path).stdout
    assert "gpu:GPU-0: of which idle" in page


@pytest.mark.parametrize("seconds", ["0", "-1", "3601", "x"])
def test_idle_power_is_measured_for_a_second_to_an_hour(joulebook: Command, seconds: str) -> None:
    joulebook("meters", f"--idle={seconds}", status=64)
