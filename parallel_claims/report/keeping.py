"""Writes files that somebody may have already: each is whole afterwards, or as it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.saved import atomic

if TYPE_CHECKING:
    from pathlib import Path


def keep(path: Path, text: str) -> None:
    """Write a file, what is not there of its folders too; its permissions stay as they are.

    Raises:
        BadInputError: it cannot be written; what was there before is there still.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")  # a device or a pipe: nothing to keep
            return
        mode = target.stat().st_mode if target.exists() else None
        atomic.write(target, text)
        if mode is not None:
            target.chmod(mode)
    except OSError as error:
        message = (
            f"{path}: cannot be written: {error.strerror}; a file that was there is as it was: "
            "make room, or name another place"
        )
        raise BadInputError(message) from None
