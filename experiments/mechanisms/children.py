"""What a child costs and holds: starting it, its memory, a result that is too large.

Measured on children that do next to nothing, so that only the cost itself is left.
"""

from __future__ import annotations

import math
import multiprocessing
import select
import sys
import time
from multiprocessing.connection import wait
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from joblib import Parallel, delayed

from experiments.work.strategies import (
    WorkerLostError,
    answer_of,
    bounds,
    end,
    join_all,
    run_in_threads,
)
from experiments.work.workloads import mean
from parallel_claims import Outcome, end_with_parent, gil_enabled, memory_name

try:
    import fcntl
    import termios
except ImportError:  # Windows has neither
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.queues import Queue

    from experiments.work.workloads import Numbers


def idle() -> None:
    """Do nothing: what an idle worker runs."""


def start_and_join(how: str, count: int, timeout: float) -> Outcome:
    """Start and join ``count`` idle workers: threads, or processes by a start method.

    Raises:
        WorkerLostError: a worker did not end within ``timeout`` seconds.
    """
    if how == "thread":
        run_in_threads([idle] * count, timeout)
        return Outcome([float(count)], gil_enabled())
    context: Any = multiprocessing.get_context(how)
    children: list[BaseProcess] = [context.Process(target=idle) for _ in range(count)]
    try:
        for child in children:
            child.start()
        join_all(children, timeout)
    finally:
        end(children)
    return Outcome([float(count)], gil_enabled(), how)


def hold(d: Numbers, s: int, e: int, connection: Connection) -> None:
    """Read ``d[s:e]``, say so, and keep it until told to end.

    The course's own loop runs over the first numbers: whatever its reference counts do
    to the pages that it reads is part of the truth.
    """
    end_with_parent()
    if e > s:
        mean(d, s, min(e, s + 10_000))
        d[s:e].sum()
    connection.send("ready")
    connection.recv()


def memory_of_children(d: Numbers, start_method: str, timeout: float) -> Outcome:
    """Look at the memory of two children while each holds the array.

    Records the bytes that a child has for itself alone (USS) beyond what a child with an
    empty array has, as a share of the array, and the same of its proportional share of
    all pages (PSS) where the system tells it.

    Raises:
        WorkerLostError: a child died, or did not answer within ``timeout`` seconds.
    """
    context: Any = multiprocessing.get_context(start_method)
    half = len(d) // 2
    parts = [(d, 0, half), (d, half, len(d)), (np.empty(0), 0, 0)]
    connections, children = [], []
    try:
        for array, s, e in parts:
            here, there = context.Pipe()
            child = context.Process(target=hold, args=(array, s, e, there))
            child.start()
            there.close()
            connections.append(here)
            children.append(child)
        for child, connection in zip(children, connections, strict=True):
            answer_of(child, connection, timeout)
        memory = [psutil.Process(child.pid).memory_full_info() for child in children]
        for connection in connections:
            connection.send("end")
        join_all(children, timeout)
    finally:
        end(children)
        for connection in connections:
            connection.close()
    first, second, bare = memory
    recorded = {}
    for kind in ("uss", "pss"):
        if hasattr(bare, kind):
            held = (getattr(first, kind) + getattr(second, kind)) / 2 - getattr(bare, kind)
            recorded[f"{kind}_bytes"] = float(held)
            recorded[f"{kind}_share"] = float(held / d.nbytes)
    return Outcome([float(len(d))], gil_enabled(), start_method, recorded)


def put_bytes(q: Queue[bytes], size: int, sent: Connection) -> None:
    """Put ``size`` bytes in the queue and say so: the child ends when they are read."""
    end_with_parent()
    q.put(bytes(size))
    sent.send("put")


def result_by_queue(size: int, order: str, start_method: str, timeout: float) -> Outcome:
    """Bring ``size`` bytes back by a queue, joining the child before or after reading.

    Before (``join-first``), as the course does it, a result larger than the pipe's buffer
    keeps the child from ending, and the parent waits for just that: the known deadlock.
    Once that is certain it is recorded, and the result is read all the same.

    Raises:
        WorkerLostError: the child died, or did not end once its result was read.
    """
    context: Any = multiprocessing.get_context(start_method)
    q = context.Queue()
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=put_bytes, args=(q, size, there))
    try:
        child.start()
        there.close()
        answer_of(child, here, timeout)
        deadlocked = order == "join-first" and never_ends(child, q, size, timeout)
        received = q.get(timeout=timeout)
        join_all([child], timeout)
    finally:
        end([child])
        here.close()
        q.close()
    recorded = {"deadlocked": float(deadlocked), "messages": 1.0}
    return Outcome([float(len(received))], gil_enabled(), start_method, recorded)


def never_ends(child: BaseProcess, q: Queue[bytes], size: int, timeout: float) -> bool:
    """Wait until a child that puts ``size`` bytes in an unread queue ends, or cannot any more.

    It cannot while the queue's pipe is full and part of the result is not in it. Windows does
    not tell: a child that has not ended there within ``PATIENCE`` seconds never ends.

    Raises:
        WorkerLostError: neither came true within ``timeout`` seconds.
    """
    if fcntl is None:
        return not wait([child.sentinel], PATIENCE)
    deadline = time.monotonic() + timeout
    while not wait([child.sentinel], LOOK_EVERY):
        if unread_and_full(q) < size:
            return True
        if time.monotonic() > deadline:
            message = f"a child neither ended nor filled its pipe within {timeout:g} s"
            raise WorkerLostError(message)
    return False


def unread_and_full(q: Queue[bytes]) -> float:
    """Return how many bytes wait in the queue's pipe if it is full, else infinity."""
    pipe: Any = q
    reader, writer = pipe._reader, pipe._writer  # noqa: SLF001  a queue's pipe has no public name
    room = select.poll()
    room.register(writer, select.POLLOUT)
    if room.poll(0):
        return math.inf
    waiting = fcntl.ioctl(reader, termios.FIONREAD, bytes(4))
    return int.from_bytes(waiting, sys.byteorder)


LOOK_EVERY = 0.005
"""Seconds between two looks at a child."""

PATIENCE = 2.0
"""Seconds after which a child is called deadlocked where the system does not tell more."""


def part_sum(d: Numbers, s: int, e: int, connection: Connection) -> None:
    """Send the sum of ``d[s:e]``: what a child runs that was given the array."""
    connection.send(float(d[s:e].sum()))


def mapped_sum(name: str, count: int, s: int, e: int, connection: Connection) -> None:
    """Send the sum of ``d[s:e]``: what a child runs that was given the array's name."""
    memory = SharedMemory(name=name)
    try:
        d: Numbers = np.ndarray((count,), dtype=np.float64, buffer=memory.buf)
        connection.send(float(d[s:e].sum()))
        del d  # the buffer cannot be closed while an array uses it
    finally:
        memory.close()


def sum_by_joblib(d: Numbers, jobs: int, timeout: float) -> Outcome:
    """Have joblib's workers sum the parts of an array, which it maps from a file."""
    parts = bounds(len(d), jobs)
    parallel = Parallel(n_jobs=jobs, backend="loky", timeout=timeout)
    sums = parallel(delayed(plain_sum)(d, s, e) for s, e in parts)
    return Outcome([sum(sums) / len(d)], gil_enabled(), "loky")


def plain_sum(d: Numbers, s: int, e: int) -> float:
    """Return the sum of ``d[s:e]``."""
    return float(d[s:e].sum())


def sum_of_parts(d: Numbers, way: str, timeout: float) -> Outcome:
    """Have two children each sum a half of the array, which they get in one of three ways.

    way: ``inherited`` (fork: they see the parent's own pages), ``passed`` (spawn: pickled and
        sent), ``mapped`` (spawn: copied once into shared memory, which both map).

    Raises:
        WorkerLostError: a child died, or gave no sum within ``timeout`` seconds.
    """
    method = "fork" if way == "inherited" else "spawn"
    context: Any = multiprocessing.get_context(method)
    half = len(d) // 2
    memory = SharedMemory(memory_name(), create=True, size=d.nbytes) if way == "mapped" else None
    connections: list[Connection] = []
    workers: list[BaseProcess] = []
    try:
        if memory is not None:
            shared: Numbers = np.ndarray(d.shape, dtype=np.float64, buffer=memory.buf)
            shared[:] = d
            del shared
        for s, e in ((0, half), (half, len(d))):
            here, there = context.Pipe()
            given: tuple[Any, ...] = (d,) if memory is None else (memory.name, len(d))
            target = part_sum if memory is None else mapped_sum
            workers.append(context.Process(target=target, args=(*given, s, e, there)))
            connections.append(here)
            workers[-1].start()
            there.close()
        sums = [
            answer_of(child, connection, timeout)
            for child, connection in zip(workers, connections, strict=True)
        ]
        join_all(workers, timeout)
    finally:
        end(workers)
        for connection in connections:
            connection.close()
        if memory is not None:
            memory.close()
            memory.unlink()
    return Outcome([sum(sums) / len(d)], gil_enabled(), method)
