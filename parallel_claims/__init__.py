"""Judge benchmark results: intervals against claims, measured in interleaved blocks.

What is named in ``__all__`` is public and described in docs/api.md; everything else is internal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parallel_claims.api import check, compare, read
    from parallel_claims.engine.outcome import Outcome
    from parallel_claims.engine.questions import Size
    from parallel_claims.errors import BadInputError

__version__ = "0.2.0"

__all__ = ["BadInputError", "Outcome", "Size", "__version__", "check", "compare", "read"]

HOMES = {
    "BadInputError": "errors",
    "Outcome": "engine.outcome",
    "Size": "engine.questions",
    "check": "api",
    "compare": "api",
    "read": "api",
}
"""The module that each public name is in; it is imported when the name is first used."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: pytest loads this package in every session."""
    if name not in HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names, those that are not imported yet among them."""
    return sorted({*globals(), *__all__})
