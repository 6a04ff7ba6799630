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


def packed(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The numbers of runs that were packed in place."""
    return [size for size in found["sizes"] if "packed" in size["shapes"]]


def cores(found: dict[str, Any]) -> str:
    rows = []
    for size in packed(found):
        costs = [size["shapes"]["packed"]["commands"][name] for name in COMMANDS]
        times = [[seconds(cost[count]["processors"]) for count in "12"] for cost in costs]
        rows.append([f"{size['runs']:,}", *(f"{one} → {two}" for one, two in times)])
    return grid(["runs, packed in place", *COMMANDS], rows)


ONE = {
    "run": "its process",
    "check": "the check after it",
    "pack": "its share of packing",
    "catalog": "of the catalog behind that",
}


def levels(runs: int, job: int) -> int:
    """How often a ledger is copied until so many are packed, where eight packs become one."""
    level = 1
    while runs >= 8 * job:
        runs //= 8
        level += 1
    return level


def parts_of_one(found: dict[str, Any], size: dict[str, Any]) -> dict[str, float]:
    """Seconds of processors of one run more; where nothing was packed, packing is as far as it grows."""
    last = packed(found)[-1]
    grown = levels(size["runs"], found["job"]) / levels(last["runs"], found["job"])
    added = size["adding"]
    return {part: added[part] if part in added else last["adding"][part] * grown for part in ONE}


def adding(found: dict[str, Any]) -> str:
    wholes = [sum(parts_of_one(found, size).values()) for size in found["sizes"]]
    empty = [milliseconds(found["empty"][part]) for part in ("run", "check")]
    rows = [["none", *empty, "", "", "", ""]]
    for size, whole in zip(found["sizes"], wholes, strict=True):
        parts = [
            ("" if part in size["adding"] else "≈ ") + milliseconds(value)
            for part, value in parts_of_one(found, size).items()
        ]
        share = f"{whole / wholes[0]:.2f}"
        rows.append([f"{size['runs']:,}", *parts, milliseconds(whole), share])
    return (
        grid(["runs that are there", *ONE.values(), "together", "÷ the first"], rows)
        + "\n\nMilliseconds of processors. Among runs that were imported, process and check:\n\n"
        + adding_to_imported(found)
    )


def adding_to_imported(found: dict[str, Any]) -> str:
    costs = [
        (size["runs"], size["shapes"]["imported"]["adding"])
        for size in found["sizes"]
        if "adding" in size["shapes"]["imported"]
    ]
    wholes = [added["run"] + added["check"] for _, added in costs]
    rows = [
        [f"{runs:,}", milliseconds(added["run"]), milliseconds(added["check"]),
         milliseconds(whole), f"{whole / wholes[0]:.2f}"]
        for (runs, added), whole in zip(costs, wholes, strict=True)
    ]  # fmt: skip
    return (
        grid(["imported", "its process", "the check after it", "together", "÷ the first"], rows)
        + f"\n\n**The cost of run {costs[-1][0]:,} is {wholes[-1] / wholes[0]:.2f} times that of run "
        + f"{costs[0][0]:,}.**"
    )


def tables(found: dict[str, Any]) -> dict[str, str]:
    """By the names of their markers."""
    return {
        "sizes": sizes(found),
        "commands": commands(found),
        "cores": cores(found),
        "adding": adding(found),
    }
