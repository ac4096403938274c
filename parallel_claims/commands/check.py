"""``check``: say for each claim whether it holds on each saved run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.shared import (
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
from parallel_claims.errors import BadInputError
from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.noise.diagnose import diagnose
from parallel_claims.report import checked, data, markdown, notes, terminal
from parallel_claims.saved import folders, reading
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parallel_claims.judge.claims_file import ClaimsFile


def check(
    paths: NewestOrPaths = None,
    claims: Claims = None,
    machine: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The newest run of this machine instead of here."),
    ] = None,
    output: Annotated[
        CheckFormat,
        typer.Option("--format", help="What to write; matrix: several runs in one table."),
    ] = CheckFormat.TABLE,
    every: Annotated[
        bool, typer.Option("--all", help="Tell every claim, not only what is news.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a claim is undecided.")
    ] = False,
) -> None:
    """Say whether each claim holds; without claims, what each takes.

    Exit code: 0 no claim fails unexpectedly, 1 one does, 2 bad input, 3 with --strict when
    a claim is undecided.

    Example: parallel-claims check results/
    """
    problems: list[BadInputError] = []
    verdicts: list[list[Verdict]] = []
    try:
        known = shared.claims_if_any(claims)
        files = folders.saved_files(paths or [shared.default_run(machine)])
    except BadInputError as error:
        fail(error)
    if known is None:
        without_claims(files, output)
    for path in files:
        try:
            verdicts.append(judge_run(reading.read(path), known.claims, strict=known.strict))
        except BadInputError as error:
            problems.append(error)
    if verdicts:
        text = rendered(verdicts, output, known, every=every)
        shared.write(text, data=output is CheckFormat.JSON)
    tell(problems)
    raise typer.Exit(exit_code([v for run in verdicts for v in run], problems, strict=strict))


def without_claims(files: Sequence[Path], output: CheckFormat) -> NoReturn:
    """Write what each benchmark takes, and end: nothing is judged."""
    from parallel_claims.judge.timing import timings
    from parallel_claims.report import timed

    problems, runs = [], []
    for path in files:
        try:
            run = reading.read(path)
            runs.append((run, timings(run)))
        except BadInputError as error:
            problems.append(error)
    documents = [(run, timed.document(run, found, notes.on(run))) for run, found in runs]
    if output is CheckFormat.JSON and runs:
        about = [checked.about_run(run, diagnose(run)) for run, _ in runs]
        shared.write(data.text(timed.several(runs, about)), data=True)
    elif output is CheckFormat.TABLE:
        style = terminal_style()
        texts = [f"{visible(str(run.path))}\n{terminal.text(d, style)}" for run, d in documents]
        shared.write("\n".join(texts))
    else:
        shared.write("\n".join(markdown.text(document) for _, document in documents))
    tell(problems)
    raise typer.Exit(BAD_INPUT if problems else 0)


def rendered(
    runs: Sequence[Sequence[Verdict]], output: CheckFormat, known: ClaimsFile, *, every: bool
) -> str:
    """Return the verdicts in the chosen format."""
    if output is CheckFormat.MATRIX:
        return markdown.text(checked.matrix(runs))
    found = [diagnose(verdicts[0].run) for verdicts in runs]
    if output is CheckFormat.JSON:
        return data.text(checked.several(runs, found))
    if output is CheckFormat.MARKDOWN:
        return "\n".join(
            markdown.text(checked.document(verdicts, [one.sentence for one in noise]))
            for verdicts, noise in zip(runs, found, strict=True)
        )
    return "\n".join(told(run, known, every=every) for run in runs)


def told(verdicts: Sequence[Verdict], known: ClaimsFile, *, every: bool) -> str:
    """Return one run under its path: in short, or every claim of it."""
    run = verdicts[0].run
    rest = "every claim: check --all; a page: report"
    beside = notes.on(run)
    found = (
        checked.document(verdicts, beside)
        if every
        else checked.brief(verdicts, known.advice, beside, rest)
    )
    return f"{visible(str(run.path))}\n{terminal.text(found, terminal_style())}"


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
