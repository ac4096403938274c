"""What stands between measuring two versions, deciding, and telling what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from parallel_claims.decisions import Advice, Basis, Decision, Rest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parallel_claims import stats


class Finding(StrEnum):
    """What can be said of a benchmark on the second version, beside the first.

    BROKEN: it ran on the first version, and does not run on the second.
    """

    BROKEN = "broken"
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
    arguments: of pytest, for its benchmarks, where the user named none.
    own: it with its own benchmarks, where both sides run those of another.
    """

    text: str
    name: str
    python: Path
    folder: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    native: tuple[Path, ...] = ()
    arguments: tuple[str, ...] = ()
    own: Version | None = None


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


class RunsOn(StrEnum):
    """Where a benchmark that cannot be compared runs."""

    FIRST_ONLY = "first only"
    SECOND_ONLY = "second only"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Lost:
    """Why a benchmark gave nothing.

    why: with the name of each side on which it did not run. sides: these, by number (0 is the
        first version); none where a process had ended at another benchmark before.
    ended: whether a process ended at it, or hung.
    """

    why: str
    sides: frozenset[int] = frozenset()
    ended: bool = False

    @property
    def runs(self) -> RunsOn:
        """Return where the benchmark runs."""
        if self.sides == {1}:
            return RunsOn.FIRST_ONLY
        return RunsOn.SECOND_ONLY if self.sides == {0} else RunsOn.NOWHERE

    def turned(self) -> Lost:
        """Return the same with the sides exchanged."""
        return Lost(self.why, frozenset(1 - side for side in self.sides), self.ended)


@dataclass(frozen=True)
class Pair:
    """One pair of fresh processes, one of each version.

    stage: 1 where everything was measured, 2 where only suspects were. seed: the hash seed
        of both. slices: by the benchmark's node id. lost: what gave nothing, and why.
    """

    number: int
    stage: int
    cpu: int | None
    seed: int
    slices: Mapping[str, Slices]
    lost: Mapping[str, Lost] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What was found of one benchmark, or of a claim's ratio.

    ratio: seconds of the second version / seconds of the first, with its 95 % interval;
        infinite ends where too few pairs were measured, None where none was. Of a claim: its
        ratio on the second version / that on the first.
    pairs: how many pairs of processes it rests on. ratios: each pair's, in order.
    suspect: whether it was measured again, in new processes. note: what the reader has to know
        (a pair that was lost, more than one CPU, why it does not run). remedy: what would decide
        it.
    """

    name: str
    finding: Finding
    ratio: stats.Interval | None
    pairs: int
    ratios: tuple[float, ...] = ()
    suspect: bool = False
    note: str = ""
    remedy: Advice = field(default_factory=Advice)

    @property
    def decision(self) -> Decision:
        """Return it in the form that all commands' answers have."""
        basis = Rest(Basis.PAIRS, self.pairs) if self.pairs else Rest()
        return Decision(self.finding, self.ratio, basis, self.remedy, self.note)


@dataclass(frozen=True)
class ClaimDifference:
    """A claim's ratio on both versions: ``first`` and ``second`` with intervals, as ratios.

    They are None where no pair has all of its benchmarks. change: the second over the first, with
    what can be said; *slower* where it got worse, *broken* where a benchmark of it is.
    """

    statement: str
    quantity: str
    first: stats.Interval | None
    second: stats.Interval | None
    change: Difference


@dataclass(frozen=True)
class Versus:
    """A comparison of two versions.

    differences: a row a benchmark that runs on the first version. claims: a row a claim, where
        the suite has some. planned: how many pairs were to be measured; pairs: how many were.
    seconds: of the wall, of measuring alone. within: what is still called the same, relatively.
    new: benchmarks that run on the second version only, with the reason. missing: what runs on
        neither, likewise. notes: lines for the reader.
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
    new: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    limited: str = "pairs"

    @property
    def compared(self) -> list[Difference]:
        """Return the benchmarks that run on both versions."""
        return [one for one in self.differences if one.finding is not Finding.BROKEN]

    @property
    def measured(self) -> bool:
        """Say whether any benchmark was measured on both versions."""
        return any(one.pairs for one in self.differences)

    def found(self, finding: Finding) -> list[Difference]:
        """Return the benchmarks of which this was found."""
        return [one for one in self.differences if one.finding is finding]
