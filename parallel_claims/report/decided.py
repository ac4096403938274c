"""What each command has found, as one decision a row: what JSON has, and words are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_claims.decisions import Advice, Basis, Decision, Remedy, Rest, finite
from parallel_claims.follow.comparison import Change
from parallel_claims.stats.replicates import FEWEST_IN_SERIES, FEWEST_RUNS

if TYPE_CHECKING:
    from parallel_claims.follow.comparison import Comparison, Shift
    from parallel_claims.follow.history import Track
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.stats.intervals import Interval
    from parallel_claims.versus.confirming import Confirmation


def of_claim(verdict: Verdict) -> Decision:
    """Return a claim's verdict on one run; the ratio is what the claim bounds."""
    found = verdict.estimate
    if found is None:
        return Decision(verdict.outcome, note=verdict.reason)
    count, remedy = found.judged.count, verdict.remedy
    if verdict.dropped_at is not None and remedy.kind is not Remedy.NONE:
        remedy = Advice(Remedy.TIME)
    each = verdict.run.processes >= count > 1
    kind = Basis.ROUNDS if not found.judged.paired else Basis.PROCESSES if each else Basis.BLOCKS
    ratio = found.judged.interval(verdict.alpha)
    return Decision(verdict.outcome, ratio, Rest(kind, count), remedy, verdict.reason)


def of_track(track: Track) -> Decision:
    """Return whether a series of runs has an alarm; the ratio is the newest level over that before.

    Each day of runs is one value: of few days nothing can be told.
    """
    runs = Rest(Basis.RUNS, len(track.runs))
    if track.broken:
        return Decision("broken", None, runs, note=track.broken)
    if track.days < FEWEST_IN_SERIES:
        return Decision("cannot-tell", None, runs, Advice(Remedy.MORE, FEWEST_IN_SERIES))
    newest = track.alarms[-1].ratio if track.alarms else None
    ratio = track.drift if track.drift is not None else newest
    verdict = "worse" if track.worse else "unchanged" if ratio is None else "better"
    return Decision(verdict, ratio, runs)


def of_confirmation(found: Confirmation) -> Decision:
    """Return what became of an alarm in pairs."""
    verdict = "confirmed" if found.confirmed else "not-confirmed"
    return Decision(verdict, found.ratio, Rest(Basis.PAIRS, found.pairs), note=found.told)


def of_shift(found: Comparison, number: int, shift: Shift) -> Decision:
    """Return what can be said of the side of a number against the first."""
    verdict = str(shift.change).replace(" ", "-")
    rests_on = found.bases[number - 1]
    kind = Basis.PAIRS if rests_on is Basis.PAIRS else Basis.RUNS
    rest = Rest(kind, shift.count)
    if shift.ratio is None:
        return Decision(verdict, None, rest, note=shift.note or "not measured on both sides")
    if shift.change is not Change.CANNOT_TELL:
        return Decision(verdict, shift.ratio, rest)
    few = rests_on is Basis.NOTHING
    remedy = Advice(Remedy.MORE, FEWEST_RUNS if few else None)
    return Decision(verdict, shift.ratio, rest, remedy)


def ratio(found: Interval) -> dict[str, Any]:
    """Return a ratio as every decision has it."""
    return {"ratio": finite(found.centre), "low": finite(found.low), "high": finite(found.high)}
