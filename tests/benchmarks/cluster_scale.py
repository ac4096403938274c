"""What many workers would gain, by simulation: ``python -m tests.benchmarks.cluster_scale [RUN]``.

A stream of equal tasks, a scheduler that hands out one task at a time at the measured rate, and
workers that each do one at a time. The costs of a task and of a call are those of a saved run
with ``test_cluster_tasks``, or 1 ms and 20 ms. Nothing else costs anything: no data is moved, no
worker is slow or lost, results come back for free. So the figures are the most that so many
workers can give, and the advice that they lead to is on the safe side: smaller tasks scale worse.
"""

from __future__ import annotations

import heapq
import statistics
import sys
from pathlib import Path

from parallel_claims.saved import reading

WORKERS = (10, 100, 1000, 10_000)

TASKS_A_WORKER = 10
"""Tasks of the stream for each worker: it ends when the last of them is done."""

LENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Seconds that a task takes on a worker."""

COSTS = (0.001, 0.02)
"""Seconds of a task and of a call on the scheduler, where no run is given."""


def makespan(tasks: int, workers: int, length: float, a_task: float, a_call: float) -> float:
    """Return the seconds until the last of so many tasks is done.

    length: of a task on its worker. a_task: of handing one out; a_call: before the first.
    """
    free = [0.0] * min(workers, tasks)
    now, last = a_call, 0.0
    for _ in range(tasks):
        now = max(now, free[0]) + a_task  # nobody is sent a task before it is free
        done = now + length
        heapq.heapreplace(free, done)
        last = max(last, done)
    return last


def speedup(workers: int, length: float, costs: tuple[float, float]) -> float:
    """Return how many times as fast as one process a stream of tasks is."""
    tasks = TASKS_A_WORKER * workers
    return tasks * length / makespan(tasks, workers, length, *costs)


def break_even(workers: int, costs: tuple[float, float], gain: float) -> float:
    """Return how long a task has to be for so many workers to reach a gain; by bisection."""
    low, high = 1e-6, 1e6
    while high / low > PRECISE:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if speedup(workers, middle, costs) >= gain else (middle, high)
    return high


PRECISE = 1.01
"""The ratio within which a length is found."""


def costs_of(path: Path) -> tuple[float, float]:
    """Return the median costs of a task and of a call in a saved run."""
    run = reading.read(path)
    found = [b.info.recorded for b in run.benchmarks if b.name.startswith("test_cluster_tasks")]
    (recorded,) = found
    known = (
        [x for x in recorded[name] if x is not None] for name in ("task_seconds", "call_seconds")
    )
    task, call = (max(0.0, statistics.median(values)) for values in known)
    return task, call


def gained(gain: float) -> str:
    """Write a gain."""
    return f"{gain:,.0f}×" if gain >= max(WORKERS) / 100 else f"{gain:.3g}×"


def table(costs: tuple[float, float]) -> str:
    """Return the gains as Markdown: a row a length of task, a column a number of workers."""
    names = [f"{workers:,} workers" for workers in WORKERS]
    lines = [f"| a task takes | {' | '.join(names)} |", "| --- |" + " ---: |" * len(WORKERS)]
    for length in LENGTHS:
        gains = (gained(speedup(workers, length, costs)) for workers in WORKERS)
        lines.append(f"| {length:g} s | {' | '.join(gains)} |")
    for share in (0.5, 0.9):
        needed = (f"{break_even(n, costs, share * n):.2g} s" for n in WORKERS)
        lines.append(f"| *for {share:.0%} of the workers' number* | {' | '.join(needed)} |")
    pays = (f"{1000 * break_even(n, costs, 1.0):.2g} ms" for n in WORKERS)
    lines.append(f"| *to beat one process* | {' | '.join(pays)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    given = costs_of(Path(sys.argv[1])) if sys.argv[1:] else COSTS
    print(f"a task costs {given[0] * 1000:.3g} ms, a call {given[1] * 1000:.3g} ms\n")
    print(table(given))
