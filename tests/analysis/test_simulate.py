"""The simulation itself, on noise whose answer is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from analysis import calibrate, claims, simulate, stats

DATA = Path(__file__).parents[1] / "data"
PAIR = simulate.design([[(1, "a"), (-1, "b")]])


def iid(length: int = 5000, seed: int = 1) -> stats.Floats:
    """Return independent noise."""
    return np.random.default_rng(seed).normal(0, 0.05, length)


def test_claims_that_share_a_benchmark_are_one_experiment() -> None:
    """Contrasts become signed matrices, one an experiment."""
    found = simulate.design(
        [
            [(1, "a"), (-1, "b")],
            [(1, "x"), (-1, "y")],
            [(1, "a"), (-1, "c"), (-1, "one"), (1, "two")],
        ]
    )
    assert found.variants == 7
    assert found.claims == 3
    assert sorted(matrix.shape for matrix in found.experiments) == [(1, 2), (2, 5)]
    assert all((matrix.sum(axis=1) == 0).all() for matrix in found.experiments)


@pytest.mark.parametrize("n", [6, 13])
def test_p_values_are_scipys(n: int) -> None:
    """The exact signed-rank test of a library of its own agrees."""
    x = np.random.default_rng(2).normal(0.3, 1, (40, n))
    expected = [scipy_stats.wilcoxon(row, method="exact").pvalue for row in x]
    np.testing.assert_allclose(simulate.p_values(x), expected, rtol=1e-12)


def test_intervals_are_those_of_the_judge() -> None:
    """The simulation judges by the same interval as a run."""
    x = np.random.default_rng(3).normal(0, 1, (20, 11))
    _, low, high = stats.paired_rows(x, 0.01)
    for row, one_low, one_high in zip(x, low, high, strict=True):
        found = stats.paired(row, 0.01)
        assert (found.low, found.high) == (one_low, one_high)


def test_holm_decides_what_it_should() -> None:
    """By hand: 0.01 passes at 0.05/3, then 0.02 at 0.05/2, then 0.2 does not."""
    p = np.array([[0.02, 0.2, 0.01], [0.02, 0.02, 0.02], [0.016, 0.2, 0.03]])
    assert simulate.holm(p, 0.05).tolist() == [
        [True, False, True],
        [False, False, False],
        [True, False, False],
    ]


def test_independent_noise_is_covered_as_stated() -> None:
    """In both orders, for there is nothing that blocks could cancel."""
    rng = np.random.default_rng(4)
    for in_blocks in (True, False):
        x = simulate.suites(iid(), PAIR, 10, 2000, rng, in_blocks=in_blocks)
        found = simulate.row(x)
        assert 0.94 < found.coverage < 0.97
        assert found.false_suites == pytest.approx(1 - found.coverage, abs=1e-9)


def test_drift_ruins_the_sequential_order_and_not_the_blocks() -> None:
    """A machine that slows down slowly."""
    rng = np.random.default_rng(5)
    noise = iid() * 0.2 + np.linspace(0, 20, 5000)
    inside = simulate.row(simulate.suites(noise, PAIR, 10, 2000, rng, in_blocks=True))
    outside = simulate.row(simulate.suites(noise, PAIR, 10, 2000, rng, in_blocks=False))
    assert inside.coverage > 0.93
    assert outside.coverage < 0.05


def test_power_is_that_of_shifted_suites() -> None:
    """Suites with a ratio as large as the stated difference are decided as often as stated."""
    rng = np.random.default_rng(6)
    x = simulate.suites(iid(), PAIR, 12, 3000, rng, in_blocks=True)
    found = simulate.row(x)
    _, low, _ = stats.paired_rows(x[0] + math.log1p(found.difference), stats.ALPHA)
    assert (low > 0).mean() == pytest.approx(simulate.POWER, abs=0.01)


def test_stopping_uses_more_blocks_where_there_is_more_noise() -> None:
    """The fewest on a quiet machine; coverage stays as stated."""
    rng = np.random.default_rng(7)
    rule = simulate.Rule(0.05, 10, 30)
    quiet = simulate.suites(simulate.quiet(rng, 5000), PAIR, 30, 300, rng, in_blocks=True)
    noisy = simulate.suites(iid() * 2, PAIR, 30, 800, rng, in_blocks=True)
    assert simulate.stopped(quiet, rule).blocks == 10
    found = simulate.stopped(noisy, rule)
    assert 15 < found.blocks <= 30
    assert 0.93 < found.coverage < 0.985


def test_on_the_recorded_noise_the_rules_err_as_published() -> None:
    """20 rounds a side, one after the other: two fifths of the alarms of common tools are false."""
    noise = calibrate.read_noise(DATA / "same_workload.csv").values
    rng = np.random.default_rng(8)
    found = {}
    for in_blocks in (False, True):
        pair = simulate.pair_of_samples(noise, 20, 1500, rng, in_blocks=in_blocks)
        found[in_blocks] = dict(simulate.well_known_rules(*pair))
    assert found[False]["Mann–Whitney p < 0.05 (benchstat)"] == pytest.approx(0.40, abs=0.05)
    assert found[False]["t-test at 95 % (pyperf)"] == pytest.approx(0.46, abs=0.05)
    assert found[True]["signed rank, 95 % (this suite)"] < 0.07
    assert found[True]["t-test at 95 % (pyperf)"] < 0.02


@pytest.mark.parametrize("blocks", [12, 20, 40])
def test_on_the_recorded_noise_the_courses_suite_keeps_its_promise(blocks: int) -> None:
    """Coverage of 93 to 98 %, and at most about 5 % of suites with a false verdict."""
    noise = calibrate.read_noise(DATA / "same_workload.csv").values
    suite = simulate.design(calibrate.contrasts(claims.read()))
    rng = np.random.default_rng(9)
    found = simulate.row(simulate.suites(noise, suite, blocks, 600, rng, in_blocks=True))
    assert 0.93 <= found.coverage <= 0.98
    assert found.false_suites <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 600)
    worse = simulate.row(simulate.suites(noise, suite, blocks, 600, rng, in_blocks=False))
    assert worse.false_suites > 0.4
