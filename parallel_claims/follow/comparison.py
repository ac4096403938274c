"""What stands between comparing sides and telling what was found: sides, rows and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from parallel_claims.follow.coverage import Presence

if TYPE_CHECKING:
    from parallel_claims import stats
    from parallel_claims.decisions import Basis
    from parallel_claims.follow.coverage import Absence
    from parallel_claims.follow.sides import Side
    from parallel_claims.judge.claims import Claim


class Change(StrEnum):
    """What can be said of a side against the first."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"
    BROKEN = "broken"
    NEW = "new"


@dataclass(frozen=True)
class Shift:
    """A side against the first: the ratio of their ratios, and what can be said of it.

    ratio: with its 95 % interval, infinite where too few runs were measured; None where one
        of them has not measured it, or where both measured other work under one name.
    note: why there is none. count: how many pairs, or runs a side, it rests on.
    """

    change: Change
    ratio: stats.Interval | None
    note: str = ""
    count: int = 0


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
    """Sides, what differs between them, and a row a claim or benchmark.

    differing, bases: a side each but the first. absences: what one side measured and another did
    not.
    """

    sides: tuple[Side, ...]
    differing: tuple[tuple[str, ...], ...]
    claims: tuple[Row, ...]
    seconds: tuple[Row, ...]
    within: float
    bases: tuple[Basis, ...]
    absences: tuple[Absence, ...] = ()

    @property
    def broken(self) -> list[Absence]:
        """Return what ran on the first side, and does not run on another."""
        return [one for one in self.absences if one.presence is Presence.BROKEN]

    @property
    def undecided(self) -> bool:
        """Say whether of anything nothing can be said."""
        untried = any(one.presence is Presence.UNTRIED for one in self.absences)
        return untried or Change.CANNOT_TELL in self.changes

    @property
    def changes(self) -> set[Change]:
        """Return all that was found of anything."""
        rows = (*self.claims, *self.seconds)
        return {shift.change for row in rows for shift in row.shifts}
