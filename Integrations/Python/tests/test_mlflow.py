"""MLflow finds joulebook by its entry point, and tags its runs with the one that is open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Script

pytest.importorskip("mlflow", reason="MLflow is not installed")

PROGRAM = """
    import os, sys
    import mlflow

    client = mlflow.MlflowClient()

    def tags(of):
        found = client.get_run(of.info.run_id).data.tags
        return {name: text for name, text in found.items() if name.startswith("joulebook.")}

    with mlflow.start_run() as alone:
        pass
    assert tags(alone) == {}
    # MLflow has loaded what it found, and that has loaded nothing.
    assert "joulebook._mlflow" in sys.modules and "joulebook._run" not in sys.modules

    import joulebook

    with joulebook.start("outer", on_duplicate="ignore"):
        with joulebook.start("inner", on_duplicate="ignore") as run:
            with mlflow.start_run() as within:
                pass
    told = {"run_id": run.id, "project": "inner", "ledger": run.path}
    assert tags(within) == {f"joulebook.{name}": text for name, text in told.items()}, tags(within)

    with mlflow.start_run() as behind:
        pass
    assert tags(behind) == {}

    os.environ["JOULEBOOK_DISABLED"] = "1"
    with joulebook.start("off"), mlflow.start_run() as off:
        pass
    assert tags(off) == {}
"""


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the metadata that an installation of the package has."""
    pytest.importorskip("setuptools", reason="setuptools, which builds the package, is missing")
    folder = tmp_path_factory.mktemp("metadata")
    build = (
        "import sys; from setuptools.build_meta import prepare_metadata_for_build_wheel as make;"
        "make(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=ROOT / "Integrations/Python",
        check=True,
        capture_output=True,
    )
    return folder


def test_runs_of_mlflow_are_tagged_with_the_run_that_is_open(
    script: Script, metadata: Path, tmp_path: Path
) -> None:
    # First, so that it hides the metadata of another installation.
    paths = [str(metadata), *filter(None, [os.environ.get("PYTHONPATH")])]
    script(
        PROGRAM,
        PYTHONPATH=os.pathsep.join(paths),
        MLFLOW_ALLOW_FILE_STORE="true",
        MLFLOW_TRACKING_URI=f"file://{tmp_path}/mlruns",
    )
