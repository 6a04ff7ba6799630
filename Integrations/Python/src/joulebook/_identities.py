"""Identities of source texts: from the user's cache, or by an interpreter that parses them.

The cache is a text file of lines `SHA-256 of the content, SHA-256 of the tree, check`; whoever adds
lines appends them at once. A line that is not whole is not used, and the file is begun anew when it
has grown too large.

All of it runs beside the training, on a thread that imports nothing: a child that is forked
meanwhile would wait for the lock of such a module for ever. So there is no `subprocess` here, and
no OpenSSL.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any


def _builtin_sha256() -> Any:
    # To look for one that is not there takes as long as loading one that is.
    for name in ("_sha2" if sys.version_info >= (3, 12) else "_sha256", "hashlib"):
        try:
            return import_module(name).sha256
        except ImportError:
            continue
    raise ImportError("this Python has no SHA-256")


sha256 = _builtin_sha256()

CACHE_NAME = "closure-1.txt"
CACHE_SIZE_MAX = 1 << 20
PARSING_S_MAX = 60.0
_PREFIX = "ast1:"
# Loading `signal` for it would take as long as loading this.
_SIGKILL = 9


def identities(sources: dict[str, bytes]) -> dict[str, str]:
    """Of texts by the SHA-256 of their bytes, in hexadecimal: the identity of each.

    `ast1:…` of the tree, or `sha256:…` of the bytes where these are no Python that parses here.
    Raises OSError when they cannot be parsed.
    """
    if not sources:
        return {}
    path = _cache_path()
    known = _read(path, sources)
    missing = [digest for digest in sources if digest not in known]
    found: dict[str, str] = {}
    for digest, identity in zip(missing, _parsed([sources[key] for key in missing]), strict=True):
        found[digest] = identity or f"sha256:{digest}"
    _keep(path, {key: value for key, value in found.items() if value.startswith(_PREFIX)})
    return {digest: known.get(digest) or found[digest] for digest in sources}


def _parsed(texts: list[bytes]) -> list[str | None]:
    """What `_normal` says of each; nothing where there is no interpreter to ask."""
    program = sys.executable or ""
    # A program that embeds Python would be started a second time.
    if not texts or not os.path.basename(program).startswith("python"):
        return [None] * len(texts)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_normal.py")
    answer = _output(
        [program, "-I", "-S", "-W", "ignore", script],
        b"".join(b"%d\n%b" % (len(text), text) for text in texts),
    )
    lines = answer.decode("ascii").splitlines()
    if len(lines) != len(texts):
        raise OSError("the interpreter that was to parse them did not finish")
    return [line if line.startswith(_PREFIX) else None for line in lines]


def _output(command: list[str], given: bytes) -> bytes:
    """What a program writes that is given bytes; both are in memory, so that neither waits."""
    source, result = os.memfd_create("source"), os.memfd_create("result")
    try:
        with open(source, "wb", closefd=False) as file:
            file.write(given)
        os.lseek(source, 0, os.SEEK_SET)
        actions = [
            (os.POSIX_SPAWN_DUP2, source, 0),
            (os.POSIX_SPAWN_DUP2, result, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        _wait(os.posix_spawn(command[0], command, os.environ, file_actions=actions))
        with open(result, "rb", closefd=False) as file:
            file.seek(0)
            return file.read()
    finally:
        os.close(source)
        os.close(result)


def _wait(process: int) -> None:
    deadline = time.monotonic() + PARSING_S_MAX
    pause = 0.002
    try:
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(process, _SIGKILL)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
    except ChildProcessError:
        # The program waits for children itself.
        return


def _cache_path() -> str | None:
    """None for a user without a home."""
    home = os.environ.get("HOME") or ""
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(folder, "joulebook", CACHE_NAME) if os.path.isabs(folder) else None


def _read(path: str | None, wanted: Container[str]) -> dict[str, str]:
    """What the cache holds of what is wanted; other lines, which may be thousands, cost little."""
    known: dict[str, str] = {}
    try:
        with open(path or "", "rb") as file:
            content = file.read(CACHE_SIZE_MAX)
    except OSError:
        return known
    for line in content.split(b"\n"):
        digest, tree = line[:64], line[65:129]
        key = digest.decode("latin-1")
        if key in wanted and line + b"\n" == _line(digest, tree):
            known[key] = _PREFIX + tree.decode("latin-1")
    return known


def _keep(path: str | None, found: dict[str, str]) -> None:
    """Adds lines; whatever prevents it costs time the next time, and nothing else."""
    if path is None or not found:
        return
    lines = [
        _line(digest.encode(), identity[len(_PREFIX) :].encode())
        for digest, identity in found.items()
    ]
    content = b"".join(lines[: CACHE_SIZE_MAX // len(lines[0])])
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path) + len(content) > CACHE_SIZE_MAX:
            os.unlink(path)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, content)
        finally:
            os.close(file)
    except OSError:
        return


def _line(content: bytes, tree: bytes) -> bytes:
    check = sha256(b"%b %b" % (content, tree)).hexdigest()[:16]
    return b"%b %b %b\n" % (content, tree, check.encode())
