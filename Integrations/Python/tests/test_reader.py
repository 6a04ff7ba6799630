"""The reader without the native library: it agrees with the native one, and nothing hurts it."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import forge
import pytest
from forge import Forge, numbers, varint

import joulebook
from conftest import ROOT, the_ledger
from joulebook import reader

SEED = 20261125
RECORD = '{"run":0,"set":{"run_id":"r","project":"p","started":1.0,"status":"running"}}'
STEPS = {0: numbers([0, 0, 0]), 1: numbers([0, 1, 2]), 2: numbers([5, 6, 7])}


# The command under test: $JOULEBOOK, else that of the package.
NATIVE = (
    [os.environ["JOULEBOOK"]] if "JOULEBOOK" in os.environ else [sys.executable, "-m", "joulebook"]
)


def pattern(value: float) -> str:
    return struct.pack(">d", value).hex()


def native_verify(*paths: Path) -> list[dict[str, Any]]:
    """What the native command finds, file by file."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(paths), 200):
        result = subprocess.run(
            [*NATIVE, "verify", "--json", *map(str, paths[start : start + 200])],
            capture_output=True,
            text=True,
        )
        found += json.loads(result.stdout)["files"]
    return found


Metrics = dict[str, Callable[[random.Random, int], float | None]]
METRICS: Metrics = {
    "f32": lambda r, _: struct.unpack("<f", struct.pack("<f", r.gauss(0, 1)))[0],
    "decimal": lambda r, _: round(r.gauss(0, 100), 2),
    "noise": lambda r, _: r.random(),
    "constant": lambda *_: 0.1,
    "stairs": lambda _, i: 0.1 * 0.5 ** (i // 200),
    "zeros": lambda r, _: r.choice([0.0, -0.0]),
    "odd": lambda r, _: r.choice([math.nan, math.inf, -math.inf, 5e-324, 1.0]),
    "large": lambda r, _: r.choice([8.7e9 + r.random(), 9.1e9, 1e300, 123456789.123456]),
    "coarse": lambda r, _: 8.6e9 + r.randrange(1000) / 1e6,
    "counter": lambda _, i: float(3 * i),
    "half": lambda r, _: r.random() if r.random() < 0.5 else None,
    "once": lambda _, i: 3.5 if i == 5 else None,
    "twice": lambda _, i: 3.5 * i if i in (5, 9) else None,
    "pause": lambda _, i: float(i + (1000 if i > 333 else 0)),
}


def logged(directory: Path, steps: int, seed: int) -> dict[str, list[str | None]]:
    """Logs metrics of many kinds; returns the patterns that a reader must find."""
    rng = random.Random(seed)
    told: dict[str, list[str | None]] = {name: [] for name in METRICS}
    with joulebook.start("reader", config={"seed": seed}, dir=str(directory), quiet=True) as run:
        for step in range(steps):
            row = {name: metric(rng, step) for name, metric in METRICS.items()}
            for name, value in row.items():
                told[name].append(None if value is None else pattern(value))
            run.log(step=step, **{name: value for name, value in row.items() if value is not None})
    return told


@pytest.mark.parametrize("steps", [1, 2, 90, 1500, 9000])
def test_every_bit_that_was_logged_is_read(tmp_path: Path, steps: int) -> None:
    print(f"seed {SEED + steps}")
    told = logged(tmp_path, steps, SEED + steps)
    document = reader.document(the_ledger(tmp_path))
    assert (document["state"], document["problems"]) == ("clean", [])
    (table,) = [table for table in document["tables"] if table["name"] == "steps"]
    read = {column["name"]: column["values"] for column in table["columns"]}
    for name, patterns in told.items():
        assert read.get(name, [None] * steps) == patterns, name
    assert read["step"] == list(range(steps))


def test_it_says_what_the_native_reader_says(tmp_path: Path) -> None:
    with joulebook.start("reader", config={"lr": 0.1}, dir=str(tmp_path), quiet=True) as run:
        for epoch in run.epochs(5):
            with epoch.phase("validation"):
                time.sleep(0.002)
            epoch.log(loss=1 / epoch.number)
    path = the_ledger(tmp_path)
    ledger, shown, (verified,) = reader.read(path), joulebook.show(path), native_verify(path)
    assert ledger.state == verified["state"] == "clean"
    assert len(ledger.blocks) == verified["blocks"]
    assert base64.b64encode(ledger.root).decode() == verified["root"]
    record = ledger.records[0]["record"]
    for name in ("run_id", "project", "started", "config", "status", "hardware"):
        assert record[name] == shown[name]
    epochs = ledger.tables["epochs"]
    assert epochs["loss"].values == [epoch["metrics"]["loss"] for epoch in shown["epochs"]]
    assert epochs["duration"].values == [epoch["duration_s"] for epoch in shown["epochs"]]
    names = [phase["name"] for epoch in shown["epochs"] for phase in epoch["phases"]]
    assert ledger.tables["phases"]["name"].values == names


def verdict(data: bytes) -> tuple[object, ...]:
    """State, blocks, root and places of problems, as both readers must see them."""
    try:
        ledger = reader.read(data)
    except reader.LedgerError:
        return ("not_a_ledger", None, None, None)
    offsets = sorted({problem.offset for problem in ledger.problems})
    return (ledger.state, len(ledger.blocks), ledger.root, offsets)


def native_verdict(found: dict[str, Any]) -> tuple[object, ...]:
    if found["state"] == "not_a_ledger":
        return ("not_a_ledger", None, None, None)
    # A problem of a record stands at 0 and is none of the bytes; a torn tail is no problem.
    offsets = {
        problem["offset"]
        for problem in found["problems"]
        if problem["offset"]
        and "torn tail" not in problem["message"]
        and "preallocated" not in problem["message"]
    }
    root = base64.b64decode(found["root"])
    return (found["state"], found["blocks"], root, sorted(offsets))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small closed ledger with blocks of every kind that an ordinary run writes."""
    directory = tmp_path_factory.mktemp("small")
    with joulebook.start("p", config={"lr": 0.1}, dir=str(directory), quiet=True) as run:
        for epoch in run.epochs(2):
            run.log(step=epoch.number, loss=0.5)
            epoch.log(loss=1 / epoch.number)
    return the_ledger(directory).read_bytes()


def agree(directory: Path, cases: dict[str, bytes]) -> None:
    """Both readers say the same of each of `cases`."""
    paths = {name: directory / f"{name}.joule" for name in cases}
    for name, path in paths.items():
        path.write_bytes(cases[name])
    for name, found in zip(cases, native_verify(*paths.values()), strict=True):
        assert verdict(cases[name]) == native_verdict(found), name


def noticed(data: bytes, bits: Iterable[int]) -> None:
    """Each of these bits, flipped alone, is noticed and costs one block at most."""
    whole = {block.leaf for block in reader.read(data).blocks}
    for bit in bits:
        flipped = bytearray(data)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        try:
            ledger = reader.read(bytes(flipped))
        except reader.LedgerError:
            assert bit < 8 * reader.HEADER_SIZE
            continue
        leaves = {block.leaf for block in ledger.blocks}
        assert ledger.state != "clean" and leaves <= whole and len(whole - leaves) <= 1, bit


def test_every_flipped_bit_is_noticed_and_costs_one_block_at_most() -> None:
    # No summary: the trailer is the one thing that does not fit.
    data = begun().data(2, 3, STEPS).block(100, b"unknown").trailer().bytes
    noticed(data, range(8 * len(data)))


def test_a_flipped_bit_in_any_byte_of_a_real_ledger_is_noticed(small: bytes) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    noticed(small, (8 * byte + rng.randrange(8) for byte in range(len(small))))


def test_a_ledger_that_is_cut_anywhere_reads_up_to_its_last_whole_block(small: bytes) -> None:
    whole = reader.read(small)
    for size in range(reader.HEADER_SIZE, len(small)):
        ledger = reader.read(small[:size])
        assert ledger.state == "torn"
        assert ledger.blocks == [block for block in whole.blocks if block.end <= size], size


def test_both_readers_agree_on_flipped_and_cut_ledgers(small: bytes, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    cases = {f"cut-{size}": small[:size] for size in rng.sample(range(len(small)), 150)}
    for bit in rng.sample(range(8 * len(small)), 450):
        flipped = bytearray(small)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        cases[f"flip-{bit}"] = bytes(flipped)
    agree(tmp_path, cases)


def test_both_readers_agree_on_moved_pieces(small: bytes, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    places = [reader.HEADER_SIZE, *(block.end for block in reader.read(small).blocks)]
    cases = {}
    for number in range(200):
        a, b, c = sorted(rng.choices(places, k=3))
        pieces = {
            "twice": small[:b] + small[a:],
            "lost": small[:a] + small[b:],
            "swapped": small[:a] + small[b:c] + small[a:b] + small[c:],
            "moved": small[:a] + bytes(rng.randrange(64)) + small[a:],
            "garbage": small[:a] + rng.randbytes(rng.randrange(200)) + small[b:],
        }
        kind = rng.choice(sorted(pieces))
        cases[f"{kind}-{number}"] = pieces[kind]
    agree(tmp_path, cases)


def begun() -> Forge:
    return Forge().meta(RECORD)


def too_many_columns() -> Forge:
    """Tables with one column more than all may have."""
    forged = begun()
    full = [(1, "")] * reader.COLUMNS_MAX
    for number in range(reader.TOLD_COLUMNS_MAX // reader.COLUMNS_MAX):
        forged = forged.schema(0x8000 + number, 0, *full)
    return forged.schema(2, 3, (2, "loss"))


# What stands in a forged ledger, and the problems that a reader must find in it.
FORGED: dict[str, tuple[Forge, list[str]]] = {
    "plain": (begun().data(2, 3, STEPS), []),
    "unknown-flag-bits": (begun().data(2, 3, STEPS, flags=5), ["payload"]),
    "rows-of-a-gap": (begun().block(reader.GAP, bytes(16), rows=1), ["payload"]),
    "table-of-a-gap": (begun().block(reader.GAP, bytes(16), table=2), ["payload"]),
    "compressed-flag-without-frame": (begun().data(2, 3, STEPS, flags=3), ["payload"]),
    "gap-with-reserved-bytes": (
        begun().block(reader.GAP, struct.pack("<QHBB4x", 3, 2, 1, 1)),
        ["payload"],
    ),
    "gap-of-unknown-cause": (
        begun().block(reader.GAP, struct.pack("<QHB5x", 3, 2, 4)),
        ["payload"],
    ),
    "gap-too-long": (begun().block(reader.GAP, struct.pack("<QHB6x", 3, 2, 1)), ["payload"]),
    "document-cut": (begun().meta('{"run":0,'), ["document"]),
    "document-of-no-run": (begun().meta('{"set":{}}'), ["document"]),
    "document-of-a-run-without-number": (begun().meta('{"run":"0","set":{}}'), ["document"]),
    "document-that-is-no-object": (begun().meta("[1]"), ["document"]),
    "document-that-sets-no-object": (begun().meta('{"run":0,"set":[]}'), ["document"]),
    "document-of-an-epoch-without-number": (
        begun().meta('{"run":0,"epochs":{"x":{}}}'),
        ["document"],
    ),
    "document-of-nulls": (begun().meta('{"run":0,"set":null,"append":null}'), []),
    "document-that-appends": (begun().meta('{"run":0,"append":{"notes":[1],"project":[2]}}'), []),
    "document-that-appends-no-array": (
        begun().meta('{"run":0,"append":{"notes":1}}'),
        ["document"],
    ),
    "document-name-twice": (begun().meta('{"run":0,"set":{"a":1,"a":2}}'), ["document"]),
    "document-too-deep": (
        begun().meta('{"run":0,"set":' + "[" * 200 + "]" * 200 + "}"),
        ["document"],
    ),
    "document-as-deep-as-may-be": (begun().meta('{"run":0,"x":' + "[" * 128 + "]" * 128 + "}"), []),
    "document-of-bare-constants": (begun().meta('{"run":0,"set":{"a":[NaN,-Infinity]}}'), []),
    "document-not-utf8": (begun().meta(b'{"run":0,"set":{"a":"\xff"}}'), ["payload"]),
    "document-lone-surrogate": (begun().meta('{"run":0,"set":{"a":"\\ud800"}}'), ["document"]),
    "document-number-too-large": (begun().meta('{"run":0,"set":{"a":1e999}}'), ["document"]),
    "unknown-type": (begun().block(100, b"x").data(2, 3, STEPS), []),
    "foreign": (begun().data(2, 3, STEPS, previous=b"12345678"), ["foreign"]),
    "missing": (begun().data(2, 3, STEPS, sequence=4), ["missing"]),
    "previous-of-the-first": (
        Forge().block(reader.GAP, struct.pack("<QHB5x", 3, 2, 1), previous=b"12345678"),
        ["foreign"],
    ),
    "column-never-told": (begun().data(2, 3, STEPS | {9: numbers([1, 2, 3])}), ["payload"]),
    "table-never-told": (begun().data(77, 3, {0: numbers([1, 2, 3])}), ["payload"]),
    "column-over-the-limit": (begun().data(2, 3, STEPS | {4096: numbers([1, 2, 3])}), ["payload"]),
    "strings-of-a-number": (
        begun().data(2, 1, {1: (4, b"\1\0\1" + b"\1\1x")}),
        ["payload"],
    ),
    "numbers-of-a-string": (begun().data(4, 1, {3: numbers([7])}), ["payload"]),
    "string-not-utf8": (begun().data(4, 1, {3: (4, b"\1\0\1" + b"\1\1\xff")}), ["payload"]),
    "schema-beyond": (begun().schema(2, 5, (2, "loss")), ["payload"]),
    "schema-told-otherwise": (
        begun().schema(2, 3, (2, "loss")).schema(2, 3, (2, "accuracy")),
        ["payload"],
    ),
    "schema-told-again": (
        begun().schema(2, 3, (2, "loss")).schema(2, 3, (2, "loss"), (2, "accuracy")),
        [],
    ),
    "schema-told-alike": (
        begun().schema(2, 3, (2, "\u00e9")).schema(2, 3, (2, "e\u0301")),
        ["payload"],
    ),
    "columns-of-all-tables": (too_many_columns(), ["payload"]),
    "document-names-alike": (begun().meta('{"run":0,"set":{"\u00e9":1,"e\u0301":2}}'), []),
    "document-name-twice-escaped": (
        begun().meta('{"run":0,"set":{"\u00e9":1,"\\u00e9":2}}'),
        ["document"],
    ),
    "schema-unknown-type": (begun().schema(2, 3, (9, "loss")), ["payload"]),
    "private-table": (
        begun().schema(0x8001, 0, (1, "a")).data(0x8001, 3, {0: numbers([1, 2, 3])}),
        [],
    ),
    "trailer-reserved": (begun().trailer(reserved=1), []),
    "trailer-without-summary": (begun().trailer(), ["trailer"]),
    "varint-too-long": (begun().block(2, b"\x80\0\0\1\0", table=2, rows=1, flags=1), ["payload"]),
    "bits-behind-the-last": (begun().data(2, 3, {2: (1, b"\1\0" + b"\1\0\xff")}), ["payload"]),
    "no-residuals": (begun().data(2, 1, {2: (0x11, b"\1\0" + b"\0\0")}), []),
    "no-residuals-in-a-lane": (begun().data(2, 1, {2: (0x11, b"\1\0" + b"\x81\0\0")}), []),
    "patch-twice": (begun().data(2, 3, {2: (1, b"\1\0" + b"\1\2\0" + b"\1\1\0\1")}), ["payload"]),
    "patch-beyond": (begun().data(2, 3, {2: (1, b"\1\0" + b"\1\1\0" + b"\3\1")}), ["payload"]),
    "patch-of-nothing": (begun().data(2, 3, {2: (1, b"\1\0" + b"\1\1\0" + b"\0\0")}), ["payload"]),
    "patch-too-large": (
        begun().data(2, 3, {2: (1, b"\1\0" + b"\1\1\0" + b"\0" + varint(1 << 63))}),
        ["payload"],
    ),
    "quantum-of-nothing": (begun().data(2, 3, {2: (1, b"\0\0" + b"\0\0")}), ["payload"]),
    "unknown-prediction": (begun().data(2, 3, {2: (0x51, b"\1\0\0\0")}), ["payload"]),
    "unknown-mapping": (begun().data(2, 3, {2: (6, b"\1\0\0\0")}), ["payload"]),
    "raw-predicted": (begun().data(2, 3, {2: (0x10, bytes(24))}), ["payload"]),
    "dictionary-too-long": (
        begun().data(4, 1, {3: (5, b"\2" + b"\1\0\3" + b"\2\1xy" + b"\0\0")}),
        ["payload"],
    ),
    "bytes-behind-a-column": (begun().data(2, 3, {2: (0, bytes(25))}), ["payload"]),
    "series-of-nothing": (begun().data(2, 3, STEPS, series=[3, 0]), ["payload"]),
    "series-too-long": (begun().data(2, 3, STEPS, series=[2, 2]), ["payload"]),
    "predicted-from-behind": (
        begun().data(1, 1, {3: (0x41, b"\1" + varint(4) + b"\0\0\0"), 4: numbers([0])}),
        ["payload"],
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_ledger_has_the_problems_that_it_was_made_for(name: str) -> None:
    forged, problems = FORGED[name]
    ledger = reader.read(forged.bytes)
    assert [problem.kind for problem in ledger.problems] == problems
    assert ledger.state == ("damaged" if problems else "torn")
    assert len(ledger.blocks) == forged.tree.size


def test_both_readers_agree_on_forged_ledgers(tmp_path: Path) -> None:
    agree(tmp_path, {name: forged.bytes for name, (forged, _) in FORGED.items()})


def sealed(**fields: object) -> tuple[Forge, forge.Signer]:
    signer = forge.Signer("example.org/alice", bytes(range(32)))
    forged = begun().block(reader.KEY, signer.key())
    return forged.block(reader.CHECKPOINT, signer.checkpoint(forged, **fields)), signer


def problems(forged: Forge) -> list[str]:
    return [problem.kind for problem in reader.read(forged.bytes).problems]


def test_a_checkpoint_is_checked_against_the_blocks_before_it_and_the_keys() -> None:
    forged, signer = sealed()
    ledger = reader.read(forged.bytes)
    assert ledger.problems == []
    assert ledger.blocks[1].payload == {
        "verifier_key": signer.verifier,
        "index": 0,
        "keys": 1,
        "path": [],
    }
    told = ledger.blocks[2].payload
    assert told is not None and told["tree_size"] == 2
    assert told["origin"] == f"example.org/alice/{forge.FILE_ID.hex()}"
    for wrong in ({"origin": "example.org/bob/00"}, {"size": 1}, {"root": bytes(32)}):
        assert problems(sealed(**wrong)[0]) == ["seal"]


def test_a_false_signature_of_a_stated_key_is_damage_and_one_of_a_stranger_is_not() -> None:
    signer = forge.Signer("example.org/alice", bytes(32))
    forged = begun().block(reader.KEY, signer.key())
    note = signer.checkpoint(forged)
    place = note.rindex(b" ") + 12
    changed = b"B" if note[place : place + 1] != b"B" else b"C"
    note = note[:place] + changed + note[place + 1 :]
    assert problems(forged.block(reader.CHECKPOINT, note)) == ["seal"]
    assert problems(begun().block(100).block(reader.CHECKPOINT, note)) == ["seal"]
    stranger = begun()
    assert problems(stranger.block(reader.CHECKPOINT, signer.checkpoint(stranger))) == []


def test_an_origin_in_a_name_that_looks_alike_is_in_another_name() -> None:
    for name, found in (("K", []), ("\N{KELVIN SIGN}", ["seal"])):
        forged = begun()
        signer = forge.Signer(name, bytes(32))
        note = signer.checkpoint(forged, origin=f"K/{forge.FILE_ID.hex()}")
        assert problems(forged.block(reader.CHECKPOINT, note)) == found


def test_erased_keys_of_an_identity_sign_no_more() -> None:
    signers, paths = forge.identity("example.org/alice", 5)

    def signed_by(*numbers: int) -> Forge:
        forged = begun()
        for number in numbers:
            forged.block(reader.KEY, signers[number].key(number, 5, paths[number]))
            forged.block(reader.CHECKPOINT, signers[number].checkpoint(forged))
        return forged

    assert problems(signed_by(0, 1, 4)) == []
    assert problems(signed_by(0, 2, 1)) == ["seal"]
    assert problems(signed_by(3, 3)) == ["seal"]
    moved = begun().block(reader.KEY, signers[2].key(2, 5, paths[2]))
    assert problems(moved.block(reader.KEY, signers[2].key(1, 5, paths[2]))) == ["seal"]
    assert problems(begun().block(reader.KEY, signers[2].key(2, 5, paths[2][:-1]))) == ["seal"]
    assert problems(begun().block(reader.KEY, signers[0].key(5, 5, paths[0]))) == ["seal"]


def test_signatures_are_those_of_rfc_8032() -> None:
    signer = forge.Signer(
        "rfc8032",
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    )
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert (signer.public.hex(), signer.signature(b"")) == (public, signature)
    assert reader.verified(signer.public, b"", signature)
    assert not reader.verified(signer.public, b"x", signature)
    assert not reader.verified(signer.public, b"", signature[:32] + b"\xff" * 32)


def test_a_key_that_is_spelt_otherwise_verifies_nothing() -> None:
    """RFC 8032 § 5.1.3: y is below p, and there is no sign where x is 0."""
    # Of the neutral point, whatever is signed: R is S times the base point.
    signature = forge.Signer._encoded(1) + (1).to_bytes(32, "little")
    sign, p = 1 << 255, reader._P
    assert reader.verified((1).to_bytes(32, "little"), b"x", signature)
    for y in (1 | sign, p + 1, p + 1 | sign):
        assert not reader.verified(y.to_bytes(32, "little"), b"x", signature)
    for y in (p - 1 | sign, p, p + 3, (1 << 255) - 1):
        assert reader._point(y.to_bytes(32, "little")) is None
    assert reader._point((p - 1).to_bytes(32, "little")) is not None


def part(content: bytes, start: int, end: int, *, name: str = "code.diff", run: int = 0) -> bytes:
    """The payload of an ATTACH block."""
    digest = hashlib.sha256(content).digest()
    head = varint(run) + forge.text(name) + forge.text("text/x-diff") + digest
    return head + varint(len(content)) + varint(start) + content[start:end]


def attached(*payloads: bytes) -> Forge:
    forged = begun()
    for payload in payloads:
        forged.block(reader.ATTACH, payload)
    return forged


def test_attachments_are_put_together_and_checked_by_their_hash() -> None:
    diff, empty = b"a" * 100, b""
    first, second = part(diff, 0, 60), part(diff, 60, 100)
    whole = [{"run": 0, "name": "code.diff", "media_type": "text/x-diff", "size": 100}]
    told = reader.read(attached(first, second).bytes)
    assert told.problems == []
    assert [a | {"sha256": 0} for a in told.attachments] == [
        whole[0] | {"sha256": 0, "complete": True}
    ]
    again = reader.read(attached(first, second, part(diff, 0, 0, run=1), part(empty, 0, 0)).bytes)
    assert (again.problems, [a["complete"] for a in again.attachments]) == ([], [True] * 3)
    assert [a["complete"] for a in reader.read(attached(first).bytes).attachments] == [False]
    wrong = diff[:99] + b"b"
    for payloads in (
        [second],
        [first, first, part(diff, 50, 100)],
        [part(diff, 0, 0)],
        [first, part(diff, 60, 100, name="other")],
        [first, second[:-1] + b"b"],
        [first, part(wrong, 60, 100)],
    ):
        assert problems(attached(*payloads)) == ["attachment"], payloads
    for payload in (part(diff, 0, 60, name=""), first + diff, part(diff, 100, 100), first[:20]):
        assert problems(attached(payload)) == ["payload"]


def member(number: int, content: bytes, start: int, *, size: int | None = None) -> bytes:
    """The payload of a MEMBER block."""
    head = struct.pack("<IIQQ", number, 0, start, len(content) if size is None else size)
    return head + content[start : start + reader.MEMBER_PART]


def packed(*payloads: bytes) -> Forge:
    forged = Forge(forge.header(compatible=1))
    for payload in payloads:
        forged.block(reader.MEMBER, payload)
    return forged


def test_members_of_a_pack_are_put_together() -> None:
    large, small = bytes(range(256)) * 5000, b"x"
    middle = reader.MEMBER_PART
    forged = packed(member(0, large, 0), member(0, large, middle), member(1, small, 0))
    told = reader.read(forged.bytes)
    assert told.problems == []
    assert told.members == [
        {
            "member": number,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "complete": True,
        }
        for number, content in enumerate([large, small])
    ]
    for payloads in (
        [member(1, small, 0)],
        [member(0, large, middle)],
        [member(0, large, 0), member(1, small, 0)],
        [member(0, small, 0), member(0, small, 0)],
    ):
        assert problems(packed(*payloads)) == ["member"]
    behind = member(0, large[:middle], middle)
    for payload in (member(0, large, 1), member(0, small, 0, size=2), behind, b"short"):
        assert problems(packed(payload)) == ["payload"]
    assert problems(begun().block(reader.MEMBER, member(0, small, 0))) == ["member"]


def ring(entries: dict[int, list[bytes]], *, tails: tuple[int, int] = (0, 0)) -> bytes:
    """A ring of two areas of 16 slots with whole entries from the tail on."""
    head = reader.RING_MAGIC + struct.pack("<HHI", 1, 2, 64) + forge.FILE_ID
    head += struct.pack("<IIII", 4096, 16, 4096 + 1024, 16)
    head += struct.pack("<I", reader.crc32c(head))
    data = bytearray(4096 + 2048)
    data[: len(head)] = head
    struct.pack_into("<Q", data, 256, tails[0])
    struct.pack_into("<Q", data, 320, tails[1])
    struct.pack_into("<Q", data, 512 + 8 * (4 * 2 + 1), 7)
    for area, payloads in entries.items():
        slot = tails[area]
        for payload in payloads:
            fields = struct.pack("<QI", slot + 1, len(payload))
            entry = fields + struct.pack("<I", reader.crc32c(fields + payload)) + payload
            for place, byte in enumerate(entry, 64 * slot):
                data[4096 + 1024 * area + place % 1024] = byte
            slot += (len(entry) + 63) // 64
    return bytes(data)


def row(table: int, cells: dict[int, int]) -> bytes:
    head = b"\1\0" + struct.pack("<HH", table, len(cells))
    return head + b"".join(struct.pack("<HQ", *cell) for cell in cells.items())


def test_a_ring_is_walked_from_its_tail_to_the_first_entry_that_is_not_whole() -> None:
    document = b"\3\0" + RECORD.encode()
    column = b"\2\0" + struct.pack("<HHBB", 2, 3, 2, 1) + forge.text("loss") + forge.text("")
    named = b"\1\0" + struct.pack("<HHHQ", 4, 1, 0x8003, 3) + b"fit"
    data = ring(
        {0: [document, named], 1: [column, row(2, {0: 0, 1: 7}), row(2, {1: 8})]}, tails=(14, 30)
    )
    forged = begun().data(2, 3, STEPS, covered=32)
    found = reader.read(forged.bytes, ring=data).ring
    assert found is not None
    assert [(e["slot"], e["kind"], e["covered"]) for e in found.entries[0]] == [
        (14, "document", False),
        (16, "row", False),
    ]
    assert found.entries[0][1]["cells"] == [{"column": 3, "value": {"text": "fit"}}]
    assert [(e["slot"], e["kind"], e["covered"]) for e in found.entries[1]] == [
        (30, "column", False),
        (31, "row", True),
        (32, "row", False),
    ]
    assert found.losses[2] == [0, 7, 0, 0]
    for broken in (data[:4000], data[:-1], b"x" + data[1:], data[:40] + b"x" + data[41:]):
        assert reader.read(forged.bytes, ring=broken).ring is None
    other = begun().bytes.replace(forge.FILE_ID, bytes(16))
    assert reader._read_ring(reader.Source(data).read, len(data), other[24:40]) is None


def pipe(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("made", [pipe, directory])
def test_what_is_no_regular_file_is_neither_ledger_ring_nor_segment(
    made: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "run.joule"
    path.write_bytes(begun().bytes)
    for name in ("run.joule.ring", "run.1.joule", "ledger.joule"):
        made(tmp_path / name)
    # In a process of its own, which can be ended if it waits.
    command = [sys.executable, reader.__file__]
    told = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0
    document = json.loads(told.stdout)
    assert (document["ring"], document["chain"]) == (None, None)
    refused = subprocess.run(
        [*command, str(tmp_path / "ledger.joule")], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 74
    assert "not a regular file" in refused.stderr and "ledger.joule" in refused.stderr


HEADERS = {
    "empty": (b"", reader.NotALedgerError),
    "other-magic": (forge.header(magic=b"notmagic"), reader.NotALedgerError),
    "cut": (forge.header()[:60], reader.HeaderError),
    "bad-checksum": (forge.header()[:60] + bytes(4), reader.HeaderError),
    "other-size": (forge.header(size=72), reader.HeaderError),
    "newer-major": (forge.header(major=2), reader.VersionError),
    "unknown-feature": (forge.header(incompatible=1), reader.FeatureError),
    "unknown-critical-block": (begun().block(100, flags=1).bytes, reader.CriticalBlockError),
    "private-critical-block": (begun().block(0x85, flags=1).bytes, reader.CriticalBlockError),
}


@pytest.mark.parametrize("name", HEADERS)
def test_what_cannot_be_read_says_why_and_where(name: str, tmp_path: Path) -> None:
    data, error = HEADERS[name]
    with pytest.raises(error) as caught:
        reader.read(data)
    told = reader.document(data)
    assert told == {
        "conformance": 1,
        "error": {"kind": error.kind, "offset": caught.value.offset},
    }
    agree(tmp_path, {name: data})


def test_a_block_numbered_beyond_all_blocks_is_none() -> None:
    first = begun()
    told = reader.read(begun().block(0x80, b"x", sequence=1 << 63).bytes)
    assert (told.state, len(told.blocks), told.tail) == ("torn", 1, (len(first.bytes), 56))
    assert problems(begun().block(0x80, b"x", sequence=(1 << 63) - 1)) == ["missing"]


def test_a_ring_with_a_tail_beyond_all_slots_is_none() -> None:
    for tails in ((1 << 63, 0), (0, 1 << 63), (reader.M64, 0)):
        assert reader.read(begun().bytes, ring=ring({}, tails=tails)).ring is None
    last = reader.read(begun().bytes, ring=ring({}, tails=((1 << 63) - 1, 0))).ring
    assert last is not None and last.tails == [(1 << 63) - 1, 0]


def of_text(mebibytes: int) -> tuple[int, bytes]:
    """A column of 1024 equal strings, which together have so many MiB of text."""
    size = mebibytes << 20
    blocks = [forge.run_of(0x61, 128 << 10)] * (size >> 17)
    frame = forge.frame(size, blocks, window=13 << 3)
    low, middle, high = (size >> 10).to_bytes(3, "little")
    lengths = bytes([0x83, 0, low, 0, middle, 0, high])
    return reader.STRINGS, lengths + varint(size) + b"\2" + varint(len(frame)) + frame


def texts(*mebibytes: int) -> Forge:
    """A block with columns of so many MiB of text each."""
    forged = begun().schema(0x8000, 0, *((reader.STRING, f"t{n}") for n in range(len(mebibytes))))
    return forged.data(0x8000, 1024, dict(enumerate(map(of_text, mebibytes))))


def test_the_text_of_all_columns_of_a_block_together_is_bounded() -> None:
    assert problems(texts(32, 31)) == []
    assert problems(texts(32, 33)) == ["payload"]
    entry = varint(1) + b"\x83\0\0\0\0\0\1" + varint(1 << 16) + b"\1" + b"a" * (1 << 16)
    for rows, found in ((1023, []), (1024, ["payload"])):
        # The entry itself counts as well as what the rows make of it.
        forged = begun().schema(0x8000, 0, (reader.STRING, "t"))
        forged.data(0x8000, rows, {0: (reader.DICTIONARY, entry + b"\0\0")})
        assert problems(forged) == found


def test_text_is_taken_from_the_budget_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    decompress = reader.decompress

    def watched(frame: bytes, size: int) -> bytes:
        made.append(size)
        return decompress(frame, size)

    monkeypatch.setattr(reader, "decompress", watched)
    with pytest.raises(reader.BudgetError):
        reader.read(texts(8, 8).bytes, decoded_max=15 << 20)
    assert made == [8 << 20]
    # What is too much for the block and for the reader ends the reading.
    with pytest.raises(reader.BudgetError):
        reader.read(texts(32, 33).bytes, decoded_max=60 << 20)


def test_an_index_lists_one_to_64_blocks_of_at_most_4096_columns() -> None:
    forged = begun()
    for row in range(65):
        forged.data(2, 1, {1: numbers([row])}, first_row=row)
    told = forged._walked().indexes.expected()
    zone = told["entries"][0]["zones"][0]
    entry = {"offset": 64, "table": 2, "rows": 1, "first_row": 0}
    wide = [{**entry, "zones": [zone | {"number": n} for n in range(4097)]}]
    for entries in ([], told["entries"], wide):
        assert problems(begun().indexed(told | {"entries": entries})) == ["payload"]
    few = told | {"entries": told["entries"][:64]}
    assert problems(begun().indexed(few)) == ["index"]
    assert problems(begun().indexed(few | {"ordinal": 1 << 63})) == ["payload"]


def test_a_summary_with_an_index_has_no_rows_that_no_index_lists() -> None:
    forged = begun().data(2, 3, STEPS).indexed()
    assert problems(forged.summed()) == []
    assert problems(forged.data(2, 3, STEPS, first_row=3).summed()) == ["summary"]
    assert problems(begun().data(2, 3, STEPS).summed()) == []


def test_a_summary_tells_no_column_that_the_specification_fixes() -> None:
    forged = begun().data(2, 3, STEPS)
    told = forged._walked()._totals()
    (table,) = told["tables"]
    table |= {"first": 0, "columns": reader._named(reader.TABLES[2][1])}
    assert problems(forged.summed(told)) == ["payload"]


def test_a_summary_of_blocks_that_there_cannot_be_is_damage() -> None:
    told = begun()._walked()._totals()
    for wrong in ({"tree_size": 1 << 63}, {"heads": [64, (1 << 64) + 64]}):
        assert problems(begun().summed(told | wrong)) == ["payload"]
    assert problems(begun().summed(told | {"heads": [64, 1 << 63]})) == ["summary"]


def test_losses_beyond_all_numbers_stay_at_the_last_number() -> None:
    lost = struct.pack("<QHB5x", 1 << 63, 2, 1)
    forged = begun().block(reader.GAP, lost).block(reader.GAP, lost)
    assert reader.read(forged.bytes).gaps == [{"table": 2, "cause": 1, "rows": reader.M64}]
    assert problems(forged.summed()) == []


def index_of_many(forged: Forge, number: int) -> None:
    zones = [{"number": n, "count": 0, "minimum": None, "maximum": None} for n in range(50)]
    entry = {"offset": 64, "table": 2, "rows": 1, "first_row": 0, "zones": zones}
    forged.indexed({"ordinal": number, "pointers": [], "entries": [entry] * 64})


def summary_of_many(forged: Forge, number: int) -> None:
    told = begun()._walked()._totals() | {"gaps": [{"table": 2, "cause": 1, "rows": 1}] * 2000}
    columns = [{"type": 1, "role": 1, "name": "", "unit": ""}] * 200
    nothing = {"count": 0, "last": None}
    table = {"name": "", "first": 0, "columns": columns, "covered": 0, "rows": 0}
    table["statistics"] = [nothing] * len(columns)
    told["tables"] = [table | {"id": 0x8000 + 4 * number + n} for n in range(4)]
    forged.summed(told)


def schema_of_many(forged: Forge, number: int) -> None:
    forged.schema(0x8000, 0, *((1, f"m{n}") for n in range(1000)))


def rows_of_many(forged: Forge, number: int) -> None:
    for _ in range(65):
        forged.data(0x8000, 0, dict.fromkeys(range(40), (0, b"")))


@pytest.mark.parametrize("many", [index_of_many, summary_of_many, schema_of_many, rows_of_many])
def test_reading_more_blocks_takes_no_more_memory(many: Callable[[Forge, int], None]) -> None:
    def peak(blocks: int) -> int:
        forged = begun().schema(0x8000, 0, *((1, f"m{n}") for n in range(40)))
        for number in range(blocks):
            many(forged, number)
        tracemalloc.start()
        reader.read(forged.bytes)
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    peak(1)
    assert peak(6) < 2 * peak(1)


def test_what_a_block_says_is_read_again_and_checked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.joule"
    path.write_bytes(begun().data(2, 3, STEPS).bytes)
    (meta, data) = reader.read(path).blocks
    assert meta.payload == {"covered": 0, "documents": [RECORD]}
    path.write_bytes(begun().data(2, 3, STEPS, covered=1).bytes)
    with pytest.raises(reader.LedgerError):
        print(data.payload)


BOMB = forge.frame(64 << 20, [forge.run_of(0, 128 << 10)] * 512)

HOSTILE: dict[str, tuple[Forge, bool]] = {
    "frame-that-lies-about-its-size": (
        begun().block(
            reader.META, forge.frame(13, [forge.run_of(0, 128 << 10)] * 4000), flags=3, raw=13
        ),
        True,
    ),
    "frame-of-a-terabyte": (
        begun().block(
            reader.META, forge.frame(1 << 40, [forge.stored(b"")]), flags=3, raw=64 << 20
        ),
        True,
    ),
    "frame-with-a-wide-window": (
        begun().block(
            reader.META, forge.frame(1, [forge.stored(b"x")], window=0xF8), flags=3, raw=1
        ),
        True,
    ),
    "two-frames": (
        begun().block(reader.META, forge.frame(1, [forge.stored(b"\n")]) * 2, flags=3, raw=2),
        True,
    ),
    "frame-cut": (begun().block(reader.META, BOMB[:40], flags=3, raw=64 << 20), True),
    "heads-without-end": (
        begun().block(
            reader.SUMMARY, struct.pack("<QB", 1, 0) + b"\0" + varint(1 << 40) + bytes(100)
        ),
        True,
    ),
    "dictionary-without-end": (begun().data(4, 1, {3: (5, varint(1 << 60) + b"\0\0")}), True),
    "patches-without-end": (begun().data(2, 1, {2: (1, b"\1\0\0" + varint(1 << 60))}), True),
    "series-without-end": (
        begun().block(2, b"\0\0" + varint(1 << 62), table=2, rows=1 << 20, flags=1),
        True,
    ),
    "index-without-end": (begun().block(reader.INDEX, b"\0\0" + varint(1 << 60)), True),
    "more-rows-than-bytes": (
        begun().data(2, 1 << 20, {n: (1, b"\1\0\0\0") for n in range(3)}, raw=8),
        False,
    ),
    "more-columns-than-a-block-may-hold": (
        begun()
        .schema(2, 3, *((2, f"m{n}") for n in range(4000)))
        .data(2, 1 << 20, {n: (1, b"\1\0\0\0") for n in range(4000)}, raw=8),
        True,
    ),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_fast(name: str) -> None:
    forged, refused = HOSTILE[name]
    started = time.process_time()
    ledger = reader.read(forged.bytes)
    assert time.process_time() - started < (1 if refused else 20)
    assert [problem.kind for problem in ledger.problems] == (["payload"] if refused else [])


def test_both_readers_agree_on_hostile_ledgers(tmp_path: Path) -> None:
    agree(tmp_path, {name: forged.bytes for name, (forged, _) in HOSTILE.items()})


def test_a_block_of_line_feeds_is_refused_before_it_is_taken_for_documents() -> None:
    size = 1 << 18
    forged = begun().block(reader.META, bytes(8) + b"\n" * size, rows=1)
    tracemalloc.start()
    assert problems(forged) == ["payload"]
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 6 * size


@pytest.mark.alone
def test_appending_takes_no_longer_when_there_is_much_already() -> None:
    first = b'{"run":0,"set":{"notes":[' + b"1," * 1_000_000 + b"1]}}\n"
    documents = first + b'{"run":0,"append":{"notes":[1]}}\n' * 4000
    forged = begun().block(reader.META, bytes(8) + documents, rows=4001)
    started = time.process_time()
    (run,) = reader.read(forged.bytes).records.values()
    assert time.process_time() - started < 4
    assert run["record"]["notes"] == [1] * 1_004_001


def test_decoding_stops_at_the_budget() -> None:
    forged = begun().data(2, 3, STEPS).data(2, 3, STEPS, first_row=3)
    reader.read(forged.bytes, decoded_max=400)
    with pytest.raises(reader.BudgetError) as caught:
        reader.read(forged.bytes, decoded_max=100)
    assert caught.value.offset > reader.HEADER_SIZE


@pytest.mark.alone
def test_headers_that_promise_the_same_bytes_again_and_again_are_refused_fast() -> None:
    head = (
        Forge().block(100, bytes(1 << 20)).bytes[reader.HEADER_SIZE :][: reader.BLOCK_HEADER_SIZE]
    )
    # Each of 20,000 headers holds, and none of the payloads, of which all but the last overlap.
    data = forge.header() + head * 20_000 + bytes(1 << 20) + b"x"
    started = time.process_time()
    with pytest.raises(reader.BudgetError):
        reader.read(data)
    assert time.process_time() - started < 5


def test_it_runs_as_a_single_file_and_as_a_module(small: bytes, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "ledger.joule").write_bytes(small)
    shutil.copy(reader.__file__, alone / "reader.py")
    told = reader.document(small)
    for command in (["-I", "-S", str(alone / "reader.py")], ["-m", "joulebook.reader"]):
        result = subprocess.run(
            [sys.executable, *command, str(alone / "ledger.joule")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(result.stdout) == told


def test_the_exit_status_tells_damage_from_what_cannot_be_opened(
    small: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.joule"
    path.write_bytes(small)
    assert reader.main([str(path)]) == 0
    path.write_bytes(small[:100] + b"x" + small[101:])
    assert reader.main([str(path)]) == 2
    path.write_bytes(b"nothing")
    assert reader.main([str(path)]) == 2
    capsys.readouterr()
    assert reader.main([str(tmp_path / "none.joule")]) == 74
    assert "none.joule" in capsys.readouterr().err


def test_without_zstd_it_says_so(small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ImportError

    monkeypatch.setattr(reader, "_decompress", None)
    monkeypatch.setattr(reader, "_zstd_from_module", missing)
    monkeypatch.setattr(reader, "_zstd_from_library", missing)
    with pytest.raises(reader.MissingZstdError, match="zstandard"):
        reader.read(small)


def test_checksums_and_trees_are_those_of_their_standards() -> None:
    assert reader.crc32c(b"123456789") == 0xE3069283
    assert reader.crc32c(bytes(32)) == 0x8A9136AA
    assert reader.crc32c(b"\xff" * 32) == 0x62A8AB43
    # RFC 6962's test tree, as in the certificate-transparency reference implementation.
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "60616263646566676869",
    ]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    }
    tree = reader.MerkleTree()
    for size, leaf in enumerate(leaves, 1):
        tree.append(hashlib.sha256(b"\0" + bytes.fromhex(leaf)).digest())
        assert roots.get(size, tree.root.hex()) == tree.root.hex()


VECTORS = sorted((ROOT / "Schemas/Vectors").rglob("*.joule"))


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 58


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_is_read_as_it_must_be(path: Path) -> None:
    expected = path.with_suffix(".json").read_text()
    told = json.dumps(reader.document(path), ensure_ascii=False)
    assert json.loads(told) == json.loads(expected)
    # Members in the order of the description, too.
    assert told == json.dumps(json.loads(expected), ensure_ascii=False)


PREDICTIONS = {
    reader.PATTERN: {reader.OFFSET, reader.DELTA, reader.DELTA_OF_DELTA, reader.DURATION},
    reader.F32: {reader.OFFSET, reader.DELTA, reader.DELTA_OF_DELTA},
    reader.DECIMAL: {reader.OFFSET, reader.DELTA, reader.DELTA_OF_DELTA, reader.ENERGY},
    reader.STRINGS: {reader.OFFSET},
    reader.DICTIONARY: {reader.OFFSET},
}


def test_every_coding_of_a_column_is_in_some_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    forms: list[str] = []
    residuals, decode = reader._residuals, reader.DataBlock._decode
    found: set[tuple[int, int, str]] = set()
    nulls: set[tuple[int, int]] = set()

    def watched(cursor: reader.Cursor, count: int) -> Any:
        form = cursor.data[cursor.place]
        forms.append("bits" if form <= 64 else "words" if form > 0xC0 else "lanes")
        return residuals(cursor, count)

    def noted(block: reader.DataBlock, number: int) -> reader.Values:
        values = decode(block, number)
        coding = block.bodies[number][1]
        mapping, prediction = coding & 15, coding >> 4 & 7
        # Of a dictionary the places of the entries come last.
        found.add((mapping, prediction, "raw" if mapping == reader.RAW else forms[-1]))
        if coding & 128:
            nulls.add((mapping, prediction))
        return values

    monkeypatch.setattr(reader, "_residuals", watched)
    monkeypatch.setattr(reader.DataBlock, "_decode", noted)
    for path in VECTORS:
        if path.parent.name != "bad":
            reader.read(path)
    pairs = {(mapping, each) for mapping, allowed in PREDICTIONS.items() for each in allowed}
    assert len(pairs) == 13
    packed = {(*pair, packing) for pair in pairs for packing in ("bits", "lanes")}
    words = {coding for coding in found if coding[2] == "words"}
    assert words
    assert found - words == packed | {(reader.RAW, reader.OFFSET, "raw")}
    assert nulls == pairs | {(reader.RAW, reader.OFFSET)}


def continued(told: dict[str, Any], documents: int = 1) -> dict[str, bytes]:
    """A ledger of two files, the second of which says this of the first, in so many documents."""
    first, rows = begun(), {0: numbers([0]), 1: numbers([0])}
    root = first.tree.root
    first.data(2, 1, rows)
    head = forge.header(file_id=bytes(16), segment=1, previous_root=root[:8])
    said = {"file": forge.FILE_ID.hex(), "root": root.hex(), "blocks": 1} | told
    document = {"run": 0, "segment": 1, "set": {}, "continues": said}
    text = bytes(8) + json.dumps(document).encode() + b"\n"
    second = Forge(head).block(reader.META, text, rows=documents).data(2, 1, rows)
    return {"run.joule": first.bytes, "run.1.joule": second.bytes}


NO_CONTINUATIONS: list[dict[str, Any]] = [
    *({"again": value} for value in (-1, None, True, 1.0, "1", [])),
    *({"blocks": value} for value in (-1, None, True, 1.0, "1")),
    *({"root": value} for value in ("00", None, 7, " " + "0" * 64, "0" * 66, "g" * 64)),
    *({"file": value} for value in (forge.FILE_ID.hex()[2:], None, forge.FILE_ID.hex(" "))),
]


@pytest.mark.parametrize("told", NO_CONTINUATIONS, ids=str)
def test_what_is_said_of_no_file_continues_none(told: dict[str, Any], tmp_path: Path) -> None:
    for name, data in continued(told).items():
        (tmp_path / name).write_bytes(data)
    assert len(reader.read(tmp_path / "run.joule").files) == 1
    assert len(reader.read(tmp_path / "run.1.joule").files) == 1


def test_what_a_damaged_block_says_continues_no_file(tmp_path: Path) -> None:
    for name, data in continued({}, documents=2).items():
        (tmp_path / name).write_bytes(data)
    assert len(reader.read(tmp_path / "run.joule").files) == 1
    # It is a file of a ledger all the same, which another one may continue.
    first = reader.read(tmp_path / "run.1.joule")
    said = {"file": bytes(16).hex(), "root": "0" * 64, "blocks": 0}
    document = {"run": 0, "segment": 2, "set": {}, "continues": said}
    third = Forge(forge.header(file_id=b"3" * 16, segment=2)).meta(json.dumps(document))
    (tmp_path / "run.2.joule").write_bytes(third.bytes)
    assert len(first.files) == 1
    assert len(reader.read(tmp_path / "run.1.joule").files) == 2


@pytest.mark.parametrize("told", [{}, {"again": 1}, {"again": 0}], ids=str)
def test_what_is_said_of_a_file_by_the_rules_continues_it(
    told: dict[str, Any], tmp_path: Path
) -> None:
    for name, data in continued(told).items():
        (tmp_path / name).write_bytes(data)
    assert len(reader.read(tmp_path / "run.joule").files) == 2


def test_every_integer_of_64_bits_stays_one() -> None:
    told = "[-9223372036854775808,9223372036854775807,-9223372036854775809,9223372036854775808]"
    forged = Forge().meta('{"run":-9223372036854775808,"set":{"a":' + told + "}}")
    ledger = reader.read(forged.bytes)
    values = ledger.records[-(1 << 63)]["record"]["a"]
    assert ledger.problems == []
    assert values[:2] == [-(1 << 63), (1 << 63) - 1]
    assert [type(value) for value in values] == [int, int, float, float]


def test_no_table_hides_another() -> None:
    forged = begun()
    for id, name in ((0x8000, "table-32770"), (0x8001, "a"), (0x8002, "a"), (0x8003, "b")):
        definition = struct.pack("<HH", 1, id) + forge.text(name) + struct.pack("<HH", 0, 1)
        definition += bytes([1, 1]) + forge.text("n") + forge.text("")
        forged.block(reader.SCHEMA, definition, rows=1).data(id, 1, {0: numbers([id])})
    tables = reader.read(forged.bytes).tables
    told = {name: table["n"].values for name, table in tables.items()}
    assert told == {"table-32768": [0x8000], "a": [0x8001], "table-32770": [0x8002], "b": [0x8003]}


def segment(name: str) -> Path:
    return ROOT / f"Schemas/Vectors/{name}.joule"


@pytest.mark.parametrize("name", ["segments", "segments.1", "segments.2"])
def test_segments_are_one_ledger_by_whichever_name_it_is_asked(name: str) -> None:
    ledger = reader.read(segment(name))
    assert len(ledger.files) == 3
    assert (ledger.state, ledger.problems) == ("clean", [])
    steps = ledger.tables["steps"]
    assert steps.rows == 8
    assert steps["step"].values == [*range(8)]
    assert steps["rate"].values == [None] * 4 + [0.5] * 2 + [None] * 2
    assert ledger.records[0]["record"]["tags"] == ["again"]
    assert ledger.gaps == [{"table": 2, "cause": 1, "rows": 7}]
    # Begun in the first file, and again in the second.
    assert [each["complete"] for each in ledger.attachments] == [False, True]
    assert ledger.root == reader.read(segment("segments.2").read_bytes()).root


def test_a_segment_that_is_read_alone_is_a_ledger_of_its_own(tmp_path: Path) -> None:
    alone = tmp_path / "alone.joule"
    alone.write_bytes(segment("segments.1").read_bytes())
    ledger = reader.read(alone)
    assert len(ledger.files) == 1
    assert ledger.tables["steps"]["step"].values == [2, 3, 4, 5, 6]


def test_a_segment_that_is_cut_anywhere_costs_nothing_that_the_file_before_has(
    tmp_path: Path,
) -> None:
    shutil.copy(segment("segments"), tmp_path / "run.joule")
    whole = segment("segments.1").read_bytes()
    before = 4
    for size in range(0, len(whole), 8):
        (tmp_path / "run.1.joule").write_bytes(whole[:size])
        ledger = reader.read(tmp_path / "run.joule")
        steps = ledger.tables["steps"]["step"].values
        assert steps == [*range(len(steps))]
        assert len(steps) >= before
        before = len(steps)
        assert ledger.state == "torn"
        assert ledger.gaps == [{"table": 2, "cause": 1, "rows": 7}]


@pytest.mark.parametrize("name", ["segments-behind", "segments-behind.1"])
def test_what_the_next_segment_does_not_continue_is_not_read(name: str) -> None:
    ledger = reader.read(segment(name))
    assert (ledger.state, ledger.problems) == ("clean", [])
    assert ledger.tables["steps"]["step"].values == [*range(6)]
    assert ledger.records[0]["record"]["tags"] == ["again"]
    assert ledger.gaps == [{"table": 2, "cause": 1, "rows": 7}]
    assert {each["name"] for each in ledger.attachments} == {"freeze"}


@pytest.mark.parametrize("name", ["bad/segments-root", "bad/segments-lost.1"])
def test_a_segment_that_continues_other_blocks_is_damage(name: str) -> None:
    ledger = reader.read(segment(name))
    assert ledger.state == "damaged"
    assert [problem.kind for problem in ledger.problems] == ["segment"]
