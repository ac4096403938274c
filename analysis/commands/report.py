"""``report``: pages that people look at, and their charts as pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis import claims as claims_file
from analysis import load
from analysis.commands import shared
from analysis.commands.shared import BAD_INPUT, Claims, NewestOrPaths, fail, tell, without
from analysis.errors import BadInputError
from analysis.judge import judge_run
from analysis.report import notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.report.page import Judged


def report(
    paths: NewestOrPaths = None,
    output: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="The page to write; a path that does not end in .html is a folder, which gets an "
            "index and a page for each machine.",
        ),
    ] = Path("report.html"),
    charts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the charts there too, as SVG and PNG."),
    ] = None,
    claims: Claims = claims_file.DEFAULT,
) -> None:
    """Write a report as one HTML file that needs no network, or a site of them.

    Exit code: 0, 2 bad input; what could be read is in the report all the same.
    """
    try:
        from analysis import runs as saved_runs  # with all it needs, it takes a second
        from analysis.report import pictures, site
    except ModuleNotFoundError as error:
        fail(without("report", error))
    try:
        known, advice = claims_file.read(claims), claims_file.read_advice(claims)
        runs = saved_runs.read(paths or [shared.default_run(None)])

        def judged(path: str) -> Judged:
            return judge(path, known, strict=claims != claims_file.DEFAULT)

        if output.suffix == ".html":
            text, shown, problems = site.one_page(runs, known, advice, judged)
            site.write(output.parent, {output.name: text})
            sys.stdout.write(f"wrote {output}\n")
        else:
            made = site.site(runs, known, advice, judged)
            shown, problems = made.shown, made.problems
            site.write(output, made.pages)
            sys.stdout.write(f"wrote {output / 'index.html'} and {len(made.pages) - 1} pages\n")
        if charts is not None:
            pictures.write(charts, shown)
    except BadInputError as error:
        fail(error)
    tell(problems, runs.notes)
    raise typer.Exit(BAD_INPUT if problems else 0)


def judge(path: str, known: Sequence[claims_file.Claim], *, strict: bool) -> Judged:
    """Read and judge one run, with what disturbed it and how it is calibrated."""
    from analysis.report.page import Judged

    run = load.read(Path(path))
    verdicts = judge_run(run, known, strict=strict)
    return Judged(verdicts, notes.on(run))
