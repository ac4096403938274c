"""What a side is, as the user writes it: a revision, a folder, a requirement, a Python."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from parallel_claims.errors import BadInputError
from parallel_claims.versus.sides import pythons

PYTHON = "python="


@dataclass(frozen=True)
class Text:
    """A side's text, taken apart: ``main,python=3.12`` has the source ``main``.

    source: empty where nothing but a Python is named. python: a version or a path; empty where
        it is this one.
    """

    whole: str
    source: str
    python: str


def taken_apart(text: str) -> Text:
    """Return a side's source and its Python.

    Raises:
        BadInputError: it is empty, or names two Pythons.
    """
    parts = [part.strip() for part in text.split(",")]  # a requirement has commas of its own
    found = [part for part in parts if is_python(part)]
    source = ",".join(part for part in parts if not is_python(part))
    if not source and not found:
        message = "a side is empty: name a revision, a folder, a requirement or python=VERSION"
        raise BadInputError(message)
    if len(found) > 1:
        message = f"{text}: a side has one Python, not {len(found)}"
        raise BadInputError(message)
    return Text(text, source, found[0].removeprefix(PYTHON) if found else "")


def is_python(part: str) -> bool:
    """Say whether a part is ``python=…`` or the path of a program."""
    if part.startswith(PYTHON):
        return True
    path = Path(part).expanduser()
    return pythons.is_path(part) and path.is_file() and os.access(path, os.X_OK)


def is_folder(source: str) -> bool:
    """Say whether a source is a folder, whatever else it may be."""
    return Path(source).expanduser().is_dir()


def surely_a_folder(source: str) -> bool:
    """Say whether a source is written so that it can only be a path."""
    return source.startswith(("./", "../", "/", "~")) or source in {".", ".."}


def as_requirement(source: str) -> Requirement | None:
    """Return the requirement that a source is; None where it is none.

    A bare name is none: a branch with a slip in it must not install what has that name.

    Raises:
        BadInputError: it looks like one and cannot be read.
    """
    if not re.search(r"[=<>~!]=|[<>\[]|://", source):
        return None
    try:
        found = Requirement(source)
    except InvalidRequirement:
        hint = '"NAME @ URL"' if "://" in source else 'one as "NAME==1.2" or "NAME[EXTRA]>=1,<2"'
        message = f"{source}: no revision or folder, and no requirement: write {hint}"
        raise BadInputError(message) from None
    return found


def pinned(requirement: Requirement) -> bool:
    """Say whether a requirement always means the same release."""
    return any(
        one.operator in {"==", "==="} and "*" not in one.version for one in requirement.specifier
    )
