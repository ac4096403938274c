"""What is watched while a benchmark is called, and only then: CPUs, threads, interruptions."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.machine.probes import ended_children

try:
    import resource
except ImportError:  # Windows keeps no such account
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY = 0.9
"""CPU seconds a second from which a thread is said to keep a CPU busy."""

OTHERS = 0.02
"""Share of a CPU that other threads and children may take from a benchmark of one CPU."""

TICK = 20e-6
"""Seconds that any reading of a clock may be off."""

LONG = 1e-3
"""Seconds of a round from which on each is watched in full."""

MONITORS = range(6)
"""The numbers of tools that ``sys.monitoring`` knows (Python 3.12)."""


class Reading(NamedTuple):
    """What has been spent until a moment, in seconds, and how often the process gave its CPU up."""

    wall: float
    process: float
    thread: float
    children: float
    waits: float


def reading() -> Reading:
    """Read all clocks."""
    waits = 0.0
    if resource is not None:
        waits = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    return Reading(
        time.perf_counter(),
        time.process_time(),
        time.thread_time(),
        ended_children(),
        waits,
    )


def interruptions() -> float:
    """Return how often the system has taken the CPU from this thread."""
    if resource is None:
        return 0.0
    who = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
    return float(resource.getrusage(who).ru_nivcsw)


class Watch:
    """Adds up what was seen over the timed calls of a slice.

    Reading the clocks of a process enters the kernel, after which code of microseconds runs slower
    for a while. So of short rounds only the first is watched in full; of the others it is only
    looked, after each, whether they were interrupted.
    """

    def __init__(self) -> None:
        self.spent = Reading(0.0, 0.0, 0.0, 0.0, 0.0)
        self.seconds = LONG
        """What the last round took."""
        self.interruptions = interruptions()
        self.interrupted = False
        """Whether the last round was."""

    def watched(self, timed: Callable[[], Any]) -> Any:
        """Run one round, ``timed``; it returns its seconds, or these and what it computed."""
        with untraced():
            before = reading() if self.seconds >= LONG else None
            found = timed()
            if before is not None:
                seen = (b - a for a, b in zip(before, reading(), strict=True))
                self.spent = Reading(*(a + b for a, b in zip(self.spent, seen, strict=True)))
        now = interruptions()
        self.interrupted, self.interruptions = now > self.interruptions, now
        self.seconds = found[0] if isinstance(found, tuple) else found
        return found

    @property
    def one_cpu(self) -> bool:
        """Say whether the calls kept one CPU busy, and waited for nothing.

        Others that had the CPU, too, take from its time, but make nobody wait.
        """
        spent, allowed = self.spent, OTHERS * self.spent.wall + TICK
        alone = spent.process - spent.thread <= allowed and spent.children <= allowed
        busy = spent.thread >= BUSY * spent.wall or (resource is not None and not spent.waits)
        return alone and busy


def usable() -> set[int]:
    """Return the CPUs that this process may use now; none where the system does not tell."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@contextmanager
def untraced() -> Iterator[None]:
    """Switch tracers, profilers and monitors off, and on again."""
    tracer, profiler, events = sys.gettrace(), sys.getprofile(), monitored()
    if not (tracer or profiler or events):
        yield
        return
    sys.settrace(None)
    sys.setprofile(None)
    for tool in events:
        sys.monitoring.set_events(tool, 0)  # type: ignore[attr-defined]  # Python 3.12
    try:
        yield
    finally:
        for tool, before in events.items():
            sys.monitoring.set_events(tool, before)  # type: ignore[attr-defined]  # Python 3.12
        sys.settrace(tracer)
        if profiler is None or callable(profiler):
            sys.setprofile(profiler)
        else:  # before Python 3.12 cProfile's object stands for its own C function
            enabled: Any = profiler
            enabled.enable()


def monitored() -> dict[int, int]:
    """Return the events of each tool of ``sys.monitoring`` that asks for some."""
    known: Any = getattr(sys, "monitoring", None)
    if known is None:
        return {}
    tools = [tool for tool in MONITORS if known.get_tool(tool)]
    return {tool: events for tool in tools if (events := known.get_events(tool))}
