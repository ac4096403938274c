"""``history``: what changed from run to run, when, and between which commits."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
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
    tell,
    terminal_style,
    without,
)
from analysis.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.history import Track


def history(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES or FOLDERS]", help="Saved runs (default: results).", show_default=False
        ),
    ] = None,
    claims: Claims = claims_file.DEFAULT,
    claim: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this claim; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only runs from this day on (UTC)."),
    ] = None,
    fail_on_regression: Annotated[
        bool,
        typer.Option(
            "--fail-on-regression", help="Exit with 1 when the newest level of a claim is worse."
        ),
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Follow the claims over the runs of each machine, Python build and scale.

    All claims of a series of runs share 5 % of false alarms. Exit code: 0, 1 with
    --fail-on-regression when the newest level is worse than the one before, 2 bad input.
    """
    try:
        from analysis import history as following  # with all it needs, it takes half a second
        from analysis import runs as saved_runs
    except ModuleNotFoundError as error:
        fail(without("history", error))
    try:
        known = chosen(claims_file.read(claims), claim or (), claims)
        runs = saved_runs.read(paths or [shared.results])
        if since is not None:
            runs = following.since(runs, since.replace(tzinfo=UTC))
        tracks = following.tracks(runs, known)
    except BadInputError as error:
        fail(error)
    sys.stdout.write(rendered(tracks, output))
    tell(runs.problems, runs.notes)
    if runs.problems:
        raise typer.Exit(BAD_INPUT)
    regressed = any(track.regressed for track in tracks)
    raise typer.Exit(FAILED if fail_on_regression and regressed else 0)


def chosen(
    known: Sequence[claims_file.Claim], ids: Sequence[str], file: Path
) -> Sequence[claims_file.Claim]:
    """Return the claims named, all without a name.

    Raises:
        BadInputError: there is no such claim.
    """
    there = {claim.id: claim for claim in known}
    for claim_id in ids:
        if claim_id not in there:
            message = f"{file}: no claim {claim_id!r}; there are {', '.join(there)}"
            raise BadInputError(message)
    return [there[claim_id] for claim_id in ids] or known


def rendered(tracks: Sequence[Track], output: Format) -> str:
    """Return the history in the chosen format."""
    from analysis.report import past

    if output is Format.JSON:
        return past.as_json(tracks)
    if output is Format.MARKDOWN:
        return past.as_markdown(tracks)
    return past.text(tracks, terminal_style())
