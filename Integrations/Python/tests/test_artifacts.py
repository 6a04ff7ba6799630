"""Artifacts and notes of a run, those that it is given and those that it keeps by itself."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import joulebook
import joulebook.reader
from conftest import Script, clean_environment, ledgers, shown, the_ledger

KILLS = int(os.environ.get("JOULEBOOK_KILLS", "200")) // 10
BIG = random.Random(5).randbytes(3_000_000)


def command(*words: object, status: int = 0) -> bytes:
    """What the command writes."""
    line = [sys.executable, "-m", "joulebook", *map(str, words)]
    result = subprocess.run(line, capture_output=True, env=clean_environment(), timeout=120)
    assert result.returncode == status, result.stderr.decode()
    return result.stdout


def listed(directory: Path) -> dict[str, Any]:
    """The attachments of the only ledger, by name."""
    return {each["name"]: each for each in shown(directory)["attachments"]}


def started(directory: Path, **options: Any) -> joulebook.Run:
    """A run that keeps nothing by itself."""
    capture = {"code": False, "packages": False} | options.pop("capture", {})
    return joulebook.start("p", dir=directory, on_duplicate="ignore", capture=capture, **options)


def test_what_is_attached_comes_back_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(BIG)
    with started(tmp_path) as run:
        run.attach("data", b"\x00\xff", media_type="application/x")
        run.attach("view", memoryview(bytearray(b"view")))
        run.attach("text", "täxt\n")
        run.attach("empty", b"")
        run.attach("file.bin")
        run.attach(tmp_path / "file.bin")
        run.attach("renamed", tmp_path / "file.bin")
        for epoch in run.epochs(3):
            epoch.log(loss=1.0)
        assert run.warnings == []
    wanted = {
        "data": b"\x00\xff", "view": b"view", "text": "täxt\n".encode(), "empty": b"",
        "file.bin": BIG, "renamed": BIG,
    }  # fmt: skip
    found = listed(tmp_path)
    assert set(found) == set(wanted)
    for name, content in wanted.items():
        assert command("show", the_ledger(tmp_path), "--attachment", name) == content
        assert found[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert found[name]["size"] == len(content) and found[name]["complete"]
    assert found["data"]["media_type"] == "application/x"
    assert the_ledger(tmp_path).stat().st_size < len(BIG) + 16_384, "equal bytes are stored once"
    page = command("show", the_ledger(tmp_path)).decode()
    assert "renamed" in page and found["renamed"]["sha256"][:12] in page
    command("show", the_ledger(tmp_path), "--attachment", "nothing", status=65)
    command("show", the_ledger(tmp_path), "--attachment", "data", "--json", status=64)
    read = joulebook.reader.read(the_ledger(tmp_path))
    assert read.problems == []
    assert {each["name"]: each["sha256"] for each in read.attachments} == {
        name: each["sha256"] for name, each in found.items()
    }


def test_the_last_of_one_name_is_meant(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        run.attach("best", b"first")
        run.attach("best", b"second")
    assert command("show", the_ledger(tmp_path), "--attachment", "best") == b"second"
    assert [each["name"] for each in shown(tmp_path)["attachments"]] == ["best", "best"]


def test_what_cannot_be_kept_is_a_warning_and_training_goes_on(tmp_path: Path) -> None:
    with open(tmp_path / "huge", "wb") as huge:
        huge.truncate((64 << 20) + 1)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "closed").write_text("x")
    (tmp_path / "closed").chmod(0)
    reasons = {
        "nowhere": "No such file", ".": "a directory", "huge": "larger than 64 MiB",
        "pipe": "no regular file",
    }  # fmt: skip
    if os.geteuid() != 0:
        reasons["closed"] = "Permission denied"
    with started(tmp_path / "runs") as run:
        for path in reasons:
            run.attach(path)
        run.attach("bytes", bytes((64 << 20) + 1))
        run.attach("n" * 1025, b"")
        run.note("n" * 65_537)
        for epoch in run.epochs(2):
            epoch.log(loss=1.0)
        warnings = run.warnings
    for path, reason in reasons.items():
        assert any(path in each and reason in each for each in warnings), warnings
    assert len(warnings) == len(reasons) + 4
    assert warnings[-1].startswith("3 artifacts were refused")
    document = shown(tmp_path / "runs")
    assert document["attachments"] == [] and document["totals"]["epochs"] == 2
    assert document["drops"] == {"attachments": {"refused": 3}}
    assert "attachments" in command("show", the_ledger(tmp_path / "runs")).decode()


def test_arguments_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        for name, data in ((3, b""), (b"bytes", b""), ("name", 3), ("name", [b""])):
            with pytest.raises(TypeError):
                run.attach(name, data)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="name"):
            run.attach("", b"")


def test_after_the_end_and_in_a_forked_child_nothing_is_kept(tmp_path: Path) -> None:
    run = started(tmp_path)
    child = os.fork()
    if child == 0:
        run.attach("child", b"1")
        run.note("child")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    run.finish()
    run.attach("late", b"1")
    run.note("late")
    assert shown(tmp_path)["attachments"] == [] and "notes" not in shown(tmp_path)
    assert any("after the end" in each for each in run.warnings)


def test_notes_and_tags_while_the_run_goes_on(tmp_path: Path) -> None:
    with started(tmp_path, tags=["first"]) as run:
        run.tag("second", "first")
        run.note("loss jumps")
        run.tag("third")
        run.note("password=hunter2secret")
    document = shown(tmp_path)
    assert document["tags"] == ["first", "second", "third"]
    assert [note["text"] for note in document["notes"]] == ["loss jumps", "password=[redacted]"]
    assert all(document["started"] <= note["at"] <= time.time() for note in document["notes"])
    command("tag", the_ledger(tmp_path), "fourth")
    command("note", the_ledger(tmp_path), "afterwards")
    command("tag", the_ledger(tmp_path), "second", "first", "--remove")
    command("tag", the_ledger(tmp_path), "second", "--remove")
    document = shown(tmp_path)
    assert document["tags"] == ["third", "fourth"]
    assert [note["text"] for note in document["notes"]][2:] == ["afterwards"]


def test_what_is_installed_is_listed(tmp_path: Path) -> None:
    with started(tmp_path, capture={"packages": True}):
        pass
    lines = command("show", the_ledger(tmp_path), "--attachment", "packages.txt").decode()
    installed: dict[str, str] = {}
    for each in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower()
        installed.setdefault(name, each.version)
    assert lines.splitlines() == [f"{name}=={installed[name]}" for name in sorted(installed)]
    assert listed(tmp_path)["packages.txt"]["media_type"] == "text/plain"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clean repository, of whose configuration nothing must be used."""

    def git(*words: str) -> None:
        line = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e", *words]
        subprocess.run(line, check=True, capture_output=True)

    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "train.py").write_text("lr = 1\n" * 20)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    git("add", "train.py")
    git("commit", "-q", "-m", "one")
    git("config", "diff.noprefix", "true")
    git("config", "diff.external", "false")
    git("config", "color.ui", "always")
    return folder


TRAIN = """
    import os, sys
    import joulebook
    os.chdir(sys.argv[1])
    with joulebook.start("p", dir="joulebook", on_duplicate="ignore", quiet=True) as run:
        pass
    assert run.warnings == [], run.warnings
"""


def test_the_tree_is_that_of_where_the_program_started(script: Script, repository: Path) -> None:
    # Nobody waits for git here, and it looks when the program has gone elsewhere.
    source = TRAIN.replace("        pass\n", "        os.chdir('/')\n")
    assert source != TRAIN
    script(source, str(repository))
    code = shown(repository)["code"]
    assert len(code["commit"]) == 40 and code["dirty"] is False


def test_changes_of_the_source_tree_are_kept(script: Script, repository: Path) -> None:
    script(TRAIN, str(repository))
    assert "code.diff" not in listed(repository), "the tree is clean"
    (path,) = ledgers(repository)
    path.unlink()
    (repository / "train.py").write_text("lr = 1\n" * 19 + "lr = 2\n")
    script(TRAIN, str(repository))
    found = listed(repository)["code.diff"]
    assert shown(repository)["code"]["diff"] == "sha256:" + found["sha256"]
    diff = command("show", the_ledger(repository), "--attachment", "code.diff")
    assert b"\n-lr = 1\n+lr = 2\n" in diff and b"joulebook" not in diff
    # What was kept gives the tree back from its commit.
    undo = ["git", "-C", str(repository), "apply", "--reverse", "-"]
    subprocess.run(undo, input=diff, check=True)
    assert (repository / "train.py").read_text() == "lr = 1\n" * 20
    the_ledger(repository).unlink()
    (repository / "train.py").write_text("api_key = 'sk-0123456789abcdef'\n" + "lr = 1\n" * 20)
    script(TRAIN, str(repository))
    diff = command("show", the_ledger(repository), "--attachment", "code.diff")
    assert b"+api_key = '[redacted]'" in diff
    for word in ("-diff", "-code", "none"):
        the_ledger(repository).unlink()
        script(TRAIN, str(repository), JOULEBOOK_CAPTURE=word)
        assert "code.diff" not in listed(repository)
    the_ledger(repository).unlink()
    (repository / "train.py").write_text("".join(f"lr = {n}\n" for n in range(200_000)))
    script(TRAIN, str(repository))
    assert "code.diff" not in listed(repository)
    assert "more than" in shown(repository)["code"]["diff_absent"]


def test_an_attachment_is_redacted_with_all_that_tells_of_it(
    script: Script, tmp_path: Path
) -> None:
    secret = b"nobody must know 12345"
    with started(tmp_path / "runs") as run:
        run.attach("secret", secret)
        run.attach("copy", secret)
        run.attach("kept", b"kept")
    ledger, clean = the_ledger(tmp_path / "runs"), tmp_path / "clean.joule"
    command("redact", ledger, "-o", clean, status=64)
    command("redact", ledger, "--attachment", "none", "-o", clean, status=65)
    told = command("redact", ledger, "--attachment", "secret", "-o", clean).decode()
    assert "attachment secret\n" in told and "attachment copy\n" in told
    assert secret not in clean.read_bytes()
    document = joulebook.show(clean)
    assert [each["name"] for each in document["attachments"]] == ["kept"]
    salt = bytes.fromhex(re.findall(r"salt +([0-9a-f]{32})", told)[0])
    text = f'"{hashlib.sha256(secret).hexdigest()}"'.encode()
    removed = document["redacted_from"]["removed"]
    assert [each["path"] for each in removed] == ["/attachments/secret", "/attachments/copy"]
    assert {each["sha256"] for each in removed} == {hashlib.sha256(salt + text).hexdigest()}
    command("verify", clean, status=1)


def test_a_kill_between_parts_leaves_an_attachment_incomplete_and_nothing_damaged(
    tmp_path: Path,
) -> None:
    random.seed(11)
    states = set()
    for number in range(max(KILLS, 5)):
        folder = tmp_path / f"kill{number}"
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                run = started(folder)
                os.write(writer, b".")
                for count in range(1000):
                    run.attach(f"part{count}", BIG[count:])
                    for epoch in run.epochs(1):
                        epoch.log(loss=float(count))
                    time.sleep(0.002)
            finally:
                os._exit(1)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        time.sleep(random.uniform(0.0, 0.2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        document = shown(folder)
        assert document["integrity"]["state"] == "torn"
        assert joulebook.reader.read(the_ledger(folder)).problems == []
        for place, each in enumerate(document["attachments"]):
            states.add(each["complete"])
            assert each["name"] == f"part{place}"
            assert each["sha256"] == hashlib.sha256(BIG[place:]).hexdigest()
        assert all(each["complete"] for each in document["attachments"][:-1])
        command("verify", the_ledger(folder), status=1)
    assert True in states
