"""A cluster of one node, run by the real Slurm in a folder of its own."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from conftest import ROOT

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch")
BIN = Path(sys.executable).parent
PATIENCE_S = 60.0
# What a job around the tests says must not reach the cluster.
FOREIGN = ("JOULEBOOK_", "SLURM", "SBATCH_", "SRUN_", "TORCHELASTIC_", "RANK", "WORLD_SIZE")


class Cluster:
    """Jobs may take more processors than there are: four tasks of a test hardly use any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: list[subprocess.Popen[bytes]] = []
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir(mode=0o755)
        (folder / "munge/key").write_bytes(os.urandom(128))
        (folder / "munge/key").chmod(0o400)
        # A copy stands where it does for all users, whoever may read the checkout.
        shutil.copy(ROOT / "Integrations/Slurm/task-prolog", folder / "task-prolog")
        self.name = socket.gethostname().partition(".")[0]
        (folder / "slurm.conf").write_text(self.settings())
        kept = {name: text for name, text in os.environ.items() if not name.startswith(FOREIGN)}
        path = f"{BIN}:{os.environ['PATH']}:/usr/sbin"
        self.environment = kept | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}

    def settings(self) -> str:
        user = pwd.getpwuid(os.getuid()).pw_name
        controller, node = free_ports(2)
        here = self.folder
        return f"""
ClusterName=test
SlurmctldHost={self.name}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={here}/munge/socket
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={here}/task-prolog
SelectType=select/cons_tres
MpiDefault=none
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
KillWait=2
JobRequeue=1
NodeName={self.name} NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES State=UP
"""

    def start(self) -> None:
        here = self.folder / "munge"
        self._daemon(
            "munged", "--foreground", "--force", f"--key-file={here}/key",
            f"--socket={here}/socket", f"--pid-file={here}/pid", f"--log-file={here}/log",
            f"--seed-file={here}/seed", "--num-threads=2",
        )  # fmt: skip
        wait(lambda: (here / "socket").exists(), "munged")
        self._daemon("slurmctld", "-D", "-c")
        self._daemon("slurmd", "-D", "-N", self.name)
        wait(lambda: "idle" in self("sinfo", "-h", "-o", "%T", status=None).stdout, "the node")

    def _daemon(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            self.daemons.append(
                subprocess.Popen(
                    command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            )

    def said(self) -> str:
        """The ends of what the daemons have said."""
        logs = [*self.folder.glob("*.log"), *self.folder.glob("munge/log")]
        return "\n".join(log.read_text(errors="replace")[-400:] for log in sorted(logs))

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def __call__(
        self, *command: str | Path, cwd: Path | None = None, status: int | None = 0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of Slurm and checks its exit status, unless `status` is None."""
        result = subprocess.run(
            list(map(str, command)), cwd=cwd or self.folder, env=self.environment | env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE_S,
        )  # fmt: skip
        if status is not None:
            assert result.returncode == status, result.stdout + result.stderr
        return result

    def submit(self, script: str, *options: str, cwd: Path, **env: str) -> str:
        """Submits a batch script, and returns the job's number."""
        (cwd / "job.sh").write_text(script)
        told = self("sbatch", "--parsable", "-o", "out.txt", *options, "job.sh", cwd=cwd, **env)
        return told.stdout.strip()

    def states(self, job: str) -> set[str]:
        """Those of a job, or of an array's tasks."""
        told = self("scontrol", "--oneliner", "show", "job", job).stdout
        return set(re.findall(r"JobState=(\w+)", told))

    def ended(self, job: str) -> str:
        """Waits until a job is over, and returns how its tasks ended."""
        # It is COMPLETING until its last process is gone.
        over = {"COMPLETED", "FAILED", "CANCELLED"}
        wait(lambda: self.states(job) <= over, f"job {job}")
        return " ".join(self.states(job))


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait(is_so: Any, what: str) -> None:
    """Waits for a thing to become so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"{what} keeps us waiting"
        time.sleep(0.05)


def shown(path: Path) -> list[dict[str, Any]]:
    """The ledgers below a folder, each as `show` prints it, by job, attempt, rank and start."""
    runs = []
    for ledger in path.rglob("*.joule"):
        command = [BIN / "joulebook", "show", ledger, "--json"]
        runs.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))

    def order(run: dict[str, Any]) -> tuple[int, int, int, str]:
        attempt = run["env"].get("SLURM_RESTART_COUNT", 0)
        return int(run["env"]["SLURM_JOB_ID"]), int(attempt), run.get("rank") or 0, run["started"]

    return sorted(runs, key=order)
