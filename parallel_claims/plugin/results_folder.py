"""Whether a run can be saved where it is to be: asked before anything is measured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def check(folder: Path) -> None:
    """Refuse to measure what could not be saved.

    Raises:
        pytest.UsageError: the folder, or the nearest there is above it, is none, or read-only.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        why = f"{there} is no folder"
    elif not os.access(there, os.W_OK | os.X_OK):
        why = f"{there} cannot be written"
    else:
        return
    message = (
        f"{folder}: no run can be saved there, {why}; nothing was measured: name another folder "
        "with --blocks-results=PATH"
    )
    raise pytest.UsageError(message)
