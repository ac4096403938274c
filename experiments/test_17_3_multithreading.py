"""17.3: the mean by threads and a shared list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments import strategies
from experiments.workloads import numbers, true_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.workloads import Scale

pytestmark = [pytest.mark.section_17_3, pytest.mark.benchmark(group="mean")]


@pytest.mark.parametrize("workers", [1, 2], ids="threads-{}".format)
def test_mean(measure: Callable[..., object], scale: Scale, workers: int) -> None:
    """From one thread to two the mean gains very little."""
    d = numbers(scale.numbers)
    truth = [true_mean(len(d))]
    measure(strategies.threads, d, workers, scale.timeout, truth=truth, workers=workers)
