"""Fingerprints of PyTorch's tensors, data sets and loaders."""

from __future__ import annotations

import operator
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ._fingerprint import Hasher


def add(hasher: Hasher, item: Any) -> None:
    """Adds what is of PyTorch, or derived from it."""
    if hasattr(item, "detach"):
        _add_tensor(hasher, item)
    elif hasattr(item, "dataset") and hasattr(item, "batch_sampler"):
        # A loader's data are its data set's, and which of them it takes.
        indices = getattr(item.sampler, "indices", None)
        if indices is not None:
            hasher.frame("sampler", [int(index) for index in indices])
        with _as_it_was(item.dataset):
            hasher.add(item.dataset)
    elif hasattr(item, "__getitem__") and hasattr(item, "__len__"):
        with _as_it_was(item):
            _add_dataset(hasher, item)
    else:
        hasher.add_values(item)


def _add_tensor(hasher: Hasher, tensor: Any) -> None:
    torch: Any = sys.modules["torch"]
    tensor = tensor.detach().cpu()
    if tensor.layout != torch.strided:
        tensor = tensor.to_sparse_coo().coalesce()
        hasher.frame("sparse", [int(side) for side in tensor.shape])
        _add_tensor(hasher, tensor.indices())
        _add_tensor(hasher, tensor.values())
        return
    tensor = tensor.resolve_conj().resolve_neg()
    try:
        array = tensor.numpy()
    except TypeError:
        # Types that NumPy does not have, such as bfloat16.
        hasher.frame("tensor", str(tensor.dtype), [int(side) for side in tensor.shape])
        array = tensor.contiguous().flatten().view(torch.uint8).numpy()
    hasher.add_array(array)


def _add_dataset(hasher: Hasher, dataset: Any) -> None:
    tensors = getattr(dataset, "tensors", None)
    if isinstance(tensors, tuple):
        hasher.frame("tensors", len(tensors))
        for tensor in tensors:
            _add_tensor(hasher, tensor)
        return
    inner: Any = getattr(dataset, "dataset", None)
    if hasattr(dataset, "indices") and isinstance(getattr(inner, "tensors", None), tuple):
        # A part of tensors is those tensors.
        indices = list(dataset.indices)
        hasher.frame("tensors", len(inner.tensors))
        for tensor in inner.tensors:
            _add_tensor(hasher, tensor[indices])
        return
    if not _add_stored(hasher, dataset):
        _add_items(hasher, dataset)


def _add_stored(hasher: Hasher, dataset: Any) -> bool:
    """What a data set of images holds before it is transformed; False where that is not known."""
    labels: Any = getattr(dataset, "targets", None)
    data: Any = getattr(dataset, "data", None)
    samples = getattr(dataset, "samples", None)
    if labels is not None and hasattr(data, "dtype") and len(data) == len(labels) == len(dataset):
        hasher.frame("stored", len(dataset))
        hasher.add(data)
        hasher.add(labels)
        return True
    if isinstance(samples, list) and samples and len(samples) == len(dataset):
        # Pairs of a path and a label.
        if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in samples):
            return False
        files = [Path(path) for path, _ in samples]
        hasher.frame("samples", [int(label) for _, label in samples])
        hasher.add_files([(path.name, path, path.stat().st_size) for path in files])
        return True
    return False


def _add_items(hasher: Hasher, dataset: Any) -> None:
    count = len(dataset)
    hasher.frame("items", count)
    with _randomness_as_it_was():
        for place in hasher.places(count):
            first, second = (_hash_of(dataset[place]) for _ in range(2))
            if first != second:
                raise TypeError(
                    f"fingerprint: item {place} of a {type(dataset).__name__} is another one each "
                    "time; pass its files or arrays, or the data set without random transformations"
                )
            hasher.frame("item", first)


def _hash_of(item: object) -> str:
    hasher = Hasher(whole=True)
    hasher.add_values(item) if isinstance(item, str | list | tuple | dict) else hasher.add(item)
    return hasher.hexdigest()


@contextmanager
def _randomness_as_it_was() -> Iterator[None]:
    """Has the training draw the same random numbers as if nobody had looked at its data."""
    torch: Any = sys.modules["torch"]
    numpy: Any = sys.modules.get("numpy")
    states = random.getstate(), torch.get_rng_state(), numpy and numpy.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
        if numpy is not None:
            numpy.random.set_state(states[2])


# Longer lists and dictionaries of a data set are what it holds, not what it opens.
_CONTAINER_MAX = 1024


@contextmanager
def _as_it_was(dataset: Any) -> Iterator[None]:
    """Has a data set, and those that it is made of, keep nothing of having been read.

    A file that was opened to read an item would be one file with one place in it for all workers
    of a loader, which are forked.
    """
    kept = list(_parts(dataset, {}))
    try:
        yield
    finally:
        for held, before in kept:
            if isinstance(held, list):
                if len(held) != len(before) or any(map(operator.is_not, held, before)):
                    held[:] = before
            elif held.keys() != before.keys() or any(
                held[name] is not value for name, value in before.items()
            ):
                held.clear()
                held.update(before)


def _parts(dataset: Any, seen: dict[int, Any]) -> Iterator[tuple[Any, Any]]:
    """What a data set has of itself that reading it may change, each with a copy."""
    torch: Any = sys.modules["torch"]
    own = getattr(dataset, "__dict__", None)
    if not isinstance(own, dict) or id(dataset) in seen:
        return
    seen[id(dataset)] = dataset
    yield own, dict(own)
    for value in list(own.values()):
        inner = [value]
        if type(value) in (list, dict) and len(value) <= _CONTAINER_MAX:
            yield value, value.copy()
            inner = list(value.values() if isinstance(value, dict) else value)
        for one in inner:
            if isinstance(one, torch.utils.data.Dataset):
                yield from _parts(one, seen)
