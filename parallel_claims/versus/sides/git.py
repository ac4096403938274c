"""Git, asked so that it changes nothing that nobody asked it to change."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import running
from parallel_claims.versus.sides.running import FailedError, environment, output

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "advice.detachedHead": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.looseCompression": "0",
    "core.splitIndex": "false",
    "gc.auto": "0",
}


def git(*arguments: str | Path, given: str | None = None, **more: str) -> str:
    """Run git, without hooks and without writing what it does not have to.

    more: environment variables.

    Raises:
        FailedError: it failed.
    """
    settings = [part for one in SETTINGS.items() for part in ("-c", "=".join(one))]
    quiet = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return output(
        ["git", *settings, *arguments],
        env=environment(**quiet, **more),
        given=given,
        seconds=running.COPYING,
    )


def repository_of(folder: Path) -> Path | None:
    """Return the highest folder of the repository that a folder lies in; None where in none.

    Raises:
        BadInputError: git is not there, or does not want to read it.
    """
    if shutil.which("git") is None:
        message = "git is needed to copy the files of a side: install it"
        raise BadInputError(message)
    try:
        top = git("-C", folder, "rev-parse", "--show-toplevel")
    except FailedError as error:
        if "not a git repository" in str(error) or "must be run in a work tree" in str(error):
            return None
        message = f"{folder}: {error}"
        raise BadInputError(message) from None
    return folder.__class__(top.removesuffix("\n"))


def ignored(folder: Path, top: Path) -> bool:
    """Say whether git ignores a folder."""
    try:
        git("-C", top, "check-ignore", "-q", folder)
    except FailedError:
        return False
    return folder != top
