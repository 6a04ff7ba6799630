"""Seals and proofs: what the command does with them, and what strangers make of them."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import records
import strangers
from conftest import ROOT, Command
from cryptography.exceptions import InvalidSignature
from strangers import Checkpoint, Key, Proof


class Keys(NamedTuple):
    alice: str
    lab: str


@pytest.fixture
def keys(joulebook: Command, tmp_path: Path) -> Keys:
    """A plain key and a forward-secure identity of five keys: the public lines."""
    joulebook("keygen", "example.org/alice", "-o", "alice.key")
    joulebook("keygen", "example.org/lab", "--seals", 5, "-o", "lab.key")
    return Keys(*(tmp_path.joinpath(f"{who}.key.pub").read_text().strip() for who in Keys._fields))


@pytest.fixture
def ledger(joulebook: Command, tmp_path: Path) -> Path:
    return made(joulebook, tmp_path, "one", 3)


def made(joulebook: Command, directory: Path, name: str, runs: int) -> Path:
    """A closed ledger of a few runs that were imported."""
    wanted = [records.record(f"{name}-{n:04}", at=n, config={"lr": n}, seed=n) for n in range(runs)]
    records.write(directory / f"{name}.jsonl", wanted)
    joulebook("import", "records", f"{name}.jsonl", "--into", f"{name}.runs")
    (path,) = directory.joinpath(f"{name}.runs").glob("*.joule")
    return path.rename(directory / f"{name}.joule")


def grown(joulebook: Command, directory: Path) -> Path:
    """A ledger of some forty blocks, because many have sealed it."""
    path = made(joulebook, directory, "grown", 2)
    for number in range(12):
        joulebook("keygen", f"witness-{number}.example", "-o", f"witness{number}.key")
        joulebook("seal", path, "--key", f"witness{number}.key")
    return path


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


# The command


def test_a_seal_is_for_its_key_and_nobody_elses(
    joulebook: Command, ledger: Path, keys: Keys
) -> None:
    assert "not sealed" in joulebook("verify", ledger, status=1).stdout
    assert "sealed" in joulebook("seal", ledger, "--key", "alice.key").stdout
    stated = joulebook("verify", ledger).stdout
    assert "intact and sealed" in stated
    assert "example.org/alice" in stated
    assert "nobody vouches" in stated
    for key in ("alice.key.pub", keys.alice):
        named = joulebook("verify", ledger, "--key", key).stdout
        assert "intact and sealed" in named
        assert "nobody vouches" not in named
    other = joulebook("verify", ledger, "--key", "lab.key.pub", status=1).stdout
    assert "not signed by the key named" in other
    document = joulebook.json("verify", "verify", ledger, "--json", "--key", keys.alice)
    (file,) = document["files"]
    assert file["sealed"] is True
    assert file["seal"]["named"] is True
    assert file["seal"]["identity"] == keys.alice
    Checkpoint.parse(file["seal"]["checkpoint"].encode()).verify(keys.alice)


def test_a_seal_that_is_there_is_not_made_again(
    joulebook: Command, ledger: Path, keys: Keys
) -> None:
    joulebook("seal", ledger, "--key", "alice.key")
    before = ledger.read_bytes()
    assert "already sealed" in joulebook("seal", ledger, "--key", "alice.key").stdout
    assert ledger.read_bytes() == before
    joulebook("seal", ledger, "--key", "lab.key")
    assert "intact and sealed" in joulebook("verify", ledger, "--key", keys.alice).stdout
    assert "1 of 5" in joulebook("verify", ledger, "--key", keys.lab).stdout


def test_several_ledgers_are_sealed_and_a_bad_one_among_them_is_told(
    joulebook: Command, tmp_path: Path, keys: Keys
) -> None:
    good = [made(joulebook, tmp_path, name, 1) for name in ("one", "two")]
    bad = tmp_path / "bad.joule"
    data = bytearray(good[0].read_bytes())
    data[120] ^= 1
    bad.write_bytes(data)
    result = joulebook("seal", good[0], bad, good[1], "--key", "lab.key", status=65)
    assert len(lines(result.stdout)) == 2
    assert "damaged" in result.stderr
    assert bad.read_bytes() == data
    joulebook("verify", *good, "--key", keys.lab)


def test_a_live_ledger_is_refused_and_a_torn_one_is_finished_and_sealed(
    joulebook: Command, ledger: Path, keys: Keys
) -> None:
    half = ledger.read_bytes()[:-100]
    ledger.write_bytes(half)
    with ledger.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        result = joulebook("seal", ledger, "--key", "lab.key", status=65)
        assert len(lines(result.stderr)) == 1
        assert "another process is writing" in result.stderr
        assert "live" in joulebook("verify", ledger, status=1).stdout
    assert ledger.read_bytes() == half
    assert "1 of 5" in joulebook("seal", ledger, "--key", "lab.key").stdout
    assert "intact and sealed" in joulebook("verify", ledger, "--key", keys.lab).stdout


def test_a_pack_is_sealed_like_any_ledger(joulebook: Command, tmp_path: Path, keys: Keys) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("one", "two"):
        made(joulebook, tmp_path, name, 2).rename(folder / f"{name}.joule")
    joulebook("pack", folder, "-o", "pack.joule")
    joulebook("seal", "pack.joule", "--key", "alice.key")
    assert "intact and sealed" in joulebook("verify", "pack.joule", "--key", keys.alice).stdout
    joulebook("prove", "pack.joule", "--block", 0, "-o", "p")
    joulebook("prove", "--check", "p", "--key", keys.alice, "--ledger", "pack.joule")


def test_a_used_up_identity_says_so(joulebook: Command, tmp_path: Path) -> None:
    joulebook("keygen", "example.org/lab", "--seals", 2, "-o", "few.key")
    ledgers = [made(joulebook, tmp_path, name, 1) for name in ("one", "two", "three")]
    before = ledgers[2].read_bytes()
    result = joulebook("seal", *ledgers, "--key", "few.key", status=65)
    assert "all 2 keys" in result.stderr
    assert ledgers[2].read_bytes() == before
    assert "already sealed" in joulebook("seal", ledgers[0], "--key", "few.key").stdout


def test_a_one_time_key_that_sealed_two_ledgers_was_copied(
    joulebook: Command, tmp_path: Path, keys: Keys
) -> None:
    first, second = (made(joulebook, tmp_path, name, 1) for name in ("one", "two"))
    shutil.copy(tmp_path / "lab.key", tmp_path / "copy.key")
    joulebook("seal", first, "--key", "lab.key")
    joulebook("seal", second, "--key", "copy.key")
    for ledger in (first, second):
        joulebook("verify", ledger, "--key", keys.lab)
    result = joulebook("verify", first, second, "--key", keys.lab, status=2)
    assert "was copied" in result.stdout
    shutil.copy(first, tmp_path / "same.joule")
    joulebook("verify", first, "same.joule", "--key", keys.lab)


def test_a_copied_one_time_key_is_found_in_earlier_seals_packs_and_segments(
    joulebook: Command, tmp_path: Path, keys: Keys
) -> None:
    first, second = (made(joulebook, tmp_path, name, 1) for name in ("one", "two"))
    shutil.copy(tmp_path / "lab.key", tmp_path / "copy.key")
    joulebook("seal", first, "--key", "lab.key")
    joulebook("note", first, "sealed again behind this")
    joulebook("seal", first, "--key", "lab.key")
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3):
        name = f"segments.{number}.joule" if number else "segments.joule"
        shutil.copy(ROOT / "Schemas/Vectors" / name, folder)
    shutil.copy(second, folder)
    chain = folder / "segments.joule"
    for ledger in (second, folder / "segments.2.joule", folder / second.name):
        shutil.copy(tmp_path / "copy.key", tmp_path / "thief.key")
        joulebook("seal", ledger, "--key", "thief.key")
    joulebook("pack", folder / second.name, "-o", "pack.joule")
    for other, place in ((second, second), (chain, "segments.2"), ("pack.joule", "pack.joule#")):
        result = joulebook("verify", first, other, "--key", keys.lab, status=2)
        line = next(line for line in lines(result.stdout) if "was copied" in line)
        assert "key 1 of 5 of example.org/lab, which seals once" in line
        assert str(first) in line
        assert str(place) in line


def test_keygen_writes_for_its_owner_only_and_never_over_anything(
    joulebook: Command, tmp_path: Path
) -> None:
    result = joulebook("keygen", "example.org/alice", "-o", "a.key")
    assert tmp_path.joinpath("a.key").stat().st_mode & 0o777 == 0o600
    assert tmp_path.joinpath("a.key.pub").read_text().strip() == lines(result.stdout)[-1]
    before = tmp_path.joinpath("a.key").read_bytes()
    joulebook("keygen", "example.org/bob", "-o", "a.key", status=74)
    assert tmp_path.joinpath("a.key").read_bytes() == before
    for name in ("", "two words", "a+b", "ünïcode"):
        joulebook("keygen", name, "-o", "b.key", status=64)
    for count in (0, 1, 65537):
        joulebook("keygen", "a", "-o", "b.key", "--seals", count, status=64)
    assert not tmp_path.joinpath("b.key").exists()


@pytest.mark.parametrize("wrong", ["secret", "public", "text", "missing"])
def test_a_key_of_the_wrong_kind_is_named_in_one_line(
    joulebook: Command, ledger: Path, keys: Keys, tmp_path: Path, wrong: str
) -> None:
    tmp_path.joinpath("text").write_text("hello\n")
    if wrong in ("public", "text", "missing"):
        name = {"public": "alice.key.pub"}.get(wrong, wrong)
        expected = 74 if wrong == "missing" else 65
        result = joulebook("seal", ledger, "--key", name, status=expected)
        assert len(lines(result.stderr)) == 1
    if wrong in ("secret", "text", "missing"):
        name = {"secret": "alice.key"}.get(wrong, wrong)
        expected = 74 if wrong == "missing" else 65
        result = joulebook("verify", ledger, "--key", name, status=expected)
        assert len(lines(result.stderr)) == 1
        secret = tmp_path.joinpath("alice.key").read_text().strip().split("+", 4)[4]
        assert secret not in result.stderr


def test_what_was_kept_tells_a_cut_and_a_rewritten_ledger(
    joulebook: Command, ledger: Path, keys: Keys, tmp_path: Path
) -> None:
    joulebook("seal", ledger, "--key", "alice.key")
    older = ledger.read_bytes()
    joulebook("seal", ledger, "--key", "lab.key")
    joulebook("prove", ledger, "-o", "kept")
    result = joulebook("prove", ledger, "--since", "kept", "-o", "kept.proof")
    assert "begins with the" in result.stdout and "blocks of kept" in result.stdout
    assert "not checked" in result.stderr
    result = joulebook("prove", ledger, "--since", "kept", "--key", keys.lab)
    assert result.stdout == tmp_path.joinpath("kept.proof").read_text()
    assert len(lines(result.stderr)) == 1 and "as example.org/lab signed" in result.stderr
    verdict = joulebook(
        "prove", "--check", "kept.proof", "--key", keys.lab, "--since", "kept"
    ).stdout
    assert "proven" in verdict
    # What it continues must be known.
    alone = joulebook("prove", "--check", "kept.proof", "--key", keys.lab, status=64)
    assert "--since" in alone.stderr
    ledger.write_bytes(older)
    joulebook("verify", ledger, "--key", keys.alice)
    assert "cut off" in joulebook("prove", ledger, "--since", "kept", status=2).stderr
    other = made(joulebook, tmp_path, "other", 9)
    assert "another ledger" in joulebook("prove", other, "--since", "kept", status=2).stderr
    joulebook("prove", ledger, "--since", 1, "--key", keys.lab, status=64)
    joulebook("prove", ledger, "--key", keys.lab, status=64)


@pytest.mark.parametrize("who", ["alice", "lab"])
def test_what_was_kept_counts_only_with_the_signature_of_whom_was_named(
    joulebook: Command, ledger: Path, keys: Keys, tmp_path: Path, who: str
) -> None:
    joulebook("seal", ledger, "--key", f"{who}.key")
    joulebook("prove", ledger, "-o", "kept")
    named = ("--key", getattr(keys, who))
    joulebook("prove", ledger, "--since", "kept", *named)
    stranger = ("--key", keys.lab if who == "alice" else keys.alice)
    joulebook("prove", ledger, "--since", "kept", *stranger, "-o", "none", status=1)
    kept = tmp_path.joinpath("kept").read_text()
    head, signature = kept.strip().rsplit(" ", 1)
    changed = bytearray(base64.b64decode(signature))
    changed[-1] ^= 1
    forged = f"{head} {base64.b64encode(changed).decode()}\n"
    tmp_path.joinpath("forged").write_text(forged)
    joulebook("prove", ledger, "--since", "forged")
    result = joulebook("prove", ledger, "--since", "forged", *named, "-o", "none", status=2)
    assert "signature in forged does not hold" in result.stderr
    assert not tmp_path.joinpath("none").exists()


def test_a_proof_convinces_whoever_has_the_key_and_nobody_without(
    joulebook: Command, ledger: Path, keys: Keys, tmp_path: Path
) -> None:
    joulebook("seal", ledger, "--key", "lab.key")
    joulebook("prove", ledger, "--block", 1, "-o", "p")
    joulebook("prove", ledger, "--block", 1, "-o", "p", status=74)
    assert "proven" in joulebook("prove", "--check", "p", "--key", keys.lab).stdout
    joulebook("prove", "--check", "p", "--key", keys.lab, "--ledger", ledger)
    assert "not signed" in joulebook("prove", "--check", "p", "--key", keys.alice, status=1).stdout
    other = made(joulebook, tmp_path, "other", 2)
    arguments = ("prove", "--check", "p", "--key", keys.lab, "--ledger", other)
    assert "refuted" in joulebook(*arguments, status=2).stdout
    joulebook("prove", "--check", other, "--key", keys.lab, status=65)
    joulebook("prove", "--check", "p", status=64)
    joulebook("prove", ledger, "--block", 1, "--since", 1, status=64)
    joulebook("prove", ledger, "--block", 99, status=65)


def test_an_unsealed_ledger_is_proven_in_its_root_and_said_to_be_unsigned(
    joulebook: Command, ledger: Path, keys: Keys
) -> None:
    joulebook("prove", ledger, status=65)
    assert "nobody signed" in joulebook("prove", ledger, "--block", 0, "-o", "p").stderr
    arguments = ("prove", "--check", "p", "--key", keys.alice, "--ledger", ledger)
    assert "not signed" in joulebook(*arguments, status=1).stdout


# Strangers

WHO = pytest.mark.parametrize("who", Keys._fields)


def sealed(joulebook: Command, ledger: Path, who: str) -> list[strangers.Block]:
    joulebook("seal", ledger, "--key", f"{who}.key")
    return strangers.read(ledger)[1]


@WHO
def test_a_stranger_agrees_with_the_seal(
    joulebook: Command, ledger: Path, keys: Keys, who: str
) -> None:
    sealed(joulebook, ledger, who)
    public = getattr(keys, who)
    checkpoint = strangers.check(ledger, public)
    note = joulebook("prove", ledger).stdout.encode()
    assert Checkpoint.parse(note) == checkpoint
    other = keys.lab if who == "alice" else keys.alice
    with pytest.raises(AssertionError):
        strangers.check(ledger, other)


@WHO
def test_a_stranger_disagrees_when_a_signature_is_changed(
    joulebook: Command, ledger: Path, keys: Keys, who: str
) -> None:
    sealed(joulebook, ledger, who)
    checkpoint = strangers.check(ledger, getattr(keys, who))
    key = next(
        Key.parse(block.payload)
        for block in strangers.read(ledger)[1]
        if block.type == strangers.KEY
    )
    checkpoint.text = checkpoint.text.replace(b"\n", b"\n\n", 1)
    with pytest.raises(InvalidSignature):
        checkpoint.verify(key.text)


@WHO
def test_a_stranger_makes_the_same_proofs(
    joulebook: Command, tmp_path: Path, keys: Keys, who: str
) -> None:
    ledger = grown(joulebook, tmp_path)
    blocks = sealed(joulebook, ledger, who)
    checkpoint = strangers.check(ledger, getattr(keys, who))
    leaves = [block.leaf for block in blocks[: checkpoint.size]]
    for number in range(checkpoint.size):
        proof = Proof.parse(joulebook("prove", ledger, "--block", number).stdout.encode())
        assert proof.title == "c2sp.org/tlog-proof@v1"
        assert (proof.place, proof.checkpoint) == (number, checkpoint)
        assert proof.hashes == strangers.path(number, leaves)
        assert proof.extra[:32] == leaves[number]
        assert Key.parse(proof.extra[32:]).belongs_to(getattr(keys, who))
    for old in range(1, checkpoint.size + 1):
        proof = Proof.parse(joulebook("prove", ledger, "--since", old).stdout.encode())
        assert proof.title == "joulebook/tlog-consistency@v1"
        assert (proof.place, proof.checkpoint) == (old, checkpoint)
        assert proof.hashes == strangers.consistency(old, leaves)
        assert Key.parse(proof.extra).belongs_to(getattr(keys, who))


# golang.org/x/mod/sumdb, the implementation behind Go's checksum database

GO_SOURCES = Path("/usr/share/gocode")


@pytest.fixture(scope="session")
def tlog(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs Tlog/main.go and returns what it prints."""
    if shutil.which("go") is None or not GO_SOURCES.joinpath("src/golang.org/x/mod").is_dir():
        pytest.skip("needs Debian's golang-go and golang-golang-x-mod-dev")
    program = tmp_path_factory.mktemp("go") / "tlog"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GO_SOURCES),
        "GOFLAGS": "",
        "GOCACHE": str(tmp_path_factory.mktemp("cache")),
    }
    subprocess.run(
        ["go", "build", "-o", program, ROOT / "Tests/Integration/Tlog/main.go"],
        env=environment,
        check=True,
        timeout=300,
    )

    def run(*arguments: object, status: int = 0) -> str:
        result = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, timeout=60
        )
        assert result.returncode == status, result.stderr
        return result.stdout

    return run


def text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@WHO
def test_go_agrees_with_notes_and_roots(
    joulebook: Command, tlog: Callable[..., str], ledger: Path, keys: Keys, tmp_path: Path, who: str
) -> None:
    blocks = sealed(joulebook, ledger, who)
    joulebook("prove", ledger, "-o", "note")
    key = next(Key.parse(block.payload) for block in blocks if block.type == strangers.KEY)
    opened = tlog("note", key.text, tmp_path / "note")
    _, size, root = lines(opened)
    assert root == lines(tlog("root", *(block.content.hex() for block in blocks[: int(size)])))[0]
    # A note that is changed, and one by somebody else.
    changed = tmp_path.joinpath("note").read_bytes().replace(b"example.org", b"example.com", 1)
    tmp_path.joinpath("changed").write_bytes(changed)
    tlog("note", key.text, tmp_path / "changed", status=1)
    if who == "lab":
        tlog("note", keys.alice, tmp_path / "note", status=1)


def test_go_signs_with_our_secret_key(
    joulebook: Command, tlog: Callable[..., str], ledger: Path, keys: Keys, tmp_path: Path
) -> None:
    joulebook("seal", ledger, "--key", "alice.key")
    note = joulebook("prove", ledger).stdout
    body = note.split("\n\n")[0] + "\n"
    tmp_path.joinpath("body").write_text(body)
    secret = tmp_path.joinpath("alice.key").read_text().strip()
    assert tlog("sign", secret, tmp_path / "body") == note


def test_go_agrees_with_proofs(
    joulebook: Command, tlog: Callable[..., str], keys: Keys, tmp_path: Path
) -> None:
    ledger = grown(joulebook, tmp_path)
    blocks = sealed(joulebook, ledger, "alice")
    checkpoint = strangers.check(ledger, keys.alice)
    head = (checkpoint.size, text(checkpoint.root))
    leaves = [block.leaf for block in blocks[: checkpoint.size]]
    for number, leaf in enumerate(leaves):
        proof = Proof.parse(joulebook("prove", ledger, "--block", number).stdout.encode())
        hashes = [text(digest) for digest in proof.hashes]
        tlog("inclusion", *head, number, text(leaf), *hashes)
        tlog("inclusion", *head, number, text(strangers.leaf(b"other")), *hashes, status=1)
    for old in range(1, checkpoint.size + 1):
        proof = Proof.parse(joulebook("prove", ledger, "--since", old).stdout.encode())
        hashes = [text(digest) for digest in proof.hashes]
        tlog("consistency", *head, old, text(strangers.root(leaves[:old])), *hashes)
        tlog("consistency", *head, old, text(strangers.leaf(b"other")), *hashes, status=1)
