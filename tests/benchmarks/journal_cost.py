"""What the journal costs, and recovering: ``python -m tests.benchmarks.journal_cost [BLOCKS]``.

Two pieces of work, one twice the other, are timed in pairs of blocks, of which one, drawn, has a
journal that gets a line of each round at once. Printed are its share of the measured time, the
ratio of the two with and without it and what that differs by, each with its interval; and the
seconds that recovering 10,000 rounds takes.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from parallel_claims import stats
from parallel_claims.journal.recover import recover
from parallel_claims.journal.writing import Journal
from tests.engine.test_recover import RUN, written

ROUND = 0.02
"""Seconds of the shorter piece of work: a slice."""


def work(steps: int) -> float:
    """Return the seconds that so many additions take."""
    started = time.perf_counter()
    total = 0
    for step in range(steps):
        total += step
    return time.perf_counter() - started


def block(steps: int, journal: Journal | None, number: int) -> tuple[float, float, float]:
    """Return the seconds of both pieces of work, and of the journal."""
    found, writing = {}, 0.0
    for name in random.sample("ab", 2):  # in drawn order, as in a run
        seconds = found[name] = work(steps * {"a": 1, "b": 2}[name])
        started = time.perf_counter()
        if journal is not None:
            place = {"fullname": f"test_a.py::test_one[{name}]", "block": number, "position": 0}
            journal.append(
                round={**place, "at": "", "seconds": seconds, "recorded": {}, "info": {}}
            )
        writing += time.perf_counter() - started
    return found["a"], found["b"], writing


def in_pairs(steps: int, journal: Journal, number: int) -> list[tuple[float, float, float]]:
    """Return what a block with the journal took, and one without; which goes first is drawn."""
    found = {}
    for kept in random.sample([journal, None], 2):
        found[kept is None] = block(steps, kept, number)
    return [found[False], found[True]]


def main(blocks: int) -> None:
    """Print the figures."""
    steps = int(1e6 * ROUND / work(1_000_000))
    with tempfile.TemporaryDirectory() as name:
        journal = Journal.begun(Path(name), "small", RUN)
        rows = [in_pairs(steps, journal, number) for number in range(blocks)]
        journal.close()
    timed = np.array(rows)
    with_it, without = (np.log(timed[:, i, 1] / timed[:, i, 0]) for i in (0, 1))
    share = timed[:, 0, 2].sum() / timed[:, 0, :2].sum()
    middle = float(np.median(timed[:, 0, 2] / timed[:, 0, :2].sum(axis=1)))
    print(f"the journal's share of the measured time: {share:.3%} (median block {middle:.3%})")
    for words, x in (("with", with_it), ("without", without), ("apart", with_it - without)):
        found = stats.paired(x).exp()
        print(f"ratio, {words}: {found.centre:.4f} [{found.low:.4f}, {found.high:.4f}]")
    with tempfile.TemporaryDirectory() as name:
        path = written(Path(name), blocks=5000)
        started = time.perf_counter()
        made = recover(path)
        print(f"recovering {made.rounds} rounds: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
