"""17.1: the serial loop, and how the means of two parts combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experiments import strategies
from experiments.workloads import gil_enabled, mean, numbers, true_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.workloads import Scale

pytestmark = pytest.mark.section_17_1


@pytest.mark.benchmark(group="mean")
@pytest.mark.parametrize("strategy", ["serial"])
def test_mean(measure: Callable[..., object], scale: Scale, strategy: str) -> None:
    """The mean of 100 million numbers on one core: 20.98 s."""
    d = numbers(scale.numbers)
    measure(getattr(strategies, strategy), d, truth=[true_mean(len(d))], workers=1)


@pytest.mark.benchmark(group="halves")
@pytest.mark.parametrize("parts", ["equal", "unequal", "unequal-weighted"])
def test_halves(measure: Callable[..., object], scale: Scale, parts: str) -> None:
    """(m1 + m2) / 2 is the mean when both parts are equally long, and only then.

    ``combining_error`` is how far the combined mean is from the true one, relatively.
    """
    count = scale.numbers // 100
    measure(combine_two, count, parts, truth=[true_mean(count)] * (parts != "unequal"))


def combine_two(count: int, parts: str) -> strategies.Outcome:
    """Compute the mean from two parts, halves or a tenth and the rest."""
    d = numbers(count)
    cut = count // 2 if parts == "equal" else count // 10
    both = [(0, cut), (cut, count)]
    m1, m2 = (mean(d, s, e) for s, e in both)
    value = strategies.combine([m1, m2], both) if parts == "unequal-weighted" else (m1 + m2) / 2
    error = abs(value - true_mean(count)) / true_mean(count)
    values = [] if parts == "unequal" else [value]
    return strategies.Outcome(values, gil_enabled(), None, {"combining_error": error})
