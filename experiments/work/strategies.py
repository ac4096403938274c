"""How the work is spread: serial, processes, threads, joblib.

Each strategy is written as the course writes it, with three additions: the
start method is explicit, every wait is bounded, and no child is left behind.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from experiments.work.workloads import Numbers, f, mean, mean_mp, mean_mt
from parallel_claims import gil_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
from parallel_claims import Outcome


class WorkerLostError(RuntimeError):
    """A worker died or did not answer in time; the message says which and how."""


def default_start_method() -> str:
    """Return ``fork``, on which the course's code relies, or ``spawn`` without it."""
    return "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def bounds(count: int, parts: int) -> list[tuple[int, int]]:
    """Split ``range(count)`` into ``parts`` contiguous (start, end) of nearly equal size."""
    return list(pairwise(count * k // parts for k in range(parts + 1)))


def combine(means: Iterable[float], parts: Sequence[tuple[int, int]]) -> float:
    """Combine the means of parts into the mean of the whole, each weighted by its size."""
    sizes = [e - s for s, e in parts]
    return sum(m * n for m, n in zip(means, sizes, strict=True)) / sum(sizes)


def serial(d: Numbers) -> Outcome:
    """Compute the mean in this thread."""
    return Outcome([mean(d, 0, len(d))], gil_enabled())


def processes(d: Numbers, workers: int, start_method: str, timeout: float) -> Outcome:
    """Compute the mean by ``Process`` and ``Queue``, one part of the array each.

    Records ``join_cores``: the parent's CPU seconds per second while it waits in
    ``join()``.

    Raises:
        WorkerLostError: a child ended with an exit code other than 0, or did not end.
    """
    context: Any = multiprocessing.get_context(start_method)
    parts = bounds(len(d), workers)
    q = context.Queue()
    children: list[BaseProcess] = [
        context.Process(target=mean_mp, args=(d, s, e, q)) for s, e in parts
    ]
    try:
        for child in children:
            child.start()
        cpu, wall = time.process_time(), time.perf_counter()
        join_all(children, timeout)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        answers = sorted(q.get(timeout=timeout) for _ in children)
    finally:
        end(children)
        q.close()
    value = combine((part_mean for _, part_mean, _ in answers), parts)
    gil = all(gil for _, _, gil in answers)
    return Outcome([value], gil, start_method, {"join_cores": cpu / wall})


def join_all(children: Sequence[BaseProcess], timeout: float) -> None:
    """Join every child within ``timeout`` seconds altogether.

    Raises:
        WorkerLostError: a child ended with an exit code other than 0, or did not end.
    """
    deadline = time.monotonic() + timeout
    for number, child in enumerate(children, 1):
        child.join(max(0.0, deadline - time.monotonic()))
        if child.exitcode is None:
            message = f"child {number} of {len(children)} did not end within {timeout:g} s"
            raise WorkerLostError(message)
        if child.exitcode:
            message = f"child {number} of {len(children)} {fate(child.exitcode)}"
            raise WorkerLostError(message)


def fate(exitcode: int) -> str:
    """Say in words how a process with this exit code ended."""
    if exitcode >= 0:
        return f"ended with exit code {exitcode}"
    try:
        return f"was killed by {signal.Signals(-exitcode).name}"
    except ValueError:
        return f"was killed by signal {-exitcode}"


def answer_of(child: BaseProcess, connection: Connection, timeout: float) -> Any:
    """Return what a child sends.

    Raises:
        WorkerLostError: it died first, or sent nothing within ``timeout`` seconds.
    """
    if not connection.poll(timeout):
        message = f"a child sent nothing within {timeout:g} s"
        raise WorkerLostError(message)
    try:
        return connection.recv()
    except (EOFError, ConnectionResetError):
        child.join(10)
        message = f"a child {fate(child.exitcode or 0)}"
        raise WorkerLostError(message) from None


def end(children: Iterable[BaseProcess]) -> None:
    """End every child that is still alive, so that none outlives its round."""
    for child in children:
        if child.pid is not None and child.is_alive():
            child.kill()
            child.join(10)


def threads(d: Numbers, workers: int, timeout: float) -> Outcome:
    """Compute the mean by ``Thread`` and a shared list, one part of the array each.

    Raises:
        WorkerLostError: a thread left no mean, or did not end within ``timeout`` seconds.
    """
    parts = bounds(len(d), workers)
    means: list[float | None] = [None] * workers
    pool = [
        threading.Thread(target=mean_mt, args=(d, s, e, means, number), daemon=True)
        for number, (s, e) in enumerate(parts)
    ]
    for thread in pool:
        thread.start()
    deadline = time.monotonic() + timeout
    for thread in pool:
        thread.join(max(0.0, deadline - time.monotonic()))
    done = [m for m in means if m is not None]
    if len(done) < workers:
        message = f"{workers - len(done)} of {workers} threads gave no mean within {timeout:g} s"
        raise WorkerLostError(message)
    return Outcome([combine(done, parts)], gil_enabled())


def run_in_threads(works: Sequence[Callable[[], object]], timeout: float) -> None:
    """Run each function in a thread of its own.

    Raises:
        WorkerLostError: one did not end within ``timeout`` seconds.
    """
    pool = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(timeout)
        if thread.is_alive():
            message = f"a thread did not end within {timeout:g} s"
            raise WorkerLostError(message)


def loop(calls: int, size: int) -> Outcome:
    """Run the joblib chapter's loop without joblib."""
    return Outcome([f(i, size) for i in range(calls)], gil_enabled())


def joblib_loop(calls: int, size: int, jobs: int, backend: str, timeout: float) -> Outcome:
    """Run the loop by ``Parallel(n_jobs)(delayed(f)(i) for i in range(n))``.

    backend: ``loky`` for processes, ``threading`` for threads.
    """
    parallel = Parallel(n_jobs=jobs, backend=backend, timeout=None if jobs == 1 else timeout)
    values = parallel(delayed(f)(i, size) for i in range(calls))
    return Outcome(values, gil_enabled(), backend if backend == "loky" else None)


def joblib_mean(d: Numbers, jobs: int, timeout: float) -> Outcome:
    """Compute the mean by joblib's workers, which get the array as joblib sends it.

    An array of over 1 MB is written to a file once, which all workers map.
    """
    parts = bounds(len(d), jobs)
    parallel = Parallel(n_jobs=jobs, backend="loky", timeout=timeout)
    means = parallel(delayed(mean)(d, s, e) for s, e in parts)
    return Outcome([combine(means, parts)], gil_enabled(), "loky")


def interpreters(calls: int, size: int, workers: int) -> Outcome:
    """Run the loop by one interpreter a thread (Python 3.14 and newer)."""
    from concurrent import futures

    executor: Any = futures.InterpreterPoolExecutor(workers)  # type: ignore[attr-defined]
    with executor:
        values = list(executor.map(f, range(calls), [size] * calls))
    return Outcome(values, gil_enabled())


def start_joblib_workers(jobs: int, timeout: float) -> None:
    """Start loky's workers and have each of them import the workload: a warm pool."""
    pids: set[int] = set()
    deadline = time.monotonic() + timeout
    while len(pids) < jobs:
        if time.monotonic() > deadline:
            message = f"only {len(pids)} of {jobs} joblib workers answered within {timeout:g} s"
            raise WorkerLostError(message)
        parallel = Parallel(n_jobs=jobs, backend="loky", timeout=timeout, batch_size=1)
        pids.update(parallel(delayed(warm)() for _ in range(jobs)))


def warm() -> int:
    """Import the workload by running it once; return this worker's PID."""
    f(0, 100)
    time.sleep(0.005)  # long enough for the other workers to take their share
    return os.getpid()


def stop_joblib_workers() -> None:
    """Stop loky's workers and its threads, so that the next round starts from nothing."""
    executor = get_reusable_executor(reuse=True)  # joblib keeps its workers in loky's
    if hasattr(executor, "terminate"):  # joblib's own: removes its memory-mapped files too
        executor.terminate(kill_workers=True)
    else:
        executor.shutdown(wait=True, kill_workers=True)
