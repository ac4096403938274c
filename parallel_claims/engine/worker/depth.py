"""Where the stack stands when a benchmark is called: drawn anew for each round.

CPython 3.11 to 3.13 keeps the frames of Python functions in chunks of 16 KB, and gives a chunk
back as soon as its first frame is gone. A benchmark that calls functions at the border of a chunk
allocates and frees memory at every call, and takes up to 20 times as long. Where the border lies
depends on how many frames pytest and its plugins have on the stack, which is the same in every
process. Drawn anew for each round, it is one of the many things that vary from round to round,
and the median of a slice is that of a round away from the border.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

CHUNK = 16 * 1024
"""Bytes of a chunk (DATA_STACK_CHUNK_SIZE in CPython's pycore_pystate.h)."""

WORD = 8
"""Bytes of a slot of a frame."""

SLOTS = 120
"""Slots that a large frame has: about a kilobyte, so that few frames move the stack a long way."""

LARGE = CHUNK // (SLOTS * WORD)
"""Large frames that fill a chunk."""

SMALL = 10
"""Small frames, of about a hundred bytes, that are as large as a large one."""


def _small(frames: int, call: Callable[[], Any]) -> Any:
    """Call below so many more frames of the usual size."""
    return call() if frames == 0 else _small(frames - 1, call)


def _large(frames: int, small: int, call: Callable[[], Any]) -> Any:
    """Call below so many more large frames, and some small ones."""
    return _small(small, call) if frames == 0 else _large(frames - 1, small, call)


_large.__code__ = _large.__code__.replace(co_stacksize=SLOTS)


def drawn(draw: random.Random, call: Callable[[], Any]) -> Any:
    """Call with the stack somewhere in a chunk, each place as likely as any other."""
    return _large(draw.randrange(LARGE), draw.randrange(SMALL), call)
