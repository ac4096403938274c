"""``report``: pages that people look at, and their charts as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.shared import BAD_INPUT, Claims, NewestOrPaths, fail, tell, without
from parallel_claims.errors import BadInputError
from parallel_claims.judge.claims_file import ClaimsFile
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import notes
from parallel_claims.saved import reading
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from parallel_claims.report.page import Judged


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
    claims: Claims = None,
) -> None:
    """Write a page that needs no network, or a site of pages.

    Exit code: 0, 2 bad input; what could be read is in the report all the same.

    Example: parallel-claims report results/ --output site/
    """
    try:
        from parallel_claims.follow import runs as saved_runs
        from parallel_claims.report import pictures, site
    except ModuleNotFoundError as error:
        fail(without("report", error))
    try:
        known = shared.claims_if_any(claims) or ClaimsFile()
        chosen = paths or [shared.default_run(None)]
        runs = saved_runs.read(chosen)

        def judged(path: str) -> Judged:
            return judge(path, known)

        if output.suffix == ".html":
            text, shown, problems = site.one_page(runs, known, judged)
            site.write(output.parent, {output.name: text})
            told = f" of {chosen[0]}" if not paths else ""
            shared.write(visible(f"wrote {output}{told}") + "\n")
        else:
            made = site.site(runs, known, judged)
            shown, problems = made.shown, made.problems
            site.write(output, made.pages)
            index = visible(str(output / "index.html"))
            shared.write(f"wrote {index} and {len(made.pages) - 1} pages\n")
        if charts is not None:
            pictures.write(charts, shown, known.chart)
    except BadInputError as error:
        fail(error)
    tell(problems, runs.notes)
    raise typer.Exit(BAD_INPUT if problems else 0)


def judge(path: str, known: ClaimsFile) -> Judged:
    """Read and judge one run, with what disturbed it and how it is calibrated."""
    from parallel_claims.report.page import Judged

    run = reading.read(Path(path))
    return Judged(run, judge_run(run, known.claims, strict=known.strict), notes.on(run))
