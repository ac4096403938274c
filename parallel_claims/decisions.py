"""What was decided of a question, as data: every command's answer is made of these.

Words are made of them in ``report``, JSON by ``as_data``; nothing reads a sentence to know more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parallel_claims import stats


class Basis(StrEnum):
    """What the replicates of a decision are."""

    PROCESSES = "processes"
    PAIRS = "pairs"
    BLOCKS = "blocks"
    ROUNDS = "rounds"
    RUNS = "runs"
    NOTHING = "nothing"


class Remedy(StrEnum):
    """What would decide an open question.

    MORE: more of what it rests on, the count says how many in all. TIME: a longer budget.
    QUIETER: a quieter machine; the count, where there is one, is how many of the basis this one
    would take. NONE: nothing that anybody measures, or nothing is open.
    """

    MORE = "more"
    TIME = "time"
    QUIETER = "quieter"
    NONE = "none"


@dataclass(frozen=True)
class Rest:
    """How many replicates of which kind a decision rests on."""

    kind: Basis = Basis.NOTHING
    count: int = 0

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"kind": str(self.kind), "count": self.count}


@dataclass(frozen=True)
class Advice:
    """What would decide an open question; how many replicates in all, where that is known."""

    kind: Remedy = Remedy.NONE
    count: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"kind": str(self.kind), "count": self.count}


NOTHING = Advice()
"""Nothing is open, or nothing that anybody measures would decide it."""


@dataclass(frozen=True)
class Decision:
    """What was decided of one question.

    verdict: an outcome of a claim, or of a change. ratio: with its interval; None where nothing
    was measured. note: what the reader has to know, in words.
    """

    verdict: str
    ratio: stats.Interval | None = None
    basis: Rest = field(default_factory=Rest)
    remedy: Advice = field(default_factory=Advice)
    note: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return the keys that every command's JSON has; what cannot be told is null."""
        known = self.ratio
        return {
            "verdict": str(self.verdict),
            "ratio": finite(known.centre) if known else None,
            "low": finite(known.low) if known else None,
            "high": finite(known.high) if known else None,
            "basis": self.basis.as_data(),
            "remedy": self.remedy.as_data(),
            "note": self.note,
        }


def finite(value: float) -> float | None:
    """Return a number, None where JSON has no way to write it."""
    return value if math.isfinite(value) else None
