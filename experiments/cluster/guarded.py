"""A guardian, seen from the run that it guards."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from experiments.cluster import guardian
from experiments.work.strategies import WorkerLostError
from parallel_claims import environment_apart

ROOT = Path(__file__).parents[2]

ENDED = 10.0
"""Seconds within which a guardian has ended everything."""


class Guarded:
    """A folder, and processes, that are gone when this run is."""

    def __init__(self, kind: str, workers: int = 0) -> None:
        command = [sys.executable, "-m", "experiments.cluster.guardian", kind, str(workers)]
        self.process = subprocess.Popen(  # noqa: S603  this very Python
            command,
            cwd=ROOT,
            env=environment_apart(),  # what is of a dead run is ended: this tidies first
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the run, which then ends this
        )
        assert self.process.stdout is not None
        self.folder = Path(self.process.stdout.readline().decode().strip())

    def address(self, timeout: float) -> str:
        """Return where Dask's scheduler listens, once it does.

        Raises:
            WorkerLostError: it does not within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError, KeyError):
                text = (self.folder / guardian.ADDRESS).read_text(encoding="utf-8")
                return str(json.loads(text)["address"])
            time.sleep(0.02)
        message = f"no Dask scheduler within {timeout:g} s"
        raise WorkerLostError(message)

    def close(self) -> None:
        """Have the guardian end everything; wait until it has."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(ENDED)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(ENDED)
        self.process.stdout.close()
