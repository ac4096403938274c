"""What every test of the experiments is held to."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from experiments.work import strategies

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE = 120.0
"""Seconds after which what should have ended never will."""

KEPT = ("resource_tracker", "forkserver")
"""Helper processes that Python itself keeps."""


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No child and no thread is left after a test, but the helpers Python itself keeps.

    What a child is called is asked again: one that was just started has its parent's name yet.
    """
    threads = set(threading.enumerate())
    children = set(psutil.Process().children(recursive=True))
    yield
    strategies.stop_joblib_workers()
    for thread in set(threading.enumerate()) - threads:
        thread.join(LATE)
        if thread.is_alive():
            pytest.fail(f"the thread {thread.name} is left behind")
    left = set(psutil.Process().children(recursive=True)) - children
    deadline = time.monotonic() + LATE
    while alive := [child for child in psutil.wait_procs(left, 0.05)[1] if not is_kept(child)]:
        if time.monotonic() > deadline:
            pytest.fail(f"processes are left behind: {alive}")


def is_kept(process: psutil.Process) -> bool:
    """Say whether this is a helper that Python keeps."""
    try:
        return any(name in " ".join(process.cmdline()) for name in KEPT)
    except psutil.Error:  # it has ended meanwhile
        return False
