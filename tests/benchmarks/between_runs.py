"""What varies between runs, and what ``compare`` makes of it.

``python -m tests.benchmarks.between_runs``: 24 processes of one unchanged suite of 245
micro-benchmarks (tests/data/processes.csv, a row a process in order of time) are given to
``compare`` as sides of so many runs each, one side after the other or alternating; in 20
benchmarks of the second side a slowdown is put in. Takes about two minutes.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.follow import compare, sides
from tests import files

if TYPE_CHECKING:
    from parallel_claims.follow.comparison import Change
    from parallel_claims.stats import Floats

PROCESSES = Path(__file__).parents[1] / "data" / "processes.csv"
SLOWED = 20
TRIES = 3


def save(folder: Path, processes: Floats) -> Path:
    """Save a run a row of log seconds."""
    for number, row in enumerate(processes):
        entries = [
            files.entry(f"test_{j}", [float(np.exp(x))], blocks=False) for j, x in enumerate(row)
        ]
        document = files.document(entries, suite=None)
        document["datetime"] = f"2026-11-01T00:{number:02}:00+00:00"
        files.write(folder / f"{number:04}_x.json", document)
    return folder


def changes(first: Floats, second: Floats) -> list[Change]:
    """Return what ``compare`` says of each benchmark."""
    with tempfile.TemporaryDirectory() as name:
        paths = [save(Path(name) / "a", first), save(Path(name) / "b", second)]
        read = sides.read([(path.name, path) for path in paths], None, across=False)
        found = compare.compare(read, (), compare.WITHIN, seconds=True)
    return [row.shifts[0].change for row in found.seconds]


def chosen(count: int, start: int, *, alternating: bool) -> tuple[list[int], list[int]]:
    """Return the processes of both sides."""
    used = list(range(start, start + 2 * count))
    return (used[::2], used[1::2]) if alternating else (used[:count], used[count:])


def told(processes: Floats, count: int, slower: float, *, alternating: bool) -> Counter[str]:
    """Count what is said over several tries: of the slowed, and of the others."""
    rng = np.random.default_rng(1)
    found: Counter[str] = Counter()
    starts = np.linspace(0, len(processes) - 2 * count, TRIES).astype(int)
    for start in sorted(set(starts.tolist())):
        first, second = chosen(count, start, alternating=alternating)
        shift = np.zeros(processes.shape[1])
        slowed = rng.choice(len(shift), SLOWED, replace=False)
        shift[slowed] = np.log(slower)
        said = changes(processes[first], processes[second] + shift)
        for j, change in enumerate(said):
            found[f"{'slowed' if j in slowed else 'unchanged'}: {change}"] += 1
        found["tries"] += 1
    return found


def main() -> None:
    """Print the differences of neighbours, and what is said of sides."""
    processes = np.loadtxt(PROCESSES, delimiter=",")
    apart = np.abs(np.expm1(np.diff(processes, axis=0)))
    for limit in (0.05, 0.1):
        share = (apart > limit).mean(axis=1)
        print(
            f"neighbouring processes more than {limit:.0%} apart: "
            f"{share.min():.0%} to {share.max():.0%} of {processes.shape[1]} benchmarks"
        )
    for count in (1, 3, 6, 12):
        for alternating in (False, True):
            found = told(processes, count, 1.1, alternating=alternating)
            order = "alternating" if alternating else "one side after the other"
            words = {key: value / found["tries"] for key, value in sorted(found.items())}
            print(f"{count} runs a side, {order}, 10 % slower in {SLOWED}:", flush=True)
            for key, value in words.items():
                if key != "tries":
                    print(f"    {key}: {value:.1f}")


if __name__ == "__main__":
    main()
