"""What can be said of a claim: an interval against what it allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from parallel_claims import stats
from parallel_claims.decisions import NOTHING, Advice, Remedy

if TYPE_CHECKING:
    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.quantity import Estimate
    from parallel_claims.judge.rule import Bound
    from parallel_claims.saved.form import Run


class Outcome(StrEnum):
    """What can be said of a claim."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"
    NOT_TESTABLE = "not-testable"


@dataclass(frozen=True)
class Verdict:
    """A claim's outcome on one run, with what it rests on.

    left_out: whether the run has none of what the claim looks at, on purpose or because
        it is older than the claim.
    alpha: the level of the intervals that are shown.
    joint_alpha: the level at which the verdict was reached, all claims taken together.
    left_at: the number of blocks after which the claim was decided, where the run went on;
        the estimate is what these blocks show.
    dropped_at: the number of blocks after which it was measured no more, open, where the run
        went on.
    remedy: what would decide it, where it is undecided.
    overhead: what creating workers and sending them work takes of the ideal time.
    """

    claim: Claim
    run: Run
    outcome: Outcome
    reason: str
    estimate: Estimate | None = None
    left_out: bool = False
    alpha: float = stats.ALPHA
    joint_alpha: float = stats.ALPHA
    left_at: int | None = None
    dropped_at: int | None = None
    remedy: Advice = NOTHING
    overhead: float | None = None

    @property
    def futile(self) -> bool:
        """Say whether no number of blocks that anybody measures would decide it."""
        return self.outcome is Outcome.UNDECIDED and self.remedy.kind is Remedy.NONE

    @property
    def unexpected_failure(self) -> bool:
        """Say whether the claim fails and was not declared to."""
        return self.outcome is Outcome.FAILS and self.claim.known_failure is None


def compare(interval: stats.Interval, bound: Bound) -> Outcome:
    """Compare an interval with a bound: inside, outside, or across."""
    if not interval.bounded:
        return Outcome.UNDECIDED
    if bound.low <= interval.low and interval.high <= bound.high:
        return Outcome.HOLDS
    if interval.high < bound.low or interval.low > bound.high:
        return Outcome.FAILS
    return Outcome.UNDECIDED
