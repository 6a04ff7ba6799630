"""What the scripts share that measure windows with one tool each.

A script is run inside an emulated machine, with `--seconds A,B,…` for the lengths of its windows,
and prints a JSON object a line for each: `start_ns` and `end_ns` by CLOCK_MONOTONIC, and `devices`,
the energies that the tool told, by the name that the truth has for the device, or by several of
them joined with `+`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from truth import Truth, wall_offset_ns

__all__ = ["Truth", "arguments", "emit", "joined", "wall_offset_ns"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=lambda text: [float(part) for part in text.split(",")])
    parser.add_argument("--busy", action="store_true", help="two Python threads never pause")
    parser.add_argument(
        "--warm-up", type=float, default=1.0, help="seconds before the first window"
    )
    return parser.parse_args()


def emit(start_ns: int, end_ns: int, devices: dict[str, object], **more: object) -> None:
    line = {"start_ns": start_ns, "end_ns": end_ns, "devices": devices, **more}
    print(json.dumps(line), flush=True)


def joined(kind: str) -> str:
    """The counted devices whose name ends or begins with `kind`, as one name."""
    names = [n for n in Truth().counted if n.endswith(f"/{kind}") or n.startswith(f"{kind}:")]
    return "+".join(names)
