"""A file of our own that says itself whether it is whole, ours, and of what it says it is.

Its first bytes are the checksum of all the others; then come one line of JSON (what it is of,
and how long each piece is) and the pieces, end to end.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from parallel_claims.saved import atomic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class BrokenSealError(Exception):
    """The file is not, to the last bit, what was written under this name."""


def write(path: Path, of: Mapping[str, Any], pieces: Sequence[bytes]) -> None:
    """Write a file that is either absent or whole, and that no other user can read."""
    head = json.dumps({"of": of, "lengths": [len(piece) for piece in pieces]}).encode()
    content = b"\n".join([head, b"".join(pieces)])
    atomic.write(path, blake2b(content).digest() + content, private=True)


def read(path: Path) -> tuple[dict[str, Any], list[memoryview]]:
    """Return what a file is of, and its pieces.

    Raises:
        OSError: it cannot be read.
        BrokenSealError: a bit of it is not as it was written.
    """
    content = memoryview(path.read_bytes())
    size = blake2b().digest_size
    if blake2b(content[size:]).digest() != content[:size]:
        raise BrokenSealError(path)
    line = bytes(content[size:]).partition(b"\n")[0]
    head = json.loads(line)
    start, pieces = size + len(line) + 1, []
    for length in head["lengths"]:
        pieces.append(content[start : start + length])
        start += length
    return head["of"], pieces
