"""Two live processes, slice by slice next to each other: one pair of the comparison.

Both stay on one CPU, since noise belongs to a core and lasts for tenths of a second; whoever is
not on turn sleeps.
"""

from __future__ import annotations

import math
import random
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_claims.versus import native
from parallel_claims.versus.process import LostError, Place, Process
from parallel_claims.versus.records import Pair, Slices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_claims.versus.records import Version

SLICE = 0.003
"""Seconds of a slice: shorter than noise usually lasts."""

TURNS = (3, 2, 1)
"""How often A B B A (or B A A B) is taken, as time allows: six neighbours, four, or two."""

LONG = 0.5
"""Seconds that the slices of one benchmark may take in a pair before there are fewer turns."""

SIDES = ("first", "second")


@dataclass(frozen=True)
class Known:
    """What a look at a benchmark found out, for all pairs.

    loops: calls a round, the same on both sides. seconds: of a slice. one_cpu: whether it
    keeps one CPU busy on both sides, and no other.
    """

    loops: int
    seconds: float
    one_cpu: bool

    @property
    def turns(self) -> int:
        """Return how often both sides take turns in a pair."""
        return next((n for n in TURNS if 4 * n * self.seconds <= LONG), TURNS[-1])


@dataclass(frozen=True)
class Survey:
    """What can be measured on both sides, what on one side only, and what cannot.

    missing: with the reason, by the benchmark's node id.
    claims: those of the second version's markers, as data.
    """

    known: Mapping[str, Known]
    missing: Mapping[str, str]
    claims: Sequence[Any] = ()


class Driver:
    """Starts the processes of both sides, and hands out the turns."""

    def __init__(
        self, versions: tuple[Version, Version], arguments: Sequence[str], place: Place
    ) -> None:
        self.versions = versions
        self.arguments = list(arguments)
        self.place = place

    def started(self, stack: ExitStack, seed: int, *, turned: bool = False) -> list[Process]:
        """Start a process of each side, the second one first if turned; both end with the stack."""
        return [
            stack.enter_context(Process(version, self.arguments, seed=seed, place=self.place))
            for version in (self.versions[::-1] if turned else self.versions)
        ]

    def survey(self) -> Survey:
        """Run each benchmark once on both sides: what can be measured, and how.

        A benchmark at which a process ends or hangs is left out; the others go on in new ones.

        Raises:
            LostError: a side cannot even say what it has.
        """
        known: dict[str, Known] = {}
        missing: dict[str, str] = {}
        claims: Sequence[Any] = ()
        wanted: list[str] | None = None
        while wanted is None or wanted:
            with ExitStack() as stack:
                sides = self.started(stack, seed=0)
                if wanted is None:
                    told = [side.answer() for side in sides]
                    wanted, missing = in_common(self.versions, told)
                    claims = told[1]["claims"]
                else:
                    for side in sides:
                        side.answer()
                wanted = self.look(sides, wanted, known, missing)
        return Survey(known, missing, claims)

    def look(
        self,
        sides: Sequence[Process],
        wanted: Sequence[str],
        known: dict[str, Known],
        missing: dict[str, str],
    ) -> list[str]:
        """Look at benchmark after benchmark, as long as both processes live; return the rest."""
        for side in sides:
            side.tell(run=wanted, loops={}, seconds=SLICE)
        for number, name in enumerate(wanted):
            try:
                ready = [side.ask(go=name) for side in sides]
                ended = [end(side, state) for side, state in zip(sides, ready, strict=True)]
            except LostError as error:
                missing[name] = str(error)
                return list(wanted[number + 1 :])
            why = reason(sides, ended)
            if why:
                missing[name] = why
                continue
            loops = max(state["loops"] for state in ready)
            seconds = max(state["ready"] for state in ready)
            one_cpu = all(state["one_cpu"] for state in ready)
            known[name] = Known(loops, seconds, one_cpu)
        return []

    def pair(self, number: int, stage: int, cpu: int | None, known: Mapping[str, Known]) -> Pair:
        """Measure one pair of new processes.

        A process that fails, hangs or is killed loses what had not been measured yet. Which side
        goes first in everything is drawn: of two processes of the same code the one that started
        and warmed up last was faster in two benchmarks of three, by 0.1 % (80 pairs). Where native
        code lies in physical memory is drawn too.
        """
        draw = random.Random(number)  # noqa: S311  an order, not a secret
        seed = draw.randrange(2**32)
        turned = bool(draw.randrange(2))
        found: dict[str, Slices] = {}
        lost: dict[str, str] = {}
        for version in self.versions:
            for path in version.native:
                native.move(path)
        with ExitStack() as stack:
            sides = self.started(stack, seed, turned=turned)
            try:
                for side in sides:
                    side.answer()
                loops = {name: one.loops for name, one in known.items()}
                for side in sides:
                    side.tell(run=list(known), loops=loops, seconds=SLICE)
                for name, one in known.items():
                    given = slices(sides, name, one, cpu if one.one_cpu else None, draw)
                    if isinstance(given, str):
                        lost[name] = given
                    else:
                        found[name] = given.turned() if turned else given
            except LostError as error:
                gone = [name for name in known if name not in found and name not in lost]
                lost |= dict.fromkeys(gone, f"lost with its process: {error}")
        return Pair(number, stage, cpu, seed, found, lost)


def in_common(
    versions: tuple[Version, Version], told: Sequence[Mapping[str, Any]]
) -> tuple[list[str], dict[str, str]]:
    """Return the benchmarks of both sides, in order, and those that one side lacks."""
    there = [set(one["tests"]) for one in told]
    wanted = [name for name in told[1]["tests"] if name in there[0]]
    missing: dict[str, str] = {}
    for version, own, other in zip(versions, there, reversed(there), strict=True):
        missing |= dict.fromkeys(sorted(other - own), f"not on {version.name}")
    for version, one in zip(versions, told, strict=True):
        missing |= {name: f"{version.name}: {why}" for name, why in one["broken"].items()}
    return wanted, missing


def slices(
    sides: Sequence[Process], name: str, known: Known, cpu: int | None, draw: random.Random
) -> Slices | str:
    """Take the slices of one benchmark, ``first`` of the first of the sides; or say why not.

    Raises:
        LostError: a process ended, or gave no answer in time.
    """
    times: tuple[list[float], list[float]] = ([], [])
    ready = [side.ask(go=name) for side in sides]
    if not any("done" in state for state in ready):
        for turn in order(known.turns, draw):
            times[turn].append(float(sides[turn].ask(slice=True, cpu=cpu)["taken"]))
    ended = [end(side, state) for side, state in zip(sides, ready, strict=True)]
    return reason(sides, ended) or of_times(*times, shared_cpu=cpu is not None)


def order(turns: int, draw: random.Random) -> Iterator[int]:
    """Yield whose turn it is: A B B A or B A A B, drawn, so many times."""
    for _ in range(turns):
        first = draw.randrange(2)
        yield from (first, 1 - first, 1 - first, first)


def end(side: Process, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a side's test end, where it has not; return how it ended."""
    return (
        {"done": state["done"], "why": state.get("why", NOTHING)}
        if "done" in state
        else (side.ask(end=True))
    )


NOTHING = "it measured nothing"


def reason(sides: Sequence[Process], ended: Sequence[Mapping[str, Any]]) -> str:
    """Say on which side a test did not pass, and why; nothing where it passed on both."""
    told = [
        f"{side.version.name}: {state['why']}"
        for side, state in zip(sides, ended, strict=True)
        if "why" in state
    ]
    return "; ".join(dict.fromkeys(told))


def of_times(first: Sequence[float], second: Sequence[float], *, shared_cpu: bool) -> Slices:
    """Return what the slices of both sides say together: the median of neighbours' differences."""
    logs = [math.log(b / a) for a, b in zip(first, second, strict=True)]
    return Slices(tuple(first), tuple(second), statistics.median(logs), shared_cpu)
