"""No border of the interpreter's stack is near a benchmark, wherever it is called from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.engine.worker.depth import with_room

if TYPE_CHECKING:
    from collections.abc import Callable

resource = pytest.importorskip("resource")

CALLS = 200
"""Calls of the benchmark: each allocates a chunk anew where a border is near."""

PLACES = range(0, 130, 2)
"""Frames below which it is called: a chunk has room for some 110 of these."""


def down(frames: int) -> int:
    """Call itself so often."""
    return 0 if frames == 0 else 1 + down(frames - 1)


def below(frames: int, call: Callable[[], Any]) -> Any:
    """Call below so many frames."""
    return call() if frames == 0 else below(frames - 1, call)


def many() -> int:
    """Call a function of twelve frames often; return how many pages were new."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        down(12)
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="later Pythons keep the chunk")
def test_without_room_a_border_is_somewhere() -> None:
    """That is what the room is for: at some depth each call asks the system for memory."""
    assert max(below(place, many) for place in PLACES) >= CALLS


def test_with_room_no_border_is_near() -> None:
    """At no depth, also for a function that calls deeply."""
    assert max(below(place, lambda: with_room(many)) for place in PLACES) < CALLS


def test_what_is_called_returns_its_value() -> None:
    """And raises what it raises, as deeply as Python allows."""
    assert with_room(lambda: down(500)) == 500
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 / 0)
