"""Paired differences: the Hodges-Lehmann centre and its exact signed-rank interval."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from parallel_claims.stats.intervals import ALPHA, Floats, Interval


@cache
def signed_rank_tail(n: int) -> Floats:
    """Return P(W <= w) for w = 0 … n(n+1)/2 of the signed-rank statistic under symmetry.

    W is the sum of the ranks that carry a plus sign, each with probability 1/2
    (Wilcoxon, 1945): the distribution is built rank by rank.
    """
    p = np.zeros(n * (n + 1) // 2 + 1)
    p[0] = 1.0
    for rank in range(1, n + 1):
        p[rank:] = (p[rank:] + p[: len(p) - rank]) / 2
        p[:rank] /= 2
    return np.cumsum(p)


def fewest_pairs(alpha: float = ALPHA) -> int:
    """Return how many pairs a signed-rank interval at level ``alpha`` needs at least."""
    return math.ceil(1 - math.log2(alpha) - 1e-12)


def paired(x: Floats, alpha: float = ALPHA) -> Interval:
    """Return the Hodges-Lehmann centre of paired differences and its exact interval.

    ``x`` has one value a block (a log ratio, say). The centre is the median of the
    Walsh averages (Hodges & Lehmann, 1963), the interval runs between two of them,
    chosen by the exact signed-rank distribution (Tukey's confidence interval), so it
    misses at most a share ``alpha`` where the differences are symmetric. The random
    order within blocks makes them so: it tosses a fair coin for each sign.
    """
    if not len(x):
        return Interval(0.0, -math.inf, math.inf)
    centre, low, high = paired_rows(x, alpha)
    return Interval(float(centre), float(low), float(high))


def paired_rows(x: Floats, alpha: float = ALPHA) -> tuple[Floats, Floats, Floats]:
    """Return ``paired`` over the last axis of ``x``: centres, lower and upper ends."""
    n = x.shape[-1]
    i, j = np.triu_indices(n)
    walsh = np.sort((x[..., i] + x[..., j]) / 2, axis=-1)
    centre = np.median(walsh, axis=-1)
    if n < fewest_pairs(alpha):
        return centre, np.full(x.shape[:-1], -np.inf), np.full(x.shape[:-1], np.inf)
    # the largest k with 2 P(W <= k - 1) <= alpha; the k-th average from each end
    k = int(np.searchsorted(signed_rank_tail(n), alpha / 2 * (1 + 1e-12), side="right"))
    return centre, walsh[..., k - 1], walsh[..., -k]


def blocks_to_settle(interval: Interval, blocks: int, low: float, high: float) -> int | None:
    """Return how many blocks in all may settle an undecided claim, None if none would.

    The half-width shrinks as one over the root of the number of blocks; it has to
    fit between the centre and the nearest bound of ``[low, high]``.
    """
    gap = min(abs(interval.centre - bound) for bound in (low, high) if math.isfinite(bound))
    if not interval.bounded or gap == 0:
        return None
    half = (interval.high - interval.low) / 2
    return max(blocks + 1, math.ceil(blocks * (half / gap) ** 2))
