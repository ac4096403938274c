"""``history``: alarms from run to run, when, between which commits, and whether they are true."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims.commands import confirming, shared
from parallel_claims.commands.shared import (
    BAD_INPUT,
    FAILED,
    NOTHING_MEASURED,
    Claims,
    Format,
    Output,
    fail,
    tell,
    without,
)
from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track
    from parallel_claims.versus.confirming import Confirmation


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
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Measure what is worse in pairs, as `versus` does."),
    ] = False,
    unconfirmed: Annotated[
        bool,
        typer.Option("--unconfirmed", help="Exit with 1 for an alarm that nothing confirms, too."),
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say what may have changed from run to run, and when.

    The runs of each machine, Python build and size are a series of their own, whose claims and
    looks share 5 % of false alarms. A change of the machine that lasts raises an alarm, too:
    measuring both commits in pairs confirms it or not.

    Exit code: 0, 1 when a claim's benchmark no longer runs, with --confirm when an alarm of worse
    is confirmed, or with --unconfirmed when there is one, 2 bad input, 5 with --confirm when an
    alarm could not be measured.

    Example: parallel-claims history --confirm
    """
    try:
        from parallel_claims.follow import history as following
        from parallel_claims.follow import runs as saved_runs
        from parallel_claims.report import past
    except ModuleNotFoundError as error:
        fail(without("history", error))
    try:
        known = shared.chosen_claims(shared.known_claims(claims).claims, claim or ())
        runs = saved_runs.read(paths or [shared.results()])
        if since is not None:
            runs = following.since(runs, since.replace(tzinfo=UTC))
        tracks = following.tracks(runs, known)
        confirmed = confirming.of(tracks) if confirm else []
    except BadInputError as error:
        fail(error)
    shared.write_as(past.document(tracks, confirmed=confirmed), output)
    tell(runs.problems, runs.notes)
    if runs.problems:
        raise typer.Exit(BAD_INPUT)
    raise typer.Exit(exit_code(tracks, confirmed, unconfirmed=unconfirmed))


def exit_code(
    tracks: Sequence[Track], confirmed: Sequence[Confirmation], *, unconfirmed: bool
) -> int:
    """Return what the series come to: what is broken, worse for sure, or could not be measured."""
    alarmed = unconfirmed and any(track.worse for track in tracks)
    broken = any(track.broken for track in tracks)
    if alarmed or broken or any(one.confirmed for one in confirmed):
        return FAILED
    return 0 if all(one.measured for one in confirmed) else NOTHING_MEASURED
