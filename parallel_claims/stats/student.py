"""Student's t in numpy alone: importing scipy's takes longer than judging a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from parallel_claims.stats.intervals import Floats

FARTHEST = 1e150
"""A t beyond this is taken as this: its square is still a float."""

NO_ZERO = 1e-300
"""What stands for 0 in a denominator of the continued fraction (Lentz, 1976)."""

LAST_DIGIT = 1e-15
"""The relative step, of some roundings, with which the continued fraction has come to its end."""

MOST_TERMS = 2000
"""Pairs of terms of it that are taken; a million degrees of freedom need a third."""

STEPS = 16
"""Steps up to where five terms of Stirling's series give all digits."""


def student(freedom: Floats, t: Floats) -> Floats:
    """Return P(T <= t) of Student's t with so many degrees of freedom, whole or not.

    By the incomplete beta function (DLMF 8.17): far out the tail itself is computed, so that it
    keeps its digits however small it is; near 0 what lies between 0 and t.
    """
    freedom, t = np.broadcast_arrays(freedom, np.clip(t, -FARTHEST, FARTHEST))
    half, squares = freedom / 2, np.square(t)
    far = squares * (freedom + 2) > 3 * freedom  # there the fraction needs fewer terms
    x = np.where(far, freedom, squares) / (freedom + squares)
    a, b = np.where(far, half, 0.5), np.where(far, 0.5, half)
    part = (
        np.exp(-half * np.log1p(squares / freedom))
        * np.sqrt(squares / (freedom + squares))
        * gamma_step(half)
        / (math.sqrt(math.pi) * 2 * a * fraction(x, a, b))
    )
    tail = np.where(far, part, 0.5 - part)
    found: Floats = np.where(t > 0, 1 - tail, tail)
    return found


def fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Return the continued fraction below the incomplete beta function's power (DLMF 8.17).

    Evaluated from the front (Lentz, 1976), each element until it changes no more.
    """
    value, front = np.ones_like(x), np.ones_like(x)
    back = np.zeros_like(x)
    ended = np.zeros(x.shape, np.bool_)
    for m in range(MOST_TERMS):
        for term in (
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2)),
        ):
            back = 1 / not_zero(1 + term * back)
            front = not_zero(1 + term / front)
            step = front * back
            value = np.where(ended, value, value * step)
        ended |= np.abs(step - 1) <= LAST_DIGIT
        if ended.all():
            break
    return value


def not_zero(x: Floats) -> Floats:
    """Return numbers by which can be divided."""
    found: Floats = np.where(np.abs(x) < NO_ZERO, NO_ZERO, x)
    return found


def gamma_step(a: Floats) -> Floats:
    """Return gamma(a + 1/2) / gamma(a): Stirling's series (DLMF 5.11.1) of a few steps further."""
    steps = math.prod((a + k) / (a + k + 0.5) for k in range(STEPS))
    z = a + STEPS
    series = (-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432)
    exponent = sum(term / z ** (2 * k + 1) for k, term in enumerate(series))
    found: Floats = steps * np.sqrt(z) * np.exp(exponent)
    return found
