"""How a speedup grows with the workers: laws fitted to it, and what they say beyond the data.

Amdahl (1967): a share of the work does not spread. The universal scalability law (Gunther,
1993) adds that workers also wait for each other, so that more of them can be slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.stats.intervals import Floats

RESAMPLES = 400
"""Times that blocks are drawn anew, with replacement."""


@dataclass(frozen=True)
class Law:
    """``gain n / (1 + serial (n - 1) + crosstalk n (n - 1))`` is the speedup of n workers.

    gain: of one worker, over what the speedups are relative to.
    serial: the share that does not spread. crosstalk: what each pair of workers costs; 0 is
        Amdahl's law.
    """

    gain: float
    serial: float
    crosstalk: float

    def at(self, workers: float) -> float:
        """Return the speedup of so many workers."""
        n = workers
        return self.gain * n / (1 + self.serial * (n - 1) + self.crosstalk * n * (n - 1))


@dataclass(frozen=True)
class Range:
    """What the speedup of so many workers may be, by every law that fits: no more is known."""

    workers: int
    low: float
    high: float


def fitted(workers: Sequence[int], speedups: Floats, terms: str) -> Law:
    """Return the law that fits best, by least squares of relative errors, nothing below zero.

    terms: those that the law has beside its gain, of ``serial`` and ``crosstalk``.
    """
    from scipy.optimize import nnls

    n = np.asarray(workers, dtype=np.float64)
    slowness = n / speedups  # linear in what is looked for
    columns = {"serial": n - 1, "crosstalk": n * (n - 1)}
    chosen = [name for name in columns if name in terms]
    matrix = np.column_stack([np.ones_like(n), *(columns[name] for name in chosen)])
    found, _ = nnls(matrix / slowness[:, None], np.ones_like(n))
    base = max(float(found[0]), SMALLEST)
    shares = dict(zip(chosen, (float(x) / base for x in found[1:]), strict=True))
    return Law(1 / base, shares.get("serial", 0.0), shares.get("crosstalk", 0.0))


SMALLEST = 1e-12
"""A slowness of one worker below this is rounding."""


def laws(workers: Sequence[int], speedups: Floats) -> tuple[Law, ...]:
    """Return the laws that data allow: the most and the least that they say beyond.

    From three numbers of workers on, Amdahl's and the universal law. Two numbers fix one
    term, not which of them it is: one law has each. One number fixes nothing: no law.
    """
    known = len(set(workers))
    if known < len("ab"):
        return ()
    other = "crosstalk" if known == len("ab") else "serial crosstalk"
    return fitted(workers, speedups, "serial"), fitted(workers, speedups, other)


def beyond(
    workers: Sequence[int], rows: Floats, at: Sequence[int], alpha: float, seed: int = 1993
) -> list[Range]:
    """Return what more workers may give, with what is not known of law and data in it.

    rows: a row a block, a column for each number of workers. Blocks are drawn anew
    (bootstrap, Efron 1979), laws fitted to the medians of each draw; a range goes from the
    least that any law says to the most; of the draws so many are left out at either end
    that few blocks are not believed too much (expanded percentiles, Hesterberg 2015).
    """
    draw = np.random.default_rng(seed)
    picked = draw.integers(len(rows), size=(RESAMPLES, len(rows)))
    found = [laws(workers, np.median(rows[numbers], axis=0)) for numbers in picked]
    if not found[0]:
        return []
    said = np.array([[[law.at(n) for n in at] for law in both] for both in found])
    share = left_out(len(rows), alpha)
    low = np.quantile(said.min(axis=1), share, axis=0)
    high = np.quantile(said.max(axis=1), 1 - share, axis=0)
    return [Range(*row) for row in zip(at, low.tolist(), high.tolist(), strict=True)]


def left_out(blocks: int, alpha: float) -> float:
    """Return the share of draws to leave out at either end, 0 where there is one block."""
    from scipy.special import ndtr, stdtrit

    if blocks == 1:
        return 0.0
    wide = np.sqrt(blocks / (blocks - 1)) * stdtrit(blocks - 1, 1 - alpha / 2)
    return float(ndtr(-wide))
