"""``compare``: the same claims on other machines, Pythons or commits, side by side."""

from __future__ import annotations

import glob
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import claims as claims_file
from analysis.commands import shared
from analysis.commands.shared import (
    BAD_INPUT,
    FAILED,
    Claims,
    Format,
    Output,
    fail,
    percentage,
    tell,
    terminal_style,
)
from analysis.errors import BadInputError

if TYPE_CHECKING:
    from analysis.compare import Comparison


def compare(
    sides: Annotated[
        list[str],
        typer.Argument(
            metavar="A B …",
            help="Files, folders, machines, builds, or machine/build; A is what others are "
            "compared with. Several runs of a side are combined.",
        ),
    ],
    claims: Claims = claims_file.DEFAULT,
    within: Annotated[
        str, typer.Option(metavar="P", help="Differences up to this are “same”.")
    ] = "5%",
    scale: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use only runs of this scale.")
    ] = None,
    across_scales: Annotated[
        bool, typer.Option("--across-scales", help="Compare sides of different scales.")
    ] = False,
    seconds: Annotated[
        bool, typer.Option("--seconds", help="Compare seconds too (within one machine only).")
    ] = False,
    fail_on_worse: Annotated[
        bool, typer.Option("--fail-on-worse", help="Exit with 1 when something is worse.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what is better, worse or the same on other machines, Pythons or commits.

    Exit code: 0, 1 with --fail-on-worse when something is worse, 2 bad input.
    """
    from analysis import compare as comparing  # with all it needs, it takes half a second

    try:
        known = claims_file.read(claims)
        read = comparing.sides(
            [(name, place(name)) for name in at_least_two(sides)], scale, across=across_scales
        )
        found = comparing.compare(read, known, percentage("--within", within), seconds=seconds)
    except BadInputError as error:
        fail(error)
    problems = [problem for side in read for problem in side.runs.problems]
    sys.stdout.write(rendered(found, output))
    tell(problems, (note for side in read for note in side.runs.notes))
    changes = {shift.change for row in (*found.claims, *found.seconds) for shift in row.shifts}
    if problems:
        raise typer.Exit(BAD_INPUT)
    raise typer.Exit(FAILED if fail_on_worse and comparing.Change.WORSE in changes else 0)


def at_least_two(names: list[str]) -> list[str]:
    """Return the sides.

    Raises:
        BadInputError: there is only one, or one without a name.
    """
    if not all(names):
        message = "a side has an empty name: name a file, a folder, a machine or a build"
        raise BadInputError(message)
    if len(names) < len("AB"):
        message = f"{' '.join(names)}: a comparison needs two sides or more"
        raise BadInputError(message)
    return names


def place(name: str) -> Path:
    """Return the path that a side's name stands for: itself, a machine's or build's folder.

    Raises:
        BadInputError: it is none, or a build that several machines have.
    """
    if name and Path(name).exists():
        return Path(name)
    root = shared.results
    found = [
        path
        for path in (root / name, *sorted(root.glob(f"*/{glob.escape(name)}")))
        if path.is_dir()
    ]
    if len(found) == 1 and found[0].resolve().is_relative_to(root.resolve()):
        return found[0]
    if found:
        message = f"{name}: {len(found)} machines have it: write {' or '.join(map(str, found))}"
    else:
        there = sorted({p.name for pattern in ("*/", "*/*/") for p in root.glob(pattern)})
        message = f"{name}: no such file, folder, machine or build" + (
            f" (in {root}: {', '.join(there)})" if there else ""
        )
    raise BadInputError(message)


def rendered(found: Comparison, output: Format) -> str:
    """Return the comparison in the chosen format."""
    from analysis.report import compared

    if output is Format.JSON:
        return compared.as_json(found)
    if output is Format.MARKDOWN:
        return compared.as_markdown(found)
    return compared.text(found, terminal_style())
