"""The looks of a run: its claims are decided at a few numbers of blocks, and leave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from parallel_claims import stats
from parallel_claims.judge.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.quantity import Estimate
    from parallel_claims.saved.form import Run


class Look(NamedTuple):
    """One look: after so many blocks, at the level that it may spend."""

    blocks: float
    level: float


class Decision(NamedTuple):
    """What became of a claim: its outcome, what it rests on, and the level that it had to meet.

    look: the look at which it was decided, None while it is open.
    """

    outcome: Outcome
    estimate: Estimate
    level: float
    look: Look | None


def looks_of(run: Run) -> list[Look]:
    """Return the looks that were taken at a run; one at all of it where none were planned."""
    stopping = run.suite.stopping if run.suite is not None else None
    if stopping is None or not stopping.looks:
        return [Look(math.inf, stats.level(stats.ALPHA, adaptive=run.adaptive))]
    planned = len(stopping.planned)
    found = [
        Look(blocks, stats.spent(number, planned)) for number, blocks in enumerate(stopping.looks)
    ]
    return [look for look in found if look.level > 0]


def decide(run: Run, measured: Mapping[str, tuple[Claim, Estimate]]) -> dict[str, Decision]:
    """Decide claims look by look, each on the blocks that there were.

    A look at which a claim has nothing new is none for it: its benchmarks had left.
    """
    found: dict[str, Decision] = {}
    seen: dict[str, int] = {}
    asked: dict[str, Estimate] = {}
    looks = looks_of(run)

    def keep(questions: stats.Looks, look: Look) -> None:
        for key, early in asked.items():
            if key in questions.failed:
                found[key] = Decision(Outcome.FAILS, early, questions.failed[key], look)
            elif key in questions.held:
                found[key] = Decision(Outcome.HOLDS, early, questions.held[key], look)

    def evidence(number: int, questions: stats.Looks) -> dict[str, stats.Evidence]:
        if number:
            keep(questions, looks[number - 1])
        asked.clear()
        for key, (_, whole) in measured.items():
            early = whole.first(looks[number].blocks)
            known = early.judged.count if early.judged.pairs is not None else 1
            if key not in found and known > seen.get(key, 0):
                seen[key], asked[key] = known, early
        return {
            key: early.judged.evidence(measured[key][0].rule.bound) for key, early in asked.items()
        }

    questions = stats.decided(len(measured), [look.level for look in looks], evidence)
    keep(questions, looks[-1])
    left = next_level(questions, looks[-1].level)
    for key, (_, whole) in measured.items():
        found.setdefault(key, Decision(Outcome.UNDECIDED, whole, left, None))
    return found


def next_level(questions: stats.Looks, level: float) -> float:
    """Return the level at which one more claim would hold."""
    return level * (len(questions.held) + 1) / max(1, questions.total)
