"""`joulebook-meterd`: who it answers, what it tells, what it holds, what nobody can do to it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Command, command_path, validate

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="joulebook-meterd is started as root, and so are its tests"
)

GROUP = 64_242
MEMBER, OTHER_MEMBER, STRANGER = 64_001, 64_002, 64_003
BEAT_S, STEP_J = 0.1, 1.0  # what the helper promises
REQUEST = b"read 1\n"


def program() -> Path:
    """$JOULEBOOK_METERD_PROGRAM, else the one that `swift test` has built."""
    given = os.environ.get("JOULEBOOK_METERD_PROGRAM")
    return Path(given) if given else ROOT / ".build/debug/joulebook-meterd"


class Zone:
    """A counter that grows by `watts`, or as it is told."""

    def __init__(self, tree: Path, zone: str, name: str, microjoules: int, most: int) -> None:
        place = tree / "sys/class/powercap" / zone
        place.mkdir(parents=True)
        (place / "name").write_text(f"{name}\n")
        (place / "max_energy_range_uj").write_text(f"{most}\n")
        (place / "energy_uj").touch()
        self.most = most
        self.file = os.open(place / "energy_uj", os.O_RDWR)
        self.write(microjoules)

    def write(self, microjoules: int | str) -> None:
        """In one call and of one length, so that nobody reads half of it."""
        os.pwrite(self.file, f"{microjoules:>20}\n".encode(), 0)

    def set(self, microjoules: int) -> None:
        self.write(microjoules % (self.most + 1))


class Machine:
    """An emulated machine, its helper, and clients with credentials of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.socket = directory / "run/meterd.sock"
        self.zones: dict[str, Zone] = {}
        self.process: subprocess.Popen[str] | None = None
        self.ended = threading.Event()

    def zone(self, zone: str, name: str, microjoules: int = 0, most: int = 262_143_328_850) -> Zone:
        self.zones[zone] = Zone(self.directory / "tree", zone, name, microjoules, most)
        return self.zones[zone]

    def mark(self) -> None:
        """Has a counter that tells, by what it shows, that the others were read as well."""
        self.marked = 0
        self.marker = self.zone("intel-rapl:9", "psys", microjoules=1_000_000)

    def draw(self, watts: dict[str, float]) -> None:
        """From now on the zones use so much, renewed every few milliseconds."""
        self.began = time.monotonic()

        def use() -> None:
            while not self.ended.wait(0.003):
                seconds = time.monotonic() - self.began
                for zone, power in watts.items():
                    self.zones[zone].set(int(power * seconds * 1e6))

        threading.Thread(target=use, daemon=True).start()

    def arguments(self, *more: str) -> list[str]:
        tree = str(self.directory / "tree")
        return [
            str(program()), "serve", "--root", tree, "--socket", str(self.socket),
            "--group", str(GROUP), *more,
        ]  # fmt: skip

    def start(self, *before: str, allow: str | None = None) -> None:
        arguments = self.arguments(*([allow] if allow else []))
        self.process = subprocess.Popen([*before, *arguments], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "confined:" in line:
                self.said = line
                return
        raise AssertionError("".join(said))

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def status(self) -> dict[str, str]:
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def settle(self) -> None:
        """Waits until the helper has read all that was set before."""
        self.marked += 1
        self.marker.set((1 + self.marked) * 1_000_000)
        end = time.monotonic() + 20
        while self.ask()["platform/psys"] != self.marked:
            assert time.monotonic() < end, "it reads no more"
            time.sleep(0.02)

    def ask(self) -> dict[str, int | None]:
        """Steps by device, asked as root."""
        return told(exchange(self.socket))


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not below pytest's own folder, which only root may enter.
    directory = Path(tempfile.mkdtemp(prefix="meterd"))
    directory.chmod(0o755)
    machine = Machine(directory)
    yield machine
    machine.ended.set()
    machine.stop()
    shutil.rmtree(directory)


def exchange(path: Path, patience: float = 20) -> str:
    """One request's reply; nothing where the connection is closed instead."""
    with socket.socket(socket.AF_UNIX) as connection:
        # Waits where many others wait to be let in.
        connection.connect(str(path))
        connection.settimeout(patience)
        connection.sendall(REQUEST)
        return receive(connection)


def receive(connection: socket.socket) -> str:
    text = ""
    while not is_whole(text):
        try:
            part = connection.recv(65536).decode()
        except ConnectionResetError:
            return ""
        if not part:
            return ""
        text += part
    return text


def is_whole(text: str) -> bool:
    head, _, rest = text.partition("\n")
    return bool(head) and rest.count("\n") == int(head.rsplit(" ", 1)[1])


def told(reply: str) -> dict[str, int | None]:
    rows = (line.split(" ") for line in reply.splitlines()[1:])
    return {device: None if steps == "-" else int(steps) for device, _, steps in rows}


def as_user(user: int, group: int, groups: list[int], work: Callable[[], Any]) -> Any:
    """What `work` returns in a process with these credentials, or the name of its error."""
    return finish(begin_as_user(user, group, groups, work))


def begin_as_user(
    user: int, group: int, groups: list[int], work: Callable[[], Any]
) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child != 0:
        os.close(writing)
        return child, reading
    try:
        os.setgroups(groups)
        os.setgid(group)
        os.setuid(user)
        answer = work()
    except BaseException as error:
        answer = type(error).__name__
    os.write(writing, json.dumps(answer).encode())
    os._exit(0)


def finish(child: tuple[int, int]) -> Any:
    with os.fdopen(child[1]) as file:
        text = file.read()
    os.waitpid(child[0], 0)
    return json.loads(text) if text else None


# MARK: Who is answered


def test_members_of_the_group_are_answered_and_nobody_else(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()

    def ask() -> str:
        return exchange(machine.socket)

    for group, groups in [(GROUP, []), (STRANGER, [GROUP]), (STRANGER, [7, 8, GROUP])]:
        assert as_user(MEMBER, group, groups, ask).startswith("joulebook-meterd 1 ")
    assert as_user(STRANGER, STRANGER, [7, 8], ask) == "PermissionError"
    # The credentials hold where the mode does not.
    machine.socket.chmod(0o666)
    assert as_user(STRANGER, STRANGER, [7, 8], ask) in ("", "BrokenPipeError")
    assert as_user(MEMBER, STRANGER, [GROUP], ask).startswith("joulebook-meterd 1 ")


def test_one_user_cannot_take_all_places(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()

    def crowd() -> int:
        connections = [socket.socket(socket.AF_UNIX) for _ in range(100)]
        answered = 0
        for connection in connections:
            connection.settimeout(20)
            with contextlib.suppress(OSError):
                connection.connect(str(machine.socket))
                connection.sendall(REQUEST)
                answered += bool(receive(connection))
        time.sleep(2)
        return answered

    crowded = begin_as_user(MEMBER, GROUP, [], crowd)
    time.sleep(0.5)
    answer = as_user(OTHER_MEMBER, GROUP, [], lambda: exchange(machine.socket))
    assert answer.startswith("joulebook-meterd 1 "), answer
    assert finish(crowded) == 32


# MARK: What it holds


@pytest.mark.parametrize("is_bounded", [False, True], ids=["as root", "as its unit starts it"])
def test_it_holds_no_privilege_and_no_write_access(machine: Machine, is_bounded: bool) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.zone("intel-rapl:0:0", "dram")
    bound = ["setpriv", "--bounding-set", "-all,+chown,+setgid,+setpcap,+setuid", "--"]
    machine.start(*(bound if is_bounded else []))
    status = machine.status()
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert status["Groups"].split() == []
    assert machine.process is not None
    process = Path(f"/proc/{machine.process.pid}")
    assert (process / "cwd").readlink() == Path("/")
    for place in (process / "fdinfo").iterdir():
        target = str((process / "fd" / place.name).readlink())
        flags = int(place.read_text().split("flags:\t")[1].split("\n")[0], 8)
        # The standard error is the test's own pipe; a service's leads to the journal.
        is_talk = target.startswith("socket:") or place.name == "2"
        assert is_talk or flags & os.O_ACCMODE == os.O_RDONLY, target
    limits = (process / "limits").read_text()
    assert [line.split()[2:4] for line in limits.splitlines() if "processes" in line] == [["0"] * 2]
    assert machine.ask() == {"cpu:0/package": 0, "cpu:0/dram": 0}


def test_it_says_by_what_it_is_confined(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    for step in ("no privileges", "no new privileges", "seccomp", "tested"):
        assert step in machine.said


# MARK: What it tells


@pytest.mark.alone
def test_values_are_renewed_on_its_own_beat_however_often_it_is_asked(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    # A step or more in every beat, so that each renewal is seen.
    machine.draw({"intel-rapl:0": 200})
    began = time.monotonic()
    values: list[int] = []
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(machine.socket))
        while time.monotonic() - began < 2:
            connection.sendall(REQUEST)
            (value,) = told(receive(connection)).values()
            assert value is not None
            values.append(value)
    elapsed = time.monotonic() - began
    assert values == sorted(values)
    renewals = len(set(values)) - 1
    assert 2 <= renewals <= elapsed / BEAT_S + 1
    # Far more was asked than was told.
    assert len(values) > 3 * renewals


def test_values_are_whole_steps(machine: Machine) -> None:
    zone = machine.zone("intel-rapl:0", "package-0", microjoules=123_456)
    machine.mark()
    machine.start()
    assert "step_uj 1000000" in exchange(machine.socket)
    for used, steps in [(0.4, 0), (0.999, 0), (1.0, 1), (1.9, 1), (40.0, 40)]:
        zone.set(123_456 + round(used * 1e6))
        machine.settle()
        assert machine.ask()["cpu:0/package"] == steps


def test_a_wrap_is_a_lap_and_a_restart_is_no_energy(machine: Machine) -> None:
    most = 262_143_328_850
    zone = machine.zone("intel-rapl:0", "package-0", microjoules=most - 5_000_000)
    machine.mark()
    machine.start()
    zone.set(most + 1 + 6_000_000)
    machine.settle()
    # Five joules and the one microjoule from the highest value to 0, and six.
    assert machine.ask()["cpu:0/package"] == 11
    # More than can have been used.
    zone.set(50_000_000_000)
    machine.settle()
    zone.set(50_003_000_000)
    machine.settle()
    assert machine.ask()["cpu:0/package"] == 14


def test_a_reading_that_fails_is_told_as_none(machine: Machine) -> None:
    zone = machine.zone("intel-rapl:0", "package-0")
    machine.mark()
    machine.start()
    zone.write("no number")
    machine.settle()
    assert machine.ask() == {"cpu:0/package": None, "platform/psys": 1}
    zone.set(2_000_000)
    machine.settle()
    assert machine.ask() == {"cpu:0/package": 2, "platform/psys": 2}


# MARK: What nobody can do to it


def misbehave(path: Path, seconds: float, count: int) -> int:
    """Keeps `count` connections going, each bad in its own way; how many were made."""
    ways = [b"", b"rea", b"\x00\xff" * 500, REQUEST, b"write 1\n", REQUEST * 9, b"read 2\n"]
    connections: dict[int, socket.socket] = {}
    made = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for number in range(count):
            with contextlib.suppress(OSError):
                connection = connections.get(number)
                if connection is None:
                    connection = socket.socket(socket.AF_UNIX)
                    connection.setblocking(False)
                    connection.connect(str(path))
                    connections[number] = connection
                    made += 1
                # Asking on and on and never reading is one of the ways.
                connection.send(ways[number % len(ways)])
                continue
            # Put out: at once again.
            connection = connections.pop(number, connection)
            if connection is not None:
                connection.close()
    return made


@pytest.mark.alone
def test_a_thousand_bad_clients_disturb_no_reading(machine: Machine) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1024:
        pytest.skip("too few descriptors may be open")
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    machine.draw({"intel-rapl:0": 100})
    before = int(machine.status()["VmRSS"].split()[0])
    seconds = 6.0

    def measure() -> list[int]:
        """A good client, which came before the others."""
        values: list[int] = []
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(machine.socket))
            end = time.monotonic() + seconds + 1
            while time.monotonic() < end:
                connection.sendall(REQUEST)
                (value,) = told(receive(connection)).values()
                assert value is not None
                values.append(value)
                time.sleep(0.1)
        return values

    good = begin_as_user(MEMBER, GROUP, [], measure)
    time.sleep(0.5)
    bad = [
        begin_as_user(65_100 + place, GROUP, [], lambda: misbehave(machine.socket, seconds, 200))
        for place in range(5)
    ]
    for _ in range(5):
        time.sleep(0.5)
        # One that comes only now.
        late = as_user(OTHER_MEMBER, GROUP, [], lambda: exchange(machine.socket))
        assert late.startswith("joulebook-meterd 1 "), late
    made = sum(finish(child) for child in bad)
    values = finish(good)
    truth = 100 * (time.monotonic() - machine.began)
    assert made >= 1000
    # Every question was answered, with a value of its time.
    assert isinstance(values, list) and len(values) >= 10, values
    assert values == sorted(values) and values[-1] - values[0] > 100 * seconds * 0.5
    assert values[-1] <= truth
    (now,) = machine.ask().values()
    assert now is not None and abs(now - 100 * (time.monotonic() - machine.began)) < 200
    assert int(machine.status()["VmRSS"].split()[0]) < before + 4096
    assert machine.process is not None
    open_files = list(Path(f"/proc/{machine.process.pid}/fd").iterdir())
    assert len(open_files) < 300


def test_a_second_helper_is_refused_and_a_dead_ones_socket_replaced(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    second = subprocess.run(machine.arguments(), capture_output=True, text=True, timeout=60)
    assert second.returncode == 74 and "another joulebook-meterd" in second.stderr
    machine.stop()
    assert machine.socket.exists()
    machine.start()
    assert machine.ask() == {"cpu:0/package": 0}


# MARK: When it does not serve


def refusal(machine: Machine, *more: str, **options: Any) -> tuple[int, str]:
    ended = subprocess.run(
        machine.arguments(*more), capture_output=True, text=True, timeout=60, **options
    )
    return ended.returncode, ended.stderr


def test_it_says_why_it_does_not_serve(machine: Machine) -> None:
    status, said = refusal(machine)
    assert status == 69 and "no counter" in said
    machine.zone("intel-rapl:0", "package-0")
    status, said = refusal(machine, "--group", "no-such-group")
    assert status == 64 and "groupadd" in said
    for user in ("no-such-user", "0", "root"):
        assert refusal(machine, "--user", user)[0] == 64
    machine.socket.parent.mkdir()
    machine.socket.write_text("a file")
    status, said = refusal(machine)
    assert status == 74 and "no socket" in said
    assert machine.socket.read_text() == "a file"


def test_it_does_not_serve_unconfined_unless_it_is_told_to(machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    # Without this capability the bounding set stays what it was.
    weak = ["setpriv", "--bounding-set", "-setpcap", "--"]
    ended = subprocess.run(
        [*weak, *machine.arguments()], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 77 and "no privileges" in ended.stderr
    machine.start(*weak, allow="--allow-unhardened")
    status = machine.status()
    # All the rest is dropped.
    assert int(status["CapEff"], 16) == 0 and status["Seccomp"] == "2"
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert "no privileges" not in machine.said


# MARK: The client


@pytest.fixture
def joulebook_here(joulebook: Command) -> Command:
    found = json.loads(joulebook("meters", "--json", env={"JOULEBOOK_METERD": ""}).stdout)
    if any(meter["source"].startswith("rapl:") for meter in found["meters"]):
        pytest.skip("this machine's own counters can be read, so that no helper is asked")
    return joulebook


def environment(machine: Machine) -> dict[str, str]:
    return {"JOULEBOOK_METERD": str(machine.socket), "JOULEBOOK_DIR": "ledgers"}


def run_of(joulebook: Command) -> Any:
    (path,) = (joulebook.directory / "ledgers").rglob("*.joule")
    return joulebook.json("run", "show", path, "--json")


def devices_of(run: Any) -> dict[str, Any]:
    return {item["device"]: item for item in run["energy"]["devices"]}


@pytest.mark.alone
def test_a_run_is_measured_through_it_within_the_stated_interval(
    joulebook_here: Command, machine: Machine
) -> None:
    watts = {"intel-rapl:0": 90.0, "intel-rapl:0:0": 40.0, "intel-rapl:0:1": 7.0}
    for zone, name in zip(watts, ["package-0", "core", "dram"], strict=True):
        machine.zone(zone, name)
    machine.start()
    machine.draw(watts)
    joulebook_here("run", "--project", "p", "--", "sleep", "5", env=environment(machine))
    run = run_of(joulebook_here)
    found = devices_of(run)
    seconds = run["totals"]["duration_s"]
    for device, power in [("cpu:0/package", 90), ("cpu:0/core", 40), ("cpu:0/dram", 7)]:
        item = found[device]
        assert (item["source"], item["provenance"]) == ("rapl:meterd", "counter")
        assert item["coverage"] > 0.7
        error = abs(item["energy_j"] - power * seconds * item["coverage"])
        assert error <= item["uncertainty_rel"] * item["energy_j"]
        # Of the counter's own 5 % an emulated one needs none: a step at each edge, and a beat.
        assert error <= 2 + 0.1 * power
    # Cores are within their package.
    total = found["cpu:0/package"]["energy_j"] + found["cpu:0/dram"]["energy_j"]
    assert run["totals"]["energy_j"] == pytest.approx(total)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    identities = {meter["device"]: meter.get("identity") for meter in run["meters"]}
    # The same as of those who may read the counters themselves.
    assert identities["cpu:0/package"] == f"{boot}:rapl:cpu:0/package"
    assert "cpu" not in found, "no model beside the counter"


@pytest.mark.alone
@pytest.mark.parametrize("pause", [0, 2.5])
def test_a_restart_in_mid_run_is_a_gap_that_is_told(
    joulebook_here: Command, machine: Machine, pause: float
) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    machine.draw({"intel-rapl:0": 50})

    def fall() -> None:
        time.sleep(3)
        machine.stop()
        time.sleep(pause)
        machine.start()

    thread = threading.Thread(target=fall)
    thread.start()
    joulebook_here("run", "--project", "p", "--", "sleep", "10", env=environment(machine))
    thread.join()
    run = run_of(joulebook_here)
    item = devices_of(run)["cpu:0/package"]
    assert 0.2 < item["coverage"] < 1 - pause / 20
    assert "readings failed" in " ".join(item["flags"])
    truth = 50 * run["totals"]["duration_s"] * item["coverage"]
    assert item["energy_j"] == pytest.approx(truth, rel=0.1, abs=2 * STEP_J)
    (fault,) = [each for each in run["meter_faults"] if each.get("device") == "cpu:0/package"]
    assert fault["failed_readings"] >= 1


HEAD = "joulebook-meterd 1 started_ns 5 beat_ns 100000000 step_uj 1000000 counters"
LIES = {
    "nothing": "",
    "garbage": "\x00\x7f" * 4000,
    "without end": "cpu:0/package - 1\n" * 100_000,
    "no line end": "x" * 1_000_000,
    "another version": HEAD.replace(" 1 ", " 2 ", 1) + " 0\n",
    "no beat": HEAD.replace("100000000", "0", 1) + " 0\n",
    "huge steps": HEAD.replace("1000000 ", "1000000000000 ", 1) + " 0\n",
    "too many": HEAD + " 99999999999\n",
    "negative": HEAD + " 1\ncpu:0/package - -5\n",
    "beyond 63 bits": HEAD + " 1\ncpu:0/package - 9223372036854775808\n",
    "twice": HEAD + " 2\ncpu:0/package - 1\ncpu:0/package - 1\n",
    "another device": HEAD + " 1\ngpu:GPU-0 - 1\n",
    "escape": HEAD + " 1\ncpu:\x1b[2J/package - 1\n",
    "itself": HEAD + " 1\ncpu:0/package cpu:0/package 1\n",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_false_helper_is_absent_with_a_reason(
    joulebook_here: Command, machine: Machine, lie: str
) -> None:
    machine.socket.parent.mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(machine.socket))
    server.listen()

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(100)
                    connection.sendall(LIES[lie].encode())

    threading.Thread(target=answer, daemon=True).start()
    printed = joulebook_here("meters", "--json", env=environment(machine)).stdout
    server.close()
    document = json.loads(printed)
    validate("meters", document)
    (absent,) = [item for item in document["absent"] if item["source"] == "rapl:meterd"]
    assert "meterd" in absent["reason"] and len(absent["reason"]) < 400
    assert "\x1b" not in printed
    # A model stands in for what it would have measured.
    assert any(meter["source"] == "model:cpu" for meter in document["meters"])


def test_a_helper_that_hangs_holds_up_nobody(joulebook_here: Command, machine: Machine) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    assert machine.process is not None
    machine.process.send_signal(signal.SIGSTOP)
    joulebook_here("run", "--project", "p", "--", "sleep", "3", env=environment(machine))
    run = run_of(joulebook_here)
    assert any(item["source"] == "model:cpu" for item in run["energy"]["devices"])
    reasons = {item["source"]: item["reason"] for item in run["absent_meters"]}
    assert "does not answer" in reasons["rapl:meterd"]


def test_who_may_not_ask_is_told_the_command_that_changes_it(
    joulebook_here: Command, machine: Machine
) -> None:
    machine.zone("intel-rapl:0", "package-0")
    machine.start()
    # The checkout may lie where only root gets to.
    copy = machine.directory / "joulebook"
    shutil.copy2(command_path(), copy)
    command = [str(copy), "meters", "--json"]
    variables = {"JOULEBOOK_METERD": str(machine.socket), "PATH": os.environ["PATH"]}
    options: dict[str, Any] = {
        "env": variables, "cwd": "/", "capture_output": True, "text": True, "timeout": 60,
        "user": STRANGER, "group": STRANGER,
    }  # fmt: skip
    ended = subprocess.run(command, extra_groups=[], **options)
    if ended.returncode == 127:
        pytest.skip("the toolchain's libraries lie where only root gets to")
    (absent,) = [
        item for item in json.loads(ended.stdout)["absent"] if item["source"] == "rapl:meterd"
    ]
    assert absent["remedy"].startswith('sudo usermod -aG joulebook "$USER"')
    ended = subprocess.run(command, extra_groups=[GROUP], **options)
    sources = [meter["source"] for meter in json.loads(ended.stdout)["meters"]]
    assert "rapl:meterd" in sources and "model:cpu" not in sources
    machine.socket.chmod(0o666)
    ended = subprocess.run(command, extra_groups=[], **options)
    (absent,) = [
        item for item in json.loads(ended.stdout)["absent"] if item["source"] == "rapl:meterd"
    ]
    assert "not in its group" in absent["reason"] and "usermod" in absent["remedy"]


def test_the_lack_of_one_that_was_named_is_said(joulebook_here: Command, machine: Machine) -> None:
    printed = joulebook_here("meters", "--json", env=environment(machine)).stdout
    (absent,) = [item for item in json.loads(printed)["absent"] if item["source"] == "rapl:meterd"]
    assert "no such file" in absent["reason"]
    assert absent["remedy"].startswith("sudo joulebook-meterd install")


# MARK: Installing it


def test_it_has_the_version_of_the_command(joulebook: Command) -> None:
    told = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == joulebook("--version").stdout


def test_what_would_be_installed_is_a_script_and_a_unit_without_mistakes(tmp_path: Path) -> None:
    scripts = {}
    for verb in ("install", "uninstall"):
        ended = subprocess.run([program(), verb, "--dry-run"], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        subprocess.run(["sh", "-n"], input=ended.stdout, text=True, check=True)
        scripts[verb] = ended.stdout
    path = "/etc/systemd/system/joulebook-meterd.service"
    assert f"rm -f {path} /usr/local/sbin/joulebook-meterd" in scripts["uninstall"]
    unit = scripts["install"].split(f"cat >{path} <<'END'\n")[1].split("\nEND\n")[0] + "\n"
    assert "ExecStart=/usr/local/sbin/joulebook-meterd serve\n" in unit
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here to check the unit")
    place = tmp_path / "joulebook-meterd.service"
    place.write_text(unit.replace("/usr/local/sbin/joulebook-meterd", str(program())))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(place)], capture_output=True, text=True
    )
    assert verified.returncode == 0, verified.stderr
    assert place.name not in verified.stderr, verified.stderr


# A machine whose /etc, /usr/local and /run it alone sees, with a systemd that only listens.
SANDBOX = """
set -eu
cd "$1"
mkdir layers
mount -t tmpfs tmpfs layers
for place in etc usr/local; do
    mkdir -p layers/$place/upper layers/$place/work
    mount -t overlay overlay \\
        -o lowerdir=/$place,upperdir=layers/$place/upper,workdir=layers/$place/work /$place
done
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount --bind systemctl /usr/bin/systemctl
touch ready
"$2" install
stat -c '%a %U %n' /usr/local/sbin/joulebook-meterd /etc/systemd/system/joulebook-meterd.service
getent passwd joulebook-meterd
getent group joulebook
"$2" install >again
/usr/local/sbin/joulebook-meterd serve --root tree 2>said &
helper=$!
while ! grep -q confined said; do sleep 0.1; done
stat -c '%a %U %G %n' /run/joulebook/meterd.sock
awk '/^[UG]id/ { print $1, $2 }' /proc/$helper/status
id -u joulebook-meterd
kill $helper
"$2" uninstall
ls /usr/local/sbin/joulebook-meterd /etc/systemd/system/joulebook-meterd.service 2>&1 || true
getent passwd joulebook-meterd || getent group joulebook joulebook-meterd || echo gone
"""


def test_one_command_installs_it_and_another_removes_it(machine: Machine) -> None:
    if not Path("/usr/bin/systemctl").exists():
        pytest.skip("systemctl is not here to be stood in for")
    machine.zone("intel-rapl:0", "package-0")
    stand_in = machine.directory / "systemctl"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >>{machine.directory}/asked\n')
    stand_in.chmod(0o755)
    script = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SANDBOX, "sh"]
    ended = subprocess.run(
        [*script, str(machine.directory), str(program())],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "SUDO_USER": "alice"},
    )
    if not (machine.directory / "ready").exists():
        pytest.skip(f"this process may not have a view of its own: {ended.stderr}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "sudo usermod -aG joulebook alice" in ended.stdout
    for line in (
        "755 root /usr/local/sbin/joulebook-meterd",
        "644 root /etc/systemd/system/joulebook-meterd.service",
        "660 root joulebook /run/joulebook/meterd.sock",
        "gone",
    ):
        assert line in ended.stdout.splitlines(), ended.stdout
    lines = ended.stdout.splitlines()
    (number,) = [line.split()[1] for line in lines if line.startswith("Uid: ")]
    assert number in lines and number != "65534", "it becomes the user that was made for it"
    asked = (machine.directory / "asked").read_text()
    for words in ("daemon-reload", "enable --quiet", "restart", "disable --now"):
        assert words in asked
