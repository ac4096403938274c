"""Beyond the course and beyond one machine: when does a cluster pay? Only with --cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments.cluster import sweeps
from experiments.work import strategies
from experiments.work.workloads import numbers, true_f, true_mean
from parallel_claims import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from experiments.cluster.base import Cluster
    from experiments.work.scales import Scale

pytestmark = [pytest.mark.beyond, pytest.mark.benchmark(group="cluster")]


def several(cluster: Cluster, workers: int = 2) -> None:
    """Skip where the cluster has fewer workers than are needed."""
    if len(cluster.workers) < workers:
        pytest.skip(f"needs {workers} workers; {len(cluster.workers)} in this cluster")


@pytest.mark.parametrize("workers", [1, 2])
def test_cluster_ready(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster, workers: int
) -> None:
    """Workers that are each sent their share as one task: what this cluster can give."""
    several(cluster, workers)
    truth = sweeps.true_shares(scale.calls, scale.call_size, workers)
    args = (scale.calls, scale.call_size, workers, scale.timeout)
    measure_on(cluster.ready, *args, truth=truth, workers=workers)


@pytest.mark.parametrize("workers", [2])
def test_cluster_joblib(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster, workers: int
) -> None:
    """The same joblib loop, its calls sent over the network."""
    several(cluster, workers)
    cluster.prepare(workers)
    calls, size = scale.calls, scale.call_size
    truth = [true_f(i, size) for i in range(calls)]
    measure_on(cluster.loop, calls, size, workers, scale.timeout, truth=truth, workers=workers)


@pytest.mark.parametrize("workers", [2])
def test_cluster_empty(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster, workers: int
) -> None:
    """What sending the calls costs when they do nothing."""
    several(cluster, workers)
    cluster.prepare(workers)
    truth = [float(i) for i in range(scale.calls)]
    args = (scale.calls, 1, workers, scale.timeout)
    measure_on(cluster.loop, *args, truth=truth, workers=workers)


def test_cluster_tasks(measure_on: Callable[..., object], scale: Scale, cluster: Cluster) -> None:
    """What does one more task cost, sent by itself?"""
    measure_on(sweeps.dispatch, cluster, scale.timeout, truth=[1])


def test_cluster_start_up(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster
) -> None:
    """How long does it take until as many workers are there, and gone again?"""
    if not cluster.local:
        pytest.skip("a running cluster was joined: starting one is not measured")

    measure_on(sweeps.start_up, cluster, scale.timeout, truth=[1])


def test_cluster_scaling(measure_on: Callable[..., object], scale: Scale, cluster: Cluster) -> None:
    """How much of the work spreads, from one worker to as many as there are?"""
    several(cluster)
    measure_on(
        sweeps.scaling, cluster, scale.calls, scale.call_size, scale.timeout, truth=[1],
        most=len(cluster.workers),
    )  # fmt: skip


@pytest.fixture
def local_jobs(scale: Scale) -> Iterator[int]:
    """Start as many joblib workers here as there are CPUs; stop them after."""
    jobs = usable_cpus()
    try:
        strategies.start_joblib_workers(jobs, scale.timeout)
        yield jobs
    finally:
        strategies.stop_joblib_workers()


def test_cluster_break_even(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster, local_jobs: int
) -> None:
    """From how much work up is the whole cluster faster than the processes of this machine?"""
    args = (cluster, scale.calls, scale.call_size, local_jobs, scale.timeout)
    measure_on(sweeps.break_even, *args, truth=[1], jobs=local_jobs)


@pytest.mark.parametrize("way", ["sent", "scattered", "mapped"])
def test_cluster_giving(
    measure_on: Callable[..., object], scale: Scale, cluster: Cluster, way: str, shared_file: str
) -> None:
    """How should workers get a large array: with each task, once, or from shared storage?"""
    d = numbers(1_000_000)
    cluster.prepare(len(cluster.workers))
    truth = [true_mean(len(d))]
    measure_on(cluster.mean, d, way, shared_file, scale.timeout, truth=truth)
