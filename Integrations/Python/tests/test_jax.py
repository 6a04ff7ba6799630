"""What a loop over JAX does is in the ledger, in the window in which it was computed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from trainings import SETTINGS, by_start, epochs_of, kill, only_run, reruns_exactly, run

import joulebook
from conftest import clean_environment, ledgers, shown

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax", reason="JAX is not installed")
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402

from joulebook._training import Training  # noqa: E402
from joulebook._weights import of_pytree  # noqa: E402
from joulebook.jax import Loop  # noqa: E402

X = jnp.linspace(0, 1, 32).reshape(-1, 1)
Y = 1 - X


@jax.jit
def step(weight: Any) -> tuple[Any, Any]:
    loss, gradient = jax.value_and_grad(lambda w: jnp.mean((X @ w - Y) ** 2))(weight)
    return weight - 0.1 * gradient, loss


def train(loop: Loop, weight: Any) -> list[float]:
    """Two steps an epoch; the losses of all steps."""
    losses = []
    for epoch in loop:
        for _ in range(2):
            weight, loss = step(weight)
            loop.log(loss=loss)
            losses.append(loss)
        with loop.phase("validation"):
            validation = jnp.mean((X @ weight - Y) ** 2)
        epoch.log(loss=loss, validation_loss=validation)
    return [float(loss) for loss in losses]


def loop(**settings: Any) -> Loop:
    weight = settings.pop("state", jnp.ones((1, 1)))
    return Loop("p", weight, **{"epochs": 3, "data": (X, Y), "key": jax.random.key(7), **settings})


def test_all_that_is_computed_is_in_the_ledger(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    with loop(config={"mine": 1}, tags=["try"], env={"image": "a"}) as recorded:
        losses = train(recorded, jnp.ones((1, 1)))
    found = shown(tmp_path)
    assert (found["status"], found["project"], found["tags"]) == ("finished", "p", ["try"])
    assert found["seed"] == 7 and found["config"]["mine"] == 1 and found["config"]["epochs"] == 3
    assert found["config"]["jax"]["enable_x64"] is False
    assert found["config"]["network"].startswith("sha256:")
    assert found["config"]["initial_weights"]["seed"].startswith("sha256:")
    assert found["data"]["fingerprint"] == joulebook.fingerprint(X, Y).value
    assert found["env"]["jax_devices"] == f"{len(jax.devices())} × cpu"
    assert found["env"]["image"] == "a" and found["env"]["jax"] == jax.__version__
    assert epochs_of(found) == [1, 2, 3]
    assert [epoch["metrics"]["loss"] for epoch in found["epochs"]] == losses[1::2]
    assert "validation_loss" in found["epochs"][2]["metrics"]
    assert [phase["name"] for phase in found["epochs"][0]["phases"]] == ["validation"]
    steps = joulebook.open(tmp_path).steps(columns=["step", "loss"])
    rows = pytest.importorskip("pyarrow").table(steps).to_pydict()
    assert rows["loss"] == losses and len(set(rows["step"])) == 6
    assert recorded.run is not None and recorded.run.warnings == []
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_the_example_runs_and_its_second_run_is_an_exact_rerun(tmp_path: Path) -> None:
    first = reruns_exactly("jax.md", tmp_path)
    assert epochs_of(first) == [1, 2, 3]
    assert all({"loss", "validation_loss"} <= set(epoch["metrics"]) for epoch in first["epochs"])


@pytest.mark.alone
def test_what_an_epoch_dispatched_is_computed_in_it(tmp_path: Path) -> None:
    @jax.jit
    def work(matrix: Any) -> Any:
        return jax.lax.fori_loop(0, 40, lambda _, m: jnp.tanh(m @ m), matrix)

    matrix = jnp.ones((500, 500)) / 500
    work(matrix).block_until_ready()
    began = time.monotonic()
    work(matrix).block_until_ready()
    takes = time.monotonic() - began
    kept = None
    with loop(epochs=2) as recorded:
        for epoch in recorded:
            if epoch.number == 1:
                kept = work(matrix)
    first, second = shown(tmp_path)["epochs"]
    assert kept is not None
    assert first["duration_s"] > takes / 2
    assert second["duration_s"] < takes / 2


def test_states_and_optimizers_tell_trainings_apart(tmp_path: Path) -> None:
    optax = pytest.importorskip("optax", reason="Optax is not installed")
    asked: dict[str, Any] = {"on_duplicate": "raise", "epochs": 1, "key": 3}
    one, other = jnp.ones((1, 1)), jnp.zeros((1, 1))
    with loop(state={"w": one}, optimizer=optax.adam(0.1), **asked) as recorded:
        train(recorded, one)
    for state, optimizer in (
        ({"w": other}, optax.adam(0.1)),
        ({"v": one}, optax.adam(0.1)),
        ({"w": one}, optax.adam(0.2)),
        ({"w": one}, optax.sgd(0.1)),
    ):
        with loop(state=state, optimizer=optimizer, **asked) as recorded:
            train(recorded, one)
    with (
        pytest.raises(joulebook.DuplicateRunError),
        loop(state={"w": one + 0}, optimizer=optax.adam(0.1), **asked),
    ):
        pass


def test_states_of_flax_tell_what_they_are_made_of(tmp_path: Path) -> None:
    flax = pytest.importorskip("flax", reason="Flax is not installed")
    optax = pytest.importorskip("optax", reason="Optax is not installed")
    from flax import linen, nnx
    from flax.training.train_state import TrainState

    def of_linen(width: int) -> Any:
        model = linen.Dense(width)
        parameters = model.init(jax.random.key(0), X)
        return TrainState.create(apply_fn=model.apply, params=parameters, tx=optax.adam(0.1))

    def of_nnx(width: int) -> Any:
        model = nnx.Linear(1, width, rngs=nnx.Rngs(0))
        return model, nnx.Optimizer(model, optax.adam(0.1), wrt=nnx.Param)

    for make in (of_linen, of_nnx):
        configs = []
        for width in (1, 1, 2):
            with loop(state=make(width), epochs=1) as recorded:
                list(recorded)
            assert recorded.run is not None
            configs.append(joulebook.show(recorded.run.path or "")["config"])
        assert configs[0] == configs[1]
        assert "not known" not in str(configs[0]) and "0.1" in str(configs[0]["optimizer"])
        assert configs[0]["initial_weights"] != configs[2]["initial_weights"]
    assert flax is not None


def test_large_states_are_told_by_samples_of_all_of_them(tmp_path: Path) -> None:
    large = jax.random.normal(jax.random.key(0), (3000, 1000))
    found = []
    for state in (large, large + 0, large.at[::3].multiply(2)):
        with loop(state=state, epochs=1) as recorded:
            list(recorded)
        assert recorded.run is not None
        found.append(joulebook.show(recorded.run.path or "")["config"]["initial_weights"])
    assert found[0] == found[1] != found[2]


def test_what_has_no_bytes_of_its_own_is_not_taken_for_the_same(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        with loop(state={"w": X, "f": print}, epochs=1) as recorded:
            list(recorded)
        assert recorded.run is not None
        config = joulebook.show(recorded.run.path or "")["config"]
        found.append(config["initial_weights"]["seed"])
    assert found[0] != found[1] and "builtin_function_or_method" in found[0]


def test_large_arrays_of_numpy_are_sampled_where_they_are() -> None:
    large = numpy.random.default_rng(0).normal(size=(1000, 1000))
    # A device has four bytes for each value.
    close = numpy.nextafter(large, numpy.inf)
    assert (jnp.asarray(large) == jnp.asarray(close)).mean() > 0.9
    of_large, of_copy, of_close = (of_pytree([("w", one)]) for one in (large, large + 0, close))
    assert of_large == of_copy != of_close


# Five epochs; a checkpoint behind each.
LONG = """
    import os, pathlib, sys
    import jax, jax.numpy as jnp, numpy
    from joulebook.jax import Loop

    @jax.jit
    def step(w):
        loss, gradient = jax.value_and_grad(lambda w: jnp.mean((w - 3) ** 2))(w)
        return w - 0.1 * gradient, loss

    done, w = 0, jnp.zeros(2)
    kept = pathlib.Path("checkpoint/state.npz")
    if kept.exists():
        state = numpy.load(kept)
        done, w = int(state["done"]), jnp.asarray(state["w"])
    with Loop("p", w, epochs=5, first=done + 1, key=1, resume="checkpoint/run") as loop:
        for epoch in loop:
            print("epoch", epoch.number, "begins", flush=True)
            sys.stdin.readline()
            w, loss = step(w)
            epoch.log(loss=loss)
            if epoch.number == 2 or done:
                numpy.savez(kept, done=epoch.number, w=w)
    """


def test_a_killed_training_keeps_its_epochs_and_goes_on_as_the_same_run(tmp_path: Path) -> None:
    kill(LONG, tmp_path, "epoch 4 begins")
    killed = only_run(tmp_path)
    assert (killed["status"], epochs_of(killed)) == ("killed", [1, 2, 3])
    run(LONG, tmp_path)
    whole = only_run(tmp_path)
    assert (whole["run_id"], whole["status"]) == (killed["run_id"], "finished")
    # What was not kept was trained again.
    assert epochs_of(whole) == [1, 2, 3, 3, 4, 5]
    assert by_start(tmp_path)[-1]["notes"][0]["text"] == "resumed: epoch 2"
    # The next training is another run.
    assert not (tmp_path / "checkpoint" / "run").exists()


def test_a_loop_that_is_left_is_told(tmp_path: Path) -> None:
    with loop() as recorded:
        for epoch in recorded:
            if epoch.number == 2:
                break
    found = shown(tmp_path)
    assert (found["status"], epochs_of(found), found["tags"]) == (
        "finished",
        [1, 2],
        ["stopped-early"],
    )
    assert found["notes"][0]["text"] == "stopped early: epoch 2"


def test_what_follows_a_loop_that_is_left_is_no_part_of_its_epoch(tmp_path: Path) -> None:
    with loop() as recorded:
        for _ in recorded:
            break
        with recorded.phase("test"):
            pass
    found = shown(tmp_path)
    assert not found["epochs"][0].get("phases")
    assert [phase["name"] for phase in found["phases"]] == ["test"]


def test_a_loop_is_one_training(tmp_path: Path) -> None:
    with loop() as recorded:
        train(recorded, jnp.ones((1, 1)))
    with pytest.raises(RuntimeError, match="one training"), recorded:
        pass
    assert len(ledgers(tmp_path)) == 1


@pytest.mark.parametrize("broken", ["begin_epoch", "end_epoch", "begin_phase", "log"])
def test_a_mistake_of_ours_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("broken")

    numbers = []
    with (
        pytest.warns(joulebook.LedgerWarning, match="KeyError") as warned,
        loop() as recorded,
        monkeypatch.context() as patched,
    ):
        patched.setattr(Training, broken, breaks)
        for epoch in recorded:
            with recorded.phase("validation"), epoch.phase("own"), epoch.steps(1, 2):
                numbers.append(epoch.number)
            epoch.log(loss=1.0)
            recorded.log(loss=1.0)
    assert numbers == [1, 2, 3]
    assert len([one for one in warned if one.category is joulebook.LedgerWarning]) == 1
    assert shown(tmp_path)["status"] == "finished"


def test_what_raises_fails_the_run(tmp_path: Path) -> None:
    with pytest.raises(ArithmeticError), loop() as recorded:
        for epoch in recorded:
            epoch.log(loss=1.0)
            raise ArithmeticError("broken")
    found = shown(tmp_path)
    assert (found["status"], epochs_of(found)) == ("failed", [1])
    assert found["epochs"][0]["metrics"] == {"loss": 1.0}
    with pytest.raises(RuntimeError, match="within its block"):
        next(iter(loop()))


@pytest.mark.parametrize("where", ["epoch", "phase"])
def test_an_error_waits_for_nothing(tmp_path: Path, where: str) -> None:
    def work(matrix: Any) -> Any:
        return jax.lax.fori_loop(0, 400, lambda _, m: jnp.tanh(m @ m), matrix)

    matrix = jnp.ones((500, 500)) / 500
    compiled = jax.jit(work).lower(matrix).compile()
    # What is being computed may wait for a process that is gone.
    with pytest.raises(ArithmeticError), loop() as recorded:
        for _ in recorded:
            kept = compiled(matrix)
            if where == "epoch":
                raise ArithmeticError
            with recorded.phase("validation"):
                kept = compiled(kept)
                raise ArithmeticError
    assert not kept.is_ready()
    found = shown(tmp_path)
    assert (found["status"], epochs_of(found)) == ("failed", [1])


def test_one_result_that_fails_keeps_no_metrics_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    class Failed:
        def block_until_ready(self) -> None:
            raise ArithmeticError

    live = jax.live_arrays
    monkeypatch.setattr(jax, "live_arrays", lambda: [Failed(), *live()])
    slow = jax.jit(lambda m: jax.lax.fori_loop(0, 40, lambda _, m: jnp.tanh(m @ m), m).sum())
    with loop(epochs=2) as recorded:
        for epoch in recorded:
            recorded.log(slow=slow(jnp.ones((500, 500)) / 500 + epoch.number))
            kept = slow(jnp.ones((500, 500)))
        assert kept.is_ready() and not recorded._pending
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_budget_stops_the_training(tmp_path: Path, handed_over: bool) -> None:
    budget: dict[str, Any] = {"energy_kwh": 1e-12, "on_exceed": "stop"}
    if handed_over:
        with joulebook.start("p", interval_s=0.01) as own:
            own.budget(**budget)
            with Loop(own, epochs=1000) as recorded:
                train(recorded, jnp.ones((1, 1)))
            assert recorded.run is own
            assert joulebook.show(own.path or "")["status"] == "running"
    else:
        with loop(budget=budget, epochs=1000, interval_s=0.01) as recorded:
            train(recorded, jnp.ones((1, 1)))
    found = shown(tmp_path)
    assert found["status"] == "finished" and len(found["epochs"]) < 1000
    assert found.get("tags") in (None, [])


def test_state_that_a_step_gives_away_is_no_trouble(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    give = jax.jit(lambda weight: weight + 1, donate_argnums=0)
    weight = jnp.ones((1, 1))
    with loop(state=weight) as recorded:
        for epoch in recorded:
            weight = give(weight)
            epoch.log(weight=weight[0, 0])
    assert [epoch["metrics"]["weight"] for epoch in shown(tmp_path)["epochs"]] == [2, 3, 4]
    assert not [one for one in recwarn if issubclass(one.category, joulebook.LedgerWarning)]


def test_metrics_stay_when_their_buffers_are_given_away(tmp_path: Path) -> None:
    def work(state: Any) -> Any:
        count, matrix = state
        return count + 1, jax.lax.fori_loop(0, 40, lambda _, m: jnp.tanh(m @ m), matrix)

    # Slow enough that a step's count is not computed when the next one takes its buffer.
    step = jax.jit(work, donate_argnums=0)
    state = (jnp.zeros(()), jnp.ones((500, 500)) / 500)
    with loop(epochs=1) as recorded:
        for _ in recorded:
            for _ in range(10):
                state = step(state)
                recorded.log(count=state[0])
    steps = joulebook.open(tmp_path / "joulebook").steps(columns=["count"])
    counts = pytest.importorskip("pyarrow").table(steps).to_pydict()["count"]
    assert counts == list(range(1, 11))
    assert recorded.run is not None and recorded.run.warnings == []


# Each on its own processor; only the first one's budget is used up. What says a number is about
# the process that has it.
JOB = """
    import sys
    import jax, jax.numpy as jnp
    from jax.experimental import multihost_utils
    rank, port, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    jax.distributed.initialize(f"127.0.0.1:{port}", 2, rank)
    # From here on JAX itself waits for none.
    multihost_utils.sync_global_devices("begun")
    import joulebook.jax
    from joulebook.jax import Loop
    if "begin" in what:
        joulebook.jax._NAMED_WITHIN_MS = 5000
    if what == f"never begins {rank}":
        raise ArithmeticError
    given = {"budget": {"energy_kwh": 1e-12 if rank == 0 else 1e3, "on_exceed": "stop"}}
    if what == "repeat":
        given = {"on_duplicate": "raise", "proof": "statistical"}
    if what == f"cannot begin {rank}":
        given = {"stage": "unheard of"}
    epochs = 1000 if what == "agree" else 3
    with Loop("p", jnp.ones(2), epochs=epochs, key=1, interval_s=0.01, **given) as loop:
        for epoch in loop:
            epoch.log(loss=1.0)
            if what == f"raise {rank}":
                raise ArithmeticError
            if what == f"leave {rank}":
                break
            stop = jnp.array(loop.should_stop)
            if what == "agree" and multihost_utils.process_allgather(stop).any():
                break
    """


def processes_of(tmp_path: Path, what: str) -> list[tuple[int, str]]:
    """How each of two processes ends and what it says, when both have ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = tmp_path / "train.py"
    path.write_text(textwrap.dedent(JOB))
    environment = clean_environment(**SETTINGS, JAX_PLATFORMS="cpu")
    processes = [
        subprocess.Popen(
            [sys.executable, str(path), str(rank), port, what],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=60)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, text) for process, text in zip(processes, said, strict=True)]


def by_rank(tmp_path: Path) -> list[tuple[int, str, list[int]]]:
    found = sorted(map(joulebook.show, ledgers(tmp_path)), key=lambda run: run["rank"])
    return [(run["rank"], run["status"], epochs_of(run)) for run in found]


def test_processes_are_one_run_and_can_agree_to_stop(tmp_path: Path) -> None:
    for status, said in processes_of(tmp_path, "agree"):
        assert status == 0, said
    (first, _, epochs), (second, _, others) = by_rank(tmp_path)
    assert (first, second) == (0, 1) and epochs == others and len(epochs) < 1000
    only_run(tmp_path)


def test_a_budget_stops_no_process_that_others_may_wait_for(tmp_path: Path) -> None:
    for status, said in processes_of(tmp_path, "train"):
        assert status == 0, said
    assert by_rank(tmp_path) == [(rank, "finished", [1, 2, 3]) for rank in range(2)]


@pytest.mark.parametrize("rank", range(2))
@pytest.mark.parametrize(
    ("what", "left"),
    [
        ("raise", ("failed", [1])),
        ("leave", ("finished", [1])),
        ("cannot begin", None),
        ("never begins", None),
    ],
)
def test_a_process_that_ends_keeps_no_other_one_waiting(
    tmp_path: Path, what: str, left: tuple[str, list[int]] | None, rank: int
) -> None:
    ends = processes_of(tmp_path, f"{what} {rank}")
    failed = [one for one, (status, _) in enumerate(ends) if status]
    assert failed == ([] if what == "leave" else [rank])
    expected = [(1 - rank, "finished", [1, 2, 3])]
    assert by_rank(tmp_path) == sorted(expected + ([(rank, *left)] if left else []))
    only_run(tmp_path)


def test_a_repetition_is_refused_in_all_processes(tmp_path: Path) -> None:
    processes_of(tmp_path, "repeat")
    for status, said in processes_of(tmp_path, "repeat"):
        assert status == 1 and "DuplicateRunError" in said
    assert len(ledgers(tmp_path)) == 2


def test_switched_off_it_trains_as_it_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOULEBOOK_DISABLED", "1")
    with loop() as recorded:
        assert len(train(recorded, jnp.ones((1, 1)))) == 6
    assert ledgers(tmp_path) == []
