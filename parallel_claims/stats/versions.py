"""Two versions, many benchmarks: which differ, and which are shown to be the same?

A sample is one benchmark's log ratios, one a pair of fresh processes. The pairs are independent,
and where nothing differs either side may be called the first, so each sign is a fair coin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.stats.intervals import ALPHA, Floats, Integers
from parallel_claims.stats.looks import symmetric
from parallel_claims.stats.several import at_most, benjamini_hochberg, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHANCES = 2
"""How often a sample may be decided on: after the first pairs, and after those of the suspects.

What is decided wrongly is decided wrongly at one of them, so each has half of the error.
"""


def differing(samples: Sequence[Floats], alpha: float = ALPHA) -> Integers:
    """Return 1 for each sample that lies above 0, -1 below, 0 where neither is certain.

    With probability ``alpha`` at most any sample that does not differ gets anything but 0: exact
    signed ranks (Wilcoxon, 1945), two-sided, all together by Holm's procedure.
    """
    p, direction = two_sided(samples)
    sure = holm(at_most(dict(enumerate(p.tolist()))), alpha / CHANCES)
    return np.where([i in sure for i in range(len(samples))], direction, 0)


def same(samples: Sequence[Floats], within: float, alpha: float = ALPHA) -> NDArray[np.bool_]:
    """Return which samples lie between ``-within`` and ``within``.

    Two one-sided tests each (Schuirmann, 1987), exact signed ranks; of all that are the same at
    most a share ``alpha`` is expected not to be, by Benjamini & Hochberg's procedure. The
    two-sided interval at 1 - ``alpha`` of each lies inside.
    """
    p = [max(symmetric(x + within).above, symmetric(x - within).below) for x in samples]
    found = benjamini_hochberg(dict(enumerate(p)), alpha / CHANCES)
    return np.array([i in found for i in range(len(samples))], dtype=np.bool_)


def two_sided(samples: Sequence[Floats]) -> tuple[Floats, Integers]:
    """Return each sample's p-value against no difference, and the direction it lies in.

    Twice the smaller tail; 1 and 0 where there is no value.
    """
    tails = [symmetric(x) for x in samples]
    above = np.array([one.above for one in tails])
    below = np.array([one.below for one in tails])
    return np.minimum(1.0, 2 * np.minimum(above, below)), np.sign(below - above).astype(np.int64)
