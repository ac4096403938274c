"""What is our own mistake: a code of its own, one line, and the details in a private file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

INTERNAL_ERROR = 70
"""The exit code (EX_SOFTWARE of sysexits.h): 1 means that a claim fails, and nothing else."""


def ended(work: Callable[[], None]) -> None:
    """Do the work of a program; end it with ``INTERNAL_ERROR`` where that raises."""
    try:
        work()
    except Exception as error:  # noqa: BLE001  whatever it is: it must not look like a verdict
        sys.stderr.write(told(error) + "\n")
        sys.exit(INTERNAL_ERROR)


def told(error: BaseException) -> str:
    """Keep an error's details in a file that only this user can read; say it in a line."""
    kind, words = type(error).__name__, (str(error).splitlines() or [""])[0]
    line = f"error: internal: {kind}: {visible(words[:200])}"
    try:
        return f"{line}: details for a report: {kept(error)}"
    except OSError as why:
        return f"{line}: its details could not be kept: {why.strerror}"


def kept(error: BaseException) -> str:
    """Write an error's traceback, and what is running, to a new file; return its path.

    Raises:
        OSError: there is no place for it.
    """
    import platform
    import tempfile
    import traceback
    from importlib.metadata import version

    handle, path = tempfile.mkstemp(prefix="parallel-claims-error-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        own = version("parallel-claims")
        file.write(f"parallel-claims {own}, Python {sys.version}, {platform.platform()}\n")
        file.write(f"{sys.argv}\n\n")
        file.writelines(traceback.format_exception(error))
    return path
