"""What ``versus`` adds to a slice: ``python -m tests.benchmarks.slice_cost [SLICES]``.

Two live processes take turns with slices of one round each, which tells how long it took; the rest
of the time from the request to its answer is bookkeeping: the line there and back, waking up, and
moving to the CPU. Printed are its median, 95th percentile and mean.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from parallel_claims.versus.lockstep import SLICE, Driver
from parallel_claims.versus.process import Place

from parallel_claims.versus.measuring import lanes
from parallel_claims.versus.records import Version

SUITE = f"""
import time

def test_sleep(benchmark):
    benchmark.pedantic(time.sleep, args=({SLICE},), rounds=1)
"""
NAME = "test_suite.py::test_sleep"


def costs(slices: int, folder: Path) -> list[float]:
    """Return the seconds that each slice took beyond its round."""
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "place").mkdir()
    side = Version("here", "here", Path(sys.executable), folder)
    driver = Driver((side, side), ["-q"], Place(folder / "place", 60.0))
    found = []
    with ExitStack() as stack:
        sides = driver.started(stack, seed=0)
        for process in sides:
            process.answer()
            process.tell(run=[NAME], loops={}, seconds=SLICE)
            process.ask(go=NAME)
        for number in range(slices):
            begin = time.perf_counter()
            answer = sides[number % 2].ask(slice=True, cpu=lanes()[0])
            found.append(time.perf_counter() - begin - answer["taken"])
        for process in sides:
            process.ask(end=True)
    return found


def main(slices: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        found = 1000 * np.array(costs(slices, Path(name)))
    middle, late = np.percentile(found, [50, 95])
    print(
        f"{slices} slices: {middle:.2f} ms median, {late:.2f} ms at 95 %, {found.mean():.2f} mean"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
