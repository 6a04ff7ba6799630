"""`joulebook import mlflow` gives what MLflow's own client gives, of both of its local stores."""

from __future__ import annotations

import math
import os
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from histories import bits, bring, courses

RUN = "8157147a0aaa4bc480edc7d74bd205aa"


def write(store: str) -> tuple[Any, list[Any]]:
    """Two equal runs, one with another in it, and one that failed; what MLflow says of them."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed")
    if store.startswith("sqlite"):
        pytest.importorskip("sqlalchemy", reason="SQLAlchemy, which MLflow needs, is not installed")
        pytest.importorskip("alembic", reason="Alembic, which MLflow needs, is not installed")
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("digits")
    for _ in range(2):
        with mlflow.start_run(run_name="first"):
            mlflow.log_params({"lr": 0.1, "optimizer": "sgd", "seed": 7})
            mlflow.set_tag("team", "blue")
            for step in range(6):
                values = {"loss": 1 / (step + 3), "val/accuracy": step / 7, "epoch": step // 2}
                mlflow.log_metrics(values, step=step)
    with mlflow.start_run():
        mlflow.log_metric("odd", math.nan, step=3)
        mlflow.log_metric("odd", -math.inf, step=-2)
        mlflow.log_metric("odd", 5e-324, step=-2)
        with mlflow.start_run(nested=True):
            mlflow.log_param("lr", 0.2)
            mlflow.log_metric("loss", 0.1, step=1 << 40)
    with pytest.raises(ValueError, match="nothing"), mlflow.start_run():
        mlflow.log_metric("loss", 3)
        raise ValueError("nothing")
    return mlflow, list(mlflow.search_runs(output_format="list", search_all_experiments=True))


@pytest.mark.parametrize("kind", ["files", "sqlite"])
def test_what_mlflow_writes(joulebook: Command, tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("mlruns" if kind == "files" else "mlflow.db")
    mlflow, theirs = write(f"file:{path}" if kind == "files" else f"sqlite:///{path}")
    documents = {document["run_id"]: document for document in bring(joulebook, "mlflow", path)}
    found = courses(joulebook)
    assert len(documents) == 5 and set(documents) == {run.info.run_id for run in theirs}
    client = mlflow.MlflowClient()
    for run in theirs:
        document = documents[run.info.run_id]
        assert document["project"] == "digits"
        assert document["status"] == run.info.status.lower()
        assert document["started"] == pytest.approx(run.info.start_time / 1000, abs=1e-6)
        assert document["ended"] == pytest.approx(run.info.end_time / 1000, abs=1e-6)
        assert (document["config"] or {}) == run.data.params
        assert document["mlflow"]["tags"] == run.data.tags
        for name in run.data.metrics:
            history = client.get_metric_history(run.info.run_id, name)
            expected = sorted((m.step, bits(m.value)) for m in history)
            assert sorted(found[run.info.run_id][name]) == expected
        parent = run.data.tags.get("mlflow.parentRunId")
        parents = document.get("parents", [])
        assert [p["run_id"] for p in parents] == ([parent] if parent else [])
    first, second = (run.info.run_id for run in theirs if run.info.run_name == "first")
    assert [epoch["epoch"] for epoch in documents[first]["epochs"]] == [0, 1, 2]
    assert documents[first]["epochs"][2]["metrics"] == {"loss": 1 / 8, "val/accuracy": 5 / 7}
    (finding,) = joulebook.json("audit", "audit", "runs", "--json", status=None)["findings"]
    assert {finding["run_id"], finding["of"]} == {first, second}


def files(folder: Path) -> Path:
    """A small store of files, as MLflow 3 leaves it."""
    run = folder / "1" / RUN
    for part in ("metrics/val", "params", "tags"):
        (run / part).mkdir(parents=True)
    (folder / "1/meta.yaml").write_text("experiment_id: '1'\nname: digits\n")
    (run / "meta.yaml").write_text(
        "end_time: 1795842839971\nlifecycle_stage: active\nname: first\n"
        f"run_id: {RUN}\nrun_name: 'it''s: one'\nstart_time: 1795842839953\nstatus: 3\ntags: []\n"
    )
    (run / "metrics/loss").write_text("1795842839960 0.5 1\n1795842839965 nan 2\n")
    (run / "metrics/val/loss").write_text("1795842839960 0.25 1\n")
    (run / "params/lr").write_text("0.1")
    return run


def test_a_store_of_files(joulebook: Command, tmp_path: Path) -> None:
    files(tmp_path / "mlruns")
    (document,) = bring(joulebook, "mlflow", "mlruns")
    assert document["run_id"] == RUN and document["project"] == "digits"
    assert document["mlflow"]["run_name"] == "it's: one" and document["config"] == {"lr": "0.1"}
    assert document["metrics"] == {"loss": "NaN", "val/loss": 0.25}
    assert document["totals"]["steps"] == 2


def test_names_that_look_like_numbers_are_names(joulebook: Command, tmp_path: Path) -> None:
    run = files(tmp_path / "mlruns")
    # PyYAML writes these texts without quotes.
    name = "12345678901234567e01234567890123"
    (run.parent / "meta.yaml").write_text("experiment_id: '1'\nname: 1e5\n")
    (run / "meta.yaml").write_text(f"run_id: {name}\nrun_name: 1.5e3\nstatus: 3\n")
    (document,) = bring(joulebook, "mlflow", "mlruns")
    assert document["run_id"] == name and document["project"] == "1e5"
    assert document["mlflow"]["run_name"] == "1.5e3"


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("metrics/loss", "1795842839960 0.5 1\n1795842839961 half 2\n", "metrics/loss: line 2: "),
        ("metrics/loss", "99999999999999999 0.5 1\n", "metrics/loss: line 1: metric loss: "),
        ("metrics/loss", "-9223372036854 0.5 1\n", "line 1: metric loss: its time is not between"),
        ("meta.yaml", f"run_id: {RUN}\nrun_name: 'open\n", "meta.yaml: line 2: a text without"),
        ("meta.yaml", f"run_id: {RUN}\nname: !!python/x 1\n", "meta.yaml: line 2: an anchor or a"),
        ("meta.yaml", "run_id: " + "x" * 300 + "\n", "meta.yaml: run_id: is none of a run"),
        ("params/lr", "x" * (2 << 20), "params/lr: longer than"),
    ],
)
def test_a_bad_file_is_one_located_error(
    joulebook: Command, tmp_path: Path, file: str, text: str, reason: str
) -> None:
    (files(tmp_path / "mlruns") / file).write_text(text)
    done = joulebook("import", "mlflow", "mlruns", "--into", "runs", status=65)
    assert reason in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_row_cut_off_is_left_out_and_said(joulebook: Command, tmp_path: Path) -> None:
    path = files(tmp_path / "mlruns") / "metrics/loss"
    path.write_text("1795842839960 0.5 1\n1795842839965 0.2")
    (document,) = bring(joulebook, "mlflow", "mlruns")
    assert document["metrics"]["loss"] == 0.5
    assert document["mlflow"]["unfinished"] == [{"metric": "loss", "line": 2}]


def test_links_are_not_followed(joulebook: Command, tmp_path: Path) -> None:
    run = files(tmp_path / "mlruns")
    (tmp_path / "secret").write_text("1795842839960 42 1\n")
    os.symlink(tmp_path / "secret", run / "metrics/secret")
    os.symlink("/etc", run / "params/etc")
    (document,) = bring(joulebook, "mlflow", "mlruns")
    assert set(document["metrics"]) == {"loss", "val/loss"} and set(document["config"]) == {"lr"}


def database(path: Path, metrics: str = "CREATE TABLE metrics") -> None:
    """The tables that are read, without the others."""
    columns = "(key, value, timestamp, run_uuid, step, is_nan)"
    with sqlite3.connect(path) as tables:
        tables.executescript(
            f"""
            CREATE TABLE experiments (experiment_id, name);
            CREATE TABLE runs (run_uuid, name, status, start_time, end_time, user_id,
                               experiment_id, lifecycle_stage);
            CREATE TABLE params (key, value, run_uuid);
            CREATE TABLE tags (key, value, run_uuid);
            {metrics} {columns if metrics.startswith("CREATE TABLE") else ""};
            INSERT INTO runs VALUES ('{RUN}', 'a', 'FINISHED', 1795842839953, 0, 'u', 1, 'active');
            INSERT INTO runs VALUES ('deleted', 'b', 'FINISHED', 1, 0, 'u', 1, 'deleted');
            INSERT INTO experiments VALUES (1, 'digits');
            """
        )
    tables.close()


def test_a_database_and_its_damage(joulebook: Command, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    database(path)
    with sqlite3.connect(path) as tables:
        rows = [("loss", 1 / (n + 3), 1795842839960 + n, RUN, n, 0) for n in range(5000)]
        tables.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    tables.close()
    (document,) = bring(joulebook, "mlflow", path)
    assert document["project"] == "digits" and document["totals"]["steps"] == 5000
    content = path.read_bytes()
    for place in range(4096, len(content), len(content) // 7):
        path.write_bytes(content[:place] + b"\xa5" * 2048 + content[place + 2048 :])
        done = joulebook("import", "mlflow", path, "--into", "spoilt", status=None)
        assert done.returncode in (0, 65) and done.stderr.count("\n") == (done.returncode == 65)
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in joulebook("import", "mlflow", path, "--into", "cut", status=65).stderr


def test_nothing_is_made_beside_a_database_in_wal_mode(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "at #rest?").mkdir()
    path = tmp_path / "at #rest?/mlflow.db"
    database(path)
    tables = sqlite3.connect(path)
    tables.execute("PRAGMA journal_mode = WAL")
    row = ("loss", 0.5, 1795842839960, RUN, 1, 0)
    tables.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
    tables.commit()
    beside = {file.name for file in path.parent.iterdir()}
    assert "mlflow.db-wal" in beside
    (open_yet,) = bring(joulebook, "mlflow", path)
    assert open_yet["metrics"] == {"loss": 0.5}
    assert {file.name for file in path.parent.iterdir()} == beside
    tables.close()
    content = path.read_bytes()
    joulebook("import", "mlflow", path, "--into", "closed")
    assert joulebook.json("run", "show", "closed", "--json")["metrics"] == {"loss": 0.5}
    assert list(path.parent.iterdir()) == [path] and path.read_bytes() == content


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("loss", "half", 1795842839960, RUN, 1, 0), "metric loss: its value"),
        (("loss", 0.5, 1 << 60, RUN, 1, 0), "is no time"),
        (("x" * 2000, 0.5, 1795842839960, RUN, 1, 0), "the name of a metric"),
    ],
)
def test_a_bad_row_is_one_error(
    joulebook: Command, tmp_path: Path, row: tuple[Any, ...], reason: str
) -> None:
    database(tmp_path / "mlflow.db")
    with sqlite3.connect(tmp_path / "mlflow.db") as tables:
        tables.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
    tables.close()
    done = joulebook("import", "mlflow", "mlflow.db", "--into", "runs", status=65)
    assert f"mlflow.db: run {RUN}: " in done.stderr and reason in done.stderr
    assert done.stderr.count("\n") == 1 and not (tmp_path / "runs").exists()


def test_epochs_are_told_apart_where_the_step_stays(joulebook: Command, tmp_path: Path) -> None:
    database(tmp_path / "mlflow.db")
    start = 1795842839953
    with sqlite3.connect(tmp_path / "mlflow.db") as tables:
        for epoch in range(1, 6):
            for name, value in (("loss", 1 / epoch), ("epoch", epoch)):
                row = (name, value, start + 10_000 * epoch, RUN, 0, 0)
                tables.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
    tables.close()
    (document,) = bring(joulebook, "mlflow", "mlflow.db")
    epochs = document["epochs"]
    assert [(epoch["epoch"], epoch["duration_s"]) for epoch in epochs] == [
        (number, 10) for number in range(1, 6)
    ]
    assert [epoch["metrics"] for epoch in epochs] == [{"loss": 1 / n} for n in range(1, 6)]


def test_a_view_in_the_place_of_a_table_is_not_run(joulebook: Command, tmp_path: Path) -> None:
    endless = (
        "CREATE VIEW metrics AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        f"SELECT 'm' key, 1.0 value, 1 timestamp, '{RUN}' run_uuid, i step, 0 is_nan FROM n"
    )
    database(tmp_path / "mlflow.db", endless)
    done = joulebook("import", "mlflow", "mlflow.db", "--into", "runs", status=65)
    assert "no table metrics" in done.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE params ADD COLUMN x AS (hex(zeroblob(400000000)) || key)", "is computed"),
        ("INSERT INTO params VALUES ('x', hex(zeroblob(50000)), 'a')", "longer than 65536 bytes"),
    ],
)
def test_what_a_database_computes_and_long_values_are_refused(
    joulebook: Command, tmp_path: Path, change: str, reason: str
) -> None:
    database(tmp_path / "mlflow.db")
    with sqlite3.connect(tmp_path / "mlflow.db") as tables:
        tables.execute(change)
    tables.close()
    done = joulebook("import", "mlflow", "mlflow.db", "--into", "runs", status=65)
    assert reason in done.stderr and done.stderr.count("\n") == 1


def test_pages_that_lead_to_one_page_many_times_end(joulebook: Command, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    database(path)
    with sqlite3.connect(path) as tables:
        row = ("loss", 0.5, 1795842839960, RUN, 1, 0)
        tables.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", [row] * 20)
        (root,) = tables.execute("SELECT rootpage FROM sqlite_master WHERE name = 'metrics'")
    tables.close()
    content, size = bytearray(path.read_bytes()), 4096
    place, pages = (root[0] - 1) * size, len(content) // size
    content += content[place : place + size]
    for child in range(pages + 1, pages + 6):
        # An inner page of a table: 400 cells, each the number of a page and a key.
        cells = [struct.pack(">IBB", child, 0x80 | key >> 7, key & 0x7F) for key in range(400)]
        start = size - 6 * len(cells)
        head = struct.pack(">BHHHBI", 5, 0, len(cells), start, 0, child)
        pointers = b"".join(struct.pack(">H", start + 6 * n) for n in range(len(cells)))
        content += (head + pointers).ljust(start, b"\0") + b"".join(cells)
    content[place : place + size] = content[-size:]
    struct.pack_into(">I", content, 28, len(content) // size)
    path.write_bytes(content)
    done = joulebook("import", "mlflow", path, "--into", "runs", status=65)
    assert "more rows than its size has room for" in done.stderr and done.stderr.count("\n") == 1


def test_another_file_is_refused(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    (tmp_path / "empty").mkdir()
    for path, reason in (("mlflow.db", "no database of SQLite"), ("empty", "holds no runs")):
        done = joulebook("import", "mlflow", path, "--into", "runs", status=65)
        assert reason in done.stderr
