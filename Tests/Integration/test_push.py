"""`joulebook push` and `joulebook pull` against a real server of S3 on loopback."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command, command_path, validate
from object_store import BUCKET, Road, Store, running


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A place in the store that no other test has."""
    return f"tests/{request.node.name}"


@pytest.fixture
def transfer(joulebook: Command, store: Store, prefix: str) -> Callable[..., Any]:
    """Runs `push` or `pull` with `--json`, and returns its document and what it said."""

    def ran(
        *arguments: object, status: int = 0, port: int | None = None
    ) -> tuple[dict[str, Any], str]:
        words = [f"s3://{BUCKET}/{prefix}" if word == "STORE" else word for word in arguments]
        environment = store.environment(port)
        result = joulebook(*words, "--json", status=status, env=environment)
        document = json.loads(result.stdout)
        validate("transfer", document)
        return document, result.stderr

    return ran


@pytest.fixture
def one(runs: Path, tmp_path: Path) -> Path:
    """A directory of one ledger."""
    directory = tmp_path / "one"
    directory.mkdir()
    return Path(shutil.copy(min(runs.rglob("*.joule")), directory / "a.joule"))


def content(directory: Path) -> dict[str, bytes]:
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}


def outcomes(document: dict[str, Any]) -> list[str]:
    return [ledger["outcome"] for ledger in document["ledgers"]]


def test_what_is_pushed_and_pulled_is_the_same_and_moves_once(
    transfer: Callable[..., Any], store: Store, prefix: str, runs: Path, tmp_path: Path
) -> None:
    road = Road(store)
    dry, _ = transfer("push", runs, "STORE", "--dry-run")
    assert dry["dry_run"] and outcomes(dry) == ["transferred"] * 4
    assert store.objects(prefix) == {}
    document, said = transfer("push", runs, "STORE")
    assert outcomes(document) == ["transferred"] * 4 and said == ""
    there = store.objects(f"{prefix}/")
    assert sorted(there.values()) == sorted(content(runs).values())
    names = {f"{x['file']}/{x['blocks']:019}-{x['root']}.joule" for x in document["ledgers"]}
    assert set(there) == names
    document, _ = transfer("push", runs, "STORE", port=road.port)
    assert outcomes(document) == ["present"] * 4 and road.count("PUT") == 0
    dry, _ = transfer("pull", "STORE", tmp_path / "back", "--dry-run")
    assert outcomes(dry) == ["transferred"] * 4 and not (tmp_path / "back").exists()
    transfer("pull", "STORE", tmp_path / "back")
    assert content(tmp_path / "back") == content(runs)
    document, _ = transfer("pull", "STORE", tmp_path / "back", port=road.port)
    assert outcomes(document) == ["present"] * 4 and road.count("GET /bucket/tests") == 0


def test_a_longer_version_takes_the_place_of_a_shorter_one_and_never_the_other_way(
    joulebook: Command,
    transfer: Callable[..., Any],
    store: Store,
    prefix: str,
    one: Path,
    tmp_path: Path,
) -> None:
    short = one.read_bytes()
    transfer("push", one, "STORE")
    transfer("pull", "STORE", tmp_path / "back")
    joulebook("tag", one, "good")
    document, _ = transfer("push", one.parent, "STORE")
    assert outcomes(document) == ["transferred"] and document["ledgers"][0]["removed"] == 1
    assert list(store.objects(prefix).values()) == [one.read_bytes()]
    # The store has the longer one now.
    long = one.read_bytes()
    one.write_bytes(short)
    document, _ = transfer("push", one.parent, "STORE")
    assert outcomes(document) == ["longer"]
    assert list(store.objects(prefix).values()) == [long]
    transfer("pull", "STORE", tmp_path / "back")
    assert content(tmp_path / "back") == {"a.joule": long}
    # And now the directory has.
    joulebook("tag", tmp_path / "back/a.joule", "better")
    best = content(tmp_path / "back")
    document, _ = transfer("pull", "STORE", tmp_path / "back")
    assert outcomes(document) == ["longer"] and content(tmp_path / "back") == best


def test_forked_versions_are_kept_and_told_and_the_others_go_on(
    joulebook: Command,
    transfer: Callable[..., Any],
    store: Store,
    prefix: str,
    runs: Path,
    tmp_path: Path,
) -> None:
    other = Path(shutil.copytree(runs, tmp_path / "other"))
    name = min(content(runs))
    joulebook("tag", runs / name, "here")
    joulebook("tag", other / name, "elsewhere")
    transfer("push", runs / name, "STORE")
    before = content(other)
    document, said = transfer("push", other, "STORE", status=1)
    assert sorted(outcomes(document)) == ["forked"] + ["transferred"] * 3
    assert said.count("\n") == 1 and name in said and "both" not in outcomes(document)
    there = sorted(store.objects(prefix).values())
    assert there == sorted([*before.values(), (runs / name).read_bytes()])
    for directory in (runs, other):
        before = content(directory)
        document, said = transfer("pull", "STORE", directory, status=1)
        assert "forked" in outcomes(document) and name in said
        assert content(directory) == before
    assert sorted(store.objects(prefix).values()) == there


def test_a_ledger_that_is_being_written_goes_as_far_as_it_is_whole(
    joulebook: Command, transfer: Callable[..., Any], store: Store, prefix: str, tmp_path: Path
) -> None:
    run = subprocess.Popen(
        [command_path(), "run", "--project", "p", "--", "sleep", "60"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not (paths := list(tmp_path.rglob("*.joule"))) or paths[0].stat().st_size < 500:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        document, said = transfer("push", "joulebook", "STORE")
        assert document["ledgers"][0]["live"] and "still being written" in said
        transfer("pull", "STORE", "early")
        assert joulebook("verify", *(tmp_path / "early").rglob("*.joule"), status=1)
        time.sleep(1)
    finally:
        run.kill()
        run.wait()
    # Rows that only the ring of the killed writer holds are in the store's copy.
    before = content(tmp_path / "joulebook")
    assert any(name.endswith(".ring") for name in before)
    transfer("push", "joulebook", "STORE")
    assert content(tmp_path / "joulebook") == before
    assert len(store.objects(prefix)) == 1
    transfer("pull", "STORE", "late")
    (late,) = (tmp_path / "late").rglob("*.joule")
    told = [joulebook.json("run", "show", path, "--json") for path in (paths[0], late)]
    assert told[0]["totals"] == told[1]["totals"] and told[0]["epochs"] == told[1]["epochs"]
    # What it becomes when it is next opened begins with that copy.
    joulebook("tag", paths[0], "killed")
    document, _ = transfer("push", "joulebook", "STORE")
    assert outcomes(document) == ["transferred"] and document["ledgers"][0]["removed"] == 1
    transfer("pull", "STORE", "late")
    assert late.read_bytes() == paths[0].read_bytes()


def test_what_came_and_is_not_what_its_name_says_gets_no_name(
    transfer: Callable[..., Any], store: Store, prefix: str, runs: Path, tmp_path: Path
) -> None:
    transfer("push", runs, "STORE")
    spoilt = min(store.objects(prefix))
    whole = store.objects(prefix)[spoilt]
    key = f"{prefix}{spoilt}"
    for bad in (whole[:-70] + b"x" + whole[-69:], b"x" * len(whole), b"", whole + b"x"):
        store.s3.put_object(Bucket=BUCKET, Key=key, Body=bad)
        document, said = transfer("pull", "STORE", tmp_path / "back", status=1)
        assert outcomes(document).count("failed") == 1 and spoilt in said
        back = content(tmp_path / "back")
        assert len(back) == 3 and set(back.values()) < set(content(runs).values())


def test_what_is_asked_wrongly_is_one_clear_line(
    joulebook: Command, store: Store, one: Path, tmp_path: Path
) -> None:
    right = store.environment()
    for status, words, change, address in [
        (74, "no such bucket", {}, "s3://no-such-bucket/x"),
        (74, "credentials", {"AWS_SECRET_ACCESS_KEY": "wrong0secret"}, f"s3://{BUCKET}/x"),
        (74, "credentials", {"AWS_ACCESS_KEY_ID": "nobody"}, f"s3://{BUCKET}/x"),
        (64, "AWS_PROFILE", {"AWS_ACCESS_KEY_ID": "", "HOME": str(tmp_path)}, f"s3://{BUCKET}/x"),
        (64, "s3://", {}, "http://bucket/x"),
    ]:
        for arguments in (["push", one, address], ["pull", address, "new"]):
            result = joulebook(*arguments, status=status, env=right | change)
            assert result.stderr.count("\n") == 1 and words in result.stderr, result.stderr
            told = result.stdout + result.stderr
            assert store.secret not in told and "wrong0secret" not in told
    assert not (tmp_path / "new").exists()
    result = joulebook("pull", f"s3://{BUCKET}/nothing", "new", status=65, env=right)
    assert "no ledger is there" in result.stderr


def killed_at_random(
    joulebook: Command, store: Store, road: Road, chance: random.Random, *arguments: object
) -> int:
    """Runs a command and kills it at one of its requests; its status."""
    environment = {"PATH": "/usr/bin:/bin"} | store.environment(road.port)
    process = subprocess.Popen(
        [command_path(), *map(str, arguments)],
        cwd=joulebook.directory,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with road.lock:
        road.victim = (len(road.asked) + chance.randint(1, 14), process.pid)
    status = process.wait(timeout=120)
    with road.lock:
        road.victim = None
    return status


def test_killed_at_twenty_requests_on_a_bad_road_nothing_is_lost(
    joulebook: Command,
    transfer: Callable[..., Any],
    store: Store,
    prefix: str,
    runs: Path,
    tmp_path: Path,
) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    # One of three parts among small ones.
    configs = [{"lr": 0.1, "x": chance.randbytes(32_768).hex()} for _ in range(560)]
    many = [
        records.record(f"big-{n}", at=float(n), config=config, seed=0)
        for n, config in enumerate(configs)
    ]
    joulebook("import", "records", records.write(tmp_path / "b.jsonl", many), "--into", runs)
    assert max(map(len, content(runs).values())) > 16 << 20
    road = Road(store, seed, failing=0.05)
    address = f"s3://{BUCKET}/{prefix}"
    kills = 0
    for _ in range(20):
        kills += killed_at_random(joulebook, store, road, chance, "push", runs, address) == -9
    assert kills > 0
    transfer("push", runs, "STORE", port=road.port)
    assert sorted(store.objects(prefix).values()) == sorted(content(runs).values())
    assert store.uploads(prefix) == []
    kills = 0
    for number in range(20):
        # From time to time somebody else begins, so that there is something to receive.
        back = tmp_path / f"back-{number // 4}"
        kills += killed_at_random(joulebook, store, road, chance, "pull", address, back) == -9
        for path, bytes_ in content(back).items():
            # What has a name is whole.
            assert path.endswith(".part") or content(runs)[path] == bytes_
    assert kills > 0
    for number in range(5):
        transfer("pull", "STORE", tmp_path / f"back-{number}", port=road.port)
        assert content(tmp_path / f"back-{number}") == content(runs)
