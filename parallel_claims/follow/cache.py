"""A cache of the tables of a folder's runs, in Parquet beside them.

It lies in a hidden folder of the results and is safe to delete. It is never trusted over
the files: a run is taken from it only while its file has the size and the times it had
when it was read, and a cache that cannot be read is made anew.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from parallel_claims.follow.tables import (
    FORM,
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


class Cache:
    """The cache of one folder: numbered parts, each three files, the facts written last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / CACHE

    def parts(self) -> list[tuple[int, Tables]]:
        """Return the parts that can be read, with their numbers; others are removed."""
        found = []
        for path in sorted(self.folder.glob("[0-9]*.facts.parquet")):
            number = int(path.name.split(".")[0])
            try:
                found.append((number, self.part(number)))
            except (OSError, pa.ArrowException, KeyError):
                self.remove([number])
        return found

    def part(self, number: int) -> Tables:
        """Return one part.

        Raises:
            OSError, ArrowException: it cannot be read, or is of another form.
        """
        from pyarrow import parquet

        found = {}
        for name, form in forms().items():
            table = parquet.ParquetFile(self.file(number, name)).read()
            found[name] = table.cast(form).replace_schema_metadata(table.schema.metadata)
            if (table.schema.metadata or {}).get(b"form") != FORM:
                message = "another form"
                raise pa.ArrowInvalid(message)
        return found

    def write(self, part: Tables, number: int) -> None:
        """Write one part; it counts once its facts are there."""
        from pyarrow import parquet

        for name in reversed(list(forms())):
            path = self.file(number, name)
            partial = path.with_suffix(".partial")
            text = [field.name for field in forms()[name] if pa.types.is_dictionary(field.type)]
            parquet.write_table(
                part[name],
                partial,
                compression="lz4",
                use_dictionary=text,  # type: ignore[arg-type]  # the stubs know no list
                write_statistics=False,
            )
            partial.replace(path)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove parts, their facts first."""
        for number in numbers:
            for name in forms():
                self.file(number, name).unlink(missing_ok=True)

    def file(self, number: int, name: str) -> Path:
        """Return the path of one table of a part."""
        return self.folder / f"{number:06}.{name}.parquet"


def read_folder(folder: Path, problems: list[BadInputError]) -> Tables:
    """Read all runs in a folder, those that were read before from its cache."""
    from filelock import FileLock, Timeout

    places = folders.runs_in(folder, problems)
    cache_ = Cache(folder)
    if len(places) < WORTH_A_CACHE and not cache_.folder.exists():
        return read_files(places, folder, problems)
    with ExitStack() as stack:
        try:
            cache_.folder.mkdir(exist_ok=True)
            stack.enter_context(FileLock(cache_.folder / "lock", timeout=LOCK_SECONDS))
        except (OSError, Timeout):
            return read_files(places, folder, problems)  # read-only, or busy: slower, not wrong
        return updated(cache_, places, folder, problems)


def updated(
    cache_: Cache, places: Sequence[str], folder: Path, problems: list[BadInputError]
) -> Tables:
    """Return the runs at ``places``, and bring the cache up to date with them."""
    wanted: dict[Key, str] = {}
    for place in places:
        with suppress(OSError):
            wanted[key_of(place, str(folder))] = place
    parts = cache_.parts()
    kept, stale = [], False
    for _, part in parts:
        keep = np.array([wanted.pop(key, None) is not None for key in keys_of(part)], dtype=bool)
        kept.append(part if keep.all() else chosen(part, keep))
        stale = stale or not keep.all()
    new = read_files(wanted.values(), folder, problems)
    whole = joined([*kept, new])
    number = 1 + max((n for n, _ in parts), default=0)
    with suppress(OSError):  # a full disk: the next reading is slower
        if stale or len(parts) >= MOST_PARTS:
            cache_.write(whole, number)
            cache_.remove(n for n, _ in parts)
        elif new["facts"].num_rows:
            cache_.write(new, number)
    return whole


def keys_of(part: Tables) -> list[Key]:
    """Return the keys of a part's files."""
    columns = (part["facts"][name].to_pylist() for name in ("path", "bytes", "written", "changed"))
    return list(zip(*columns, strict=True))
