"""What all commands share: options, exit codes, the terminal they write to."""

from __future__ import annotations

import os
import shutil
import sys
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from parallel_claims import quantities
from parallel_claims.commands import writing
from parallel_claims.errors import BadInputError, NothingMeasuredError
from parallel_claims.report.terminal import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.claims_file import ClaimsFile
    from parallel_claims.report.tables import Document

FAILED, BAD_INPUT, NOT_DECIDED, NOTHING_MEASURED = 1, 2, 3, 5
"""Exit codes, the same in every command: docs/commands.md has the table."""


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
    Path | None,
    typer.Option(
        "--claims",
        metavar="FILE",
        help="The claims (default: those that pyproject.toml names, or claims.toml).",
        show_default=False,
    ),
]

NewestOrPaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="RUNS",
        help="Files, or folders of them (default: the newest run of this machine).",
        show_default=False,
    ),
]

Output = Annotated[Format, typer.Option("--format", help="What to write.")]


def results() -> Path:
    """Return where runs are saved unless the user says otherwise, seen from here.

    That is the folder ``results`` here, or else that of the project that this folder lies in.
    """
    from parallel_claims.judge import claims_file

    here = Path(RESULTS)
    if here.is_dir():
        return here
    return Path(os.path.relpath(claims_file.project(Path.cwd()) / RESULTS))


RESULTS = "results"


def terminal_style() -> Style:
    """Return what the terminal that is written to can show."""
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    width = shutil.get_terminal_size((80, 24)).columns
    return Style(min(width, 100), color, utf8)


def tell(problems: Iterable[BadInputError], notes: Iterable[str] = ()) -> None:
    """Write one line a note and a problem."""
    for note in notes:
        writing.line(f"note: {note}")
    for problem in problems:
        writing.line(f"error: {problem}")


def write(text: str, *, data: bool = False) -> None:
    """Write what was found to the standard output, or end with one line where it cannot be.

    data: it is JSON.
    """
    try:
        writing.out(text, data=data)
    except BadInputError as error:
        fail(error)


def write_as(document: Document, output: Format | CheckFormat) -> None:
    """Write a document in the chosen format, or end with one line where it cannot be written."""
    write(in_format(document, output), data=output == Format.JSON)


def in_format(document: Document, output: Format | CheckFormat) -> str:
    """Return a document in the chosen format."""
    from parallel_claims.report import data, markdown, terminal

    if output == Format.JSON:
        return data.text(document)
    if output == Format.MARKDOWN:
        return markdown.text(document)
    return terminal.text(document, terminal_style())


def fail(error: BadInputError) -> NoReturn:
    """Write one line and end with the exit code for bad input, or for nothing to measure."""
    tell([error])
    raise typer.Exit(NOTHING_MEASURED if isinstance(error, NothingMeasuredError) else BAD_INPUT)


def without(command: str, error: ModuleNotFoundError) -> BadInputError:
    """Return the error for a command whose extra is not installed."""
    message = f"{command} needs {error.name}: pip install 'parallel-claims[reports]'"
    return BadInputError(message)


def percentage(option: str, text: str) -> float:
    """Return ``5%`` or ``0.05`` as a share.

    Raises:
        BadInputError: it is none between 0 and 1.
    """
    return converted(option, text, quantities.share)


def seconds(option: str, text: str) -> float:
    """Return ``90s`` or ``4min`` in seconds.

    Raises:
        BadInputError: it is no time above 0.
    """
    return converted(option, text, quantities.seconds)


def converted(option: str, text: str, convert: Callable[[str], float]) -> float:
    """Return what an option's text stands for.

    Raises:
        BadInputError: it stands for nothing that is allowed; the message begins with the option.
    """
    try:
        return convert(text)
    except ValueError as error:
        message = f"{option}: {error}"
        raise BadInputError(message) from None


def known_claims(path: Path | None) -> ClaimsFile:
    """Return the claims named, or those of the project that this folder lies in.

    Raises:
        BadInputError: there are none, or they cannot be read.
    """
    found = claims_if_any(path)
    if found is None:
        message = (
            "no claims here: name a file with --claims FILE, write claims.toml, or add "
            '[tool.parallel-claims] claims = "FILE" to pyproject.toml'
        )
        raise BadInputError(message)
    return found


def claims_if_any(path: Path | None) -> ClaimsFile | None:
    """Return the claims named, or those of the project that this folder lies in; None if none.

    Raises:
        BadInputError: they cannot be read.
    """
    from parallel_claims.judge import claims_file

    found = path or claims_file.find(Path.cwd())
    return claims_file.read(found) if found else None


def chosen_claims(known: Sequence[Claim], ids: Sequence[str]) -> Sequence[Claim]:
    """Return the claims named, all without a name.

    Raises:
        BadInputError: there is no such claim; the message names the nearest.
    """
    there = {claim.id: claim for claim in known}
    for claim_id in ids:
        if claim_id not in there:
            near = get_close_matches(claim_id, there, n=3, cutoff=0.3)
            hint = f"; nearest: {', '.join(near)}" if near else f" among the {len(there)} there are"
            message = f"no claim {claim_id!r}{hint}"
            raise BadInputError(message)
    return [there[claim_id] for claim_id in ids] or known


def default_run(machine: str | None) -> Path:
    """Return the newest run that was saved for a machine, this one unless another is named."""
    from parallel_claims.machine.naming import machine_name
    from parallel_claims.saved.newest import newest

    return newest(results(), machine or machine_name())
