"""What every kind of rule has: a bound, and what it bounds. The kinds are in ``rules``."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container

    from parallel_claims.judge.quantity import Estimate
    from parallel_claims.judge.ratio import Terms
    from parallel_claims.judge.table import Table


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The allowed range: ``at_least``, ``at_most``, or ``between = [low, high]``."""

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


class Form(Enum):
    """How the number that a rule bounds is written, and drawn.

    TIMES: a ratio of times, ``1.9×``. SHARE: a share of the measured capacity, ``97 %``.
    NUMBER: a recorded number in its own unit. SECONDS: seconds that are made up of parts.
    CHECKS: conditions that are kept or not, without an interval.
    """

    TIMES = "times"
    SHARE = "share"
    NUMBER = "number"
    SECONDS = "seconds"
    CHECKS = "checks"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a claim bounds. Its fields are the keys that it has in a claim's table.

    key: the field by which a claim's table names this kind.
    """

    key: ClassVar[str]
    form: ClassVar[Form]

    @property
    def bound(self) -> Bound:
        """Return the allowed range."""
        raise NotImplementedError

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that it looks at."""
        raise NotImplementedError

    @property
    def deciding(self) -> tuple[str, ...]:
        """Return the benchmarks that decide it: others are only shown beside the verdict."""
        return self.benchmarks

    @property
    def subject(self) -> str:
        """Return the benchmark that it is about."""
        return self.benchmarks[0]

    @property
    def work(self) -> str:
        """Return the benchmark whose seconds say how much work it is about."""
        return self.benchmarks[0]

    @property
    def unit(self) -> str:
        """Return what the bounded number is called after it."""
        raise NotImplementedError

    @property
    def terms(self) -> Terms | None:
        """Return the ratio of times that it bounds, None where it bounds anything else."""
        return None

    def published(self, baseline: float, contender: float) -> float | None:  # noqa: ARG002
        """Return published seconds as the number that is bounded, None where they are not it."""
        return None

    def measured_by(self, names: Container[str]) -> Rule:  # noqa: ARG002  most need no choice
        """Return the rule as a run which has these benchmarks can be judged by it."""
        return self

    def estimate(self, table: Table, claim_id: str) -> Estimate | None:  # noqa: ARG002
        """Return what a run that has all the benchmarks says, None where nothing is estimated.

        Raises:
            BadInputError: a number that it looks at was not recorded.
        """
        return None

    def violations(self, table: Table, claim_id: str) -> list[str]:  # noqa: ARG002
        """Return the conditions that a run does not keep, in words.

        Raises:
            BadInputError: a number that it looks at was not recorded.
        """
        return []
