"""The reason that goes with a verdict, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims import stats
from parallel_claims.quantities import unit_of_time

if TYPE_CHECKING:
    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.quantity import Estimate
from parallel_claims.judge.outcome import Outcome, compare
from parallel_claims.judge.rules.accounting import PARTS


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


def why_undecided(claim: Claim, found: Estimate, level: float, together: int) -> tuple[str, bool]:
    """Say why nothing is decided and what would: more blocks, or a quieter machine.

    level: that which the claim has to meet among all that are judged ``together``. Returns
    also whether no number of blocks that anybody measures would do.
    """
    bound, judged = claim.rule.bound, found.judged
    fewest = stats.fewest_pairs(2 * level) if judged.paired else stats.fewest_unpaired(level)
    if judged.count < fewest:
        unit = "blocks" if judged.paired else "rounds a side"
        what = "a verdict" if together == 1 else f"a verdict on {together} claims together"
        return f"{judged.count} {unit} cannot support {what}: {fewest} are needed", False
    alone = compare(judged.interval(stats.ALPHA), bound) is not Outcome.UNDECIDED
    crosses = (
        f"decided alone, not yet with {together} claims judged together"
        if alone and together > 1
        else "the interval crosses the bound"
    )
    more = judged.blocks_until(bound, level, MANY_BLOCKS)
    if more is None:
        return f"{crosses}; too near it for more blocks to settle", True
    more = max(more, judged.count + 1)
    if more > FEASIBLE * judged.count:
        return f"{crosses}; settling it takes about {more} blocks, or a quieter machine", False
    return f"{crosses}; about {more} blocks may settle it (--blocks={more})", False


MANY_BLOCKS = 500
"""A number of blocks that nobody measures."""


FEASIBLE = 5
"""Up to this many times the blocks there were, more blocks are the remedy."""


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
