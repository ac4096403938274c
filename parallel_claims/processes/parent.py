"""A child that ends when its parent does."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>: send this process a signal when the thread that started it ends."""


def die_with_parent() -> None:
    """Have this process killed when the thread ends that started it (Linux; else nothing is done).

    It may be what ``subprocess.Popen`` runs first (``preexec_fn``).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_with_parent() -> None:
    """Have this child killed when its parent ends, whatever ended that: what it runs first.

    Linux sends the signal when the *thread* ends that started the child: it is for children of
    a main thread. Elsewhere nothing is done: a child sees the end of its pipe.
    """
    parent, before = multiprocessing.parent_process(), os.getppid()
    if parent is None or sys.platform != "linux":
        return
    die_with_parent()
    if os.getppid() != before or not parent.is_alive():
        os._exit(1)  # it ended before the signal was asked for
