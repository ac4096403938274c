"""What a ratio of times is: the one place where it is defined.

``speedup = baseline seconds / contender seconds``: above 1 the contender is faster.
``efficiency = speedup / capacity``, with ``capacity = serial / k ready workers on the same work``
(or ``k x one worker alone / k workers together``). All are taken block by block, as logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from parallel_claims import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.judge.claims import Claim
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


def speedup_of(claim: Claim) -> Terms:
    """Return baseline seconds / contender seconds."""
    assert claim.baseline is not None
    assert claim.contender is not None
    return Terms(((1, claim.baseline), (-1, claim.contender)))


def efficiency_of(claim: Claim) -> Terms:
    """Return the speedup over the capacity of as many workers that were already started.

    ``capacity = serial / ready``: where the ready workers do the baseline's own work that is
    ``ready / contender``, two benchmarks instead of four, and half the noise.
    """
    assert claim.capacity is not None
    assert claim.contender is not None
    capacity, older = claim.capacity, None
    if capacity.one is not None and capacity.together is not None:
        signs = (*speedup_of(claim).signs, (-1, capacity.one), (1, capacity.together))
        older = Terms(signs, -math.log(capacity.workers))
    if capacity.ready is None:
        assert older is not None
        return older
    direct = ((1, capacity.ready), (-1, claim.contender))
    if capacity.serial in {None, claim.baseline}:
        return Terms(direct, older=older)
    assert capacity.serial is not None
    signs = (*speedup_of(claim).signs, (-1, capacity.serial), (1, capacity.ready))
    return Terms(signs, older=older)


def log_median(benchmark: Benchmark) -> stats.Median:
    """Return the median of a benchmark's log seconds, from its rounds or its summary."""
    left = benchmark.summary
    if left is not None:
        return stats.log_median_of_summary(left.median, left.iqr, left.rounds)
    return stats.median(np.log(benchmark.rounds))
