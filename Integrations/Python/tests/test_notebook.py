"""What a cell does is in the ledger and below the cell; a notebook is known by what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from trainings import PAGES, by_start, epochs_of, only_run

import joulebook
from conftest import shown

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

LOAD = "%load_ext joulebook.notebook"


def execute(directory: Path, *cells: str, fails: bool = False) -> list[Any]:
    """Runs cells in a kernel of their own; what each of them printed and showed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(directory)}}
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources=resources, allow_errors=fails
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def html_of(outputs: list[Any]) -> str:
    (found,) = (one.data["text/html"] for one in outputs if "text/html" in one.get("data", {}))
    return str(found)


def test_a_cell_is_a_run_and_shows_it(tmp_path: Path) -> None:
    *_, outputs, printed = execute(
        tmp_path,
        LOAD,
        "lr, seed, numbers, other = 0.1, 3, [1.0, 2.0], 5",
        '%%joulebook "a<b", config={"mine": 1}, tags=["try"], data=numbers\n'
        "depth = 2\n"
        "for epoch in run.epochs(2):\n"
        "    with epoch.phase('validation'):\n"
        "        score = lr * seed\n"
        "    epoch.log({'<script>': score, 'loss': float('nan')})\n"
        "[depth]",
        "print(score, run.id)\nrun",
    )
    found = shown(tmp_path)
    assert (found["status"], found["project"], found["tags"]) == ("finished", "a<b", ["try"])
    assert found["config"] == {"lr": 0.1, "seed": 3, "depth": 2, "mine": 1}
    assert found["seed"] == 3 and found["argv"] == []
    assert found["data"]["fingerprint"] == joulebook.fingerprint([1.0, 2.0]).value
    assert epochs_of(found) == [1, 2]
    assert [phase["name"] for phase in found["epochs"][0]["phases"]] == ["validation"]
    table = html_of(outputs)
    assert "a&lt;b" in table and "<th>&lt;script&gt;</th>" in table and "<script>" not in table
    assert table.count("<tr>") == 3 and "<td>NaN</td>" in table and "<td>≈" in table
    assert any(one.get("data", {}).get("text/plain") == "[2]" for one in outputs)
    assert found["run_id"] in str(printed) and html_of(printed) == table


def test_settings_in_lists_and_dicts_count_and_data_does_not(tmp_path: Path) -> None:
    execute(
        tmp_path,
        LOAD,
        "config = {'lr': 0.1, 'deep': {'sizes': (8, None)}, 'model': object()}\n"
        "layers, lr, long, itself, x = [1, 2], 0.5, list(range(100)), [], [1.0]\nshort = long[1:]\n"
        "itself.append(itself)\nwhole = {'model': object()}",
        "%%joulebook 'p', data=(x,)\n"
        "decay, kept = 0.9, []\nrate = 0.3\nrate *= 0.5\nlr *= 0.5\n"
        "config, layers, long, short, itself, whole, x, In, Out",
    )
    assert shown(tmp_path)["config"] == {
        "config": {"lr": 0.1, "deep": {"sizes": [8, None]}},
        "layers": [1, 2],
        "lr": 0.5,
        "rate": 0.3,
        "short": list(range(1, 100)),
    }


def test_the_line_is_python_as_it_is_written(tmp_path: Path) -> None:
    execute(
        tmp_path,
        LOAD,
        "seed = 3",
        "%%joulebook 'p{seed}$seed', config={'seed': seed}  # a comment, as {seed}\npass",
    )
    found = shown(tmp_path)
    assert (found["project"], found["seed"]) == ("p{seed}$seed", 3)


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    page = (PAGES / "notebook.md").read_text()
    cells = [cell.rstrip("\n") for cell in re.findall(r"```python\n(.*?)```", page, re.DOTALL)]
    for _ in range(2):
        execute(tmp_path, *cells)
    first, second = by_start(tmp_path)
    assert first["status"] == "finished" and epochs_of(first) == [1, 2, 3]
    assert first["config"] == {"lr": 0.1, "seed": 0}
    (finding,) = joulebook.audit(tmp_path / "joulebook")["findings"]
    told = [finding[name] for name in ("class", "proof", "run_id", "of")]
    assert told == ["exact_rerun", "bit", second["run_id"], first["run_id"]]


def test_a_notebook_that_its_kernel_knows_is_known_by_its_saved_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "study.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    train = "%%joulebook\nfor epoch in run.epochs(1): epoch.log(loss=1.0)"

    def code(*saved: Any) -> Any:
        nbformat.write(nbformat.v4.new_notebook(cells=list(saved)), path)
        execute(tmp_path, LOAD, train)
        return by_start(tmp_path)[-1]["code"]

    cell = nbformat.v4.new_code_cell
    first = code(cell(LOAD), cell(train))
    assert first["entry"].endswith("study.ipynb")
    output = nbformat.v4.new_output("stream", text="said")
    words = nbformat.v4.new_markdown_cell("words")
    assert code(words, cell(LOAD), cell(train, outputs=[output])) == first
    assert code(cell(LOAD), cell(train + "\n")) == first
    assert code(cell(LOAD), cell(train.replace("1.0", "2.0"))) != first


def test_a_loop_that_is_left_is_told(tmp_path: Path) -> None:
    execute(tmp_path, LOAD, "%%joulebook\nfor epoch in run.epochs(3):\n    break")
    found = shown(tmp_path)
    assert (found["status"], found["tags"]) == ("finished", ["stopped-early"])
    assert found["notes"][0]["text"] == "stopped early: epoch 1"


def test_an_error_in_the_cell_fails_the_run_and_is_told_once(tmp_path: Path) -> None:
    outputs = execute(
        tmp_path,
        LOAD,
        "%%joulebook 'p'\nfor epoch in run.epochs(3):\n    1 / 0",
        "%%joulebook 'q'\nraise KeyboardInterrupt",
        "%%joulebook 'r', nonsense=1\npass",
        fails=True,
    )
    statuses = {run["project"]: run["status"] for run in by_start(tmp_path)}
    assert statuses == {"p": "failed", "q": "killed"}
    names = [[one.ename for one in cell if one.output_type == "error"] for cell in outputs]
    assert names == [[], ["ZeroDivisionError"], ["KeyboardInterrupt"], ["TypeError"]]
    # The line of the cell is shown.
    (error,) = (one for one in outputs[1] if one.output_type == "error")
    assert "1 / 0" in re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))


def test_a_cell_whose_kernel_died_goes_on_as_the_same_run(tmp_path: Path) -> None:
    train = "%%joulebook 'p', resume='kept/run'\nfor epoch in run.epochs(2): epoch.log(loss=1.0)"
    dies = train + "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        execute(tmp_path, LOAD, dies)
    killed = only_run(tmp_path)
    assert (killed["status"], epochs_of(killed)) == ("killed", [1, 2])
    execute(tmp_path, LOAD, train)
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    assert not (tmp_path / "kept" / "run").exists()


def test_a_budget_stops_the_loop(tmp_path: Path) -> None:
    execute(
        tmp_path,
        LOAD,
        "%%joulebook 'p', budget={'energy_kwh': 1e-12, 'on_exceed': 'stop'}, interval_s=0.01\n"
        "import time\nfor epoch in run.epochs(1000): time.sleep(0.001)",
    )
    found = shown(tmp_path)
    assert found["status"] == "finished" and len(found["epochs"]) < 1000


def test_a_long_run_is_shown_by_its_first_and_last_epochs() -> None:
    with joulebook.start("long") as run:
        for epoch in run.epochs(100):
            epoch.log({f"m{number}": number for number in range(20)})
        going = run._repr_html_()
    assert "running, 100 epochs" in going
    table = run._repr_html_()
    numbers = re.findall(r"<tr><td>([^<]*)</td>", table)
    assert numbers == [*map(str, range(1, 21)), "…", *map(str, range(81, 101))]
    assert table.count("<th>") == 3 + 12


def test_answers_are_dicts_that_a_kernel_shows_as_tables(tmp_path: Path) -> None:
    for _ in range(2):
        with joulebook.start(
            "<script>", config={"lr": 0.1, "seed": 0}, dir=tmp_path, on_duplicate="ignore"
        ) as run:
            for epoch in run.epochs(3):
                epoch.log({"<b>accuracy": epoch.number / 4, "loss": 1 / epoch.number})
    cells = [f"joulebook.{verb}({str(tmp_path)!r})" for verb in ("show", "audit", "lifecycle")]
    _, show, audit, lifecycle, kept = execute(
        tmp_path,
        "import joulebook, json, sys",
        *cells,
        f"again = {cells[1]}\n"
        "assert type(json.loads(json.dumps(again))) is dict and isinstance(again, dict)\n"
        "assert again == json.loads(json.dumps(again))\n"
        "print(again['runs'], 'joulebook._html' in sys.modules)",
    )
    for outputs in (show, audit, lifecycle):
        page = html_of(outputs)
        assert "<table>" in page and "<script" not in page and "<b>" not in page
        # Beside the page the dict itself, as other front ends show it.
        assert "'schema'" in outputs[0].data["text/plain"]
    page = html_of(show)
    assert "&lt;script&gt;" in page and "<th>&lt;b&gt;accuracy</th>" in page
    assert page.count("<polyline") == 2, "energy and the metric that tells most"
    assert "loss: 0.3333 to 1" in page, "a name with something before it is another one"
    page = html_of(audit)
    assert "2 runs" in page and "exact rerun" in page and "<details>" in page
    assert re.search(r"<td>avoidable</td><td>≈[0-9.]+ J</td>", page)
    page = html_of(lifecycle)
    assert "<td>total</td><td>2</td>" in page and "Not measured" in page
    assert str(kept[0].text).strip() == "2 True"


def test_a_dict_that_knows_little_is_shown_with_dashes() -> None:
    from joulebook._documents import AuditDocument, LifecycleDocument, RunDocument

    for empty in (AuditDocument(), LifecycleDocument(), RunDocument()):
        assert "<table>" in empty._repr_html_()
        assert empty._repr_mimebundle_() == {"text/html": empty._repr_html_()}
    epochs = [
        {"epoch": number, "metrics": {"loss": value}}
        for number, value in enumerate([1, None, float("nan"), 2])
    ]
    page = RunDocument({"epochs": epochs})._repr_html_()
    assert page.count("<polyline") == 2, "a gap stays a gap"
    assert "<td>NaN</td>" in page or "<td>nan</td>" in page


def test_energy_that_is_not_known_is_not_told_as_nothing() -> None:
    from joulebook._documents import AuditDocument

    unknown: dict[str, Any] = {"runs": 2, "avoidable_s": {"central": 3600.0}}
    found = {"runs": 2, "executions": 2, "energy_j": 0.0, "without_energy": unknown}
    page = AuditDocument({**found, "avoidable_j": {"central": 0.0}})._repr_html_()
    assert "2 runs, energy not known" in page and " J<" not in page and "1 h 0 min" in page
    unknown["runs"] = 1
    page = AuditDocument({**found, "energy_j": 7.0})._repr_html_()
    assert "2 runs, 7.00 J in all, 1 without known energy" in page


def test_energy_that_nothing_measured_is_marked_without_epochs_too() -> None:
    from joulebook._documents import RunDocument

    for provenance in ("model", "declared"):
        energy = {"total_j": 4.5, "provenance": provenance, "devices": []}
        page = RunDocument({"totals": {"energy_j": 4.5}, "energy": energy})._repr_html_()
        assert "≈4.50 J" in page


def test_a_run_without_a_ledger_is_shown_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    with joulebook.start("<p>") as run:
        assert run._repr_html_().startswith("<pre>&lt;joulebook run")
