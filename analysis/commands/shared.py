"""What all commands share: options, exit codes, the terminal they write to."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from analysis.errors import BadInputError
from analysis.report.terminal import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FAILED, BAD_INPUT, NOT_DECIDED = 1, 2, 3


class Format(StrEnum):
    """What a command writes."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class CheckFormat(StrEnum):
    """What ``check`` writes: ``matrix`` is one Markdown table of several runs, side by side."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    MATRIX = "matrix"


Claims = Annotated[
    Path, typer.Option("--claims", metavar="FILE", help="The claims (default: the course's).")
]

NewestOrPaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILES or FOLDERS]",
        help="Saved runs (default: the newest one of this machine).",
        show_default=False,
    ),
]

Output = Annotated[Format, typer.Option("--format", help="What to write.")]

results = Path("results")
"""Where runs are saved unless the user says otherwise."""

newest_of: Callable[[str | None], Path] | None = None
"""Finds the newest run of a machine, or of this one; set where the program is put together."""

measure_against_itself: Callable[[list[str], int, str], Path] | None = None
"""Measures variants against themselves for so many blocks at a scale; set like ``newest_of``."""


def terminal_style() -> Style:
    """Return what the terminal that is written to can show."""
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    width = shutil.get_terminal_size((80, 24)).columns
    return Style(min(width, 100), color, utf8)


def tell(problems: Iterable[BadInputError], notes: Iterable[str] = ()) -> None:
    """Write one line a note and a problem."""
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")


def fail(error: BadInputError) -> NoReturn:
    """Write one line and end with the exit code for bad input."""
    tell([error])
    raise typer.Exit(BAD_INPUT)


def without(command: str, error: ModuleNotFoundError) -> BadInputError:
    """Return the error for a command whose extra is not installed."""
    message = f"{command} needs {error.name}: pip install 'parallel-claims[reports]'"
    return BadInputError(message)


def percentage(option: str, text: str) -> float:
    """Return ``5%`` or ``0.05`` as a share.

    Raises:
        BadInputError: it is none between 0 and 1.
    """
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        message = f"{option}: {text!r} is no share between 0 and 1: write 5% or 0.05"
        raise BadInputError(message)
    return value


def default_run(machine: str | None) -> Path:
    """Return the newest run that was saved for a machine, this one unless another is named."""
    if newest_of is None:
        message = "name the files or folders to judge"
        raise BadInputError(message)
    return newest_of(machine)
