"""The wheel asks for no C library above its floor, whatever it was built with."""

from __future__ import annotations

import ctypes
import platform
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT

pytest.importorskip("elftools", reason="pyelftools is not installed")
spec = spec_from_file_location("make_wheel", ROOT / "Integrations/Python/make_wheel.py")
assert spec is not None and spec.loader is not None
wheel: Any = module_from_spec(spec)
spec.loader.exec_module(wheel)

LENGTH = (
    "float length(float x, float y) { extern float hypotf(float, float); return hypotf(x, y); }"
)
OLD = 'int old(void) { extern char *getenv(const char *); return getenv("none") != 0; }'
DRAW = "unsigned draw(void) { extern unsigned arc4random(void); return arc4random(); }"
# With the option that has the linker pack it.
POINTER, PACKED = "int here; int *there = &here;", "-Wl,-z,pack-relative-relocs"


def versions(path: Path) -> set[str]:
    with path.open("rb") as file:
        section = wheel.ELFFile(file).get_section_by_name(".gnu.version_r")
        return {version.name for _, version in wheel._versions(section)}


def made_of(directory: Path, *sources: str, asks_for: str) -> Path:
    """A library, which asks for a version of the C library, or the test is skipped."""
    path, source = directory / "library.so", directory / "library.c"
    source.write_text("\n".join(sources) + "\n")
    options = ["-shared", "-fPIC", "-fno-builtin", *[PACKED] * (POINTER in sources)]
    made = subprocess.run(["cc", *options, "-o", path, source, "-lm"], capture_output=True)
    if made.returncode or asks_for not in versions(path):
        pytest.skip(f"nothing that asks for {asks_for} can be made here")
    return path


@pytest.mark.skipif(platform.machine() != "x86_64", reason="hypotf has one version here")
def test_what_there_is_in_two_versions_is_asked_for_in_the_older_one(tmp_path: Path) -> None:
    path = made_of(tmp_path, LENGTH, OLD, asks_for=wheel.NEWER)
    wheel._lower_floor(path)
    assert versions(path) == {wheel.OLDER}
    length = ctypes.CDLL(str(path)).length
    length.argtypes, length.restype = [ctypes.c_float, ctypes.c_float], ctypes.c_float
    assert length(3, 4) == 5


@pytest.mark.parametrize(
    ("sources", "asks_for", "said"),
    [
        ([DRAW, OLD], "GLIBC_2.36", "asks for GLIBC_2.36"),
        ([POINTER, OLD], "GLIBC_ABI_DT_RELR", "asks for GLIBC_ABI_DT_RELR"),
        ([LENGTH], "GLIBC_2.35", "nothing in it asks for GLIBC_2.2.5"),
    ],
)
def test_what_asks_for_more_is_refused(
    tmp_path: Path, sources: list[str], asks_for: str, said: str
) -> None:
    path = made_of(tmp_path, *sources, asks_for=asks_for)
    before = path.read_bytes()
    with pytest.raises(SystemExit, match=said):
        wheel._lower_floor(path)
    assert path.read_bytes() == before


def test_a_wheel_for_fewer_systems_is_refused() -> None:
    name = f"joulebook-0.1.0-cp310-abi3-manylinux_2_{{}}_{platform.machine()}.whl"
    wheel._check_tag(name.format(34))
    with pytest.raises(SystemExit, match=r"GLIBC_2\.34"):
        wheel._check_tag(name.format(38))
