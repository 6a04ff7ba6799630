"""Ledgers behind URLs are what they would be in a directory, whatever they are called."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tabled import metered

from conftest import clean_environment
from joulebook import _object_files, _objects
from joulebook._load import native
from joulebook._query import checked

BUCKET = "bucket"
Put = Callable[..., str]


@pytest.fixture
def put(store: Any, request: pytest.FixtureRequest) -> Put:
    """Puts objects below a prefix of the test's own; the URL of that."""

    def put_all(objects: dict[str, bytes]) -> str:
        for name, content in objects.items():
            store.s3.put_object(Bucket=BUCKET, Key=f"{request.node.name}/{name}", Body=content)
        return f"s3a://{BUCKET}/{request.node.name}"

    return put_all


def names(objects: dict[str, _objects.Object], below: str) -> dict[str, str]:
    return {name: one.url.removeprefix(below + "/") for name, one in objects.items()}


def test_files_have_numbers_whatever_objects_are_called(put: Put, storage: dict[str, Any]) -> None:
    odd = ["../up.joule", "a//b.joule", "é'# ?.joule", "x" * 900 + ".joule", "[a]*.joule"]
    left = ["notes.txt", "a.joule.part", ".claims/c.joule", "d.joule/"]
    url = put({name: name.encode() for name in [*odd, *left]})
    objects, is_single = _objects.listed([url], storage)
    assert not is_single and names(objects, url) == {
        f"{number:09}.joule": name for number, name in enumerate(sorted(odd))
    }
    with _object_files.local(objects, storage) as files:
        files.fetch(objects)
        found = {name: Path(files.path(name)).read_text() for name in objects}
        assert found == names(objects, url)
        assert sorted(os.listdir(files.folder)) == sorted(objects)
        text = f"{files.path('000000000.joule')}#m: bad; {files.path('7.joule')}"
        told = files.told(text)
    assert told == f"{url}/{min(odd)}#m: bad; {files.folder}/7.joule"
    assert not Path(files.folder).exists()


def test_no_name_leads_out_of_the_folder() -> None:
    urls = ["s3://b/../../up.joule", "s3://b//etc/a.joule", "s3://b/..joule", "s3://b/a/.joule"]
    for ending in (".1.joule", ".joule.ring"):
        urls += [url.replace(".joule", ending) for url in urls[:4]]
    found = {url: _objects.Object(url, url, url, 0) for url in urls}
    local = dict(_objects._local_names(found))
    assert len(local) == len(found)
    assert all(re.fullmatch(r"[0-9]{9}(\.1)?\.joule(\.ring)?", name) for name in local)


def test_segments_and_rings_lie_beside_their_ledger(put: Put, storage: dict[str, Any]) -> None:
    whole = ["a.1.joule", "a.joule", "a.joule.ring", "a.b.joule", "b.1.joule"]
    url = put(dict.fromkeys(whole, b""))
    objects, _ = _objects.listed([url], storage)
    assert names(objects, url) == {
        "000000000.joule": "a.b.joule",
        "000000001.1.joule": "a.1.joule",
        "000000001.joule": "a.joule",
        "000000001.joule.ring": "a.joule.ring",
        "000000002.joule": "b.1.joule",
    }


def test_objects_prefixes_and_patterns_are_found_and_nothing_is_an_error(
    put: Put, storage: dict[str, Any]
) -> None:
    url = put({"a/1.joule": b"", "a/2.joule": b"", "b/3.joule": b"", "b/note": b""})

    def found(*asked: str) -> tuple[list[str], bool]:
        objects, is_single = _objects.listed([f"{url}/{one}" for one in asked], storage)
        return sorted(names(objects, url).values()), is_single

    assert found("a/") == (["a/1.joule", "a/2.joule"], False)
    assert found("a/2.joule") == (["a/2.joule"], True)
    assert found("b/note") == (["b/note"], True)
    assert found("*/*.joule", "b") == (["a/1.joule", "a/2.joule", "b/3.joule"], False)
    assert found("?") == (["a/1.joule", "a/2.joule", "b/3.joule"], False)
    for nothing in (f"{url}/c", f"{url}/c*", "s3://no-such-bucket/x"):
        with pytest.raises(FileNotFoundError, match="there is no such ledger") as raised:
            _objects.listed([nothing], storage)
        assert str(raised.value).startswith(f"{nothing}: ")


def test_a_store_that_refuses_is_one_line_without_secrets(
    put: Put, storage: dict[str, Any], store: Any
) -> None:
    url = put({"a.joule": b""})
    for change in (
        {"secret": "wrong0secret"},
        {"key": "nobody0here"},
        {"endpoint_url": "http://127.0.0.1:1"},
        {"colour": "blue-green"},
    ):
        with pytest.raises(OSError, match="storage_options") as raised:
            _objects.listed([url], storage | change)
        told = str(raised.value)
        assert told.startswith(f"{url}: cannot be read there (") and "\n" not in told
        assert store.secret not in told and "wrong0secret" not in told and store.key not in told
    for place in ("https://me:password@127.0.0.1:1/a.joule?signature=1", "nothing://me@there/a"):
        with pytest.raises(OSError, match=r"127.0.0.1:1/a\.joule: |there/a: ") as raised:
            _objects.listed([place], {})
        assert "password" not in str(raised.value) and "signature" not in str(raised.value)


def test_the_environment_says_who_asks_and_where(
    put: Put, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = put({"a.joule": b""})
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    assert len(_objects.listed([url], {})[0]) == 1


def test_what_is_gone_has_no_file_and_what_is_refused_is_an_error(
    put: Put, storage: dict[str, Any], store: Any
) -> None:
    url = put({"a.joule": b"a", "b.joule": b"b"})
    objects, _ = _objects.listed([url], storage)
    store.s3.delete_object(Bucket=BUCKET, Key=objects["000000000.joule"].path.partition("/")[2])
    with _object_files.local(objects, storage) as files:
        files.fetch(objects)
        assert os.listdir(files.folder) == ["000000001.joule"]
    wrong = storage | {"secret": "wrong0secret"}
    with (
        _object_files.local(objects, wrong) as files,
        pytest.raises(OSError, match=r"/[ab]\.joule: "),
    ):
        files.fetch(objects)
    assert not Path(files.folder).exists()


def test_cut_answers_and_failing_requests_cost_no_byte(
    put: Put, storage: dict[str, Any], store: Any
) -> None:
    from object_store import Road

    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    content = random.Random(seed).randbytes(3 << 20)
    url = put({f"{number}.joule": content[number:] for number in range(12)})
    road = Road(store, seed, failing=0.1)
    through = storage | {"endpoint_url": f"http://127.0.0.1:{road.port}"}
    objects, _ = _objects.listed([url], through)
    with _object_files.local(objects, through) as files:
        files.fetch(objects)
        found = {Path(files.path(name)).read_bytes() for name in objects}
    assert found == {content[number:] for number in range(12)}


def test_a_plan_needs_the_ends_of_a_large_ledger_and_more_where_they_do_not_tell(
    put: Put, storage: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = metered(2000).bytes
    assert len(whole) > 400_000
    for name, size in (("WHOLE", 128 << 10), ("FIRST", 16 << 10), ("LAST", 64 << 10)):
        monkeypatch.setattr(_object_files, f"_{name}_BYTES", size)
    spoilt = bytearray(whole)
    spoilt[-100] ^= 255
    contents = {"a.joule": whole, "b.joule": whole[:-64], "c.joule": bytes(spoilt)}
    fetched: list[str] = []
    fetch = _object_files.Local._fetch

    def noted(self: _object_files.Local, name: str) -> None:
        fetched.append(name)
        fetch(self, name)

    monkeypatch.setattr(_object_files.Local, "_fetch", noted)
    for name, content in contents.items():
        folder = tmp_path / name.removesuffix(".joule")
        folder.mkdir()
        (folder / "000000000.joule").write_bytes(content)
        expected = planned(folder)
        objects, _ = _objects.listed([put({name: content}) + "/" + name], storage)
        with _object_files.local(objects, storage) as files:
            plan = _object_files.planned(files, lambda files=files: planned(Path(files.folder)))
            used = os.stat(files.path("000000000.joule")).st_blocks * 512
        assert len(fetched) == (name != "a.joule")
        assert (used < 200_000) == (name == "a.joule")
        assert plan["columns"] == expected["columns"] and plan["metrics"] == expected["metrics"]
        assert len(plan["portions"]) == len(expected["portions"])
        for one, other in zip(plan["portions"], expected["portions"], strict=True):
            assert other == one | {"path": other["path"], "group": other["group"]}
        assert len(plan["problems"]) == len(expected["problems"])
        fetched.clear()


def planned(folder: Path) -> dict[str, Any]:
    asked = json.dumps({"table": "telemetry", "bytes": 100_000})
    plan: dict[str, Any] = json.loads(checked(native.plan(json.dumps([str(folder)]), asked)))
    return plan


def test_a_killed_reader_leaves_nothing_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = """
        from joulebook import _object_files

        with _object_files.local({"1.joule": None}, {}) as files:
            print(files.folder, flush=True)
            input()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(TMPDIR=str(tmp_path)),
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    long_ago = time.time() - 3600
    os.utime(folder, (long_ago, long_ago))
    none: dict[str, Any] = {"1.joule": None}
    with _object_files.local(none, {}):
        assert folder.exists()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with _object_files.local(none, {}):
        assert not folder.exists()
    assert os.listdir(tmp_path) == []
