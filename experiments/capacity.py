"""What the machine can do: k independent workers that are already started.

Capacity(k) = k x (seconds of one worker alone) / (seconds of k workers together),
every worker doing the same work on its own data. It is the most that any way of
spreading work over k workers could gain on this machine at this moment: cores,
quota, SMT, turbo and neighbours are all in it, creation and transport are not.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self

from experiments import native
from experiments.strategies import Outcome, WorkerLostError, end, fate
from experiments.workloads import f, gil_enabled, mean, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import TracebackType

READY = "ready"


def work_mean(size: int) -> float:
    """Compute the mean of an array of ``size`` values by the course's loop."""
    return mean(numbers(size), 0, size)


def work_loop(size: int) -> float:
    """Run the joblib chapter's function once over ``size`` integers."""
    return f(0, size)


def work_product(size: int) -> float:
    """Multiply a matrix of this size by itself on one BLAS thread."""
    return float(native.product(size, 1).values[0])


def work_hash(size: int) -> float:
    """Hash so many MiB."""
    return float(native.digest(size))


WORK = {"mean": work_mean, "loop": work_loop, "product": work_product, "hash": work_hash}


PREPARE: dict[str, Callable[[int], object]] = {
    "mean": numbers,
    "loop": lambda _: f(0, 1000),
    "product": native.matrix,
    "hash": lambda _: native.digest(1),
}
"""What a worker does before it is ready: make its data, load its code."""


def serve(connection: Connection, work: str, size: int, cpu: int | None) -> None:
    """Prepare, say so, wait for the start, work once, answer: what a worker runs."""
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    PREPARE[work](size)
    connection.send(READY)
    connection.recv()
    connection.send((WORK[work](size), gil_enabled()))


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
        """Let the workers end, and end those that do not."""
        for child in self.children:
            child.join(0 if error else 1)
        end(self.children)
        for connection in self.connections:
            connection.close()

    def go(self) -> list[Any]:
        """Have every worker do its work once, all at the same time; return the answers."""
        for connection in self.connections:
            connection.send(None)
        return self.answers()

    def answers(self) -> list[Any]:
        """Return one message from each worker, in any order."""
        deadline = time.monotonic() + self.timeout
        waiting = dict(zip(self.connections, self.children, strict=True))
        answers = []
        while waiting:
            ready = wait(list(waiting), max(0.0, deadline - time.monotonic()))
            if not ready:
                message = (
                    f"{len(waiting)} of {len(self.children)} workers gave no answer "
                    f"within {self.timeout:g} s"
                )
                raise WorkerLostError(message)
            for connection in self.connections:
                if connection in ready:
                    child = waiting.pop(connection)
                    try:
                        answers.append(connection.recv())
                    except EOFError:
                        child.join(10)
                        message = f"a worker {fate(child.exitcode or 0)}"
                        raise WorkerLostError(message) from None
        return answers


class Workers(Started):
    """``count`` started workers, each holding its own data, waiting for the word.

    cpus: where each worker is pinned to, if anywhere.
    """

    def __init__(
        self,
        count: int,
        work: str,
        size: int,
        start_method: str,
        timeout: float,
        cpus: Sequence[int | None] | None = None,
    ) -> None:
        pins = cpus or [None] * count
        super().__init__([(serve, (work, size, cpu)) for cpu in pins], start_method, timeout)

    def run(self) -> Outcome:
        """Have every worker do its work once, all at the same time: the timed part."""
        answers = self.go()
        values = [value for value, _ in answers]
        return Outcome(values, all(gil for _, gil in answers), self.start_method)
