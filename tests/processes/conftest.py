"""What the sessions of these tests load."""

from tests.fast import only_what_is_needed

__all__ = ["only_what_is_needed"]
