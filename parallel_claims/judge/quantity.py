"""What a run says about a claim: numbers that know their data, and so their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_claims.judge.rule import Bound


@dataclass(frozen=True)
class Quantity:
    """A number with the data that its intervals, at any level, are made of.

    pairs: a value a block, where the quantity was taken block by block.
    blocks: the number of each of these blocks.
    sample: the sum of independent medians, where it was not.
    summarised: whether a median comes from a summary, its rounds not being there.
    ratio: whether these are logarithms of a ratio, which intervals are then of.
    """

    pairs: stats.Floats | None = None
    blocks: stats.Integers | None = None
    sample: stats.Median | None = None
    summarised: bool = False
    ratio: bool = True

    @property
    def paired(self) -> bool:
        """Say whether the quantity was taken block by block."""
        return self.pairs is not None

    @property
    def count(self) -> int:
        """Return how many blocks, or rounds of the shortest sample, there are."""
        if self.pairs is not None:
            return len(self.pairs)
        assert self.sample is not None
        return self.sample.count

    def raw(self, alpha: float) -> stats.Interval:
        """Return the interval as it is computed: of the logarithm where it is a ratio."""
        if self.pairs is not None:
            found = stats.paired(self.pairs, alpha)
            # no random order spares numbers that are no ratio a drift
            return found if self.ratio else found.stretched(float(stats.stretch(self.pairs)))
        assert self.sample is not None
        return stats.unpaired(self.sample, alpha)

    def first(self, blocks: float) -> Quantity:
        """Return the quantity as the first so many blocks of the run show it."""
        if self.pairs is None or self.blocks is None:
            return self
        early = self.blocks < blocks
        return replace(self, pairs=self.pairs[early], blocks=self.blocks[early])

    def evidence(self, bound: Bound) -> stats.Evidence:
        """Return how likely data like these are outside the bound, and inside it."""
        sides = [self.tails(end) if math.isfinite(end) else None for end in (bound.low, bound.high)]
        return stats.evidence(*sides)

    def tails(self, end: float) -> stats.Tails:
        """Return the tails of this quantity less one end of a bound.

        The random order within blocks makes differences symmetric; numbers that were taken
        one by one (recorded, or seconds added up) it does not protect from a drift.
        """
        at = math.log(end) if self.ratio and end > 0 else -math.inf if self.ratio else end
        if self.pairs is None:
            assert self.sample is not None
            known = self.sample.count >= stats.fewest_unpaired()
            return stats.of_median(self.sample + -at) if known else stats.NOTHING_KNOWN
        return (stats.symmetric if self.ratio else stats.drifting)(self.pairs - at)

    def fewest(self, level: float) -> int:
        """Return how many blocks, or rounds a side, can decide anything at a level."""
        return stats.fewest_pairs(2 * level) if self.paired else stats.fewest_unpaired(level)

    def replicates_until(self, bound: Bound, level: float) -> int | None:
        """Return about how many in all would decide it at a level, None where that is futile."""
        ends = [
            math.log(end) if self.ratio else end
            for end in (bound.low, bound.high)
            if math.isfinite(end) and (end > 0 or not self.ratio)
        ]
        if self.pairs is None:
            assert self.sample is not None
            centre, count = self.sample.centre, self.sample.count
            spread = self.sample.error * math.sqrt(count)
        else:
            centre, spread = stats.robust(self.pairs)
        gap = min(abs(centre - end) for end in ends)
        return stats.replicates_until(gap, spread, level, self.count, self.fewest(level))

    def interval(self, alpha: float) -> stats.Interval:
        """Return the interval that misses at most a share ``alpha``."""
        found = self.raw(alpha)
        return found.exp() if self.ratio else found


def numbers(values: stats.Floats, blocks: stats.Integers) -> Quantity:
    """Return numbers that are no ratio, with the block of each, as a quantity without the lost."""
    there = ~np.isnan(values)
    return Quantity(values[there], blocks[there], ratio=False)


@dataclass(frozen=True)
class Estimate:
    """What a run says about a claim.

    judged: the quantity that the rule bounds (a ratio, or a recorded number).
    speedup: the ratio of times where the claim compares two benchmarks.
    efficiency: the speedup over the measured capacity where the claim names one.
    dropped: blocks in which one of the benchmarks gave no time.
    parts: where the excess went, in seconds by name, ``excess`` itself first.
    scale: what the width of a quantity that is no ratio is seen against, if not itself.
    """

    judged: Quantity
    speedup: Quantity | None = None
    efficiency: Quantity | None = None
    dropped: int = 0
    parts: Mapping[str, Quantity] = field(default_factory=dict)
    scale: float | None = None

    def first(self, blocks: float) -> Estimate:
        """Return the estimate as the first so many blocks of the run show it."""
        return replace(
            self,
            judged=self.judged.first(blocks),
            speedup=self.speedup and self.speedup.first(blocks),
            efficiency=self.efficiency and self.efficiency.first(blocks),
            parts={name: part.first(blocks) for name, part in self.parts.items()},
        )
