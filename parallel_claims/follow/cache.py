"""A cache of the tables of a folder's runs, in Parquet beside them.

It lies in a hidden folder of the results, which only its user can enter, and is safe to
delete. It is never trusted over the files: a run is taken from it only while its file is the
same with the size and the times it had when it was read; and a part of it that is not, to the
last bit, what was written for this very folder is removed and made anew.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from parallel_claims.follow import sealed
from parallel_claims.follow.tables import (
    FORM,
    KEY,
    Key,
    Tables,
    chosen,
    forms,
    joined,
    key_of,
    read_files,
)
from parallel_claims.saved import folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parallel_claims.errors import BadInputError

CACHE = ".parallel-claims-cache"

WORTH_A_CACHE = 100
"""Runs in a folder from which it is given a cache; fewer are read as fast without."""

MOST_PARTS = 12
"""Parts of a cache beyond which they are joined."""

LOCK_SECONDS = 60.0
"""How long to wait for another program that reads the same folder for the first time."""

FRESH = 20_000_000
"""Nanoseconds before it was read within which a file's change may bear the same time as the next.

Systems count the time of a change in steps, of 10 ms at most.
"""


class Cache:
    """The cache of one folder: numbered parts, each a sealed file of three tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / CACHE
        self.of = folder

    def opened(self) -> bool:
        """Make the folder if need be, for this user alone; say whether it is."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        status = self.folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return False
        if not hasattr(os, "getuid"):
            return True  # Windows: as private as the folder that it lies in
        if status.st_uid != os.getuid():
            return False
        if status.st_mode & 0o077:  # others could enter: what is in it may be theirs
            self.folder.chmod(0o700)
            for path in self.folder.iterdir():
                path.unlink()
        return True

    def parts(self) -> list[tuple[int, Tables, int]]:
        """Return the parts that can be believed, with their numbers and times; others go."""
        found = []
        for path in sorted(self.folder.iterdir()):
            if path.name == LOCK:
                continue
            try:
                found.append((int(path.name.removesuffix(PART)), *self.part(path)))
            except (OSError, ValueError, KeyError, sealed.BrokenSealError, pa.ArrowException):
                with suppress(OSError):
                    path.unlink()
        return found

    def part(self, path: Path) -> tuple[Tables, int]:
        """Return one part, and the time in ns before which its files were read.

        Raises:
            OSError, ValueError, BrokenSealError, ArrowException: it cannot be believed.
        """
        from pyarrow import parquet

        of, pieces = sealed.read(path)
        if of | self.identity() != of:
            raise sealed.BrokenSealError(path)
        found = {}
        for (name, form), piece in zip(forms().items(), pieces, strict=True):
            table = parquet.ParquetFile(pa.BufferReader(piece)).read()
            found[name] = table.cast(form).replace_schema_metadata(form.metadata)
        return found, of["read"]

    def identity(self) -> dict[str, Any]:
        """Return what a part says that it is of: this form, and this very folder."""
        status = self.of.stat()
        return {"form": FORM.decode(), "folder": [status.st_dev, status.st_ino]}

    def write(self, part: Tables, number: int, read: int) -> None:
        """Write one part, whose files were read from the time ``read`` on."""
        pieces = [packed(part[name]) for name in forms()]
        path = self.folder / f"{number:06}{PART}"
        sealed.write(path, {**self.identity(), "read": read}, pieces)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove parts."""
        for number in numbers:
            (self.folder / f"{number:06}{PART}").unlink(missing_ok=True)


PART, LOCK = ".part", "lock"
"""How a part's name ends; the file that says that a program is at it."""


def packed(table: pa.Table) -> bytes:
    """Return a table as Parquet."""
    from pyarrow import parquet

    text = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    sink = pa.BufferOutputStream()
    parquet.write_table(
        table,
        sink,
        compression="lz4",
        use_dictionary=text,  # type: ignore[arg-type]  # the stubs know no list
        write_statistics=False,
    )
    return sink.getvalue().to_pybytes()


def read_folder(folder: Path, problems: list[BadInputError]) -> Tables:
    """Read all runs in a folder, those that were read before from its cache."""
    from filelock import FileLock, Timeout

    places = folders.runs_in(folder, problems)
    cache_ = Cache(folder)
    if len(places) < WORTH_A_CACHE and not cache_.folder.exists():
        return read_files(places, folder, problems)
    with ExitStack() as stack:
        try:
            if not cache_.opened():
                return read_files(places, folder, problems)
            stack.enter_context(FileLock(cache_.folder / LOCK, timeout=LOCK_SECONDS))
        except (OSError, Timeout):
            return read_files(places, folder, problems)  # read-only, or busy: slower, not wrong
        return updated(cache_, places, folder, problems)


def updated(
    cache_: Cache, places: Sequence[str], folder: Path, problems: list[BadInputError]
) -> Tables:
    """Return the runs at ``places``, and bring the cache up to date with them."""
    started = time.time_ns()
    wanted: dict[Key, str] = {}
    for place in places:
        with suppress(OSError):
            wanted[key_of(place, str(folder))] = place
    parts = cache_.parts()
    kept, stale = [], False
    for _, part, read in parts:
        keep = np.array([believed(key, read, wanted) for key in keys_of(part)], dtype=bool)
        kept.append(part if keep.all() else chosen(part, keep))
        stale = stale or not keep.all()
    new = read_files(wanted.values(), folder, problems)
    whole = joined([*kept, new])
    number = 1 + max((n for n, *_ in parts), default=0)
    with suppress(OSError):  # a full disk: the next reading is slower
        if stale or len(parts) >= MOST_PARTS:
            cache_.write(whole, number, started)
            cache_.remove(n for n, *_ in parts)
        elif new["facts"].num_rows:
            cache_.write(new, number, started)
    return whole


def believed(key: Key, read: int, wanted: dict[Key, str]) -> bool:
    """Say whether a file is as it was when it was read, and if so take it from ``wanted``.

    A file that had just changed may have changed once more within the same tick of the clock.
    """
    *_, written, changed, _ = key
    return max(written, changed) < read - FRESH and wanted.pop(key, None) is not None


def keys_of(part: Tables) -> list[Key]:
    """Return the keys of a part's files."""
    columns = (part["facts"][name].to_pylist() for name in KEY)
    return list(zip(*columns, strict=True))
