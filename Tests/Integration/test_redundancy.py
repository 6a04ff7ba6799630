"""What the command says of repetition: rules on keys, two runs compared, a search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from records import record


def imported(joulebook: Command, folder: Path, runs: list[dict[str, Any]]) -> Path:
    """A directory of ledgers that holds `runs`."""
    (folder / "records.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs))
    joulebook("import", "records", "records.jsonl", "--into", "ledgers")
    return folder / "ledgers"


def run(name: str, at: float, *, lr: object = 0.1, seed: object = 0, **keys: Any) -> dict[str, Any]:
    return record(name, at=at, config={"lr": lr, **keys}, seed=seed)


# Rules


def test_rules_beside_the_ledgers_are_read_and_wrong_ones_are_named(
    joulebook: Command, tmp_path: Path
) -> None:
    runs = [run("a", 0, place="x"), run("b", 100, place="y")]
    ledgers = imported(joulebook, tmp_path, runs)
    # Equal bits show that the key did nothing; before a rule says so, nobody could know.
    assert joulebook.json("audit", "audit", ledgers, "--json")["avoidable_j"]["high"] == 0
    (ledgers / "joulebook-rules.json").write_text('{"ignored": ["place"]}')
    audit = joulebook.json("audit", "audit", ledgers, "--json", status=3)
    assert audit["avoidable_j"] == {"low": 500, "central": 500, "high": 500}
    assert audit["findings"][0]["differs"] == [
        {"path": "place", "a": "y", "b": "x", "kind": "ignored"}
    ]
    # The lifecycle counts as duplicate what the audit does.
    overhead = joulebook.json("lifecycle", "lifecycle", ledgers, "--json")["overhead"]
    assert overhead["duplicate_kwh"] == pytest.approx(500 / 3.6e6)
    (tmp_path / "config.json").write_text('{"lr": 0.1, "place": "z"}')
    question = ["check", "--against", ledgers, "--config", "config.json", "--seed", "0"]
    joulebook(*question, status=3)
    (tmp_path / "own.json").write_text('{"semantic": ["place"]}')
    joulebook(*question, "--rules", "own.json", status=0)
    (ledgers / "joulebook-rules.json").write_text('{"ignored": ["place", 7]}')
    wrong = joulebook("audit", ledgers, status=65)
    assert "joulebook-rules.json: `ignored[1]` is not a path" in wrong.stderr
    assert wrong.stderr.count("\n") == 1
    joulebook("audit", ledgers, "--rules", "absent.json", status=74)


# Two runs


@pytest.mark.parametrize(
    ("other", "verdict", "relations"),
    [
        (run("b", 100, lr="1e-1"), "same_experiment", {"lr": "spelling"}),
        (run("b", 100, seed=1), "replicate", {"seed": "seed"}),
        (run("b", 100, seed="0"), "same_experiment", {"seed": "spelling"}),
        (run("b", 100, lr=0.2), "different", {"lr": "value"}),
        (run("b", 100, output_dir="x"), "same_experiment", {"output_dir": "ignored"}),
    ],
)
def test_explain_says_how_keys_compare(
    joulebook: Command,
    tmp_path: Path,
    other: dict[str, Any],
    verdict: str,
    relations: dict[str, str],
) -> None:
    ledgers = imported(joulebook, tmp_path, [run("a", 0), other])
    found = joulebook.json("explain", "explain", "a", "b", "--in", ledgers, "--json")
    assert found["verdict"] == verdict
    assert {
        key["path"]: key["relation"] for key in found["keys"] if key["relation"] != "same"
    } == relations
    text = joulebook("explain", "a", "b", "--in", ledgers).stdout
    assert all(len(line) <= 80 for line in text.splitlines())
    assert all(path in text for path in relations)
    assert "code.tree" in joulebook("explain", "a", "b", "--in", ledgers, "--all").stdout


def test_explain_names_runs_that_are_not_there(joulebook: Command, tmp_path: Path) -> None:
    ledgers = imported(joulebook, tmp_path, [run("aa", 0), run("ab", 100)])
    assert (
        "no run id begins with 'x'"
        in joulebook("explain", "x", "aa", "--in", ledgers, status=65).stderr
    )
    assert (
        "2 runs could be meant"
        in joulebook("explain", "a", "aa", "--in", ledgers, status=64).stderr
    )
    joulebook("explain", ledgers, ledgers, status=64)


# A search


def test_sweep_takes_away_what_was_run(joulebook: Command, tmp_path: Path) -> None:
    runs = [run("a", 0, lr=0.1), run("b", 100, lr="0.2"), run("c", 200, lr=0.1, seed=1)]
    ledgers = imported(joulebook, tmp_path, runs)
    grid = {"base": {"output_dir": "new"}, "grid": {"lr": [0.1, 0.2, 0.3], "seed": [0, "1"]}}
    (tmp_path / "grid.json").write_text(json.dumps(grid))
    question = ["sweep", "grid.json", "--against", ledgers, "--remaining", "rest.jsonl"]
    plan = joulebook.json("sweep", *question, "--json", status=3)
    assert [trial["verdict"] for trial in plan["results"]] == [
        "known", "known", "known", "new", "new", "new",
    ]  # fmt: skip
    assert [trial["run_id"] for trial in plan["results"][:3]] == ["a", "c", "b"]
    assert plan["saved_kwh"] == pytest.approx(1500 / 3.6e6)
    assert plan["remaining_kwh"] == pytest.approx(1500 / 3.6e6)
    rest = [json.loads(line) for line in (tmp_path / "rest.jsonl").read_text().splitlines()]
    assert rest == [
        {"output_dir": "new", "lr": 0.2, "seed": "1"},
        {"output_dir": "new", "lr": 0.3, "seed": 0},
        {"output_dir": "new", "lr": 0.3, "seed": "1"},
    ]
    # What remains remains, whatever the form.
    again = ["sweep", "rest.jsonl", "--against", ledgers]
    assert joulebook.json("sweep", *again, "--json")["counts"]["new"] == 3
    (tmp_path / "list.json").write_text(json.dumps(rest + rest[:1]))
    repeated = joulebook.json(
        "sweep", "sweep", "list.json", "--against", ledgers, "--json", status=3
    )
    assert repeated["results"][3]["repeats"] == 0
    text = joulebook("sweep", "grid.json", "--against", ledgers, status=3).stdout
    assert "remain" in text and all(len(line) <= 80 for line in text.splitlines())


def test_sweep_knows_keys_that_never_changed_a_result(joulebook: Command, tmp_path: Path) -> None:
    # The results of these records depend on lr and seed alone, so that `freeze` does nothing.
    runs = [run("a", 0, freeze=1), run("b", 100, freeze=2), run("c", 200, lr=0.3, freeze=1)]
    ledgers = imported(joulebook, tmp_path, runs)
    trials = [
        {"lr": lr, "freeze": freeze, "seed": 0} for lr in (0.1, 0.3, 0.5) for freeze in (1, 9)
    ]
    (tmp_path / "trials.json").write_text(json.dumps(trials))
    plan = joulebook.json("sweep", "sweep", "trials.json", "--against", ledgers, "--json", status=3)
    assert plan["inert_keys"] == ["freeze"]
    assert [trial["verdict"] for trial in plan["results"]] == [
        "known", "inert", "known", "inert", "new", "new",
    ]  # fmt: skip
    assert plan["results"][3]["run_id"] == "c"
    assert plan["results"][3]["differs"] == [{"path": "freeze", "a": 9, "b": 1, "kind": "value"}]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("7", "neither a list"),
        ("{", "not JSON"),
        ('{"lr": 1}\nx\n', "line 2: not a JSON object"),
        ("[1]", "trial 0 is not a JSON object"),
        ('{"grid": {"lr": 1}}', "`grid.lr` is not a list of values"),
        ('{"grid": [1]}', "`grid` is not an object"),
        ('{"base": 1, "grid": {}}', "`base` is not a JSON object"),
        (json.dumps({"grid": {".".join("a" * 100_000): [1]}}), "`grid` has a key of more than"),
        (json.dumps({"grid": {str(k): list(range(100)) for k in range(9)}}), "more than 1000000"),
    ],
)
def test_a_search_that_cannot_be_read_says_where(
    joulebook: Command, tmp_path: Path, text: str, complaint: str
) -> None:
    ledgers = imported(joulebook, tmp_path, [run("a", 0)])
    (tmp_path / "trials.json").write_text(text)
    result = joulebook("sweep", "trials.json", "--against", ledgers, status=65)
    assert f"trials.json: {complaint}" in result.stderr and result.stderr.count("\n") == 1


def test_an_empty_search_and_an_empty_directory(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "trials.json").write_text("[]")
    plan = joulebook.json("sweep", "sweep", "trials.json", "--against", "none", "--json")
    assert plan["trials"] == 0 and plan["saved_kwh"] == 0
    (tmp_path / "trials.json").write_text('[{"lr": 1}]')
    plan = joulebook.json("sweep", "sweep", "trials.json", "--against", "none", "--json")
    assert plan["counts"]["new"] == 1 and plan["remaining_kwh"] is None
