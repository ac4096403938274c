"""Two versions, many benchmarks: which differ, which are the same, and which to ask again.

A sample is one benchmark's log ratios, one a pair of fresh processes; the pairs are independent
and which side is which is a toss, so that under no difference each sign is a fair coin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.stats.intervals import ALPHA, Floats, Integers
from parallel_claims.stats.looks import symmetric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def two_sided(samples: Sequence[Floats]) -> tuple[Floats, Integers]:
    """Return each sample's exact signed-rank p-value against no difference, and its direction.

    Twice the smaller tail (Wilcoxon, 1945); 1 and 0 where there is no value.
    """
    tails = [symmetric(x) for x in samples]
    above = np.array([one.above for one in tails])
    below = np.array([one.below for one in tails])
    return np.minimum(1.0, 2 * np.minimum(above, below)), np.sign(below - above).astype(np.int64)


def differing(samples: Sequence[Floats], alpha: float = ALPHA) -> Integers:
    """Return 1 for each sample that lies above 0, -1 below, 0 where neither is certain.

    All together: with probability ``alpha`` at most any sample without a difference gets
    anything but 0 (Holm, 1979).
    """
    p, direction = two_sided(samples)
    return np.where(holm(p) <= alpha, direction, 0)


def holm(p: Floats) -> Floats:
    """Return p-values that hold for all questions together (Holm, 1979)."""
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(p) else steps
    return found


def findings(p: Floats, alpha: float) -> NDArray[np.bool_]:
    """Return which may be told, so that a share ``alpha`` of them is expected to be false.

    Benjamini & Hochberg (1995).
    """
    ordered = np.sort(p)
    below = ordered <= alpha * np.arange(1, len(p) + 1) / max(1, len(p))
    last = float(ordered[below][-1]) if below.any() else -1.0
    found: NDArray[np.bool_] = p <= last
    return found


def same(samples: Sequence[Floats], within: float, alpha: float = ALPHA) -> NDArray[np.bool_]:
    """Return which samples lie between ``-within`` and ``within``.

    Two one-sided tests each (Schuirmann, 1987), exact signed ranks. They are asked at half of
    ``alpha``, so that the interval at 1 - ``alpha`` of whatever is the same lies inside.
    """
    p = np.array([max(symmetric(x + within).above, symmetric(x - within).below) for x in samples])
    return findings(p, alpha / 2)


def suspicious(samples: Sequence[Floats], within: float, level: float) -> NDArray[np.bool_]:
    """Return which samples to ask again: a generous test, or a centre beyond half of ``within``."""
    p, _ = two_sided(samples)
    centre = np.array([np.median(x) if len(x) else 0.0 for x in samples])
    found: NDArray[np.bool_] = (p <= level) | (np.abs(centre) > within / 2)
    return found
