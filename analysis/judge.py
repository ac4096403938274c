"""Estimates and claims to verdicts: an interval against what the claim allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from analysis import stats
from analysis.estimate import Estimate, Table, estimate, violated
from analysis.load import Info

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.claims import Bound, Claim
    from analysis.load import Run


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
    """

    claim: Claim
    run: Run
    outcome: Outcome
    reason: str
    estimate: Estimate | None = None
    left_out: bool = False
    alpha: float = stats.ALPHA
    joint_alpha: float = stats.ALPHA

    @property
    def unexpected_failure(self) -> bool:
        """Say whether the claim fails and was not declared to."""
        return self.outcome is Outcome.FAILS and self.claim.known_failure is None


def judge_run(run: Run, claims: Sequence[Claim], *, strict: bool = True) -> list[Verdict]:
    """Judge all claims on one run, together.

    strict: whether a benchmark that a whole run does not have is an error. The claims of
        this suite are tested to name its benchmarks; a run without one is an older run.

    Raises:
        BadInputError: a claim names a benchmark that the whole suite does not have, or
            a number that was not recorded.
    """
    table = Table(run)
    alpha = level(run)
    settled: dict[str, Verdict] = {}
    measured: dict[str, tuple[Claim, Estimate]] = {}
    for claim in claims:
        verdict = without_interval(table, claim, strict=strict)
        if verdict is not None:
            settled[claim.id] = verdict
        else:
            measured[claim.id] = (claim, estimate(table, claim))
    for claim_id, (outcome, joint) in decide_together(measured, alpha).items():
        claim, found = measured[claim_id]
        detail = why_undecided(claim, found, alpha, joint) if outcome is Outcome.UNDECIDED else ""
        if found.parts:
            detail = "; ".join(part for part in (accounted(found, alpha), detail) if part)
        reason = explain(claim, outcome, detail)
        settled[claim_id] = Verdict(
            claim, run, outcome, reason, found, alpha=alpha, joint_alpha=joint
        )
    return [settled[claim.id] for claim in claims]


def level(run: Run) -> float:
    """Return alpha for a run: less where its number of blocks was chosen by the width."""
    adaptive = run.suite is not None and run.suite.stopping.adaptive
    return stats.ALPHA * (stats.STOPPED_SHARE if adaptive else 1.0)


def decide_together(
    measured: Mapping[str, tuple[Claim, Estimate]], alpha: float
) -> dict[str, tuple[Outcome, float]]:
    """Decide several claims so that at most a share ``alpha`` of suites has a false verdict.

    Returns each outcome with the level at which it was reached (Holm's procedure).
    """
    deciders = {
        claim_id: partial(decided_at, claim, found) for claim_id, (claim, found) in measured.items()
    }
    return stats.decided_together(deciders, alpha, Outcome.UNDECIDED)


def decided_at(claim: Claim, found: Estimate, alpha: float) -> Outcome:
    """Decide one claim at a level."""
    return compare(found.judged.interval(alpha), bound_of(claim))


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
    if claim.exact is None:
        return None
    wrong = violated(table, claim)
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS
    return Verdict(claim, table.run, outcome, explain(claim, outcome, "; ".join(wrong)))


def bound_of(claim: Claim) -> Bound:
    """Return the bound of a claim's rule."""
    if claim.accounting is not None:
        return claim.accounting.bound
    bound = claim.speedup or claim.efficiency or claim.recorded or (claim.exact or (None,))[0]
    assert bound is not None
    return bound


def compare(interval: stats.Interval, bound: Bound) -> Outcome:
    """Compare an interval with a bound: inside, outside, or across."""
    if not interval.bounded:
        return Outcome.UNDECIDED
    if bound.low <= interval.low and interval.high <= bound.high:
        return Outcome.HOLDS
    if interval.high < bound.low or interval.low > bound.high:
        return Outcome.FAILS
    return Outcome.UNDECIDED


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
        if suite is not None and name in suite.skipped:
            return Verdict(claim, run, Outcome.NOT_TESTABLE, suite.skipped[name])
        if suite is not None and name in suite.failed:
            first = next(iter(suite.failed[name].values()))
            return Verdict(claim, run, Outcome.UNDECIDED, f"{name} gave no time: {first}")
        if run.complete and (strict or suite is None):
            raise table.absent(claim.id, name)
        reason = f"{name} was not measured in this run"
        return Verdict(claim, run, Outcome.NOT_TESTABLE, reason, left_out=True)
    return None


def unmet_need(table: Table, claim: Claim) -> str | None:
    """Return which need of the claim the run does not meet, None if it meets all."""
    needs = (unmet_cpus, unmet_gil, unmet_start_method, unmet_work)
    return next((reason for need in needs if (reason := need(table, claim))), None)


def unmet_cpus(table: Table, claim: Claim) -> str | None:
    """Return why there are too few CPUs, None if there are enough."""
    needed, machine = claim.needs.cpus, table.run.machine
    cpus = machine.get("usable_cpus") or (machine.get("cpu") or {}).get("count")
    if needed is None or (cpus is not None and cpus >= needed):
        return None
    found = "the file does not say how many there were" if cpus is None else f"{cpus} there"
    return f"needs {needed} usable CPUs; {found}"


def unmet_gil(table: Table, claim: Claim) -> str | None:
    """Return why the GIL is not as needed, None if it is.

    The workers' own word counts; a file that says nothing was written with a GIL
    where its Python has no build without one.
    """
    needed, machine = claim.needs.gil, table.run.machine
    gil = told_by_contender(table, claim).gil
    gil = machine.get("gil") if gil is None else gil
    if gil is None and str(machine.get("python_version", "")).startswith(ALWAYS_GIL):
        gil = True
    if needed is None or gil is needed:
        return None
    wanted = "the GIL" if needed else "a build without the GIL"
    if gil is None:
        return f"needs {wanted}; the file does not say which it was"
    return f"needs {wanted}; this run was {'with' if gil else 'without'} it"


ALWAYS_GIL = tuple(f"3.{minor}." for minor in range(13))


def unmet_start_method(table: Table, claim: Claim) -> str | None:
    """Return why the start method is not as needed, None if it is."""
    needed = claim.needs.start_method
    method = told_by_contender(table, claim).start_method
    if needed is None or method == needed:
        return None
    return f"needs start method {needed}; this run used {method or 'none that it names'}"


def unmet_work(table: Table, claim: Claim) -> str | None:
    """Return why a round is too short for the claim to be about it, None if it is not."""
    needed = claim.needs.seconds
    name = claim.baseline or claim.benchmarks[0]
    if needed is None or (median := table.median_seconds(name)) >= needed:
        return None
    return f"needs rounds of {needed:g} s and more; {name} took {median:.2g} s"


def told_by_contender(table: Table, claim: Claim) -> Info:
    """Return what the file says of the benchmark that a claim is about."""
    benchmark = table.find(claim.contender or claim.benchmarks[0])
    return benchmark.info if benchmark else Info()


def explain(claim: Claim, outcome: Outcome, detail: str) -> str:
    """Return the reason that goes with an outcome."""
    if outcome is Outcome.FAILS and claim.known_failure is not None:
        return claim.known_failure
    why = {Outcome.HOLDS: claim.holds, Outcome.FAILS: claim.fails}.get(outcome, "")
    plain = {
        Outcome.HOLDS: "the whole interval is within what is allowed",
        Outcome.FAILS: "the whole interval is outside what is allowed",
    }.get(outcome, "")
    return "; ".join(part for part in (detail, why) if part) or plain


def why_undecided(claim: Claim, found: Estimate, alpha: float, joint: float) -> str:
    """Say why an interval decides nothing, and what would: more blocks or a quieter machine."""
    bound, count = bound_of(claim), found.judged.count
    interval = found.judged.interval(joint)
    together = round(alpha / joint)
    if not interval.bounded:
        fewest = stats.fewest_pairs(joint) if found.judged.paired else stats.FEWEST_UNPAIRED
        unit = "blocks" if found.judged.paired else "rounds a side"
        what = "an interval" if together == 1 else f"a verdict on {together} claims together"
        return f"{count} {unit} cannot support {what}: {fewest} are needed"
    alone = compare(found.judged.interval(alpha), bound) is not Outcome.UNDECIDED
    crosses = (
        f"decided alone, not yet with {together} claims judged together"
        if alone and together > 1
        else "the interval crosses the bound"
    )
    more = stats.blocks_to_settle(interval, count, bound.low, bound.high)
    if more is None or more > MANY_BLOCKS:
        return f"{crosses}, and the estimate is too near it to be settled by more blocks"
    if more > FEASIBLE * count:
        return f"{crosses}; settling it takes about {more} blocks, or a quieter machine"
    return f"{crosses}; about {more} blocks may settle it (--blocks {more})"


MANY_BLOCKS = 500
"""A number of blocks that nobody measures."""

FEASIBLE = 5
"""Up to this many times the blocks there were, more blocks are the remedy."""


def open_claims(
    run: Run, claims: Sequence[Claim], precision: float, *, strict: bool = True
) -> dict[str, str]:
    """Return the claims whose intervals are not as narrow as wanted, with their width.

    Only the width is looked at, never on which side of a bound the estimate lies. The
    level is that of a run whose blocks are chosen so. Claims without an interval
    (exact, not testable, not measured) are never open.
    """
    table = Table(run)
    alpha = stats.ALPHA * stats.STOPPED_SHARE
    found = {}
    for claim in claims:
        if without_interval(table, claim, strict=strict) is not None:
            continue
        found_ = estimate(table, claim)
        judged = found_.judged
        raw = judged.raw(alpha)
        scale = None if judged.ratio else largest(raw.centre, bound_of(claim), found_.scale)
        width = stats.narrowness(raw, scale)
        target = claim.precision or precision
        if width > target:
            found[claim.id] = f"±{width:.1%} (target {target:.1%})"
    return found


def largest(centre: float, bound: Bound, scale: float | None) -> float:
    """Return what the width of a number is seen against: its scale, itself, or its bounds."""
    if scale is not None:
        return scale
    return max(abs(value) for value in (centre, bound.low, bound.high) if math.isfinite(value))


PART_WORDS = {
    "excess": "above the ideal",
    "start_up": "starting workers",
    "dispatch": "sending work",
    "capacity": "capacity that k workers do not have",
    "rest": "unexplained",
}


def accounted(found: Estimate, alpha: float) -> str:
    """Say where the excess went: each part with its interval, the largest named as the cause.

    The unexplained rest is what the other centres leave, so that they add up.
    """
    intervals = {name: part.interval(alpha) for name, part in found.parts.items()}
    centres = {name: interval.centre for name, interval in intervals.items()}
    centres["rest"] = centres["excess"] - sum(
        centre for name, centre in centres.items() if name not in {"excess", "rest"}
    )

    def share(name: str) -> str:
        known = name != "excess" and centres["excess"] > 0
        return f" ({centres[name] / centres['excess']:.0%})" if known else ""

    told = [
        f"{PART_WORDS[name]} {centres[name]:+.3f} s{share(name)}"
        + (f" [{i.low:+.3f}, {i.high:+.3f}]" if i.bounded else "")
        for name, i in intervals.items()
    ]
    cause = max(list(centres)[1:], key=lambda name: centres[name])
    return f"{told[0]} = {', '.join(told[1:])}; the largest part: {PART_WORDS[cause]}"
