"""The simulation of many workers, on cases that can be told by hand."""

from __future__ import annotations

import pytest

from tests.benchmarks.cluster_scale import break_even, makespan, speedup


def test_without_costs_all_workers_gain() -> None:
    """As many times as fast as there are."""
    assert speedup(8, 1.0, (0.0, 0.0)) == pytest.approx(8)


def test_short_tasks_take_what_the_scheduler_takes() -> None:
    """One after the other: more workers change nothing."""
    assert makespan(100, 10, 0.001, 0.01, 0.5) == pytest.approx(0.5 + 100 * 0.01 + 0.001)
    assert speedup(1000, 0.001, (0.001, 0.0)) <= 1


def test_three_tasks_on_two_workers() -> None:
    """Handed out at 1 and 2, done at 6 and 7; the third when a worker is free: 6 + 1 + 5."""
    assert makespan(3, 2, 5.0, 1.0, 0.0) == pytest.approx(12)


def test_what_pays_grows_with_the_workers() -> None:
    """A scheduler of 1 ms keeps a thousand workers half busy with tasks of a second or so."""
    half = break_even(1000, (0.001, 0.0), 500)
    assert 0.5 < half < 2
    assert break_even(10, (0.001, 0.0), 5) < half / 50
