"""Saved files as Arrow tables: a row a run, a row a benchmark."""

from __future__ import annotations

import gc
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from parallel_claims import parameters
from parallel_claims.errors import BadInputError
from parallel_claims.follow import coverage
from parallel_claims.judge.ratio import log_median
from parallel_claims.saved import form, reading
from parallel_claims.saved.environment import facts
from parallel_claims.saved.names import build_of, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Tables = dict[str, pa.Table]
Key = tuple[str, int, int, int, int]
"""What a file must still have to be believed unread: place, size, times of writing and change, and
its number in the file system."""

KEY = ("path", "bytes", "written", "changed", "inode")
"""The columns of a key."""

FORM = b"5"
"""The form of the cache; one of another form is not read."""

BATCH = 200
"""Runs that are held as Python objects before they become a table."""


@cache
def forms() -> dict[str, pa.Schema]:
    """Return the columns of the three tables as they are kept."""
    text = pa.dictionary(pa.int32(), pa.string())
    head = [("run", pa.int32()), ("fullname", text), ("name", text), ("params", text)]
    rounds = [*head, ("blocks", pa.list_(pa.int32())), ("seconds", pa.list_(pa.float64()))]
    medians = [*head, ("centre", pa.float64()), ("error", pa.float64()), ("count", pa.int32())]
    key = [("path", pa.string())] + [(name, pa.int64()) for name in KEY[1:]]
    named = [(name, text) for name in ("machine", "build", "size")]
    told = [("saved", pa.string()), ("commit", text), ("environment", text)]
    told += [("adaptive", pa.bool_()), ("pairs", text), ("coverage", text)]
    columns = {"facts": [*key, *named, *told], "rounds": rounds, "medians": medians}
    return {name: pa.schema(form, metadata={b"form": FORM}) for name, form in columns.items()}


def key_of(place: str, root: str) -> Key:
    """Return what a file must still have for the cache to be believed."""
    status = os.stat(f"{root}/{place}")  # noqa: PTH116  a Path for each of thousands takes longer
    number = status.st_ino & 0x7FFF_FFFF_FFFF_FFFF  # of 128 bits on some file systems
    return place, status.st_size, status.st_mtime_ns, status.st_ctime_ns, number


class Columns:
    """The columns of the three tables, run by run; lists of rounds lie end to end."""

    def __init__(self) -> None:
        self.facts: list[tuple[Any, ...]] = []
        self.measured: list[tuple[int, str, str, str]] = []
        self.ends: list[int] = [0]
        self.blocks: list[int] = []
        self.seconds: list[float] = []
        self.medians: list[tuple[Any, ...]] = []

    def add(self, run: form.Run, key: Key) -> None:
        """Add a run."""
        number, size = len(self.facts), run.suite.size if run.suite else ""
        methods = {b.info.start_method for b in run.benchmarks}
        told = json.dumps(facts(run.machine, size, methods))
        place = (named(run.machine), build_of(run.machine), size)
        pairs = run.suite.pairs if run.suite else ""
        own = (told, run.adaptive, pairs, coverage.told_of(run))
        self.facts.append((*key, *place, run.datetime, run.commit.id or "", *own))
        for b in run.benchmarks:
            head = (number, b.fullname, b.name, case_of(b.params))
            if b.info.blocks is not None:
                self.measured.append(head)
                self.blocks += b.info.blocks
                self.seconds += b.rounds
                self.ends.append(len(self.seconds))
            else:
                m = log_median(b)
                self.medians.append((*head, m.centre, m.error, m.count))

    def tables(self) -> Tables:
        """Return the columns as Arrow tables."""
        lists = [
            pa.ListArray.from_arrays(pa.array(self.ends, pa.int32()), pa.array(values, type_))
            for values, type_ in ((self.blocks, pa.int32()), (self.seconds, pa.float64()))
        ]
        return {
            "facts": table("facts", self.facts),
            "rounds": table("rounds", self.measured, lists),
            "medians": table("medians", self.medians),
        }


def case_of(params: object) -> str:
    """Return a benchmark's parameters in short, as data in a text; nothing without any."""
    return json.dumps(parameters.in_short(params)) if params else ""


def table(
    name: str, rows: Sequence[tuple[Any, ...]], more: Sequence[pa.Array[Any]] = ()
) -> pa.Table:
    """Return rows, with columns that are arrays already, as an Arrow table."""
    form = forms()[name]
    columns = zip(*rows, strict=True) if rows else [()] * (len(form) - len(more))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, form, strict=False)]
    return pa.Table.from_arrays([*arrays, *more], schema=form)


def read_files(places: Iterable[str], root: Path, problems: list[BadInputError]) -> Tables:
    """Read files below ``root`` into the three tables; what cannot be read is told, left out."""
    parts: list[Tables] = []
    collecting = gc.isenabled()
    gc.disable()  # many small objects and no cycles: collecting takes half of the time
    try:
        for batch in batched(places):
            parts += [columns_read(batch, root, problems).tables()]
    finally:
        if collecting:
            gc.enable()
    return joined(parts)


def batched(places: Iterable[str]) -> Iterator[list[str]]:
    """Return places in batches, one at least."""
    left = list(places)
    for start in range(0, max(len(left), 1), BATCH):
        yield left[start : start + BATCH]


def columns_read(places: Iterable[str], root: Path, problems: list[BadInputError]) -> Columns:
    """Read files into columns."""
    columns = Columns()
    for place in places:
        path = root / place
        try:
            key = key_of(place, str(root))  # before reading: a file that changes then is read again
            columns.add(reading.read(path, times_only=True), key)
        except BadInputError as error:
            problems.append(error)
        except OSError as error:
            problems.append(BadInputError(f"{path}: cannot be read: {error.strerror}"))
    return columns


def joined(parts: Sequence[Tables]) -> Tables:
    """Join parts; the runs of each are numbered on from those before it."""
    found: dict[str, list[pa.Table]] = {name: [] for name in forms()}
    first = 0
    for part in parts:
        for name, table in part.items():
            found[name].append(renumbered(table, np.arange(part["facts"].num_rows) + first))
        first += part["facts"].num_rows
    return {name: pa.concat_tables(tables).unify_dictionaries() for name, tables in found.items()}


def renumbered(table: pa.Table, numbers: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Table:
    """Return a table with each row's run r numbered ``numbers[r]``, or left out where -1."""
    if "run" not in table.column_names:
        return table
    new = numbers[table["run"].to_numpy()] if table.num_rows else np.empty(0, np.int64)
    table = table.set_column(0, table.schema.field("run"), pa.array(new, pa.int32()))
    return table if (new >= 0).all() else table.filter(pa.array(new >= 0))


def chosen(part: Tables, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Tables:
    """Return only the runs of a part that are to be kept."""
    numbers = np.where(keep, np.cumsum(keep) - 1, -1)
    found = {name: renumbered(table, numbers) for name, table in part.items()}
    return found | {"facts": part["facts"].filter(pa.array(keep))}
