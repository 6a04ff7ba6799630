"""The identity of a Python source file, whatever its layout, comments and docstrings are.

`Schemas/redundancy-keys.md` says how it is made. Run as a program, in an interpreter of its own, so
that parsing neither holds the training up nor warns of what the program has been warned of: reads
texts from standard input, each behind its size in bytes and a line feed, and writes a line each,
the identity or `-` for what this version of Python does not parse.
"""

from __future__ import annotations

import ast
import hashlib
import sys

# Loading `typing` would cost more than hashing a small file.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A file in which one of these names stands may work with docstrings, so that they count.
READS_DOCSTRINGS = frozenset({"__doc__", "getdoc", "docopt", "dspy"})
# What is deeper is not compared by its tree.
DEPTH_MAX = 1000


def normalised(source: bytes) -> str | None:
    """The identity, `ast1:` and SHA-256 in hexadecimal; None for what does not parse."""
    try:
        tree = ast.parse(source)
        names = {name for node in ast.walk(tree) for name in _names(node)}
        encoder = _Encoder(keeps_texts=not READS_DOCSTRINGS.isdisjoint(names))
        encoder.node(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return f"ast1:{encoder.hexdigest()}"


def _names(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    if isinstance(node, ast.Import):
        return tuple(alias.name.partition(".")[0] for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        first = (node.module or "").partition(".")[0]
        return (first, *(alias.name for alias in node.names))
    return ()


class _Encoder:
    """Hashes a tree as a sequence of pieces that can be read in one way only."""

    def __init__(self, keeps_texts: bool) -> None:
        self.keeps_texts = keeps_texts
        self.pieces: list[bytes] = []
        self.hash = hashlib.sha256()
        self.depth = 0

    def hexdigest(self) -> str:
        self.flush()
        return self.hash.hexdigest()

    def flush(self) -> None:
        self.hash.update(b"".join(self.pieces))
        self.pieces.clear()

    def node(self, node: ast.AST) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise RecursionError
        if isinstance(node, ast.JoinedStr):
            self.joined(node)
        elif isinstance(node, ast.Constant):
            self.constant(node.value)
        else:
            self.compound(node)
        self.depth -= 1
        if len(self.pieces) > 10_000:
            self.flush()

    def compound(self, node: ast.AST) -> None:
        self.pieces.append(b"(%s" % type(node).__name__.encode())
        for name in sorted(node._fields):
            value = getattr(node, name, None)
            # Where a name stands says whether it is read or set.
            if name == "ctx" or value is None:
                continue
            if isinstance(value, list):
                self.sequence(name, value)
            else:
                self.pieces.append(b" %s=" % name.encode())
                self.value(value)
        self.pieces.append(b")")

    def sequence(self, name: str, items: list[object]) -> None:
        if name in ("body", "orelse", "finalbody"):
            items = self.statements(items)
        if not items:
            return
        self.pieces.append(b" %s=[" % name.encode())
        for item in items:
            self.value(item)
        self.pieces.append(b"]")

    def statements(self, items: list[object]) -> list[object]:
        """Without texts that stand alone, which do nothing: docstrings, for one."""
        if self.keeps_texts or not items:
            return items
        return [item for item in items if not _is_text(item)] or [ast.Pass()]

    def value(self, value: object) -> None:
        if isinstance(value, ast.AST):
            self.node(value)
        else:
            self.constant(value)

    def constant(self, value: object) -> None:
        if isinstance(value, str):
            self.framed(b"s", value.encode("utf-8", "surrogatepass"))
        elif isinstance(value, bytes):
            self.framed(b"b", value)
        elif value is None or value is Ellipsis or isinstance(value, bool):
            self.framed(b"c", str(value).encode())
        elif isinstance(value, int):
            self.framed(b"i", b"%x" % value)
        elif isinstance(value, float):
            self.framed(b"f", repr(value).encode())
        elif isinstance(value, complex):
            self.framed(b"j", repr(value.imag).encode())
        else:
            raise ValueError(f"a {type(value).__name__} is no constant of a program")

    def framed(self, kind: bytes, content: bytes) -> None:
        self.pieces.append(b"%s%d:" % (kind, len(content)))
        self.pieces.append(content)

    def joined(self, node: ast.JoinedStr) -> None:
        """An f-string: versions of Python cut its texts differently."""
        parts: list[object] = []
        for part in _flat(node):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
        if len(parts) <= 1 and all(isinstance(part, str) for part in parts):
            self.constant(parts[0] if parts else "")
            return
        self.pieces.append(b"(JoinedStr [")
        for part in parts:
            self.value(part)
        self.pieces.append(b"])")


def _flat(node: ast.JoinedStr) -> list[object]:
    parts: list[object] = []
    for value in node.values:
        if isinstance(value, ast.JoinedStr):
            parts += _flat(value)
        else:
            parts.append(value.value if isinstance(value, ast.Constant) else value)
    return parts


def _is_text(item: object) -> bool:
    return (
        isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
    )


def _main() -> None:
    import os

    # Training goes first.
    os.nice(10)
    read: Callable[[int], bytes] = sys.stdin.buffer.read
    while line := sys.stdin.buffer.readline():
        text = normalised(read(int(line))) or "-"
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    _main()
