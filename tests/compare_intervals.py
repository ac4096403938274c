"""Makes the table by which the interval was chosen: ``python -m tests.compare_intervals``.

The same code against itself on recorded noise, in randomised blocks: how often each
method's nominal 95 % interval holds the truth, and how wide it is. Takes about a minute.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from parallel_claims import stats
from parallel_claims.noise import calibrate, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.stats import Floats

    Method = Callable[[Floats, float], tuple[Floats, Floats]]

NOISE = Path(__file__).parent / "data" / "same_workload.csv"
PAIR = simulate.design([[(1, "a"), (-1, "b")]])
EFFICIENCY = simulate.design([[(1, "a"), (-1, "b"), (-1, "one"), (1, "two")]])
"""As it was measured before workers that share the work: with the noise of four rounds."""

BLOCKS = (6, 8, 10, 15, 20, 30, 40)
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


def main() -> None:
    """Print the table as Markdown."""
    noise = calibrate.read_noise(NOISE).values
    rng = np.random.default_rng(1)
    print("| blocks | " + " | ".join(f"{m}, ratio | {m}, efficiency" for m in METHODS) + " |")
    print("| ---: " + "| ---: " * 2 * len(METHODS) + "|")
    for blocks in BLOCKS:
        pair = simulate.suites(noise, PAIR, blocks, SIMS, rng, in_blocks=True)
        four = simulate.suites(noise, EFFICIENCY, blocks, SIMS, rng, in_blocks=True)
        cells = [cell(x[:, 0], method) for method in METHODS.values() for x in (pair, four)]
        print(f"| {blocks} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
