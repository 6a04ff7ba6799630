"""What the tests of the whole program share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import records
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
# A shell that starts tests in the background has them ignore interrupts, and every program that
# they start as well; tests of signals need the ordinary state.
signal.signal(signal.SIGINT, signal.default_int_handler)


def command_path() -> Path:
    """The command under test: $JOULEBOOK, else the one that `swift test` has built."""
    given = os.environ.get("JOULEBOOK")
    return Path(given) if given else ROOT / ".build/debug/joulebook"


class Command:
    """Runs the `joulebook` command."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(
        self, *arguments: object, status: int | None = 0, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """Runs it and checks its exit status, unless `status` is None; `text=False` gives bytes."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
        environment.update(options.pop("env", {}))
        result = subprocess.run(
            [command_path(), *map(str, arguments)],
            capture_output=True,
            text=options.pop("text", True),
            cwd=self.directory,
            env=environment,
            timeout=120,
            **options,
        )
        if status is not None:
            assert result.returncode == status, result.stdout + result.stderr
        return result

    def json(self, schema: str, *arguments: object, status: int | None = 0) -> Any:
        """Runs it and returns its JSON output, checked against Schemas/SCHEMA.schema.json."""
        document = json.loads(self(*arguments, status=status).stdout)
        validate(schema, document)
        return document

    def is_killed_after(self, seconds: float, *arguments: object) -> bool:
        """Starts it, kills it then, and says whether it was still at work."""
        job = subprocess.Popen(
            [command_path(), *map(str, arguments)], cwd=self.directory, stdout=subprocess.DEVNULL
        )
        time.sleep(seconds)
        job.send_signal(signal.SIGKILL)
        return job.wait() == -signal.SIGKILL


def validate(schema: str, document: Any) -> None:
    """Raises if `document` does not conform to Schemas/SCHEMA.schema.json."""
    Draft202012Validator(json.loads((ROOT / f"Schemas/{schema}.schema.json").read_text())).validate(
        document
    )


@pytest.fixture
def joulebook(tmp_path: Path) -> Command:
    """The command, run in an empty directory."""
    return Command(tmp_path)


@pytest.fixture
def runs(joulebook: Command, tmp_path: Path) -> Path:
    """A directory of four ledgers in two folders, one run each."""
    for number, record in enumerate(records.ALL):
        source = records.write(tmp_path / "r.jsonl", [record])
        joulebook("import", "records", source, "--into", f"runs/{number % 2}")
    return tmp_path / "runs"
