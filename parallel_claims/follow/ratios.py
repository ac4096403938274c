"""Ratios of many runs at once: what each of them found of a claim."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.saved.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from parallel_claims.follow.runs import Runs
    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.ratio import Terms


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

    def joined(self, other: Ratios) -> Ratios:
        """Return these and those of other runs, in order of the runs."""
        columns = ("runs", "centres", "lows", "highs")
        both = [np.concatenate([getattr(self, c), getattr(other, c)]) for c in columns]
        order = np.argsort(both[0], kind="stable")
        return Ratios(*(column[order] for column in both))


class Rounds:
    """The log seconds of some runs, ready for ratios of many claims.

    wide: a row a block of a run, a column a benchmark; NaN where it gave no time.
    """

    def __init__(self, runs: Runs, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        rounds = runs.rounds[runs.rounds["run"].isin(chosen)]
        key = rounds["run"].to_numpy(np.int64) << BLOCK_BITS | rounds["block"].to_numpy(np.int64)
        keys, row = np.unique(key, return_inverse=True)
        full = rounds["fullname"].cat.remove_unused_categories()
        self.names = Names(full.cat.categories)
        self.code = {name: number for number, name in enumerate(full.cat.categories)}
        self.wide = np.full((len(keys), len(self.code)), np.nan)
        self.wide[row, full.cat.codes.to_numpy()] = np.log(rounds["seconds"].to_numpy())
        self.run = keys >> BLOCK_BITS
        self.block = keys & BLOCK_MASK
        facts = runs.facts[runs.facts.index.isin(chosen)]
        self.pairs = dict(facts["pairs"].items())
        self.count = len(chosen)
        self.adaptive = facts.index[facts["adaptive"]].to_numpy(np.int64)
        medians = runs.medians[runs.medians["run"].isin(chosen)]
        self.median_names = Names(medians["fullname"].astype(str))
        self.medians = medians.set_index(medians["fullname"].astype(str))

    def node_id(self, name: str) -> str:
        """Return the full name of the benchmark that has a name; the newest of several."""
        return (self.median_names.find(name) or self.names.find(name) or [name])[-1]

    def paired_with(self, other: Rounds) -> bool:
        """Say whether each run has one on the other side whose blocks are its blocks' pairs."""
        own, others = (sorted(side.pairs.values()) for side in (self, other))
        return own == others and all(own) and len(set(own)) == len(own)

    def differences(self, other: Rounds, terms: Terms) -> stats.Floats:
        """Return, pair by pair, the log ratio on the other side less that on this one."""
        mine, theirs = self.by_pair(terms), other.by_pair(terms)
        return np.array([theirs[key] - mine[key] for key in mine if key in theirs])

    def by_pair(self, terms: Terms) -> dict[tuple[str, int], float]:
        """Return the log ratio in each block that has one, by comparison and number."""
        if not all(name in self.names for name in terms.names):
            return {}
        logs = terms.log_ratio(self.column)
        there = np.flatnonzero(~np.isnan(logs))
        return {(self.pairs[int(self.run[i])], int(self.block[i])): float(logs[i]) for i in there}

    def ratios(self, terms: Terms, alpha: float = stats.ALPHA) -> Ratios:
        """Return a ratio for each run that has all its benchmarks, in order of the runs.

        A run that has only the benchmarks by which the same was measured before gives it by them.
        """
        found = self.with_all(terms, alpha)
        if terms.older is None:
            return found
        older = self.with_all(terms.older, alpha)
        return found.joined(older.where(~np.isin(older.runs, found.runs)))

    def with_all(self, terms: Terms, alpha: float) -> Ratios:
        """Return a ratio for each run that has all the benchmarks of these terms."""
        if all(name in self.names for name in terms.names):
            return self.in_blocks(terms, alpha)
        if all(name in self.median_names for name in terms.names):
            return self.unpaired(terms, alpha)
        return ratios_of([])

    def in_blocks(self, terms: Terms, alpha: float) -> Ratios:
        """Return ratios taken block by block; runs with as many blocks are taken at once.

        A run that ended when its intervals were narrow is judged at the level that it pays for
        that with, as where it is judged alone.
        """
        logs = terms.log_ratio(self.column)
        there = ~np.isnan(logs)
        runs, starts, counts = np.unique(self.run[there], return_index=True, return_counts=True)
        logs = logs[there]
        found = np.empty((3, len(runs)))
        adaptive = np.isin(runs, self.adaptive)
        for count, stopped in {*zip(counts.tolist(), adaptive.tolist(), strict=True)}:
            some = np.flatnonzero((counts == count) & (adaptive == stopped))
            blocks = logs[starts[some][:, None] + np.arange(count)]
            found[:, some] = stats.paired_rows(blocks, stats.level(alpha, adaptive=stopped))
        return Ratios(runs, *found)

    def column(self, name: str) -> stats.Floats:
        """Return the log seconds of the benchmark that each run has under a name.

        A test may have moved to another file; a run that has the name twice gives nothing.
        """
        found = self.wide[:, [self.code[full] for full in self.names.find(name)]]
        there = ~np.isnan(found)
        only = np.where(there, found, 0.0).sum(axis=1)
        return np.where(there.sum(axis=1) == 1, only, np.nan)

    def unpaired(self, terms: Terms, alpha: float) -> Ratios:
        """Return ratios of medians, for runs that were not measured in blocks."""
        tables = {
            name: self.medians.loc[self.median_names.find(name)]
            .drop_duplicates("run", keep=False)
            .set_index("run")[["centre", "error", "count"]]
            for name in terms.names
        }
        found = []
        for run in sorted(set.intersection(*(set(table.index) for table in tables.values()))):
            rows = {name: table.loc[run].to_numpy() for name, table in tables.items()}
            medians = {
                name: stats.Median(centre, error, int(count))
                for name, (centre, error, count) in rows.items()
            }
            level = stats.level(alpha, adaptive=run in self.adaptive)
            interval = stats.unpaired(terms.log_ratio(medians.__getitem__), level)
            found.append((run, interval.centre, interval.low, interval.high))
        return ratios_of(found)


BLOCK_BITS = 32
BLOCK_MASK = (1 << BLOCK_BITS) - 1


def ratios_of(rows: Sequence[tuple[int, float, float, float]]) -> Ratios:
    """Return rows of run, centre, low and high as columns."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Ratios(columns[0].astype(np.int64), *columns[1:])


def terms_of(claim: Claim) -> tuple[str, Terms] | None:
    """Return the ratio that a claim bounds, None for a claim on anything else."""
    terms = claim.rule.terms
    return None if terms is None else (claim.rule.key, terms)


def environment(row: pd.Series[Any]) -> Mapping[str, str]:
    """Return the environment of a run, by name."""
    found: Mapping[str, str] = json.loads(row["environment"])
    return found
