"""What the tests share: scripts in processes of their own, and reading what they left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import joulebook

ROOT = Path(__file__).resolve().parents[3]
# Started from a shell's background, programs ignore interrupts; tests need the ordinary state.
signal.signal(signal.SIGINT, signal.default_int_handler)
Script = Callable[..., subprocess.CompletedProcess[str]]
# What a machine's own set-up may say must not reach the tests.
FOREIGN = ("JOULEBOOK_", "SLURM_", "TORCHELASTIC_", "RANK", "LOCAL_RANK", "WORLD_SIZE")


def clean_environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | extra


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOULEBOOK_QUIET", "1")
    yield
    # Lightning keeps its seed in the environment, and ignores interrupts behind the first one.
    os.environ.pop("PL_GLOBAL_SEED", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs Python source in a process of its own, in the test's directory."""

    def run(
        source: str, *arguments: str, status: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "train.py"
        path.write_text(textwrap.dedent(source))
        result = subprocess.run(
            [sys.executable, str(path), *arguments],
            cwd=tmp_path,
            env=clean_environment(**environment),
            capture_output=True,
            text=True,
            timeout=120,
        )
        if status is not None:
            assert result.returncode == status, result.stderr
        return result

    return run


def ledgers(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.joule"))


def the_ledger(directory: Path) -> Path:
    (path,) = ledgers(directory)
    return path


def shown(directory: Path) -> dict[str, Any]:
    """The only ledger below a directory, as `joulebook show --json`."""
    return joulebook.show(the_ledger(directory))


def schema(name: str) -> dict[str, Any]:
    path = ROOT / "Schemas" / f"{name}.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of S3 on loopback; skips without the package that reads from one."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    sys.path.append(str(ROOT / "Tests/Integration"))
    from object_store import running

    with running(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def storage(store: Any) -> dict[str, Any]:
    """What fsspec is told of the store."""
    endpoint = f"http://127.0.0.1:{store.port}"
    return {"key": store.key, "secret": store.secret, "endpoint_url": endpoint}


@pytest.fixture
def put_all(store: Any) -> Callable[[Path, str], str]:
    """Copies a directory below a prefix of the store, as it is; its URL there."""

    def copied(folder: Path, prefix: str) -> str:
        for path in folder.rglob("*"):
            if path.is_file():
                store.s3.upload_file(str(path), "bucket", f"{prefix}/{path.relative_to(folder)}")
        return f"s3a://bucket/{prefix}"

    return copied


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of Spark with two tasks at a time; skips where there can be none."""
    pytest.importorskip("pyspark.sql.datasource", reason="PySpark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java is not installed")
    from pyspark.sql import SparkSession

    import joulebook.spark

    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        joulebook.spark.register(session)
        yield session
        session.stop()
