"""`joulebook import wandb` gives the numbers that W&B's own library wrote while it was offline."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from histories import FIXTURES, bits, bring, courses, import_file

# Three rows of history with a configuration, written by W&B 0.31; its host's facts are left out.
RUN = FIXTURES / "run-jqun7ba8.wandb"
PROGRAM = """
import math, wandb
for name, rate, runs in (("a", 0.1, 2), ("b", 0.2, 1)):
    for _ in range(runs):
        run = wandb.init(project="digits", name=name, tags=["x"], notes="n", group="g",
                         config={"lr": rate, "seed": 7, "optimizer": {"name": "sgd"}})
        for step in range(400):
            run.log({"loss": rate / (step + 3), "epoch": step // 100, "text": "no number",
                     "nested": {"deep": {"value": step / 7}}})
        run.log({"odd": math.nan}, step=500)
        run.log({"odd": -math.inf}, step=501)
        run.log({"odd": 5e-324}, step=502)
        run.config.update({"late": [1, 2.5, None]})
        run.summary["best"] = 0.5
        run.finish()
run = wandb.init(project="digits", name="failed")
run.log({"loss": 1})
run.finish(exit_code=3)
"""


def write(folder: Path, program: str, *arguments: str) -> None:
    """Runs a program of W&B that is offline."""
    environment = {"HOME": str(folder), "WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"} | environment,
        check=True,
        capture_output=True,
        timeout=110,
    )


def test_what_wandb_writes(joulebook: Command, tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="W&B is not installed")
    write(tmp_path, PROGRAM)
    documents = bring(joulebook, "wandb", "wandb")
    found = courses(joulebook)
    assert len(documents) == 4
    names: dict[str, list[str]] = {}
    for document in documents:
        name, course = document["wandb"]["name"], found[document["run_id"]]
        names.setdefault(name, []).append(document["run_id"])
        assert document["project"] == "digits" and document["run_id"].endswith("@digits")
        assert document["hardware"]["host"] and document["hardware"]["topology"]["threads"] > 0
        assert document["totals"]["energy_j"] is None
        if name == "failed":
            assert document["status"] == "failed" and document["wandb"]["exit_code"] == 3
            continue
        rate = {"a": 0.1, "b": 0.2}[name]
        assert document["status"] == "finished" and document["tags"] == ["x"]
        assert document["config"] == {
            "lr": rate, "seed": 7, "optimizer": {"name": "sgd"}, "late": [1, 2.5, None],
        }  # fmt: skip
        assert course["loss"] == [(step, bits(rate / (step + 3))) for step in range(400)]
        assert course["nested.deep.value"] == [(step, bits(step / 7)) for step in range(400)]
        odd = [float("nan"), float("-inf"), 5e-324]
        assert course["odd"] == [(500 + place, bits(value)) for place, value in enumerate(odd)]
        assert document["metrics"]["best"] == 0.5 and document["metrics"]["loss"] == rate / 402
        assert [epoch["epoch"] for epoch in document["epochs"]] == [0, 1, 2, 3]
        assert document["epochs"][3]["metrics"]["loss"] == rate / 402
        assert document["wandb"]["values_not_read"] == 400
    findings = joulebook.json("audit", "audit", "runs", "--json", status=None)["findings"]
    assert [{f["run_id"], f["of"]} for f in findings if f["of"]] == [set(names["a"])]


def run(joulebook: Command, content: bytes, status: int = 0) -> Any:
    return import_file(joulebook, "wandb", RUN.name, content, status)


def test_a_recorded_file(joulebook: Command) -> None:
    document = run(joulebook, RUN.read_bytes())
    assert document["run_id"] == "jqun7ba8@digits" and document["status"] == "finished"
    assert document["config"] == {"lr": 0.1, "opt": {"name": "sgd", "m": [1, 2]}, "seed": 7}
    assert document["totals"]["steps"] == 7 and document["metrics"]["nan"] == "NaN"


def test_a_file_cut_off_keeps_the_records_before(joulebook: Command) -> None:
    content = RUN.read_bytes()
    steps = []
    for cut in range(300, len(content), 97):
        document = run(joulebook, content[:cut])
        steps.append(document["totals"]["steps"] or 0)
        if document["status"] == "killed" and "unfinished" in document["wandb"]:
            (end,) = document["wandb"]["unfinished"]
            assert end["file"] == RUN.name and 0 < end["offset"] < cut
    assert steps == sorted(steps) and steps[-1] == 7


def test_damage_is_one_located_error(joulebook: Command) -> None:
    content = RUN.read_bytes()
    for place in range(0, len(content), 61):
        spoilt = bytearray(content)
        spoilt[place] ^= 0x15
        path = joulebook.directory / RUN.name
        path.write_bytes(spoilt)
        done = joulebook("import", "wandb", path, "--into", "runs", status=None)
        # A length that points behind the end of the file reads as a file cut off there.
        if done.returncode == 0:
            document = joulebook.json("run", "show", "runs", "--json")
            assert document["wandb"]["unfinished"], place
            shutil.rmtree(joulebook.directory / "runs")
        else:
            assert done.returncode == 65 and f"{RUN.name}: byte " in done.stderr
            assert done.stderr.count("\n") == 1


def field(number: int, content: bytes | int) -> bytes:
    """One field of a message: bytes, or a number as W&B writes it."""
    is_number = isinstance(content, int)
    rest = content % 2**64 if isinstance(content, int) else len(content)
    parts = [number << 3 | (0 if is_number else 2), rest]
    text = b""
    for part in parts:
        while part > 0x7F:
            text += bytes([part & 0x7F | 0x80])
            part >>= 7
        text += bytes([part])
    return text if isinstance(content, int) else text + content


def log(*records: bytes) -> bytes:
    """A file of W&B with these records."""
    text = bytearray(RUN.read_bytes()[:7])
    for record in records:
        kind = 1
        while True:
            room = 32768 - len(text) % 32768
            if room < 7:
                text += bytes(room)
                continue
            part, record = record[: room - 7], record[room - 7 :]
            kind = {1: 1 if not record else 2, 3: 3 if record else 4}[kind]
            head = bytes([kind])
            text += struct.pack("<IH", zlib.crc32(head + part), len(part)) + head + part
            if not record:
                break
            kind = 3
    return bytes(text)


def test_a_negative_runtime_is_not_known(joulebook: Command) -> None:
    begun = field(17, field(1, b"r") + field(3, b"digits"))
    for seconds, known in ((-1, None), (7, 7)):
        ended = field(18, field(1, 0) + field(2, seconds))
        assert run(joulebook, log(begun, ended))["totals"]["duration_s"] == known


def begin(name: str, project: str, start: int, entity: str = "") -> bytes:
    """The record that a process of a run begins with."""
    named = field(1, name.encode()) + field(2, entity.encode()) + field(3, project.encode())
    return field(17, named + field(17, field(1, start)))


def row(step: int, **values: float) -> bytes:
    """A record of history."""
    items = {"_step": step, **values}.items()
    return field(
        2, b"".join(field(1, field(1, n.encode()) + field(16, b"%d" % v)) for n, v in items)
    )


def put(folder: Path, **files: bytes) -> None:
    for name, content in files.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "run-r.wandb").write_bytes(content)


@pytest.mark.parametrize("earlier", [0, 50])
def test_a_run_that_went_on_lasted_as_long_as_its_processes(
    joulebook: Command, tmp_path: Path, earlier: int
) -> None:
    # Where W&B knew of the process before, what it says of the second one has that in it.
    start = 1795842000
    first = [begin("r", "digits", start), row(1, _timestamp=start + 40, _runtime=40, loss=2),
             field(18, field(1, 0) + field(2, 50))]  # fmt: skip
    second = [begin("r", "digits", start + 9000),
              row(2, _timestamp=start + 9010, _runtime=earlier + 10, loss=1),
              field(18, field(1, 0) + field(2, earlier + 20))]  # fmt: skip
    put(tmp_path / "wandb", a=log(*first), b=log(*second))
    (document,) = bring(joulebook, "wandb", "wandb")
    assert document["totals"]["duration_s"] == 70


def test_a_run_that_went_on_elsewhere_has_the_facts_of_its_last_process(
    joulebook: Command, tmp_path: Path
) -> None:
    def facts(host: bytes, commit: bytes, tag: bytes) -> bytes:
        named = field(17, field(1, b"r") + field(3, b"digits") + field(10, tag))
        git = field(9, field(2, commit))
        return named + field(26, git + field(12, host) + field(13, b"user-" + host))

    put(
        tmp_path / "wandb",
        a=log(begin("r", "digits", 1795842000), facts(b"a", b"0a", b"first")),
        b=log(begin("r", "digits", 1795843000), facts(b"b", b"0b", b"second")),
    )
    (document,) = bring(joulebook, "wandb", "wandb")
    assert document["hardware"]["host"] == "b" and document["user"] == "user-b"
    assert document["code"]["commit"] == "0b" and document["tags"] == ["first", "second"]


def test_runs_of_one_name_in_different_projects_are_different_runs(
    joulebook: Command, tmp_path: Path
) -> None:
    put(
        tmp_path / "wandb",
        a=log(begin("r", "digits", 1795842000)),
        b=log(begin("r", "letters", 1795842000)),
        c=log(begin("r", "digits", 1795842000, "team")),
        d=log(begin("r", "", 1795842000, "digits")),
    )
    names = {document["run_id"] for document in bring(joulebook, "wandb", "wandb")}
    assert names == {"r@digits", "r@letters", "r@team/digits", "r@digits/"}


def test_values_beyond_a_bound_are_one_error(joulebook: Command) -> None:
    begun = field(17, field(1, b"r") + field(3, b"digits"))
    half = b'"%s"' % (b"x" * (4 << 20))

    def setting(name: bytes, value: bytes) -> bytes:
        return field(5, field(1, field(2, name) + field(16, value)))

    # A value that takes the place of another one is no more.
    config = run(joulebook, log(begun, *[setting(b"a", half)] * 3))["config"]
    assert config == {"a": "x" * (4 << 20)}
    more = run(joulebook, log(begun, setting(b"a", half), setting(b"b", half)), 65)
    assert "names in config, or more than 8388608 bytes of values" in more
    assert "the value of a is longer than 8388608 bytes" in run(
        joulebook, log(begun, setting(b"a", half + half)), 65
    )


def test_many_names_in_names_take_no_longer_each(joulebook: Command) -> None:
    count = 60_000
    items = b"".join(
        field(1, field(2, b"a") + field(2, b"k%d" % n) + field(16, b"%d" % n)) for n in range(count)
    )
    removed = field(2, field(2, b"a") + field(2, b"k7"))
    begun = field(17, field(1, b"r") + field(3, b"digits"))
    start = time.monotonic()
    document = run(joulebook, log(begun, field(5, items), field(5, removed)))
    assert time.monotonic() - start < 60
    assert document["config"]["a"] == {f"k{n}": n for n in range(count) if n != 7}


def test_names_are_bounded_also_those_that_were_removed(joulebook: Command) -> None:
    def named(n: int) -> bytes:
        return field(2, b"a") + field(2, b"k%d" % n)

    begun = field(17, field(1, b"r") + field(3, b"digits"))
    gone = [
        field(5, field(1, named(n) + field(16, b"1")) + field(2, named(n))) for n in range(131_072)
    ]
    assert "more than 131072 names in config" in run(joulebook, log(begun, *gone), 65)


def test_a_run_that_went_on_is_one_and_a_copy_is_refused(
    joulebook: Command, tmp_path: Path
) -> None:
    pytest.importorskip("wandb", reason="W&B is not installed")
    program = """
import sys, wandb
run = wandb.init(project="digits", id="same", resume="allow", config={"part": sys.argv[1]})
run.log({"loss": 1 / int(sys.argv[1])}, step=int(sys.argv[1]))
run.finish(exit_code=2 - int(sys.argv[1]))
"""
    for part in ("1", "2"):
        write(tmp_path, program, part)
    (document,) = bring(joulebook, "wandb", "wandb")
    assert document["status"] == "finished" and document["config"] == {"part": "2"}
    assert courses(joulebook)["same@digits"] == {"loss": [(1, bits(1.0)), (2, bits(0.5))]}
    shutil.copytree(tmp_path / "wandb", tmp_path / "wandb/copy", symlinks=True)
    done = joulebook("import", "wandb", "wandb", "--into", "again", status=65)
    assert "the same run as wandb/" in done.stderr and not (tmp_path / "again").exists()


@pytest.mark.parametrize("content", [b"", b":W&B", b"\0" * 100, json.dumps({}).encode()])
def test_another_file_is_refused(joulebook: Command, content: bytes) -> None:
    assert f"{RUN.name}: byte 0: no file of W&B" in run(joulebook, content, 65)
