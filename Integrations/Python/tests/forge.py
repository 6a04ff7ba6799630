"""Puts ledgers together byte by byte, right ones and wrong ones, from `joule-format.md` alone."""

from __future__ import annotations

import base64
import hashlib
import itertools
import struct
from collections.abc import Iterable
from typing import Any

from joulebook import reader

FILE_ID = bytes(range(1, 17))


def header(
    *,
    file_id: bytes = FILE_ID,
    magic: bytes = reader.MAGIC,
    major: int = 1,
    incompatible: int = 0,
    compatible: int = 0,
    size: int = 64,
    segment: int = 0,
    previous_root: bytes = bytes(8),
) -> bytes:
    """A file header."""
    fields = magic + struct.pack("<HHIII", major, 0, incompatible, compatible, size) + file_id
    fields += struct.pack("<QI", 1_700_000_000_000_000_000, segment) + previous_root
    return fields + struct.pack("<I", reader.crc32c(fields))


def varint(value: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def zigzag(value: int) -> bytes:
    """A signed number."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value: str | bytes) -> bytes:
    """A u16 length and UTF-8."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<H", len(data)) + data


def lane(data: bytes) -> bytes:
    """A raw byte lane."""
    return b"\x01" + data


def frame(
    size: int, blocks: Iterable[bytes] = (), *, window: int | None = None, last: bool = True
) -> bytes:
    """A zstd frame of hand-made blocks that states `size`; run-length blocks make it a bomb."""
    blocks = list(blocks)
    if window is None:
        head = b"\x28\xb5\x2f\xfd" + bytes([0xE0]) + struct.pack("<Q", size)
    else:
        head = b"\x28\xb5\x2f\xfd" + bytes([0xC0, window]) + struct.pack("<Q", size)
    out = head
    for place, block in enumerate(blocks):
        number = int.from_bytes(block[:3], "little") | (last and place == len(blocks) - 1)
        out += number.to_bytes(3, "little") + block[3:]
    return out


def run_of(byte: int, size: int) -> bytes:
    """A run-length block of a zstd frame."""
    return (size << 3 | 1 << 1).to_bytes(3, "little") + bytes([byte])


def stored(data: bytes) -> bytes:
    """A raw block of a zstd frame."""
    return (len(data) << 3).to_bytes(3, "little") + data


class Forge:
    """A ledger that is put together block by block; every checksum and hash is right."""

    def __init__(self, head: bytes | None = None) -> None:
        self.bytes = header() if head is None else head
        self.tree = reader.MerkleTree()
        self.leaf = bytes(32)
        self.summary = 0

    def block(
        self,
        type: int,
        payload: bytes = b"",
        *,
        flags: int = 0,
        table: int = 0,
        rows: int = 0,
        raw: int | None = None,
        sequence: int | None = None,
        previous: bytes | None = None,
    ) -> Forge:
        """Appends a block; what is not given is what a writer would put there."""
        head = (
            reader.BLOCK_SYNC
            + self.bytes[24:28]
            + struct.pack(
                "<BBHIIIQ8sI",
                type,
                flags,
                table,
                len(payload),
                len(payload) if raw is None else raw,
                rows,
                self.tree.size if sequence is None else sequence,
                self.leaf[:8] if previous is None else previous,
                reader.crc32c(payload),
            )
        )
        head += struct.pack("<I", reader.crc32c(head))
        if type == reader.SUMMARY:
            self.summary = len(self.bytes)
        self.leaf = hashlib.sha256(b"\0" + head + payload).digest()
        self.tree.append(self.leaf)
        self.bytes += head + payload + bytes(-len(payload) % 8)
        return self

    def trailer(self, **fields: object) -> Forge:
        """Appends a trailer that fits, but for what is given."""
        body = (
            reader.TRAILER_SYNC
            + self.bytes[24:28]
            + struct.pack(
                "<QQ32sI",
                fields.get("blocks", self.tree.size),
                fields.get("summary", self.summary),
                fields.get("root", self.tree.root),
                fields.get("reserved", 0),
            )
        )
        self.bytes += body + struct.pack("<I", reader.crc32c(body))
        return self

    def schema(self, table: int, first: int, *columns: tuple[int, str]) -> Forge:
        """Appends a SCHEMA that names columns of one table: type and name of each."""
        payload = struct.pack("<HH", 1, table) + text(reader.TABLES.get(table, ("own", []))[0])
        payload += struct.pack("<HH", first, len(columns))
        for type, name in columns:
            payload += bytes([type, 1]) + text(name) + text("")
        return self.block(reader.SCHEMA, payload, flags=1, rows=1)

    def indexed(self, told: dict[str, Any] | None = None) -> Forge:
        """Appends an INDEX, the right one or what is told in the form of the document."""
        told = self._walked().indexes.expected() if told is None else told
        payload = varint(told["ordinal"]) + bytes([len(told["pointers"])])
        for pointer in told["pointers"]:
            payload += varint(pointer["ordinal"]) + varint(pointer["offset"])
            payload += struct.pack("<qq", pointer["from"], pointer["to"])
        payload += varint(len(told["entries"]))
        for entry in told["entries"]:
            payload += varint(entry["offset"]) + struct.pack("<H", entry["table"])
            payload += varint(entry["rows"]) + varint(entry["first_row"])
            payload += varint(len(entry["zones"]))
            for zone in entry["zones"]:
                payload += struct.pack("<H", zone["number"]) + varint(zone["count"])
                payload += bytes([zone["minimum"] is not None])
                payload += _patterns(zone["minimum"], zone["maximum"])
        return self.block(reader.INDEX, payload)

    def summed(self, told: dict[str, Any] | None = None) -> Forge:
        """Appends a SUMMARY, the right one or what is told in the form of the document."""
        told = self._walked()._totals() if told is None else told
        payload = struct.pack("<QB", told["tree_size"], len(told["range"]))
        payload += b"".join(map(bytes.fromhex, told["range"])) + varint(told["index"])
        payload += varint(len(told["heads"]))
        for before, head in itertools.pairwise([0, *told["heads"]]):
            payload += varint(head - before)
        payload += varint(told["meta_covered"]) + varint(len(told["gaps"]))
        for gap in told["gaps"]:
            payload += struct.pack("<HB", gap["table"], gap["cause"]) + varint(gap["rows"])
        payload += varint(len(told["tables"])) + b"".join(map(_totals, told["tables"]))
        return self.block(reader.SUMMARY, payload)

    def _walked(self) -> reader._Walk:
        walk = reader._Walk(reader.Source(self.bytes), None)
        walk.run()
        return walk

    def meta(self, *documents: str | bytes, covered: int = 0) -> Forge:
        """Appends a META block."""
        payload = struct.pack("<Q", covered)
        for document in documents:
            payload += (document.encode() if isinstance(document, str) else document) + b"\n"
        return self.block(reader.META, payload, flags=1, rows=len(documents))

    def data(
        self,
        table: int,
        rows: int,
        columns: dict[int, tuple[int, bytes]],
        *,
        first_row: int = 0,
        series: Iterable[int] = (),
        covered: int = 0,
        **fields: int,
    ) -> Forge:
        """Appends a DATA block: coding and body of each column."""
        counts = list(series)
        payload = varint(covered) + varint(first_row) + varint(max(len(counts), 1))
        if len(counts) > 1:
            payload += b"".join(map(varint, counts))
        payload += varint(len(columns))
        for number, (coding, body) in columns.items():
            payload += varint(number) + bytes([coding]) + varint(len(body)) + body
        size = 8 * rows * len(columns)
        return self.block(
            reader.DATA, payload, table=table, rows=rows, **{"raw": size, "flags": 1, **fields}
        )


def _patterns(*values: str | None) -> bytes:
    """Patterns, of those that are there."""
    return b"".join(bytes.fromhex(value)[::-1] for value in values if value is not None)


def _totals(table: dict[str, Any]) -> bytes:
    """A table in a SUMMARY."""
    payload = struct.pack("<H", table["id"]) + text(table["name"])
    payload += struct.pack("<HH", table["first"], len(table["columns"]))
    for column in table["columns"]:
        payload += bytes([column["type"], column["role"]])
        payload += text(column["name"]) + text(column["unit"])
    payload += varint(table["covered"]) + varint(table["rows"])
    for told in table["statistics"]:
        payload += varint(told["count"])
        if told["last"] is not None:
            payload += bytes([(told["sum"] is not None) | (told["minimum"] is not None) << 1])
            payload += _patterns(told["minimum"], told["maximum"], told["last"])
            payload += b"" if told["sum"] is None else zigzag(told["sum"])
    return payload


def numbers(values: list[int]) -> tuple[int, bytes]:
    """A column of raw patterns."""
    return 0, struct.pack(f"<{len(values)}Q", *(value & reader.M64 for value in values))


class Signer:
    """An Ed25519 key (RFC 8032) that signs notes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        digest = hashlib.sha512(seed).digest()
        self._scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
        self._prefix = digest[32:]
        self.public = self._encoded(self._scalar)
        data = b"\x01" + self.public
        self.id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        self.verifier = f"{name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    @staticmethod
    def _encoded(scalar: int) -> bytes:
        base = reader._point((4 * pow(5, -1, reader._P) % reader._P).to_bytes(32, "little"))
        assert base is not None
        x, y, z, _ = reader._times(scalar, base)
        inverse = pow(z, -1, reader._P)
        odd = x * inverse % reader._P & 1
        return (y * inverse % reader._P | odd << 255).to_bytes(32, "little")

    def signature(self, message: bytes) -> bytes:
        """The signature of `message`."""
        nonce = int.from_bytes(hashlib.sha512(self._prefix + message).digest(), "little")
        point = self._encoded(nonce % reader._L)
        digest = hashlib.sha512(point + self.public + message).digest()
        scalar = (nonce + int.from_bytes(digest, "little") * self._scalar) % reader._L
        return point + scalar.to_bytes(32, "little")

    def note(self, text: str) -> bytes:
        """A signed note."""
        line = base64.b64encode(self.id + self.signature(text.encode())).decode()
        return f"{text}\n\N{EM DASH} {self.name} {line}\n".encode()

    def key(self, number: int = 0, keys: int = 1, path: Iterable[bytes] = ()) -> bytes:
        """The payload of a KEY block."""
        hashes = list(path)
        head = text(self.verifier) + varint(number) + varint(keys)
        return head + bytes([len(hashes)]) + b"".join(hashes)

    def checkpoint(self, forged: Forge, **fields: object) -> bytes:
        """The payload of a CHECKPOINT of all blocks so far, but for what is given."""
        origin = fields.get("origin", f"{self.name}/{forged.bytes[24:40].hex()}")
        root = base64.b64encode(fields.get("root", forged.tree.root)).decode()  # type: ignore[arg-type]
        return self.note(f"{origin}\n{fields.get('size', forged.tree.size)}\n{root}\n")


def identity(name: str, keys: int) -> tuple[list[Signer], list[list[bytes]]]:
    """The keys of a forward-secure identity, and the inclusion path of each."""
    signers = [Signer(name, bytes([number]) * 32) for number in range(keys)]
    leaves = [hashlib.sha256(b"\0" + signer.verifier.encode()).digest() for signer in signers]
    return signers, [_path(number, leaves) for number in range(keys)]


def _root(leaves: list[bytes]) -> bytes:
    tree = reader.MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root


def _path(number: int, leaves: list[bytes]) -> list[bytes]:
    """The inclusion path of RFC 6962 § 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if number < half:
        return [*_path(number, leaves[:half]), _root(leaves[half:])]
    return [*_path(number - half, leaves[half:]), _root(leaves[:half])]
