"""The tables of `docs/scale.md` that hold what `Benchmarks/scale` measured."""

from __future__ import annotations

from typing import Any

SHAPES = {"single": "a ledger a run", "packed": "packed in place", "imported": "imported together"}
COMMANDS = ("ls", "audit", "lifecycle", "check, cold", "check, warm")


def grid(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}"


def milliseconds(value: float) -> str:
    return f"{value * 1000:.2f}"


def shapes_of(found: dict[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    return [
        (name, size["runs"], size["shapes"][shape])
        for shape, name in SHAPES.items()
        for size in found["sizes"]
        if shape in size["shapes"]
    ]


def sizes(found: dict[str, Any]) -> str:
    heads = ["runs", "as", "files", "bytes a run", "bytes a run on disk"]
    return grid(
        heads,
        [
            [
                f"{runs:,}",
                name,
                f"{made['files']:,}",
                f"{made['bytes'] / runs:,.0f}",
                f"{made['stored'] / runs:,.0f}",
            ]
            for name, runs, made in shapes_of(found)
        ],
    )


def cell(made: dict[str, Any], command: str) -> str:
    if command not in made["commands"]:
        return "–"
    cost = made["commands"][command]["2"]
    return f"{seconds(cost['processors'])} s, {cost['megabytes']:,.0f} MB"


def commands(found: dict[str, Any]) -> str:
    rows = [
        [f"{runs:,}", name, *(cell(made, command) for command in COMMANDS)]
        for name, runs, made in shapes_of(found)
    ]
    return grid(["runs", "as", *COMMANDS], rows)


def cores(found: dict[str, Any]) -> str:
    rows = []
    for size in found["sizes"]:
        costs = size["shapes"]["packed"]["commands"]
        times = [
            " → ".join(seconds(costs[name][count]["processors"]) for count in "12")
            if name in costs
            else "–"
            for name in COMMANDS
        ]
        rows.append([f"{size['runs']:,}", *times])
    return grid(["runs, packed in place", *COMMANDS], rows)


ONE = {
    "run": "its process",
    "check": "the check after it",
    "pack": "its share of packing",
    "catalog": "of the catalog behind that",
}


def adding(found: dict[str, Any]) -> str:
    """What one run more costs, in the packed directory with its share of packing."""
    empty = [milliseconds(found["empty"][part]) for part in ("run", "check")]
    packed = [(size["runs"], size["adding"]) for size in found["sizes"]]
    imported = [(size["runs"], size["shapes"]["imported"]["adding"]) for size in found["sizes"]]
    heads = ["runs that are there", *ONE.values(), "together", "÷ the first"]
    none = ["none", *empty, "", "", "", ""]
    shared = "In the packed directory:\n\n" + grid(heads, [none, *lines(packed)])
    heads = ["runs that are there", "its process", "the check after it", "together", "÷ the first"]
    return (
        f"{shared}\n\n{ratios(packed)}\n\nBeside runs that were imported together:\n\n"
        f"{grid(heads, lines(imported))}\n\n{ratios(imported)}"
    )


def whole(added: dict[str, float]) -> float:
    return sum(added[part] for part in ONE if part in added)


def lines(costs: list[tuple[int, dict[str, float]]]) -> list[list[str]]:
    first = whole(costs[0][1])
    return [
        [
            f"{runs:,}",
            *(milliseconds(added[part]) for part in ONE if part in added),
            milliseconds(whole(added)),
            f"{whole(added) / first:.2f}",
        ]
        for runs, added in costs
    ]


def ratios(costs: list[tuple[int, dict[str, float]]]) -> str:
    wholes = [whole(added) for _, added in costs]
    return (
        f"**One run more among {costs[-1][0]:,} costs {wholes[-1] / wholes[0]:.2f} times as much as among "
        f"{costs[0][0]:,}**, and {wholes[-1] / min(wholes):.2f} times the cheapest line. In milliseconds "
        "of processors."
    )


def tables(found: dict[str, Any]) -> dict[str, str]:
    """By the names of their markers."""
    return {
        "sizes": sizes(found),
        "commands": commands(found),
        "cores": cores(found),
        "adding": adding(found),
    }
