"""The reason that goes with a verdict, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from parallel_claims import stats
from parallel_claims.decisions import Remedy
from parallel_claims.quantities import number, unit_of_time

if TYPE_CHECKING:
    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.looking import Decided
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.judge.quantity import Estimate
from parallel_claims.judge.outcome import Outcome, compare
from parallel_claims.judge.rules.accounting import PARTS


def explain(claim: Claim, outcome: Outcome, detail: str, plain: str = "") -> str:
    """Return the reason that goes with an outcome.

    plain: what is said where there is nothing more to say.
    """
    if outcome is Outcome.FAILS and claim.known_failure is not None:
        return claim.known_failure
    why = {Outcome.HOLDS: claim.holds, Outcome.FAILS: claim.fails}.get(outcome, "")
    return "; ".join(part for part in (detail, why) if part) or plain


def why_decided(claim: Claim, decision: Decided, alpha: float) -> tuple[str, str]:
    """Say how the interval lies to the allowed range: what must be said, and what is plain.

    A verdict is one-sided: at its level the bound may be outside of the interval that decides and
    inside the two-sided one that is shown. Then the one that decides is told, too.
    """
    bound, judged, outcome = claim.rule.bound, decision.estimate.judged, decision.outcome
    where = "within" if outcome is Outcome.HOLDS else "outside"
    if compare(judged.interval(alpha), bound) is outcome:
        return "", f"the whole interval is {where} the allowed range"
    sides = sum(map(math.isfinite, (bound.low, bound.high))) if outcome is Outcome.FAILS else 1
    level = 2 * decision.level / sides
    found = judged.interval(level)
    ends = f"[{number(found.low)}, {number(found.high)}]"
    return (
        f"decided one-sided: the {1 - level:.0%} interval {ends} is {where} the allowed range",
        "",
    )


def why_undecided(claim: Claim, decision: Decided, together: int) -> str:
    """Say why nothing is decided.

    together: how many claims are judged together.
    """
    judged = decision.estimate.judged
    if judged.count < judged.fewest(decision.level):
        unit = "blocks" if judged.paired else "rounds a side"
        what = "a verdict" if together == 1 else f"a verdict on {together} claims together"
        return f"{judged.count} {unit} cannot support {what}"
    alone = compare(judged.interval(stats.ALPHA), claim.rule.bound) is not Outcome.UNDECIDED
    if alone and together > 1:
        return f"decided alone, not yet with {together} claims judged together"
    return "the interval crosses the bound"


def remedy(verdict: Verdict) -> str:
    """Say what would decide an undecided claim."""
    advice, found = verdict.remedy, verdict.estimate
    if found is None:
        return ""
    if verdict.dropped_at is not None and advice.kind is not Remedy.NONE:
        return (
            f"dropped after {verdict.dropped_at} blocks, the time went to others (--blocks-budget)"
        )
    count = advice.count
    return {
        Remedy.NONE: "too near it for more blocks to settle",
        Remedy.QUIETER: f"settling it takes about {count} blocks, or a quieter machine",
        Remedy.MORE: f"{count} are needed"
        if found.judged.count < found.judged.fewest(verdict.joint_alpha)
        else f"about {count} blocks may settle it (--blocks={count})",
    }[advice.kind]


def accounted(found: Estimate, alpha: float) -> str:
    """Say where the excess went: each part with its interval, the largest named as the cause.

    The unexplained rest is what the other centres leave, so that they add up.
    """
    intervals = {name: part.interval(alpha) for name, part in found.parts.items()}
    centres = {name: interval.centre for name, interval in intervals.items()}
    centres["rest"] = centres["excess"] - sum(
        centre for name, centre in centres.items() if name not in {"excess", "rest"}
    )
    step, unit = unit_of_time(max(map(abs, centres.values())))

    def share(name: str) -> str:
        known = name != "excess" and centres["excess"] > 0
        return f" ({centres[name] / centres['excess']:.0%})" if known else ""

    told = [
        f"{PARTS[name]} {centres[name] / step:+.3f} {unit}{share(name)}"
        + (f" [{i.low / step:+.3f}, {i.high / step:+.3f}]" if i.bounded else "")
        for name, i in intervals.items()
    ]
    cause = max(list(centres)[1:], key=lambda name: centres[name])
    return f"{told[0]} = {', '.join(told[1:])}; the largest part: {PARTS[cause]}"
