"""The same claims over time: per machine, build and scale a series of runs, and its changes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import stats
from analysis.environment import differences
from analysis.errors import BadInputError
from analysis.estimate import Terms, efficiency_of, speedup_of
from analysis.runs import SERIES
from analysis.steps import Path, follow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from analysis.claims import Claim
    from analysis.runs import Runs

SMALL = 0.01
"""Changes of level smaller than this, relatively, are not worth telling."""


@dataclass(frozen=True)
class Change:
    """A change of level between two runs that follow each other.

    ratio: the level after over the level before, with its 95 % interval.
    between: the newest run before and the first after, rows of the facts.
    told: what differs between these two: commits and environment, in words.
    """

    ratio: stats.Interval
    between: tuple[pd.Series[Any], pd.Series[Any]]
    told: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Say whether the level fell."""
        return self.ratio.centre < 1


@dataclass(frozen=True)
class Track:
    """One claim on one machine, build and scale, run by run.

    quantity: what is followed, ``speedup`` or ``efficiency``.
    runs: the facts of its runs, in order of time.
    centres, lows, highs: what each found, as ratios, with 95 % intervals.
    level: the level of the newest runs. drift: the change from the first run to the last,
        where it came steadily.
    left_out: runs that have the benchmarks, and too few rounds for an interval.
    """

    claim: Claim
    quantity: str
    runs: pd.DataFrame
    centres: stats.Floats
    lows: stats.Floats
    highs: stats.Floats
    level: stats.Interval
    changes: tuple[Change, ...] = ()
    drift: stats.Interval | None = None
    left_out: int = 0

    @property
    def regressed(self) -> bool:
        """Say whether the level of the newest runs is worse than the one before it."""
        fell = self.drift is not None and self.drift.centre < 1
        return fell or (bool(self.changes) and self.changes[-1].worse)


@dataclass(frozen=True)
class Ratios:
    """What several runs found of one ratio: rows of the facts, log centres and interval ends."""

    runs: np.ndarray[tuple[int], np.dtype[np.int64]]
    centres: stats.Floats
    lows: stats.Floats
    highs: stats.Floats

    @property
    def intervals(self) -> list[stats.Interval]:
        """Return what each run found, as logarithms."""
        ends = zip(self.centres, self.lows, self.highs, strict=True)
        return [stats.Interval(*map(float, run)) for run in ends]

    def where(self, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ratios:
        """Return only some of the runs."""
        return Ratios(self.runs[keep], self.centres[keep], self.lows[keep], self.highs[keep])


class Rounds:
    """The log seconds of some runs, ready for ratios of many claims.

    wide: a row a block of a run, a column a benchmark; NaN where it gave no time.
    """

    def __init__(self, runs: Runs, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        rounds = runs.rounds[runs.rounds["run"].isin(chosen)]
        key = rounds["run"].to_numpy(np.int64) << BLOCK_BITS | rounds["block"].to_numpy(np.int64)
        keys, row = np.unique(key, return_inverse=True)
        full = rounds["fullname"].cat.remove_unused_categories()
        self.columns = list(full.cat.categories)
        self.names = names_of(rounds)
        self.wide = np.full((len(keys), len(self.columns)), np.nan)
        self.wide[row, full.cat.codes.to_numpy()] = np.log(rounds["seconds"].to_numpy())
        self.run = keys >> BLOCK_BITS
        medians = runs.medians[runs.medians["run"].isin(chosen)]
        self.median_names = names_of(medians)
        self.medians = medians.set_index(medians["fullname"].astype(str))

    @property
    def fullnames(self) -> list[str]:
        """Return the full names of all benchmarks."""
        return [*self.columns, *self.medians.index.unique()]

    def ratios(self, terms: Terms, alpha: float = stats.ALPHA) -> Ratios:
        """Return a ratio for each run that has all its benchmarks, in order of the runs."""
        names = [name for _, name in terms.signs]
        if all(name in self.names for name in names):
            return self.in_blocks(terms, alpha)
        if all(name in self.median_names for name in names):
            return self.unpaired(terms, alpha)
        return ratios_of([])

    def in_blocks(self, terms: Terms, alpha: float) -> Ratios:
        """Return ratios taken block by block; runs with as many blocks are taken at once."""
        columns = [self.columns.index(self.names[name]) for _, name in terms.signs]
        signs = np.array([sign for sign, _ in terms.signs])
        logs = self.wide[:, columns] @ signs + terms.shift
        there = ~np.isnan(logs)
        runs, starts, counts = np.unique(self.run[there], return_index=True, return_counts=True)
        logs = logs[there]
        found = np.empty((3, len(runs)))
        for count in np.unique(counts):
            some = np.flatnonzero(counts == count)
            blocks = logs[starts[some][:, None] + np.arange(count)]
            found[:, some] = stats.paired_rows(blocks, alpha)
        return Ratios(runs, *found)

    def unpaired(self, terms: Terms, alpha: float) -> Ratios:
        """Return ratios of medians, for runs that were not measured in blocks."""
        tables = [
            self.medians.loc[[self.median_names[name]]].drop_duplicates("run").set_index("run")
            for _, name in terms.signs
        ]
        runs = sorted(set.intersection(*(set(table.index) for table in tables)))
        columns = [table.loc[runs, ["centre", "error", "count"]].to_numpy() for table in tables]
        found = []
        for k, run in enumerate(runs):
            medians = [
                stats.Median(sign * column[k, 0], column[k, 1], int(column[k, 2]))
                for (sign, _), column in zip(terms.signs, columns, strict=True)
            ]
            interval = stats.unpaired(medians, alpha).shifted(terms.shift)
            found.append((run, interval.centre, interval.low, interval.high))
        return ratios_of(found)


BLOCK_BITS = 32


def names_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the full name behind each name, and behind itself; ambiguous names are left out."""
    pairs = table[["name", "fullname"]].drop_duplicates().astype(str)
    unique = pairs[~pairs["name"].duplicated(keep=False)]
    own = {full: full for full in pairs["fullname"]}
    return own | dict(zip(unique["name"], unique["fullname"], strict=True))


def ratios_of(rows: Sequence[tuple[int, float, float, float]]) -> Ratios:
    """Return rows of run, centre, low and high as columns."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Ratios(columns[0].astype(np.int64), *columns[1:])


def terms_of(claim: Claim) -> tuple[str, Terms] | None:
    """Return the ratio that a claim bounds, None for a claim on anything else."""
    if claim.accounting is not None:
        return None
    if claim.efficiency is not None:
        return "efficiency", efficiency_of(claim)
    if claim.baseline is not None and claim.contender is not None:
        return "speedup", speedup_of(claim)
    return None


def tracks(runs: Runs, claims: Sequence[Claim], alpha: float = stats.ALPHA) -> list[Track]:
    """Follow all claims on ratios over the runs of each machine, build and scale.

    The claims of one series of runs share ``alpha`` (Bonferroni): a history without any
    change shows one with at most that probability, however many claims it has.

    Raises:
        BadInputError: no run has the benchmarks of any claim.
    """
    found: list[Track] = []
    for _, facts in runs.facts.groupby(SERIES, sort=False):
        rounds = Rounds(runs, facts.index.to_numpy(np.int64))
        ratios = {
            claim.id: (claim, *terms, rounds.ratios(terms[1]))
            for claim in claims
            if (terms := terms_of(claim)) is not None
        }
        there = {key: value for key, value in ratios.items() if len(value[3].runs)}
        found += [
            track(claim, quantity, facts, ratio, alpha / len(there))
            for claim, quantity, _, ratio in there.values()
        ]
    if not found:
        wanted = sorted({name for claim in claims for name in claim.benchmarks})
        message = (
            f"{runs.facts['path'].iloc[0]}: no run has the benchmarks of a claim on a ratio "
            f"({', '.join(wanted[:3])} …): name your claims with --claims"
        )
        raise BadInputError(message)
    return found


def since(runs: Runs, day: datetime) -> Runs:
    """Return only the runs from a day on.

    Raises:
        BadInputError: there is none.
    """
    facts = runs.facts[runs.facts["saved"] >= day]
    if facts.empty:
        message = (
            f"no run since {day:%Y-%m-%d}; the newest is of {runs.facts['saved'].max():%Y-%m-%d}"
        )
        raise BadInputError(message)
    return replace(runs, facts=facts)


def track(claim: Claim, quantity: str, facts: pd.DataFrame, ratio: Ratios, alpha: float) -> Track:
    """Follow one claim."""
    bounded = np.isfinite(ratio.lows) & np.isfinite(ratio.highs)
    used = ratio.where(bounded) if bounded.any() else ratio
    rows = facts.loc[used.runs]
    if bounded.any():
        errors = (used.highs - used.lows) / (2 * NORMAL_95)
        path = follow(used.centres, errors, alpha)
    else:
        path = Path(stats.replicated(used.centres))
    if len(used.runs) < stats.FEWEST_RUNS:
        path = Path(stats.combined(used.intervals))
    changes = tuple(
        Change(step.size.exp(), (rows.iloc[step.at - 1], rows.iloc[step.at]), told(rows, step.at))
        for step in path.steps
        if abs(math.expm1(step.size.centre)) >= SMALL
    )
    return Track(
        claim, quantity, rows, np.exp(used.centres), np.exp(used.lows), np.exp(used.highs),
        path.level.exp(), changes, path.drift.exp() if path.drift else None,
        int((~bounded).sum()) if bounded.any() else 0,
    )  # fmt: skip


NORMAL_95 = 1.96
"""The normal quantile of a two-sided 95 % interval: its half-width in standard errors."""


def told(rows: pd.DataFrame, at: int) -> tuple[str, ...]:
    """Say what differs between a run and the one before it: commit, environment."""
    before, after = rows.iloc[at - 1], rows.iloc[at]
    words = []
    if before["commit"] != after["commit"]:
        words.append(f"commit {short(before['commit'])} → {short(after['commit'])}")
    words += differences(environment(before), environment(after))
    return tuple(words) or ("same commit and environment: look at the machine",)


def environment(row: pd.Series[Any]) -> Mapping[str, str]:
    """Return the environment of a run, by name."""
    found: Mapping[str, str] = json.loads(row["environment"])
    return found


def short(commit: str) -> str:
    """Return a commit as it is shown."""
    return commit[:10] or "unknown"
