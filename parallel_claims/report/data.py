"""Verdicts as JSON, for programs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from parallel_claims.noise.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.judge.quantity import Quantity
    from parallel_claims.stats.intervals import Interval


def render(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts, and the machine of the newest run among them, as JSON."""
    machine = verdicts[-1].run.machine if verdicts else {}
    runs = {verdict.run.path: verdict.run for verdict in verdicts}
    noise = [
        {"run": str(path), "kind": finding.kind, "sentence": finding.sentence}
        for path, run in runs.items()
        for finding in diagnose(run)
    ]
    document = {
        "verdicts": [record(verdict) for verdict in verdicts],
        "machine": machine,
        "noise": noise,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def record(verdict: Verdict) -> dict[str, Any]:
    """Return one verdict; numbers that cannot be told are null.

    ``speedup``, ``low`` and ``high`` are the ratio of times at level ``alpha``; ``judged`` is
    what the rule bounds, at ``alpha``; the verdict was reached at ``joint_alpha``.
    """
    claim, found = verdict.claim, verdict.estimate
    bound = claim.rule.bound
    return {
        "claim": claim.id,
        "verdict": str(verdict.outcome),
        **ends("speedup", verdict, found.speedup if found else None),
        "blocks": found.judged.count if found else 0,
        "processes": verdict.run.processes,
        "reason": verdict.reason,
        "known_failure": claim.known_failure,
        "judged": ends("estimate", verdict, found.judged if found else None)
        | {"at_least": finite(bound.low), "at_most": finite(bound.high)},
        "efficiency": ends("estimate", verdict, found.efficiency if found else None),
        "alpha": verdict.alpha,
        "joint_alpha": verdict.joint_alpha,
        "parts": {
            name: ends("seconds", verdict, part)
            for name, part in (found.parts if found else {}).items()
        },
        "dropped_blocks": found.dropped if found else 0,
        "paired": found.judged.paired if found else None,
        "section": claim.section,
        "statement": claim.statement,
        "run": str(verdict.run.path),
    }


def ends(name: str, verdict: Verdict, quantity: Quantity | None) -> dict[str, float | None]:
    """Return a quantity's centre under ``name``, and the ends of its interval."""
    if quantity is None:
        return {name: None, "low": None, "high": None}
    interval = quantity.interval(verdict.alpha)
    return {
        name: finite(interval.centre),
        "low": finite(interval.low),
        "high": finite(interval.high),
    }


def finite(value: float) -> float | None:
    """Return ``value``, None where JSON has no way to write it."""
    return value if math.isfinite(value) else None


def interval(found: Interval | None) -> dict[str, float | None] | None:
    """Return an interval as data."""
    if found is None:
        return None
    return {
        "estimate": finite(found.centre),
        "low": finite(found.low),
        "high": finite(found.high),
    }
