"""A source file's identity tells programs apart, and neither layouts nor comments."""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
import sysconfig
import tokenize
from io import BytesIO
from pathlib import Path

import pytest

from conftest import clean_environment
from joulebook import _normal
from joulebook._normal import normalised

SEED = 20260301
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FILES = sorted(path for path in LIBRARY.glob("*.py") if path.stat().st_size < 40_000)
# One of each kind of constant and statement whose tree differs between versions of Python.
PROGRAM = '''
import os.path as p
async def f(a, /, b: int = 0x10, *c, d=1e3, **e) -> None:
    global g
    x = f"a{b!r:>{c}}" "b" f"{a=}" + 'x\\ud800' + f"{{}}"
    async with a as h, b: await x; y: float = .5j; del x[1:, ...], y
    return [*c, *(i for i in {**e} if not i or -i < ~b), lambda: (yield), b"\\0", None, True]
class C(object, metaclass=type):
    @property
    def h(self): "docstring"
    match g:
        case {"a": [1, *_], **rest} | C(x=1) if rest: pass
        case _: raise ValueError from None
try: assert g, ""
except (A, B) as e: ...
else: nonlocal_ = 10**30
finally:
    while 0: break
'''


def random_files(count: int) -> list[Path]:
    print("seed", SEED)
    return random.Random(SEED).sample(FILES, count)


def identity(source: str) -> str | None:
    return normalised(source.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("path", random_files(40), ids=lambda path: path.name)
def test_another_layout_without_comments_is_the_same_program(path: Path) -> None:
    source = path.read_bytes()
    # Writing the tree out changes quotes, wrapping, parentheses and commas, and drops comments.
    spelt_anew = ast.unparse(ast.parse(source))
    assert normalised(source) == identity(spelt_anew) is not None
    commented = tokenize.untokenize(with_comments(source))
    assert normalised(source) == normalised(commented)


def with_comments(source: bytes) -> list[tuple[int, str]]:
    tokens: list[tuple[int, str]] = []
    for token in tokenize.tokenize(BytesIO(source).readline):
        if token.type == tokenize.NEWLINE:
            tokens.append((tokenize.COMMENT, "# a remark"))
        if token.type != tokenize.COMMENT:
            tokens.append((token.type, token.string))
    return tokens


@pytest.mark.parametrize(
    "variants",
    [
        ["x = 1", "x=1  # one", "(x) = (1)", "x = \\\n1", "x = 0x1", "\n\nx = 1;"],
        ["f('a' 'b')", 'f("ab",)', "f(\n  'ab'\n)", "f(u'ab')", "f(f'ab')", "f('a' f'b')"],
        ["def f(): return 1", "def f():\n  'text'\n  return 1", "def f():\n  'x'\n  return (1)"],
        ["class A: pass", "class A: 'text'", "class A:\n  '''text'''\n  pass"],
        ["x = 1000", "\'\'\'About.\'\'\'\nx = 1_000", "x = 1000\n'afterwards'"],
        ["f'{x}a'", "f'{x}' 'a'", "f'{x}' f'a'", "f'{ x }a'"],
    ],
)
def test_spellings_of_one_program_are_one(variants: list[str]) -> None:
    assert len({identity(variant) for variant in variants}) == 1


def test_what_does_something_else_is_another_program() -> None:
    programs = """\
x = 1|x = 2|y = 1|x = 1.0|x = True|x = '1'|x = b'1'|x = 1j|x = -1|x = (1,)|x = [1]|x += 1
x: int = 1|x == y|x != y|x is y|x in y|x + y|x - y|not x|~x|x and y|x or y|x, y|x[y]|x.y|x(y)|x(*y)
x(**y)|x(y=y)|f'{x}'|f'{x!r}'|f'{x:a}'|f'{x}a'|'{x}'|f'{x}{y}'|f'{x:{y}}'|f'{x=}'
def f(): pass|def g(): pass|def f(a): pass|def f(*a): pass|def f(*, a): pass|def f(a, /): pass
@a\\ndef f(): pass|@b\\ndef f(): pass|async def f(): pass|def f() -> a: pass|def f(a=1): pass
def f(*, a, b=1): pass|def f(*, a=1, b): pass|class f: pass|class f(a): pass|class f(a=a): pass
import a|import a as b|import a.b|from a import b|from . import b|from .a import b|from a import *
x[1:]|x[:1]|x[::1]|x[1]|x[1,]|x[...]|{x: 1}|{x}|{**x}|{}|[]|()
yield_|lambda: x|lambda x: x|(x for x in y)|[x for x in y]|{x for x in y}|[x for x in y if x]|await_
if x: y|while x: y|for x in y: z|with x: y|with x as y: z|try: x\\nfinally: y|if x: y\\nelse: z
print(__doc__)|\'\'\'a\'\'\'\\nprint(__doc__)|\'\'\'b\'\'\'\\nprint(__doc__)"""
    sources = [one.replace("\\n", "\n") for one in programs.replace("\n", "|").split("|")]
    found = [identity(source) for source in sources]
    assert None not in found
    assert len(set(found)) == len(sources)


class Mutation(ast.NodeTransformer):
    """Changes the one node of a program whose turn it is."""

    def __init__(self, turn: int) -> None:
        self.turn = turn

    def visit(self, node: ast.AST) -> ast.AST:
        changed = self.changed(node)
        if changed is not None:
            self.turn -= 1
            if self.turn == 0:
                return changed
        return self.generic_visit(node)

    def changed(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Name):
            return ast.copy_location(ast.Name(node.id + "_", node.ctx), node)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return ast.copy_location(ast.Constant(node.value + 1), node)
        if isinstance(node, ast.Add):
            return ast.Sub()
        if isinstance(node, ast.Eq):
            return ast.NotEq()
        if isinstance(node, ast.Attribute):
            return ast.Attribute(node.value, node.attr + "_", node.ctx)
        if isinstance(node, ast.FunctionDef):
            node.decorator_list.append(ast.Name("added", ast.Load()))
            return node
        return None


@pytest.mark.parametrize("path", random_files(20), ids=lambda path: path.name)
def test_one_node_that_changes_changes_the_identity(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    seen = {identity(source)}
    turns = random.Random(path.name).sample(range(1, 200), 12)
    mutants = {ast.unparse(Mutation(turn).visit(ast.parse(source))) for turn in turns}
    mutants.discard(ast.unparse(ast.parse(source)))
    seen |= {identity(mutant) for mutant in mutants}
    assert len(seen) == len(mutants) + 1


@pytest.mark.parametrize(
    "source", [b"x = ", b"\xff\xfe", b"\0", b"# coding: nonsense\nx", b"(" * 5000, b"1 +" * 9999]
)
def test_what_is_no_program_has_none(source: bytes) -> None:
    assert normalised(source) is None


def test_what_is_nested_too_deep_has_none() -> None:
    assert normalised(b"-" * 50 + b"1") is not None
    assert normalised(b"x" + b".a" * 5000) is None


def test_the_identity_is_the_same_in_every_version_of_python() -> None:
    expected = "ast1:07a861a67ed35155955c5497acc8ee4b95e308e7d511679704feed0381d54ebf"
    assert identity(PROGRAM) == expected
    programs = [f"python3.{minor}" for minor in (10, 11, 12, 13, 14)]
    for program in filter(shutil.which, programs):
        answer = subprocess.run(
            [program, "-I", "-S", _normal.__file__],
            input=b"%d\n%b" % (len(PROGRAM.encode()), PROGRAM.encode()),
            env=clean_environment(),
            capture_output=True,
        )
        # A version that is not installed here is a shim that fails.
        if answer.returncode == 0:
            assert answer.stdout.decode().strip() == expected, program


def test_the_program_that_parses_warns_of_nothing() -> None:
    source = b"x = '\\d'\n"
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "ignore", _normal.__file__],
        input=b"%d\n%b1\n(" % (len(source), source),
        capture_output=True,
        check=True,
    )
    assert answer.stderr == b""
    assert answer.stdout.decode().split() == [normalised(b"x = '\\\\d'"), "-"]
