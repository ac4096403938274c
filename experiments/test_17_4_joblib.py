"""17.4: a loop of independent calls by joblib, in processes and in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments import capacity, strategies
from experiments.workloads import true_f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from experiments.workloads import Scale

pytestmark = [pytest.mark.section_17_4, pytest.mark.benchmark(group="joblib")]


@pytest.fixture
def warm_workers(request: pytest.FixtureRequest, scale: Scale) -> Iterator[None]:
    """Start the joblib workers that a variant uses before it is timed; stop them after."""
    backend, jobs = request.getfixturevalue("backend"), request.getfixturevalue("jobs")
    try:
        if backend == "loky":
            strategies.start_joblib_workers(jobs, scale.timeout)
        yield
    finally:
        if backend == "loky":
            strategies.stop_joblib_workers()


@pytest.mark.parametrize(
    ("backend", "jobs"),
    [
        pytest.param("none", 1, id="serial"),
        pytest.param("loky", 2, id="processes-2"),
        pytest.param("loky", 6, id="processes-6"),
        pytest.param("threading", 1, id="threads-1"),
        pytest.param("threading", 2, id="threads-2"),
    ],
)
@pytest.mark.usefixtures("warm_workers")
def test_joblib(measure: Callable[..., object], scale: Scale, backend: str, jobs: int) -> None:
    """Serial 17.11 s, two jobs 9.58 s, six 4.55 s; two threads longer than one."""
    calls, size = scale.calls, scale.call_size
    truth = [true_f(i, size) for i in range(calls)]
    if backend == "none":
        measure(strategies.loop, calls, size, truth=truth, workers=jobs)
    else:
        args = (calls, size, jobs, backend, scale.timeout)
        measure(strategies.joblib_loop, *args, truth=truth, workers=jobs)


@pytest.mark.parametrize("workers", [1, 2, 6], ids="loop-{}".format)
def test_capacity(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """What independent workers can do for the loop: the ideal of the joblib rows."""
    size = scale.calls * scale.call_size // 4
    method = strategies.default_start_method()
    truth = [true_f(0, size)] * workers
    with capacity.Workers(workers, "loop", size, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)
