"""Meters behind HTTPS: controllers with Redfish, and others, with certificates of their own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import Command, validate
from https_site import Site

WATTS = 345.0
UUID = "4c4c4544-0042-3510-8051-b7c04f4d3232"
Tree = dict[str, Any]


def link(path: str) -> Tree:
    return {"@odata.id": path}


def tree(chassis: dict[str, Tree]) -> Tree:
    """The documents of a controller with these chassis, as real ones lay them out."""
    list_ = "/redfish/v1/Chassis"
    documents: Tree = {
        "/redfish/v1/": {"RedfishVersion": "1.15.0", "Chassis": link(list_)},
        list_: {"Members": [link(f"{list_}/{name}") for name in chassis]},
        "/redfish/v1/Systems/1": {"UUID": UUID.upper(), "PowerState": "On"},
    }
    for name, parts in chassis.items():
        path = f"{list_}/{name}"
        document: Tree = {
            "ChassisType": "RackMount",
            "Manufacturer": "Acme",
            "Model": "R1",
            "SerialNumber": "S-1",
            "Links": {"ComputerSystems": [link("/redfish/v1/Systems/1")]},
        }
        for part, content in parts.items():
            if part in ("Power", "EnvironmentMetrics"):
                document[part] = link(f"{path}/{part}")
                documents[f"{path}/{part}"] = content
            else:
                document[part] = content
        documents[path] = document
    return documents


POWER = {"PowerControl": [{"MemberId": "0", "PowerConsumedWatts": WATTS}, {"MemberId": "1"}]}


class Controller(BaseHTTPRequestHandler):
    """A tree of documents behind basic authentication; some places misbehave."""

    protocol_version = "HTTP/1.1"
    documents: ClassVar[Tree] = {}
    started = 0.0
    asked: ClassVar[list[str]] = []

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        given = self.headers.get("Authorization", "")
        if self.path == "/power":
            self.send(200, json.dumps({"power": WATTS}).encode())
        elif self.path.startswith("/api/v1/query"):
            answer = {"status": "success", "data": {"result": [{"value": [0, str(WATTS)]}]}}
            self.send(200, json.dumps(answer).encode())
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            for _ in range(4096):
                self.wfile.write(b"1" * 65536)
        elif self.path == "/head":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(4096):
                self.wfile.write(b"X: " + b"1" * 1024 + b"\r\n")
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b" ")
                time.sleep(0.5)
        elif self.path == "/elsewhere":
            self.send(302, b"", Location=f"https://localhost:{self.server.server_port}/power")
        elif self.path == "/plain":
            self.send(302, b"", Location="file:///etc/hostname")
        elif given != "Basic " + base64.b64encode(b"reader:hunter2").decode():
            self.send(401, b"{}", **{"WWW-Authenticate": "Basic"})
        elif self.path in self.documents:
            content = self.documents[self.path]
            content = content() if callable(content) else content
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send(200, body)
        else:
            self.send(404, b"{}")


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    Controller.documents = tree({"1": {"Power": POWER}})
    Controller.started = time.monotonic()
    Controller.asked = []
    site = Site(tmp_path_factory.mktemp("site"), Controller)
    yield site
    site.server.shutdown()


Look = Callable[..., Any]


@pytest.fixture
def look(joulebook: Command) -> Look:
    """What `joulebook meters` finds at an address, and the reasons why it finds nothing."""

    def meters(address: str, environment: dict[str, str]) -> tuple[list[Any], list[Any]]:
        environment = environment | {"JOULEBOOK_METERS": address}
        document = json.loads(joulebook("meters", "--json", env=environment).stdout)
        validate("meters", document)
        found = [item for item in document["meters"] if item["provenance"] == "external"]
        return found, [item for item in document["absent"] if "external" in item["source"]]

    return meters


def measure(joulebook: Command, address: str, environment: dict[str, str], seconds: float) -> Any:
    environment = environment | {"JOULEBOOK_METERS": address, "JOULEBOOK_DIR": "ledgers"}
    joulebook("run", "--project", "p", "--", "sleep", str(seconds), env=environment)
    (path,) = (joulebook.directory / "ledgers").rglob("*.joule")
    return joulebook.json("run", "show", path, "--json")


def joules() -> float:
    return WATTS * (time.monotonic() - Controller.started)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"Power": POWER}, "PowerControl.0.PowerConsumedWatts"),
        ({"EnvironmentMetrics": {"PowerWatts": {"Reading": WATTS}}}, "PowerWatts.Reading"),
        (
            {
                "Power": POWER,
                "EnvironmentMetrics": lambda: {
                    "PowerWatts": {"Reading": WATTS},
                    "EnergykWh": {"Reading": joules() / 3.6e6},
                    "EnergyJoules": {"Reading": joules()},
                },
            },
            "EnergyJoules.Reading",
        ),
        (
            {"EnvironmentMetrics": lambda: {"EnergykWh": {"Reading": joules() / 3.6e6}}},
            "EnergykWh.Reading",
        ),
    ],
)
def test_a_chassis_is_read_by_the_best_it_has(
    joulebook: Command, site: Site, parts: Tree, field: str
) -> None:
    # One without any reading stands beside it, as expanders and risers do.
    Controller.documents = tree({"Riser": {}, "1": parts})
    run = measure(joulebook, f"rack=redfish://reader:hunter2@{site.place}", site.trust, 4)
    (meter,) = [item for item in run["meters"] if item["device"] == "external:rack"]
    assert (meter["field"], meter["chassis"], meter["name"]) == (field, "1", "Acme R1")
    (item,) = [item for item in run["energy"]["devices"] if item["device"] == "external:rack"]
    assert (item["provenance"], item["boundary"]) == ("external", "it")
    assert item["coverage"] > 0.5
    truth = WATTS * run["totals"]["duration_s"]
    # An edge is known within half of the second in which a value is renewed.
    assert item["energy_j"] == pytest.approx(truth * item["coverage"], abs=0.6 * WATTS)
    assert run["totals"]["energy_j"] == item["energy_j"]
    for path in (joulebook.directory / "ledgers").rglob("*"):
        if path.is_file():
            assert b"hunter2" not in path.read_bytes()


def test_a_server_has_the_identity_that_ipmi_tells(site: Site, look: Look) -> None:
    address = f"redfish://reader:hunter2@{site.place}"
    (meter,), _ = look(address, site.trust)
    texts = [UUID, "44454c4c-4200-1035-8051-b7c04f4d3232"]
    assert meter["identity"].startswith("bmc:")
    for text in texts:
        Controller.documents["/redfish/v1/Systems/1"] = {"UUID": text}
        (again,), _ = look(f"{address}/1", site.trust)
        assert again["identity"] == meter["identity"]
    # A chassis of several systems is none of them.
    Controller.documents["/redfish/v1/Chassis/1"]["Links"]["ComputerSystems"] *= 2
    (shared,), _ = look(address, site.trust)
    assert shared["identity"] == "chassis:Acme S-1"
    Controller.documents["/redfish/v1/Chassis/1"].pop("SerialNumber")
    (nameless,), _ = look(address, site.trust)
    assert nameless["identity"].endswith(f"redfish://{site.place}")


def test_two_chassis_with_power_are_told_apart_by_name(site: Site, look: Look) -> None:
    Controller.documents = tree({"Left": {"Power": POWER}, "Right": {"Power": POWER}})
    address = f"redfish://reader:hunter2@{site.place}"
    found, (absent,) = look(address, site.trust)
    assert not found and "Left and Right" in absent["reason"]
    (meter,), _ = look(f"{address}/Right", site.trust)
    assert meter["chassis"] == "Right"
    found, (absent,) = look(f"{address}/Middle", site.trust)
    assert not found and "Middle" in absent["reason"] and "Left, Right" in absent["reason"]


@pytest.mark.parametrize("kind", ["https://{}/power#power", "prometheus+https://{}/up"])
@pytest.mark.parametrize("trust", ["{0.place}={0.pin}", "127.0.0.1={0.certificate}"])
def test_what_is_said_to_be_trusted_is(site: Site, look: Look, kind: str, trust: str) -> None:
    (meter,), _ = look(
        "desk=" + kind.format(site.place), {"JOULEBOOK_METERS_TRUST": trust.format(site)}
    )
    assert meter["device"] == "external:desk"


@pytest.mark.parametrize(
    ("place", "trust"),
    [
        ("{0.place}", ""),
        ("{0.place}", "192.0.2.1={0.pin}"),
        ("{0.place}", "{0.place}=sha256//" + "A" * 43 + "="),
        # The certificate is trusted, but was made for another name.
        ("localhost:{1}", "localhost={0.certificate}"),
    ],
)
def test_a_server_that_nobody_vouches_for_is_told_nothing(
    site: Site, look: Look, place: str, trust: str
) -> None:
    place = place.format(site, site.server.server_address[1])
    environment = {"JOULEBOOK_METERS_TRUST": trust.format(site)}
    for address in [f"https://{place}/power#power", f"redfish://reader:hunter2@{place}"]:
        found, (absent,) = look(address, environment)
        assert not found and "JOULEBOOK_METERS_TRUST" in absent["remedy"]
    assert Controller.asked == []


@pytest.mark.parametrize("trust", ["nonsense", "{0.place}=sha256//short", "{0.place}=insecure"])
def test_a_trust_that_is_none_is_said(site: Site, look: Look, trust: str) -> None:
    environment = {"JOULEBOOK_METERS_TRUST": trust.format(site)}
    found, (absent,) = look(f"https://{site.place}/power#power", environment)
    assert not found and "JOULEBOOK_METERS_TRUST" in absent["reason"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("redfish://{}", "401"),
        ("redfish://reader:wrong@{}", "401"),
        ("redfish://", "no host"),
        ("https://{}", "needs a field"),
    ],
)
def test_a_wrong_address_is_said(site: Site, look: Look, address: str, reason: str) -> None:
    found, (absent,) = look(address.format(site.place), site.trust)
    assert not found and reason in absent["reason"]
    assert "wrong" not in absent["reason"]


@pytest.mark.parametrize("path", ["endless", "head", "drip", "elsewhere", "plain", "nothing"])
def test_an_answer_that_is_none_is_a_gap_and_is_told(
    joulebook: Command, site: Site, path: str
) -> None:
    started = time.monotonic()
    run = measure(joulebook, f"desk=https://{site.place}/{path}#power", site.trust, 2)
    assert time.monotonic() - started < 20
    assert not [item for item in run["energy"]["devices"] if item["device"] == "external:desk"]
    told = json.dumps([run.get("meter_faults"), run.get("absent_meters")])
    assert "desk" in told or "external:1" in told
    assert "/power" not in Controller.asked


def test_a_program_that_ends_meets_no_request_under_way(joulebook: Command, site: Site) -> None:
    """The TLS library frees what it works with at exit, and who still used it crashed, at times."""
    meters = " ".join(f"desk{number}=https://{site.place}/drip#power" for number in range(60))
    environment = site.trust | {"JOULEBOOK_METERS": meters, "JOULEBOOK_DIR": "ledgers"}
    for seconds in ("0.01", "0.015", "0.02"):
        joulebook("run", "--project", "p", "--", "sleep", seconds, env=environment)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/redfish/v1/", b"<html>"),
        ("/redfish/v1/", b"[" * 100_000),
        ("/redfish/v1/", b" " * (2 << 20)),
        ("/redfish/v1/", {"Chassis": {"@odata.id": "https://127.0.0.1/redfish/v1/Chassis"}}),
        ("/redfish/v1/", {"Chassis": {"@odata.id": "@127.0.0.1/redfish/v1/Chassis"}}),
        ("/redfish/v1/", {"Chassis": {"@odata.id": "/redfish/v1/Chassis\r\nX: y"}}),
        ("/redfish/v1/Chassis", {"Members": 7}),
        ("/redfish/v1/Chassis", {"Members": [7, None, {}, {"@odata.id": 1}]}),
        ("/redfish/v1/Chassis/1", []),
        ("/redfish/v1/Chassis/1/Power", {"PowerControl": []}),
        ("/redfish/v1/Chassis/1/Power", {"PowerControl": [{"PowerConsumedWatts": None}]}),
        ("/redfish/v1/Chassis/1/Power", {"PowerControl": [{"PowerConsumedWatts": -1}]}),
        ("/redfish/v1/Chassis/1/Power", {"PowerControl": [{"PowerConsumedWatts": 1e300}]}),
    ],
)
def test_a_tree_that_is_none_measures_nothing_and_is_told(
    site: Site, look: Look, path: str, content: Any
) -> None:
    Controller.documents[path] = content
    found, (absent,) = look(f"redfish://reader:hunter2@{site.place}", site.trust)
    assert not found and absent["source"] == "external:redfish"


def test_without_libcurl_the_fix_is_said(site: Site, look: Look, tmp_path: Path) -> None:
    # A file of this name that is no library hides those of the system.
    for name in ["libcurl.so.4", "libcurl-gnutls.so.4"]:
        (tmp_path / name).write_bytes(b"")
    environment = site.trust | {"LD_LIBRARY_PATH": str(tmp_path)}
    found, (absent,) = look(f"https://{site.place}/power#power", environment)
    assert not found and "libcurl" in absent["reason"] and "apt install" in absent["remedy"]
