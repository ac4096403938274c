"""Where saved runs lie: the files that a path stands for, and the newest run of a machine.

A run is saved as ``<results>/<machine>/<python build>/NNNN_<UTC time>_<size>.json``.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.saved.names import AGAINST_ITSELF

if TYPE_CHECKING:
    from collections.abc import Iterable

CALIBRATION = "calibration.json"
"""The name under which a machine's calibration lies beside its runs."""

JOURNAL = ".journal.jsonl"
"""How the name of a run's journal ends; it lies beside saved runs until the run has ended."""

NOT_JUDGED = (CALIBRATION, f"{AGAINST_ITSELF}.json")
"""Ends of names of files that lie beside the runs of a folder and are none to judge."""

VERSUS = "versus"
"""The folder beside those of machines in which `versus` saves: sides of comparisons, no series."""

SAVED_AT = re.compile(r"^(\d{4,})_(?:(\d{8}T\d{6}Z)_)?")
"""The number of a saved run and the time in its name, which older runs do not have."""


def is_run(name: str) -> bool:
    """Say whether a file in a folder of results is a run to judge, by its name."""
    return name.endswith(".json") and not name.startswith(".") and not name.endswith(NOT_JUDGED)


def is_apart(name: str) -> bool:
    """Say whether a folder in a folder of results holds no runs of a series, by its name."""
    return name.startswith(".") or name == VERSUS


def is_text(name: str) -> bool:
    """Say whether a name can be written as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def runs_in(folder: Path, problems: list[BadInputError]) -> list[str]:
    """Return the saved runs in a folder and all below it, seen from it, sorted by folder.

    They are text, as there may be thousands. Hidden folders are left out, and what `versus`
    saved unless its folder is named. A folder that cannot be read is added to ``problems``, and
    the rest goes on.
    """

    def unreadable(error: OSError) -> None:
        problems.append(BadInputError(f"{error.filename}: cannot be read: {error.strerror}"))

    found = []
    for path, inside, names in os.walk(folder, onerror=unreadable):
        inside[:] = sorted(name for name in inside if not is_apart(name))
        place = Path(path).relative_to(folder).as_posix()
        start = "" if place == "." else f"{place}/"
        for name in sorted(filter(is_run, names)):
            if is_text(start + name):
                found.append(start + name)
            else:
                shown = ascii(start + name)
                problems.append(
                    BadInputError(f"{folder}: {shown}: its name is not UTF-8: rename it")
                )
    return found


def saved_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the folders named, sorted within a folder.

    Raises:
        BadInputError: a path does not exist or cannot be read, or a folder holds no saved run.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            problems: list[BadInputError] = []
            found = [path / place for place in runs_in(path, problems)]
            if problems:
                raise problems[0]
            if not found:
                message = f"{path}: no saved run (*.json) in this folder: {unsaved(path)}"
                raise BadInputError(message)
            files += found
        elif path.exists():
            files.append(path)
        else:
            message = f"{path}: no such file or folder"
            raise BadInputError(message)
    return files


def journals_in(folder: Path) -> list[Path]:
    """Return the journals of runs that did not end, or have not yet, in a folder and all below."""
    return sorted(
        path
        for path in folder.rglob(f"*{JOURNAL}")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def unsaved(folder: Path) -> str:
    """Say what to do where a folder has no saved run."""
    count = len(journals_in(folder))
    if not count:
        return "measure one first"
    what = "the journal of a run" if count == 1 else f"the journals of {count} runs"
    return f"but {what} that did not end: parallel-claims recover {shlex.quote(str(folder))}"


def numbered(root: Path, number: int) -> list[Path]:
    """Return the runs under ``root`` that were saved under a number; none without the folder.

    Raises:
        BadInputError: a folder cannot be read.
    """
    problems: list[BadInputError] = []
    found = [root / place for place in runs_in(root, problems)] if root.is_dir() else []
    if problems:
        raise problems[0]
    return [p for p in found if SAVED_AT.match(p.name) and saved_at(p.name)[1] == number]


def saved_at(name: str) -> tuple[str, int]:
    """Return the time and the number in the name of a saved run, as far as it has them."""
    found = SAVED_AT.match(name)
    return (found[2] or "", int(found[1])) if found else ("", 0)


def label(name: str) -> str:
    """Return what a saved run's name says of its size, without number and time."""
    return SAVED_AT.sub("", name).removesuffix(".json")
