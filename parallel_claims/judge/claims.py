"""Claims as data: what one compares, what it allows, what it needs.

A claim compares a *baseline* with a *contender* (``speedup``, ``efficiency``), or
looks at numbers recorded beside the time (``recorded``, ``exact``). Exactly one of
these rules is given. Benchmarks are named as they are saved.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

from parallel_claims.quantities import unit_of_time


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a claim allows: ``at_least``, ``at_most``, or ``between = [low, high]``."""

    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that say nothing or contradict each other."""
        given = [self.at_least, self.at_most, self.between]
        if sum(value is not None for value in given) != 1:
            message = "give exactly one of at_least, at_most, between"
            raise ValueError(message)
        low, high = self.low, self.high
        if not all(map(math.isfinite, self.between or (self.at_least or self.at_most or 0.0,))):
            message = f"a bound is a number (here: {self}): leave out the end that has none"
            raise ValueError(message)
        if low > high:
            message = f"between = [{low:g}, {high:g}] allows nothing: the lower end comes first"
            raise ValueError(message)

    @property
    def low(self) -> float:
        """Return the lower end, minus infinity without one."""
        if self.between is not None:
            return self.between[0]
        return -math.inf if self.at_least is None else self.at_least

    @property
    def high(self) -> float:
        """Return the upper end, infinity without one."""
        if self.between is not None:
            return self.between[1]
        return math.inf if self.at_most is None else self.at_most

    def __str__(self) -> str:
        """Write the bound as mathematics."""
        if self.between is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"≥ {self.low:g}" if self.at_least is not None else f"≤ {self.high:g}"


class Recorded(Bound, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on a number recorded in every round of one benchmark.

    unit: how the number is called where it is told, its name unless given.
    """

    benchmark: str
    name: str
    unit: str = ""


class Condition(Recorded, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound that a recorded number must keep.

    rounds: in ``every`` round, or in ``some``: what can happen need not happen each time.
    """

    rounds: Literal["every", "some"] = "every"


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The benchmarks that measure what ``workers`` workers that are already started can do.

    ready: that many do the work of ``serial`` together, each an equal share; ``serial`` is
        the claim's baseline unless given.
    one, together: one alone, and that many, each with the same work of its own: the older
        way, which needs two more benchmarks and carries their noise. A claim may give both
        ways; a run that has ``ready`` is judged by that.
    """

    workers: int
    ready: str | None = None
    serial: str | None = None
    one: str | None = None
    together: str | None = None

    def __post_init__(self) -> None:
        """Refuse what measures no capacity."""
        if self.workers < 1:
            message = f"capacity needs a worker (here: workers = {self.workers})"
            raise ValueError(message)
        if (self.one is None) != (self.together is None) or not (self.ready or self.one):
            message = "capacity is measured by ready, or by one and together: give either"
            raise ValueError(message)

    def measured_by(self, names: Collection[str]) -> Capacity:
        """Return the way that a run which has these benchmarks can be judged by."""
        if self.ready is None or self.one is None or self.together is None:
            return self
        if self.ready not in names and {self.one, self.together} <= set(names):
            return Capacity(self.workers, one=self.one, together=self.together)
        return Capacity(self.workers, ready=self.ready, serial=self.serial)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the benchmarks that it looks at, where it is measured in one way."""
        return tuple(filter(None, (self.ready, self.serial, self.one, self.together)))


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds of one benchmark, less those of another where it is named."""

    plus: str
    minus: str | None = None


class Accounting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the seconds above baseline / workers went, and which part is blamed for them.

    start_up, dispatch: what creating the workers, and sending them work, costs by itself.
    blames: the parts that the statement names, of start_up, dispatch, capacity.
    extent: ``most`` (more than half of the excess) or ``some`` (more than nothing).
    """

    start_up: Part
    dispatch: Part
    blames: tuple[Literal["start_up", "dispatch", "capacity"], ...]
    extent: Literal["most", "some"] = "most"

    @property
    def bound(self) -> Bound:
        """Return what the blamed seconds, less half of the excess for ``most``, must be."""
        return Bound(at_least=0.0)


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be so where the run was measured, or the claim is not testable.

    seconds: how long a round of the baseline must take for the claim to be about it.
    """

    cpus: int | None = None
    seconds: float | None = None
    gil: bool | None = None
    start_method: str | None = None


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figures that were published with a statement, in seconds, or words instead.

    by: whom they are by; said once for a whole file of claims.
    """

    baseline: float | None = None
    contender: float | None = None
    ideal: float | None = None
    words: str | None = None
    by: str = ""

    def __post_init__(self) -> None:
        """Refuse what says nothing that is shown."""
        if self.baseline is None and self.contender is None and self.words is None:
            message = "a published figure is told by baseline, contender or words: give one of them"
            raise ValueError(message)

    def __str__(self) -> str:
        """Write them short."""
        if self.words is not None:
            return self.words
        if self.contender is None:
            return in_seconds(self.baseline)
        return in_seconds(self.baseline, self.contender)


def in_seconds(*figures: float | None) -> str:
    """Write published seconds as they were printed, in the unit of the largest."""
    known = [figure for figure in figures if figure is not None]
    step, unit = unit_of_time(max(known, default=0.0))
    return " → ".join(f"{figure / step:.2f}" for figure in known) + f" {unit}"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement, how it is measured, and what it allows.

    headline: it is told first, and gets the time first.
    overhead: the benchmark of creating workers and sending them work, and nothing else: its
        share of the ideal time is told beside the verdict.
    optional: its benchmarks are measured only where they are asked for; a run without them
        does not count it.
    """

    id: str
    statement: str
    section: str = ""
    section_title: str = ""
    timestamp: str = ""
    published: Published | None = None
    baseline: str | None = None
    contender: str | None = None
    capacity: Capacity | None = None
    speedup: Bound | None = None
    efficiency: Bound | None = None
    recorded: Recorded | None = None
    exact: tuple[Condition, ...] | None = None
    accounting: Accounting | None = None
    needs: Needs = Needs()
    holds: str = ""
    fails: str = ""
    known_failure: str | None = None
    headline: bool = False
    overhead: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        """Refuse claims without exactly one rule, or without what the rule compares."""
        rules = ("speedup", "efficiency", "recorded", "exact", "accounting")
        given = [rule for rule in rules if getattr(self, rule) is not None]
        if len(given) != 1:
            message = f"give exactly one rule of {', '.join(rules)} (here: {given or 'none'})"
            raise ValueError(message)
        pair = self.baseline and self.contender
        if given[0] in {"speedup", "efficiency", "accounting"} and not pair:
            message = f"{given[0]} compares two benchmarks: name baseline and contender"
            raise ValueError(message)
        bound = self.speedup or self.efficiency
        if bound is not None and (bound.high <= 0 or (bound.low < 0 and bound.low != -math.inf)):
            message = f"{given[0]} is a ratio: its bound must be above 0 (here: {bound})"
            raise ValueError(message)
        if (self.efficiency or self.accounting) and not self.capacity:
            message = f"{given[0]} is measured against capacity: give capacity as well"
            raise ValueError(message)

    def measured_by(self, names: Collection[str]) -> Claim:
        """Return the claim as a run which has these benchmarks can be judged by it."""
        if self.capacity is None:
            return self
        return msgspec.structs.replace(self, capacity=self.capacity.measured_by(names))

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that the claim looks at."""
        names = [self.baseline, self.contender]
        if self.capacity:
            names += self.capacity.benchmarks
        if self.accounting:
            parts = (self.accounting.start_up, self.accounting.dispatch)
            names += [name for part in parts for name in (part.plus, part.minus)]
        if self.recorded:
            names.append(self.recorded.benchmark)
        names += [condition.benchmark for condition in self.exact or ()]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the benchmarks that decide the claim: what is only told beside may be early."""
        if self.efficiency is not None and self.capacity is not None and self.capacity.ready:
            serial = (self.baseline, self.capacity.serial) if self.capacity.serial else ()
            return tuple(filter(None, (self.contender, self.capacity.ready, *serial)))
        return self.benchmarks

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that are measured for the claim at all."""
        names = (*self.benchmarks, self.overhead)
        return tuple(dict.fromkeys(name for name in names if name))


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for the head of a report, with what claims found in it as ``{claim-id}``.

    when: verdicts that some claims must have for the sentence to be said.
    """

    sentence: str
    when: dict[str, Literal["holds", "fails", "undecided", "not-testable"]] = {}


class Chart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chart of a number that some benchmarks record: a point a round, and the median.

    recorded: the number's name. told: what the chart shows, in a sentence.
    axis: what is on the axis. unit: what the number is in.
    over: of what there were several, where each has a number of its own: ``speedup`` over
        ``workers`` is drawn from what is recorded as ``speedup_1``, ``speedup_2`` …
    beside: another such number, drawn beside it: what could be had at best.
    """

    recorded: str
    title: str
    told: str
    axis: str
    unit: str = ""
    over: str = ""
    beside: str = ""
