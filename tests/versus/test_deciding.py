"""What pairs say of each benchmark, on ratios of known truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.versus import deciding
from parallel_claims.versus.records import Finding, Pair, Slices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims import stats


def pairs(ratios: Mapping[str, Sequence[float] | stats.Floats], stage: int = 1) -> list[Pair]:
    """Return pairs with these log ratios, by benchmark; None is a lost one."""
    count = max(map(len, ratios.values()))
    return [
        Pair(
            number,
            stage,
            None,
            number,
            {
                name: Slices((1.0,), (math.exp(values[number]),), float(values[number]))
                for name, values in ratios.items()
                if number < len(values)
            },
            {name: "lost" for name, values in ratios.items() if number >= len(values)},
        )
        for number in range(count)
    ]


def noise(seed: int, *shape: int) -> stats.Floats:
    """Return log ratios of an unchanged benchmark, 1 % apart from pair to pair."""
    return np.random.default_rng(seed).normal(0, 0.01, shape)


def test_whoever_is_not_shown_to_be_the_same_is_measured_again() -> None:
    """What differs, what is too noisy, and what was lost."""
    first = pairs({"a": noise(0, 12) + 0.1, "b": noise(1, 12) * 9, "c": noise(2, 12), "d": []})
    names = ["d", "c", "b", "a", "e"]
    assert deciding.suspects(first, names, 0.05) == ["d", "b", "a", "e"]


def test_all_pairs_decide() -> None:
    """A suspect's new pairs count with its first ones; one that calms down is the same."""
    first = pairs({"a": noise(0, 12) + 0.05, "b": noise(1, 12) + 0.06, "c": noise(2, 12)})
    names = ["a", "b", "c"]
    assert deciding.suspects(first, names, 0.05) == ["a", "b"]
    second = pairs({"a": noise(3, 20), "b": noise(4, 20) + 0.06}, stage=2)
    a, b, c = deciding.decide([*first, *second], names, 0.05)
    assert [one.finding for one in (a, b, c)] == [Finding.SAME, Finding.SLOWER, Finding.SAME]
    assert [one.pairs for one in (a, b, c)] == [32, 32, 12]
    assert [one.suspect for one in (a, b, c)] == [True, True, False]


def test_a_sure_difference_within_the_band_is_the_same() -> None:
    """One per cent, for certain, is no news at 5 %; at 0.5 % it is."""
    first = pairs({"a": noise(0, 20) / 10 + 0.01})
    assert deciding.decide(first, ["a"], 0.05)[0].finding is Finding.SAME
    assert deciding.decide(first, ["a"], 0.005)[0].finding is Finding.SLOWER


def test_too_few_pairs_say_nothing() -> None:
    """None, or five: cannot tell, and the interval has no ends."""
    for count in (0, 1, 5):
        found = deciding.decide(pairs({"a": noise(0, count), "b": noise(1, 9)}), ["a"], 0.05)
        assert found[0].finding is Finding.CANNOT_TELL
        assert (found[0].ratio.low, found[0].ratio.high) == (0.0, math.inf)
        assert found[0].pairs == count
    assert deciding.decide([], [], 0.05) == ()


def test_a_claim_is_slower_where_its_ratio_fell() -> None:
    """A speedup that fell by a fifth is worse; one that rose is better."""
    changes = {"fell": noise(0, 12) - 0.2, "rose": noise(1, 12) + 0.2, "same": noise(2, 12)}
    found = deciding.decide_claims({k: x.tolist() for k, x in changes.items()}, 0.05)
    assert [one.finding for one in found.values()] == ["slower", "faster", "same"]
    assert found["fell"].ratio.high < 1
