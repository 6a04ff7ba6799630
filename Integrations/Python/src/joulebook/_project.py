"""Which of the imported files are the program's own, and what they are called on every machine."""

from __future__ import annotations

import os
import sys
import time
from types import ModuleType

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages", ".git"})
_LEVELS_MAX = 64
_ENTRIES_MAX = 10_000
# Process times are told in hundredths of a second, and an interpreter needs more to begin.
_SLACK_S = 0.02


class Project:
    """The folder that holds the program: the git repository of its entry point, or its folder.

    A program that is installed has the current directory's.
    """

    def __init__(self, entry: str | None) -> None:
        # What `sysconfig` would say, which takes longer to load than all of this.
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        library = (
            os.path.dirname(os.__file__),
            os.path.join(sys.base_exec_prefix, sys.platlibdir, version),
            os.path.join(sys.prefix, "bin"),
        )
        self._libraries = tuple({os.path.realpath(folder) + os.sep for folder in library})
        # By folder, since a program has thousands of modules in hundreds of folders.
        self._folders: dict[str, str] = {}
        self._places: dict[str, str | None] = {}
        self._temporary = os.path.realpath(os.environ.get("TMPDIR") or "/tmp") + os.sep
        folder = os.getcwd()
        if entry is not None:
            place = self._real(os.path.dirname(os.path.abspath(entry)))
            if not self._is_library(place):
                folder = place
        self.root = _repository(os.path.realpath(folder))
        # A virtual environment within the project is none of it; a project within /usr is one.
        self._libraries += tuple(
            prefix
            for prefix in {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
            if not (self.root + os.sep).startswith(prefix.rstrip(os.sep) + os.sep)
            for prefix in (prefix + os.sep,)
        )
        self._libraries += tuple(self._installed())

    def _installed(self) -> Iterator[str]:
        """Folders of `pip install --target`, which say what was installed into them."""
        for path in list(sys.path):
            if not isinstance(path, str) or not path:
                continue
            place = self._real(os.path.abspath(path))
            holds_project = (self.root + os.sep).startswith(place.rstrip(os.sep) + os.sep)
            if not holds_project and not self._is_library(place) and _has_installations(place):
                yield place + os.sep

    def name(self, path: str, module: str) -> str:
        """Relative to the project; a file outside of it by its module, behind a plus sign."""
        prefix = self.root.rstrip(os.sep) + os.sep
        return path[len(prefix) :] if path.startswith(prefix) else f"+{module}"

    def files(self, modules: list[tuple[str, object]]) -> dict[str, tuple[str, str | None]]:
        """Of modules that are the program's own: path and compiled file, by name."""
        found: dict[str, tuple[str, str | None]] = {}
        for module, value in modules:
            namespace = _namespace(value)
            file = namespace.get("__file__")
            if not isinstance(file, str) or not file or file[0] == "<":
                continue
            folder, last = os.path.split(file if file[0] == os.sep else os.path.abspath(file))
            place = self._place(folder)
            if place is None:
                continue
            path = os.path.join(place, last)
            name = self.name(path, module)
            if not self._is_generated(name, path, namespace):
                compiled = namespace.get("__cached__")
                found.setdefault(name, (path, compiled if type(compiled) is str else None))
        return found

    def _real(self, folder: str) -> str:
        """An absolute folder without links, of which only those not seen before are looked at."""
        known = self._folders.get(folder)
        if known is None:
            above, name = os.path.split(folder)
            known = os.sep if above == folder else os.path.join(self._real(above), name)
            if os.path.islink(known):
                known = os.path.realpath(known)
            self._folders[folder] = known
        return known

    def _is_library(self, folder: str) -> bool:
        """Whether what lies in a folder comes with the interpreter or was installed."""
        return (folder + os.sep).startswith(self._libraries) or not _LIBRARY_FOLDERS.isdisjoint(
            folder.split(os.sep)
        )

    def _place(self, folder: str) -> str | None:
        """A folder without links; None for one of a library."""
        if folder not in self._places:
            place = self._real(os.path.normpath(folder))
            self._places[folder] = None if self._is_library(place) else place
        return self._places[folder]

    def _is_generated(self, name: str, path: str, namespace: dict[str, Any]) -> bool:
        """Whether a file outside of the project was made by a program, such as a compiler."""
        return name.startswith("+") and (
            namespace.get("__spec__") is None or path.startswith(self._temporary)
        )


def _has_installations(folder: str) -> bool:
    """Whether a folder has records of installed distributions (PyPA) among its first entries."""
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if entry.name.endswith(".dist-info"):
                    return True
                if number >= _ENTRIES_MAX:
                    break
    except OSError:
        pass
    return False


def process_started() -> float:
    """When the process began, in Unix seconds; now, where that cannot be told."""
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read(4096).rpartition(b")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.time() - max(age, 0) + _SLACK_S
    except (OSError, ValueError, IndexError, AttributeError):
        return time.time()


def is_what_ran(facts: os.stat_result, compiled: str | None, started: float) -> bool:
    """Whether a file is what was imported, as far as times tell: nobody has written it since."""
    if facts.st_mtime <= started:
        return True
    if compiled is None:
        return False
    # PEP 552: flags, then time and size of the source, each of 32 bits.
    try:
        with open(compiled, "rb") as file:
            header = file.read(16)
    except OSError:
        return False
    times = (int(facts.st_mtime) & 0xFFFFFFFF, facts.st_size & 0xFFFFFFFF)
    stated = b"".join(number.to_bytes(4, "little") for number in (0, *times))
    return header[4:] == stated


def _namespace(module: object) -> dict[str, Any]:
    """A module's names; one that loads itself when it is asked is not asked."""
    if not isinstance(module, ModuleType):
        return {}
    found: dict[str, Any] = ModuleType.__getattribute__(module, "__dict__")
    return found


def _repository(folder: str) -> str:
    """The git repository around a folder, or the folder."""
    place = folder
    for _ in range(_LEVELS_MAX):
        if os.path.exists(os.path.join(place, ".git")):
            return place
        above = os.path.dirname(place)
        if above == place:
            break
        place = above
    return folder
