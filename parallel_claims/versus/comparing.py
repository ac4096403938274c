"""From two versions to what can be said of them: a look, pairs of all, pairs of suspects, verdicts.

What is not shown to be the same in the pairs of everything is measured again in new processes;
all pairs of a benchmark then decide.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_claims.engine.lanes import Lanes, LostError, StoppedError
from parallel_claims.errors import BadInputError, NothingMeasuredError
from parallel_claims.judge.claims import Claim
from parallel_claims.machine import speeds
from parallel_claims.processes import belongings
from parallel_claims.processes.signals import Signals
from parallel_claims.versus import claiming, deciding, first_side, lacking
from parallel_claims.versus.measuring import Clock, Measuring, State
from parallel_claims.versus.pairs import Sides
from parallel_claims.versus.records import (
    Difference,
    Finding,
    Lost,
    Pair,
    RunsOn,
    Version,
    Versus,
)
from parallel_claims.versus.survey import Survey, surveyed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

SCREENING = 2 / 3
"""The share of a budget after which pairs of everything end: suspects need the rest."""

PATIENCE = 300.0
"""Seconds that any answer of a process may take, unless told otherwise."""


@dataclass(frozen=True)
class Wish:
    """What is to be compared, and how.

    arguments: pytest's. within: what is still called the same, relatively. plan: how many pairs.
    budget: seconds for measuring. patience: seconds for any answer of a process.
    claims: whose ratios are compared, beside those of the second version's markers.
    """

    arguments: tuple[str, ...] = ()
    within: float = 0.05
    plan: deciding.Plan = deciding.DEFAULT
    budget: float = math.inf
    patience: float = PATIENCE
    claims: tuple[Claim, ...] = ()


def compare(
    versions: tuple[Version, Version],
    wish: Wish,
    tell: Callable[[State, int], None] = lambda _, __: None,
    say: Callable[[str], None] = lambda _: None,
    signals: Signals | None = None,
) -> Versus:
    """Measure two versions in pairs of fresh processes, and decide.

    tell: is told how far it is, and how many benchmarks are measured again. say: is told a line.
    signals: what may end it; what was measured until then is compared.

    Raises:
        BadInputError: there is nothing to compare; the message says why, and where the log is.
        KeyboardInterrupt: a signal ended it before anything was measured.
    """
    with tempfile.TemporaryDirectory(
        prefix=belongings.temporary_name(), ignore_cleanup_errors=True
    ) as folder:
        lanes = Lanes(Path(folder), wish.patience, signals or Signals())
        try:
            sides = Sides(versions, ["-q", *wish.arguments], lanes)
            say("looking at each benchmark once on both sides")
            survey = surveyed(sides)
            first_side.look(sides, survey)
            found = (survey.known, survey.other_cases, survey.running(RunsOn.FIRST_ONLY))
            if not any(found):
                raise NothingMeasuredError(nothing_in_common(versions, survey))
            return Comparison(versions, wish, sides, survey).run(tell)
        except StoppedError:
            raise KeyboardInterrupt from None
        except LostError as error:
            raise BadInputError(told(error, versions)) from None
        finally:
            lanes.close()


class Comparison:
    """One comparison, from the look at what is there on."""

    def __init__(
        self, versions: tuple[Version, Version], wish: Wish, sides: Sides, survey: Survey
    ) -> None:
        self.versions = versions
        self.wish = wish
        self.survey = survey
        self.sides = sides
        markers = [Claim.of(table) for table in survey.claims]
        there = (*survey.known, *survey.other_cases, *survey.lost)
        self.asked, self.amiss = claiming.asked([*wish.claims, *markers], there)
        self.clock = Clock(wish.budget * SCREENING)
        self.suspects: list[str] = []

    def run(self, tell: Callable[[State, int], None]) -> Versus:
        """Measure, and decide."""
        wish, known = self.wish, self.survey.known
        links = [one.terms.names for one in claiming.comparable(self.asked, self.survey.lost)]
        measuring = Measuring(
            self.sides, self.clock, links, lambda state: tell(state, len(self.suspects))
        )
        pairs = measuring.pairs(1, known, wish.plan.first)
        self.suspects = self.to_confirm(pairs)
        self.clock.budget = wish.budget
        if self.suspects:
            again = {name: known[name] for name in known if name in set(self.suspects)}
            pairs += measuring.pairs(2, again, wish.plan.again)
        pairs.sort(key=lambda pair: pair.number)
        lost = self.lost(pairs)
        limited = "budget" if measuring.short else "pairs"
        claims, amiss = claiming.differences(self.asked, pairs, lost, wish.within)
        return Versus(
            *self.versions,
            differences=(
                *broken(lost),
                *self.decided(pairs, lost, limited),
                *other_cases(self.survey.other_cases),
            ),
            limited=limited,
            pairs=tuple(pairs),
            planned=wish.plan.first,
            seconds=self.clock.elapsed,
            within=wish.within,
            claims=tuple(claims),
            new=reasons(lost, RunsOn.SECOND_ONLY),
            missing=reasons(lost, RunsOn.NOWHERE),
            notes=(*self.notes(measuring, pairs), *self.amiss, *amiss),
        )

    def lost(self, pairs: Sequence[Pair]) -> dict[str, Lost]:
        """Return what does not run on both sides, as the first look and the pairs say."""
        found = {name: deciding.not_running(pairs, name) for name in self.survey.known}
        return self.survey.lost | {name: one for name, one in found.items() if one is not None}

    def decided(
        self, pairs: Sequence[Pair], lost: Collection[str], limited: str
    ) -> list[Difference]:
        """Return what can be said of each benchmark that runs on both sides."""
        names = [name for name in self.survey.known if name not in lost]
        found = deciding.decide(pairs, names, self.wish.within)
        return [
            replace(one, note=self.note(one.name, pairs))
            for one in deciding.advised(found, self.wish.plan.first, limited)
        ]

    def to_confirm(self, pairs: Sequence[Pair]) -> list[str]:
        """Return what is measured again: what is open, and the benchmarks of claims that are."""
        lost, within = self.lost(pairs), self.wish.within
        names = [name for name in self.survey.known if name not in lost]
        found = set(deciding.suspects(pairs, names, within))
        asked = claiming.comparable(self.asked, lost)
        for one, change in zip(asked, claiming.decide(asked, pairs, within), strict=True):
            if change.finding is Finding.CANNOT_TELL:
                found |= set(one.terms.names)
        return sorted(found)

    def note(self, name: str, pairs: Sequence[Pair]) -> str:
        """Return what the reader has to know of a benchmark's pairs."""
        notes = []
        known = self.survey.known[name]
        if not known.one_cpu:
            notes.append("uses more than one CPU, or waits: both sides had all CPUs")
        if known.coarse:
            notes.append(
                f"a round takes {known.round_ * 1e9:.0f} ns, near the clock's resolution, which "
                "hides a part of a difference: time more calls a round (pedantic: iterations=1000)"
            )
        lost = [pair.lost[name] for pair in pairs if name in pair.lost]
        if lost:
            notes.append(f"{len(lost)} pair{'s' * (len(lost) > 1)} lost: {lost[0].why}")
        return "; ".join(notes)

    def notes(self, measuring: Measuring, pairs: Sequence[Pair]) -> list[str]:
        """Return what the reader has to know of the comparison."""
        found = [told(self.survey.silent, self.versions)] if self.survey.silent else []
        if measuring.stopped:
            found.append("stopped before its end: this is what was measured until then")
        elif measuring.short and (first := self.fewest(pairs)) < self.wish.plan.first:
            found.append(
                f"the time was up after {first} of {self.wish.plan.first} pairs: a longer --budget "
                "decides more"
            )
        found += [
            f"{name}: fails beside another pair and passes alone: measured alone ({why})"
            for name, why in measuring.meeting.items()
            if any(name in pair.slices for pair in pairs)
        ]
        if not speeds.usable():
            found.append(
                "this system cannot keep a process on a CPU: both sides ran on any, so the "
                "intervals are wider, often several times"
            )
        return found

    def fewest(self, pairs: Sequence[Pair]) -> int:
        """Return in how many pairs of everything each benchmark was, or was to be."""
        names = [{*pair.slices, *pair.lost} for pair in pairs if pair.stage == 1]
        counts = (sum(name in there for there in names) for name in self.survey.known)
        return min(counts, default=self.wish.plan.first)


def broken(lost: Mapping[str, Lost]) -> list[Difference]:
    """Return what runs on the first side only, as what was found of it."""
    return [
        Difference(name, Finding.BROKEN, None, 0, note=why)
        for name, why in reasons(lost, RunsOn.FIRST_ONLY).items()
    ]


def other_cases(found: Mapping[str, str]) -> list[Difference]:
    """Return what is another case on each side, as what was found of it: it is not compared."""
    return [Difference(name, Finding.CANNOT_TELL, None, 0, note=why) for name, why in found.items()]


def reasons(lost: Mapping[str, Lost], runs: RunsOn) -> dict[str, str]:
    """Return why benchmarks that run just there do not run elsewhere, by name."""
    return {name: one.why for name, one in lost.items() if one.runs is runs}


def told(error: LostError, versions: tuple[Version, Version]) -> str:
    """Return the one line for a side that cannot be measured, and keep what it printed."""
    kept = Path(tempfile.mkdtemp(prefix="parallel-claims-log-")) / "log.txt"
    kept.write_text(error.log, encoding="utf-8")
    hint = lacking.hint(f"{error}\n{error.log}", versions[1])
    return f"{error}{hint} (all that was printed is in {kept})"


def nothing_in_common(versions: tuple[Version, Version], survey: Survey) -> str:
    """Return the one line for sides that have no benchmark in common."""
    first, second = (version.name for version in versions)
    every = [f"{name}: {lost.why}" for name, lost in survey.lost.items()]
    hint = lacking.hint("\n".join(every), versions[1])
    return f"no benchmark runs on both {first} and {second}" + (
        f": {'; '.join(every[:2])}{hint}"
        if every
        else ": does the suite use the benchmark fixture?"
    )
