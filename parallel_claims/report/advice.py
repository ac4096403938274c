"""The sentences at the head of a report: what to do, with what the claims found."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from parallel_claims.judge.outcome import Outcome
from parallel_claims.report import words
from parallel_claims.stats import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.judge.claims import Opening
    from parallel_claims.judge.outcome import Verdict

SENTENCES = 3
"""Sentences that are said at most."""

DECIDED = {Outcome.HOLDS, Outcome.FAILS}


def said(advice: Iterable[Opening], verdicts: Sequence[Verdict]) -> list[str]:
    """Return the first sentences of which every claim is decided, with what it found."""
    known = {verdict.claim.id: verdict for verdict in verdicts}
    found = []
    for sentence in advice:
        named = re.findall(r"\{([^{}]+)\}", sentence.sentence)
        met = all(k in known and known[k].outcome == value for k, value in sentence.when.items())
        values = {name: short(known[name]) for name in named if name in known}
        if met and all(values.get(name) for name in named):
            text = sentence.sentence
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", value)
            found.append(text)
    return found[:SENTENCES]


def short(verdict: Verdict) -> str:
    """Write what a decided claim found, without an interval; nothing where it is not decided."""
    found = verdict.estimate
    if found is None or verdict.outcome not in DECIDED:
        return ""
    if found.speedup is not None:
        centre = found.speedup.interval(verdict.alpha).centre
        return words.speed(Interval(centre, -math.inf, math.inf))
    return words.alone(found.judged.interval(verdict.alpha).centre, verdict.claim.rule.unit)
