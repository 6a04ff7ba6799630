"""Reads ledgers without the native library: a second implementation of `Schemas/joule-format.md`.

    from joulebook import reader

    ledger = reader.read("run.joule")
    ledger.state, ledger.problems, ledger.records
    ledger.tables["steps"]["loss"].values

Written from the specification alone, in the standard library and a binding of zstd, so that two
implementations can be held against each other (`document`, `Schemas/Vectors`). The file stands
for itself: `python reader.py FILE` prints everything that another implementation must agree on.

Nothing of a file is believed before it is checked, and `read` takes bounded memory whatever a file
says: what blocks and columns hold is decoded again when it is asked for.
What cannot be read raises a `LedgerError` that names the offset; damage inside a readable file is
listed in `Ledger.problems`.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import itertools
import json
import math
import os
import re
import stat
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeGuard

__all__ = [
    "Block",
    "BudgetError",
    "Column",
    "CriticalBlockError",
    "Damage",
    "FeatureError",
    "HeaderError",
    "Ledger",
    "LedgerError",
    "MissingZstdError",
    "NotALedgerError",
    "Problem",
    "Ring",
    "Table",
    "VersionError",
    "document",
    "read",
]

# --- Numbers of the specification (Schemas/records.json) -----------------------------------------

MAGIC = bytes.fromhex("894a424b0d0a1a0a")
RING_MAGIC = bytes.fromhex("894a52470d0a1a0a")
BLOCK_SYNC, TRAILER_SYNC = b"JKB1", b"JKBT"
HEADER_SIZE, BLOCK_HEADER_SIZE, TRAILER_SIZE = 64, 48, 64
MAJOR, MINOR = 1, 0

SCHEMA, DATA, META, INDEX, CHECKPOINT, SUMMARY = 1, 2, 3, 4, 5, 6
RESUME, GAP, ATTACH, KEY, MEMBER = 7, 8, 9, 10, 11
CRITICAL, COMPRESSED = 1, 2
UNCOMPRESSED = {DATA, CHECKPOINT, RESUME, GAP, KEY, MEMBER}
SEALS = {KEY, CHECKPOINT}
# Blocks whose headers count something.
COUNTED = {SCHEMA, DATA, META}
# Blocks that hold what is nowhere else in a ledger.
CONTENT = {DATA, META, GAP, ATTACH}
# Blocks that hold facts, or derive from them, and are therefore no heads of a SUMMARY.
HEADLESS = {SCHEMA, DATA, GAP, INDEX, SUMMARY, MEMBER}

I64, F64, STRING = 1, 2, 3
RAW, PATTERN, F32, DECIMAL, STRINGS, DICTIONARY = 0, 1, 2, 3, 4, 5
TEXTS = {STRINGS, DICTIONARY}
OFFSET, DELTA, DELTA_OF_DELTA, ENERGY, DURATION = 0, 1, 2, 3, 4

PAYLOAD_MAX = 16 << 20
RAW_MAX = 64 << 20
ROWS_MAX = 1 << 20
COLUMNS_MAX = 4096
TEXT_MAX = 64 << 10
NAME_MAX = 1024
SCHEMA_MAX = 1 << 20
ENTRY_MAX = 32 << 10
SLOTS_MAX = 1 << 20
SLOT_NUMBER_MAX = 1 << 63
WINDOW_MAX = 8 << 20
DECODED_MAX = 4 << 30
DOCUMENTS_MAX = 4 << 20
EXPANSION_MAX = 64
TOLD_COLUMNS_MAX = 64 << 10
INDEX_ENTRIES_MAX = 64
BLOCKS_MAX = 1 << 63
NOTE_MAX = 64 << 10
SIGNATURES_MAX = 16
PART_MAX = 4 << 20
MEMBER_PART = 1 << 20
MEMBERS_MAX = 1 << 20
MEMBER_PATH_MAX = 4096
KEY_NAME_MAX = 255
KEYS_MAX = 64 << 10
DEPTH_MAX = 128
PROBLEMS_MAX = 100

M64 = (1 << 64) - 1
SIGN = 1 << 63


class Definition(NamedTuple):
    """What a column is: type, role (0 named by the specification, 1 by the program), name, unit."""

    type: int
    role: int
    name: str
    unit: str


def _fixed(*columns: str) -> list[Definition]:
    types = {"i64": I64, "f64": F64, "string": STRING}
    parts = (column.split() for column in columns)
    return [Definition(types[p[1]], 0, p[0], p[2] if len(p) > 2 else "") for p in parts]


TABLES: dict[int, tuple[str, list[Definition]]] = {
    1: (
        "epochs",
        _fixed(
            "run i64", "index i64", "epoch i64", "started i64 ns", "duration f64 s", "energy f64 J"
        ),
    ),
    2: ("steps", _fixed("run i64", "step i64", "time i64 ns")),
    3: (
        "energy",
        _fixed(
            "run i64",
            "window i64",
            "number i64",
            "meter i64",
            "energy f64 J",
            "coverage f64",
            "uncertainty_rel f64",
            "flags i64",
        ),
    ),
    4: (
        "phases",
        _fixed(
            "run i64", "phase i64", "epoch i64", "name string", "started i64 ns", "duration f64 s"
        ),
    ),
    5: (
        "telemetry",
        _fixed("run i64", "meter i64", "time i64 ns", "energy f64 J", "power f64 W"),
    ),
    6: (
        "members",
        _fixed(
            "member i64",
            "path string",
            "size i64 B",
            "offset i64 B",
            "blocks i64",
            "state string",
            "root string",
            "file string",
        ),
    ),
}


# --- Errors --------------------------------------------------------------------------------------


class LedgerError(Exception):
    """Something in the bytes of a ledger; `offset` says where, `kind` is a word for programs."""

    kind: ClassVar[str] = "damage"

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"{what} at byte {offset}")
        self.what = what
        self.offset = offset


class NotALedgerError(LedgerError):
    """Does not begin with the magic bytes of a ledger."""

    kind = "not_a_ledger"


class HeaderError(LedgerError):
    """The file header is cut off, fails its checksum or states another size."""

    kind = "header"


class VersionError(LedgerError):
    """Written by a newer major version."""

    kind = "version"


class FeatureError(LedgerError):
    """Needs a feature that this reader does not know."""

    kind = "feature"


class CriticalBlockError(LedgerError):
    """A block of an unknown type without which the file cannot be understood."""

    kind = "critical_block"


class BudgetError(LedgerError):
    """More would have to be decoded than the limits of the format or the caller allow."""

    kind = "budget"


class MissingZstdError(LedgerError):
    """No binding of zstd was found."""

    kind = "no_zstd"


class Damage(LedgerError):
    """A payload breaks a rule; `offset` counts within the payload. Never leaves `read`."""


# --- Checksums, hashes, compression --------------------------------------------------------------


def _crc_tables() -> tuple[array[int], array[int]]:
    one = array("I")
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        one.append(byte)
    low = (one[half & 255] ^ half >> 8 for half in range(65536))
    return one, array("I", (one[state & 255] ^ state >> 8 for state in low))


_CRC_BYTE, _CRC_PAIR = _crc_tables()


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli) of `data`."""
    # Two bytes a turn: half the turns of the loop.
    pairs = array("H", data[: len(data) & ~1])
    if sys.byteorder == "big":
        pairs.byteswap()
    table, state = _CRC_PAIR, 0xFFFFFFFF
    for pair in pairs:
        state = table[(state ^ pair) & 0xFFFF] ^ state >> 16
    if len(data) & 1:
        state = _CRC_BYTE[(state ^ data[-1]) & 255] ^ state >> 8
    return state ^ 0xFFFFFFFF


class MerkleTree:
    """The tree of RFC 6962 over leaves that come one by one."""

    def __init__(self) -> None:
        self.size = 0
        self._perfect: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        self._perfect.append(leaf)
        self.size += 1
        # As many perfect subtrees close as the size now has zero bits at its end.
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self._perfect.pop()
            self._perfect[-1] = hashlib.sha256(b"\x01" + self._perfect[-1] + right).digest()

    @property
    def range(self) -> list[bytes]:
        """Roots of the perfect subtrees, largest first."""
        return list(self._perfect)

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._perfect:
            return hashlib.sha256().digest()
        root = self._perfect[-1]
        for left in reversed(self._perfect[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root


def _zstd_from_library() -> Callable[[bytes, int], bytes]:
    import ctypes

    library = ctypes.CDLL("libzstd.dylib" if sys.platform == "darwin" else "libzstd.so.1")
    call = library.ZSTD_decompress
    call.restype = ctypes.c_size_t
    call.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]

    def decompress(frame: bytes, size: int) -> bytes:
        room = ctypes.create_string_buffer(max(size, 1))
        if call(room, size, frame, len(frame)) != size:
            raise ValueError("zstd")
        return room.raw[:size]

    return decompress


def _zstd_from_module(name: str) -> Callable[[bytes, int], bytes]:
    from importlib import import_module

    module = import_module(name)

    def decompress(frame: bytes, size: int) -> bytes:
        if name == "zstandard":
            data: bytes = module.ZstdDecompressor().decompress(frame, max_output_size=size)
            return data
        data = module.ZstdDecompressor().decompress(frame, max_length=size + 1)
        return data

    return decompress


_decompress: Callable[[bytes, int], bytes] | None = None


def _zstd() -> Callable[[bytes, int], bytes]:
    """The first binding of zstd that is here: a frame and its content size to the content."""
    global _decompress
    if _decompress is None:
        for name in ("compression.zstd", "zstandard", "pyzstd", ""):
            try:
                _decompress = _zstd_from_module(name) if name else _zstd_from_library()
                break
            except (ImportError, OSError, AttributeError):
                continue
        else:
            raise MissingZstdError(
                "no zstd: install the package zstandard, or libzstd.so.1, or use Python 3.14", 0
            )
    return _decompress


def _check_frame(frame: bytes, size: int) -> None:
    """Raises unless `frame` is one zstd frame of RFC 8878 with `size` bytes, and nothing else.

    All of this is read off the headers, before a decoder sees a byte or memory is set aside.
    """
    if len(frame) < 6 or frame[:4] != b"\x28\xb5\x2f\xfd":
        raise Damage("no zstd frame", 0)
    descriptor = frame[4]
    single = descriptor >> 5 & 1
    width = (single, 2, 4, 8)[descriptor >> 6]
    if descriptor & 0x0B or not width:
        raise Damage("a zstd frame with a dictionary, without its size, or of an unknown kind", 4)
    place = 5
    if not single:
        exponent, mantissa = frame[5] >> 3, frame[5] & 7
        base = 1 << 10 + exponent
        window = base + (base >> 3) * mantissa
        place = 6
    stated = int.from_bytes(frame[place : place + width], "little") + (256 if width == 2 else 0)
    if stated != size or (stated if single else window) > WINDOW_MAX:
        raise Damage("a zstd frame of another size, or a window that is too wide", 5)
    place += width
    while True:
        if place + 3 > len(frame):
            raise Damage("a zstd frame that is cut off", place)
        block = int.from_bytes(frame[place : place + 3], "little")
        place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1:
            break
    if place + (4 if descriptor & 4 else 0) != len(frame):
        raise Damage("a zstd frame with something behind it, or cut off", place)


def decompress(frame: bytes, size: int) -> bytes:
    """The `size` bytes of a zstd frame that keeps to the rules of the specification."""
    _check_frame(frame, size)
    try:
        data = _zstd()(frame, size)
    except LedgerError:
        raise
    except Exception as error:  # each binding has an error of its own
        raise Damage("a zstd frame that does not decode", 0) from error
    if len(data) != size:
        raise Damage("a zstd frame that decodes to another size", 0)
    return data


# --- Payloads, byte by byte ----------------------------------------------------------------------


class Cursor:
    """Reads the fields of a payload one after the other; raises `Damage` where one is not there."""

    __slots__ = ("data", "place")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    @property
    def left(self) -> int:
        """Bytes that were not read yet."""
        return len(self.data) - self.place

    def fail(self, what: str) -> Damage:
        """An error at the place where the cursor stands."""
        return Damage(what, self.place)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self.place + size
        if end > len(self.data):
            raise self.fail(f"{size} bytes are wanted and {self.left} left")
        taken = self.data[self.place : end]
        self.place = end
        return taken

    def number(self, size: int) -> int:
        """An unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def signed(self) -> int:
        """An i64."""
        return int.from_bytes(self.take(8), "little", signed=True)

    def varint(self, bits: int = 64) -> int:
        """An unsigned LEB128 number below 2 to the power of `bits`, in its shortest spelling."""
        data, place = self.data, self.place
        value = shift = 0
        while True:
            if place >= len(data) or shift >= bits:
                raise self.fail("a number that does not end")
            byte = data[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if value >> bits or (byte == 0 and shift > 7):
            raise self.fail("a number that is too large or not in its shortest spelling")
        self.place = place
        return value

    def zigzag(self, bits: int = 64) -> int:
        """A signed number."""
        value = self.varint(bits)
        return value >> 1 ^ -(value & 1)

    def count(self, limit: int, what: str) -> int:
        """A varint of at most `limit`."""
        value = self.varint()
        if value > limit:
            raise self.fail(f"{value} {what}, {limit} at most")
        return value

    def text(self, limit: int = 0xFFFF) -> str:
        """A u16 length and so many bytes of UTF-8."""
        size = self.number(2)
        if size > limit:
            raise self.fail(f"a text of {size} bytes, {limit} at most")
        return _utf8(self.take(size))

    def end(self) -> None:
        """Raises when something is left."""
        if self.left:
            raise self.fail(f"{self.left} bytes too many")


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Damage("a text that is not UTF-8", error.start) from None


# --- Columns of a DATA block ---------------------------------------------------------------------

_BITS = [bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256)]


def _little(code: str, data: bytes) -> array[Any]:
    """An array of little-endian numbers."""
    values = array(code, data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _unpack(data: bytes, bits: int, count: int) -> list[int]:
    """`count` numbers of `bits` bits each, lowest bits first."""
    if count * bits & 7 and data[-1] >> (count * bits & 7):
        raise Damage("bits behind the last number", len(data))
    if bits == 0:
        return [0] * count
    # Eight numbers take as many bytes as one has bits.
    mask, shifts = (1 << bits) - 1, range(0, 8 * bits, bits)
    values: list[int] = []
    for place in range(0, len(data), bits):
        eight = int.from_bytes(data[place : place + bits], "little")
        values += [eight >> shift & mask for shift in shifts]
    del values[count:]
    return values


def _patch(cursor: Cursor, values: list[int], bits: int, patches: int) -> None:
    """Adds what stands above the low bits of some of the values."""
    place = 0
    for patch in range(patches):
        distance = cursor.varint()
        place += distance
        above = cursor.varint()
        if place >= len(values) or (patch and not distance) or not above or above << bits >> 64:
            raise cursor.fail("a patch beyond its place or its size")
        values[place] |= above << bits


def _lane(cursor: Cursor, count: int) -> bytes:
    """One byte of each of `count` numbers."""
    kind = cursor.number(1)
    if kind == 0:
        return cursor.take(1) * count
    if kind == 1:
        return cursor.take(count)
    if kind == 2:
        return decompress(cursor.take(cursor.varint()), count)
    raise cursor.fail(f"a lane of kind {kind}")


def _words(cursor: Cursor, count: int, width: int) -> array[int]:
    """`count` numbers of `width` bytes each, one after the other in a frame."""
    data = decompress(cursor.take(cursor.varint()), count * width)
    words = bytearray(8 * count)
    for byte in range(width):
        words[byte::8] = data[byte::width]
    return _little("Q", bytes(words))


def _residuals(cursor: Cursor, count: int) -> Sequence[int]:
    """`count` unsigned numbers of 64 bits."""
    form = cursor.number(1)
    if form <= 64:
        patches = cursor.count(count, "patches")
        values = _unpack(cursor.take((count * form + 7) // 8), form, count)
        _patch(cursor, values, form, patches)
        return values
    if 0xC1 <= form <= 0xC8:
        return _words(cursor, count, form - 0xC0)
    if not 0x80 <= form <= 0x88:
        raise cursor.fail(f"residuals of form {form}")
    lanes = bytearray(8 * count)
    for lane in range(form - 0x80):
        lanes[lane::8] = _lane(cursor, count)
    return _little("Q", bytes(lanes))


def _signed_residuals(cursor: Cursor, count: int) -> list[int]:
    return [value >> 1 ^ -(value & 1) for value in _residuals(cursor, count)]


def _heads(cursor: Cursor, count: int) -> list[int]:
    """Numbers of series, each told by its difference from the one before."""
    return list(itertools.accumulate(cursor.zigzag() for _ in range(count)))


def _strings(cursor: Cursor, count: int, charge: Callable[[int], None]) -> list[str]:
    """`count` strings: their lengths, then all of their text, which is charged beforehand."""
    lengths = _residuals(cursor, count)
    if max(lengths, default=0) > TEXT_MAX:
        raise cursor.fail(f"a string of more than {TEXT_MAX} bytes")
    size = cursor.count(RAW_MAX, "bytes of text")
    if size != sum(lengths):
        raise cursor.fail("a text of another size than its strings")
    kind = cursor.number(1)
    if kind not in (1, 2):
        raise cursor.fail(f"a text of kind {kind}")
    charge(size)
    text = cursor.take(size) if kind == 1 else decompress(cursor.take(cursor.varint()), size)
    ends = list(itertools.accumulate(lengths, initial=0))
    return [_utf8(text[start:end]) for start, end in itertools.pairwise(ends)]


def _nearest(value: float) -> int:
    """`integer(v)` of the specification."""
    return round(value) if abs(value) < 4611686018427387904.0 else 0


def _from_f32(ordered: Iterable[int]) -> array[int]:
    """Patterns of f64 from ordered patterns of f32."""
    bits = array(
        "I",
        (x & 0x7FFFFFFF if x & 0x80000000 else ~x & 0xFFFFFFFF for x in ordered),
    )
    return array("Q", array("d", array("f", bits.tobytes())).tobytes())


class Values:
    """The values of one column in one block."""

    __slots__ = ("patterns", "present", "rows", "texts")

    def __init__(
        self,
        rows: int,
        present: bytes | None,
        patterns: array[int] | None = None,
        texts: list[str] | None = None,
    ) -> None:
        self.rows = rows
        # A byte of each row, 1 where it has a value; None when all have.
        self.present = present
        # Of the rows with a value: patterns of numbers, or strings.
        self.patterns = patterns
        self.texts = texts

    def __len__(self) -> int:
        return len(self.patterns if self.patterns is not None else self.texts or ())

    def typed(self, code: str) -> array[Any]:
        """The numbers of the rows with a value, as `q` or `d`."""
        return array(code, b"" if self.patterns is None else self.patterns.tobytes())

    def dense(self, code: str) -> Sequence[Any]:
        """The numbers of all rows, 0 for null."""
        return self.spread(self.typed(code), 0)

    def spread(self, values: Sequence[Any], null: object) -> Sequence[Any]:
        """`values` of the rows that have one, with `null` in the others."""
        if self.present is None:
            return values
        rest = iter(values)
        return [next(rest) if there else null for there in self.present]

    def listed(self, type: int) -> list[Any]:
        """A value or None for each row."""
        values: Sequence[Any] = self.texts if self.texts is not None else []
        if self.patterns is not None:
            values = self.typed("d" if type == F64 else "q")
        return list(self.spread(values, None))


class DataBlock:
    """The payload of a DATA block: its head, and columns that are decoded when asked for.

    `spend` is told of bytes of text before they are there.
    """

    def __init__(
        self, payload: bytes, rows: int, spend: Callable[[int], None] = lambda _: None
    ) -> None:
        cursor = Cursor(payload)
        self.rows = rows
        self._text, self._spend = 0, spend
        self.covered = cursor.varint()
        self.first_row = cursor.varint()
        self.series = self._series(cursor)
        self.bodies: dict[int, tuple[int, int, bytes]] = {}
        for place in range(cursor.count(COLUMNS_MAX, "columns")):
            number = cursor.count(COLUMNS_MAX - 1, "as a number of a column")
            coding = cursor.number(1)
            body = cursor.take(cursor.varint())
            if number in self.bodies:
                raise cursor.fail(f"column {number} twice")
            self.bodies[number] = place, coding, body
        cursor.end()
        if 8 * rows * len(self.bodies) > RAW_MAX:
            raise cursor.fail(f"a block of more than {RAW_MAX} bytes")
        # Of numbers, which others may be predicted from; a text is made afresh.
        self._decoded: dict[int, Values] = {}
        # Columns that others are predicted from, and the type that each must have.
        self.sources: list[tuple[int, int]] = []

    def _series(self, cursor: Cursor) -> list[int]:
        count = cursor.varint()
        if not 1 <= count <= max(self.rows, 1):
            raise cursor.fail(f"{count} series in {self.rows} rows")
        if count == 1:
            return [self.rows]
        series = [cursor.varint() for _ in range(count)]
        if min(series) < 1 or sum(series) != self.rows:
            raise cursor.fail("series that do not add up to the rows of the block")
        return series

    def column(self, number: int) -> Values:
        """The values of a column that this block holds."""
        last, coding, _ = self.bodies[number]
        if coding & 15 in TEXTS:
            return self._decode(number)
        for other, (place, told, _) in self.bodies.items():
            # A predicted column needs some of those before it; in order, none needs recursion.
            source = coding >> 4 & 7 >= ENERGY and place < last and told & 15 not in TEXTS
            if (other == number or source) and other not in self._decoded:
                self._decoded[other] = self._decode(other)
        return self._decoded[number]

    @property
    def head(self) -> Payload:
        """What stands before the columns' bodies, as in the conformance document."""
        return {
            "covered": self.covered,
            "first_row": self.first_row,
            "series": self.series,
            "columns": [
                {"number": number, "coding": coding}
                for number, (_, coding, _) in self.bodies.items()
            ],
        }

    def _charge(self, size: int) -> None:
        """Counts bytes of text before they are made."""
        self._spend(size)
        self._text += size
        if self._text > RAW_MAX:
            raise Damage(f"columns of more than {RAW_MAX} bytes of text", 0)

    def _decode(self, number: int) -> Values:
        _, coding, body = self.bodies[number]
        cursor = Cursor(body)
        mapping, prediction = coding & 15, coding >> 4 & 7
        present = self._bitmap(cursor) if coding & 128 else None
        count = self.rows if present is None else present.count(1)
        if mapping == RAW or mapping >= STRINGS:
            if mapping > DICTIONARY or prediction != OFFSET:
                raise cursor.fail(f"a column of coding {coding}")
            values = self._unpredicted(cursor, mapping, present, count)
        else:
            patterns = self._numbers(cursor, mapping, prediction, present, count)
            values = Values(self.rows, present, patterns)
        cursor.end()
        return values

    def _unpredicted(
        self, cursor: Cursor, mapping: int, present: bytes | None, count: int
    ) -> Values:
        if mapping == RAW:
            return Values(self.rows, present, _little("Q", cursor.take(8 * count)))
        if mapping == STRINGS:
            return Values(self.rows, present, texts=_strings(cursor, count, self._charge))
        entries = _strings(cursor, cursor.count(count, "entries"), self._charge)
        places = _residuals(cursor, count)
        if max(places, default=-1) >= len(entries):
            raise cursor.fail("an entry that the dictionary lacks")
        sizes = [len(entry.encode()) for entry in entries]
        self._charge(sum([sizes[place] for place in places]))
        return Values(self.rows, present, texts=[entries[place] for place in places])

    def _bitmap(self, cursor: Cursor) -> bytes:
        bitmap = cursor.take((self.rows + 7) // 8)
        present = b"".join([_BITS[byte] for byte in bitmap])
        if 1 in present[self.rows :]:
            raise cursor.fail("bits behind the last row")
        return present[: self.rows]

    def _numbers(
        self, cursor: Cursor, mapping: int, prediction: int, present: bytes | None, count: int
    ) -> array[int]:
        exponent = cursor.number(1) if mapping == DECIMAL else 0
        if exponent > 9:
            raise cursor.fail(f"a decimal of exponent {exponent}")
        quantum = 1 if mapping == F32 else cursor.varint()
        if not quantum:
            raise cursor.fail("a quantum of 0")
        origin = cursor.zigzag() if quantum != 1 else 0
        needed = {ENERGY: DECIMAL, DURATION: PATTERN}
        if prediction > DURATION or (
            prediction in needed and (mapping != needed[prediction] or quantum != 1)
        ):
            raise cursor.fail(f"prediction {prediction} of mapping {mapping}")
        lengths = self._lengths(present)
        integers: Iterable[int]
        if prediction in needed:
            integers = self._predicted(cursor, prediction, exponent, present, lengths, count)
        else:
            integers = _integers(cursor, prediction, lengths, count)
        values = [origin + quantum * x & M64 for x in integers]
        if mapping == PATTERN:
            return array("Q", values)
        if mapping == F32:
            return _from_f32(values)
        scale = float(10**exponent)
        decimals = array("d", [float((y ^ SIGN) - SIGN) / scale for y in values])
        return array("Q", decimals.tobytes())

    def _lengths(self, present: bytes | None) -> list[int]:
        """Rows with a value of each series that has one."""
        if present is None:
            return self.series if self.rows else []
        ends = list(itertools.accumulate(self.series, initial=0))
        counts = (present.count(1, start, end) for start, end in itertools.pairwise(ends))
        return [count for count in counts if count]

    def _predicted(
        self,
        cursor: Cursor,
        prediction: int,
        exponent: int,
        present: bytes | None,
        lengths: list[int],
        count: int,
    ) -> list[int]:
        """Integers that are told by how far they are from what other columns let expect."""
        if prediction == ENERGY:
            time, power = self._earlier(cursor, "q"), self._earlier(cursor, "d")
            divisor = float(2 * 10 ** (9 - exponent))
        else:
            time, power, divisor = (), self._earlier(cursor, "d"), 0.0
        firsts = _heads(cursor, len(lengths))
        residuals = iter(_signed_residuals(cursor, count - len(lengths)))
        rows = iter(range(self.rows) if present is None else _places(present))
        integers: list[int] = []
        for first, length in zip(firsts, lengths, strict=True):
            x, row = first, next(rows)
            integers.append(x)
            for _ in range(length - 1):
                before, row = row, next(rows)
                if prediction == DURATION:
                    expected = _nearest(power[before] * 1e9)
                else:
                    elapsed = (time[row] - time[before] + SIGN & M64) - SIGN
                    expected = _nearest((power[before] + power[row]) * float(elapsed) / divisor)
                x += expected + next(residuals)
                integers.append(x)
        return integers

    def _earlier(self, cursor: Cursor, code: str) -> Sequence[Any]:
        """All rows of a column that stands before the one that is being decoded."""
        number = cursor.varint()
        if number not in self._decoded:
            raise cursor.fail(f"a prediction from column {number}, which is no number before it")
        self.sources.append((number, F64 if code == "d" else I64))
        return self._decoded[number].dense(code)


def _places(present: bytes) -> list[int]:
    return [row for row, there in enumerate(present) if there]


def _integers(cursor: Cursor, prediction: int, lengths: list[int], count: int) -> Iterable[int]:
    """Integers told by offsets or differences, beyond 64 bits where they would wrap."""
    if prediction == OFFSET:
        base = cursor.zigzag()
        return [base + residual for residual in _residuals(cursor, count)]
    firsts = _heads(cursor, len(lengths))
    if prediction == DELTA:
        residuals = _signed_residuals(cursor, count - len(firsts))
        return _summed(firsts, lengths, residuals)
    longer = [length - 1 for length in lengths if length > 1]
    seconds = _heads(cursor, len(longer))
    residuals = _signed_residuals(cursor, count - len(firsts) - len(seconds))
    return _summed(firsts, lengths, _summed(seconds, longer, residuals))


def _summed(firsts: list[int], lengths: list[int], differences: list[int]) -> list[int]:
    """Series of these lengths from their first numbers and the differences between the others."""
    place, sums = 0, list[int]()
    for first, length in zip(firsts, lengths, strict=True):
        end = place + length - 1
        sums += itertools.accumulate(differences[place:end], initial=first)
        place = end
    return sums


# --- Payloads ------------------------------------------------------------------------------------
#
# Each becomes a dictionary of the form that the conformance document gives it.

Payload = dict[str, Any]


def _definitions(cursor: Cursor) -> tuple[int, list[Definition]]:
    """`first` and the columns of a table, as in SCHEMA and SUMMARY."""
    first, count = cursor.number(2), cursor.number(2)
    if first + count > COLUMNS_MAX:
        raise cursor.fail(f"more than {COLUMNS_MAX} columns")
    columns = []
    for _ in range(count):
        type, role = cursor.number(1), cursor.number(1)
        if not I64 <= type <= STRING or role > 1:
            raise cursor.fail(f"a column of type {type} and role {role}")
        columns.append(Definition(type, role, cursor.text(NAME_MAX), cursor.text(NAME_MAX)))
    return first, columns


def _named(columns: Iterable[Definition]) -> list[Payload]:
    return [column._asdict() for column in columns]


def _schema(cursor: Cursor, block: Block) -> Payload:
    if len(cursor.data) > SCHEMA_MAX:
        raise cursor.fail(f"a schema of more than {SCHEMA_MAX} bytes")
    tables = []
    for _table in range(cursor.number(2)):
        id, name = cursor.number(2), cursor.text(NAME_MAX)
        first, columns = _definitions(cursor)
        tables.append({"id": id, "name": name, "first": first, "columns": _named(columns)})
    if len(tables) != block.rows:
        raise cursor.fail("another number of tables than the header tells")
    return {"tables": tables}


def _meta(cursor: Cursor, block: Block) -> Payload:
    covered = cursor.number(8)
    texts = cursor.take(cursor.left)
    if texts.count(b"\n") != block.rows or texts.rpartition(b"\n")[2]:
        raise cursor.fail("another number of documents than the header tells, or half a document")
    return {"covered": covered, "documents": [_utf8(text) for text in texts.split(b"\n")[:-1]]}


def _gap(cursor: Cursor, _: Block) -> Payload:
    gap = {"rows": cursor.number(8), "table": cursor.number(2), "cause": _cause(cursor)}
    if any(cursor.take(5)):
        raise cursor.fail("reserved bytes that are not 0")
    return gap


def _cause(cursor: Cursor) -> int:
    cause = cursor.number(1)
    if not 1 <= cause <= 3:
        raise cursor.fail(f"an unknown cause {cause} of a gap")
    return cause


def _resume(cursor: Cursor, _: Block) -> Payload:
    return {"discarded": cursor.number(8), "hash": cursor.take(32).hex()}


def _pattern(cursor: Cursor) -> str:
    return f"{cursor.number(8):016x}"


def _index(cursor: Cursor, _: Block) -> Payload:
    ordinal = cursor.varint()
    if ordinal >= BLOCKS_MAX:
        raise cursor.fail("an index behind more blocks than there can be")
    pointers = []
    for _pointer in range(cursor.number(1)):
        pointer = {"ordinal": cursor.varint(), "offset": cursor.varint()}
        pointers.append(pointer | {"from": cursor.signed(), "to": cursor.signed()})
    entries = []
    count = cursor.count(INDEX_ENTRIES_MAX, "entries")
    if not count:
        raise cursor.fail("an index of no blocks")
    for _entry in range(count):
        entry: Payload = {"offset": cursor.varint(), "table": cursor.number(2)}
        entry |= {"rows": cursor.varint(), "first_row": cursor.varint(), "zones": []}
        for _zone in range(cursor.count(COLUMNS_MAX, "zones")):
            zone: Payload = {"number": cursor.number(2), "count": cursor.varint()}
            flag = cursor.count(1, "as a flag")
            zone["minimum"] = _pattern(cursor) if flag else None
            zone["maximum"] = _pattern(cursor) if flag else None
            entry["zones"].append(zone)
        entries.append(entry)
    return {"ordinal": ordinal, "pointers": pointers, "entries": entries}


def _summary(cursor: Cursor, block: Block) -> Payload:
    summary: Payload = {"tree_size": cursor.number(8)}
    if summary["tree_size"] >= BLOCKS_MAX:
        raise cursor.fail("a tree of more blocks than there can be")
    summary["range"] = [cursor.take(32).hex() for _ in range(cursor.number(1))]
    if len(summary["range"]) != summary["tree_size"].bit_count():
        raise cursor.fail("another number of subtrees than the tree has")
    summary["index"] = cursor.varint()
    # More blocks than could stand before this one would only take up memory.
    heads = cursor.count(4096 + block.offset // BLOCK_HEADER_SIZE, "heads")
    summary["heads"] = list(itertools.accumulate(cursor.varint() for _ in range(heads)))
    if summary["heads"] and summary["heads"][-1] > M64:
        raise cursor.fail("a head beyond every place")
    summary["meta_covered"] = cursor.varint()
    summary["gaps"] = [
        {"table": cursor.number(2), "cause": _cause(cursor), "rows": cursor.varint()}
        for _ in range(cursor.count(3 << 16, "gaps"))
    ]
    summary["tables"] = tables = []
    room = TOLD_COLUMNS_MAX
    for _ in range(cursor.count(1 << 16, "tables")):
        tables.append(_totals(cursor))
        room -= len(tables[-1]["columns"])
        if room < 0 or (len(tables) > 1 and tables[-2]["id"] >= tables[-1]["id"]):
            raise cursor.fail("too many columns, or tables out of order")
    return summary


def _totals(cursor: Cursor) -> Payload:
    """A table in a SUMMARY."""
    id, name = cursor.number(2), cursor.text(NAME_MAX)
    first, columns = _definitions(cursor)
    fixed = TABLES.get(id, ("", []))[1]
    if first != len(fixed):
        raise cursor.fail(f"columns of table {id} from number {first} on")
    table: Payload = {"id": id, "name": name, "first": first, "columns": _named(columns)}
    table |= {"covered": cursor.varint(), "rows": cursor.varint()}
    table["statistics"] = [_statistics(cursor, column.type) for column in (*fixed, *columns)]
    return table


def _statistics(cursor: Cursor, type: int) -> Payload:
    """What a SUMMARY tells of a column."""
    count = cursor.varint()
    found: Payload = {"count": count, "minimum": None, "maximum": None, "last": None, "sum": None}
    if count and type != STRING:
        flags = cursor.count(3, "as flags")
        if flags & 2:
            found |= {"minimum": _pattern(cursor), "maximum": _pattern(cursor)}
        found["last"] = _pattern(cursor)
        if flags & 1:
            found["sum"] = cursor.zigzag(128)
    return found


# --- Keys and signed notes (§ 11) ---------------------------------------------------------------


def _base64(text: str) -> bytes:
    """The bytes of a base64 text in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise Damage("no base64", 0)
    return data


def _verifier_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and public key of a verifier key."""
    match = re.fullmatch(r"([!-*,-~]+)\+([0-9a-f]{8})\+(.+)", text)
    if not match or len(match[1]) > KEY_NAME_MAX:
        raise Damage("no verifier key", 0)
    name, id, data = match[1], bytes.fromhex(match[2]), _base64(match[3])
    if len(data) != 33 or data[0] != 1:
        raise Damage("no key of Ed25519", 0)
    if hashlib.sha256(name.encode() + b"\n" + data).digest()[:4] != id:
        raise Damage("a verifier key of another id", 0)
    return name, id, data[1:]


def _path_length(number: int, size: int) -> int:
    """Hashes in the inclusion path of leaf `number` in a tree of `size` leaves."""
    length = 0
    while size > 1:
        half = 1 << (size - 1).bit_length() - 1
        number, size = (number, half) if number < half else (number - half, size - half)
        length += 1
    return length


def _path_root(leaf: bytes, number: int, size: int, path: list[bytes]) -> bytes:
    """The root to which an inclusion path leads."""
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if number < half:
        below, sibling = _path_root(leaf, number, half, path[:-1]), path[-1]
        return hashlib.sha256(b"\x01" + below + sibling).digest()
    below = _path_root(leaf, number - half, size - half, path[:-1])
    return hashlib.sha256(b"\x01" + path[-1] + below).digest()


def _key(cursor: Cursor, _: Block) -> Payload:
    text = cursor.text(NAME_MAX)
    _verifier_key(text)
    number, keys = cursor.varint(), cursor.count(KEYS_MAX, "keys")
    if number >= keys:
        raise cursor.fail(f"key {number} of {keys}")
    path = [cursor.take(32).hex() for _ in range(cursor.number(1))]
    if len(path) != _path_length(number, keys):
        raise cursor.fail("a path of another length")
    return {"verifier_key": text, "index": number, "keys": keys, "path": path}


def _attach(cursor: Cursor, block: Block) -> Payload:
    run, name, media_type = cursor.varint(), cursor.text(NAME_MAX), cursor.text(NAME_MAX)
    told: Payload = {"run": run, "name": name, "media_type": media_type}
    told |= {"sha256": cursor.take(32).hex(), "size": cursor.varint(), "offset": cursor.varint()}
    part = told["part_size"] = cursor.left
    cursor.take(part)
    beyond = told["offset"] + part > told["size"] or (told["offset"] and not part)
    if not name or part > PART_MAX or beyond:
        raise cursor.fail("a part of no attachment")
    return told


def _member(cursor: Cursor, block: Block) -> Payload:
    member, reserved = cursor.number(4), cursor.number(4)
    told: Payload = {"member": member, "offset": cursor.number(8), "size": cursor.number(8)}
    part = told["part_size"] = cursor.left
    cursor.take(part)
    wanted = min(MEMBER_PART, told["size"] - told["offset"])
    if (
        reserved
        or member >= MEMBERS_MAX
        or told["size"] >> 61
        or told["offset"] % MEMBER_PART
        or told["offset"] >= max(told["size"], 1)
        or part != wanted
    ):
        raise cursor.fail("a part of no member")
    return told


_SIGNATURE = re.compile("\N{EM DASH} ([^\\s+]+) ([^\\s]+)")


def _checkpoint(cursor: Cursor, _: Block) -> Payload:
    if cursor.left > NOTE_MAX:
        raise cursor.fail("a note of more than 64 KiB")
    note = _utf8(cursor.take(cursor.left))
    text, gap, lines = note.rpartition("\n\n")
    if re.search("[\0-\t\v-\x1f]", note) or not gap or not lines.endswith("\n"):
        raise cursor.fail("no signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = _SIGNATURE.fullmatch(line)
        data = _base64(match[2]) if match else b""
        if not match or len(data) < 5:
            raise cursor.fail("a line that is no signature")
        told = {"name": match[1], "id": data[:4].hex(), "signature": data[4:].hex()}
        signatures.append(told)
    if len({(s["name"], s["id"]) for s in signatures}) < len(signatures) or not (
        1 <= len(signatures) <= SIGNATURES_MAX
    ):
        raise cursor.fail("too many signatures, or two of one key")
    parts = text.split("\n")
    if not re.fullmatch("[!-~]+\n(0|[1-9][0-9]{0,19})\n[!-~]+", text):
        raise cursor.fail("no checkpoint")
    root = _base64(parts[2])
    if len(root) != 32 or int(parts[1]) > M64:
        raise cursor.fail("a root or a tree size that is none")
    return {
        "origin": parts[0],
        "tree_size": int(parts[1]),
        "root": root.hex(),
        "signatures": signatures,
    }


# Curve25519 in the form of RFC 8032: the field's prime, the group's order, the curve's constant.
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
Point = tuple[int, int, int, int]


def _point(data: bytes) -> Point | None:
    """A point from its one encoding (§ 5.1.3); None when there is none, or in another spelling."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    sign = data[31] >> 7
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = _add(product, point)
        point, scalar = _add(point, point), scalar >> 1
    return product


def verified(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature (RFC 8032) of `message` is that of the public key `key`."""
    a = _point(key)
    scalar = int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    if len(signature) != 64 or scalar >= _L or a is None or base is None:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    minus = -a[0] % _P, a[1], 1, -a[3] % _P
    hashed = int.from_bytes(digest, "little") % _L
    x, y, z, _ = _add(_times(scalar, base), _times(hashed, minus))
    inverse = pow(z, -1, _P)
    encoded = y * inverse % _P | (x * inverse % _P & 1) << 255
    return encoded.to_bytes(32, "little") == signature[:32]


def _told_by(block: Block, data: bytes) -> Payload:
    """What the payload of a block, which is not DATA, says after decompression."""
    cursor = Cursor(data)
    told = _DECODERS[block.type](cursor, block)
    cursor.end()
    return told


_DECODERS: dict[int, Callable[[Cursor, Block], Payload]] = {
    SCHEMA: _schema,
    META: _meta,
    INDEX: _index,
    SUMMARY: _summary,
    RESUME: _resume,
    GAP: _gap,
    KEY: _key,
    CHECKPOINT: _checkpoint,
    ATTACH: _attach,
    MEMBER: _member,
}


# --- The file: header, blocks, trailers ----------------------------------------------------------


class Source:
    """The bytes of a file, read piece by piece; `with` holds it open."""

    def __init__(self, data: str | os.PathLike[str] | bytes) -> None:
        self.path = None if isinstance(data, bytes) else Path(data)
        self.bytes = data if isinstance(data, bytes) else b""
        self._descriptor = -1

    def __enter__(self) -> Source:
        if self.path is not None:
            # Opening a named pipe would wait for somebody to write into it.
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                self.__exit__()
                raise OSError(errno.EINVAL, "not a regular file", str(self.path))
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._descriptor).st_size if self.path else len(self.bytes)

    @property
    def live(self) -> bool:
        """Whether a writer holds the file's lock."""
        if self.path is None:
            return False
        import fcntl

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return False

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on; fewer at the end of the file."""
        if self.path is None:
            return self.bytes[offset : offset + size]
        pieces = []
        while size > 0 and (piece := os.pread(self._descriptor, size, offset)):
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return b"".join(pieces)

    def payload(self, block: Block) -> bytes:
        """The payload, as stored, of a block that was read from here before."""
        whole = self.read(block.offset, BLOCK_HEADER_SIZE + block.payload_size)
        if hashlib.sha256(b"\x00" + whole).digest() != block.leaf:
            raise LedgerError("the file is another than it was", block.offset)
        return whole[BLOCK_HEADER_SIZE:]


@dataclass(frozen=True)
class Header:
    """The file header (§ 2)."""

    major: int
    minor: int
    incompatible: int
    compatible: int
    file_id: bytes
    created: int
    segment: int
    previous_root: bytes

    @staticmethod
    def parse(data: bytes) -> Header:
        """The header at the start of a file; raises a `LedgerError` of its own for each fault."""
        if not data or not MAGIC.startswith(data[:8]):
            raise NotALedgerError("no ledger: it does not begin as one", 0)
        if len(data) < HEADER_SIZE:
            raise HeaderError("the file is shorter than its header", 0)
        if struct.unpack_from("<I", data, 60)[0] != crc32c(data[:60]):
            raise HeaderError("the checksum of the file header does not match", 0)
        major, minor, incompatible, compatible, size = struct.unpack_from("<HHIII", data, 8)
        if major != MAJOR:
            raise VersionError(f"major version {major}, this reader knows {MAJOR}", 8)
        if incompatible:
            raise FeatureError(f"unknown features {incompatible:#x}", 12)
        if size != HEADER_SIZE:
            raise HeaderError(f"a file header of {size} bytes", 0)
        created, segment = struct.unpack_from("<QI", data, 40)
        return Header(
            major, minor, incompatible, compatible, data[24:40], created, segment, data[52:60]
        )


@dataclass(frozen=True, slots=True)
class Block:
    """A whole block: header and payload hold their checksums, the padding is zero (§ 3)."""

    offset: int
    type: int
    flags: int
    table: int
    payload_size: int
    raw_size: int
    rows: int
    sequence: int
    previous: bytes
    leaf: bytes
    # Where the payload can be read again; None where it cannot be told.
    source: Source | None = field(default=None, compare=False, repr=False)

    @property
    def end(self) -> int:
        """Offset behind the padding."""
        return self.offset + (BLOCK_HEADER_SIZE + self.payload_size + 7 & ~7)

    @property
    def payload(self) -> Payload | None:
        """What the payload says, as in the conformance document; None where it cannot be told.

        Decoded whenever it is asked for, so that a ledger takes up no memory for what nobody asks.
        """
        if self.source is None:
            return None
        with self.source as source:
            data = source.payload(self)
        if self.flags & COMPRESSED:
            data = decompress(data, self.raw_size)
        return DataBlock(data, self.rows).head if self.type == DATA else _told_by(self, data)


_BLOCK_FIELDS = struct.Struct("<BBHIIIQ8sI")


@dataclass(frozen=True)
class Trailer:
    """What a close appended (§ 5)."""

    offset: int
    blocks: int
    summary: int
    root: bytes


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file that can be read; `count` is bytes or blocks where that is said."""

    offset: int
    kind: str
    count: int | None = None
    what: str = field(default="", compare=False)


# --- What INDEX and SUMMARY must say -------------------------------------------------------------


def _exact_sum(values: Iterable[float]) -> int | None:
    """The sum in units of a millionth, None when some value has other bits than k / 10**6."""
    total = 0
    for value in values:
        # NaN and infinities have no nearest integer; -0.0 has other bits than 0 / 10**6.
        scaled = value * 1e6
        if not abs(scaled) < 9007199254740992.0:
            return None
        k = round(scaled)
        if k / 1e6 != value or (k == 0 and math.copysign(1.0, value) < 0):
            return None
        total += k
    return total


class _Tally:
    """Count, minimum, maximum, last value and exact sum of a column."""

    def __init__(self, type: int, values: Values | None = None) -> None:
        self.type = type
        self.count = 0 if values is None else len(values)
        self.minimum: Any = None
        self.maximum: Any = None
        self.last: int | None = None
        self.sum: int | None = 0
        if values is None or not values.patterns:
            return
        self.last = values.patterns[-1]
        numbers: Sequence[Any] = values.typed("d" if type == F64 else "q")
        self.sum = _exact_sum(numbers) if type == F64 else sum(numbers)
        # NaN is the only number that differs from itself.
        ordered = [n for n in numbers if n == n] if type == F64 else numbers
        if ordered:
            self.minimum, self.maximum = min(ordered), max(ordered)

    def merge(self, later: _Tally) -> None:
        """Adds what was tallied of later rows."""
        if not later.count:
            return
        self.count += later.count
        self.last = later.last
        self.sum = None if self.sum is None or later.sum is None else self.sum + later.sum
        if later.minimum is not None:
            if self.minimum is None or later.minimum < self.minimum:
                self.minimum = later.minimum
            if self.maximum is None or later.maximum > self.maximum:
                self.maximum = later.maximum

    def pattern(self, value: Any) -> str | None:
        """The pattern of a minimum or maximum."""
        if value is None:
            return None
        return struct.pack(">d" if self.type == F64 else ">q", value).hex()

    @property
    def statistics(self) -> Payload:
        """As a SUMMARY tells it."""
        told = self.count and self.type != STRING
        return {
            "count": self.count,
            "minimum": self.pattern(self.minimum),
            "maximum": self.pattern(self.maximum),
            "last": None if self.last is None else f"{self.last:016x}",
            "sum": self.sum if told else None,
        }


def _definition(told: Payload) -> Definition:
    return Definition(**told)


class _TableTally:
    """A table: its definitions, and totals over its rows."""

    def __init__(self, id: int) -> None:
        self.id = id
        self.name, self._fixed = TABLES.get(id, ("", []))
        self.fixed = len(self._fixed)
        # By number, without a hole.
        self.definitions: dict[int, Definition] = dict(enumerate(self._fixed))
        self.rows = 0
        self.next_row = 0
        self.covered = 0
        self.columns: dict[int, _Tally] = {}
        self.blocks: list[Block] = []

    @property
    def told(self) -> int:
        """Columns that § 6 does not fix."""
        return len(self.definitions) - self.fixed

    def learn(self, told: Payload, room: int) -> None:
        """Takes a table's name and columns from a SCHEMA; what is known must be told the same."""
        definitions = dict(enumerate(map(_definition, told["columns"]), told["first"]))
        known = {n: d for n, d in self.definitions.items() if n in definitions}
        if told["first"] > len(self.definitions) or not known.items() <= definitions.items():
            raise Damage(f"columns of table {self.id} are missing, or told otherwise", 0)
        self.grow(definitions, room)
        self.name = told["name"]

    def grow(self, definitions: dict[int, Definition], room: int) -> None:
        """Takes columns, of which `room` may be new."""
        if len(definitions.keys() - self.definitions.keys()) > room:
            raise Damage(f"more than {TOLD_COLUMNS_MAX} columns of all tables", 0)
        self.definitions |= definitions

    def replace(self, told: Payload) -> None:
        """Takes name and columns from a SUMMARY, whatever was known."""
        self.name = told["name"]
        told_columns = enumerate(map(_definition, told["columns"]), told["first"])
        self.definitions = dict(enumerate(self._fixed)) | dict(told_columns)

    def called_by_number(self, data: DataBlock) -> dict[int, Definition]:
        """Columns of a block that damage left without a definition, and those between."""
        named = {}
        for number in range(len(self.definitions), max(data.bodies, default=-1) + 1):
            _, coding, _ = data.bodies.get(number, (0, 0, b""))
            type = STRING if coding & 15 in TEXTS else F64
            named[number] = Definition(type, 1, f"column-{number}", "")
        return named

    @property
    def is_told(self) -> bool:
        """Whether there is more to say of it than that § 6 names it."""
        return self.rows > 0 or len(self.definitions) > self.fixed

    @property
    def clock(self) -> int:
        """The column that tells the time of a row, -1 if there is none."""
        kind = (I64, 0, "ns")
        found = (n for n, d in self.definitions.items() if (d.type, d.role, d.unit) == kind)
        return min(found, default=-1)

    def totals(self) -> Payload:
        """As a SUMMARY tells it."""
        numbers = range(max(self.definitions, default=-1) + 1)
        return {
            "id": self.id,
            "name": self.name,
            "first": self.fixed,
            "columns": _named(self.definitions[number] for number in numbers[self.fixed :]),
            "covered": self.covered,
            "rows": self.rows,
            "statistics": [
                (self.columns.get(number) or _Tally(self.definitions[number].type)).statistics
                for number in numbers
            ],
        }


class _Indexes:
    """The INDEX blocks so far, and what the next one must say."""

    # From and to of no rows.
    NONE = (SIGN - 1, -SIGN)

    def __init__(self) -> None:
        self.count = 0
        self.last = 0
        self.entries: list[Payload] = []
        self.times = self.NONE
        # For each power of eight: ordinal, offset and the times behind that INDEX.
        self.levels: list[tuple[int, int, tuple[int, int]]] = []

    def add(self, block: Block, first_row: int, clock: int, tallies: dict[int, _Tally]) -> None:
        """Lists a DATA block; `clock` is the column that tells the times of its rows."""
        if len(self.entries) > INDEX_ENTRIES_MAX:
            # No INDEX can list so many, and nothing is kept for one that could.
            return
        zones = []
        for number, tally in sorted(tallies.items()):
            minimum, maximum = tally.pattern(tally.minimum), tally.pattern(tally.maximum)
            zones.append(
                {"number": number, "count": tally.count, "minimum": minimum, "maximum": maximum}
            )
            if number == clock and tally.minimum is not None:
                self.times = _hull(self.times, (tally.minimum, tally.maximum))
        entry = {"offset": block.offset, "table": block.table, "rows": block.rows}
        self.entries.append(entry | {"first_row": first_row, "zones": zones})

    def expected(self) -> Payload:
        """The INDEX of all DATA blocks since the last."""
        pointers = {
            ordinal: {"ordinal": ordinal, "offset": offset, "from": times[0], "to": times[1]}
            for ordinal, offset, times in reversed(self.levels)
        }
        nearest = [pointers[ordinal] for ordinal in sorted(pointers, reverse=True)]
        return {"ordinal": self.count, "pointers": nearest, "entries": self.entries}

    def close(self, offset: int) -> None:
        """Counts an INDEX at `offset`, which lists what came since the last."""
        if not self.levels:
            self.levels = [(0, offset, self.NONE)] * 8
        else:
            self.levels = [
                (self.count, offset, self.NONE)
                if self.count % 8**power == 0
                else (ordinal, place, _hull(times, self.times))
                for power, (ordinal, place, times) in enumerate(self.levels)
            ]
        self.count, self.last = self.count + 1, offset
        self.entries, self.times = [], self.NONE


def _hull(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], other[0]), max(one[1], other[1])


# --- Walking a file (§ 9) ------------------------------------------------------------------------


@dataclass(frozen=True)
class _StatedKey:
    """What a KEY block says of a key."""

    name: str
    key: bytes
    number: int
    keys: int
    root: bytes

    @property
    def identity(self) -> tuple[str, int, bytes]:
        """Name, number of keys and root: equal for the keys of one identity."""
        return self.name, self.keys, self.root


class _Content:
    """A content that comes in parts: an attachment, or a member of a pack."""

    def __init__(self, told: Payload, names: Iterable[str]) -> None:
        self.told = {name: told[name] for name in names}
        self.arrived = 0
        self.complete = False
        self.awaited = True
        self._hash = hashlib.sha256()

    def continues(self, told: Payload) -> bool:
        """Whether a part is the next one of this content."""
        same = all(told[name] == value for name, value in self.told.items())
        return same and self.awaited and told["offset"] == self.arrived

    def take(self, part: bytes) -> None:
        """Takes the next part."""
        self._hash.update(part)
        self.arrived += len(part)
        self.complete = self.arrived == self.told["size"]
        self.awaited = not self.complete

    @property
    def sha256(self) -> str:
        """The hash of what has come."""
        return self._hash.hexdigest()


# What checking a signature takes from the budget: it takes as long as decoding so much.
SIGNATURE_COST = 256 << 10


class _Walk:
    """Reads a file from block to block and keeps what it says."""

    def __init__(self, source: Source, decoded_max: int | None) -> None:
        self.source = source
        self.size = source.size
        self.header = Header.parse(source.read(0, HEADER_SIZE))
        self.salt = self.header.file_id[:4]
        if decoded_max is None:
            decoded_max = max(DECODED_MAX, EXPANSION_MAX * self.size)
        self.budget = decoded_max
        self.document_budget = max(DOCUMENTS_MAX, EXPANSION_MAX * self.size)
        # Blocks whose header holds and whose payload does not; of an honest file they do not
        # overlap, so that looking at more than all of it twice is a trap.
        self.in_vain = 2 * self.size
        self.problems: list[Problem] = []
        self.blocks: list[Block] = []
        self.trailers: list[Trailer] = []
        self.tail: tuple[int, int] | None = None
        self.tree = MerkleTree()
        self.expected = 0
        # First 8 bytes of the leaf before; None behind damage, where nobody knows it.
        self.previous: bytes | None = bytes(8)
        self.tables: dict[int, _TableTally] = {}
        # How many more columns there may be of all tables.
        self.room = TOLD_COLUMNS_MAX
        self.indexes = _Indexes()
        self.heads: list[int] = []
        self.summary = 0
        self.meta_covered = 0
        self.gaps: dict[tuple[int, int], int] = {}
        # Whether damage left columns without names, and what the last SUMMARY says they are.
        self.nameless = False
        # Whether this is the second walk, through what is known to be damaged.
        self.again = False
        self.final: dict[int, Payload] = {}
        self.runs: dict[int, Payload] = {}
        self.attachments: list[_Content] = []
        self.contents: set[tuple[str, int]] = set()
        self.members: list[_Content] = []
        # Of the part of a member that came last: number, size, and where the next part begins.
        self.member = -1, 0, 0
        # Blocks that another segment of the ledger has as well, and that are read there.
        self.left: list[list[int]] = []
        # Behind how many blocks the next segment of the ledger continues nothing.
        self.end: int | None = None
        # Whether INDEX and SUMMARY are compared with what was read.
        self.compares = True
        self.keys: dict[tuple[str, bytes], _StatedKey] = {}
        self.signed: dict[tuple[str, int, bytes], int] = {}

    def adopt(self, final: dict[int, Payload]) -> None:
        """Takes the columns that a SUMMARY tells, of tables of which fewer are known."""
        for id, entry in final.items():
            table = self._table(id)
            if entry["first"] + len(entry["columns"]) > len(table.definitions):
                known = table.told
                table.replace(entry)
                self.room -= table.told - known

    def problem(self, offset: int, kind: str, what: str, count: int | None = None) -> None:
        """Notes a problem; a file full of damage must not fill the memory with reports of it."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(offset, kind, count, what))

    def run(self) -> None:
        """Walks through the whole file."""
        offset = HEADER_SIZE
        while offset < self.size:
            end = self._step(offset)
            if end is None:
                found = self._resume(offset + 8)
                if found is None:
                    self.tail = offset, self.size - offset
                    return
                self.previous = None
                self.problem(offset, "damaged", "bytes that are no block", found - offset)
                end = found
            offset = end

    def _step(self, offset: int) -> int | None:
        """Reads the block or trailer at `offset`; returns where it ends, None if there is none."""
        if trailer := self._trailer(offset):
            self._check_trailer(trailer)
            return offset + TRAILER_SIZE
        if whole := self.whole(offset):
            block, payload = whole
            self._block(block, payload)
            return block.end
        return None

    def _resume(self, offset: int) -> int | None:
        """The first place from `offset` on where a whole block or a trailer stands."""
        needles = (BLOCK_SYNC + self.salt, TRAILER_SYNC + self.salt)
        while offset < self.size:
            window = self.source.read(offset, (1 << 20) + 8)
            for match in re.finditer(b"|".join(map(re.escape, needles)), window):
                place = offset + match.start()
                if place % 8 == 0 and (self._trailer(place) or self.whole(place)):
                    return place
            offset += 1 << 20
        return None

    def _trailer(self, offset: int) -> Trailer | None:
        data = self.source.read(offset, TRAILER_SIZE)
        if len(data) < TRAILER_SIZE or data[:8] != TRAILER_SYNC + self.salt:
            return None
        blocks, summary, root, reserved, checksum = struct.unpack_from("<QQ32sII", data, 8)
        if reserved or checksum != crc32c(data[:60]):
            return None
        return Trailer(offset, blocks, summary, root)

    def whole(self, offset: int) -> tuple[Block, bytes] | None:
        """The block at `offset` and its payload as stored, if header, payload and padding hold."""
        data = self.source.read(offset, BLOCK_HEADER_SIZE)
        if len(data) < BLOCK_HEADER_SIZE or data[:8] != BLOCK_SYNC + self.salt:
            return None
        if struct.unpack_from("<I", data, 44)[0] != crc32c(data[:44]):
            return None
        type, flags, table, size, raw, rows, sequence, previous, checksum = (
            _BLOCK_FIELDS.unpack_from(data, 8)
        )
        if size > PAYLOAD_MAX or raw > RAW_MAX or rows > ROWS_MAX or sequence >= BLOCKS_MAX:
            return None
        room = size + (-size & 7)
        if offset + BLOCK_HEADER_SIZE + room > self.size:
            return None
        stored = self.source.read(offset + BLOCK_HEADER_SIZE, room)
        payload = stored[:size]
        if len(stored) < room:
            return None
        if checksum != crc32c(payload) or any(stored[size:]):
            self.in_vain -= size
            if self.in_vain < 0:
                raise BudgetError("more broken blocks than the file has room for", offset)
            return None
        leaf = hashlib.sha256(b"\x00" + data + payload).digest()
        block = Block(offset, type, flags, table, size, raw, rows, sequence, previous, leaf)
        return block, payload

    def _block(self, block: Block, payload: bytes) -> None:
        """Takes a whole block in."""
        if block.sequence < self.expected:
            self.problem(block.offset, "repeated", f"block {block.sequence} appears again")
            return
        if missing := block.sequence - self.expected:
            self.problem(block.offset, "missing", f"{missing} blocks are missing", missing)
        elif self.previous not in (None, block.previous):
            self.problem(block.offset, "foreign", "a block that does not follow the one before")
        if block.type != MEMBER:
            self._interrupt_member(block)
        if block.type not in _DECODERS and block.type != DATA and block.flags & CRITICAL:
            raise CriticalBlockError(f"a critical block of unknown type {block.type}", block.offset)
        try:
            if self._leaves(block):
                self._table(block.table).next_row += block.rows if block.type == DATA else 0
            else:
                block = self._decoded(block, payload)
        except Damage as damage:
            what = f"{damage.what} (byte {damage.offset} of the payload)"
            if block.type not in SEALS:
                self.problem(block.offset, "payload", what)
            elif self._sound:
                self.problem(block.offset, "seal", what)
        if any(p.kind == "payload" and p.offset == block.offset for p in self.problems[-9:]):
            block = replace(block, source=None)
        self.expected = block.sequence + 1
        self.previous = block.leaf[:8]
        self.blocks.append(block)
        self.tree.append(block.leaf)
        if block.type not in HEADLESS:
            self.heads.append(block.offset)

    def join(self, before: _Walk | None, segment: _Segment) -> None:
        """Goes on behind another segment, without the blocks that are not read in this one."""
        self.left, self.end, self.compares = segment.left, segment.end, False
        if before is not None:
            self.runs, self.gaps = before.runs, before.gaps
            self.attachments = before.attachments
            # What a file continues or refers to is in the same file.
            for each in self.attachments[-1:]:
                each.awaited = False

    def _leaves(self, block: Block) -> bool:
        if block.type not in CONTENT:
            return False
        for part in self.left:
            start, count = part
            if count and block.sequence >= start:
                part[1] -= 1
                return True
        return self.end is not None and len(self.blocks) >= self.end

    def _decoded(self, block: Block, stored: bytes) -> Block:
        """The block as one that can be told, which is checked against what was read before."""
        if block.type != DATA and block.type not in _DECODERS:
            return block
        payload = self.content(block, stored)
        if block.type == DATA:
            self._data(block, DataBlock(payload, block.rows, lambda size: self._spend(size, block)))
            return replace(block, source=self.source)
        told = _told_by(block, payload)
        handle: dict[int, Callable[[Block, Payload], None]] = {
            SCHEMA: self._schema,
            META: self._meta,
            GAP: self._gap,
            INDEX: self._index,
            SUMMARY: self._summary,
            KEY: self._key,
            CHECKPOINT: self._checkpoint,
        }
        if block.type in handle:
            handle[block.type](block, told)
        if block.type in (ATTACH, MEMBER):
            part = payload[len(payload) - told["part_size"] :]
            (self._attach if block.type == ATTACH else self._member)(block, told, part)
        return replace(block, source=self.source)

    def content(self, block: Block, stored: bytes) -> bytes:
        """The payload after decompression, checked against the header."""
        compressed = block.flags & COMPRESSED
        if block.flags & ~(CRITICAL | COMPRESSED) or (compressed and block.type in UNCOMPRESSED):
            raise Damage(f"flags {block.flags} of a block of type {block.type}", 0)
        if (block.table and block.type != DATA) or (block.rows and block.type not in COUNTED):
            raise Damage("a table or rows of a block that has none", 0)
        if compressed:
            self._spend(block.raw_size, block)
            stored = decompress(stored, block.raw_size)
        elif block.type != DATA and block.raw_size != block.payload_size:
            raise Damage("another size than the header tells", 0)
        if block.type == META:
            self.document_budget -= block.raw_size
            if self.document_budget < 0:
                raise BudgetError("more documents than is allowed", block.offset)
        return stored

    def _spend(self, size: int, block: Block) -> None:
        self.budget -= size
        if self.budget < 0:
            raise BudgetError("more to decode than is allowed", block.offset)

    def _table(self, id: int) -> _TableTally:
        return self.tables.setdefault(id, _TableTally(id))

    @property
    def _sound(self) -> bool:
        """Whether everything so far was as it was written."""
        return not self.problems and not self.again

    def _data(self, block: Block, data: DataBlock) -> None:
        self._spend(8 * block.rows * len(data.bodies), block)
        table = self._table(block.table)
        named = {} if self._sound else table.called_by_number(data)
        definitions = table.definitions | named
        tallies: dict[int, _Tally] = {}
        for number, (_, coding, _) in data.bodies.items():
            if number not in definitions:
                raise Damage(f"column {number} was never told", 0)
            type = definitions[number].type
            if (type == STRING) != (coding & 15 in TEXTS):
                raise Damage(f"column {number} is of another type than its values", 0)
            tallies[number] = _Tally(type, data.column(number))
        for number, type in data.sources:
            if definitions[number].type != type:
                raise Damage(f"a prediction from column {number}, which is of another type", 0)
        table.grow(named, self.room)
        self.room -= len(named)
        self.nameless |= bool(named)
        if self._sound and data.first_row != table.next_row:
            self.problem(block.offset, "rows", "rows are missing, though no block is")
        table.next_row = data.first_row + block.rows
        table.rows += block.rows
        table.covered = max(table.covered, data.covered)
        table.blocks.append(block)
        for number, tally in tallies.items():
            table.columns.setdefault(number, _Tally(tally.type)).merge(tally)
        self.indexes.add(block, data.first_row, table.clock, tallies)

    def _schema(self, block: Block, told: Payload) -> None:
        for entry in told["tables"]:
            try:
                table = self._table(entry["id"])
                known = table.told
                table.learn(entry, self.room)
                self.room -= table.told - known
            except Damage as damage:
                self.problem(block.offset, "payload", damage.what)

    def _meta(self, block: Block, told: Payload) -> None:
        self.meta_covered = max(self.meta_covered, told["covered"])
        for text in told["documents"]:
            try:
                _merge(self.runs, _parsed(text))
            except ValueError as error:
                self.problem(block.offset, "document", f"a document that is no JSON: {error}")

    def _gap(self, _: Block, told: Payload) -> None:
        key = told["table"], told["cause"]
        self.gaps[key] = min(self.gaps.get(key, 0) + told["rows"], M64)

    def _index(self, block: Block, told: Payload) -> None:
        if self.compares and self._sound and told != self.indexes.expected():
            self.problem(block.offset, "index", "an index that is not of the blocks before it")
        self.indexes.close(block.offset)

    def _summary(self, block: Block, told: Payload) -> None:
        # Where there is an index, a reader finds all rows by it.
        unlisted = told["index"] and self.indexes.entries
        if self.compares and self._sound and (unlisted or told != self._totals()):
            self.problem(block.offset, "summary", "a summary of other blocks than those before")
        names = ("name", "first", "columns")
        self.final = {entry["id"]: {n: entry[n] for n in names} for entry in told["tables"]}
        self.summary = block.offset

    def _attach(self, block: Block, told: Payload, part: bytes) -> None:
        """Takes a part of an attachment, or a reference to a content that is here already."""
        content = told["sha256"], told["size"]
        if told["offset"] == 0:
            names = ("run", "name", "media_type", "size", "sha256")
            self.attachments.append(_Content(told, names))
        current = self.attachments[-1] if self.attachments else None
        if current is None or not current.continues(told):
            if current is not None:
                current.awaited = False
            if self._sound:
                self.problem(block.offset, "attachment", "a part that continues no attachment")
        elif not part and told["size"]:
            current.awaited, current.complete = False, content in self.contents
            if not current.complete and self._sound:
                self.problem(block.offset, "attachment", "a content that is not in this file")
        else:
            current.take(part)
            if current.complete and current.sha256 != told["sha256"]:
                current.complete = False
                self.problem(block.offset, "attachment", "a content of another hash")
            elif current.complete:
                self.contents.add(content)

    def _member(self, block: Block, told: Payload, part: bytes) -> None:
        """Takes a part of a member of a pack."""
        number, size, arrived = self.member
        if told["offset"]:
            fits = (told["member"], told["size"], told["offset"]) == (number, size, arrived)
        else:
            fits = arrived >= size and told["member"] == number + 1
        # Taken in any case, so that one fault is told once.
        self.member = told["member"], told["size"], told["offset"] + len(part)
        if self._sound and not (fits and self.header.compatible & 1):
            self.problem(block.offset, "member", "a part that does not follow the one before")
        if told["offset"] == 0:
            self.members.append(_Content(told, ("member", "size")))
        if self.members and self.members[-1].continues(told):
            self.members[-1].take(part)
        elif self.members:
            self.members[-1].awaited = False

    def _interrupt_member(self, block: Block) -> None:
        """Notes a block of another type, before which a member must have ended."""
        number, size, arrived = self.member
        if self._sound and arrived < size:
            self.problem(block.offset, "member", "parts of a member are missing before this block")
        self.member = number, size, size
        if self.members:
            self.members[-1].awaited = False

    def _key(self, block: Block, told: Payload) -> None:
        name, id, key = _verifier_key(told["verifier_key"])
        leaf = hashlib.sha256(b"\0" + told["verifier_key"].encode()).digest()
        path = [bytes.fromhex(hash) for hash in told["path"]]
        root = _path_root(leaf, told["index"], told["keys"], path)
        stated = _StatedKey(name, key, told["index"], told["keys"], root)
        if not self._sound:
            return
        if self.keys.setdefault((name, id), stated) != stated:
            self.problem(block.offset, "seal", "a key that contradicts an earlier one")
        elif len(self.keys) > KEYS_MAX:
            self.problem(block.offset, "seal", "more keys than a ledger may have")

    def _checkpoint(self, block: Block, told: Payload) -> None:
        """Checks what is signed, and the signatures of the keys that KEY blocks stated."""
        if not self._sound:
            return
        note = self.source.read(block.offset + BLOCK_HEADER_SIZE, block.payload_size)
        message = note[: note.rindex(b"\n\n") + 1]
        origin = f"{told['signatures'][0]['name']}/{self.header.file_id.hex()}"
        head = (told["origin"], told["tree_size"], told["root"])
        if head != (origin, self.tree.size, self.tree.root.hex()):
            self.problem(block.offset, "seal", "a checkpoint of other blocks")
            return
        for signature in told["signatures"]:
            key = self.keys.get((signature["name"], bytes.fromhex(signature["id"])))
            if key is None:
                continue
            self._spend(SIGNATURE_COST, block)
            if not verified(key.key, message, bytes.fromhex(signature["signature"])):
                self.problem(block.offset, "seal", f"a false signature of {key.name}")
                return
            if key.keys > 1 and self.signed.get(key.identity, -1) >= key.number:
                self.problem(block.offset, "seal", f"an erased key of {key.name} signs")
                return
            self.signed[key.identity] = key.number

    def _totals(self) -> Payload:
        """What a SUMMARY must say here."""
        return {
            "tree_size": self.tree.size,
            "range": [root.hex() for root in self.tree.range],
            "index": self.indexes.last,
            "heads": self.heads,
            "meta_covered": self.meta_covered,
            "gaps": self.losses(),
            "tables": [table.totals() for table in self.told_tables()],
        }

    def told_tables(self) -> list[_TableTally]:
        """The tables with something to tell, by their numbers."""
        return [table for _, table in sorted(self.tables.items()) if table.is_told]

    @property
    def state(self) -> str:
        """How the file is by its bytes."""
        ended = bool(self.trailers) and self.trailers[-1].offset + TRAILER_SIZE == self.size
        return "damaged" if self.problems else "clean" if ended else "torn"

    @property
    def sorted_problems(self) -> list[Problem]:
        """The problems in the order in which they are told."""
        return sorted(self.problems, key=lambda p: (p.offset, PROBLEMS.index(p.kind)))

    def losses(self) -> list[Payload]:
        return [
            {"table": table, "cause": cause, "rows": rows}
            for (table, cause), rows in self.gaps.items()
        ]

    def _check_trailer(self, trailer: Trailer) -> None:
        self.trailers.append(trailer)
        told = trailer.blocks, trailer.summary, trailer.root
        if told != (self.tree.size, self.summary, self.tree.root) or not self.summary:
            self.problem(trailer.offset, "trailer", "a trailer that does not fit the blocks before")


# --- Documents about runs ------------------------------------------------------------------------

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _parsed(text: str) -> Any:
    """A JSON text within the limits of the specification; raises ValueError for any other."""
    if text.count("[") + text.count("{") > DEPTH_MAX and _depth(text) > DEPTH_MAX:
        raise ValueError(f"values deeper than {DEPTH_MAX}")
    value = json.loads(
        text,
        object_pairs_hook=_unique,
        parse_float=_finite,
        parse_int=_integer,
        parse_constant=str,
    )
    # A lone surrogate can be escaped, but is no text.
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _depth(text: str) -> int:
    """How deep the deepest value of a JSON text lies; the text's own value lies 0 deep."""
    depth = deepest = 0
    for token in re.findall(r"[\[{\]}]|[^\s,:\[{\]}]+", _STRING.sub("0", text)):
        depth -= token in "]}"
        deepest = max(deepest, depth) if token not in "]}" else deepest
        depth += token in "[{"
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice in an object")
    return members


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"a number out of range: {text[:32]}")
    return value


def _integer(text: str) -> int | float:
    value = int(text) if len(text) <= len(str(-SIGN)) else None
    return value if value is not None and -SIGN <= value < SIGN and text != "-0" else _finite(text)


def _merge(runs: dict[int, Payload], told: Any) -> None:
    """Adds a document to the record of its run; raises ValueError for what is no such document."""
    number = told.get("run") if isinstance(told, dict) else None
    if type(number) is not int:
        raise ValueError("it names no run")
    changes, epochs = _object(told.get("set")), _object(told.get("epochs"))
    lists = _object(told.get("append"))
    if not all(isinstance(elements, list) for elements in lists.values()):
        raise ValueError("what is appended is no array")
    for index, fields in epochs.items():
        if not re.fullmatch("0|[1-9][0-9]{0,18}", index) or int(index) >= SIGN or fields is None:
            raise ValueError("an epoch without a number or without fields")
        _object(fields)
    run = runs.setdefault(number, {"record": {}, "epochs": {}})
    _set(run["record"], changes)
    for name, elements in lists.items():
        known = run["record"].setdefault(name, [])
        if isinstance(known, list):
            known += elements
    for index, fields in epochs.items():
        _set(run["epochs"].setdefault(index, {}), fields)


def _object(value: Any) -> dict[str, Any]:
    """An object; an empty one for null."""
    if value is not None and not isinstance(value, dict):
        raise ValueError("a member that is no object")
    return value or {}


def _set(record: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            record.pop(name, None)
        else:
            record[name] = value


# --- The ring (§ 8) ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ring:
    """The newest rows of a ledger that was not closed."""

    # Of the reserved and the bulk area: number of the first slot that no block covers.
    tails: list[int]
    # Of each area what lies behind its tail, as in the conformance document.
    entries: list[list[Payload]]
    # Rows lost by table and, within, by cause.
    losses: list[list[int]]


RING_HEADER = 4096
_RING_AREAS = 2
_SLOT = 64


def _read_ring(data: Callable[[int, int], bytes], size: int, file_id: bytes) -> Ring | None:
    """The ring of the ledger `file_id`; None when there is none that can be used."""
    head = data(0, RING_HEADER)
    if len(head) < RING_HEADER or head[:8] != RING_MAGIC or head[16:32] != file_id:
        return None
    version, areas, slot = struct.unpack_from("<HHI", head, 8)
    if (version, areas, slot) != (1, _RING_AREAS, _SLOT):
        return None
    if struct.unpack_from("<I", head, 48)[0] != crc32c(head[:48]):
        return None
    places = [struct.unpack_from("<II", head, 32 + 8 * area) for area in range(_RING_AREAS)]
    end = RING_HEADER
    for offset, count in places:
        # A power of two has one bit.
        if offset != end or not 0 < count <= SLOTS_MAX or count & count - 1:
            return None
        end += count * _SLOT
    if end > size:
        return None
    slots = [data(offset, count * _SLOT) for offset, count in places]
    # The writer may have raised the tails since: what it covers then is in the ledger, which is
    # read after this.
    tails = list(struct.unpack("<QQ", data(256, 8) + data(320, 8)))
    if max(tails) >= SLOT_NUMBER_MAX:
        return None
    losses = struct.unpack("<32Q", data(512, 256))
    return Ring(
        tails,
        [list(_entries(*area)) for area in zip(slots, tails, strict=True)],
        # There is no cause 0; nobody writes its counter.
        [[0, *losses[4 * table + 1 : 4 * table + 4]] for table in range(8)],
    )


def _entries(area: bytes, tail: int) -> Iterator[Payload]:
    """Whole entries from the tail on."""
    count, number = len(area) // _SLOT, tail
    while number - tail < count:
        place = number % count * _SLOT
        sequence, size, checksum = struct.unpack_from("<QII", area, place)
        taken = (16 + size + _SLOT - 1) // _SLOT
        if sequence != number + 1 or size > ENTRY_MAX or number - tail + taken > count:
            return
        entry = area[place : place + 16 + size]
        entry += area[: 16 + size - len(entry)]
        if crc32c(entry[:12] + entry[16:]) != checksum:
            return
        # What is whole and cannot be understood is of a newer writer, and passed over.
        with contextlib.suppress(Damage):
            yield {"slot": number} | _entry(Cursor(entry[16:]))
        number += taken


def _entry(cursor: Cursor) -> Payload:
    kind, reserved = cursor.number(1), cursor.number(1)
    if reserved or not 1 <= kind <= 3:
        raise cursor.fail(f"an entry of kind {kind}")
    if kind == 3:
        return {"kind": "document", "text": _utf8(cursor.take(cursor.left))}
    table = cursor.number(2)
    if kind == 1:
        cells = [_cell(cursor) for _ in range(cursor.number(2))]
        cursor.end()
        return {"kind": "row", "table": table, "cells": cells}
    number, type, role = cursor.number(2), cursor.number(1), cursor.number(1)
    if not I64 <= type <= STRING or role > 1:
        raise cursor.fail(f"a column of type {type} and role {role}")
    name, unit = cursor.text(NAME_MAX), cursor.text(NAME_MAX)
    cursor.end()
    column = {"kind": "column", "table": table, "number": number, "type": type, "role": role}
    return column | {"name": name, "unit": unit}


def _cell(cursor: Cursor) -> Payload:
    column = cursor.number(2)
    if not column >> 15:
        return {"column": column, "value": _pattern(cursor)}
    size = cursor.number(8)
    return {"column": column & 0x7FFF, "value": {"text": _utf8(cursor.take(size))}}


# --- The ledger ----------------------------------------------------------------------------------


class _Part(NamedTuple):
    """What one file of a ledger holds of a table."""

    source: Source
    table: _TableTally

    def columns(self) -> Iterator[tuple[tuple[Definition, int], int]]:
        """Numbers of columns, by what they are and how many of the same stand before."""
        met: dict[Definition, int] = {}
        for number in sorted({*self.table.definitions, *self.table.columns}):
            tally = self.table.columns.get(number)
            unknown = Definition(tally.type if tally else F64, 1, f"column-{number}", "")
            definition = self.table.definitions.get(number, unknown)
            met[definition] = met.get(definition, -1) + 1
            yield (definition, met[definition]), number


class Column:
    """A column of a table: what it is, and its values."""

    def __init__(self, definition: Definition, parts: list[_Part], numbers: list[int]) -> None:
        self.type, self.role, self.name, self.unit = definition
        # In the last file of the ledger.
        self.number = numbers[-1]
        self._parts = list(zip(parts, numbers, strict=True))

    @property
    def values(self) -> list[Any]:
        """The column's value in each row: int, float or str, None for null."""
        values: list[Any] = []
        for rows, block in self._blocks():
            values += [None] * rows if block is None else block.listed(self.type)
        return values

    @property
    def patterns(self) -> list[int | str | None]:
        """As `values`, but a float is the 64 bits of its pattern."""
        values: list[int | str | None] = []
        for rows, block in self._blocks():
            values += [None] * rows if block is None else block.listed(I64)
        return values

    def _blocks(self) -> Iterator[tuple[int, Values | None]]:
        """Rows of each block and the values in it, decoded afresh so that none are kept."""
        for part, number in self._parts:
            yield from self._blocks_of(part, number)

    @staticmethod
    def _blocks_of(part: _Part, number: int) -> Iterator[tuple[int, Values | None]]:
        with part.source as source:
            for block in part.table.blocks:
                data = DataBlock(source.payload(block), block.rows)
                yield block.rows, data.column(number) if number in data.bodies else None


class Table:
    """A table: its rows, and its columns by name."""

    def __init__(self, parts: list[_Part]) -> None:
        last = parts[-1].table
        self.id = last.id
        self.name = last.name or f"table-{last.id}"
        self.rows = sum(part.table.rows for part in parts)
        # By what they are, and which of several that are the same: columns of files are one then.
        numbers: dict[tuple[Definition, int], list[int]] = {}
        for place, part in enumerate(parts):
            for key, number in part.columns():
                known = numbers.setdefault(key, [-1] * len(parts))
                known[place] = number
        self.columns = [Column(key[0], parts, places) for key, places in numbers.items()]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Ledger:
    """What a ledger says, and what is wrong with it.

    Of a ledger that goes on in segments `header` is that of the first file, blocks, trailers and
    problems are those of one file after the other, tail, root and state are those of the end.
    """

    header: Header
    # "clean", "torn" or "damaged" by its bytes (§ 9); `live` tells whether a writer holds it.
    state: str
    live: bool
    problems: list[Problem]
    # Offset and size of what is left behind the last whole block.
    tail: tuple[int, int] | None
    root: bytes
    blocks: list[Block]
    trailers: list[Trailer]
    # By name; tables that no SCHEMA names are `table-ID`.
    tables: dict[str, Table]
    # By number of the run: `record`, and `epochs` by index.
    records: dict[int, Payload]
    gaps: list[Payload]
    # Name, media type, size and SHA-256 of artifacts, and whether all of each is here.
    attachments: list[Payload]
    # Of a pack: number, size and SHA-256 of the ledgers in it.
    members: list[Payload]
    ring: Ring | None
    # File ids of the files that were read as one ledger.
    files: list[bytes]


def read(
    ledger: str | os.PathLike[str] | bytes,
    *,
    ring: bytes | None = None,
    decoded_max: int | None = None,
) -> Ledger:
    """Reads a ledger, the ring that lies beside it, and the segments that belong with it.

    `ledger` is a path, or the bytes themselves, with those of a `ring`. All of it is checked:
    checksums, order, hashes, and that indexes and summaries agree with the rows. Values of
    columns are decoded again when they are asked for, so that memory stays small.

    Raises a `LedgerError` when the file cannot be read at all, or when it would decode to more
    than `decoded_max` bytes (if not told, 4 GiB, or 64 times the ledger's size where that is
    more); OSError as `open` does. Damage is listed in `problems`.
    """
    segments = [] if isinstance(ledger, bytes) else _segments(Path(ledger))
    if len(segments) > 1:
        return _joined(segments, decoded_max)
    return _alone(ledger, ring, decoded_max)


def _alone(
    ledger: str | os.PathLike[str] | bytes, ring: bytes | None, decoded_max: int | None
) -> Ledger:
    """One file of a ledger."""
    with Source(ledger) as source:
        header = Header.parse(source.read(0, HEADER_SIZE))
        found = _ring_beside(source, ring, header.file_id)
        walk = _walked(source, decoded_max)
        live = source.live
    tables = [Table([_Part(source, table)]) for table in walk.told_tables()]
    return Ledger(
        header=header,
        state=walk.state,
        live=live,
        problems=walk.sorted_problems,
        tail=walk.tail,
        root=walk.tree.root,
        blocks=walk.blocks,
        trailers=walk.trailers,
        tables=_by_name(tables),
        records=dict(sorted(walk.runs.items())),
        gaps=walk.losses(),
        attachments=[each.told | {"complete": each.complete} for each in walk.attachments],
        members=[
            each.told | {"sha256": each.sha256, "complete": each.complete} for each in walk.members
        ],
        ring=found and _marked(found, [walk]),
        files=[header.file_id],
    )


def _by_name(tables: list[Table]) -> dict[str, Table]:
    """Tables by name; by number where an earlier one, or the number of another, is called so."""
    numbered = {f"table-{table.id}" for table in tables}
    named: dict[str, Table] = {}
    for table in tables:
        own = f"table-{table.id}"
        taken = table.name in named or table.name in numbered
        named[own if taken else table.name] = table
    return named


def _walked(source: Source, decoded_max: int | None) -> _Walk:
    """The walk through a file; through a damaged one again, once a SUMMARY has told the names."""
    walk = _Walk(source, decoded_max)
    walk.run()
    problems = walk.problems
    if walk.nameless and walk.final:
        final, walk = walk.final, _Walk(source, decoded_max)
        walk.again = True
        walk.adopt(final)
        walk.run()
        # Knowing the names beforehand hides that a definition is missing.
        walk.problems = problems
        broken = {problem.offset for problem in problems if problem.kind == "payload"}
        walk.blocks = [
            replace(block, source=None) if block.offset in broken else block
            for block in walk.blocks
        ]
    if problems:
        walk.adopt(walk.final)
    return walk


# In this order at one offset.
PROBLEMS = [
    "damaged",
    "repeated",
    "missing",
    "foreign",
    "payload",
    "rows",
    "index",
    "summary",
    "trailer",
    "document",
    "attachment",
    "segment",
    "member",
    "seal",
]


def _ring_beside(source: Source, ring: bytes | None, file_id: bytes) -> Ring | None:
    """The ring beside a ledger, or the one that is given; what cannot be read is none."""
    if source.path is None:
        given = Source(ring or b"")
    else:
        given = Source(source.path.with_name(source.path.name + ".ring"))
    try:
        with given as opened:
            return _read_ring(opened.read, opened.size, file_id)
    except OSError:
        return None


def _marked(ring: Ring, walks: list[_Walk]) -> Ring:
    """The ring with what the ledger has already marked so."""

    def covered(entry: Payload) -> bool:
        slot = int(entry["slot"])
        if entry["kind"] == "row":
            tables = [walk.tables.get(entry["table"]) for walk in walks]
            return any(table is not None and slot < table.covered for table in tables)
        return entry["kind"] == "document" and any(slot < walk.meta_covered for walk in walks)

    entries = [[entry | {"covered": covered(entry)} for entry in area] for area in ring.entries]
    return replace(ring, entries=entries)


# --- Segments (§ 7) ------------------------------------------------------------------------------


@dataclass
class _Segment:
    """One of the files of a ledger, and what it says of the one before it."""

    path: Path
    header: Header
    # What stands in `continues` of the first document; None when it is not there.
    file: bytes | None = None
    root: bytes = b""
    blocks: int = 0
    again: int = 0
    # From which sequence on how many blocks are read in another segment.
    left: list[list[int]] = field(default_factory=list)
    # Behind how many whole blocks nothing is read, because the next segment does not continue it.
    end: int | None = None
    # Whether it continues what the file before it holds.
    fits: bool = True


def _segments(path: Path) -> list[_Segment]:
    """The files that the one at `path` belongs with, as far as they are there."""
    own = _segment(path)
    if own is None:
        return []
    base = path.name.removesuffix(f".{own.header.segment}.joule")
    if not own.header.segment or base == path.name:
        base = path.name.removesuffix(".joule")
    chain = [own]
    for step in (-1, 1):
        while True:
            end = chain[0] if step < 0 else chain[-1]
            number = end.header.segment + step
            name = f"{base}.{number}.joule" if number else f"{base}.joule"
            other = _segment(path.with_name(name)) if number >= 0 else None
            pair = (other, end) if step < 0 else (end, other)
            if other is None or not _continues(*pair):
                break
            chain.insert(0 if step < 0 else len(chain), other)
    return chain


def _segment(path: Path) -> _Segment | None:
    """What a file says of the one before it; None of what is no ledger."""
    try:
        with Source(path) as source:
            walk = _Walk(source, None)
            segment = _Segment(path, walk.header)
            whole = walk.whole(HEADER_SIZE) if walk.header.segment else None
            if whole is None or whole[0].type != META:
                return segment
            documents = _told_by(whole[0], walk.content(*whole))["documents"]
            _continue(segment, _parsed(documents[0] if documents else ""))
            return segment
    except (Damage, ValueError):
        return segment
    except (LedgerError, OSError):
        return None


def _continue(segment: _Segment, document: Any) -> None:
    """Takes what a segment's first document says of the file before, if it keeps to the rules."""
    told = document.get("continues") if isinstance(document, dict) else None
    if not isinstance(told, dict):
        return
    file, root = (_hash(told.get(name), size) for name, size in (("file", 16), ("root", 32)))
    blocks, again = told.get("blocks"), told.get("again", 0)
    if file and root and _counts(blocks) and _counts(again):
        segment.file, segment.root, segment.blocks, segment.again = file, root, blocks, again


def _hash(value: object, size: int) -> bytes | None:
    """So many bytes from their hexadecimal digits; None where a value is something else."""
    digits = isinstance(value, str) and re.fullmatch(f"[0-9A-Fa-f]{{{2 * size}}}", value)
    return bytes.fromhex(digits[0]) if digits else None


def _counts(value: object) -> TypeGuard[int]:
    """Whether a value of a document is an integer from 0 on."""
    return type(value) is int and value >= 0


def _continues(before: _Segment | None, segment: _Segment | None) -> bool:
    assert before is not None and segment is not None
    follows = segment.header.segment == before.header.segment + 1
    return follows and segment.file == before.header.file_id


def _settle(before: _Segment, old: _Walk, segment: _Segment, new: _Walk) -> None:
    """Decides which of two files is read for the blocks that both have, and compares the roots."""
    # Who goes on behind a writer that died at it writes what is new.
    repeated = itertools.takewhile(lambda block: block.type != RESUME, new.blocks)
    found = sum(1 for block in repeated if block.type in CONTENT and block.sequence)
    if found < segment.again:
        # The writer died writing them again: the file before has them all.
        segment.left.append([1, found])
    elif segment.again > 0:
        before.left.append([segment.blocks, 1 << 64])
    else:
        # Anybody may have appended it since.
        before.end = segment.blocks
    tree = MerkleTree()
    for block in old.blocks[: segment.blocks]:
        tree.append(block.leaf)
    told = segment.header.previous_root == segment.root[:8]
    segment.fits = told and (tree.size, tree.root) == (segment.blocks, segment.root)


def _joined(segments: list[_Segment], decoded_max: int | None) -> Ledger:
    """The files of a ledger as one: what two of them have is read once."""
    first, end = segments[0], segments[-1]
    with Source(first.path) as source:
        ring = _ring_beside(source, None, first.header.file_id)
    files = [_walked_alone(segment.path, decoded_max) for segment in segments]
    for (before, old), (segment, new) in itertools.pairwise(zip(segments, files, strict=True)):
        _settle(before, old, segment, new)
    walks: list[_Walk] = []
    for segment, alone in zip(segments, files, strict=True):
        with Source(segment.path) as source:
            walk = _Walk(source, decoded_max)
            walk.join(walks[-1] if walks else None, segment)
            if alone.problems:
                walk.again = True
                walk.adopt(alone.final)
            walk.run()
            walks.append(walk)
    problems: list[Problem] = []
    for segment, alone in zip(segments, files, strict=True):
        problems += alone.sorted_problems
        # Behind damage nobody knows what was continued.
        if not segment.fits and not problems:
            misfit = "a segment that continues other blocks than those of the file before it"
            problems.append(Problem(HEADER_SIZE, "segment", None, misfit))
    parts: dict[int, list[_Part]] = {}
    for segment, walk in zip(segments, walks, strict=True):
        for table in walk.told_tables():
            parts.setdefault(table.id, []).append(_Part(Source(segment.path), table))
    with Source(end.path) as source:
        live = source.live
    last = walks[-1]
    return Ledger(
        header=first.header,
        state="damaged" if problems else files[-1].state,
        live=live,
        problems=problems,
        tail=files[-1].tail,
        root=files[-1].tree.root,
        blocks=[block for walk in files for block in walk.blocks],
        trailers=[trailer for walk in files for trailer in walk.trailers],
        tables=_by_name([Table(parts[id]) for id in sorted(parts)]),
        records=dict(sorted(last.runs.items())),
        gaps=last.losses(),
        attachments=[each.told | {"complete": each.complete} for each in last.attachments],
        members=[],
        ring=ring and _marked(ring, files),
        files=[segment.header.file_id for segment in segments],
    )


def _walked_alone(path: Path, decoded_max: int | None) -> _Walk:
    with Source(path) as source:
        return _walked(source, decoded_max)


# --- The conformance document (Schemas/Vectors/README.md) ----------------------------------------


def _integer_told(value: int) -> int | str:
    return value if -SIGN <= value < SIGN else str(value)


def _told(value: Any) -> Any:
    """A value with its integers as the document spells them."""
    if isinstance(value, dict):
        return {name: _told(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_told(element) for element in value]
    if isinstance(value, bytes):
        return value.hex()
    return _integer_told(value) if type(value) is int else value


def _value_told(value: int | str | None, type: int) -> Any:
    if isinstance(value, int) and type == F64:
        return f"{value & M64:016x}"
    return value


def _block_told(block: Block) -> Payload:
    names = ("offset", "type", "flags", "table", "payload_size", "raw_size", "rows", "sequence")
    told: Payload = {name: getattr(block, name) for name in names}
    return told | {"leaf": block.leaf[:8], "payload": block.payload}


def _table_told(table: Table) -> Payload:
    columns = []
    for column in table.columns:
        names = ("number", "type", "role", "name", "unit")
        told: Payload = {name: getattr(column, name) for name in names}
        told["values"] = [_value_told(value, column.type) for value in column.patterns]
        columns.append(told)
    return {"id": table.id, "name": table.name, "rows": table.rows, "columns": columns}


def _chain_told(path: Path) -> Payload | None:
    """What the segments of a ledger hold together; None of a ledger that is one file."""
    segments = _segments(path)
    if len(segments) < 2:
        return None
    found = _joined(segments, None)
    tables = [_table_told(table) for table in found.tables.values() if table.rows]
    for table in tables:
        # Numbers count within a file.
        table["columns"] = [
            {name: value for name, value in column.items() if name != "number"}
            for column in table["columns"]
            if any(value is not None for value in column["values"])
        ]
    return {
        "files": found.files,
        "fits": [segment.fits for segment in segments[1:]],
        "state": found.state,
        "tables": tables,
        "records": {str(number): record for number, record in found.records.items()},
        "gaps": sorted(found.gaps, key=lambda gap: (gap["table"], gap["cause"])),
        "attachments": found.attachments,
    }


def document(ledger: str | os.PathLike[str] | bytes, *, ring: bytes | None = None) -> Payload:
    """Everything about a ledger's bytes that implementations must agree on, ready for JSON.

    All values and payloads at once, so that it takes many times the memory that `read` does.
    """
    try:
        found = _alone(ledger, ring, None)
        chain = None if isinstance(ledger, bytes) else _chain_told(Path(ledger))
    except MissingZstdError:
        raise
    except LedgerError as error:
        return {"conformance": 1, "error": {"kind": error.kind, "offset": error.offset}}
    tables = [_table_told(table) for table in found.tables.values()]
    told: Payload = {
        "conformance": 1,
        "header": vars(found.header),
        "state": found.state,
        "problems": [
            {"offset": p.offset, "kind": p.kind, "count": p.count} for p in found.problems
        ],
        "tail": found.tail and dict(zip(("offset", "size"), found.tail, strict=True)),
        "root": found.root,
        "blocks": [_block_told(block) for block in found.blocks],
        "trailers": [vars(trailer) for trailer in found.trailers],
        "tables": tables,
        "records": {str(number): record for number, record in found.records.items()},
        "gaps": found.gaps,
        "attachments": found.attachments,
        "members": found.members,
        "ring": found.ring and vars(found.ring),
        "chain": chain,
    }
    document: Payload = _told(told)
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the conformance document of a ledger.

    Exit status 0: intact as far as its bytes tell; 2: damaged or no ledger; 74: not readable.
    """
    import argparse

    parser = argparse.ArgumentParser(
        prog="reader",
        description="Prints what a ledger's bytes say, as JSON (Schemas/Vectors/README.md).",
        epilog=main.__doc__ and main.__doc__.partition("\n\n")[2],
    )
    parser.add_argument("ledger", help="a .joule file; the ring beside it is read as well")
    path = parser.parse_args(arguments).ledger
    try:
        told = document(path)
    except (OSError, MissingZstdError) as error:
        print(f"reader: {error}", file=sys.stderr)
        return 74
    json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
    print()
    whole = told.get("chain") or told
    return 2 if whole.get("state", "damaged") == "damaged" else 0


if __name__ == "__main__":
    sys.exit(main())
