"""17.2: the mean by processes and a queue, against what the machine has to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments import capacity, strategies
from experiments.workloads import numbers, true_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.workloads import Scale

pytestmark = [pytest.mark.section_17_2, pytest.mark.benchmark(group="mean")]


@pytest.mark.parametrize("workers", [2], ids="processes-{}".format)
def test_mean(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """Two processes, half the array each: 11.00 s instead of 20.98 s."""
    d = numbers(scale.numbers)
    method = strategies.default_start_method()
    truth = [true_mean(len(d))]
    measure(strategies.processes, d, workers, method, scale.timeout, truth=truth, workers=workers)


@pytest.mark.parametrize("workers", [1, 2], ids="mean-{}".format)
def test_capacity(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """What two independent workers can do for the mean: the ideal is not simply 2."""
    size = scale.numbers // 2
    method = strategies.default_start_method()
    truth = [true_mean(size)] * workers
    with capacity.Workers(workers, "mean", size, method, scale.timeout) as started:
        measure(started.run, truth=truth, workers=workers)
