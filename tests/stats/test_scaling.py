"""Laws of scaling on speedups of known truth, and how honest they are beyond the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_claims.stats.scaling import Law, beyond, fitted, laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.stats import Floats

WORKERS = [1, 2, 4, 8]


def speedups(law: Law, workers: Sequence[int] = WORKERS) -> Floats:
    """Return what a law says of some numbers of workers."""
    return np.array([law.at(n) for n in workers])


@pytest.mark.parametrize("law", [Law(1, 0, 0), Law(0.9, 0.1, 0), Law(1, 0.5, 0)])
def test_amdahls_share_is_found_again(law: Law) -> None:
    """Both laws agree where there is no crosstalk."""
    for found in laws(WORKERS, speedups(law)):
        assert found.gain == pytest.approx(law.gain)
        assert found.serial == pytest.approx(law.serial, abs=1e-9)
        assert found.crosstalk == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("law", [Law(1, 0.05, 0.01), Law(0.8, 0, 0.002)])
def test_crosstalk_is_found_again(law: Law) -> None:
    """By the universal law; Amdahl's cannot have it, and promises more."""
    amdahl, universal = laws(WORKERS, speedups(law))
    assert universal.serial == pytest.approx(law.serial, abs=1e-9)
    assert universal.crosstalk == pytest.approx(law.crosstalk)
    assert amdahl.at(64) > universal.at(64)


def test_the_universal_law_has_a_peak() -> None:
    """Beyond it more workers are slower: Gunther's point."""
    law = fitted(WORKERS, speedups(Law(1, 0, 0.01)), "serial crosstalk")
    assert law.at(10) > law.at(64) > 1


def test_two_numbers_of_workers_fix_no_law() -> None:
    """What they leave open is told: the truth may be either of two laws, or between."""
    amdahl, other = Law(1, 0.2, 0), Law(1, 0, 0.1)
    assert amdahl.at(2) == pytest.approx(other.at(2))
    (found,) = beyond([1, 2], np.array([speedups(amdahl, [1, 2])] * 7), [64], 0.05)
    assert found.low == pytest.approx(other.at(64))
    assert found.high == pytest.approx(amdahl.at(64))
    assert found.high > 20 * found.low


def test_one_number_of_workers_says_nothing() -> None:
    """No range at all."""
    assert beyond([2], np.array([[1.9]] * 7), [64], 0.05) == []


def test_a_speedup_above_the_workers_is_no_negative_share() -> None:
    """Noise may show it; the law then says that all spreads."""
    amdahl, _ = laws([1, 2, 4], np.array([1.0, 2.1, 4.4]))
    assert amdahl.serial == 0
    assert amdahl.at(4) == pytest.approx(4.2, rel=0.05)


@pytest.mark.parametrize("law", [Law(1, 0.1, 0), Law(1, 0.05, 0.003)])
def test_the_range_has_the_truth_as_often_as_it_says(law: Law) -> None:
    """Twelve blocks of 5 % noise, three numbers of workers, asked for eight times as many."""
    draw = np.random.default_rng(11)
    inside = 0
    for _ in range(40):
        rows = speedups(law, [1, 2, 4]) * np.exp(draw.normal(0, 0.05, size=(12, 3)))
        (found,) = beyond([1, 2, 4], rows, [32], 0.05)
        inside += found.low <= law.at(32) <= found.high
    assert inside >= 38  # 95 %


def test_more_workers_are_less_certain() -> None:
    """Relative to itself a range widens with the distance from the data."""
    draw = np.random.default_rng(3)
    rows = speedups(Law(1, 0.05, 0.001)) * np.exp(draw.normal(0, 0.05, size=(12, 4)))
    near, far = beyond(WORKERS, rows, [16, 64], 0.05)
    assert far.high / far.low > near.high / near.low > 1
