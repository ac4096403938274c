"""A ratio of times as the signed sum of logarithms of seconds, taken block by block.

Which ratios there are is said where they are bounded: ``contrast``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from parallel_claims import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.saved.form import Benchmark


T = TypeVar("T")


@dataclass(frozen=True)
class Terms:
    """A ratio of times: the sign of each benchmark's log seconds, and what is added to the sum.

    older: how runs that do not have these benchmarks measured the same.
    """

    signs: tuple[tuple[int, str], ...]
    shift: float = 0.0
    older: Terms | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the benchmarks."""
        return tuple(name for _, name in self.signs)

    def log_ratio(self, logs: Callable[[str], T]) -> T:
        """Return the logarithm of the ratio, given that of each benchmark's seconds.

        logs: numbers, arrays, or medians of samples: whatever can be negated and added.
        """
        first, *others = (signed(sign, logs(name)) for sign, name in self.signs)
        total: T = sum(others, first) + self.shift
        return total


def signed(sign: int, value: Any) -> Any:
    """Return a value, or its negative."""
    return value if sign > 0 else -value


def log_median(benchmark: Benchmark) -> stats.Median:
    """Return the median of a benchmark's log seconds, from its rounds or its summary."""
    left = benchmark.summary
    if left is not None:
        return stats.log_median_of_summary(left.median, left.iqr, left.rounds)
    return stats.median(np.log(benchmark.rounds))
