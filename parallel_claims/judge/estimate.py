"""Runs and claims to estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_claims.judge.claims import Claim
from parallel_claims.judge.accounting import account
from parallel_claims.judge.quantity import Estimate, numbers
from parallel_claims.judge.ratio import efficiency_of, speedup_of
from parallel_claims.judge.table import Table, log_ratio, lost_blocks, recorded


def estimate(table: Table, claim: Claim) -> Estimate:
    """Estimate what a claim bounds, from a run that has all its benchmarks.

    Raises:
        BadInputError: a number that the claim looks at was not recorded.
    """
    if claim.recorded is not None:
        name = claim.recorded.benchmark
        values = recorded(table, claim.id, name, claim.recorded.name)
        return Estimate(numbers(values), dropped=lost_blocks(table, [name]))
    assert claim.baseline is not None
    assert claim.contender is not None
    speedup, efficiency = log_ratio(table, speedup_of(claim)), None
    if claim.capacity is not None:
        efficiency = log_ratio(table, efficiency_of(claim))
    if claim.accounting is not None:
        return account(table, claim, speedup, efficiency)
    judged = speedup if claim.efficiency is None or efficiency is None else efficiency
    return Estimate(judged, speedup, efficiency, lost_blocks(table, claim.benchmarks))


def violated(table: Table, claim: Claim) -> list[str]:
    """Return the conditions of an ``exact`` claim that the rounds do not meet."""
    found = []
    for condition in claim.exact or ():
        values = recorded(table, claim.id, condition.benchmark, condition.name)
        wrong = [v for v in values if not condition.low <= v <= condition.high]
        if condition.rounds == "some" and len(wrong) < len(values):
            continue
        if wrong:
            found.append(
                f"{condition.name} of {condition.benchmark} is {wrong[0]:.3g} in {len(wrong)} of "
                f"{len(values)} rounds (allowed: {condition}, in {condition.rounds} round)"
            )
    return found
