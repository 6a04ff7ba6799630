"""`Schemas/joule.ksy` accounts for every byte of a ledger and agrees with the Python reader."""

from __future__ import annotations

import itertools
import json
import struct
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import ROOT, Command
from joulebook import reader
from kaitai import Description, KaitaiError, Node


def content(frame: bytes) -> bytes:
    """The content of a zstd frame, whose header states its size in 1, 2, 4 or 8 bytes."""
    single, width = frame[4] >> 5 & 1, (1, 2, 4, 8)[frame[4] >> 6]
    place = 5 if single else 6
    size = int.from_bytes(frame[place : place + width], "little") + (256 if width == 2 else 0)
    return reader.decompress(frame, size)


DESCRIPTION = Description(ROOT / "Schemas/joule.ksy", {"zstd": content})
VECTORS = sorted((ROOT / "Schemas/Vectors").glob("*.joule"))


def pattern(value: int | None) -> str | None:
    return None if value is None else f"{value:016x}"


def column(node: Node) -> dict[str, Any]:
    told = {name: node[name] for name in ("type", "role")}
    return told | {name: node[name]["value"] for name in ("name", "unit")}


def schema(node: Node) -> dict[str, Any]:
    tables = [
        {
            "id": table["id"],
            "name": table["name"]["value"],
            "first": table["first"],
            "columns": [column(each) for each in table["columns"]],
        }
        for table in node["tables"]
    ]
    return {"tables": tables}


def data(node: Node, rows: int) -> dict[str, Any]:
    series = node["series"]
    return {
        "covered": node["covered"]["value"],
        "first_row": node["first_row"]["value"],
        "series": [rows] if series is None else [each["value"] for each in series],
        "columns": [
            {"number": each["number"]["value"], "coding": each["coding"]}
            for each in node["columns"]
        ],
    }


def index(node: Node) -> dict[str, Any]:
    pointers = [
        {name: each[name]["value"] for name in ("ordinal", "offset")}
        | {name: each[name] for name in ("from", "to")}
        for each in node["pointers"]
    ]
    entries = [
        {
            "offset": entry["offset"]["value"],
            "table": entry["table"],
            "rows": entry["rows"]["value"],
            "first_row": entry["first_row"]["value"],
            "zones": [
                {
                    "number": zone["number"],
                    "count": zone["count"]["value"],
                    "minimum": pattern(zone["minimum"]),
                    "maximum": pattern(zone["maximum"]),
                }
                for zone in entry["zones"]
            ],
        }
        for entry in node["entries"]
    ]
    return {"ordinal": node["ordinal"]["value"], "pointers": pointers, "entries": entries}


def summary(node: Node) -> dict[str, Any]:
    heads = itertools.accumulate(each["value"] for each in node["heads"])
    return {
        "tree_size": node["tree_size"],
        "range": [each.hex() for each in node["range"]],
        "index": node["index"]["value"],
        "heads": list(heads),
        "meta_covered": node["meta_covered"]["value"],
        "gaps": [
            {"table": gap["table"], "cause": gap["cause"], "rows": gap["rows"]["value"]}
            for gap in node["gaps"]
        ],
        "tables": [
            schema_of
            | {
                "covered": table["covered"]["value"],
                "rows": table["rows"]["value"],
                "statistics": [statistics(each) for each in table["statistics"]],
            }
            for schema_of, table in zip(schema(node)["tables"], node["tables"], strict=True)
        ],
    }


def statistics(node: Node) -> dict[str, Any]:
    found = {name: pattern(node[name]) for name in ("minimum", "maximum", "last")}
    total = None if node["sum"] is None else node["sum"]
    # A sum of more than 64 bits is beyond what the description can make a number of.
    value = None if total is None else "wide" if len(total["groups"]) > 9 else total["signed"]
    return {"count": node["count"]["value"], **found, "sum": value}


def payload(block: Node) -> dict[str, Any] | None:
    """A block's payload as the reader tells it; None for types that it does not take apart."""
    outer = block["compressed_payload"] or block["plain_payload"]
    node, kind = outer["body"], block["type"]
    if kind == reader.SCHEMA:
        return schema(node)
    if kind == reader.DATA:
        return data(node, block["rows"])
    if kind == reader.META:
        return {"covered": node["covered"], "documents": node["documents"]}
    if kind == reader.INDEX:
        return index(node)
    if kind == reader.SUMMARY:
        return summary(node)
    if kind == reader.GAP:
        return {name: node[name] for name in ("rows", "table", "cause")}
    if kind == reader.RESUME:
        return {"discarded": node["discarded"], "hash": node["hash"].hex()}
    if kind == reader.KEY:
        return {
            "verifier_key": node["verifier_key"]["value"],
            "index": node["number"]["value"],
            "keys": node["keys"]["value"],
            "path": [each.hex() for each in node["path"]],
        }
    if kind == reader.ATTACH:
        return {
            "run": node["run"]["value"],
            "name": node["name"]["value"],
            "media_type": node["media_type"]["value"],
            "sha256": node["hash"].hex(),
            "size": node["size"]["value"],
            "offset": node["offset"]["value"],
            "part_size": len(node["part"]),
        }
    if kind == reader.MEMBER:
        told = {name: node[name] for name in ("member", "offset", "size")}
        return told | {"part_size": len(node["bytes"])}
    return None


def with_narrow_sums(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """A payload with what the description cannot make a number of marked as it marks it."""
    for table in (told or {}).get("tables", []):
        for each in table.get("statistics", []):
            if each["sum"] is not None and not -(1 << 62) <= each["sum"] < 1 << 62:
                each["sum"] = "wide"
    return told


def agree(ledger: bytes) -> int:
    """Checks all that description and reader say of a ledger; returns how many blocks it has."""
    found, told = DESCRIPTION.parse(ledger), reader.read(ledger)
    header = found["header"]
    assert header["salt"] + header["file_id_rest"] == told.header.file_id
    assert header["previous_root"] == told.header.previous_root
    for name in ("major", "minor", "incompatible", "compatible", "created", "segment"):
        assert header[name] == getattr(told.header, name)
    parts = [part["body"] for part in found["parts"] if "payload_size" in part["body"].fields]
    for block, expected in zip(parts, told.blocks, strict=True):
        for name in ("type", "flags", "table", "payload_size", "raw_size", "rows", "sequence"):
            assert block[name] == getattr(expected, name)
        said = payload(block)
        assert said is None or said == with_narrow_sums(expected.payload)
    trailers = [part["body"] for part in found["parts"] if "root" in part["body"].fields]
    for trailer, end in zip(trailers, told.trailers, strict=True):
        assert (trailer["blocks"], trailer["summary"]) == (end.blocks, end.summary)
        assert trailer["root"] == end.root
    return len(parts)


@pytest.fixture
def ledgers(joulebook: Command, tmp_path: Path) -> list[bytes]:
    """Ledgers as the command writes them."""
    records.write(tmp_path / "r.jsonl", records.ALL)
    joulebook("import", "records", "r.jsonl", "--into", "runs")
    return [path.read_bytes() for path in sorted((tmp_path / "runs").rglob("*.joule"))]


def test_a_real_ledger_is_described_byte_for_byte(ledgers: list[bytes]) -> None:
    assert ledgers
    for ledger in ledgers:
        assert agree(ledger) > 2


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_is_described_byte_for_byte(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    assert expected["state"] != "damaged" and path.stat().st_size
    data = path.read_bytes()
    tail = expected["tail"]
    assert agree(data[: tail["offset"]] if tail else data) == len(expected["blocks"])


@pytest.mark.parametrize("path", sorted((ROOT / "Schemas/Vectors").glob("*.ring")))
def test_the_ring_of_a_vector_is_described_byte_for_byte(path: Path) -> None:
    ring = DESCRIPTION.parse(path.read_bytes(), "ring")
    document = path.with_name(path.name.replace(".joule.ring", ".json"))
    expected = json.loads(document.read_text())["ring"]
    assert [ring["reserved_tail"], ring["bulk_tail"]] == expected["tails"]
    assert ring["losses"] == list(itertools.chain.from_iterable(expected["losses"]))
    areas = [b"".join(ring[name]) for name in ("reserved_slots", "bulk_slots")]
    for area, tail, entries in zip(areas, expected["tails"], expected["entries"], strict=True):
        for entry in entries:
            place = entry["slot"] * 64 % len(area)
            (size,) = struct.unpack_from("<I", area, place + 8)
            found = DESCRIPTION.parse((area * 2)[place : place + 16 + size], "ring_entry")
            assert found["sequence"] == entry["slot"] + 1 > tail
            kinds = {1: "row", 2: "column", 3: "document"}
            body = found["payload"]["body"]
            assert kinds[found["payload"]["kind"]] == entry["kind"]
            if entry["kind"] == "row":
                assert [cell["column"] & 0x7FFF for cell in body["cells"]] == [
                    cell["column"] for cell in entry["cells"]
                ]
            elif entry["kind"] == "column":
                assert body["definition"]["name"]["value"] == entry["name"]
            else:
                assert body["document"] == entry["text"]


def test_the_numbers_of_the_description_are_those_of_the_records() -> None:
    told = json.loads((ROOT / "Schemas/records.json").read_text())
    enums = DESCRIPTION.enums
    assert enums["block_type"] == {
        block["type"]: block["name"].lower() for block in told["block_types"]
    }
    names = {
        "column_type": "column_types",
        "column_role": "column_roles",
        "mapping": "mappings",
        "prediction": "predictions",
        "cause": "gap_causes",
        "ring_entry_kind": "ring_entry_kinds",
    }
    for enum, name in names.items():
        spelled = {number: word.lower().replace(" ", "_") for word, number in told[name].items()}
        assert enums[enum] == spelled


@pytest.mark.parametrize("change", ["a byte more", "a bit of padding", "another magic"])
def test_bytes_that_the_description_does_not_account_for_are_refused(
    change: str, ledgers: list[bytes]
) -> None:
    ledger = bytearray(ledgers[0])
    padded = [block for block in reader.read(ledgers[0]).blocks if block.payload_size % 8]
    if change == "a byte more":
        ledger.append(0)
    elif change == "a bit of padding":
        ledger[padded[0].end - 1] = 1
    else:
        ledger[0] = 0
    with pytest.raises(KaitaiError):
        DESCRIPTION.parse(bytes(ledger))
