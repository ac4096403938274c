"""What the user can put right: one line that names file, place, value and remedy."""

from __future__ import annotations

from parallel_claims.visible import visible


class BadInputError(Exception):
    """A file or a claim that cannot be used; the message is one line, and shown as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class NothingMeasuredError(BadInputError):
    """A measurement was asked for, and there is nothing to measure; the message says why."""
