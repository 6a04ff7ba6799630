"""Two readers that share no code must say the same of every ledger, however it was changed.

Changes a conformance vector at random, most often with checksums, hash chain and trailer put right
again so that both readers come to what was changed, and compares their conformance documents. What
they differ on is kept in .build/differential/ and ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Integrations/Python/src"), str(ROOT / "Integrations/Python/tests")]

from forge import Forge  # noqa: E402
from joulebook import reader  # noqa: E402

KEPT = ROOT / ".build/differential"
KINDS = [*range(1, 12)]
BYTES = [0, 1, 2, 3, 7, 8, 63, 64, 65, 127, 128, 129, 254, 255]


@dataclass
class Part:
    """A block that can be changed: its header's fields and its payload."""

    type: int
    payload: bytes
    fields: dict[str, int]


def parts_of(data: bytes) -> list[Part]:
    """The blocks of a ledger; compressed payloads are unpacked, so that changes reach them."""
    parts = []
    for block in reader.read(data).blocks:
        start = block.offset + reader.BLOCK_HEADER_SIZE
        payload = data[start : start + block.payload_size]
        fields = {"flags": block.flags, "table": block.table, "rows": block.rows}
        if block.flags & reader.COMPRESSED:
            payload = reader.decompress(payload, block.raw_size)
            fields["flags"] &= ~reader.COMPRESSED
        elif block.type == reader.DATA:
            fields["raw"] = block.raw_size
        parts.append(Part(block.type, payload, fields))
    return parts


def put_together(head: bytes, parts: list[Part], closed: bool) -> bytes:
    """A ledger of these blocks with every checksum and hash right."""
    forged = Forge(head)
    for part in parts:
        forged.block(part.type, part.payload, **part.fields)
    return (forged.trailer() if closed else forged).bytes


def changed_bytes(data: bytes, rng: random.Random) -> bytes:
    """A few bits, bytes or stretches of bytes changed, lost, doubled or put in."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        place = rng.randrange(len(changed) + 1)
        end = min(len(changed), place + rng.choice([1, 1, 2, 8, 48, 64]))
        match rng.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1 if place < len(changed):
                changed[place] = rng.choice(BYTES)
            case 2:
                del changed[place:end]
            case 3:
                changed[place:place] = changed[place:end]
            case 4:
                changed[place:place] = rng.randbytes(rng.choice([1, 2, 8]))
            case _:
                changed[place:end] = bytes(end - place)
    return bytes(changed)


def changed_parts(parts: list[Part], rng: random.Random) -> list[Part]:
    """One block changed, or the blocks in another order."""
    parts = [Part(part.type, part.payload, dict(part.fields)) for part in parts]
    place = rng.randrange(len(parts))
    part = parts[place]
    match rng.randrange(10):
        case 0:
            part.fields["flags"] ^= 1 << rng.randrange(8)
        case 1:
            part.fields["table"] = rng.choice([0, 1, 2, 3, 4, 5, 6, 99, 0x8000, 0xFFFF])
        case 2:
            part.fields["rows"] = max(0, part.fields["rows"] + rng.choice([-1, 1, 2, 1000]))
        case 3:
            part.type = rng.choice([*KINDS, 0, 12, 0x80, 0xFF])
        case 4:
            parts.insert(rng.randrange(len(parts) + 1), parts.pop(place))
        case 5:
            parts.insert(place, part)
        case 6:
            del parts[place]
        case _:
            part.payload = changed_bytes(part.payload, rng)
    return parts


def mutants(vectors: list[Path], rng: random.Random) -> Iterator[tuple[str, bytes, bytes | None]]:
    """Names, bytes and rings of changed vectors, without end."""
    while True:
        path = rng.choice(vectors)
        data = path.read_bytes()
        ring = path.with_name(path.name + ".ring")
        beside = ring.read_bytes() if ring.exists() else None
        if beside is not None and rng.random() < 0.5:
            yield path.stem, data, changed_bytes(beside, rng)
            continue
        try:
            parts = parts_of(data)
        except reader.LedgerError:
            parts = []
        if not parts or rng.random() < 0.3:
            yield path.stem, changed_bytes(data, rng), beside
        else:
            closed = rng.random() < 0.7
            mutant = put_together(data[:64], changed_parts(parts, rng), closed)
            yield path.stem, mutant, beside


class SwiftReader:
    """The Swift reader in a process of its own: paths in, documents out, a line each."""

    def __init__(self, command: str) -> None:
        self.process = subprocess.Popen(
            [command, "documents", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def document(self, path: Path) -> Any:
        """What it says of a ledger; None when it died of it."""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from differences(one.get(name), other.get(name), f"{place}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}/{index}")
    elif one != other:
        yield f"{place}: Swift {str(one)[:200]}, Python {str(other)[:200]}"


def keep(name: str, path: Path) -> Path:
    """Stores a mutant on which the readers differ, and its ring."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{name}.joule"
    kept.write_bytes(path.read_bytes())
    ring = path.with_name(path.name + ".ring")
    if ring.exists():
        kept.with_name(kept.name + ".ring").write_bytes(ring.read_bytes())
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--swift", required=True, help="the command joule-vectors")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() & 0xFFFFFFFF)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    vectors = sorted((ROOT / "Schemas/Vectors").rglob("*.joule"))
    # Large vectors would spend the time on few changes.
    vectors = [path for path in vectors if path.stat().st_size < 64 << 10]
    swift = SwiftReader(options.swift)
    ends = time.monotonic() + options.seconds
    states: Counter[str] = Counter()
    differing = count = 0
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "mutant.joule"
        ring = Path(directory) / "mutant.joule.ring"
        for count, (name, data, beside) in enumerate(mutants(vectors, rng), 1):
            if time.monotonic() > ends or differing == 20:
                break
            path.write_bytes(data)
            ring.unlink(missing_ok=True)
            if beside is not None:
                ring.write_bytes(beside)
            said, found = swift.document(path), reader.document(path)
            states[found.get("state", "unreadable")] += 1
            if said == json.loads(json.dumps(found)):
                continue
            differing += 1
            kept = keep(f"{name}-{options.seed}-{count}", path)
            where = "Swift died" if said is None else next(differences(said, found), "")
            print(f"{kept.relative_to(ROOT)}: {where}")
            if said is None:
                swift = SwiftReader(options.swift)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    print(f"seed {options.seed}: {sum(states.values())} ledgers ({told}), {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
