"""Whether the alarm of a series of runs is true: both commits measured in pairs say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_claims.judge.ratio import Terms
from parallel_claims.saved.names import own_name
from parallel_claims.versus import claiming, deciding
from parallel_claims.versus.records import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims import stats
    from parallel_claims.follow.history import Track
    from parallel_claims.versus.records import Difference, Versus


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

    @property
    def measured(self) -> bool:
        """Say whether anything was found out of the alarm."""
        return self.confirmed or self.ratio is not None


def confirmations(tracks: Sequence[Track], found: Versus) -> list[Confirmation]:
    """Decide the alarms that fall between two commits, all together, as ``versus`` decides."""
    logs = (claiming.changes(measured_terms(track), found.pairs) for track in tracks)
    changes = deciding.decide_claims(logs, found.within)
    broken = {one.name: one.note for one in found.found(Finding.BROKEN)}
    return [
        no_longer_running(track, broken) or confirmation(track, change)
        for track, change in zip(tracks, changes, strict=True)
    ]


def no_longer_running(track: Track, broken: Mapping[str, str]) -> Confirmation | None:
    """Return that a benchmark of an alarm does not run on the second commit, None where all do."""
    gone = [f"{own_name(name)} ({broken[name]})" for name in track.tests.values() if name in broken]
    if not gone:
        return None
    return Confirmation(track, confirmed=True, told=f"broken: {'; '.join(gone)}")


def measured_terms(track: Track) -> Terms:
    """Return a track's ratio by the node ids of its benchmarks."""
    return Terms(tuple((sign, track.tests[name]) for sign, name in track.terms.signs))


WORDS = {Finding.SLOWER: "worse", Finding.SAME: "the same"}
"""Of a claim's ratio that fell, and of one that stayed; of an alarm, all else tells nothing."""


def confirmation(track: Track, change: Difference) -> Confirmation:
    """Return what was found of one alarm, in words."""
    ratio = change.ratio
    if ratio is None:
        return Confirmation(track, confirmed=False, told="no pair has all of its benchmarks")
    what = WORDS.get(change.finding, "cannot tell")
    ends = f" [{ratio.low:.3f}, {ratio.high:.3f}]" if ratio.bounded else ""
    told = f"{what}, {ratio.centre:.3f} of the {track.quantity} before{ends}, {change.pairs} pairs"
    return Confirmation(track, change.finding is Finding.SLOWER, told, ratio, change.pairs)
