"""Identifies data by its content.

The fingerprint of the same values is the same on every machine and in every process; order, shape
and element type are part of it, names of files are not.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ._data import Fingerprint

# Content beyond this is sampled, unless the caller wants all of it.
WHOLE_SIZE_MAX = 1 << 30
SAMPLE_SIZE = 1 << 20
SAMPLES = 256


def fingerprint(*data: object, name: str | None = None, whole: bool = False) -> Fingerprint:
    """Identifies data by its content.

    Takes arrays (NumPy, tensors, pandas, Polars, SciPy sparse), numbers, texts in lists, bytes, and
    files or directories by their path. Where one piece is larger than 1 GiB, 256 samples of 1 MiB
    spread evenly over it are hashed with its size, and the algorithm is called "sha256-sampled";
    `whole=True` hashes every byte.

    Raises FileNotFoundError for a text that names no file, TypeError for what has no content.
    """
    hasher = _Hasher(whole)
    for item in data:
        hasher.add(item)
    algorithm = "sha256-sampled" if hasher.is_sampled else "sha256"
    return Fingerprint(f"{algorithm}:{hasher.hexdigest()}", name)


class _Hasher:
    """Hashes framed pieces, so that no two sequences of pieces run together."""

    def __init__(self, whole: bool) -> None:
        self.hash = hashlib.sha256(b"joulebook fingerprint 1\n")
        self.whole = whole
        self.is_sampled = False

    def hexdigest(self) -> str:
        return self.hash.hexdigest()

    def frame(self, *facts: object) -> None:
        self.hash.update(json.dumps(facts, separators=(",", ":")).encode() + b"\n")

    def add(self, item: object) -> None:
        if isinstance(item, Fingerprint):
            self.frame("fingerprint", item.value)
        elif isinstance(item, bytes | bytearray | memoryview):
            view = memoryview(item).cast("B")
            self.frame("bytes", len(view))
            self.add_bytes(view)
        elif isinstance(item, str | os.PathLike):
            self.add_path(Path(item))
        elif hasattr(item, "columns") and hasattr(item, "__getitem__"):
            self.add_table(item)
        elif hasattr(item, "dtype") and hasattr(item, "shape"):
            self.add_array(item)
        elif hasattr(item, "indptr") and hasattr(item, "indices"):
            self.add_sparse(item)
        elif isinstance(getattr(item, "_fingerprint", None), str):
            # A Hugging Face dataset knows its own content.
            self.frame("dataset", getattr(item, "_fingerprint"))  # noqa: B009
        else:
            self.add_values(item)

    def add_bytes(self, view: memoryview) -> None:
        if self.whole or len(view) <= WHOLE_SIZE_MAX:
            self.hash.update(view)
            return
        self.is_sampled = True
        for offset in _sample_offsets(len(view)):
            self.hash.update(view[offset : offset + SAMPLE_SIZE])

    # Files

    def add_path(self, path: Path) -> None:
        if path.is_dir():
            for child in _files_below(path):
                self.frame("entry", child.relative_to(path).as_posix())
                self.add_file(child)
        elif path.exists():
            self.add_file(path)
        else:
            raise FileNotFoundError(
                f"fingerprint: there is no file {os.fspath(path)!r}; "
                "to identify the text itself, pass it as bytes: text.encode()"
            )

    def add_file(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.frame("file", size)
            if self.whole or size <= WHOLE_SIZE_MAX:
                while piece := file.read(SAMPLE_SIZE):
                    self.hash.update(piece)
                return
            self.is_sampled = True
            for offset in _sample_offsets(size):
                file.seek(offset)
                self.hash.update(file.read(SAMPLE_SIZE))

    # Arrays and tables

    def add_array(self, array: Any) -> None:
        array = _in_memory(array)
        dtype = array.dtype
        if getattr(dtype, "hasobject", True):
            self.frame("objects", list(array.shape))
            self.add_values(array.tolist())
            return
        if sys.byteorder == "big" or getattr(dtype, "byteorder", "=") == ">":
            array = array.astype(dtype.newbyteorder("<"))
        self.frame("array", _type_name(array.dtype), [int(side) for side in array.shape])
        contiguous = array if array.flags.c_contiguous else array.copy(order="C")
        if contiguous.size:
            # Dates have no buffer of their own; their integers do.
            raw = contiguous.reshape(-1).view("u1")
            self.add_bytes(memoryview(raw))

    def add_table(self, table: Any) -> None:
        names = [str(column) for column in table.columns]
        self.frame("table", names)
        for place, column in enumerate(table.columns):
            series = table.iloc[:, place] if hasattr(table, "iloc") else table[column]
            self.add_array(series)
        index = getattr(table, "index", None)
        # Rows that are merely numbered from 0 have no index of their own.
        if index is not None and (getattr(index, "start", None), getattr(index, "step", 0)) != (
            0,
            1,
        ):
            self.frame("index")
            self.add_array(index)

    def add_sparse(self, matrix: Any) -> None:
        self.frame("sparse", str(getattr(matrix, "format", "")), list(matrix.shape))
        for part in (matrix.data, matrix.indices, matrix.indptr):
            self.add_array(part)

    # Everything else

    def add_values(self, item: object) -> None:
        try:
            text = json.dumps(item, sort_keys=True, separators=(",", ":"))
        except (TypeError, ValueError):
            text = None
        if text is not None:
            self.frame("values", len(text))
            self.add_bytes(memoryview(text.encode("utf-8", "surrogatepass")))
        elif isinstance(item, dict):
            self.frame("dict", len(item))
            for key in sorted(item, key=str):
                self.frame("key", str(key))
                self.add(_as_content(item[key]))
        elif isinstance(item, list | tuple):
            self.frame("list", len(item))
            for part in item:
                self.add(_as_content(part))
        elif type(item).__str__ is not object.__str__:
            self.frame("text", type(item).__name__, str(item))
        else:
            raise TypeError(
                f"fingerprint: a {type(item).__name__} has no content to hash; pass arrays, bytes, "
                "lists of values, or the path of a file"
            )


def _as_content(item: object) -> object:
    """Inside a list a text is a value, not the path of a file."""
    return item.encode("utf-8", "surrogatepass") if isinstance(item, str) else item


def _in_memory(array: Any) -> Any:
    """The array as NumPy has it; tensors and columns know how to become one."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    if not hasattr(array, "flags") or not hasattr(array, "tobytes"):
        if hasattr(array, "to_numpy"):
            array = array.to_numpy()
        elif hasattr(array, "numpy"):
            array = array.numpy()
        else:
            array = array.__array__()
    return array


def _type_name(dtype: Any) -> str:
    """The element type, the same for both byte orders."""
    if getattr(dtype, "names", None):
        return str(dtype.descr)
    return str(dtype.str).lstrip("<>=|")


def _files_below(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_file():
                yield path


def _sample_offsets(size: int) -> Iterator[int]:
    """Starts of the samples, the first and the last bytes among them."""
    last = size - SAMPLE_SIZE
    for index in range(SAMPLES):
        yield last * index // (SAMPLES - 1)
