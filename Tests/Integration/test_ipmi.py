"""A management controller behind /dev/ipmi0: a fake that answers the kernel's system calls."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command, validate

GUID = "44454c4c420010358051b7c04f4d3232"


@pytest.fixture(scope="session")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that stands between the program and the kernel."""
    library = tmp_path_factory.mktemp("ipmi") / "fake-ipmi.so"
    source = ROOT / "Tests/FakeDrivers/ipmi.c"
    options = ["-std=gnu17", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *options, "-o", str(library), str(source)], check=True)
    return library


class Server:
    """A machine with a controller, whose script a test writes."""

    def __init__(self, joulebook: Command, fake: Path) -> None:
        self.joulebook = joulebook
        self.script = joulebook.directory / "ipmi.txt"
        self.environment = {"LD_PRELOAD": str(fake), "FAKE_IPMI": str(self.script)}

    def meters(self) -> Any:
        printed = self.joulebook("meters", "--json", env=self.environment).stdout
        document = json.loads(printed)
        validate("meters", document)
        return document

    def meter(self) -> Any:
        (meter,) = [item for item in self.meters()["meters"] if item["source"] == "ipmi:dcmi"]
        return meter

    def absence(self) -> Any:
        (absent,) = [item for item in self.meters()["absent"] if item["source"] == "ipmi:dcmi"]
        return absent

    def run(self, *command: str) -> Any:
        environment = self.environment | {"JOULEBOOK_DIR": "ledgers"}
        self.joulebook("run", "--project", "p", "--", *command, env=environment)
        (path,) = (self.joulebook.directory / "ledgers").rglob("*.joule")
        return self.joulebook.json("run", "show", path, "--json")


@pytest.fixture
def server(joulebook: Command, fake: Path) -> Server:
    return Server(joulebook, fake)


def energy_of(run: Any) -> Any:
    (item,) = [item for item in run["energy"]["devices"] if item["device"] == "bmc"]
    return item


@pytest.mark.alone
def test_the_whole_server_is_measured_and_holds_its_parts(server: Server) -> None:
    server.script.write_text(f"watts 345\nguid {GUID}\nlate\n")
    meter = server.meter()
    assert (meter["provenance"], meter["boundary"]) == ("integrated_power", "it")
    assert (meter["bmc_manufacturer"], meter["bmc_product"]) == (674, 256)
    assert meter["bmc_firmware"] == "6.10"
    run = server.run("sleep", "4")
    item = energy_of(run)
    assert item["coverage"] > 0.5
    truth = 345 * run["totals"]["duration_s"]
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.05)
    assert run["totals"]["energy_j"] == item["energy_j"]


def test_a_controller_is_one_in_every_order_of_its_number(server: Server) -> None:
    identities = set()
    for guid in [GUID, bytes(reversed(bytes.fromhex(GUID))).hex()]:
        server.script.write_text(f"watts 345\nguid {guid}\n")
        identities.add(server.meter()["identity"])
    assert len(identities) == 1 and identities.pop().startswith("bmc:")
    # Without a number of its own it is this machine's.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    for line in ["", f"guid {'0' * 32}"]:
        server.script.write_text(f"watts 345\n{line}\n")
        assert server.meter()["identity"] == f"{boot}:/dev/ipmi0"


@pytest.mark.parametrize(
    ("script", "reason", "remedy"),
    [
        ("refuse 13", "permission denied", "groupadd"),
        ("refuse 19", "BMC", None),
        ("refuse 5", "/dev/ipmi0", None),
        ("watts 345\ninactive", "not active", None),
        ("watts 0", "0 W", None),
        ("watts 65535", "65535 W", None),
        ("watts 345\ncode 193", "does not know this command", None),
        ("watts 345\nshort 18", "none of DCMI", None),
        ("watts 345\nshort 0", "empty", None),
        ("hang", "in time", None),
    ],
)
def test_what_is_no_power_is_said_and_measures_nothing(
    server: Server, script: str, reason: str, remedy: str | None
) -> None:
    server.script.write_text(script + "\n")
    absent = server.absence()
    assert reason in absent["reason"]
    if remedy is not None:
        assert remedy in absent["remedy"]


@pytest.mark.alone
def test_failed_answers_are_gaps_and_are_told(server: Server) -> None:
    server.script.write_text("watts 200\nevery 5 code 192\n")
    run = server.run("sleep", "5")
    item = energy_of(run)
    assert 0 < item["coverage"] < 1 and "readings failed" in " ".join(item["flags"])
    truth = 200 * run["totals"]["duration_s"]
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.05)
    (fault,) = run["meter_faults"]
    assert "busy" in fault["what"]


def test_a_controller_that_falls_silent_holds_up_nobody(server: Server) -> None:
    server.script.write_text("watts 200\n")
    started = time.monotonic()
    run = server.run("sh", "-c", f"sleep 2; echo hang > {server.script}; sleep 1")
    assert time.monotonic() - started < 20
    assert run["status"] == "finished"
