"""Which benchmarks a run measures, and in which order: group by group, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from parallel_claims.measure import bridge
from parallel_claims.measure.rounds import group_of, named_group

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Container, Sequence


class Turn(NamedTuple):
    """A benchmark's turn in a block.

    again: whether it is there a second time, to be compared with itself.
    share: how much of its slice it takes now.
    """

    item: pytest.Item
    again: bool = False
    share: float = 1.0


SCOPES = ("session", "package", "module", "class")
"""The scopes of fixtures that tests share, the widest first."""


def block(
    items: Sequence[pytest.Item],
    shuffle: random.Random,
    copies: int = 1,
    links: Sequence[tuple[str, ...]] = (),
    divisible: Callable[[pytest.Item], bool] = lambda _: False,
) -> list[Turn]:
    """Return one block: the groups in random order, and each one's benchmarks too.

    Each item comes ``copies`` times, with whether it is there again. Every block is
    drawn independently: counterbalanced orders (AB in one block, BA in the next) make the
    signs of differences in drifting noise depend on each other, and intervals too narrow.
    Within a block, what a claim links runs A B B A, in halves of slices, where all of it is
    ``divisible``: a drift then meets both alike. A seed gives the same blocks however the items
    were collected. What is marked to share one CPU comes right after each other. Tests with the
    same values of parametrized fixtures do, as far as groups and links allow.

    links: node ids of tests that a claim compares.
    """
    items = sorted(items, key=lambda item: item.nodeid)
    turns: list[Turn] = []
    for group in nested(sets(items, links, group_of), shuffle):
        marked = [item for item in group if item.get_closest_marker("one_cpu")]
        free = [item for item in group if item not in marked]
        units = sets(free, links, lambda item: item.nodeid) + ([marked] if marked else [])
        for unit in nested(units, shuffle):
            drawn = [
                item for (item,) in nested([[i] for i in unit for _ in range(copies)], shuffle)
            ]
            if len(unit) > 1 and unit is not marked and copies == 1 and all(map(divisible, unit)):
                half = [Turn(item, share=0.5) for item in drawn[:-1]]
                turns += [*half, Turn(drawn[-1]), *reversed(half)]
            else:
                copy = {i.nodeid: shuffle.sample(range(copies), copies) for i in unit}
                turns += [Turn(item, copy[item.nodeid].pop() > 0) for item in drawn]
    return turns


def sets(
    items: Sequence[pytest.Item],
    links: Sequence[tuple[str, ...]],
    label: Callable[[pytest.Item], str],
) -> list[list[pytest.Item]]:
    """Return the items set by set: those of one label, and those that links connect.

    A link between groups that the author named connects nothing: they said what belongs together.
    """
    labels = {item.nodeid: label(item) for item in items}
    named = {labels[item.nodeid] for item in items if named_group(item)}
    root = {name: name for name in labels.values()}

    def found(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for link in links:
        ends = sorted({found(labels[name]) for name in link if name in labels})
        if not named.issuperset(ends):
            root.update(dict.fromkeys(ends, ends[0]))
    together: dict[str, list[pytest.Item]] = {}
    for item in items:
        together.setdefault(found(labels[item.nodeid]), []).append(item)
    return list(together.values())


def nested(
    units: Sequence[list[pytest.Item]], shuffle: random.Random, scopes: Sequence[str] = SCOPES
) -> list[list[pytest.Item]]:
    """Return units in random order, those with one value of a shared fixture next to each other."""
    if not scopes:
        return shuffle.sample(units, len(units))
    alike: dict[object, list[list[pytest.Item]]] = {}
    for number, unit in enumerate(units):
        values = {shared(item, scopes[0]) for item in unit}
        alike.setdefault(values.pop() if len(values) == 1 else number, []).append(unit)
    parts = list(alike.values())
    return [
        unit
        for part in shuffle.sample(parts, len(parts))
        for unit in nested(part, shuffle, scopes[1:])
    ]


def shared(item: pytest.Item, scope: str) -> object:
    """Return the values of the parametrized fixtures of a scope, and where they are shared.

    Without any, all items are alike: fixtures without parameters stay set up.
    """
    values = bridge.shared_parameters(item).get(scope, [])
    kinds: dict[str, type[pytest.Collector]] = {
        "module": pytest.Module,
        "class": pytest.Class,
        "package": pytest.Package,
    }
    node = item.getparent(kinds[scope]) if values and scope in kinds else None
    return (tuple(values), node and node.nodeid)


def links(items: Sequence[pytest.Item], compared: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return the node ids of benchmarks that are compared; they are named short or in full."""
    nodeids = {name: item.nodeid for item in items for name in (item.name, item.nodeid)}
    return [tuple(nodeids[name] for name in names if name in nodeids) for names in compared]


def is_named(item: pytest.Item, names: Container[str]) -> bool:
    """Say whether an item is among benchmarks that are named short or in full."""
    return item.name in names or item.nodeid in names


def named_in(text: str, measured: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the variants named by --blocks-against-itself, separated by commas.

    Raises:
        pytest.UsageError: a name that no variant has.
    """
    names = text.split(",")
    known = {item.name: item for item in measured}
    for name in names:
        if name not in known:
            message = f"--blocks-against-itself: no variant {name!r} here: {', '.join(known)}"
            raise pytest.UsageError(message)
    return [known[name] for name in names]


def chosen(session: pytest.Session) -> bool:
    """Say whether the user asked for some paths only, and not for all that is collected."""
    config = session.config
    folders = [config.rootpath, *(config.rootpath / name for name in config.getini("testpaths"))]
    asked = [config.invocation_params.dir / arg for arg in bridge.paths_asked_for(session)]
    return not {path.resolve() for path in folders} & {path.resolve() for path in asked}
