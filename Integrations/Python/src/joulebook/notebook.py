"""Notebooks: `%%joulebook` records what a cell does as a run, and shows it below.

%load_ext joulebook.notebook

%%joulebook "line", data=(x, y)
for epoch in run.epochs(3):
    epoch.log(loss=train_one_epoch(lr))
"""

from __future__ import annotations

import ast
import itertools
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ._run import Run, status_after
from ._training import Budget, Data, Training

try:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import no_var_expand
    from IPython.display import display
except ImportError as error:
    raise ImportError(
        f"joulebook.notebook is for notebooks ({error}): pip install ipykernel"
    ) from error

__all__ = ["load_ipython_extension"]

_PLAIN = (bool, int, float, str)
# With the lists that hold them; longer ones are data.
VALUES_MAX = 100


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext joulebook.notebook` calls: from then on there is `%%joulebook`."""

    def joulebook(line: str, cell: str) -> None:
        """Records the cell as a run, which it has as `run`, and shows it below.

        The line is what `joulebook.start` is given: `%%joulebook "line", config=config`. Besides,
        `data` may be what `joulebook.fingerprint` is given, several in a tuple; `budget` has the
        arguments of `run.budget`; `resume` names a file that keeps the run's id until the cell
        ends: a cell that finds it goes on with that run.

        What the cell reads of plain values is the configuration: names of numbers and texts, and of
        short lists and dicts of them, that other cells have set, and those that it sets at its top
        itself. `config` is laid over it.

        An error in the cell marks the run failed, an interrupt marks it killed.
        """
        # Names of the notebook stand for what they do in a cell, and a comment ends with the line.
        arguments = shell.ev(f"(lambda *given, **named: (given, named))({line}\n)")
        _record(shell, cell, *arguments)

    shell.register_magic_function(no_var_expand(joulebook), "cell")


def _record(
    shell: InteractiveShell, cell: str, given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    tree: ast.Module = shell.transform_ast(shell.compile.ast_parse(shell.transform_cell(cell)))
    training = _training(*given, **named)
    data = named.get("data")
    # Names that IPython has set are none of the notebook's.
    names = {name: shell.user_ns[name] for name in shell.user_ns.keys() - shell.user_ns_hidden}
    settings = _settings(tree, names, (data, *data) if isinstance(data, tuple) else (data,))
    training.begin(lambda: settings, lambda: None)
    run = training.run
    shell.user_ns["run"] = run
    try:
        _execute(shell, cell, tree)
    except BaseException as error:
        training.end(status_after(type(error), error))
        raise
    training.end_of_loop()
    training.end()
    display(run)


def _training(
    run: Run | str | None = None,
    config: object = None,
    stage: str | None = None,
    *,
    data: Data = None,
    budget: Budget | None = None,
    resume: str | os.PathLike[str] | None = None,
    **start: Any,
) -> Training:
    if stage is not None:
        start["stage"] = stage
    return Training(run, config, data, budget, start, resume)


def _execute(shell: InteractiveShell, cell: str, tree: ast.Module) -> None:
    """Runs a cell as the shell does: what its last expression comes to is shown."""
    name = shell.compile.cache(shell.transform_cell(cell), shell.execution_count, cell)
    last = tree.body[-1:]
    is_shown = bool(last) and isinstance(last[0], ast.Expr)
    body = tree.body[:-1] if is_shown else tree.body
    exec(shell.compile(ast.Module(body, []), name, "exec"), shell.user_ns)
    if is_shown:
        exec(shell.compile(ast.Interactive(last), name, "single"), shell.user_ns)


def _settings(
    tree: ast.Module, namespace: Mapping[str, Any], data: tuple[object, ...]
) -> dict[str, Any]:
    """What a cell reads that may be settings, as far as it is known before the cell is run."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    changed = _changed(tree)
    # What is changed from what it was is read, too.
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load) and node not in changed}
    found = {
        node.id: namespace[node.id]
        for node in names
        # Those of Python are none of the notebook's.
        if node.id in namespace and node.id not in own and not node.id.startswith("_")
    }
    found.update(_literals(tree))
    settings = {
        name: _setting(value)
        for name, value in sorted(found.items())
        if isinstance(value, _PLAIN) or not any(value is one for one in data)
    }
    return {name: value for name, value in settings.items() if value is not None}


def _setting(value: Any) -> Any:
    """What a configuration has of a value, None for nothing.

    That is numbers and texts, and short lists and dicts of them; of a dict with other values, too,
    the parts that are.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if _is_short(part)}
    return value if isinstance(value, dict | list | tuple) and value and _is_short(value) else None


def _is_short(value: object) -> bool:
    parts = list(itertools.islice(_parts(value), VALUES_MAX + 1))
    return len(parts) <= VALUES_MAX and all(
        part is None or isinstance(part, (*_PLAIN, dict, list, tuple)) for part in parts
    )


def _parts(value: object) -> Iterator[object]:
    """The value and all that is in it; without end where it holds itself."""
    yield value
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _parts(part)


def _literals(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What the cell sets at its top to a value that is spelt out, once."""
    changed = _changed(tree)
    stored = [
        node.id  # type: ignore[attr-defined]
        for node in ast.walk(tree)
        if _is_stored(node) and node not in changed
    ]
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_stored(node.targets[0]):
            name: str = node.targets[0].id  # type: ignore[attr-defined]
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                continue
            if stored.count(name) == 1:
                yield name, value


def _changed(tree: ast.Module) -> set[ast.AST]:
    """The names that something is added to, or the like: `lr *= 0.5`."""
    return {node.target for node in ast.walk(tree) if isinstance(node, ast.AugAssign)}


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
