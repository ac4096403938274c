"""``lint``: say what is wrong with claims before anything is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from parallel_claims.commands import shared
from parallel_claims.commands.after import pytest_arguments
from parallel_claims.commands.shared import FAILED, fail
from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.judge.lint import PLACE, Suite, problems, readable
from parallel_claims.versus.sides import running

if TYPE_CHECKING:
    from collections.abc import Sequence

COLLECTOR = "parallel_claims.commands.collected"
"""The plugin that writes down what pytest collects; it is loaded by name, in its own process."""

SECONDS = 120.0
"""What collecting a suite may take: its modules are imported, whatever they do."""


def lint(
    ctx: typer.Context,
    claims: Annotated[
        Path | None,
        typer.Argument(
            metavar="CLAIMS",
            help="The claims (default: those that pyproject.toml names, or claims.toml).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what is wrong with claims, without measuring anything.

    Names that no benchmark has, or several; claims that cannot both hold; markers that nobody
    declared; sentences on claims that there are not. Benchmarks are those that pytest collects
    here; what follows -- is handed on to it.

    Exit code: 0 nothing is wrong, 1 something is, 2 the claims or the suite cannot be read.

    Example: parallel-claims lint claims.toml
    """
    try:
        path = claims or claims_file.find(Path.cwd())
        known, found = readable(path) if path is not None else (claims_file.ClaimsFile(), [])
        suite = collected(pytest_arguments(ctx))
        if path is None and not suite.claims and not suite.problems:
            shared.known_claims(path)
        found += problems(path, known, suite)
    except BadInputError as error:
        fail(error)
    count = len(suite.benchmarks)
    told = f"nothing is wrong with the claims on {count} benchmark{'s' * (count != 1)}"
    shared.write("\n".join(found or [told]) + "\n")
    raise typer.Exit(FAILED if found else 0)


def collected(arguments: Sequence[str]) -> Suite:
    """Return what pytest collects in this folder.

    Raises:
        BadInputError: it cannot collect it; the message is pytest's own.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", COLLECTOR]
    command += ["-W", "ignore::pytest.PytestUnknownMarkWarning", "-o", "strict_markers=false"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "collected.json"
        try:
            with running.started(
                [*command, *arguments],
                env={**os.environ, PLACE: str(place)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process:
                told, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            message = f"pytest --collect-only gave no answer within {SECONDS:.0f} s: it was ended"
            raise BadInputError(message) from None
        if process.returncode not in {0, NONE_THERE} or not place.exists():
            message = f"pytest cannot collect the suite here: {said(told)}"
            raise BadInputError(message)
        return msgspec.json.decode(place.read_bytes(), type=Suite)


def said(told: str) -> str:
    """Return where and why pytest cannot collect a suite, from what it writes."""
    rows = told.splitlines()
    places = [row[5:].lstrip(": ") for row in rows if row.startswith(("ERROR ", "ERROR:"))]
    why = [row[1:].strip() for row in rows if row.startswith("E  ")]
    return ": ".join([*places[:1], *why[-1:]]) or running.telling(told)


NONE_THERE = 5
"""pytest's exit code where it collects nothing."""
