"""How fast each CPU is, and how steadily: a short loop, pinned to each in turn.

A neighbour on the host's other hardware thread slows one CPU and not the other, for tenths
of a second; no clock, load or steal time of this machine tells of it.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from parallel_claims.machine.cpus import siblings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOOPS = 20_000
"""Steps of one loop: about a millisecond."""

SLOW = 1.2
"""A loop that takes so many times as long as this CPU's fast ones is slow."""

FAST = 0.1
"""The share of loops, the fastest, whose slowest says what fast is."""


@dataclass(frozen=True)
class Speed:
    """How one CPU ran while it was looked at.

    fast: seconds of a loop when nothing disturbs. slow_share: share of the loops that were
    slow. slow_speed: how fast the slow ones were, relative to fast; 1 where none was.
    dwell: seconds that a slow state lasted, median; 0 where there was none.
    """

    cpu: int
    fast: float
    slow_share: float
    slow_speed: float
    dwell: float


def usable() -> list[int]:
    """Return the CPUs that this process may use; none where it cannot be pinned to one."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


def one_of_each_core() -> list[int]:
    """Return a CPU of each core that this process may use; none where it cannot be pinned."""
    return [core[0] for core in siblings()] or usable()[:1]


@contextmanager
def pinned(cpu: int | None) -> Iterator[None]:
    """Keep this thread, and the children it starts, on one CPU; on any where it is None."""
    if cpu is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def loop() -> float:
    """Run the loop once; return its seconds."""
    started = time.perf_counter()
    total = 0
    for number in range(LOOPS):
        total += number
    return time.perf_counter() - started


def probe(seconds: float) -> list[dict[str, Any]]:
    """Look at every usable CPU for its share of ``seconds``; return their speeds as data."""
    cpus = usable()
    found = []
    for cpu in cpus:
        with pinned(cpu):
            loop()
            ends = time.perf_counter() + seconds / len(cpus)
            times = [loop()]
            while time.perf_counter() < ends:
                times.append(loop())
        found.append(asdict(speed(cpu, times)))
    return found


def speed(cpu: int, times: Sequence[float]) -> Speed:
    """Return what the seconds of loops, in order of time, say of a CPU."""
    ordered = sorted(times)
    fast = ordered[int(FAST * len(ordered))]
    slow = [seconds > SLOW * fast for seconds in times]
    if not any(slow):
        return Speed(cpu, fast, 0.0, 1.0, 0.0)
    slowly = [seconds for seconds, is_slow in zip(times, slow, strict=True) if is_slow]
    share = sum(slowly) / sum(times)
    return Speed(cpu, fast, share, fast / statistics.median(slowly), dwell(times, slow))


def dwell(times: Sequence[float], slow: Sequence[bool]) -> float:
    """Return how many seconds the slow state lasted each time it came, median."""
    stays: list[float] = []
    for number, (seconds, is_slow) in enumerate(zip(times, slow, strict=True)):
        if not is_slow:
            continue
        if number and slow[number - 1]:
            stays[-1] += seconds
        else:
            stays.append(seconds)
    return statistics.median(stays)
