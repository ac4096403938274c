"""Pair after pair of fresh processes, as planned and as time allows."""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parallel_claims.engine.lanes import StoppedError
from parallel_claims.machine import speeds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from parallel_claims.engine.lanes import Conversation
    from parallel_claims.versus.pairs import Sides
    from parallel_claims.versus.records import Pair
    from parallel_claims.versus.survey import Known


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
    return [*speeds.one_of_each_core()] or [None]


def alone(known: Mapping[str, Known], links: Collection[Collection[str]]) -> set[str]:
    """Return the benchmarks that get all CPUs, and what a claim compares with them."""
    found = {name for name, one in known.items() if not one.one_cpu}
    while True:
        linked = {name for link in links if not found.isdisjoint(link) for name in link}
        if linked <= found:
            return found & known.keys()
        found |= linked


def surviving(known: Mapping[str, Known], pairs: Iterable[Pair]) -> dict[str, Known]:
    """Return the benchmarks less those at which a process of two pairs ended, or hung.

    They take the others along that come after them; two show that it was no chance.
    """
    ended = Counter(name for pair in pairs for name, lost in pair.lost.items() if lost.ended)
    return {name: one for name, one in known.items() if ended[name] < ENOUGH}


ENOUGH = 2
"""Pairs whose process a benchmark may end, or keep, before it is measured no more."""


class Measuring:
    """Measures pairs of one comparison, one for each core at a time.

    meeting: benchmarks that fail beside another pair and pass alone, with the reason.
    """

    def __init__(
        self,
        sides: Sides,
        clock: Clock,
        links: Collection[Collection[str]] = (),
        tell: Callable[[State], None] = lambda _: None,
    ) -> None:
        self.sides = sides
        self.clock = clock
        self.links = links
        self.tell = tell
        self.numbers = itertools.count()
        self.stopped = False
        self.short = False
        """Whether the time was up before all planned pairs were measured."""
        self.meeting: dict[str, str] = {}

    def pairs(self, stage: int, known: Mapping[str, Known], planned: int) -> list[Pair]:
        """Measure so many pairs of these benchmarks, fewer where the time is up.

        What uses more than one CPU is measured in pairs of its own, with nothing beside them, and
        so is what a claim compares it with: on one CPU, where it needs no more. What fails beside
        another pair is measured again alone. A signal ends it; what was measured is kept.
        """
        apart = alone(known, self.links) | self.meeting.keys()
        beside = {name: one for name, one in known.items() if name not in apart}
        found = self.part(stage, beside, planned, len(lanes()))
        if len(lanes()) > 1:
            failed = {name: lost.why for pair in found for name, lost in pair.lost.items()
                      if lost.sides and not lost.ended}  # fmt: skip
            self.meeting |= failed
        rest = {name: one for name, one in known.items() if name in apart or name in self.meeting}
        return [*found, *self.part(stage, rest, planned, 1)]

    def part(
        self, stage: int, known: Mapping[str, Known], planned: int, at_once: int
    ) -> list[Pair]:
        """Measure pairs, so many at once, each on the CPU that has been free for longest."""
        free = deque(enumerate(lanes()))
        found: list[Pair] = []
        costs: list[float] = []
        begun = 0

        def supply(running: int) -> Conversation | None:
            nonlocal begun
            if running >= at_once or begun >= planned:
                return None
            if costs and not self.clock.allows(max(costs)):
                self.short = True
                return None
            begun += 1
            lane, started = free.popleft(), time.monotonic()

            def ended(pair: Pair) -> None:
                found.append(pair)
                free.append(lane)
                costs.append(time.monotonic() - started)

            number = next(self.numbers)
            return self.sides.pair(number, stage, lane, surviving(known, found), ended)

        def tick() -> None:
            left = (planned - len(found)) * sum(costs) / max(1, len(costs) * at_once)
            left = min(left, max(0.0, self.clock.budget - self.clock.elapsed))
            self.tell(State(stage, len(found), planned, left))

        if known and not self.stopped:
            try:
                self.sides.lanes.run(supply, tick)
            except StoppedError:
                self.stopped = True
        return found
