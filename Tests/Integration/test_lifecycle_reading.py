"""`joulebook lifecycle` reads as little of its runs as it can, and tells the same of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import records
from conftest import Command


@pytest.fixture
def ledgers(joulebook: Command, tmp_path: Path) -> str:
    """A hundred runs, fifty of which repeat another; fewer than 64 would be read as a whole."""
    made = [
        records.record(
            f"run-{number:03}",
            at=100 * number,
            config={"lr": 0.1 * (1 + number % 5)},
            seed=number % 50,
            project=f"p{number % 5}",
            stage="search" if number % 2 else "training",
            env={"python": "3.11.2", "region": ("FR", "DE")[number % 2], "JOB": str(number)},
        )
        for number in range(100)
    ]
    source = records.write(tmp_path / "records.jsonl", made)
    joulebook("import", "records", source, "--into", "runs")
    return "runs"


def test_what_is_read_in_part_comes_to_what_is_read_whole(joulebook: Command, ledgers: str) -> None:
    command = ("lifecycle", ledgers, "--pue", "1.2", "--json", "--beside", "region=SE")
    part = joulebook.json("lifecycle", *command)
    # Of metrics whole records tell.
    whole = joulebook.json("lifecycle", *command, "--metric", "accuracy", "--higher")
    assert part["totals"]["runs"] == 100
    assert whole.pop("efficiency") != part.pop("efficiency")
    assert part == whole


def test_duplicates_are_looked_for_or_said_not_to_be(joulebook: Command, ledgers: str) -> None:
    found = joulebook.json("lifecycle", "lifecycle", ledgers, "--json")
    assert found["overhead"]["duplicate_kwh"] > 0
    asked = joulebook.json("lifecycle", "lifecycle", ledgers, "--duplicates", "--json")
    assert asked == found
    left = joulebook.json("lifecycle", "lifecycle", ledgers, "--no-duplicates", "--json")
    assert left["overhead"].pop("duplicate_kwh") is None
    (remark,) = [remark for remark in left["not_measured"] if remark["kind"] == "overhead"]
    assert "--duplicates" in remark["message"]
    found["overhead"].pop("duplicate_kwh")
    assert left["overhead"] == found["overhead"] and left["totals"] == found["totals"]


def test_many_runs_come_to_the_same_bytes(joulebook: Command, tmp_path: Path) -> None:
    """Whichever thread reads what, and in a pack, too."""
    meters = [
        {"device": "gpu0", "source": "nvml", "provenance": "counter", "boundary": "device"},
        {"device": "cpu0", "source": "rapl", "provenance": "model", "boundary": "device"},
    ]
    made = []
    for number in range(4000):
        joules = [1e3 / (1 + number % 97), 1e2 / (1 + number % 89)]
        made.append(
            records.record(
                f"{number * 7919 % 10007:05}",
                at=100 * number,
                config={"lr": 0.1},
                seed=number,
                epochs=[],
                energy_j=sum(joules),
                hardware={"host": f"node{number % 40}"},
                meters=meters,
                energy_by_meter=[
                    {"meter": meter, "energy_j": used, "uncertainty_rel": 0.03}
                    for meter, used in enumerate(joules)
                ],
            )
        )
    source = records.write(tmp_path / "many.jsonl", made)
    joulebook("import", "records", source, "--into", "runs")
    command = ("--json", "--no-duplicates", "--region", "FR")
    first = joulebook("lifecycle", "runs", *command).stdout
    assert '"runs":4000' in first.replace(" ", "")
    for _ in range(8):
        assert joulebook("lifecycle", "runs", *command).stdout == first
    joulebook("pack", "runs", "--output", "runs.joule")
    packed = joulebook("lifecycle", "runs.joule", *command).stdout
    assert packed.replace("runs.joule", "runs") == first
