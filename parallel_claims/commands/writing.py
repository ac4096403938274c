"""The one place that writes to the standard output and to the standard error."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.report.terminal import ASCII
from parallel_claims.visible import lines, shortened, visible

if TYPE_CHECKING:
    from typing import TextIO


def out(text: str, *, data: bool = False) -> None:
    """Write a text to the standard output, so that nothing in it steers a terminal.

    A reader that has gone is no error: it had what it wanted, and the exit code says the rest.

    data: it is JSON, and stays so also where the encoding is not UTF-8.

    Raises:
        BadInputError: it cannot be written.
    """
    colours = sys.stdout.isatty()
    parts = re.split(COLOUR, text) if colours else [text]
    clean = "".join(part if re.fullmatch(COLOUR, part) else lines(part) for part in parts)
    try:
        sys.stdout.write(encodable(clean, sys.stdout.encoding or "ascii", data=data))
        sys.stdout.flush()
    except BrokenPipeError:
        forget(sys.stdout)
    except OSError as error:
        forget(sys.stdout)
        message = (
            f"standard output: cannot be written: {error.strerror}; what was saved before stays: "
            "make room, or write elsewhere"
        )
        raise BadInputError(message) from None


COLOUR = r"(\x1b\[[0-9;]*m)"
"""What our own tables have where the terminal shows colours."""


def line(text: str) -> None:
    """Write one line to the standard error, if it can be written."""
    try:
        sys.stderr.write(visible(shortened(text)) + "\n")
        sys.stderr.flush()
    except OSError:  # nobody can be told, and the exit code says it
        forget(sys.stderr)


def encodable(text: str, encoding: str, *, data: bool) -> str:
    """Return a text that an encoding can write: plain signs for ours, escapes for all else."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text if data else text.translate(ASCII)
        return plain.encode(encoding, ESCAPED).decode(encoding)
    return text


def escaped(error: UnicodeError) -> tuple[str, int]:
    """Return as JSON would write it what an encoding does not have."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


ESCAPED = "parallel-claims-escaped"
codecs.register_error(ESCAPED, escaped)


def forget(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere: Python would complain of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
