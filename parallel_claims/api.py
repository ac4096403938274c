"""For notebooks and scripts: saved runs, verdicts and comparisons as data frames. Public.

Use them as ``parallel_claims.read``, ``parallel_claims.check`` and so on.
Times are in seconds; intervals are 95 % intervals unless a column says otherwise.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.saved import folders, reading
from parallel_claims.saved.names import build_of, machine_at, named, own_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from parallel_claims.follow.comparison import Row
    from parallel_claims.follow.coverage import Absence
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.judge.quantity import Quantity
    from parallel_claims.saved.form import Run
    from parallel_claims.stats import Interval

    PathLike = str | os.PathLike[str]

ROUNDS = ("benchmark", "fullname", "group", "block", "position", "seconds")
"""The columns of a run's frame that are there whatever was recorded."""


def read(paths: PathLike | Iterable[PathLike]) -> pd.DataFrame:
    """Read saved runs as a tidy frame: a row a round.

    Columns, in this order:
        run: the file.
        machine, build, size: where it was measured, on which Python, how large the work was.
        benchmark, fullname, group: as pytest-benchmark names them.
        block, position: the block, and the place in it; -1 where not measured in blocks.
        seconds: how long the round took.
        One column more for each number that was recorded beside the time, as ``cores``.

    A benchmark that was saved without its rounds has no row.

    Args:
        paths: a file, a folder with all that lie below it, or several of either.

    Raises:
        BadInputError: a path does not exist, or a file is no saved run.

    >>> import parallel_claims
    >>> rounds = parallel_claims.read(["before.json", "after.json"])
    >>> medians = rounds.groupby(["run", "benchmark"])["seconds"].median().round(4)
    >>> print(medians.reset_index().to_string(index=False))
            run          benchmark  seconds
     after.json test_nearly_sorted   0.0062
     after.json      test_shuffled   0.0474
    before.json test_nearly_sorted   0.0098
    before.json      test_shuffled   0.0356
    """
    import pandas as pd

    runs = [reading.read(path) for path in folders.saved_files(several(paths))]
    frames = [frame for run in runs if not (frame := rounds_of(run)).empty]
    if not frames:
        return pd.DataFrame(columns=[*("run", "machine", "build", "size"), *ROUNDS])
    return pd.concat(frames, ignore_index=True)


def check(paths: PathLike | Iterable[PathLike], claims: PathLike) -> pd.DataFrame:
    """Judge claims on saved runs: a row a run and claim, all claims of a run judged together.

    Columns, in this order:
        run, machine, build, size: as ``read`` gives them.
        claim: its id.
        verdict: ``holds``, ``fails``, ``undecided`` or ``not-testable``.
        estimate, low, high: what the rule bounds, with its interval at level ``alpha``: a ratio
            of times for ``speedup``, a share for ``efficiency``, seconds for ``accounting``, else
            the number that was recorded. NaN where the verdict needs none.
        at_least, at_most: the bound; minus infinity or infinity where it has one side only.
        speedup: seconds of the baseline over those of the contender, a ratio.
        efficiency: speedup over the measured capacity, a ratio; NaN where the claim has none.
        blocks: of how many blocks (or rounds, without blocks) the estimate is made.
        alpha: the share of intervals that miss, 0.05 for 95 %.
        reason: why, in words.
        known_failure: why it is known to fail, missing otherwise.
        statement: the claim in words.

    Args:
        paths: a file, a folder with all that lie below it, or several of either.
        claims: a file of claims.

    Raises:
        BadInputError: a path does not exist, a file is no saved run or no file of claims, or a
            claim names a benchmark that a whole run does not have.

    >>> import parallel_claims
    >>> verdicts = parallel_claims.check(["before.json", "after.json"], "claims.toml")
    >>> print(verdicts[["run", "claim", "verdict", "speedup"]].round(1).to_string(index=False))
            run         claim   verdict  speedup
    before.json nearly-sorted     fails      3.8
    before.json     ten-times     fails      3.8
     after.json nearly-sorted     holds     10.7
     after.json     ten-times undecided     10.7
    """
    import pandas as pd

    known = claims_file.read(Path(claims))
    runs = [reading.read(path) for path in folders.saved_files(several(paths))]
    return pd.DataFrame(
        [
            facts_of(run) | verdict_as_row(verdict)
            for run in runs
            for verdict in judge_run(run, known.claims, strict=known.strict)
        ]
    )


def compare(
    first: PathLike,
    *others: PathLike,
    claims: PathLike | None = None,
    within: float = 0.05,
    seconds: bool = False,
    size: str | None = None,
    across_sizes: bool = False,
) -> pd.DataFrame:
    """Compare runs of other commits, Pythons or machines with the first: a row a claim and side.

    Columns, in this order:
        name: the claim's id, or the benchmark where seconds are compared.
        quantity: ``speedup``, ``efficiency`` or ``seconds``.
        first, other: the sides as they were given.
        value_first, value_other: the quantity on each: a ratio, or seconds. NaN where not
            measured.
        change: ``better``, ``worse``, ``same`` or ``cannot tell``; all are decided together. Of a
            benchmark that one of both did not measure, in a row of its own: ``broken`` where it
            ran on the first, ``new``, or ``not measured``.
        ratio, low, high: ``value_other`` over ``value_first`` with its 95 % interval, infinite
            where fewer than three runs a side were measured, and not in pairs.
        note: why there is no ratio.

    Args:
        first: a file or a folder; several runs in a folder are combined.
        others: those that are compared with it, one at least.
        claims: a file of claims; without one, seconds are compared, within one machine.
        within: relative differences up to this are ``same``.
        seconds: whether to compare seconds beside the claims.
        size: use only runs of this size.
        across_sizes: whether sides of different sizes may be compared.

    Raises:
        BadInputError: a path does not exist or cannot be read, a side mixes what cannot be
            combined, or the sides have nothing in common.

    >>> import parallel_claims
    >>> found = parallel_claims.compare("before.json", "after.json", claims="claims.toml")
    >>> print(found[["name", "change", "ratio", "low", "high"]].round(2).to_string(index=False))
             name      change  ratio  low  high
    nearly-sorted cannot tell   2.82  0.0   inf
        ten-times cannot tell   2.82  0.0   inf
    """
    import pandas as pd

    from parallel_claims.follow import compare as comparing
    from parallel_claims.follow import sides

    if not others:
        message = f"{os.fspath(first)}: a comparison needs two sides or more"
        raise BadInputError(message)
    names = [os.fspath(side) for side in (first, *others)]
    known = claims_file.read(Path(claims)).claims if claims is not None else ()
    found_sides = sides.read([(name, Path(name)) for name in names], size, across=across_sizes)
    for side in found_sides:
        for problem in side.runs.problems:
            raise problem
    found = comparing.compare(found_sides, known, within, seconds=seconds)
    rows = (*found.claims, *found.seconds)
    parts = [part for row in rows for part in comparison_as_rows(row, names)]
    return pd.DataFrame([*parts, *(absence_as_row(one, names) for one in found.absences)])


def newest(results: PathLike = "results", machine: str | None = None) -> Path:
    """Return the newest whole run of a machine, at the largest size that there is.

    Args:
        results: the folder in which runs are saved.
        machine: its name there; this machine's unless given.

    Raises:
        BadInputError: it has no run there.
    """
    from parallel_claims.machine.naming import machine_name
    from parallel_claims.saved import newest as finding

    return finding.newest(Path(results), machine or machine_name())


def several(paths: PathLike | Iterable[PathLike]) -> list[Path]:
    """Return one path, or several, as a list."""
    if isinstance(paths, str | os.PathLike):
        return [Path(paths)]
    return [Path(path) for path in paths]


def facts_of(run: Run) -> dict[str, str]:
    """Return what every row of a run has in front."""
    build = build_of(run.machine)
    return {
        "run": str(run.path),
        "machine": machine_at(run.path.as_posix(), build, named(run.machine)),
        "build": build,
        "size": run.suite.size if run.suite else "",
    }


def rounds_of(run: Run) -> pd.DataFrame:
    """Return the rounds of a run, what is always there first."""
    rounds = run.frame()
    if rounds.empty:
        return rounds
    facts = facts_of(run)
    first = [*facts, *ROUNDS]
    rounds = rounds.assign(**facts)
    return rounds[[*first, *(name for name in rounds.columns if name not in first)]]


def verdict_as_row(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the columns of ``check``."""
    claim, found = verdict.claim, verdict.estimate
    bound = claim.rule.bound
    estimate, low, high = of_quantity(found.judged if found else None, verdict.alpha)
    return {
        "claim": claim.id,
        "verdict": str(verdict.outcome),
        "estimate": estimate,
        "low": low,
        "high": high,
        "at_least": bound.low,
        "at_most": bound.high,
        "speedup": of_quantity(found.speedup if found else None, verdict.alpha)[0],
        "efficiency": of_quantity(found.efficiency if found else None, verdict.alpha)[0],
        "blocks": found.judged.count if found else 0,
        "alpha": verdict.alpha,
        "reason": verdict.reason,
        "known_failure": claim.known_failure,
        "statement": claim.statement,
    }


def of_quantity(quantity: Quantity | None, alpha: float) -> tuple[float, float, float]:
    """Return a quantity's centre and the ends of its interval, NaN without one."""
    return of_interval(quantity.interval(alpha) if quantity is not None else None)


def of_interval(interval: Interval | None) -> tuple[float, float, float]:
    """Return an interval's centre and ends, NaN without one."""
    if interval is None:
        return math.nan, math.nan, math.nan
    return interval.centre, interval.low, interval.high


def comparison_as_rows(row: Row, names: list[str]) -> list[dict[str, Any]]:
    """Return a claim, or a benchmark, as the columns of ``compare``: a row a side but the first."""
    values = row.efficiencies if row.quantity == "efficiency" else row.speedups
    rows = []
    for name, value, shift in zip(names[1:], values[1:], row.shifts, strict=True):
        ratio, low, high = of_interval(shift.ratio)
        rows.append(
            {
                "name": row.name,
                "quantity": row.quantity,
                "first": names[0],
                "other": name,
                "value_first": of_interval(values[0])[0],
                "value_other": of_interval(value)[0],
                "change": str(shift.change),
                "ratio": ratio,
                "low": low,
                "high": high,
                "note": shift.note,
            }
        )
    return rows


def absence_as_row(one: Absence, names: list[str]) -> dict[str, Any]:
    """Return a benchmark that one of two sides did not measure as the columns of ``compare``."""
    found = {"name": own_name(one.name), "quantity": "seconds"}
    sides = {"first": names[0], "other": names[one.side]}
    numbers = dict.fromkeys(("value_first", "value_other", "ratio", "low", "high"), math.nan)
    return found | sides | numbers | {"change": str(one.presence), "note": one.why}
