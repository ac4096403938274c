"""The same claims over time: per machine, build and size a series of runs, and its alarms.

A change of level may be one of the code, or one of the machine that lasts: a series cannot tell
them apart, so it raises an alarm, to be confirmed by measuring both commits in pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_claims import stats
from parallel_claims.errors import BadInputError
from parallel_claims.follow import coverage
from parallel_claims.follow.coverage import Presence
from parallel_claims.follow.ratios import Ratios, Rounds, environment, terms_of
from parallel_claims.follow.runs import SERIES
from parallel_claims.judge.ratio import Terms
from parallel_claims.saved.environment import differences
from parallel_claims.saved.names import own_name
from parallel_claims.stats.steps import Path, by_day, follow, spent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from parallel_claims.follow.coverage import Absence
    from parallel_claims.follow.runs import Runs
    from parallel_claims.judge.claims import Claim

SMALL = 0.01
"""Changes of level smaller than this, relatively, are not worth telling."""


@dataclass(frozen=True)
class Alarm:
    """A change of level between two runs that follow each other, as far as a series can tell.

    ratio: the level after over the level before, with its 95 % interval.
    between: the newest run before and the first after, rows of the facts; of a drift the first
        run and the newest.
    told: what differs between these two: commits and environment, in words.
    """

    ratio: stats.Interval
    between: tuple[pd.Series[Any], pd.Series[Any]]
    told: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Say whether the level fell."""
        return self.ratio.centre < 1

    @property
    def commits(self) -> tuple[str, str] | None:
        """Return the commits before and after; None where they are one, or not known."""
        before, after = (short(facts["commit"]) for facts in self.between)
        return (before, after) if before != after and UNKNOWN not in {before, after} else None


@dataclass(frozen=True)
class Track:
    """One claim on one machine, build and size, run by run.

    quantity: what is followed, ``speedup`` or ``efficiency``.
    runs: the facts of its runs, in order of time.
    centres, lows, highs: what each found, as ratios, with 95 % intervals.
    level: the level of the newest runs. drift: the change from the first run to the last,
        where it came steadily.
    left_out: runs that have the benchmarks, and too few rounds for an interval.
    days: on how many days the runs were measured.
    terms: the ratio. tests: the node id of each benchmark in it, by name.
    broken: which of them no longer runs in the newest run that measured all there is, and why.
    """

    claim: Claim
    quantity: str
    runs: pd.DataFrame
    centres: stats.Floats
    lows: stats.Floats
    highs: stats.Floats
    level: stats.Interval
    alarms: tuple[Alarm, ...] = ()
    drift: stats.Interval | None = None
    left_out: int = 0
    days: int = 0
    terms: Terms = field(default_factory=lambda: Terms(()))
    tests: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""

    @property
    def worse(self) -> Alarm | None:
        """Return the alarm that is to be confirmed: the newest level is worse than before."""
        newest = self.alarms[-1:]
        if self.drift is not None:
            ends = (self.runs.iloc[0], self.runs.iloc[-1])
            newest = (Alarm(self.drift, ends, told(*ends)),)
        return newest[0] if newest and newest[0].worse else None


def tracks(runs: Runs, claims: Sequence[Claim], alpha: float = stats.ALPHA) -> list[Track]:
    """Follow all claims on ratios over the runs of each machine, build and size.

    The claims of one series of runs share ``alpha`` (Bonferroni), and so do all looks while it
    grows: a history without any change raises an alarm with at most that probability, however
    many claims it has. Sides of a comparison of versions were measured otherwise: no runs.

    Raises:
        BadInputError: no run has the benchmarks of any claim.
    """
    found: list[Track] = []
    for _, facts in runs.facts[runs.facts["pairs"] == ""].groupby(SERIES, sort=False):
        rounds = Rounds(runs, facts.index.to_numpy(np.int64))
        there = [
            one
            for claim in claims
            if (terms := terms_of(claim)) is not None
            and len((one := Followed(claim, *terms, rounds.ratios(terms[1]))).ratios.runs)
        ]
        gone = no_longer(runs, facts)
        found += [
            replace(track(one, facts, rounds, alpha / len(there)), broken=why(one, gone))
            for one in there
        ]
    if not found:
        wanted = sorted({name for claim in claims for name in claim.benchmarks})
        message = (
            f"{runs.facts['path'].iloc[0]}: no run has the benchmarks of a claim on a ratio "
            f"({', '.join(wanted[:3])} …): name your claims with --claims"
        )
        raise BadInputError(message)
    return found


@dataclass(frozen=True)
class Followed:
    """A claim that is followed: its quantity, the terms of its ratio, and what each run found."""

    claim: Claim
    quantity: str
    terms: Terms
    ratios: Ratios


def no_longer(runs: Runs, facts: pd.DataFrame) -> list[Absence]:
    """Return what the newest run of a series, and the newest that measured all there is, lack.

    A run of a selection says nothing of the rest, but that something failed or was skipped.
    """
    whole = [place for place, told in enumerate(facts["coverage"]) if coverage.is_whole(told)]
    found: list[Absence] = []
    for newest in {len(facts) - 1, *whole[-1:]} - {0}:
        sides = (facts.iloc[:newest], facts.iloc[[newest]])
        found += coverage.absences([coverage.of(runs, side) for side in sides])
    return [one for one in found if one.presence is Presence.BROKEN]


def why(one: Followed, gone: Sequence[Absence]) -> str:
    """Say which benchmark of a claim no longer runs, and why; nothing where all do."""
    found = coverage.of_a_claim(one.terms.names, 1, gone)
    return f"{own_name(found.name)}: {found.why}" if found else ""


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


def track(one: Followed, facts: pd.DataFrame, rounds: Rounds, alpha: float) -> Track:
    """Follow one claim; days are its replicates."""
    ratio = one.ratios
    bounded = np.isfinite(ratio.lows) & np.isfinite(ratio.highs)
    used = ratio.where(bounded) if bounded.any() else ratio
    rows = facts.loc[used.runs]
    days = rows["saved"].dt.strftime("%Y%m%d").fillna("0").to_numpy(np.int64)
    errors = (used.highs - used.lows) / (2 * NORMAL_95)
    if not bounded.any():
        errors = np.zeros_like(errors)
    means, errors, first = by_day(used.centres, errors, days)
    path = follow(means, errors, spent(len(means), alpha)) if bounded.any() else None
    level = path.level if path is not None else stats.replicated(means)
    if len(means) < stats.FEWEST_RUNS:
        level = stats.combined(used.intervals)
    return Track(
        one.claim, one.quantity, rows, np.exp(used.centres), np.exp(used.lows), np.exp(used.highs),
        level.exp(), alarms(path, rows, first), path.drift.exp() if path and path.drift else None,
        int((~bounded).sum()) if bounded.any() else 0, len(means),
        one.terms, {name: rounds.node_id(name) for name in one.terms.names},
    )  # fmt: skip


def alarms(path: Path | None, rows: pd.DataFrame, first: stats.Integers) -> tuple[Alarm, ...]:
    """Return the steps of a path as alarms; ``first`` is the row of each day's first run."""
    found = []
    for step in path.steps if path is not None else ():
        if abs(math.expm1(step.size.centre)) >= SMALL:
            at = int(first[step.at])
            between = (rows.iloc[at - 1], rows.iloc[at])
            found.append(Alarm(step.size.exp(), between, told(*between)))
    return tuple(found)


NORMAL_95 = 1.96
"""The normal quantile of a two-sided 95 % interval: its half-width in standard errors."""


def told(before: pd.Series[Any], after: pd.Series[Any]) -> tuple[str, ...]:
    """Say what differs between two runs: commit, environment."""
    words = []
    if before["commit"] != after["commit"]:
        words.append(f"commit {short(before['commit'])} → {short(after['commit'])}")
    words += differences(environment(before), environment(after))
    return tuple(words) or ("same commit and environment: look at the machine",)


UNKNOWN = "unknown"


def short(commit: str) -> str:
    """Return a commit as it is shown."""
    return commit[:10] or UNKNOWN
