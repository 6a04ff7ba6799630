"""The package itself: light to import, typed, one file of native code that exports what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import joulebook
from conftest import ROOT, Script, ledgers


def modules_after(source: str) -> list[str]:
    result = subprocess.run(
        [sys.executable, "-c", f"import sys, json; {source}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded: list[str] = json.loads(result.stdout)
    return loaded


def test_importing_loads_nothing_but_the_package_itself() -> None:
    loaded = modules_after(
        "before = set(sys.modules); import joulebook; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    foreign = {name.partition(".")[0] for name in loaded}
    assert foreign <= {"joulebook", "__future__", "importlib", "warnings"}
    assert len(loaded) < 8


def test_a_run_needs_the_standard_library_only(tmp_path: Path) -> None:
    loaded = modules_after(
        "before = set(sys.modules); import joulebook; "
        f"joulebook.start('p', dir={str(tmp_path)!r}, quiet=True).finish(); "
        "joulebook.fingerprint(b'x'); "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    foreign = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert foreign == {"joulebook"}


def test_everything_promised_is_there() -> None:
    for name in joulebook.__all__:
        assert getattr(joulebook, name) is not None
        assert name in dir(joulebook)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        joulebook.nonsense  # type: ignore[attr-defined]  # noqa: B018


def extension() -> Path:
    from joulebook import _native

    return Path(str(_native.__file__))


def test_the_extension_is_one_file_on_the_stable_abi() -> None:
    assert extension().name == "_native.abi3.so"
    assert [path.name for path in extension().parent.glob("_native*.so")] == ["_native.abi3.so"]


def test_the_library_exports_the_header_and_nothing_else() -> None:
    if shutil.which("nm") is None:
        pytest.skip("nm is part of binutils, which is not installed")
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", "--extern-only", str(extension())],
        capture_output=True,
        text=True,
        check=True,
    )
    exported = {line.split()[-1] for line in listing.stdout.splitlines()}
    header = (ROOT / "Sources/CJoulebook/include/joulebook.h").read_text()
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    promised = set(re.findall(r"\b(joulebook_\w+)\(", code))
    assert len(promised) > 20
    assert exported == promised | {"PyInit__native"}


def test_code_that_only_a_start_needs_does_not_stay_resident(
    script: Script, tmp_path: Path
) -> None:
    # A start is behind when the background has its answer from git, which takes its time here.
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\nsleep 1\nexit 1\n")
    git.chmod(0o755)
    script(
        """
        import time
        import joulebook

        def resident_kb():
            # Of the library's code: a mapping that may be run and not written.
            sizes, is_ours = [], False
            for line in open("/proc/self/smaps"):
                words = line.split()
                if ":" not in words[0]:
                    is_ours = "_native.abi3.so" in line and words[1].startswith("r-x")
                elif is_ours and words[0] == "Rss:":
                    sizes.append(int(words[1]))
            return sum(sizes)

        with joulebook.start("first", on_duplicate="ignore", quiet=True) as run:
            before = resident_kb()
            assert before > 0
            until = time.monotonic() + 30
            while (now := resident_kb()) >= before and time.monotonic() < until:
                time.sleep(0.01)
            assert now < before, (before, now)
            # What was unmapped still runs.
            for epoch in run.epochs(3):
                run.log(step=epoch.number, loss=0.5)
        assert joulebook.lifecycle("joulebook")["scope"]["runs"] == 1
        """,
        PATH=f"{git.parent}:{os.environ['PATH']}",
    )


def test_the_version_is_the_same_everywhere() -> None:
    from joulebook import _native

    answer = subprocess.run(
        [sys.executable, "-m", "joulebook", "--version"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == joulebook.__version__ == _native.version


def test_the_wheels_command_is_the_native_command(script: Script, tmp_path: Path) -> None:
    script("import joulebook; joulebook.start('digits').finish()")
    (ledger,) = ledgers(tmp_path)
    command = [sys.executable, "-m", "joulebook"]
    listing = subprocess.run([*command, "ls", "joulebook"], capture_output=True, text=True)
    assert listing.returncode == 0
    assert "digits" in listing.stdout
    usage = subprocess.run([*command, "frobnicate"], capture_output=True, text=True)
    assert usage.returncode == 64
    assert len(usage.stderr.splitlines()) == 1
    text = tmp_path / "notes.txt"
    text.write_text("not a ledger")
    assert subprocess.run([*command, "show", str(text)], capture_output=True).returncode == 65
    assert subprocess.run([*command, "show", str(ledger)], capture_output=True).returncode == 0


def test_a_notebook_is_known_by_its_path_and_code_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    from joulebook import _facts

    notebook = tmp_path / "study.ipynb"
    cells = [{"cell_type": "code", "source": ["a = 1\n", "b = 2"], "outputs": []}]
    shell = types.SimpleNamespace(user_ns={"__vsc_ipynb_file__": str(notebook)})
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))

    def identity() -> tuple[str | None, str | None]:
        notebook.write_text(json.dumps({"cells": cells}))
        return _facts.program()

    path, first = identity()
    assert path == str(notebook)
    cells[0]["outputs"] = [{"text": "3"}]
    cells.append({"cell_type": "markdown", "source": ["words"]})
    assert identity() == (path, first)
    cells[0]["source"] = ["a = 2"]
    assert identity() != (path, first)
