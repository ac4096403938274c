"""The command line: reads, judges, writes; every bad input is one line and exit code 2."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import calibrate, embed, load
from analysis import claims as claims_file
from analysis.diagnose import diagnose
from analysis.errors import BadInputError
from analysis.judge import Outcome, Verdict, judge_run
from analysis.report import calibration, data, markdown, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FAILED, BAD_INPUT, NOT_DECIDED = 1, 2, 3

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    rich_markup_mode=None, help="Judge saved benchmark results against claims.",
)  # fmt: skip


@app.callback()
def _commands() -> None:
    """Judge saved benchmark results against claims."""


class Format(StrEnum):
    """What ``check`` writes."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


newest_here: Callable[[], Path] | None = None
"""Finds the newest run of this machine; set where the program is put together."""

measure_against_itself: Callable[[list[str], int, str], Path] | None = None
"""Measures variants against themselves for so many blocks at a scale; set like ``newest_here``."""

Claims = Annotated[
    Path, typer.Option("--claims", metavar="FILE", help="The claims (default: the course's).")
]


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES or FOLDERS]",
            help="Saved runs (default: the newest one of this machine).",
            show_default=False,
        ),
    ] = None,
    claims: Claims = claims_file.DEFAULT,
    output: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.TABLE,
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
        files = load.saved_files(paths or [default_run()])
    except BadInputError as error:
        fail(error)
    for path in files:
        try:
            verdicts.append(judge_run(load.read(path), known, strict=claims != claims_file.DEFAULT))
        except BadInputError as error:
            problems.append(error)
    if verdicts:
        sys.stdout.write(rendered(verdicts, output))
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")
    raise typer.Exit(exit_code([v for run in verdicts for v in run], problems, strict=strict))


@app.command("embed")
def embed_tables(
    file: Annotated[Path, typer.Argument(help="A Markdown file with markers.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 where it differs.")
    ] = False,
    claims: Claims = claims_file.DEFAULT,
) -> None:
    """Write the verdict tables of saved runs between the markers of a Markdown file.

    Markers: <!-- verdicts: PATH --> … <!-- end -->; with | ID ID before the arrow only those
    claims; <!-- side by side: PATH PATH --> for several runs. Paths are seen from the file.
    """
    try:
        before = embed.text_of(file)
        after = embed.refreshed(before, file, claims_file.read(claims))
    except BadInputError as error:
        fail(error)
    if before != after and check_only:
        sys.stderr.write(f"{file}: differs from the saved runs: python -m analysis embed {file}\n")
        raise typer.Exit(FAILED)
    if before != after:
        file.write_text(after, encoding="utf-8")


@app.command("calibrate")
def calibrate_command(
    noise: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[NOISE FILES]",
            help="CSVs of seconds, or runs measured with --against-itself (default: measure one).",
            show_default=False,
        ),
    ] = None,
    blocks: Annotated[
        int, typer.Option(min=10, help="Blocks of the A/A run that is measured.")
    ] = 60,
    scale: Annotated[str, typer.Option(help="Scale of the A/A run, as in measuring.")] = "quick",
    sims: Annotated[int, typer.Option(min=10, help="Simulated suites for each figure.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    claims: Claims = claims_file.DEFAULT,
) -> None:
    """Say how often this suite's verdicts are wrong on noise, and how small a difference it sees.

    Without NOISE FILES, the baselines are measured against themselves on this machine first.
    A calibration on such a run is saved beside it.
    """
    try:
        known = claims_file.read(claims)
        files = list(noise or ())
        if not files:
            files = [measured_noise(calibrate.baselines(known), blocks, scale)]
        run = next((load.read(file) for file in files if file.suffix == ".json"), None)
        real = None if run is None else calibrate.real_suites(run, calibrate.RULE.fewest)
        tables = [
            calibrate.calibrate(calibrate.read_noise(file), known, sims, seed) for file in files
        ]
    except BadInputError as error:
        fail(error)
    sys.stdout.write(calibration.render(tables, real))
    if run is not None:
        path = run.path.parent / load.CALIBRATION
        own = [table for table in tables if table["source"] == str(run.path)]
        path.write_text(calibrate.document(own, real), encoding="utf-8")
        sys.stdout.write(f"\nsaved: {path}\n")


def measured_noise(names: list[str], blocks: int, scale: str) -> Path:
    """Measure the baselines against themselves on this machine."""
    if measure_against_itself is None:
        message = "name the files that hold noise"
        raise BadInputError(message)
    return measure_against_itself(names, blocks, scale)


def default_run() -> Path:
    """Return the newest run that was saved for this machine."""
    if newest_here is None:
        message = "name the files or folders to judge"
        raise BadInputError(message)
    return newest_here()


def rendered(runs: Sequence[Sequence[Verdict]], output: Format) -> str:
    """Return the verdicts in the chosen format."""
    if output is Format.JSON:
        return data.render([verdict for run in runs for verdict in run])
    if output is Format.MARKDOWN:
        return "\n".join(
            markdown.render(verdicts, [f.sentence for f in diagnose(verdicts[0].run)])
            for verdicts in runs
        )
    return "\n".join(titled(run, several=len(runs) > 1) for run in runs)


def titled(verdicts: Sequence[Verdict], *, several: bool) -> str:
    """Return one run's table as this terminal can show it, under its path if it is not alone."""
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    width = shutil.get_terminal_size((80, 24)).columns
    run = verdicts[0].run
    notes = [*(f.sentence for f in diagnose(run)), calibrate.belonging_to(run)]
    text = terminal.render(verdicts, width=min(width, 100), color=color, utf8=utf8, notes=notes)
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


def fail(error: BadInputError) -> None:
    """Write one line and end with the exit code for bad input."""
    sys.stderr.write(f"error: {error}\n")
    raise typer.Exit(BAD_INPUT)
