"""A study that is run again trains nothing, and nothing but the same passes for known."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import joulebook
from conftest import Script, clean_environment, ledgers, schema

optuna = pytest.importorskip("optuna")

# A study of six points. Prints what was trained, and each trial's value and attributes.
STUDY = """
    import json, sys, warnings
    import joulebook, joulebook.optuna, optuna

    optuna.logging.disable_default_handler()
    given = json.loads(sys.argv[1])
    trained = []

    def config(trial):
        return {
            "model": {"depth": 2},
            "seed": 0,
            "optim": {"lr": trial.suggest_float("lr", 0.01, 1.0)},
            "width": trial.suggest_categorical("width", [8, 16]),
        }

    def objective(trial, run):
        trained.append(trial.number)
        value = trial.params["lr"] / 3 + trial.params["width"] * 0.1
        for epoch in run.epochs(2):
            sum(number * number for number in range(100_000))
            epoch.log(loss=value / epoch.number)
        return value + math.nan if given.get("nan") else value

    import math
    grid = {"lr": [0.1, 0.2, 0.3], "width": [8, 16]}
    study = optuna.create_study(
        study_name=given.get("name", "first"), sampler=optuna.samplers.GridSampler(grid, seed=1),
        direction="maximize",
    )
    known = joulebook.optuna.Memo(
        objective, config, "accuracy", dir="ledgers", project="p", quiet=True,
        data=joulebook.fingerprint(given.get("data", "d").encode()),
        proof=given.get("proof", "config"),
    )
    study.optimize(known, callbacks=[joulebook.optuna.report])
    print(json.dumps({
        "trained": trained,
        "trials": [[trial.state.name, trial.value, trial.params, trial.user_attrs]
                   for trial in study.trials],
    }))
    """


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The test's directory, under git, so that the code has an identity."""
    for command in (
        "init --quiet",
        "-c user.name=n -c user.email=e commit --quiet --allow-empty --message=empty",
    ):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    return tmp_path


def run_study(script: Script, source: str = STUDY, **given: object) -> dict[str, Any]:
    result = script(source, json.dumps(given))
    answer: dict[str, Any] = json.loads(result.stdout)
    answer["stderr"] = result.stderr
    return answer


def test_the_second_time_nothing_is_trained_and_all_values_are_equal(
    script: Script, repository: Path
) -> None:
    first = run_study(script)
    assert len(first["trained"]) == 6
    assert all("joulebook:saved_kwh" not in attributes for *_, attributes in first["trials"])
    second = run_study(script, name="second")
    assert second["trained"] == []
    assert [trial[:3] for trial in second["trials"]] == [trial[:3] for trial in first["trials"]]
    by_first = [attributes["joulebook:run_id"] for *_, attributes in first["trials"]]
    by_second = [attributes["joulebook:run_id"] for *_, attributes in second["trials"]]
    assert by_second == by_first
    assert all(attributes["joulebook:saved_kwh"] > 0 for *_, attributes in second["trials"])
    assert len(ledgers(repository / "ledgers")) == 6
    lines = [line for line in second["stderr"].splitlines() if line.startswith("joulebook:")]
    assert len(lines) == 6
    assert lines[-1].startswith("joulebook: 6 of 6 trials answered from the ledger, ")
    assert lines[-1].endswith(" kWh saved")
    shown = joulebook.show(ledgers(repository / "ledgers")[0])
    assert (shown["stage"], shown["sweep"]) == ("search", "first")


def test_other_code_and_other_data_are_trained(script: Script, repository: Path) -> None:
    run_study(script)
    assert len(run_study(script, STUDY.replace("/ 3", "/ 4"))["trained"]) == 6
    assert len(run_study(script, data="other")["trained"]) == 6
    assert run_study(script)["trained"] == []


def test_without_an_identity_of_the_code_only_who_says_so_is_answered(
    script: Script, tmp_path: Path
) -> None:
    # Outside a repository what is imported is the code's only identity.
    unknown = STUDY.replace("dir=", 'capture={"closure": False}, dir=')
    run_study(script, unknown)
    again = run_study(script, unknown)
    assert len(again["trained"]) == 6
    assert again["stderr"].count("LedgerWarning") == 1
    assert "not known of both: code (see proof=" in again["stderr"]
    assert run_study(script, unknown, proof="statistical")["trained"] == []


def test_what_is_imported_identifies_code_outside_a_repository(
    script: Script, tmp_path: Path
) -> None:
    run_study(script)
    assert run_study(script)["trained"] == []
    assert len(run_study(script, STUDY.replace("/ 3", "/ 4"))["trained"]) == 6


def test_a_value_that_is_no_number_fails_again_without_training(
    script: Script, repository: Path
) -> None:
    first = run_study(script, nan=True)
    assert {trial[0] for trial in first["trials"]} == {"FAIL"}
    second = run_study(script, nan=True)
    assert second["trained"] == []
    assert {trial[0] for trial in second["trials"]} == {"FAIL"}


def config(trial: Any) -> dict[str, Any]:
    return {"seed": 0, "x": trial.suggest_int("x", 0, 9)}


def square(trial: Any, run: joulebook.Run) -> float:
    return float(trial.params["x"] ** 2)


def memo(objective: Any = square, metric: Any = "value", **options: Any) -> Any:
    import joulebook.optuna

    known: dict[str, Any] = {"dir": "l", "data": "sha256:0", "proof": "statistical"}
    return joulebook.optuna.Memo(objective, config, metric, **{**known, **options})


def study_of(*values: int, **options: Any) -> Any:
    optuna.logging.disable_default_handler()
    study = optuna.create_study(**options)
    for value in values:
        study.enqueue_trial({"x": value})
    return study


def test_what_another_process_is_running_is_pruned(tmp_path: Path) -> None:
    holder = joulebook.start(config={"seed": 0, "x": 3}, data="sha256:0", dir="l")
    study = study_of(3, 4)
    study.optimize(memo(), n_trials=2)
    pruned, trained = study.trials
    assert pruned.state.name == "PRUNED" and pruned.value is None
    assert pruned.user_attrs == {"joulebook:run_id": holder.id}
    assert trained.value == 16
    assert len(ledgers(tmp_path)) == 2
    holder.finish()


def test_of_two_processes_on_one_study_each_point_is_trained_once(repository: Path) -> None:
    worker = repository / "worker.py"
    worker.write_text(
        textwrap.dedent("""
        import sys, time
        import joulebook.optuna, optuna

        optuna.logging.disable_default_handler()

        def config(trial):
            return {"seed": 0, "x": trial.suggest_int("x", 0, 4)}

        def objective(trial, run):
            time.sleep(0.05)
            return trial.params["x"] ** 2

        sampler = optuna.samplers.RandomSampler(seed=int(sys.argv[1]))
        study = optuna.load_study(
            study_name="s", storage="sqlite:///study.db", sampler=sampler
        )
        study.optimize(joulebook.optuna.Memo(
            objective, config, "value", dir="l", data="sha256:0", quiet=True
        ), n_trials=10)
        """)
    )
    subprocess.run(["git", "add", "worker.py"], cwd=repository, check=True)
    (repository / ".gitignore").write_text("study.db*\n")
    storage = f"sqlite:///{repository}/study.db"
    study = study_of(study_name="s", storage=storage)
    workers = [
        subprocess.Popen(
            [sys.executable, str(worker), str(seed)],
            cwd=repository,
            env=clean_environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(2)
    ]
    for process in workers:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert len(study.trials) == 20
    for trial in study.trials:
        assert trial.state.name in ("COMPLETE", "PRUNED")
        assert trial.value in (None, trial.params["x"] ** 2)
    points = {trial.params["x"] for trial in study.trials}
    assert len(ledgers(repository / "l")) == len(points) >= 4
    answered = [trial for trial in study.trials if "joulebook:saved_kwh" in trial.user_attrs]
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    assert len(answered) + len(pruned) + len(points) == 20


def test_threads_of_one_study_train_each_point_once(tmp_path: Path) -> None:
    study = study_of(*[x for x in range(3) for _ in range(4)])
    study.optimize(memo(), n_trials=12, n_jobs=4)
    assert {trial.state.name for trial in study.trials} <= {"COMPLETE", "PRUNED"}
    assert len(ledgers(tmp_path)) == 3


def test_several_values_and_what_ends_otherwise(tmp_path: Path) -> None:
    def both(trial: Any, run: joulebook.Run) -> Any:
        return [trial.params["x"] / 7, -trial.params["x"]]

    for _ in range(2):
        study = study_of(5, directions=["minimize", "maximize"])
        study.optimize(memo(both, ["loss", "score"]), n_trials=1)
        assert study.trials[0].values == [5 / 7, -5]
    assert len(ledgers(tmp_path)) == 1

    def stop(trial: Any, run: joulebook.Run) -> float:
        raise optuna.TrialPruned

    def none(trial: Any, run: joulebook.Run) -> Any:
        return None

    def broken(trial: Any, run: joulebook.Run) -> float:
        raise KeyError("broken")

    for number, (objective, state, status, tags) in enumerate(
        [
            (stop, "PRUNED", "killed", ["pruned"]),
            (none, "FAIL", "failed", []),
            (broken, "FAIL", "failed", []),
        ]
    ):
        # What did not finish is no answer: it is trained each time.
        for _ in range(2):
            study = study_of(number)
            study.optimize(memo(objective, dir=f"l{number}"), n_trials=1, catch=KeyError)
            assert study.trials[0].state.name == state
        runs = [joulebook.show(path) for path in ledgers(tmp_path / f"l{number}")]
        assert [run["status"] for run in runs] == [status] * 2
        assert [run.get("tags") or [] for run in runs] == [tags] * 2


def test_a_run_without_the_metric_answers_nothing_and_is_named(tmp_path: Path) -> None:
    study = study_of(2)
    study.optimize(memo(metric="loss"), n_trials=1)
    study = study_of(2, 2)
    with pytest.warns(joulebook.LedgerWarning, match="no final metric score") as warned:
        study.optimize(memo(metric="score"), n_trials=2)
    assert len(warned) == 1
    assert [trial.value for trial in study.trials] == [4, 4]
    # The second found the first's.
    assert len(ledgers(tmp_path)) == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"config": {"lr": 0.1}}, "config takes the trial"),
        ({"objective": None}, "objective and config are functions"),
        ({"metric": []}, "metric is a name"),
        ({"metric": ["a", 3]}, "metric is a name"),
        ({"proof": "bit"}, "proof is"),
        ({"on_duplicate": "warn", "sweep": "s"}, "on_duplicate, sweep cannot be given"),
    ],
)
def test_arguments_that_mean_nothing_are_refused_at_once(
    arguments: dict[str, Any], named: str
) -> None:
    import joulebook.optuna

    given = {"objective": square, "config": config, "metric": "value", **arguments}
    with pytest.raises((TypeError, ValueError), match=named):
        joulebook.optuna.Memo(**given)


def test_a_study_is_subtracted_from_what_the_ledger_holds(tmp_path: Path) -> None:
    study = study_of(1, 2)
    study.optimize(memo(project="p"), n_trials=2)
    study.enqueue_trial({"x": 1})
    study.enqueue_trial({"x": 3})
    asked: dict[str, Any] = {"against": tmp_path / "l", "project": "p"}
    plan = joulebook.sweep(study, config=config, **asked)
    assert [trial["verdict"] for trial in plan["results"]] == ["known", "known", "repeated", "new"]
    jsonschema.validate(plan, schema("sweep"))
    wider = joulebook.sweep(study, config=lambda trial: {**config(trial), "width": 8}, **asked)
    assert wider["counts"]["known"] == 0
    # Their parameters alone do not tell the seed.
    assert {trial["proof"] for trial in joulebook.sweep(study, **asked)["results"][:2]} == {
        "statistical"
    }
    grid = study_of(9, sampler=optuna.samplers.GridSampler({"x": [0, 1, 2]}))
    plan = joulebook.sweep(grid, config=config, **asked)
    assert [trial["config"]["x"] for trial in plan["results"]] == [9, 0, 1, 2]
    assert plan["counts"]["new"] == 2 and plan["counts"]["known"] == 2
    study.enqueue_trial({"y": 3})
    with pytest.raises(ValueError, match="trial 4 of the study has no configuration yet"):
        joulebook.sweep(study, config=config, **asked)


def test_without_optuna_one_line_says_what_to_do(script: Script) -> None:
    source = """
        import sys
        sys.modules["optuna"] = None
        import joulebook.optuna
        """
    last = script(source, status=1).stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: joulebook.optuna needs Optuna")
    assert last.endswith("pip install optuna")


def test_nan_is_told_as_it_was() -> None:
    values = []

    def nan(trial: Any, run: joulebook.Run) -> float:
        values.append(math.nan)
        return math.nan

    for _ in range(2):
        study_of(1).optimize(memo(nan), n_trials=1)
    assert len(values) == 1
