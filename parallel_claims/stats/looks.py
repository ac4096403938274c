"""Deciding many questions at a few planned looks, without paying for the looking in errors.

Each look spends a part of alpha (Lan & DeMets, 1983). At a look each open question has two
one-sided p-values: against *not inside*, and against *not outside* what is allowed. *Fails*
is an alarm: by Holm (1979) among all questions that have not failed, so that any false one
comes in at most a share ``alpha`` of runs. *Holds* is a finding: by Benjamini & Hochberg
(1995), the findings of earlier looks counted, so that at most a share ``alpha`` of the
findings is expected to be false: a threshold that only grows with the number of findings
keeps its promise at each look, and what the looks spend adds up to alpha.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.stats.intervals import ALPHA
from parallel_claims.stats.medians import binomial_tail
from parallel_claims.stats.several import at_most, benjamini_hochberg, holm
from parallel_claims.stats.signed_rank import signed_rank_share
from parallel_claims.stats.student import student

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from parallel_claims.stats.intervals import Floats, Integers
    from parallel_claims.stats.medians import Median

SHARES = (0.4, 0.2, 0.2, 0.2)
"""What each planned look spends of alpha."""

FEWEST, MOST = 7, 34
"""Blocks at the first and the last look, unless the user says otherwise: 7, 12, 20, 34.

An exact p-value of 7 blocks is 2^-7 at best. That the first look may spend two fifths lets it
decide all that is certain as soon as a third of the claims are.
"""


def planned(fewest: int, most: int) -> tuple[int, ...]:
    """Return the numbers of blocks at which is looked, from the fewest to the most.

    They grow by the same factor, so that each look has news: 7, 12, 20, 34.
    """
    steps = len(SHARES) - 1
    found = (round(fewest * (most / fewest) ** (look / steps)) for look in range(steps + 1))
    return tuple(dict.fromkeys(found))


def spent(look: int, looks: int, alpha: float = ALPHA) -> float:
    """Return what a look may spend: the ``look``-th, from 0, of at most ``looks``.

    A run of one look spends all at once. Looks beyond the planned ones spend nothing.
    """
    if looks == 1:
        return alpha
    return alpha * SHARES[look] if look < len(SHARES) else 0.0


@dataclass(frozen=True)
class Tails:
    """One-sided p-values: of data like these if the centre is not above 0, or not below it."""

    above: float
    below: float


NOTHING_KNOWN = Tails(1.0, 1.0)


def symmetric(x: Floats) -> Tails:
    """Return the exact signed-rank tails (Wilcoxon, 1945) of differences taken block by block.

    The random order within blocks makes them symmetric under the hypothesis. Ties, and
    values of exactly 0, count against what would be decided.
    """
    if not len(x):
        return NOTHING_KNOWN
    above, below = symmetric_rows(x)
    return Tails(float(above), float(below))


def symmetric_rows(x: Floats) -> tuple[Floats, Floats]:
    """Return ``symmetric`` over the last axis of ``x``: p-values above, and below."""
    n = x.shape[-1]
    ranks = ranks_of(np.abs(x))

    def p(against: NDArray[np.bool_]) -> Floats:
        found = (ranks * against).sum(axis=-1)
        return signed_rank_share(np.minimum(found, n * (n + 1) // 2), n)

    return p(x <= 0), p(x >= 0)


def ranks_of(size: Floats) -> Integers:
    """Return over the last axis how many are as small as each, itself and its equals counted."""
    n = size.shape[-1]
    order = np.argsort(size, axis=-1)
    ordered = np.take_along_axis(size, order, axis=-1)
    last = np.full(size.shape, n)
    last[..., :-1] = np.where(ordered[..., 1:] > ordered[..., :-1], np.arange(1, n), n)
    last = np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty_like(last)
    np.put_along_axis(ranks, order, last, axis=-1)
    return ranks


def drifting(x: Floats) -> Tails:
    """Return tails of numbers that no random order protects: a drift may tie neighbours.

    The larger of two p-values: that of the sign test (Arbuthnott, 1710), which asks for no
    shape, and that of Student's t with an effective number of values n (1 - r) / (1 + r)
    (Bartlett, 1946), r the correlation of neighbours, taken ``CAUTION`` of its standard errors
    1 / sqrt(n) higher than it looks: a short series hides much of it.
    """
    if len(x) < FEWEST_DRIFTING:
        return NOTHING_KNOWN
    above, below = drifting_rows(x)
    return Tails(float(above), float(below))


FEWEST_DRIFTING = 4
"""Values under which nothing is said of a drift."""

CAUTION = 1.6
"""Standard errors by which the correlation of neighbours is taken to be higher than it looks.

Simulated (11 claims at their bounds, looks at 7, 12, 20, 34 blocks): at a correlation of 0.7
a run has a false alarm in 4 % with 1.6, in 6 % with 1.4, and where r is raised by 4 / n in 12 %.
"""


def drifting_rows(x: Floats) -> tuple[Floats, Floats]:
    """Return ``drifting`` over the last axis of ``x``: p-values above, and below."""
    n = x.shape[-1]
    above, below = effective_t(x)
    return (
        np.maximum(coins((x <= 0).sum(axis=-1), n), above),
        np.maximum(coins((x >= 0).sum(axis=-1), n), below),
    )


def coins(heads: Integers, n: int) -> Floats:
    """Return P(B <= heads) for B of n fair coins, element by element."""
    some, places = np.unique(heads, return_inverse=True)
    found: Floats = np.array([binomial_tail(int(k), n) for k in some])[places]
    return found.reshape(np.shape(heads))


def neighbours(x: Floats, more: float) -> Floats:
    """Return the correlation of neighbours over the last axis, raised by ``more``; 0 to 0.95."""
    centred = x - x.mean(axis=-1, keepdims=True)
    squares = np.square(centred).sum(axis=-1)
    products = (centred[..., 1:] * centred[..., :-1]).sum(axis=-1)
    found: Floats = np.clip(products / np.where(squares == 0, 1.0, squares) + more, 0.0, 0.95)
    return found


def stretch(x: Floats) -> Floats:
    """Return how many times as wide an interval is where neighbours resemble each other.

    sqrt((1 + r) / (1 - r)), as many values as r leaves independent (Bartlett, 1946); r is raised
    by 1 / n, by which it is too small on the average.
    """
    r = neighbours(x, 1 / x.shape[-1])
    found: Floats = np.sqrt((1 + r) / (1 - r))
    return found


def effective_t(x: Floats) -> tuple[Floats, Floats]:
    """Return the tails of Student's t with as many values as neighbours leave independent."""
    n = x.shape[-1]
    mean = x.mean(axis=-1)
    centred = x - mean[..., None]
    squares = np.square(centred).sum(axis=-1)
    constant = squares == 0
    squares = np.where(constant, 1.0, squares)
    r = neighbours(x, CAUTION / math.sqrt(n))
    effective = np.maximum(n * (1 - r) / (1 + r), 2.0)
    t = mean / np.sqrt(squares / (n - 1) / effective)
    above = np.where(constant, mean <= 0, student(effective - 1, -t))
    below = np.where(constant, mean >= 0, student(effective - 1, t))
    return above, below


def of_median(sample: Median) -> Tails:
    """Return the tails of a median of which the standard error is known (normal)."""
    if not math.isfinite(sample.error):
        return NOTHING_KNOWN
    if sample.error == 0:
        return Tails(float(sample.centre <= 0), float(sample.centre >= 0))
    above = 1 - NormalDist().cdf(sample.centre / sample.error)
    return Tails(above, 1 - above)


@dataclass(frozen=True)
class Evidence:
    """The p-values of one question at one look: against "not inside", and "not outside"."""

    inside: float
    outside: float


def evidence(low: Tails | None, high: Tails | None) -> Evidence:
    """Return the evidence on a number that is to lie between two bounds.

    low, high: the tails of the number less each bound; None for a side without one. Inside
    it must be beyond both; outside it may be beyond either, which is asked twice.
    """
    sides = [side for side in (low and (low.above, low.below), high and (high.below, high.above))
             if side]  # fmt: skip
    inside = max(side[0] for side in sides)
    outside = min(1.0, len(sides) * min(side[1] for side in sides))
    return Evidence(inside, outside)


@dataclass
class Looks:
    """Questions that are decided look by look; who is decided leaves.

    total: how many questions there are at all. held, failed: the decided ones, each with
    the level at which it was.
    """

    total: int
    held: dict[str, float] = field(default_factory=dict)
    failed: dict[str, float] = field(default_factory=dict)

    def look(self, found: Mapping[str, Evidence], level: float) -> None:
        """Decide what can be decided at a look that may spend ``level``.

        Fails by Holm's procedure among all that have not failed; holds by that of Benjamini &
        Hochberg, earlier findings counted.
        """
        against = at_most({key: e.outside for key, e in found.items()})
        self.failed |= holm(against, level, self.total - len(self.failed))
        left = {key: e.inside for key, e in found.items() if key not in self.failed}
        self.held |= benjamini_hochberg(left, level, self.total, len(self.held))


def decided(
    total: int,
    levels: Sequence[float],
    asked: Callable[[int, Looks], Mapping[str, Evidence]],
) -> Looks:
    """Return what becomes of questions that are decided at several looks, each at its level.

    The one procedure: runs are decided by it, and calibrated by it.

    total: how many questions there are. asked: the evidence on those that are asked at a look,
    given its number and what was decided before.
    """
    questions = Looks(total)
    for number, level in enumerate(levels):
        questions.look(asked(number, questions), level)
    return questions


def robust(x: Floats) -> tuple[float, float]:
    """Return the median, and the spread as the median of distances from it would have it."""
    centre = float(np.median(x))
    return centre, 1.4826 * float(np.median(np.abs(x - centre)))


NOBODY_MEASURES = 500
"""More replicates than this are not worth waiting for: a question that needs them is futile."""


def replicates_until(
    gap: float, spread: float, level: float, count: int, fewest: int
) -> int | None:
    """Return about how many replicates in all would decide an open question; None if it is futile.

    That is the one rule of futility: runs stop measuring by it, calibration does, and advice is
    given by it.

    gap: how far the centre is from the bound; spread: that of one replicate. level: that which
    one side has to meet. count: how many there are; fewest: how many can meet it at all.
    """
    if count < fewest:
        return fewest
    if gap == 0 or not math.isfinite(spread):
        return None
    quantile = NormalDist().inv_cdf(1 - level)
    needed = max((quantile * spread / gap) ** 2, 1 - math.log2(level), count + 1)
    return math.ceil(needed) if needed <= NOBODY_MEASURES else None
