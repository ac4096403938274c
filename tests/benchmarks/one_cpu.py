"""What A B B A on one CPU gains: the spread, block by block, of twins that do the same.

``python -m tests.benchmarks.one_cpu`` measures a suite of 16 twins in three ways, in turns: as it
is; A B B A, but on any CPU; and each slice whole, in random order, on any CPU. The spread of a
twin is 1.4826 x the median absolute deviation of the log ratio of its two tests over the blocks;
a row has the median over the twins and the nine tenths point.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import parallel_claims

BLOCKS, TRIES = 16, 3

SUITE = """
import pytest

def loop(n):
    total = 0
    for number in range(n):
        total += number
    return total

def fill(n):
    return {number: str(number) for number in range(n)}

def order(n):
    return sorted(range(n), key=lambda number: -number)

def join(n):
    return "".join(chr(65 + number % 26) for number in range(n))

CASES = []
for work in (loop, fill, order, join):
    for n in (300, 1000, 3000, 10000):
        name = f"{work.__name__}-{n}"
        claim = pytest.mark.claim(as_fast_as=f"test_work[{name}-0]", within=0.5)
        CASES.append(pytest.param(work, n, id=f"{name}-0"))
        CASES.append(pytest.param(work, n, id=f"{name}-1", marks=claim))

@pytest.mark.parametrize(("work", "n"), CASES)
def test_work(benchmark, work, n):
    benchmark(work, n)
"""

ANY_CPU = "from parallel_claims.measure import blocks\nblocks.next_cpu = lambda block: None\n"

WAYS = {
    "A B B A on one CPU (as it is)": "",
    "A B B A on any CPU": ANY_CPU,
    "whole slices in random order, on any CPU": ANY_CPU
    + "blocks.Blocks.divisible = lambda self, item: False\n",
}


def main() -> None:
    """Measure in turns, and print a row a way."""
    spreads: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(TRIES):
        for way in [*WAYS][:: -1 if number % 2 else 1]:
            spreads[way] += measured(WAYS[way])
    print("| way | median spread of a twin | nine tenths within |")
    print("|---|---|---|")
    for way, found in spreads.items():
        print(f"| {way} | {np.median(found):.2%} | {np.quantile(found, 0.9):.2%} |")


def measured(conftest: str) -> list[float]:
    """Return the spread of each twin, in a session of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "test_twins.py").write_text(SUITE)
        (place / "conftest.py").write_text(conftest)
        (place / "pytest.ini").write_text("[pytest]\n")
        command = [sys.executable, "-m", "pytest", "-q", f"--blocks={BLOCKS}", "--benchmark-only"]
        subprocess.run(  # noqa: S603  this very Python
            [*command, f"--blocks-results={place / 'results'}"], cwd=place, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        rounds = parallel_claims.read(place / "results")
    seconds = rounds.pivot_table("seconds", "block", "benchmark", aggfunc="median")
    logs = seconds.apply(np.log)
    twins = [name for name in logs.columns if name.endswith("-0]")]
    differences = [logs[name] - logs[name.removesuffix("0]") + "1]"] for name in twins]
    return [1.4826 * float(np.median(np.abs(d - np.median(d)))) for d in differences]


if __name__ == "__main__":
    main()
