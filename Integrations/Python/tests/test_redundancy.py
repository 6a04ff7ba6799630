"""A repetition is caught before it trains, and the answers have the promised form."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import joulebook
from conftest import Script, ledgers, schema

TRAIN = """
    import json, sys, joulebook
    with joulebook.start("p", config=json.loads(sys.argv[1]), on_duplicate=sys.argv[2],
                         data=joulebook.fingerprint(b"data")) as run:
        print("training")
        for epoch in run.epochs(3):
            epoch.log(loss=1 / epoch.number)
    """
PLAIN = '{"seed": 0, "optim": {"lr": 0.1}, "hidden": 64}'
RESPELT = '{"hidden": 64, "optim": {"lr": "1e-1"}, "seed": "0"}'


def test_a_repetition_in_other_words_is_named_before_it_trains(script: Script) -> None:
    assert "Already" not in script(TRAIN, PLAIN, "warn").stderr
    warned = script(TRAIN, RESPELT, "warn")
    assert "Already run" in warned.stderr
    assert "optim.lr" in warned.stderr
    assert warned.stdout == "training\n"


def test_a_repetition_can_be_refused_and_then_writes_nothing(
    script: Script, tmp_path: Path
) -> None:
    script(TRAIN, PLAIN, "raise")
    refused = script(TRAIN, RESPELT, "raise", status=1)
    assert "DuplicateRunError" in refused.stderr
    assert "Already run" in refused.stderr
    assert refused.stdout == ""
    assert len(ledgers(tmp_path)) == 1


def test_another_seed_or_another_value_is_a_new_run(script: Script, tmp_path: Path) -> None:
    script(TRAIN, PLAIN, "raise")
    script(TRAIN, PLAIN.replace('"seed": 0', '"seed": 1'), "raise")
    script(TRAIN, PLAIN.replace("0.1", "0.2"), "raise")
    assert len(ledgers(tmp_path)) == 3


def test_a_repetition_meant_as_one_is_let_pass(script: Script, tmp_path: Path) -> None:
    script(TRAIN, PLAIN, "raise")
    tagged = TRAIN.replace("data=", 'tags=["verify"], data=')
    script(tagged, PLAIN, "raise")
    assert len(ledgers(tmp_path)) == 2


def test_the_answers_are_the_commands_json(script: Script, tmp_path: Path) -> None:
    script(TRAIN, PLAIN, "ignore")
    script(TRAIN, RESPELT, "ignore")
    audit = joulebook.audit(tmp_path)
    jsonschema.validate(audit, schema("audit"))
    assert [finding["class"] for finding in audit["findings"]] == ["config_equivalent"]
    answer = joulebook.check(
        {"hidden": 64, "optim": {"lr": 1e-1}, "seed": 0}, against=tmp_path, project="p"
    )
    jsonschema.validate(answer, schema("check"))
    assert answer["verdict"] == "already_run"
    other = joulebook.check({"hidden": 65, "optim": {"lr": 1e-1}}, against=tmp_path, project="p")
    assert other["verdict"] == "new"
    summary = joulebook.lifecycle(tmp_path, region="FR", pue=1.2)
    jsonschema.validate(summary, schema("lifecycle"))
    assert [stage["runs"] for stage in summary["stages"]] == [2]
    stated = {"contract": ["0.5@10", "0.5@30"], "tariff": "0.25EUR", "wue": 1, "ewif": 2.5}
    summary = joulebook.lifecycle(
        tmp_path, pue=1.2, metric="loss", lower=True, target=1e9, **stated
    )
    jsonschema.validate(summary, schema("lifecycle"))
    totals = summary["totals"]
    facility = totals["energy"]["facility_kwh"]
    assert totals["carbon"]["market_annual_kg"] == pytest.approx(0.02 * facility)
    assert totals["cost"] == {
        "amount": pytest.approx(0.25 * facility), "currency": "EUR", "range": None,
    }  # fmt: skip
    assert totals["water_l"] == pytest.approx(totals["energy"]["it_kwh"] * (1 + 1.2 * 2.5))
    assert len(summary["efficiency"]["kwh_to_target"]) == 2


def test_what_nobody_ran_is_foretold_from_other_configurations_and_says_so(
    script: Script, tmp_path: Path
) -> None:
    noisy = TRAIN.replace("1 /", "json.loads(sys.argv[3]) /")
    runs = (("0.1", 0, "1"), ("0.1", 1, "1.1"), ("0.2", 0, "3"), ("0.2", 1, "3.1"))
    for rate, seed, loss in runs:
        config = PLAIN.replace("0.1", rate).replace('"seed": 0', f'"seed": {seed}')
        script(noisy, config, "ignore", loss)
    answer = joulebook.check({"hidden": 64, "optim": {"lr": 0.3}}, against=tmp_path, project="p")
    jsonschema.validate(answer, schema("check"))
    expected, budget = answer["expected"], answer["replicate_budget"]
    assert answer["verdict"] == "new" and "other configurations" in answer["explanation"]
    assert (expected["from"], expected["runs"]) == ("program", 4)
    assert list(expected["metrics"]) == ["loss"]
    low, high = expected["duration_s_80"]
    assert 0 < low <= expected["duration_s"] <= high
    assert (budget["metric"], budget["seeds"]) == ("loss", 0)
    known = joulebook.check(
        {"hidden": 64, "optim": {"lr": 0.1}, "seed": 9}, against=tmp_path, project="p"
    )
    jsonschema.validate(known, schema("check"))
    assert (known["expected"]["from"], known["expected"]["runs"]) == ("recipe", 2)
    assert known["replicate_budget"]["seeds"] == 2


def test_ledgers_that_cannot_be_read_are_an_error_with_one_clear_line(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no ledger")
    for ask in (joulebook.show, joulebook.audit, joulebook.lifecycle):
        for path in (text, tmp_path / "missing"):
            with pytest.raises(OSError) as caught:
                ask(path)
            assert len(str(caught.value).splitlines()) == 1
            assert path.name in str(caught.value)
    with pytest.raises(OSError, match="missing"):
        joulebook.check({}, against=tmp_path / "missing")
    with pytest.raises(ValueError, match="nonsense"):
        joulebook.audit(tmp_path, nonsense=1)


def test_what_could_not_be_read_is_warned_of_once(script: Script, tmp_path: Path) -> None:
    script(TRAIN, PLAIN, "ignore")
    (tmp_path / "broken.joule").write_bytes(b"not a ledger")
    for ask, name in ((joulebook.audit, "audit"), (joulebook.lifecycle, "lifecycle")):
        with pytest.warns(joulebook.LedgerWarning, match="broken.joule: not a ledger") as caught:
            answer = ask(tmp_path)
        assert len(caught) == 1
        assert caught[0].filename == __file__
        jsonschema.validate(answer, schema(name))
        assert [Path(item["path"]).name for item in answer["problems"]] == ["broken.joule"]


def test_rules_that_cannot_be_used_are_an_error_of_their_own(tmp_path: Path) -> None:
    with joulebook.start("p", config={"lr": 0.1}, seed=0, dir=tmp_path):
        pass
    rules = tmp_path / "joulebook-rules.json"
    rules.write_text('{"ignored": ["lr", 3]}')
    place = r"joulebook-rules.json: `ignored\[1\]`"
    asks = (
        lambda: joulebook.audit(tmp_path),
        lambda: joulebook.lifecycle(tmp_path),
        lambda: joulebook.check({"lr": 0.1}, against=tmp_path),
        lambda: joulebook.sweep([{"lr": 0.1}], against=tmp_path),
    )
    for ask in asks:
        with pytest.raises(ValueError, match=place):
            ask()
    rules.unlink()
    with pytest.raises(OSError, match="nowhere"):
        joulebook.audit(tmp_path / "nowhere")


def test_rules_that_match_nothing_are_told_where_nothing_is_repeated(tmp_path: Path) -> None:
    with joulebook.start("p", config={"lr": 0.1}, seed=0, dir=tmp_path):
        pass
    (tmp_path / "joulebook-rules.json").write_text('{"ignored": ["lr", "ouput_dir"]}')
    told = 'joulebook-rules.json: `ignored.1.` "ouput_dir" matches no key of a run'
    for ask, name in (
        (lambda: joulebook.audit(tmp_path), "audit"),
        (lambda: joulebook.check({"lr": 0.2, "width": 3}, against=tmp_path), "check"),
        (lambda: joulebook.sweep([{"lr": 0.2, "width": 3}], against=tmp_path), "sweep"),
    ):
        with pytest.warns(joulebook.LedgerWarning, match=told) as caught:
            answer = ask()
        assert len(caught) == 1 and caught[0].filename == __file__
        jsonschema.validate(answer, schema(name))
        assert len(answer["problems"]) == 1


def test_seeds_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with joulebook.start("p", config={"lr": 0.1, "seed": 2}, dir=tmp_path):
        pass
    with pytest.raises(ValueError, match="seed 1 contradicts the configuration, whose seed is 2"):
        joulebook.check({"lr": 0.1, "seed": 2}, seed=1, against=tmp_path)
    answer = joulebook.check({"lr": 0.1, "seed": 2}, seed="2", against=tmp_path)
    assert answer["verdict"] == "already_run"


def test_lifecycle_knows_what_the_audit_found_avoidable(tmp_path: Path) -> None:
    for _ in range(2):
        with joulebook.start(
            "p", config={"lr": 0.1, "seed": 0}, data="d", dir=tmp_path, on_duplicate="ignore"
        ) as run:
            for epoch in run.epochs(20):
                epoch.log(loss=1 / (epoch.number + 0.123456789))
    avoidable = joulebook.audit(tmp_path)["avoidable_j"]["central"]
    duplicate = joulebook.lifecycle(tmp_path)["overhead"]["duplicate_kwh"]
    assert avoidable > 0
    assert duplicate == pytest.approx(avoidable / 3.6e6)


# A start waits a quarter of a second for a file that changed to be parsed.
@pytest.mark.alone
def test_a_change_that_the_program_does_not_see_is_no_other_code(tmp_path: Path) -> None:
    """What is imported decides: not other files of the tree, not comments; a changed line does."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    program = tmp_path / "train.py"

    def train(body: str) -> str:
        program.write_text(body)
        os.utime(program, (1_700_000_000, 1_700_000_000))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JOULEBOOK_")}
        done = subprocess.run(
            [sys.executable, "train.py"],
            cwd=tmp_path,
            env={**environment, "XDG_CACHE_HOME": str(tmp_path / ".cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    body = """
import joulebook
with joulebook.start("p", {"lr": 1}, seed=0, data="sha256:d", dir="ledgers") as run:
    for epoch in run.epochs(3):
        epoch.log(loss=1 / epoch.number)
    print(run.preflight["verdict"], run.preflight["missing"])
"""
    (tmp_path / ".gitignore").write_text(".cache\n__pycache__\n")
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    assert train(body) == "new []"
    (tmp_path / "notes.txt").write_text("a file that nobody imports")
    assert train(body) == "already_run []"
    assert train("# a comment\n" + body) == "already_run []"
    assert train(body.replace("1 / epoch", "2 / epoch")) == "new []"
