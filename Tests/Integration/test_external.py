"""Meters outside the machine: plugs, PDUs and metrics servers, as real HTTP servers and files."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, validate

WATTS = 120.0


class Plug(BaseHTTPRequestHandler):
    """Every kind of meter at one address, which draws 120 W from the start of the server on."""

    started = 0.0

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def answer(self, document: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def do_GET(self) -> None:
        joules = WATTS * (time.monotonic() - type(self).started)
        if self.path == "/rpc/Switch.GetStatus?id=1":
            self.answer({"id": 1, "apower": WATTS, "aenergy": {"total": joules / 3600}})
        elif self.path == "/meter/0":
            self.answer({"power": WATTS, "is_valid": True})
        elif self.path == "/cm?cmnd=Status%208":
            self.answer({"StatusSNS": {"ENERGY": {"Power": 120, "Total": joules / 3.6e6}}})
        elif self.path == "/api/v1/query?query=sum(node_power)":
            value = [time.time(), f"{WATTS / 1000}"]
            self.answer({"status": "success", "data": {"result": [{"value": value}]}})
        elif self.path == "/pdu":
            self.answer({"outlets": [{}, {"energy": joules / 3600}]})
        elif self.path == "/chunks":
            self.protocol_version = "HTTP/1.1"
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b'8\r\n{"power"\r\n6;x=y\r\n: 120}\r\n0\r\n\r\n')
        elif self.path == "/secret":
            given = self.headers.get("Authorization", "")
            expected = "Basic " + base64.b64encode(b"me:pass%20word").decode().replace("\n", "")
            self.answer({"power": WATTS if given == expected else -1})
        elif self.path == "/garbage":
            self.wfile.write(b"\x00\xff" * 100)
        elif self.path == "/large":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b" " * (2 << 20))
        elif self.path == "/slow":
            time.sleep(30)
        else:
            self.send_error(404)


@pytest.fixture
def plug() -> Iterator[str]:
    """The address of a meter."""
    Plug.started = time.monotonic()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Plug)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()


Measure = Callable[..., Any]


@pytest.fixture
def measure(joulebook: Command) -> Measure:
    """Measures a program with these meters; the run as `show --json` prints it."""

    def run(meters: str, *command: str) -> Any:
        environment = {"JOULEBOOK_METERS": meters, "JOULEBOOK_DIR": "ledgers"}
        joulebook("run", "--project", "p", "--", *(command or ("sleep", "4")), env=environment)
        (path,) = (joulebook.directory / "ledgers").rglob("*.joule")
        return joulebook.json("run", "show", path, "--json")

    return run


def external(run: Any) -> dict[str, Any]:
    devices = run["energy"]["devices"]
    return {item["device"]: item for item in devices if item["provenance"] == "external"}


@pytest.mark.parametrize(
    "address",
    [
        "shelly://{plug}/1",
        "shelly1://{plug}",
        "tasmota://{plug}",
        "prometheus://{plug}/sum(node_power):kW",
        "http://{plug}/pdu#outlets.1.energy:Wh",
        "http://{plug}/chunks#power",
        "http://me:pass%20word@{plug}/secret#power:W",
    ],
)
def test_each_kind_of_meter_is_read(plug: str, measure: Measure, address: str) -> None:
    run = measure("desk=" + address.format(plug=plug))
    item = external(run)["external:desk"]
    truth = WATTS * run["totals"]["duration_s"]
    assert item["boundary"] == "it" and item["uncertainty_rel"] is None
    assert item["coverage"] > 0.6
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.1)
    # What lies before the power supply holds what lies behind it.
    assert run["totals"]["energy_j"] == item["energy_j"]


def test_a_secret_is_nowhere_in_the_ledger(plug: str, measure: Measure, joulebook: Command) -> None:
    measure(f"http://me:hunter2@{plug}/secret#power", "sleep", "1")
    for path in (joulebook.directory / "ledgers").rglob("*"):
        if path.is_file():
            assert b"hunter2" not in path.read_bytes()


@pytest.mark.parametrize("path", ["nothing", "garbage", "large", "slow", "pdu"])
def test_an_answer_that_is_none_is_a_gap_and_is_told(
    plug: str, measure: Measure, path: str
) -> None:
    started = time.monotonic()
    run = measure(f"desk=http://{plug}/{path}#power", "sleep", "2")
    assert time.monotonic() - started < 15
    assert "external:desk" not in external(run)
    told = json.dumps([run.get("meter_faults"), run.get("absent_meters")])
    assert "desk" in told or plug in told or "external" in told


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("nonsense", "no address"),
        ("ftp://host/x", "no kind of meter"),
        ("http://host/x", "needs a field"),
        ("csv:/tmp/x", "needs a path and a column"),
        ("https://host/x", "needs a field"),
        ("shelly://", "no host"),
    ],
)
def test_a_wrong_address_is_said_with_what_is_right(
    joulebook: Command, entry: str, reason: str
) -> None:
    printed = joulebook("meters", "--json", env={"JOULEBOOK_METERS": entry}).stdout
    document = json.loads(printed)
    validate("meters", document)
    assert any(
        "JOULEBOOK_METERS" in item["reason"] and reason in item["reason"]
        for item in document["absent"]
    )


def test_a_meter_is_one_whatever_it_is_called(joulebook: Command, plug: str) -> None:
    def identity(entry: str) -> str:
        printed = joulebook("meters", "--json", env={"JOULEBOOK_METERS": entry}).stdout
        found = json.loads(printed)["meters"]
        (meter,) = [item for item in found if item["provenance"] == "external"]
        return str(meter["identity"])

    named = identity(f"desk=http://me:word@{plug}/pdu#outlets.1.energy:Wh")
    assert named == identity(f"http://{plug}/pdu#outlets.1.energy:Wh")
    # A loopback address is another meter on every machine.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert named == f"{boot}:http://{plug}/pdu#outlets.1.energy"


def test_channels_and_queries_of_one_host_are_different_meters(
    joulebook: Command, plug: str
) -> None:
    entries = [f"shelly://{plug}/1", f"shelly://{plug}/2"]
    entries += [f"prometheus://{plug}/sum(node_power):kW", f"prometheus://{plug}/other:kW"]
    entries += [f"http://{plug}/pdu?key=hunter2#outlets.1.energy:Wh"]
    environment = {"JOULEBOOK_METERS": " ".join(entries)}
    printed = joulebook("meters", "--json", env=environment).stdout
    found = [item for item in json.loads(printed)["meters"] if item["provenance"] == "external"]
    assert len(found) == len({item["identity"] for item in found}) == len(entries)
    assert len({item["device"] for item in found}) == len(entries)
    assert "hunter2" not in printed


@contextlib.contextmanager
def growing(path: Path, line: Callable[[], str]) -> Iterator[None]:
    """Writes a line ten times a second until the block ends."""
    ended = threading.Event()

    def write() -> None:
        with path.open("a") as file:
            while True:
                file.write(line() + "\n")
                file.flush()
                if ended.wait(0.1):
                    return

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("is_long", [False, True])
def test_a_growing_table_is_read_at_its_end(
    joulebook: Command, measure: Measure, is_long: bool
) -> None:
    path = joulebook.directory / "power.csv"
    rows = 50_000 if is_long else 0
    path.write_text("time,watts\n" + "2026-01-01T00:00:00,99999\n" * rows)
    with growing(path, lambda: f"now,{WATTS}"):
        run = measure(f"csv:{path}#watts")
    item = external(run)[f"external:csv:{path}#watts"]
    truth = WATTS * run["totals"]["duration_s"]
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], rel=0.1)


def test_a_named_pipe_is_read_and_waits_for_nobody(joulebook: Command, measure: Measure) -> None:
    path = joulebook.directory / "meter"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    with growing(path, lambda: f"{WATTS}"):
        run = measure(f"wall=pipe:{path}:W")
    item = external(run)["external:wall"]
    assert item["energy_j"] == pytest.approx(
        WATTS * run["totals"]["duration_s"] * item["coverage"], rel=0.1
    )
    os.close(descriptor)
