"""What a page says first: alarms, what fails, what is undecided; and the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_claims.judge.outcome import Outcome, Verdict
from parallel_claims.report import past, words
from parallel_claims.saved.environment import differences, facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track
    from parallel_claims.report.page import Judged

ORDER = (Outcome.FAILS, Outcome.UNDECIDED, Outcome.NOT_TESTABLE, Outcome.HOLDS)
"""Verdicts, those that somebody must look at first."""


def rank(verdict: Verdict) -> int:
    """Return the place of a verdict in the order of what must be looked at."""
    expected = verdict.outcome is Outcome.FAILS and not verdict.unexpected_failure
    return 2 * ORDER.index(verdict.outcome) + expected


def of_run(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts that are news: what fails, what fails as expected, what is undecided."""
    shown = [v for v in words.measured(verdicts) if v.outcome in ORDER[:2]]
    return sorted(shown, key=rank)


def claim_context(verdict: Verdict, name: str) -> dict[str, Any]:
    """Return what the page says of one claim, which is called ``name`` on it."""
    return {
        "name": name,
        "id": verdict.claim.id,
        "statement": verdict.claim.statement,
        "published": words.published(verdict),
        "by": words.published_by([verdict]),
        "here": words.here(verdict),
        "allowed": words.allowed(verdict),
        "beside": words.beside(verdict).removeprefix("; "),
        "reason": verdict.reason,
        "rank": rank(verdict),
        **verdict_context(verdict),
    }


def verdict_context(verdict: Verdict) -> dict[str, str]:
    """Return a verdict as sign, words and class."""
    return {
        "mark": words.MARKS[verdict.outcome],
        "words": words.outcome(verdict),
        "outcome": str(verdict.outcome),
    }


def worse(tracks: Sequence[Track], links: Sequence[str]) -> list[dict[str, str]]:
    """Return the alarms in force: since when, by how much, with which commits, what confirms it.

    links: the names of the charts of all tracks, in the same order.
    """
    return [
        {
            "statement": track.claim.statement,
            "id": track.claim.id,
            "link": link,
            "where": past.series_title(track),
            **since(track),
        }
        for track, link in zip(tracks, links, strict=True)
        if track.worse
    ]


def since(track: Track) -> dict[str, str]:
    """Say since when the level of a series looks worse, what differed, and what confirms it."""
    count, alarm = len(track.runs), track.worse
    assert alarm is not None
    wanted = past.command(track, alarm) or ""
    if track.drift is not None:
        text = f"alarm: steadily worse over its {count} runs"
        return {"since": text, "size": words.percent(alarm.ratio), "told": "", "confirm": wanted}
    place = track.runs["path"].tolist().index(alarm.between[1]["path"]) + 1
    day = alarm.between[1]["saved"]
    named = f"worse since {day:%Y-%m-%d}" if not past.pd_missing(day) else "worse"
    return {
        "since": f"alarm: {named}, run {place} of {count}",
        "size": words.percent(alarm.ratio),
        "told": "; ".join(alarm.told),
        "confirm": wanted,
    }


def matrix(judged: Sequence[Judged], names: Sequence[str]) -> dict[str, Any]:
    """Return the claims by machine and Python, news first, and what differs between these."""
    known = [{verdict.claim.id: verdict for verdict in run.verdicts} for run in judged]
    claims = {
        v.claim.id: v.claim.statement for run in known for v in run.values() if not v.left_out
    }
    rows: list[dict[str, Any]] = [
        {"id": key, "statement": claims[key], "cells": [cell(run.get(key)) for run in known]}
        for key in claims
    ]
    rows.sort(key=lambda row: min(ORDER.index(cell["outcome"]) for cell in row["cells"]))
    told = [
        (name, "; ".join(differences(environment(judged[0]), environment(other))))
        for name, other in zip(names[1:], judged[1:], strict=True)
    ]
    return {
        "columns": names,
        "news": [row for row in rows if not calm(row)],
        "rest": [row for row in rows if calm(row)],
        "differences": [(name, text) for name, text in told if text],
    }


def environment(judged: Judged) -> dict[str, str]:
    """Return the facts of a run that a comparison looks at."""
    run = judged.verdicts[0].run
    return facts(run.machine, run.suite.size if run.suite else "", ())


def calm(row: dict[str, Any]) -> bool:
    """Say whether a claim holds wherever it can be tested."""
    return {c["outcome"] for c in row["cells"]} <= {"holds", "not-testable"}


def cell(verdict: Verdict | None) -> dict[str, str]:
    """Return one cell of the matrix: the verdict, and the first of what was found."""
    if verdict is None or verdict.left_out:
        mark = words.MARKS[Outcome.NOT_TESTABLE]
        return {"mark": mark, "words": "not measured", "outcome": "not-testable", "here": ""}
    here = words.here(verdict).split(";")[0].replace(" of what this machine can give", "")
    return {**verdict_context(verdict), "here": "" if here == "–" else here}
