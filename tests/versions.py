"""Comparisons of two versions with known content: real noise, slowdowns put in.

``python -m tests.versions FOLDER`` writes what is said of one, decided by the rule, into a folder:
the site's example.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.report import data, terminal
from parallel_claims.report.versus import page, tables
from parallel_claims.versus import deciding
from parallel_claims.versus.records import (
    ClaimDifference,
    Difference,
    Finding,
    Pair,
    Slices,
    Version,
    Versus,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

RECORDED = Path(__file__).with_name("data") / "lockstep_pairs.csv"

OPERATIONS = [
    "add", "copy", "clear", "contains", "delete", "difference", "discard", "equal", "extend",
    "get", "getall", "getone", "get_default", "hash", "in", "insert", "intersection", "items",
    "iterate", "keys", "len", "lookup", "merge", "pop", "popall", "popitem", "repr", "set",
    "setdefault", "sorted", "symmetric_difference", "union", "update", "update_pairs", "values",
]  # fmt: skip
KINDS = ("str", "istr", "int", "bytes", "ci-str", "ci-istr", "view")

NAMES = [
    f"tests/test_benchmarks.py::test_{operation}[{kind}]"
    for operation, kind in itertools.product(OPERATIONS, KINDS)
]
"""A name for each benchmark whose pairs were recorded."""

FACTS = {
    "commit": "73dc536" + "0" * 33,
    "dirty": False,
    "requirement": None,
    "python": {"implementation": "CPython", "version": "3.11.7", "gil": True},
    "packages": {"multidict": "6.6.4"},
}
A = Version("main", "main (73dc536)", Path(sys.executable), Path("a"), FACTS)
B = Version("", "the working tree", Path(sys.executable), Path("b"), FACTS | {"dirty": True})

SLOWER = {NAMES[63]: 1.10, NAMES[100]: 1.26, NAMES[145]: 1.12}
FASTER = {NAMES[180]: 0.5}

PAIR = 31.1
"""Seconds that a pair of all benchmarks took where they were recorded."""

PLAN = deciding.Plan(first=10, again=8)
WITHIN = 0.05


def noise() -> Iterator[Sequence[float]]:
    """Yield the log ratios that were recorded of one unchanged suite, pair after pair.

    After the last pair they are dealt out anew, each benchmark with the noise of another.
    """
    rows = np.loadtxt(RECORDED, delimiter=",")
    for turn in itertools.count():
        yield from np.roll(rows, 37 * turn, axis=1).tolist()


def pairs(
    changed: Mapping[str, float],
    names: Sequence[str],
    plan: deciding.Plan,
    suspects: Callable[[Sequence[Pair], Sequence[str], float], list[str]],
) -> tuple[Pair, ...]:
    """Return recorded pairs, with some benchmarks so many times as slow on the second side.

    All benchmarks in the first pairs, suspects again in those that follow.
    """
    draw = random.Random(1)  # noqa: S311  data, not a secret
    takes = {name: 10 ** draw.uniform(-7, -2) for name in names}
    found: list[Pair] = []
    asked, stage = list(names), 1
    for number, row in enumerate(itertools.islice(noise(), plan.first + plan.again)):
        if number == plan.first:
            asked, stage = suspects(found, names, WITHIN), 2
        slices = {}
        for name, log in zip(names, row, strict=False):
            ratio = log + math.log(changed.get(name, 1.0))
            first = [takes[name] * math.exp(draw.gauss(0, 0.02)) for _ in range(6)]
            if name in asked:
                second = [x * math.exp(ratio) for x in first]
                slices[name] = Slices(tuple(first), tuple(second), ratio)
        if slices:
            found.append(Pair(number, stage, number % 2, 1000 + number, slices))
    return tuple(found)


def not_the_same(found: Sequence[Pair], names: Sequence[str], within: float) -> list[str]:
    """Return what the simple rule does not show to be the same."""
    judged = [difference(name, found, within) for name in names]
    return [one.name for one in judged if one.finding is not Finding.SAME]


def difference(name: str, found: Sequence[Pair], within: float = WITHIN) -> Difference:
    """Return what the pairs say of a benchmark, each judged alone: a simple rule for tests."""
    logs = np.array([pair.slices[name].ratio for pair in found if name in pair.slices])
    ratio = stats.paired(logs, 0.01).exp()
    finding = Finding.CANNOT_TELL
    if 1 / (1 + within) <= ratio.low and ratio.high <= 1 + within:
        finding = Finding.SAME
    elif ratio.low > 1:
        finding = Finding.SLOWER
    elif ratio.high < 1:
        finding = Finding.FASTER
    again = len(logs) > PLAN.first
    each = tuple(np.exp(logs).tolist())
    return Difference(name, finding, stats.paired(logs).exp(), len(logs), each, suspect=again)


def versus(
    changed: Mapping[str, float] | None = None, names: Sequence[str] = NAMES, **more: Any
) -> Versus:
    """Return a comparison on recorded noise."""
    made = measured(tuple((SLOWER | FASTER if changed is None else changed).items()), tuple(names))
    return replace(made, **more)


@cache
def measured(changed: tuple[tuple[str, float], ...], names: tuple[str, ...]) -> Versus:
    """Return a comparison with nothing but benchmarks."""
    found = pairs(dict(changed), names, PLAN, not_the_same)
    differences = tuple(
        deciding.advised((difference(name, found) for name in names), PLAN.first, "pairs")
    )
    return Versus(A, B, differences, found, PLAN.first, seconds=214.3, within=WITHIN)


def example() -> Versus:
    """Return the site's example: as many pairs, and decided, as a comparison is by default."""
    plan = deciding.DEFAULT
    found = pairs(SLOWER | FASTER, NAMES, plan, deciding.suspects)
    differences = tuple(
        deciding.advised(deciding.decide(found, NAMES, WITHIN), plan.first, "pairs")
    )
    took = PAIR * sum(len(pair.slices) for pair in found) / len(NAMES)
    return Versus(A, B, differences, found, plan.first, seconds=took, within=WITHIN)


CLAIM = ClaimDifference(
    "Two processes sum the array faster than one",
    "speedup",
    stats.Interval(1.81, 1.78, 1.84),
    stats.Interval(1.52, 1.49, 1.55),
    Difference("two-processes", Finding.SLOWER, stats.Interval(0.84, 0.82, 0.86), 10),
)
HELD = ClaimDifference(
    "NumPy sums the array faster than a loop",
    "speedup",
    stats.Interval(88.2, 86.5, 90.1),
    stats.Interval(88.0, 86.1, 89.8),
    Difference("numpy", Finding.SAME, stats.Interval(0.998, 0.99, 1.01), 10),
)

MISSING = {
    "tests/test_benchmarks.py::test_popleft[str]": "not on main (73dc536)",
    "tests/test_benchmarks.py::test_flaky": "the working tree: assert 3 == 4",
}


def main(folder: Path) -> None:
    """Write the example as a page, as text and as JSON."""
    found = example()
    told = tables.document(found)
    made = {
        "versus.html": page.html(found),
        "versus.txt": terminal.text(told),
        "versus.json": data.text(told),
    }
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
