"""Other trackers get what each epoch used as the ledger has it, and can do the training no harm."""

from __future__ import annotations

import pickle
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trainings import example, run

import joulebook
from conftest import Script, ledgers, shown
from joulebook import _beside
from joulebook._beside import Told
from joulebook._trackers import WeightsAndBiases


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("GIT_PYTHON_REFRESH", "quiet")
    module = pytest.importorskip("mlflow", reason="MLflow is not installed")
    module.set_tracking_uri(f"file://{tmp_path}/mlruns")
    yield module
    while module.active_run():
        module.end_run()


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    return pytest.importorskip("wandb", reason="W&B is not installed")


def board(directory: Path) -> Any:
    """A SummaryWriter, and TensorBoard's own reader for what it wrote."""
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    tensorboard = pytest.importorskip("torch.utils.tensorboard", reason="no PyTorch")
    return tensorboard.SummaryWriter(str(directory))


def read_board(directory: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(directory))
    found.Reload()
    return found


def work(seconds: float = 0.02) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(1000))


def train(count: int = 3, **options: Any) -> joulebook.Run:
    with joulebook.start("p", on_duplicate="ignore", **options) as run:
        for _ in run.epochs(count):
            work()
    return run


def joules(run: dict[str, Any]) -> dict[int, float]:
    return {epoch["epoch"]: epoch["energy"]["total_j"] for epoch in run["epochs"]}


class Plain:
    """A tracker that keeps what it is told."""

    name = "plain"

    def __init__(self) -> None:
        self.epochs: list[_beside.Told] = []
        self.figures: dict[str, float] | None = None
        self.facts: dict[str, str] = {}

    def find(self) -> str | None:
        return "here"

    def begin(self, run: joulebook.Run) -> None:
        pass

    def epoch(self, told: _beside.Told, *, is_over: bool) -> bool:
        self.epochs.append(told)
        return True

    def end(self, ended: _beside.Ended) -> None:
        self.figures, self.facts = ended.figures, ended.facts


def test_tensorboard_has_the_energy_of_each_epoch(tmp_path: Path) -> None:
    writer = board(tmp_path / "board")
    train(beside=writer, region="FR")
    writer.close()
    run, found = shown(tmp_path), read_board(tmp_path / "board")
    scalars = {event.step: event.value for event in found.Scalars("energy/epoch_j")}
    assert scalars == pytest.approx(joules(run))
    (total,) = found.Scalars("energy/total_j")
    assert (total.step, total.value) == (3, pytest.approx(run["totals"]["energy_j"]))
    for epoch, event in zip(run["epochs"], found.Scalars("energy/epoch_j"), strict=True):
        assert event.wall_time == pytest.approx(epoch["started"] + epoch["duration_s"], abs=1e-3)
    for item in run["epochs"][0]["energy"]["devices"]:
        event = found.Scalars(f"energy/{item['device']}/epoch_j")[0]
        assert event.value == pytest.approx(item["energy_j"])
    (text,) = found.Tensors("joulebook/run/text_summary")
    assert run["run_id"].encode() in text.tensor_proto.string_val[0]
    # Each side names the other.
    assert [note["text"] for note in run["notes"]] == [f"beside: TensorBoard {tmp_path}/board"]


def test_mlflow_has_the_energy_of_each_epoch(mlflow: Any, tmp_path: Path) -> None:
    with mlflow.start_run() as active:
        ended = train(beside=mlflow)
    run, client = shown(tmp_path), mlflow.MlflowClient()
    history = client.get_metric_history(active.info.run_id, "energy/epoch_j")
    assert {one.step: one.value for one in history} == joules(run)
    data = client.get_run(active.info.run_id).data
    assert data.metrics["energy/total_j"] == run["totals"]["energy_j"]
    assert data.metrics["energy/epochs_j"] == pytest.approx(sum(joules(run).values()))
    assert data.tags["joulebook.run_id"] == run["run_id"]
    assert data.tags["joulebook.ledger"] == ended.path
    assert data.tags["joulebook.status"] == "finished"
    assert active.info.run_id in run["notes"][0]["text"]


def test_a_run_of_mlflow_that_opens_later_gets_the_epochs_before_it(
    mlflow: Any, tmp_path: Path
) -> None:
    with joulebook.start("p", on_duplicate="ignore", beside=mlflow) as run:
        for epoch in run.epochs(3):
            work()
            if epoch.number == 2:
                active = mlflow.start_run()
    history = mlflow.MlflowClient().get_metric_history(active.info.run_id, "energy/epoch_j")
    assert [one.step for one in history] == [1, 2, 3]


def records(directory: Path) -> Iterator[Any]:
    """The records of W&B's file: a log of blocks, in which W&B's own messages lie."""
    from wandb.proto import wandb_internal_pb2

    (path,) = directory.rglob("*.wandb")
    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, size, kind = struct.unpack_from("<IHB", data, at)
        whole += data[at + 7 : at + 7 + size]
        at += 7 + size
        # A whole record, or the last part of one.
        if kind in (1, 4):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            whole = b""
            yield record


def rows(directory: Path) -> list[dict[str, float]]:
    found = []
    for record in records(directory):
        items = record.history.item
        if items:
            found.append(
                {"/".join(i.nested_key) or i.key: float(i.value_json) for i in items}
            )
    return found


@pytest.mark.parametrize("each", [1, 2, 5])
def test_wandb_has_the_energy_of_each_epoch_and_the_rows_of_the_program(
    wandb: Any, tmp_path: Path, each: int
) -> None:
    with (
        wandb.init(project="p", dir=tmp_path) as tracker,
        joulebook.start("p", on_duplicate="ignore", beside=tracker) as run,
    ):
        for epoch in run.epochs(5):
            work(0.2)
            if epoch.number % each == 0:
                tracker.log({"loss": 1 / epoch.number}, step=10 * epoch.number)
    # Only then is its file written.
    wandb.teardown()
    found = rows(tmp_path)
    measured = [row for row in found if "energy/epoch_j" in row]
    assert {row["joulebook/epoch"]: row["energy/epoch_j"] for row in measured} == joules(
        shown(tmp_path)
    )
    losses = {row["_step"]: row["loss"] for row in found if "loss" in row}
    assert losses == {10 * n: 1 / n for n in range(1, 6) if n % each == 0}
    configs = [item.value_json for one in records(tmp_path) for item in one.config.update]
    assert any(run.id in text for text in configs)
    assert run.warnings == []


class Overtaken:
    """A run of W&B whose program logs a row just when the first epoch is about to join one."""

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        self._was_overtaken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tracker, name)

    def log(self, figures: dict[str, float], **how: Any) -> None:
        if not self._was_overtaken:
            self._was_overtaken = True
            self._tracker.log({"loss": 0.5}, step=10)
        self._tracker.log(figures, **how)


def test_wandb_keeps_an_epoch_that_a_row_of_the_program_overtakes(
    wandb: Any, tmp_path: Path
) -> None:
    with wandb.init(project="p", dir=tmp_path) as tracker:
        beside = WeightsAndBiases(Overtaken(tracker))
        assert beside.find()
        waiting = [
            Told(n, 0.0, {"energy/epoch_j": float(n)}, {}, []) for n in range(1, 6)
        ]
        while waiting and beside.epoch(waiting[0], is_over=False):
            del waiting[0]
        for told in waiting:
            assert beside.epoch(told, is_over=True)
    wandb.teardown()
    measured = [row for row in rows(tmp_path) if "energy/epoch_j" in row]
    assert [row["joulebook/epoch"] for row in measured] == [1, 2, 3, 4, 5]


def test_what_was_not_measured_is_not_written(tmp_path: Path) -> None:
    writer, plain = board(tmp_path / "board"), Plain()
    train(beside=[writer, plain], capture={"energy": False})
    writer.close()
    assert read_board(tmp_path / "board").Tags()["scalars"] == []
    assert [told.number for told in plain.epochs] == [1, 2, 3]
    assert all(told.figures == {} for told in plain.epochs) and plain.figures == {}


def test_without_a_known_place_there_is_no_carbon_and_with_one_it_is_the_forecasts() -> None:
    without, within = Plain(), Plain()
    train(beside=without)
    assert not [name for told in without.epochs for name in told.figures if "carbon" in name]
    forecast = train(3, region="FR", beside=within).forecast()
    assert forecast is not None
    ratio = forecast["carbon_kg"]["central"] / forecast["energy_j"]["central"]
    for told in within.epochs:
        figures = told.figures
        assert figures["carbon/epoch_kg"] == pytest.approx(figures["energy/epoch_j"] * ratio)


def device(name: str, source: str, joules: float, coverage: float = 1.0) -> dict[str, Any]:
    return {
        "device": name, "source": source, "provenance": "counter", "boundary": "device",
        "energy_j": joules, "coverage": coverage, "uncertainty_rel": None,
    }  # fmt: skip


def told(number: int, total: float | None, *devices: Any, before: Any = ()) -> _beside.Told:
    epoch = {"epoch": number, "energy": {"total_j": total, "devices": list(devices)}}
    return _beside.told_of(epoch, 0.0, list(before), None)


def test_the_sum_over_epochs_ends_where_an_epoch_has_no_energy() -> None:
    so_far: list[_beside.Told] = []
    for number, total in enumerate([2.0, 3.0, None, 4.0], 1):
        devices = [] if total is None else [device("cpu", "rapl", total)]
        so_far.append(told(number, total, *devices, before=so_far))
    assert [one.figures.get("energy/epoch_j") for one in so_far] == [2, 3, None, 4]
    assert [one.figures.get("energy/epochs_j") for one in so_far] == [2, 5, None, None]


def test_coverage_and_the_share_measured_are_those_of_what_is_counted() -> None:
    part = device("gpu", "nvml", 30.0, coverage=0.5) | {"enclosed_by": "server"}
    model = device("ram", "model", 25.0, coverage=0.75) | {"provenance": "model"}
    figures = told(1, 100.0, device("server", "ipmi", 75.0, 0.9), model, part).figures
    assert figures["energy/coverage"] == 0.75
    assert figures["energy/measured_share"] == 0.75
    assert figures["energy/gpu/epoch_j"] == 30


def test_devices_of_one_name_are_told_apart_by_their_source() -> None:
    one = told(1, 3.0, device("cpu 0", "rapl:perf", 1.0), device("cpu 0", "rapl", 2.0))
    per_device = {name for name in one.figures if name.count("/") == 2}
    assert per_device == {"energy/cpu_0.rapl_perf/epoch_j", "energy/cpu_0.rapl/epoch_j"}


class Failing(Plain):
    """Raises for so many calls."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def epoch(self, told: _beside.Told, *, is_over: bool) -> bool:
        self.count -= 1
        if self.count >= 0:
            raise ConnectionError("nobody answers")
        return super().epoch(told, is_over=is_over)


@pytest.mark.filterwarnings("error")
def test_what_a_tracker_raises_stays_out_of_the_training(
    capsys: pytest.CaptureFixture[str]
) -> None:
    failing, plain = Failing(1000), Plain()
    run = train(beside=[failing, plain], quiet=False)
    assert len(plain.epochs) == 3
    assert [text for text in run.warnings if "nobody answers" in text] == [
        "plain does not get all energy: ConnectionError: nobody answers"
    ]
    assert capsys.readouterr().err.count("nobody answers") == 1


def test_a_tracker_that_failed_is_given_what_it_missed() -> None:
    failing = Failing(1)
    with joulebook.start("p", on_duplicate="ignore", beside=failing) as run:
        for _ in run.epochs(3):
            work(0.6)
    assert [told.number for told in failing.epochs] == [1, 2, 3]
    assert len(run.warnings) == 1


def test_a_tracker_that_hangs_holds_up_nothing_but_the_end_and_that_not_for_long(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_beside, "END_S", 0.3)
    release = threading.Event()

    class Hanging(Plain):
        def epoch(self, told: _beside.Told, *, is_over: bool) -> bool:
            release.wait(60)
            return True

    began = time.monotonic()
    run = train(beside=Hanging())
    release.set()
    assert time.monotonic() - began < 30
    assert any("takes too long" in text for text in run.warnings)
    assert run.summary()["epochs"] == 3


def test_a_ledger_that_does_not_read_is_said_once(tmp_path: Path) -> None:
    plain = Plain()
    with joulebook.start("p", on_duplicate="ignore", beside=plain) as run:
        Path(str(run.path)).rename(tmp_path / "away")
        for _ in run.epochs(2):
            work(0.7)
    assert len([text for text in run.warnings if "does not read" in text]) == 1
    assert plain.epochs == []


def test_epochs_are_told_while_the_run_goes_on() -> None:
    plain = Plain()
    with joulebook.start("p", on_duplicate="ignore", beside=plain) as run:
        for _ in run.epochs(1):
            work()
        until = time.monotonic() + 20
        while not plain.epochs and time.monotonic() < until:
            time.sleep(0.05)
        assert [told.number for told in plain.epochs] == [1]
        assert plain.epochs[0].figures["energy/epoch_j"] > 0
        assert plain.figures is None
    assert plain.facts["status"] == "finished"


def test_thousands_of_epochs_are_all_told_and_the_end_does_not_wait_for_long() -> None:
    plain = Plain()
    with joulebook.start("p", on_duplicate="ignore", beside=plain) as run:
        for _ in run.epochs(4000):
            pass
        began = time.monotonic()
    assert time.monotonic() - began < 30
    assert [told.number for told in plain.epochs] == list(range(1, 4001))


def test_a_program_that_just_ends_has_written_its_last_epoch(
    script: Script, tmp_path: Path
) -> None:
    board(tmp_path / "board").close()
    script(
        """
        import joulebook
        from torch.utils.tensorboard import SummaryWriter

        run = joulebook.start("p", beside=SummaryWriter("board"))
        for epoch in run.epochs(2):
            sum(range(1_000_000))
        """
    )
    found = read_board(tmp_path / "board").Scalars("energy/epoch_j")
    assert {event.step: event.value for event in found} == pytest.approx(joules(shown(tmp_path)))


def test_what_is_no_tracker_is_refused_before_there_is_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="SummaryWriter"):
        joulebook.start("p", beside=3)
    assert ledgers(tmp_path) == []


def test_a_run_that_is_switched_off_writes_nothing_beside(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    plain = Plain()
    train(beside=plain)
    assert plain.epochs == [] and plain.figures is None


def test_a_callback_that_is_copied_leaves_the_tracker_in_its_process() -> None:
    from joulebook._training import Training

    training = Training("p", None, None, None, {"beside": threading.Lock(), "stage": "search"})
    copy = pickle.loads(pickle.dumps(training))
    assert copy._options == {"project": "p", "stage": "search"}


@pytest.mark.parametrize("number", range(5))
def test_the_examples_of_the_page_run(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(["torch", "wandb", "mlflow", "joulebook", "joulebook"][number])
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path}/mlruns")
    run(example("beside.md", number), tmp_path)
    (run_of_page,) = map(joulebook.show, ledgers(tmp_path))
    assert len(run_of_page["epochs"]) == 5 and len(run_of_page["notes"]) == 1
