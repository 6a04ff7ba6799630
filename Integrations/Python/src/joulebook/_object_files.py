"""Objects as local files, which is what the library reads, for as long as somebody reads them."""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from . import reader
from ._objects import Object, Options, asking, file_system, ledger_of, shown

# Of a larger one a plan has the two ends first, which tell everything of a ledger that was closed.
_WHOLE_BYTES = 1 << 20
_FIRST_BYTES, _LAST_BYTES = 64 << 10, 256 << 10
# What it lacks in between comes in so many pieces, or else the whole.
_PIECE_BYTES, _PIECES_MAX = 64 << 10, 16
_AT_A_TIME = 8
_FOLDER = "joulebook-objects-"
# Nobody takes longer to lock a folder that was made.
_UNLOCKED_SECONDS = 60
_What = TypeVar("_What")
_LOCAL = r"/([0-9]+(?:\.[0-9]{1,10})?\.joule(?:\.ring)?)"


class Local:
    """Objects as local files, as long as somebody reads them."""

    def __init__(self, folder: str, objects: dict[str, Object], options: Options) -> None:
        self.folder = folder
        self.objects = objects
        self.options = options
        # Files that have the size of their object, and nothing in them.
        self.holes: set[str] = set()
        # URLs of other files, by their paths here.
        self._beside: dict[str, str] = {}
        self._ledgers: dict[str, list[str]] = {}
        for name in objects:
            self._ledgers.setdefault(ledger_of(name), []).append(name)

    def path(self, name: str) -> str:
        """Of an object's file; other paths stay as they are."""
        return os.path.join(self.folder, name)

    def named(self, text: str) -> set[str]:
        """The objects that a text names by their files."""
        names = {match[1] for match in re.finditer(re.escape(self.folder) + _LOCAL, text)}
        return names & self.objects.keys()

    def told(self, text: str) -> str:
        """A text with URLs instead of the paths of files."""

        def url(match: re.Match[str]) -> str:
            one = self.objects.get(match[1])
            return one.url if one else match[0]

        for path, beside in self._beside.items():
            text = text.replace(path, beside)
        return re.sub(re.escape(self.folder) + _LOCAL, url, text) if self.objects else text

    def told_all(self, answer: Any) -> Any:
        """The same of everything that JSON tells."""
        if isinstance(answer, dict):
            return {name: self.told_all(one) for name, one in answer.items()}
        if isinstance(answer, list):
            return [self.told_all(one) for one in answer]
        return self.told(answer) if isinstance(answer, str) else answer

    def needed(self, portions: Iterable[dict[str, Any]]) -> dict[str, Object]:
        """What portions are read from: ledgers with their other segments and their rings."""
        ledgers = {ledger_of(one["path"]) for one in portions}
        names = [name for ledger in ledgers for name in self._ledgers.get(ledger, [])]
        return {name: self.objects[name] for name in names}

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Has errors of the library tell URLs."""
        try:
            yield
        except OSError as error:
            raise OSError(self.told(str(error))) from None

    def fetch(self, names: Iterable[str]) -> None:
        """Whole objects; those that are gone by now have no file."""
        self._on_threads(self._fetch, names)

    def fetch_ends(self, names: Iterable[str]) -> set[str]:
        """Objects of which a large one may have a hole; returns the names of those that have."""
        holed: set[str] = set()

        def fetch(name: str) -> None:
            (holed.add if self._fetch_ends(name) else self._fetch)(name)

        self._on_threads(fetch, names)
        return holed

    def fetch_pieces(self, places: Iterable[tuple[str, int]]) -> None:
        """What stands at some offsets of objects whose files have a hole."""
        self._on_threads(self._fetch_piece, places)

    def fetch_beside(self, url: str, name: str) -> None:
        """A file that may lie beside the ledgers."""
        self._beside[self.path(name)] = f"{shown(url).rstrip('/')}/{name}"
        with asking(shown(url), self.options), suppress(FileNotFoundError):
            fs, path = file_system(url, self.options)
            content = fs.cat_file(f"{path}/{name}")
            with open(self.path(name), "wb") as file:
                file.write(content)

    def make_holes(self) -> None:
        """Files that tell the sizes of ledgers and nothing else.

        Of a ledger in segments only these tell that they are some, and a single one has to be one.
        """
        for names in self._ledgers.values():
            if len(names) + (len(self.objects) == 1) > 1:
                self.fetch(names)
                continue
            for name in names:
                with open(self.path(name), "wb") as file:
                    file.truncate(self.objects[name].size)
                self.holes.add(name)

    def fill(self, names: set[str]) -> None:
        """Has objects in place of holes."""
        self.fetch(names)
        self.holes -= names

    def _on_threads(self, fetch: Callable[[_What], object], what: Iterable[_What]) -> None:
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for _ in pool.map(fetch, what):
                pass

    def _fetch(self, name: str) -> None:
        one = self.objects[name]
        with asking(one.url, self.options):
            fs, _ = file_system(one.asked, self.options)
            try:
                fs.get_file(one.path, self.path(name))
            except FileNotFoundError:
                with suppress(FileNotFoundError):
                    os.unlink(self.path(name))

    def _fetch_ends(self, name: str) -> bool:
        """Whether the ends tell a closed ledger; makes no file of one that they do not."""
        one = self.objects[name]
        if one.size <= _WHOLE_BYTES or len(self._ledgers[ledger_of(name)]) > 1:
            return False
        behind = one.size - _LAST_BYTES
        with asking(one.url, self.options), suppress(FileNotFoundError):
            fs, _ = file_system(one.asked, self.options)
            last = fs.cat_file(one.path, start=behind, end=one.size)
            if not last[-reader.TRAILER_SIZE :].startswith(reader.TRAILER_SYNC):
                return False
            with open(self.path(name), "wb") as file:
                file.write(fs.cat_file(one.path, start=0, end=_FIRST_BYTES))
                file.seek(behind)
                file.write(last)
            return True
        return False

    def _fetch_piece(self, place: tuple[str, int]) -> None:
        name, offset = place
        one = self.objects[name]
        with asking(one.url, self.options), suppress(FileNotFoundError):
            fs, _ = file_system(one.asked, self.options)
            end = min(offset + _PIECE_BYTES, one.size)
            piece = fs.cat_file(one.path, start=offset, end=end)
            with open(self.path(name), "r+b") as file:
                file.seek(offset)
                file.write(piece)


def planned(files: Local, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A plan that `ask` makes of the files, told of their objects, each of which is for one task.

    The library reads no more than the ends of a large ledger for it, and a few blocks between. It
    comes upon damage where it would read in a hole: then pieces of that object come, or the whole.
    """
    holed = files.fetch_ends(files.objects)

    def asked() -> tuple[dict[str, Any], dict[str, list[int]]]:
        """With offsets of what is damaged, as it seems, in files with a hole."""
        try:
            plan = ask()
        except OSError:
            # The only file is no ledger.
            if not holed:
                raise
            return {}, {name: [] for name in holed}
        damage: dict[str, list[int]] = {}
        for one in plan["damaged"] + plan["problems"]:
            for name in files.named(one["path"]) & holed:
                damage.setdefault(name, []).extend(one.get("offsets", []))
        return plan, damage

    with files.telling():
        plan, damage = asked()
        lacking = {name: at for name, at in damage.items() if 0 < len(at) <= _PIECES_MAX}
        if lacking:
            files.fetch_pieces((name, offset) for name, at in lacking.items() for offset in at)
            plan, damage = asked()
        if damage:
            files.fetch(damage)
            holed.clear()
            plan, _ = asked()
    for one in plan["portions"]:
        for name in files.named(one["path"]):
            one["path"] = name
            one["group"] = name if one["group"] is None else one["group"]
    for one in plan["problems"]:
        one["path"], one["message"] = files.told(one["path"]), files.told(one["message"])
    plan["objects"] = files.objects
    return plan


@contextmanager
def local(objects: dict[str, Object], options: Options) -> Iterator[Local]:
    """A folder for them, which is removed in the end; of one who is killed, by the next one."""
    if not objects:
        yield Local("", objects, options)
        return
    _remove_left()
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder, _opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Local(folder, objects, options)


def _remove_left() -> None:
    """Removes folders whose makers live no more, which the kernel has unlocked."""
    for folder in glob.glob(os.path.join(glob.escape(tempfile.gettempdir()), _FOLDER + "*")):
        with suppress(OSError), _opened(folder) as descriptor:
            if time.time() - os.fstat(descriptor).st_mtime > _UNLOCKED_SECONDS:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
