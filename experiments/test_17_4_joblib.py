"""17.4: a loop of independent calls by joblib, in processes and in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms import caching
from experiments.work import capacity, strategies
from experiments.work.workloads import true_f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from experiments.work.scales import Scale

pytestmark = pytest.mark.section_17_4


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


@pytest.mark.benchmark(group="joblib")
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
        measure(strategies.loop, calls, size, truth=truth, workers=jobs, busy_cores=1)
    else:
        args = (calls, size, jobs, backend, scale.timeout)
        measure(strategies.joblib_loop, *args, truth=truth, workers=jobs)


@pytest.mark.benchmark(group="joblib")
@pytest.mark.parametrize(
    ("backend", "jobs"),
    [pytest.param("loky", 2, id="processes-2"), pytest.param("loky", 6, id="processes-6")],
)
@pytest.mark.usefixtures("warm_workers")
def test_joblib_empty(
    measure: Callable[..., object], scale: Scale, backend: str, jobs: int
) -> None:
    """Creating, tracking and switching: what sending the calls costs when they do nothing."""
    calls = scale.calls
    truth = [float(i) for i in range(calls)]
    measure(
        strategies.joblib_loop, calls, 1, jobs, backend, scale.timeout, truth=truth, workers=jobs
    )


@pytest.mark.benchmark(group="joblib")
@pytest.mark.parametrize("workers", [2, 6], ids="loop-{}".format)
def test_ready(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Workers that are already started share the calls: the ideal of the joblib rows."""
    method, sizes = strategies.default_start_method(), (scale.calls, scale.call_size)
    truth = capacity.true_shares("loop", workers, *sizes)
    with capacity.Workers(workers, "loop", sizes, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)


@pytest.mark.benchmark(group="joblib")
@pytest.mark.parametrize("jobs", [2, 6], ids="processes-{}".format)
def test_joblib_cold(measure: Callable[..., object], scale: Scale, jobs: int) -> None:
    """The same with workers that still have to be started."""
    calls, size = scale.calls, scale.call_size
    truth = [true_f(i, size) for i in range(calls)]
    try:
        measure(
            strategies.joblib_loop, calls, size, jobs, "loky", scale.timeout, truth=truth,
            workers=jobs,
        )  # fmt: skip
    finally:
        strategies.stop_joblib_workers()


@pytest.mark.one_cpu
@pytest.mark.benchmark(group="memory of joblib")
@pytest.mark.parametrize("case", ["first", "second", "new-input", "new-function"])
def test_memory(measure: Callable[..., object], case: str, tmp_path: Path) -> None:
    """Memory looks up whether it has seen this input for this function."""
    folder, log = str(tmp_path), str(tmp_path / "calls")
    if case != "first":
        caching.recall(folder, caching.slow_mean, 1, log)
    i = 2 if case == "new-input" else 1
    function = caching.slow_double if case == "new-function" else caching.slow_mean
    truth = true_f(i, caching.WORK) * (2 if case == "new-function" else 1)
    measure(caching.counted, folder, function, i, truth=[truth])


@pytest.mark.benchmark(group="memory of joblib")
@pytest.mark.parametrize("case", ["new-process"])
def test_memory_elsewhere(
    measure: Callable[..., object], scale: Scale, case: str, tmp_path: Path
) -> None:
    """What one process stored, another recalls."""
    folder, log = str(tmp_path), str(tmp_path / "calls")
    caching.recall(folder, caching.slow_mean, 1, log)
    method = strategies.default_start_method()
    measure(caching.counted_elsewhere, folder, 1, method, scale.timeout, truth=[1], case=case)


@pytest.mark.benchmark(group="memory of joblib")
@pytest.mark.parametrize("case", ["named"])
def test_delayed(measure: Callable[..., object], case: str, tmp_path: Path) -> None:
    """Delayed says which function to run with which inputs, and runs nothing."""
    measure(caching.only_delayed, str(tmp_path), truth=[1], case=case)
