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

from analysis import stats
from analysis.environment import differences
from analysis.errors import BadInputError
from analysis.estimate import Terms, efficiency_of, speedup_of
from analysis.ratios import Rounds, environment, terms_of
from analysis.runs import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from analysis.claims import Claim
    from analysis.runs import Runs

WITHIN = 0.05
"""Differences smaller than this, relatively, do not matter, unless the user says otherwise."""


class Change(StrEnum):
    """What can be said of a side against the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Side:
    """Runs of one machine, build and scale; several are replicates of each other.

    name: what the user called it. runs: all that was read. facts: the rows that are used.
    """

    name: str
    runs: Runs
    facts: pd.DataFrame

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its newest run."""
        return dict(environment(self.facts.iloc[-1]))

    @property
    def mixed(self) -> list[str]:
        """Return what its runs do not have in common."""
        first = environment(self.facts.iloc[0])
        rest = (environment(row) for _, row in self.facts.iloc[1:].iterrows())
        return sorted({text for other in rest for text in differences(first, other)})

    @property
    def machine(self) -> str:
        """Return the name of its machine."""
        return str(self.facts["machine"].iloc[0])


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


def sides(paths: Sequence[tuple[str, Path]], scale: str | None, *, across: bool) -> list[Side]:
    """Read the sides, each of one machine, build and scale.

    scale: use only runs of this scale. across: allow sides of different scales.

    Raises:
        BadInputError: a path cannot be read, a side mixes what cannot be combined, or the
            scales differ.
    """
    found = []
    for name, path in paths:
        runs = read([path])
        facts = runs.facts if scale is None else runs.facts[runs.facts["scale"] == scale]
        if facts.empty:
            there = ", ".join(sorted(set(runs.facts["scale"])))
            message = f"{name}: no run of scale {scale!r} (there are: {there})"
            raise BadInputError(message)
        found.append(Side(name, runs, facts))
    if not across:
        found = in_common(found, "scale", "--scale", must=True)
    else:
        found = [one_value(side, "scale", "--scale") for side in found]
    found = in_common(found, "build", "machine/build", must=False)
    return [one_value(side, "machine", "machine/build") for side in found]


def in_common(found: Sequence[Side], what: str, remedy: str, *, must: bool) -> list[Side]:
    """Keep the runs of each side that have in common with all others what several of it have.

    must: whether the sides have to agree.

    Raises:
        BadInputError: they do not agree, or on more than one.
    """
    values = [set(side.facts[what]) for side in found]
    common = set.intersection(*values)
    if len(common) == 1 and (must or max(map(len, values)) > 1):
        return [kept(side, what, next(iter(common))) for side in found]
    if must:
        told = "; ".join(
            f"{side.name}: {', '.join(map(quoted, sorted(v)))}"
            for side, v in zip(found, values, strict=True)
        )
        choice = "choose one with --scale" if common else "--across-scales compares them"
        message = f"the sides differ in {what}, or have several ({told}): {choice}"
        raise BadInputError(message)
    return [one_value(side, what, remedy) for side in found]


def quoted(value: str) -> str:
    """Return a scale as it is told."""
    return value or "none"


def kept(side: Side, what: str, value: str) -> Side:
    """Keep the runs of a side that have a value."""
    return Side(side.name, side.runs, side.facts[side.facts[what] == value])


def one_value(side: Side, what: str, remedy: str) -> Side:
    """Return the side if its runs agree.

    Raises:
        BadInputError: they do not.
    """
    values = sorted(set(side.facts[what]))
    if len(values) > 1:
        message = f"{side.name}: has several of {what} ({', '.join(values)}): name one ({remedy})"
        raise BadInputError(message)
    return side


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
            for name, full in rounds[0].names.items()
            if len(full) == 1 and name != full[0]
        }
        timed = [
            Question(short.get(name, name), "seconds", Terms(((1, name),)), up=False)
            for name in names
        ]
    if not asked and not timed:
        why = "" if one_machine else " (seconds are compared only within one machine)"
        message = f"{', '.join(s.name for s in sides_)}: nothing measured in common{why}: --claims"
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
