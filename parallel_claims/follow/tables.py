"""Saved files as columns of numbers: a row a run, a row a benchmark, their rounds end to end."""

from __future__ import annotations

import gc
import json
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import parameters
from parallel_claims.errors import BadInputError
from parallel_claims.follow import coverage
from parallel_claims.judge.ratio import log_median
from parallel_claims.saved import form, reading
from parallel_claims.saved.environment import facts
from parallel_claims.saved.names import build_of, named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from parallel_claims.stats import Integers

FACTS = (
    "path",
    "machine",
    "build",
    "size",
    "saved",
    "commit",
    "environment",
    "adaptive",
    "pairs",
    "coverage",
)
"""What is known of a run."""


BENCHMARK = ["run", "fullname", "name", "params"]
"""What is known of a benchmark of a run beside its times."""


class Words:
    """Words that come again and again, each kept once."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes = array("q")

    def add(self, word: str) -> None:
        """Add a word to the column."""
        self.codes.append(self.known.setdefault(word, len(self.known)))

    def column(self, rows: Integers) -> pd.Categorical[Any]:
        """Return the words of some rows, as often as each is named."""
        import pandas as pd

        codes = np.frombuffer(self.codes, np.int64) if self.codes else np.empty(0, np.int64)
        return pd.Categorical.from_codes(codes[rows], pd.Index(list(self.known)))


class Columns:
    """What thousands of files say, as columns: a file's own objects are gone once it is added."""

    def __init__(self) -> None:
        self.facts: list[tuple[Any, ...]] = []
        self.runs, self.lengths = array("q"), array("q")
        self.fullnames, self.names, self.params = Words(), Words(), Words()
        self.blocks, self.seconds = array("q"), array("d")
        self.medians: list[tuple[Any, ...]] = []

    def add(self, path: str, run: form.Run) -> None:
        """Add a run."""
        number, size = len(self.facts), run.suite.size if run.suite else ""
        methods = {b.info.start_method for b in run.benchmarks}
        told = json.dumps(facts(run.machine, size, methods))
        place = (path, named(run.machine), build_of(run.machine), size)
        pairs = run.suite.pairs if run.suite else ""
        own = (told, run.adaptive, pairs, coverage.told_of(run))
        self.facts.append((*place, run.datetime, run.commit.id or "", *own))
        for b in run.benchmarks:
            if b.info.blocks is not None:
                self.runs.append(number)
                self.lengths.append(len(b.rounds))
                self.fullnames.add(b.fullname)
                self.names.add(b.name)
                self.params.add(case_of(b.params))
                self.blocks.extend(b.info.blocks)
                self.seconds.extend(b.rounds)
            else:
                m = log_median(b)
                head = (number, b.fullname, b.name, case_of(b.params))
                self.medians.append((*head, m.centre, m.error, m.count))

    def frame_of_facts(self) -> pd.DataFrame:
        """Return a row a run."""
        import pandas as pd

        return pd.DataFrame(self.facts, columns=list(FACTS))

    def frame_of_rounds(self, numbers: Integers) -> pd.DataFrame:
        """Return a row a round; run r is numbered ``numbers[r]``, or left out where that is -1."""
        import pandas as pd

        lengths = np.array(self.lengths, np.int64)
        benchmark = np.repeat(np.arange(len(lengths)), lengths)
        rounds = pd.DataFrame(
            {
                "run": np.array(self.runs, np.int64)[benchmark],
                "fullname": self.fullnames.column(benchmark),
                "name": self.names.column(benchmark),
                "block": np.array(self.blocks, np.int64),
                "seconds": np.array(self.seconds, np.float64),
            },
            copy=False,
        )
        return renumbered(rounds, numbers)

    def frame_of_medians(self, numbers: Integers) -> pd.DataFrame:
        """Return a row a benchmark without blocks, its run numbered as the rounds' are."""
        import pandas as pd

        columns = [*BENCHMARK, "centre", "error", "count"]
        return renumbered(pd.DataFrame(self.medians, columns=columns), numbers)

    def frame_of_benchmarks(self, numbers: Integers) -> pd.DataFrame:
        """Return a row a benchmark, with blocks or without, its run numbered as the rounds' are."""
        import pandas as pd

        every = np.arange(len(self.runs))
        words = (self.fullnames.column(every), self.names.column(every), self.params.column(every))
        measured = dict(zip(BENCHMARK, (np.array(self.runs, np.int64), *words), strict=True))
        others = pd.DataFrame(self.medians).iloc[:, : len(BENCHMARK)]
        others.columns = pd.Index(BENCHMARK[: len(others.columns)])
        return renumbered(pd.concat([pd.DataFrame(measured), others]), numbers)


def case_of(params: object) -> str:
    """Return a benchmark's parameters in short, as data in a text; nothing without any."""
    return json.dumps(parameters.in_short(params)) if params else ""


def renumbered(frame: pd.DataFrame, numbers: Integers) -> pd.DataFrame:
    """Return a frame with each row's run r numbered ``numbers[r]``, or left out where -1."""
    run = numbers[frame["run"].to_numpy(np.int64)]
    frame = frame.assign(run=run)
    return frame if (run >= 0).all() else frame[run >= 0].reset_index(drop=True)


def add_files(columns: Columns, paths: Iterable[Path], problems: list[BadInputError]) -> None:
    """Read files into columns; what cannot be read is told, and left out."""
    collecting = gc.isenabled()
    gc.disable()  # many small objects and no cycles: collecting takes half of the time
    try:
        for path in paths:
            try:
                columns.add(path.as_posix(), reading.read(path, times_only=True))
            except BadInputError as error:
                problems.append(error)
    finally:
        if collecting:
            gc.enable()
