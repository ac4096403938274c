"""Selection among Walsh averages: what sorting them all gives, to the last bit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_claims import stats
from parallel_claims.stats import looks, signed_rank, walsh

if TYPE_CHECKING:
    from numpy.random import Generator

    from parallel_claims.stats import Floats

KINDS = ("normal", "heavy tails", "ties", "two values", "constant", "sorted", "wild", "half zero")


def made(kind: str, n: int, rng: Generator) -> Floats:
    """Return values of a kind."""
    normal = rng.normal(size=n)
    return {
        "normal": normal,
        "heavy tails": rng.standard_cauchy(n),
        "ties": np.round(normal, 1),
        "two values": rng.integers(0, 2, n).astype(float),
        "constant": np.full(n, 0.7),
        "sorted": np.sort(normal),
        "wild": normal * 10.0 ** rng.integers(-20, 20, n),
        "half zero": np.where(np.arange(n) % 2, normal, 0.0),
    }[kind]


def by_sorting(x: Floats) -> Floats:
    """Return all Walsh averages, sorted."""
    i, j = np.triu_indices(len(x))
    return np.sort((x[i] + x[j]) / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_interval_is_that_of_all_averages_sorted(kind: str) -> None:
    """Centre and ends equal, bit by bit, up to 2,000 blocks."""
    for n in (251, 400, 999, 2000):
        x = made(kind, n, np.random.default_rng(n))
        every = by_sorting(x)
        for alpha in (0.05, 0.001):
            k = signed_rank.rank_of_end(n, alpha)
            told = (np.median(every), every[k - 1], every[-k])
            assert signed_rank.paired_many(x, alpha) == told


@pytest.mark.parametrize("kind", KINDS)
def test_every_rank_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first, the last, each of a small triangle, and the one after each."""
    monkeypatch.setattr(walsh, "FEW", 20)
    x = np.sort(made(kind, 40, np.random.default_rng(3)))
    every = by_sorting(x)
    found = [walsh.walsh_average(x, rank) for rank in range(len(every))]
    assert found == every.tolist()
    after = [walsh.next_average(x, value, rank) for rank, value in enumerate(found[:-1])]
    assert after == every[1:].tolist()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30).map(sorted), st.floats(-1e6, 1e6))
def test_boundaries_are_exact(values: list[float], bound: float) -> None:
    """However a sum is rounded: each row's first average that is not below the bound."""
    x = np.array(values)
    told = [next((j for j, b in enumerate(x) if (a + b) / 2 >= bound), len(x)) for a in x]
    assert walsh.first_not_below(x, bound).tolist() == told
    assert walsh.bisected(x, x, bound).tolist() == told


def test_rows_of_many_blocks_are_what_each_is_alone() -> None:
    """Beyond the blocks whose averages are all made, over more than one axis."""
    x = np.random.default_rng(5).normal(size=(2, 3, 300))
    found = stats.paired_rows(x)
    for place in np.ndindex(2, 3):
        alone = stats.paired(x[place])
        assert [float(ends[place]) for ends in found] == [alone.centre, alone.low, alone.high]


def test_the_expansion_is_off_by_as_little_as_it_says() -> None:
    """Beyond the exact distribution: against it at 501 and 600, and the same rank at any level."""
    for n in (signed_rank.MOST_EXACT + 1, 600):
        exact = stats.signed_rank_tail(n)
        off = np.abs(signed_rank.signed_rank_share(np.arange(len(exact)), n) - exact)
        assert off.max() < 0.2 / n**3
        for alpha in (0.05, 0.04, 0.01, 0.05 / 30, 1e-6):
            k = np.searchsorted(exact, alpha / 2 * (1 + 1e-12), side="right")
            assert signed_rank.rank_of_end(n, alpha) == k


def test_ranks_count_equals() -> None:
    """As many as are not larger, for each, in each row."""
    x = np.round(np.random.default_rng(6).exponential(size=(5, 4, 30)), 1)
    told = (x[..., None, :] <= x[..., :, None]).sum(axis=-1)
    assert (looks.ranks_of(x) == told).all()


def test_twenty_thousand_blocks_are_judged_in_little_memory() -> None:
    """Interval and both kinds of tails, of a known centre; n² numbers would take gigabytes."""
    import tracemalloc

    x = np.random.default_rng(7).normal(0.02, 1.0, 20_000)
    tracemalloc.start()
    found, tails, drifts = stats.paired(x), stats.symmetric(x), stats.drifting(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert found.low < 0.02 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(math.pi / 3 / 20_000), 0.02)
    assert tails.above < 0.05 < tails.below
    assert drifts.above < drifts.below
