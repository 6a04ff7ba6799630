"""What the artifacts that a run keeps by itself cost: bytes of a ledger, time of a start and of an end.

    python Benchmarks/artifacts.py [LIST]

Needs the joulebook package. Prints how much larger the list of packages makes a ledger: of what is
installed here, and of 30, 57, 100 and 300 names drawn at random from LIST, a file of lines `NAME
VERSION`. Then the median time of 40 starts and ends with and without diff and packages, in turn, in the
current directory, whose source tree may be dirty or clean.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import joulebook

OFF = {"diff": False, "packages": False}
DRAWS = 5


def size(folders: list[str]) -> int:
    """Bytes of a run without epochs whose packages are in these folders."""
    before, sys.path[:] = sys.path[:], folders
    try:
        with tempfile.TemporaryDirectory() as directory:
            run = joulebook.start(
                "p", dir=directory, quiet=True, capture={"code": False}
            )
            run.finish()
            return os.path.getsize(str(run.path))
    finally:
        sys.path[:] = before


def drawn(names: list[str], count: int, seed: int) -> int:
    """Bytes that a list of so many packages adds."""
    with tempfile.TemporaryDirectory() as folder:
        for line in random.Random(seed).sample(names, count):
            name, version = line.split()
            Path(folder, f"{name.replace('-', '_')}-{version}.dist-info").mkdir(
                exist_ok=True
            )
        return size([folder]) - size([])


def times() -> None:
    """Prints the medians of starts and ends."""
    taken: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(40):
            for name, capture in (("without", OFF), ("with", {})):
                begin = time.perf_counter()
                run = joulebook.start(
                    "p",
                    dir=directory,
                    quiet=True,
                    on_duplicate="ignore",
                    capture=capture,
                )
                started = time.perf_counter()
                time.sleep(0.02)
                ending = time.perf_counter()
                run.finish()
                taken[name].append((started - begin, time.perf_counter() - ending))
    for name, pairs in taken.items():
        start, end = (
            statistics.median(each) * 1e3 for each in zip(*pairs, strict=True)
        )
        print(f"{name:8} start {start:6.2f} ms, end {end:6.2f} ms")


def main() -> None:
    # Everything that the package imports when it is needed has to be there before the path changes.
    joulebook.start("p", dir=tempfile.mkdtemp(), quiet=True).finish()
    here = sys.path[:]
    print(f"installed here: {size(here) - size([])} B")
    if len(sys.argv) > 1:
        names = [
            line for line in Path(sys.argv[1]).read_text().splitlines() if line.strip()
        ]
        for count in (30, 57, 100, 300):
            print(
                f"{count:4} packages: {sorted(drawn(names, count, seed) for seed in range(DRAWS))} B"
            )
    times()


if __name__ == "__main__":
    main()
