"""A simulated laboratory: executes runs on hosts, writes their records, and keeps the truth.

Whether two runs compute the same is known here because this module computes them. What follows for
the energy is read off the taxonomy of redundant experimentation cycles, whose sentences are quoted
where they decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from programs import OPENED, WEEK, Code, Program, Setting, digest, nested, surroundings

FLAVOURS = [
    "plain", "closure", "noisy", "nondeterministic", "whole_seconds", "no_host", "no_energy",
    "no_code", "no_data", "no_start", "closure", "plain",
]  # fmt: skip
WEAKER = {"bit": "config", "config": "statistical"}
HOUR = 3600.0
# Joules and seconds on a line.
NOTHING = (0.0, 0.0)
UNKNOWN = (None, 0.0)


@dataclass(slots=True)
class Run:
    """An execution: its record, and what only the simulation knows of it."""

    record: dict[str, Any]
    program: Program
    setting: Setting
    seed: object
    code: Code
    data: str
    started: float
    ended: float
    recipe: str
    bits: str
    label: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return self.record["run_id"]

    def spent(self, first: int = 0, last: int = 0) -> tuple[float | None, float]:
        """Joules, where known, and seconds: of the whole run, or of epochs first...last."""
        if not last:
            return self.record.get("energy_j"), self.record["duration_s"]
        rows = [row for row in self.record["epochs"] if first <= row["epoch"] <= last]
        joules = [row["energy_j"] for row in rows if "energy_j" in row]
        seconds = sum(row["duration_s"] for row in rows)
        return (sum(joules) if len(joules) == len(rows) else None), seconds


@dataclass
class Laboratory:
    """Projects with their programs, and the random numbers behind everything."""

    draw: Random
    projects: int
    count: int = 0
    programs: list[Program] = field(default_factory=list)

    def __post_init__(self) -> None:
        launchers = ["hydra", "lightning", "hf", "argparse"]
        for number in range(self.projects):
            self.programs.append(
                Program(
                    f"{self.draw.choice(['vision', 'text', 'audio', 'tables'])}-{number:03}",
                    "train.py",
                    launchers[(number + number // len(FLAVOURS)) % 4],
                    FLAVOURS[number % len(FLAVOURS)],
                    self.draw,
                )
            )

    def new_id(self) -> str:
        self.count += 1
        return digest(self.draw.getrandbits(64), self.count)

    def moment(self) -> float:
        """When something begins: within the first 18 of 26 weeks, so that repeats can follow."""
        return OPENED + self.draw.uniform(0, 18 * WEEK)

    def later(self, *runs: Run) -> float:
        """A moment after all of these have ended, an hour to two weeks."""
        return max(run.ended for run in runs) + self.draw.uniform(HOUR, 2 * WEEK)

    # Executing

    def execute(
        self,
        program: Program,
        setting: Setting,
        seed: object,
        started: float,
        *,
        code: Code | None = None,
        data: str | None = None,
        first: int = 1,
        last: int | None = None,
        status: str = "finished",
        config: Setting | None = None,
        leaves: Setting | None = None,
        coarse: Any = None,
        **more: Any,
    ) -> Run:
        """Runs `program`; `config` is the text to give it, or `leaves` its dotted paths."""
        run_id = self.new_id()
        code = code or program.code_at(started)
        data = data or f"{program.dataset}@1"
        last = last or setting["epochs"]
        recipe = program.work(setting, data, code)
        bits = digest(recipe, seed)
        nonce = "" if program.deterministic else self.draw.getrandbits(64)
        curve = program.curve(program.accuracy(setting), f"{bits}{nonce}", last)
        epochs = [
            self.epoch(program, setting, number, coarse or curve[number - 1])
            for number in range(first, last + 1)
        ]
        if config is None:
            if leaves is None:
                leaves = program.leaves(setting, seed)
            config = nested(
                {**surroundings(program.launcher, run_id, started, setting["model"], self.draw),
                 **leaves}
            )  # fmt: skip
        record: dict[str, Any] = {
            "run_id": run_id, "project": program.project, "stage": "training", "status": status,
            "user": self.draw.choice(program.users), "config": config, "seed": seed,
        }  # fmt: skip
        run = Run(record, program, setting, seed, code, data, started, started, recipe, bits)
        self.finish(run, epochs, more)
        return run

    def epoch(
        self, program: Program, setting: Setting, number: int, metrics: dict[str, float]
    ) -> dict[str, Any]:
        size = (64 / setting["batch_size"]) ** 0.3
        seconds = program.epoch_seconds * size * (1 + 0.02 * self.draw.gauss(0, 1))
        row = {"epoch": number, "metrics": metrics, "duration_s": max(1.0, seconds)}
        if program.flavour == "whole_seconds":
            row["duration_s"] = float(round(row["duration_s"]))
        if program.flavour != "no_energy":
            watts = program.watts * (1 + 0.01 * self.draw.gauss(0, 1))
            row["energy_j"] = watts * row["duration_s"]
        return row

    def finish(self, run: Run, epochs: list[dict[str, Any]], more: dict[str, Any]) -> None:
        """Adds to the record what the tracker of this program knows."""
        program, record, flavour = run.program, run.record, run.program.flavour
        overhead = self.draw.uniform(2, 15)
        if flavour == "whole_seconds":
            overhead, run.started = round(overhead), float(int(run.started))
        seconds = overhead + sum(row["duration_s"] for row in epochs)
        run.ended = run.started + seconds
        if flavour != "no_start":
            record |= {"started": run.started, "ended": run.ended}
        record["code"] = {"entry": program.entry}
        if flavour != "no_code":
            record["code"] |= {"commit": run.code.commit, "dirty": False, "tree": run.code.tree}
        if flavour in ("closure", "noisy"):
            record["code"]["closure"] = {"sha256": run.code.closure}
        record["data"] = {"name": run.data.split("@")[0]}
        if flavour != "no_data":
            record["data"]["fingerprint"] = f"sha256:{digest(run.data)}{digest(run.data, 1)}"
        record["env"] = dict(program.libraries)
        devices = [{"kind": "gpu", "name": "H100", "count": 1}]
        record["hardware"] = {"devices": devices}
        if flavour != "no_host":
            record["hardware"]["host"] = self.draw.choice(program.hosts)
        if epochs:
            record["epochs"] = epochs
            if record["status"] == "finished":
                record["metrics"] = {"val": {"accuracy": epochs[-1]["metrics"].get("val/accuracy")}}
        record["duration_s"] = seconds
        if flavour != "no_energy":
            joules = sum(row["energy_j"] for row in epochs)
            record["energy_j"] = joules + overhead * program.watts * 0.4
        record |= more

    def again(self, run: Run, started: float, *, verbatim: bool = False, **changes: Any) -> Run:
        """Executes what `run` executed, `verbatim` with its configuration letter by letter."""
        setting = changes.pop("setting", run.setting)
        seed = changes.pop("seed", run.seed)
        if verbatim:
            changes["config"] = run.record["config"]
        given = {"code": run.code, "data": run.data, **changes}
        return self.execute(run.program, setting, seed, started, **given)

    # Judging

    def same(self, runs: Iterable[Run], name: str | None = None, trap: str | None = None) -> None:
        """Labels runs that repeat nothing, of class `name` where they form a group."""
        for run in runs:
            run.label = self.label(run, name, [], "not_waste", NOTHING, trap=trap)

    def judge(
        self,
        run: Run,
        name: str,
        of: list[Run],
        *,
        needed: int = 1,
        spent: tuple[float | None, float] | None = None,
        trap: str | None = None,
    ) -> None:
        """Labels `run`, which repeats `of`: waste once `needed` of them have ended.

        "No code or data identity: the proof is weakened one step." "Low / central / high for bit,
        configuration and statistical proof": a statistical proof is no central waste but a review.
        "Waste, unless tagged `verify`." "No start time: order unknown, the pair is reported and its
        waste is null, not zero." "A run is avoidable only if the evidence was already finished when
        it started; overlapping starts are concurrent."
        """
        proof = "bit" if run.program.deterministic else "config"
        if run.program.flavour in ("no_code", "no_data"):
            proof = WEAKER[proof]
        spent = run.spent() if spent is None else spent
        knowable = sorted(earlier.ended for earlier in of)[needed - 1] <= run.started
        if "verify" in run.record.get("tags", []):
            line, spent = "not_waste", NOTHING
        elif "started" not in run.record:
            line, spent = "undetermined", UNKNOWN
        elif not knowable:
            line = "concurrent"
        else:
            line = "review" if proof == "statistical" else "avoidable"
        run.label = self.label(run, name, of, line, spent, proof=proof, trap=trap)

    def note(
        self,
        run: Run,
        name: str,
        of: list[Run],
        line: str,
        spent: tuple[float | None, float],
        *,
        proof: str | None = None,
        trap: str | None = None,
    ) -> None:
        """Labels `run` where the taxonomy says the line outright; a proof where it states one."""
        run.label = self.label(run, name, of, line, spent, proof=proof, trap=trap)

    @staticmethod
    def label(
        run: Run,
        name: str | None,
        of: list[Run],
        line: str,
        spent: tuple[float | None, float],
        *,
        proof: str | None = None,
        trap: str | None = None,
    ) -> dict[str, Any]:
        """`work` is equal exactly where the same is computed, `recipe` apart from the seed."""
        label = {
            "class": name, "of": [earlier.id for earlier in of], "line": line, "proof": proof,
            "joules": spent[0], "seconds": spent[1], "work": run.bits, "recipe": run.recipe,
        }  # fmt: skip
        return label | ({"trap": trap} if trap else {})
