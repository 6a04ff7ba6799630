"""A ledger that goes on in other files is one ledger, whatever reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, Command

VECTORS = ROOT / "Schemas/Vectors"
NAMES = ["run.joule", "run.1.joule", "run.2.joule"]


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A directory with a ledger of three files, eight steps in all."""
    folder = tmp_path / "ledgers"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(VECTORS / name.replace("run", "segments"), folder / name)
    return folder


def steps(joulebook: Command, path: Path) -> list[int]:
    exported = joulebook("export", path, "--format", "jsonl", "--table", "steps").stdout
    return [json.loads(line)["step"] for line in exported.splitlines()]


def test_lists_and_pages_count_it_once(joulebook: Command, chain: Path) -> None:
    for path in (chain, *(chain / name for name in NAMES)):
        runs = joulebook.json("runs", "ls", path, "--json")["runs"]
        assert [run["run_id"] for run in runs] == ["vector"]
        assert steps(joulebook, path) == [*range(8)]
    assert joulebook.json("run", "show", chain / "run.1.joule", "--json")["run_id"] == "vector"
    assert joulebook.json("audit", "audit", chain, "--json")["runs"] == 1


def test_a_pack_holds_its_files_and_is_read_as_one_run(
    joulebook: Command, chain: Path, tmp_path: Path
) -> None:
    joulebook("pack", chain, "-o", tmp_path / "all.joule")
    joulebook("pack", chain / "run.1.joule", "-o", tmp_path / "one.joule")
    for name in ("all.joule", "one.joule"):
        pack = tmp_path / name
        found = joulebook.json("verify", "verify", pack, "--json", status=1)["files"][0]
        assert {member["path"] for member in found["members"]} == set(NAMES)
        runs = joulebook.json("runs", "ls", pack, "--json")["runs"]
        assert [run["run_id"] for run in runs] == ["vector"]
        assert steps(joulebook, pack) == [*range(8)]
        joulebook("pack", "--extract", pack, "-o", tmp_path / f"out-{name}")
        for file in NAMES:
            copy = tmp_path / f"out-{name}" / file
            assert copy.read_bytes() == (chain / file).read_bytes()


def test_verify_goes_through_all_files(joulebook: Command, chain: Path) -> None:
    result = joulebook("verify", chain / "run.joule", status=1)
    assert "the ledger goes on in run.1.joule" in result.stdout
    assert len(result.stdout.splitlines()) == 3
    found = joulebook.json("verify", "verify", chain / "run.joule", "--json", status=1)["files"][0]
    assert [Path(each["path"]).name for each in found["segments"]] == NAMES[1:]
    assert [each["state"] for each in found["segments"]] == ["torn", "clean"]
    # A seal of the last file is one of the whole, which it continues.
    joulebook("keygen", "example.org/alice", "-o", chain / "alice.key")
    joulebook("seal", chain / "run.2.joule", "--key", chain / "alice.key")
    joulebook("verify", chain / "run.joule", "--key", chain / "alice.key.pub")
    damaged = bytearray((chain / "run.1.joule").read_bytes())
    damaged[200] ^= 1
    (chain / "run.1.joule").write_bytes(damaged)
    joulebook("verify", chain / "run.joule", "--key", chain / "alice.key.pub", status=2)


@pytest.mark.parametrize("name", ["segments-root", "segments-lost"])
def test_verify_tells_a_segment_that_continues_other_blocks(
    joulebook: Command, name: str, tmp_path: Path
) -> None:
    for ending in (".joule", ".1.joule"):
        shutil.copy(VECTORS / f"bad/{name}{ending}", tmp_path / f"run{ending}")
    for file in ("run.joule", "run.1.joule"):
        result = joulebook("verify", file, status=2)
        assert "continues other blocks" in result.stdout
    # Alone a file has nothing to be compared with.
    (tmp_path / "run.joule").unlink()
    joulebook("verify", "run.1.joule", status=1)
