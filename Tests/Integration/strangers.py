"""What a stranger needs to check a sealed ledger, written from Schemas/joule-format.md alone.

Shares nothing with the program: Ed25519 is that of the `cryptography` package, trees and proofs are
spelt out from the recursive definitions of RFC 6962.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY, CHECKPOINT = 10, 5


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf(content: bytes) -> bytes:
    return sha256(b"\0" + content)


def split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 § 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 § 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), root(leaves[k:])]
    return [*path(index - k, leaves[k:]), root(leaves[:k])]


def consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of RFC 6962 § 2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*consistency(old, leaves[:k], whole), root(leaves[k:])]
    return [*consistency(old - k, leaves[k:], False), root(leaves[:k])]


def root_of_path(content: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root to which an inclusion path leads, by its recursive definition."""
    if size == 1:
        assert not hashes
        return content
    k = split(size)
    if index < k:
        return sha256(b"\1" + root_of_path(content, index, k, hashes[:-1]) + hashes[-1])
    return sha256(b"\1" + hashes[-1] + root_of_path(content, index - k, size - k, hashes[:-1]))


@dataclass
class Block:
    type: int
    payload: bytes
    content: bytes

    @property
    def leaf(self) -> bytes:
        return leaf(self.content)


def read(ledger: Path) -> tuple[bytes, list[Block]]:
    """File id and blocks of an undamaged ledger (§ 2, § 3, § 5)."""
    data = ledger.read_bytes()
    blocks, place = [], 64
    while place < len(data):
        if data[place : place + 4] == b"JKBT":
            place += 64
            continue
        assert data[place : place + 4] == b"JKB1"
        size = struct.unpack_from("<I", data, place + 12)[0]
        content = data[place : place + 48 + size]
        blocks.append(Block(content[8], content[48:], content))
        place += (48 + size + 7) // 8 * 8
    return data[24:40], blocks


def verifier_key(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, id and key of a verifier key (§ 11)."""
    name, identifier, encoded = text.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    assert key[0] == 1
    assert len(key) == 33
    expected = sha256(name.encode() + b"\n" + key)[:4]
    assert bytes.fromhex(identifier) == expected
    return name, expected, Ed25519PublicKey.from_public_bytes(key[1:])


def identity(text: str) -> tuple[str, int, bytes]:
    """Name, number of keys and root of a forward-secure identity (§ 11)."""
    name, identifier, encoded = text.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    assert bytes.fromhex(identifier) == sha256(name.encode() + b"\n" + key)[:4]
    prefix = b"\xffjoulebook/keys/1"
    assert key.startswith(prefix)
    (count,) = struct.unpack_from("<I", key, len(prefix))
    return name, count, key[len(prefix) + 4 :]


def varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


@dataclass
class Key:
    """The payload of a KEY block (§ 4)."""

    text: str
    number: int
    count: int
    path: list[bytes]

    @classmethod
    def parse(cls, data: bytes) -> Key:
        size = struct.unpack_from("<H", data)[0]
        text = data[2 : 2 + size].decode()
        number, place = varint(data, 2 + size)
        count, place = varint(data, place)
        hashes = data[place + 1 :]
        assert len(hashes) == 32 * data[place]
        return cls(text, number, count, [hashes[i : i + 32] for i in range(0, len(hashes), 32)])

    def belongs_to(self, text: str) -> bool:
        """Whether this is the key, or a key of the identity, of that text."""
        if self.count == 1:
            return self.text == text
        name, count, expected = identity(text)
        found = root_of_path(leaf(self.text.encode()), self.number, self.count, self.path)
        return (self.text.split("+")[0], self.count, found) == (name, count, expected)


@dataclass
class Checkpoint:
    """A signed note that states a tree head (§ 11)."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: dict[tuple[str, bytes], bytes]

    @classmethod
    def parse(cls, note: bytes) -> Checkpoint:
        text, _, lines = note.rpartition(b"\n\n")
        text += b"\n"
        origin, size, encoded, end = text.decode().split("\n")
        assert end == ""
        signatures = {}
        for line in lines.decode().splitlines():
            dash, name, signature = line.split(" ")
            assert dash == "—"
            raw = base64.b64decode(signature, validate=True)
            signatures[name, raw[:4]] = raw[4:]
        return cls(text, origin, int(size), base64.b64decode(encoded), signatures)

    def verify(self, key: str) -> None:
        """Raises unless this verifier key signed."""
        name, identifier, public = verifier_key(key)
        public.verify(self.signatures[name, identifier], self.text)


def check(ledger: Path, public: str) -> Checkpoint:
    """The last checkpoint by this key or identity, with everything about it checked."""
    file_id, blocks = read(ledger)
    keys: list[Key] = []
    found: Checkpoint | None = None
    for place, block in enumerate(blocks):
        if block.type == KEY:
            keys.append(Key.parse(block.payload))
        if block.type != CHECKPOINT:
            continue
        checkpoint = Checkpoint.parse(block.payload)
        name = next(iter(checkpoint.signatures))[0]
        assert checkpoint.origin == f"{name}/{file_id.hex()}"
        assert checkpoint.size == place
        assert checkpoint.root == root([block.leaf for block in blocks[:place]])
        for key in keys:
            if verifier_key(key.text)[:2] in checkpoint.signatures:
                checkpoint.verify(key.text)
                if key.belongs_to(public):
                    found = checkpoint
    assert found is not None, "nobody of that name signed"
    return found


@dataclass
class Proof:
    """A proof as text (§ 11)."""

    title: str
    extra: bytes
    place: int
    hashes: list[bytes]
    checkpoint: Checkpoint
    note: bytes

    @classmethod
    def parse(cls, text: bytes) -> Proof:
        head, _, note = text.partition(b"\n\n")
        title, *lines = head.decode().split("\n")
        extra = b""
        if lines[0].startswith("extra "):
            extra = base64.b64decode(lines.pop(0)[6:], validate=True)
        word, place = lines.pop(0).split(" ")
        assert word in ("index", "old")
        hashes = [base64.b64decode(line, validate=True) for line in lines]
        return cls(title, extra, int(place), hashes, Checkpoint.parse(note), note)
