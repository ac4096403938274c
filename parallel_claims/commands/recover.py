"""``recover``: make saved files of journals, for runs that had no time to save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims.commands import shared
from parallel_claims.commands.shared import BAD_INPUT, fail, tell
from parallel_claims.commands.writing import out
from parallel_claims.errors import BadInputError
from parallel_claims.saved import folders

if TYPE_CHECKING:
    from parallel_claims.journal.recover import Recovered


def recover(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="JOURNALS",
            help="Journals (*.journal.jsonl), or folders of them (default: the results here).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Save what a run that was killed had measured, from its journal.

    The file is marked as partial; the journal is removed once the file is on the disk. To go on
    measuring instead: pytest --blocks --blocks-resume.

    Exit code: 0, 2 bad input; what could be recovered is saved all the same.

    Example: parallel-claims recover results/
    """
    from parallel_claims.journal.recover import recover as recovered

    problems: list[BadInputError] = []
    try:
        journals = [path for place in places or [shared.results()] for path in journals_at(place)]
    except BadInputError as error:
        fail(error)
    for path in journals:
        try:
            out(told(path, recovered(path)))
        except BadInputError as error:
            problems.append(error)
        except OSError as error:
            reason = error.strerror or error
            problems.append(BadInputError(f"{path}: cannot be saved, and stays: {reason}"))
    tell(problems)
    raise typer.Exit(BAD_INPUT if problems else 0)


def journals_at(place: Path) -> list[Path]:
    """Return the journals that a path stands for.

    Raises:
        BadInputError: there is no such path.
    """
    if not place.is_dir():
        if not place.exists():
            message = f"{place}: no such file or folder"
            raise BadInputError(message)
        return [place]
    found = folders.journals_in(place)
    if not found:
        out(f"{place}: nothing to recover: no journal (*{folders.JOURNAL}) in it\n")
    return found


def told(path: Path, made: Recovered) -> str:
    """Say what became of a journal, in a line."""
    note = f"; {made.note}" if made.note else ""
    if made.saved is None:
        return f"{path}: no round was finished: removed{note}\n"
    if not made.rounds:
        return f"saved: {made.saved}{note}\n"
    rounds = "1 round" if made.rounds == 1 else f"{made.rounds} rounds"
    blocks = "1 whole block" if made.blocks == 1 else f"{made.blocks} whole blocks"
    return f"saved: {made.saved}: {rounds}, {blocks}{note}\n"
