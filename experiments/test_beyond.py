"""Beyond the course: what the next question is once a claim holds, or does not."""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms import children, sweeps
from experiments.work import native, strategies
from experiments.work.workloads import numbers, true_f, true_mean
from parallel_claims import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from experiments.work.scales import Scale
    from parallel_claims import Outcome

pytestmark = pytest.mark.beyond

METHODS = multiprocessing.get_all_start_methods()


@pytest.mark.benchmark(group="giving the array")
@pytest.mark.parametrize("way", ["inherited", "passed", "mapped"])
def test_giving(measure: Callable[..., object], scale: Scale, way: str) -> None:
    """How should children get a large array: inherited, passed, or mapped?"""
    if way == "inherited" and "fork" not in METHODS:
        pytest.skip("this system has no start method fork")
    d = numbers(1_000_000)
    measure(children.sum_of_parts, d, way, scale.timeout, truth=[true_mean(len(d))], workers=2)


@pytest.mark.benchmark(group="giving the array")
@pytest.mark.parametrize("way", ["memmapped"])
def test_giving_by(measure: Callable[..., object], scale: Scale, way: str) -> None:
    """Or by joblib, which writes it to a file that its workers map?"""
    d = numbers(1_000_000)
    truth = [true_mean(len(d))]
    try:
        measure(children.sum_by_joblib, d, 2, scale.timeout, truth=truth, workers=2, way=way)
    finally:
        strategies.stop_joblib_workers()


@pytest.fixture
def blas_workers(request: pytest.FixtureRequest, scale: Scale) -> Iterator[None]:
    """Start joblib's workers with a limit on BLAS threads; stop them after."""
    threads = request.getfixturevalue("threads")
    try:
        native.products_by_joblib(20, 2, threads, scale.timeout)
        yield
    finally:
        strategies.stop_joblib_workers()


@pytest.mark.benchmark(group="oversubscription")
@pytest.mark.parametrize("threads", [1, 2], ids="blas-threads-{}".format)
@pytest.mark.usefixtures("blas_workers")
def test_oversubscription(measure: Callable[..., object], scale: Scale, threads: int) -> None:
    """Two jobs of two BLAS threads each on two cores: what does it cost?"""
    size = scale.matrix // 2
    truth = [native.true_product(size)] * native.PRODUCTS
    measure(
        native.products_by_joblib,
        size,
        2,
        threads,
        scale.timeout,
        truth=truth,
        blas_threads=threads,
    )


@pytest.mark.benchmark(group="joblib")
@pytest.mark.parametrize("workers", [2], ids="interpreters-{}".format)
def test_interpreters(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """One interpreter a thread, each with a GIL of its own: does it scale?"""
    if sys.version_info < (3, 14):
        pytest.skip("needs Python 3.14 (concurrent.interpreters)")
    calls, size = scale.calls, scale.call_size
    truth = [true_f(i, size) for i in range(calls)]
    measure(strategies.interpreters, calls, size, workers, truth=truth, workers=workers)


@pytest.mark.benchmark(group="break-even")
@pytest.mark.parametrize("strategy", ["processes", "threads", "jobs"])
def test_break_even(
    measure: Callable[..., object], scale: Scale, strategy: str, request: pytest.FixtureRequest
) -> None:
    """From what size do two processes, two threads, or two warm jobs pay on this machine?"""
    method, timeout = strategies.default_start_method(), scale.timeout

    def spread(size: int) -> Outcome:
        if strategy == "processes":
            return strategies.processes(numbers(size), 2, method, timeout)
        if strategy == "jobs":
            return strategies.joblib_mean(numbers(size), 2, timeout)
        return strategies.threads(numbers(size), 2, timeout)

    if strategy == "jobs":
        strategies.start_joblib_workers(2, timeout)
        request.addfinalizer(strategies.stop_joblib_workers)
    measure(sweeps.break_even, spread, scale.numbers // 10, truth=[1], workers=2)


@pytest.mark.benchmark(group="scaling")
@pytest.mark.parametrize("work", ["mean"])
def test_scaling(measure: Callable[..., object], scale: Scale, work: str) -> None:
    """How much of the work spreads, from one worker to as many as there are CPUs?"""
    most = min(8, usable_cpus())
    if most == 1:
        pytest.skip("needs 2 usable CPUs; 1 here")
    method = strategies.default_start_method()
    args = (scale.numbers // 4, most, method, scale.timeout)
    measure(sweeps.scaling, *args, truth=[1], work=work, most=most)
