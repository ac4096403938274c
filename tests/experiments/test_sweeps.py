"""Sweeps: break-even and Amdahl's law on curves of known shape."""

from __future__ import annotations

import math

import pytest

from experiments import strategies, sweeps, workloads
from experiments.strategies import Outcome


def test_sizes_are_geometric_and_end_at_the_largest() -> None:
    """Each five times the one before."""
    assert sweeps.sizes(1_000_000) == [1600, 8000, 40_000, 200_000, 1_000_000]


def curve(overhead: float, gain: float) -> tuple[list[float], list[float]]:
    """Return log seconds of work, and log speedups of a strategy with a fixed overhead."""
    seconds = [0.001 * 5**power for power in range(5)]
    speedups = [s / (overhead + s / gain) for s in seconds]
    return [math.log(s) for s in seconds], [math.log(s) for s in speedups]


@pytest.mark.parametrize("overhead", [0.002, 0.01, 0.05])
def test_the_crossing_is_where_the_overhead_is_earned(overhead: float) -> None:
    """With a gain of 2, work of twice the overhead breaks even."""
    found = sweeps.crossing(*curve(overhead, 2.0))
    assert found == pytest.approx(2 * overhead, rel=0.35)


def test_what_never_pays_and_what_always_does() -> None:
    """Beyond the range on either side the end of the range is told."""
    seconds, never = curve(0.01, 1.0)
    assert sweeps.crossing(seconds, never) == pytest.approx(2 * math.exp(seconds[-1]))
    seconds, always = curve(0.0, 2.0)
    assert sweeps.crossing(seconds, always) == pytest.approx(math.exp(seconds[0]))


def test_a_dip_below_one_counts_the_last_crossing() -> None:
    """From the crossing on, the speedup stays above 1."""
    logs = [math.log(s) for s in (1, 2, 4, 8)]
    assert sweeps.crossing(logs, [0.1, -0.1, -0.1, 0.1]) == pytest.approx(math.sqrt(4 * 8))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_amdahls_share_is_found_again(share: float) -> None:
    """Speedups made by the law give its serial share back."""
    speedups = {k: 1 / (share + (1 - share) / k) for k in range(1, 9)}
    assert sweeps.serial_share(speedups) == pytest.approx(share, abs=1e-12)


def test_sweeps_run_for_real() -> None:
    """Both record what they promise, from real processes."""
    method = strategies.default_start_method()
    found = sweeps.break_even(
        lambda size: strategies.processes(workloads.numbers(size), 2, method, 60), 20_000
    )
    assert found.recorded["break_even_seconds"] > 0
    scaled = sweeps.scaling(20_000, 2, method, 60).recorded
    assert set(scaled) == {"speedup_1", "speedup_2", "serial_share"}


def test_a_wrong_result_in_a_sweep_is_an_error() -> None:
    """A strategy that computes something else has no break-even."""
    with pytest.raises(ValueError, match=r"computed 0\.0 instead of"):
        sweeps.break_even(lambda _: Outcome([0.0], gil=True), 1000)
