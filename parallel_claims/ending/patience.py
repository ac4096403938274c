"""A round that is stuck: shown and ended after a while, with what it started."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

AGAIN = 5.0
"""Seconds after which a round that does not end when it is told to is told again."""

TICK = 0.02
"""Seconds to which a system says when a process began, and a little more."""


class Patience:
    """Waits for a round, and not for ever: by a timer of the system, which costs nothing.

    Where another uses that timer, such as pytest-timeout, the round is left to it. There is no
    such timer on Windows, and nothing here can interrupt native code that waits for no child.

    seconds: how long a round may take, with all around it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began = 0.0

    @contextmanager
    def over(self) -> Iterator[None]:
        """Fail the round that runs meanwhile when it takes too long; raises pytest's Failed."""
        if not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_REAL)[0]:
            yield
            return
        self.began = since_boot() - TICK
        before = signal.signal(signal.SIGALRM, self.expire)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def expire(self, _: int, frame: FrameType | None) -> None:
        """Show where every thread is, end what the round started, and fail it."""
        with contextlib.suppress(RuntimeError, OSError):  # it may be stuck in writing just this
            sys.stderr.write(stacks())
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.create_time() - booted() > self.began:
                    end_with_all(child)
        place = f" in {frame.f_code.co_name}, {frame.f_code.co_filename}" if frame else ""
        where = f"{place}:{frame.f_lineno}" if frame else place
        pytest.fail(f"stuck{where}: over {self.seconds:g} s (--blocks-patience)", pytrace=False)


def since_boot() -> float:
    """Return the seconds by which systems say when a process began; setting a clock moves none."""
    return (
        time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.time()
    )


def booted() -> float:
    """Return what psutil adds to these seconds for the time of day."""
    return psutil.boot_time() if hasattr(time, "CLOCK_BOOTTIME") else 0.0


def stacks() -> str:
    """Return where each thread of this process is."""
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return file.read().decode(errors="replace")


def end_with_all(child: psutil.Process) -> None:
    """Kill a child, what it started, and their groups where they have some of their own.

    Python's trackers of resources go by themselves, and remove shared memory before.
    """
    with contextlib.suppress(psutil.Error):
        for process in [child, *child.children(recursive=True)]:
            with contextlib.suppress(psutil.Error, OSError):
                if any("resource_tracker" in word for word in process.cmdline()):
                    continue
                leads = os.getpgid(process.pid) == process.pid
                process.kill()
                if leads:
                    os.killpg(process.pid, signal.SIGKILL)
