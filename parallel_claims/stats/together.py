"""Many questions decided together, at one level for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


T = TypeVar("T")


def decided_together(
    deciders: Mapping[str, Callable[[float], T]], alpha: float, undecided: T
) -> dict[str, tuple[T, float]]:
    """Decide several questions so that with probability ``alpha`` at most one is decided wrongly.

    Each decider gives its outcome at a level. Holm (1979): each is asked at ``alpha`` over
    the number that are still undecided, until no more can be decided. Returns each outcome
    with its level.
    """
    decided: dict[str, tuple[T, float]] = {}
    while len(decided) < len(deciders):
        level = alpha / (len(deciders) - len(decided))
        found = {
            key: (decide(level), level) for key, decide in deciders.items() if key not in decided
        }
        new = {key: value for key, value in found.items() if value[0] != undecided}
        if not new:
            return decided | found
        decided |= new
    return decided
