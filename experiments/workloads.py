"""What is computed: the course's own functions, at three sizes.

Everything here is a top-level function, so that it can be pickled for the
start methods that need it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

Numbers = NDArray[np.float64]
"""The array whose mean is computed: one dimension, float64."""

ARRAY_SEED = 17
"""The array is the same in every run: its values are part of the workload."""


@dataclass(frozen=True)
class Scale:
    """One size of every workload.

    matrix: rows of the matrices of linear algebra.
    mebibytes: what is hashed.
    round_trips: messages to and fro between two workers.
    numbers: float64 values in the array whose mean is computed.
    calls, call_size: the joblib loop is ``f(i) for i in range(calls)``, each
        over ``call_size`` integers. 24 calls divide evenly by 2 and by 6.
    fewest, most, budget: how many blocks are measured at least and at most, and the
        seconds after which none is begun, unless the user says otherwise.
    timeout: seconds after which a wait for one round is given up.
    """

    numbers: int
    calls: int
    call_size: int
    matrix: int
    mebibytes: int
    round_trips: int
    fewest: int
    most: int
    budget: float
    timeout: float


SCALES = {
    "smoke": Scale(
        numbers=100_000,
        calls=24,
        call_size=10_000,
        matrix=200,
        mebibytes=2,
        round_trips=200,
        fewest=6,
        most=6,
        budget=60,
        timeout=60,
    ),
    "quick": Scale(
        numbers=3_500_000,
        calls=24,
        call_size=300_000,
        matrix=1400,
        mebibytes=100,
        round_trips=3000,
        fewest=11,
        most=36,
        budget=150,
        timeout=120,
    ),
    "course": Scale(
        numbers=100_000_000,
        calls=24,
        call_size=10_000_000,
        matrix=2500,
        mebibytes=500,
        round_trips=10_000,
        fewest=11,
        most=36,
        budget=900,
        timeout=900,
    ),
}


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


def gil_enabled() -> bool:
    """Say whether this interpreter runs with a global interpreter lock."""
    check = getattr(sys, "_is_gil_enabled", None)
    return True if check is None else bool(check())
