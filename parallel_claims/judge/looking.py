"""The looks of a run: its claims are decided at a few numbers of blocks, and leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from parallel_claims import stats
from parallel_claims.decisions import NOTHING, Advice, Remedy
from parallel_claims.judge.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.quantity import Estimate
    from parallel_claims.judge.rule import Bound
    from parallel_claims.saved.form import Run


class Look(NamedTuple):
    """One look: after so many blocks, at the level that it may spend."""

    blocks: float
    level: float


class Decided(NamedTuple):
    """What became of a claim: its outcome, what it rests on, and the level that it had to meet.

    look: the look at which it was decided, None while it is open. remedy: what would decide it.
    """

    outcome: Outcome
    estimate: Estimate
    level: float
    look: Look | None
    remedy: Advice = NOTHING


FEASIBLE = 5
"""Up to this many times the blocks there were, more blocks are the remedy."""


def looks_of(run: Run) -> list[Look]:
    """Return the looks that were taken at a run; one at all of it where none were planned.

    A file that has the blocks and does not say how they came to their number may have ended at any
    look: one look at the least that a look spends keeps the promise of all.
    """
    stopping = run.suite.stopping if run.suite is not None else None
    if stopping is None and run.in_blocks:
        return [Look(math.inf, stats.ALPHA * min(stats.SHARES))]
    if stopping is None or not stopping.looks:
        return [Look(math.inf, stats.level(stats.ALPHA, adaptive=run.adaptive))]
    planned = len(stopping.planned)
    found = [
        Look(blocks, stats.spent(number, planned)) for number, blocks in enumerate(stopping.looks)
    ]
    return [look for look in found if look.level > 0]


def decide(run: Run, measured: Mapping[str, tuple[Claim, Estimate]]) -> dict[str, Decided]:
    """Decide claims look by look, each on the blocks that there were."""
    looks = looks_of(run)
    asking = Asking(measured, looks)
    questions = stats.decided(len(measured), [look.level for look in looks], asking.evidence)
    asking.keep(questions, looks[-1])
    level = next_level(questions, looks[-1].level)
    return {key: asking.found.get(key) or still_open(*measured[key], level) for key in measured}


class Asking:
    """The evidence on the claims of a run, look by look.

    A look at which a claim has no new data is none for it: its benchmarks had been dropped.
    """

    def __init__(
        self, measured: Mapping[str, tuple[Claim, Estimate]], looks: Sequence[Look]
    ) -> None:
        self.measured = measured
        self.looks = looks
        self.found: dict[str, Decided] = {}
        self.seen: dict[str, int] = {}
        self.asked: dict[str, Estimate] = {}

    def evidence(self, number: int, questions: stats.Looks) -> dict[str, stats.Evidence]:
        """Return the evidence on what is open at a look, given what was decided before."""
        if number:
            self.keep(questions, self.looks[number - 1])
        self.asked.clear()
        for key, (_, whole) in self.measured.items():
            early = whole.first(self.looks[number].blocks)
            known = early.judged.count if early.judged.pairs is not None else 1
            if key not in self.found and known > self.seen.get(key, 0):
                self.seen[key], self.asked[key] = known, early
        return {
            key: early.judged.evidence(self.measured[key][0].rule.bound)
            for key, early in self.asked.items()
        }

    def keep(self, questions: stats.Looks, look: Look) -> None:
        """Keep what was decided at a look, on the blocks that there were."""
        for key, early in self.asked.items():
            if key in questions.failed:
                self.found[key] = Decided(Outcome.FAILS, early, questions.failed[key], look)
            elif key in questions.held:
                self.found[key] = Decided(Outcome.HOLDS, early, questions.held[key], look)


def still_open(claim: Claim, whole: Estimate, level: float) -> Decided:
    """Return what became of a claim that no look decided.

    level: that which it has to meet among all that are judged together.
    """
    remedy = remedy_of(whole, claim.rule.bound, level)
    return Decided(Outcome.UNDECIDED, whole, level, None, remedy)


def remedy_of(found: Estimate, bound: Bound, level: float) -> Advice:
    """Return what would decide a claim that is open: nothing, where that is futile."""
    judged = found.judged
    total = judged.replicates_until(bound, level)
    if total is None:
        return NOTHING
    feasible = judged.count < judged.fewest(level) or total <= FEASIBLE * judged.count
    return Advice(Remedy.MORE if feasible else Remedy.QUIETER, total)


def next_level(questions: stats.Looks, level: float) -> float:
    """Return the level at which one more claim would hold."""
    return level * (len(questions.held) + 1) / max(1, questions.total)
