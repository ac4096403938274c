"""What every command must do, whatever it is given: no traceback, and nothing that steers."""

from __future__ import annotations

import json
import traceback
import warnings

from typer.testing import CliRunner, Result

from parallel_claims.cli import app
from parallel_claims.visible import visible

RUNNER = CliRunner()
CODES = {0, 1, 2, 3}


def told(*arguments: str) -> Result:
    """Run a command in this process; what it says and how it ends is as it must be."""
    result = ended(*arguments)
    for text in (result.stdout, result.stderr):
        assert all(char == "\n" or visible(char) == char for char in text), ascii(text)
    if "json" in arguments and result.stdout:
        json.loads(result.stdout)
    return result


def ended(*arguments: str) -> Result:
    """Run a command in this process; it ends with a code that is documented, and by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = RUNNER.invoke(app, arguments)
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        raise AssertionError("".join(traceback.format_exception(error))) from error
    assert result.exit_code in CODES, arguments
    return result


def lines_of_errors(result: Result) -> None:
    """Each line of the standard error is ours."""
    for line in result.stderr.splitlines():
        assert line.startswith(("error: ", "note: ")), result.stderr
