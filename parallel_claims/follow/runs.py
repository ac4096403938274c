"""Many saved runs as frames, each run once, in order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from parallel_claims.errors import BadInputError
from parallel_claims.follow.tables import Columns, add_files
from parallel_claims.saved import folders
from parallel_claims.saved.names import machine_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class Runs:
    """Saved runs as frames.

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
    columns, given = Columns(), list(paths)
    for path in given:
        if path.is_dir():
            found = [path / place for place in folders.runs_in(path, problems)]
        elif path.exists():
            found = [path]
        else:
            message = f"{path}: no such file or folder"
            raise BadInputError(message)
        add_files(columns, found, problems)
    if not columns.facts:
        message = f"{', '.join(map(str, given))}: no saved run (*.json) that can be read"
        raise problems[0] if problems else BadInputError(message)
    return in_order(columns, problems)


def in_order(columns: Columns, problems: list[BadInputError]) -> Runs:
    """Return the columns as frames, each run once, the runs of a series in order of time."""
    import pandas as pd

    frame = columns.frame_of_facts()
    frame["machine"] = [
        machine_at(*row)
        for row in zip(frame["path"], frame["build"], frame["machine"], strict=True)
    ]
    frame["saved"] = pd.to_datetime(frame["saved"], utc=True, format="ISO8601", errors="coerce")
    twice = frame["saved"].notna() & frame.duplicated([*SERIES, "saved", "commit"])
    notes = told_twice(frame, twice)
    order = frame[~twice].sort_values([*SERIES, "saved"], kind="stable", na_position="first").index
    numbers = np.full(len(frame), -1, np.int64)
    numbers[order] = np.arange(len(order))
    frame = frame.loc[order].reset_index(drop=True)
    notes += told_backwards(frame)
    return Runs(
        frame,
        columns.frame_of_rounds(numbers),
        columns.frame_of_medians(numbers),
        columns.frame_of_benchmarks(numbers),
        problems,
        notes,
    )


SERIES = ["machine", "build", "size"]
"""What the runs of a series have in common."""


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
