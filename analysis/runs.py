"""Many saved runs as tables, each file read once: a cache in Parquet beside them.

The cache lies in a hidden folder of the results and is safe to delete. It is never
trusted over the files: a run is taken from it only while its file has the size and the
times it had when it was read, and a cache that cannot be read is made anew.
"""

from __future__ import annotations

import gc
import json
import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from analysis import folders, load
from analysis.environment import build_of, facts, machine_at, named
from analysis.errors import BadInputError
from analysis.estimate import log_median

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    Tables = dict[str, pa.Table]
    Key = tuple[str, int, int, int]

FORM = b"1"
"""The form of the cache; one of another form is not read."""

CACHE = ".parallel-claims-cache"

WORTH_A_CACHE = 100
"""Runs in a folder from which it is given a cache; fewer are read as fast without."""

MOST_PARTS = 12
"""Parts of a cache beyond which they are joined."""

BATCH = 200
"""Runs that are held as Python objects before they become a table."""

LOCK_SECONDS = 60.0
"""How long to wait for another program that reads the same folder for the first time."""


@dataclass(frozen=True)
class Runs:
    """Saved runs as tables.

    facts: a row a run: path, machine, build, scale, saved (UTC time), commit, environment
        (JSON), in order of time within each machine, build and scale.
    rounds: a row a round that was measured in blocks: run (a row of facts), fullname, name,
        block, seconds.
    medians: a row a benchmark that was not: run, fullname, name, and the median of its log
        seconds with its standard error and the number of rounds (centre, error, count).
    problems: what could not be read and is left out, each in one line.
    notes: what looks wrong and was put right, each in one line.
    """

    facts: pd.DataFrame
    rounds: pd.DataFrame
    medians: pd.DataFrame
    problems: list[BadInputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@cache
def forms() -> dict[str, pa.Schema]:
    """Return the columns of the three tables as they are kept."""
    text = pa.dictionary(pa.int32(), pa.string())
    head = [("run", pa.int32()), ("fullname", text), ("name", text)]
    rounds = [*head, ("blocks", pa.list_(pa.int32())), ("seconds", pa.list_(pa.float64()))]
    medians = [*head, ("centre", pa.float64()), ("error", pa.float64()), ("count", pa.int32())]
    key = [("path", pa.string())] + [(name, pa.int64()) for name in ("size", "written", "changed")]
    named = [(name, text) for name in ("machine", "build", "scale")]
    told = [("saved", pa.string()), ("commit", text), ("environment", text)]
    columns = {"facts": [*key, *named, *told], "rounds": rounds, "medians": medians}
    return {name: pa.schema(form, metadata={b"form": FORM}) for name, form in columns.items()}


def key_of(place: str, root: str) -> Key:
    """Return what a file must still have for the cache to be believed: path, size, times."""
    status = os.stat(f"{root}/{place}")  # noqa: PTH116  a Path for each of thousands takes longer
    return place, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Columns:
    """The columns of the three tables, run by run; lists of rounds lie end to end."""

    def __init__(self) -> None:
        self.facts: list[tuple[Any, ...]] = []
        self.measured: list[tuple[int, str, str]] = []
        self.ends: list[int] = [0]
        self.blocks: list[int] = []
        self.seconds: list[float] = []
        self.medians: list[tuple[Any, ...]] = []

    def add(self, run: load.Run, key: Key) -> None:
        """Add a run."""
        number, scale = len(self.facts), run.suite.scale if run.suite else ""
        methods = {b.info.start_method for b in run.benchmarks}
        told = json.dumps(facts(run.machine, scale, methods))
        place = (named(run.machine), build_of(run.machine), scale)
        self.facts.append((*key, *place, run.datetime, run.commit.id or "", told))
        for b in run.benchmarks:
            if b.info.blocks is not None:
                self.measured.append((number, b.fullname, b.name))
                self.blocks += b.info.blocks
                self.seconds += b.rounds
                self.ends.append(len(self.seconds))
            else:
                m = log_median(b)
                self.medians.append((number, b.fullname, b.name, m.centre, m.error, m.count))

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
            columns.add(load.read(path, times_only=True), key)
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


class Cache:
    """The cache of one folder: numbered parts, each three files, the facts written last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / CACHE

    def parts(self) -> list[tuple[int, Tables]]:
        """Return the parts that can be read, with their numbers; others are removed."""
        found = []
        for path in sorted(self.folder.glob("*.facts.parquet")):
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
    columns = (part["facts"][name].to_pylist() for name in ("path", "size", "written", "changed"))
    return list(zip(*columns, strict=True))


def read(paths: Iterable[Path]) -> Runs:
    """Read all runs in files and folders; what cannot be read is told, and the rest goes on.

    Raises:
        BadInputError: a path does not exist, or there is no run that can be read.
    """
    problems: list[BadInputError] = []
    parts, places = [], []
    for path in paths:
        if path.is_dir():
            part, root = read_folder(path, problems), path
        elif path.exists():
            part, root = read_files([path.name], path.parent, problems), path.parent
        else:
            message = f"{path}: no such file or folder"
            raise BadInputError(message)
        parts.append(part)
        places += [f"{root}/{place}" for place in part["facts"]["path"].to_pylist()]
    whole = joined(parts)
    if not places:
        message = f"{', '.join(map(str, paths))}: no saved run (*.json) that can be read"
        raise problems[0] if problems else BadInputError(message)
    return in_order(whole, places, problems)


def in_order(whole: Tables, places: Sequence[str], problems: list[BadInputError]) -> Runs:
    """Return the tables as frames, each run once, the runs of a series in order of time."""
    import pandas as pd

    found = whole["facts"].select(["machine", "build", "scale", "saved", "commit", "environment"])
    frame = found.to_pandas().astype(str)
    frame["path"] = places
    frame["machine"] = [
        machine_at(*row) for row in zip(places, frame["build"], frame["machine"], strict=True)
    ]
    frame["saved"] = pd.to_datetime(frame["saved"], utc=True, format="ISO8601", errors="coerce")
    twice = frame["saved"].notna() & frame.duplicated([*SERIES, "saved", "commit"])
    notes = told_twice(frame, twice)
    order = frame[~twice].sort_values([*SERIES, "saved"], kind="stable", na_position="first").index
    numbers = np.full(len(frame), -1, np.int64)
    numbers[order] = np.arange(len(order))
    tables_ = {name: renumbered(whole[name], numbers) for name in ("rounds", "medians")}
    frame = frame.loc[order].reset_index(drop=True)
    notes += told_backwards(frame)
    return Runs(frame, flat(tables_["rounds"]), tables_["medians"].to_pandas(), problems, notes)


SERIES = ["machine", "build", "scale"]
"""What the runs of a series have in common."""


def flat(rounds: pa.Table) -> pd.DataFrame:
    """Return a row a round from a row a benchmark."""
    import pandas as pd

    head = rounds.select(["run", "fullname", "name"]).to_pandas()
    lists = {name: cast("pa.ListArray[Any]", rounds[name].combine_chunks()) for name in LISTS}
    lengths = lists["seconds"].value_lengths().to_numpy(zero_copy_only=False)
    return pd.DataFrame(
        {
            **{name: head[name].array.repeat(lengths) for name in head},
            "block": lists["blocks"].flatten().to_numpy(zero_copy_only=False),
            "seconds": lists["seconds"].flatten().to_numpy(zero_copy_only=False),
        },
        copy=False,
    )


LISTS = ("blocks", "seconds")
"""Columns that hold a list a benchmark."""


def told_twice(frame: pd.DataFrame, twice: pd.Series[bool]) -> list[str]:
    """Say that runs are there twice."""
    if not twice.any():
        return []
    first = frame["path"][twice].iloc[0]
    return [f"{first}: there twice, counted once ({int(twice.sum())} such runs)"]


def told_backwards(frame: pd.DataFrame) -> list[str]:
    """Say where a later number has an earlier time, or none: a clock was wrong."""
    texts = []
    for _, series in frame.groupby(SERIES, sort=False):
        for _, folder in series.groupby(series["path"].str.rpartition("/")[0], sort=False):
            names = folder["path"].str.rpartition("/")[2]
            numbers = names.map(lambda name: folders.saved_at(name)[1])
            wrong = numbers.cummax().gt(numbers) & ~numbers.duplicated(keep=False)
            if wrong.any():
                texts.append(
                    f"{folder['path'][wrong].iloc[0]}: its number is later than its time "
                    f"({int(wrong.sum())} such runs): a clock ran backwards; ordered by time"
                )
    if frame["saved"].isna().any():
        first = frame["path"][frame["saved"].isna()].iloc[0]
        texts.append(f"{first}: no time in it: taken as the oldest")
    return texts
