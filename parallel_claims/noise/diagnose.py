"""What disturbed a run, from the run itself: each finding a number and a remedy.

All are seen on log residuals: a round's log seconds less the median of its variant.
Thresholds are those from which a finding is worth a reader's minute, not tests of
significance; where chance alone could pass one, a rank test guards it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.saved.matrix import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_claims.saved.form import Run, Speed
    from parallel_claims.stats import Floats

FEWEST_BLOCKS = 6
"""Blocks under which nothing can be told of them."""

WORTH_TELLING = 0.05
"""Effects smaller than this, relatively, are not told."""

MOST_PAIRED = 1000
"""Blocks of which each pair is looked at for a trend."""

LONG_ROUND = 0.1
"""Seconds under which a round's CPU share says nothing."""


@dataclass(frozen=True)
class Finding:
    """One thing that disturbed a run: its kind, and a sentence with a number and a remedy."""

    kind: str
    sentence: str


def diagnose(run: Run) -> list[Finding]:
    """Return what disturbed a run that was measured in blocks; nothing for others."""
    if run.suite is None:
        return []
    matrix = Matrix(run)
    if not len(matrix.blocks):
        return []
    logs = np.log(matrix.seconds)
    residuals = logs - np.nanmedian(logs, axis=0)
    findings: list[Finding] = []
    if len(matrix.blocks) >= FEWEST_BLOCKS:
        blocks = np.nanmedian(residuals, axis=1)
        findings += [*drift(blocks), *first_block(blocks), *bursts(residuals)]
        findings += [*two_speeds(matrix, residuals), *order_effect(matrix, residuals)]
    return [*findings, *cores(run), *busy(matrix), *other_load(run), *clock(run)]


def drift(blocks: Floats) -> Iterator[Finding]:
    """Find a trend over the blocks: Theil-Sen slope, guarded by Kendall's tau.

    Both take each pair: of many blocks, medians of stretches of neighbours are taken instead.
    """
    if len(blocks) > MOST_PAIRED:
        blocks = np.array([np.median(part) for part in np.array_split(blocks, MOST_PAIRED)])
    n = len(blocks)
    i, j = np.triu_indices(n, 1)
    differences = blocks[j] - blocks[i]
    over_run = float(np.median(differences / (j - i))) * (n - 1)
    s = float(np.sign(differences).sum())
    z = abs(s) / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)  # Kendall (1938), no ties
    if abs(over_run) > WORTH_TELLING and z > NORMAL_99:
        word = "slower" if over_run > 0 else "faster"
        yield Finding(
            "drift",
            f"everything became {abs(math.expm1(over_run)):.0%} {word} from the first block to the "
            "last; ratios within blocks are hardly touched, seconds are: let the machine warm up "
            "or cool down first",
        )


NORMAL_99 = 2.576
"""The normal quantile of a two-sided 99 % test."""


def first_block(blocks: Floats) -> Iterator[Finding]:
    """Find a first block unlike the others: more than four of their spreads away."""
    rest = blocks[1:]
    centre = float(np.median(rest))
    spread = 1.4826 * float(np.median(np.abs(rest - centre)))
    away = float(blocks[0]) - centre
    if abs(away) > max(WORTH_TELLING, 4 * spread):
        word = "slower" if away > 0 else "faster"
        yield Finding(
            "first block",
            f"the first block was {abs(math.expm1(away)):.0%} {word} than the others: caches and "
            "clocks were not warm; run once before measuring",
        )


def bursts(residuals: Floats) -> Iterator[Finding]:
    """Find rounds that took a quarter longer than their variant's median."""
    share = float((residuals[~np.isnan(residuals)] > math.log(1.25)).mean())
    if share > WORTH_TELLING:
        yield Finding(
            "bursts",
            f"{share:.0%} of rounds took over 25 % longer than their median: something else ran "
            "at times; close it, or add blocks (--blocks-max)",
        )


def two_speeds(matrix: Matrix, residuals: Floats) -> Iterator[Finding]:
    """Find variants whose times fall into two groups, with nothing between them.

    Both groups hold a fifth of the rounds at least, and the gap is five times as wide
    as the next widest one.
    """
    found = []
    for benchmark, column in zip(matrix.benchmarks, residuals.T, strict=True):
        ordered = np.sort(column[~np.isnan(column)])
        gaps = np.diff(ordered)
        if len(gaps) < FEWEST_BLOCKS:
            continue
        widest = int(np.argmax(gaps))
        rest = np.delete(gaps, widest)
        small = min(widest + 1, len(ordered) - widest - 1)
        if gaps[widest] > max(WORTH_TELLING, 5 * rest.max()) and small >= len(ordered) / 5:
            found.append((benchmark.name, math.expm1(float(gaps[widest]))))
    if found:
        name, gap = max(found, key=lambda pair: pair[1])
        others = f", and {len(found) - 1} more variants at two speeds" if len(found) > 1 else ""
        yield Finding(
            "two speeds",
            f"{name} ran at two speeds, {gap:.0%} apart{others}: its "
            "median says little; look for a clock that steps or workers that share a core",
        )


def order_effect(matrix: Matrix, residuals: Floats) -> Iterator[Finding]:
    """Find a cost of being measured later within an experiment's turn in a block."""
    place, residual = inside_turns(matrix, residuals)
    squares = float((place**2).sum())
    if not squares or np.sum(~np.isnan(residuals)) < 5 * FEWEST_BLOCKS:
        return
    slope = float((place * residual).sum()) / squares
    error = math.sqrt(float(((residual - slope * place) ** 2).mean()) / squares)
    width = float(place.max() - place.min())
    if abs(slope) * width > WORTH_TELLING and abs(slope) > 3 * error:
        word = "slower" if slope > 0 else "faster"
        yield Finding(
            "order",
            f"the last variant of a turn was {abs(math.expm1(slope * width)):.0%} {word} than the "
            "first: variants disturb each other; the random order spreads this evenly, more blocks "
            "average it out",
        )


def inside_turns(matrix: Matrix, residuals: Floats) -> tuple[Floats, Floats]:
    """Return of each round its place within its experiment's turn, and its residual there.

    Both are seen from the middle of the turn: the mean place, and the mean residual.
    """
    groups: dict[str, list[int]] = {}
    for column, benchmark in enumerate(matrix.benchmarks):
        if benchmark.group is not None:
            groups.setdefault(benchmark.group, []).append(column)
    places, others = [np.empty(0)], [np.empty(0)]
    for columns in groups.values():
        at, residual = matrix.positions[:, columns], residuals[:, columns]
        there = ~np.isnan(at)
        kept = there.any(axis=1)
        at, residual, there = at[kept], residual[kept], there[kept]
        # a place is the mean of how many are before it and how many are not after it
        before = np.stack([(at < one[:, None]).sum(axis=1) for one in at.T], axis=1)
        until = np.stack([(at <= one[:, None]).sum(axis=1) for one in at.T], axis=1)
        place = (before + until - there.sum(axis=1, keepdims=True)) / 2
        places.append(place[there])
        others.append((residual - np.nanmean(residual, axis=1, keepdims=True))[there])
    return np.concatenate(places), np.concatenate(others)


def cores(run: Run) -> Iterator[Finding]:
    """Find CPUs that a neighbour on the host slows down at times, each by itself."""
    assert run.suite is not None
    probes = [run.suite.speeds, *(c.speeds or [] for c in run.suite.conditions)]
    of_cpu: dict[int, list[Speed]] = {}
    for probe in probes:
        for seen in probe:
            of_cpu.setdefault(seen.cpu, []).append(seen)
    told = []
    for cpu, seen_ in sorted(of_cpu.items()):
        share = float(np.mean([s.slow_share for s in seen_]))
        slow = [s.slow_speed for s in seen_ if s.slow_share > 0]
        if share > OFTEN_SLOW and slow:
            speed = float(np.median(slow))
            told.append(f"CPU {cpu} ran at {speed:.0%} of its speed for {share:.0%} of the time")
    if told:
        yield Finding(
            "cores",
            f"{' and '.join(told)}: probably a neighbour on the host; ratios within blocks are "
            "spared most of it, and take more blocks",
        )


OFTEN_SLOW = 0.1
"""The share of the time in a slow state from which it is told."""


def busy(matrix: Matrix) -> Iterator[Finding]:
    """Find benchmarks that say how many cores they keep busy, and did not get them."""
    shares = [
        cores / b.info.busy_cores
        for b in matrix.benchmarks
        if b.info.busy_cores
        for cores, seconds in zip(b.info.recorded.get("cores", ()), b.rounds, strict=False)
        if cores is not None and seconds >= LONG_ROUND
    ]
    share = float(np.median(shares)) if shares else 1.0
    if share < 1 - WORTH_TELLING:
        yield Finding(
            "CPU share",
            f"work that keeps its cores busy had only {share:.0%} of them: a quota or other "
            "programs took the rest; end them, or raise the quota",
        )


def other_load(run: Run) -> Iterator[Finding]:
    """Find CPU time that a hypervisor gave to others, and a load that was there before."""
    suite, machine = run.suite, run.machine
    assert suite is not None
    steal = [c.steal_seconds for c in suite.conditions if c.steal_seconds is not None]
    cpus = machine.get("logical_cpus") or 1
    if len(steal) > 1 and suite.wall_seconds:
        share = (steal[-1] - steal[0]) / (suite.wall_seconds * cpus)
        if share > WORTH_TELLING / 2:
            yield Finding(
                "steal",
                f"the hypervisor gave {share:.1%} of this machine's CPU time to others: measure "
                "again at a quieter hour, or on a machine of your own",
            )
    before = (machine.get("load_average") or [0.0])[0]
    if before > BUSY_BEFORE * cpus:
        yield Finding(
            "load",
            f"{before:.1f} programs wanted to run in the minute before the start, on {cpus} CPUs: "
            "wait until the machine is idle",
        )


BUSY_BEFORE = 0.3
"""Load a CPU before the start, from which it is told."""


def clock(run: Run) -> Iterator[Finding]:
    """Find a clock that changed during the run."""
    assert run.suite is not None
    mhz = [c.mhz for c in run.suite.conditions if c.mhz]
    if len(mhz) > 1 and max(mhz) / min(mhz) - 1 > WORTH_TELLING:
        yield Finding(
            "clock",
            f"the clock went from {min(mhz):.0f} to {max(mhz):.0f} MHz between blocks: fix the "
            "governor, or keep to ratios within blocks",
        )
