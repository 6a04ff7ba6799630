#!/usr/bin/env python3
"""Makes the manual page joulebook(1) from what the command says of itself.

    Integrations/Python/make_man_page.py            writes joulebook.1 beside this file
    Integrations/Python/make_man_page.py --check    1 when it is not what it would write

The command is $JOULEBOOK, else the one in PATH.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("joulebook.1")
# The same for every command, and told once.
COMMON = {"help", "version"}

ENVIRONMENT = {
    "JOULEBOOK_DIR": "Where runs are recorded; else ./joulebook.",
    "JOULEBOOK_PROJECT": "Groups runs that state no project.",
    "JOULEBOOK_REGION": "Where the electricity is drawn, such as FR or aws:eu-west-1.",
    "JOULEBOOK_PUE": "Power usage effectiveness of the site.",
    "JOULEBOOK_DISABLED": "With 1, nothing is recorded.",
    "NO_COLOR": "When it is not empty, no colour is written.",
    "COLUMNS": "How wide tables are, also in a pipe, where it is 80 otherwise.",
}

EXIT_STATUS = {
    "0": "Done. Commands that judge have statuses of their own, which stand with each.",
    "64": "Wrong usage.",
    "65": "Bad input data, such as a file that is no ledger.",
    "74": "Input or output error.",
}


def definitions() -> dict[str, Any]:
    """The command with its subcommands, arguments and words."""
    command = os.environ.get("JOULEBOOK") or "joulebook"
    told = subprocess.run(
        [command, "--experimental-dump-help"], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(told.stdout)["command"]
    return found


def page(root: dict[str, Any]) -> str:
    """The page in mdoc, the language of manual pages."""
    commands = [one for one in root["subcommands"] if one["commandName"] != "help"]
    lines = [
        '.\\" Made by make_man_page.py; change the command, not this page.',
        ".Dd $Mdocdate$",
        ".Dt JOULEBOOK 1",
        ".Os",
        ".Sh NAME",
        ".Nm joulebook",
        f".Nd {text(root['abstract']).rstrip('.')}",
        ".Sh SYNOPSIS",
        ".Nm joulebook",
        ".Ar command",
        ".Op Ar argument ...",
        ".Nm joulebook",
        ".Cm help",
        ".Op Ar command",
        ".Nm joulebook",
        ".Fl Fl version",
        ".Sh DESCRIPTION",
        *prose(without_examples(root["discussion"])),
        ".Sh COMMANDS",
    ]
    for command in commands:
        lines += section(command)
    lines += [".Sh ENVIRONMENT", *defined(".Ev", ENVIRONMENT)]
    lines += [".Sh EXIT STATUS", *defined(".Li", EXIT_STATUS)]
    lines += [".Sh EXAMPLES", *prose(examples(root["discussion"]))]
    return "\n".join(lines) + "\n"


def section(command: dict[str, Any]) -> Iterator[str]:
    """What one subcommand does and takes."""
    arguments = [
        one
        for one in command.get("arguments", [])
        if one.get("shouldDisplay", True) and one.get("valueName") not in COMMON
    ]
    yield f".Ss {command['commandName']}"
    yield text(command["abstract"])
    yield ".Pp"
    yield ".Nm joulebook"
    yield f".Cm {command['commandName']}"
    for one in arguments:
        yield from synopsis(one)
    if arguments:
        yield ".Bl -tag -width Ds"
        for one in arguments:
            yield f".It {spelling(one)}"
            yield text(words(one))
        yield ".El"
    yield ".Pp"
    yield from prose(command.get("discussion", ""))


def synopsis(argument: dict[str, Any]) -> Iterator[str]:
    """An argument as the line of its command has it."""
    more = " ..." if argument["isRepeating"] else ""
    yield (".Op " if argument["isOptional"] else ".") + spelling(argument, short=True) + more


def spelling(argument: dict[str, Any], *, short: bool = False) -> str:
    """Names and value of an argument, as macros; `short` has one name only."""
    value = f"Ar {escaped(argument['valueName'])}"
    if argument["kind"] == "positional":
        return f"Cm \\-\\- {value}" if argument["parsingStrategy"] == "postTerminator" else value
    names = [argument["preferredName"]] if short else argument["names"]
    told = " , ".join(
        f"Fl {name['name']}" if name["kind"] == "short" else f"Fl Fl {escaped(name['name'])}"
        for name in names
    )
    return told if argument["kind"] == "flag" else f"{told} {value}"


def words(argument: dict[str, Any]) -> str:
    """What an argument is for, and what it is where nobody says."""
    told = str(argument.get("abstract") or "One of the alternatives.")
    default = argument.get("defaultValue")
    return told + (f" Default: {default}." if default else "")


def defined(macro: str, names: dict[str, str]) -> Iterator[str]:
    yield ".Bl -tag -width Ds"
    for name, told in names.items():
        yield f".It {macro[1:]} {name}"
        yield text(told)
    yield ".El"


def without_examples(discussion: str) -> str:
    return "\n\n".join(part for part in parts(discussion) if not part.startswith("Example"))


def examples(discussion: str) -> str:
    found = [part for part in parts(discussion) if part.startswith("Example")]
    return "\n\n".join(part.partition("\n")[2] for part in found)


def parts(discussion: str) -> list[str]:
    return [part for part in discussion.split("\n\n") if part.strip()]


def prose(discussion: str) -> Iterator[str]:
    """Paragraphs; lines that are indented stay as they are."""
    for number, part in enumerate(parts(discussion)):
        if number:
            yield ".Pp"
        literal = False
        for line in part.splitlines():
            if line.startswith(" ") != literal:
                literal = not literal
                yield ".Bd -literal -offset indent" if literal else ".Ed"
            yield escaped(line[2:]) if literal else text(line)
        if literal:
            yield ".Ed"


def text(words: str) -> str:
    """Running text, each sentence on a line of its own as mdoc wants it, and none too long."""
    sentences = re.sub(r"(?<=[\w)][.:;]) (?=[A-Z])", "\n", words).splitlines()
    lines = (
        textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False)
        for sentence in sentences
    )
    return "\n".join(escaped(line) for line in itertools.chain(*lines))


def escaped(line: str) -> str:
    """A line that means nothing to the typesetter."""
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha")
    line = line.replace("~", "\\(ti")
    return "\\&" + line if line.startswith((".", "'")) else line


def main() -> int:
    made = page(definitions())
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text() == made:
            return 0
        print(f"{PAGE}: stale; run {Path(__file__).name}", file=sys.stderr)
        return 1
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
