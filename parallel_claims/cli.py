"""The command line: every bad input is one line and exit code 2."""

from __future__ import annotations

import errno
import inspect
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from parallel_claims import __version__
from parallel_claims.commands.after import PytestArguments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = (
    "lint",
    "check",
    "report",
    "versus",
    "compare",
    "history",
    "recover",
    "calibrate",
    "embed",
    "fleet",
)
"""In the order in which one needs them; each is the function of its name in its own module."""

BEFORE_PYTEST = {"lint", "versus", "fleet"}
"""Those that hand arguments on to pytest."""


def function(name: str) -> Callable[..., Any]:
    """Import what a command does: no command waits for the modules of another."""
    found: Callable[..., Any] = getattr(import_module(f"parallel_claims.commands.{name}"), name)
    return found


def example(name: str) -> str:
    """Return the example in a command's help."""
    return (inspect.getdoc(function(name)) or "").rpartition("Example: ")[2]


class Commands(Mapping[str, Any]):
    """The commands by name, each made when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return a command as typer makes it."""
        if name not in COMMANDS:
            raise KeyError(name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cls=PytestArguments if name in BEFORE_PYTEST else None)(function(name))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the order of need."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(COMMANDS)


class Group(TyperGroup):
    """The program: its commands, and in its help an example of each."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = Commands()

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples below the help."""
        self.epilog = "\b\nExamples, after measuring with pytest --blocks:\n  "
        self.epilog += "\n  ".join(map(example, COMMANDS))
        super().format_epilog(ctx, formatter)


app = typer.Typer(
    cls=Group, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


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
        app(prog_name=program, default_map=dict.fromkeys(COMMANDS, defaults))
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        no_room(error)


def no_room(error: OSError) -> None:
    """Say in one line that a disk is full, and end."""
    from parallel_claims.commands import writing
    from parallel_claims.commands.shared import BAD_INPUT

    writing.forget(sys.stdout)
    where = error.filename or "standard output"
    writing.line(f"error: {where}: cannot be written: {error.strerror}: make room")
    sys.exit(BAD_INPUT)
