"""Handing over from one worker to another and back: a message to and fro, many times.

Two threads and two processes use the same primitive, a duplex pipe.
"""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING, Any, Self

from experiments.work.strategies import WorkerLostError, end
from parallel_claims import Outcome, end_with_parent, gil_enabled

try:
    import resource
except ImportError:  # Windows does not count context switches
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

STOP = b"stop"


def echo(connection: Connection) -> None:
    """Send back every message until told to stop: what the other worker runs."""
    while (message := connection.recv_bytes()) != STOP:
        connection.send_bytes(message)


def echo_in_process(connection: Connection) -> None:
    """Echo in a process of its own."""
    end_with_parent()
    echo(connection)


def context_switches() -> int:
    """Return how often this process gave up its CPU so far, of itself or not."""
    if resource is None:
        return 0
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw + usage.ru_nivcsw


class PingPong:
    """A started worker that echoes: a thread of this process, or another process."""

    def __init__(self, how: str, timeout: float) -> None:
        self.how = how
        self.timeout = timeout
        self.start_method = None if how == "thread" else how
        context: Any = multiprocessing.get_context(self.start_method)
        self.here, self.there = context.Pipe()
        alone = how == "thread"
        worker = threading.Thread if alone else context.Process
        target = echo if alone else echo_in_process
        self.worker: Any = worker(target=target, args=(self.there,), daemon=True)

    def __enter__(self) -> Self:
        """Start the worker and wait for its first echo."""
        self.worker.start()
        try:
            self.exchange(1)
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
        """Stop the worker."""
        try:
            self.here.send_bytes(STOP)
            self.worker.join(self.timeout)
        except OSError:
            pass  # the worker is gone already
        if self.start_method is not None:
            end([self.worker])
        self.here.close()
        self.there.close()

    def exchange(self, times: int) -> None:
        """Send a byte and wait for it to come back, so many times.

        Raises:
            WorkerLostError: no echo within ``timeout`` seconds.
        """
        for _ in range(times):
            self.here.send_bytes(b".")
            if not self.here.poll(self.timeout):
                message = f"the other {self.how} gave no echo within {self.timeout:g} s"
                raise WorkerLostError(message)
            self.here.recv_bytes()

    def run(self, times: int) -> Outcome:
        """Exchange so many times: the timed part; records context switches of this process."""
        before = context_switches()
        self.exchange(times)
        recorded = {"context_switches": float(context_switches() - before)}
        return Outcome([float(times)], gil_enabled(), self.start_method, recorded)
