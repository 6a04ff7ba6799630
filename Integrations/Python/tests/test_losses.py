"""What a run lost is said at its end, in its warnings, and with its cause."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conftest import Script, clean_environment

# From here on the system refuses every byte of a file.
REFUSED = """
    import resource, signal, joulebook
    run = joulebook.start("p", quiet={quiet}, capture=dict(code=False, packages=False))
    run.log(step=1, loss=1.0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    run.finish()
    print(*run.warnings, sep="\\n")
    assert run.summary()["warnings"] == run.warnings
"""


@pytest.mark.parametrize("quiet", [False, True])
def test_a_ledger_that_cannot_be_closed_is_said_and_never_called_finished(
    quiet: bool, script: Script
) -> None:
    result = script(REFUSED.format(quiet=quiet))
    (warning,) = result.stdout.splitlines()
    assert warning == (
        "the ledger could not be closed: cannot write: File too large; "
        "keep the .ring file, which holds the rest"
    )
    assert warning in result.stderr
    assert "finished" not in result.stderr
    assert ("could not close p: " in result.stderr) is not quiet


def test_what_an_exit_could_not_keep_is_said(script: Script) -> None:
    result = script(REFUSED.format(quiet=True).replace("run.finish()", "raise SystemExit"))
    assert "the ledger could not be closed: cannot write: File too large" in result.stderr


# Takes a directory that is a file system of its own.
FULL = """
    import random, sys, joulebook
    run = joulebook.start("big", dir=sys.argv[1], capture={"code": False, "packages": False})
    for epoch in run.epochs(30):
        for step in range(3000):
            run.log(step=step, **{f"m{number}": random.random() for number in range(20)})
        epoch.log(loss=1.0)
    run.finish()
    print(*run.warnings, sep="\\n")
"""


def test_steps_that_a_full_disk_lost_are_said_with_their_cause(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "train.py").write_text(textwrap.dedent(FULL))
    within = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=7m none {disk}"
    if subprocess.run([*within, mount], capture_output=True).returncode != 0:
        pytest.skip("no small disk can be mounted here")
    result = subprocess.run(
        [*within, f"{mount} && exec {sys.executable} train.py {disk}"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    sentence = "steps were lost: the disk is full (No space left on device)"
    said = [line for line in result.stdout.splitlines() if line.endswith(sentence)]
    assert len(said) == 1 and said[0] in result.stderr
