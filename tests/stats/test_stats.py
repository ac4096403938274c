"""The numerics, on signals of known truth and by what must hold for any data."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims import stats

values = st.lists(st.floats(-5, 5), min_size=6, max_size=25).map(np.array)


def test_signed_rank_tail_is_that_of_all_sign_patterns() -> None:
    """The distribution equals the one counted over all 2^n assignments of signs."""
    n = 7
    sums = [
        sum(rank for rank, sign in zip(range(1, n + 1), signs, strict=True) if sign)
        for signs in itertools.product([0, 1], repeat=n)
    ]
    counted = [np.mean(np.array(sums) <= w) for w in range(n * (n + 1) // 2 + 1)]
    np.testing.assert_allclose(stats.signed_rank_tail(n), counted, rtol=1e-12)


def test_interval_is_tukeys_published_one() -> None:
    """For n = 10 the 95 % interval runs from the 9th Walsh average to the 9th from the end."""
    x = np.random.default_rng(1).normal(size=10)
    walsh = sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(x, 2))
    found = stats.paired(x)
    assert (found.low, found.high) == pytest.approx((walsh[8], walsh[-9]))


@given(values)
def test_centre_lies_within_interval_and_data(x: stats.Floats) -> None:
    """The interval holds its centre and does not leave the data."""
    found = stats.paired(x)
    assert x.min() - 1e-9 <= found.low <= found.centre <= found.high <= x.max() + 1e-9


@given(values, st.floats(-3, 3))
def test_interval_moves_with_the_data(x: stats.Floats, shift: float) -> None:
    """A constant added to all values is added to the interval; a change of sign mirrors it."""
    found, moved, mirrored = stats.paired(x), stats.paired(x + shift), stats.paired(-x)
    assert moved.low == pytest.approx(found.low + shift, abs=1e-9)
    assert moved.high == pytest.approx(found.high + shift, abs=1e-9)
    assert mirrored.low == pytest.approx(-found.high, abs=1e-9)
    assert mirrored.centre == pytest.approx(-found.centre, abs=1e-9)


@given(values, st.randoms())
def test_order_of_blocks_does_not_matter(x: stats.Floats, shuffle: object) -> None:
    """The interval depends on the values, not on when they came."""
    again = list(x)
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    assert stats.paired(np.array(again)) == stats.paired(x)


def test_fewer_blocks_than_the_confidence_supports_give_no_interval() -> None:
    """Five pairs cannot support 95 %: the most extreme pattern has 2/32; six can."""
    assert stats.fewest_pairs(0.05) == 6
    assert not stats.paired(np.arange(5.0)).bounded
    assert stats.paired(np.arange(6.0)).bounded
    assert not stats.paired(np.array([])).bounded


@pytest.mark.parametrize("blocks", [6, 10, 20])
def test_coverage_is_as_stated(blocks: int) -> None:
    """On symmetric noise of known centre the 95 % interval covers it that often, or more."""
    rng = np.random.default_rng(blocks)
    runs = 600
    covered = 0
    for _ in range(runs):
        found = stats.paired(0.3 + 0.1 * rng.standard_t(3, size=blocks))
        covered += found.low <= 0.3 <= found.high
    assert covered / runs > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


def test_one_outlier_block_hardly_moves_the_centre() -> None:
    """One block ten times off moves the centre by less than the noise."""
    x = np.random.default_rng(3).normal(0.6, 0.02, size=12)
    spoiled = x.copy()
    spoiled[4] += math.log(10)
    assert abs(stats.paired(spoiled).centre - stats.paired(x).centre) < 0.02


def test_drift_cancels_in_pairs() -> None:
    """A machine that gets 40 % slower over the run gives the true ratio all the same."""
    rng = np.random.default_rng(4)
    drift = np.linspace(0, 0.4, 12)
    base = drift + rng.normal(0.0, 0.02, 12)
    contender = drift - math.log(1.9) + rng.normal(0.0, 0.02, 12)
    found = stats.paired(base - contender).exp()
    assert found.low < 1.9 < found.high
    assert found.high / found.low < 1.1


def test_unpaired_interval_covers_the_ratio_of_medians() -> None:
    """Independent samples: the interval covers the true difference about as often as said."""
    rng = np.random.default_rng(5)
    runs = 500
    covered = 0
    for _ in range(runs):
        x = rng.normal(0.5, 0.1, size=25)
        y = rng.normal(0.0, 0.2, size=40)
        found = stats.unpaired(stats.median(x) + -stats.median(y))
        covered += found.low <= 0.5 <= found.high
    assert 0.92 < covered / runs < 0.995


def test_rounds_that_resemble_their_neighbours_count_for_less() -> None:
    """Noise that keeps nine tenths of itself: the truth is held in most cases all the same."""
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(200):
        x, y = (ar1(rng.normal(size=600)) for _ in range(2))
        found = stats.unpaired(stats.median(x) + -stats.median(y))
        covered += found.low <= 0 <= found.high
    assert covered / 200 > 0.8


def ar1(noise: stats.Floats, keeps: float = 0.9) -> stats.Floats:
    """Return noise of which each value keeps a share of the one before it."""
    for i in range(1, len(noise)):
        noise[i] += keeps * noise[i - 1]
    return noise


def test_unpaired_interval_needs_five_rounds_a_side() -> None:
    """Too few rounds give no interval; thousands do not overflow."""
    assert not stats.unpaired(stats.median(np.arange(4.0)) + stats.median(np.arange(30.0))).bounded
    assert not stats.unpaired(stats.median(np.ones(1)) + stats.median(np.arange(30.0))).bounded
    many = np.random.default_rng(6).normal(size=5000)
    assert stats.unpaired(stats.median(many) + -stats.median(many[:3000])).bounded


def test_constant_data_have_an_interval_without_width() -> None:
    """Equal times are no reason to fail."""
    assert stats.paired(np.full(8, 0.7)) == stats.Interval(0.7, 0.7, 0.7)
    apart = stats.unpaired(stats.median(np.full(8, 0.7)) + -stats.median(np.full(9, 0.2)))
    assert apart.low == pytest.approx(0.5)


def test_blocks_to_settle_follow_the_root() -> None:
    """Four times the blocks halve the width; exactly at a bound none settle it."""
    interval = stats.Interval(1.0, 0.8, 1.2)
    assert stats.blocks_to_settle(interval, 10, 0.9, math.inf) == 40
    assert stats.blocks_to_settle(interval, 10, 1.0, math.inf) is None
    assert stats.blocks_to_settle(stats.Interval(1, -math.inf, math.inf), 3, 0.9, 2) is None
