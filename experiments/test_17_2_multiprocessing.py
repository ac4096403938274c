"""17.2: the mean by processes and a queue, against what the machine has to give."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms import children
from experiments.work import capacity, strategies
from experiments.work.workloads import numbers, true_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.work.scales import Scale

pytestmark = pytest.mark.section_17_2

METHODS = multiprocessing.get_all_start_methods()


@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("workers", [2], ids="processes-{}".format)
def test_mean(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Two processes, half the array each: 11.00 s instead of 20.98 s."""
    d = numbers(scale.numbers)
    method = strategies.default_start_method()
    truth = [true_mean(len(d))]
    measure(strategies.processes, d, workers, method, scale.timeout, truth=truth, workers=workers)


@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("work", ["idle", "queue"])
def test_no_work(measure: Callable[..., object], scale: Scale, work: str) -> None:
    """The 0.53 s above 20.98 s / 2: two processes created for nothing, and sent two numbers."""
    method = strategies.default_start_method()
    if work == "idle":
        measure(children.start_and_join, method, 2, scale.timeout, truth=[2], workers=2)
    else:
        d, truth = numbers(2), [true_mean(2)]
        measure(strategies.processes, d, 2, method, scale.timeout, truth=truth, workers=2)


@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("workers", [2], ids="mean-{}".format)
def test_ready(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Two workers that are already started, half the array each: the ideal is not simply 2."""
    method, sizes = strategies.default_start_method(), (scale.numbers,)
    truth = capacity.true_shares("mean", workers, *sizes)
    with capacity.Workers(workers, "mean", sizes, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)


@pytest.mark.benchmark(group="memory")
@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
def test_children_memory(measure: Callable[..., object], scale: Scale, start_method: str) -> None:
    """The parent copies the array to both children: what do they hold, in bytes?"""
    if start_method not in METHODS:
        pytest.skip(f"this system has no start method {start_method}")
    d = numbers(1_000_000)
    measure(children.memory_of_children, d, start_method, scale.timeout, truth=[len(d)], workers=2)


@pytest.mark.benchmark(group="queue")
@pytest.mark.parametrize(
    ("size", "order"),
    [
        pytest.param(8, "join-first", id="small-join-first"),
        pytest.param(2**20, "join-first", id="large-join-first"),
        pytest.param(2**20, "get-first", id="large-get-first"),
    ],
)
def test_queue(measure: Callable[..., object], scale: Scale, size: int, order: str) -> None:
    """A queue brings results back; joining first deadlocks once they fill its pipe."""
    method = strategies.default_start_method()
    measure(children.result_by_queue, size, order, method, scale.timeout, truth=[size])
