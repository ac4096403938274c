"""Which rule should say whether a version is slower? Rules beside each other, same processes.

``python -m tests.benchmarks.versus_rules [TRIES]`` draws comparisons of an unchanged version from
recorded pairs of processes, swaps the sides of whole pairs at random, slows 20 of 245 benchmarks
down (10 by 5 %, 10 by 10 %), and prints what each rule says of them as Markdown; the same on noise
of known shape, where each try is independent. Where benchmatrix can be imported, its own
``compare`` judges too, in fewer tries: it takes minutes.

Pairs: how many pairs of everything a rule measures; a pair of a share s of the benchmarks counts
FIXED + (1 - FIXED) s, since processes have to start.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from parallel_claims import stats
from parallel_claims.stats import versions
from parallel_claims.versus import deciding
from parallel_claims.versus.records import Finding, Pair, Slices

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from parallel_claims.stats import Floats, Integers

    Bools = NDArray[np.bool_]

DATA = Path(__file__).parents[1] / "data"
TRIES, SLOW, WITHIN, FIXED, ALPHA = 200, 10, math.log(1.05), 0.15, 0.05
SLOW_TRIES = 2
"""Tries of a rule that takes minutes each."""

MOST = 36
"""Pairs that a comparison may take."""

Rng = np.random.Generator


class Said(NamedTuple):
    """What a rule says: 1 slower, -1 faster, 0 neither; which are the same; pairs it took."""

    direction: Integers
    same: Bools
    pairs: float


class Sides(NamedTuple):
    """Log seconds of both sides: a row a pair, a column a benchmark."""

    first: Floats
    second: Floats

    @property
    def ratio(self) -> Floats:
        """Return the log ratios."""
        return self.second - self.first

    def part(self, start: int, stop: int) -> Sides:
        """Return some of the pairs."""
        return Sides(self.first[start:stop], self.second[start:stop])


if TYPE_CHECKING:
    Rule = Callable[[Sides, Rng], Said]
    World = Callable[[Rng], Sides]


def apart(slower: Bools, faster: Bools, pairs: float) -> Said:
    """Return what a rule says that knows no *same*."""
    direction = slower.astype(np.int64) - faster.astype(np.int64)
    return Said(direction, np.zeros(len(slower), bool), pairs)


def first_pair(by: float) -> Rule:
    """Return: the first pair alone, further apart than this (compare-fail)."""

    def rule(sides: Sides, _: Rng) -> Said:
        ratio = sides.ratio[0]
        return apart(ratio > math.log1p(by), -ratio > math.log1p(by), 1)

    return rule


def extremes(sides: Sides, _: Rng) -> Said:
    """Say: the fastest of three new ones is slower than the slowest of three old ones by 5 %."""
    a, b = sides.part(0, 3)
    return apart(b.min(0) > a.max(0) + WITHIN, a.min(0) > b.max(0) + WITHIN, 3)


def rank_sum(n: int, level: float, by: float) -> Rule:
    """Return: Mann & Whitney (1947), n processes a side, and medians so far apart."""
    from scipy.stats import mannwhitneyu

    def rule(sides: Sides, _: Rng) -> Said:
        a, b = sides.part(0, n)
        p = mannwhitneyu(a, b, axis=0).pvalue
        gap = np.median(b, axis=0) - np.median(a, axis=0)
        sure = p < level
        return apart(sure & (gap > math.log1p(by)), sure & (gap < -math.log1p(by)), n)

    return rule


def one_stage(n: int, together: Callable[[Floats], Bools]) -> Rule:
    """Return: n pairs of everything, signed rank."""

    def rule(sides: Sides, _: Rng) -> Said:
        values = list(sides.ratio[:n].T)
        p, direction = versions.two_sided(values)
        return Said(np.where(together(p), direction, 0), versions.same(values, WITHIN), n)

    return rule


def by_findings(p: Floats) -> Bools:
    """Say which p-values hold by Benjamini & Hochberg's procedure (1995)."""
    found = stats.benjamini_hochberg(dict(enumerate(p.tolist())), ALPHA)
    return np.array([i in found for i in range(len(p))])


def by_holm(p: Floats) -> Bools:
    """Say which p-values hold by Holm's procedure (1979)."""
    found = stats.holm(stats.at_most(dict(enumerate(p.tolist()))), ALPHA)
    return np.array([i in found for i in range(len(p))])


def shrunk_t(n: int) -> Rule:
    """Return: Student's t with variances shrunk towards their median (Smyth, 2004), Holm."""
    from scipy.stats import t as student

    borrowed = 4.0

    def rule(sides: Sides, _: Rng) -> Said:
        x = sides.ratio[:n]
        own = x.var(axis=0, ddof=1)
        variance = (borrowed * np.median(own) + (n - 1) * own) / (borrowed + n - 1)
        t = x.mean(axis=0) / np.sqrt(variance / n)
        p = 2 * student.sf(np.abs(t), borrowed + n - 1)
        direction = np.where(by_holm(p), np.sign(t), 0).astype(np.int64)
        return Said(direction, versions.same(list(x.T), WITHIN), n)

    return rule


def flipped(n: int, flips: int = 2000) -> Rule:
    """Return: whole pairs swapped at random, the largest |t| of all (Westfall & Young, 1993).

    Values beyond 2.5 times their median size are cut off there: swaps do not change that.
    """

    def rule(sides: Sides, rng: Rng) -> Said:
        x = sides.ratio[:n]
        cut = 2.5 * np.median(np.abs(x), axis=0)
        x = np.clip(x, -cut, cut)
        x = x / np.sqrt(np.square(x).sum(axis=0))
        largest = np.abs(rng.choice([-1.0, 1.0], (flips, n)) @ x).max(axis=1)
        sure = np.abs(x.sum(axis=0)) > np.quantile(largest, 1 - ALPHA)
        direction = np.where(sure, np.sign(x.sum(axis=0)), 0).astype(np.int64)
        return Said(direction, versions.same(list(sides.ratio[:n].T), WITHIN), n)

    return rule


def again(n: int, m: int, *, fresh: bool) -> Rule:
    """Return: n pairs of all, m of the suspects; these decided by Holm.

    fresh: on the new pairs alone; or else by Fisher's combination (1932) of both parts' p-values,
    among all. A suspect differs at a generous level, or is half of WITHIN off.
    """
    from scipy.stats import chi2

    def rule(sides: Sides, _: Rng) -> Said:
        old, new = list(sides.ratio[:n].T), list(sides.ratio[n : n + m].T)
        p, direction = versions.two_sided(old)
        suspect = (p <= 0.1) | (np.abs(np.median(old, axis=1)) > WITHIN / 2)  # noqa: PLR2004
        sure = np.zeros(len(old), bool)
        if fresh:
            p, direction = versions.two_sided(new)
            sure[suspect] = by_holm(p[suspect])
        else:
            q, later = versions.two_sided(new)
            q[later != direction] = 1.0
            sure = by_holm(np.where(suspect, chi2.sf(-2 * np.log(p * q), 4), 1.0))
        both = [
            np.concatenate([a, b]) if s else a for a, b, s in zip(old, new, suspect, strict=True)
        ]
        same = versions.same(both, WITHIN)
        return Said(np.where(sure & ~same, direction, 0), same, n + m * cost(float(suspect.mean())))

    return rule


def cost(share: float) -> float:
    """Return what a pair of a share of the benchmarks takes of one of all."""
    return FIXED + (1 - FIXED) * share if share else 0.0


def this(plan: deciding.Plan) -> Rule:
    """Return what ``versus`` does."""

    def rule(sides: Sides, _: Rng) -> Said:
        names = [str(number) for number in range(sides.first.shape[1])]
        pairs = [as_pair(number, 1, names, row) for number, row in enumerate(sides.ratio)]
        measured = pairs[: plan.first]
        chosen = deciding.suspects(measured, names, math.expm1(WITHIN))
        for pair in pairs[plan.first : plan.first + plan.again] if chosen else []:
            kept = {name: pair.slices[name] for name in chosen}
            measured.append(Pair(pair.number, 2, None, 0, kept))
        found = [one.finding for one in deciding.decide(measured, names, math.expm1(WITHIN))]
        direction = [(one is Finding.SLOWER) - (one is Finding.FASTER) for one in found]
        same = [one is Finding.SAME for one in found]
        took = plan.first + plan.again * cost(len(chosen) / len(names))
        return Said(np.array(direction), np.array(same), took)

    return rule


def as_pair(number: int, stage: int, names: list[str], ratios: Floats) -> Pair:
    """Return a pair of processes with these log ratios."""
    slices = {
        name: Slices((), (), value) for name, value in zip(names, ratios.tolist(), strict=True)
    }
    return Pair(number, stage, None, 0, slices)


def benchmatrix(n: int) -> Rule:
    """Return: its own compare, on n pairs of runs, as its defaults are."""
    results = importlib.import_module("benchmatrix.bench_results")
    comparing = importlib.import_module("benchmatrix.bench_compare")
    lax = comparing.EvidencePolicy(require_raw_samples_for_inference=False,
                                   minimum_samples_per_run=0)  # fmt: skip

    def run(row: Floats) -> object:
        told = {"rounds": 100, "iterations": 1}
        rows = [
            results.ParsedBenchmarkRow(
                str(i), "single_call_latency", "suite", str(i), told, {},
                {"latency_mean": math.exp(value)},
            )
            for i, value in enumerate(row.tolist())
        ]  # fmt: skip
        return results.BenchmarkRun(tuple(rows), {})

    def rule(sides: Sides, _: Rng) -> Said:
        runs = [[run(row) for row in side] for side in sides.part(0, n)]
        found = comparing.compare_paired_benchmark_run_groups(*runs, evidence_policy=lax)
        said = {one.case_name: one.regression for one in found.comparisons}
        words = [said[str(i)] for i in range(sides.first.shape[1])]
        direction = [(word == "regressed") - (word == "improved") for word in words]
        return Said(np.array(direction), np.array([word == "unchanged" for word in words]), n)

    return rule


def recorded(first: Floats, ratio: Floats) -> World:
    """Return comparisons drawn from recorded pairs, without replacement, sides swapped at random.

    first: log seconds of the first side; ratio: log second / first.
    """

    def world(rng: Rng) -> Sides:
        chosen = rng.permutation(len(first))[:MOST]
        a, b = first[chosen], first[chosen] + ratio[chosen]
        swapped = rng.random((len(chosen), 1)) < 1 / 2
        return Sides(np.where(swapped, b, a), np.where(swapped, a, b))

    return world


def one_after_the_other() -> World:
    """Return comparisons of processes, each pair two in a row."""
    rows = np.loadtxt(DATA / "processes.csv", delimiter=",")
    return recorded(rows[::2], rows[1::2] - rows[::2])


def in_lockstep() -> World:
    """Return comparisons of pairs in lockstep; the file has two lines a pair."""
    rows = np.loadtxt(DATA / "versus_pairs.csv.gz", delimiter=",")
    return recorded(rows[::2], rows[1::2])


def known(draw: Callable[[Rng, tuple[int, int]], Floats], most: float) -> World:
    """Return comparisons of known noise: each benchmark's spread from 1 % to ``most``.

    All ratios of a pair share a part of half a per cent, as processes do.
    """

    def world(rng: Rng) -> Sides:
        spread = np.exp(rng.uniform(math.log(0.01), math.log(most), 245))
        shared = rng.normal(0, 0.005, (MOST, 1))
        ratio = draw(rng, (MOST, 245)) * spread + shared
        first = rng.normal(0, 0.05, (MOST, 245))
        return Sides(first, first + ratio)

    return world


def contaminated(rng: Rng, shape: tuple[int, int]) -> Floats:
    """Draw normal noise, one of twenty values ten times as wide."""
    return rng.standard_normal(shape) * np.where(rng.random(shape) < 1 / 20, 10, 1)


def slowed(sides: Sides, rng: Rng) -> tuple[Sides, Integers, Integers, Integers]:
    """Return a comparison with benchmarks slowed down; which by 5 %, by 10 %, and not."""
    a, b, rest = np.split(rng.permutation(sides.first.shape[1]), [SLOW, 2 * SLOW])
    second = sides.second.copy()
    second[:, a] += math.log(1.05)
    second[:, b] += math.log(1.10)
    return Sides(sides.first, second), a, b, rest


def row(name: str, rule: Rule, world: World, tries: int) -> str:
    """Return a row of the table: what the rule says over some tries."""
    rng = np.random.default_rng(13)
    found = []
    for _ in range(tries):
        sides, five, ten, rest = slowed(world(rng), rng)
        said = rule(sides, rng)
        slower = said.direction > 0
        found.append([
            slower[rest].any(), (said.direction < 0)[rest].any(),
            slower[five].mean(), slower[ten].mean(), said.same[rest].mean(), said.pairs,
        ])  # fmt: skip
    false, faster, five, ten, same, pairs = np.mean(found, axis=0)
    shares = " | ".join(f"{value:.0%}" for value in (false, faster, five, ten, same))
    return f"| {name} | {pairs:.0f} | {shares} |"


def limits(rule: Rule, world: World, tries: int) -> list[str]:
    """Return what is found of benchmarks by how much their pairs differ among themselves."""
    rng = np.random.default_rng(13)
    edges = (0.0, 0.02, 0.05, 0.1, math.inf)
    found: dict[tuple[float, float], list[bool]] = {}
    for _ in range(tries):
        sides, *changed, rest = slowed(world(rng), rng)
        said = rule(sides, rng)
        apart = [stats.robust(x)[1] for x in sides.ratio.T]
        for by, which, answer in zip(
            (5, 10, 0), (*changed, rest), (said.direction > 0,) * 2 + (said.same,), strict=True
        ):
            for i in which:
                edge = max(edge for edge in edges if apart[i] >= edge)
                found.setdefault((edge, by), []).append(bool(answer[i]))
    lines = []
    for low, high in itertools.pairwise(edges):
        shares = [found.get((low, by), []) for by in (5, 10, 0)]
        told = " | ".join(f"{np.mean(one):.0%}" if one else "–" for one in shares)
        number = len(shares[2]) / sum(len(v) for (_, by), v in found.items() if not by)
        lines.append(f"| {low:.0%} to {high:.0%} | {number:.0%} | {told} |")
    return lines


OTHERS: dict[str, Rule] = {
    "first pair only, median > 5 % (compare-fail)": first_pair(0.05),
    "first pair only, median > 10 %": first_pair(0.1),
    "fastest of 3 new > slowest of 3 old by 5 %": extremes,
    "Mann–Whitney p < 0.05, 12 + 12 (benchstat)": rank_sum(12, 0.05, 0.0),
    "Mann–Whitney p < 0.002 and > 5 %, 12 + 12 (asv)": rank_sum(12, 0.002, 0.05),
    "signed rank, Benjamini–Hochberg": one_stage(12, by_findings),
    "signed rank, Holm": one_stage(12, by_holm),
}

OURS: dict[str, Rule] = {
    "signed rank, Holm, 24": one_stage(24, by_holm),
    "t with shrunk variances, Holm, 24": shrunk_t(24),
    "largest of all under swaps, 24": flipped(24),
    "12 of all, 24 of the suspects, on these alone": again(12, 24, fresh=True),
    "the same, p-values combined": again(12, 24, fresh=False),
    "**12 of all, 24 of the suspects, all pairs**": this(deciding.DEFAULT),
}

PROCESSES = one_after_the_other()
LOCKSTEP = in_lockstep()

WORLDS: dict[str, World] = {
    "recorded pairs in lockstep": LOCKSTEP,
    "normal, 1 to 10 %": known(lambda rng, shape: rng.standard_normal(shape), 0.1),
    "heavy tails (t, 2 degrees), 1 to 5 %": known(
        lambda rng, shape: rng.standard_t(2, shape), 0.05
    ),
    "one of twenty ten times as wide, 1 to 5 %": known(contaminated, 0.05),
}

HEAD = """
| rule | pairs | any false *slower* | any false *faster* | +5 % | +10 % | same |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


def main(tries: int) -> None:
    """Print the tables."""
    table("recorded processes, one after the other", PROCESSES, OTHERS, tries)
    for title, world in WORLDS.items():
        table(title, world, OTHERS | OURS, tries)
    if importlib.util.find_spec("benchmatrix"):
        for title, world, n in (("one after the other", PROCESSES, 12), ("lockstep", LOCKSTEP, 12)):
            table(f"{title}: benchmatrix", world, {f"{n} pairs": benchmatrix(n)}, SLOW_TRIES)
    print("\n| pairs differ by | benchmarks | +5 % | +10 % | same |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print(*limits(this(deciding.DEFAULT), LOCKSTEP, tries), sep="\n")


def table(title: str, world: World, rules: dict[str, Rule], tries: int) -> None:
    """Print what some rules say of one kind of noise."""
    print(f"\n{title}, {tries} tries{HEAD}")
    for name, rule in rules.items():
        print(row(name, rule, world, tries), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIES)
