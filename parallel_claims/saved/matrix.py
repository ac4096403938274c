"""A run's rounds as numbers by block: a row a block, a column a benchmark, NaN where it is lost."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from parallel_claims.saved.form import Benchmark, Run

    Floats = NDArray[np.float64]


class Matrix:
    """The benchmarks of a run that were measured in blocks, and the blocks that any of them has."""

    def __init__(self, run: Run) -> None:
        self.benchmarks = [b for b in run.benchmarks if b.rounds and b.info.blocks is not None]
        known = {block for b in self.benchmarks for block in b.info.blocks or ()}
        self.blocks: NDArray[np.int64] = np.array(sorted(known), dtype=np.int64)

    @cached_property
    def seconds(self) -> Floats:
        """Return what each benchmark took in each block."""
        return self.columns([b.rounds for b in self.benchmarks])

    @cached_property
    def positions(self) -> Floats:
        """Return the place of each benchmark in each block, -1 where the file does not say it."""
        return self.columns([b.info.positions or [-1] * len(b.rounds) for b in self.benchmarks])

    def columns(self, values: Sequence[Sequence[Any]]) -> Floats:
        """Return numbers that stand beside the rounds of each benchmark, a column each."""
        pairs = zip(self.benchmarks, values, strict=True)
        columns = [self.column(benchmark, given) for benchmark, given in pairs]
        return np.column_stack(columns) if columns else np.empty((0, 0))

    def column(self, benchmark: Benchmark, values: Sequence[Any]) -> Floats:
        """Return the numbers that stand beside one benchmark's rounds, each at its block."""
        found = np.full(len(self.blocks), np.nan)
        places = np.searchsorted(self.blocks, np.array(benchmark.info.blocks, dtype=np.int64))
        found[places] = np.array(values, dtype=np.float64)  # None becomes NaN
        return found
