"""Makes the tables by which the interval was chosen: ``python -m tests.compare_intervals``.

The same code against itself on recorded noise, in randomised blocks: how often each
method's nominal 95 % interval holds the truth, and how wide it is. Takes about a minute.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from analysis import calibrate, simulate, stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.stats import Floats

    Method = Callable[[Floats, float], tuple[Floats, Floats]]

NOISE = Path(__file__).parent / "data" / "same_workload.csv"
PAIR = simulate.design([[(1, "a"), (-1, "b")]])
EFFICIENCY = simulate.design([[(1, "a"), (-1, "b"), (-1, "one"), (1, "two")]])
SIMS = 4000
BOOTSTRAP_SIMS = 500


def signed_rank(x: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return the ends of the exact signed-rank intervals over the last axis."""
    _, low, high = stats.paired_rows(x, alpha)
    return low, high


def t_on_logs(x: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Student's t interval of the mean log ratio, over the last axis."""
    n = x.shape[-1]
    half = scipy_stats.t.ppf(1 - alpha / 2, n - 1) * x.std(axis=-1, ddof=1) / np.sqrt(n)
    return x.mean(axis=-1) - half, x.mean(axis=-1) + half


def bca(x: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Efron's BCa bootstrap interval of the mean log ratio, over the last axis."""
    found = scipy_stats.bootstrap(
        (x[:BOOTSTRAP_SIMS],), np.mean, axis=-1, n_resamples=999, confidence_level=1 - alpha,
        rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    return np.asarray(found.low), np.asarray(found.high)


METHODS: dict[str, Method] = {
    "signed rank": signed_rank,
    "t on logs": t_on_logs,
    "BCa": bca,
}


def cell(x: Floats, method: Method) -> str:
    """Return coverage and median relative half-width of a method on sims x blocks."""
    low, high = method(x, stats.ALPHA)
    covered = (low <= 0) & (high >= 0)
    return f"{covered.mean():.1%} ±{np.median(np.expm1((high - low) / 2)):.0%}"


def at_the_stop(x: Floats, method: Method, alpha: float, rule: simulate.Rule) -> str:
    """Return the coverage where blocks are added until the interval is narrow."""
    covered = np.zeros(len(x), dtype=bool)
    going = np.arange(len(x))
    for n in range(rule.fewest, rule.most + 1):
        low, high = method(x[going, :n], alpha)
        narrow = (np.expm1((high - low) / 2) <= rule.precision) | (n == rule.most)
        covered[going[narrow]] = ((low <= 0) & (high >= 0))[narrow]
        going = going[~narrow]
        if not len(going):
            break
    return f"{covered.mean():.1%}"


def main() -> None:
    """Print both tables as Markdown."""
    noise = calibrate.read_noise(NOISE).values
    rng = np.random.default_rng(1)
    print("| blocks | " + " | ".join(f"{m}, ratio | {m}, efficiency" for m in METHODS) + " |")
    print("| ---: " + "| ---: " * 2 * len(METHODS) + "|")
    for blocks in calibrate.BLOCKS:
        (pair,) = simulate.suites(noise, PAIR, blocks, SIMS, rng, in_blocks=True)
        (four,) = simulate.suites(noise, EFFICIENCY, blocks, SIMS, rng, in_blocks=True)
        cells = [cell(x[:, 0], method) for method in METHODS.values() for x in (pair, four)]
        print(f"| {blocks} | " + " | ".join(cells) + " |")
    print("\n| stopped at | signed rank | signed rank, 0.8 alpha | t on logs |")
    print("| --- | ---: | ---: | ---: |")
    (pair,) = simulate.suites(noise, PAIR, 40, SIMS, rng, in_blocks=True)
    for precision in (0.03, 0.05, 0.1):
        rule = simulate.Rule(precision, 8, 40)
        cells = [
            at_the_stop(pair[:, 0], signed_rank, stats.ALPHA, rule),
            at_the_stop(pair[:, 0], signed_rank, stats.ALPHA * stats.STOPPED_SHARE, rule),
            at_the_stop(pair[:, 0], t_on_logs, stats.ALPHA, rule),
        ]
        print(f"| {precision:.0%}, 8–40 blocks | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
