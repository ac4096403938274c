"""What rules that compare a baseline with a contender have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

import msgspec

from parallel_claims.judge.quantity import Estimate, Quantity
from parallel_claims.judge.ratio import Terms
from parallel_claims.judge.rule import Bound, Rule
from parallel_claims.judge.table import Table, log_ratio, lost_blocks

if TYPE_CHECKING:
    from collections.abc import Container


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

    def measured_by(self, names: Container[str]) -> Capacity:
        """Return the way that a run which has these benchmarks can be judged by."""
        if self.ready is None or self.one is None or self.together is None:
            return self
        if self.ready not in names and self.one in names and self.together in names:
            return Capacity(self.workers, one=self.one, together=self.together)
        return Capacity(self.workers, ready=self.ready, serial=self.serial)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the benchmarks that it looks at, where it is measured in one way."""
        return tuple(filter(None, (self.ready, self.serial, self.one, self.together)))


class Contrast(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule on a baseline and a contender, and on the capacity that there was, where it is given.

    ``speedup = baseline seconds / contender seconds``: above 1 the contender is faster.
    ``efficiency = speedup / capacity``.
    """

    baseline: str = ""
    contender: str = ""
    capacity: Capacity | None = None

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing."""
        if not (self.baseline and self.contender):
            message = f"{self.key} compares two benchmarks: name baseline and contender"
            raise ValueError(message)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return baseline, contender, and what measures the capacity."""
        more = self.capacity.benchmarks if self.capacity else ()
        return tuple(dict.fromkeys((self.baseline, self.contender, *more)))

    @property
    def subject(self) -> str:
        """Return the contender."""
        return self.contender

    @property
    def speedup_terms(self) -> Terms:
        """Return baseline seconds / contender seconds."""
        return Terms(((1, self.baseline), (-1, self.contender)))

    @property
    def efficiency_terms(self) -> Terms | None:
        """Return the speedup over the capacity of as many workers that were already started.

        ``capacity = serial / ready``: where the ready workers do the baseline's own work that is
        ``ready / contender``, two benchmarks instead of four, and half the noise. None without a
        capacity.
        """
        capacity, older = self.capacity, None
        if capacity is None:
            return None
        if capacity.one is not None and capacity.together is not None:
            signs = (*self.speedup_terms.signs, (-1, capacity.one), (1, capacity.together))
            older = Terms(signs, -math.log(capacity.workers))
        if capacity.ready is None:
            return older
        direct = ((1, capacity.ready), (-1, self.contender))
        if capacity.serial in {None, self.baseline}:
            return Terms(direct, older=older)
        assert capacity.serial is not None
        signs = (*self.speedup_terms.signs, (-1, capacity.serial), (1, capacity.ready))
        return Terms(signs, older=older)

    def measured_by(self, names: Container[str]) -> Self:
        """Return the rule with the way to measure capacity that a run can be judged by."""
        if self.capacity is None:
            return self
        return msgspec.structs.replace(self, capacity=self.capacity.measured_by(names))

    def speedup_of(self, table: Table) -> Quantity:
        """Return the speedup that a run found."""
        return log_ratio(table, self.speedup_terms)

    def efficiency_of(self, table: Table) -> Quantity | None:
        """Return the efficiency that a run found, None without a capacity."""
        terms = self.efficiency_terms
        return log_ratio(table, terms) if terms is not None else None

    def estimate(self, table: Table, claim_id: str) -> Estimate:  # noqa: ARG002  no message
        """Return both ratios, and the one that is bounded."""
        speedup, efficiency = self.speedup_of(table), self.efficiency_of(table)
        bounded = efficiency if self.terms == self.efficiency_terms else speedup
        lost = lost_blocks(table, self.benchmarks)
        return Estimate(bounded or speedup, speedup, efficiency, lost)


def check_ratio(key: str, bound: Bound) -> None:
    """Refuse a bound that no ratio can meet.

    Raises:
        ValueError: it is not above 0.
    """
    if bound.high <= 0 or (bound.low < 0 and bound.low != -math.inf):
        message = f"{key} is a ratio: its bound must be above 0 (here: {bound})"
        raise ValueError(message)


def check_capacity(rule: Contrast) -> None:
    """Refuse a rule on capacity that does not name it.

    Raises:
        ValueError: it does not.
    """
    if rule.capacity is None:
        message = f"{rule.key} is measured against capacity: give capacity as well"
        raise ValueError(message)
