"""The evaluation of the detector: what is planted, and how the findings are scored."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import ROOT, Command, validate
from jsonschema import ValidationError

RUNS = 2000
LINES = {"avoidable", "hindsight", "lost_work", "concurrent", "undetermined", "not_waste", "review"}
CLASSES = {
    "record_copy", "re_evaluation", "resume", "failed_retry", "exact_rerun", "grid_overlap",
    "config_equivalent", "code_equivalent", "prefix_extension", "seed_inert", "seed_replicate",
    "excess_replicate", "dead_knob", "near_duplicate", "dominated", "new_data", "new_code",
    "new_environment",
}  # fmt: skip
TRAPS = {
    "absent_key_other_default", "bare_key", "checkpoints_of_one_name", "close_learning_rates",
    "comments_changed", "concurrent_start", "constant_metrics", "few_digits", "implicit_default",
    "inactive_key", "legitimate_replicates", "no_checkpoint", "nondeterministic_rerun",
    "other_checkpoint", "protected_bit_equal", "protected_dataset", "protected_fold",
    "protected_split", "rank_siblings", "spelling_booleans", "spelling_floats",
    "spelling_reordered", "spelling_scientific", "spelling_seed", "spelling_strings",
    "spelling_surroundings", "stretched_schedule", "tagged_verify", "two_projects",
    "unknown_checkpoint", "unknown_seed", "version_string", "whole_seconds",
}  # fmt: skip


def generate(folder: Path, seed: int) -> Path:
    command = [ROOT / "Benchmarks/redundancy/generate", "--runs", str(RUNS), "--seed", str(seed)]
    subprocess.run([*command, "-o", folder], check=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("planted"), seed=7)


@pytest.fixture(scope="module")
def runs(planted: Path) -> dict[str, dict[str, Any]]:
    lines = (planted / "records.jsonl").read_text().splitlines()
    return {run["run_id"]: run for run in map(json.loads, lines)}


@pytest.fixture(scope="module")
def labels(planted: Path) -> dict[str, dict[str, Any]]:
    return json.loads((planted / "labels.json").read_text())["runs"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# The generator


def test_equal_seeds_give_equal_files(planted: Path, tmp_path: Path) -> None:
    again, other = generate(tmp_path / "again", seed=7), generate(tmp_path / "other", seed=8)
    for name in ("records.jsonl", "labels.json"):
        assert digest(again / name) == digest(planted / name)
        assert digest(other / name) != digest(planted / name)


def test_every_record_is_a_run_record(runs: dict[str, Any]) -> None:
    assert len(runs) == RUNS
    for run in list(runs.values())[:: RUNS // 200]:
        validate("run-record", run)


def test_labels_of_both_kinds_conform(planted: Path) -> None:
    validate("labels", json.loads((planted / "labels.json").read_text()))
    validate("labels", {"dead_knob_pair": [["a", "b", "lr", "1", "2"]], "replicate_group": []})
    with pytest.raises(ValidationError):
        validate("labels", truth(a={"line": "avoidable"}))


def test_every_class_line_and_trap_is_planted(labels: dict[str, Any]) -> None:
    assert {label["class"] for label in labels.values()} - {None} == CLASSES
    assert {label["line"] for label in labels.values()} == LINES
    assert {label.get("trap") for label in labels.values()} - {None} == TRAPS


def test_each_fact_is_missing_somewhere(runs: dict[str, Any]) -> None:
    def lacking(*path: str) -> int:
        def value(run: Any) -> Any:
            for name in path:
                run = (run or {}).get(name)
            return run

        return sum(value(run) is None for run in runs.values())

    for path in [
        ("started",), ("hardware", "host"), ("energy_j",), ("code", "tree"),
        ("data", "fingerprint"), ("seed",),
    ]:  # fmt: skip
        assert 0 < lacking(*path) < RUNS, path


def test_no_label_has_more_joules_than_its_run(
    runs: dict[str, Any], labels: dict[str, Any]
) -> None:
    for name, label in labels.items():
        run = runs[name]
        if label["line"] == "undetermined":
            assert label["joules"] is None
        elif "energy_j" in run:
            assert 0 <= label["joules"] <= run["energy_j"]
        assert 0 <= label["seconds"] <= run["duration_s"]
        if label["class"] in {"exact_rerun", "dead_knob"} and label["line"] == "avoidable":
            assert label["joules"] == run.get("energy_j")


def test_what_is_avoidable_began_after_its_evidence_had_ended(
    runs: dict[str, Any], labels: dict[str, Any]
) -> None:
    judged = Counter[str]()
    for name, label in labels.items():
        if label["line"] not in {"avoidable", "concurrent"}:
            continue
        ends = sorted(runs[other]["ended"] for other in label["of"])
        # One earlier run tells; that a seed or a key changes nothing takes two.
        needed = 2 if label["class"] in {"seed_inert", "dead_knob"} else 1
        assert (ends[needed - 1] <= runs[name]["started"]) == (label["line"] == "avoidable")
        judged[label["line"]] += 1
    assert min(judged.values()) > 0


def test_work_is_equal_where_a_run_repeats_another(labels: dict[str, Any]) -> None:
    other_work = {"near_duplicate", "dominated", "excess_replicate", "new_data", "new_code"}
    for label in labels.values():
        if label["class"] in other_work | {"new_environment", "seed_replicate", None}:
            continue
        assert all(labels[other]["work"] == label["work"] for other in label["of"])


def test_equal_work_of_deterministic_programs_has_equal_bits(
    runs: dict[str, Any], labels: dict[str, Any]
) -> None:
    proven = [n for n, label in labels.items() if label["proof"] == "bit" and label["of"]]
    assert proven
    for name in proven:
        earlier = runs[labels[name]["of"][0]]
        rows, before = runs[name].get("epochs", []), earlier.get("epochs", [])
        shared = min(len(rows), len(before))
        assert [row["metrics"] for row in rows[:shared]] == [
            row["metrics"] for row in before[:shared]
        ]


def test_too_few_runs_are_refused(tmp_path: Path) -> None:
    result = subprocess.run(
        [ROOT / "Benchmarks/redundancy/generate", "--runs", "10", "-o", tmp_path / "x"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "x").exists()


# The command


def test_every_figure_is_a_share(joulebook: Command, planted: Path) -> None:
    score = joulebook.json(
        "evaluate",
        "evaluate",
        planted / "records.jsonl",
        "--labels",
        planted / "labels.json",
        "--json",
    )
    assert score["runs"] == RUNS
    assert set(score["classes"]) >= CLASSES
    assert set(score["lines"]) == LINES - {"not_waste"}
    assert set(score["traps"]) == TRAPS
    for tally in [*score["classes"].values(), *score["lines"].values()]:
        for agreement in tally.values():
            assert all(agreement[key] in (None, 0, 1) or 0 < agreement[key] < 1
                       for key in ("precision", "recall"))  # fmt: skip
    assert all(trap["held"] <= trap["planted"] for trap in score["traps"].values())


def test_the_table_fits_80_columns(joulebook: Command, planted: Path) -> None:
    result = joulebook("evaluate", planted / "records.jsonl", "--labels", planted / "labels.json")
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def label(
    name: str | None, line: str, joules: float | None, work: str, **more: Any
) -> dict[str, Any]:
    return {
        "class": name, "of": [], "line": line, "joules": joules, "seconds": 0, "work": work,
        "recipe": "a", **more,
    }  # fmt: skip


def score(joulebook: Command, folder: Path, labels: Any, *arguments: str, status: int = 0) -> Any:
    records.write(folder / "r.jsonl", records.ALL)
    (folder / "l.json").write_text(json.dumps(labels))
    return joulebook.json(
        "evaluate", "evaluate", "r.jsonl", "--labels", "l.json", "--json", *arguments, status=status
    )


def truth(**labels: Any) -> dict[str, Any]:
    return {"schema": "joulebook.labels/1", "runs": labels}


def planted_one(**changes: Any) -> dict[str, Any]:
    return truth(**{"first-0001": label(None, "not_waste", 0, "w") | changes})


# Of records.ALL the audit takes `repeat-0001` for a repetition of `first-0001`, 500 J, and
# `replicate-0001` for a replicate of it.
HONEST = {
    "first-0001": label(None, "not_waste", 0, "w"),
    "replicate-0001": label("seed_replicate", "not_waste", 0, "w1"),
}
REPEAT = label("config_equivalent", "avoidable", 500, "w", of=["first-0001"])


def test_what_was_planted_and_found_counts_in_full(joulebook: Command, tmp_path: Path) -> None:
    planted = {**HONEST, "repeat-0001": REPEAT}
    result = score(joulebook, tmp_path, truth(**planted), "--gate")
    for tally in (result["lines"]["avoidable"], result["classes"]["config_equivalent"]):
        assert tally["energy"] == {"planted_j": 500, "found_j": 500, "precision": 1, "recall": 1}
    assert result["unintended_merges"] == 0
    assert all(gate["holds"] for gate in result["gates"])


def test_what_was_not_planted_lowers_precision_and_is_a_merge(
    joulebook: Command, tmp_path: Path
) -> None:
    planted = {**HONEST, "repeat-0001": label(None, "not_waste", 0, "own", trap="lookalike")}
    result = score(joulebook, tmp_path, truth(**planted), "--gate", status=1)
    energy = result["lines"]["avoidable"]["energy"]
    assert (energy["precision"], energy["recall"]) == (0, None)
    assert result["unintended_merges"] == 1
    assert result["merges"][0]["run_id"] == "repeat-0001"
    assert result["traps"] == {"lookalike": {"planted": 1, "held": 0}}


def test_what_was_planted_and_not_found_lowers_recall(joulebook: Command, tmp_path: Path) -> None:
    planted = {
        **HONEST,
        "repeat-0001": REPEAT,
        "other-0001": label("dead_knob", "avoidable", 500, "w", of=["first-0001"]),
    }
    result = score(joulebook, tmp_path, truth(**planted), "--gate", status=1)
    energy = result["lines"]["avoidable"]["energy"]
    assert (energy["precision"], energy["recall"]) == (1, 0.5)
    assert result["classes"]["dead_knob"]["energy"]["recall"] == 0
    # Gates are shown in any case, and heeded where they are asked for.
    score(joulebook, tmp_path, truth(**planted))


def test_labels_of_groups_are_counted_whole(joulebook: Command, tmp_path: Path) -> None:
    groups = {
        "exact_rerun_bit_identical": [["first-0001", "repeat-0001"], ["first-0001", "other-0001"]],
        "replicate_group": [["first-0001", "replicate-0001"]],
        "record_copy": [["first-0001", "other-0001"]],
    }
    result = score(joulebook, tmp_path, groups, "--gate", status=1)
    assert result["groups"] == {
        "exact_rerun_bit_identical": {"labelled": 2, "found": 1},
        "record_copy": {"labelled": 1, "found": 0},
        "replicate_group": {"labelled": 1, "found": 1},
    }
    holds = {gate["name"]: gate["holds"] for gate in result["gates"]}
    assert holds == {
        "record_copy as waste": True,
        "exact_rerun_bit_identical found": False,
        "replicate_group as waste": True,
    }


def test_a_copy_that_is_called_a_repetition_fails_its_gate(
    joulebook: Command, tmp_path: Path
) -> None:
    groups = {"record_copy": [["first-0001", "repeat-0001"]]}
    result = score(joulebook, tmp_path, groups, "--gate", status=1)
    assert [gate["value"] for gate in result["gates"]] == [1]


@pytest.mark.parametrize(
    ("labels", "where"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ("{}", "object"),
        ('{"schema": "joulebook.labels/2", "runs": {}}', "schema"),
        ('{"schema": "joulebook.labels/1"}', "runs"),
        (json.dumps(truth(**{"first-0001": {"line": "avoidable"}})), "runs.first-0001.work"),
        (json.dumps(truth(nobody=label(None, "not_waste", 0, "w"))), "runs.nobody"),
        (json.dumps(planted_one(line="x")), "runs.first-0001.line"),
        (json.dumps(planted_one(joules=-1)), "runs.first-0001.joules"),
        (json.dumps(planted_one(**{"class": 3})), "runs.first-0001.class"),
        (json.dumps(planted_one(of=["a", 3])), "runs.first-0001.of"),
        ('{"record_copy": 3}', "record_copy"),
        ('{"record_copy": [["first-0001"]]}', "record_copy[0]"),
        ('{"record_copy": [["first-0001", "nobody"]]}', "nobody"),
        ('{"replicate_group": [["first-0001", 4]]}', "replicate_group[0]"),
    ],
)
def test_bad_labels_are_one_located_error(
    joulebook: Command, tmp_path: Path, labels: str, where: str
) -> None:
    records.write(tmp_path / "r.jsonl", records.ALL)
    (tmp_path / "l.json").write_text(labels)
    result = joulebook("evaluate", "r.jsonl", "--labels", "l.json", status=65)
    assert result.stderr.startswith("joulebook: l.json: ")
    assert where in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_broken_line_of_records_is_one_located_error(
    joulebook: Command, planted: Path, tmp_path: Path
) -> None:
    lines = (planted / "records.jsonl").read_text().splitlines(keepends=True)
    lines[41] = lines[41][: len(lines[41]) // 2] + "\n"
    (tmp_path / "r.jsonl").write_text("".join(lines))
    result = joulebook(
        "evaluate", "r.jsonl", "--labels", planted / "labels.json", "--json", status=65
    )
    assert "line 42" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
