"""How often verdicts are wrong: suites simulated on recorded noise, with known truth.

A noise trace is one series of log seconds of unchanged work, in order of time. A
simulated suite lays it under its variants, in blocks or one variant after the other;
every true ratio is 1. A claim of *at least 1* then sits exactly at its bound, the worst
case: any verdict on it counts as false. A claim far inside its bound has its series moved.

Suites are decided as runs are: by the same looks, each with what it may spend, the decided
and the futile claims leaving, and with them the variants that nobody else needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats
from parallel_claims.judge.looking import next_level
from parallel_claims.noise.calibration import Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from parallel_claims.stats import Floats, Integers

    Bools = NDArray[np.bool_]
    Tails = Callable[[Floats], tuple[Floats, Floats]]

FAR = math.log(4)
"""How far inside its bound, as a log ratio, a claim is that anything should see."""


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

    @property
    def needs(self) -> Bools:
        """Return which variants each claim needs: claims x variants."""
        found = np.zeros((self.claims, self.variants), dtype=bool)
        row = column = 0
        for matrix in self.experiments:
            rows, columns = matrix.shape
            found[row : row + rows, column : column + columns] = matrix != 0
            row, column = row + rows, column + columns
        return found


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
) -> Floats:
    """Return log ratios: sims x claims x blocks.

    In blocks: the variants of an experiment next to each other, in random order, all
    experiments within each block. Otherwise all rounds of a variant, then the next.
    The place of a variant that leaves stays empty.
    """
    total = suite.variants
    window = windows(noise, blocks * total, sims, rng)
    shape = (sims, blocks, total) if in_blocks else (sims, total, blocks)
    rounds = window.reshape(shape)
    if not in_blocks:
        rounds = rounds.transpose(0, 2, 1)
    found = []
    start = 0
    for matrix in suite.experiments:
        mine = rounds[:, :, start : start + matrix.shape[1]]
        if in_blocks:
            mine = rng.permuted(mine, axis=2)
        found.append((mine @ matrix.T).transpose(0, 2, 1))
        start += matrix.shape[1]
    return np.concatenate(found, axis=1)


@dataclass(frozen=True)
class Rule:
    """How suites are decided: at which numbers of blocks, at what levels, by which test.

    ratio: whether the numbers are logarithms of ratios, or recorded numbers, which no random
        order protects.
    """

    looks: tuple[int, ...]
    levels: tuple[float, ...]
    ratio: bool = True

    @property
    def tails(self) -> Tails:
        """Return the one-sided p-values over the last axis."""
        return stats.symmetric_rows if self.ratio else stats.drifting_rows


def real_rule(longest: int, *, ratio: bool = True) -> Rule | None:
    """Return the looks that a run takes unless told otherwise, as far as there are blocks."""
    planned = stats.planned(stats.FEWEST, stats.MOST)
    looks = tuple(blocks for blocks in planned if blocks <= longest)
    if not looks:
        return None
    levels = tuple(stats.spent(number, len(planned)) for number in range(len(looks)))
    return Rule(looks, levels, ratio)


def one_look(blocks: int) -> Rule:
    """Return the rule of a run of a fixed number of blocks."""
    return Rule((blocks,), (stats.ALPHA,))


@dataclass(frozen=True)
class Judged:
    """What became of simulated claims, sims x claims; ``used``: the blocks that each rests on."""

    holds: Bools
    fails: Bools
    used: Integers


def judge(x: Floats, rule: Rule, needs: Bools) -> Judged:
    """Decide suites, given as sims x claims x blocks, as runs are decided.

    needs: claims x variants, the variants that must be there for a claim to go on.
    """
    sims, claims, _ = x.shape
    found = Judged(*(np.zeros((sims, claims), dtype=kind) for kind in (bool, bool, np.int64)))
    by_look = [rule.tails(x[..., :blocks]) for blocks in rule.looks]
    spreads = [robust_rows(x[..., :blocks]) for blocks in rule.looks]
    for sim in range(sims):
        tails = [(above[sim], below[sim]) for above, below in by_look]
        one = Simulated(rule, needs, tails, [spread[sim] for spread in spreads], found.used[sim])
        questions = stats.decided(claims, rule.levels, one.evidence)
        found.holds[sim, [int(key) for key in questions.held]] = True
        found.fails[sim, [int(key) for key in questions.failed]] = True
    return found


class Simulated:
    """One simulated suite, look by look.

    tails, spreads: of each look, a value a claim. used: is set to the blocks that each rests on.
    """

    def __init__(
        self,
        rule: Rule,
        needs: Bools,
        tails: Sequence[tuple[Floats, Floats]],
        spreads: Sequence[Floats],
        used: Integers,
    ) -> None:
        self.rule, self.needs, self.tails, self.spreads = rule, needs, tails, spreads
        self.used = used
        self.here = np.ones(needs.shape[1], dtype=bool)
        self.asked: list[int] = []

    def evidence(self, number: int, questions: stats.Looks) -> dict[str, stats.Evidence]:
        """Return the evidence on the claims whose variants are all still measured at a look."""
        if number:
            self.leave(number - 1, questions)
        decided = questions.held.keys() | questions.failed.keys()
        self.asked = [
            claim
            for claim in range(len(self.needs))
            if str(claim) not in decided and self.here[self.needs[claim]].all()
        ]
        self.used[self.asked] = self.rule.looks[number]
        above, below = (tail.tolist() for tail in self.tails[number])
        return {str(claim): stats.Evidence(above[claim], below[claim]) for claim in self.asked}

    def leave(self, number: int, questions: stats.Looks) -> None:
        """Let the variants go that nothing needs that is open after a look."""
        level, blocks = self.rule.levels[number], self.rule.looks[number]
        goes_on = going_on(questions, level, blocks, self.spreads[number])
        self.here &= self.needs[[claim for claim in self.asked if goes_on(claim)]].any(axis=0)


def going_on(
    questions: stats.Looks, level: float, blocks: int, robust: Floats
) -> Callable[[int], bool]:
    """Return what says whether a claim is open after a look: undecided, and not futile.

    robust: the centre of each claim's series, and its spread.
    """
    level = next_level(questions, level)
    fewest = stats.fewest_pairs(2 * level)

    def goes_on(claim: int) -> bool:
        if str(claim) in questions.held or str(claim) in questions.failed:
            return False
        gap, spread = abs(float(robust[claim, 0])), float(robust[claim, 1])
        return stats.replicates_until(gap, spread, level, blocks, fewest) is not None

    return goes_on


def robust_rows(x: Floats) -> Floats:
    """Return ``stats.robust`` over the last axis of ``x``: centre and spread, in a new last."""
    centre = np.median(x, axis=-1)
    spread = 1.4826 * np.median(np.abs(x - centre[..., None]), axis=-1)
    return np.stack([centre, spread], axis=-1)


def figures(x: Floats, rule: Rule, needs: Bools, far: Floats | None = None) -> Figures:
    """Judge suites of claims at their bounds, x of sims x claims x blocks.

    far: how far inside its bound each claim is moved, 0 for one that stays at it.
    """
    moved = np.zeros(x.shape[1]) if far is None else far
    found = judge(x + moved[:, None], rule, needs)
    false = found.holds[:, moved == 0].sum(axis=1)
    return Figures(
        float(found.fails.any(axis=1).mean()),
        float((false / np.maximum(1, found.holds.sum(axis=1))).mean()),
        float((found.holds | found.fails).mean()),
        float(found.used.mean()),
        coverage(x, found.used, ratio=rule.ratio),
    )


def coverage(x: Floats, used: Integers, alpha: float = stats.ALPHA, *, ratio: bool = True) -> float:
    """Return how many of the intervals that are shown of the first ``used`` blocks hold 0.

    Those of ratios hold what the test of the same level on either side does not reject;
    those of other numbers are stretched where neighbours resemble each other.
    """
    covered = np.ones(used.shape, dtype=bool)
    for blocks in np.unique(used):
        mask = used == blocks
        some = x[mask][:, :blocks]
        if not ratio:
            centre, low, high = stats.paired_rows(some, alpha)
            by = stats.stretch(some)
            covered[mask] = (centre + by * (low - centre) <= 0) & (
                centre + by * (high - centre) >= 0
            )
            continue
        above, below = stats.symmetric_rows(some)
        covered[mask] = np.minimum(above, below) > alpha / 2 * (1 + 1e-12)
    return float(covered.mean())


def a_third_at_their_bounds(claims: int, far: float) -> Floats:
    """Return how far inside each claim is where every third is at its bound."""
    return np.where(np.arange(claims) % 3 == 0, 0.0, far)


def every(rule: Rule, x: Floats, needs: Bools, far: float) -> Mapping[str, Figures]:
    """Judge suites with all claims at their bounds, and with a third of them there."""
    return {
        "all": figures(x, rule, needs),
        "a third": figures(x, rule, needs, a_third_at_their_bounds(x.shape[1], far)),
    }


def apart(claims: int) -> Bools:
    """Return the needs of claims that share no variant."""
    return np.eye(claims, dtype=bool)
