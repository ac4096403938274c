"""What the pairs of two versions say of each benchmark: slower, faster, the same, cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.stats import versions
from parallel_claims.versus.records import Difference, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_claims.versus.records import Pair


@dataclass(frozen=True)
class Plan:
    """How many pairs are measured of everything, and how many more of the suspects."""

    first: int
    again: int


DEFAULT = Plan(first=12, again=24)


def suspects(pairs: Sequence[Pair], names: Sequence[str], within: float) -> list[str]:
    """Return the benchmarks to be measured again: those of which nothing can be said, in order.

    What is certain stays so: more pairs of others never take a decision back (Holm's thresholds
    and those of Benjamini & Hochberg only grow with what else is decided).

    within: what is still called the same, relatively.
    """
    found = decide(pairs, names, within)
    return [one.name for one in found if one.finding is Finding.CANNOT_TELL]


def decide(pairs: Sequence[Pair], names: Sequence[str], within: float) -> tuple[Difference, ...]:
    """Return what can be said of each benchmark, in the order of ``names``.

    All that was measured of a benchmark decides, whichever the stage.
    """
    again = {name for pair in pairs if pair.stage > 1 for name in (*pair.slices, *pair.lost)}
    samples = {
        name: np.array([pair.slices[name].ratio for pair in pairs if name in pair.slices])
        for name in names
    }
    return tuple(
        replace(one, suspect=one.name in again) for one in judged(samples, within, Finding.SLOWER)
    )


def decide_claims(changes: Iterable[Sequence[float]], within: float) -> tuple[Difference, ...]:
    """Return what can be said of each claim's ratio on the second version beside the first.

    changes: the log of one over the other, a value for each pair that measured all benchmarks of
    the claim, of both stages. *Slower* is a ratio that fell.
    """
    samples = {str(n): np.array(values, dtype=float) for n, values in enumerate(changes)}
    return judged(samples, within, Finding.FASTER)


def judged(
    samples: Mapping[str, stats.Floats], within: float, above: Finding
) -> tuple[Difference, ...]:
    """Return what log ratios say of each name, all together.

    *The same* goes first: a difference that is certain, and certainly within ``within``, is no
    news. above: what a ratio above 1 means.
    """
    below = Finding.FASTER if above is Finding.SLOWER else Finding.SLOWER
    meaning = {1: above, -1: below, 0: Finding.CANNOT_TELL}
    values = list(samples.values())
    same = versions.same(values, math.log1p(within))
    direction = versions.differing(values)
    return tuple(
        Difference(
            name,
            Finding.SAME if same[i] else meaning[int(direction[i])],
            stats.paired(x).exp(),
            len(x),
            tuple(np.exp(x).tolist()),
        )
        for i, (name, x) in enumerate(samples.items())
    )
