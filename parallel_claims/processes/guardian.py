"""The process that outlives a run: it ends what a killed run started, and removes what it left.

It sleeps in a read from a pipe whose other end only the run holds, in a session of its own, so
that what is sent to the run's group does not reach it, and no child of the run, so that a suite
that waits for any child does not wait for it. A run that ends by itself says so before: then only
semaphores are removed that nobody else would, since Ctrl-C came between making and registering one.

Run as ``python -m parallel_claims.processes.guardian RECORD``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from parallel_claims.processes import belongings

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHIN = 1.5
"""Seconds within which all processes of a dead run are ended."""

TIDYING = 0.5
"""Seconds of these for those that tidy up by themselves: Python's trackers of resources."""

LATER = 2.0
"""Seconds after a run's end at which no tracker tidies up any more."""


def main() -> None:
    """Sleep until the run is dead; then end what it started, and remove what it left."""
    record = Path(sys.argv[1])
    if os.fork():
        os._exit(0)
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    pid = int(record.stem.partition("-")[0])
    if os.read(0, 1):
        os.read(0, 1)  # it is at its end
        time.sleep(LATER)
        belongings.remove_semaphores(pid)
        return
    end_all(record)
    belongings.remove(record)


def end_all(record: Path) -> None:
    """Kill every process of a dead run, whoever started it; again while there are new ones.

    Trackers go by themselves once nobody holds their pipe, and remove shared memory before.
    """
    token, file = record.stem, record.stat()
    ends = time.monotonic() + WITHIN
    while time.monotonic() < ends and (found := [*processes(token, file)]):
        late = time.monotonic() > ends - WITHIN + TIDYING
        for process in found:
            with contextlib.suppress(psutil.Error):
                if late or not is_tracker(process):
                    process.kill()
        time.sleep(0.02)


def processes(token: str, file: os.stat_result) -> Iterator[psutil.Process]:
    """Yield the processes of a run: those with its token, and those that it forked."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.environ().get(belongings.MARK) == token or holds(process.pid, file):
                yield process


def holds(pid: int, file: os.stat_result) -> bool:
    """Say whether a process has a file open: what is forked inherits the run's locked record."""
    with contextlib.suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.path.samestat(handle.stat(), file):
                    return True
    return False


def is_tracker(process: psutil.Process) -> bool:
    """Say whether a process is one of those by which Python or loky removes shared memory."""
    return any("resource_tracker" in word for word in process.cmdline())


if __name__ == "__main__":
    main()
