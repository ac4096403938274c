"""``embed``: keep the tables inside a Markdown file equal to saved runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis import claims as claims_file
from analysis import embed
from analysis.commands.shared import FAILED, Claims, fail
from analysis.errors import BadInputError


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
