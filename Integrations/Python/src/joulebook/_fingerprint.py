"""Identifies data by its content.

The fingerprint of the same values is the same on every machine and in every process; order, shape
and element type are part of it, names of files are not. `Schemas/redundancy-keys.md` has the rules.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from ._data import Fingerprint

# Content beyond this is sampled, unless the caller wants all of it.
WHOLE_SIZE_MAX = 1 << 30
SAMPLE_SIZE = 1 << 20
SAMPLES = 256
# Of a large folder so many files are read, and of a data set so many items.
ITEMS_MAX = 1024
# Rows of a column that are turned into Python's values at once.
ROWS_AT_ONCE = 1 << 16


def fingerprint(*data: object, name: str | None = None, whole: bool = False) -> Fingerprint:
    """Identifies data by its content.

    Takes arrays (NumPy, tensors, SciPy sparse), tables and columns (pandas, Polars, Arrow), data
    sets (Arrow, Hugging Face, PyTorch and its loaders), numbers, texts in lists, bytes, and files
    or directories by their path. Several files are several arguments, or a list of `Path`: texts in
    a list are values, and a list of which all name files is refused.

    Where one piece, or a directory, is larger than 1 GiB, 256 samples of 1 MiB spread evenly over
    it are hashed with its size (of a directory: two or more of up to 1024 files, and the names and
    sizes of all), and of a data set that only gives items 1024 of them. The algorithm is then
    called "sha256-sampled", and `sampled` says how much was read; `whole=True` hashes everything.

    Raises FileNotFoundError for a text that names no file, and TypeError for nothing, for None, and
    for what has no content, or another one each time, such as a data set with random
    transformations.
    """
    if not data or any(item is None for item in data):
        raise TypeError(
            f"fingerprint: {'None is no data' if data else 'nothing was given'}; pass arrays, "
            "tables, data sets, bytes, or the path of a file"
        )
    hasher = Hasher(whole)
    for item in data:
        if isinstance(item, list | tuple) and _are_files(item):
            raise TypeError(
                "fingerprint: the texts in this list name files, whose content would not count; "
                "pass the paths themselves: fingerprint(*paths), or a list of pathlib.Path"
            )
        hasher.add(item)
    algorithm = "sha256-sampled" if hasher.sampled else "sha256"
    return Fingerprint(f"{algorithm}:{hasher.hexdigest()}", name, hasher.sampled or None)


class Hasher:
    """Hashes framed pieces, so that no two sequences of pieces run together."""

    def __init__(self, whole: bool) -> None:
        self.hash = hashlib.sha256(b"joulebook fingerprint 1\n")
        self.whole = whole
        self.sampled: dict[str, int] = {}
        self._bytes = self._of_bytes = 0

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
        elif (framework := _framework(item)) is not None:
            framework(self, item)
        elif hasattr(item, "dtype") and hasattr(item, "shape"):
            self.add_array(item)
        elif hasattr(item, "tobytes") and hasattr(item, "mode") and hasattr(item, "size"):
            # An image of Pillow.
            self.frame("image", str(item.mode), list(item.size))
            self.add(item.tobytes())
        else:
            self.add_values(item)

    # Bytes, all of them or samples

    def add_bytes(self, view: memoryview) -> None:
        self.add_spans(len(view), lambda offset, size: view[offset : offset + size])

    def add_spans(
        self,
        size: int,
        read: Callable[[int, int], bytes | memoryview],
        samples: int | None = None,
    ) -> None:
        """Hashes what `read(offset, size)` gives, or so many samples of what is large."""
        if samples is None and not self.whole and size > WHOLE_SIZE_MAX:
            samples = SAMPLES
        if samples is None or samples * SAMPLE_SIZE >= size:
            offsets: Iterator[int] = iter(range(0, size, SAMPLE_SIZE))
        else:
            offsets = _spread(samples, size - SAMPLE_SIZE + 1)
        self._of_bytes += size
        for offset in offsets:
            piece = read(offset, min(SAMPLE_SIZE, size - offset))
            self._bytes += len(piece)
            self.hash.update(piece)
        if (samples is not None and samples * SAMPLE_SIZE < size) or "bytes" in self.sampled:
            self.sampled |= {"bytes": self._bytes, "of_bytes": self._of_bytes}

    def places(self, count: int) -> list[int]:
        """Which of so many items are hashed."""
        if self.whole or count <= ITEMS_MAX:
            return list(range(count))
        sampled = {"items": ITEMS_MAX, "of_items": count}
        for name, number in sampled.items():
            self.sampled[name] = self.sampled.get(name, 0) + number
        return list(_spread(ITEMS_MAX, count))

    # Files

    def add_path(self, path: Path) -> None:
        if path.is_dir():
            self.add_folder(path)
        elif path.exists():
            self.add_file(path)
        else:
            raise FileNotFoundError(
                f"fingerprint: there is no file {os.fspath(path)!r}; "
                "to identify the text itself, pass it as bytes: text.encode()"
            )

    def add_folder(self, folder: Path) -> None:
        files = [(path, path.stat().st_size) for path in _files_below(folder)]
        self.add_files([(path.relative_to(folder).as_posix(), path, size) for path, size in files])

    def add_files(self, files: list[tuple[str, Path, int]]) -> None:
        """Of many files the contents, or, where they are large, names, sizes and samples."""
        if self.whole or sum(size for _, _, size in files) <= WHOLE_SIZE_MAX:
            for name, path, _ in files:
                self.frame("entry", name)
                self.add_file(path)
            return
        for name, _, size in files:
            self.frame("entry", name, size)
        chosen = self.places(len(files))
        for place in chosen:
            self.add_file(files[place][1], max(2, SAMPLES // len(chosen)))

    def add_file(self, path: Path, samples: int | None = None) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.frame("file", size)

            def read(offset: int, count: int) -> bytes:
                file.seek(offset)
                return file.read(count)

            self.add_spans(size, read, samples)

    # Arrays

    def add_array(self, array: Any) -> None:
        array = _in_memory(array)
        dtype = array.dtype
        if hasattr(array, "mask") and hasattr(array, "filled"):
            # What a mask hides is no content.
            self.frame("masked")
            self.add_array(sys.modules["numpy"].ma.getmaskarray(array))
            array = array.filled(dtype.type())
        if getattr(dtype, "hasobject", True) or dtype.kind == "T":
            self.frame("objects", list(array.shape))
            self.add_values(array.tolist())
            return
        if dtype.names is not None:
            # Between fields there may be bytes that mean nothing.
            self.frame("fields", list(dtype.names), [int(side) for side in array.shape])
            for name in dtype.names:
                self.add_array(array[name])
            return
        if dtype.kind in "fc" and dtype.itemsize > (8 if dtype.kind == "f" else 16):
            # Of long doubles some bytes mean nothing.
            self.frame("long", dtype.kind, list(array.shape))
            self.add_values([str(number) for number in array.ravel()])
            return
        if sys.byteorder == "big" or getattr(dtype, "byteorder", "=") == ">":
            array = array.astype(dtype.newbyteorder("<"))
        self.frame("array", _type_name(array.dtype), [int(side) for side in array.shape])
        if array.nbytes and array.flags.c_contiguous:
            # Dates have no buffer of their own; their integers do.
            self.add_bytes(memoryview(array.reshape(-1).view("u1")))
        elif array.nbytes:
            self.add_rows(array)

    def add_rows(self, array: Any) -> None:
        """The bytes of an array that lies in pieces, some rows at a time."""
        row_size = array.nbytes // len(array)

        def read(offset: int, size: int) -> memoryview:
            first = offset // row_size
            rows = array[first : math.ceil((offset + size) / row_size)].copy(order="C")
            start = offset - first * row_size
            return memoryview(rows.reshape(-1).view("u1"))[start : start + size]

        self.add_spans(array.nbytes, read)

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

    def add_columns(self, count: int, rows: Callable[[int, int], list[Any]]) -> None:
        """Values of a column, some rows at a time."""
        for first in range(0, count, ROWS_AT_ONCE):
            self.add_values(rows(first, min(first + ROWS_AT_ONCE, count)))


def _framework(item: object) -> Callable[[Hasher, Any], None] | None:
    """What adds an object of a known package, of it or derived from it."""
    for kind in type(item).__mro__:
        package = (kind.__module__ or "").partition(".")[0]
        if package in ("pandas", "polars", "pyarrow", "datasets"):
            from . import _fingerprint_tables

            found = _fingerprint_tables.adder(package, kind.__name__)
            if found is not None:
                return found
        if package == "torch":
            from . import _fingerprint_torch

            return _fingerprint_torch.add
        if package == "scipy" and hasattr(item, "tocsr"):
            return _add_sparse
    return None


def _add_sparse(hasher: Hasher, matrix: Any) -> None:
    """As rows, sorted and without zeros, in whatever format it is."""
    rows = matrix.tocsr(copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    hasher.frame("sparse", [int(side) for side in rows.shape])
    hasher.add_array(rows.data)
    # Indices have 32 or 64 bits, as it happens.
    for part in (rows.indices, rows.indptr):
        hasher.add_array(part.astype("<i8"))


def _are_files(items: Collection[object]) -> bool:
    """Whether all of them are texts that name files here: nobody means the names then."""
    return bool(items) and all(isinstance(item, str) and os.path.isfile(item) for item in items)


def _as_content(item: object) -> object:
    """Inside a list a text is a value, not the path of a file."""
    return item.encode("utf-8", "surrogatepass") if isinstance(item, str) else item


def _in_memory(array: Any) -> Any:
    """The array as NumPy has it; what looks like one knows how to become one."""
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
    name = str(dtype.str).lstrip("<>=|")
    # Types that other packages add are bytes to NumPy.
    return str(dtype.name) if dtype.kind == "V" else name


def _files_below(directory: Path) -> Iterator[Path]:
    """Files, also behind links, each folder once."""
    seen: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(directory, followlinks=True):
        facts = os.stat(folder)
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        folders.sort()
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_file():
                yield path


def _spread(count: int, size: int) -> Iterator[int]:
    """So many places below `size`, at the same distances, the first and the last among them."""
    for index in range(count):
        yield (size - 1) * index // (count - 1)
