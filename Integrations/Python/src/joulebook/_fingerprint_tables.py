"""Fingerprints of tables and columns: pandas, Polars, Arrow, and Hugging Face's data sets."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from ._fingerprint import WHOLE_SIZE_MAX, Hasher


def adder(package: str, kind: str) -> Callable[[Hasher, Any], None] | None:
    """What adds an object of a class of one of these packages; None for scalars and the like."""
    return _ADDERS.get((package, kind))


# pandas


def _add_frame(hasher: Hasher, table: Any) -> None:
    hasher.frame("table", [str(column) for column in table.columns])
    for place in range(len(table.columns)):
        _add_column(hasher, table.iloc[:, place])
    _add_index(hasher, table.index)


def _add_series(hasher: Hasher, series: Any) -> None:
    hasher.frame("series")
    _add_column(hasher, series)
    _add_index(hasher, series.index)


def _add_index(hasher: Hasher, index: Any) -> None:
    # Rows that are merely numbered from 0 have no index of their own.
    if (getattr(index, "start", None), getattr(index, "step", None)) != (0, 1):
        hasher.frame("index")
        _add_column(hasher, index)


def _add_column(hasher: Hasher, column: Any) -> None:
    dtype = column.dtype
    if hasattr(dtype, "categories"):
        values = getattr(column, "array", column)
        hasher.frame("categorical", bool(dtype.ordered))
        _add_column(hasher, dtype.categories)
        hasher.add_array(values.codes.astype("<i8"))
    elif hasattr(dtype, "tz"):
        hasher.frame("zone", str(dtype.tz))
        plain = getattr(column, "dt", column).tz_convert("UTC")
        hasher.add_array(getattr(plain, "dt", plain).tz_localize(None).to_numpy())
    elif type(dtype).__module__.startswith("numpy"):
        hasher.add_array(column.to_numpy())
    else:
        # Texts, and types that know missing values, whatever holds them.
        name = "text" if str(dtype) in ("str", "string") else str(dtype)
        hasher.frame("column", name, len(column))
        missing = getattr(column.isna(), "array", column.isna()).tolist()
        hasher.add_array(column.isna())
        storage = getattr(dtype, "numpy_dtype", None)
        if storage is not None and storage.kind in "biuf":
            hasher.add_array(column.to_numpy(dtype=storage, na_value=0))
            return
        values = column.array
        hasher.add_columns(
            len(column),
            lambda first, end: [
                None if gone else value
                for value, gone in zip(values[first:end], missing[first:end], strict=True)
            ],
        )


# Polars


def _add_polars_frame(hasher: Hasher, table: Any) -> None:
    hasher.frame("table", list(table.columns))
    for series in table.get_columns():
        _add_polars_series(hasher, series)


def _add_polars_series(hasher: Hasher, series: Any) -> None:
    kind = str(series.dtype)
    hasher.frame("column", kind, len(series), int(series.null_count()))
    if series.null_count():
        hasher.add_array(series.is_null().to_numpy())
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        hasher.add_array(series.fill_null(0).to_numpy())
    elif series.dtype.is_temporal():
        hasher.add_array(series.to_physical().fill_null(0).to_numpy())
    else:
        hasher.add_columns(len(series), lambda first, end: series[first:end].to_list())


# Arrow


def _add_arrow_table(hasher: Hasher, table: Any) -> None:
    hasher.frame("table", list(table.schema.names))
    for column in table.columns:
        _add_arrow_column(hasher, column)


def _add_arrow_column(hasher: Hasher, column: Any) -> None:
    """However it is cut into chunks."""
    pyarrow: Any = import_module("pyarrow")
    compute: Any = import_module("pyarrow.compute")
    if pyarrow.types.is_dictionary(column.type):
        column = compute.cast(column, column.type.value_type)
    hasher.frame("column", str(column.type), len(column), int(column.null_count))
    if column.null_count:
        hasher.add_array(column.is_null().to_numpy(zero_copy_only=False))
    kinds = pyarrow.types
    if kinds.is_temporal(column.type) and not kinds.is_interval(column.type):
        bits = column.type.bit_width
        column = compute.cast(column, pyarrow.int32() if bits == 32 else pyarrow.int64())
    if kinds.is_integer(column.type) or kinds.is_floating(column.type):
        # What lies below a missing value is no content.
        zero = pyarrow.scalar(0, pyarrow.int8()).cast(column.type)
        filled = compute.fill_null(column, zero) if column.null_count else column
        hasher.add_array(filled.to_numpy(zero_copy_only=False))
    else:
        hasher.add_columns(len(column), lambda first, end: column[first:end].to_pylist())


def _add_arrow_dataset(hasher: Hasher, dataset: Any) -> None:
    files = getattr(dataset, "files", None)
    sizes = dataset.filesystem.get_file_info(files) if files else []
    size = sum(info.size or 0 for info in sizes)
    _add_rows(hasher, dataset, dataset.count_rows(), size, dataset.to_table)


# Hugging Face


def _add_hugging_face(hasher: Hasher, dataset: Any) -> None:
    # Its own fingerprint differs from machine to machine.
    rows = dataset.with_format("arrow")
    hasher.frame("dataset", len(rows))

    def table() -> Any:
        return rows[:]

    class Rows:
        def take(self, places: list[int]) -> Any:
            return rows.select(places)[:]

    _add_rows(hasher, Rows(), len(rows), dataset.data.nbytes, table)


def _add_rows(hasher: Hasher, rows: Any, count: int, size: int, table: Callable[[], Any]) -> None:
    """A table that may be larger than memory: all of it, or some rows."""
    hasher.frame("rows", count)
    if hasher.whole or size <= WHOLE_SIZE_MAX:
        _add_arrow_table(hasher, table())
    else:
        _add_arrow_table(hasher, rows.take(hasher.places(count)))


def _add_splits(hasher: Hasher, splits: Any) -> None:
    hasher.frame("splits", sorted(splits))
    for name in sorted(splits):
        hasher.add(splits[name])


def _refuse(hasher: Hasher, item: Any) -> None:
    raise TypeError(
        f"fingerprint: a {type(item).__name__} has no rows yet; collect it first, or pass its files"
    )


_ADDERS: dict[tuple[str, str], Callable[[Hasher, Any], None]] = {
    ("pandas", "DataFrame"): _add_frame,
    ("pandas", "Series"): _add_series,
    ("pandas", "MultiIndex"): lambda hasher, index: _add_frame(hasher, index.to_frame(index=False)),
    ("pandas", "Index"): _add_column,
    ("polars", "DataFrame"): _add_polars_frame,
    ("polars", "Series"): _add_polars_series,
    ("polars", "LazyFrame"): _refuse,
    ("pyarrow", "Table"): _add_arrow_table,
    ("pyarrow", "RecordBatch"): _add_arrow_table,
    ("pyarrow", "ChunkedArray"): _add_arrow_column,
    ("pyarrow", "Array"): _add_arrow_column,
    ("pyarrow", "Dataset"): _add_arrow_dataset,
    ("datasets", "Dataset"): _add_hugging_face,
    ("datasets", "DatasetDict"): _add_splits,
    ("datasets", "IterableDataset"): _refuse,
}
