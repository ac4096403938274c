"""Keeps a local cluster: starts what Dask's is made of, and ends it when its own input ends.

``python -m experiments.cluster.guardian dask 2`` starts a scheduler and two workers; Ray starts
its processes itself, all in the folder that ``… guardian ray`` keeps. However the process that
started it ends, SIGKILL included, its end of the pipe is closed, and nothing is left: no
process, no folder. It imports nothing of either, so that it is there at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from parallel_claims import die_with_parent

ADDRESS = "scheduler.json"
"""The file in its folder that says where Dask's scheduler listens."""

MARK = "PARALLEL_CLAIMS_CLUSTER"
"""The variable of the environment by which processes of a local Ray are known: their folder."""

LOOPBACK = "127.0.0.1"

NO_DASHBOARD = ("--no-dashboard", "--dashboard-address", f"{LOOPBACK}:0")
"""Dask keeps a small HTTP server even so, and on all of a host's addresses unless told."""


def scheduler(file: Path) -> list[str]:
    """Return the command of a scheduler that writes where it listens into a file."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", LOOPBACK]
    return [*command, "--port", "0", *NO_DASHBOARD, "--scheduler-file", str(file)]


def worker(file: Path, number: int) -> list[str]:
    """Return the command of a worker of one thread; nothing restarts it."""
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1"]
    command += ["--host", LOOPBACK, *NO_DASHBOARD, "--name", str(number)]
    command += ["--memory-limit", "0", "--death-timeout", "60"]
    return [*command, "--scheduler-file", str(file), "--local-directory", str(file.parent)]


def start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process that dies with this one; what it says is kept in a file."""
    before = die_with_parent if os.name == "posix" else None
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603  this very Python
            command,
            env={**os.environ, "TMPDIR": str(log.parent)},  # Dask keeps a folder in it
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=before,  # noqa: PLW1509  the guardian has no threads
        )


def start_dask(folder: Path, workers: int) -> list[subprocess.Popen[bytes]]:
    """Start a scheduler and its workers, all at the same time."""
    file = folder / ADDRESS
    found = [start(scheduler(file), folder / "scheduler.log")]
    found += [start(worker(file, n), folder / f"worker-{n}.log") for n in range(workers)]
    return found


def kill_marked(folder: Path) -> None:
    """Kill the processes of a local Ray that are still there."""
    import psutil

    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(folder):
                process.kill()
        except psutil.Error:
            continue


def main(kind: str, workers: int = 0) -> None:
    """Say which folder is kept, start the processes, and keep them until the input ends."""
    with tempfile.TemporaryDirectory(prefix="cluster-", ignore_cleanup_errors=True) as name:
        children: list[subprocess.Popen[bytes]] = []
        try:
            children += start_dask(Path(name), workers) if kind == "dask" else []
            print(name, flush=True)  # noqa: T201  the parent reads it
            sys.stdin.buffer.read()
        finally:
            for child in children:
                child.kill()
            for child in children:
                child.wait()
            if kind == "ray":
                kill_marked(Path(name))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main(sys.argv[1], *map(int, sys.argv[2:]))
