"""The script that draws charts in a browser, made once for each version of it.

Bundling it takes seconds, and gives the same every time: it is kept where the user's programs
keep what they can make again (``$XDG_CACHE_HOME``, else ``~/.cache``).
"""

from __future__ import annotations

import base64
import gzip
import os
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import vl_convert

from parallel_claims.saved import atomic

MOST_BYTES = 5_000_000
"""What is larger than this was not written by us."""


@cache
def script() -> str:
    """Return the script, packed: gzip, in base64."""
    return packed(source())


@cache
def source() -> str:
    """Return Vega, Vega-Lite and their embedding as one script."""
    kept = place()
    try:
        if kept is not None and 0 < kept.stat().st_size < MOST_BYTES:
            return kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass  # there is none yet, or it cannot be read: it is made again
    made = str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    if kept is not None:
        keep(kept, made)
    return made


def packed(made: str) -> str:
    """Return a text as a third of its size, the same each time."""
    return base64.b64encode(gzip.compress(made.encode(), mtime=0)).decode("ascii")


def place() -> Path | None:
    """Return where the script is kept; None for a user without a home."""
    named = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = Path(named) if named else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "parallel-claims" / f"vega-{version('vl-convert-python')}.js"


def keep(kept: Path, made: str) -> None:
    """Write the script so that another program never sees half of it; or leave it."""
    with suppress(OSError):  # a home that cannot be written: the next report takes as long
        kept.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(kept, made)
