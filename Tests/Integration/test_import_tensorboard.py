"""`joulebook import tensorboard` gives the numbers that TensorBoard's own reader gives."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from histories import FIXTURES, bits, bring, courses, import_file

# Two scalars in three steps, written by TensorBoard's own writer.
EVENTS = FIXTURES / "events.out.tfevents.1795842229.host.1.0"
VERSION_SIZE = 88
SCALARS_SIZES = [62, 66, 64, 68, 64, 68]


def test_what_pytorch_writes(joulebook: Command, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    for name, seed in (("a", 7), ("b", 7), ("c/d", 8)):
        with SummaryWriter(tmp_path / "logs" / name) as writer:
            for step in range(50):
                writer.add_scalar("loss", seed / (step + 3), step)
                writer.add_scalar("accuracy", step / (50 + seed), step, new_style=True)
                writer.add_scalar("exact", seed / 3**step, step, new_style=True,
                                  double_precision=True)  # fmt: skip
            writer.add_scalar("bad", math.nan, 50)
            writer.add_scalar("bad", -math.inf, 49)
            writer.add_histogram("weights", torch.tensor([0.1, 0.2]), 0)
            writer.add_text("note", "no scalar", 0)
            writer.add_hparams({"lr": 0.1, "batch": 64, "optimizer": "sgd"}, {}, run_name=".")
    documents = bring(joulebook, "tensorboard", "logs")
    found = courses(joulebook)
    assert len(documents) == 3
    for document in documents:
        assert document["status"] == "finished"
        assert document["config"] == {"lr": 0.1, "batch": 64, "optimizer": "sgd"}
        folder = document["tensorboard"]["folder"]
        theirs = EventAccumulator(str(tmp_path / "logs" / folder), {"scalars": 0, "tensors": 0})
        theirs.Reload()
        expected: dict[str, list[tuple[int, bytes]]] = {}
        for tag in theirs.Tags()["scalars"]:
            expected[tag] = [(e.step, bits(e.value)) for e in theirs.Scalars(tag)]
        for tag in ("accuracy", "exact"):
            values = [(e.step, e.tensor_proto) for e in theirs.Tensors(tag)]
            expected[tag] = [(s, bits([*t.float_val, *t.double_val][0])) for s, t in values]
        assert found[document["run_id"]] == expected
        assert bits(float(document["metrics"]["exact"])) == expected["exact"][-1][1]
        assert document["totals"]["steps"] == 52 and document["totals"]["energy_j"] is None


def test_a_session_told_at_the_end_does_not_begin_after_its_steps(
    joulebook: Command, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import summary_v2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    start = 1795842229
    for name, told in (("late", start + 100), ("early", start - 100)):
        writer = EventFileWriter(str(tmp_path / "logs" / name))
        for step in range(3):
            value = Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])
            writer.add_event(Event(wall_time=start + 10 * step, step=step, summary=value))
        summary = summary_v2.hparams_pb({"lr": 0.1}, trial_id=name, start_time_secs=told)
        writer.add_event(Event(wall_time=start + 30, step=3, summary=summary))
        writer.close()
        joulebook("import", "tensorboard", tmp_path / "logs" / name, "--into", name)
        document = joulebook.json("run", "show", name, "--json")
        assert document["started"] == min(start, told)


def test_an_audit_finds_a_history_that_repeats_another(joulebook: Command, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from torch.utils.tensorboard import SummaryWriter

    for name, rate in (("a", 0.1), ("b", 0.1), ("c", 0.2)):
        with SummaryWriter(tmp_path / "logs" / name) as writer:
            writer.add_hparams({"lr": rate}, {}, run_name=".")
            for epoch in range(1, 9):
                for batch in range(3):
                    writer.add_scalar("epoch", epoch, 3 * epoch + batch)
                    writer.add_scalar("loss", rate / (epoch + batch + 3), 3 * epoch + batch)
                writer.add_scalar("val_loss", rate / (epoch + 7), 3 * epoch + 2)
    documents = bring(joulebook, "tensorboard", "logs")
    for document in documents:
        assert [epoch["epoch"] for epoch in document["epochs"]] == list(range(1, 9))
        assert set(document["epochs"][0]["metrics"]) == {"loss", "val_loss"}
    epochs = courses(joulebook, "epochs")
    names = {d["tensorboard"]["folder"]: d["run_id"] for d in documents}
    assert epochs[names["a"]] == epochs[names["b"]] != epochs[names["c"]]
    (finding,) = joulebook.json("audit", "audit", "runs", "--json")["findings"]
    assert {finding["run_id"], finding["of"]} == {names["a"], names["b"]}


def test_keras_numbers_its_epochs_by_steps(joulebook: Command, tmp_path: Path) -> None:
    writing = pytest.importorskip("tensorboard.summary", reason="TensorBoard is not installed")
    writer = writing.Writer(str(tmp_path / "logs/train"))
    for epoch in range(4):
        writer.add_scalar("epoch_loss", 1 / (epoch + 3), epoch)
        writer.add_scalar("batch_loss", 1 / (epoch + 4), 10 * epoch)
    writer.close()
    (document,) = bring(joulebook, "tensorboard", "logs")
    assert [epoch["epoch"] for epoch in document["epochs"]] == [0, 1, 2, 3]
    assert set(document["epochs"][0]["metrics"]) == {"epoch_loss"}
    assert [step for step, _ in courses(joulebook)[document["run_id"]]["batch_loss"]] == [
        0, 10, 20, 30,
    ]  # fmt: skip


def run(joulebook: Command, content: bytes, status: int = 0) -> Any:
    return import_file(joulebook, "tensorboard", EVENTS.name, content, status)


def test_a_recorded_file(joulebook: Command) -> None:
    document = run(joulebook, EVENTS.read_bytes())
    assert document["totals"]["steps"] == 3 and document["run_id"].startswith("tb-")
    assert document["metrics"] == {"loss": 0.20000000298023224, "accuracy": 0.2857142984867096}
    assert document["started"] == pytest.approx(1795842229.7, abs=1)


@pytest.mark.parametrize("cut", [*range(VERSION_SIZE + 62, 479, 23), 480])
def test_a_file_cut_off_keeps_the_records_before(joulebook: Command, cut: int) -> None:
    content = EVENTS.read_bytes()
    whole, place = 0, VERSION_SIZE
    for size in SCALARS_SIZES:
        if place + size <= cut:
            whole, place = whole + 1, place + size
    document = run(joulebook, content[:cut])
    assert document["totals"]["steps"] == (whole + 1) // 2
    if place == cut:
        assert document["status"] == "finished" and "unfinished" not in document["tensorboard"]
    else:
        assert document["status"] == "killed"
        assert document["tensorboard"]["unfinished"] == [{"file": EVENTS.name, "offset": place}]


@pytest.mark.parametrize("place", range(0, 480, 13))
def test_damage_is_one_located_error(joulebook: Command, place: int) -> None:
    content = bytearray(EVENTS.read_bytes())
    content[place] ^= 0x55
    starts = [0, *(VERSION_SIZE + sum(SCALARS_SIZES[:count]) for count in range(6))]
    begun = max(start for start in starts if start <= place)
    assert f"{EVENTS.name}: byte {begun}: the checksum" in run(joulebook, bytes(content), 65)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"no event file at all"])
def test_another_file_is_refused(joulebook: Command, content: bytes) -> None:
    assert EVENTS.name in run(joulebook, content, 65)


def test_links_are_not_followed_and_a_copy_is_named(joulebook: Command, tmp_path: Path) -> None:
    (tmp_path / "logs/a").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    shutil.copy(EVENTS, tmp_path / "outside")
    os.symlink(tmp_path / "outside", tmp_path / "logs/linked")
    os.symlink(EVENTS, tmp_path / "logs/a" / EVENTS.name)
    done = joulebook("import", "tensorboard", "logs", "--into", "runs", status=65)
    assert "holds no event files" in done.stderr
    for name in ("a", "b"):
        (tmp_path / "copies" / name).mkdir(parents=True)
        shutil.copy(EVENTS, tmp_path / "copies" / name)
    done = joulebook("import", "tensorboard", "copies", "--into", "runs", status=65)
    assert "the same run as copies/a" in done.stderr
