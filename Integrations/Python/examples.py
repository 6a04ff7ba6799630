#!/usr/bin/env python3
"""Runs the examples of `docs/`, each in a virtual environment of its own, as a reader would.

    Integrations/Python/examples.py [--wheel FILE] [NAME...]

NAME is that of a page, without `.md`; default: all pages of a framework. The package is built
once, unless a wheel is given. Each page gets an environment with nothing but the package and the
page's extra, and PyTorch without CUDA where that needs it; its program is taken out of the page
as it is printed, with the files that it reads, and run twice; cells of a notebook run as one.
Then the ledgers must hold what the page says they do: each epoch with its metrics and its energy
with where that comes from, the configuration, the data, and the second run as an exact rerun of
the first. Programs behind `torchrun` run so, and must be one run of all ranks.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGES = HERE / "docs"
TORCH = "torch==2.13.0+cpu"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
NEEDS_TORCH = ("keras", "lightning", "pytorch", "transformers")
# Who opens notebooks has something that runs them.
BESIDE = {"notebook": ["nbclient"]}
NUMBERS = {"three": 3, "five": 5, "twenty": 20}
# Nothing is fetched by an example, and a backend of Keras is the one that is installed.
SETTINGS = {"HF_HUB_OFFLINE": "1", "KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"}
# A busy machine takes long to start Ray.
SETTINGS |= {"RAY_agent_register_timeout_ms": "120000", "RAY_raylet_start_wait_time_s": "120"}
SETTINGS |= {"RAY_USAGE_STATS_ENABLED": "0"}
NOTEBOOK = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
"""
# What a machine's own set-up says must not reach an example.
FOREIGN = ("JOULEBOOK_", "SLURM_", "TORCHELASTIC_", "RANK", "LOCAL_RANK", "WORLD_SIZE", "PYTHON")


class Broken(Exception):
    """What a page says is not so."""


# What a page says


def programs(page: str) -> list[str]:
    """The programs of a page, as they are printed."""
    return re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)


def promised(page: str) -> tuple[int, set[str]]:
    """How many epochs the page says its first program leaves, and the metrics of each."""
    said = re.search(r"lists (\w+) epochs.*?energy(.*?)\.\s", (PAGES / page).read_text(), re.DOTALL)
    if said is None:
        raise Broken(f"{page} does not say what its example leaves")
    return NUMBERS[said[1]], set(re.findall(r"`([^`]+)`", said[2]))


def named() -> list[str]:
    """The pages of frameworks."""
    return sorted(page.stem for page in PAGES.glob("*.md") if "extra" in facts(page.name))


def read_by_it(page: str) -> dict[str, str]:
    """What stands beside the program: a configuration, numbers, and what git is to ignore."""
    text = (PAGES / page).read_text()
    files = dict(re.findall(r"`([\w.]+)`[^`]*?:\n\n```yaml\n(.*?)```", text, re.DOTALL))
    for ignored in re.findall(r"`([\w/]+)` in `.gitignore`", text):
        files[".gitignore"] = f"{ignored}\n"
    for count, name in re.findall(r"`seq (\d+) > ([\w.]+)`", text):
        files[name] = "".join(f"{number}\n" for number in range(1, int(count) + 1))
    return files


def is_notebook(page: str) -> bool:
    return programs(page)[0].startswith("%load_ext")


def notebook(page: str) -> str:
    """A notebook of the page's cells."""
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        | {"id": f"cell-{number}", "source": cell.rstrip("\n")}
        for number, cell in enumerate(programs(page))
    ]
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole)


def facts(page: str) -> dict[str, str]:
    """The extra that the page installs, and what it starts by `torchrun`."""
    text = (PAGES / page).read_text()
    found = {"extra": r"Integrations/Python\[([\w-]+)\]", "ranks": r"^torchrun (.*)$"}
    matches = {name: re.search(pattern, text, re.MULTILINE) for name, pattern in found.items()}
    return {name: match[1] for name, match in matches.items() if match}


# What is run


class Environment:
    """A virtual environment with the package and one extra."""

    def __init__(self, folder: Path, name: str, extra: str, wheel: Path) -> None:
        self.bin = folder / "bin"
        run(sys.executable, "-m", "venv", folder)
        pip = [self.bin / "python", "-m", "pip", "install", "--quiet"]
        pip.append("--disable-pip-version-check")
        # Where pip has it at hand, an index that cannot be reached is not waited for.
        if name in NEEDS_TORCH and not run(*pip, TORCH, checked=False):
            run(*pip, TORCH, "--extra-index-url", TORCH_INDEX)
        run(*pip, f"{wheel}[{extra}]", *BESIDE.get(name, []))

    def __call__(self, *command: str | Path, cwd: Path) -> None:
        run(self.bin / command[0], *command[1:], cwd=cwd)

    def joulebook(self, *arguments: str | Path, cwd: Path) -> Any:
        command = [self.bin / "joulebook", *arguments, "--json"]
        told = subprocess.run(command, cwd=cwd, env=clean(), capture_output=True, text=True)
        # An audit that finds waste ends with 3.
        if told.returncode not in (0, 3):
            raise Broken(f"{shlex.join(map(str, command))}: {told.stderr.strip()}")
        return json.loads(told.stdout)


def clean() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | SETTINGS


def run(*command: str | Path, cwd: Path | None = None, checked: bool = True) -> bool:
    result = subprocess.run(command, cwd=cwd, env=clean(), capture_output=True, text=True)
    if checked and result.returncode != 0:
        said = f"{result.stdout}{result.stderr}".strip()
        raise Broken(f"{shlex.join(map(str, command))} ended with {result.returncode}:\n{said}")
    return result.returncode == 0


def built(folder: Path) -> Path:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, HERE)
    (wheel,) = folder.glob("*.whl")
    return wheel


def project(folder: Path, program: str, name: str, files: dict[str, str] | None = None) -> Path:
    """A folder under git with the program in it, and what it reads."""
    folder.mkdir()
    for file, text in {name: program, **(files or {})}.items():
        (folder / file).write_text(text)
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", ".", cwd=folder)
    author = ("-c", "user.name=reader", "-c", "user.email=reader@example.org")
    # What a user signs and runs beside commits is not for these.
    bare = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
    run("git", *author, *bare, "commit", "--quiet", "--message", "example", cwd=folder)
    return folder


# What must hold


def check(name: str, wheel: Path, folder: Path) -> str:
    """What was found; raises Broken."""
    page = f"{name}.md"
    known = facts(page)
    environment = Environment(folder / "venv", name, known["extra"], wheel)
    place = folder / "first"
    if is_notebook(page):
        command = ["python", "-c", NOTEBOOK, "train.ipynb"]
        project(place, notebook(page), "train.ipynb")
    else:
        command = ["python", "train.py"]
        project(place, programs(page)[0], "train.py", read_by_it(page))
    found = twice(environment, page, place, command)
    if "ranks" in known:
        *_, file = known["ranks"].split()
        place = project(folder / "ranks", programs(page)[1], file)
        environment("torchrun", *known["ranks"].split(), cwd=place)
        found += f"; {ranks(environment, place)}"
    return found


def twice(environment: Environment, page: str, folder: Path, command: list[str]) -> str:
    """Runs the program twice, which has to be known the second time."""
    environment(*command, cwd=folder)
    first = shown(environment, folder)
    environment(*command, cwd=folder)
    runs = shown(environment, folder)
    count, metrics = promised(page)
    text = (PAGES / page).read_text()
    for one in runs:
        if "is one more, without metrics" in text and not one["epochs"][-1]["metrics"]:
            one["epochs"].pop()
        holds(one, count, metrics)
    if "it trains nothing" in text:
        if len(runs) != len(first):
            raise Broken(f"the second time {len(runs) - len(first)} runs were trained")
        return f"{len(runs)} runs of {count} epochs, answered the second time"
    again = [one["run_id"] for one in runs if one["run_id"] not in {run["run_id"] for run in first}]
    findings = environment.joulebook("audit", "joulebook", cwd=folder)["findings"]
    told = [[one[name] for name in ("class", "proof", "run_id", "of")] for one in findings]
    kind = "grid_overlap" if "an overlap of two searches" in text else "exact_rerun"
    if told != [[kind, "bit", *again, first[0]["run_id"]]]:
        raise Broken(f"the audit does not call the second run {kind}: {findings}")
    return f"{count} epochs with {', '.join(sorted(metrics))}; {kind} the second time"


def shown(environment: Environment, folder: Path) -> list[dict[str, Any]]:
    """All ledgers below a folder, in the order in which they began."""
    paths = (folder / "joulebook").rglob("*.joule")
    runs = [environment.joulebook("show", path, cwd=folder) for path in paths]
    return sorted(runs, key=lambda one: one["started"])


def holds(run: dict[str, Any], count: int, metrics: set[str]) -> None:
    """That a run has all of its epochs and what it needs to be compared."""
    numbers = [epoch["epoch"] for epoch in run["epochs"]]
    if run["status"] != "finished" or numbers != list(range(1, count + 1)):
        raise Broken(f"the run is {run['status']} and has the epochs {numbers}")
    for epoch in run["epochs"]:
        if lacking := metrics - set(epoch["metrics"]):
            raise Broken(f"epoch {epoch['epoch']} has no {', '.join(sorted(lacking))}")
        energy = epoch["energy"]
        sources = energy["devices"]
        if not energy["total_j"] > 0 or not all(one["provenance"] for one in sources):
            raise Broken(f"epoch {epoch['epoch']} has no energy, or not from where: {energy}")
    if not run["config"] or run["seed"] is None or not (run["data"] or {}).get("fingerprint"):
        raise Broken("the configuration, the seed or the data is not known")


def ranks(environment: Environment, folder: Path) -> str:
    """That the ledgers of a job are one run, with its machine's energy once."""
    each = shown(environment, folder)
    numbers = sorted(one["rank"] for one in each)
    if len({one["run_id"] for one in each}) != 1 or numbers != list(range(len(each))):
        raise Broken(f"the ranks {numbers} are not one run")
    whole = environment.joulebook("show", "joulebook", cwd=folder)
    holds(whole, len(each[0]["epochs"]), {"loss"})
    own = [one["totals"]["energy_j"] for one in each]
    if not max(own) * 0.9 <= whole["totals"]["energy_j"] <= max(own) * 1.5:
        raise Broken(f"{whole['totals']['energy_j']} J of ranks that read {own}")
    return f"{len(each)} ranks are one run, {whole['totals']['energy_j']:.3g} J once"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="pages; default: all")
    parser.add_argument("--wheel", type=Path, help="a package that is built already")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(named()):
        parser.error(f"no page of {', '.join(sorted(unknown))}; there are {', '.join(named())}")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        wheel = arguments.wheel or built(Path(scratch))
        for name in arguments.names or named():
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = check(name, wheel.resolve(), Path(folder))
                except Broken as error:
                    failed, found = 1, f"FAILED: {error}"
            print(f"{name:14} {time.monotonic() - began:4.0f} s   {found}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
