"""The file for Prometheus' textfile collector says what the ledger says, and is always whole."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import joulebook
from conftest import ROOT, shown

parser = pytest.importorskip("prometheus_client.parser", reason="no prometheus_client")

from joulebook._beside import Ended, Told  # noqa: E402
from joulebook.prometheus import Textfile  # noqa: E402


def samples(text: str) -> dict[str, list[Any]]:
    """By name; the parser drops `_total` from the family, not from the sample."""
    found: dict[str, list[Any]] = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def train(count: int = 3, project: str = "p", **options: Any) -> joulebook.Run:
    with joulebook.start(project, on_duplicate="ignore", **options) as run:
        for _ in run.epochs(count):
            time.sleep(0.02)
    return run


def test_the_counters_are_the_ledgers(tmp_path: Path) -> None:
    odd = 'a "quoted" \\ name'
    run = train(beside=Textfile(tmp_path), project=odd, region="FR")
    (path,) = tmp_path.glob("*.prom")
    assert path.name == f"joulebook_{run.id}.prom"
    found, told = samples(path.read_text()), shown(tmp_path)
    energy = {s.labels["device"]: s.value for s in found["joulebook_energy_joules_total"]}
    assert energy == {item["device"]: item["energy_j"] for item in told["energy"]["devices"]}
    for sample in found["joulebook_energy_joules_total"]:
        assert (sample.labels["run"], sample.labels["project"]) == (run.id, told["project"])
        assert sample.labels["provenance"] == "model"
    (epoch,) = found["joulebook_epoch"]
    assert epoch.value == 3
    (last,) = found["joulebook_epoch_energy_joules"]
    assert last.value == told["epochs"][-1]["energy"]["total_j"]
    (info,) = found["joulebook_run_info"]
    assert (info.labels["ledger"], info.labels["status"]) == (run.path, "finished")
    assert found["joulebook_carbon_grams_total"][0].value > 0


def test_the_file_is_removed_at_the_end_where_that_is_asked(tmp_path: Path) -> None:
    textfile = Textfile(tmp_path, remove=True)
    with joulebook.start("p", on_duplicate="ignore", beside=textfile) as run:
        for _ in run.epochs(1):
            time.sleep(0.02)
        until = time.monotonic() + 20
        while not list(tmp_path.glob("*.prom")) and time.monotonic() < until:
            time.sleep(0.05)
        assert len(list(tmp_path.glob("*.prom"))) == 1
    assert list(tmp_path.glob("*.prom*")) == []


def test_without_a_meter_there_is_no_energy_and_no_zero(tmp_path: Path) -> None:
    train(beside=Textfile(tmp_path), capture={"energy": False})
    (path,) = tmp_path.glob("*.prom")
    found = samples(path.read_text())
    assert "joulebook_epoch" in found
    assert not [name for name in found if "joules" in name or "carbon" in name]


def device(name: str, joules: float) -> dict[str, Any]:
    return {
        "device": name, "source": "s", "provenance": "counter", "boundary": "device",
        "energy_j": joules, "coverage": 1.0, "uncertainty_rel": None,
    }  # fmt: skip


def told(number: int, *devices: dict[str, Any]) -> Told:
    return Told(number, float(number), {}, {}, list(devices))


class Begun:
    """A run as far as the file knows it."""

    id, project, path, rank = "1234", "p", "/ledger", 1


def test_what_contains_another_device_can_be_summed_without_it(tmp_path: Path) -> None:
    textfile = Textfile(tmp_path)
    textfile.begin(Begun())  # type: ignore[arg-type]
    inner = device("gpu", 4.0) | {"enclosed_by": "server"}
    textfile.epoch(told(1, device("server", 10.0), inner), is_over=False)
    textfile.epoch(told(2, device("server", 5.0), inner), is_over=False)
    found = samples((tmp_path / "joulebook_1234-r1.prom").read_text())
    energy = found["joulebook_energy_joules_total"]
    assert sum(one.value for one in energy if "enclosed_by" not in one.labels) == 15
    assert {one.labels["rank"] for one in energy} == {"1"}


def test_an_epoch_that_could_not_be_written_counts_once(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    textfile = Textfile(folder)
    textfile.begin(Begun())  # type: ignore[arg-type]
    with pytest.raises(OSError):
        textfile.epoch(told(1, device("cpu", 2.0)), is_over=False)
    folder.mkdir()
    textfile.epoch(told(1, device("cpu", 2.0)), is_over=False)
    (path,) = folder.iterdir()
    (energy,) = samples(path.read_text())["joulebook_energy_joules_total"]
    assert energy.value == 2


def test_whoever_reads_it_sees_whole_files_whose_counters_only_grow(tmp_path: Path) -> None:
    textfile, is_over = Textfile(tmp_path), threading.Event()
    textfile.begin(Begun())  # type: ignore[arg-type]

    def write() -> None:
        for number in range(1, 400):
            textfile.epoch(told(number, device("cpu", 1.0)), is_over=False)
        textfile.end(Ended({}, {"status": "finished"}, [device("cpu", 500.0)], told(399)))
        is_over.set()

    thread = threading.Thread(target=write)
    thread.start()
    values = []
    while not is_over.is_set():
        for path in tmp_path.glob("*.prom"):
            found = samples(path.read_text())
            assert found["joulebook_epoch_end_timestamp_seconds"]
            values.append(found["joulebook_energy_joules_total"][0].value)
    thread.join()
    assert values == sorted(values)


def test_the_dashboard_asks_for_what_the_file_has(tmp_path: Path) -> None:
    train(beside=Textfile(tmp_path), region="FR")
    (path,) = tmp_path.glob("*.prom")
    found = samples(path.read_text())
    dashboard = json.loads((ROOT / "Integrations/Grafana/joulebook.json").read_text())
    # What Grafana's import reads of a dashboard and of a panel.
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= set(dashboard)
    assert dashboard["id"] is None
    (source,) = dashboard["__inputs"]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert {"type", "title", "gridPos", "fieldConfig", "targets"} <= set(panel)
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["datasource"]["uid"] == f"${{{source['name']}}}"
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    asked += [variable["definition"] for variable in dashboard["templating"]["list"]]
    names = set(re.findall(r"joulebook_\w+", " ".join(asked)))
    assert len(names) >= 6 and names <= set(found)
    labels = {name for samples in found.values() for one in samples for name in one.labels}
    matched = re.findall(r"(\w+)(?:=~|!~|=)\"", " ".join(asked))
    assert set(matched) <= labels | {"enclosed_by"}
    for panel in panels:
        for expression in (target["expr"] for target in panel["targets"]):
            assert expression.count("(") == expression.count(")")
