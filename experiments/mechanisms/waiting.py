"""Work that waits: a peer on a socket that answers late, files that are not in memory.

``sleep`` is only the control: it shows what overlaps without any I/O.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import psutil

from experiments.work.strategies import WorkerLostError, answer_of, end
from experiments.work.workloads import f
from parallel_claims import Outcome, end_with_parent, gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path
    from types import TracebackType

DELAY = 0.04
"""Seconds after which the peer answers."""

LOOK_EVERY = 1.0
"""Seconds after which a peer that nobody asks looks whether its parent lives."""


def answer_late(connection: Connection) -> None:
    """Listen on the loopback, answer each question after ``DELAY``: what the peer runs.

    It ends when its parent has.
    """
    end_with_parent()
    parent = multiprocessing.parent_process()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LOOK_EVERY)
        connection.send(listener.getsockname()[1])
        while parent is None or parent.is_alive():
            with contextlib.suppress(TimeoutError):
                client, _ = listener.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()


def answer(client: socket.socket) -> None:
    """Answer one question, late."""
    with client:
        client.settimeout(60)
        if client.recv(1):
            time.sleep(DELAY)
            client.sendall(b"!")


class LatePeer:
    """A process that answers late; ``ask`` asks it once.

    Raises:
        WorkerLostError: the peer did not start within ``timeout`` seconds.
    """

    def __init__(self, start_method: str, timeout: float) -> None:
        self.timeout = timeout
        context: Any = multiprocessing.get_context(start_method)
        self.connection, there = context.Pipe()
        self.process = context.Process(target=answer_late, args=(there,), daemon=True)
        self.process.start()
        there.close()
        try:
            self.port: int = answer_of(self.process, self.connection, timeout)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        """Return the started peer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the peer."""
        end([self.process])
        self.connection.close()

    def ask(self) -> None:
        """Ask once and wait for the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout) as link:
            link.sendall(b"?")
            if link.recv(1) != b"!":
                message = "the peer hung up without an answer"
                raise WorkerLostError(message)


def sleep() -> None:
    """Wait without any I/O: the control."""
    time.sleep(DELAY)


def one_after_other(waits: Sequence[Callable[[], object]]) -> Outcome:
    """Do the waits one after the other."""
    for wait in waits:
        wait()
    return Outcome([float(len(waits))], gil_enabled())


def in_threads(waits: Sequence[Callable[[], object]], timeout: float) -> Outcome:
    """Do each wait in a thread of its own.

    Raises:
        WorkerLostError: a wait failed, or took longer than ``timeout`` seconds.
    """
    errors: list[BaseException] = []
    done: list[bool] = []

    def run(wait: Callable[[], object]) -> None:
        try:
            wait()
            done.append(True)
        except Exception as error:  # noqa: BLE001  told by the parent below
            errors.append(error)

    pool = [threading.Thread(target=run, args=(wait,), daemon=True) for wait in waits]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(timeout)
    if errors:
        raise errors[0]
    if len(done) < len(waits):
        message = f"{len(waits) - len(done)} of {len(waits)} waits took over {timeout:g} s"
        raise WorkerLostError(message)
    return Outcome([float(len(waits))], gil_enabled())


def beside_computing(wait: Callable[[], object], size: int, timeout: float) -> Outcome:
    """Wait in one thread while another computes; compare with each alone.

    Records ``over_longest``: seconds of both together over those of the longer alone.
    """

    def timed(work: Callable[[], object]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    def compute() -> float:
        return f(0, size)

    alone = max(timed(wait), timed(compute))
    together = timed(lambda: in_threads([wait, compute], timeout))
    return Outcome([1.0], gil_enabled(), None, {"over_longest": together / alone})


def write_file(path: Path, size: int) -> None:
    """Write a file of ``size`` bytes to the disk, and have the system forget its pages."""
    with path.open("wb") as file:
        file.write(os.urandom(1 << 20) * (size >> 20))
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_file(path: Path) -> int:
    """Read a file to its end; return its size."""
    total = 0
    with path.open("rb", buffering=0) as file:
        while part := file.read(1 << 20):
            total += len(part)
    return total


def disk_bytes() -> float | None:
    """Return how many bytes this process has had read from a disk, None if not told."""
    with contextlib.suppress(psutil.Error, AttributeError, NotImplementedError):
        return float(psutil.Process().io_counters().read_bytes)
    return None


def read_files(paths: Sequence[Path], threads: int, timeout: float) -> Outcome:
    """Read files in turn or each in a thread; record the share that came from a disk."""
    before, sizes = disk_bytes(), []
    reads = [lambda path=path: sizes.append(read_file(path)) for path in paths]
    if threads == 1:
        one_after_other(reads)
    else:
        in_threads(reads, timeout)
    total, after = sum(sizes), disk_bytes()
    recorded = {}
    if before is not None and after is not None:
        recorded["from_disk"] = (after - before) / total
    return Outcome([float(total)], gil_enabled(), None, recorded)
