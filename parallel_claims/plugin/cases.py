"""Which case of a parametrized test a marker means by ``[old]``.

An id may have hyphens, brackets and colons of its own, so it is not taken apart: pytest knows the
ids that it is made of.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from parallel_claims import bridge

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def meant(other: str, item: pytest.Item, items: Sequence[pytest.Item]) -> str | None:
    """Return the node id of the case with ``other`` in place of one of this one's parameters.

    Its own, where it has that parameter: it is what the others are compared with. None without one.
    """
    written = {other, escaped(other)}
    own = parts(item)
    if not written.isdisjoint(own):
        return item.nodeid
    siblings = {one: parts(one) for one in items if same_test(one, item)}
    whole = next((one.nodeid for one in siblings if bridge.parameters(one)[0] in written), None)
    if whole:
        return whole
    for number in range(len(own)):
        for one, there in siblings.items():
            alike = there[:number] + there[number + 1 :] == own[:number] + own[number + 1 :]
            if alike and len(there) == len(own) and there[number] in written:
                return one.nodeid
    return None


def same_test(one: pytest.Item, other: pytest.Item) -> bool:
    """Say whether two items are cases of one test."""
    return one.parent is other.parent and function_of(one) == function_of(other)


def function_of(item: pytest.Item) -> str:
    """Return a test's name without its parameters."""
    return str(getattr(item, "originalname", None) or item.name)


def case_of(item: pytest.Item) -> str:
    """Return a test's parameters as they stand in its name: ``[old-3]``; empty without any."""
    return item.name.removeprefix(function_of(item))


def parts(item: pytest.Item) -> tuple[str, ...]:
    """Return the id of each of a test's parameters.

    Where the author gave one id to several parameters together, it is one.
    """
    found: list[str] = []
    for told, values in bridge.parameter_sets(item):
        single = [words(name, number, value) for name, number, value in values]
        joined = "-".join(single)
        found += single if told in {joined, escaped(joined)} else [told]
    return tuple(found)


def words(name: str, number: int, value: object) -> str:
    """Return what pytest makes of one value in an id."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | complex | Enum) or value is None:
        return str(value)
    return str(getattr(value, "__name__", f"{name}{number}"))


def escaped(text: str) -> str:
    """Return a text as pytest shows it in an id, unless the ini file says otherwise."""
    return text.encode("unicode_escape").decode("ascii")
