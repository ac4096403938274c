"""Charts of claims over time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt

from analysis.report import words
from analysis.report.charts.base import (
    COLOURS,
    GREY,
    ORANGE,
    Chart,
    finished,
    short,
    thinned,
    ticks,
)

if TYPE_CHECKING:
    from analysis.history import Track


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
        for change in track.changes
    ]
    x = alt.X("run:Q", title="run, in order of time", axis=alt.Axis(format="d", tickMinStep=1),
              scale=alt.Scale(zero=False, nice=False, padding=8))  # fmt: skip
    y = alt.Y("value:Q", title=f"{track.quantity}, log scale",
              axis=alt.Axis(format="~g", values=ticks(row["value"] for row in rows)),
              scale=alt.Scale(type="log", nice=False, padding=12))  # fmt: skip
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=x, tooltip=["run:Q", "saved:N", "value:Q", "low:Q", "high:Q"]
    )
    layers = [
        base.mark_rule(color=GREY, opacity=0.7).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=36, opacity=1, color=COLOURS[0]).encode(y=y),
    ]
    if changes:
        layers.append(
            alt.Chart(alt.NamedData(name="changes"))
            .mark_rule(color=ORANGE, strokeWidth=2.5, strokeDash=[5, 3])
            .encode(x="run:Q", tooltip=["run:Q", "change:N", "told:N"])
        )
    told = "Every run with its interval; a dashed line is a change of level."
    return Chart(
        name, track.claim.id, told, finished(alt.layer(*layers), 190, rows=rows, changes=changes),
        ("change", "at run", "between"),
        [(str(c["change"]), str(c["run"]), str(c["told"])) for c in changes]
        or [("no change", "–", f"{len(saved)} runs")],
    )  # fmt: skip
