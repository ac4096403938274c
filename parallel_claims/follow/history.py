"""The same claims over time: per machine, build and size a series of runs, and its changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.follow.ratios import Ratios, Rounds, environment, terms_of
from parallel_claims.follow.runs import SERIES
from parallel_claims.saved.environment import differences
from parallel_claims.stats.steps import Path, follow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from parallel_claims.follow.runs import Runs
    from parallel_claims.judge.claims import Claim

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
    """One claim on one machine, build and size, run by run.

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


def tracks(runs: Runs, claims: Sequence[Claim], alpha: float = stats.ALPHA) -> list[Track]:
    """Follow all claims on ratios over the runs of each machine, build and size.

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
    if facts.empty and runs.facts["saved"].isna().all():
        message = f"no run has a time to be since {day:%Y-%m-%d}"
        raise BadInputError(message)
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


def short(commit: str) -> str:
    """Return a commit as it is shown."""
    return commit[:10] or "unknown"
