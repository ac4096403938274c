"""Runs and claims to estimates: the one place where a ratio is defined.

``speedup = baseline seconds / contender seconds``: above 1 the contender is faster.
``efficiency = speedup / capacity``, with ``capacity = k x one worker alone / k workers
together``. All are taken block by block, as logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis import stats
from analysis.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.claims import Claim
    from analysis.load import Benchmark, Run


@dataclass(frozen=True)
class Estimate:
    """What a run says about a claim.

    judged: the quantity that the rule bounds (a ratio, or a recorded number).
    speedup: the ratio of times where the claim compares two benchmarks.
    efficiency: the speedup over the measured capacity where the claim names one.
    blocks: how many blocks, or for ``exact`` rounds, it rests on.
    dropped: blocks in which one of the benchmarks gave no time.
    paired: whether the ratio was taken block by block.
    """

    judged: stats.Interval
    speedup: stats.Interval | None
    efficiency: stats.Interval | None
    blocks: int
    dropped: int = 0
    paired: bool = True


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


def estimate(table: Table, claim: Claim) -> Estimate:
    """Estimate what a claim bounds, from a run that has all its benchmarks.

    Raises:
        BadInputError: a number that the claim looks at was not recorded.
    """
    if claim.exact is not None:
        return exact(table, claim)
    if claim.recorded is not None:
        values = recorded(table, claim.id, claim.recorded.benchmark, claim.recorded.name)
        judged = stats.paired(values)
        lost = table.find(claim.recorded.benchmark)
        return Estimate(judged, None, None, len(values), len(lost.info.lost) if lost else 0)
    assert claim.baseline is not None
    assert claim.contender is not None
    terms = [(1, claim.baseline), (-1, claim.contender)]
    ratio = log_ratio(table, terms)
    speedup, efficiency = ratio.interval.exp(), None
    if claim.capacity is not None:
        terms += [(-1, claim.capacity.one), (1, claim.capacity.together)]
        share = log_ratio(table, terms)
        efficiency = share.interval.shifted(-math.log(claim.capacity.workers)).exp()
        if claim.efficiency is not None:
            return Estimate(
                efficiency, speedup, efficiency, share.blocks, share.dropped, share.paired
            )
    return Estimate(speedup, speedup, efficiency, ratio.blocks, ratio.dropped, ratio.paired)


class LogRatio(NamedTuple):
    """A signed sum of log seconds, and what it rests on (as in ``Estimate``)."""

    interval: stats.Interval
    blocks: int
    dropped: int
    paired: bool


def log_ratio(table: Table, terms: Sequence[tuple[int, str]]) -> LogRatio:
    """Return the signed sum of the log seconds of several benchmarks.

    A block that lost one of the benchmarks is not used and is counted as dropped. Where
    one was not measured in blocks, the samples are taken as independent.
    """
    import pandas as pd

    columns = [sign * table.rounds(name).map(math.log) for sign, name in terms]
    if any((column.index < 0).any() for column in columns):
        samples = [column.to_numpy(np.float64) for column in columns]
        return LogRatio(stats.unpaired(samples), min(map(len, columns)), 0, paired=False)
    sums = pd.concat(columns, axis=1).dropna().sum(axis=1).to_numpy(np.float64)
    lost = {block for _, name in terms if (b := table.find(name)) for block in b.info.lost}
    return LogRatio(stats.paired(sums), len(sums), len(lost), paired=True)


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


def exact(table: Table, claim: Claim) -> Estimate:
    """Return the range over all rounds of the first condition that is violated.

    Without a violation it is that of the first condition.
    """
    assert claim.exact is not None
    ranges = []
    for condition in claim.exact:
        values = recorded(table, claim.id, condition.benchmark, condition.name)
        low, high = float(values.min()), float(values.max())
        outside = low < condition.low or high > condition.high
        ranges.append((not outside, stats.Interval(float(np.median(values)), low, high), values))
    _, judged, values = min(ranges, key=lambda entry: entry[0])
    return Estimate(judged, None, None, len(values))


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
