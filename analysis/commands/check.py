"""``check``: say for each claim whether it holds on each saved run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import claims as claims_file
from analysis import folders, load
from analysis.commands import shared
from analysis.commands.shared import (
    BAD_INPUT,
    FAILED,
    NOT_DECIDED,
    CheckFormat,
    Claims,
    NewestOrPaths,
    fail,
    tell,
    terminal_style,
)
from analysis.diagnose import diagnose
from analysis.errors import BadInputError
from analysis.judge import Outcome, Verdict, judge_run
from analysis.report import data, markdown, notes, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def check(
    paths: NewestOrPaths = None,
    claims: Claims = claims_file.DEFAULT,
    machine: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The newest run of this machine instead of here."),
    ] = None,
    output: Annotated[
        CheckFormat,
        typer.Option("--format", help="What to write; matrix: several runs in one table."),
    ] = CheckFormat.TABLE,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a claim is undecided.")
    ] = False,
) -> None:
    """Say for each claim whether it holds on each saved run.

    Exit code: 0 no claim fails unexpectedly, 1 one does, 2 bad input, 3 with --strict when
    a claim is undecided.
    """
    problems: list[BadInputError] = []
    verdicts: list[list[Verdict]] = []
    try:
        known = claims_file.read(claims)
        files = folders.saved_files(paths or [shared.default_run(machine)])
    except BadInputError as error:
        fail(error)
    for path in files:
        try:
            verdicts.append(judge_run(load.read(path), known, strict=claims != claims_file.DEFAULT))
        except BadInputError as error:
            problems.append(error)
    if verdicts:
        sys.stdout.write(rendered(verdicts, output))
    tell(problems)
    raise typer.Exit(exit_code([v for run in verdicts for v in run], problems, strict=strict))


def rendered(runs: Sequence[Sequence[Verdict]], output: CheckFormat) -> str:
    """Return the verdicts in the chosen format."""
    if output is CheckFormat.JSON:
        return data.render([verdict for run in runs for verdict in run])
    if output is CheckFormat.MATRIX:
        return markdown.side_by_side(runs)
    if output is CheckFormat.MARKDOWN:
        return "\n".join(
            markdown.render(verdicts, [f.sentence for f in diagnose(verdicts[0].run)])
            for verdicts in runs
        )
    return "\n".join(titled(run, several=len(runs) > 1) for run in runs)


def titled(verdicts: Sequence[Verdict], *, several: bool) -> str:
    """Return one run's table as this terminal can show it, under its path if it is not alone."""
    run = verdicts[0].run
    text = terminal.render(verdicts, terminal_style(), notes.on(run))
    return f"{verdicts[0].run.path}\n{text}" if several and verdicts else text


def exit_code(
    verdicts: Iterable[Verdict], problems: Sequence[BadInputError], *, strict: bool
) -> int:
    """Return what the verdicts and problems come to: bad input first, then a failure."""
    found = list(verdicts)
    if problems:
        return BAD_INPUT
    if any(verdict.unexpected_failure for verdict in found):
        return FAILED
    undecided = any(verdict.outcome is Outcome.UNDECIDED for verdict in found)
    return NOT_DECIDED if strict and undecided else 0
