"""Charts of claims over time."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import altair as alt

from parallel_claims.report import words
from parallel_claims.report.charts.base import (
    COLOURS,
    GREY,
    ORANGE,
    Chart,
    Rows,
    finished,
    short,
    thinned,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.history import Track


def series(name: str, track: Track) -> Chart:
    """Return one claim over the runs of a series, with its levels and changes."""
    saved = track.runs["saved"].dt.strftime("%Y-%m-%d %H:%M").fillna("unknown").tolist()
    numbered = range(1, len(saved) + 1)
    points = list(zip(numbered, saved, track.centres, track.lows, track.highs, strict=True))
    rows = [
        {"run": run, "saved": day, "value": short(c), "low": short(low), "high": short(high)}
        for run, day, c, low, high in thinned(points)
        if math.isfinite(high)
    ]
    numbers = {path: n for n, path in enumerate(track.runs["path"], 1)}
    changes = [
        {
            "run": numbers[change.between[1]["path"]],
            "change": words.percent(change.ratio),
            "told": "; ".join(change.told),
        }
        for change in track.alarms
    ]
    x = alt.X("run:Q", title="day of the run; runs stand in order, equally far apart",
              axis=days(saved),
              scale=alt.Scale(zero=False, nice=False, padding=8))  # fmt: skip
    y = alt.Y("value:Q", title=f"{track.quantity}, logarithmic",
              axis=alt.Axis(format="~g", values=ticks(row["value"] for row in rows)),
              scale=alt.Scale(type="log", nice=False, padding=12))  # fmt: skip
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=x, tooltip=["run:Q", "saved:N", "value:Q", "low:Q", "high:Q"]
    )
    layers = [
        base.mark_rule(color=GREY, opacity=0.7).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=36, opacity=1, color=COLOURS[0]).encode(y=y),
    ]
    layers.append(
        alt.Chart(alt.NamedData(name="levels"))
        .mark_rule(color="currentColor", strokeWidth=2)
        .encode(
            x="first:Q",
            x2="last:Q",
            y=alt.Y("from:Q"),
            y2="to:Q",
            tooltip=[alt.Tooltip("from:Q", title="level"), "first:Q", "last:Q"],
        )
    )
    if changes:
        layers.append(
            alt.Chart(alt.NamedData(name="changes"))
            .mark_rule(color=ORANGE, strokeWidth=2.5, strokeDash=[5, 3])
            .encode(x="run:Q", tooltip=["run:Q", "change:N", "told:N"])
        )
    told = "Every run with its interval; lines are levels, a dashed line is a change of level."
    return Chart(
        name, track.claim.statement, told,
        finished(alt.layer(*layers), 190, rows=rows, changes=changes, levels=levels(track)),
        ("change", "at run", "between"),
        [(str(c["change"]), str(c["run"]), str(c["told"])) for c in changes]
        or [("no change", "–", f"{len(saved)} runs")],
    )  # fmt: skip


def days(saved: Sequence[str]) -> alt.Axis:
    """Return an axis over runs that says of some of them on which day they were saved."""
    step = max(1, math.ceil(len(saved) / MOST_DAYS))
    numbers = list(range(1, len(saved) + 1, step))
    named = {number: saved[number - 1].split(" ")[0] for number in numbers}
    return alt.Axis(values=numbers, labelExpr=f"{json.dumps(named)}[datum.value]",
                    labelOverlap=True, labelLimit=90)  # fmt: skip


MOST_DAYS = 8
"""Runs whose day is named on an axis."""


def levels(track: Track) -> Rows:
    """Return the levels between the changes, backwards from the newest runs' level."""
    numbers = {path: n for n, path in enumerate(track.runs["path"], 1)}
    height, last = track.level.centre, len(numbers)
    if track.drift is not None and not track.alarms:
        before = short(height / track.drift.centre)
        return [{"first": 1, "last": last, "from": before, "to": short(height)}]
    found: Rows = []
    for change in reversed(track.alarms):
        at = numbers[change.between[1]["path"]]
        found.append({"first": at, "last": last, "from": short(height), "to": short(height)})
        height, last = height / change.ratio.centre, at - 1
    found.append({"first": 1, "last": last, "from": short(height), "to": short(height)})
    return found[::-1]
