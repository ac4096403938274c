"""Unpaired samples: medians, their standard errors, and intervals of their sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from parallel_claims.stats.intervals import ALPHA, Floats, Interval


@dataclass(frozen=True)
class Median:
    """The median of ``count`` independent values, with its standard error."""

    centre: float
    error: float
    count: int

    def __neg__(self) -> Median:
        """Return the median of the negated values."""
        return Median(-self.centre, self.error, self.count)

    def __add__(self, other: Median | float) -> Median:
        """Return the sum with an independent median, or with a number.

        The errors add in quadrature (Price & Bonett, 2002).
        """
        if isinstance(other, Median):
            error = math.hypot(self.error, other.error)
            return Median(self.centre + other.centre, error, min(self.count, other.count))
        return Median(self.centre + other, self.error, self.count)


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


def unpaired(sample: Median, alpha: float = ALPHA) -> Interval:
    """Return the interval of a median, or of a sum of medians of independent samples."""
    centre = sample.centre
    if sample.count < fewest_unpaired(alpha):
        return Interval(centre, -math.inf, math.inf)
    half = NormalDist().inv_cdf(1 - alpha / 2) * sample.error
    return Interval(centre, centre - half, centre + half)


FEWEST_UNPAIRED = 5
"""Rounds a side under which an unpaired interval is not given at any level."""


@cache
def fewest_unpaired(alpha: float = ALPHA) -> int:
    """Return the rounds a side under which an interval of level ``alpha`` is not given.

    With n rounds a side all of one may be below all of the other; by chance alone they are with
    probability 2 / C(2n, n), the smallest level that a rank sum reaches (Mann & Whitney, 1947).
    """
    rounds = FEWEST_UNPAIRED
    while 2 / math.comb(2 * rounds, rounds) > alpha:
        rounds += 1
    return rounds


def binomial_tail(k: int, n: int) -> float:
    """Return P(B <= k) for B of n fair coins."""
    log_half = n * math.log(0.5)
    return math.fsum(
        math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + log_half)
        for i in range(k + 1)
    )
