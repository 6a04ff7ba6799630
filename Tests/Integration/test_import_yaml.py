"""Settings in YAML are read as PyYAML and ruamel.yaml wrote them, or refused with their line."""

from __future__ import annotations

import io
import math
import random
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

TEXTS = [
    "first line\nsecond line", "a\n\n\nb", "\n", " a\n", "a\u2028b", "a\u2029\nb", "a\n\u2028b",
    "\u2028", "a\x85b", "word " * 16 + "#tag and more", "word " * 16 + "% --- ...",
    "word " * 15 + "\n#tag", "word " * 15 + "it's \\ and \"quoted\" \x07 " * 4, "a\r\nb", "a  b",
    "- a", "? a", "a: b", "a #b", "{a", "<<", "", "\t", "#", "--- a", "it's: one", "é\ufeff",
    "012", "1_000", "yes", "null", "1:30", "2026-01-01",
]  # fmt: skip
VALUES = [0, -7, 2**63 - 1, -(2**63), 1.5, -0.0, 1e-5, 1e16, 5e-324, math.inf, True, False, None]
PIECES = [*"a'\"\\-[]{},é#?&*!|>%@`~=:", " ", " #", ": ", "\n", "- ", "? ", "\u2028", "word " * 15]


def settings(seed: int) -> dict[str, Any]:
    """Texts that have to be quoted or folded, numbers, lists and objects."""
    draw = random.Random(seed)

    def text() -> str:
        made = "".join(draw.choices(PIECES, k=draw.randint(1, 9)))
        # ruamel.yaml loses one of two blanks where it folds a line.
        return draw.choice([made.replace("  ", " "), draw.choice(TEXTS)])

    def value(depth: int) -> Any:
        kind = draw.random() / (1 if depth < 3 else 2)
        if kind < 0.35:
            return text()
        if kind < 0.5:
            return draw.choice(VALUES)
        if kind < 0.75:
            return [value(depth + 1) for _ in range(draw.randrange(5))]
        # Names that are long, empty or of several lines are written with a mark, which is refused.
        names = [name for name in (text() for _ in range(5)) if name and name.isprintable()]
        return {name[:20]: value(depth + 1) for name in names}

    return {f"k{place}": value(0) for place in range(200)}


def seen(value: Any) -> Any:
    """A value as a document in JSON has it; true is not 1."""
    if isinstance(value, list):
        return [seen(element) for element in value]
    if isinstance(value, dict):
        return {name: seen(element) for name, element in value.items()}
    return "Infinity" if value == math.inf else repr(value) if isinstance(value, bool) else value


def write(text: str, folder: Path) -> None:
    """A run of DVCLive with such settings."""
    (folder / "plots/metrics").mkdir(parents=True, exist_ok=True)
    (folder / "plots/metrics/loss.tsv").write_text("step\tloss\n0\t0.5\n")
    (folder / "params.yaml").write_bytes(text.encode())


def config(joulebook: Command, text: str) -> Any:
    write(text, joulebook.directory / "dvclive")
    joulebook("import", "dvclive", "dvclive", "--into", f"runs{hash(text)}")
    return joulebook.json("run", "show", f"runs{hash(text)}", "--json")["config"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("writer", ["ruamel.yaml", "block", "flow", "ascii"])
def test_what_others_write_is_read_as_it_was(joulebook: Command, writer: str, seed: int) -> None:
    expected = settings(seed)
    if writer == "ruamel.yaml":
        ruamel = pytest.importorskip("ruamel.yaml", reason="ruamel.yaml is not installed")
        stream = io.StringIO()
        dumping = ruamel.YAML()
        dumping.default_flow_style = False
        dumping.dump(expected, stream)
        text = stream.getvalue()
    else:
        yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
        style = True if writer == "flow" else False if writer == "block" else None
        text = yaml.safe_dump(expected, default_flow_style=style, allow_unicode=writer != "ascii")
    assert seen(config(joulebook, text)) == seen(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k: 'a\n\n\n  b'\n", "a\n\nb"),
        ('k: "a \\\n  b\\\n\n  \\ c"\r\n', "a b\n c"),
        ("k: 'word\n  #tag\n# low\n  more'\n", "word #tag # low more"),
        ("k: a b\n\n  c # a comment\n", "a b\nc"),
        ("k: a\u2028b\u0085c\n", "a\u2028b\u0085c"),
        ("k: 100000000000000000000\n", "100000000000000000000"),
        ("k: -9223372036854775809\n", "-9223372036854775809"),
        ("k: {a: 1,\n # a comment\n  'it''s': [x y, 'a\n\n  b'], n: }\n",
         {"a": 1, "it's": ["x y", "a\nb"], "n": None}),
        ("--- # one\n'k': [\n  1,\n\n  2,\n  ]\n...\n", [1, 2]),
    ],
)  # fmt: skip
def test_what_stands_in_several_lines(joulebook: Command, text: str, expected: Any) -> None:
    assert config(joulebook, text) == {"k": expected}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nk:\n  ? 'x # y'\n  : 2\n", "line 3: a name marked with ?"),
        ("a: 1\nk: {a: 1, ? b : 2}\n", "line 2: a name marked with ?"),
        ("k: {a: 1, a: 2}\n", "line 1: the name stands twice"),
        ("k: {a:1}\n", "line 1: expected a colon"),
        ("k: [a: 1]\n", "line 1: expected ]"),
        ("k: [1, , 2]\n", "line 1: expected a value"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document"),
        ("a: 1\n...\nb: 2\n", "line 3: a second document"),
        ("a: {b: 1}\nc:\n  <<: {b: 2}\n", "line 3: a merge"),
        ("k: a # b\n  c\n", "line 2: not expected here"),
        ("k: - a\n", "line 1: an entry of a list where none belongs"),
        ("a: 1\nk: 'open\n\n", "line 2: a text without its closing quote"),
        ("k: |\n  text\n", "line 1: a block of text"),
        ('a: 1\nk: "\\x+1"\n', "line 2: an unknown escape"),
    ],
)
def test_what_is_not_read_is_refused(joulebook: Command, text: str, reason: str) -> None:
    write(text, joulebook.directory / "dvclive")
    done = joulebook("import", "dvclive", "dvclive", "--into", "runs", status=65)
    assert f"params.yaml: {reason}" in done.stderr and done.stderr.count("\n") == 1


def test_many_texts_of_two_lines_take_no_longer_each(joulebook: Command) -> None:
    text = "k:\n" + '- "a\n  b"\n' * 60_000
    begin = time.monotonic()
    assert config(joulebook, text) == {"k": ["a b"] * 60_000}
    assert time.monotonic() - begin < 60


def test_many_names_on_a_line_take_no_longer_each(joulebook: Command) -> None:
    expected = {f"k{place}": place for place in range(60_000)}
    text = "k: {" + ", ".join(f"{name}: {value}" for name, value in expected.items()) + "}\n"
    begin = time.monotonic()
    assert config(joulebook, text) == {"k": expected}
    assert time.monotonic() - begin < 60
