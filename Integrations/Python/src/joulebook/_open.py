"""Ledgers read back as tables that pandas, Polars, DuckDB and pyarrow take as they are."""

from __future__ import annotations

import json
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timezone
from operator import index
from typing import SupportsIndex

from ._errors import LedgerWarning
from ._load import native
from ._query import StringPath, checked, ledger_path

Time = datetime | date | str | SupportsIndex
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def open(path: StringPath | None = None) -> Ledgers:
    """Opens a ledger, a pack, or a directory of ledgers, those of runs that go on now included.

        steps = joulebook.open("joulebook").steps(columns=["run_id", "step", "loss"])
        pandas.DataFrame.from_arrow(steps)
        polars.DataFrame(steps)
        duckdb.sql("SELECT run_id, min(loss) FROM steps GROUP BY run_id")
        pyarrow.table(steps)

    `path` is JOULEBOOK_DIR or ./joulebook unless given. Nothing is read before a table is. Raises
    OSError when there is no such path or the file is no ledger; warns of a directory without one.
    """
    place = ledger_path(path)
    if not stat.S_ISDIR(os.stat(place).st_mode):
        checked(native.schema(place, "{}"))
    elif not _has_ledger(place):
        warnings.warn(f"{place} holds no ledger", LedgerWarning, stacklevel=2)
    return Ledgers(place)


class Ledgers:
    """What `joulebook.open` gives: the tables of all its runs together (`Schemas/tables.md`).

    Every table takes the same arguments, none of which has to be given:

    `columns`: names, in the order wanted.
    `run`: only runs whose id begins with this.
    `since`, `until`: only rows of this time or later, and before that time; a datetime with its
    time zone, a date (from its beginning in UTC), ISO 8601, or nanoseconds since 1970. Blocks of
    other times are not even read.
    `where`: conditions that all must hold: a column, one of = != < <= > >=, a value: "loss<0.1".
    NaN equals NaN here, and of a run_id the beginning will do.
    """

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"joulebook.open({self.path!r})"

    def runs(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row a run: what it was, its outcome and its energy; its time is when it started."""
        return self._table("runs", columns, run, since, until, where)

    def epochs(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row an epoch: its metrics and its energy; its time is when it started."""
        return self._table("epochs", columns, run, since, until, where)

    def steps(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row a step that was logged: its metrics."""
        return self._table("steps", columns, run, since, until, where)

    def telemetry(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row a reading of a meter: its energy since the run began, and its power."""
        return self._table("telemetry", columns, run, since, until, where)

    def energy(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row for each run, epoch or phase and each meter: the energy that it saw."""
        return self._table("energy", columns, run, None, None, where)

    def phases(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row a named part of an epoch or run, with its energy; its time is when it started."""
        return self._table("phases", columns, run, since, until, where)

    def step_ranges(
        self,
        *,
        columns: str | Iterable[str] | None = None,
        run: str | None = None,
        since: Time | None = None,
        until: Time | None = None,
        where: str | Iterable[str] = (),
    ) -> Table:
        """One row a range of steps, with its energy; its time is when it started."""
        return self._table("step_ranges", columns, run, since, until, where)

    def _table(
        self,
        name: str,
        columns: str | Iterable[str] | None,
        run: str | None,
        since: Time | None,
        until: Time | None,
        where: str | Iterable[str],
    ) -> Table:
        options: dict[str, object] = {
            "table": name,
            "columns": None if columns is None else _names(columns),
            "run": run,
            "since": _time("since", since),
            "until": _time("until", until),
            "where": _names(where),
        }
        return Table(self.path, options)


class Table:
    """A table that is read when somebody takes it, from the beginning each time.

    It has the Arrow PyCapsule interface and nothing else: hand it to a library that speaks Arrow.
    Rows come in batches as they are asked for, so a reader that does not keep them needs little
    memory. Behind the last row, a LedgerWarning says what could not be read. A column or a run that
    is not there is a ValueError.
    """

    __slots__ = ("_options", "_path")

    def __init__(self, path: str, options: dict[str, object]) -> None:
        self._path = path
        self._options = options

    def __repr__(self) -> str:
        given = {name: value for name, value in self._options.items() if value not in (None, [])}
        table = given.pop("table")
        arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"joulebook.open({self._path!r}).{table}({arguments})"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule with an ArrowArrayStream; the schema is the table's, whatever is requested."""
        return checked(native.stream(self._path, json.dumps(self._options)))

    def __arrow_c_schema__(self) -> object:
        """A capsule with the ArrowSchema of the stream."""
        return checked(native.schema(self._path, json.dumps(self._options)))


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _time(name: str, time: Time | None) -> str | int | None:
    """ISO 8601, or nanoseconds since 1970."""
    if time is None or isinstance(time, str):
        return time
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise ValueError(f"{name} needs a time zone, such as tzinfo=datetime.timezone.utc")
        past = time - _EPOCH
        microseconds = (past.days * 86400 + past.seconds) * 1_000_000 + past.microseconds
        # Timestamps of pandas are datetimes with nanoseconds.
        return microseconds * 1000 + int(getattr(time, "nanosecond", 0))
    if isinstance(time, date):
        return time.isoformat()
    return index(time)


def _has_ledger(place: str) -> bool:
    return any(name.endswith(".joule") for _, _, names in _walk(place) for name in names)


def _walk(place: str) -> Iterator[tuple[str, list[str], list[str]]]:
    def refuse(error: OSError) -> None:
        # Only the directory that was asked for must be readable.
        if error.filename == place:
            raise error

    return os.walk(place, onerror=refuse)


def _warn(text: str) -> None:
    """What a table could not read; called on the main thread by whatever runs there."""
    warnings.warn(text, LedgerWarning, stacklevel=2)
