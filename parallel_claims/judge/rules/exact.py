"""``exact``: conditions on recorded numbers, which are kept or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from parallel_claims.judge.rule import Bound, Form, Rule
from parallel_claims.judge.rules.recorded import Number
from parallel_claims.judge.table import recorded

if TYPE_CHECKING:
    from parallel_claims.judge.table import Table


class Condition(Number, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound that a recorded number must keep.

    rounds: in ``every`` round, or in ``some``: what can happen need not happen each time.
    """

    rounds: Literal["every", "some"] = "every"


class Exact(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Conditions that must all be kept; one counter-example is enough."""

    exact: tuple[Condition, ...]
    key: ClassVar[str] = "exact"
    form: ClassVar[Form] = Form.CHECKS

    def __post_init__(self) -> None:
        """Refuse a rule without a condition: it would hold of anything."""
        if not self.exact:
            message = "exact = [] asks for nothing: give a condition"
            raise ValueError(message)

    @property
    def bound(self) -> Bound:
        """Return the first condition's bound."""
        return self.exact[0]

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the benchmarks that record the numbers."""
        return tuple(dict.fromkeys(condition.benchmark for condition in self.exact))

    @property
    def unit(self) -> str:
        """Return how many conditions there are."""
        return f"{len(self.exact)} checks"

    def violations(self, table: Table, claim_id: str) -> list[str]:
        """Return the conditions that the rounds do not keep.

        Raises:
            BadInputError: a number was not recorded.
        """
        found = []
        for condition in self.exact:
            values = recorded(table, claim_id, condition.benchmark, condition.name).pairs
            assert values is not None
            wrong = [v for v in values if not condition.low <= v <= condition.high]
            if condition.rounds == "some" and len(wrong) < len(values):
                continue
            if wrong:
                found.append(
                    f"{condition.name} of {condition.benchmark} is {wrong[0]:.3g} in {len(wrong)} "
                    f"of {len(values)} rounds (allowed: {condition}, in {condition.rounds} round)"
                )
        return found


RULE = Exact
