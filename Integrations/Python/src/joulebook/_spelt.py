"""Spells out what people hand to frameworks: functions with what they close over, objects with
their settings, and arrays by their content.

It is strict where `_config` is not: two things that are spelt alike are alike, as far as their code
is, which is compared by other means.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from ._weights import not_known

_DEPTH_MAX = 8
# Longer lists are told by their hash.
_LIST_MAX = 256


def spelt(value: object) -> object:
    """The value in plain JSON values; a text that no other run has where that cannot be."""
    try:
        return _spelt(value, 0)
    except Exception as error:
        return not_known(error)


def settings(given: Mapping[str, Any], *names: str) -> dict[str, object]:
    """Of the arguments of a call those of these names that say anything."""
    found = {name: given.get(name) for name in names}
    return {name: spelt(value) for name, value in found.items() if not _says_nothing(value)}


def _says_nothing(value: object) -> bool:
    return value is None or (isinstance(value, list | tuple) and not value)


def _spelt(value: Any, depth: int) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > _DEPTH_MAX:
        raise TypeError("it is nested too deep")
    inner = depth + 1
    if isinstance(value, bytes | bytearray):
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    if isinstance(value, Mapping):
        return {str(name): _spelt(part, inner) for name, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [_spelt(part, inner) for part in value]
        if len(parts) <= _LIST_MAX:
            return parts
        return f"{len(parts)} values, {_spelt(json.dumps(parts).encode(), inner)}"
    if isinstance(value, range):
        return repr(value)
    if isinstance(value, set | frozenset):
        return sorted((_spelt(part, inner) for part in value), key=repr)
    if type(value).__module__ == "numpy.dtypes":
        return str(value)
    if isinstance(value, type | BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, FunctionType):
        return _function(value, inner)
    if isinstance(value, MethodType):
        return [value.__func__.__qualname__, _spelt(value.__self__, inner)]
    if isinstance(value, functools.partial):
        return ["partial", *(_spelt(p, inner) for p in (value.func, value.args, value.keywords))]
    if hasattr(value, "dtype") or hasattr(value, "columns"):
        return _content(value)
    return _object(value, inner)


def _function(value: FunctionType, depth: int) -> object:
    """By its name and what it is made with; functions of one name may be many, as lambdas are."""
    code = value.__code__
    body = hashlib.sha256(code.co_code + repr((_plain(code.co_consts), code.co_names)).encode())
    found: dict[str, object] = {
        "function": f"{value.__module__}.{value.__qualname__}",
        "body": body.hexdigest()[:16],
    }
    held = {
        name: _spelt(cell.cell_contents, depth)
        for name, cell in zip(code.co_freevars, value.__closure__ or (), strict=True)
        if cell.cell_contents is not value
    }
    for name, part in (
        ("closes_over", held),
        ("defaults", _spelt(value.__defaults__, depth)),
        ("named_defaults", _spelt(value.__kwdefaults__, depth)),
    ):
        if part:
            found[name] = part
    return found


def _plain(constants: tuple[Any, ...]) -> list[object]:
    """Without the addresses of functions inside, of which the bodies count; sets in an order."""
    return [
        [part.co_code.hex(), _plain(part.co_consts), part.co_names]
        if hasattr(part, "co_code")
        else sorted(map(repr, part))
        if isinstance(part, frozenset)
        else repr(part)
        for part in constants
    ]


def _object(value: Any, depth: int) -> object:
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if hasattr(value, "get_params"):
        own: Mapping[str, Any] = value.get_params(deep=False)
    elif not _is_its_attributes(value):
        raise TypeError(f"a {kind} has no settings that can be read")
    else:
        own = vars(value)
    return {"class": kind, **{name: _spelt(part, depth) for name, part in sorted(own.items())}}


def _is_its_attributes(value: Any) -> bool:
    """Whether an object is nothing else; what has a way of its own to be copied may be."""
    kind: Any = type(value)
    plain: Any = object
    return (
        hasattr(value, "__dict__")
        and kind.__reduce__ is plain.__reduce__
        and kind.__reduce_ex__ is plain.__reduce_ex__
        and not any(vars(base).get("__slots__") for base in kind.__mro__)
    )


def _content(value: Any) -> str:
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return str(_spelt(value.item(), 0))
    from ._fingerprint import fingerprint

    return fingerprint(value).value
