"""The command on emulated machines of Tests/Meters, beside their truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from conftest import ROOT, Command, command_path

pytestmark = pytest.mark.alone


def live(joulebook: Command, scenario: str, *program: str) -> tuple[Any, Any]:
    """Measures a program on an emulated machine: its run, and the truth of its time."""
    measured = [command_path(), "run", "--project", "p", "--", *program]
    done = subprocess.run(
        [sys.executable, ROOT / "Tests/Meters/run", scenario, "--json", "--", *measured],
        capture_output=True,
        text=True,
        cwd=joulebook.directory,
        env=os.environ | {"JOULEBOOK_DIR": str(joulebook.directory / "ledgers")},
        timeout=120,
    )
    if done.returncode == 69:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    (path,) = (joulebook.directory / "ledgers").rglob("*.joule")
    run = joulebook.json("run", "show", path, "--json")
    return run, json.loads(done.stdout.splitlines()[-1])


def energy_of(run: Any, device: str) -> Any:
    (item,) = [item for item in run["energy"]["devices"] if item["device"] == device]
    return item


def is_on(process: str, gpu: int, units: int) -> str:
    """Shell that says of a process that it holds compute units of a GPU."""
    place = f"/sys/class/kfd/kfd/proc/{process}"
    return (
        f"mkdir -p {place}/queues/0 {place}/stats_{gpu}; echo {gpu} > {place}/queues/0/gpuid; "
        f"echo {units} > {place}/stats_{gpu}/cu_occupancy; "
    )


def test_amd_gpus_are_shared_by_the_compute_units_that_processes_hold(joulebook: Command) -> None:
    # Another process, the machine's first, is on the first GPU only.
    program = is_on("$$", 1000, 90) + is_on("1", 1000, 30) + "exec sleep 15"
    run, truth = live(joulebook, "amd", "sh", "-c", program)
    (first, second) = (f"gpu:GPU-{number:016x}" for number in (1, 2))
    shared = {item["device"]: item for item in run["attribution"]["devices"]}
    assert (shared[first]["rule"], shared[first]["share"]) == ("cu_occupancy", 0.75)
    assert second not in shared
    for device in (first, second):
        item = energy_of(run, device)
        true = truth["devices"][device] / truth["seconds"] * run["totals"]["duration_s"]
        assert item["energy_j"] == pytest.approx(true * item["coverage"], rel=0.02)
    own = 0.75 * energy_of(run, first)["energy_j"]
    assert shared[first]["attributed_j"] == pytest.approx(own)


def test_an_amd_gpu_that_nobody_else_is_on_is_all_the_runs(joulebook: Command) -> None:
    # The kernel tells no compute units of some GPUs.
    place = "/sys/class/kfd/kfd/proc/$PPID/queues/7"
    program = f"mkdir -p {place}; echo 1001 > {place}/gpuid; sleep 2"
    run, _ = live(joulebook, "amd", "sh", "-c", program)
    shared = {item["device"]: item for item in run["attribution"]["devices"]}
    device = "gpu:GPU-0000000000000002"
    assert (shared[device]["rule"], shared[device]["share"]) == ("sole_user", 1)


@pytest.mark.parametrize(
    ("scenario", "device", "source"),
    [("ipmi", "bmc", "ipmi:dcmi"), ("redfish", "external:bmc", "external:redfish")],
)
def test_a_controller_holds_all_of_its_server(
    joulebook: Command, scenario: str, device: str, source: str
) -> None:
    run, truth = live(joulebook, scenario, "sleep", "9.5")
    item = energy_of(run, device)
    assert (item["source"], item["boundary"]) == (source, "it")
    assert run["totals"]["energy_j"] == item["energy_j"]
    # Both sockets are measured besides, and are a part of it.
    assert energy_of(run, "cpu:1/package")["energy_j"] < item["energy_j"] / 2
    # The power changes every three seconds, and a controller is asked once a second; counting the
    # sockets besides would be 69 % too much.
    watts = truth["devices"][device] / truth["seconds"]
    told = item["energy_j"] / item["coverage"] / run["totals"]["duration_s"]
    assert told == pytest.approx(watts, rel=0.4)


def test_the_redfish_service_answers_any_program_that_knows_name_and_certificate(
    joulebook: Command,
) -> None:
    program = """
import base64, json, os, ssl, urllib.error, urllib.request
scheme, rest = os.environ["METER_REDFISH"].split("://")
user, place = rest.split("@")
context = ssl.create_default_context(cafile=os.environ["METER_REDFISH_CERTIFICATE"])
asked = urllib.request.Request(f"{scheme}://{place}/Chassis/1/EnvironmentMetrics")
try:
    urllib.request.urlopen(asked, context=context)
    print("a stranger was answered")
except urllib.error.HTTPError as error:
    asked.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
    answer = json.load(urllib.request.urlopen(asked, context=context))
    open("answer", "w").write(json.dumps([error.code, answer]))
"""
    live(joulebook, "redfish", sys.executable, "-c", program)
    refused, answer = json.loads((joulebook.directory / "answer").read_text())
    assert refused == 401
    assert answer["PowerWatts"]["Reading"] in (240, 960, 480)
    assert answer["EnergyJoules"]["Reading"] > 0
