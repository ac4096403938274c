"""Judge benchmark results: intervals against claims, measured in interleaved blocks.

What is named in ``__all__`` is public and described in docs/api.md; everything else is internal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parallel_claims.__main__ import main
    from parallel_claims.api import check, compare, newest, read
    from parallel_claims.engine.outcome import Outcome
    from parallel_claims.engine.questions import Look, Question, Size
    from parallel_claims.errors import BadInputError
    from parallel_claims.machine.cpus import cpu_model, siblings, usable_cpus
    from parallel_claims.machine.python import gil_enabled, python_build
    from parallel_claims.processes.belongings import environment_apart, memory_name
    from parallel_claims.processes.parent import die_with_parent, end_with_parent

__version__ = "0.2.0"

__all__ = [
    "BadInputError",
    "Look",
    "Outcome",
    "Question",
    "Size",
    "__version__",
    "check",
    "compare",
    "cpu_model",
    "die_with_parent",
    "end_with_parent",
    "environment_apart",
    "gil_enabled",
    "main",
    "memory_name",
    "newest",
    "python_build",
    "read",
    "siblings",
    "usable_cpus",
]

HOMES = {
    "BadInputError": "errors",
    "Look": "engine.questions",
    "Outcome": "engine.outcome",
    "Question": "engine.questions",
    "Size": "engine.questions",
    "check": "api",
    "compare": "api",
    "cpu_model": "machine.cpus",
    "die_with_parent": "processes.parent",
    "end_with_parent": "processes.parent",
    "environment_apart": "processes.belongings",
    "gil_enabled": "machine.python",
    "main": "__main__",
    "memory_name": "processes.belongings",
    "newest": "api",
    "python_build": "machine.python",
    "read": "api",
    "siblings": "machine.cpus",
    "usable_cpus": "machine.cpus",
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
