"""`joulebook import mlperf` reads what MLPerf's own library writes, and counts as its rules do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

START_MS = 1_772_445_600_000
DURATION_S = 1800


def event(seconds: float, key: str, value: Any = None, **metadata: Any) -> str:
    kind = "POINT_IN_TIME"
    if key.endswith(("_start", "_stop")):
        kind = "INTERVAL_START" if key.endswith("_start") else "INTERVAL_END"
    document = {
        "namespace": "",
        "time_ms": START_MS + int(seconds * 1000),
        "event_type": kind,
        "key": key,
        "value": value,
        "metadata": {"file": "train.py", "lineno": 7, **metadata},
    }
    return f":::MLLOG {json.dumps(document)}\n"


def submission(folder: Path) -> Path:
    """One result with power logs of two nodes and a switch, as a submission has them."""
    result = folder / "result_0.txt"
    result.write_text(
        "a line of something else\n"
        + event(-60, "submission_benchmark", "bert")
        + event(-60, "submission_org", "Invented")
        + event(-60, "global_batch_size", 448)
        + event(-60, "seed", 7)
        + event(0, "run_start")
        + event(900, "eval_accuracy", 0.70, epoch_num=1)
        + event(DURATION_S, "eval_accuracy", 0.72, epoch_num=2)
        + event(DURATION_S, "run_stop", status="success")
    )
    power = folder / "power" / "result_0"
    power.mkdir(parents=True)
    for node, conversion in enumerate([1.0, 1.08]):
        log = event(0, "power_measurement_start")
        log += event(0, "conversion_eff", conversion, measurement_type="IPMI")
        for second in range(DURATION_S + 1):
            watts = 6000 + 1000 * node + 500 * (second % 60 < 20)
            log += event(second, "power_reading", float(watts), host=f"node_{node}")
        log += event(DURATION_S, "power_measurement_stop")
        (power / f"node_{node}.txt").write_text(log)
    (power / "sw_0.txt").write_text(event(0, "interconnect_power_est", 400.0, host="sw_0"))
    return result


def run(joulebook: Command, path: Path) -> Any:
    joulebook("import", "mlperf", path, "--into", "runs")
    (ledger,) = (joulebook.directory / "runs").iterdir()
    return joulebook.json("run", "show", ledger, "--json")


def test_a_result_with_its_power_logs(joulebook: Command, tmp_path: Path) -> None:
    document = run(joulebook, submission(tmp_path))
    assert document["project"] == "bert" and document["config"] == {"global_batch_size": 448}
    assert [epoch["metrics"] for epoch in document["epochs"]] == [
        {"eval_accuracy": 0.70},
        {"eval_accuracy": 0.72},
    ]
    assert document["totals"]["duration_s"] == DURATION_S
    assert [d["device"] for d in document["energy"]["devices"]] == ["node_0", "node_1", "sw_0"]
    totals = joulebook.json("lifecycle", "lifecycle", "runs", "--json")["totals"]["energy"]
    assert totals["it_kwh"] == pytest.approx(document["totals"]["energy_j"] / 3.6e6)


def test_energy_is_that_of_mlperfs_own_summary(joulebook: Command, tmp_path: Path) -> None:
    parser = pytest.importorskip("mlperf_logging.compliance_checker.mlp_parser")
    summary = pytest.importorskip("mlperf_logging.result_summarizer.result_summarizer")
    result = submission(tmp_path)
    expected = 0.0
    for log in sorted((tmp_path / "power/result_0").iterdir()):
        lines, errors = parser.parse_file(str(log), "5.0.0")
        assert not errors
        compute = summary._compute_power_sw
        if log.name.startswith("node_"):
            compute = summary._compute_power_node
        expected += compute(lines, DURATION_S * 1000)
    assert run(joulebook, result)["totals"]["energy_j"] == pytest.approx(expected, rel=1e-3)


def test_what_mlperfs_library_writes(joulebook: Command, tmp_path: Path) -> None:
    mllog = pytest.importorskip("mlperf_logging.mllog")
    path = tmp_path / "result_0.txt"
    mllog.config(filename=str(path))
    logger = mllog.get_mllogger()
    keys = mllog.constants
    logger.event(key=keys.CACHE_CLEAR, value=True)
    logger.event(key=keys.SUBMISSION_BENCHMARK, value=keys.BERT)
    logger.event(key=keys.SEED, value=7)
    logger.event(key=keys.GLOBAL_BATCH_SIZE, value=448)
    logger.start(key=keys.RUN_START)
    logger.event(key=keys.EVAL_ACCURACY, value=0.72, metadata={keys.EPOCH_NUM: 3}, clear_line=True)
    logger.end(key=keys.RUN_STOP, metadata={keys.STATUS: keys.SUCCESS})
    document = run(joulebook, path)
    assert document["project"] == "bert" and document["status"] == "finished"
    assert document["config"] == {"global_batch_size": 448}
    assert document["epochs"][0]["epoch"] == 3


def test_one_bad_line_of_a_power_log_and_nothing_is_imported(
    joulebook: Command, tmp_path: Path
) -> None:
    result = submission(tmp_path)
    log = tmp_path / "power/result_0/node_1.txt"
    log.write_text(log.read_text().replace('"value": 7000.0', '"value": NaN', 1))
    done = joulebook("import", "mlperf", result, "--into", "runs", status=65)
    assert "node_1.txt: line 23: field power_reading: " in done.stderr
    assert done.stderr.count("\n") == 1 and not (tmp_path / "runs").exists()
