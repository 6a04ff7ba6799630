"""Identities of source texts: from the user's cache, or by an interpreter that parses them.

The cache is a text file of lines `SHA-256 of the content, SHA-256 of the tree, check`; whoever adds
lines appends them at once. A line that is not whole is not used, and the file is begun anew when it
has grown too large.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

CACHE_NAME = "closure-1.txt"
CACHE_SIZE_MAX = 1 << 20
PARSING_S_MAX = 60.0
_PREFIX = "ast1:"


def identities(sources: dict[str, bytes]) -> dict[str, str]:
    """Of texts by the SHA-256 of their bytes, in hexadecimal: the identity of each.

    `ast1:…` of the tree, or `sha256:…` of the bytes where these are no Python that parses here.
    Raises OSError and subprocess.SubprocessError when they cannot be parsed.
    """
    path = _cache_path()
    known = _read(path)
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
    answer = subprocess.run(
        [program, "-I", "-S", "-W", "ignore", script],
        input=b"".join(b"%d\n%b" % (len(text), text) for text in texts),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=PARSING_S_MAX,
        check=True,
    )
    lines = answer.stdout.decode("ascii").splitlines()
    if len(lines) != len(texts):
        raise OSError("the interpreter that was to parse them did not finish")
    return [line if line.startswith(_PREFIX) else None for line in lines]


def _cache_path() -> str | None:
    """None for a user without a home."""
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(folder, "joulebook", CACHE_NAME) if os.path.isabs(folder) else None


def _read(path: str | None) -> dict[str, str]:
    known: dict[str, str] = {}
    try:
        with open(path or "", encoding="ascii", errors="replace") as file:
            text = file.read(CACHE_SIZE_MAX)
    except OSError:
        return known
    for line in text.splitlines():
        content, _, rest = line.partition(" ")
        if line == _line(content, rest[:64]).rstrip():
            known[content] = _PREFIX + rest[:64]
    return known


def _keep(path: str | None, found: dict[str, str]) -> None:
    """Adds lines; whatever prevents it costs time the next time, and nothing else."""
    if path is None or not found:
        return
    lines = [_line(digest, identity[len(_PREFIX) :]) for digest, identity in found.items()]
    content = "".join(lines[: CACHE_SIZE_MAX // len(lines[0])]).encode()
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


def _line(content: str, tree: str) -> str:
    check = hashlib.sha256(f"{content} {tree}".encode("ascii", "replace")).hexdigest()[:16]
    return f"{content} {tree} {check}\n"
