"""Which benchmarks a run goes on with: those that something open needs, as time allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_claims.engine.questions import Question


def needed(
    questions: Sequence[Question], costs: Mapping[str, float], seconds: float
) -> tuple[set[str], list[Question]]:
    """Return the benchmarks to go on with, and the questions that are given up for time.

    What comes first is always gone on with; of the others, in the order of what they cost
    beside what is measured anyway, those that still fit.

    costs: seconds of one round of each benchmark, with all around it.
    seconds: what a block may take so that the next look is reached.
    """
    names = {name for question in questions if question.first for name in question.benchmarks}
    left = [question for question in questions if not question.first]
    while left:
        cheapest = min(left, key=lambda question: cost(set(question.benchmarks) - names, costs))
        more = names | set(cheapest.benchmarks)
        if cost(more, costs) > seconds and cost(more, costs) > cost(names, costs):
            break
        names = more
        left.remove(cheapest)
    return names, left


def cost(names: Iterable[str], costs: Mapping[str, float]) -> float:
    """Return what one round of each benchmark takes, in seconds."""
    return sum(costs.get(name, 0.0) for name in names)
