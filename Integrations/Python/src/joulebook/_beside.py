"""Tells other trackers what each epoch used: one thread follows the ledger and writes there.

The training thread takes no part in it. What a tracker raises, and how long it takes, is its own
affair: an epoch that it did not take is offered again, until the run has ended.
"""

from __future__ import annotations

import json
import re
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._errors import LedgerWarning
from ._load import native
from ._words import c_path, warn

if TYPE_CHECKING:
    from ._run import Run

# How often the thread asks whether an epoch has ended.
BEAT_S = 0.5
# Reading the ledger takes the thread one part in so many of its time at the most.
REST = 20
# The rest of a tracker that has failed; it doubles each time.
PAUSE_S, PAUSE_MAX_S = 1.0, 60.0
# An epoch that not every meter has told of is waited for so long.
PATIENCE_S = 30.0
# How long an unfinished run's last epoch, and the trackers, are waited for at the end.
SETTLE_S, END_S = 1.0, 10.0
# An epoch behind all that end: there is no forecast until one that has ended.
_LATER = 1 << 52
# What is no measurement.
_SUPPOSED = ("model", "declared")


class Told(NamedTuple):
    """What a tracker is told of an epoch."""

    number: int
    """As the program counts."""
    ended: float
    """Unix seconds."""
    figures: dict[str, float]
    """By name: joules, kilograms, shares from 0 to 1. What was not measured is not there."""
    provenance: dict[str, str]
    """Of each device, such as "model (model:cpu)"."""
    devices: list[dict[str, Any]]
    """As `joulebook show --json` has them."""


class Ended(NamedTuple):
    """What a tracker is told when the run has ended."""

    figures: dict[str, float]
    """Of all of the run, as of an epoch."""
    facts: dict[str, str]
    """Such as the status."""
    devices: list[dict[str, Any]]
    """As `joulebook show --json` has them; empty where there is no energy."""
    last: Told | None
    """The last epoch."""


class Tracker(Protocol):
    """Where the figures go; called from one thread at a time, and may raise."""

    name: str

    def find(self) -> str | None:
        """What the ledger calls the other side; None while nothing there is open."""

    def begin(self, run: Run) -> None:
        """Called once it is found, before the first epoch."""

    def epoch(self, told: Told, *, is_over: bool) -> bool:
        """Writes an epoch; False: not now. `is_over` tells that the run has ended."""

    def end(self, ended: Ended) -> None:
        """Writes what the run came to."""


class Beside:
    """What is written beside a run, from its start to its end."""

    def __init__(self, run: Run, trackers: list[Tracker]) -> None:
        self._run = run
        self._followed = [_Followed(run, tracker) for tracker in trackers]
        self._told: list[Told] = []
        self._kg_per_j: float | None = None
        self._totals: dict[str, Any] = {}
        self._status: str | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(
            target=self._follow, name="joulebook-beside", daemon=True
        )
        self.find()
        try:
            self._thread.start()
        except RuntimeError as error:
            complain(run, f"nothing is written beside: {error}")

    def find(self) -> None:
        """Looks for the trackers' open runs, which some know by the thread that asks."""
        for followed in self._followed:
            followed.find()

    def end(self, status: str) -> None:
        """Has the rest written, and waits for that, ten seconds at the most."""
        self._status = status
        self._ending.set()
        if self._thread.ident is None:
            return
        self._thread.join(END_S)
        if self._thread.is_alive():
            complain(self._run, "a tracker takes too long: not all of the energy is beside")

    def _follow(self) -> None:
        try:
            self._follow_run()
        except Exception as error:
            complain(self._run, f"not all is written beside: {type(error).__name__}: {error}")

    def _follow_run(self) -> None:
        rest = BEAT_S
        while not self._ending.wait(rest):
            rest = BEAT_S
            if self._is_news():
                began = time.perf_counter()
                self._look(is_over=False)
                rest = max(rest, REST * (time.perf_counter() - began))
            for followed in self._followed:
                followed.find()
                followed.offer(self._told, is_over=False)
        # The readings of a run that is closed are complete; others may be under way.
        until = time.monotonic() + (SETTLE_S if self._status == "ended" else 0)
        while not self._look(is_over=time.monotonic() >= until):
            time.sleep(BEAT_S / 10)
        for followed in self._followed:
            followed.offer(self._told, is_over=True)
            followed.end(self._ended())

    def _is_news(self) -> bool:
        _, text = self._run._summary()
        ended: int = json.loads(text or "{}").get("epochs") or 0
        return ended > len(self._told)

    def _look(self, is_over: bool) -> bool:
        """Reads what the ledger says of new epochs; whether that is all of them."""
        _, text, error = native.show(c_path(self._run.path or ""), None)
        if text is None:
            # Until the end, another look may do better.
            if is_over:
                complain(self._run, f"not all is written beside: the ledger does not read: {error}")
            return is_over
        found = json.loads(text)
        self._totals = found
        self._learn_intensity()
        meters = {(meter["device"], meter["source"]) for meter in found.get("meters") or ()}
        for epoch in found["epochs"][len(self._told) :]:
            devices = epoch["energy"]["devices"]
            ended = epoch["started"] + (epoch["duration_s"] or 0)
            missing = meters.difference((item["device"], item["source"]) for item in devices)
            is_settled = not missing or time.time() - ended > PATIENCE_S
            if not (is_over or is_settled):
                return False
            self._told.append(told_of(epoch, ended, self._told, self._kg_per_j))
        return True

    def _learn_intensity(self) -> None:
        """Takes what a joule emits from the run's own forecast: its region, or its budget."""
        if self._kg_per_j is not None:
            return
        forecast = self._run.forecast(until=_LATER) or {}
        energy, carbon = forecast.get("energy_j"), forecast.get("carbon_kg")
        if energy and carbon and energy["central"]:
            self._kg_per_j = carbon["central"] / energy["central"]

    def _ended(self) -> Ended:
        energy = self._totals.get("energy") or {}
        joules, devices = energy.get("total_j"), energy.get("devices", [])
        figures: dict[str, float] = {}
        if joules is not None:
            figures = {"energy/total_j": float(joules), **_qualities(devices)}
            if self._kg_per_j is not None:
                figures["carbon/total_kg"] = joules * self._kg_per_j
        words = [f"{device} {word}" for device, word in provenance_of(devices).items()]
        facts = {"status": self._status or "", "provenance": ", ".join(words)}
        known = {name: value for name, value in facts.items() if value}
        return Ended(figures, known, devices, self._told[-1] if self._told else None)


class _Followed:
    """One tracker, and how far it has come."""

    def __init__(self, run: Run, tracker: Tracker) -> None:
        self._run = run
        self._tracker = tracker
        self._is_found = self._has_begun = self._has_complained = False
        self._taken = 0
        self._pause_s, self._asked_from = PAUSE_S, 0.0
        self._lock = threading.Lock()

    def find(self) -> None:
        with self._lock:
            if self._is_found:
                return
            try:
                other = self._tracker.find()
            except Exception as error:
                self._complain(error)
                return
            if other is not None:
                self._is_found = True
                self._run.note(f"beside: {self._tracker.name} {other}")

    def offer(self, told: list[Told], *, is_over: bool) -> None:
        """Hands on what was not taken yet, in order."""
        if not self._is_found:
            if is_over:
                self._complain(LookupError("no run of it was open"))
            return
        if time.monotonic() < self._asked_from and not is_over:
            return
        try:
            if not self._has_begun:
                self._tracker.begin(self._run)
                self._has_begun = True
            while self._taken < len(told):
                if not self._tracker.epoch(told[self._taken], is_over=is_over):
                    return
                self._taken += 1
            self._pause_s = PAUSE_S
        except Exception as error:
            self._asked_from = time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, PAUSE_MAX_S)
            self._complain(error)

    def end(self, ended: Ended) -> None:
        if not self._has_begun:
            return
        try:
            self._tracker.end(ended)
        except Exception as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._has_complained:
            self._has_complained = True
            text = f"{self._tracker.name} does not get all energy: {type(error).__name__}: {error}"
            complain(self._run, text)


def complain(run: Run, text: str) -> None:
    """One warning of the run; nothing is raised."""
    run._complaints.append(text)
    if not run._is_quiet:
        warn(f"{text} (said once)", LedgerWarning)


def told_of(
    epoch: dict[str, Any], ended: float, before: list[Told], kg_per_j: float | None
) -> Told:
    """What trackers are told of an epoch as `show` has it, behind those before it."""
    devices: list[dict[str, Any]] = epoch["energy"]["devices"]
    joules = epoch["energy"]["total_j"]
    figures: dict[str, float] = {}
    if joules is not None:
        figures["energy/epoch_j"] = float(joules)
        if kg_per_j is not None:
            figures["carbon/epoch_kg"] = joules * kg_per_j
        # A sum that an epoch is missing from would pass for a whole one.
        for name, all_of_it in (
            ("energy/epoch_j", "energy/epochs_j"),
            ("carbon/epoch_kg", "carbon/epochs_kg"),
        ):
            last = before[-1].figures.get(all_of_it) if before else 0.0
            if name in figures and last is not None:
                figures[all_of_it] = last + figures[name]
        for device, item in named(devices).items():
            figures[f"energy/{device}/epoch_j"] = float(item["energy_j"])
        figures.update(_qualities(devices))
    return Told(epoch["epoch"], ended, figures, provenance_of(devices), devices)


def named(devices: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The devices by names that every tracker takes; by source where two have one name."""
    found: dict[str, dict[str, Any]] = {}
    for item in devices:
        name = item["device"]
        if sum(other["device"] == name for other in devices) > 1:
            name = f"{name}.{item['source']}"
        found[re.sub(r"[^A-Za-z0-9_.-]", "_", name)] = item
    return found


def provenance_of(devices: list[dict[str, Any]]) -> dict[str, str]:
    return {
        device: f"{item['provenance']} ({item['source']})"
        for device, item in named(devices).items()
    }


def _qualities(devices: list[dict[str, Any]]) -> dict[str, float]:
    """How good the sum over the devices is: what was observed of it, and what was measured."""
    counted = [item for item in devices if "enclosed_by" not in item]
    joules = sum(item["energy_j"] for item in counted)
    if not counted:
        return {}
    found = {"energy/coverage": float(min(item["coverage"] for item in counted))}
    if joules > 0:
        supposed = sum(item["energy_j"] for item in counted if item["provenance"] in _SUPPOSED)
        found["energy/measured_share"] = 1 - supposed / joules
    return found
