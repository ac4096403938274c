"""One memory, several threads: what they share, and what they overwrite."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from typing import TYPE_CHECKING, Any

from experiments.work.strategies import end, join_all, run_in_threads
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable

SWITCH_INTERVAL = 1e-6
"""Seconds after which a thread is asked for the GIL: the shortest, to provoke switches."""


def store(means: list[float | None], number: int) -> None:
    """Store a mean in the list: what each worker runs."""
    means[number] = float(number)


def shared_list(how: str, timeout: float) -> Outcome:
    """Have two workers each store a value in one list; record how many the parent sees.

    how: ``thread``, or the start method of processes, which get a list of their own.
    """
    means: list[float | None] = [None, None]
    if how == "thread":
        run_in_threads([lambda: store(means, 0), lambda: store(means, 1)], timeout)
        start_method = None
    else:
        context: Any = multiprocessing.get_context(how)
        children = [context.Process(target=store, args=(means, n)) for n in range(2)]
        try:
            for child in children:
                child.start()
            join_all(children, timeout)
        finally:
            end(children)
        start_method = how
    seen = sum(value is not None for value in means)
    return Outcome([2.0], gil_enabled(), start_method, {"seen": float(seen)})


class Counter:
    """A number that is read, then written, with a call between: not one step but three."""

    def __init__(self, one_more: Callable[[int], int]) -> None:
        self.value = 0
        self.one_more = one_more
        self.lock = threading.Lock()

    def bump(self) -> None:
        """Add one, without protection: another thread may write between read and write."""
        seen = self.value
        self.value = self.one_more(seen)

    def bump_locked(self) -> None:
        """Add one while no other thread may."""
        with self.lock:
            self.bump()


def one_more(value: int) -> int:
    """Return ``value + 1``: the call at which the interpreter may change threads."""
    return value + 1


def lost_updates(
    times: int,
    timeout: float,
    *,
    locked: bool,
    addition: Callable[[int], int] = one_more,
) -> Outcome:
    """Have two threads each add one ``times`` times; record how many additions were lost.

    With a GIL the switch interval is set to its shortest meanwhile, so that threads change
    in the middle of an addition within the time of a round; without, they run at once.

    addition: returns one more than it is given; called between reading and writing.
    """
    counter = Counter(addition)
    bump = counter.bump_locked if locked else counter.bump

    together = threading.Barrier(2)

    def work() -> None:
        together.wait(timeout)
        for _ in range(times):
            bump()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        run_in_threads([work, work], timeout)
    finally:
        sys.setswitchinterval(interval)
    lost = 2 * times - counter.value
    return Outcome([2.0 * times], gil_enabled(), None, {"lost": float(lost)})
