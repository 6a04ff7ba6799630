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
        ([],),
    ]
    assert len({value(*variant) for variant in variants}) == len(variants)


def test_dates_empty_arrays_and_scalars_have_fingerprints() -> None:
    items = [np.zeros((0, 3)), np.array("2026-03-02", "datetime64[s]"), np.float32(1), np.array(1)]
    assert len({value(item) for item in items}) == len(items)


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    assert value(np.arange(4, dtype=np.int32), b"x") == (
        "sha256:740cb72ee524d20aeb2e0c528de1d75a104ae1d6b2dde4bc3efecbca4954bd3c"
    )


def test_tables_have_the_same_fingerprint_in_every_process_and_version() -> None:
    pandas = pytest.importorskip("pandas")
    arrow = pytest.importorskip("pyarrow")
    columns = {"a": [1, 2, 3], "b": [0.5, None, 1]}
    assert value(pandas.DataFrame(columns)) == (
        "sha256:1b4d1ece1f3e5b1f9fc9af6a16ee9b328a0c1ef2183badb482bec391312d04d5"
    )
    assert value(arrow.table({**columns, "c": ["x", None, "y"]})) == (
        "sha256:6d1fa6c5a448013288a6b3342e0908a984cbeaced5be1b6bd492b5c7a50da62f"
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


def test_a_list_of_names_of_files_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(path.name)
    names = [str(path) for path in paths]
    with pytest.raises(TypeError, match=r"fingerprint\(\*paths\)"):
        joulebook.fingerprint(names)
    before = value(paths)
    assert value(*names) == value(*paths)
    paths[0].write_text("other")
    assert value(paths) != before
    # One that names no file makes it a list of texts.
    assert value([*names, "label"]) != value([*names[:1], "label"])
    for nothing in ((), (None,), ([1, 2], None)):
        with pytest.raises(TypeError, match=r"fingerprint: (None is no data|nothing was given)"):
            joulebook.fingerprint(*nothing)


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
    assert value(table) != value(table.iloc[::-1])
    assert value(table) == value(pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    assert value(table["a"]) != value(table["a"].set_axis([5, 6]))
    columns = [
        pandas.Series(["x", "y", "x"], dtype="category"),
        pandas.Series(["x", "y", "x"], dtype=pandas.CategoricalDtype(["y", "x"])),
        pandas.Series(["x", "y", "x"], dtype=pandas.CategoricalDtype(["x", "y"], ordered=True)),
        pandas.Series(["x", "y", "x"]),
        pandas.Series(["x", "y", None]),
        pandas.Series([1, 2, None], dtype="Int64"),
        pandas.Series([1, 2, 0], dtype="Int64"),
        pandas.Series([1, 2, None]),
        pandas.Series([True, None, False], dtype="boolean"),
        pandas.date_range("2026-01-01", periods=3).to_series(),
        pandas.date_range("2026-01-01", periods=3, tz="UTC").to_series(),
        pandas.date_range("2026-01-01", periods=3, tz="Asia/Tokyo").to_series(),
        pandas.period_range("2026-01", periods=3, freq="M").to_series(),
        pandas.MultiIndex.from_tuples([(1, "a"), (2, "b")]),
        pandas.Index([1, 2, 3]),
        pandas.Index(["a", "b"]),
    ]
    assert len({value(column) for column in columns}) == len(columns)
    assert [value(column) for column in columns] == [value(column.copy()) for column in columns]


def test_arrays_of_all_kinds_are_known_by_what_they_hold(tmp_path: Path) -> None:
    pairs = np.zeros(3, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))
    garbage = np.frombuffer(b"\xff" * pairs.nbytes, dtype=pairs.dtype).copy()
    garbage["a"], garbage["b"] = pairs["a"], pairs["b"]
    assert pairs.tobytes() != garbage.tobytes() and value(pairs) == value(garbage)
    assert value(pairs) != value(pairs[["b", "a"]])
    hidden = [np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 9], mask=[0, 1])]
    assert value(hidden[0]) == value(hidden[1]) != value(np.ma.array([1, 2]))
    assert value(np.ma.array([1, 2])) == value(np.ma.array([1, 2], mask=[0, 0]))
    assert value(np.array([1, 2], dtype=np.longdouble)) != value(np.array([1.0, 2]))
    np.save(tmp_path / "x.npy", X)
    assert value(np.load(tmp_path / "x.npy", mmap_mode="r")) == value(X)
    objects = np.array([{"a": 1}, [1, 2], "x", None, X], dtype=object)
    assert value(objects) == value(objects.copy())
    others = [objects[::-1], np.array(["a", "b"]), np.array([b"a", b"b"]), np.array(["", ""], "S0")]
    assert len({value(one) for one in [*others, objects]}) == 5


def test_pieces_of_large_arrays_are_the_same_however_they_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_fingerprint, "WHOLE_SIZE_MAX", 1 << 12)
    monkeypatch.setattr(_fingerprint, "SAMPLE_SIZE", 1 << 5)
    large = RANDOM.normal(size=(999, 33))
    assert value(large) == value(np.asfortranarray(large)) == value(large.copy())
    assert value(large) == value(np.repeat(large, 2, axis=0)[::2])
    found = joulebook.fingerprint(large, b"1234")
    size = large.nbytes + 4
    assert found.sampled == {"bytes": 256 * 32 + 4, "of_bytes": size}
    assert joulebook.fingerprint(large, whole=True).sampled is None


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def test_many_files_are_sampled_by_a_rule_that_sees_all_names_and_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fingerprint, "WHOLE_SIZE_MAX", 1 << 10)
    monkeypatch.setattr(_fingerprint, "ITEMS_MAX", 16)
    files = {f"class{n % 3}/{n:03}.png": RANDOM.bytes(100 + n) for n in range(60)}
    found = joulebook.fingerprint(folder_of(tmp_path / "a", files))
    assert found.sampled == {"items": 16, "of_items": 60}
    assert str(found).startswith("sha256-sampled:")
    assert found == joulebook.fingerprint(folder_of(tmp_path / "b", files))
    longer = {**files, "class1/001.png": files["class1/001.png"] + b"x"}
    assert found != joulebook.fingerprint(folder_of(tmp_path / "c", longer))
    (tmp_path / "b" / "class0" / "000.png").rename(tmp_path / "b" / "class0" / "0.png")
    assert found != joulebook.fingerprint(tmp_path / "b")
    first = {**files, "class0/000.png": bytes(100)}
    assert found != joulebook.fingerprint(folder_of(tmp_path / "d", first))


def test_links_of_a_folder_are_followed_once(tmp_path: Path) -> None:
    folder_of(tmp_path / "data", {"a": b"a"})
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "link").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data")
    folder_of(tmp_path / "plain", {"link/a": b"a"})
    assert value(tmp_path / "real") == value(tmp_path / "plain")


def test_sparse_matrices_are_known_by_their_values() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.where(RANDOM.random((20, 9)) < 0.2, RANDOM.normal(size=(20, 9)), 0)
    rows = sparse.csr_matrix(dense)
    forms = [rows.asformat(form) for form in ("csr", "csc", "coo", "lil", "dok", "bsr")]
    assert len({value(form) for form in forms}) == 1
    rows.data[0] += 1
    assert value(rows) != value(forms[1])
    assert value(forms[1]) != value(forms[1].T) != value(forms[1].astype(np.float32).T)


def test_arrow_tables_are_known_by_columns_however_they_are_cut(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from datetime import date, datetime

    columns = {
        "i": arrow.array([1, None, 3], arrow.int32()),
        "f": arrow.array([0.5, float("nan"), None]),
        "s": arrow.array(["a", None, "c"]),
        "b": arrow.array([True, False, None]),
        "l": arrow.array([[1], [], None]),
        "t": arrow.array([datetime(2026, 1, 1), None, None], arrow.timestamp("ns")),
        "d": arrow.array([date(2026, 1, 1), None, None]),
        "n": arrow.array([{"x": 1}, None, {"x": None}]),
        "c": arrow.array(["u", "v", "u"]).dictionary_encode(),
        "z": arrow.nulls(3),
        "y": arrow.array([b"1", b"", None]),
    }
    table = arrow.table(columns)
    cut = arrow.concat_tables([table.slice(0, 1), table.slice(1)])
    assert value(table) == value(cut)
    assert value(table) == value(table.to_batches()[0]) == value(table.combine_chunks())
    # What is below a missing value, and before a slice, is nobody's.
    assert value(table["i"].slice(1)) == value(arrow.chunked_array([[None, 3]], arrow.int32()))
    seen = {value(table.drop_columns([name])) for name in columns}
    seen |= {value(table[name]) for name in columns}
    renamed = table.rename_columns(list("abcdefghijk"))
    seen |= {value(table.slice(0, 2)), value(table), value(renamed)}
    assert len(seen) == 2 * len(columns) + 3
    from pyarrow import dataset, parquet

    parquet.write_table(table.drop_columns(["n", "z"]), tmp_path / "t.parquet", row_group_size=2)
    whole = dataset.dataset(tmp_path / "t.parquet")
    assert value(whole) == value(dataset.dataset(tmp_path / "t.parquet"))
    assert value(whole) != value(whole.filter(dataset.field("i") == 1))


def test_large_arrow_datasets_are_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import dataset, parquet

    from joulebook import _fingerprint_tables

    monkeypatch.setattr(_fingerprint_tables, "WHOLE_SIZE_MAX", 100)
    parquet.write_table(arrow.table({"a": list(range(5000))}), tmp_path / "t.parquet")
    table = dataset.dataset(tmp_path / "t.parquet")
    assert joulebook.fingerprint(table).sampled == {"items": 1024, "of_items": 5000}
    assert joulebook.fingerprint(table, whole=True).sampled is None


def test_polars_tables_are_known_by_columns_types_and_values() -> None:
    polars = pytest.importorskip("polars")
    from datetime import datetime

    columns = {
        "i": [1, None, 3],
        "z": [1, 0, 3],
        "f": [0.5, float("nan"), None],
        "s": ["a", None, "c"],
        "b": [True, False, None],
        "l": [[1], [], None],
        "t": [datetime(2026, 1, 1), None, None],
        "n": [{"x": 1}, None, {"x": None}],
    }
    table = polars.DataFrame(columns)
    assert value(table) == value(polars.DataFrame(columns))
    assert value(table) == value(polars.concat([table[:1], table[1:]], rechunk=False))
    seen = {value(table[name].alias("x")) for name in columns} | {value(table), value(table[:2])}
    seen |= {value(table.reverse()), value(table.with_columns(polars.col("i").cast(polars.Int8)))}
    seen.add(value(table["s"].cast(polars.Categorical)))
    assert len(seen) == len(columns) + 5
    with pytest.raises(TypeError, match="collect it first"):
        joulebook.fingerprint(table.lazy())


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_tensors_are_known_by_type_shape_and_values() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    assert value(tensor) == value(tensor.numpy()) == value(tensor.T.contiguous().T)
    assert value(tensor) == value(tensor.clone().requires_grad_())
    types = [torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.bool, torch.complex64]
    forms = [tensor.to(kind) for kind in types] + [tensor, tensor.T, tensor.to_sparse()]
    assert len({value(form) for form in forms}) == len(forms)
    assert value(tensor.to_sparse()) == value(tensor.to_sparse_csr())
    assert value(tensor.bfloat16()) == value(tensor.T.bfloat16().T)
    conjugate = torch.complex(tensor, tensor).conj()
    assert value(conjugate) == value(conjugate.resolve_conj()) != value(conjugate.conj())


def test_data_sets_of_tensors_are_those_tensors() -> None:
    torch = pytest.importorskip("torch")
    data = torch.utils.data
    x, y = torch.arange(30.0).reshape(10, 3), torch.arange(10)
    whole = data.TensorDataset(x, y)
    part = data.Subset(whole, [1, 3])
    assert value(whole) == value(data.DataLoader(whole, batch_size=2, shuffle=True))
    assert value(part) == value(data.TensorDataset(x[[1, 3]], y[[1, 3]])) != value(whole)
    sampler = data.SubsetRandomSampler([1, 3])
    assert value(data.DataLoader(whole, sampler=sampler)) != value(whole)
    assert value(whole) != value(data.TensorDataset(y, x))
    changed = x.clone()
    changed[5] += 1
    # What is not in the part is none of it.
    assert value(data.Subset(data.TensorDataset(changed, y), [1, 3])) == value(part)


def test_other_data_sets_are_known_by_their_items(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")

    class Numbers(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
        def __init__(self, count: int, changed: int = -1, noise: float = 0) -> None:
            self.count, self.changed, self.noise = count, changed, noise

        def __len__(self) -> int:
            return self.count

        def __getitem__(self, place: int) -> object:
            number = torch.full((2,), float(place)) + (place == self.changed)
            return {"x": number + self.noise * torch.rand(1), "name": f"n{place}"}

    assert value(Numbers(20)) == value(Numbers(20)) != value(Numbers(20, changed=7))
    assert value(Numbers(20)) != value(Numbers(21))
    assert joulebook.fingerprint(Numbers(20)).sampled is None
    large = joulebook.fingerprint(Numbers(5000))
    assert large.sampled == {"items": 1024, "of_items": 5000}
    assert large != joulebook.fingerprint(Numbers(5000, changed=4999))
    assert joulebook.fingerprint(Numbers(1500), whole=True).sampled is None
    torch.manual_seed(1)
    before = torch.rand(1)
    torch.manual_seed(1)
    with pytest.raises(TypeError, match="another one each time"):
        joulebook.fingerprint(Numbers(20, noise=1))
    assert torch.rand(1) == before


def test_reading_a_data_set_leaves_it_as_it_was(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    data = torch.utils.data

    class Lazy(data.Dataset):  # type: ignore[misc, name-defined]
        """Opens its files when it is first read."""

        file = None

        def __init__(self) -> None:
            self.others: dict[str, object] = {}
            self.numbers: list[int] = []

        def __len__(self) -> int:
            return 64

        def __getitem__(self, place: int) -> object:
            if self.file is None:
                self.file = (tmp_path / "file").open("rb", buffering=0)
            self.others["again"] = self.file
            self.numbers.append(place)
            self.file.seek(place)
            return self.file.read(1)

    class Wrapper(data.Dataset):  # type: ignore[misc, name-defined]
        """Has what another one has, as wrappers do."""

        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def __len__(self) -> int:
            return 64

        def __getitem__(self, place: int) -> object:
            return self.inner[place]  # type: ignore[index]

    (tmp_path / "file").write_bytes(bytes(range(64)))
    lazy = Lazy()
    for given in (
        lazy, data.Subset(lazy, range(9)), data.ConcatDataset([lazy, lazy]), Wrapper(lazy),
        data.DataLoader(data.Subset(Wrapper(lazy), range(9))),
    ):  # fmt: skip
        value(given)
        assert (lazy.file, lazy.others, lazy.numbers) == (None, {}, []), type(given)
    # What was open stays open.
    lazy[3]
    value(lazy)
    assert lazy.file is not None and not lazy.file.closed and lazy.others == {"again": lazy.file}


def test_image_data_sets_are_their_files_or_arrays(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    class Images(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
        """As torchvision's: what it holds, and items that are transformed at random."""

        def __init__(self, **held: object) -> None:
            self.__dict__.update(held)

        def __len__(self) -> int:
            return 3

        def __getitem__(self, place: int) -> object:
            return torch.rand(1)

    pixels = RANDOM.integers(0, 255, size=(3, 4, 4)).astype(np.uint8)
    held = Images(data=pixels, targets=[0, 1, 0])
    assert value(held) == value(Images(data=pixels.copy(), targets=[0, 1, 0]))
    assert value(held) != value(Images(data=pixels, targets=[0, 1, 1]))

    def files(folder: str, last: bytes) -> object:
        place = folder_of(tmp_path / folder, {"0.png": b"a", "1.png": b"b", "2.png": last})
        return Images(samples=[(os.fspath(place / f"{n}.png"), n % 2) for n in range(3)])

    assert value(files("a", b"c")) == value(files("b", b"c")) != value(files("c", b"d"))


def test_hugging_face_data_sets_are_known_by_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    from joulebook import _fingerprint_tables

    rows = {"text": ["a", "b", "c"], "label": [0, 1, 0]}
    one, two = (datasets.Dataset.from_dict(rows) for _ in range(2))
    assert value(one) == value(two.with_format("numpy")) == value(one.select([0, 1, 2]))
    assert value(one) == value(two.map(lambda row: row))
    assert value(one) != value(one.select([0, 2, 1])) != value(one.select([0, 1]))
    splits = datasets.DatasetDict({"train": one, "test": two})
    assert value(splits) != value(datasets.DatasetDict({"train": one, "other": two}))
    with pytest.raises(TypeError, match="collect it first"):
        joulebook.fingerprint(one.to_iterable_dataset())
    monkeypatch.setattr(_fingerprint_tables, "WHOLE_SIZE_MAX", 10)
    large = datasets.Dataset.from_dict({"x": list(range(3000))})
    assert joulebook.fingerprint(large).sampled == {"items": 1024, "of_items": 3000}


def test_images_are_their_pixels() -> None:
    image = pytest.importorskip("PIL.Image")
    one = image.fromarray(np.zeros((2, 3), dtype=np.uint8))
    assert value(one) == value(one.copy()) != value(one.transpose(image.Transpose.TRANSPOSE))


def test_a_run_records_how_much_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_fingerprint, "WHOLE_SIZE_MAX", 1 << 12)
    monkeypatch.setattr(_fingerprint, "SAMPLE_SIZE", 1 << 4)
    data = joulebook.fingerprint(bytes(1 << 14), name="zeros")
    with joulebook.start("p", data=data, quiet=True) as run:
        assert run.path is not None
    assert joulebook.show(run.path)["data"] == {
        "name": "zeros",
        "fingerprint": str(data),
        "sampled": {"bytes": 4096, "of_bytes": 16384},
    }
    with joulebook.start("p", data=joulebook.fingerprint(b"x"), quiet=True) as run:
        assert run.path is not None
    assert "sampled" not in joulebook.show(run.path)["data"]
