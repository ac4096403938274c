"""A look at each benchmark once on both sides: what can be measured, and what does not run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parallel_claims import parameters
from parallel_claims.engine import protocol
from parallel_claims.versus.asking import SLICE, SideError, Test, hello, run
from parallel_claims.versus.records import Lost, RunsOn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.engine.lanes import Conversation, Worker
    from parallel_claims.versus.asking import Asking
    from parallel_claims.versus.pairs import Sides
    from parallel_claims.versus.records import Version

TURNS = (3, 2, 1)
"""How often A B B A (or B A A B) is taken, as time allows: six neighbours, four, or two."""

LONG = 0.5
"""Seconds that the slices of one benchmark may take in a pair before there are fewer turns."""


@dataclass(frozen=True)
class Known:
    """What a look at a benchmark found out, for all pairs.

    loops: calls a round, the same on both sides. round_: seconds of one. seconds: of a slice,
    with the set-up and teardown of its rounds. one_cpu: whether it keeps one CPU busy on both
    sides, and no other. coarse: whether a round is so short that the clock shows.
    """

    loops: int
    round_: float
    seconds: float
    one_cpu: bool
    coarse: bool = False

    @property
    def turns(self) -> int:
        """Return how often both sides take turns in a pair."""
        return next((n for n in TURNS if 4 * n * self.seconds <= LONG), TURNS[-1])


@dataclass
class Survey:
    """What can be measured on both sides, what runs on one of them only, and what on neither.

    lost: why and where it does not run, by the benchmark's node id. claims: those of the second
    version's markers, as data. order: the benchmarks of both sides, as pytest has them. wanted:
    what is still to be looked at; None before anything was. again: what failed on one side only,
    to be looked at once more in new processes: it may have failed by chance. other_cases: what has
    other parameters on both sides under one name, and which. silent: the second side's last word,
    where it ended before it said what it has.
    """

    known: dict[str, Known] = field(default_factory=dict)
    lost: dict[str, Lost] = field(default_factory=dict)
    claims: Sequence[Any] = ()
    order: Sequence[str] = ()
    wanted: list[str] | None = None
    again: list[str] = field(default_factory=list)
    other_cases: dict[str, str] = field(default_factory=dict)
    silent: SideError | None = None

    def take(self, name: str, found: Known | Lost, *, failed: bool) -> None:
        """Note what a look at the next benchmark found out.

        failed: whether it raised on a side, which may be chance.
        """
        assert self.wanted is not None
        self.wanted.remove(name)
        if isinstance(found, Known):
            self.lost.pop(name, None)
            self.known[name] = found
            return
        if failed and len(found.sides) == 1 and name not in self.lost:
            self.again.append(name)
        self.lost[name] = found

    def running(self, where: RunsOn) -> list[str]:
        """Return the benchmarks that run just there."""
        return [name for name, one in self.lost.items() if one.runs is where]

    def once_more(self) -> None:
        """Want what is to be looked at again, once all others have been."""
        if not self.wanted:
            self.wanted, self.again = self.again, []


def surveyed(sides: Sides) -> Survey:
    """Return what both sides have, looked at in as many processes as it takes.

    Raises:
        LostError: the first side cannot even say what it has.
    """
    survey = Survey()
    while survey.wanted is None or survey.wanted:
        looks = iter([look(sides, survey)])
        sides.lanes.run(lambda _, looks=looks: next(looks, None))  # type: ignore[misc]
    survey.known = {name: survey.known[name] for name in survey.order if name in survey.known}
    return survey


def look(sides: Sides, survey: Survey) -> Conversation:
    """Run each benchmark once on both sides: what can be measured, and how.

    A benchmark at which a process ends or hangs is left out; the others are left in
    ``wanted``, for new processes.

    Raises:
        LostError: a side cannot even say what it has.
    """
    workers = [sides.started(side, seed=0, marked=True) for side in (0, 1)]
    try:
        told = yield from said(workers, survey)
        if survey.wanted is None:
            survey.wanted, survey.lost = in_common(sides.versions, told)
            survey.order = [*survey.wanted]
            survey.claims = told[1].claims
        if survey.wanted:
            yield from look_at_each(workers, survey)
        for worker in workers:
            yield from sides.lanes.farewell(worker)
    except SideError as error:
        if not survey.wanted:
            raise
        side = workers.index(error.worker)
        lost = Lost(str(error), frozenset({side}), ended=True)
        survey.take(survey.wanted[0], lost, failed=False)
    finally:
        for worker in workers:
            sides.lanes.removed(worker)
    survey.once_more()


def said(workers: Sequence[Worker], survey: Survey) -> Asking:
    """Return what each side says that it has.

    A second side that ends before it says anything has nothing that runs.

    Raises:
        LostError: the first side cannot say what it has, or the second can measure nothing.
    """
    first = yield from hello(workers[0])
    try:
        second = yield from hello(workers[1])
    except SideError as error:
        if survey.wanted is not None or not first.tests:
            raise
        survey.silent, second = error, protocol.Hello([], {"": error.why})
    return [first, second]


def look_at_each(workers: Sequence[Worker], survey: Survey) -> Asking:
    """Look at benchmark after benchmark, as long as both processes live."""
    assert survey.wanted is not None
    for worker in workers:
        run(worker, protocol.Run(survey.wanted, SLICE))
    while survey.wanted:
        name = survey.wanted[0]
        test = Test(workers, name)
        lost = yield from test.look()
        survey.take(name, lost or known(test), failed=test.failed)
        if why := "" if lost else other_case(test):
            survey.other_cases[name] = f"another case under this name: {why}"
            del survey.known[name]


def other_case(test: Test) -> str:
    """Say which parameters of a test differ on both sides, and how; nothing where none does."""
    first, second = (one.parameters if one else {} for one in test.done)
    return parameters.differing(first, second)


def known(test: Test) -> Known:
    """Return what the first slice of each side says of it."""
    first, second = test.taken[0][0], test.taken[1][0]
    loops = max(test.loops)
    return Known(
        loops,
        loops * max(statistics.median(one.rounds) for one in (first, second)),
        max(first.whole, second.whole),
        first.one_cpu and second.one_cpu,
        first.coarse or second.coarse,
    )


def in_common(
    versions: tuple[Version, Version], told: Sequence[protocol.Hello]
) -> tuple[list[str], dict[str, Lost]]:
    """Return the benchmarks of both sides, in order, and what one side lacks, with the reason.

    What cannot be collected on a side stands for the benchmarks that the other side has in it;
    where it has none, for itself.
    """
    there = [set(one.tests) for one in told]
    wanted = [name for name in told[1].tests if name in there[0]]
    lost: dict[str, Lost] = {}
    for side, version in enumerate(versions):
        broken, without = told[side].broken, frozenset({side})
        gone = [name for name in told[1 - side].tests if name not in there[side]]
        for name in gone:
            place = next((place for place in broken if inside(name, place)), None)
            why = f"not on {version.name}" if place is None else f"{version.name}: {broken[place]}"
            lost[name] = Lost(why, without)
        for place, why in broken.items():
            if not any(inside(name, place) for name in gone):
                before = f"{lost[place].why}; " if place in lost else ""
                lost[place] = Lost(f"{before}{version.name}: {why}", frozenset({0, 1}))
    return wanted, lost


def inside(name: str, place: str) -> bool:
    """Say whether a test is in a file, a folder or a class; all is in the empty one."""
    return not place or name.startswith((f"{place}::", f"{place}/"))
