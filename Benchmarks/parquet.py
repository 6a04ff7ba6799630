"""What every peer of the ledger does, and the one that it is compared with: Parquet.

This much needs nothing but numpy and pyarrow.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from format_data import FIXED32, Table


class Format:
    """A way to turn a table into bytes and back."""

    name = ""
    slow = False
    """Written in Python, or compressed by gzip: one round and fewer damages say enough."""

    def write(self, table: Table) -> bytes:
        raise NotImplementedError

    def read(self, data: bytes, like: Table) -> Table:
        """Columns from whole bytes; `like` names them and their types."""
        raise NotImplementedError

    def rows(self, data: bytes, like: Table) -> Table:
        """What can be read of damaged bytes: everything or nothing, unless a format does better."""
        return self.read(data, like)

    def summary(self, data: bytes, like: Table) -> dict[str, tuple[int, float, float]]:
        """Count, minimum and maximum of each column; from all rows, unless a format keeps them."""
        return {name: (len(v), v.min(), v.max()) for name, v in self.read(data, like).items()}


def arrow(table: Table) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in table.items()})


def columns(table: pa.Table) -> Table:
    return {name: table.column(name).to_numpy() for name in table.column_names}


def grouped(table: Table) -> Table:
    """Rows by meter, as a ledger groups them within its blocks."""
    order = np.argsort(table["meter"], kind="stable")
    return {name: values[order] for name, values in table.items()}


class Parquet(Format):
    """zstd, and for each column the smallest of all encodings that fit its type."""

    name = "Parquet, zstd, best encodings"

    def __init__(self) -> None:
        self.encodings: dict[tuple[str, ...], dict[str, str]] = {}

    def best(self, table: pa.Table) -> dict[str, str]:
        key = tuple(table.column_names)
        if key not in self.encodings:
            self.encodings[key] = {
                field.name: min(self.fitting(field.type), key=self.size_of(table, field.name))
                for field in table.schema
            }
        return self.encodings[key]

    @staticmethod
    def fitting(kind: pa.DataType) -> list[str]:
        names = ["PLAIN", "DICTIONARY", "BYTE_STREAM_SPLIT"]
        return [*names, "DELTA_BINARY_PACKED"] if pa.types.is_integer(kind) else names

    def size_of(self, table: pa.Table, name: str) -> Callable[[str], int]:
        column = table.select([name])
        return lambda encoding: len(self.encode(column, {name: encoding}))

    @staticmethod
    def encode(table: pa.Table, encodings: dict[str, str]) -> bytes:
        sink = io.BytesIO()
        dictionary = [name for name, kind in encodings.items() if kind == "DICTIONARY"]
        others = {name: kind for name, kind in encodings.items() if kind != "DICTIONARY"}
        pq.write_table(
            table,
            sink,
            compression="zstd",
            use_dictionary=dictionary or False,
            column_encoding=others or None,
        )
        return sink.getvalue()

    def write(self, table: Table) -> bytes:
        table = arrow(table)
        return self.encode(table, self.best(table))

    def read(self, data: bytes, like: Table) -> Table:
        return columns(pq.read_table(pa.BufferReader(data), use_threads=False))

    def summary(self, data: bytes, like: Table) -> dict[str, tuple[int, float, float]]:
        group = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0)
        found = {}
        for number in range(group.num_columns):
            column = group.column(number)
            told = column.statistics
            found[column.path_in_schema] = (told.num_values, told.min, told.max)
        return found


class RecastParquet(Parquet):
    """What a user reaches by hand who knows that a column holds f32 or decimals."""

    name = "Parquet, columns recast by hand"

    def __init__(self) -> None:
        super().__init__()
        self.casts: dict[str, int] = {}

    def recast(self, name: str, values: np.ndarray) -> np.ndarray:
        if values.dtype == np.int64:
            return values
        if name in FIXED32:
            return values.astype(np.float32)
        for places in range(10):
            scale = 10.0**places
            integers = np.rint(values * scale)
            if np.array_equal((integers / scale).view(np.int64), values.view(np.int64)):
                return integers.astype(np.int64)
        return values

    def prepare(self, table: Table) -> Table:
        return {name: self.recast(name, values) for name, values in table.items()}
