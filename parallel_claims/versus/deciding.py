"""What the pairs of two versions say of each benchmark: slower, faster, the same, cannot tell.

A few pairs of everything pick the suspects; these are measured again in new processes, and only
those pairs decide whether they differ: whoever was picked because it looked slow has to look
slow once more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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
    """How many pairs are measured of everything, and how many again of the suspects."""

    first: int
    again: int


DEFAULT = Plan(first=14, again=16)

LEVEL = 0.1
"""The level at which a benchmark is suspected."""


def suspects(pairs: Sequence[Pair], names: Sequence[str], within: float) -> list[str]:
    """Return the benchmarks that are to be measured again, in the order of ``names``.

    within: what is still called the same, relatively.
    """
    found = versions.suspicious(samples(pairs, names, 1), math.log1p(within), LEVEL)
    return [name for name, suspected in zip(names, found, strict=True) if suspected]


def decide(pairs: Sequence[Pair], names: Sequence[str], within: float) -> tuple[Difference, ...]:
    """Return what can be said of each benchmark, in the order of ``names``.

    *Slower* and *faster* by Holm (1979): of the suspects on the new pairs alone; of all on all
    pairs where nothing was measured again. What is shown to lie within ``within`` of the
    first version is *the same*, even where a small difference is certain.
    """
    again = asked_again(pairs)
    everything = samples(pairs, names)
    fresh = [
        new if name in again else all_
        for name, new, all_ in zip(names, samples(pairs, names, 2), everything, strict=True)
    ]
    family = [i for i, name in enumerate(names) if name in again or not again]
    direction = np.zeros(len(names), dtype=np.int64)
    direction[family] = versions.differing([fresh[i] for i in family])
    same = versions.same(everything, math.log1p(within))
    return tuple(
        Difference(
            name,
            finding(int(direction[i]), same=bool(same[i])),
            stats.paired(everything[i] if same[i] else fresh[i]).exp(),
            len(everything[i]),
            tuple(np.exp(everything[i]).tolist()),
            suspect=name in again,
        )
        for i, name in enumerate(names)
    )


def decide_claims(changes: Mapping[str, Sequence[float]], within: float) -> dict[str, Difference]:
    """Return what can be said of each claim's ratio on the second version beside the first.

    changes: the log of one over the other, pair by pair of those that measured everything: a
    pair that measured suspects only was picked. *Slower* is a ratio that fell.
    """
    taken = [np.array(values, dtype=float) for values in changes.values()]
    direction = versions.differing(taken)
    same = versions.same(taken, math.log1p(within))
    return {
        name: Difference(
            name,
            finding(-int(direction[i]), same=bool(same[i])),
            stats.paired(taken[i]).exp(),
            len(taken[i]),
            tuple(np.exp(taken[i]).tolist()),
        )
        for i, name in enumerate(changes)
    }


def finding(direction: int, *, same: bool) -> Finding:
    """Return the finding: 1 is slower, -1 faster."""
    if same:
        return Finding.SAME
    return {1: Finding.SLOWER, -1: Finding.FASTER}.get(direction, Finding.CANNOT_TELL)


def samples(
    pairs: Iterable[Pair], names: Sequence[str], stage: int | None = None
) -> list[stats.Floats]:
    """Return each benchmark's log ratios, a value for each pair that has it (of one stage)."""
    chosen = [pair for pair in pairs if stage in {None, pair.stage}]
    return [
        np.array([pair.slices[name].ratio for pair in chosen if name in pair.slices])
        for name in names
    ]


def asked_again(pairs: Iterable[Pair]) -> set[str]:
    """Return the benchmarks that were to be measured again, whether they could be or not."""
    later = [pair for pair in pairs if pair.stage > 1]
    return {name for pair in later for name in (*pair.slices, *pair.lost)}
