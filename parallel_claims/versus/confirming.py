"""Whether the alarm of a series of runs is true: both commits measured in pairs say so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.judge.ratio import Terms
from parallel_claims.stats import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track
    from parallel_claims.versus.records import Pair, Versus


@dataclass(frozen=True)
class Confirmation:
    """What became of the alarm of a track.

    confirmed: whether its ratio is worse on the second commit. told: what was found, in words.
    ratio: the claim's ratio on the second commit / that on the first, with its 95 % interval;
        None where nothing was measured. pairs: on how many pairs it rests.
    """

    track: Track
    confirmed: bool
    told: str
    ratio: stats.Interval | None = None
    pairs: int = 0


def confirmations(tracks: Sequence[Track], found: Versus) -> list[Confirmation]:
    """Decide the alarms that fall between two commits, all together, as ``versus`` decides.

    A worse ratio is one that fell, by more than ``within`` or surely by less.
    """
    samples = [changes(track, found.pairs) for track in tracks]
    same = versions.same(samples, math.log1p(found.within))
    direction = versions.differing(samples)
    return [
        confirmation(
            track, sample, worse=bool(direction[i] < 0 and not same[i]), same=bool(same[i])
        )
        for i, (track, sample) in enumerate(zip(tracks, samples, strict=True))
    ]


def confirmation(track: Track, sample: stats.Floats, *, worse: bool, same: bool) -> Confirmation:
    """Return what was found of one alarm, in words."""
    if not len(sample):
        return Confirmation(track, confirmed=False, told="no pair has all of its benchmarks")
    ratio = stats.paired(sample).exp()
    what = "worse" if worse else "the same" if same else "cannot tell"
    ends = f" [{ratio.low:.3f}, {ratio.high:.3f}]" if ratio.bounded else ""
    told = f"{what}, {ratio.centre:.3f} of the {track.quantity} before{ends}, {len(sample)} pairs"
    return Confirmation(track, worse, told, ratio, len(sample))


def changes(track: Track, pairs: Sequence[Pair]) -> stats.Floats:
    """Return the log of a track's ratio on the second commit over the first, a value a pair."""
    there = [pair for pair in pairs if all(test in pair.slices for test in track.tests.values())]
    return np.array([change(track, pair) for pair in there])


def change(track: Track, pair: Pair) -> float:
    """Return the log of a track's ratio on the second commit over the first, of one pair."""

    def of(name: str) -> float:
        return pair.slices[track.tests[name]].ratio

    return Terms(track.terms.signs).log_ratio(of)
