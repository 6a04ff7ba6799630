"""`Schemas/records.json` says what `Schemas/joule-format.md` and the reader say."""

from __future__ import annotations

import json
import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import forge
import pytest

from conftest import ROOT
from joulebook import reader

RECORDS = json.loads((ROOT / "Schemas/records.json").read_text())
SPECIFICATION = (ROOT / "Schemas/joule-format.md").read_text()

# Where each record stands in the specification, and which record table it is there.
PLACES = {
    "file header": ("## 2 File header", 0),
    "block": ("## 3 Blocks", 0),
    "SCHEMA": ("### SCHEMA", 0),
    "DATA": ("### DATA", 0),
    "trailer": ("## 5 Trailer", 0),
    "ring": ("## 8 The ring", 0),
    "ring entry": ("## 8 The ring", 1),
}


def tables_of(heading: str) -> list[list[list[str]]]:
    """The tables below a heading, up to the next heading: rows of cells, the head first."""
    below = f"\n{SPECIFICATION}".split(f"\n{heading}\n", 1)[1]
    text = re.split(r"^#+ .*$", below, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    tables = []
    for block in blocks:
        lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
        tables.append([[cell.strip() for cell in line] for line in lines if "---" not in line[0]])
    return tables


def record_table(name: str) -> list[list[str]]:
    """The rows of a record table of the specification."""
    heading, number = PLACES.get(name, (f"### {name}", 0))
    found = [rows for rows in tables_of(heading) if rows[0][0] in ("Bytes", "Offset")]
    return found[number][1:]


def fields(record: list[dict[str, Any]], expand: bool) -> Iterator[dict[str, Any]]:
    """The fields of a record, and behind each those of what it counts."""
    for field in record:
        yield field
        each = field.get("each", [])
        if isinstance(each, str):
            each = RECORDS["records"][each] if expand else []
        yield from fields(each, expand)


def test_every_record_table_of_the_specification_is_here_and_no_other() -> None:
    headings = re.findall(r"^#+ .*$", SPECIFICATION, re.MULTILINE)
    told = [
        (heading, number)
        for heading in headings
        for number, _ in enumerate(r for r in tables_of(heading) if r[0][0] in ("Bytes", "Offset"))
    ]
    # The whole file (§ 1) and how residuals lie (DATA's second table) are no records.
    told.remove(("## 1 The file", 0))
    told.remove(("### DATA", 1))
    names = [name for name in RECORDS["records"] if name != "column"]
    assert sorted(told) == sorted(PLACES.get(name, (f"### {name}", 0)) for name in names)


@pytest.mark.parametrize("name", [name for name in RECORDS["records"] if name != "column"])
def test_a_record_has_the_fields_of_its_table(name: str) -> None:
    expected = list(fields(RECORDS["records"][name], expand=name == "SCHEMA"))
    for first, names, type, description in record_table(name):
        for part in names.split(", "):
            field = expected.pop(0)
            assert field["name"] == part, names
            if type and field["type"] != "bytes":
                assert field["type"] == type.split(" ≤")[0], names
            if name == "ring":
                offsets = field["offset"]
                offsets = offsets if isinstance(offsets, list) else [offsets]
                assert ", ".join(map(str, offsets)) == first
            elif first.split(", ")[0].isdigit():
                assert field["bytes"] == int(first.split(", ")[0]), names
        # What the row tells in its description instead of rows of its own.
        while expected and f"{expected[0]['name']} {expected[0]['type']}" in description:
            expected.pop(0)
        if expected and expected[0]["type"] == "bytes":
            inline = f"{expected[0].get('bytes')}-byte {expected[0]['name']}es"
            if inline in description:
                expected.pop(0)
    assert expected == []


class Layout:
    """Takes a payload apart as `records.json` lays it out."""

    def __init__(self, data: bytes) -> None:
        self.cursor = reader.Cursor(data)

    def record(self, fields: list[dict[str, Any]] | str, outer: dict[str, Any]) -> dict[str, Any]:
        """The values of a record's fields, by name; fields and expressions may name outer ones."""
        names = dict(outer)
        for field in RECORDS["records"][fields] if isinstance(fields, str) else fields:
            # What is not there counts as 0.
            if eval(field.get("when", "1"), {}, defaultdict(int, names)):
                names[field["name"]] = self.value(field)
                self.elements(field, names)
        return names

    def value(self, field: dict[str, Any]) -> Any:
        if field["type"] == "varint":
            return self.cursor.varint()
        if field["type"] == "zigzag varint":
            return self.cursor.zigzag(128)
        if field["type"] == "text":
            return self.cursor.text()
        if field["type"] == "bytes":
            return None
        return self.cursor.number(field["bytes"])

    def elements(self, field: dict[str, Any], names: dict[str, Any]) -> None:
        """Takes what a field counts, or its bytes, which go on to the end if nothing tells."""
        if field["type"] == "bytes":
            size = field.get("bytes", names.get(field.get("size", "")))
            taken = self.cursor.take(self.cursor.left if size is None else size)
            assert bytes.fromhex(field.get("value", "")) in (b"", taken)
            end = bytes.fromhex(field.get("terminator", ""))
            names[field["name"]] = taken.split(end)[:-1] if end else taken
        elif "each_of" in field:
            told = RECORDS["tables"][names["id"] - 1 : names["id"]]
            fixed = [column["type"] for table in told for column in table["columns"]]
            assert names["first"] == len(fixed)
            types = [RECORDS["column_types"][type] for type in fixed]
            types += [column["type"] for column in names["each columns"]]
            for type in types:
                self.record(field["each"], names | {"type": type, "string": reader.STRING})
        elif "each" in field:
            count = names[field["name"]]
            told = [self.record(field["each"], names) for _ in range(count)]
            names[f"each {field['name']}"] = told


def test_every_payload_of_the_vectors_lies_as_its_record_says() -> None:
    names = {block["type"]: block["name"] for block in RECORDS["block_types"]}
    met = set()
    for path in sorted((ROOT / "Schemas/Vectors").glob("*.joule")):
        for block in reader.read(path).blocks:
            if block.type not in names or block.source is None:
                continue
            with block.source as source:
                data = source.payload(block)
            if block.flags & reader.COMPRESSED:
                data = reader.decompress(data, block.raw_size)
            layout = Layout(data)
            found = layout.record(names[block.type], {})
            assert layout.cursor.left == 0, (path, block)
            met.add(names[block.type])
            if block.type == reader.DATA:
                rows = [each["rows"] for each in found["each series"] if "rows" in each]
                assert (rows or [block.rows]) == block.payload["series"]
            if block.type == reader.META:
                assert [text.decode() for text in found["documents"]] == block.payload["documents"]
    assert met == set(names.values())


def size(name: str) -> int:
    return sum(field.get("bytes", 0) for field in RECORDS["records"][name])


def test_fixed_records_have_the_sizes_that_the_reader_takes() -> None:
    assert size("file header") == reader.HEADER_SIZE
    assert size("block") == reader.BLOCK_HEADER_SIZE
    assert size("trailer") == reader.TRAILER_SIZE
    assert size("GAP") == 16 and size("RESUME") == 40


def laid(name: str, values: dict[str, int | bytes], checksum: str) -> bytes:
    """A fixed record put together as `records.json` lays it out, with its checksum."""
    data = b""
    for field in RECORDS["records"][name]:
        if field["name"] == checksum:
            return data + struct.pack("<I", reader.crc32c(data))
        value = values.get(field["name"], field.get("value", 0))
        if isinstance(value, str):
            value = bytes.fromhex(value)
        if isinstance(value, int):
            value = value.to_bytes(field["bytes"], "little")
        assert len(value) == field["bytes"]
        data += value
    raise AssertionError(f"{name} has no {checksum}")


ID = bytes(range(1, 17))
HEADER: dict[str, int | bytes] = {
    "compatible": 1,
    "file id": ID,
    "created": 0x1122334455667788,
    "segment": 7,
    "previous root": 0x0102030405060708,
}


def test_the_reader_reads_records_as_they_are_laid_out() -> None:
    data = laid("file header", HEADER, "checksum")
    payload = struct.pack("<QHB5x", 1, 2, 3)
    block = {
        "salt": ID[:4],
        "type": reader.GAP,
        "payload size": 16,
        "raw size": 16,
        "payload checksum": reader.crc32c(payload),
    }
    data += laid("block", block, "header checksum") + payload
    ledger = reader.read(data)
    found = ledger.header
    assert (found.compatible, found.created, found.segment) == (1, HEADER["created"], 7)
    assert (found.file_id, found.previous_root) == (ID, bytes.fromhex("0807060504030201"))
    assert [(b.type, b.payload) for b in ledger.blocks] == [
        (reader.GAP, {"rows": 1, "table": 2, "cause": 3})
    ]
    end = {"salt": ID[:4], "blocks": 1, "summary": 64, "root": ledger.root}
    trailers = reader.read(data + laid("trailer", end, "checksum")).trailers
    assert [(t.blocks, t.summary, t.root) for t in trailers] == [(1, 64, ledger.root)]


def test_the_constants_of_the_reader_are_those_of_the_records() -> None:
    assert RECORDS["format"] == {"major": reader.MAJOR, "minor": reader.MINOR}
    values = {
        (name, field["name"]): field.get("value")
        for name, record in RECORDS["records"].items()
        for field in record
    }
    assert values["file header", "magic"] == reader.MAGIC.hex()
    assert values["ring", "magic"] == reader.RING_MAGIC.hex()
    assert values["block", "sync"] == reader.BLOCK_SYNC.hex()
    assert values["trailer", "sync"] == reader.TRAILER_SYNC.hex()
    for block in RECORDS["block_types"]:
        assert getattr(reader, block["name"]) == block["type"]
    assert RECORDS["flags"] == {"critical": reader.CRITICAL, "zstd": reader.COMPRESSED}
    assert RECORDS["column_types"] == {
        "i64": reader.I64,
        "f64": reader.F64,
        "string": reader.STRING,
    }
    assert list(RECORDS["mappings"].values()) == [
        reader.RAW,
        reader.PATTERN,
        reader.F32,
        reader.DECIMAL,
        reader.STRINGS,
        reader.DICTIONARY,
    ]
    assert list(RECORDS["predictions"].values()) == [
        reader.OFFSET,
        reader.DELTA,
        reader.DELTA_OF_DELTA,
        reader.ENERGY,
        reader.DURATION,
    ]


def test_the_limits_of_the_reader_are_those_of_the_records() -> None:
    assert RECORDS["limits"] == {
        "payload": reader.PAYLOAD_MAX,
        "raw": reader.RAW_MAX,
        "rows of a block": reader.ROWS_MAX,
        "text of a DATA block": reader.RAW_MAX,
        "columns": reader.COLUMNS_MAX,
        "columns of all tables": reader.TOLD_COLUMNS_MAX,
        "text of a value": reader.TEXT_MAX,
        "names": reader.NAME_MAX,
        "schema": reader.SCHEMA_MAX,
        "signed note": reader.NOTE_MAX,
        "signatures": reader.SIGNATURES_MAX,
        "name of a key": reader.KEY_NAME_MAX,
        "part of an attachment": reader.PART_MAX,
        "members of a pack and rows of its table 6": reader.MEMBERS_MAX,
        "path of a member": reader.MEMBER_PATH_MAX,
        "keys of an identity and KEY blocks of a file": reader.KEYS_MAX,
        "ring entry": reader.ENTRY_MAX,
        "zstd window": reader.WINDOW_MAX,
        "decoded per opening": reader.DECODED_MAX,
    }


UNITS = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def test_the_limits_are_those_of_the_specification() -> None:
    text = SPECIFICATION.split("## 10 Limits\n")[1].split("\n## ")[0].split(".\n")[0]
    text = " ".join(text.split())
    relative = ", or 64 bytes for each stored one if that is more"
    cost = f"; a signature that is verified counts for {reader.SIGNATURE_COST >> 10} KiB of that"
    # What a reader holds at once is no limit of the format.
    held = [
        ", texts of columns included" + relative + cost,
        "; of that, META at most 4 MiB, or 64 bytes for each stored one",
        " · rows that a reader holds in memory as runs (tables epochs, energy, phases): 65536, or"
        " one for each stored byte, where 256 bytes of text count as a row, and each 8 columns of a"
        " row do",
        " beside those fixed by § 6",
    ]
    for sentence in held:
        assert sentence in text
        text = text.replace(sentence, "")
    told = {}
    for item in re.split(r" · |, (?=of all)| and (?=16 signatures)", text):
        match = list(re.finditer(r"(2²⁰|\d+) ?([KMG]?i?B)?", item))[-1]
        number = 1 << 20 if match[1] == "2²⁰" else int(match[1])
        name = " ".join((item[: match.start()] + item[match.end() :]).split()).rstrip(",")
        told[name] = number * UNITS[match[2] or ""]
    renamed = {
        "of all tables": "columns of all tables",
        "schema , of a decoded SCHEMA": "schema",
        "reader: decoded per opening": "decoded per opening",
    }
    assert {renamed.get(name, name): limit for name, limit in told.items()} == RECORDS["limits"]


def numbered(heading: str, head: str) -> list[list[str]]:
    """The rows of the table below a heading whose first column is `head`."""
    (rows,) = [rows for rows in tables_of(heading) if rows[0][0] == head]
    return rows[1:]


def test_block_types_are_those_of_the_specification() -> None:
    told = [
        {"type": int(type), "name": name, "critical": critical == "yes"}
        for type, name, critical, *_ in numbered("## 4 Payloads", "Type")
    ]
    assert told == RECORDS["block_types"]


def test_codings_are_those_of_the_specification() -> None:
    for heading, name in (("Mapping", "mappings"), ("Prediction", "predictions")):
        rows = numbered("### DATA", heading)
        assert {row[1]: int(row[0]) for row in rows} == RECORDS[name]
    rows = numbered("## 8 The ring", "Kind")
    assert dict(map(str.split, (row[0] for row in rows))) == {
        str(kind): name for name, kind in RECORDS["ring_entry_kinds"].items()
    }


def columns_of(text: str) -> list[dict[str, str]]:
    """The columns that a cell of a table of § 6 lists, without metrics."""
    columns = []
    for column in text.split(" · "):
        words = re.sub(r"\(.*?\)|;.*", "", column).split()
        if words[0] == "metrics":
            continue
        type = words[1] if len(words) > 1 else "i64"
        unit = words[2] if len(words) > 2 and words[2] in ("ns", "s", "J", "W", "B") else ""
        columns.append({"name": words[0], "type": type, "unit": unit})
    return columns


def test_tables_are_those_of_the_specification_and_of_the_reader() -> None:
    told = [
        {"id": int(id), "name": name, "columns": columns_of(columns)}
        for id, name, columns in numbered("## 6 Tables", "Id")
    ]
    assert told == RECORDS["tables"]
    told_later = {name: columns_of(columns) for name, columns in numbered("## 6 Tables", "Table")}
    assert told_later == RECORDS["told_columns"]
    types = {number: name for name, number in RECORDS["column_types"].items()}
    assert RECORDS["tables"] == [
        {
            "id": id,
            "name": name,
            "columns": [{"name": c.name, "type": types[c.type], "unit": c.unit} for c in columns],
        }
        for id, (name, columns) in reader.TABLES.items()
    ]


def test_causes_of_gaps_beyond_those_listed_are_damage() -> None:
    for cause in RECORDS["gap_causes"].values():
        data = forge.Forge().block(reader.GAP, struct.pack("<QHB5x", 1, 2, cause)).bytes
        assert reader.read(data).problems == []
    beyond = max(RECORDS["gap_causes"].values()) + 1
    data = forge.Forge().block(reader.GAP, struct.pack("<QHB5x", 1, 2, beyond)).bytes
    assert reader.read(data).problems != []
