"""What commands say of ledgers that are damaged, and of what is no ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from conftest import Command, command_path
from test_command_line import ledger_of


# The ring


def test_a_killed_run_without_its_ring_is_not_called_whole(
    joulebook: Command, tmp_path: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
    process = subprocess.Popen(
        [command_path(), "run", "--", "sleep", "60"],
        cwd=tmp_path,
        env={**environment, "JOULEBOOK_DIR": str(tmp_path / "runs")},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "runs").rglob("*.joule.ring")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    path = ledger_of(tmp_path / "runs")
    whole = joulebook.json("verify", "verify", path, "--json", status=1)["files"][0]
    assert whole["state"] == "torn" and "ring_missing" not in whole
    assert "nothing was lost" in joulebook("recover", path, "-o", "whole.joule").stdout

    alone = tmp_path / "alone.joule"
    alone.write_bytes(path.read_bytes())
    said = joulebook("recover", alone, "-o", "less.joule", status=1).stdout
    assert f"rows since the last one may be lost: {alone}.ring is not here" in said
    assert "its ring is not here" in " ".join(joulebook("show", alone).stdout.split())
    assert "its ring is not here" in joulebook("verify", alone, status=1).stdout
    for schema, command in (("run", "show"), ("verify", "verify")):
        document = joulebook.json(schema, command, alone, "--json", status=None)
        found = document["integrity"] if command == "show" else document["files"][0]
        assert found["ring_missing"] is True
