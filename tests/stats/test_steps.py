"""Change points: signals of known truth, and no alarm where nothing changed."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_claims.stats import steps

if TYPE_CHECKING:
    from numpy.random import Generator

    from parallel_claims.stats import Floats

NOISE = 0.03


def places(values: Floats, errors: float = NOISE / 3, alpha: float = 0.05) -> list[int]:
    """Return where a series changes its level."""
    return [step.at for step in steps.follow(values, np.full(len(values), errors), alpha).steps]


def noise(rng: Generator, kind: str, length: int) -> Floats:
    """Return noise of a shape."""
    if kind == "heavy tails":
        return np.asarray(NOISE * rng.standard_t(3, length))
    values = np.asarray(rng.normal(0, NOISE, length))
    if kind == "neighbours alike":
        for i in range(1, length):
            values[i] += 0.3 * values[i - 1]
    return values


@pytest.mark.parametrize("kind", ["normal", "heavy tails", "neighbours alike"])
def test_a_flat_series_of_50_runs_raises_no_alarm(kind: str) -> None:
    """At most 5 % of 500 flat series have a step or a drift, plus what 500 can err."""
    rng = np.random.default_rng(11)
    found = [
        steps.follow(noise(rng, kind, 50), rng.uniform(0.3, 0.9, 50) * NOISE) for _ in range(500)
    ]
    alarms = sum(bool(path.steps) or path.drift is not None for path in found)
    allowed = 0.08 if kind == "neighbours alike" else 0.05
    assert alarms / 500 <= allowed


@pytest.mark.parametrize("seed", range(20))
def test_each_proposal_is_the_split_that_explains_most_beside_those_before(seed: int) -> None:
    """As if each place were tried and the weighted squares counted anew, until none is left."""
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(0, NOISE, 11), rng.uniform(0.5, 2, 11)

    def squares(ends: list[int]) -> float:
        parts = [(values[a:b], weights[a:b]) for a, b in pairwise(ends)]
        return sum(float(np.sum(w * (v - np.average(v, weights=w)) ** 2)) for v, w in parts)

    known = [0, len(values)]
    for ends in steps.WeightedSquares(values, weights).splits():
        allowed = [
            sorted([*known, place])
            for place in range(len(values))
            if min(abs(place - end) for end in known) >= steps.SHORTEST
        ]
        known = min(allowed, key=squares)
        assert [0, *ends] == known
    assert max(b - a for a, b in pairwise(known)) < 2 * steps.SHORTEST


def test_a_growing_series_spends_its_error_once() -> None:
    """Each doubling has a part of it; all parts together are at most all of it."""
    lengths = [6, 11, 12, 23, 24, 72, 95, 96]
    assert [round(0.05 / steps.spent(n)) for n in lengths] == [2, 2, 6, 6, 12, 20, 20, 30]
    assert sum(steps.spent(6 * 2**k) for k in range(40)) <= 0.05


def test_values_of_a_day_count_as_one() -> None:
    """The mean, with the error of a mean, and where the day begins."""
    values, errors = np.array([1.0, 3.0, 5.0]), np.array([0.3, 0.4, 0.1])
    means, of_means, first = steps.by_day(values, errors, np.array([4, 4, 9]))
    assert (means.tolist(), first.tolist()) == ([2.0, 5.0], [0, 2])
    assert of_means.tolist() == pytest.approx([0.25, 0.1])


@pytest.mark.parametrize(("after", "power"), [(3, 0.8), (5, 0.95)])
def test_a_step_of_ten_per_cent_is_found_within_few_runs(after: int, power: float) -> None:
    """At 3 % noise, after 40 runs; the place is right to two runs."""
    rng = np.random.default_rng(12)
    hits = 0
    for _ in range(300):
        values = rng.normal(0, NOISE, 40 + after)
        values[40:] -= math.log(1.1)
        hits += any(abs(at - 40) <= 2 for at in places(values))
    assert hits / 300 >= power


def test_the_size_of_a_step_is_covered() -> None:
    """The interval of the change holds the truth about as often as it says."""
    rng = np.random.default_rng(13)
    covered, found = 0, 0
    for _ in range(300):
        values = rng.normal(0, NOISE, 45)
        values[30:] -= math.log(1.1)
        for step in steps.follow(values, np.full(45, 0.01)).steps:
            if abs(step.at - 30) <= 2:
                found += 1
                covered += step.size.low <= -math.log(1.1) <= step.size.high
    assert found > 290
    assert covered / found > 0.91


def test_a_steady_drift_is_a_drift_and_no_steps() -> None:
    """A straight line of 20 % over 50 runs, with its size."""
    rng = np.random.default_rng(14)
    paths = [
        steps.follow(np.linspace(0, 0.2, 50) + rng.normal(0, NOISE, 50), np.full(50, 0.01))
        for _ in range(100)
    ]
    drifts = [path.drift for path in paths if path.drift is not None]
    assert len(drifts) >= 90
    assert sum(drift.low <= 0.2 <= drift.high for drift in drifts) / len(drifts) > 0.89


def test_a_run_with_a_wide_interval_weighs_little() -> None:
    """Two runs far off, with errors as large, change nothing; with small errors they do."""
    rng = np.random.default_rng(15)
    values = rng.normal(0, 0.01, 40)
    values[[20, 21]] += 0.3
    errors = np.full(40, 0.01)
    assert [step.at for step in steps.follow(values, errors).steps] == [20, 22]
    errors[[20, 21]] = 0.5
    assert not steps.follow(values, errors).steps


def test_a_single_run_apart_is_no_change() -> None:
    """However far it is off."""
    values = np.random.default_rng(16).normal(0, NOISE, 50)
    values[25] += 5
    assert places(values) == []


def test_equal_values_and_short_series_have_no_steps() -> None:
    """Nothing to divide by, nothing to see."""
    assert places(np.ones(1000)) == []
    assert places(np.array([0.0, 0.0, 0.0, 1.0, 1.0])) == []
    assert not steps.follow(np.array([1.0]), np.array([0.1])).level.bounded


class TestCasesOfAsv:
    """The signals that asv's test suite publishes for its step detection (asv, BSD 3-clause).

    Only the signals are taken, made here anew; asv's search is another one.
    """

    TIMES = np.arange(100)
    STAIRS = (
        0.4 * (TIMES >= 5)
        + 0.9 * (TIMES >= 10)
        - 0.2 * (TIMES >= 20)
        + 0.2 * (TIMES >= 50)
        + 1.1 * (TIMES >= 70)
    )

    def test_stairs_with_little_noise(self) -> None:
        """Five steps, one of them only five runs long."""
        rng = np.random.default_rng(1234)
        assert places(self.STAIRS + 0.05 * rng.random(100), 0.0) == [5, 10, 20, 50, 70]

    def test_a_long_series(self) -> None:
        """3,000 runs with six steps, the last ten runs before the end; then 7,000 without."""
        rng = np.random.default_rng(1234)
        t = np.arange(3000)
        clean = 0.4 * (t >= 10) + 0.9 * (t >= 30) - 0.2 * (t >= 200)
        clean = clean + 0.2 * (t >= 600) + 1.1 * (t >= 2500) - 0.5 * (t >= 2990)
        found = places(clean + 0.05 * rng.normal(size=3000), 0.0)
        assert found == [10, 30, 200, 600, 2500, 2990]
        longer = np.concatenate([clean + 0.025 * rng.random(3000), 0.025 * rng.normal(size=7000)])
        assert places(longer, 0.0) == [10, 30, 200, 600, 2500, 2990, 3000]

    def test_much_noise_hides_all_but_the_largest(self) -> None:
        """Noise of five: asv sees nothing, a t test at most the one step that is there to see."""
        rng = np.random.default_rng(1234)
        clean = 1.1 * (np.arange(3000) >= 2500)
        assert len(places(clean + 5.0 * rng.normal(size=3000), 0.0)) <= 1

    def test_a_slow_wave_is_no_stairs(self) -> None:
        """A cosine of low amplitude around one real step."""
        j = np.arange(1000)
        assert places(0.2 * np.cos(j / 100) + 1.0 * (j >= 500), 0.0) == [500]

    def test_an_outlier_of_one_is_none_and_of_two_is_one(self) -> None:
        """As asv takes them; with a little noise, since no two runs are equal."""
        values = 1 + 1e-3 * np.random.default_rng(1234).normal(size=50)
        values[25] = 1000
        assert places(values, 0.0) == []
        values[26] = 1000
        assert places(values, 0.0) == [25, 27]
