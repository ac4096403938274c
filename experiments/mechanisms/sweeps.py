"""One strategy at several sizes, or several numbers of workers, within one round.

The parts of a sweep are compared with each other, so they are measured next to each
other; what the sweep comes to is recorded as one number a round.
"""

from __future__ import annotations

import math
import time
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from experiments.work import strategies
from experiments.work.workloads import numbers, true_mean
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SIZES = 5
STEP = 5
"""Sizes of a sweep: so many, each so many times the one before."""


def sizes(largest: int) -> list[int]:
    """Return the sizes of a sweep, geometric, the largest last."""
    return [max(2, largest // STEP**power) for power in reversed(range(SIZES))]


def seconds_of(work: Callable[[], Outcome], truth: float) -> float:
    """Return how long ``work`` takes, once.

    Raises:
        ValueError: it does not compute ``truth``.
    """
    started = time.perf_counter()
    outcome = work()
    elapsed = time.perf_counter() - started
    if not math.isclose(outcome.values[0], truth, rel_tol=1e-9):
        message = f"computed {outcome.values[0]!r} instead of {truth!r}"
        raise ValueError(message)
    return elapsed


def break_even(strategy: Callable[[int], Outcome], largest: int) -> Outcome:
    """Run the serial loop and a strategy at every size; find where the strategy begins to pay.

    Records ``break_even_seconds``: the serial seconds of work from which on the strategy is
    faster, interpolated on logarithmic axes between two sizes; twice the longest serial
    time where it never is in this range, the shortest where it always is.
    """
    serial, ratios = [], []
    for size in sizes(largest):
        d, truth = numbers(size), true_mean(size)
        serial.append(seconds_of(partial(strategies.serial, d), truth))
        spread = seconds_of(partial(strategy, size), truth)
        ratios.append(math.log(serial[-1] / spread))
    recorded = {"break_even_seconds": crossing([math.log(s) for s in serial], ratios)}
    return Outcome([1.0], gil_enabled(), None, recorded)


def crossing(log_seconds: Sequence[float], log_speedups: Sequence[float]) -> float:
    """Return the seconds from which on the speedup stays above 1.

    It is where the last piece that begins below 1 and ends above crosses it.
    """
    if log_speedups[-1] <= 0:
        return 2 * math.exp(max(log_seconds))
    points = list(zip(log_seconds, log_speedups, strict=True))
    for (x0, y0), (x1, y1) in reversed(list(pairwise(points))):
        if y0 <= 0 < y1:
            return math.exp(x0 + (x1 - x0) * -y0 / (y1 - y0))
    return math.exp(log_seconds[0])


def scaling(size: int, most: int, start_method: str, timeout: float) -> Outcome:
    """Run the mean by 1 to ``most`` processes; record each ``speedup_k`` and ``serial_share``."""
    d, truth = numbers(size), true_mean(size)
    alone = seconds_of(partial(strategies.serial, d), truth)
    speedups = {}
    for k in range(1, most + 1):
        work = partial(strategies.processes, d, k, start_method, timeout)
        together = seconds_of(work, truth)
        speedups[k] = alone / together
    recorded = {f"speedup_{k}": speedup for k, speedup in speedups.items()}
    recorded["serial_share"] = serial_share(speedups)
    return Outcome([1.0], gil_enabled(), start_method, recorded)


def serial_share(speedups: Mapping[int, float]) -> float:
    """Return the share s of work that does not spread: 1/speedup = s + (1 - s)/k (Amdahl, 1967).

    Least squares over all numbers of workers k above 1.
    """
    above = sum((1 - 1 / k) * (1 / speedup - 1 / k) for k, speedup in speedups.items())
    return above / sum((1 - 1 / k) ** 2 for k in speedups)
