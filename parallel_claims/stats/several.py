"""Several questions decided together: the two procedures, each in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

Key = TypeVar("Key", bound="Hashable")


def holm(
    decides: Mapping[Key, Callable[[float], bool]], level: float, total: int | None = None
) -> dict[Key, float]:
    """Return which questions are decided, each with the level at which it was (Holm, 1979).

    With probability ``level`` at most any question is decided wrongly: each is asked at the level
    over the number that are still undecided, until no more are decided.

    decides: says of each question whether it is decided at a level. total: how many questions
    there are, those that are not asked counted; as many as are asked unless given.
    """
    left = len(decides) if total is None else total
    found: dict[Key, float] = {}
    while new := [
        key
        for key, decided in decides.items()
        if key not in found and decided(level / (left - len(found)))
    ]:
        found |= dict.fromkeys(new, level / (left - len(found)))
    return found


def benjamini_hochberg(
    p: Mapping[Key, float], level: float, total: int | None = None, earlier: int = 0
) -> dict[Key, float]:
    """Return which findings are made, each with the level at which it was.

    At most a share ``level`` of the findings is expected to be false (Benjamini & Hochberg, 1995).

    p: the p-value against each finding. total: as for ``holm``. earlier: how many findings there
    are already: they count, so that the promise is kept at each of several looks.
    """
    total = len(p) if total is None else total
    ordered = sorted(p, key=p.__getitem__)
    for count in range(len(ordered), 0, -1):
        threshold = level * (earlier + count) / total
        if p[ordered[count - 1]] <= threshold:
            return dict.fromkeys(ordered[:count], threshold)
    return {}


def at_most(p: Mapping[Key, float]) -> dict[Key, Callable[[float], bool]]:
    """Return what says of each question whether its p-value decides it at a level."""
    return {key: value.__le__ for key, value in p.items()}
