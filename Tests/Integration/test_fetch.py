"""`joulebook factors --fetch`: series from answers as providers document them."""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import records
from conftest import Command, command_path
from https_site import Site

TOKEN = "tok-5f0c1d"
SESSION = "session-77aa"
LOGIN = "Basic " + base64.b64encode(b"me:pass:word").decode()
WEEK = timedelta(days=7)
Answer = tuple[int, bytes, dict[str, str]]


def times(query: dict[str, list[str]], step: timedelta) -> list[datetime]:
    """From the start of what was asked for to its end, both in it, as providers may do."""
    start, end = (datetime.fromisoformat(query[name][0]) for name in ("start", "end"))
    return [start + step * number for number in range(int((end - start) / step) + 1)]


def hour(at: datetime, zone: str, **more: Any) -> dict[str, Any]:
    """An hour of Electricity Maps; its intensity is made of its time."""
    return {
        "zone": zone,
        "carbonIntensity": 20 + at.timetuple().tm_yday + at.hour,
        "datetime": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "updatedAt": "2026-03-10T00:00:00.000Z",
        "emissionFactorType": "lifecycle",
        "isEstimated": at.hour == 0,
        **more,
    }


class Provider(BaseHTTPRequestHandler):
    """Both providers; `answer`, where it is set, takes the place of what they would say."""

    asked: ClassVar[list[str]] = []
    given: ClassVar[list[str | None]] = []
    answer: ClassVar[Callable[[], Answer] | None] = None

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        type(self).given.append(self.headers.get("auth-token") or self.headers["Authorization"])
        status, body, headers = type(self).answer() if type(self).answer else self.usual()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def usual(self) -> Answer:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.startswith("/v3/carbon-intensity/"):
            if self.headers["auth-token"] != TOKEN:
                return 401, b'{"error":"Invalid auth-token"}', {}
            zone = query["zone"][0]
            if path.endswith("history"):
                start = datetime(2026, 3, 2, tzinfo=UTC)
                hours = [hour(start + timedelta(hours=number), zone) for number in range(24)]
                return 200, json.dumps({"zone": zone, "history": hours}).encode(), {}
            hours = [hour(at, zone) for at in times(query, timedelta(hours=1))]
            return 200, json.dumps({"zone": zone, "data": hours}).encode(), {}
        if path == "/login":
            told = json.dumps({"token": SESSION}).encode()
            return (200, told, {}) if self.headers["Authorization"] == LOGIN else (401, b"{}", {})
        if self.headers["Authorization"] != f"Bearer {SESSION}":
            return 401, b"{}", {}
        points = [
            {"point_time": at.isoformat(), "value": 1000 + at.minute}
            for at in times(query, timedelta(minutes=5))
        ]
        meta = {
            "data_point_period_seconds": 300,
            "region": query["region"][0],
            "signal_type": query["signal_type"][0],
            "units": "lbs_co2_per_mwh",
        }
        return 200, json.dumps({"data": points, "meta": meta}).encode(), {}


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    Provider.asked, Provider.given, Provider.answer = [], [], None
    site = Site(tmp_path_factory.mktemp("site"), Provider)
    yield site
    site.server.shutdown()


Fetch = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fetch(joulebook: Command, site: Site, tmp_path: Path) -> Fetch:
    """Fetches into out.csv, with secrets and a cache of the test's own."""
    variables = site.trust | {
        "ELECTRICITYMAPS_URL": f"https://{site.place}",
        "WATTTIME_URL": f"https://{site.place}",
        "ELECTRICITYMAPS_TOKEN": TOKEN,
        "WATTTIME_USER": "me",
        "WATTTIME_PASSWORD": "pass:word",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def ask(
        provider: str, *options: str, status: int = 0, **changed: str
    ) -> subprocess.CompletedProcess[str]:
        env = variables | changed
        arguments = ["factors", "--fetch", provider, *options, "-o", "out.csv"]
        return joulebook(*arguments, status=status, env=env)

    return ask


def rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


SPAN = ["--since", "2026-02-27", "--until", "2026-03-10T06:00:00Z"]


def test_electricity_maps_is_asked_by_the_week_and_once(
    fetch: Fetch, tmp_path: Path, joulebook: Command
) -> None:
    fetch("electricitymaps", "--zone", "FR", *SPAN)
    found = rows(tmp_path / "out.csv")
    assert len(found) == 11 * 24 + 6
    assert [row["time"] for row in found[:2]] == ["2026-02-27T00:00Z", "2026-02-27T01:00Z"]
    assert [float(row["value"]) for row in found[:2]] == [20 + 58, 20 + 58 + 1]
    assert {row["signal"] for row in found} == {"location_average"}
    assert {row["basis"] for row in found} == {"life_cycle"}
    assert "estimates 12 of 270 values" in (tmp_path / "out.csv").read_text().splitlines()[0]
    assert len(Provider.asked) == 2 and set(Provider.given) == {TOKEN}
    assert all("emissionFactorType=lifecycle" in path for path in Provider.asked)
    before = (tmp_path / "out.csv").read_bytes()
    # Not again, so that no token is needed.
    fetch("electricitymaps", "--zone", "FR", *SPAN, ELECTRICITYMAPS_TOKEN="")
    assert len(Provider.asked) == 2 and (tmp_path / "out.csv").read_bytes() == before
    fetch("electricitymaps", "--zone", "DE", *SPAN)
    assert len(Provider.asked) == 4
    kept = list((tmp_path / "cache").rglob("*.json"))
    assert len(kept) == 4
    assert not any(TOKEN in path.read_text() + path.name for path in kept)
    # A damaged answer is asked for again.
    kept[0].write_text("{")
    fetch("electricitymaps", "--zone", "FR", *SPAN)
    fetch("electricitymaps", "--zone", "DE", *SPAN)
    assert len(Provider.asked) == 5


def test_without_dates_it_is_the_last_day_and_not_kept(fetch: Fetch, tmp_path: Path) -> None:
    for _ in range(2):
        fetch("electricitymaps", "--zone", "FR")
        assert len(rows(tmp_path / "out.csv")) == 24
    assert len(Provider.asked) == 2
    assert "/history?zone=FR&" in Provider.asked[0]
    assert not (tmp_path / "cache").exists()


def test_watttime_is_marginal_and_refused_by_a_sum(
    fetch: Fetch, tmp_path: Path, joulebook: Command
) -> None:
    fetch("watttime", "--zone", "CAISO_NORTH", "--since", "2026-03-02", "--until", "2026-03-03")
    found = rows(tmp_path / "out.csv")
    assert len(found) == 288
    assert float(found[1]["value"]) == pytest.approx(1005 * 0.45359237)
    assert {row["signal"] for row in found} == {"marginal"}
    assert [path.split("?")[0] for path in Provider.asked] == ["/login", "/v3/historical"]
    assert Provider.given == [LOGIN, f"Bearer {SESSION}"]

    joulebook("import", "records", records.write(tmp_path / "r.jsonl", [records.FIRST]),
              "--into", "runs")  # fmt: skip
    refused = joulebook("lifecycle", "runs", "--series", "out.csv", status=65)
    assert "line 3, signal" in refused.stderr and "location-based" in refused.stderr


def test_what_was_fetched_counts_in_a_summary(
    fetch: Fetch, tmp_path: Path, joulebook: Command
) -> None:

    run = records.FIRST | {
        "env": {"JOULEBOOK_REGION": "FR", "JOULEBOOK_PUE": "1"},
        "started": datetime(2026, 3, 2, 10, 30, tzinfo=UTC).timestamp(),
        "ended": datetime(2026, 3, 2, 11, 30, tzinfo=UTC).timestamp(),
        "epochs": [],
        "energy_j": 3.6e6,
    }
    joulebook("import", "records", records.write(tmp_path / "r.jsonl", [run]), "--into", "runs")
    fetch("electricitymaps", "--zone", "FR", *SPAN)
    ask = ["lifecycle", "runs", "--series", "out.csv", "--beside", "hour=best", "--json"]
    document = joulebook.json("lifecycle", *ask)
    # Day 61 of the year: half an hour of 91, half of 92; the best is at midnight of the next.
    assert document["totals"]["carbon"]["location_kg"] == pytest.approx(0.0915)
    (row,) = document["factors"]["rows_used"]
    assert row["series"]["rows"] == 270 and row["source"].startswith("Electricity Maps")
    beside = document["beside"][0]
    assert beside["totals"]["carbon"]["location_kg"] == pytest.approx(0.0820 + 0.0005)
    assert beside["increase_over_best"] == pytest.approx(91.5 / 82.5 - 1)
    text = joulebook("lifecycle", "runs", "--beside", "hour=3", status=64).stderr
    assert "--series" in text


def answer(status: int, body: bytes = b"{}", **headers: str) -> Callable[[], Answer]:
    return lambda: (status, body, headers)


def told(**more: Any) -> bytes:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return json.dumps({"zone": "FR", "data": [hour(at, "FR", **more)]}).encode()


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        (answer(401), 74, "ELECTRICITYMAPS_TOKEN"),
        (answer(403), 74, "does not contain FR"),
        (answer(404), 74, "no zone FR"),
        (answer(429, **{"Retry-After": "37"}), 74, "in 37 s"),
        (answer(429), 74, "try again later"),
        (answer(503), 74, "it fails (503)"),
        (answer(302, Location="https://127.0.0.1:1/"), 74, "points elsewhere (302)"),
        (answer(204), 74, "HTTP status 204"),
        (answer(200, b" " * (2 << 20)), 74, "larger than"),
        (answer(200, b'{"data":[', **{"Content-Length": "500"}), 74, ""),
        (answer(200, b"<html>"), 65, "no JSON"),
        (answer(200, b'{"data":['), 65, "no JSON"),
        (answer(200, b"{}"), 65, "no data"),
        (answer(200, b'{"data":[]}'), 65, "knows nothing of FR"),
        (answer(200, b'{"data":[{}]}'), 65, "data[0].datetime"),
        (answer(200, b'{"data":[1e999,[]]}'), 65, ""),
        (answer(200, b'{"zone":"DE","data":[]}'), 65, 'zone is "DE"'),
        (answer(200, told(carbonIntensity="56")), 65, "data[0].carbonIntensity"),
        (answer(200, told(carbonIntensity=float("nan"))), 65, "line 3, value"),
        (answer(200, told(carbonIntensity=0.056e6)), 65, "line 3, value"),
        (answer(200, told(datetime="2026-03-02T00:00:00")), 65, "data[0].datetime"),
        (answer(200, told(emissionFactorType="direct")), 65, "emissionFactorType"),
        (answer(200, told(carbonIntensity=None)), 65, "knows nothing of FR"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line_that_keeps_the_secret(
    fetch: Fetch, tmp_path: Path, given: Callable[[], Answer], status: int, words: str
) -> None:
    Provider.answer = given
    result = fetch("electricitymaps", "--zone", "FR", *SPAN, status=status)
    assert result.stderr.startswith("joulebook: ") and result.stderr.count("\n") == 1
    assert words in result.stderr and len(result.stderr) < 400
    assert TOKEN not in result.stdout + result.stderr
    assert not (tmp_path / "out.csv").exists() and not list(tmp_path.glob("out.csv*"))
    assert not list((tmp_path / "cache").rglob("*.json"))
    # Of two weeks, of which nothing is known, both are asked for.
    assert len(Provider.asked) == (2 if "nothing" in words else 1)


def test_what_came_before_a_refusal_is_not_asked_for_again(fetch: Fetch, tmp_path: Path) -> None:
    at = datetime(2026, 2, 27, tzinfo=UTC)
    week = json.dumps({"zone": "FR", "data": [hour(at + timedelta(hours=n), "FR") for n in (0, 1)]})
    answers = iter([(200, week.encode(), {}), (429, b"{}", {})])
    Provider.answer = lambda: next(answers)
    fetch("electricitymaps", "--zone", "FR", *SPAN, status=74)
    Provider.answer = None
    fetch("electricitymaps", "--zone", "FR", *SPAN)
    assert len(Provider.asked) == 3
    assert len(rows(tmp_path / "out.csv")) == 2 + 126


def test_the_secret_follows_no_redirection(fetch: Fetch, site: Site) -> None:
    Provider.answer = answer(302, Location=f"https://{site.place}/v3/elsewhere")
    fetch("electricitymaps", "--zone", "FR", *SPAN, status=74)
    assert len(Provider.asked) == 1


def test_watttime_tells_what_it_refuses(fetch: Fetch) -> None:
    span = ["--zone", "CAISO_NORTH", "--since", "2026-03-02", "--until", "2026-03-03"]
    result = fetch("watttime", *span, status=74, WATTTIME_PASSWORD="wrong")
    assert "WATTTIME_USER and WATTTIME_PASSWORD" in result.stderr and "wrong" not in result.stderr
    Provider.answer = answer(200, b'{"token":"a\\r\\nX: y"}')
    assert "no token" in fetch("watttime", *span, status=65).stderr
    bodies = iter([json.dumps({"token": SESSION}), '{"data":[],"meta":{"signal_type":"aoer"}}'])
    Provider.answer = lambda: (200, next(bodies).encode(), {})
    assert "meta.signal_type" in fetch("watttime", *span, status=65).stderr


@pytest.mark.parametrize(
    ("options", "changed", "words"),
    [
        ([*SPAN], {}, "--zone"),
        (["--zone", "FR&zone=DE", *SPAN], {}, "--zone"),
        (["--zone", "../FR", *SPAN], {}, "--zone"),
        (["--zone", "FR", "--since", "2026-03-02"], {}, "--until"),
        (["--zone", "FR", "--since", "2026-03-02", "--until", "2026-03-02"], {}, "span no time"),
        (["--zone", "FR", "--since", "1999-03-02", "--until", "2026-03-02"], {}, "1830 days"),
        (["--zone", "FR", "--since", "2026-03-02", "--until", "2200-01-01"], {}, "future"),
        (["--zone", "FR", *SPAN], {"ELECTRICITYMAPS_TOKEN": ""}, "ELECTRICITYMAPS_TOKEN"),
        (["--zone", "FR", *SPAN], {"ELECTRICITYMAPS_TOKEN": "a\r\nb: c"}, "line end"),
        (["--zone", "FR", *SPAN], {"ELECTRICITYMAPS_URL": "http://127.0.0.1:1"}, "https"),
        (["--zone", "FR", *SPAN], {"ELECTRICITYMAPS_URL": "file:///etc"}, "ELECTRICITYMAPS_URL"),
        (["--zone", "FR", "--json", *SPAN], {}, "--json"),
        (["--zone", "FR", "--explain", "FR", *SPAN], {}, "--explain"),
    ],
)
def test_what_cannot_be_asked_asks_nothing(
    fetch: Fetch, options: list[str], changed: dict[str, str], words: str
) -> None:
    result = fetch("electricitymaps", *options, status=64, **changed)
    assert words in result.stderr
    assert Provider.asked == []


def test_no_argument_and_no_file_holds_the_secret(fetch: Fetch, tmp_path: Path) -> None:
    fetch("electricitymaps", "--zone", "FR", *SPAN)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path
    usage = subprocess.run(
        [command_path(), "factors", "--help"],
        capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "80"},
    ).stdout  # fmt: skip
    assert "--token" not in usage and max(map(len, usage.splitlines())) <= 80
