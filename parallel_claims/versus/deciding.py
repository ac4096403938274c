"""What the pairs of two versions say of each benchmark: slower, faster, the same, cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.decisions import Advice, Remedy
from parallel_claims.stats import versions
from parallel_claims.versus.records import Difference, Finding, Lost

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


def not_running(pairs: Sequence[Pair], name: str) -> Lost | None:
    """Return where and why a benchmark did not run in most of its pairs; None where it did.

    Pairs whose process had ended at another benchmark say nothing of it.
    """
    there = [pair for pair in pairs if name in pair.slices]
    lost = [one for pair in pairs if (one := pair.lost.get(name)) is not None and one.sides]
    most = (len(there) + len(lost)) / 2
    sides = frozenset(side for side in (0, 1) if sum(side in one.sides for one in lost) > most)
    if not sides:
        return None
    last = next(one for one in reversed(lost) if sides & one.sides)
    counted = f" (in {len(lost)} of {len(lost) + len(there)} pairs)" if there else ""
    return Lost(last.why + counted, sides, last.ended)


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


def advised(found: Iterable[Difference], planned: int, limited: str) -> list[Difference]:
    """Return differences with what would decide those of which nothing can be said.

    planned: pairs of everything. limited: what ended measuring, ``pairs`` or ``budget``. More
    pairs give nothing of a benchmark that none of them measured.
    """

    def remedy(one: Difference) -> Advice:
        if one.finding is not Finding.CANNOT_TELL:
            return Advice()
        if limited == "budget":
            return Advice(Remedy.TIME)
        return Advice(Remedy.MORE, 2 * max(planned, 1)) if one.pairs else Advice()

    return [replace(one, remedy=remedy(one)) for one in found]


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
            stats.paired(x).exp() if len(x) else None,
            len(x),
            tuple(np.exp(x).tolist()),
        )
        for i, (name, x) in enumerate(samples.items())
    )
