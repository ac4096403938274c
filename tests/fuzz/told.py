"""What every command must do, whatever it is given: no traceback, and nothing that steers."""

from __future__ import annotations

import json
import traceback
import warnings

from typer.testing import CliRunner, Result

from parallel_claims.cli import app

RUNNER = CliRunner()
CODES = {0, 1, 2, 3}


def told(*arguments: str) -> Result:
    """Run a command in this process; what it says and how it ends is as it must be."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = RUNNER.invoke(app, arguments)
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        raise AssertionError("".join(traceback.format_exception(error))) from error
    assert result.exit_code in CODES, arguments
    for text in (result.stdout, result.stderr):
        assert all(char.isprintable() or char in "\n\xa0\u200c\u200d\u3000" or zs(char)
                   for char in text), ascii(text)  # fmt: skip
    if "json" in arguments and result.stdout:
        json.loads(result.stdout)
    return result


def zs(char: str) -> bool:
    """Say whether a character is a kind of space."""
    return char.isspace() and len(char.splitlines()) == 1 and ord(char) > ord("\x7f")


def lines_of_errors(result: Result) -> None:
    """Each line of the standard error is ours."""
    for line in result.stderr.splitlines():
        assert line.startswith(("error: ", "note: ")), result.stderr
