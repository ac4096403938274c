"""Several runs of one quantity: what they found together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


from parallel_claims.stats.intervals import ALPHA, Floats, Interval, hull


def replicated(centres: Floats, alpha: float = ALPHA) -> Interval:
    """Return the mean of what several runs found, with an interval that their scatter gives.

    Runs are the replicates, so what varies between them is in it: Student's t on the runs'
    centres (Kalibera & Jones, 2013). Of two runs t says next to nothing, and of one nothing:
    the interval is infinite.
    """
    from scipy.special import stdtrit

    n = len(centres)
    centre = float(np.mean(centres))
    if n < FEWEST_RUNS:
        return Interval(centre, -math.inf, math.inf)
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * float(np.std(centres, ddof=1)) / math.sqrt(n)
    return Interval(centre, centre - half, centre + half)


FEWEST_RUNS = 3
"""Runs under which their scatter says nothing."""


FEWEST_IN_SERIES = 6
"""Runs in a series under which no change is looked for."""


def combined(intervals: Sequence[Interval], alpha: float = ALPHA) -> Interval:
    """Return what several runs found of one quantity together.

    One run: its own interval, which knows nothing of what varies between runs. Two: the
    hull of both. More: what the scatter of their centres says, at level ``alpha``.
    """
    if len(intervals) < FEWEST_RUNS:
        return hull(intervals)
    return replicated(np.array([i.centre for i in intervals]), alpha)
