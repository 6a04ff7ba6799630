"""Turns what people configure training with into plain JSON values.

Nothing here imports a framework: objects are known by the methods that they have.
"""

from __future__ import annotations

import enum
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Configurations are written by people; anything larger is data that strayed in.
NODES_MAX = 100_000
DEPTH_MAX = 64
ARRAY_SIZE_MAX = 256
TEXT_SIZE_MAX = 65_536


def plain_config(config: object) -> dict[str, Any]:
    """The configuration as an object of JSON values.

    Takes a mapping, a dataclass, `argparse.Namespace`, OmegaConf, anything with `to_dict`,
    `model_dump` or `dict`, and classes or objects whose attributes are the settings.

    Raises TypeError for anything that has no named settings.
    """
    return _plain_config(config, _Budget())


def spelt_config(config: object, is_quiet: bool = False) -> dict[str, Any]:
    """The same, with a warning for values that nothing tells apart from others of their type."""
    budget = _Budget()
    plain = _plain_config(config, budget)
    if budget.unspelt and not is_quiet:
        from ._words import warn

        shown = ", ".join(budget.unspelt[:3])
        if len(budget.unspelt) > 3:
            shown += f" and {len(budget.unspelt) - 3} more"
        warn(
            f"config: {shown} cannot be spelt out: another such object there is taken for the same "
            "work; put its settings into the configuration"
        )
    return plain


def _plain_config(config: object, budget: _Budget) -> dict[str, Any]:
    if config is None:
        return {}
    found = members(config)
    if found is None:
        found = _attributes(config)
    if found is None:
        raise TypeError(
            "config must be a dict, a dataclass, an argparse.Namespace or an object with named "
            f"settings, not {type(config).__name__}"
        )
    return _plain_mapping(found, budget, 0, (id(config),))


def plain(value: object) -> Any:
    """One value as JSON; what has no JSON form becomes a text that names it."""
    return _plain(value, _Budget(), 0, ())


def text_of(value: object) -> str:
    """Compact JSON text that is always valid UTF-8; `value` is plain already."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


class _Budget:
    """How many more values are taken in, and where."""

    def __init__(self) -> None:
        self.left = NODES_MAX
        self.place: list[str] = []
        self.unspelt: list[str] = []
        """Where there are objects of which only the type is known."""

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _plain(value: object, budget: _Budget, depth: int, above: tuple[int, ...]) -> Any:
    if not budget.spend():
        return "<left out: too large>"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain_enum(value, budget, depth, above)
    if isinstance(value, int):
        # The ledger's integers have 64 bits; larger ones are kept to the digit as text.
        return int(value) if -(2**63) <= value < 2**63 else _digits(value)
    if isinstance(value, float):
        return _plain_float(value)
    if isinstance(value, str):
        return _plain_text(str(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes, sha256:{_sha256(value)}>"
    if isinstance(value, os.PathLike):
        return _plain_text(os.fsdecode(value))
    if depth >= DEPTH_MAX or id(value) in above:
        return "<left out: nested in itself or too deep>"
    return _plain_compound(value, budget, depth + 1, (*above, id(value)))


def _plain_compound(value: object, budget: _Budget, depth: int, above: tuple[int, ...]) -> Any:
    found = members(value)
    if found is not None:
        return _plain_mapping(found, budget, depth, above)
    if isinstance(value, list | tuple):
        return [_plain(item, budget, depth, above) for item in value]
    if isinstance(value, set | frozenset):
        # A set has no order; its items are put into one, so that equal sets read equal.
        items = [_plain(item, budget, depth, above) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    if _is_array(value):
        return _plain_array(value, budget, depth, above)
    return _name_of(value, budget)


def _plain_mapping(
    named: Iterable[tuple[object, object]], budget: _Budget, depth: int, above: tuple[int, ...]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in named:
        if not budget.spend():
            result["<left out>"] = "too large"
            break
        text = _plain_text(name if isinstance(name, str) else str(name))
        budget.place.append(text)
        result[text] = _plain(value, budget, depth, above)
        budget.place.pop()
    return result


def members(value: object) -> list[tuple[object, object]] | None:
    """Name and value, where the type says that it has such."""
    if type(value).__module__.partition(".")[0] == "omegaconf":
        # A mapping, whose lists are none of Python's.
        return _from_omegaconf(value)
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, type):
        return None
    if hasattr(value, "__dataclass_fields__"):
        # Whoever made this has imported the module already.
        from dataclasses import fields, is_dataclass

        if is_dataclass(value):
            return [(field.name, getattr(value, field.name, None)) for field in fields(value)]
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return list(value._asdict().items())
    module = type(value).__module__
    if module == "argparse" or module == "types":
        return list(vars(value).items()) if hasattr(value, "__dict__") else None
    for name in ("to_dict", "model_dump", "flag_values_dict"):
        found = _from_method(getattr(value, name, None))
        if found is not None:
            return found
    return None


def _from_method(method: object) -> list[tuple[object, object]] | None:
    if not callable(method):
        return None
    try:
        result = method()
    except Exception:
        return None
    return list(result.items()) if isinstance(result, Mapping) else None


def _from_omegaconf(value: object) -> list[tuple[object, object]] | None:
    # The type is OmegaConf's own, so its package is imported already.
    from sys import modules

    to_container: Callable[..., object] | None = getattr(
        getattr(modules.get("omegaconf"), "OmegaConf", None), "to_container", None
    )
    if to_container is None:
        return None
    for resolve in (True, False):
        try:
            container = to_container(value, resolve=resolve)
        except Exception:
            continue
        if isinstance(container, Mapping):
            return list(container.items())
        if isinstance(container, list):
            return list(enumerate(container))
    return None


def _attributes(config: object) -> list[tuple[object, object]] | None:
    """Public settings of a class or of an object that is nothing but its attributes."""
    if isinstance(config, str | bytes | int | float | list | tuple | set | frozenset):
        return None
    if callable(config) and not isinstance(config, type):
        return None
    if isinstance(config, type):
        settings = {
            name: value for base in reversed(config.__mro__) for name, value in vars(base).items()
        }
    elif hasattr(config, "__dict__"):
        settings = vars(config)
    else:
        return None
    return [
        (name, value)
        for name, value in settings.items()
        if not name.startswith("_")
        and not isinstance(value, classmethod | staticmethod | property)
        and not callable(value)
    ]


def _plain_enum(value: enum.Enum, budget: _Budget, depth: int, above: tuple[int, ...]) -> Any:
    if isinstance(value.value, str | int | float):
        return _plain(value.value, budget, depth + 1, above)
    return f"{type(value).__name__}.{value.name}"


def _plain_float(value: float) -> float | str:
    if math.isfinite(value):
        return float(value)
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _plain_text(text: str) -> str:
    if len(text) <= TEXT_SIZE_MAX:
        return text
    digest = _sha256(text.encode("utf-8", "replace"))
    return f"{text[:200]}… <{len(text)} characters, sha256:{digest}>"


def _digits(value: int) -> str:
    try:
        return str(int(value))
    except ValueError:  # Python refuses to spell out thousands of digits.
        return hex(value) if value.bit_length() < TEXT_SIZE_MAX else "<left out: too large>"


def _is_array(value: object) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "shape")


def _plain_array(value: Any, budget: _Budget, depth: int, above: tuple[int, ...]) -> Any:
    """NumPy scalars and arrays, and tensors that look like them."""
    try:
        shape = tuple(int(side) for side in value.shape)
        if shape == ():
            return _plain_scalar(value, budget, depth, above)
        if math.prod(shape) <= ARRAY_SIZE_MAX:
            return _plain(value.tolist(), budget, depth, above)
    except Exception:
        return _name_of(value, budget)
    return f"<array of {value.dtype}, {'x'.join(map(str, shape))}>"


def _plain_scalar(value: Any, budget: _Budget, depth: int, above: tuple[int, ...]) -> Any:
    item = value.item()
    if isinstance(item, float) and str(value.dtype) in ("float32", "float16"):
        # The shortest text that means the same number: 0.1, not 0.10000000149011612.
        item = float(str(value))
    return _plain(item, budget, depth, above)


def _name_of(value: object, budget: _Budget) -> str:
    """Code and other objects by their names; never by an address, which differs every time."""
    name = getattr(value, "__qualname__", None)
    if isinstance(name, str):
        module = getattr(value, "__module__", None)
        return f"{module}.{name}" if isinstance(module, str) else name
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    try:
        text = repr(value)
    except Exception:
        text = ""
    # Not every address comes as `at 0x…`; one's own can be told anyhow.
    if text and " at 0x" not in text and f"{id(value):x}" not in text.lower():
        return _plain_text(text)
    budget.unspelt.append(".".join(budget.place)[:80])
    return f"<{kind}>"


def _sha256(content: bytes | bytearray | memoryview) -> str:
    # Loaded when needed: OpenSSL takes longer to load than a run to start.
    import hashlib

    return hashlib.sha256(content).hexdigest()
