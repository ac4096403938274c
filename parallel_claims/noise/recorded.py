"""Numbers that no random order protects, simulated at their bound: recorded ones, and seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.noise.simulate import windows

if TYPE_CHECKING:
    from numpy.random import Generator

    from parallel_claims.stats import Floats

CORRELATIONS = (0.0, 0.3, 0.7)
"""How much of a number's deviation the next one keeps: none, a little, most of it."""

FAR = 5.0
"""How far inside its bound, in standard deviations, a number is that anything should see."""

FAR_SECONDS = 1.0
"""How far inside its bound, in seconds, an account of about a second is."""


def series(
    correlation: float, sims: int, claims: int, blocks: int, rng: Generator, *, heavy: bool
) -> Floats:
    """Return recorded numbers, each tied to the one before it: sims x claims x blocks.

    The first is drawn as the others are distributed (where they are normal); heavy: Student's t
    with 3 degrees of freedom instead of normal.
    """
    shape = (sims, claims, blocks)
    found = rng.standard_t(3, shape) if heavy else rng.normal(size=shape)
    found[..., 1:] *= math.sqrt(1 - correlation**2)
    for block in range(1, blocks):
        found[..., block] += correlation * found[..., block - 1]
    return found


def seconds_of_accounts(
    noise: Floats, claims: int, blocks: int, sims: int, rng: Generator
) -> Floats:
    """Return what is judged of accounts at their bound, in seconds: sims x claims x blocks.

    The contender takes 1.2 s where 1 s would be ideal, and starting workers 0.1 s: just half of
    the excess is blamed on it.
    """
    window = windows(noise, blocks * claims * 3, sims, rng)
    rounds = np.exp(rng.permuted(window.reshape(sims, blocks, claims, 3), axis=3))
    found: Floats = (rounds @ np.array([0.1, -0.6, 0.5])).transpose(0, 2, 1)
    return found
