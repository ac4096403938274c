"""Verdicts as JSON, for programs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from analysis.judge import bound_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.judge import Verdict
    from analysis.stats import Interval


def render(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts, and the machine of the newest run among them, as JSON."""
    machine = verdicts[-1].run.machine if verdicts else {}
    document = {"verdicts": [record(verdict) for verdict in verdicts], "machine": machine}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def record(verdict: Verdict) -> dict[str, Any]:
    """Return one verdict; numbers that cannot be told are null."""
    claim, found = verdict.claim, verdict.estimate
    bound = bound_of(claim)
    speedup = found.speedup if found else None
    return {
        "claim": claim.id,
        "verdict": str(verdict.outcome),
        **ends("speedup", speedup),
        "blocks": found.blocks if found else 0,
        "reason": verdict.reason,
        "known_failure": claim.known_failure,
        "judged": ends("estimate", found.judged if found else None)
        | {"at_least": finite(bound.low), "at_most": finite(bound.high)},
        "efficiency": ends("estimate", found.efficiency if found else None),
        "dropped_blocks": found.dropped if found else 0,
        "paired": found.paired if found else None,
        "section": claim.section,
        "statement": claim.statement,
        "run": str(verdict.run.path),
    }


def ends(name: str, interval: Interval | None) -> dict[str, float | None]:
    """Return an interval's centre under ``name``, and its ends."""
    if interval is None:
        return {name: None, "low": None, "high": None}
    return {
        name: finite(interval.centre),
        "low": finite(interval.low),
        "high": finite(interval.high),
    }


def finite(value: float) -> float | None:
    """Return ``value``, None where JSON has no way to write it."""
    return value if math.isfinite(value) else None
