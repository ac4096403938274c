"""Many saved runs as frames, each run once, in order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from parallel_claims.errors import BadInputError
from parallel_claims.follow.cache import read_folder
from parallel_claims.follow.tables import Tables, joined, read_files, renumbered
from parallel_claims.saved import folders
from parallel_claims.saved.names import machine_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Runs:
    """Saved runs as tables.

    facts: a row a run: path, machine, build, size, saved (UTC time), commit, environment
        (JSON), adaptive (its blocks were chosen by the width of intervals), pairs (names the
        comparison of two versions that it was a side of, or is empty), coverage (what it says
        of what it did not measure), in order of time within each machine, build and size.
    rounds: a row a round that was measured in blocks: run (a row of facts), fullname, name,
        block, seconds.
    medians: a row a benchmark that was not: run, fullname, name, and the median of its log
        seconds with its standard error and the number of rounds (centre, error, count).
    benchmarks: a row a benchmark of a run: run, fullname, name, and its parameters (params).
    problems: what could not be read and is left out, each in one line.
    notes: what looks wrong and was put right, each in one line.
    """

    facts: pd.DataFrame
    rounds: pd.DataFrame
    medians: pd.DataFrame
    benchmarks: pd.DataFrame
    problems: list[BadInputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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

    told = ["saved", "commit", "environment", "pairs", "coverage"]
    frame = whole["facts"].select([*SERIES, *told]).to_pandas().astype(str)
    frame["adaptive"] = whole["facts"]["adaptive"].to_numpy(zero_copy_only=False)
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
    benchmarks = pd.concat([t.select(BENCHMARK).to_pandas() for t in tables_.values()])
    return Runs(
        frame,
        flat(tables_["rounds"]),
        tables_["medians"].to_pandas(),
        benchmarks,
        problems,
        notes,
    )


BENCHMARK = ["run", "fullname", "name", "params"]
"""What is known of a benchmark of a run beside its times."""

SERIES = ["machine", "build", "size"]
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
            numbers = numbers[numbers > 0]
            wrong = numbers.cummax().gt(numbers) & ~numbers.duplicated(keep=False)
            if wrong.any():
                texts.append(
                    f"{folder['path'][numbers.index[wrong][0]]}: its number is later than its time "
                    f"({int(wrong.sum())} such runs): a clock ran backwards; ordered by time"
                )
    if frame["saved"].isna().any():
        first = frame["path"][frame["saved"].isna()].iloc[0]
        texts.append(f"{first}: no time in it: taken as the oldest")
    return texts
