"""A small, strict interpreter of the part of Kaitai Struct that `Schemas/joule.ksy` uses.

What it does not know it refuses, so that a description that it takes is one that the compiler of
Kaitai Struct has nothing to guess about. Every byte of every stream has to be taken by a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

TYPE_KEYS = {"meta", "doc", "seq", "types", "instances", "params", "enums"}
META_KEYS = {"id", "title", "file-extension", "license", "ks-version", "endian", "encoding"}
FIELD_KEYS = {
    "id", "doc", "type", "size", "size-eos", "contents", "repeat", "repeat-expr", "repeat-until",
    "if", "enum", "valid", "process", "terminator",
}  # fmt: skip
INSTANCE_KEYS = {"value", "doc", "enum"}
NUMBERS = {"u1": 1, "u2": 2, "u4": 4, "u8": 8, "s8": 8}


class KaitaiError(Exception):
    """The description means nothing, or the bytes do not fit it."""


class Stream:
    """Bytes, and how many of them were taken."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self.data) - self.place:
            raise KaitaiError(f"{size} bytes are wanted at {self.place} of {len(self.data)}")
        self.place += size
        return self.data[self.place - size : self.place]

    @property
    def ended(self) -> bool:
        return self.place == len(self.data)


class Node:
    """A structure that was read: its fields by name, and its instances."""

    def __init__(self, reader: Description, kind: dict[str, Any], parent: Node | None) -> None:
        self.fields: dict[str, Any] = {}
        self.parent = parent
        self._reader = reader
        self._kind = kind

    def __getitem__(self, name: str) -> Any:
        if name in self.fields:
            return self.fields[name]
        if name == "_parent":
            return self.parent
        if name == "_root":
            return self if self.parent is None else self.parent["_root"]
        instance = self._kind.get("instances", {}).get(name)
        if instance is None:
            raise KaitaiError(f"no field {name}")
        return self._reader.evaluate(instance["value"], self)


class Description:
    """A description in the language of Kaitai Struct."""

    def __init__(self, path: Path, processors: dict[str, Callable[[bytes], bytes]]) -> None:
        self.root = yaml.safe_load(path.read_text())
        self.processors = processors
        self.types: dict[str, dict[str, Any]] = self.root["types"]
        self.enums: dict[str, dict[int, str]] = self.root["enums"]
        refuse(set(self.root["meta"]) - META_KEYS, "in meta")
        if self.root["meta"]["endian"] != "le":
            raise KaitaiError("little-endian only")
        for name, kind in [("", self.root), *self.types.items()]:
            refuse(set(kind) - TYPE_KEYS, f"in type {name}")
            for field in kind.get("seq", []):
                refuse(set(field) - FIELD_KEYS, f"in field {field['id']} of {name}")
            for instance in kind.get("instances", {}).values():
                refuse(set(instance) - INSTANCE_KEYS, f"in an instance of {name}")
                self._check_enum(instance)

    def _check_enum(self, field: dict[str, Any]) -> None:
        if "enum" in field and field["enum"] not in self.enums:
            raise KaitaiError(f"no enum {field['enum']}")

    def parse(self, data: bytes, type: str | None = None) -> Node:
        """Reads all of `data` as `type`, the whole file unless one is named."""
        stream = Stream(data)
        node = self._structure(self.types[type] if type else self.root, stream, None, [])
        if not stream.ended:
            raise KaitaiError(f"{len(data) - stream.place} bytes are left")
        return node

    def evaluate(self, expression: object, node: Node, **names: Any) -> Any:
        """The value of an expression where `node` is read."""
        if isinstance(expression, int):
            return expression
        return Expression(str(expression), self, node, names).value()

    def _structure(
        self, kind: dict[str, Any], stream: Stream, parent: Node | None, arguments: list[Any]
    ) -> Node:
        node = Node(self, kind, parent)
        for parameter, argument in zip(kind.get("params", []), arguments, strict=True):
            node.fields[parameter["id"]] = argument
        for field in kind["seq"]:
            self._check_enum(field)
            if self.evaluate(field.get("if", 1), node):
                node.fields[field["id"]] = self._repeated(field, stream, node)
            else:
                node.fields[field["id"]] = None
        return node

    def _repeated(self, field: dict[str, Any], stream: Stream, node: Node) -> Any:
        how = field.get("repeat")
        if how is None:
            return self._field(field, stream, node, 0)
        values: list[Any] = []
        # A type that is repeated may ask for what was read of its own field so far.
        node.fields[field["id"]] = values
        if how == "expr":
            for index in range(self.evaluate(field["repeat-expr"], node)):
                values.append(self._field(field, stream, node, index))
        elif how == "eos":
            while not stream.ended:
                values.append(self._field(field, stream, node, len(values)))
        elif how == "until":
            while True:
                values.append(self._field(field, stream, node, len(values)))
                if self.evaluate(field["repeat-until"], node, _=values[-1]):
                    break
        else:
            raise KaitaiError(f"repeat {how}")
        return values

    def _field(self, field: dict[str, Any], stream: Stream, node: Node, index: int) -> Any:
        value = self._value(field, stream, node, index)
        if "valid" in field:
            valid = field["valid"]
            allowed = valid["any-of"] if isinstance(valid, dict) else [valid]
            if value not in [self.evaluate(each, node) for each in allowed]:
                raise KaitaiError(f"{field['id']} is {value!r}")
        return value

    def _value(self, field: dict[str, Any], stream: Stream, node: Node, index: int) -> Any:
        if "contents" in field:
            if stream.take(len(field["contents"])) != bytes(field["contents"]):
                raise KaitaiError(f"{field['id']} is another")
            return bytes(field["contents"])
        kind = field.get("type")
        if isinstance(kind, dict):
            kind = self._chosen(kind, node)
        if kind in NUMBERS:
            data = stream.take(NUMBERS[kind])
            return int.from_bytes(data, "little", signed=kind.startswith("s"))
        if kind == "strz":
            end = stream.data.index(field["terminator"], stream.place)
            text = stream.take(end - stream.place).decode()
            stream.take(1)
            return text
        if "size" in field or field.get("size-eos"):
            size = len(stream.data) - stream.place
            data = stream.take(self.evaluate(field["size"], node) if "size" in field else size)
            if "process" in field:
                data = self.processors[field["process"]](data)
            if kind is None:
                return data
            if kind == "str":
                return data.decode()
            inner = Stream(data)
            value = self._named(kind, inner, node, index)
            if not inner.ended:
                raise KaitaiError(f"bytes are left in {field['id']}")
            return value
        return self._named(kind, stream, node, index)

    def _chosen(self, choice: dict[str, Any], node: Node) -> str:
        refuse(set(choice) - {"switch-on", "cases"}, "in a switch")
        on = self.evaluate(choice["switch-on"], node)
        for case, kind in choice["cases"].items():
            if case != "_" and self.evaluate(case, node) == on:
                return str(kind)
        if "_" not in choice["cases"]:
            raise KaitaiError(f"no case for {on}")
        return str(choice["cases"]["_"])

    def _named(self, kind: str, stream: Stream, node: Node, index: int) -> Node:
        match = re.fullmatch(r"(\w+)(?:\((.*)\))?", kind)
        if not match or match[1] not in self.types:
            raise KaitaiError(f"no type {kind}")
        arguments = [self.evaluate(match[2], node, _index=index)] if match[2] else []
        return self._structure(self.types[match[1]], stream, node, arguments)


def refuse(unknown: set[str], where: str) -> None:
    if unknown:
        raise KaitaiError(f"{sorted(unknown)} {where}")


TOKEN = re.compile(r"\s*(0x[0-9a-fA-F]+|\d+|\w+::\w+|\w+|<<|>>|[!=<>]=|[-+*/%&|^<>?:.()\[\]])")
BINARY: list[dict[str, Callable[[Any, Any], Any]]] = [
    {"or": lambda a, b: a or b},
    {"and": lambda a, b: a and b},
    {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    },
    {"|": lambda a, b: a | b},
    {"^": lambda a, b: a ^ b},
    {"&": lambda a, b: a & b},
    {"<<": lambda a, b: a << b, ">>": lambda a, b: a >> b},
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: a // b, "%": lambda a, b: a % b},
]


class Expression:
    """Parses an expression and works it out on the way; what is not asked for is not looked at."""

    def __init__(self, text: str, reader: Description, node: Node, names: dict[str, Any]) -> None:
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if not match:
                raise KaitaiError(f"no expression: {text}")
            self.tokens.append(match[1])
            place = match.end()
        self.reader, self.node, self.names = reader, node, names
        self.text = text

    def value(self) -> Any:
        value = self.choice(True)
        if self.tokens:
            raise KaitaiError(f"{self.tokens} is left of {self.text}")
        return value

    def taken(self, *tokens: str) -> str | None:
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in tokens else None

    def need(self, token: str) -> None:
        if not self.taken(token):
            raise KaitaiError(f"{token} is missing in {self.text}")

    def choice(self, live: bool) -> Any:
        condition = self.binary(0, live)
        if not self.taken("?"):
            return condition
        yes = self.choice(live and bool(condition))
        self.need(":")
        no = self.choice(live and not condition)
        return yes if condition else no

    def binary(self, level: int, live: bool) -> Any:
        if level == len(BINARY):
            return self.unary(live)
        left = self.binary(level + 1, live)
        while operator := self.taken(*BINARY[level]):
            # The right side of a decided `and` or `or` is parsed and not looked at.
            decided = (operator == "and" and not left) or (operator == "or" and left)
            right = self.binary(level + 1, live and not decided)
            left = BINARY[level][operator](left, right) if live else None
        return left

    def unary(self, live: bool) -> Any:
        if self.taken("not"):
            value = self.unary(live)
            return not value
        if self.taken("-"):
            value = self.unary(live)
            return -value if live else None
        return self.postfix(live)

    def postfix(self, live: bool) -> Any:
        value = self.primary(live)
        while True:
            if self.taken("."):
                name = self.tokens.pop(0)
                if not live or name == "to_i":
                    continue
                value = len(value) if name == "size" and isinstance(value, list) else value[name]
            elif self.taken("["):
                index = self.choice(live)
                self.need("]")
                value = value[index] if live else None
            else:
                return value

    def primary(self, live: bool) -> Any:
        token = self.tokens.pop(0)
        if token == "(":
            value = self.choice(live)
            self.need(")")
            return value
        if token[0].isdigit():
            return int(token, 0)
        if "::" in token:
            enum, name = token.split("::")
            return {label: number for number, label in self.reader.enums[enum].items()}[name]
        if not live:
            return None
        return self.names[token] if token in self.names else self.node[token]
