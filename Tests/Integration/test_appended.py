"""Ledgers to which rows were appended after a close: every reader sees them as one run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Command

VECTORS = ROOT / "Schemas/Vectors"


@pytest.mark.parametrize("name", ["sealed-behind", "several-closes"])
def test_rows_behind_a_close_continue_those_before(
    joulebook: Command, tmp_path: Path, name: str
) -> None:
    ledger = tmp_path / "run.joule"
    ledger.write_bytes((VECTORS / f"{name}.joule").read_bytes())
    document = json.loads(
        subprocess.run(
            [sys.executable, "-m", "joulebook.reader", ledger],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    assert document["state"] == "clean"
    # Behind the first close, too, blocks of rows go on where the ones before ended.
    rows = 0
    closes = 0
    behind = 0
    for block in document["blocks"]:
        closes += block["type"] == 6
        if block["type"] == 2 and block["table"] == 1:
            assert block["payload"]["first_row"] == rows
            rows += block["rows"]
            behind += block["rows"] if closes else 0
    assert closes > 1 and behind > 0
    (epochs,) = (table for table in document["tables"] if table["name"] == "epochs")
    assert epochs["rows"] == rows
    indices = epochs["columns"][1]["values"]
    assert len(indices) == rows
    exported = joulebook("export", ledger, "--format", "jsonl", status=None).stdout.splitlines()
    assert [json.loads(line)["index"] for line in exported] == indices
    if name == "several-closes":
        return  # Its record is one that no run has.
    shown = joulebook.json("run", "show", ledger, "--json")
    assert shown["totals"]["epochs"] == rows and shown["integrity"]["state"] == "clean"
    assert f": {rows} epoch" in joulebook("tail", ledger).stdout
    verified = joulebook.json("verify", "verify", ledger, "--json", status=None)
    assert verified["files"][0]["state"] == "clean"
