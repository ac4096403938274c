"""``history``: what changed from run to run, when, and between which commits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.shared import (
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
from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track


def history(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUNS", help="Files, or folders of them (default: results).", show_default=False
        ),
    ] = None,
    claims: Claims = None,
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
    """Say what changed from run to run, and when.

    The runs of each machine, Python build and size are a series of their own, whose claims
    share 5 % of false alarms. Exit code: 0, 1 with --fail-on-regression when the newest level is
    worse than the one before, 2 bad input.

    Example: parallel-claims history --fail-on-regression
    """
    try:
        from parallel_claims.follow import history as following
        from parallel_claims.follow import runs as saved_runs
    except ModuleNotFoundError as error:
        fail(without("history", error))
    try:
        known = shared.chosen_claims(shared.known_claims(claims).claims, claim or ())
        runs = saved_runs.read(paths or [shared.results()])
        if since is not None:
            runs = following.since(runs, since.replace(tzinfo=UTC))
        tracks = following.tracks(runs, known)
    except BadInputError as error:
        fail(error)
    shared.write(rendered(tracks, output), data=output is Format.JSON)
    tell(runs.problems, runs.notes)
    if runs.problems:
        raise typer.Exit(BAD_INPUT)
    regressed = any(track.regressed for track in tracks)
    raise typer.Exit(FAILED if fail_on_regression and regressed else 0)


def rendered(tracks: Sequence[Track], output: Format) -> str:
    """Return the history in the chosen format."""
    from parallel_claims.report import past

    if output is Format.JSON:
        return past.as_json(tracks)
    if output is Format.MARKDOWN:
        return past.as_markdown(tracks)
    return past.text(tracks, terminal_style())
