"""Many benchmarks of two versions together, on samples of known truth."""

from __future__ import annotations

import numpy as np

from parallel_claims.stats import versions


def test_nothing_is_certain_of_few_pairs() -> None:
    """One benchmark: 2 / 2^6 and 1 / 2^5 are above 2.5 %, 2 / 2^7 and 1 / 2^6 are not."""
    for n in range(10):
        assert versions.differing([0.1 + np.arange(n) / 100]).tolist() == [int(n >= 7)]
        assert versions.same([np.arange(n) / 1000], 0.05).tolist() == [n >= 6]


def test_what_never_varies_is_the_same_and_no_difference() -> None:
    """Ratios of exactly 1 in all pairs."""
    samples = [np.zeros(8), np.zeros(8)]
    assert versions.differing(samples).tolist() == [0, 0]
    assert versions.same(samples, 0.05).tolist() == [True, True]


def test_any_false_difference_comes_in_at_most_one_of_twenty() -> None:
    """600 comparisons of 20 unchanged benchmarks: heavy tails, a part that all share.

    Whichever of two looks decides; each may have half of the error. Thirty may be false, give or
    take two standard errors of that (3,000 such comparisons: 4.1 %).
    """
    rng = np.random.default_rng(13)
    false = 0
    for _ in range(600):
        x = rng.standard_t(2, (20, 20)) * 0.02 + rng.normal(0, 0.005, (20, 1))
        looks = [versions.differing(list(part.T)) for part in (x[:14], x)]
        false += any(look.any() for look in looks)
    assert 10 <= false <= 40


def test_few_of_the_findings_of_the_same_are_false() -> None:
    """Half of 200 benchmarks exactly at the edge of the band: at most 5 % of those found."""
    rng = np.random.default_rng(13)
    found = np.zeros(2)
    for _ in range(50):
        x = rng.normal(np.repeat([0.0, 0.05], 100)[:, None], 0.02, (200, 15))
        found += versions.same(list(x), 0.05).reshape(2, 100).sum(axis=1)
    assert found[0] > 4500
    assert 0 < found[1] <= 0.05 * found.sum()
