"""What stands between measuring two versions, deciding, and telling what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parallel_claims import stats


class Finding(StrEnum):
    """What can be said of a benchmark on the second version, beside the first."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True)
class Version:
    """One side, ready to be measured.

    text: as the user wrote it. name: how it is called in what is told, such as
        ``main (73dc536)``. python: the interpreter of its environment.
    folder: where its tests are run from. facts: what a saved file says of it: ``commit`` and
        ``dirty``, ``requirement``, ``python`` (implementation, version, gil), ``packages``.
    native: the files of its environment that get another place in memory for each pair.
    """

    text: str
    name: str
    python: Path
    folder: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    native: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Slices:
    """What one pair of processes gave of one benchmark, in seconds per call.

    first, second: a datum a slice of each version, in the order they were taken; the i-th of
        both are neighbours in time. ratio: log(second / first), the robust centre of the
        neighbours' differences. shared_cpu: whether both sides stayed on one CPU.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    ratio: float
    shared_cpu: bool = True

    def turned(self) -> Slices:
        """Return the same with the sides exchanged."""
        return Slices(self.second, self.first, -self.ratio, self.shared_cpu)


@dataclass(frozen=True)
class Pair:
    """One pair of fresh processes, one of each version.

    stage: 1 where everything was measured, 2 where only suspects were. seed: the hash seed
        of both. slices: by the benchmark's node id. lost: what gave nothing, with the reason.
    """

    number: int
    stage: int
    cpu: int | None
    seed: int
    slices: Mapping[str, Slices]
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What was found of one benchmark, or of a claim's ratio.

    ratio: seconds of the second version / seconds of the first, with its 95 % interval;
        infinite ends where too few pairs were measured. Of a claim: its ratio on the second
        version / that on the first.
    pairs: how many pairs of processes it rests on. ratios: each pair's, in order.
    suspect: whether it was measured again, in new processes. note: what the reader has to know
        (a pair that was lost, more than one CPU).
    """

    name: str
    finding: Finding
    ratio: stats.Interval
    pairs: int
    ratios: tuple[float, ...] = ()
    suspect: bool = False
    note: str = ""


@dataclass(frozen=True)
class ClaimDifference:
    """A claim's ratio on both versions: ``first`` and ``second`` with intervals, as ratios.

    change: the second over the first, with what can be said; *slower* where it got worse.
    """

    statement: str
    quantity: str
    first: stats.Interval
    second: stats.Interval
    change: Difference


@dataclass(frozen=True)
class Versus:
    """A comparison of two versions.

    differences: a row a benchmark. claims: a row a claim, where the suite has some.
    planned: how many pairs were to be measured; pairs: how many were. seconds: of the wall, of
        measuring alone. within: what is still called the same, relatively. missing: benchmarks
        that one side lacks or cannot run, with the reason. notes: lines for the reader.
    limited: what ended measuring: ``pairs`` where all planned ones were measured, or ``budget``.
    """

    first: Version
    second: Version
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]
    planned: int
    seconds: float
    within: float
    claims: tuple[ClaimDifference, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    limited: str = "pairs"

    def found(self, finding: Finding) -> list[Difference]:
        """Return the benchmarks of which this was found."""
        return [one for one in self.differences if one.finding is finding]
