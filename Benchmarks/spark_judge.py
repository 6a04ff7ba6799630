"""Audits and summaries by Spark beside those of one machine, which have to be equal, field by field.

    .venv/bin/python Benchmarks/spark_judge.py [--runs N] [--ledgers N] [--records FILE]

Generates N runs (200000) of a simulated laboratory or takes those of FILE, and imports them into
ledgers of many runs. Both ask them three times: as they are, under other names and therefore in
another order, and with every tenth ledger copied and every tenth damaged. Ends with 1 where an
answer differs; else puts the table into Benchmarks/README.md. Needs Java and PySpark.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joulebook
import joulebook.spark
from spark import session

HERE = Path(__file__).resolve().parent


def imported(records: Path, count: int, folder: Path) -> Path:
    """The records, dealt out in turns among `count` ledgers."""
    book = folder / "book"
    parts = [folder / f"{number}.jsonl" for number in range(count)]
    files = [part.open("w") for part in parts]
    with records.open() as lines:
        for number, line in enumerate(lines):
            files[number % count].write(line)
    for file, part in zip(files, parts, strict=True):
        file.close()
        command = [sys.executable, "-m", "joulebook", "import", "records", str(part)]
        # By itself: an import reads what is in its directory already.
        target = str(book / part.stem)
        subprocess.run([*command, "--into", target], check=True, stdout=subprocess.DEVNULL)
        part.unlink()
    return book


def renamed(book: Path, folder: Path) -> Path:
    """The same ledgers in another order of their names."""
    for number, path in enumerate(sorted(book.rglob("*.joule"), reverse=True)):
        target = folder / f"{number % 7}" / f"{number:04}.joule"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    return folder


def muddled(book: Path, folder: Path) -> Path:
    renamed(book, folder)
    for number, path in enumerate(sorted(folder.rglob("*.joule"))):
        if number % 10 == 1:
            shutil.copy(path, folder / f"copy-{number}.joule")
        if number % 10 == 2:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 255
            path.unlink()
            path.write_bytes(content)
    return folder


def timed(ask: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    answer = ask()
    return dict(answer), time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--ledgers", type=int, default=200)
    parser.add_argument("--records", type=Path, help="instead of generating")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", joulebook.LedgerWarning)
    spark = session()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = arguments.records
        if records is None:
            generate = [HERE / "redundancy/generate", "--runs", str(arguments.runs)]
            subprocess.run([*generate, "--seed", "3", "-o", folder], check=True)
            records = folder / "records.jsonl"
        book = imported(records, arguments.ledgers, folder)
        books = {
            "as imported": book,
            "in another order": renamed(book, folder / "renamed"),
            "copies and damage": muddled(book, folder / "muddled"),
        }
        table = [
            "| ledgers | question | runs | one process | Spark, local[2] | answers |",
            "|---|---|---|---|---|---|",
        ]
        differ = False
        for title, path in books.items():
            for verb, options in (("audit", {}), ("lifecycle", {"duplicates": True})):
                local, alone = timed(lambda: getattr(joulebook, verb)(path, **options))  # noqa: B023
                found, beside = timed(
                    lambda: getattr(joulebook.spark, verb)(spark, path, **options)  # noqa: B023
                )
                differ = differ or found != local
                runs = local["runs"] if verb == "audit" else local["totals"]["runs"]
                answers = "equal" if found == local else "**differ**"
                seconds = f"{alone:.1f} s | {beside:.1f} s"
                table.append(f"| {title} | {verb} | {runs:,} | {seconds} | {answers} |")
                print(table[-1], file=sys.stderr, flush=True)
    spark.stop()
    if differ:
        sys.exit("\n".join(table))
    subprocess.run([HERE / "replace", "spark-judge", "\n".join(table)], check=True)


main()
