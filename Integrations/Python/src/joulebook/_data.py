"""What identifies data, apart from how it is computed."""

from __future__ import annotations


class Fingerprint:
    """A hash of data's content, prefixed with its algorithm, and what the data is called."""

    __slots__ = ("name", "sampled", "value")

    def __init__(
        self, value: str, name: str | None = None, sampled: dict[str, int] | None = None
    ) -> None:
        self.value = value
        self.name = name
        self.sampled = sampled
        """How much was read, where not all of it: "bytes" of "of_bytes", "items" of "of_items"."""

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"Fingerprint({self.value!r}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)
