"""``recorded``: a number that was recorded beside the time of one benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from parallel_claims.judge.quantity import Estimate
from parallel_claims.judge.rule import Bound, Form, Rule
from parallel_claims.judge.table import lost_blocks, recorded

if TYPE_CHECKING:
    from parallel_claims.judge.table import Table


class Number(Bound, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on a number recorded in every round of one benchmark.

    unit: how the number is called where it is shown, its name unless given.
    """

    benchmark: str
    name: str
    unit: str = ""


class Recorded(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on the typical value of a recorded number."""

    recorded: Number
    key: ClassVar[str] = "recorded"
    form: ClassVar[Form] = Form.NUMBER

    @property
    def bound(self) -> Bound:
        """Return the allowed range of the number."""
        return self.recorded

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the benchmark that records it."""
        return (self.recorded.benchmark,)

    @property
    def unit(self) -> str:
        """Return what the number is in."""
        return self.recorded.unit or self.recorded.name

    def estimate(self, table: Table, claim_id: str) -> Estimate:
        """Return the number, block by block.

        Raises:
            BadInputError: it was not recorded.
        """
        name = self.recorded.benchmark
        found = recorded(table, claim_id, name, self.recorded.name)
        return Estimate(found, dropped=lost_blocks(table, [name]))


RULE = Recorded
