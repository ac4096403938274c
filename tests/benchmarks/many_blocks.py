"""What many blocks take: ``python -m tests.benchmarks.many_blocks [BLOCKS]``.

Prints the CPU seconds of a centre with its interval (data of several shapes), of its tails, and
the peak memory; for a million blocks unless another number is given.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_claims.stats import Floats


def seconds(work: Callable[[Floats], object], x: Floats) -> float:
    """Return what a piece of work takes of one core."""
    started = time.process_time()
    work(x)
    return time.process_time() - started


def main(blocks: int) -> None:
    """Print the figures."""
    rng = np.random.default_rng(1)
    normal = rng.normal(0, 0.05, blocks)
    shapes = {
        "normal": normal,
        "heavy tails": rng.standard_cauchy(blocks),
        "ties": np.round(normal, 2),
        "sorted": np.sort(normal),
        "constant": np.full(blocks, 0.7),
    }
    for name, x in shapes.items():
        times = [seconds(work, x) for work in (stats.paired, stats.symmetric, stats.drifting)]
        told = ", ".join(f"{spent:.2f} s" for spent in times)
        print(f"{blocks} blocks, {name}: interval, tails, tails under drift: {told}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
