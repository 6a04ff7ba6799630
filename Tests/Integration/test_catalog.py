"""The catalog of runs, as the command uses it (Schemas/catalog.md)."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
import records
from conftest import Command, command_path


@pytest.fixture
def many(joulebook: Command, tmp_path: Path) -> Path:
    """A directory of more than 200 files, which are one run and its copies."""
    joulebook("run", "--project", "digits", "--config", "lr=0.1", "--", "true")
    folder = tmp_path / "joulebook" / "digits"
    (ledger,) = folder.glob("*.joule")
    for number in range(210):
        shutil.copy(ledger, folder / f"copy-{number:03}.joule")
    (tmp_path / "config.json").write_text('{"lr": "1e-1"}')
    (tmp_path / "other.json").write_text('{"lr": 0.2}')
    return folder.parent


def catalogs(cache: Path) -> list[Path]:
    return sorted(cache.glob("joulebook/*.sqlite"))


def test_check_makes_a_catalog_where_there_are_many_ledgers(
    joulebook: Command, many: Path, tmp_path: Path
) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    for file, status in [("config.json", 3), ("other.json", 0), ("config.json", 3)]:
        config = tmp_path / file
        joulebook("check", "--against", many, "--config", config, status=status, env=env)
    (catalog,) = catalogs(tmp_path / "cache")
    assert catalog.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(catalog) as database:
        # The copies are one run.
        assert database.execute("SELECT count(*) FROM runs WHERE stands < 2").fetchall() == [(1,)]
        assert database.execute("SELECT count(*) FROM files").fetchall() == [(211,)]


def test_the_log_beside_a_catalog_does_not_grow_for_ever(
    joulebook: Command, many: Path, tmp_path: Path
) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    ask = ["check", "--against", many, "--config", tmp_path / "config.json"]
    joulebook(*ask, status=3, env=env)
    (catalog,) = catalogs(tmp_path / "cache")
    before = catalog.stat().st_size
    chance = random.Random(1)
    for turn in range(3):
        configs = [{"lr": 0.3, "x": chance.randbytes(8192).hex()} for _ in range(400)]
        runs = [
            records.record(f"{turn}-{n}", at=float(n), config=config, seed=0)
            for n, config in enumerate(configs)
        ]
        source = records.write(tmp_path / "r.jsonl", runs)
        joulebook("import", "records", source, "--into", many)
        joulebook(*ask, status=3, env=env)
        assert catalog.with_name(f"{catalog.name}-wal").stat().st_size <= 4 << 20
    assert catalog.stat().st_size > before + (4 << 20)


def test_what_is_wrong_with_a_catalog_is_no_error(
    joulebook: Command, many: Path, tmp_path: Path
) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    ask = ["check", "--against", many, "--config", tmp_path / "config.json", "--json"]
    whole = json.loads(joulebook(*ask, status=3, env=env).stdout)
    (catalog,) = catalogs(tmp_path / "cache")
    catalog.write_bytes(b"no database" * 1000)
    result = joulebook(*ask, status=3, env=env)
    assert json.loads(result.stdout) == whole
    assert result.stderr == ""
    # Another process has it for itself: the ledgers are read.
    with sqlite3.connect(catalog, isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        os.utime(next(many.glob("digits/copy-*.joule")))
        assert json.loads(joulebook(*ask, status=3, env=env).stdout) == whole


def test_processes_that_make_the_catalog_at_once_all_answer(
    joulebook: Command, many: Path, tmp_path: Path
) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    ask = ["check", "--against", many, "--config", tmp_path / "config.json", "--json"]
    for delay in (0, 0.1, 0.5):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        askers = [
            subprocess.Popen(
                [command_path(), *map(str, ask)],
                env={**os.environ, **env},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(5)
        ]
        # One that is killed while it makes the catalog leaves nothing that the others trip over.
        time.sleep(delay)
        askers[0].kill()
        askers[0].communicate()
        answers = [asker.communicate(timeout=60) for asker in askers[1:]]
        assert [asker.returncode for asker in askers[1:]] == [3] * 4
        assert {errors for _, errors in answers} == {""}
        verdicts = {json.dumps(json.loads(output), sort_keys=True) for output, _ in answers}
        assert len(verdicts) == 1
        assert json.loads(joulebook(*ask, status=3, env=env).stdout) == json.loads(answers[0][0])
        (catalog,) = catalogs(tmp_path / "cache")
        with sqlite3.connect(catalog) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("SELECT count(*) FROM files").fetchall() == [(211,)]
