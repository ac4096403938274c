"""One of the n (n + 1) / 2 Walsh averages by its rank, without making them all.

The averages of sorted values grow along each row and each column of their triangle, so a
boundary in each row says which are below a number. Boundaries close in on the rank from
both sides (as in Monahan, "Algorithm 616", 1984), two at a time around a sample of what is
left (as in Floyd & Rivest, 1975): O(n log n) expected time, O(n) memory, and the very
average that sorting them all would give, whatever was sampled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from parallel_claims.stats.intervals import Floats, Integers

FEW = 10_000
"""Averages that are simply made, or four a value where those are more."""

MOST_SAMPLED = 100_000
"""Averages that are drawn at most to find where to cut."""


@dataclass(frozen=True)
class Band:
    """What is left of the triangle: in row i the columns ``left[i]`` to ``right[i]`` - 1.

    x: the values, sorted. rank: that of the average looked for among those left, from 0.
    """

    x: Floats
    left: Integers
    right: Integers
    rank: int

    @property
    def size(self) -> int:
        """Return how many averages are left."""
        return int((self.right - self.left).sum())


def walsh_average(x: Floats, rank: int) -> float:
    """Return the Walsh average of sorted ``x`` that ``rank`` others come before."""
    n = len(x)
    band = Band(x, np.arange(n), np.full(n, n), rank)
    rng = np.random.default_rng(0)  # what is drawn changes the time, never what is found
    wide = True
    while (size := band.size) > max(FEW, 4 * n):
        low, high = cuts(band, size, rng, wide=wide)
        band, found = between(band, low, high)
        if found and low == high:
            return low
        wide = band.size < size / 2  # many equal averages: cut at one of them
    return float(np.partition(averages(band), band.rank)[band.rank])


def cuts(band: Band, size: int, rng: np.random.Generator, *, wide: bool) -> tuple[float, float]:
    """Return two of the averages left that the one looked for is likely to lie between.

    wide: if not, they are the same, near to it.
    """
    count = min(MOST_SAMPLED, len(band.x))
    drawn = ((np.arange(count) + rng.random(count)) * (size / count)).astype(np.int64)
    ends = np.cumsum(band.right - band.left)
    row = np.searchsorted(ends, np.minimum(drawn, size - 1), side="right")
    column = band.right[row] - (ends[row] - np.minimum(drawn, size - 1))
    sample = np.sort((band.x[row] + band.x[column]) / 2)
    middle = int(band.rank / size * count)
    apart = math.ceil(math.sqrt(count)) if wide else 0  # two standard errors, or more
    low, high = max(middle - apart, 0), min(middle + apart, count - 1)
    return float(sample[low]), float(sample[high])


def between(band: Band, low: float, high: float) -> tuple[Band, bool]:
    """Return what is left below, between or above two averages, and whether it is between."""
    x, left, right = band.x, band.left, band.right
    first = np.clip(first_not_below(x, low), left, right)
    last = np.clip(first_not_below(x, math.nextafter(high, math.inf)), left, right)
    below, upto = int((first - left).sum()), int((last - left).sum())
    if band.rank < below:
        return Band(x, left, first, band.rank), False
    if band.rank >= upto:
        return Band(x, last, right, band.rank - upto), False
    return Band(x, first, last, band.rank - below), True


def first_not_below(x: Floats, bound: float) -> Integers:
    """Return for each value of sorted ``x`` the first whose average with it is >= ``bound``.

    ``2 bound - x`` is where, but for rounding: what that has wrong is bisected.
    """
    n = len(x)
    found = np.searchsorted(x, (2 * bound - x)[::-1])[::-1].astype(np.int64)
    before, here = np.maximum(found - 1, 0), np.minimum(found, n - 1)
    early = (found < n) & ((x + x[here]) / 2 < bound)
    late = (found > 0) & ((x + x[before]) / 2 >= bound)
    (wrong,) = np.nonzero(early | late)
    found[wrong] = bisected(x, x[wrong], bound)
    return found


def bisected(x: Floats, some: Floats, bound: float) -> Integers:
    """Return ``first_not_below`` for some values, by comparing the averages themselves."""
    low, high = np.zeros(len(some), np.int64), np.full(len(some), len(x))
    for _ in range(len(x).bit_length()):
        middle = np.minimum((low + high) // 2, len(x) - 1)
        below = ((some + x[middle]) / 2 < bound) & (low < high)
        low = np.where(below, middle + 1, low)
        high = np.where(below, high, np.minimum(middle, high))
    return low


def averages(band: Band) -> Floats:
    """Return all averages that are left."""
    lengths = band.right - band.left
    starts = np.cumsum(lengths) - lengths
    column = np.arange(lengths.sum()) + np.repeat(band.left - starts, lengths)
    found: Floats = (np.repeat(band.x, lengths) + band.x[column]) / 2
    return found


def next_average(x: Floats, average: float, rank: int) -> float:
    """Return the Walsh average of sorted ``x`` one rank after ``average``, which has ``rank``."""
    n = len(x)
    after = np.maximum(first_not_below(x, math.nextafter(average, math.inf)), np.arange(n))
    if (after - np.arange(n)).sum() > rank + 1:
        return average
    rows = after < n
    return float(((x[rows] + x[after[rows]]) / 2).min())
