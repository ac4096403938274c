"""The rounds of one run, by benchmark name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_claims import stats
    from parallel_claims.saved.form import Benchmark, Run
from parallel_claims.judge.quantity import Quantity, numbers
from parallel_claims.judge.ratio import Terms, log_median
from parallel_claims.saved.matrix import Matrix
from parallel_claims.saved.names import Names


class Table:
    """The rounds of one run, by benchmark name."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.matrix = Matrix(run)
        self.by_id = {b.fullname: b for b in run.benchmarks}
        self.names = Names(self.by_id)

    def find(self, name: str) -> Benchmark | None:
        """Return the benchmark saved under this name or full name, None if there is none.

        Raises:
            BadInputError: several benchmarks have this name.
        """
        found = self.names.find(name)
        if len(found) > 1:
            message = f"{self.run.path}: {self.names.unclear(name)}"
            raise BadInputError(message)
        return self.by_id[found[0]] if found else None

    def absent(self, claim_id: str, name: str) -> BadInputError:
        """Return the error for a claim that names what the run does not have."""
        near = self.names.nearest(name) or self.names.nodeids[:3]
        message = (
            f"{self.run.path}: claim {claim_id} names {name!r}, which is not in this file; "
            f"nearest: {', '.join(near)} (all names: parallel-claims lint)"
        )
        return BadInputError(message)

    def seconds(self, name: str) -> stats.Floats:
        """Return what a benchmark took in each block of the matrix, NaN where it gave no time."""
        benchmark = self.find(name)
        assert benchmark is not None
        return self.matrix.column(benchmark, benchmark.rounds)

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


def log_ratio(table: Table, terms: Terms) -> Quantity:
    """Return the signed sum of the log seconds of several benchmarks, as a ratio.

    A block that lost one of the benchmarks is not used. Where one was not measured in
    blocks, their medians are taken as independent.
    """
    if any(not table.in_blocks(name) for name in terms.names):
        summarised = any((b := table.find(name)) and b.summary for name in terms.names)
        return Quantity(sample=terms.log_ratio(table.log_median), summarised=summarised)

    found = terms.log_ratio(lambda name: np.log(table.seconds(name)))
    there = ~np.isnan(found)
    return Quantity(found[there], table.matrix.blocks[there])


def lost_blocks(table: Table, names: Iterable[str]) -> int:
    """Return in how many blocks at least one of the benchmarks gave no time."""
    return len({block for name in names if (b := table.find(name)) for block in b.info.lost})


def recorded(table: Table, claim_id: str, benchmark: str, name: str) -> Quantity:
    """Return a number recorded in every round of a benchmark, block by block.

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
    blocks = found.info.blocks
    return numbers(
        np.array(found.info.recorded[name], dtype=np.float64),
        np.array([-1] * len(found.rounds) if blocks is None else blocks, dtype=np.int64),
    )
