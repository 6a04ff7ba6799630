"""OpenTelemetry: the energy of each device as `hw.energy`, sent by OTLP/HTTP in JSON.

import joulebook.opentelemetry

joulebook.start("digits", beside=joulebook.opentelemetry.Otlp("http://localhost:4318"))
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from ._beside import Ended, Told

if TYPE_CHECKING:
    from ._run import Run

__all__ = ["Otlp"]

# How much of an answer is read.
_ANSWER_MAX = 1 << 16
# AGGREGATION_TEMPORALITY_CUMULATIVE
_CUMULATIVE = 2
_TYPES = {"cpu": "cpu", "ram": "memory", "gpu": "gpu"}

Key = tuple[tuple[str, str], ...]


class Otlp:
    """Sends what each device used since the run began, whenever an epoch, and the run, has ended.

    endpoint   of a collector: "http://localhost:4318", to which /v1/metrics is added; default:
               $OTEL_EXPORTER_OTLP_METRICS_ENDPOINT as it is, else $OTEL_EXPORTER_OTLP_ENDPOINT
    headers    further ones; default: $OTEL_EXPORTER_OTLP_HEADERS
    timeout_s  how long an answer is waited for

    The sums are cumulative, so that a message that is lost costs a point and no joule. Raises
    ValueError without an endpoint and for one that is no address of HTTP.
    """

    name = "OpenTelemetry"

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        self._url = _address(endpoint)
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                "Otlp: give the collector's address, such as http://localhost:4318, or set "
                "OTEL_EXPORTER_OTLP_ENDPOINT"
            )
        # For the ledger: without the credentials that an address may have.
        self._place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._headers = _headers() if headers is None else dict(headers)
        self._timeout_s = timeout_s
        self._began_ns = 0
        self._resource: list[dict[str, Any]] = []
        self._joules: dict[Key, float] = {}
        self._refused = ""

    def find(self) -> str:
        self._began_ns = self._began_ns or time.time_ns()
        return self._place

    def begin(self, run: Run) -> None:
        facts = {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or run.project,
            "joulebook.run_id": run.id,
            "joulebook.project": run.project,
        }
        if run.rank is not None:
            facts["joulebook.rank"] = str(run.rank)
        self._resource = _attributes(facts)
        self._joules = {}

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        joules = dict(self._joules)
        for item in told.devices:
            key = _key(item)
            joules[key] = joules.get(key, 0.0) + item["energy_j"]
        self._send(joules, told.ended)
        self._joules = joules
        return True

    def end(self, ended: Ended) -> None:
        joules = {**self._joules, **{_key(item): item["energy_j"] for item in ended.devices}}
        self._send(joules, time.time())
        if self._refused:
            raise ValueError(self._refused)

    def _send(self, joules: dict[Key, float], at: float) -> None:
        if not joules:
            return
        body = json.dumps(self._message(joules, max(round(at * 1e9), self._began_ns)))
        headers = {"Content-Type": "application/json", **self._headers}
        request = Request(self._url, body.encode(), headers, method="POST")
        with urlopen(request, timeout=self._timeout_s) as answer:
            said = answer.read(_ANSWER_MAX)
        self._look_at(said)

    def _look_at(self, said: bytes) -> None:
        """Takes note of points that the collector refused; it does not want those again."""
        try:
            partial = json.loads(said or b"{}").get("partialSuccess") or {}
            count = int(partial.get("rejectedDataPoints") or 0)
        except (ValueError, TypeError, AttributeError):
            return
        if count > 0:
            reason = partial.get("errorMessage") or "it says no reason"
            self._refused = f"the collector refused points: {reason!s:.200}"

    def _message(self, joules: dict[Key, float], at_ns: int) -> dict[str, Any]:
        points = [
            {
                "attributes": _attributes(dict(key)),
                # 64 bits are text in JSON, as Protocol Buffers have it.
                "startTimeUnixNano": str(self._began_ns),
                "timeUnixNano": str(at_ns),
                "asDouble": value,
            }
            for key, value in joules.items()
        ]
        sums = {
            "aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": points,
        }  # fmt: skip
        metric = {"name": "hw.energy", "unit": "J", "sum": sums}
        scope = {"scope": {"name": "joulebook"}, "metrics": [metric]}
        resource = {"resource": {"attributes": self._resource}, "scopeMetrics": [scope]}
        return {"resourceMetrics": [resource]}


def _key(item: dict[str, Any]) -> Key:
    """The attributes of a device; `hw.parent` is the one that contains its energy."""
    device = item["device"]
    facts = {
        "hw.id": device,
        "hw.type": _TYPES.get(device.partition(":")[0], "enclosure"),
        "hw.parent": item.get("enclosed_by"),
        "joulebook.source": item["source"],
        "joulebook.provenance": item["provenance"],
        "joulebook.boundary": item["boundary"],
    }
    return tuple((name, text) for name, text in facts.items() if text is not None)


def _attributes(facts: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": text}} for name, text in facts.items()]


def _address(endpoint: str | None) -> str:
    own = os.environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
    if endpoint is None and own:
        return own
    found = endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ""
    return f"{found.rstrip('/')}/v1/metrics"


def _headers() -> dict[str, str]:
    """What the environment asks for: `name=value`, with commas between and values as in a URL."""
    names = ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
    text = next((os.environ[name] for name in names if os.environ.get(name)), "")
    pairs = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {unquote(name).strip(): unquote(value).strip() for name, _, value in pairs}
