"""Prometheus: a file for the textfile collector of its node exporter.

import joulebook.prometheus

joulebook.start("digits", beside=joulebook.prometheus.Textfile("/var/lib/node_exporter"))
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._beside import Ended, Told

if TYPE_CHECKING:
    from ._run import Run

__all__ = ["Textfile"]

Labels = dict[str, str]


class Textfile:
    """Replaces `joulebook_<run>.prom` in a folder whenever an epoch, and the run, has ended.

    folder   that of `--collector.textfile.directory`; it has to be there
    remove   True: the file is removed when the run ends, so that its series end with it. One whose
             process was killed stays

    Text exposition format 0.0.4. The file is never seen half written.
    """

    name = "Prometheus"

    def __init__(self, folder: str | os.PathLike[str], *, remove: bool = False) -> None:
        self._folder = Path(folder)
        self._removes = remove
        self._labels: Labels = {}
        self._path = self._folder
        self._joules: dict[tuple[tuple[str, str], ...], float] = {}
        self._kilograms: float | None = None
        self._last: Told | None = None
        self._status = "running"
        self._ledger = ""

    def find(self) -> str:
        return str(self._folder)

    def begin(self, run: Run) -> None:
        self._labels = {"run": run.id, "project": run.project}
        rank = "" if run.rank is None else f"-r{run.rank}"
        if run.rank is not None:
            self._labels["rank"] = str(run.rank)
        self._path = self._folder / f"joulebook_{run.id}{rank}.prom"
        self._ledger = run.path or ""
        self._joules, self._kilograms, self._last, self._status = {}, None, None, "running"

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        joules = dict(self._joules)
        for item in told.devices:
            key = _key(item)
            joules[key] = joules.get(key, 0.0) + item["energy_j"]
        self._write(joules, told.figures.get("carbon/epochs_kg"), told)
        # Only what is written counts: an epoch that fails is offered again.
        self._joules, self._last = joules, told
        return True

    def end(self, ended: Ended) -> None:
        self._status = ended.facts.get("status", "ended")
        if self._removes:
            self._path.unlink(missing_ok=True)
            return
        # Of the whole run, which is no less than its epochs; a device that none told of stays.
        joules = {**self._joules, **{_key(item): item["energy_j"] for item in ended.devices}}
        self._write(joules, ended.figures.get("carbon/total_kg"), ended.last)

    def _write(
        self,
        joules: dict[tuple[tuple[str, str], ...], float],
        kilograms: float | None,
        last: Told | None,
    ) -> None:
        text = self._text(joules, kilograms, last)
        # The collector reads nothing that does not end in .prom.
        draft = self._path.with_suffix(".prom.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)

    def _text(
        self,
        joules: dict[tuple[tuple[str, str], ...], float],
        kilograms: float | None,
        last: Told | None,
    ) -> str:
        own = self._labels
        about = {**own, "ledger": self._ledger, "status": self._status}
        text = _family("run_info", "gauge", "A run and its ledger.", [(about, 1.0)])
        text += _family(
            "energy_joules_total",
            "counter",
            "Energy of the epochs so far, and of the whole run when it has ended. Sum what has no "
            "enclosed_by.",
            [({**own, **dict(key)}, value) for key, value in joules.items()],
        )
        carbon = [] if kilograms is None else [(own, kilograms * 1000)]
        text += _family("carbon_grams_total", "counter", "CO2e of that energy.", carbon)
        if last is None:
            return text
        text += _family("epoch", "gauge", "The last epoch that ended.", [(own, float(last.number))])
        text += _family(
            "epoch_end_timestamp_seconds", "gauge", "When it ended.", [(own, last.ended)]
        )
        for name, figure, help_text in (
            ("epoch_energy_joules", "energy/epoch_j", "Its energy."),
            ("epoch_coverage_ratio", "energy/coverage", "Share of it that was observed, 0 to 1."),
            ("epoch_measured_ratio", "energy/measured_share", "Share of its energy from meters."),
        ):
            value = last.figures.get(figure)
            text += _family(name, "gauge", help_text, [] if value is None else [(own, value)])
        return text


def _key(item: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The labels of a device's energy."""
    names = ("device", "source", "provenance", "boundary", "enclosed_by")
    return tuple((name, item[name]) for name in names if name in item)


def _family(name: str, kind: str, help_text: str, samples: list[tuple[Labels, float]]) -> str:
    """A family of samples; nothing where there is none."""
    if not samples:
        return ""
    name = f"joulebook_{name}"
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        spelt = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{spelt}}} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
