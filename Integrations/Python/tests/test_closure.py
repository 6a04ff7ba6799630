"""A run records which files of the program it imported, as they were when they were imported."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

import joulebook
from conftest import Script, schema, shown
from joulebook import _identities
from joulebook._closure import Closure, hash_of
from joulebook._identities import identities
from joulebook._normal import normalised
from joulebook._project import Project

RUN = """
import joulebook
with joulebook.start("p", quiet=True) as run:
    {body}
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "cache"))
    (tmp_path / ".git").mkdir()
    return tmp_path / "cache" / "joulebook" / _identities.CACHE_NAME


def closure(script: Script, tmp_path: Path, source: str, **environment: str) -> dict[str, Any]:
    """What a program records; its ledger is removed."""
    script(source, **environment)
    code: dict[str, Any] = shown(tmp_path / "joulebook").get("code") or {}
    for path in (tmp_path / "joulebook").rglob("*.joule"):
        path.unlink()
    return code


def found(entry: str | None, notebook: str | None) -> dict[str, Any]:
    watch = Closure(entry, notebook)
    watch.end()
    return watch.finish()


def test_files_of_the_project_count_and_others_do_not(script: Script, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("from . import part\n")
    (tmp_path / "pkg" / "part.py").write_text("import json, numpy\n")
    (tmp_path / "unused.py").write_text("")
    (tmp_path / "broken.txt").write_text("")
    found = closure(script, tmp_path, "import pkg\n" + RUN.format(body="pass"))["closure"]
    names = ["pkg/__init__.py", "pkg/part.py", "train.py"]
    files = {name: normalised((tmp_path / name).read_bytes()) for name in names}
    content = b"".join(f"{name}\0{files[name]}\n".encode() for name in names)
    expected = "sha256:" + hashlib.sha256(content).hexdigest()
    assert found == {"sha256": expected, "start": expected, "files": 3, "late": {}}
    record = schema("run-record")
    jsonschema.validate(found, {**record["$defs"]["closure"], "$defs": record["$defs"]})


def test_a_file_behind_links_has_the_name_of_its_place(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").symlink_to("a")
    (tmp_path / "two").symlink_to("one/b")
    project = Project(os.fspath(tmp_path / "train.py"))
    for place in ("a/b", "one/b", "two", "a/../two", "one/../a/b"):
        module = ModuleType("m")
        module.__file__ = os.path.join(tmp_path, place, "m.py")
        assert list(project.files([("m", module)])) == ["a/b/m.py"]
    module.__file__ = os.path.join(tmp_path, "site-packages", "m.py")
    assert project.files([("m", module)]) == {}


@pytest.mark.parametrize("place", ["deps", "../deps"])
def test_what_was_installed_into_a_folder_is_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    module = ModuleType("m")
    module.__file__ = os.path.normpath(root / place / "m" / "__init__.py")
    Path(module.__file__).parent.mkdir(parents=True)
    monkeypatch.syspath_prepend(os.fspath(root / place))
    monkeypatch.setenv("TMPDIR", "/nonexistent")

    def files() -> list[str]:
        # Made by an importer, as `_is_generated` asks.
        module.__spec__ = ModuleSpec("m", None)
        return list(Project(os.fspath(root / "train.py")).files([("m", module)]))

    assert files() == ["deps/m/__init__.py" if place == "deps" else "+m"]
    (root / place / "m-1.0.dist-info").mkdir()
    assert files() == []
    # A project that was installed into its own folder stays one.
    (root / "m-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(os.fspath(root))
    module.__file__ = os.fspath(root / "part.py")
    assert files() == ["part.py"]


@pytest.mark.parametrize("on_duplicate", ["warn", "ignore"])
def test_late_imports_are_told_apart(script: Script, tmp_path: Path, on_duplicate: str) -> None:
    (tmp_path / "late.py").write_text("x = 1  # one\n")
    source = RUN.format(body="import late")
    source = source.replace("quiet", f"on_duplicate='{on_duplicate}', quiet")
    found = closure(script, tmp_path, source)["closure"]
    assert list(found["late"]) == ["late.py"]
    assert found["sha256"] != found["start"] and found["files"] == 2
    start = hash_of({"train.py": str(normalised((tmp_path / "train.py").read_bytes()))})
    assert found["start"] == start


def test_files_that_nobody_waits_for_are_read_after_the_start(
    script: Script, tmp_path: Path
) -> None:
    source = """
    import time, joulebook
    run = joulebook.start("p", quiet=True, on_duplicate="ignore")
    assert run._closure.started(0.2) is None
    {body}
    run.finish()
    """
    at_end = closure(script, tmp_path, source.format(body="pass"))["closure"]
    assert at_end["start"] == at_end["sha256"] and at_end["files"] == 1
    waits = "assert run._closure.started(60) and open(__file__, 'a').write('1')"
    assert "closure" in closure(script, tmp_path, source.format(body=waits))


def test_only_what_is_done_makes_another_closure(script: Script, tmp_path: Path) -> None:
    module = tmp_path / "model.py"
    source = "import model\n" + RUN.format(body="pass")
    seen = []
    for text in ("def f():\n    return 1", "# a\ndef f():\n  '''b'''\n  return (1)", "f = 2"):
        module.write_text(text)
        seen.append(closure(script, tmp_path, source)["closure"]["sha256"])
    assert seen[0] == seen[1] != seen[2]


def test_a_file_that_is_edited_while_the_run_goes_on_counts_as_it_was(
    script: Script, tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_text("x = 1")
    body = "pass"
    source = "import model\n" + RUN.format(body=body)
    before = closure(script, tmp_path, source)["closure"]["start"]
    # The file of a later import is read when it is seen, and then edited, too.
    (tmp_path / "late.py").write_text("y = 1")
    body = """import late, time
    while "late.py" not in run._closure._identities: time.sleep(0.01)
    for name in ("model", "late"): open(name + ".py", "w").write("x = 2")"""
    source = "import model\n" + RUN.format(body=body)
    found = closure(script, tmp_path, source)["closure"]
    assert found["start"] == hash_of(
        {"train.py": str(normalised(source.encode())), "model.py": str(normalised(b"x = 1"))}
    )
    assert found["late"] == {"late.py": normalised(b"y = 1")}
    assert before != found["start"]


def test_a_file_that_was_edited_before_it_was_read_is_not_taken_for_what_ran(
    script: Script, tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_text("x = 1")
    edit = "import model, time; time.sleep(0.05); open('model.py', 'w').write('x = 2 # longer')\n"
    code = closure(script, tmp_path, edit + RUN.format(body="pass"))
    assert code["closure_absent"] == "model.py was changed after the program had begun"
    assert "closure" not in code
    # What is made by the program and then imported is what its compiled file says.
    make = "open('made.py', 'w').write('x = 3')\nimport time; time.sleep(0.05)\nimport made\n"
    made = closure(script, tmp_path, make + RUN.format(body="pass"), PYTHONDONTWRITEBYTECODE="")
    assert made["closure"]["files"] == 2


def test_what_is_no_program_is_known_by_its_bytes_and_told(script: Script, tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("x = '" + "a" * (2 << 20) + "'")
    found = closure(script, tmp_path, "import large\n" + RUN.format(body="pass"))["closure"]
    assert found["by_bytes"] == 1 and found["files"] == 2


@pytest.mark.parametrize("off", ["code", "closure"])
def test_it_is_switched_off_like_its_neighbours(script: Script, tmp_path: Path, off: str) -> None:
    source = RUN.format(body="assert run._closure is None")
    assert "closure" not in closure(script, tmp_path, source, JOULEBOOK_CAPTURE=f"-{off}")
    capture = source.replace("quiet", f"capture={{'{off}': False}}, quiet")
    assert "closure" not in closure(script, tmp_path, capture)


def test_the_thread_imports_nothing(script: Script) -> None:
    # A child that is forked while a thread imports may wait for ever; an import may also make
    # the interpreter forget that it was interrupted.
    script(
        """
        import sys
        from joulebook._closure import Closure
        before = set(sys.modules)
        watch = Closure(__file__, None)
        watch.end()
        assert watch.finish()["closure"]["files"] == 1
        assert set(sys.modules) == before
        assert not before & {"subprocess", "hashlib", "threading"}
        """
    )


def test_children_may_be_forked_at_any_moment(script: Script) -> None:
    script(
        """
        import os, time
        from joulebook._closure import Closure
        for number in range(40):
            watch = Closure(__file__, None)
            time.sleep(number / 2000)
            child = os.fork()
            if child == 0:
                again = Closure(__file__, None)
                again.end()
                os._exit(again.finish()["closure"]["files"])
            assert os.waitpid(child, 0)[1] == 1 << 8
            watch.end()
            watch.finish()
        """,
        XDG_CACHE_HOME="/nowhere",
    )


def test_a_program_without_a_file_says_so() -> None:
    assert found(None, None) == {"closure_absent": "the program has no file"}


def test_a_notebook_is_known_by_its_cells() -> None:
    closure = found("folder/a.ipynb", "sha256:cells")["closure"]
    assert closure["files"] >= 1 and closure["by_bytes"] >= 1


def test_a_program_that_ends_by_itself_has_it_too(script: Script, tmp_path: Path) -> None:
    source = "import joulebook\nrun = joulebook.start('p', quiet=True)\n"
    assert closure(script, tmp_path, source)["closure"]["files"] == 1


SLOW = """
import time, joulebook
from joulebook import _closure, _identities
parsed = _identities._parsed
_identities._parsed = lambda texts: time.sleep(1.5) or parsed(texts)
_closure.WAIT_S = {wait}
run = joulebook.start("p", quiet=True)
run.finish()
print(time.time())
"""


@pytest.mark.alone
def test_what_the_hashes_take_at_the_end_is_not_the_run_s(script: Script, tmp_path: Path) -> None:
    finished = float(script(SLOW.format(wait=60)).stdout)
    document = shown(tmp_path / "joulebook")
    assert "closure" in document["code"]
    assert finished - document["ended"] > 0.5


def test_an_end_that_does_not_wait_says_so(script: Script, tmp_path: Path) -> None:
    script(SLOW.format(wait=0.01))
    code = shown(tmp_path / "joulebook")["code"]
    assert code["closure_absent"] == "the run ended before it was found out"
    assert "closure" not in code


def test_more_late_files_than_are_kept_are_counted(script: Script, tmp_path: Path) -> None:
    for number in range(257):
        (tmp_path / f"m{number}.py").write_text(f"x = {number}")
    body = "for n in range(257): __import__(f'm{n}')"
    found = closure(script, tmp_path, RUN.format(body=body))["closure"]
    assert found["late_absent"] == "257 files were imported after the start"
    assert "late" not in found and found["files"] == 258


# The cache


def digests(*texts: bytes) -> dict[str, bytes]:
    return {hashlib.sha256(text).hexdigest(): text for text in texts}


def test_a_cached_identity_is_that_of_parsing(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = digests(b"x = 1", b"y = (", b"z = 2 # z")
    first = identities(sources)
    assert sorted(first.values()) == sorted(
        normalised(text) or f"sha256:{digest}" for digest, text in sources.items()
    )
    lines = own_cache.read_text().splitlines()
    assert len(lines) == 2
    assert own_cache.stat().st_mode & 0o077 == 0
    # Only what is not in the cache is parsed.
    asked: list[bytes] = []
    parsed = _identities._parsed
    monkeypatch.setattr(_identities, "_parsed", lambda texts: asked.extend(texts) or parsed(texts))
    assert identities(sources) == first and asked == [b"y = ("]


def test_a_spoilt_cache_is_no_source_of_identities(own_cache: Path) -> None:
    sources = digests(b"x = 1", b"y = 2")
    expected = identities(sources)
    text = own_cache.read_text()
    spoilt = [
        text[:-40],
        text.replace("a", "b"),
        text[:70] + "0" * 64 + text[134:],
        "\0\n" + "é" * 500 + text,
        "x" * (_identities.CACHE_SIZE_MAX + 10),
        text.replace(" ", "  "),
    ]
    for content in spoilt:
        own_cache.write_text(content)
        assert identities(sources) == expected
    own_cache.unlink()
    own_cache.mkdir()
    assert identities(sources) == expected


def test_the_cache_is_bounded_and_holds_what_came_last(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_identities, "CACHE_SIZE_MAX", 1000)
    for number in range(20):
        sources = digests(b"x = %d" % number)
        identities(sources)
        assert own_cache.stat().st_size <= 1000
        assert next(iter(sources)) in own_cache.read_text()


def test_users_at_once_lose_nothing_of_each_other(own_cache: Path) -> None:
    def work(worker: int) -> None:
        for number in range(5):
            identities(digests(b"x = %d" % number, b"w = %d" % worker))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = [digests(b"w = %d" % worker) for worker in range(4)]
    known = _identities._read(os.fspath(own_cache), {key for one in wanted for key in one})
    assert all(known[key] == normalised(text) for one in wanted for key, text in one.items())


def test_a_program_that_embeds_python_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (digest,) = digests(b"x = 1")
    assert identities(digests(b"x = 1")) == {digest: f"sha256:{digest}"}


# The record


def test_the_fields_survive_import_and_export(tmp_path: Path, script: Script) -> None:
    record = {
        "run_id": "r1",
        "status": "finished",
        "code": {"entry": "a.py", "closure": {"sha256": "sha256:1", "late": {"token.py": "x"}}},
        "data": {"fingerprint": "sha256-sampled:1", "sampled": {"bytes": 5, "of_bytes": 9}},
        "config": {"lr": 1, "seed": 2},
        "config_unread": ["seed"],
    }
    (tmp_path / "records.jsonl").write_text(json.dumps(record))
    command = "import joulebook._command as c, sys; sys.exit(c.main())\n"
    into = os.fspath(tmp_path / "runs")
    script(command, "import", "records", os.fspath(tmp_path / "records.jsonl"), "--into", into)

    def check(folder: Path) -> None:
        document = joulebook.show(folder)
        document = document.get("runs", [document])[0] if "code" not in document else document
        for name in ("code", "data", "config_unread"):
            assert document[name] == record[name]

    (ledger,) = Path(into).rglob("*.joule")
    check(ledger)
    script(command, "redact", os.fspath(ledger), "--path", "config.lr", "-o", "clean.joule")
    check(tmp_path / "clean.joule")
    script(command, "pack", into, "-o", "all.joule")
    check(tmp_path / "all.joule")
