"""Deciding at planned looks: by hand, against a library, and on signals of known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from parallel_claims import stats
from parallel_claims.noise.recorded import series


def test_looks_grow_by_the_same_factor() -> None:
    """From the fewest to the most blocks; a narrow range has fewer looks, each once."""
    assert stats.planned(8, 34) == (8, 13, 21, 34)
    assert stats.planned(5, 40) == (5, 10, 20, 40)
    assert stats.planned(8, 9) == (8, 9)
    assert stats.planned(9, 9) == (9,)


def test_all_looks_together_spend_alpha() -> None:
    """Not more, not less; one look spends it at once, what was not planned nothing."""
    assert math.fsum(stats.spent(look, 4) for look in range(4)) == pytest.approx(stats.ALPHA)
    assert stats.spent(0, 1) == stats.ALPHA
    assert stats.spent(4, 4) == 0
    assert stats.spent(0, 4, 0.01) == pytest.approx(stats.spent(0, 4) / 5)


@pytest.mark.parametrize("n", [7, 13, 21])
def test_tails_are_scipys(n: int) -> None:
    """The exact one-sided signed-rank test of a library of its own agrees."""
    for row in np.random.default_rng(n).normal(0.3, 1, (20, n)):
        found = stats.symmetric(row)
        above = scipy_stats.wilcoxon(row, alternative="greater", method="exact").pvalue
        below = scipy_stats.wilcoxon(row, alternative="less", method="exact").pvalue
        assert (found.above, found.below) == pytest.approx((above, below), rel=1e-12)


def test_values_all_on_one_side_have_the_smallest_tail() -> None:
    """2^-n, and nothing is known of nothing."""
    assert stats.symmetric(np.full(7, 0.1) + np.arange(7)).above == 2**-7
    assert stats.symmetric(np.array([])) == stats.NOTHING_KNOWN


def test_zeros_and_ties_count_against_both_sides() -> None:
    """A 0 is evidence for neither side, and of equal sizes the one against ranks highest."""
    x = np.array([1.0, 2, 3, 4, 5, 6, 7])
    with_zero = stats.symmetric(np.append(x, 0.0))
    assert with_zero.above == 2 / 2**8  # W- is 1, the rank of the 0
    assert with_zero.below == 1.0
    tied = stats.symmetric(np.array([-1.0, 1, 2, 3, 4, 5, 6]))
    apart = stats.symmetric(np.array([-1.0, 1.1, 2, 3, 4, 5, 6]))
    assert tied.above > apart.above
    assert stats.symmetric(np.zeros(9)) == stats.Tails(1.0, 1.0)


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=20).map(np.array))
def test_a_change_of_sign_swaps_the_tails(x: stats.Floats) -> None:
    """For both tests; and a value that is moved up never counts less for *above*."""
    for test in (stats.symmetric, stats.drifting):
        found, mirrored = test(x), test(-x)
        assert mirrored.above == pytest.approx(found.below)
        assert mirrored.below == pytest.approx(found.above)
    assert stats.symmetric(x + 1).above <= stats.symmetric(x).above


def test_rows_are_what_each_series_says_alone() -> None:
    """Many series at once, with ties and zeros among them."""
    x = np.round(np.random.default_rng(1).normal(0.2, 1, (3, 10, 9)), 1)
    pairs = ((stats.symmetric, stats.symmetric_rows), (stats.drifting, stats.drifting_rows))
    for one, rows in pairs:
        above, below = rows(x)
        for place in np.ndindex(3, 10):
            found = one(x[place])
            assert found.above == above[place]
            assert found.below == below[place]


def test_a_constant_is_as_certain_as_its_signs() -> None:
    """A number that never varies is beyond the bound as surely as coins fall on one side."""
    assert stats.drifting(np.full(8, 2.0)).above == pytest.approx(2**-8)
    assert stats.drifting(np.full(8, 2.0)).below == 1.0
    assert stats.drifting(np.zeros(8)) == stats.Tails(1.0, 1.0)
    assert stats.drifting(np.full(3, 2.0)) == stats.NOTHING_KNOWN


def test_neighbours_that_resemble_each_other_count_for_less() -> None:
    """The same values, sorted by time, say less of their centre than in a mixed order."""
    x = np.random.default_rng(2).normal(0.8, 1, 20)
    mixed = np.sort(x)[np.argsort(np.arange(20) * 7 % 20)]
    assert stats.drifting(np.sort(x)).above > 3 * stats.drifting(mixed).above


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("heavy", [False, True])
def test_a_drift_alarms_no_more_often_than_said(correlation: float, *, heavy: bool) -> None:
    """Series whose centre is 0, each value tied to the one before it: at most 5 % beyond 5 %."""
    rng = np.random.default_rng(3)
    for blocks in (7, 12, 34):
        x = series(correlation, 1500, 1, blocks, rng, heavy=heavy)
        for p in stats.drifting_rows(x):
            assert (p <= 0.05).mean() <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1500)


def test_evidence_of_two_bounds() -> None:
    """Inside means beyond both; outside is asked on either side, which costs twice."""
    low, high = stats.Tails(0.01, 0.99), stats.Tails(0.96, 0.04)
    assert stats.evidence(low, None) == stats.Evidence(0.01, 0.99)
    assert stats.evidence(None, high) == stats.Evidence(0.04, 0.96)
    assert stats.evidence(low, high) == stats.Evidence(0.04, 1.0)
    above = stats.Tails(0.001, 0.999)
    assert stats.evidence(above, above) == stats.Evidence(0.999, 0.002)


def outside(**p: float) -> dict[str, stats.Evidence]:
    """Return evidence against questions that do not hold."""
    return {key: stats.Evidence(1.0, value) for key, value in p.items()}


def inside(**p: float) -> dict[str, stats.Evidence]:
    """Return evidence for questions that do not fail."""
    return {key: stats.Evidence(value, 1.0) for key, value in p.items()}


def test_alarms_are_holms() -> None:
    """By hand: 0.01 at 0.05 / 3, then 0.02 at 0.05 / 2, then 0.2 not at 0.05."""
    questions = stats.Looks(3)
    questions.look(outside(a=0.02, b=0.2, c=0.01), 0.05)
    assert questions.failed == {"c": pytest.approx(0.05 / 3), "a": pytest.approx(0.05 / 2)}
    stopped = stats.Looks(3)
    stopped.look(outside(a=0.02, b=0.02, c=0.02), 0.05)
    assert stopped.failed == {}


def test_findings_are_benjaminis_and_hochbergs() -> None:
    """By hand: the third of four is below 3/4 of 0.05, so the first two are in with it."""
    questions = stats.Looks(4)
    questions.look(inside(a=0.03, b=0.0374, c=0.026, d=0.2), 0.05)
    assert questions.held == dict.fromkeys("abc", pytest.approx(0.05 * 3 / 4))
    nothing = stats.Looks(4)
    nothing.look(inside(a=0.03, b=0.038, c=0.026, d=0.2), 0.05)
    assert nothing.held == {}


def test_earlier_findings_and_alarms_are_counted() -> None:
    """Two that held lift the threshold of a third; one that failed leaves its share to others."""
    questions = stats.Looks(4)
    questions.look(inside(a=0.001, b=0.001), 0.05)
    questions.look(inside(c=0.0374), 0.05)
    assert questions.held["c"] == pytest.approx(0.05 * 3 / 4)
    questions = stats.Looks(4)
    questions.look(outside(a=0.001), 0.05)
    questions.look(outside(b=0.016), 0.05)
    assert questions.failed["b"] == pytest.approx(0.05 / 3)


def simulated(shift: stats.Floats, suites: int, seed: int) -> tuple[float, float, float]:
    """Return red, green and what holds rightly of suites of independent claims, with looks.

    shift: how far each claim is inside its bound, 0 for one that is at it.
    """
    looks = stats.planned(stats.FEWEST, stats.MOST)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(suites, len(shift), looks[-1])) + shift[:, None]
    p = [stats.symmetric_rows(x[..., :blocks]) for blocks in looks]
    red = green = right = 0.0
    for suite in range(suites):
        questions = stats.Looks(len(shift))
        for number, (above, below) in enumerate(p):
            left = {
                str(c): stats.Evidence(above[suite, c], below[suite, c])
                for c in range(len(shift))
                if not {str(c)} & {*questions.held, *questions.failed}
            }
            questions.look(left, stats.spent(number, len(looks)))
        false = sum(shift[int(key)] == 0 for key in questions.held)
        red += bool(questions.failed)
        green += false / max(1, len(questions.held))
        right += len(questions.held) - false
    return red / suites, green / suites, right / suites


@pytest.mark.parametrize("far", [0, 10, 20])
def test_both_halves_of_the_promise_are_kept(far: int) -> None:
    """Thirty claims, some of them far inside: alarms in at most 5 % of runs, as many false holds.

    What is far inside is found all the same.
    """
    shift = np.where(np.arange(30) < far, 3.0, 0.0)
    red, green, right = simulated(shift, 400, seed=4)
    allowed = 0.05 + 2 * math.sqrt(0.05 * 0.95 / 400)
    assert red <= allowed
    assert green <= allowed
    assert right == pytest.approx(far, abs=0.01)


def test_looking_as_often_without_spending_would_break_it() -> None:
    """The same looks at all of alpha each: alarms in far more than 5 % of runs."""
    looks = stats.planned(stats.FEWEST, stats.MOST)
    x = np.random.default_rng(5).normal(size=(2000, looks[-1]))
    ever = np.zeros(2000, dtype=bool)
    for blocks in looks:
        ever |= stats.symmetric_rows(x[:, :blocks])[1] <= stats.ALPHA
    assert ever.mean() > 0.09


def test_replicates_that_would_decide() -> None:
    """At twice the distance a quarter; never fewer than the level needs, nor than there are."""
    assert stats.replicates_until(0.1, 1.0, 0.05, 7, 5) == 271
    assert stats.replicates_until(0.2, 1.0, 0.05, 7, 5) == 68
    assert stats.replicates_until(9.0, 1.0, 0.05, 5, 5) == 6
    assert stats.replicates_until(9.0, 1.0, 0.05, 12, 5) == 13
    assert stats.replicates_until(0.1, 1.0, 0.05, 4, 5) == 5


def test_what_nobody_measures_is_futile() -> None:
    """Too near the bound, on it, or without a spread: None, but where too few were measured."""
    assert stats.replicates_until(0.05, 1.0, 0.05, 7, 5) is None
    assert stats.replicates_until(0.0, 1.0, 0.05, 7, 5) is None
    assert stats.replicates_until(0.1, math.inf, 0.05, 7, 5) is None
    assert stats.replicates_until(0.0, 1.0, 0.05, 4, 5) == 5


def test_intervals_are_stretched_where_neighbours_resemble_each_other() -> None:
    """By what a known correlation asks for; hardly where there is none."""
    rng = np.random.default_rng(11)
    free = rng.normal(size=(200, 400))
    tied = free.copy()
    for n in range(1, 400):
        tied[:, n] += 0.7 * tied[:, n - 1]
    assert float(np.median(stats.stretch(tied))) == pytest.approx((1.7 / 0.3) ** 0.5, rel=0.05)
    assert float(np.median(stats.stretch(free))) < 1.05
    found = stats.Interval(1.0, 0.5, 2.0).stretched(2.0)
    assert (found.centre, found.low, found.high) == (1.0, 0.0, 3.0)
