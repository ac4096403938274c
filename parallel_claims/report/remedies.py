"""What would decide an open question, in words: made of what a decision says as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.decisions import Basis, Remedy

if TYPE_CHECKING:
    from parallel_claims.decisions import Decision


def of(decision: Decision) -> str:
    """Return what would decide it; nothing where nothing would."""
    count, kind = decision.remedy.count, decision.basis.kind
    if decision.remedy.kind is Remedy.TIME:
        return "a longer --budget tells more"
    if decision.remedy.kind is not Remedy.MORE:
        return ""
    if kind is Basis.RUNS:
        return f"measure {count} runs a side" if count else "more runs a side tell more"
    return f"more pairs tell more (--pairs {count})" if count else "more pairs tell more"
