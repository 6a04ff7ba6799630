"""Builds the extension with SwiftPM: the wheel holds one file for every CPython from 3.10 on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "JoulebookPython"


def stop(message: str) -> None:
    """Ends the build with one message that says what to do."""
    raise SystemExit(f"\njoulebook cannot be built: {message}\n")


def require_tools(headers: Path) -> None:
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        stop(
            "this is a free-threaded Python, for which there is no stable ABI yet; "
            "use the ordinary build of Python 3.10 or later"
        )
    if not (ROOT / "Package.swift").exists():
        stop("the Swift sources are missing; in a checkout run: pip install ./Integrations/Python")
    if shutil.which("swift") is None:
        stop("the Swift 6.3 toolchain is missing; see https://www.swift.org/install")
    if not (headers / "Python.h").exists():
        stop(f"{headers}/Python.h is missing; install it with: sudo apt-get install python3-dev")


def bundle_vega() -> None:
    """Has what draws the page's charts built in, unless it is there; tables need none of it."""
    target = ROOT / "Sources/CJoulePage/Page/vega.js"
    if target.exists():
        return
    made = subprocess.run([sys.executable, ROOT / "Integrations/Python/vega.py", target])
    if made.returncode != 0:
        print("the page will draw no charts: vl-convert-python is missing", flush=True)


def swift_build(headers: Path) -> Path:
    """Builds the product and returns the library."""
    # The same flags as in the Makefile, so that one build folder serves both.
    flags = (ROOT / "release.flags").read_text().split()
    command = ["swift", "build", *flags, "--package-path", str(ROOT)]
    environment = os.environ | {"JOULEBOOK_PYTHON_INCLUDE": str(headers)}
    lacks_zstd = lacks_cxx = False
    with subprocess.Popen(
        [*command, "--product", PRODUCT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            lacks_zstd |= "zstd.h" in line or "-lzstd" in line
            lacks_cxx |= "unable to find library -l:libstdc++.a" in line
    if process.returncode != 0:
        if lacks_zstd:
            stop("zstd's headers are missing; install them with: sudo apt-get install libzstd-dev")
        if lacks_cxx:
            stop("libstdc++.a is missing; install it with: sudo apt-get install libstdc++-12-dev")
        stop(f"swift build ended with status {process.returncode}; its output is above (pip: -v)")
    folder = subprocess.run(
        [*command, "--show-bin-path"], env=environment, check=True, capture_output=True, text=True
    )
    return Path(folder.stdout.strip()) / f"lib{PRODUCT}.so"


class CleanBuild(build):
    """A build without leftovers of an earlier one."""

    def run(self) -> None:
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class SwiftExtension(build_ext):
    """An extension whose compiler is SwiftPM."""

    def build_extension(self, extension: Extension) -> None:
        headers = Path(sysconfig.get_path("include"))
        require_tools(headers)
        bundle_vega()
        target = Path(self.get_ext_fullpath(extension.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(swift_build(headers), target)


setup(
    ext_modules=[Extension("joulebook._native", sources=[], py_limited_api=True)],
    # The manual page, where `man` looks beside the folder of the command.
    data_files=[("share/man/man1", ["joulebook.1"])],
    cmdclass={"build": CleanBuild, "build_ext": SwiftExtension},
    options={
        "bdist_wheel": {"py_limited_api": "cp310"},
        "build": {"build_base": str(ROOT / ".build" / "python")},
    },
)
