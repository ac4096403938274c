"""Where a series of log ratios changes its level: pure numerics, arrays in, places out.

The search is binary segmentation (Scott & Knott, 1974) with weighted least squares; how many of
its proposals are believed is decided by a t test, so that a flat series has a false alarm with
probability ``alpha`` at most, whatever its noise level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from parallel_claims import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_claims.stats import Floats, Integers

SHORTEST = 2
"""Runs that a level has at least: a single run apart from its neighbours is no change."""

AHEAD = 3
"""Proposals looked at beyond one that is not believed: a change may hide the one before it."""

AHEAD_PRICE = 20
"""By how much less probable by chance those beyond have to be."""

CLIPPED = 4.0
"""Values are clipped this many of their spreads from the median of five (Hampel, 1974)."""

DRIFT_SHARE = 0.2
"""The share of alpha at which a drift is believed; the steps use less than the rest."""

CAUTION = 1.0
"""Standard errors, 1 / sqrt(n), by which neighbours are taken to be more alike than they look.

A short series hides much of how long a machine stays slow, and a step that is fitted hides more.
"""

SMALLEST = 1e-9
"""Spreads of log ratios below this are rounding."""


@dataclass(frozen=True)
class Step:
    """A change of level: the index of the first run after it, and its size as a log ratio."""

    at: int
    size: stats.Interval


@dataclass(frozen=True)
class Path:
    """What a series did: its steps, or a steady drift over its whole length, or nothing.

    level: the level of the newest runs, since the last step; of all runs without one.
    """

    level: stats.Interval
    steps: tuple[Step, ...] = ()
    drift: stats.Interval | None = None


class WeightedSquares:
    """The weighted squared distance from the mean of a segment, in constant time."""

    def __init__(self, y: Floats, weights: Floats) -> None:
        centred = y - np.average(y, weights=weights)
        self.sums = [
            np.concatenate([[0.0], np.cumsum(weights * centred**power)]) for power in (0, 1, 2)
        ]

    def cost(self, start: int | Integers, end: int | Integers) -> Floats:
        """Return the cost of each segment ``start:end``."""
        weight, first, second = (s[end] - s[start] for s in self.sums)
        return np.asarray(np.maximum(0.0, second - first * first / weight))

    def best(self, start: int, end: int) -> tuple[float, int]:
        """Return what the best split of a segment gains, and its place; the last of equal ones."""
        places = np.arange(end - SHORTEST, start + SHORTEST - 1, -1)
        if not len(places):
            return -math.inf, start
        gains = self.cost(start, end) - self.cost(start, places) - self.cost(places, end)
        return float(gains.max()), int(places[gains.argmax()])

    def splits(self) -> Iterator[list[int]]:
        """Yield the ends of the levels: of two, of three, each time with the next best split."""
        ends = [0, len(self.sums[0]) - 1]
        while True:
            gain, place = max(
                (self.best(a, b) for a, b in pairwise(ends)), key=lambda found: found[0]
            )
            if gain == -math.inf:
                return
            ends = sorted([*ends, place])
            yield ends[1:]


class Series:
    """Log ratios, a value a run in order of time, with the standard error of each.

    A value weighs as one over the sum of its own variance and the variance between runs,
    which is estimated from the differences of neighbours: steps hardly touch their median.
    """

    def __init__(self, values: Floats, errors: Floats) -> None:
        self.n = len(values)
        within = errors**2
        around = np.median(np.abs(np.diff(values))) * 1.4826  # of a difference, if normal
        between = max(0.0, float(around**2 / 2 - np.median(within)))
        spread = np.sqrt(within + between)
        middle = running_median(values)
        self.y = np.clip(values, middle - CLIPPED * spread, middle + CLIPPED * spread)
        self.w = 1 / np.maximum(spread, SMALLEST) ** 2
        self.squares = WeightedSquares(self.y, self.w)

    def residuals(self, ends: Sequence[int]) -> Floats:
        """Return the weighted residuals from the level of each segment."""
        parts = [
            (self.y[a:b] - np.average(self.y[a:b], weights=self.w[a:b])) * np.sqrt(self.w[a:b])
            for a, b in pairwise([0, *ends])
        ]
        return np.concatenate(parts)

    def variance(self, residuals: Floats, fitted: int) -> float:
        """Return the variance of a weighted residual, as it counts for a mean of several.

        Where neighbours resemble each other (lag-1 correlation r) a mean is less certain
        than that of as many independent values, by (1 + r) / (1 - r).
        """
        square = float(residuals @ residuals)
        r = float(residuals[1:] @ residuals[:-1]) / square if square else 0.0
        r += 1 / self.n + CAUTION / math.sqrt(self.n)  # it is estimated too low by about 1 / n
        r = min(max(r, 0.0), 0.99)
        return max(square / (self.n - fitted), 1e-12) * (1 + r) / (1 - r)

    def splits(self, alpha: float) -> list[int]:
        """Return the starts of the levels but the first.

        Each proposal of the search has to be better than chance at ``alpha`` over the number
        of places it was chosen from (Bonferroni). Then those are dropped that no longer are,
        with all others known.
        """
        chance = alpha / (self.n - 2 * SHORTEST + 1)
        found: list[int] = []
        before = float(self.squares.cost(0, self.n))
        for count, ends in enumerate(self.squares.splits(), 1):
            if count > len(found) + AHEAD or count >= self.n // SHORTEST - 1:
                break
            left = self.residuals(ends)
            after = float(left @ left)
            price = chance if count == len(found) + 1 else chance / AHEAD_PRICE
            if self.better(before - after, self.variance(left, count + 1), count, price):
                found = ends[:-1]
            before = after
        return self.kept(found, chance)

    def better(self, gain: float, variance: float, splits: int, chance: float) -> bool:
        """Say whether one split among ``splits`` gains more than chance would (t test)."""
        quantile = float(stdtrit(self.n - splits - 1, 1 - chance / 2))
        return gain >= variance * quantile**2

    def kept(self, found: list[int], chance: float) -> list[int]:
        """Return the splits that are needed with all others there, the weakest dropped first."""
        ends = np.array([0, *found, self.n])
        variance = self.variance(self.residuals(ends[1:].tolist()), len(found) + 1)
        cost = self.squares.cost
        while len(ends) > len((0, self.n)):
            before, at, after = ends[:-2], ends[1:-1], ends[2:]
            gains = cost(before, after) - cost(before, at) - cost(at, after)
            weakest = int(gains.argmin())
            if self.better(float(gains[weakest]), variance, len(found), chance):
                break
            ends = np.delete(ends, weakest + 1)
        return [int(end) for end in ends[1:-1]]

    def line(self) -> tuple[float, float, Floats]:
        """Return the slope of a straight line over the whole series, its error, and residuals.

        Weighted least squares; slope and error are from the first run to the last.
        """
        x = np.linspace(-0.5, 0.5, self.n)
        x = x - np.average(x, weights=self.w)
        centred = self.y - np.average(self.y, weights=self.w)
        square = float(np.sum(self.w * x**2))
        slope = float(np.sum(self.w * x * centred)) / square
        left = (centred - slope * x) * np.sqrt(self.w)
        return slope, math.sqrt(self.variance(left, 2) / square), left

    def bic(self, residuals: Floats, parameters: int) -> float:
        """Return the Bayesian information criterion of a fit (Schwarz, 1978)."""
        square = max(float(residuals @ residuals), SMALLEST)
        return self.n * math.log(square) + parameters * math.log(self.n)


def running_median(values: Floats) -> Floats:
    """Return the median of five neighbours, of fewer at the ends."""
    padded = np.pad(values, 2, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5)
    return np.asarray(np.nanmedian(windows, axis=1), dtype=np.float64)


def spent(length: int, alpha: float = stats.ALPHA) -> float:
    """Return what a look at a series of so many values may spend of alpha.

    A series grows, and is looked at each time. While it doubles, from 6 on, its looks share one
    part: a half, a sixth, a twelfth …, 1 / k (k + 1) the k-th time (Lan & DeMets, 1983); all
    parts add up to alpha, however long it grows. Looks of one part see nearly the same values.
    """
    doubled = 1 + max(0, int(math.log2(length / stats.FEWEST_IN_SERIES)))
    return alpha / (doubled * (doubled + 1))


def by_day(values: Floats, errors: Floats, days: Integers) -> tuple[Floats, Floats, Integers]:
    """Return the mean of each day's values, its standard error, and the day's first place.

    days: a number a value, in order. The values of a day share its neighbours and its load, so
    days are the replicates, not the values.
    """
    _, first, count = np.unique(days, return_index=True, return_counts=True)
    means = np.add.reduceat(values, first) / count
    return means, np.sqrt(np.add.reduceat(errors**2, first)) / count, first


def follow(values: Floats, errors: Floats, alpha: float = stats.ALPHA) -> Path:
    """Return what a series of log ratios did; ``errors`` are their standard errors.

    A straight line that fits better than the steps (BIC; a step costs its place and its
    size) is a drift and no step.
    """
    if len(values) < stats.FEWEST_IN_SERIES:
        return Path(stats.replicated(values))
    series = Series(values, errors)
    splits = series.splits(alpha)
    slope, error, left = series.line()
    stepped = series.residuals([*splits, series.n])
    straighter = series.bic(left, 2) < series.bic(stepped, 1 + 2 * len(splits))
    surely = float(stdtrit(series.n - 2, 1 - alpha * DRIFT_SHARE / 2)) * error
    if straighter and abs(slope) > surely:
        half = float(stdtrit(series.n - 2, 1 - stats.ALPHA / 2)) * error
        drift = stats.Interval(slope, slope - half, slope + half)
        return Path(level_between(series, 0, series.n, 1.0), drift=drift)
    ends = [0, *splits, series.n]
    variance = series.variance(stepped, len(ends) - 1)
    steps = tuple(
        Step(at, difference(series, (before, at, after), variance))
        for before, at, after in zip(ends, ends[1:], ends[2:], strict=False)
    )
    return Path(level_between(series, ends[-2], series.n, variance), steps)


def difference(series: Series, ends: tuple[int, int, int], variance: float) -> stats.Interval:
    """Return the level after ``ends[1]`` less that before, with its 95 % interval."""
    before, _, after = ends
    sums = [float(series.w[a:b].sum()) for a, b in pairwise(ends)]
    means = [float(np.average(series.y[a:b], weights=series.w[a:b])) for a, b in pairwise(ends)]
    quantile = float(stdtrit(max(after - before - 2, 1), 1 - stats.ALPHA / 2))
    half = quantile * math.sqrt(variance * (1 / sums[0] + 1 / sums[1]))
    size = means[1] - means[0]
    return stats.Interval(size, size - half, size + half)


def level_between(series: Series, start: int, end: int, variance: float) -> stats.Interval:
    """Return the level of the runs ``start:end``, with its 95 % interval."""
    weights = series.w[start:end]
    centre = float(np.average(series.y[start:end], weights=weights))
    quantile = float(stdtrit(max(end - start - 1, 1), 1 - stats.ALPHA / 2))
    half = quantile * math.sqrt(variance / float(weights.sum()))
    return stats.Interval(centre, centre - half, centre + half)
