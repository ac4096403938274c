"""Runs and claims to estimates: the one place where a ratio is defined.

``speedup = baseline seconds / contender seconds``: above 1 the contender is faster.
``efficiency = speedup / capacity``, with ``capacity = k x one worker alone / k workers
together``. All are taken block by block, as logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from analysis import stats
from analysis.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from analysis.claims import Claim, Part
    from analysis.load import Benchmark, Run


@dataclass(frozen=True)
class Quantity:
    """A number with the data that its intervals, at any level, are made of.

    pairs: a value a block, where the quantity was taken block by block.
    medians: independent ones, to be added, where it was not.
    summarised: whether a median comes from a summary, its rounds not being there.
    ratio: whether these are logarithms of a ratio, which intervals are then of.
    shift: what is added to the centre.
    """

    pairs: stats.Floats | None = None
    medians: tuple[stats.Median, ...] = ()
    summarised: bool = False
    ratio: bool = True
    shift: float = 0.0

    @property
    def paired(self) -> bool:
        """Say whether the quantity was taken block by block."""
        return self.pairs is not None

    @property
    def count(self) -> int:
        """Return how many blocks, or rounds of the shortest sample, there are."""
        return len(self.pairs) if self.pairs is not None else min(m.count for m in self.medians)

    def raw(self, alpha: float) -> stats.Interval:
        """Return the interval as it is computed: of the logarithm where it is a ratio."""
        if self.pairs is not None:
            found = stats.paired(self.pairs, alpha)
        else:
            found = stats.unpaired(self.medians, alpha)
        return found.shifted(self.shift)

    def interval(self, alpha: float) -> stats.Interval:
        """Return the interval that misses at most a share ``alpha``."""
        found = self.raw(alpha)
        return found.exp() if self.ratio else found


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


class Table:
    """The rounds of one run, by benchmark name."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.frame: pd.DataFrame = run.frame()

    def find(self, name: str) -> Benchmark | None:
        """Return the benchmark saved under this name or full name, None if there is none.

        Raises:
            BadInputError: several benchmarks have this name.
        """
        found = [b for b in self.run.benchmarks if name in {b.name, b.fullname}]
        if len(found) > 1:
            names = ", ".join(b.fullname for b in found)
            message = f"{self.run.path}: {name} names {len(found)} benchmarks: write one of {names}"
            raise BadInputError(message)
        return found[0] if found else None

    def absent(self, claim_id: str, name: str) -> BadInputError:
        """Return the error for a claim that names what the run does not have."""
        names = [b.name for b in self.run.benchmarks]
        near = get_close_matches(name, names, n=3, cutoff=0.3) or names[:3]
        message = (
            f"{self.run.path}: claim {claim_id} names {name!r}, which is not in this file; "
            f"nearest: {', '.join(near)}"
        )
        return BadInputError(message)

    def rounds(self, name: str, column: str = "seconds") -> pd.Series[float]:
        """Return one benchmark's numbers, indexed by block."""
        benchmark = self.find(name)
        assert benchmark is not None
        rows = self.frame[self.frame["fullname"] == benchmark.fullname]
        return rows.set_index("block")[column].astype(float)

    def in_blocks(self, name: str) -> bool:
        """Say whether a benchmark was measured in blocks."""
        benchmark = self.find(name)
        return benchmark is not None and benchmark.info.blocks is not None

    def log_median(self, name: str) -> stats.Median:
        """Return the median of a benchmark's log seconds, from its rounds or its summary."""
        benchmark = self.find(name)
        assert benchmark is not None
        return log_median(benchmark)

    def median_seconds(self, name: str) -> float:
        """Return the median of a benchmark's rounds, in seconds."""
        benchmark = self.find(name)
        assert benchmark is not None
        if benchmark.summary is not None:
            return benchmark.summary.median
        return float(np.median(benchmark.rounds))


def estimate(table: Table, claim: Claim) -> Estimate:
    """Estimate what a claim bounds, from a run that has all its benchmarks.

    Raises:
        BadInputError: a number that the claim looks at was not recorded.
    """
    if claim.recorded is not None:
        name = claim.recorded.benchmark
        values = recorded(table, claim.id, name, claim.recorded.name)
        return Estimate(Quantity(values, ratio=False), dropped=lost_blocks(table, [name]))
    assert claim.baseline is not None
    assert claim.contender is not None
    speedup, efficiency = log_ratio(table, speedup_of(claim)), None
    if claim.capacity is not None:
        efficiency = log_ratio(table, efficiency_of(claim))
    if claim.accounting is not None:
        return account(table, claim, speedup, efficiency)
    judged = speedup if claim.efficiency is None or efficiency is None else efficiency
    return Estimate(judged, speedup, efficiency, lost_blocks(table, claim.benchmarks))


def account(table: Table, claim: Claim, speedup: Quantity, efficiency: Quantity | None) -> Estimate:
    """Split the seconds of the contender above baseline / workers into their causes.

    In each block: lost capacity is what k independent workers lose against k times one;
    start-up and dispatch are measured by themselves; the rest is what none explains, so
    the parts add up to the excess.
    """
    accounting, capacity = claim.accounting, claim.capacity
    assert accounting is not None
    assert capacity is not None
    frame = seconds_by_block(table, claim.benchmarks)

    def cost(part: Part) -> pd.Series[float]:
        return frame[part.plus] - (frame[part.minus] if part.minus is not None else 0.0)

    ideal = frame[claim.baseline] / capacity.workers
    excess = frame[claim.contender] - ideal
    lost = ideal * (frame[capacity.together] / frame[capacity.one] - 1)
    parts = {
        "start_up": cost(accounting.start_up),
        "dispatch": cost(accounting.dispatch),
        "capacity": lost,
    }
    blamed = sum((parts[name] for name in accounting.blames), 0.0 * excess)
    judged = blamed - excess / 2 if accounting.extent == "most" else blamed
    rest = excess - parts["start_up"] - parts["dispatch"] - parts["capacity"]
    told = {"excess": excess, **parts, "rest": rest}
    return Estimate(
        seconds(judged),
        speedup,
        efficiency,
        lost_blocks(table, claim.benchmarks),
        {name: seconds(part) for name, part in told.items()},
        float(ideal.median()),
    )


def seconds(values: pd.Series[float]) -> Quantity:
    """Return seconds, a value a block, as a quantity."""
    return Quantity(np.asarray(values, dtype=np.float64), ratio=False)


def seconds_by_block(table: Table, names: Sequence[str]) -> pd.DataFrame:
    """Return the seconds of several benchmarks, a row for each block that has them all.

    Raises:
        BadInputError: one was not measured in blocks.
    """
    import pandas as pd

    if not all(map(table.in_blocks, names)):
        message = f"{table.run.path}: an accounting needs benchmarks measured in blocks"
        raise BadInputError(message)
    return pd.concat({name: table.rounds(name) for name in names}, axis=1).dropna()


@dataclass(frozen=True)
class Terms:
    """A ratio of times: the sign of each benchmark's log seconds, and what is added to the sum."""

    signs: tuple[tuple[int, str], ...]
    shift: float = 0.0


def speedup_of(claim: Claim) -> Terms:
    """Return baseline seconds / contender seconds."""
    assert claim.baseline is not None
    assert claim.contender is not None
    return Terms(((1, claim.baseline), (-1, claim.contender)))


def efficiency_of(claim: Claim) -> Terms:
    """Return the speedup over the capacity of as many independent workers."""
    assert claim.capacity is not None
    capacity = ((-1, claim.capacity.one), (1, claim.capacity.together))
    return Terms((*speedup_of(claim).signs, *capacity), -math.log(claim.capacity.workers))


def log_median(benchmark: Benchmark) -> stats.Median:
    """Return the median of a benchmark's log seconds, from its rounds or its summary."""
    left = benchmark.summary
    if left is not None:
        return stats.log_median_of_summary(left.median, left.iqr, left.rounds)
    return stats.median(np.log(benchmark.rounds))


def log_ratio(table: Table, terms: Terms) -> Quantity:
    """Return the signed sum of the log seconds of several benchmarks, as a ratio.

    A block that lost one of the benchmarks is not used. Where one was not measured in
    blocks, their medians are taken as independent.
    """
    import pandas as pd

    if any(not table.in_blocks(name) for _, name in terms.signs):
        medians = (table.log_median(name) for _, name in terms.signs)
        signed = (m if sign > 0 else -m for m, (sign, _) in zip(medians, terms.signs, strict=True))
        summarised = any((b := table.find(name)) and b.summary for _, name in terms.signs)
        return Quantity(None, tuple(signed), summarised, shift=terms.shift)
    columns = [sign * table.rounds(name).map(math.log) for sign, name in terms.signs]
    sums = pd.concat(columns, axis=1).dropna().sum(axis=1)
    return Quantity(sums.to_numpy(np.float64), shift=terms.shift)


def lost_blocks(table: Table, names: Iterable[str]) -> int:
    """Return in how many blocks at least one of the benchmarks gave no time."""
    return len({block for name in names if (b := table.find(name)) for block in b.info.lost})


def recorded(table: Table, claim_id: str, benchmark: str, name: str) -> stats.Floats:
    """Return a number recorded in every round of a benchmark.

    Raises:
        BadInputError: it was not recorded.
    """
    found = table.find(benchmark)
    assert found is not None
    if name not in found.info.recorded:
        have = ", ".join(sorted(found.info.recorded)) or "nothing"
        message = (
            f"{table.run.path}: claim {claim_id} looks at {name!r} of {benchmark}, "
            f"which records {have}"
        )
        raise BadInputError(message)
    return np.asarray(table.rounds(benchmark, name).dropna(), dtype=np.float64)


def violated(table: Table, claim: Claim) -> list[str]:
    """Return the conditions of an ``exact`` claim that some round does not meet."""
    found = []
    for condition in claim.exact or ():
        values = recorded(table, claim.id, condition.benchmark, condition.name)
        worst = [v for v in values if not condition.low <= v <= condition.high]
        if worst:
            found.append(
                f"{condition.name} of {condition.benchmark} is {worst[0]:.3g} in {len(worst)} of "
                f"{len(values)} rounds (allowed: {condition})"
            )
    return found
