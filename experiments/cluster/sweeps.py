"""What a cluster is measured by within one round: several sizes, or numbers of workers."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from experiments.mechanisms.sweeps import SIZES, STEP, crossing, serial_share
from experiments.work import strategies
from experiments.work.strategies import bounds
from experiments.work.workloads import true_f
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.cluster.base import Cluster

BATCHES = (8, 32, 64)
"""How many empty tasks are sent at once."""


def seconds_of(work: Callable[[], Outcome], truth: Sequence[float]) -> float:
    """Return how long ``work`` takes, once.

    Raises:
        ValueError: it does not compute ``truth``.
    """
    started = time.perf_counter()
    outcome = work()
    elapsed = time.perf_counter() - started
    pairs = zip(outcome.values, truth, strict=True)
    if not all(math.isclose(value, true, rel_tol=1e-9) for value, true in pairs):
        message = f"computed {list(outcome.values)!r} instead of {list(truth)!r}"
        raise ValueError(message)
    return elapsed


def true_shares(calls: int, size: int, workers: int) -> list[float]:
    """Return what each of so many ready workers must answer."""
    return [sum(true_f(i, size) for i in range(s, e)) for s, e in bounds(calls, workers)]


def dispatch(cluster: Cluster, timeout: float) -> Outcome:
    """Send empty tasks in batches of different sizes.

    Records ``task_seconds``, what one more task costs, and ``call_seconds``, what is paid
    once a call whatever is sent: slope and intercept by least squares.
    """
    cluster.prepare(len(cluster.workers))
    cluster.empty(1, timeout)
    seconds = [
        seconds_of(lambda n=count: cluster.empty(n, timeout), [float(i) for i in range(count)])  # type: ignore[misc]
        for count in BATCHES
    ]
    slope, intercept = np.polyfit(BATCHES, seconds, 1)
    recorded = {"task_seconds": float(slope), "call_seconds": float(intercept)}
    return Outcome([1.0], gil_enabled(), cluster.kind, recorded)


def start_up(cluster: Cluster, timeout: float) -> Outcome:
    """Start as many workers as there are once more, and end them: ``start_up_seconds``."""
    started = time.perf_counter()
    cluster.start_up(timeout)
    recorded = {"start_up_seconds": time.perf_counter() - started}
    return Outcome([1.0], gil_enabled(), cluster.kind, recorded)


def numbers_of_workers(there: int) -> list[int]:
    """Return 1, 2, 4 … and as many as there are."""
    powers = [2**power for power in range(there.bit_length())]
    return [*powers, *([there] if powers[-1] < there else [])]


def scaling(cluster: Cluster, calls: int, size: int, timeout: float) -> Outcome:
    """Run the loop on 1, 2, 4 … workers by joblib, and on as many that only work.

    Records, against one worker that is sent all calls as one task, ``speedup_k`` of joblib on
    k workers, ``capacity_k`` of k workers that each are sent their share as one task, and
    Amdahl's ``serial_share``.
    """
    truth = [true_f(i, size) for i in range(calls)]
    spread, ready = {}, {}
    for k in numbers_of_workers(len(cluster.workers)):
        shares = true_shares(calls, size, k)
        ready[k] = seconds_of(lambda k=k: cluster.ready(calls, size, k, timeout), shares)  # type: ignore[misc]
        if k >= cluster.fewest:
            cluster.prepare(k)
            spread[k] = seconds_of(lambda k=k: cluster.loop(calls, size, k, timeout), truth)  # type: ignore[misc]
    speedups = {k: ready[1] / seconds for k, seconds in spread.items()}
    recorded = {f"speedup_{k}": speedup for k, speedup in speedups.items()}
    recorded |= {f"capacity_{k}": ready[1] / seconds for k, seconds in ready.items()}
    recorded["serial_share"] = serial_share(speedups)
    return Outcome([1.0], gil_enabled(), cluster.kind, recorded)


def break_even(cluster: Cluster, calls: int, largest: int, jobs: int, timeout: float) -> Outcome:
    """Run the loop at several sizes alone, by local processes, and on the whole cluster.

    Records ``break_even_seconds``: the serial seconds of work from which on the cluster is
    faster than ``jobs`` warm local processes; see ``mechanisms.sweeps.crossing``.
    """
    cluster.prepare(len(cluster.workers))
    serial, gains = [], []
    for size in (largest // STEP**power for power in reversed(range(SIZES))):
        truth = [true_f(i, size) for i in range(calls)]
        serial.append(seconds_of(lambda n=size: strategies.loop(calls, n), truth))  # type: ignore[misc]
        here = seconds_of(
            lambda n=size: strategies.joblib_loop(calls, n, jobs, "loky", timeout),  # type: ignore[misc]
            truth,
        )
        there = seconds_of(
            lambda n=size: cluster.loop(calls, n, len(cluster.workers), timeout),  # type: ignore[misc]
            truth,
        )
        gains.append(math.log(here / there))
    recorded = {"break_even_seconds": crossing([math.log(s) for s in serial], gains)}
    return Outcome([1.0], gil_enabled(), cluster.kind, recorded)
