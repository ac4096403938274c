"""What the machine can do: k workers that are already started, and share the work equally.

They do exactly what the contender's workers do, at the same time, on data that they hold
already: creating workers and sending them work is not in it; cores, quota, SMT, turbo and
neighbours all are. It is the most that any way of spreading this work over k workers could
gain on this machine at this moment.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self

from experiments.work import native
from experiments.work.strategies import WorkerLostError, bounds, end, fate
from experiments.work.workloads import f, mean, numbers, true_f
from parallel_claims import Outcome, end_with_parent, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import TracebackType

READY = "ready"

Share = tuple[int, int]
"""Which worker, from 0, of how many."""


def part(size: int, share: Share) -> tuple[int, int]:
    """Return where a worker's part of ``range(size)`` starts and ends."""
    return bounds(size, share[1])[share[0]]


def share_of_mean(share: Share, size: int) -> float:
    """Compute the mean of a part of an array of ``size`` values by the course's loop."""
    return mean(numbers(size), *part(size, share))


def share_of_loop(share: Share, calls: int, size: int) -> float:
    """Run a part of the calls of the joblib chapter's loop; return the sum."""
    return sum(f(i, size) for i in range(*part(calls, share)))


def share_of_product(share: Share, size: int) -> float:
    """Multiply a part of a matrix's rows by the matrix, on one BLAS thread."""
    return native.product_of_rows(size, *part(size, share))


def share_of_hash(share: Share, mebibytes: int) -> float:  # noqa: ARG001  all shares are alike
    """Hash so many MiB: each worker as many as each of the contender's threads."""
    return float(native.digest(mebibytes))


SHARES: dict[str, Callable[..., float]] = {
    "mean": share_of_mean,
    "loop": share_of_loop,
    "product": share_of_product,
    "hash": share_of_hash,
}

PREPARE: dict[str, Callable[..., object]] = {
    "mean": numbers,
    "loop": lambda *_: f(0, 1000),
    "product": native.matrix,
    "hash": lambda _: native.digest(1),
}
"""What a worker does before it is ready: make its data, load its code."""


def true_shares(work: str, workers: int, *sizes: int) -> list[float]:
    """Return what each worker must answer, computed in another way."""
    parts = [part(sizes[0], (number, workers)) for number in range(workers)]
    if work == "mean":
        return [float(numbers(sizes[0])[s:e].mean()) for s, e in parts]
    if work == "loop":
        return [sum(true_f(i, sizes[1]) for i in range(s, e)) for s, e in parts]
    if work == "product":
        return [native.true_product_of_rows(sizes[0], s, e) for s, e in parts]
    return [float(native.digest(sizes[0]))] * workers


def serve(
    connection: Connection, work: str, share: Share, sizes: tuple[int, ...], cpu: int | None
) -> None:
    """Prepare, say so; work and answer whenever told to, until told to end: what a worker runs."""
    end_with_parent()
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    PREPARE[work](*sizes)
    connection.send(READY)
    while connection.recv():
        connection.send((SHARES[work](share, *sizes), gil_enabled()))


class Started:
    """Worker processes that are started, say when they are ready, and wait for the word.

    targets: what each runs, with its arguments after its end of the connection.

    Raises:
        WorkerLostError: a worker died, or gave no answer within ``timeout`` seconds.
    """

    def __init__(
        self, targets: Sequence[tuple[Any, tuple[Any, ...]]], start_method: str, timeout: float
    ) -> None:
        self.start_method = start_method
        self.timeout = timeout
        context: Any = multiprocessing.get_context(start_method)
        self.connections: list[Connection] = []
        self.children: list[BaseProcess] = []
        for target, args in targets:
            here, there = context.Pipe()
            child = context.Process(target=target, args=(there, *args), daemon=True)
            child.start()
            there.close()
            self.connections.append(here)
            self.children.append(child)

    def __enter__(self) -> Self:
        """Wait until every worker is ready."""
        try:
            self.answers()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell the workers to end, and end those that do not."""
        for connection in self.connections:
            with suppress(OSError):
                connection.send(False)  # noqa: FBT003  the word to end
        for child in self.children:
            child.join(0 if error else 1)
        end(self.children)
        for connection in self.connections:
            connection.close()

    def go(self) -> list[Any]:
        """Have every worker do its work once, all at the same time; return the answers.

        It may be asked for again: a benchmark is measured in several slices.
        """
        for connection in self.connections:
            connection.send(True)  # noqa: FBT003  the word to work
        return self.answers()

    def answers(self) -> list[Any]:
        """Return one message from each worker, in their order."""
        deadline = time.monotonic() + self.timeout
        waiting = dict(zip(self.connections, self.children, strict=True))
        answers: dict[int, Any] = {}
        while waiting:
            ready = wait(list(waiting), max(0.0, deadline - time.monotonic()))
            if not ready:
                message = (
                    f"{len(waiting)} of {len(self.children)} workers gave no answer "
                    f"within {self.timeout:g} s"
                )
                raise WorkerLostError(message)
            for number, connection in enumerate(self.connections):
                if connection in ready:
                    child = waiting.pop(connection)
                    try:
                        answers[number] = connection.recv()
                    except EOFError:
                        child.join(10)
                        message = f"a worker {fate(child.exitcode or 0)}"
                        raise WorkerLostError(message) from None
        return [answers[number] for number in sorted(answers)]


class Workers(Started):
    """``count`` started workers, each holding its data, waiting for the word.

    work: what they share, a name in ``SHARES``. sizes: how large it is.
    cpus: where each worker is pinned to, if anywhere.
    """

    def __init__(
        self,
        count: int,
        work: str,
        sizes: tuple[int, ...],
        start_method: str,
        timeout: float,
        cpus: Sequence[int] | None = None,
    ) -> None:
        shares = [(number, count) for number in range(count)]
        pins: Sequence[int | None] = cpus or [None] * count
        targets = [
            (serve, (work, share, sizes, cpu)) for share, cpu in zip(shares, pins, strict=True)
        ]
        super().__init__(targets, start_method, timeout)

    def run(self) -> Outcome:
        """Have every worker do its share once, all at the same time: the timed part."""
        answers = self.go()
        values = [value for value, _ in answers]
        return Outcome(values, all(gil for _, gil in answers), self.start_method)
