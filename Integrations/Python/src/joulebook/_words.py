"""Texts and numbers on their way between people, Python and C."""

from __future__ import annotations

import operator
import os
import sys


def shown(value: object) -> str:
    """What a value says of itself, in few words; it may be anything, and refuse to."""
    try:
        return f"{value!r:.80}"
    except Exception:
        return f"a {type(value).__name__}"


def c_text(text: str) -> str:
    """A text as C can hold it: without NUL, valid as UTF-8."""
    return str(text).replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def c_path(path: str | bytes) -> str:
    """A path as C can hold it; one that is not UTF-8 is then not found, which is said."""
    return c_text(os.fsdecode(path))


def short(path: str | None) -> str:
    """A path as a person in this directory would write it."""
    if path is None:
        return "nowhere"
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return path if relative.startswith("..") else relative


def say(text: str) -> None:
    """One line to the person; a closed or odd stream is nobody's harm."""
    try:
        print(f"joulebook: {text}", file=sys.stderr, flush=True)
    except Exception:
        return


def warn(text: str, kind: type[Warning] = RuntimeWarning) -> None:
    """One Python warning that names the caller's line; a line where warnings are errors."""
    # Loaded when needed; the interpreter usually has it.
    import warnings

    try:
        warnings.warn(f"joulebook: {text}", kind, stacklevel=_callers())
    except Warning:
        say(text)


def _callers() -> int:
    """How many frames up the program is, `warn` being the first."""
    frame = sys._getframe(1)
    level = 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("joulebook."):
        frame = frame.f_back
        level += 1
    return level


def limit(value: object, name: str) -> float:
    """A limit of a budget; raises TypeError and ValueError for what is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"budget: {name} must be a number, not {value!r:.80}") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"budget: {name} must be a number from 0 on, not {number}")
    return number


def fits(number: int) -> bool:
    """Whether 64 bits hold it."""
    return -(2**63) <= number < 2**63


def whole(value: object, name: str) -> int:
    """A whole number, of whatever type; raises TypeError for anything else."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise TypeError(f"{name} must be a whole number, not {value!r:.80}") from None
