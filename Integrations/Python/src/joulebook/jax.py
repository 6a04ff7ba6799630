"""JAX and Flax: a training loop whose epochs are recorded.

from joulebook.jax import Loop

with Loop("line", state, epochs=10, key=key, data=(x, y)) as loop:
    for epoch in loop:
        state, loss = train_epoch(state)
        epoch.log(loss=loss)
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from types import TracebackType
from typing import Any
from uuid import uuid4

from ._run import Epoch, Phase, Run, StepRange, status_after
from ._spelt import spelt
from ._training import Budget, Data, Training, harmless
from ._weights import of_pytree, told

try:
    import jax
    import numpy
except ImportError as error:
    raise ImportError(f"joulebook.jax needs JAX ({error}): pip install jax") from error

__all__ = ["Loop"]

# Steps whose metrics are still being computed; behind them the oldest is waited for.
_PENDING_MAX = 64
# How long the other processes wait for the first one's name of the run.
_NAMED_WITHIN_MS = 60_000
# Loops are made in the same order in all processes.
_numbers = count()


class Loop:
    """Records a loop over epochs as a run; a context manager, which ends the run.

    run        a run that is open: it gets the epochs and is not finished; or the project of a new
               one
    state      what training starts from, any pytree: parameters, a `TrainState` of Flax, a model
               and an optimizer of `flax.nnx`. Their hash is part of the configuration
    epochs     the number of the last epoch
    first      the number of the first one; behind a checkpoint, the next that it lacks
    key        what randomness starts from, a key of `jax.random` or a number: the run's seed
    optimizer  of Optax; default: the one that `state` or a member of it has as `tx`
    config     laid over the configuration, which is the epochs, the optimizer with what it was made
               with, the settings of JAX that change results, and hashes of what `state` is made of
               and of its values
    data       what training reads: arrays, or several in a tuple, are fingerprinted; or what
               `joulebook.fingerprint` returns, or the data's name
    budget     the arguments of `run.budget` as a dict, or a function that gets the run. What says
               "stop" ends the loop behind an epoch; of several processes none, since the others
               would wait for it: a program has them agree on `should_stop`
    resume     a file that keeps the run's id until the training ends, best beside its
               checkpoints: a training that finds it goes on with that run
    start      every other argument is that of `joulebook.start`: dir, stage, tags, ...

    JAX computes while the program goes on. What was dispatched is waited for at both edges of an
    epoch and of `phase`, so that its energy is in the window that it belongs to; between them
    nothing waits.

    Raises what `joulebook.start` raises, when its block is entered, and what a callable of the
    budget does. An error in the block marks the run failed; a loop that is left before its last
    epoch is tagged "stopped-early".
    """

    def __init__(
        self,
        run: Run | str | None = None,
        state: Any = None,
        *,
        epochs: int,
        first: int = 1,
        key: Any = None,
        optimizer: Any = None,
        config: object = None,
        data: Data = None,
        budget: Budget | None = None,
        resume: str | os.PathLike[str] | None = None,
        **start: Any,
    ) -> None:
        self._name = f"joulebook/{next(_numbers)}"
        start = {**start, "env": {**_devices(), **(start.get("env") or {})}}
        if isinstance(run, Run):
            # It has its facts already.
            start.pop("env")
        self._training = Training(run, config, data, budget, start, resume)
        self._given: tuple[Any, Any, Any] | None = (state, optimizer, key)
        self._first = first
        self._last = epochs
        self._number = first - 1
        self._is_left = False
        self._pending: deque[tuple[int | None, dict[str, Any]]] = deque()

    @property
    def run(self) -> Run | None:
        """The run; None before the block is entered."""
        return self._training.run

    @property
    def should_stop(self) -> bool:
        """Whether the run's budget, or a replay, asks this process for an end."""
        return self._training.should_stop

    def log(
        self, metrics: Mapping[str, Any] | None = None, *, step: int | None = None, **named: Any
    ) -> None:
        """Keeps the metrics of a step once they are computed, without waiting for them."""
        self._log(step, {**(metrics or {}), **named})

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A part of the epoch such as "validation", or of the run between epochs."""
        self._begin_phase(name)
        try:
            yield
        except BaseException:
            self._end_phase()
            raise
        self._wait()
        self._end_phase()

    def __enter__(self) -> Loop:
        if self._given is None:
            raise RuntimeError("a Loop records one training: make another one for the next")
        state, optimizer, key = self._given
        # What is asked of the state is known from here on; it may be given away by the first step.
        self._given = None
        processes = jax.process_count()
        self._training.begin(
            lambda: _configuration(state, optimizer, self._last),
            lambda: None,
            run_id=self._agreed_id() if processes > 1 else None,
            ranks=(jax.process_index(), processes),
            seed=lambda: _seed(key),
        )
        self._training.plan(self._first, self._last)
        if self._first > 1:
            self._training.resumed(f"epoch {self._first - 1}")
        return self

    def __iter__(self) -> Iterator[Epoch]:
        while self._number < self._last and not (self.should_stop and jax.process_count() == 1):
            self._number += 1
            try:
                yield self._begun()
            except GeneratorExit:
                # By `break` or by an error, behind which nothing is to be waited for.
                self._is_left = True
                raise
            self._wait()
            self._end_epoch()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._wait()
        else:
            # What is still being computed may wait for a process that is gone.
            self._keep_ready()
        status = status_after(kind, error)
        if status == "finished" and self._number < self._last and not self.should_stop:
            self._training.stopped_early(f"epoch {self._number}")
        self._training.end(status)

    # Inside

    @harmless
    def _agreed_id(self) -> str | None:
        """A name for the run that all processes have: what the first one would call it.

        It is left with JAX's coordinator: the first one waits for nobody, and where it does not
        come the others are runs of their own.
        """
        from jax._src import distributed

        client = distributed.global_state.client
        if client is None:
            raise RuntimeError("processes without jax.distributed.initialize are a run each")
        if jax.process_index() > 0:
            found: str = client.blocking_key_value_get(self._name, _NAMED_WITHIN_MS)
            return found
        own = self._training.kept_id or os.environ.get("JOULEBOOK_RUN_ID") or uuid4().hex
        client.key_value_set(self._name, own)
        return own

    def _begun(self) -> Epoch:
        run = self._training.run
        if run is None or not self._training.is_going:
            raise RuntimeError("a Loop is gone through within its block: with Loop(...) as loop:")
        return self._begin_epoch() or _Unkept(run, self._number)

    @harmless
    def _begin_epoch(self) -> Epoch | None:
        self._wait()
        self._is_left = False
        return self._training.begin_epoch(self._number)

    @harmless
    def _end_epoch(self) -> None:
        self._training.end_epoch()

    @harmless
    def _begin_phase(self, name: str) -> None:
        self._wait()
        if self._is_left:
            self._training.end_epoch()
        self._training.begin_phase(name)

    @harmless
    def _end_phase(self) -> None:
        self._training.end_phase()

    @harmless
    def _log(self, step: int | None, metrics: dict[str, Any]) -> None:
        self._pending.append((step, {name: _kept(value) for name, value in metrics.items()}))
        while len(self._pending) > _PENDING_MAX:
            self._keep()
        self._keep_ready()

    @harmless
    def _keep(self) -> None:
        """Keeps the metrics of the oldest step, which are waited for."""
        self._training.log(*self._pending.popleft())

    @harmless
    def _keep_ready(self) -> None:
        """Keeps the metrics of the oldest steps, as far as they are computed."""
        while self._pending and self._is_ready():
            self._keep()

    def _is_ready(self) -> bool:
        """Whether the oldest metrics that nobody has are computed."""
        _, metrics = self._pending[0]
        return all(value.is_ready() for value in metrics.values() if isinstance(value, jax.Array))

    @harmless
    def _wait(self) -> None:
        """Waits for what was dispatched, and keeps the metrics of all steps.

        An error of a computation is the program's to meet, where it takes the result.
        """
        arrays = jax.live_arrays()
        try:
            jax.block_until_ready(arrays)
        except Exception:
            # One has failed, or was given away by now; there are others.
            for array in arrays:
                with suppress(Exception):
                    array.block_until_ready()
        while self._pending:
            self._keep()


class _Unkept(Epoch):
    """In place of an epoch that could not begin, so that training goes on; it keeps nothing."""

    number = 0

    def __init__(self, run: Run, number: int) -> None:
        self._of = run
        self.number = number

    def phase(self, name: str) -> Phase:
        return self._of.phase(name)

    def steps(self, first: int, last: int) -> StepRange:
        return self._of.steps(first, last)


def _kept(value: Any) -> Any:
    """A value that stays when the program gives its own to the next step."""
    if isinstance(value, jax.Array) and value.is_fully_addressable:
        return jax.numpy.copy(value)
    return value


def _configuration(state: Any, optimizer: Any, epochs: int) -> dict[str, object]:
    if optimizer is None:
        parts = state if isinstance(state, list | tuple) else (state,)
        optimizer = next((one.tx for one in parts if hasattr(one, "tx")), None)
    config = {"epochs": epochs, "jax": _settings()}
    if optimizer is not None:
        config["optimizer"] = spelt(optimizer)
    if state is None:
        return config
    # Functions that it holds are in there with their addresses.
    structure = re.sub(r" at 0x[0-9a-f]+", "", str(jax.tree_util.tree_structure(state)))
    return {
        **config,
        "network": spelt(structure.encode()),
        "initial_weights": told(lambda: of_pytree(_arrays(state))),
    }


def _settings() -> dict[str, object]:
    """What a program sets of JAX that changes what it computes."""
    names = ("enable_x64", "default_matmul_precision", "default_prng_impl", "numpy_dtype_promotion")
    return {name: spelt(getattr(jax.config, f"jax_{name}", None)) for name in names}


def _devices() -> dict[str, str]:
    """Those that all processes compute on, for the run's environment."""
    kinds = [" ".join({one.platform: 0, one.device_kind: 0}) for one in jax.devices()]
    told = (f"{kinds.count(kind)} × {kind}" for kind in dict.fromkeys(kinds))
    return {"jax_devices": ", ".join(told)}


def _arrays(state: Any) -> Iterator[tuple[str, Any]]:
    """The arrays of a pytree and where they are in it; of those on several devices each part once.

    Of what is shared out among processes the parts of this one count.
    """
    for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]:
        name = jax.tree_util.keystr(path)
        if not isinstance(leaf, jax.Array):
            array = numpy.asarray(leaf)
            if array.dtype == object:
                raise TypeError(f"{name} is no array but a {type(leaf).__name__}")
            yield name, array
            continue
        if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        parts = {str(part.index): part.data for part in leaf.addressable_shards}
        for index, part in sorted(parts.items()):
            yield f"{name} {index}" if len(parts) > 1 else name, part


def _seed(key: Any) -> object:
    """A key as a number: for JAX's default kind that which it was made from, where it was."""
    if not isinstance(key, jax.Array):
        return key
    if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.key_data(key)
    if key.ndim != 1:
        raise TypeError(f"a seed is one key, not an array of shape {key.shape}")
    return int.from_bytes(numpy.asarray(key).astype(">u4").tobytes(), "big")
