"""What is asked of a cluster, whichever it is; and that it stays the one it was."""

from __future__ import annotations

import multiprocessing
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from joblib import delayed

from experiments.cluster import tasks
from experiments.work.strategies import WorkerLostError, bounds
from experiments.work.workloads import f
from parallel_claims import Outcome, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from experiments.work.workloads import Numbers

SILENT = 10.0
"""Seconds without a sign after which a worker is called silent."""


PAUSE = 0.5
"""Seconds before a cluster is asked again that cannot be joined yet."""


def asked_again(join: Callable[[], None], seconds: float) -> None:
    """Join a cluster; one that answers, but has just begun to, is asked again for so many seconds.

    Raises:
        ConnectionAbortedError: it cannot be joined in that time either.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            join()
        except ConnectionAbortedError:
            if time.monotonic() + PAUSE > deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


class Cluster(ABC):
    """Workers that are there, and are the same until the end.

    kind: ``dask`` or ``ray``. local: whether it was started here, for this run.
    workers: one name a worker, which no other process ever has.
    encrypted: whether what is sent is.
    fewest: of how many workers joblib makes use at least.
    """

    kind: str
    fewest = 1
    local: bool
    address: str
    encrypted: bool
    workers: Sequence[str]

    @abstractmethod
    def present(self) -> set[str]:
        """Return the workers that are there and give signs of life.

        Raises:
            WorkerLostError: nobody answers that could know.
        """

    @abstractmethod
    def each(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], timeout: float
    ) -> list[Any]:
        """Call a function once on each of the first workers, at the same time.

        arguments: those of each call, a worker each.

        Raises:
            WorkerLostError: no answer within ``timeout`` seconds.
        """

    def limits(self) -> dict[str, int]:
        """Return the bytes of memory that workers are allowed, of those that have a limit."""
        return {}

    def prepare(self, workers: int) -> None:  # noqa: B027  Dask's workers are there anyway
        """Have so many of joblib's workers there before the clock runs."""

    @abstractmethod
    def parallel(
        self, calls: Sequence[Any], workers: int, timeout: float, *, one_by_one: bool = False
    ) -> list[Any]:
        """Run delayed calls by joblib's ``Parallel`` on the first so many workers.

        one_by_one: send each call as a task of its own.
        """

    @abstractmethod
    def sums(
        self, d: Numbers, parts: Sequence[tuple[int, int]], way: str, timeout: float
    ) -> list[float]:
        """Return the sum of each part of an array; each part is a task.

        way: ``sent`` with each task, or ``scattered`` once to all workers.
        """

    @abstractmethod
    def start_up(self, timeout: float) -> None:
        """Start as many workers as there are once more, and end them."""

    @abstractmethod
    def close(self) -> None:
        """End it if it was started here; leave it if it was joined."""

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Let nothing be measured on a cluster that is not the one it was.

        Raises:
            WorkerLostError: a worker is gone or silent, before or after; it says which.
        """
        self.check()
        try:
            yield
        except Exception as error:
            self.check(error)
            raise
        self.check()

    def check(self, cause: Exception | None = None) -> None:
        """Look whether every worker is there.

        Raises:
            WorkerLostError: one is not.
        """
        present = self.present()
        lost = [name for name in self.workers if name not in present]
        if lost:
            message = (
                f"{len(lost)} of {len(self.workers)} workers gone or silent: {', '.join(lost[:3])}"
            )
            raise WorkerLostError(message) from cause

    def loop(self, calls: int, size: int, workers: int, timeout: float) -> Outcome:
        """Run the joblib chapter's loop by joblib on so many workers."""
        values = self.parallel([delayed(f)(i, size) for i in range(calls)], workers, timeout)
        return Outcome(values, gil_enabled(), self.kind)

    def ready(self, calls: int, size: int, workers: int, timeout: float) -> Outcome:
        """Have so many workers share the calls equally: one task each, the least there can be."""
        arguments = [(number, workers, calls, size) for number in range(workers)]
        return Outcome(self.each(tasks.share, arguments, timeout), gil_enabled(), self.kind)

    def empty(self, count: int, timeout: float) -> Outcome:
        """Send so many tasks that do nothing, each by itself."""
        calls = [delayed(tasks.nothing)(i) for i in range(count)]
        values = self.parallel(calls, len(self.workers), timeout, one_by_one=True)
        return Outcome(values, gil_enabled(), self.kind)

    def mean(self, d: Numbers, way: str, file: str, timeout: float) -> Outcome:
        """Compute the mean of an array by tasks that get it in one of three ways.

        way: see ``sums``, or ``mapped``: written once to ``file``, which every worker maps.
        """
        import numpy as np

        parts = bounds(len(d), TASKS_A_WORKER * len(self.workers))
        if way == "mapped":
            np.save(file, d)
            calls = [delayed(tasks.sum_of_file)(file, s, e) for s, e in parts]
            found = self.parallel(calls, len(self.workers), timeout, one_by_one=True)
        else:
            found = self.sums(d, parts, way, timeout)
        return Outcome([sum(found) / len(d)], gil_enabled(), self.kind)


@contextmanager
def in_time(timeout: float) -> Iterator[None]:
    """Say of joblib's error that it was the time: multiprocessing's, before 1.4 Python's.

    Raises:
        WorkerLostError: its calls took over ``timeout`` seconds.
    """
    try:
        yield
    except (multiprocessing.TimeoutError, TimeoutError):
        message = f"calls took over {timeout:g} s: a worker hangs, or is gone"
        raise WorkerLostError(message) from None


TASKS_A_WORKER = 4
"""Tasks on one array that each worker gets."""
