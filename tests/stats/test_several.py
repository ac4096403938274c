"""Several questions together: the two procedures of the papers."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_claims import stats


def by_hand(p: list[float], level: float, total: int) -> set[int]:
    """Return which are rejected where adjusted p-values are computed (Holm, 1979)."""
    order = np.argsort(p)
    steps = np.array(p)[order] * np.arange(total, total - len(p), -1)
    adjusted = np.maximum.accumulate(steps)
    return {int(key) for key, value in zip(order, adjusted, strict=True) if value <= level}


def test_holm_asks_each_at_what_is_left() -> None:
    """The level over the number that are still undecided; who is decided leaves its share."""
    found = stats.holm(stats.at_most({"a": 0.012, "b": 0.04, "c": 0.02}), 0.05)
    assert found == {"a": 0.05 / 3, "c": 0.05 / 2, "b": 0.05}
    assert stats.holm(stats.at_most({"a": 0.02, "b": 0.02}), 0.05, total=3) == {}
    assert stats.holm({}, 0.05) == {}


@pytest.mark.parametrize("seed", range(20))
def test_holm_rejects_what_adjusted_values_reject(seed: int) -> None:
    """Whatever the values, and however many more questions there are."""
    rng = np.random.default_rng(seed)
    p = (rng.random(12) ** 4).tolist()
    for more in (0, 5):
        found = stats.holm(stats.at_most(dict(enumerate(p))), 0.05, 12 + more)
        assert set(found) == by_hand(p, 0.05, 12 + more)


def test_findings_are_those_of_benjamini_and_hochberg() -> None:
    """All up to the largest p-value that is under its step, also one above its own."""
    p = dict(enumerate([0.035, 0.01, 0.5, 0.03]))
    assert stats.benjamini_hochberg(p, 0.05) == dict.fromkeys([1, 3, 0], 0.05 * 3 / 4)
    assert stats.benjamini_hochberg({0: 0.5}, 0.05) == {}
    assert stats.benjamini_hochberg({}, 0.05) == {}


def test_earlier_findings_raise_the_threshold() -> None:
    """Three of ten are found: the fourth has to be under four tenths of the level."""
    assert stats.benjamini_hochberg({"a": 0.019}, 0.05, total=10, earlier=3) == {"a": 0.02}
    assert stats.benjamini_hochberg({"a": 0.021}, 0.05, total=10, earlier=3) == {}
