"""`joulebook import dvclive` gives the numbers that DVCLive wrote."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Command
from histories import bits, bring, courses

PROGRAM = """
import math
from dvclive import Live
for folder, rate in (("a/dvclive", 0.1), ("b/dvclive", 0.1), ("c/dvclive", 0.2)):
    with Live(folder, save_dvc_exp=False) as live:
        live.log_params({"lr": rate, "seed": 7, "optimizer": {"name": "s: g # d", "m": [1, 2.5]},
                         "long": "word " * 40, "tiny": 1e-5, "flag": True, "none": None})
        for step in range(8):
            live.log_metric("loss", rate / (step + 3))
            live.log_metric("val/accuracy", step / 7, timestamp=True)
            live.log_metric("epoch", step // 2)
            live.next_step()
        live.log_metric("odd", math.nan)
        live.log_metric("odd2", -math.inf)
        live.summary["best"] = 0.5
"""


def test_what_dvclive_writes(joulebook: Command, tmp_path: Path) -> None:
    pytest.importorskip("dvclive", reason="DVCLive is not installed")
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DVC_NO_ANALYTICS": "1"},
        check=True,
        capture_output=True,
        timeout=110,
    )
    documents = bring(joulebook, "dvclive", ".")
    found = courses(joulebook)
    assert len(documents) == 3 and len(found) == 3
    rates = []
    for document in documents:
        course, rate = found[document["run_id"]], document["config"]["lr"]
        rates.append(rate)
        assert document["config"] == {
            "lr": rate, "seed": 7, "optimizer": {"name": "s: g # d", "m": [1, 2.5]},
            "long": "word " * 40, "tiny": 1e-5, "flag": True, "none": None,
        }  # fmt: skip
        assert sorted(course["loss"]) == [(step, bits(rate / (step + 3))) for step in range(8)]
        assert sorted(course["val/accuracy"]) == [(step, bits(step / 7)) for step in range(8)]
        assert course["odd"][0][1] == bits(math.nan) and course["odd2"][0][1] == bits(-math.inf)
        assert document["metrics"]["best"] == 0.5 and document["metrics"]["odd2"] == "-Infinity"
        assert document["metrics"]["val"] == {"accuracy": 1.0}
        assert [epoch["epoch"] for epoch in document["epochs"]] == [0, 1, 2, 3]
    assert sorted(rates) == [0.1, 0.1, 0.2]
    findings = joulebook.json("audit", "audit", "runs", "--json", status=None)["findings"]
    equal = {d["run_id"] for d in documents if d["config"]["lr"] == 0.1}
    assert [{finding["run_id"], finding["of"]} for finding in findings] == [equal]


def folder(path: Path) -> Path:
    """What DVCLive 3 leaves of a short run."""
    (path / "plots/metrics/val").mkdir(parents=True)
    (path / "plots/metrics/loss.tsv").write_text("step\tloss\n0\t0.5\n1\t0.25\n2\tnan\n")
    (path / "plots/metrics/val/f1.tsv").write_text("timestamp\tstep\tf1\n1795844245667\t2\t0.75\n")
    (path / "metrics.json").write_text('{"loss": "nan", "val": {"f1": 0.75}, "step": 2}')
    (path / "params.yaml").write_text("lr: 0.1\nlayers:\n- 64\n- {units: 32, act: 'relu'}\n")
    return path


def test_a_folder(joulebook: Command, tmp_path: Path) -> None:
    folder(tmp_path / "dvclive")
    (document,) = bring(joulebook, "dvclive", "dvclive")
    assert document["config"] == {"lr": 0.1, "layers": [64, {"units": 32, "act": "relu"}]}
    assert document["metrics"] == {"loss": "NaN", "val": {"f1": 0.75}}
    assert document["status"] == "finished" and document["assumed"] == ["status"]
    (course,) = courses(joulebook).values()
    assert course["loss"] == [(0, bits(0.5)), (1, bits(0.25)), (2, bits(math.nan))]
    assert course["val/f1"] == [(2, bits(0.75))]


def test_a_row_cut_off_is_left_out_and_said(joulebook: Command, tmp_path: Path) -> None:
    path = folder(tmp_path / "dvclive") / "plots/metrics/loss.tsv"
    path.write_text("step\tloss\n0\t0.5\n1\t0.2")
    (document,) = bring(joulebook, "dvclive", "dvclive")
    assert document["status"] == "killed"
    assert document["dvclive"]["unfinished"] == [{"metric": "loss", "line": 3}]
    (course,) = courses(joulebook).values()
    assert course["loss"] == [(0, bits(0.5))]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("plots/metrics/loss.tsv", "step\tloss\n0\thalf\n", "loss.tsv: line 2: expected a step"),
        ("plots/metrics/loss.tsv", "loss\n0.5\n", "loss.tsv: line 1: expected a header"),
        ("plots/metrics/val/f1.tsv", "timestamp\tstep\tf1\n9999999999999999\t2\t1\n", "line 2: "),
        ("metrics.json", '{"loss": 0.5', "metrics.json: byte 12: not JSON"),
        ("metrics.json", "[1]", "metrics.json: expected an object"),
        ("params.yaml", "lr: 0.1\n  deep: 1\n", "params.yaml: line "),
        ("params.yaml", "lr: &a 0.1\n", "params.yaml: line 1: an anchor"),
        ("params.yaml", "lr: 0.1\nlr: 0.2\n", "params.yaml: line 2: the name stands twice"),
        ("params.yaml", "a: " + "[" * 100_000 + "\n", "params.yaml: line 1: nested too deep"),
        ("params.yaml", "".join(" " * n + "a:\n" for n in range(200)), "nested too deep"),
    ],
)
def test_a_bad_file_is_one_located_error(
    joulebook: Command, tmp_path: Path, file: str, text: str, reason: str
) -> None:
    (folder(tmp_path / "dvclive") / file).write_text(text)
    done = joulebook("import", "dvclive", "dvclive", "--into", "runs", status=65)
    assert reason in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_links_are_not_followed(joulebook: Command, tmp_path: Path) -> None:
    path = folder(tmp_path / "dvclive")
    (tmp_path / "secret.tsv").write_text("step\tsecret\n0\t42\n")
    os.symlink(tmp_path / "secret.tsv", path / "plots/metrics/secret.tsv")
    (document,) = bring(joulebook, "dvclive", "dvclive")
    assert "secret" not in json.dumps(document)


def test_what_others_wrote_is_passed_over(joulebook: Command, tmp_path: Path) -> None:
    folder(tmp_path / "repository/dvclive")
    (tmp_path / "repository/report").mkdir()
    (tmp_path / "repository/report/metrics.json").write_text("[1]")
    (tmp_path / "repository/params.yaml").write_text("base: &base {lr: 0.1}\n")
    (document,) = bring(joulebook, "dvclive", "repository")
    assert document["config"]["lr"] == 0.1


def test_metrics_beyond_a_ledgers_columns_make_several_ledgers(
    joulebook: Command, tmp_path: Path
) -> None:
    # Each run has 900 metrics of its own, and two that all have.
    for run in range(5):
        path = folder(tmp_path / f"sources/{run}/dvclive") / "plots/metrics"
        for metric in range(900):
            (path / f"m{run}-{metric}.tsv").write_text(f"step\tm\n0\t{run + metric / 7}\n")
    done = joulebook("import", "dvclive", "sources", "--into", "runs")
    ledgers = sorted((tmp_path / "runs").iterdir())
    assert len(ledgers) == 2 and all(f"runs/{ledger.name}" in done.stdout for ledger in ledgers)
    content = [ledger.read_bytes() for ledger in ledgers]
    counts = [len(joulebook.json("runs", "ls", ledger, "--json")["runs"]) for ledger in ledgers]
    assert sorted(counts) == [1, 4] and "imported 5 runs" in done.stdout
    found = courses(joulebook)
    own = [sorted(course.keys() - {"loss", "val/f1"}) for course in found.values()]
    assert sorted(own) == [sorted(f"m{n}-{metric}" for metric in range(900)) for n in range(5)]
    for course in found.values():
        assert course["loss"] == [(0, bits(0.5)), (1, bits(0.25)), (2, bits(math.nan))]
    assert any(course["m3-5"] == [(0, bits(3 + 5 / 7))] for course in found.values())
    again = joulebook("import", "dvclive", "sources", "--into", "runs").stdout
    assert "imported 0 runs, 5 were there already" in again
    assert [ledger.read_bytes() for ledger in sorted((tmp_path / "runs").iterdir())] == content


def test_another_folder_is_refused(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/metrics.json").write_text('{"loss": 0.5}')
    done = joulebook("import", "dvclive", "other", "--into", "runs", status=65)
    assert "holds no folder of DVCLive" in done.stderr
