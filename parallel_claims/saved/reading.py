"""The only reader of saved runs: bytes to a checked run.

Everything a file can have wrong with it is found on the way and told in one line.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from typing import TYPE_CHECKING, Any, cast

import msgspec

from parallel_claims.errors import BadInputError
from parallel_claims.visible import in_json

if TYPE_CHECKING:
    from pathlib import Path

from parallel_claims.saved.checking import checked
from parallel_claims.saved.folders import JOURNAL
from parallel_claims.saved.form import Info, OurFile, Run, SavedFile, Times


def read(path: Path, *, times_only: bool = False) -> Run:
    """Read and check one saved file.

    times_only: leave out what was recorded beside the times.

    Raises:
        BadInputError: the file cannot be read, is not pytest-benchmark's, or holds what
            cannot be judged.
    """
    if path.name.endswith(JOURNAL):
        save = f"parallel-claims recover {shlex.quote(str(path))}"
        message = f"{path}: the journal of a run that did not end: {save}"
        raise BadInputError(message)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    return checked(path, decode(path, content, OUR_TIMES if times_only else OURS))


def from_document(path: Path, document: dict[str, Any]) -> Run:
    """Check a run of this suite that is not saved yet, as if it had been read from ``path``.

    Raises:
        BadInputError: it holds what cannot be judged.
    """
    return checked(path, msgspec.convert(document, OurFile[Info], str_keys=True))


def decode(
    path: Path, content: bytes, ours: msgspec.json.Decoder[Any] | None = None
) -> SavedFile | OurFile[Any]:
    """Decode a file's bytes.

    Raises:
        BadInputError: they are not JSON, or not of pytest-benchmark's form.
    """
    if not content.strip():
        message = f"{path}: the file is empty: measure again"
        raise BadInputError(message)
    try:
        content = in_json(content)
        if b'"parallel_claims"' in content:
            with contextlib.suppress(msgspec.ValidationError):
                return cast("OurFile[Any]", (ours or OURS).decode(content))
        return ANYONES.decode(content)
    except msgspec.ValidationError as error:
        message = f"{path}: {why_invalid(content, error)}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path}: {why_malformed(content, error)}"
    except RecursionError:
        message = f"{path}: {TOO_DEEP}"
    raise BadInputError(message)


OURS = msgspec.json.Decoder(OurFile[Info])


OUR_TIMES = msgspec.json.Decoder(OurFile[Times])


ANYONES = msgspec.json.Decoder(SavedFile)


def why_invalid(content: bytes, error: msgspec.ValidationError) -> str:
    """Say why JSON is not a saved file, and whose file it may be."""
    if "parallel_claims" in str(error):
        try:
            OURS.decode(content)
        except msgspec.ValidationError as own:
            return f"not as this suite saves it: {own}: measure again"
    known = next((tool for key, tool in OTHER_TOOLS.items() if key in content[:2000]), None)
    whose = f" (it looks like {known}'s)" if known else ""
    return f"not a file saved by pytest-benchmark{whose}: {error}"


TOO_DEEP = "not a saved run: nested too deeply"


OTHER_TOOLS = {
    b'"result_columns"': "asv",
    b'"perf_version"': "pyperf",
    b'"command":': "hyperfine",
}
"""What gives away a file of another tool, near its beginning."""


def why_malformed(content: bytes, error: Exception) -> str:
    """Say what is wrong with bytes that are not strict JSON."""
    constants: list[str] = []
    try:
        json.loads(content, parse_constant=constants.append)
    except ValueError:
        if "truncated" in str(error):
            return (
                "truncated JSON: the writing was cut off, or goes on: read again, or measure again"
            )
        return f"not JSON: {error}"
    except RecursionError:
        return TOO_DEEP
    if not constants:
        return f"not JSON: {error}"
    return "holds NaN or Infinity, which is no time: remove that benchmark or measure again"
