"""Estimates and claims to verdicts, all claims of a run together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from parallel_claims import stats
from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.rule import Form
from parallel_claims.judge.table import Table
from parallel_claims.saved.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.quantity import Estimate
    from parallel_claims.saved.form import Run
from parallel_claims.judge.looking import Decided, decide, looks_of
from parallel_claims.judge.needs import unmet_need
from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.judge.reasons import accounted, explain, remedy, why_decided, why_undecided


def judge_run(run: Run, claims: Sequence[Claim], *, strict: bool = True) -> list[Verdict]:
    """Judge all claims on one run, together.

    strict: whether a benchmark that a whole run does not have is an error. The claims of
        this suite are tested to name its benchmarks; a run without one is an older run.

    Raises:
        BadInputError: a claim names a benchmark that the whole suite does not have, or
            a number that was not recorded.
    """
    table = Table(run)
    names = table.names
    settled: dict[str, Verdict] = {}
    measured: dict[str, tuple[Claim, Estimate]] = {}
    for given in claims:
        claim = given.measured_by(names)
        verdict = without_interval(table, claim, strict=strict)
        if verdict is not None:
            settled[claim.id] = verdict
        else:
            found = claim.rule.estimate(table, claim.id)
            assert found is not None
            measured[claim.id] = (claim, found)
    for claim_id, decision in decide(run, measured).items():
        settled[claim_id] = told(table, measured[claim_id][0], decision, len(measured))
    return [settled[claim.id] for claim in claims]


def told(table: Table, claim: Claim, decision: Decided, together: int) -> Verdict:
    """Return what was decided of a claim as a verdict, with the reason."""
    run, alpha = table.run, stats.level(stats.ALPHA, adaptive=table.run.adaptive)
    look = decision.look
    left = look is not None and look.blocks < looks_of(run)[-1].blocks
    undecided = decision.outcome is Outcome.UNDECIDED
    verdict = Verdict(
        claim,
        run,
        decision.outcome,
        "",
        decision.estimate,
        alpha=alpha,
        joint_alpha=decision.level,
        left_at=int(look.blocks) if look is not None and left else None,
        dropped_at=gone_after(table, claim) if undecided else None,
        remedy=decision.remedy,
        overhead=overhead_share(table, claim),
    )
    return replace(verdict, reason=reason_of(verdict, decision, together))


def reason_of(verdict: Verdict, decision: Decided, together: int) -> str:
    """Return the reason of a verdict that rests on an interval."""
    claim, plain = verdict.claim, ""
    if verdict.outcome is Outcome.UNDECIDED:
        why = f"{why_undecided(claim, decision, together)}; {remedy(verdict)}"
    else:
        why, plain = why_decided(claim, decision, verdict.alpha)
    parts = accounted(decision.estimate, verdict.alpha) if decision.estimate.parts else ""
    return explain(claim, verdict.outcome, "; ".join(filter(None, (parts, why))), plain)


def gone_after(table: Table, claim: Claim) -> int | None:
    """Return after how many blocks the run let go of what a claim rests on; None if it did not."""
    found = [table.find(name) for name in claim.rule.deciding]
    return min((b.info.left for b in found if b and b.info.left is not None), default=None)


def overhead_share(table: Table, claim: Claim) -> float | None:
    """Return what creating workers and sending them work takes of the ideal time."""
    rule = claim.rule
    capacity = rule.capacity if isinstance(rule, Contrast) else None
    ready = capacity.ready if capacity is not None else None
    if claim.overhead is None or ready is None or table.find(claim.overhead) is None:
        return None
    return table.median_seconds(claim.overhead) / table.median_seconds(ready)


def without_interval(table: Table, claim: Claim, *, strict: bool = True) -> Verdict | None:
    """Return the verdict on a claim that needs no interval: without data, unmet, or exact.

    Raises:
        BadInputError: the claim names a benchmark, or a recorded number, that is not there.
    """
    verdict = without_data(table, claim, strict=strict)
    if verdict is not None:
        return verdict
    if reason := unmet_need(table, claim):
        return Verdict(claim, table.run, Outcome.NOT_TESTABLE, reason)
    if claim.rule.form is not Form.CHECKS:
        return None
    wrong = claim.rule.violations(table, claim.id)
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS
    return Verdict(claim, table.run, outcome, explain(claim, outcome, "; ".join(wrong)))


def without_data(table: Table, claim: Claim, *, strict: bool) -> Verdict | None:
    """Return the verdict on a claim of which a benchmark gave no times.

    Raises:
        BadInputError: the benchmark is not known at all.
    """
    run = table.run
    suite = run.suite
    for name in claim.benchmarks:
        if table.find(name) is not None:
            continue
        if suite is not None and (skipped := Names(suite.skipped).find(name)):
            return Verdict(claim, run, Outcome.NOT_TESTABLE, suite.skipped[skipped[0]])
        if suite is not None and (failed := Names(suite.failed).find(name)):
            first = next(iter(suite.failed[failed[0]].values()))
            return Verdict(claim, run, Outcome.UNDECIDED, f"{name} gave no time: {first}")
        if run.complete and (strict or suite is None) and not claim.optional:
            raise table.absent(claim.id, name)
        reason = f"{name} was not measured in this run"
        return Verdict(claim, run, Outcome.NOT_TESTABLE, reason, left_out=True)
    return None
