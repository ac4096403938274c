"""The command line: every bad input is one line and exit code 2."""

from __future__ import annotations

import typer

from analysis.commands.calibrate import calibrate_command
from analysis.commands.check import check
from analysis.commands.compare import compare
from analysis.commands.embed import embed_tables
from analysis.commands.history import history
from analysis.commands.report import report

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    rich_markup_mode=None, help="Judge saved benchmark results against claims.",
)  # fmt: skip
app.command()(check)
app.command()(compare)
app.command()(history)
app.command()(report)
app.command("calibrate")(calibrate_command)
app.command("embed")(embed_tables)
