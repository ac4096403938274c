"""Many benchmarks of two versions together, on samples of known truth."""

from __future__ import annotations

import numpy as np

from parallel_claims.stats import versions

RNG = np.random.default_rng(13)


def test_holm_is_that_of_the_paper() -> None:
    """Each p-value times how many are not smaller, never falling, at most 1."""
    assert versions.holm(np.array([0.01, 0.04, 0.02])).tolist() == [0.03, 0.04, 0.04]
    assert versions.holm(np.array([0.9, 0.5])).tolist() == [1.0, 1.0]
    assert versions.holm(np.array([])).tolist() == []


def test_findings_are_those_of_benjamini_and_hochberg() -> None:
    """All up to the largest p-value that is under its step, also one above its own."""
    p = np.array([0.035, 0.01, 0.5, 0.03])
    assert versions.findings(p, 0.05).tolist() == [True, True, False, True]
    assert versions.findings(np.array([0.5]), 0.05).tolist() == [False]
    assert versions.findings(np.array([]), 0.05).tolist() == []


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
    """1,000 comparisons of 50 unchanged benchmarks with heavy tails, 14 pairs."""
    false = sum(
        versions.differing(list(RNG.standard_t(2, (50, 14)) * 0.02)).any() for _ in range(1000)
    )
    assert 10 <= false <= 60
