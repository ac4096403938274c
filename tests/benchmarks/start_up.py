"""What a whole process of the program takes, against another checkout of it.

``python -m tests.benchmarks.start_up OTHER [PAIRS]``: each pair is one process of this checkout
and one of the other, in random order, each on its own results. CPU seconds are told beside
those of the clock: on a busy machine they are what can be compared.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from parallel_claims import stats

ROOT = Path(__file__).parents[2]

COMMANDS = (("--version",), ("check",))


def process(checkout: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Return the seconds, and the CPU seconds, of one process."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-P", "-m", "parallel_claims", *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    seconds, after = time.perf_counter() - started, os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return seconds, cpu


def main(other: Path, pairs: int) -> None:
    """Measure in pairs, and print medians and ratios with their 95 % intervals."""
    for command in COMMANDS:
        found: dict[Path, list[tuple[float, float]]] = {ROOT: [], other: []}
        for checkout in found:
            process(checkout, command)  # compiles, and reads files into memory
        for _ in range(pairs):
            for checkout in random.sample(list(found), 2):
                found[checkout].append(process(checkout, command))
        for number, what in enumerate(("clock", "CPU")):
            here, there = (np.array(found[c])[:, number] for c in (ROOT, other))
            ratio = stats.paired(np.log(here / there))
            centre, low, high = map(math.exp, (ratio.centre, ratio.low, ratio.high))
            print(
                f"{' '.join(command)}, {what}: {np.median(here):.3f} s here, "
                f"{np.median(there):.3f} s there, {centre:.2f} [{low:.2f}, {high:.2f}]"
            )


if __name__ == "__main__":
    asked_for = sys.argv[1:]
    main(Path(asked_for[0]).resolve(), int([*asked_for, "20"][1]))
