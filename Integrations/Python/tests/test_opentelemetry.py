"""A collector gets what the ledger says of each device, and one that is away costs nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import joulebook
from conftest import shown
from joulebook import _beside
from joulebook.opentelemetry import Otlp


class Collector(HTTPServer):
    """Keeps what it is sent; `status` and `answer` are what it says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.answer = 200, b"{}"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDPOINT", "METRICS_ENDPOINT", "HEADERS", "METRICS_HEADERS"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def train(count: int = 3, **options: Any) -> joulebook.Run:
    with joulebook.start("p", on_duplicate="ignore", **options) as run:
        for _ in run.epochs(count):
            time.sleep(0.02)
    return run


def points(body: bytes) -> list[dict[str, Any]]:
    (resource,) = json.loads(body)["resourceMetrics"]
    (scope,) = resource["scopeMetrics"]
    (metric,) = scope["metrics"]
    assert (metric["name"], metric["unit"]) == ("hw.energy", "J")
    found: list[dict[str, Any]] = metric["sum"]["dataPoints"]
    return found


def attributes(holder: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"]["stringValue"] for item in holder["attributes"]}


def test_the_collector_gets_the_energy_of_each_device(
    collector: Collector, tmp_path: Path
) -> None:
    run = train(beside=Otlp(collector.address, headers={"X-Key": "k"}))
    assert run.warnings == []
    told = shown(tmp_path)
    # One message for each epoch, and one for the end.
    assert len(collector.got) == 4
    path, headers, body = collector.got[-1]
    assert (path, headers["Content-Type"]) == ("/v1/metrics", "application/json")
    assert headers["X-Key"] == "k"
    last = {attributes(point)["hw.id"]: point["asDouble"] for point in points(body)}
    assert last == {item["device"]: item["energy_j"] for item in told["energy"]["devices"]}
    types = {attributes(point)["hw.id"]: attributes(point)["hw.type"] for point in points(body)}
    assert types["cpu"] == "cpu" and types["ram"] == "memory"
    (resource,) = json.loads(body)["resourceMetrics"]
    assert attributes(resource["resource"])["joulebook.run_id"] == run.id
    sums = [sum(point["asDouble"] for point in points(body)) for _, _, body in collector.got]
    assert sums == sorted(sums)
    first = points(collector.got[0][2])[0]
    assert int(first["startTimeUnixNano"]) <= int(first["timeUnixNano"])
    assert int(first["startTimeUnixNano"]) / 1e9 == pytest.approx(told["started"], abs=1)


def test_opentelemetrys_own_messages_read_it(collector: Collector) -> None:
    service = pytest.importorskip(
        "opentelemetry.proto.collector.metrics.v1.metrics_service_pb2",
        reason="opentelemetry-proto is not installed",
    )
    from google.protobuf.json_format import Parse

    train(beside=Otlp(collector.address))
    request = Parse(collector.got[-1][2], service.ExportMetricsServiceRequest())
    metric = request.resource_metrics[0].scope_metrics[0].metrics[0]
    assert metric.sum.is_monotonic and metric.sum.aggregation_temporality == 2
    assert all(point.as_double > 0 for point in metric.sum.data_points)


def test_a_device_names_the_one_that_contains_it() -> None:
    from joulebook.opentelemetry import _key

    item = {"device": "gpu:1", "source": "nvml", "provenance": "counter", "boundary": "device"}
    key = dict(_key(item | {"enclosed_by": "bmc"}))
    assert (key["hw.id"], key["hw.type"], key["hw.parent"]) == ("gpu:1", "gpu", "bmc")
    assert "hw.parent" not in dict(_key(item))


def test_the_environment_names_the_collector(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        Otlp()
    with pytest.raises(ValueError, match="address"):
        Otlp("file:///etc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address + "/base/")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b,x-other=c")
    train(1, beside=Otlp())
    path, headers, _ = collector.got[-1]
    assert path == "/base/v1/metrics"
    assert {name.lower(): text for name, text in headers.items()}["x-key"] == "a b"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector.address + "/own")
    train(1, beside=Otlp())
    assert collector.got[-1][0] == "/own"


def test_the_ledger_names_the_collector_without_credentials() -> None:
    told = Otlp("http://user:secret@127.0.0.1:4318").find()
    assert told == "http://127.0.0.1:4318/v1/metrics"


def test_a_collector_that_is_away_is_one_warning(collector: Collector) -> None:
    collector.status = 503
    run = train(beside=Otlp(collector.address))
    assert len(run.warnings) == 1 and "503" in run.warnings[0]
    assert run.summary()["epochs"] == 3


def test_points_that_are_refused_are_told_and_not_sent_again(collector: Collector) -> None:
    partial = {"rejectedDataPoints": "2", "errorMessage": "too many"}
    collector.answer = json.dumps({"partialSuccess": partial}).encode()
    run = train(beside=Otlp(collector.address))
    assert len(collector.got) == 4
    assert len(run.warnings) == 1 and "too many" in run.warnings[0]


def test_without_a_meter_nothing_is_sent(collector: Collector) -> None:
    train(beside=Otlp(collector.address), capture={"energy": False})
    assert collector.got == []


@pytest.mark.alone
def test_a_tracker_that_fails_is_asked_less_and_less_often() -> None:
    calls: list[float] = []

    class Away:
        name = "away"

        def find(self) -> str:
            return "nowhere"

        def begin(self, run: joulebook.Run) -> None:
            pass

        def epoch(self, told: _beside.Told, *, is_over: bool) -> bool:
            calls.append(time.monotonic())
            raise ConnectionError

        def end(self, ended: _beside.Ended) -> None:
            pass

    with joulebook.start("p", on_duplicate="ignore", beside=Away()) as run:
        for _ in run.epochs(1):
            time.sleep(0.02)
        time.sleep(5)
    # Without a rest that grows it would be ten; one more is at the end.
    assert 2 <= len(calls) <= 5
    assert len(run.warnings) == 1
