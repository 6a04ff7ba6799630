"""Prometheus: an address that it scrapes, or a file for its node exporter's textfile collector.

import joulebook.prometheus

joulebook.start("digits", beside=joulebook.prometheus.Endpoint())
joulebook.start("digits", beside=joulebook.prometheus.Textfile("/var/lib/node_exporter"))
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._beside import Ended, Told

if TYPE_CHECKING:
    from ._run import Run
    from ._scraped import Server

__all__ = ["Endpoint", "Textfile"]

Labels = dict[str, str]
Joules = dict[tuple[tuple[str, str], ...], float]


class _Exposition:
    """A run in the text exposition format 0.0.4, anew whenever an epoch, and the run, has ended."""

    name = "Prometheus"

    def __init__(self) -> None:
        self._labels: Labels = {}
        self._joules: Joules = {}
        self._last: Told | None = None
        self._status = "running"
        self._ledger = ""

    def _publish(self, text: str) -> None:
        """Shows this from now on; may raise."""
        raise NotImplementedError

    def begin(self, run: Run) -> None:
        self._labels = {"run": run.id, "project": run.project}
        if run.rank is not None:
            self._labels["rank"] = str(run.rank)
        self._ledger = run.path or ""
        self._joules, self._last, self._status = {}, None, "running"

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        joules = dict(self._joules)
        for item in told.devices:
            key = _key(item)
            joules[key] = joules.get(key, 0.0) + item["energy_j"]
        self._publish(self._text(joules, told.figures.get("carbon/epochs_kg"), told))
        # Only what is shown counts: an epoch that fails is offered again.
        self._joules, self._last = joules, told
        return True

    def end(self, ended: Ended) -> None:
        self._status = ended.facts.get("status", "ended")
        # Of the whole run, which is no less than its epochs; a device that none told of stays.
        joules = {**self._joules, **{_key(item): item["energy_j"] for item in ended.devices}}
        self._publish(self._text(joules, ended.figures.get("carbon/total_kg"), ended.last))

    def _text(
        self,
        joules: Joules,
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


class Textfile(_Exposition):
    """Replaces `joulebook_<run>.prom` in a folder whenever an epoch, and the run, has ended.

    folder   that of `--collector.textfile.directory`; it has to be there
    remove   True: the file is removed when the run ends, so that its series end with it. One whose
             process was killed stays

    Text exposition format 0.0.4. The file is never seen half written.
    """

    def __init__(self, folder: str | os.PathLike[str], *, remove: bool = False) -> None:
        super().__init__()
        self._folder = Path(folder)
        self._removes = remove
        self._path = self._folder

    def find(self) -> str:
        return str(self._folder)

    def begin(self, run: Run) -> None:
        super().begin(run)
        rank = "" if run.rank is None else f"-r{run.rank}"
        self._path = self._folder / f"joulebook_{run.id}{rank}.prom"

    def end(self, ended: Ended) -> None:
        if self._removes:
            self._path.unlink(missing_ok=True)
            return
        super().end(ended)

    def _publish(self, text: str) -> None:
        # The collector reads nothing that does not end in .prom.
        draft = self._path.with_suffix(".prom.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)


class Endpoint(_Exposition):
    """Answers `GET /metrics` with what the run used until its last epoch, or as a whole.

    port   0: one that is free, see `url`. Of several ranks on a machine each needs its own. One
           that is taken is a warning, and is asked for again
    host   the address to listen on. Behind a loopback one, only requests for this machine by a
           name of its own are answered. Anybody who reaches another address may read

    Text exposition format 0.0.4. It goes on when the run has ended, with its totals, until the
    process ends, `close` is called, or the next run of this endpoint begins.
    """

    def __init__(self, port: int = 9464, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._address = (host, port)
        self._server: Server | None = None

    @property
    def url(self) -> str | None:
        """What Prometheus scrapes; None while it is not there."""
        return None if self._server is None else self._server.url

    def close(self) -> None:
        """Answers no more; nothing when it did not."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def find(self) -> str:
        # A forked child has none, though its copy of this object does.
        if self._server is None or not self._server.is_open:
            from ._scraped import Server

            self._server = Server(*self._address)
        return self._server.url

    def begin(self, run: Run) -> None:
        super().begin(run)
        self._publish(self._text({}, None, None))

    def _publish(self, text: str) -> None:
        # Whoever closed it wants nothing more.
        server = self._server
        if server is not None:
            server.text = text.encode()


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
