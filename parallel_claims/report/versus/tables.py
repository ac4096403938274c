"""What ``versus`` says: a row a benchmark, under its verdict, and a row a claim."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.quantities import time
from parallel_claims.report import data
from parallel_claims.report.tables import (
    Column,
    Document,
    Group,
    Listing,
    Place,
    Table,
    Tone,
    row,
)
from parallel_claims.report.versus import words
from parallel_claims.versus.records import Finding

if TYPE_CHECKING:
    from parallel_claims.versus.records import ClaimDifference, Difference, Version, Versus

LOOKS = {
    Finding.BROKEN: ("✗", Tone.BAD),
    Finding.SLOWER: ("✗", Tone.BAD),
    Finding.FASTER: ("✓", Tone.GOOD),
    Finding.SAME: ("=", Tone.SAME),
    Finding.CANNOT_TELL: ("?", Tone.OPEN),
}
"""The sign and the look of each verdict; in the order in which they are told."""

MOST = {Finding.BROKEN: 5, Finding.SLOWER: 5, Finding.SAME: 0}
"""Benchmarks of a verdict that a short form shows; of any other ``FEW``."""

FEW = 2
"""Claims, and lines of what was not compared, that a short form shows."""


def document(versus: Versus, *, everything: bool = False) -> Document:
    """Return a comparison of two versions.

    everything: show all there is, not only what fits on a screen.
    """
    most = None if everything else FEW
    missing = f"{len(versus.missing) + len(versus.new)} not compared"
    return Document(
        "versus",
        words.answer(versus),
        (benchmarks(versus, everything=everything), claims(versus, most)),
        [words.sides(versus), words.effort(versus)],
        notes=versus.notes,
        lists=(Listing(missing, tuple(words.reasons(versus)), most),),
        level=words.LEVEL,
        data=facts(versus),
    )


def facts(versus: Versus) -> dict[str, Any]:
    """Return what only programs get of a comparison."""
    return {
        "sides": [side(version) for version in (versus.first, versus.second)],
        "pairs": max((one.pairs for one in versus.differences), default=0),
        "seconds": round(versus.seconds, 3),
        "within": versus.within,
        "new": dict(versus.new),
        "missing": dict(versus.missing),
    }


def side(version: Version) -> dict[str, Any]:
    """Return a side as data."""
    return {"name": version.name, "text": version.text, **version.facts}


class Compared(NamedTuple):
    """A benchmark on both versions; ``name``: as short as it can be told from the others."""

    versus: Versus
    name: str
    one: Difference

    @property
    def seconds(self) -> float | None:
        """Return what a call takes on the first side; None where no pair has it."""
        pairs = (pair.slices.get(self.one.name) for pair in self.versus.pairs)
        there = [statistics.median(slices.first) for slices in pairs if slices]
        return statistics.median(there) if there else None

    @property
    def takes(self) -> str:
        """Write what a call takes on the first side."""
        return "" if self.seconds is None else time(self.seconds)


COLUMNS: tuple[Column[Compared], ...] = (
    Column("Verdict", lambda c: words.WORDS[c.one.finding], place=Place.VERDICT,
           value=lambda c: c.one.decision.as_data()),
    Column("Benchmark", lambda c: c.name, key="name", value=lambda c: c.one.name,
           place=Place.HEAD, code=True),
    Column("B / A", lambda c: words.ratio(c.one), place=Place.SIDE),
    Column("A takes", lambda c: c.takes, key="first_seconds", value=lambda c: c.seconds,
           place=Place.SIDE),
    Column("Pairs", lambda c: str(c.one.pairs), place=Place.SIDE),
    Column("Note", lambda c: c.one.note, place=Place.NOTE),
)  # fmt: skip


def benchmarks(versus: Versus, *, everything: bool = False) -> Table:
    """Return the benchmarks by verdict, the largest change first."""
    names = words.short(versus)
    groups = tuple(
        Group(
            tuple(
                row(COLUMNS, Compared(versus, names[one.name], one), *look)
                for one in words.largest(versus, finding)
            ),
            words.WORDS[finding],
            look[1],
            None if everything else MOST.get(finding, FEW),
            folded=finding is Finding.CANNOT_TELL,
        )
        for finding, look in LOOKS.items()
    )
    after = words.why_open(versus)
    return Table("benchmarks", COLUMNS, groups, words.place(versus), by_verdict=True, after=after)


class ComparedClaim(NamedTuple):
    """A claim on both versions; ``within``: what is still called the same."""

    one: ClaimDifference
    within: float


def verdict(found: ComparedClaim) -> dict[str, Any]:
    """Return what can be said of a claim as data: its ratio gets better or worse, not faster."""
    decision = found.one.change.decision
    return replace(decision, verdict=words.of_claim(found.one.change.finding)).as_data()


def values(found: ComparedClaim) -> dict[str, Any]:
    """Return a claim's ratio on both versions as data."""
    one = found.one
    return {
        "quantity": one.quantity,
        "first": data.interval(one.first),
        "second": data.interval(one.second),
    }


def became(found: ComparedClaim) -> str:
    """Say what became of a claim's ratio."""
    return words.became(*found)


CLAIM_COLUMNS: tuple[Column[ComparedClaim], ...] = (
    Column("Verdict", lambda f: words.of_claim(f.one.change.finding).replace("-", " "),
           value=verdict, place=Place.VERDICT),
    Column("Statement", lambda f: f.one.statement, key="statement", place=Place.HEAD),
    Column("Claim", lambda f: f.one.change.name, key="name", value=lambda f: f.one.change.name,
           place=Place.NAME, code=True),
    Column("Change", became, became, value=values),
)  # fmt: skip


def claims(versus: Versus, most: int | None = None) -> Table:
    """Return the claims, in the order of what a reader has to know first."""
    rows = tuple(
        row(CLAIM_COLUMNS, ComparedClaim(one, versus.within), *LOOKS[one.change.finding])
        for one in words.ordered(versus.claims)
    )
    return Table("claims", CLAIM_COLUMNS, (Group(rows, most=most),))
