"""Emulated meters that answer by HTTP, or HTTPS, on loopback."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from truth import Curve

Answer = Callable[[str, str], tuple[int, bytes]]
"""From the path and the field Authorization to the status and the document."""

USER = "reader:emulated"
"""Name and password of the Redfish service."""


def _serve(answer: Answer, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        # Who does not trust the certificate hangs up.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve_meters(curves: dict[str, Curve], fault: str | None, start_ns: int) -> ThreadingHTTPServer:
    """Meters by name, each a document at /NAME; after six seconds they do what `fault` says."""

    def answer(path: str, _: str) -> tuple[int, bytes]:
        curve = curves.get(path.strip("/"))
        seconds = (time.monotonic_ns() - start_ns) * 1e-9
        late = fault if seconds > 6 else None
        if curve is None or late == "error":
            return 404, b"{}"
        if late == "hang":
            time.sleep(60)
        if late == "nonsense":
            return 200, b'{"energy": "much"}'
        return 200, json.dumps({"energy": curve.joules(seconds)}).encode()

    return _serve(answer)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key, by the program openssl."""
    certificate, key = folder / "bmc.pem", folder / "bmc.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=bmc", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def serve_redfish(
    curve: Curve, start_ns: int, certificate: tuple[Path, Path]
) -> ThreadingHTTPServer:
    """A management controller with one server, which tells its power and its energy."""
    root, chassis = "/redfish/v1", "/redfish/v1/Chassis/1"
    system = {"@odata.id": f"{root}/Systems/1"}

    def document(path: str) -> Any:
        seconds = (time.monotonic_ns() - start_ns) * 1e-9
        watts, joules = curve.watts(seconds), curve.joules(seconds)
        documents: dict[str, Any] = {
            root: {"RedfishVersion": "1.15.0", "Chassis": {"@odata.id": f"{root}/Chassis"}},
            f"{root}/Chassis": {"Members": [{"@odata.id": chassis}]},
            f"{root}/Systems/1": {"UUID": "44454C4C-4200-1035-8051-B7C04F4D3232"},
            chassis: {
                "ChassisType": "RackMount",
                "Manufacturer": "Emulated",
                "Model": "R1",
                "SerialNumber": "1",
                "Links": {"ComputerSystems": [system]},
                "Power": {"@odata.id": f"{chassis}/Power"},
                "EnvironmentMetrics": {"@odata.id": f"{chassis}/EnvironmentMetrics"},
            },
            f"{chassis}/Power": {"PowerControl": [{"MemberId": "0", "PowerConsumedWatts": watts}]},
            f"{chassis}/EnvironmentMetrics": {
                "PowerWatts": {"Reading": watts},
                "EnergyJoules": {"Reading": joules},
                "EnergykWh": {"Reading": joules / 3.6e6},
            },
        }
        return documents.get(path)

    def answer(path: str, given: str) -> tuple[int, bytes]:
        if given != "Basic " + base64.b64encode(USER.encode()).decode():
            return 401, b"{}"
        found = document(path.rstrip("/"))
        return (404, b"{}") if found is None else (200, json.dumps(found).encode())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return _serve(answer, context)
