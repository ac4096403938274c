"""What is seen besides elapsed time: the CPU seconds of this process's children.

A child that was waited for is in the kernel's own account of this process's
children; one that is still alive (a joblib worker) is read by itself, in steps
of one clock tick (usually 10 ms).
"""

from __future__ import annotations

import math

try:
    import resource
except ImportError:  # Windows keeps no account of ended children
    resource = None  # type: ignore[assignment]


def children_cpu_seconds() -> float:
    """Return the CPU seconds of all children so far, alive and ended.

    A child that is alive at one reading and has ended by the next is in both in full,
    so the difference of two readings is what was spent between them.
    """
    return ended_children() + live_children()


def ended_children() -> float:
    """Return the CPU seconds of children that have ended and were waited for."""
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def live_children() -> float:
    """Return the CPU seconds of children, and theirs, that are alive now."""
    import psutil

    seconds = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system
    return seconds


def waits() -> float:
    """Return how often this process gave its CPU up to wait; NaN where the system keeps no count.

    One that others keep from its CPU does not wait.
    """
    return math.nan if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
