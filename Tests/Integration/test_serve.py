"""`joulebook serve`: what the page is told, and that nobody else is told anything."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import records
from conftest import ROOT, Command, command_path, validate
from serving import Server

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers that end with the test, each with status 0."""
    started: list[Server] = []

    def start(directory: Path, *arguments: object) -> Server:
        started.append(Server(directory, *arguments))
        return started[-1]

    yield start
    statuses = [server.process.poll() for server in started]
    ends = [server.end() if server.process.poll() is None else None for server in started]
    assert statuses == [None] * len(started), "a server ended by itself"
    assert ends == [0] * len(started)


@pytest.fixture
def book(joulebook: Command, tmp_path: Path) -> Path:
    """The four runs of `records`."""
    records.write(tmp_path / "records.jsonl", records.ALL)
    joulebook("import", "records", "records.jsonl", "--into", "book")
    return tmp_path / "book"


# MARK: What is told


def test_each_answer_conforms_to_its_schema(serve: Serve, book: Path) -> None:
    server = serve(book)
    runs = server.json("runs")
    validate("page-runs", runs)
    assert runs["count"] == 4
    for column in runs["columns"]:
        assert len(column.get("values") or column["codes"]) == 4
    page = server.json("run/first-0001")
    validate("page-run", page)
    validate("run", page["run"])
    telemetry = server.json("telemetry/first-0001?points=50")
    validate("page-telemetry", telemetry)
    both = server.json("compare/first-0001,other-0001")
    validate("page-compare", both)
    validate("explain", both["explain"])
    assert [run["run_id"] for run in both["runs"]] == ["first-0001", "other-0001"]
    duplicates = server.json("duplicates")
    validate("page-duplicates", duplicates)
    validate("audit", duplicates["audit"])
    lifecycle = server.json("lifecycle")
    validate("page-lifecycle", lifecycle)
    validate("lifecycle", lifecycle["lifecycle"])
    frontier = server.json("frontier?metric=loss")
    validate("page-frontier", frontier)
    assert frontier["better"] == "lower"


def test_the_page_is_told_what_the_commands_tell(
    serve: Serve, book: Path, joulebook: Command
) -> None:
    server = serve(book)
    listed = joulebook.json("runs", "ls", book, "--json")["runs"]
    assert server.column("id") == [run["run_id"] for run in listed]
    assert server.column("energy") == [run["energy_j"] for run in listed]
    assert server.column("config.lr") == ["0.1", '"1e-1"', "0.1", "0.3"]
    shown = joulebook.json("run", "show", book, "--run", "other-0001", "--json")
    assert server.json("run/other-0001")["run"] == shown
    audit = joulebook.json("audit", "audit", book, "--json", status=3)
    assert server.json("duplicates")["audit"] == audit
    assert server.json("lifecycle")["lifecycle"] == joulebook.json(
        "lifecycle", "lifecycle", book, "--json"
    )


def test_a_run_says_with_how_many_others_it_was_not_compared(serve: Serve, tmp_path: Path) -> None:
    meter = {"device": "cpu:0", "source": "x", "provenance": "counter", "boundary": "device"}
    for name, count, meters, unseen in [
        ("few", 3, [meter], 0),
        # Runs 0 to 50 have begun before run 1 is over.
        ("many", 70, [meter], 50),
        ("unmetered", 70, [], 0),
    ]:
        runs = [
            records.record(f"run-{place}", at=place, config={"lr": 1}, seed=place, meters=meters)
            for place in range(count)
        ]
        records.write(tmp_path / f"{name}.jsonl", runs)
        Command(tmp_path)("import", "records", f"{name}.jsonl", "--into", name)
        left = serve(tmp_path / name).json("run/run-1")["left_out"]
        assert left == {"epochs": 0, "concurrent_runs": unseen}


def test_the_formulae_are_those_of_the_document(serve: Serve, book: Path) -> None:
    lines = (ROOT / "Schemas/formulae.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| F")]
    told = [[cell.strip() for cell in row[:4]] for row in rows]
    found = serve(book).json("lifecycle")["formulae"]
    assert [[row["id"], row["formula"], row["symbols"], row["source"]] for row in found] == told


def test_the_front_is_what_no_other_run_beats(serve: Serve, tmp_path: Path) -> None:
    runs = []
    # The last one's meters saw nothing, so that it beats nobody.
    results = [(0.5, 10), (0.4, 30), (0.6, 20), (0.4, 40), (0.3, 0)]
    for place, (loss, joules) in enumerate(results):
        run = records.record(f"run-{place}", at=place * 100, config={"lr": place}, seed=0)
        run.update(energy_j=joules, epochs=[], metrics={"loss": loss})
        runs.append(run)
    records.write(tmp_path / "r.jsonl", runs)
    Command(tmp_path)("import", "records", "r.jsonl", "--into", "book")
    server = serve(tmp_path / "book")
    answer = server.json("frontier?metric=loss&better=lower")
    points = answer["points"]
    assert (answer["runs_with_metric"], answer["runs_with_both"]) == (5, 4)
    assert [point["id"] for point in points if point["pareto"]] == ["run-0", "run-1"]


def test_a_run_that_is_written_shows_its_new_epochs(serve: Serve, tmp_path: Path) -> None:
    program = """
import sys, joulebook
with joulebook.start("digits", config={"lr": 0.1}, dir="book", quiet=True) as run:
    for epoch in run.epochs(3):
        epoch.log(accuracy=epoch.number / 10)
        print(epoch.number, flush=True)
        sys.stdin.readline()
"""
    (tmp_path / "train.py").write_text(program)
    writer = subprocess.Popen(
        [sys.executable, "train.py"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None and writer.stdout is not None
    writer.stdout.readline()
    server = serve(tmp_path / "book")

    def until(epochs: int, status: str) -> None:
        deadline = time.monotonic() + 20
        while (server.column("epochs"), server.column("status")) != ([epochs], [status]):
            assert time.monotonic() < deadline, server.json("runs")
            time.sleep(0.2)

    version = server.json("version")["version"]
    writer.stdin.write("\n")
    writer.stdin.flush()
    writer.stdout.readline()
    until(1, "running")
    assert server.json("version")["version"] > version
    [name] = server.column("id")
    assert server.json(f"run/{name}")["run"]["epochs"][0]["metrics"] == {"accuracy": 0.1}
    writer.communicate("\n\n\n", timeout=60)
    until(3, "finished")
    settled = server.json("version")["version"]
    time.sleep(1.5)
    answer = server.json(f"runs?since={settled}")
    assert answer == {"version": settled, "unchanged": True}


def test_what_comes_and_goes_is_seen(serve: Serve, book: Path, tmp_path: Path) -> None:
    server = serve(book)
    assert len(server.column("id")) == 4
    other = records.record("late-0001", at=900, config={"lr": 0.7}, seed=0)
    records.write(tmp_path / "late.jsonl", [other])
    Command(tmp_path)("import", "records", "late.jsonl", "--into", "book")
    Command(tmp_path)("tag", "first-0001", "good", "--in", "book")
    time.sleep(1.1)
    assert "late-0001" in server.column("id")
    assert server.column("tags")[0] == "good"
    for path in book.rglob("*.joule"):
        path.unlink()
    time.sleep(1.1)
    assert server.column("id") == []
    assert server.status("/api/run/first-0001") == 404


def test_a_copy_of_a_ledger_is_no_other_run(serve: Serve, book: Path) -> None:
    [ledger] = book.rglob("*.joule")
    (book / "copy.joule").write_bytes(ledger.read_bytes())
    assert len(serve(book).column("id")) == 4


# MARK: Names


NAMES = ["<script>alert(1)</script>", "../../etc/passwd", "a,b", "50% ü?#&=", "'\"><img src=x>"]


def test_any_name_of_a_run_is_a_name(serve: Serve, tmp_path: Path) -> None:
    runs = [
        records.record(name, at=place * 100, config={"lr": place, "<b>": "</script>"}, seed=0)
        for place, name in enumerate(NAMES)
    ]
    records.write(tmp_path / "r.jsonl", runs)
    Command(tmp_path)("import", "records", "r.jsonl", "--into", "book")
    server = serve(tmp_path / "book")
    assert server.column("id") == NAMES
    for name in NAMES:
        assert server.json(f"run/{quote(name, safe='')}")["run"]["run_id"] == name
    both = server.json("compare/" + ",".join(quote(name, safe="") for name in NAMES[:2]))
    assert [run["run_id"] for run in both["runs"]] == NAMES[:2]


def test_a_hostile_directory_changes_nothing_and_leaks_nothing(
    serve: Serve, book: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("PASSWORD=hunter2\n" * 100)
    (book / "link.joule").symlink_to(secret)
    (book / "away").symlink_to(tmp_path)
    (book / "loop").symlink_to(book)
    (book / "pipe.joule").mkdir()
    os.mkfifo(book / "fifo.joule")
    (book / "empty.joule").write_bytes(b"")
    [ledger] = book.rglob("import*.joule")
    content = ledger.read_bytes()
    (book / "torn.joule").write_bytes(content[: len(content) // 2])
    (book / "noise.joule").write_bytes(content[:4] + os.urandom(1 << 16))
    with (book / "huge.joule").open("wb") as huge:
        huge.truncate(1 << 40)
    (book / "<script>.joule").write_bytes(b"<script>alert(1)</script>")
    before = {path: path.lstat().st_mtime_ns for path in sorted(book.rglob("*"))}
    server = serve(book)
    runs = server.json("runs")
    validate("page-runs", runs)
    assert runs["count"] == 4
    told = {Path(problem["path"]).name for problem in runs["problems"]}
    assert {"link.joule", "empty.joule", "huge.joule", "noise.joule", "<script>.joule"} <= told
    for name in ["runs", "duplicates", "lifecycle", "frontier", "run/first-0001"]:
        assert b"hunter2" not in server.get(f"/api/{name}")[1]
    assert server.memory_kb() < 300_000
    assert {path: path.lstat().st_mtime_ns for path in sorted(book.rglob("*"))} == before


# MARK: Who is told


def test_every_answer_says_what_a_browser_may_do_with_it(serve: Serve, book: Path) -> None:
    server = serve(book)
    for path in ["/", "/page.js", "/page.css", "/api/runs", "/api/none", "/none"]:
        response, body = server.get(path)
        assert response.headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in response.headers
        head, nothing = server.get(path, "HEAD")
        assert nothing == b"" and head.status == response.status
        assert int(head.headers["Content-Length"]) == len(body)


FOREIGN = ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1"]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_name_is_refused(serve: Serve, book: Path, name: str) -> None:
    server = serve(book)
    for path in ["/", "/api/runs"]:
        assert server.status(path, Host=name.format(port=server.port)) == 421
    for own in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"]:
        assert server.status("/api/version", Host=f"{own}:{server.port}") == 200


def test_a_request_has_one_host(serve: Serve, book: Path) -> None:
    server = serve(book)
    own = f"Host: {server.host}\r\n"
    for hosts in ["", own + own, own + "Host: evil.example\r\n"]:
        answer = server.raw(f"GET /api/runs HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert answer.split()[1] in (b"400", b"421"), answer


def test_another_site_is_refused(serve: Serve, book: Path) -> None:
    server = serve(book)
    for origin in ["http://evil.example", "null", f"https://{server.host}", "http://127.0.0.1:1"]:
        assert server.status("/api/runs", Origin=origin) == 403
    assert server.status("/api/runs", Origin=f"http://{server.host}") == 200
    for site in ["cross-site", "same-site"]:
        assert server.status("/api/runs", Sec_Fetch_Site=site) == 403
        assert server.status("/page.js", Sec_Fetch_Site=site) == 403
    for site in ["same-origin", "none"]:
        assert server.status("/api/runs", Sec_Fetch_Site=site) == 200
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert server.status("/", **link, Sec_Fetch_Dest="document") == 200
    assert server.status("/", **link, Sec_Fetch_Dest="iframe") == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_nothing_but_reading_is_possible(serve: Serve, book: Path, method: str) -> None:
    server = serve(book)
    assert server.status("/api/runs", method) == 405
    assert server.status("/api/runs") == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/page.js/../../x",
        "/page.js%00",
        "/api",
        "/api/",
        "/api/run",
        "/api/run/",
        "/api/run/..%2f..%2fetc%2fpasswd",
        "/api/run/%",
        "/api/run/%ff",
        "/api/run/%00",
        "/api/run/first-0001/x",
        "/api/telemetry/first-0001?from=nan",
        "/api/telemetry/first-0001?points=10&from=x",
        "/api/compare/",
        "/api/compare/first-0001,none",
        "/api/compare/" + ",".join(["first-0001"] * 13),
        "/api/frontier?better=worse",
        "/api/version/1",
    ],
)
def test_what_is_not_there_is_not_there(serve: Serve, book: Path, path: str) -> None:
    response, body = serve(book).get(path)
    assert response.status == 404, body
    assert b"root:" not in body
    assert "error" in json.loads(body)


@pytest.mark.parametrize("window", ["from=-8900000000", "to=8900000000", "from=0&to=1e-300"])
def test_no_window_of_time_is_too_large(serve: Serve, tmp_path: Path, window: str) -> None:
    Command(tmp_path)("run", "--", "sleep", "1.2")
    server = serve(tmp_path / "joulebook")
    [run] = server.column("id")
    assert server.json(f"telemetry/{run}")["readings"] > 0
    assert server.status(f"/api/telemetry/{run}?{window}") in (200, 404)
    assert server.status("/api/version") == 200


def test_a_folder_from_the_future_is_served(serve: Serve, book: Path) -> None:
    (book / "later").mkdir()
    os.utime(book / "later", (9_300_000_000, 9_300_000_000))
    assert len(serve(book).column("id")) > 0


# MARK: A token


def test_beyond_loopback_a_token_is_needed(serve: Serve, book: Path) -> None:
    server = serve(book, "--host", "0.0.0.0")
    address, token = server.address.split("?token=")
    # What is printed can be opened, from elsewhere as well.
    place = urlsplit(address)
    assert len(token) >= 32 and place.hostname not in (None, "0.0.0.0")
    connection = http.client.HTTPConnection(str(place.hostname), server.port, timeout=60)
    connection.request("GET", f"/?token={token}")
    assert connection.getresponse().status == 200
    connection.close()
    for path in ["/", "/page.js", "/api/runs", "/?token=", f"/?token={token[:-1]}", "/?token=x"]:
        assert server.status(path) == 401
    # Only the page itself takes it from its address.
    assert server.status(f"/api/runs?token={token}") == 401
    response, body = server.get(f"/?token={token}")
    # No redirect: for one that another site began, browsers keep the cookie back.
    assert response.status == 200 and b'http-equiv="refresh"' in body
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    pair = cookie.split(";")[0]
    assert server.status("/api/runs", Cookie=f"other=1; {pair}") == 200
    assert server.status("/", Cookie=pair) == 200
    assert server.status("/api/runs", Cookie=pair + "x") == 401
    assert server.status("/api/runs", Cookie=pair[:-1]) == 401
    assert server.status("/api/runs", Cookie=pair, Origin="http://evil.example") == 403


def test_a_token_keeps_others_on_the_machine_out(serve: Serve, book: Path) -> None:
    server = serve(book, "--private")
    _, token = server.address.split("?token=")
    assert len(token) >= 32 and server.status("/api/runs") == 401
    assert server.status(f"/?token={token}") == 200


def test_a_token_can_be_chosen(serve: Serve, book: Path, joulebook: Command) -> None:
    server = serve(book, "--token", "correct-horse-battery")
    assert server.address.endswith("/?token=correct-horse-battery")
    assert server.status("/api/runs") == 401
    for bad in ["short", "with a blank in it ....", "a;b" * 10]:
        assert "--token" in joulebook("serve", book, "--token", bad, status=64).stderr


# MARK: Bounds


def test_what_is_too_much_is_refused(serve: Serve, book: Path) -> None:
    server = serve(book)
    own = f"Host: {server.host}\r\n".encode()
    long = b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + own + b"\r\n"
    assert server.raw(long).split()[1] == b"431"
    many = b"GET / HTTP/1.1\r\n" + own + b"X: y\r\n" * 5000 + b"\r\n"
    assert server.raw(many).split()[1] in (b"400", b"431")
    for body in [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]:
        assert server.raw(b"GET /api/runs HTTP/1.1\r\n" + own + body).split()[1] == b"413"
    for noise in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, b"HELO\r\n\r\n", b"\0" * 99]:
        answer = server.raw(noise)
        assert answer == b"" or answer.split()[1] == b"400"
    proxy = server.raw(b"GET http://evil.example/ HTTP/1.1\r\n" + own + b"\r\n")
    assert proxy.split()[1] == b"400"
    assert server.status("/api/runs") == 200


def test_requests_in_a_row_are_answered_in_their_order(serve: Serve, book: Path) -> None:
    server = serve(book)
    own = f"Host: {server.host}\r\n"
    names = ["version", "none", "runs", "version"]
    last = len(names) - 1
    text = "".join(
        f"GET /api/{name} HTTP/1.1\r\n{own}{'Connection: close' if n == last else 'X: y'}\r\n\r\n"
        for n, name in enumerate(names)
    )
    answer = server.raw(text.encode())
    statuses = [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"200"]


def test_what_follows_a_request_spoils_no_answer(serve: Serve, book: Path) -> None:
    server = serve(book)
    own = f"Host: {server.host}\r\n"
    for rest in ["HELO\r\n\r\n", f"GET / HTTP/1.1\r\n{own}Content-Length: 2\r\n\r\nab"]:
        answer = server.raw(f"GET /api/lifecycle HTTP/1.1\r\n{own}\r\n{rest}".encode())
        head, body = answer.split(b"\r\n\r\n", 1)
        assert head.split()[1] == b"200"
        assert json.loads(body)["schema"] == "joulebook.page.lifecycle/1"


def test_whoever_sends_slowly_is_left(serve: Serve, book: Path) -> None:
    server = serve(book)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as slow:
        began = time.monotonic()
        for byte in b"GET /api/runs HTTP/1.1\r\nHost: x\r\n" * 9:
            try:
                slow.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.2)
        assert time.monotonic() - began < 10


def test_a_thousand_connections_change_nothing(serve: Serve, book: Path) -> None:
    server = serve(book)
    assert len(server.column("id")) == 4
    before = server.memory_kb()
    held = []
    try:
        for number in range(1000):
            connection = socket.socket()
            connection.settimeout(10)
            connection.connect(("127.0.0.1", server.port))
            if number % 2:
                connection.sendall(b"GET /api/runs HTTP/1.1\r\nHost: ")
            held.append(connection)
            if number % 250 == 0:
                assert server.status("/api/version") == 200
        assert server.status("/api/runs") == 200
        files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
        assert files < 320
    finally:
        for connection in held:
            connection.close()
    assert server.status("/api/runs") == 200
    assert server.memory_kb() < before + 50_000


# MARK: The command


def test_a_port_that_is_taken_is_told_or_gone_around(
    serve: Serve, book: Path, joulebook: Command
) -> None:
    first = serve(book)
    second = serve(book)
    assert first.port != second.port
    told = joulebook("serve", book, "--port", first.port, status=74).stderr
    assert str(first.port) in told and told.count("\n") == 1


def test_what_cannot_be_served_is_told(joulebook: Command, tmp_path: Path) -> None:
    assert "check the path" in joulebook("serve", "none", status=74).stderr
    joulebook("serve", tmp_path, "--port", "99999", status=64)
    (tmp_path / "bad.joule").write_text("nothing")
    assert "not a ledger" in joulebook("serve", "bad.joule", status=65).stderr


def test_the_command_brings_no_whole_foundation() -> None:
    listing = subprocess.run(["ldd", command_path()], capture_output=True, text=True).stdout
    assert "libFoundation.so" not in listing


def test_an_empty_directory_is_an_empty_table(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    server = serve(tmp_path / "book")
    runs: Any = server.json("runs")
    validate("page-runs", runs)
    assert runs["count"] == 0
    for name in ["duplicates", "lifecycle", "frontier"]:
        validate(f"page-{name}", server.json(name))
