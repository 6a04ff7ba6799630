"""What Prometheus is told says what the ledger says; a file is always whole, an address guarded."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

import joulebook
from conftest import ROOT, shown

parser = pytest.importorskip("prometheus_client.parser", reason="no prometheus_client")

from joulebook._beside import Ended, Told  # noqa: E402
from joulebook.prometheus import Endpoint, Textfile  # noqa: E402


def samples(text: str) -> dict[str, list[Any]]:
    """By name; the parser drops `_total` from the family, not from the sample."""
    found: dict[str, list[Any]] = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def train(count: int = 3, project: str = "p", **options: Any) -> joulebook.Run:
    with joulebook.start(project, on_duplicate="ignore", **options) as run:
        for _ in run.epochs(count):
            time.sleep(0.02)
    return run


def test_the_counters_are_the_ledgers(tmp_path: Path) -> None:
    odd = 'a "quoted" \\ name'
    run = train(beside=Textfile(tmp_path), project=odd, region="FR")
    (path,) = tmp_path.glob("*.prom")
    assert path.name == f"joulebook_{run.id}.prom"
    found, told = samples(path.read_text()), shown(tmp_path)
    energy = {s.labels["device"]: s.value for s in found["joulebook_energy_joules_total"]}
    assert energy == {item["device"]: item["energy_j"] for item in told["energy"]["devices"]}
    for sample in found["joulebook_energy_joules_total"]:
        assert (sample.labels["run"], sample.labels["project"]) == (run.id, told["project"])
        assert sample.labels["provenance"] == "model"
    (epoch,) = found["joulebook_epoch"]
    assert epoch.value == 3
    (last,) = found["joulebook_epoch_energy_joules"]
    assert last.value == told["epochs"][-1]["energy"]["total_j"]
    (info,) = found["joulebook_run_info"]
    assert (info.labels["ledger"], info.labels["status"]) == (run.path, "finished")
    assert found["joulebook_carbon_grams_total"][0].value > 0


def test_the_file_is_removed_at_the_end_where_that_is_asked(tmp_path: Path) -> None:
    textfile = Textfile(tmp_path, remove=True)
    with joulebook.start("p", on_duplicate="ignore", beside=textfile) as run:
        for _ in run.epochs(1):
            time.sleep(0.02)
        until = time.monotonic() + 20
        while not list(tmp_path.glob("*.prom")) and time.monotonic() < until:
            time.sleep(0.05)
        assert len(list(tmp_path.glob("*.prom"))) == 1
    assert list(tmp_path.glob("*.prom*")) == []


def test_without_a_meter_there_is_no_energy_and_no_zero(tmp_path: Path) -> None:
    train(beside=Textfile(tmp_path), capture={"energy": False})
    (path,) = tmp_path.glob("*.prom")
    found = samples(path.read_text())
    assert "joulebook_epoch" in found
    assert not [name for name in found if "joules" in name or "carbon" in name]


def device(name: str, joules: float) -> dict[str, Any]:
    return {
        "device": name, "source": "s", "provenance": "counter", "boundary": "device",
        "energy_j": joules, "coverage": 1.0, "uncertainty_rel": None,
    }  # fmt: skip


def told(number: int, *devices: dict[str, Any]) -> Told:
    return Told(number, float(number), {}, {}, list(devices))


class Begun:
    """A run as far as the file knows it."""

    id, project, path, rank = "1234", "p", "/ledger", 1


def test_what_contains_another_device_can_be_summed_without_it(tmp_path: Path) -> None:
    textfile = Textfile(tmp_path)
    textfile.begin(Begun())  # type: ignore[arg-type]
    inner = device("gpu", 4.0) | {"enclosed_by": "server"}
    textfile.epoch(told(1, device("server", 10.0), inner), is_over=False)
    textfile.epoch(told(2, device("server", 5.0), inner), is_over=False)
    found = samples((tmp_path / "joulebook_1234-r1.prom").read_text())
    energy = found["joulebook_energy_joules_total"]
    assert sum(one.value for one in energy if "enclosed_by" not in one.labels) == 15
    assert {one.labels["rank"] for one in energy} == {"1"}


def test_an_epoch_that_could_not_be_written_counts_once(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    textfile = Textfile(folder)
    textfile.begin(Begun())  # type: ignore[arg-type]
    with pytest.raises(OSError):
        textfile.epoch(told(1, device("cpu", 2.0)), is_over=False)
    folder.mkdir()
    textfile.epoch(told(1, device("cpu", 2.0)), is_over=False)
    (path,) = folder.iterdir()
    (energy,) = samples(path.read_text())["joulebook_energy_joules_total"]
    assert energy.value == 2


def test_whoever_reads_it_sees_whole_files_whose_counters_only_grow(tmp_path: Path) -> None:
    textfile, is_over = Textfile(tmp_path), threading.Event()
    textfile.begin(Begun())  # type: ignore[arg-type]

    def write() -> None:
        for number in range(1, 400):
            textfile.epoch(told(number, device("cpu", 1.0)), is_over=False)
        textfile.end(Ended({}, {"status": "finished"}, [device("cpu", 500.0)], told(399)))
        is_over.set()

    thread = threading.Thread(target=write)
    thread.start()
    values = []
    while not is_over.is_set():
        for path in tmp_path.glob("*.prom"):
            found = samples(path.read_text())
            assert found["joulebook_epoch_end_timestamp_seconds"]
            values.append(found["joulebook_energy_joules_total"][0].value)
    thread.join()
    assert values == sorted(values)


DASHBOARD = json.loads((ROOT / "Integrations/Grafana/joulebook.json").read_text())


def test_grafanas_own_models_read_the_whole_dashboard() -> None:
    reason = "grafana-foundation-sdk is not installed"
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard", reason=reason)
    cog = pytest.importorskip("grafana_foundation_sdk.cog", reason=reason)
    importlib.import_module("grafana_foundation_sdk.cog.plugins").register_default_plugins()
    encoder = importlib.import_module(f"{cog.__name__}.encoder").JSONEncoder
    kept = json.loads(encoder().encode(models.Dashboard.from_json(DASHBOARD)))
    # The rest is of the form in which dashboards are handed out.
    assert set(DASHBOARD) - set(kept) == {"__inputs", "__requires", "id"}
    for mine, theirs in zip(DASHBOARD["panels"], kept["panels"], strict=True):
        assert set(mine) <= set(theirs) and set(mine["options"]) <= set(theirs["options"])
        expressions = [[target["expr"] for target in one["targets"]] for one in (mine, theirs)]
        assert expressions[0] == expressions[1]


def test_the_dashboard_asks_for_what_the_file_has(tmp_path: Path) -> None:
    train(beside=Textfile(tmp_path), region="FR")
    (path,) = tmp_path.glob("*.prom")
    found = samples(path.read_text())
    dashboard = DASHBOARD
    # What Grafana's import reads of a dashboard and of a panel.
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= set(dashboard)
    assert dashboard["id"] is None
    (source,) = dashboard["__inputs"]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert {"type", "title", "gridPos", "fieldConfig", "targets"} <= set(panel)
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["datasource"]["uid"] == f"${{{source['name']}}}"
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    asked += [variable["definition"] for variable in dashboard["templating"]["list"]]
    names = set(re.findall(r"joulebook_\w+", " ".join(asked)))
    assert len(names) >= 6 and names <= set(found)
    labels = {name for samples in found.values() for one in samples for name in one.labels}
    matched = re.findall(r"(\w+)(?:=~|!~|=)\"", " ".join(asked))
    assert set(matched) <= labels | {"enclosed_by"}
    for panel in panels:
        for expression in (target["expr"] for target in panel["targets"]):
            assert expression.count("(") == expression.count(")")


# The endpoint

# Whatever proxy the environment names.
OPENER = build_opener(ProxyHandler({}))


def scraped(url: str, *, timeout: float = 10, **headers: str) -> tuple[int, str]:
    """What an address answers."""
    try:
        with OPENER.open(Request(url, headers=headers), timeout=timeout) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    one = Endpoint(0)
    yield one
    one.close()


def test_the_endpoint_says_what_the_file_says(tmp_path: Path, endpoint: Endpoint) -> None:
    assert endpoint.url is None
    run = train(beside=[endpoint, Textfile(tmp_path)], region="FR")
    assert endpoint.url is not None and endpoint.url.startswith("http://127.0.0.1:")
    status, text = scraped(endpoint.url)
    (path,) = tmp_path.glob("*.prom")
    assert (status, text) == (200, path.read_text())
    assert [note for note in shown(tmp_path)["notes"] if endpoint.url in json.dumps(note)]
    # The next one takes its place at the same address.
    url, again = endpoint.url, train(beside=endpoint)
    assert endpoint.url == url and again.id != run.id
    (info,) = samples(scraped(url)[1])["joulebook_run_info"]
    assert info.labels["run"] == again.id


def test_it_answers_before_the_first_epoch_and_no_more_when_it_is_closed(
    endpoint: Endpoint,
) -> None:
    url = endpoint.find()
    endpoint.begin(Begun())  # type: ignore[arg-type]
    found = samples(scraped(url)[1])
    assert set(found) == {"joulebook_run_info"}
    endpoint.close()
    endpoint.close()
    assert endpoint.url is None
    with pytest.raises(OSError):
        scraped(url)
    endpoint.epoch(told(1, device("cpu", 1.0)), is_over=False)


def test_a_port_that_is_taken_costs_the_run_nothing(tmp_path: Path, endpoint: Endpoint) -> None:
    port = int(endpoint.find().rpartition(":")[2].partition("/")[0])
    with pytest.warns(joulebook.LedgerWarning, match="Prometheus does not get all energy"):
        train(beside=Endpoint(port), quiet=False)
    assert len(shown(tmp_path)["epochs"]) == 3


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9464", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:80", 200),
        ("::1", 200), ("evil.example", 403), ("127.0.0.1.evil.example:9464", 403), ("", 403),
        ("localhost:1:2", 403), ("10.0.0.1", 403),
    ],
)  # fmt: skip
def test_only_names_of_this_machine_are_answered_behind_loopback(
    endpoint: Endpoint, host: str, status: int
) -> None:
    assert scraped(endpoint.find(), Host=host)[0] == status


def test_a_forked_child_does_not_hold_the_port(endpoint: Endpoint) -> None:
    url = endpoint.find()
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        assert scraped(url)[0] == 200
        endpoint.close()
        with pytest.raises(OSError):
            scraped(url)
        port = urlsplit(url).port
        assert port is not None
        again = Endpoint(port)
        assert again.find() == url
        again.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def exchange(url: str, request: bytes) -> bytes:
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
    return received


@pytest.mark.alone
@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"200"),
        (b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"200"),
        (b"POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"405"),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET /metrics HTTP/1.1\r\n\r\n", b"403"),
        (b"\x00\xff\r\n\r\n", b"400"),
        (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"403"),
        (b"GET /metrics HTTP/1.1\r\nHost:" + b" " * 9000, b"400"),
        (b"GET /metrics HTTP/1.1\r\nHost:" + b" " * 8000 + b"localhost\r\n\r\n", b"200"),
        (b"GET /" + b"a" * 1_000_000, b"400"),
    ],
)
def test_a_request_that_is_none_is_refused(
    endpoint: Endpoint, request_: bytes, status: bytes
) -> None:
    before = time.process_time()
    answer = exchange(endpoint.find(), request_)
    # However it is spelt, it is read in a moment.
    assert time.process_time() - before < 1
    # Who sends more than is read may find the connection closed before the answer.
    assert answer[:12] == b"HTTP/1.1 " + status or (len(request_) > 8192 and answer == b"")
    assert scraped(endpoint.find())[0] == 200


def test_who_asks_slowly_or_not_at_all_holds_it_up_for_seconds_only(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joulebook._scraped.CONNECTION_S", 0.5)
    place = urlsplit(endpoint.find())
    before = threading.active_count()
    idle = [socket.create_connection((place.hostname, place.port)) for _ in range(200)]
    time.sleep(0.2)
    assert threading.active_count() <= before + 8
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            # A byte at a time gains nobody time.
            idle[0].send(b"G")
        with contextlib.suppress(OSError, HTTPException):
            if scraped(endpoint.find())[0] == 200:
                break
        time.sleep(0.1)
    assert time.monotonic() < until
    for one in idle:
        one.close()


# The real one

SERVER, TOOL = shutil.which("prometheus"), shutil.which("promtool")


@pytest.fixture
def prometheus(tmp_path: Path, endpoint: Endpoint) -> Iterator[Callable[[str], list[Any]]]:
    """Answers queries of a server that scrapes the endpoint ten times a second."""
    if SERVER is None or TOOL is None:
        pytest.skip("Prometheus is not installed")
    target = urlsplit(endpoint.find()).netloc
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    job = {"job_name": "training", "static_configs": [{"targets": [target]}]}
    settings = {"global": {"scrape_interval": "100ms"}, "scrape_configs": [job]}
    (tmp_path / "prometheus.yml").write_text(json.dumps(settings))
    command = [SERVER, f"--config.file={tmp_path}/prometheus.yml", f"--web.listen-address={place}"]
    command.append(f"--storage.tsdb.path={tmp_path}/data")

    def ask(query: str) -> list[Any]:
        address = f"http://{place}/api/v1/query?{urlencode({'query': query})}"
        with OPENER.open(address, timeout=10) as answer:
            told = json.load(answer)
        assert told["status"] == "success", query
        found: list[Any] = told["data"]["result"]
        return found

    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        yield ask
    finally:
        server.kill()
        server.wait()


def test_a_real_server_has_the_ledgers_figures_and_answers_the_dashboard(
    tmp_path: Path, endpoint: Endpoint, prometheus: Callable[[str], list[Any]]
) -> None:
    train(beside=endpoint, region="FR")
    assert endpoint.url is not None and TOOL is not None
    text = scraped(endpoint.url)[1]
    checked = subprocess.run([TOOL, "check", "metrics"], input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            if prometheus('joulebook_run_info{status="finished"}'):
                break
        assert time.monotonic() < until, (tmp_path / "log").read_text()
        time.sleep(0.1)
    (energy,) = prometheus('sum(joulebook_energy_joules_total{enclosed_by=""})')
    assert float(energy["value"][1]) == pytest.approx(shown(tmp_path)["totals"]["energy_j"])
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            query = re.sub(r'"\$\{?\w+(:\w+)?\}?"', '".*"', target["expr"])
            assert prometheus(query), panel["title"]
