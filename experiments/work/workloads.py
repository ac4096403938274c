"""What is computed: the course's own functions.

Everything here is a top-level function, so that it can be pickled for the
start methods that need it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
from parallel_claims import gil_enabled

Numbers = NDArray[np.float64]
"""The array whose mean is computed: one dimension, float64."""


ARRAY_SEED = 17
"""The array is the same in every run: its values are part of the workload."""


@cache
def numbers(count: int) -> Numbers:
    """Return the array of ``count`` uniform float64 values in [0, 1), made once."""
    return np.random.default_rng(ARRAY_SEED).random(count)


@cache
def true_mean(count: int) -> float:
    """Return the mean of ``numbers(count)`` by NumPy's pairwise summation."""
    return float(numbers(count).mean())


def mean(d: Numbers, s: int, e: int) -> float:
    """Return the mean of ``d[s:e]`` by the course's plain loop."""
    total = 0.0
    for i in range(s, e):
        total += d[i]
    return float(total) / (e - s)


def mean_mp(d: Numbers, s: int, e: int, q: Queue[Any]) -> None:
    """Put the mean of ``d[s:e]`` in the queue: what each process runs.

    With the mean go where its part starts, for parts arrive in any order, and whether
    this worker had a GIL.
    """
    q.put((s, mean(d, s, e), gil_enabled()))


def mean_mt(d: Numbers, s: int, e: int, means: list[float | None], t_no: int) -> None:
    """Store the mean of ``d[s:e]`` in ``means[t_no]``: what each thread runs."""
    means[t_no] = mean(d, s, e)


def f(i: int, size: int) -> float:
    """Return the mean of the ``i``-th run of ``size`` integers, by a plain loop."""
    total = 0.0
    for x in range(i * size, (i + 1) * size):
        total += x
    return total / size


def true_f(i: int, size: int) -> float:
    """Return what ``f(i, size)`` must be: halfway between first and last integer."""
    return (i * size + (i + 1) * size - 1) / 2
