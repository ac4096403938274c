"""Where the stack stands when a benchmark is called: at the beginning of a chunk with much room.

CPython 3.11 to 3.13 keeps the frames of Python functions in chunks of 16 KB, and gives a chunk
back as soon as its first frame is gone. A benchmark that calls functions at the border of a chunk
allocates and frees memory at every call, and takes up to 20 times as long. Where the border lies
depends on how many frames pytest and its plugins have on the stack: a wrapper that does nothing
moves it, in every process alike.

A frame that is larger than a chunk gets a chunk of its own, of the next power of two that holds
it, and the frames of all that it calls lie in the rest: no border is near.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")

ROOM = 512 * 1024
"""Bytes for the frames of what is called: some thousand frames, as many as Python allows."""

WORD = 8
"""Bytes of a slot of a frame."""

OWN = 1024
"""Bytes by which the frame is larger than the room, so that the chunk is twice as large."""


def with_room(call: Callable[[], Found]) -> Found:
    """Return what ``call`` returns, called at the beginning of a chunk of its own."""
    return call()


with_room.__code__ = with_room.__code__.replace(co_stacksize=(ROOM + OWN) // WORD)
