"""How often a history of unchanged runs raises an alarm, and how soon a change raises one.

``python -m tests.benchmarks.unchanged_series [SETS]``: sets of 245 simulated claims, each with
72 runs, one a day, at the level that ``history`` has for so many claims and runs. Takes two
seconds a set, kind of noise.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.stats import steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from parallel_claims.stats import Floats

CLAIMS, RUNS, NOISE = 245, 72, 0.03
NEAR = 2
"""Runs by which the place of a step may be off."""


def normal(rng: Generator) -> Floats:
    """Return what varies from run to run, independent."""
    return rng.normal(0, NOISE, (CLAIMS, RUNS))


def heavy(rng: Generator) -> Floats:
    """Return the same with heavy tails: t with 3 degrees of freedom."""
    return np.asarray(NOISE / math.sqrt(3) * rng.standard_t(3, (CLAIMS, RUNS)))


def alike(rng: Generator, share: float, noise: Callable[[Generator], Floats]) -> Floats:
    """Return days of which each takes a share of the one before it."""
    values = noise(rng)
    for run in range(1, RUNS):
        own = values[:, run] * math.sqrt(1 - share**2)
        values[:, run] = share * values[:, run - 1] + own
    return values


def loaded(rng: Generator) -> Floats:
    """Return runs with a load that all claims share, of about five days, some more than others."""
    busy = np.cumsum(rng.random(RUNS) < 1 / 5) % 2
    return normal(rng) / 2 + rng.uniform(0, 0.06, (CLAIMS, 1)) * busy


NOISES: dict[str, Callable[[Generator], Floats]] = {
    "independent, normal": normal,
    "independent, heavy tails": heavy,
    "a day takes 40 % of the one before": lambda rng: alike(rng, 0.4, normal),
    "a day takes 70 % of the one before": lambda rng: alike(rng, 0.7, normal),
    "40 %, heavy tails": lambda rng: alike(rng, 0.4, heavy),
    "load that comes and goes": loaded,
}


def alarms(values: Floats) -> int:
    """Return how many of a set of series raise an alarm."""
    errors, level = np.full(RUNS, NOISE / 10), steps.spent(RUNS, 0.05) / CLAIMS
    paths = [steps.follow(row, errors, level) for row in values]
    return sum(bool(path.steps) or path.drift is not None for path in paths)


def found(rng: Generator, after: int, claims: int) -> float:
    """Return the share of 10 % steps after 40 runs that are found so many runs later."""
    length, level = 40 + after, steps.spent(40 + after, 0.05) / claims
    errors, hits = np.full(length, NOISE / 10), 0
    for _ in range(200):
        values = rng.normal(0, NOISE, length)
        values[40:] -= math.log(1.1)
        hits += any(abs(step.at - 40) <= NEAR for step in steps.follow(values, errors, level).steps)
    return hits / 200


def main(sets: int) -> None:
    """Print both tables."""
    for name, noise in NOISES.items():
        rng = np.random.default_rng(1)
        counts = [alarms(noise(rng)) for _ in range(sets)]
        some, all_ = sum(count > 0 for count in counts), sum(counts)
        print(f"{name}: {some} of {sets} sets, {all_} of {sets * CLAIMS} series", flush=True)
    rng = np.random.default_rng(2)
    for claims in (1, 30, CLAIMS):
        told = ", ".join(
            f"{found(rng, after, claims):.0%} after {after}" for after in (3, 5, 8, 12)
        )
        print(f"10 % worse among {claims}: {told}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
