"""What a training starts from: a hash of its model's weights, or of samples of large ones."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

# Of all tensors together.
SAMPLE_SIZE = 1 << 20


def not_known(error: object) -> str:
    """In place of what cannot be told: no other run has the same, so that none is taken for it."""
    return f"not known: {error} ({uuid4().hex})"


def of_module(module: Any) -> dict[str, object]:
    """Of a module of PyTorch what it is made of, `network`, and its `initial_weights`.

    Of weights that are shared out among processes those of this one count.
    """
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(module))
    return {
        "network": f"{type(module).__qualname__} sha256:{_sha256(text.encode())}",
        "initial_weights": told(lambda: _of_tensors(_named(module))),
    }


def of_variables(variables: Iterable[Any], backend: str) -> str:
    """The hash of Keras' variables, by their order: their names count how many there were before.

    Raises whatever the backend does where it does not give the values.
    """
    found = list(variables)
    if backend == "torch":
        return _of_tensors((str(place), one.value) for place, one in enumerate(found))
    keras: Any = sys.modules["keras"]
    shapes = [tuple(int(side) for side in one.shape) for one in found]
    sizes = [_size(shape) for shape in shapes]
    facts = [
        [place, list(shape), str(one.dtype)]
        for place, (one, shape) in enumerate(zip(found, shapes, strict=True))
    ]
    # Eight bytes for each, at the most.
    steps = _steps(sizes, [8] * len(sizes))
    parts = (
        keras.ops.convert_to_numpy(keras.ops.reshape(one.value, (-1,))[::step]).tobytes()
        for one, step in zip(found, steps, strict=True)
    )
    return _hash(facts, parts)


def of_pytree(named: Iterable[tuple[str, Any]]) -> str:
    """The hash of arrays of JAX or NumPy, each on one device, by their places in a pytree.

    Raises whatever JAX does for arrays that were given away.
    """
    jax: Any = sys.modules["jax"]
    found = list(named)
    facts: list[object] = [
        [name, [int(side) for side in one.shape], str(one.dtype)] for name, one in found
    ]
    arrays = [one for _, one in found]
    steps = _steps([one.size for one in arrays], [one.dtype.itemsize for one in arrays])

    def sample(one: Any, step: int) -> Any:
        return one.reshape(-1)[::step]

    # Compiled, so that a device holds no copy of what is sampled; NumPy's are on none.
    compiled = jax.jit(sample, static_argnums=1)
    samples = [
        one if step == 1 else (compiled if isinstance(one, jax.Array) else sample)(one, step)
        for one, step in zip(arrays, steps, strict=True)
    ]
    return _hash(facts, (part.tobytes() for part in jax.device_get(samples)))


def told(hash_of: Callable[[], str]) -> str:
    """The hash, or why there is none."""
    try:
        return hash_of()
    except Exception as error:
        return not_known(f"{type(error).__name__}: {error}"[:200])


def _named(module: Any) -> list[tuple[str, Any]]:
    """Parameters and buffers, called as they are without what wraps the module."""
    wrappers = re.compile(r"(^|\.)(module|_orig_mod|_fsdp_wrapped_module)(?=\.)")
    return [
        (wrappers.sub("", name).lstrip("."), tensor)
        for found in (module.named_parameters(), module.named_buffers())
        for name, tensor in found
    ]


def _of_tensors(named: Iterable[tuple[str, Any]]) -> str:
    torch: Any = sys.modules["torch"]
    facts: list[object] = []
    tensors: list[Any] = []
    for name, tensor in named:
        facts.append([name, [int(side) for side in tensor.shape], str(tensor.dtype)])
        tensors.append(_local(torch, name, tensor))
    steps = _steps([one.numel() for one in tensors], [one.element_size() for one in tensors])
    # What a device holds is brought from it at once.
    by_device: dict[str, list[Any]] = {}
    with torch.no_grad():
        for tensor, step in zip(tensors, steps, strict=True):
            sample = tensor.reshape(-1)[::step].resolve_conj().resolve_neg().contiguous()
            by_device.setdefault(str(tensor.device), []).append(sample.view(torch.uint8))
        copies = {
            device: iter(torch.cat(parts).cpu().split([part.numel() for part in parts]))
            for device, parts in by_device.items()
        }
        parts = (next(copies[str(one.device)]).numpy().tobytes() for one in tensors)
        return _hash(facts, parts)


def _local(torch: Any, name: str, tensor: Any) -> Any:
    """The values of a tensor, or this process's part of them. Raises ValueError without any."""
    tensor = getattr(tensor, "ds_tensor", tensor)
    if torch.nn.parameter.is_lazy(tensor) or tensor.device.type == "meta":
        raise ValueError(f"{name} has no values yet")
    tensor = tensor.detach()
    if hasattr(tensor, "to_local"):
        tensor = tensor.to_local()
    if tensor.layout != torch.strided:
        raise ValueError(f"{name} is {tensor.layout}")
    if tensor.numel() and not tensor.untyped_storage().nbytes():
        raise ValueError(f"{name} is elsewhere")
    return tensor


def _steps(counts: list[int], sizes: list[int]) -> list[int]:
    """Of each tensor every how manieth element is taken; small ones leave others their share."""
    left = SAMPLE_SIZE
    steps = [1] * len(counts)
    by_size = sorted(range(len(counts)), key=lambda place: counts[place] * sizes[place])
    for done, place in enumerate(by_size):
        share = max(1, left // (len(counts) - done) // sizes[place])
        if counts[place] > share:
            # Odd, so that it is not always the same columns of a matrix.
            steps[place] = -(-counts[place] // share) | 1
        left = max(0, left - min(counts[place], share) * sizes[place])
    return steps


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


def _hash(facts: list[Any], parts: Iterable[bytes]) -> str:
    found = hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode())
    for part in parts:
        found.update(part)
    return f"sha256:{found.hexdigest()}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
