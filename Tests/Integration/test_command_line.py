"""The promises of the command line: exit statuses, one line of error, JSON that conforms."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import records
from conftest import Command, command_path


@pytest.fixture
def ledgers(joulebook: Command, tmp_path: Path) -> Path:
    """A directory with four imported runs."""
    source = records.write(tmp_path / "records.jsonl", records.ALL)
    joulebook("import", "records", source, "--into", "runs")
    return tmp_path / "runs"


def ledger_of(directory: Path) -> Path:
    return next(directory.rglob("*.joule"))


def one_line(text: str) -> bool:
    return text.startswith("joulebook: ") and text.count("\n") == 1


# Reading


def test_ls_shows_one_run_a_line_within_80_columns(joulebook: Command, ledgers: Path) -> None:
    lines = joulebook("ls", ledgers).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == [
        "first-00",
        "repeat-0",
        "replicat",
        "other-00",
    ]
    assert all(len(line) <= 80 for line in lines)
    assert "500 J" in lines[1] or "0.139 Wh" in lines[1]


def test_an_energy_that_no_meter_saw_says_so_everywhere(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"lr": 0.1, "layers": 2}', encoding="utf-8")
    check = ("check", "--against", ledgers, "--config", config, "--project", "digits")
    for verb, amount, status in [
        (("ls", ledgers), "≈0.139 Wh", 0),
        (("show", ledgers, "--run", "first"), "≈0.139 Wh", 0),
        (("tail", ledgers), "energy ≈100 J", 0),
        (("audit", ledgers), "≈0.139 Wh, avoidable", 3),
        ((*check, "--seed", "0"), "≈500 J", 3),
    ]:
        text = joulebook(*verb, status=status).stdout
        assert amount in text and "≈ computed by a model or declared, not measured" in text, text
    runs = joulebook.json("runs", "ls", ledgers, "--json")["runs"]
    assert {run["provenance"] for run in runs} == {"declared"}
    shown = joulebook.json("run", "show", ledgers, "--run", "first", "--json")
    energies = [shown["energy"], *(epoch["energy"] for epoch in shown["epochs"])]
    assert [energy["provenance"] for energy in energies] == ["declared"] * 6
    audit = joulebook.json("audit", "audit", ledgers, "--json", status=3)
    assert audit["energy_modelled_runs"] == 4
    assert all(finding["energy_modelled"] for finding in audit["findings"])
    lines = joulebook("export", ledgers, "--format", "jsonl", "--table", "runs").stdout.splitlines()
    assert {json.loads(line)["provenance"] for line in lines} == {"declared"}


def test_ls_json_conforms_filters_and_sorts(joulebook: Command, ledgers: Path) -> None:
    document = joulebook.json("runs", "ls", ledgers, "--json", "--sort", "-started")
    assert [run["run_id"] for run in document["runs"]] == [
        "other-0001", "replicate-0001", "repeat-0001", "first-0001",
    ]  # fmt: skip
    failed = joulebook.json("runs", "ls", ledgers, "--json", "--where", "status=failed")
    assert [run["run_id"] for run in failed["runs"]] == ["other-0001"]
    # A configuration value is found in whatever spelling it was given.
    same = joulebook.json("runs", "ls", ledgers, "--json", "--where", "config.layers=2.0")
    assert len(same["runs"]) == 4


def test_show_json_conforms_and_has_what_was_imported(joulebook: Command, ledgers: Path) -> None:
    document = joulebook.json("run", "show", ledgers, "--run", "first", "--json")
    assert document["run_id"] == "first-0001"
    assert document["config"] == records.FIRST["config"]
    assert document["totals"] == {"energy_j": 500.0, "duration_s": 50.0, "epochs": 5, "steps": None}
    assert [epoch["metrics"] for epoch in document["epochs"]] == [
        epoch["metrics"] for epoch in records.FIRST["epochs"]
    ]
    assert document["integrity"]["state"] == "clean"


def test_show_lists_every_epoch_for_a_person(joulebook: Command, ledgers: Path) -> None:
    text = joulebook("show", ledgers, "--run", "first").stdout
    assert all(f"\n  {number:>5}  " in text for number in range(1, 6))
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "intact so far" in text


def test_verify_calls_an_unsealed_ledger_intact_so_far(joulebook: Command, ledgers: Path) -> None:
    result = joulebook("verify", ledger_of(ledgers), status=1)
    assert "intact so far" in result.stdout and "not sealed" in result.stdout
    document = joulebook.json("verify", "verify", ledger_of(ledgers), "--json", status=1)
    assert document["files"][0]["state"] == "clean"
    assert document["files"][0]["status"] == 1


def test_verify_says_torn_tail_of_a_ledger_cut_in_half(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    whole = ledger_of(ledgers).read_bytes()
    half = tmp_path / "half.joule"
    half.write_bytes(whole[: len(whole) // 2])
    result = joulebook("verify", half, status=1)
    assert "torn tail" in result.stdout
    assert joulebook("show", half, status=None).returncode in (0, 65)


def test_recover_saves_a_torn_and_a_damaged_ledger(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    whole = ledger_of(ledgers).read_bytes()
    torn = tmp_path / "torn.joule"
    torn.write_bytes(whole[:-70])
    result = joulebook("recover", torn, "-o", "saved.joule", status=1)
    assert "never finished" in result.stdout
    assert torn.read_bytes() == whole[:-70]
    assert "closed" in joulebook("verify", "saved.joule", status=1).stdout
    assert len(joulebook.json("runs", "ls", "saved.joule", "--json")["runs"]) == 4
    # What is there already stays there.
    assert one_line(joulebook("recover", torn, "-o", "saved.joule", status=74).stderr)
    again = joulebook("recover", "saved.joule", "-o", "again.joule")
    assert "nothing was lost" in again.stdout

    damaged = tmp_path / "damaged.joule"
    damaged.write_bytes(whole[:200] + b"\0\0\0\0" + whole[204:])
    result = joulebook("recover", damaged, "-o", "rows.joule", status=1)
    assert "damaged" in result.stdout
    assert "closed" in joulebook("verify", "rows.joule", status=1).stdout


def test_verify_calls_a_flipped_bit_damage(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    content = bytearray(ledger_of(ledgers).read_bytes())
    content[64 + 48 + 3] ^= 0x10
    broken = tmp_path / "broken.joule"
    broken.write_bytes(content)
    assert "damaged" in joulebook("verify", broken, status=2).stdout


def test_the_worst_of_several_files_counts(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a ledger\n")
    result = joulebook("verify", ledger_of(ledgers), text, status=2)
    assert "intact so far" in result.stdout and "not a ledger" in result.stderr
    document = joulebook.json("verify", "verify", ledger_of(ledgers), text, "--json", status=2)
    assert [file["status"] for file in document["files"]] == [1, 2]


# Judging


def test_audit_finds_the_repeat_and_spares_the_replicate(joulebook: Command, ledgers: Path) -> None:
    document = joulebook.json("audit", "audit", ledgers, "--json", status=3)
    wasted = {item["run_id"]: item for item in document["findings"] if item["waste_j"]}
    assert set(wasted) == {"repeat-0001"}
    assert "lr" in json.dumps(wasted["repeat-0001"]["differs"])
    assert document["avoidable_j"]["central"] == 500.0
    assert {"first-0001", "replicate-0001"} <= {
        name for group in document["groups"] for name in group["run_ids"]
    }
    lines = joulebook("audit", ledgers, "--jsonl", status=3).stdout.splitlines()
    assert [json.loads(line) for line in lines] == document["findings"]


def test_audit_of_nothing_avoidable_ends_with_0(joulebook: Command, tmp_path: Path) -> None:
    source = records.write(tmp_path / "r.jsonl", [records.FIRST, records.REPLICATE])
    joulebook("import", "records", source, "--into", "runs")
    joulebook("audit", "runs", status=0)
    assert joulebook.json("audit", "audit", "runs", "--json")["avoidable_j"]["central"] == 0


def test_audit_reads_well(joulebook: Command, ledgers: Path) -> None:
    text = joulebook("audit", ledgers, status=3).stdout
    for line in ("avoidable", "hindsight", "lost work", "not waste"):
        assert line in text
    assert "low" in text and "central" in text and "high" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def without_energy(name: str, **more: Any) -> dict[str, Any]:
    run = records.record(name, config={"lr": 0.1, "layers": 2}, seed=0, energy_j=None, **more)
    for epoch in run["epochs"]:
        epoch["energy_j"] = None
    return run


def test_audit_calls_durations_durations(joulebook: Command, tmp_path: Path) -> None:
    runs = [without_energy("a", at=0), without_energy("b", at=100)]
    joulebook("import", "records", records.write(tmp_path / "a.jsonl", runs), "--into", "runs")
    text = joulebook("audit", "runs", status=3).stdout
    assert "2 runs, energy not known" in text
    table = text[text.index("duration, energy not known") :]
    assert "50.0 s" in table
    assert " J" not in text and "Wh" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
    # Where only some runs have energy, joules and seconds stand in tables of their own.
    known = [records.record("c", at=200, config={"lr": 0.3}, seed=0)]
    joulebook("import", "records", records.write(tmp_path / "c.jsonl", known), "--into", "runs")
    mixed = joulebook("audit", "runs", status=3).stdout
    energy, duration = mixed.split("duration, energy not known")
    assert "energy  " in energy and "50.0 s" not in energy
    assert "50.0 s" in duration and "Wh" not in duration


def test_audit_says_which_proof_and_why(joulebook: Command, ledgers: Path, tmp_path: Path) -> None:
    text = " ".join(joulebook("audit", ledgers, status=3).stdout.split())
    assert "Proof bit: the results are equal" in text
    runs = [without_energy(name, at=at, code=None) for name, at in (("a", 0), ("b", 100))]
    joulebook("import", "records", records.write(tmp_path / "a.jsonl", runs), "--into", "other")
    (found,) = joulebook.json("audit", "audit", "other", "--json", status=3)["findings"]
    assert found["proof"] == "config"
    assert "identical, bit for bit" in found["explanation"]
    assert "one step below bit, because" in found["explanation"]


def test_lifecycle_knows_what_the_audit_found(joulebook: Command, ledgers: Path) -> None:
    audit = joulebook.json("audit", "audit", ledgers, "--json", status=3)
    whole = joulebook.json("lifecycle", "lifecycle", ledgers, "--json")
    kwh = whole["overhead"]["duplicate_kwh"]
    assert kwh == pytest.approx(audit["avoidable_j"]["central"] / 3.6e6) and kwh > 0
    # The repetition is outside of this scope.
    alone = joulebook.json("lifecycle", "lifecycle", ledgers, "--model", "first", "--json")
    assert alone["overhead"]["duplicate_kwh"] == 0


def test_lifecycle_adds_water_and_cost_where_they_are_stated(
    joulebook: Command, ledgers: Path
) -> None:
    site = ["--pue", "1.5", "--wue", "0.2", "--ewif", "3", "--tariff", "0.25 eur"]
    site += ["--contract", "0.5@10", "--contract", "0.2@0", "--residual", "400"]
    totals = joulebook.json("lifecycle", "lifecycle", ledgers, *site, "--json")["totals"]
    kwh = totals["energy"]["it_kwh"]
    assert totals["water_l"] == pytest.approx(kwh * (0.2 + 1.5 * 3))
    assert totals["cost"]["amount"] == pytest.approx(kwh * 1.5 * 0.25)
    assert totals["cost"]["currency"] == "EUR"
    grams = kwh * 1.5 * (0.5 * 10 + 0.3 * 400)
    assert totals["carbon"]["market_annual_kg"] == pytest.approx(grams / 1000)
    for wrong in (
        "--wue=-1",
        "--ewif=1000",
        "--tariff=cheap",
        "--tariff=0.25",
        "--tariff=-1EUR",
        "--contract=1.2@3",
        "--contract=0.5",
        "--residual=-1",
    ):
        message = joulebook("lifecycle", ledgers, wrong, status=64).stderr
        assert message.count("\n") <= 3 and message


def test_lifecycle_sets_other_runs_and_places_beside(joulebook: Command, ledgers: Path) -> None:
    place = ["--region", "FR", "--pue", "1.5", "--json"]
    beside = ["--beside", "region=SE,pue=1.2", "--beside", "model=first"]
    told = joulebook.json("lifecycle", "lifecycle", ledgers, *place, *beside)
    sweden, model = told["beside"]
    there = ["--region", "SE", "--pue", "1.2", "--json"]
    other = joulebook.json("lifecycle", "lifecycle", ledgers, *there)
    assert sweden["totals"] == other["totals"]
    alone = joulebook.json("lifecycle", "lifecycle", ledgers, "--model", "first", *place)
    assert model["totals"] == alone["totals"]
    assert "region=SE,pue=1.2" in joulebook("lifecycle", ledgers, *beside, *place[:-1]).stdout
    for wrong in ("region", "region=Nowhere", "pue=0.5", "pue=x", "colour=red", ""):
        message = joulebook("lifecycle", ledgers, *place, f"--beside={wrong}", status=64).stderr
        assert message.count("\n") <= 3 and message


def test_lifecycle_shares_out_the_making_of_hardware(joulebook: Command, tmp_path: Path) -> None:
    run = {
        "run_id": "a",
        "duration_s": 86_400,
        "energy_j": 3.6e6,
        "hardware": {"devices": [{"kind": "gpu", "name": "NVIDIA L4", "count": 2}]},
    }
    (tmp_path / "runs.jsonl").write_text(json.dumps(run))
    joulebook("import", "records", "runs.jsonl", "--into", "made")
    life = ["--region", "FR", "--pue", "1.5", "--lifetime", "4", "--utilisation", "0.5"]
    life += ["--functional-unit", "requests=1000"]
    told = joulebook.json("lifecycle", "lifecycle", "made", *life, "--json")
    made = 2 * 123.5 * 24 / (4 * 8760 * 0.5)
    assert told["totals"]["carbon"]["embodied_kg"] == pytest.approx(made)
    assert {case["lifetime_years"] for case in told["making"]["sensitivity"]} == {3, 4, 6}
    sci = told["efficiency"]["sci"]
    assert sci["g_per_unit"] == pytest.approx((1.5 * 44.179 + 1000 * made) / 1000)
    text = joulebook("lifecycle", "made", *life).stdout
    assert "(making)" in text and "F5:" in text and "F6:" in text
    wrong = ["--lifetime=0"], ["--lifetime=99"], ["--utilisation=0.5"], ["--functional-unit=many"]
    for options in (*wrong, ["--lifetime=4", "--utilisation=0"], ["--functional-unit=requests=0"]):
        message = joulebook("lifecycle", "made", *options, status=64).stderr
        assert message.count("\n") <= 3 and message


def test_lifecycle_of_the_same_ledgers_is_the_same_byte_for_byte(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    ask = ["--region", "FR", "--json"]
    text = joulebook("lifecycle", ledgers, *ask).stdout
    assert joulebook("lifecycle", ledgers, *ask).stdout == text
    inputs = json.loads(text)["inputs"]
    files = sorted(ledgers.rglob("*.joule"))
    roots = sorted(
        base64.b64decode(joulebook.json("run", "show", file, "--json")["integrity"]["root"]).hex()
        for file in files
    )
    assert inputs["roots"] == roots and inputs["ledgers"] == len(roots)
    lines = "".join(f"{root}\n" for root in roots)
    assert inputs["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    # Elsewhere, under other names, one of them twice.
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    for number, file in enumerate(files):
        shutil.copy(file, tmp_path / f"elsewhere/deep/{9 - number}.joule")
    shutil.copy(files[0], tmp_path / "elsewhere/copy.joule")
    assert joulebook("lifecycle", "elsewhere", *ask).stdout == text
    assert inputs["sha256"] in joulebook("lifecycle", ledgers, "--format", "markdown").stdout


def test_lifecycle_says_who_is_efficient(joulebook: Command, ledgers: Path) -> None:
    goal = ["--metric", "accuracy", "--higher"]
    listed = {run["run_id"]: run for run in joulebook.json("runs", "ls", ledgers, "--json")["runs"]}
    told = joulebook.json("lifecycle", "lifecycle", ledgers, *goal, "--target", "0.5", "--json")
    efficiency = told["efficiency"]
    assert efficiency["metric"] == {"name": "accuracy", "goal": "higher", "target": 0.5}
    for best in efficiency["pareto"]:
        assert best["kwh"] == pytest.approx(listed[best["run_id"]]["energy_j"] / 3.6e6)
    assert efficiency["kwh_to_target"] and efficiency["pareto"]
    text = joulebook("lifecycle", ledgers, *goal, "--target", "0.5").stdout
    assert "accuracy, higher is better" in text and "runs reached 0.5" in text
    for wrong in (
        goal[:2],
        goal[2:],
        ["--target", "1"],
        [*goal, "--target", "nan"],
        [*goal, "--lower"],
    ):
        assert "--" in joulebook("lifecycle", ledgers, *wrong, status=64).stderr


@pytest.mark.parametrize(
    ("config", "seed", "status"),
    [
        ({"lr": 0.1, "layers": 2}, "0", 3),
        ({"layers": 2, "lr": "0.10"}, "0", 3),
        ({"lr": 0.1, "layers": 2}, "7", 0),
        ({"lr": 0.2, "layers": 2}, "0", 0),
    ],
)
def test_check_knows_what_has_already_run(
    joulebook: Command, ledgers: Path, tmp_path: Path, config: object, seed: str, status: int
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    question = [
        "check", "--against", ledgers, "--config", "config.json", "--project", "digits",
        "--seed", seed, "--entry", "train.py", "--code", "tree:1", "--data", "sha256:d1",
    ]  # fmt: skip
    answer = joulebook.json("check", *question, "--json", status=status)
    assert answer["verdict"] == {0: "new", 3: "already_run"}[status]
    text = joulebook(*question, status=status).stdout
    assert all(len(line) <= 80 for line in text.splitlines()) and text


def test_check_names_the_facts_that_nobody_gave(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(records.FIRST["config"]))
    question = ["check", "--against", ledgers, "--config", "config.json", "--seed", "0"]
    answer = joulebook.json("check", *question, "--json", status=3)
    assert {"code", "data"} <= set(answer["missing"])
    (tmp_path / "config.json").write_text('{"lr": 0.7}')
    new = " ".join(joulebook(*question).stdout.split())
    assert "has this configuration and seed (code, data and entry point not known)" in new


def test_lifecycle_conforms_in_every_format(joulebook: Command, ledgers: Path) -> None:
    document = joulebook.json("lifecycle", "lifecycle", ledgers, "--region", "FR", "--json")
    assert document["totals"]["energy"]["it_kwh"] == pytest.approx(2000 / 3.6e6)
    assert (
        joulebook("lifecycle", ledgers, "--region", "FR", "--format", "markdown").stdout[0] == "#"
    )
    assert "training" in joulebook("lifecycle", ledgers, "--region", "FR").stdout
    joulebook("lifecycle", ledgers, "--region", "Atlantis", status=64)


def test_meters_conforms(joulebook: Command) -> None:
    joulebook.json("meters", "meters", "--json")
    assert joulebook("meters").stdout


def test_what_an_answer_leaves_out_is_listed_in_it(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    assert joulebook.json("lifecycle", "lifecycle", ledgers, "--json", "--strict")["problems"] == []
    ledgers.joinpath("broken.joule").write_bytes(b"not a ledger")
    for verb, arguments, status in (
        ("audit", [], 3),
        ("lifecycle", [], 0),
        ("lifecycle", ["--strict"], 1),
    ):
        (problem,) = joulebook.json(verb, verb, ledgers, "--json", *arguments, status=status)[
            "problems"
        ]
        assert problem["path"].endswith("broken.joule") and "not a ledger" in problem["message"]


def test_what_selects_nothing_is_named(joulebook: Command, ledgers: Path) -> None:
    result = joulebook("lifecycle", ledgers, "--project", "nope")
    assert one_line(result.stderr)
    assert "none of 4 runs matches --project nope" in result.stderr
    assert joulebook("lifecycle", ledgers, "--project", "digits").stderr == ""


def test_an_order_that_no_run_knows_is_refused(joulebook: Command, ledgers: Path) -> None:
    result = joulebook("ls", ledgers, "--sort", "-unknown", status=64)
    assert one_line(result.stderr)
    assert "'unknown'" in result.stderr and "started" in result.stderr
    joulebook("ls", ledgers, "--sort", "accuracy")
    # What only some runs could have is an order all the same.
    joulebook("ls", ledgers, "--where", "status=killed", "--sort", "energy")


def test_a_configuration_may_come_through_a_pipe(
    joulebook: Command, ledgers: Path, tmp_path: Path
) -> None:
    config = json.dumps(records.FIRST["config"])
    question = ["check", "--against", ledgers, "--seed", "0", "--config"]
    assert "Already run" in joulebook(*question, "-", input=config, status=3).stdout
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", 'printf %s "$1" > "$2"', "sh", config, pipe]):
        assert "Already run" in joulebook(*question, pipe, status=3).stdout


@pytest.mark.parametrize("content", ["", "[]", "{", "x" * 100])
def test_bad_standard_input_is_one_line(joulebook: Command, ledgers: Path, content: str) -> None:
    result = joulebook("check", "--against", ledgers, "--config", "-", input=content, status=65)
    assert one_line(result.stderr) and "standard input" in result.stderr


def test_an_endless_configuration_is_cut_off(joulebook: Command, ledgers: Path) -> None:
    with open("/dev/zero", "rb") as zeros:
        result = joulebook("check", "--against", ledgers, "--config", "-", stdin=zeros, status=65)
    assert "larger than 16 MiB" in result.stderr


def test_verify_of_a_directory_says_what_to_verify(joulebook: Command, ledgers: Path) -> None:
    result = joulebook("verify", ledgers, status=2)
    assert one_line(result.stderr) and "*.joule" in result.stderr


# Importing


def test_importing_twice_changes_nothing(joulebook: Command, ledgers: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in ledgers.rglob("*") if path.is_file()}
    joulebook("import", "records", tmp_path / "records.jsonl", "--into", ledgers)
    assert before == {path: path.read_bytes() for path in ledgers.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{\n", "line 2"),
        ('{"project": "x"}\n', "run_id"),
        ('{"run_id": "x", "status": "resting"}\n', "status"),
        ('{"run_id": "x", "epochs": [{"epoch": 1, "energy_j": "much"}]}\n', "energy_j"),
    ],
)
def test_a_bad_record_is_named_and_nothing_is_imported(
    joulebook: Command, tmp_path: Path, line: str, named: str
) -> None:
    source = tmp_path / "r.jsonl"
    source.write_text(json.dumps(records.FIRST) + "\n" + line)
    result = joulebook("import", "records", source, "--into", "runs", status=65)
    assert one_line(result.stderr), result.stderr
    assert "line 2" in result.stderr and named in result.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").rglob("*.joule"))


# Bad input


def make_bad(kind: str, directory: Path) -> Path:
    path = directory / kind
    if kind == "text":
        path.write_text("loss 0.3\n" * 100)
    elif kind == "empty":
        path.touch()
    elif kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "zeros":
        return Path("/dev/zero")
    elif kind == "binary":
        path.write_bytes(bytes(range(256)) * 16)
    return path


@pytest.mark.parametrize(
    "kind", ["text", "empty", "directory", "missing", "pipe", "zeros", "binary"]
)
@pytest.mark.parametrize(
    "verb", ["show", "ls", "verify", "recover", "audit", "lifecycle", "import", "check"]
)
def test_bad_input_is_one_line_with_its_status_and_writes_nothing(
    joulebook: Command, tmp_path: Path, verb: str, kind: str
) -> None:
    bad = make_bad(kind, tmp_path)
    config = tmp_path / "config.json"
    config.write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    arguments: list[object] = {
        "import": ["import", "records", bad, "--into", "runs"],
        "check": ["check", "--against", bad, "--config", config],
        "recover": ["recover", bad, "-o", "saved.joule"],
    }.get(verb, [verb, bad])
    result = joulebook(*arguments, status=None)
    assert sorted(tmp_path.rglob("*")) == before
    if kind == "directory" and verb in ("ls", "audit", "lifecycle", "check"):
        assert result.returncode == 0, "an empty directory holds no runs, which is no error"
        return
    expected = 74 if kind == "missing" else 2 if verb in ("verify", "recover") else 65
    assert result.returncode == expected, result.stderr
    assert one_line(result.stderr), result.stderr
    assert result.stdout == ""
    assert bad.name in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_input_error(joulebook: Command, ledgers: Path) -> None:
    ledger_of(ledgers).chmod(0)
    assert one_line(joulebook("show", ledger_of(ledgers), status=74).stderr)


# Output


def test_a_reader_that_goes_away_is_met_quietly(ledgers: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [command_path(), "ls", ledgers], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert result.stderr == ""


def test_a_full_device_under_the_output_is_74(ledgers: Path) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [command_path(), "ls", ledgers], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert result.returncode == 74 and one_line(result.stderr)


def on_a_terminal(arguments: list[object], **environment: str) -> bytes:
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm", **environment})
        os.execv(command_path(), ["joulebook", *map(str, arguments)])
    output = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    os.waitpid(child, 0)
    os.close(terminal)
    return output


def test_colour_only_on_a_terminal_that_does_not_refuse_it(
    joulebook: Command, ledgers: Path
) -> None:
    assert b"\x1b[32m" in on_a_terminal(["ls", ledgers])
    assert b"\x1b[32m" not in on_a_terminal(["ls", ledgers], NO_COLOR="1")
    assert b"\x1b[32m" not in on_a_terminal(["ls", ledgers], TERM="dumb")
    assert "\x1b" not in joulebook("ls", ledgers).stdout
