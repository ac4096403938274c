"""How often verdicts are wrong: suites simulated on recorded noise, with known truth.

A noise trace is one series of log seconds of unchanged work, in order of time. A
simulated suite lays it under its variants, in blocks or one variant after the other;
every true ratio is 1 and every claim sits exactly on its bound, the worst case, so an
interval should hold 0 and every decision is a false one. Known ratios other than 1 only
shift the logarithms: the power follows from the same intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from analysis.stats import Floats

    Bools = NDArray[np.bool_]

POWER = 0.8
"""How often the smallest decided difference is decided."""


@dataclass(frozen=True)
class Design:
    """Which variants a suite measures and which contrasts its claims look at.

    experiments: for each experiment a matrix, claims x variants, of -1, 0 and +1: a claim's
        log ratio is the matrix times the log seconds.
    """

    experiments: tuple[Floats, ...]

    @property
    def variants(self) -> int:
        """Return how many variants there are in all."""
        return sum(matrix.shape[1] for matrix in self.experiments)

    @property
    def claims(self) -> int:
        """Return how many claims there are in all."""
        return sum(matrix.shape[0] for matrix in self.experiments)


def design(contrasts: Sequence[Sequence[tuple[int, str]]]) -> Design:
    """Return the design of claims given as signed benchmark names.

    Claims that share a benchmark, directly or through others, are one experiment.
    """
    groups: list[tuple[set[str], list[Sequence[tuple[int, str]]]]] = []
    for terms in contrasts:
        names = {name for _, name in terms}
        joined = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        all_names = names.union(*(group[0] for group in joined))
        groups.append((all_names, [t for group in joined for t in group[1]] + [terms]))
    matrices = []
    for names, claims in groups:
        columns = {name: i for i, name in enumerate(sorted(names))}
        matrix = np.zeros((len(claims), len(columns)))
        for row, terms in enumerate(claims):
            for sign, name in terms:
                matrix[row, columns[name]] += sign
        matrices.append(matrix)
    return Design(tuple(matrices))


def windows(noise: Floats, length: int, sims: int, rng: Generator) -> Floats:
    """Return ``sims`` contiguous windows of the trace, from random starts.

    Raises:
        ValueError: the trace is shorter than one window.
    """
    if len(noise) < length:
        message = f"the trace has {len(noise)} rounds, a suite needs {length}"
        raise ValueError(message)
    starts = rng.integers(0, len(noise) - length + 1, sims)
    found: Floats = noise[starts[:, None] + np.arange(length)]
    return found


def suites(
    noise: Floats, suite: Design, blocks: int, sims: int, rng: Generator, *, in_blocks: bool
) -> list[Floats]:
    """Return, for each experiment, log ratios: sims x claims x blocks.

    In blocks: the variants of an experiment next to each other, in random order, all
    experiments within each block. Otherwise all rounds of a variant, then the next.
    """
    total = suite.variants
    window = windows(noise, blocks * total, sims, rng)
    found = []
    start = 0
    for matrix in suite.experiments:
        variants = matrix.shape[1]
        if in_blocks:
            rounds = window.reshape(sims, blocks, total)[:, :, start : start + variants]
            rounds = rng.permuted(rounds, axis=2)
        else:
            rounds = window.reshape(sims, total, blocks)[:, start : start + variants, :]
            rounds = rounds.transpose(0, 2, 1)
        found.append(np.einsum("sbv,cv->scb", rounds, matrix))
        start += variants
    return found


def p_values(x: Floats) -> Floats:
    """Return the exact two-sided signed-rank p-values over the last axis."""
    n = x.shape[-1]
    ranks = np.abs(x).argsort(axis=-1).argsort(axis=-1) + 1
    w = (ranks * (x > 0)).sum(axis=-1)
    w = np.minimum(w, n * (n + 1) // 2 - w)
    tail: Floats = stats.signed_rank_tail(n)[w]
    return np.minimum(1.0, 2 * tail)


def holm(p: Floats, alpha: float) -> Bools:
    """Return which claims are decided, of sims x claims p-values, by Holm's procedure."""
    order = p.argsort(axis=1)
    count = p.shape[1]
    passed = np.take_along_axis(p, order, axis=1) <= alpha / (count - np.arange(count))
    passed = np.logical_and.accumulate(passed, axis=1)
    decided = np.zeros_like(passed)
    np.put_along_axis(decided, order, passed, axis=1)
    return decided


@dataclass(frozen=True)
class Row:
    """What happened to simulated suites of one number of blocks.

    coverage: share of intervals that hold the truth, over claims and suites.
    false_holds, false_fails: share of suites with at least one such verdict.
    false_suites: share with any. difference: the smallest relative difference that is
    decided with probability ``POWER``, judged with the whole suite; infinite where
    no claim can be decided.
    """

    blocks: float
    coverage: float
    false_holds: float
    false_fails: float
    false_suites: float
    false_claims: float
    difference: float


def row(experiments: Sequence[Floats], alpha: float = stats.ALPHA) -> Row:
    """Judge simulated suites, given per experiment as sims x claims x blocks."""
    count = sum(x.shape[1] for x in experiments)
    covered, p, above, needed = [], [], [], []
    for x in experiments:
        _, low, high = stats.paired_rows(x, alpha)
        covered.append((low <= 0) & (high >= 0))
        p.append(p_values(x))
        above.append(np.median(x, axis=2) > 0)
        needed.append(-stats.paired_rows(x, alpha / count)[1])
    return summary(
        float(np.mean([x.shape[2] for x in experiments])),
        np.concatenate(covered, axis=1),
        holm(np.concatenate(p, axis=1), alpha),
        np.concatenate(above, axis=1),
        np.concatenate(needed, axis=1),
    )


def summary(blocks: float, covered: Bools, decided: Bools, above: Bools, needed: Floats) -> Row:
    """Return the shares of a simulation, of sims x claims arrays."""
    with np.errstate(over="ignore"):
        difference = float(np.expm1(np.quantile(needed, POWER, method="higher")))
    return Row(
        blocks,
        float(covered.mean()),
        float((decided & above).any(axis=1).mean()),
        float((decided & ~above).any(axis=1).mean()),
        float(decided.any(axis=1).mean()),
        float(decided.mean()),
        difference,
    )


@dataclass(frozen=True)
class Rule:
    """A stopping rule by precision, as in a measuring run."""

    precision: float
    fewest: int
    most: int


def stopped(experiments: Sequence[Floats], rule: Rule) -> Row:
    """Judge suites in which each experiment stops once its claims' intervals are narrow.

    ``experiments`` hold ``rule.most`` blocks each; at each look only the width is used.
    """
    alpha = stats.ALPHA * stats.STOPPED_SHARE
    count = sum(x.shape[1] for x in experiments)
    parts = [stopped_experiment(x, rule, alpha, count) for x in experiments]
    covered, p, above, needed = (
        np.concatenate(z, axis=1) for z in list(zip(*parts, strict=True))[:4]
    )
    used = float(np.mean([part[4].mean() for part in parts]))
    return summary(used, covered, holm(p, alpha), above, needed)


def stopped_experiment(
    x: Floats, rule: Rule, alpha: float, count: int
) -> tuple[Bools, Floats, Bools, Floats, Floats]:
    """Return coverage, p-values, signs, widths and blocks used of one experiment's suites."""
    sims, claims, _ = x.shape
    covered = np.zeros((sims, claims), dtype=bool)
    p, above, needed = np.ones((sims, claims)), covered.copy(), np.full((sims, claims), np.inf)
    used = np.full(sims, float(rule.most))
    going = np.arange(sims)
    for n in range(rule.fewest, rule.most + 1):
        part = x[going, :, :n]
        _, low, high = stats.paired_rows(part, alpha)
        narrow = (np.expm1((high - low) / 2) <= rule.precision).all(axis=1) | (n == rule.most)
        done = going[narrow]
        covered[done] = (low[narrow] <= 0) & (high[narrow] >= 0)
        p[done] = p_values(part[narrow])
        above[done] = np.median(part[narrow], axis=2) > 0
        needed[done] = -stats.paired_rows(part[narrow], alpha / count)[1]
        used[done] = n
        going = going[~narrow]
        if not len(going):
            break
    return covered, p, above, needed, used


def well_known_rules(a: Floats, b: Floats) -> Iterator[tuple[str, float]]:
    """Judge pairs of samples (sims x rounds of log seconds, the same code) by common rules.

    Yields each rule's name and how often it finds a difference that is not there.
    """
    from scipy import stats as scipy_stats

    p_mann = scipy_stats.mannwhitneyu(a, b, axis=1).pvalue
    p_t = scipy_stats.ttest_ind(np.exp(a), np.exp(b), axis=1).pvalue
    medians = np.exp(np.median(b, axis=1) - np.median(a, axis=1))
    apart = np.maximum(medians, 1 / medians) > TENTH
    yield "Mann–Whitney p < 0.05 (benchstat)", float((p_mann < stats.ALPHA).mean())
    yield "t-test at 95 % (pyperf)", float((p_t < stats.ALPHA).mean())
    yield "Mann–Whitney p < 0.002 and 10 % (asv)", float(((p_mann < ASV_ALPHA) & apart).mean())
    yield "median 10 % slower (pytest-benchmark)", float((medians > TENTH).mean())
    yield "signed rank, 95 % (this suite)", float((p_values(b - a) <= stats.ALPHA).mean())


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
    i, j = np.triu_indices(rounds)
    d = b - a
    return float(np.std(np.exp(np.median((d[:, i] + d[:, j]) / 2, axis=1))))


def quiet(rng: Generator, length: int, noise: float = 0.01) -> Floats:
    """Return a trace of independent noise: a quiet machine."""
    return rng.normal(0.0, math.log1p(noise), length)
