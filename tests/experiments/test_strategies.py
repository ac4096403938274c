"""How work is spread: right results, named fates, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from experiments.work import capacity, strategies, workloads
from experiments.work.strategies import WorkerLostError
from parallel_claims.plugin.fixture import relative_error

METHODS = multiprocessing.get_all_start_methods()


LATE = 120.0
"""Seconds that nothing takes: they bound a wait of which only the end matters."""


def test_the_course_loop_is_a_mean() -> None:
    """The plain loop gives what NumPy gives."""
    d = workloads.numbers(10_000)
    assert workloads.mean(d, 0, len(d)) == pytest.approx(float(d.mean()), rel=1e-12)
    assert workloads.mean(d, 10, 20) == pytest.approx(float(d[10:20].mean()), rel=1e-12)
    assert workloads.f(3, 100) == workloads.true_f(3, 100)


@pytest.mark.parametrize("start_method", METHODS)
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_processes_give_the_mean_by_every_start_method(start_method: str, workers: int) -> None:
    """Parts of any number and length combine to the whole; the method is recorded."""
    d = workloads.numbers(1001)
    found = strategies.processes(d, workers, start_method, LATE)
    assert relative_error(found.values, [workloads.true_mean(1001)]) < 1e-12
    assert found.start_method == start_method
    assert set(found.recorded) == {"join_cores"}


def test_the_parents_cpu_seconds_count_while_it_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clocks before and after: 2 CPU seconds in 4 s."""
    clocks = SimpleNamespace(
        monotonic=time.monotonic,
        process_time=iter([1.0, 3.0]).__next__,
        perf_counter=iter([10.0, 14.0]).__next__,
    )
    monkeypatch.setattr(strategies, "time", clocks)
    method = strategies.default_start_method()
    found = strategies.processes(workloads.numbers(10), 2, method, LATE)
    assert found.recorded == {"join_cores": 0.5}


def test_threads_give_the_mean() -> None:
    """Three threads, one list."""
    d = workloads.numbers(1000)
    found = strategies.threads(d, 3, LATE)
    assert relative_error(found.values, [workloads.true_mean(1000)]) < 1e-12


def test_unequal_parts_need_weights() -> None:
    """Means combine by the sizes of their parts."""
    assert strategies.combine([1.0, 2.0], [(0, 1), (1, 4)]) == pytest.approx(1.75)
    assert strategies.bounds(10, 4) == [(0, 2), (2, 5), (5, 7), (7, 10)]


@pytest.mark.parametrize(("backend", "jobs"), [("loky", 2), ("threading", 2), ("threading", 1)])
def test_joblib_gives_what_the_loop_gives(backend: str, jobs: int) -> None:
    """Every backend computes the same, and a warm pool has as many workers as jobs."""
    if backend == "loky":
        strategies.start_joblib_workers(jobs, LATE)
        workers = [c for c in psutil.Process().children() if "LokyProcess" in str(c.cmdline())]
        assert len(workers) == jobs
    found = strategies.joblib_loop(6, 50, jobs, backend, LATE)
    assert list(found.values) == list(strategies.loop(6, 50).values)


def die(*_: Any) -> None:
    """Be killed, as by the system when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def hang(*_: Any) -> None:
    """Never answer."""
    time.sleep(600)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
@pytest.mark.parametrize(
    ("work", "timeout", "words"),
    [(die, LATE, "killed by SIGKILL"), (hang, 0.5, r"did not end within 0\.5 s")],
)
def test_the_fate_of_a_child_is_named(
    monkeypatch: pytest.MonkeyPatch, work: Any, timeout: float, words: str
) -> None:
    """A child that dies or hangs is an error in bounded time, and is not left behind."""
    monkeypatch.setattr(strategies, "mean_mp", work)
    with pytest.raises(WorkerLostError, match=words):
        strategies.processes(np.zeros(4), 2, "fork", timeout)


@pytest.mark.parametrize(
    ("work", "sizes"), [("mean", (100,)), ("loop", (7, 50)), ("product", (60,)), ("hash", (1,))]
)
def test_ready_workers_share_the_work(work: str, sizes: tuple[int, ...]) -> None:
    """Each answers for its share, which another way computes too; again when asked again."""
    method = strategies.default_start_method()
    with capacity.Workers(3, work, sizes, method, LATE) as started:
        both = [started.run(), started.run()]
    assert [child.exitcode for child in started.children] == [0] * 3
    truth = capacity.true_shares(work, 3, *sizes)
    assert len(truth) == 3
    assert all(relative_error(found.values, truth) < 1e-12 for found in both)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
@pytest.mark.parametrize(
    ("work", "timeout", "words"),
    [(die, LATE, "SIGKILL"), (hang, 0.5, r"2 of 2 workers gave no answer within 0\.5 s")],
)
def test_a_lost_ready_worker_is_named(
    monkeypatch: pytest.MonkeyPatch, work: Any, timeout: float, words: str
) -> None:
    """Neither a dead nor a silent worker makes the run wait."""
    monkeypatch.setitem(capacity.SHARES, "loop", work)
    with pytest.raises(WorkerLostError, match=words):
        run_once_ready(timeout)


def run_once_ready(timeout: float) -> None:
    """Have two workers work, with a time limit on nothing but that."""
    with capacity.Workers(2, "loop", (2, 10), "fork", LATE) as started:
        started.timeout = timeout
        started.run()


def test_fates_are_words() -> None:
    """Exit codes and signals are told apart."""
    assert strategies.fate(3) == "ended with exit code 3"
    assert strategies.fate(-9) == "was killed by SIGKILL"
    assert strategies.fate(-1000) == "was killed by signal 1000"


def test_relative_error_is_the_worst_and_infinite_for_missing_values() -> None:
    """A missing value is as wrong as can be."""
    assert relative_error([1.0, 2.2], [1.0, 2.0]) == pytest.approx(0.1)
    assert relative_error([0.5], [0.0]) == 0.5
    assert relative_error([1.0], [1.0, 1.0]) == float("inf")
