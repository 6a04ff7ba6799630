"""Writes what draws the page's charts, as the program holds it: Vega, Vega-Lite and Vega-Embed.

vega.py FILE

They come from the package vl-convert-python, which has them with their dependencies in one text.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import vl_convert


def write(target: Path) -> None:
    """Writes the bundle unless it is there already."""
    text = vl_convert.javascript_bundle()
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return
    # Whoever is interrupted leaves no half of it.
    draft = target.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)
    # Whether the file is there is asked when this is compiled.
    os.utime(target.parents[1] / "page.c")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
