"""joblib's Memory and delayed: which calls really run a function.

Each function notes its calls in a file, for they may come from another process.
"""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joblib import Memory, delayed

from experiments.work.strategies import end, join_all
from experiments.work.workloads import f
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = 400_000
"""Integers that a cached function loops over: tens of milliseconds."""


def note_call(log: str) -> None:
    """Note that a function runs."""
    with Path(log).open("a", encoding="ascii") as file:
        file.write(".")


def calls(log: str) -> int:
    """Return how often functions have run."""
    return len(Path(log).read_text(encoding="ascii")) if Path(log).exists() else 0


def slow_mean(i: int, log: str) -> float:
    """Compute something slowly, and note it."""
    note_call(log)
    return f(i, WORK)


def slow_double(i: int, log: str) -> float:
    """Compute something else slowly, and note it."""
    note_call(log)
    return 2 * f(i, WORK)


def recall(folder: str, function: Callable[[int, str], float], i: int, log: str) -> float:
    """Call a function through a Memory in ``folder``; the log is no part of its input."""
    cached: Any = Memory(folder, verbose=0).cache(function, ignore=["log"])
    return float(cached(i, log))


def counted(folder: str, function: Callable[[int, str], float], i: int) -> Outcome:
    """Call a function through a Memory; record whether it ran."""
    log = f"{folder}/calls"
    before = calls(log)
    value = recall(folder, function, i, log)
    return Outcome([value], gil_enabled(), None, {"calls": float(calls(log) - before)})


def counted_elsewhere(folder: str, i: int, start_method: str, timeout: float) -> Outcome:
    """Call a function through a Memory in another process; record whether it ran."""
    log = f"{folder}/calls"
    before = calls(log)
    context: Any = multiprocessing.get_context(start_method)
    child = context.Process(target=recall, args=(folder, slow_mean, i, log))
    try:
        child.start()
        join_all([child], timeout)
    finally:
        end([child])
    recorded = {"calls": float(calls(log) - before)}
    return Outcome([1.0], gil_enabled(), start_method, recorded)


def only_delayed(folder: str) -> Outcome:
    """Name a function and its inputs by ``delayed``; record whether it ran, and the shape.

    ``is_triple``: whether what comes back is the function, its arguments, its keywords.
    """
    log = f"{folder}/calls"
    found = delayed(slow_mean)(3, log=log)
    recorded = {
        "calls": float(calls(log)),
        "is_triple": float(found == (slow_mean, (3,), {"log": log})),
    }
    return Outcome([1.0], gil_enabled(), None, recorded)
