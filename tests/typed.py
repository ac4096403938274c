"""Command lines, done in this process: one that is started reads pandas and scipy for seconds."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from parallel_claims import cli

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {"COLUMNS": "80", "PATH": "", "NO_COLOR": None, "FORCE_COLOR": None}
"""The environment of a pipe, in which there is no other program."""


def typed(
    folder: Path, *words: str, claims: Path | None = None, program: str = "parallel-claims"
) -> subprocess.CompletedProcess[str]:
    """Do in a folder what a command line does; return its exit code and what it writes.

    claims: the file of claims unless another is named. What the commands do not end by themselves
    is raised here, where a program would tell an internal error.
    """
    defaults = dict.fromkeys(cli.COMMANDS, {"claims": claims} if claims else {})
    with contextlib.chdir(folder):
        result = CliRunner().invoke(
            cli.app, words, env=PLAIN, prog_name=program, default_map=defaults
        )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(words, result.exit_code, result.stdout, result.stderr)
