"""Saving what a host handed back: checked by the ordinary reader, under a number of its own."""

from __future__ import annotations

import re
from pathlib import Path

from parallel_claims.errors import BadInputError
from parallel_claims.journal.writing import reserve
from parallel_claims.machine.naming import checked_name
from parallel_claims.saved import atomic, reading
from parallel_claims.saved.checking import checked
from parallel_claims.saved.names import build_of

NUMBERED = re.compile(r"\d{4,}_([\w.-]+\.json)", re.ASCII)


def keep(results: Path, host: str, name: str, text: str) -> Path:
    """Save one file of a host below ``results``, as a run of that machine is; return where.

    Raises:
        BadInputError: it is no saved run, or names a machine that no folder can have.
    """
    said = Path(f"{host}: {name}")
    content = text.encode()
    run = checked(said, reading.decode(said, content))
    rest = NUMBERED.fullmatch(name)
    if rest is None:
        message = f"{said}: not named as a saved run is: NNNN_….json"
        raise BadInputError(message)
    try:
        places = [checked_name(str(run.machine.get("name"))), checked_name(build_of(run.machine))]
    except ValueError as error:
        message = f"{said}: the name of a folder in it {error}"
        raise BadInputError(message) from None
    folder = results.joinpath(*places)
    folder.mkdir(parents=True, exist_ok=True)
    number, taken = reserve(folder)
    path = folder / f"{number:04}_{rest[1]}"
    try:
        atomic.write(path, text)
    finally:
        taken.unlink()
    return path
