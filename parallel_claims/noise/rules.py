"""What well-known rules say of one pair of the same code, on recorded noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.noise.simulate import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from parallel_claims.stats import Floats


def well_known_rules(a: Floats, b: Floats) -> Iterator[tuple[str, float]]:
    """Judge pairs of samples (sims x rounds of log seconds, the same code) by common rules.

    Yields each rule's name and how often it finds a difference that is not there.
    """
    from scipy import stats as scipy_stats

    p_mann = scipy_stats.mannwhitneyu(a, b, axis=1).pvalue
    p_t = scipy_stats.ttest_ind(np.exp(a), np.exp(b), axis=1).pvalue
    medians = np.exp(np.median(b, axis=1) - np.median(a, axis=1))
    apart = np.maximum(medians, 1 / medians) > TENTH
    p_paired = 2 * np.minimum(*stats.symmetric_rows(b - a))
    yield "Mann–Whitney p < 0.05 (benchstat)", float((p_mann < stats.ALPHA).mean())
    yield "t-test at 95 % (pyperf)", float((p_t < stats.ALPHA).mean())
    yield "Mann–Whitney p < 0.002 and 10 % (asv)", float(((p_mann < ASV_ALPHA) & apart).mean())
    yield "median 10 % slower (pytest-benchmark)", float((medians > TENTH).mean())
    yield "signed rank, 95 % (this suite)", float((p_paired <= stats.ALPHA).mean())


TENTH = 1.1
"""The ratio from which asv, and pytest-benchmark in this comparison, take a difference."""

ASV_ALPHA = 0.002
"""The level of asv's Mann-Whitney test."""


def pair_of_samples(
    noise: Floats, rounds: int, sims: int, rng: Generator, *, in_blocks: bool
) -> tuple[Floats, Floats]:
    """Return two samples of the same code, in blocks or one after the other."""
    window = windows(noise, 2 * rounds, sims, rng)
    if not in_blocks:
        return window[:, :rounds], window[:, rounds:]
    pairs = rng.permuted(window.reshape(sims, rounds, 2), axis=2)
    return pairs[:, :, 0], pairs[:, :, 1]


def spread(noise: Floats, rounds: int, sims: int, rng: Generator) -> float:
    """Return the standard deviation of the estimated ratio of ``rounds`` pairs, relatively."""
    a, b = pair_of_samples(noise, rounds, sims, rng, in_blocks=True)
    return float(np.std(np.exp(stats.paired_rows(b - a)[0])))
