"""Energy of a GPU of known power, as a training script in Python measures it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Script, shown

pytestmark = pytest.mark.alone

TRAINING = """
    import threading, time
    import joulebook

    stop = threading.Event()

    def hold_the_interpreter():
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=hold_the_interpreter) for _ in range(2)]
    for thread in threads:
        thread.start()
    with joulebook.start("gpu") as run:
        time.sleep(0.5)
        for epoch in run.epochs(30):
            time.sleep(0.05 if epoch.number <= 28 else 2.5)
    stop.set()
    print(run.path)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drivers")
    source = ROOT / "Tests/FakeDrivers/nvml.c"
    place = ["-o", str(folder / "libnvidia-ml.so.1"), str(source)]
    subprocess.run(["cc", "-std=gnu17", "-O1", "-shared", "-fPIC", *place], check=True)
    return folder


@pytest.mark.parametrize("refresh", [0.001, 0.02, 0.1])
def test_known_power_is_found_in_windows_short_and_long(
    script: Script, library: Path, tmp_path: Path, refresh: float
) -> None:
    watts = 400
    gpus = tmp_path / "gpus.txt"
    gpus.write_text(
        f"device NVIDIA H200 GPU-0\nenergy 0\nwatts {watts}\nrefresh {refresh}\nlimit 700\n"
    )
    script(TRAINING, LD_LIBRARY_PATH=str(library), FAKE_NVML=str(gpus))
    epochs = shown(tmp_path)["epochs"]
    assert len(epochs) == 30
    for epoch in epochs:
        seconds = epoch["duration_s"]
        (gpu,) = [item for item in epoch["energy"]["devices"] if item["source"] == "nvml:energy"]
        error = abs(gpu["energy_j"] - watts * seconds)
        assert gpu["coverage"] == pytest.approx(1, abs=1e-3)
        assert error <= gpu["uncertainty_rel"] * gpu["energy_j"]
        if seconds > 2:
            assert error <= watts * seconds * (0.005 + refresh / 5)
