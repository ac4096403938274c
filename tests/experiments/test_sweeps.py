"""Sweeps: break-even and Amdahl's law on curves of known shape."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from experiments.mechanisms import sweeps
from experiments.work import strategies, workloads
from parallel_claims.engine.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

LATE = 120.0
"""Seconds that nothing takes: they bound a wait of which only the end matters."""


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


def clock_of(durations: Iterable[float]) -> SimpleNamespace:
    """Return a clock by which what is timed takes these seconds, one after the other."""
    ticks = iter([tick for seconds in durations for tick in (0.0, seconds)])
    return SimpleNamespace(perf_counter=ticks.__next__)


def test_break_even_compares_the_loop_with_a_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real processes, timed by a clock by which they cost 2 ms and halve the rest."""
    alone = [size * 1e-6 for size in sweeps.sizes(20_000)]
    both = [seconds for s in alone for seconds in (s, 0.002 + s / 2)]
    monkeypatch.setattr(sweeps, "time", clock_of(both))
    method = strategies.default_start_method()
    found = sweeps.break_even(
        lambda size: strategies.processes(workloads.numbers(size), 2, method, LATE), 20_000
    )
    assert found.recorded == {"break_even_seconds": pytest.approx(0.004, rel=0.1)}


def test_scaling_runs_every_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock the loop takes 1 s, one process 1.25 s, two 0.625 s."""
    monkeypatch.setattr(sweeps, "time", clock_of([1.0, 1.25, 0.625]))
    found = sweeps.scaling(20_000, 2, strategies.default_start_method(), LATE)
    assert found.recorded == pytest.approx(
        {"speedup_1": 0.8, "speedup_2": 1.6, "serial_share": 0.25}
    )


def test_a_wrong_result_in_a_sweep_is_an_error() -> None:
    """A strategy that computes something else has no break-even."""
    with pytest.raises(ValueError, match=r"computed 0\.0 instead of"):
        sweeps.break_even(lambda _: Outcome([0.0], gil=True), 1000)
