"""In which order a block measures its benchmarks: at random, what belongs together side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as far as its place in a block depends on it.

    nodeid: as pytest has it. experiment: pytest-benchmark's group, or its function; its
    members stand side by side. named: whether the author named that group. one_cpu: whether it is
    marked to share one CPU with all others so marked. pinnable: whether it may be
    kept on one CPU where it needs no more. places: what it shares with others, the
    widest first: values of parametrized fixtures, module, class.
    """

    nodeid: str
    experiment: str
    named: bool = False
    one_cpu: bool = False
    pinnable: bool = True
    places: tuple[object, ...] = ()


def block(
    benchmarks: Sequence[Benchmark],
    shuffle: random.Random,
    links: Sequence[tuple[str, ...]] = (),
    *,
    twice: bool = False,
) -> list[str]:
    """Return one block: what is measured, in order; each benchmark once.

    The sets in random order, and within each its benchmarks too. Every block is drawn
    independently: counterbalanced orders (A B in one block, B A in the next) make the signs of
    differences in drifting noise depend on each other, and intervals too narrow. A seed gives the
    same blocks however the benchmarks were collected. What is marked to share one CPU comes right
    after each other. What shares a module, a class or the value of a fixture does, as far as
    experiments and links allow, so that it is set up once.

    links: node ids of benchmarks that a claim compares. twice: whether each comes twice, the
    second time as ``… again``, to be compared with itself.
    """
    ordered = sorted(benchmarks, key=lambda one: one.nodeid)
    found: list[str] = []
    for together in nested(sets(ordered, links, lambda one: one.experiment), shuffle):
        marked = [one for one in together if one.one_cpu]
        free = [one for one in together if not one.one_cpu]
        units = sets(free, links, lambda one: one.nodeid) + ([marked] if marked else [])
        for unit in nested(units, shuffle):
            if twice:
                found += doubled(unit, shuffle)
            else:
                found += [one.nodeid for (one,) in nested([[one] for one in unit], shuffle)]
    return found


def doubled(unit: Sequence[Benchmark], shuffle: random.Random) -> list[str]:
    """Return each benchmark and its copy in random order; which of them is the copy is drawn."""
    drawn = [one.nodeid for (one,) in nested([[one] for one in unit for _ in range(2)], shuffle)]
    copies = {one.nodeid: shuffle.sample((AGAIN, ""), 2) for one in unit}
    return [nodeid + copies[nodeid].pop() for nodeid in drawn]


def sets(
    benchmarks: Sequence[Benchmark],
    links: Sequence[tuple[str, ...]],
    label: Callable[[Benchmark], str],
) -> list[list[Benchmark]]:
    """Return the benchmarks set by set: those of one label, and those that links connect.

    Sets that a link connects become one (union-find: each label has a representative). A link
    between groups that the author named connects nothing: they said what belongs together.
    """
    labels = {one.nodeid: label(one) for one in benchmarks}
    named = {labels[one.nodeid] for one in benchmarks if one.named}
    root = {name: name for name in labels.values()}

    def representative(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for link in links:
        ends = sorted({representative(labels[name]) for name in link if name in labels})
        if not named.issuperset(ends):
            root.update(dict.fromkeys(ends, ends[0]))
    together: dict[str, list[Benchmark]] = {}
    for one in benchmarks:
        together.setdefault(representative(labels[one.nodeid]), []).append(one)
    return list(together.values())


def nested(
    units: Sequence[list[Benchmark]], shuffle: random.Random, place: int = 0
) -> list[list[Benchmark]]:
    """Return units in random order, those that are in one place next to each other.

    place: which of the places to look at, the widest first.
    """
    if not any(place < len(one.places) for unit in units for one in unit):
        return shuffle.sample(units, len(units))
    alike: dict[object, list[list[Benchmark]]] = {}
    for number, unit in enumerate(units):
        values = {one.places[place] if place < len(one.places) else None for one in unit}
        alike.setdefault(values.pop() if len(values) == 1 else number, []).append(unit)
    parts = list(alike.values())
    return [
        unit
        for part in shuffle.sample(parts, len(parts))
        for unit in nested(part, shuffle, place + 1)
    ]
