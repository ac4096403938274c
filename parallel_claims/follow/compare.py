"""Sides by side: the same claims on other machines, Pythons or commits.

What is compared is a ratio of ratios: the speedup (or efficiency) of one side over that
of the first. Seconds are compared only within one machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.follow.ratios import Rounds, terms_of
from parallel_claims.judge.ratio import Terms, efficiency_of, speedup_of
from parallel_claims.saved.environment import differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.sides import Side
    from parallel_claims.judge.claims import Claim

WITHIN = 0.05
"""Differences smaller than this, relatively, do not matter, unless the user says otherwise."""


class Change(StrEnum):
    """What can be said of a side against the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Shift:
    """A side against the first: the ratio of their ratios, and what can be said of it.

    ratio: with its 95 % interval; None where one of them has not measured it.
    """

    change: Change
    ratio: stats.Interval | None


@dataclass(frozen=True)
class Row:
    """One claim, or one benchmark, on all sides.

    quantity: what is compared: ``speedup``, ``efficiency`` or ``seconds``.
    speedups, efficiencies: a side each, with 95 % intervals; None where not measured.
    shifts: a side each but the first.
    """

    name: str
    quantity: str
    speedups: tuple[stats.Interval | None, ...]
    efficiencies: tuple[stats.Interval | None, ...]
    shifts: tuple[Shift, ...]
    claim: Claim | None = None


@dataclass(frozen=True)
class Comparison:
    """Sides, what differs between them, and a row a claim or benchmark."""

    sides: tuple[Side, ...]
    differing: tuple[tuple[str, ...], ...]
    claims: tuple[Row, ...]
    seconds: tuple[Row, ...]
    within: float


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
    asked = [
        Question(claim.id, *terms, claim)
        for claim in claims
        if (terms := terms_of(claim)) is not None
        and any(len(r.ratios(terms[1]).runs) for r in rounds)
    ]
    one_machine = len({side.machine for side in sides_}) == 1
    timed = []
    if one_machine and (seconds or not asked):
        names = [name for name in rounds[0].fullnames if all(name in r.fullnames for r in rounds)]
        short = {
            full[0]: name
            for name, full in (rounds[0].names | rounds[0].median_names).items()
            if len(full) == 1 and name != full[0]
        }
        timed = [
            Question(short.get(name, name), "seconds", Terms(((1, name),)), up=False)
            for name in names
        ]
    if not asked and not timed:
        why = "" if one_machine else " (seconds are compared only within one machine)"
        told = ", ".join(side.name for side in sides_)
        message = f"{told}: nothing measured in common{why}: name your claims with --claims FILE"
        raise BadInputError(message)
    base = sides_[0].environment
    return Comparison(
        tuple(sides_),
        tuple(tuple(differences(base, side.environment)) for side in sides_[1:]),
        tuple(rows(asked, rounds, within)),
        tuple(rows(timed, rounds, within)),
        within,
    )


def rows(asked: Sequence[Question], rounds: Sequence[Rounds], within: float) -> list[Row]:
    """Return a row a question; all are decided together (Holm)."""
    deciders = {
        f"{number} {other}": partial(change, question, rounds[0], rounds[other], within)
        for number, question in enumerate(asked)
        for other in range(1, len(rounds))
    }
    decided = stats.decided_together(deciders, stats.ALPHA, Change.CANNOT_TELL)
    return [
        Row(
            question.name,
            question.quantity,
            tuple(speedup(question, r) for r in rounds),
            tuple(efficiency(question, r) for r in rounds),
            tuple(
                Shift(
                    decided[f"{number} {other}"][0],
                    shift(question, rounds[0], rounds[other], stats.ALPHA),
                )
                for other in range(1, len(rounds))
            ),
            question.claim,
        )
        for number, question in enumerate(asked)
    ]


def speedup(question: Question, rounds: Rounds) -> stats.Interval | None:
    """Return the speedup of a claim on one side, or the seconds of a benchmark."""
    claim = question.claim
    terms = question.terms if claim is None else speedup_of(claim)
    found = value(terms, rounds, stats.ALPHA, seconds=claim is None)
    return found.exp() if found else None


def efficiency(question: Question, rounds: Rounds) -> stats.Interval | None:
    """Return the efficiency of a claim on one side, where it has a capacity."""
    if question.claim is None or question.claim.capacity is None:
        return None
    found = value(efficiency_of(question.claim), rounds, stats.ALPHA)
    return found.exp() if found else None


def value(
    terms: Terms, rounds: Rounds, alpha: float, *, seconds: bool = False
) -> stats.Interval | None:
    """Return what the runs of a side found of a log ratio together, None if nothing.

    Of ``seconds`` only the scatter of several runs says anything: machines drift between
    runs, which no single run shows.
    """
    ratios = rounds.ratios(terms, alpha)
    if not len(ratios.runs):
        return None
    if seconds:
        return stats.replicated(ratios.centres, alpha)
    return stats.combined(ratios.intervals, alpha)


def shift(question: Question, first: Rounds, other: Rounds, alpha: float) -> stats.Interval | None:
    """Return the ratio of a side over the first one's, None where one has not measured it."""
    seconds = question.claim is None
    a = value(question.terms, first, alpha, seconds=seconds)
    b = value(question.terms, other, alpha, seconds=seconds)
    return stats.difference(b, a).exp() if a and b else None


def change(question: Question, first: Rounds, other: Rounds, within: float, alpha: float) -> Change:
    """Say what the ratio comes to at a level: an interval against the band around 1."""
    ratio = shift(question, first, other, alpha)
    if ratio is None or not ratio.bounded:
        return Change.CANNOT_TELL
    if 1 / (1 + within) <= ratio.low and ratio.high <= 1 + within:
        return Change.SAME
    if ratio.low > 1 + within:
        return Change.BETTER if question.up else Change.WORSE
    if ratio.high < 1 / (1 + within):
        return Change.WORSE if question.up else Change.BETTER
    return Change.CANNOT_TELL
