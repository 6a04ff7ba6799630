"""How many bytes a value XOR codes take on the columns of floats of format_data.py.

Usage: xor.py. Counts the bits that Gorilla (Pelkonen and others, 2015, section 4.1.2) and Chimp
(Liakos and others, 2022, section 4.1) spend, without container, in blocks of 4096 rows.
Beside them zstd over byte lanes: of the XORs, and of what the ledger takes instead, offsets or
differences of ordered f32 patterns or decimals.
"""

from __future__ import annotations

import numpy as np
import zstandard
from format_data import tables

BLOCK = 4096
CHIMP_LEADING = (0, 8, 12, 16, 18, 20, 22, 24)


def xors(words: np.ndarray) -> list[int]:
    return (words[1:] ^ words[:-1]).tolist()


def gorilla(words: np.ndarray) -> int:
    bits = 64
    window = (65, 0)
    for word in xors(words):
        if word == 0:
            bits += 1
            continue
        leading = min(64 - word.bit_length(), 31)
        trailing = (word & -word).bit_length() - 1
        if leading >= window[0] and trailing >= window[1]:
            bits += 2 + 64 - sum(window)
        else:
            window = (leading, trailing)
            bits += 2 + 5 + 6 + 64 - leading - trailing
    return bits


def chimp(words: np.ndarray) -> int:
    bits = 64
    before = -1
    for word in xors(words):
        if word == 0:
            bits += 2
            before = -1
            continue
        leading = max(n for n in CHIMP_LEADING if n <= 64 - word.bit_length())
        trailing = (word & -word).bit_length() - 1
        if trailing > 6:
            bits += 2 + 3 + 6 + 64 - leading - trailing
            before = -1
        elif leading == before:
            bits += 2 + 64 - leading
        else:
            bits += 2 + 3 + 64 - leading
            before = leading
    return bits


def xor_lanes(words: np.ndarray) -> int:
    return lanes(np.concatenate([words[:1], words[1:] ^ words[:-1]]))


def ledger_lanes(words: np.ndarray) -> int:
    integers = mapped(words.view(np.float64)).astype(np.int64)
    delta = np.diff(integers, prepend=integers[:1])
    return min(lanes(integers - integers.min()), lanes(delta << 1 ^ delta >> 63))


def mapped(values: np.ndarray) -> np.ndarray:
    narrow = values.astype(np.float32)
    if np.array_equal(narrow.astype(np.float64), values):
        bits = narrow.view(np.uint32)
        return np.where(bits >> 31, ~bits, bits | 0x80000000)
    for places in range(10):
        integers = np.rint(values * 10.0**places)
        if np.array_equal(integers / 10.0**places, values):
            return integers
    return values.view(np.int64)


def lanes(data: np.ndarray) -> int:
    total = 0
    for lane in data.view(np.uint8).reshape(-1, 8).T:
        raw = np.ascontiguousarray(lane).tobytes()
        total += min(len(raw), len(zstandard.ZstdCompressor(level=1).compress(raw)))
    return 8 * total


def main() -> None:
    print("| bytes a value | Gorilla | Chimp | XOR, lanes | ordered or decimal, lanes |")
    print("|---|---|---|---|---|")
    for name, table in tables().items():
        if name == "run":
            continue
        for column, values in table.items():
            if values.dtype != np.float64:
                continue
            words = values.view(np.uint64)
            blocks = [words[at : at + BLOCK] for at in range(0, len(words), BLOCK)]
            sizes = [
                sum(code(block) for block in blocks) / 8 / len(words)
                for code in (gorilla, chimp, xor_lanes, ledger_lanes)
            ]
            print(f"| {name} {column} | " + " | ".join(f"{size:.2f}" for size in sizes) + " |")


if __name__ == "__main__":
    main()
