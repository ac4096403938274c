"""Which benchmarks a run measures, and in which order: experiment by experiment, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from parallel_claims.measure import bridge
from parallel_claims.measure.rounds import group_of

if TYPE_CHECKING:
    import random
    from collections.abc import Container, Sequence

Turn: TypeAlias = tuple[pytest.Item, bool]
"""A variant in a block, and whether it is there again."""


def block(items: Sequence[pytest.Item], shuffle: random.Random, copies: int = 1) -> list[Turn]:
    """Return one block: the experiments in random order, and each one's variants too.

    Each item comes ``copies`` times, with whether it is there again. Every block is
    drawn independently: counterbalanced orders (ABBA) make the signs of differences in
    drifting noise depend on each other, and intervals too narrow. A seed gives the same
    blocks however the items were collected. Those of an experiment that share one CPU
    come right after each other.
    """
    groups: dict[str, list[Turn]] = {}
    for item in items:
        twice = [(item, copy > 0) for copy in range(copies)]
        groups.setdefault(group_of(item), []).extend(twice)
    order: list[Turn] = []
    for name in shuffle.sample(sorted(groups), len(groups)):
        turns = sorted(groups[name], key=lambda turn: (turn[0].nodeid, turn[1]))
        together = [turn for turn in turns if turn[0].get_closest_marker("one_cpu")]
        units = [[turn] for turn in turns if turn not in together]
        units += [shuffle.sample(together, len(together))] if together else []
        order += [turn for unit in shuffle.sample(units, len(units)) for turn in unit]
    return order


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
