"""The command line: every bad input is one line and exit code 2."""

from __future__ import annotations

import errno
import inspect
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from parallel_claims import __version__
from parallel_claims.commands import writing
from parallel_claims.commands.after import PytestArguments
from parallel_claims.commands.calibrate import calibrate
from parallel_claims.commands.check import check
from parallel_claims.commands.compare import compare
from parallel_claims.commands.embed import embed
from parallel_claims.commands.fleet import fleet
from parallel_claims.commands.history import history
from parallel_claims.commands.recover import recover
from parallel_claims.commands.report import report
from parallel_claims.commands.shared import BAD_INPUT
from parallel_claims.commands.versus import versus

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (check, report, versus, compare, history, recover, calibrate, embed, fleet)
"""In the order in which one needs them."""


def example(command: object) -> str:
    """Return the example in a command's help."""
    return (inspect.getdoc(command) or "").rpartition("Example: ")[2]


app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    epilog="\b\nExamples, after measuring with pytest --benchmark-only:\n  "
    + "\n  ".join(map(example, COMMANDS)),
)  # fmt: skip

for command in COMMANDS:
    app.command(cls=PytestArguments if command in {versus, fleet} else None)(command)


def show_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it so
    """Write the version, and end."""
    if wanted:
        typer.echo(f"parallel-claims {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Judge benchmark results by claims: intervals from interleaved blocks, in plain words."""


def run(program: str, claims: Path | None = None) -> None:
    """Run the command line.

    program: how it is called. claims: the file of claims unless another is named.
    """
    defaults = {"claims": claims} if claims else {}
    try:
        app(prog_name=program, default_map={command.__name__: defaults for command in COMMANDS})
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        writing.forget(sys.stdout)
        where = error.filename or "standard output"
        writing.line(f"error: {where}: cannot be written: {error.strerror}: make room")
        sys.exit(BAD_INPUT)
