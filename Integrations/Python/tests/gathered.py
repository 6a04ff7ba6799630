"""A book that is hard to read in parts: planted runs, copies, damage, shared meters, live runs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from forge import Forge, header

import joulebook
from conftest import ROOT, ledgers
from joulebook._load import native

PLANTED = 1000
START = 1_772_447_700


def command(*arguments: str | Path) -> int:
    return native.command([os.fsencode(one) for one in arguments])


def planted(folder: Path) -> list[str]:
    """Records of a simulated laboratory with every kind of repetition."""
    generate = ROOT / "Benchmarks/redundancy/generate"
    arguments = ["--runs", str(PLANTED), "--seed", "5", "-o", folder]
    subprocess.run([generate, *arguments], check=True)
    return (folder / "records.jsonl").read_text().splitlines()


def imported(records: list[str], name: str, folder: Path) -> None:
    source = folder.parent / f"{name}.jsonl"
    source.write_text("\n".join(records) + "\n")
    assert command("import", "records", source, "--into", folder / name) == 0


def forged(name: str, record: dict[str, Any], folder: Path) -> None:
    """A ledger of one run with nothing but its record."""
    head = header(file_id=name.ljust(16).encode()[:16])
    ledger = Forge(head).meta(json.dumps({"run": 0, "set": record}))
    (folder / f"{name}.joule").write_bytes(ledger.summed().trailer().bytes)


def metered(name: str, start: float, joules: float, **more: object) -> dict[str, Any]:
    """A run of a minute that read a processor's counter."""
    meter = {
        "device": "cpu:0",
        "source": "rapl",
        "provenance": "counter",
        "boundary": "device",
        "identity": "socket-0",
    }
    energy = {"meter": 0, "energy_j": joules, "coverage": 0.75, "uncertainty_rel": 0.03}
    return {
        "run_id": name,
        "project": "metered",
        "status": "finished",
        "started": START + start,
        "ended": START + start + 60,
        "duration_s": 60.5,
        "energy_j": joules,
        "hardware": {"host": "node", "devices": [{"kind": "cpu", "name": "x", "count": 2}]},
        "env": {"region": "FR", "JOULEBOOK_PUE": "1.2", "python": "3.11", "torch": "2.1"},
        "declared": {"energy_kwh": 0.1, "boundary": "device", "pue": 1.1},
        "meters": [meter],
        "energy_by_meter": [energy],
        **more,
    }


def hard_book(folder: Path) -> Path:
    book = folder / "book"
    book.mkdir()
    records = planted(folder / "planted")
    for part in range(3):
        imported(records[part:900:3], f"many-{part}", book)
    for number in range(0, 100, 20):
        imported(records[900 + number : 920 + number], f"few-{number}", book)
    # One meter at one time, one name twice, and ranks of one run.
    forged("shared-a", metered("shared-a", 0, 100.1), book)
    forged("shared-b", metered("shared-b", 30, 90.3, user="b"), book)
    forged("alone", metered("alone", 600, 7.7, selected={"metric": "loss", "goal": "lower"}), book)
    forged("twice-1", metered("twice", 1200, 5.5, rank=0, world_size=2), book)
    forged("twice-2", metered("twice", 1200, 6.5, rank=1, world_size=2), book)
    config = {"lr": 0.1, "path": "x", "layers": [{"width": 8}, {"width": 16}], "none": None}
    argv = ["train.py", "--lr", "0.1"]
    unread = {"argv": argv, "config_unread": ["path"]}
    for host, pid in ((socket.gethostname(), 2**31 - 1), (socket.gethostname(), os.getpid())):
        process = {"host": host, "pid": pid}
        running = {"status": "running", "process": process, "config": config, "seed": "07"}
        record = metered(f"running-{pid}", 2000 + pid % 1000 * 100, 3.25, **running, **unread)
        forged(f"running-{pid}", record | {"ended": None}, book)
    with joulebook.start("trained", config=config, dir=book, tags=["verify"]) as run:
        for epoch in run.epochs(3):
            run.log(loss=1 / epoch.number)
            epoch.log(loss=float("nan") if epoch.number == 2 else 0.5, accuracy=epoch.number / 7)
    return book


def muddled(book: Path, folder: Path) -> Path:
    """The same under other names, with copies, a pack of a part, and damage."""
    folder.mkdir()
    for number, path in enumerate(reversed(ledgers(book))):
        target = folder / f"{number % 3}" / f"{number}.joule"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
        if number % 4 == 0:
            shutil.copy(path, folder / f"copy-{number}.joule")
    assert command("pack", folder / "1", "-o", folder / "1.joule") == 0
    shutil.rmtree(folder / "1")
    for number, path in enumerate(ledgers(folder / "2")):
        content = bytearray(path.read_bytes())
        if number % 2 == 0:
            content[len(content) * 2 // 3] ^= 255
        (path.with_name(f"damaged-{number}.joule")).write_bytes(content)
    (folder / "no.joule").write_bytes(b"no ledger")
    (folder / "half.joule").write_bytes(ledgers(book)[0].read_bytes()[:3000])
    return folder
