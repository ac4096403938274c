"""What the user can put right: one line that names file, place, value and remedy."""

from __future__ import annotations


class BadInputError(Exception):
    """A file or a claim that cannot be used; the message is shown as it is."""
