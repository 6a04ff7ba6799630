"""What very many runs would cost: arithmetic on what was measured and on what the reader assumes."""

from __future__ import annotations

import argparse
import math
from typing import Any, NamedTuple

from scale_tables import grid

YEAR_SECONDS = 365.25 * 86_400
YEAR_DAYS = 365.25
MIB = 1 << 20
PART = 8 * MIB
PAGE = 1000


class Input(NamedTuple):
    name: str
    default: float
    meaning: str


INPUTS = (
    Input("of-runs", 1e9, "runs in a year"),
    Input("gpus", 1e5, "GPUs, all of which are measured"),
    Input("busy", 0.8, "share of the year in which a GPU has a run"),
    Input("epochs", 50, "epochs a run, of 12 metrics each"),
    Input("ledgers", 1, "ledgers a run, one for each rank that logs"),
    Input(
        "meters", 1.25, "meters a GPU: its own, and its share of the processors' and the memory's"
    ),
    Input("rate", 1, "readings a second of each meter"),
    Input("thin-days", 90, "days after which `thin` leaves one reading an interval"),
    Input("thin-seconds", 60, "that interval"),
    Input("directory", 1e6, "runs in a ledger directory, below which all are compared"),
    Input("pushes", 365, "pushes a year of each directory"),
    Input("audits", 52, "audits and summaries a year of each directory"),
    Input("price-gb-month", 0.023, "USD for a GB a month"),
    Input("price-puts", 0.005, "USD for 1,000 requests that store or list"),
    Input("price-gets", 0.0004, "USD for 1,000 requests that read"),
    Input("price-core-hour", 0.04, "USD for an hour of a core"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the model assumes")
    for name, default, meaning in INPUTS:
        group.add_argument(
            f"--{name}", type=float, default=default, help=meaning.replace("%", "%%")
        )


class Amount(NamedTuple):
    """A line of the model; `dollars` are those of a year, None where nobody charges for it."""

    name: str
    text: str
    dollars: float | None
    how: str


class Model:
    """The model of what was measured (`found`) under what is assumed (`given`)."""

    def __init__(self, found: dict[str, Any], given: argparse.Namespace) -> None:
        self.given = given
        self.found = found
        self.last = found["sizes"][-1]
        self.packed = self.last["shapes"]["packed"]
        self.directories = math.ceil(given.of_runs / given.directory)
        self.ledgers = given.of_runs * given.ledgers
        self.rows_bytes = self.ledgers * self.ledger_bytes()
        readings = given.gpus * given.busy * given.meters * given.rate * YEAR_SECONDS
        self.full_bytes = readings * found["reading_bytes"]

    def ledger_bytes(self) -> float:
        """Of a ledger without readings, on the line through the two that were measured."""
        (few, small), (many, large) = (
            (int(epochs), size) for epochs, size in self.found["ledger_bytes"].items()
        )
        return small + (large - small) / (many - few) * (self.given.epochs - few)

    def kept_bytes(self) -> float:
        """Of the readings of a year at its end, where the older ones are thinned."""
        recent = min(1.0, self.given.thin_days / YEAR_DAYS)
        left = 1 / max(1.0, self.given.thin_seconds * self.given.rate)
        return self.full_bytes * (recent + (1 - recent) * left)

    # MARK: Storage

    def storage(self) -> list[Amount]:
        month = self.given.price_gb_month * 12 / 1e9
        rows, kept = self.rows_bytes, self.kept_bytes()
        catalog = self.packed["catalog"] / self.last["runs"] * self.given.of_runs
        ledger = f"{self.ledger_bytes():,.0f} B a ledger"
        return [
            Amount("epochs, configurations, energies", terabytes(rows), rows * month, ledger),
            Amount(
                "readings, none thinned", terabytes(self.full_bytes), self.full_bytes * month,
                f"{self.found['reading_bytes']:.2f} B a reading",
            ),
            Amount("readings, thinned", terabytes(kept), kept * month, "a year's, at its end"),
            Amount(
                "catalogs, where they are asked", terabytes(catalog), None,
                f"{catalog / self.given.of_runs:,.0f} B a run",
            ),
        ]  # fmt: skip

    # MARK: Requests

    def requests(self) -> list[Amount]:
        whole = self.rows_bytes + self.full_bytes
        single = self.requests_of("each ledger as it ends", self.ledgers, whole)
        packs = self.directories * self.packs()
        return single + self.requests_of("packs that are merged no more", packs, whole)

    def packs(self) -> float:
        """Packs of a directory, as many for each run as there were at the most runs measured."""
        return max(1.0, self.packed["files"] / self.last["runs"] * self.given.directory)

    def requests_of(self, what: str, objects: float, whole: float) -> list[Amount]:
        """Those of `Schemas/push.md`: PUT and HEAD, or a beginning, parts and an end."""
        given = self.given
        parts = math.ceil(whole / objects / PART)
        puts = objects * (1 if parts == 1 else parts + 2)
        # While a directory fills, half of its objects are there at a push in the mean.
        listed = max(1, objects / self.directories / 2 / PAGE)
        lists = given.pushes * self.directories * (listed + 1)
        gets = objects * (1 + parts)
        price = (given.price_puts / 1000, given.price_gets / 1000)
        return [
            Amount(
                f"push, {what}", f"{count(puts)} PUT", puts * price[0],
                f"{count(objects)} objects of {whole / objects / 1e6:,.2f} MB",
            ),
            Amount("– it is there", f"{count(objects)} HEAD", objects * price[1], "one an object"),
            Amount(
                "– what is there", f"{count(lists)} LIST", lists * price[0],
                f"{given.pushes:,.0f} a year of {self.directories:,} prefixes",
            ),
            Amount(
                "– pull of all, once", f"{count(gets)} GET, HEAD", gets * price[1],
                "a HEAD an object, a GET for each 8 MiB",
            ),
        ]  # fmt: skip

    # MARK: Processors

    def hours(self) -> list[Amount]:
        given = self.given
        one = self.last["adding"]
        once = [
            ("processes that log, begin to end", one["run"] * given.ledgers),
            ("a `check` of each, besides that of its start", one["check"]),
            ("packing", (one["pack"] + one["catalog"]) * given.ledgers),
        ]
        amounts = [
            self.core_hours(name, cost * given.of_runs, f"{cost * 1000:.2f} ms a run")
            for name, cost in once
        ]
        for name in ("audit", "lifecycle"):
            cost = self.packed["commands"][name]["2"]["processors"] / self.last["runs"]
            how = f"{cost * 1e6:,.0f} µs a run, {given.audits:,.0f} times"
            of_all = cost * given.of_runs * given.audits
            amounts.append(self.core_hours(f"`{name}` of each directory", of_all, how))
        return amounts

    def core_hours(self, name: str, seconds: float, how: str) -> Amount:
        hours = seconds / 3600
        return Amount(name, f"{count(hours)} core h", hours * self.given.price_core_hour, how)

    # MARK: What breaks

    def limits(self) -> list[Amount]:
        """What one process would need for all runs, and how the last tenfold bears that out."""
        amounts = []
        for name in ("ls", "audit", "lifecycle"):
            sizes = [
                size for size in self.found["sizes"]
                if name in size["shapes"]["imported"]["commands"]
            ][-2:]  # fmt: skip
            before, last = (size["shapes"]["imported"]["commands"][name]["2"] for size in sizes)
            floor = self.found["floor_mb"]
            factor = self.given.of_runs / sizes[-1]["runs"]
            memory = (last["megabytes"] - floor) * factor * MIB
            growth = (last["megabytes"] - floor) / (before["megabytes"] - floor)
            slower = last["processors"] / before["processors"]
            amounts.append(
                Amount(
                    f"one `{name}` of all, imported",
                    f"{terabytes(memory)} of memory, "
                    f"{count(last['processors'] * factor / 3600)} core h",
                    None,
                    f"{sizes[0]['runs']:,} → {sizes[-1]['runs']:,} took {growth:.1f} × the memory, "
                    f"{slower:.1f} × the time",
                )
            )
        return amounts


def count(value: float) -> str:
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:,.3g}{name}"
    return f"{value:,.3g}"


def terabytes(size: float) -> str:
    return f"{size / 1e12:,.3g} TB"


def table(found: dict[str, Any], given: argparse.Namespace) -> str:
    model = Model(found, given)
    inputs = [
        [f"`--{name}`", f"{getattr(given, name.replace('-', '_')):,.10g}", meaning]
        for name, _, meaning in INPUTS
    ]
    amounts = [*model.storage(), *model.requests(), *model.hours(), *model.limits()]
    rows = [
        [name, text, "" if dollars is None else f"{dollars:,.0f}", how]
        for name, text, dollars, how in amounts
    ]
    return (
        grid(["input", "assumed", "is"], inputs)
        + f"\n\nBytes, summaries and one run more are from what {model.last['runs']:,} packed runs cost:\n\n"
        + grid(["what", "how much", "USD a year", "from"], rows)
    )
