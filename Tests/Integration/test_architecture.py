"""The laws of the house that a compiler does not know: they are read off the sources."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

SOURCES = ROOT / "Sources"

READERS = {"JouleQuantities", "JouleFile"}
SYSTEM_ROOMS = {"CJouleSystem", "JouleSystem"}

# Which module may import which of ours; the table of rooms in CONTRIBUTING.md.
MAY_IMPORT = {
    "JouleQuantities": set(),
    "JouleSystem": {"CJouleSystem"},
    "JouleMeters": {"JouleQuantities"} | SYSTEM_ROOMS,
    "JouleSampler": {"JouleQuantities", "JouleMeters"} | SYSTEM_ROOMS,
    "JouleFormat": {"JouleQuantities", "CZstd"} | SYSTEM_ROOMS,
    "JouleFile": {"JouleQuantities", "JouleFormat"} | SYSTEM_ROOMS,
    "JouleRedundancy": READERS | SYSTEM_ROOMS | {"CSQLite"},
    "JouleLifecycle": READERS | {"JouleSystem"},
    "JouleExchange": READERS | {"CSQLite", "JouleMeters", "JouleRedundancy", "JouleLifecycle"},
    "Joulebook": READERS | SYSTEM_ROOMS | {"JouleMeters", "JouleSampler", "JouleRedundancy"},
    "JoulebookCommand": READERS
    | SYSTEM_ROOMS
    | {
        "CJoulePage",
        "JouleMeters",
        "JouleSampler",
        "Joulebook",
        "JouleRedundancy",
        "JouleLifecycle",
        "JouleExchange",
    },
    "joulebook-cli": {"JoulebookCommand"},
    "joulebook-meterd": {"CJouleMeterd", "CJouleSystem", "JouleQuantities", "JouleMeters"},
    "worked-examples": {"JouleQuantities", "JouleLifecycle"},
    "JoulebookABI": READERS
    | {
        "CJoulebook",
        "JouleSystem",
        "Joulebook",
        "JouleRedundancy",
        "JouleLifecycle",
        "JouleExchange",
        "JoulebookCommand",
    },
    "JoulebookPython": {"CJoulebook"},
}

# Which module may import which of others'.
FOREIGN = {
    "JouleFormat": {"Crypto"},
    "JoulebookCommand": {"ArgumentParser", "NIOCore", "NIOHTTP1", "NIOPosix"},
    "joulebook-meterd": {"ArgumentParser"},
}

SYSTEM = {"FoundationEssentials", "Glibc", "Synchronization", "Swift"}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|typealias)\s+)?(\w+)",
    re.MULTILINE,
)

ROOMS = sorted(path.name for path in SOURCES.iterdir() if path.is_dir())


def swift_files(room: str) -> list[Path]:
    return sorted((SOURCES / room).rglob("*.swift"))


def code(path: Path) -> str:
    """The file without comments and text literals."""
    text = path.read_text()
    text = re.sub(r'"""[\s\S]*?"""', '""', text)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)


@pytest.mark.parametrize("room", [room for room in ROOMS if swift_files(room)])
def test_a_room_imports_only_what_its_line_of_the_table_allows(room: str) -> None:
    allowed = MAY_IMPORT[room] | FOREIGN.get(room, set()) | SYSTEM
    for path in swift_files(room):
        found = set(IMPORT.findall(code(path)))
        assert found <= allowed, f"{path.relative_to(ROOT)} imports {sorted(found - allowed)}"


def test_nothing_imports_the_whole_of_foundation() -> None:
    for path in SOURCES.rglob("*.swift"):
        assert "Foundation" not in IMPORT.findall(path.read_text()), path.relative_to(ROOT)


DECLARATION = re.compile(
    r"^(?:@\w+\s+)*(?:(?:public|package|internal|final|indirect)\s+)*"
    r"(?:struct|class|enum|protocol|actor|func|typealias)\s+(\w+)",
    re.MULTILINE,
)


@pytest.mark.parametrize(("from_", "to"), [("Encode", "Decode"), ("Decode", "Encode")])
def test_encode_and_decode_never_call_each_other(from_: str, to: str) -> None:
    sources = {
        half: {path: code(path) for path in (SOURCES / "JouleFormat" / half).rglob("*.swift")}
        for half in (from_, to)
    }
    assert sources[from_] and sources[to]
    declared = {name for text in sources[to].values() for name in DECLARATION.findall(text)}
    own = {name for text in sources[from_].values() for name in DECLARATION.findall(text)}
    for path, text in sources[from_].items():
        named = set(re.findall(r"\b\w+\b", text)) & (declared - own)
        assert not named, f"{path.relative_to(ROOT)} names {sorted(named)} of {to}"


MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w+|(?<![\w.])/tmp/(?:jb|wt)\b")


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for path in map(ROOT.joinpath, listing.splitlines()):
        # This file must name them to look for them.
        if not path.is_file() or path == Path(__file__):
            continue
        found = MACHINE_PATH.search(path.read_text(errors="replace"))
        assert not found, f"{path.relative_to(ROOT)} names {found.group()}"


FORBIDDEN = re.compile(r"\btry!|\bas!|\bfatalError\(|\bTODO\b|\bFIXME\b|\bXXX\b")


def test_library_code_neither_traps_on_purpose_nor_leaves_work_for_later() -> None:
    for path in SOURCES.rglob("*.swift"):
        found = FORBIDDEN.search(path.read_text())
        assert not found, f"{path.relative_to(ROOT)} has {found.group()}"


def test_the_library_has_no_lock_that_ends_a_forked_child() -> None:
    for path in SOURCES.rglob("*.swift"):
        # Where it is said why.
        if path.name != "Lock.swift":
            assert not re.search(r"\bMutex\b", path.read_text()), path.relative_to(ROOT)


def test_no_swift_file_outgrows_the_hard_limit() -> None:
    for folder in (SOURCES, ROOT / "Tests"):
        for path in folder.rglob("*.swift"):
            lines = path.read_text().count("\n")
            # Data that a program compiled says so in its head, and the linter skips it.
            generated = path.read_text().startswith("// swift-format-ignore-file")
            assert lines <= 400 or generated, f"{path.relative_to(ROOT)} has {lines} lines"
