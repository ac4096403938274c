"""Sides by side: the same claims on other machines, Pythons or commits.

What is compared is a ratio of ratios: the speedup (or efficiency) of one side over that
of the first. Seconds are compared only within one machine. What varies between runs (memory
layout, hash seed, neighbours, the day) is in no single run: several runs a side decide, or
two files whose blocks were measured in pairs; one run a side decides nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.decisions import Basis
from parallel_claims.errors import BadInputError
from parallel_claims.follow import coverage
from parallel_claims.follow.comparison import Change, Comparison, Row, Shift
from parallel_claims.follow.coverage import Presence
from parallel_claims.follow.ratios import Rounds, terms_of
from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.ratio import Terms
from parallel_claims.saved.environment import differences
from parallel_claims.saved.names import Names, own_name
from parallel_claims.stats import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_claims.follow.coverage import Absence, Coverage
    from parallel_claims.follow.sides import Side
    from parallel_claims.judge.claims import Claim

WITHIN = 0.05
"""Differences smaller than this, relatively, do not matter, unless the user says otherwise."""


@dataclass(frozen=True)
class Question:
    """A ratio that is compared; ``up`` says whether more of it is better."""

    name: str
    quantity: str
    terms: Terms
    claim: Claim | None = None
    up: bool = True


def compare(
    sides_: Sequence[Side], claims: Sequence[Claim], within: float, *, seconds: bool
) -> Comparison:
    """Compare all sides with the first.

    within: relative differences up to this are "same".
    seconds: also compare seconds, where all sides are of one machine.

    Raises:
        BadInputError: the sides have no claim and no benchmark in common.
    """
    rounds = [Rounds(side.runs, side.facts.index.to_numpy(np.int64)) for side in sides_]
    covered = [coverage.of(side.runs, side.facts) for side in sides_]
    asked = [
        Question(claim.id, *terms, claim)
        for claim in claims
        if (terms := terms_of(claim)) is not None
        and any(len(r.ratios(terms[1]).runs) for r in rounds)
    ]
    one_machine = len({side.machine for side in sides_}) == 1
    timed = in_seconds(covered) if one_machine and (seconds or not asked) else []
    if not asked and not timed:
        why = "" if one_machine else " (seconds are compared only within one machine)"
        told = ", ".join(side.name for side in sides_)
        message = f"{told}: nothing measured in common{why}: name your claims with --claims FILE"
        raise BadInputError(message)
    base = sides_[0].environment
    return Comparison(
        tuple(sides_),
        tuple(tuple(differences(base, side.environment)) for side in sides_[1:]),
        tuple(rows(asked, rounds, covered, within)),
        tuple(rows(timed, rounds, covered, within)),
        within,
        tuple(basis(rounds[0], other) for other in rounds[1:]),
        tuple(coverage.absences(covered)),
    )


def in_seconds(covered: Sequence[Coverage]) -> list[Question]:
    """Return the seconds of what all sides have, by its short name where it is one of a kind."""
    found, first = [], covered[0]
    known = Names(first.names)
    for name in first.names:
        twins = [one.twin(name, first) for one in covered]
        if None not in twins:
            same_file = len(set(twins)) == 1
            terms = Terms(((1, name if same_file else own_name(name)),))
            found.append(Question(known.short(name), "seconds", terms, up=False))
    return found


def rows(
    asked: Sequence[Question],
    rounds: Sequence[Rounds],
    covered: Sequence[Coverage],
    within: float,
) -> list[Row]:
    """Return a row a question; all that can be compared are decided together."""
    first, *others = rounds
    absences = coverage.absences(covered)
    known = {
        (side, number): found
        for side in range(len(others))
        for number, question in enumerate(asked)
        if (found := incomparable(question, covered, side + 1, absences)) is not None
    }
    known |= by_runs(asked, first, others, within, known)
    for side, other in enumerate(others):
        if first.paired_with(other):
            known |= in_pairs(asked, first, side, other, within, known)
    return [
        Row(
            question.name,
            question.quantity,
            tuple(speedup(question, r) for r in rounds),
            tuple(efficiency(question, r) for r in rounds),
            tuple(known[side, number] for side in range(len(others))),
            question.claim,
        )
        for number, question in enumerate(asked)
    ]


def incomparable(
    question: Question, covered: Sequence[Coverage], side: int, absences: Sequence[Absence]
) -> Shift | None:
    """Return why a side cannot be compared with the first, None where it can."""
    names, first, other = question.terms.names, covered[0], covered[side]
    absent = coverage.of_a_claim(names, side, absences) if question.claim is not None else None
    if absent is not None:
        told = f"{own_name(absent.name)}: {absent.why or 'only there'}"
        return Shift(OF_ABSENT[absent.presence], None, told)
    cases = {name: coverage.other_case(name, first, other) for name in names}
    told = "; ".join(
        f"{own_name(name)} is another case: {why}" for name, why in cases.items() if why
    )
    return Shift(Change.CANNOT_TELL, None, told) if told else None


OF_ABSENT = {
    Presence.BROKEN: Change.BROKEN,
    Presence.NEW: Change.NEW,
    Presence.UNTRIED: Change.CANNOT_TELL,
}
"""What a claim comes to on a side that lacks, or has beside the first, one of its benchmarks."""

Known = dict[tuple[int, int], Shift]
"""What is found on each side but the first, numbered from 0 on, of each question."""


def by_runs(
    asked: Sequence[Question], first: Rounds, others: Sequence[Rounds], within: float, known: Known
) -> Known:
    """Decide by the scatter of several runs; all sides together (Holm), less what is known."""
    at = {
        (side, number): partial(change, asked[number], first, other, within)
        for side, other in enumerate(others)
        if not first.paired_with(other)
        for number in range(len(asked))
        if (side, number) not in known
    }
    sure = stats.holm({key: partial(is_decided, one) for key, one in at.items()}, stats.ALPHA)
    return {
        (side, number): Shift(
            one(sure[side, number]) if (side, number) in sure else Change.CANNOT_TELL,
            shift(asked[number], first, others[side], stats.ALPHA),
            count=count(asked[number], first, others[side]),
        )
        for (side, number), one in at.items()
    }


def is_decided(at: Callable[[float], Change], level: float) -> bool:
    """Say whether a change is decided at a level."""
    return at(level) is not Change.CANNOT_TELL


def in_pairs(
    asked: Sequence[Question], first: Rounds, side: int, other: Rounds, within: float, known: Known
) -> Known:
    """Decide by pairs of processes, as where they are measured: *the same* goes first."""
    wanted = [number for number in range(len(asked)) if (side, number) not in known]
    samples = [first.differences(other, asked[number].terms) for number in wanted]
    same = versions.same(samples, math.log1p(within))
    direction = versions.differing(samples)
    return {
        (side, number): Shift(
            Change.SAME if same[i] else meaning(direction[i], up=asked[number].up),
            shift(asked[number], first, other, stats.ALPHA),
            count=count(asked[number], first, other),
        )
        for i, number in enumerate(wanted)
    }


def meaning(direction: int, *, up: bool) -> Change:
    """Say what a ratio above 1 (a direction of 1), or below it, means."""
    if direction == 0:
        return Change.CANNOT_TELL
    return Change.BETTER if (direction > 0) == up else Change.WORSE


def basis(first: Rounds, other: Rounds) -> Basis:
    """Say what a comparison of two sides rests on."""
    if first.paired_with(other):
        return Basis.PAIRS
    return Basis.RUNS if min(first.count, other.count) >= stats.FEWEST_RUNS else Basis.NOTHING


def speedup(question: Question, rounds: Rounds) -> stats.Interval | None:
    """Return the speedup of a claim on one side, or the seconds of a benchmark."""
    rule = question.claim.rule if question.claim is not None else None
    if isinstance(rule, Contrast):
        return value(rule.speedup_terms, rounds)
    ratios = rounds.ratios(question.terms)
    return stats.replicated(ratios.centres).exp() if len(ratios.runs) else None


def efficiency(question: Question, rounds: Rounds) -> stats.Interval | None:
    """Return the efficiency of a claim on one side, where it has a capacity."""
    rule = question.claim.rule if question.claim is not None else None
    terms = rule.efficiency_terms if isinstance(rule, Contrast) else None
    return value(terms, rounds) if terms is not None else None


def value(terms: Terms, rounds: Rounds) -> stats.Interval | None:
    """Return what the runs of a side found of a ratio together, None if nothing."""
    intervals = rounds.ratios(terms).intervals
    return stats.combined(intervals).exp() if intervals else None


def shift(question: Question, first: Rounds, other: Rounds, alpha: float) -> stats.Interval | None:
    """Return the ratio of a side over the first one's, None where one has not measured it.

    Pair by pair where the blocks of both are pairs, else by the scatter of the runs.
    """
    if first.paired_with(other):
        differences_ = first.differences(other, question.terms)
        return stats.paired(differences_, alpha).exp() if len(differences_) else None
    a, b = (rounds.ratios(question.terms).centres for rounds in (first, other))
    if not len(a) or not len(b):
        return None
    return stats.difference(stats.replicated(b, alpha), stats.replicated(a, alpha)).exp()


def count(question: Question, first: Rounds, other: Rounds) -> int:
    """Return how many pairs, or runs a side, the comparison with the first side rests on."""
    if first.paired_with(other):
        return len(first.differences(other, question.terms))
    return min(len(rounds.ratios(question.terms).runs) for rounds in (first, other))


def change(question: Question, first: Rounds, other: Rounds, within: float, alpha: float) -> Change:
    """Say what the ratio comes to at a level: an interval against the band around 1."""
    ratio = shift(question, first, other, alpha)
    if ratio is None or not ratio.bounded:
        return Change.CANNOT_TELL
    if 1 / (1 + within) <= ratio.low and ratio.high <= 1 + within:
        return Change.SAME
    return meaning(int(ratio.low > 1 + within) - int(ratio.high < 1 / (1 + within)), up=question.up)
