"""Intervals: centre and ends, and what can be computed with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
"""Numbers in an array of any shape."""

Integers = NDArray[np.int64]
"""Whole numbers in an array of any shape."""

ALPHA = 0.05
"""How often an interval may miss the truth, and a suite may hold a false verdict."""


STOPPED_SHARE = 0.8
"""What is left of alpha when the number of blocks was chosen by looking at the width.

Stopping as soon as an interval is narrow prefers the blocks in which it happens to be
too narrow. Calibrated on recorded and simulated noise: with four fifths of alpha,
coverage at the stop is 94 to 97 % (CONTRIBUTING has the table).
"""


def level(alpha: float, *, adaptive: bool) -> float:
    """Return alpha, or what is left of it where the width decided the number of blocks."""
    return alpha * STOPPED_SHARE if adaptive else alpha


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

    def stretched(self, by: float) -> Interval:
        """Return the interval with both ends so many times as far from its centre."""
        low, high = (self.centre + by * (end - self.centre) for end in (self.low, self.high))
        return Interval(self.centre, low, high)

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


def hull(intervals: Sequence[Interval]) -> Interval:
    """Return the interval around all of several, and the mean of their centres."""
    centre = sum(i.centre for i in intervals) / len(intervals)
    return Interval(centre, min(i.low for i in intervals), max(i.high for i in intervals))


def difference(a: Interval, b: Interval) -> Interval:
    """Return ``a - b`` of independent estimates with any, also lopsided, intervals.

    The distances to the ends add in quadrature (method of variance estimates recovery:
    Zou & Donner, 2008).
    """
    centre = a.centre - b.centre
    below = math.hypot(a.centre - a.low, b.high - b.centre)
    above = math.hypot(a.high - a.centre, b.centre - b.low)
    return Interval(centre, centre - below, centre + above)
