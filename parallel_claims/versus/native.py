"""Where a side's native code lies in physical memory, drawn anew for each pair.

A file that two processes load is in memory once, in pages that stay where they are as long as
anything remembers the file. Which of them share a place in a cache of the processor is chance,
but the same chance for every process: two builds of one C extension with the same machine code,
even two copies of one file, differed by 3 to 5 % in single benchmarks, pair after pair. A new
copy before each pair makes of it what varies between pairs, and the interval tells of it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NATIVE = re.compile(r"\.(so|pyd|dll|dylib)(\.\d+)*$")

LARGEST = 64 << 20
"""Bytes of a side that are copied before a pair, at most; the smallest files come first."""


def of_their_own(first: Path, second: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the native files of two environments that are not one file in both.

    What an installer linked into both from one place lies in the same pages on both sides.
    """
    files = [list(native(folder)) for folder in (first, second)]
    there = [{identity(path) for path in paths} for paths in files]
    shared = there[0] & there[1]
    one, other = (
        smallest(path for path in paths if identity(path) not in shared) for paths in files
    )
    return one, other


def native(folder: Path) -> Iterator[Path]:
    """Yield the shared libraries and extension modules in a folder, not those behind links."""
    for name, _, files in os.walk(folder):
        yield from (
            path
            for file in files
            if NATIVE.search(file) and not (path := Path(name, file)).is_symlink()
        )


def identity(path: Path) -> tuple[int, int]:
    """Return what is the same for two names of one file."""
    found = path.stat()
    return found.st_dev, found.st_ino


def smallest(paths: Iterator[Path]) -> tuple[Path, ...]:
    """Return as many files as may be copied."""
    found, left = [], LARGEST
    for size, path in sorted((path.stat().st_size, path) for path in paths):
        left -= size
        if left < 0:
            break
        found.append(path)
    return tuple(found)


def move(path: Path) -> None:
    """Put a new copy in a file's place; leave it as it is where the system refuses.

    Processes that have loaded it keep the old one.
    """
    with suppress(OSError):
        handle, name = tempfile.mkstemp(prefix=".moved-", dir=path.parent)
        os.close(handle)
        try:
            shutil.copy2(path, name)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
