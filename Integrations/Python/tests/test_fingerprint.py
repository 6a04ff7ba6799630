"""A fingerprint tells contents apart and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import joulebook
from joulebook import _fingerprint

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 8))
Y = RANDOM.integers(0, 10, size=50)


def value(*data: object) -> str:
    return str(joulebook.fingerprint(*data))


def test_equal_content_has_an_equal_fingerprint_however_it_lies_in_memory() -> None:
    assert value(X, Y) == value(X.copy(), Y.copy())
    assert value(X) == value(np.asfortranarray(X))
    assert value(X) == value(np.repeat(X, 2, axis=0)[::2])
    assert value(X) == value(X.astype(">f8"))
    assert value(b"abc") == value(bytearray(b"abc")) == value(memoryview(b"abc"))


def test_what_differs_in_content_type_shape_or_order_differs() -> None:
    changed = X.copy()
    changed[3, 4] = np.nextafter(changed[3, 4], 1)
    variants = [
        (X,),
        (changed,),
        (X.astype(np.float32),),
        (X.reshape(8, 50),),
        (X.T,),
        (X, Y),
        (Y, X),
        (X[:25], X[25:]),
        (X.tobytes(),),
        ([1, 2],),
        ([1], [2]),
        ([12],),
        (["a", b"b"],),
        (["a", "b"],),
        ({"a": 1},),
        ({"a": X},),
        (np.array([b"a", "b"], dtype=object),),
        (),
    ]
    assert len({value(*variant) for variant in variants}) == len(variants)


def test_dates_empty_arrays_and_scalars_have_fingerprints() -> None:
    items = [np.zeros((0, 3)), np.array("2026-03-02", "datetime64[s]"), np.float32(1), np.array(1)]
    assert len({value(item) for item in items}) == len(items)


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert value(np.arange(4, dtype=np.int32), b"x") == (
        "sha256:740cb72ee524d20aeb2e0c528de1d75a104ae1d6b2dde4bc3efecbca4954bd3c"
    )


def test_files_are_known_by_content_and_directories_by_names_below(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "sub").mkdir(parents=True)
        (folder / "sub" / "a.bin").write_bytes(b"a")
        (folder / "b.bin").write_bytes(b"b")
    assert value(first) == value(second) == value(os.fspath(first))
    assert value(first / "b.bin") == value(second / "b.bin") != value(first / "sub" / "a.bin")
    (second / "b.bin").rename(second / "c.bin")
    assert value(first) != value(second)


def test_a_name_of_no_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="pass it as bytes"):
        joulebook.fingerprint(str(tmp_path / "missing.csv"))
    with pytest.raises(TypeError, match="no content"):
        joulebook.fingerprint(object())


def test_sampling_is_named_and_sees_both_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fingerprint, "WHOLE_SIZE_MAX", 1 << 16)
    monkeypatch.setattr(_fingerprint, "SAMPLE_SIZE", 1 << 8)
    data = bytearray(RANDOM.bytes(1 << 18))
    path = tmp_path / "large.bin"

    def both() -> set[str]:
        path.write_bytes(data)
        return {value(bytes(data)), value(path)}

    seen = both()
    assert all(text.startswith("sha256-sampled:") for text in seen)
    data[0] ^= 1
    seen |= both()
    data[-1] ^= 1
    seen |= both()
    assert len(seen) == 6
    assert str(joulebook.fingerprint(bytes(data), whole=True)).startswith("sha256:")


def test_tables_are_known_by_columns_types_and_values() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert value(table) == value(table.copy())
    assert value(table) != value(table.rename(columns={"a": "c"}))
    assert value(table) != value(table.astype({"a": "float64"}))
    assert value(table) != value(table.set_index(pandas.Index([5, 6])))
