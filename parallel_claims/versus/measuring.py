"""Pair after pair of fresh processes, as planned and as time allows."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from parallel_claims.machine import cpus, speeds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from parallel_claims.versus.lockstep import Driver, Known
    from parallel_claims.versus.records import Pair

POLL = 0.5
"""Seconds after which it is told anew how far it is."""


@dataclass(frozen=True)
class State:
    """How far measuring is: pairs done of those planned, seconds left, in this stage."""

    stage: int
    done: int
    planned: int
    left: float


@dataclass
class Clock:
    """The time there is.

    budget: seconds in all. started: when measuring began.
    """

    budget: float = math.inf
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Return the seconds since measuring began."""
        return time.monotonic() - self.started

    def allows(self, seconds: float) -> bool:
        """Say whether something that takes so many seconds ends in time."""
        return self.elapsed + seconds <= self.budget


def lanes() -> list[int | None]:
    """Return a CPU for each pair that is measured at a time: one of each core; any, if unknown.

    Where no process can be kept on a CPU there is one lane.
    """
    if not speeds.usable():
        return [None]
    return [core[0] for core in cpus.siblings()] or [speeds.usable()[0]]


def alone(known: Mapping[str, Known], links: Collection[Collection[str]]) -> set[str]:
    """Return the benchmarks that get all CPUs, and what a claim compares with them."""
    found = {name for name, one in known.items() if not one.one_cpu}
    while True:
        linked = {name for link in links if not found.isdisjoint(link) for name in link}
        if linked <= found:
            return found & known.keys()
        found |= linked


class Measuring:
    """Measures pairs of one comparison, one for each core at a time."""

    def __init__(
        self,
        driver: Driver,
        clock: Clock,
        links: Collection[Collection[str]] = (),
        tell: Callable[[State], None] = lambda _: None,
    ) -> None:
        self.driver = driver
        self.clock = clock
        self.links = links
        self.tell = tell
        self.numbers = itertools.count()
        self.stopped = threading.Event()

    def pairs(self, stage: int, known: Mapping[str, Known], planned: int) -> list[Pair]:
        """Measure so many pairs of these benchmarks, fewer where the time is up.

        What uses more than one CPU is measured in pairs of its own, with nothing beside them, and
        so is what a claim compares it with: on one CPU, where it needs no more. Ctrl-C ends it;
        what was measured is kept, and what it cut off is not called lost.
        """
        whole = alone(known, self.links)
        parts = (
            (len(lanes()), {name: one for name, one in known.items() if name not in whole}),
            (1, {name: one for name, one in known.items() if name in whole}),
        )
        found: list[Pair] = []
        for at_once, part in parts:
            if part and not self.stopped.is_set():
                found += self.part(stage, part, planned, at_once)
        return found

    def part(
        self, stage: int, known: Mapping[str, Known], planned: int, at_once: int
    ) -> list[Pair]:
        """Measure pairs, so many at once, each on the CPU that has been free for longest."""
        free = deque(lanes())
        found: list[Pair] = []
        costs: list[float] = []
        numbers = iter(range(planned))
        with ThreadPoolExecutor(at_once) as pool:
            running: dict[Future[tuple[Pair, float]], int | None] = {}
            try:
                for _ in range(at_once):
                    self.start(pool, running, numbers, stage, known, free)
                while running:
                    done, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
                    for one in done:
                        pair, seconds = one.result()
                        found.append(pair)
                        costs.append(seconds)
                        free.append(running.pop(one))
                        if self.clock.allows(max(costs)):
                            self.start(pool, running, numbers, stage, known, free)
                    left = (planned - len(found)) * sum(costs) / max(1, len(costs) * at_once)
                    left = min(left, max(0.0, self.clock.budget - self.clock.elapsed))
                    self.tell(State(stage, len(found), planned, left))
            except KeyboardInterrupt:
                self.stopped.set()
                self.driver.place.kill()
                found += [replace(one.result()[0], lost={}) for one in running]
        return found

    def start(
        self,
        pool: ThreadPoolExecutor,
        running: dict[Future[tuple[Pair, float]], int | None],
        numbers: Iterator[int],
        stage: int,
        known: Mapping[str, Known],
        free: deque[int | None],
    ) -> None:
        """Start one more pair, if one more is planned."""
        if next(numbers, None) is not None:
            number, place = next(self.numbers), free.popleft()
            running[pool.submit(self.timed, number, stage, place, known)] = place

    def timed(
        self, number: int, stage: int, place: int | None, known: Mapping[str, Known]
    ) -> tuple[Pair, float]:
        """Measure a pair; return it with the seconds that it took."""
        started = time.monotonic()
        pair = self.driver.pair(number, stage, place, known)
        return pair, time.monotonic() - started
