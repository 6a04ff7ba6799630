"""The identity of the code that a run really imported: `code.closure` of its record.

A thread reads the files of the modules that are there when the run starts, at once or a second
later, looks now and then for new ones, and hashes all of them without their layout (`_normal`).
Nothing of it is done on the thread that trains. `Schemas/redundancy-keys.md` says how the hashes
are made.
"""

from __future__ import annotations

import _thread
import os
import sys
from types import ModuleType

# Loaded before there is a thread, which imports nothing (`_identities` says why).
from ._identities import identities, sha256
from ._project import Project, is_what_ran, process_started

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FILES_MAX = 5000
# Of all sources together, which are held in memory until they are hashed.
SIZE_MAX = 64 << 20
# A larger file is known by its bytes.
SOURCE_SIZE_MAX = 2 << 20
LATE_FILES_MAX = 256
LATE_NAME_MAX = 1024
POLL_S = 1.0
WAIT_S = 2.0


class ClosureError(Exception):
    """Why there is no identity of the imported files."""


class Closure:
    """Finds out which files of the program a run imports, from its start to its end."""

    def __init__(self, entry: str | None, notebook: str | None, delay_s: float = 0.0) -> None:
        """Takes note of what is imported now; `notebook` identifies the cells of a notebook.

        The files are read `delay_s` later, or at the end if that comes first.
        """
        self.start: str | None = None
        """The hash of what was imported at the start, once it is known."""
        self._entry = entry
        self._notebook = notebook
        self._delay_s = delay_s
        # A main module that has come to its end forgets its file.
        main = ModuleType("__main__")
        main.__file__ = None if notebook else entry
        self._modules = [("__main__", main), *_modules()]
        self._identities: dict[str, str] = {}
        self._late: list[str] = []
        self._result: dict[str, Any] = {"closure_absent": "the run ended before it was found out"}
        # Held until the run is over, and until all is found out.
        self._over = _thread.allocate_lock()
        self._done = _thread.allocate_lock()
        # Held until the start is known, or cannot be.
        self._begun = _thread.allocate_lock()
        self._over.acquire()
        self._done.acquire()
        self._begun.acquire()
        try:
            # Unlike threading's, this does not wait for the thread to run.
            _thread.start_new_thread(self._work, ())
        except RuntimeError as error:
            self._result = {"closure_absent": str(error)}
            self._begun.release()
            self._done.release()

    def started(self, timeout_s: float) -> str | None:
        """The hash of what was imported at the start, where it is known in so many seconds."""
        if self._begun.acquire(timeout=timeout_s):
            self._begun.release()
        return self.start

    def end(self) -> None:
        """Has the thread look a last time; once."""
        self._over.release()

    def finish(self) -> dict[str, Any]:
        """After `end`: the members for the record's `code`; waits two seconds at the most."""
        self._done.acquire(timeout=WAIT_S)
        return self._result

    # On the thread

    def _work(self) -> None:
        try:
            self._watch()
            result: dict[str, Any] = {"closure": self._found()}
        except ClosureError as error:
            result = {"closure_absent": str(error)}
        except Exception as error:
            result = {"closure_absent": f"{type(error).__name__}: {error}"[:200]}
        self._result = result
        if self.start is None:
            self._begun.release()
        self._done.release()

    def _watch(self) -> None:
        self._started = process_started()
        self._project = Project(self._entry)
        self._take_entry()
        is_over = self._over.acquire(timeout=self._delay_s)
        counted = len(self._modules) - 1
        self._take(self._modules)
        self.start = hash_of(self._identities)
        self._begun.release()
        self._modules = []
        known = set(self._identities)
        while True:
            is_over = is_over or self._over.acquire(timeout=POLL_S)
            if is_over or len(sys.modules) != counted:
                modules = _modules()
                counted = len(modules)
                self._take(modules)
                self._late = [name for name in self._identities if name not in known]
            if is_over:
                return

    def _take_entry(self) -> None:
        if self._notebook is not None:
            self._identities[os.path.basename(self._entry or "<notebook>")] = self._notebook
        elif self._entry is None:
            raise ClosureError("the program has no file")

    def _take(self, modules: list[tuple[str, object]]) -> None:
        """Reads and hashes the files that are new."""
        files = self._project.files(modules)
        new = {name: files[name] for name in files if name not in self._identities}
        if len(self._identities) + len(new) > FILES_MAX:
            raise ClosureError(f"more than {FILES_MAX} files were imported")
        digests: dict[str, str] = {}
        sources: dict[str, bytes] = {}
        size = 0
        for name, (path, compiled) in new.items():
            content, digest = self._read(name, path, compiled)
            digests[name] = digest
            size += len(content or b"")
            if size > SIZE_MAX:
                raise ClosureError(f"the imported files are larger than {SIZE_MAX >> 20} MiB")
            if content is not None:
                sources[digest] = content
        found = identities(sources)
        for name, digest in digests.items():
            self._identities[name] = found.get(digest, f"sha256:{digest}")

    def _read(self, name: str, path: str, compiled: str | None) -> tuple[bytes | None, str]:
        """A source's bytes, where it is to be parsed, and the SHA-256 of any file."""
        try:
            with open(path, "rb") as file:
                facts = os.fstat(file.fileno())
                if not is_what_ran(facts, compiled, self._started):
                    raise ClosureError(f"{name} was changed after the program had begun")
                if is_source(path) and facts.st_size <= SOURCE_SIZE_MAX:
                    content = file.read(SOURCE_SIZE_MAX)
                    return content, sha256(content).hexdigest()
                digest = sha256()
                while piece := file.read(1 << 20):
                    digest.update(piece)
                return None, digest.hexdigest()
        except OSError as error:
            raise ClosureError(f"{name} cannot be read: {error.strerror or error}") from None

    def _found(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "sha256": hash_of(self._identities),
            "start": self.start,
            "files": len(self._identities),
        }
        by_bytes = sum(not value.startswith("ast1:") for value in self._identities.values())
        if by_bytes:
            found["by_bytes"] = by_bytes
        if len(self._late) <= LATE_FILES_MAX and all(
            len(name) <= LATE_NAME_MAX for name in self._late
        ):
            found["late"] = {name: self._identities[name] for name in sorted(self._late)}
        else:
            found["late_absent"] = f"{len(self._late)} files were imported after the start"
        return found


def _modules() -> list[tuple[str, object]]:
    # A copy is made at once, whoever imports meanwhile.
    return list(sys.modules.copy().items())


def is_source(path: str) -> bool:
    """Whether a file may be a text; of what is compiled the bytes count."""
    return not path.endswith((".so", ".pyc"))


def hash_of(files: Mapping[str, str]) -> str:
    """The hash of files by their names: `sha256:` and hexadecimal."""
    digest = sha256()
    for name, identity in sorted((os.fsencode(name), value) for name, value in files.items()):
        digest.update(b"%b\0%b\n" % (name, identity.encode()))
    return f"sha256:{digest.hexdigest()}"
