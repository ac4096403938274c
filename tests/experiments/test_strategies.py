"""How work is spread: right results, named fates, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from experiments import capacity, strategies, workloads
from experiments.measure import relative_error
from experiments.strategies import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """No child is alive after a test but the helpers that Python itself keeps."""
    yield
    strategies.stop_joblib_workers()
    left = [
        child.cmdline()
        for child in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
        and "forkserver" not in " ".join(child.cmdline())
    ]
    assert left == []


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
    found = strategies.processes(d, workers, start_method, 60)
    assert relative_error(found.values, [workloads.true_mean(1001)]) < 1e-12
    assert found.start_method == start_method
    assert 0 <= found.recorded["join_cores"] < 1.5


def test_threads_give_the_mean() -> None:
    """Three threads, one list."""
    d = workloads.numbers(1000)
    found = strategies.threads(d, 3, 60)
    assert relative_error(found.values, [workloads.true_mean(1000)]) < 1e-12


def test_unequal_parts_need_weights() -> None:
    """Means combine by the sizes of their parts."""
    assert strategies.combine([1.0, 2.0], [(0, 1), (1, 4)]) == pytest.approx(1.75)
    assert strategies.bounds(10, 4) == [(0, 2), (2, 5), (5, 7), (7, 10)]


@pytest.mark.parametrize(("backend", "jobs"), [("loky", 2), ("threading", 2), ("threading", 1)])
def test_joblib_gives_what_the_loop_gives(backend: str, jobs: int) -> None:
    """Every backend computes the same, and a warm pool has as many workers as jobs."""
    if backend == "loky":
        strategies.start_joblib_workers(jobs, 60)
        workers = [c for c in psutil.Process().children() if "LokyProcess" in str(c.cmdline())]
        assert len(workers) == jobs
    found = strategies.joblib_loop(6, 50, jobs, backend, 60)
    assert list(found.values) == list(strategies.loop(6, 50).values)


def die(*_: Any) -> None:
    """Be killed, as by the system when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def hang(*_: Any) -> None:
    """Never answer."""
    time.sleep(600)


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
@pytest.mark.parametrize(
    ("work", "words"),
    [(die, "killed by SIGKILL"), (hang, r"did not end within 0\.5 s")],
)
def test_the_fate_of_a_child_is_named(
    monkeypatch: pytest.MonkeyPatch, work: Any, words: str
) -> None:
    """A child that dies or hangs is an error in bounded time, and is not left behind."""
    monkeypatch.setattr(strategies, "mean_mp", work)
    started = time.monotonic()
    with pytest.raises(WorkerLostError, match=words):
        strategies.processes(np.zeros(4), 2, "fork", 0.5)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("work", ["mean", "loop"])
def test_capacity_workers_each_do_the_whole_work(work: str) -> None:
    """K workers give k results."""
    method = strategies.default_start_method()
    with capacity.Workers(3, work, 100, method, 60) as started:
        found = started.run()
    truth = workloads.true_mean(100) if work == "mean" else workloads.true_f(0, 100)
    assert relative_error(found.values, [truth] * 3) < 1e-12


@pytest.mark.skipif("fork" not in METHODS, reason="replaces what a forked child runs")
@pytest.mark.parametrize(("work", "words"), [(die, "SIGKILL"), (hang, r"no answer within 0\.5 s")])
def test_a_lost_capacity_worker_is_named(
    monkeypatch: pytest.MonkeyPatch, work: Any, words: str
) -> None:
    """Neither a dead nor a silent worker makes the run wait."""
    monkeypatch.setitem(capacity.WORK, "loop", work)
    with (
        pytest.raises(WorkerLostError, match=words),
        capacity.Workers(2, "loop", 10, "fork", 0.5) as started,
    ):
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
