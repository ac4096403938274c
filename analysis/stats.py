"""Pure numerics: centres and intervals. No files, no frames; arrays in, floats out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

T = TypeVar("T")

ALPHA = 0.05
"""How often an interval may miss the truth, and a suite may hold a false verdict."""

STOPPED_SHARE = 0.8
"""What is left of alpha when the number of blocks was chosen by looking at the width.

Stopping as soon as an interval is narrow prefers the blocks in which it happens to be
too narrow. Calibrated on recorded and simulated noise: with four fifths of alpha,
coverage at the stop is 94 to 97 % (CONTRIBUTING has the table).
"""


@dataclass(frozen=True)
class Interval:
    """A centre and its confidence interval, ``low <= centre <= high``.

    ``low`` and ``high`` are infinite where the data cannot support the confidence.
    """

    centre: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Say whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def shifted(self, by: float) -> Interval:
        """Return the interval with ``by`` added to its centre and both ends."""
        return Interval(self.centre + by, self.low + by, self.high + by)

    def exp(self) -> Interval:
        """Return the interval of the ratio whose logarithm this one is of."""
        return Interval(*map(safe_exp, (self.centre, self.low, self.high)))


def narrowness(interval: Interval, scale: float | None = None) -> float:
    """Return the relative half-width: of a ratio, or of a number against ``scale``.

    The half-width of a log ratio h is ``exp(h) - 1``, so 0.05 means within 5 %.
    """
    half = (interval.high - interval.low) / 2
    if scale is not None:
        return half / scale if scale else math.inf
    return math.expm1(half) if half < math.inf else math.inf


def safe_exp(value: float) -> float:
    """Return ``exp(value)``, infinity where it is too large."""
    return math.inf if value > LARGEST_LOG else math.exp(value)


LARGEST_LOG = 709.0
"""Above this the exponential is no float."""


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


@dataclass(frozen=True)
class Median:
    """The median of ``count`` independent values, with its standard error."""

    centre: float
    error: float
    count: int

    def __neg__(self) -> Median:
        """Return the median of the negated values."""
        return Median(-self.centre, self.error, self.count)


def median(x: Floats) -> Median:
    """Return the median of ``x``, in order of time, and its standard error.

    The error comes from two order statistics, so no shape is assumed of the sample (Price &
    Bonett, 2001), or from the scatter of the medians of consecutive batches where that is
    larger: neighbours resemble each other, and count for less than as many independent
    values (method of batch means: Law & Carson, 1979).
    """
    n = len(x)
    if n == 1:
        return Median(float(x[0]), math.inf, n)
    below = max(1, round((n + 1) / 2 - math.sqrt(n)))
    ordered = np.sort(x)
    error = float(ordered[n - below] - ordered[below - 1]) / (2 * normal_quantile(below, n))
    if n >= BATCHES * 2:
        medians = [float(np.median(batch)) for batch in np.array_split(x, BATCHES)]
        error = max(error, float(np.std(medians, ddof=1)) / math.sqrt(BATCHES))
    return Median(float(np.median(x)), error, n)


BATCHES = 10
"""Batches that consecutive rounds are put into."""


@cache
def normal_quantile(below: int, n: int) -> float:
    """Return the normal quantile that goes with ``below`` order statistics outside a median."""
    return -NormalDist().inv_cdf(binomial_tail(below - 1, n))


def log_median_of_summary(middle: float, iqr: float, count: int) -> Median:
    """Return the median of log values of which only a summary is left.

    The standard error of a median is 1.25 IQR / (1.35 sqrt(n)) where the middle half is
    that of a normal distribution (McGill, Tukey & Larsen, 1978); that of its logarithm is
    the same over the median.
    """
    error = 1.25 * iqr / (1.35 * math.sqrt(count))
    return Median(math.log(middle), error / middle, count)


def unpaired(medians: Sequence[Median], alpha: float = ALPHA) -> Interval:
    """Return the sum of the medians of independent samples, with its interval.

    A difference is the sum with one of them negated; the errors add in quadrature
    (Price & Bonett, 2002).
    """
    centre = sum(m.centre for m in medians)
    if min(m.count for m in medians) < FEWEST_UNPAIRED:
        return Interval(centre, -math.inf, math.inf)
    error = math.hypot(*(m.error for m in medians))
    half = NormalDist().inv_cdf(1 - alpha / 2) * error
    return Interval(centre, centre - half, centre + half)


FEWEST_UNPAIRED = 5
"""Rounds a side under which an unpaired interval is not given."""


def replicated(centres: Floats, alpha: float = ALPHA) -> Interval:
    """Return the mean of what several runs found, with an interval that their scatter gives.

    Runs are the replicates, so what varies between them is in it: Student's t on the runs'
    centres (Kalibera & Jones, 2013). Of two runs t says next to nothing, and of one nothing:
    the interval is infinite.
    """
    from scipy.special import stdtrit

    n = len(centres)
    centre = float(np.mean(centres))
    if n < FEWEST_RUNS:
        return Interval(centre, -math.inf, math.inf)
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * float(np.std(centres, ddof=1)) / math.sqrt(n)
    return Interval(centre, centre - half, centre + half)


FEWEST_RUNS = 3
"""Runs under which their scatter says nothing."""

FEWEST_IN_SERIES = 6
"""Runs in a series under which no change is looked for."""


def hull(intervals: Sequence[Interval]) -> Interval:
    """Return the interval around all of several, and the mean of their centres."""
    centre = sum(i.centre for i in intervals) / len(intervals)
    return Interval(centre, min(i.low for i in intervals), max(i.high for i in intervals))


def combined(intervals: Sequence[Interval], alpha: float = ALPHA) -> Interval:
    """Return what several runs found of one quantity together.

    One run: its own interval, which knows nothing of what varies between runs. Two: the
    hull of both. More: what the scatter of their centres says, at level ``alpha``.
    """
    if len(intervals) < FEWEST_RUNS:
        return hull(intervals)
    return replicated(np.array([i.centre for i in intervals]), alpha)


def difference(a: Interval, b: Interval) -> Interval:
    """Return ``a - b`` of independent estimates with any, also lopsided, intervals.

    The distances to the ends add in quadrature (method of variance estimates recovery:
    Zou & Donner, 2008).
    """
    centre = a.centre - b.centre
    below = math.hypot(a.centre - a.low, b.high - b.centre)
    above = math.hypot(a.high - a.centre, b.centre - b.low)
    return Interval(centre, centre - below, centre + above)


def decided_together(
    deciders: Mapping[str, Callable[[float], T]], alpha: float, undecided: T
) -> dict[str, tuple[T, float]]:
    """Decide several questions so that with probability ``alpha`` at most one is decided wrongly.

    Each decider gives its outcome at a level. Holm (1979): each is asked at ``alpha`` over
    the number that are still undecided, until no more can be decided. Returns each outcome
    with its level.
    """
    decided: dict[str, tuple[T, float]] = {}
    while len(decided) < len(deciders):
        level = alpha / (len(deciders) - len(decided))
        found = {
            key: (decide(level), level) for key, decide in deciders.items() if key not in decided
        }
        new = {key: value for key, value in found.items() if value[0] != undecided}
        if not new:
            return decided | found
        decided |= new
    return decided


def binomial_tail(k: int, n: int) -> float:
    """Return P(B <= k) for B of n fair coins."""
    log_half = n * math.log(0.5)
    return math.fsum(
        math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + log_half)
        for i in range(k + 1)
    )


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
