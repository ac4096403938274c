"""``embed``: keep the tables inside a Markdown file equal to saved runs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from parallel_claims.commands import shared, writing
from parallel_claims.commands.shared import FAILED, Claims, fail
from parallel_claims.errors import BadInputError
from parallel_claims.report import embed as tables
from parallel_claims.report.keeping import keep


def embed(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Markdown file with markers.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 where it differs.")
    ] = False,
    claims: Claims = None,
) -> None:
    """Keep tables of verdicts in a Markdown file as the runs say.

    Each is written between two markers: <!-- verdicts: PATH --> … <!-- end -->; with | ID ID
    before the arrow only those claims; <!-- side by side: PATH PATH --> for several runs, and
    <!-- compared: PATH PATH --> for what compare says of them. Paths are seen from the file.

    Exit code: 0, 1 with --check when the file differs, 2 bad input.

    Example: parallel-claims embed README.md
    """
    try:
        before = tables.text_of(file)
        after = tables.refreshed(before, file, shared.known_claims(claims))
    except BadInputError as error:
        fail(error)
    if before != after and check_only:
        command = shlex.join(["parallel-claims", "embed", str(file)])
        writing.line(f"{file}: differs from the saved runs: {command}")
        raise typer.Exit(FAILED)
    if before != after:
        try:
            keep(file, after)
        except BadInputError as error:
            fail(error)
