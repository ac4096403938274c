"""Charts of verdicts: the forest plot, speedup against capacity, where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.rule import Form
from parallel_claims.judge.rules.accounting import PARTS
from parallel_claims.quantities import number
from parallel_claims.report import words
from parallel_claims.report.charts.base import (
    COLOURS,
    GREEN,
    GREY,
    ORANGE,
    RED,
    Chart,
    Rows,
    finished,
    named,
    short,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.stats.intervals import Interval

ROW = 44
"""Pixels of a row: its label, and its marks below."""

SHOWN = (0.05, 2000.0)
"""What the forest plot's one axis spans at most; what lies beyond is drawn at its end."""


def clipped(value: float) -> float:
    """Return a value within what the forest plot shows."""
    return short(min(max(value, SHOWN[0]), SHOWN[1]))


def forest(name: str, title: str, verdicts: Sequence[Verdict]) -> Chart | None:
    """Return the claims of a section on one log axis: band, interval, estimate, the published.

    None where no claim of them is a number above 0.
    """
    found = [(v, i) for v in verdicts if (i := plotted(v)) is not None]
    if not found:
        return None
    rows = [forest_row(place, *row) for place, row in enumerate(found)]
    low, high = spanned(rows)
    for row in rows:
        row["band low"], row["band high"] = max(row["band low"], low), min(row["band high"], high)
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("place:O", axis=None),
        tooltip=[alt.Tooltip(f"{key}:N") for key in TOLD],
    )
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(title="speedup, share of capacity, or what was recorded; logarithmic",
                    format="~g", values=ticks((low * 1.3, high / 1.3)))  # fmt: skip
    x = alt.X("band low:Q", scale=scale, axis=axis)
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=VERDICTS, range=VERDICT_SHAPES))
    colour = alt.Color(
        "verdict:N", scale=alt.Scale(domain=VERDICTS, range=VERDICT_COLOURS), legend=None
    )
    layers = [
        base.mark_bar(height=14, opacity=0.22, color=GREY, yOffset=8).encode(x=x, x2="band high:Q"),
        base.mark_rule(strokeWidth=2.5, yOffset=8).encode(
            x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour
        ),
        base.mark_point(size=110, filled=True, opacity=1, yOffset=8).encode(
            x=alt.X("centre:Q", scale=scale), color=colour,
            shape=shape.legend(None),
        ),
        base.mark_tick(thickness=3, height=16, color="currentColor", yOffset=8)
        .encode(x=alt.X("published at:Q", scale=scale))
        .transform_filter("isValid(datum['published at'])"),
        base.mark_text(**named(ROW)).encode(x=alt.value(2), text="label:N"),
    ]  # fmt: skip
    return Chart(
        name,
        title,
        FOREST + (PUBLISHED if any(row["published at"] for row in rows) else ""),
        finished(alt.layer(*layers), ROW * len(rows), rows=rows),
        ("claim", "found here (95 %)", "allowed", "published", "verdict"),
        [
            tuple(row[key] for key in ("claim", "found", "allowed", "published", "verdict"))
            for row in rows
        ],
    )


def forest_row(place: int, verdict: Verdict, interval: Interval) -> dict[str, Any]:
    """Return what a forest plot draws and tells of one claim."""
    bound, figure = verdict.claim.rule.bound, words.figure_of(verdict)
    return {
        "place": place,
        "label": words.MARKS[verdict.outcome]
        + f" {verdict.claim.statement.rstrip('.')}{off_scale(interval)}",
        "claim": verdict.claim.statement,
        "verdict": words.outcome(verdict),
        "found": words.here(verdict) or "–",
        "allowed": words.allowed(verdict),
        "published": words.published(verdict) or "–",
        "low": clipped(interval.low),
        "high": clipped(interval.high),
        "centre": clipped(interval.centre),
        "band low": clipped(bound.low),
        "band high": clipped(bound.high),
        "published at": None if figure is None else clipped(figure),
    }


FOREST = "Grey band: what the claim allows. Line and sign: 95 % interval and estimate here."
PUBLISHED = " Upright tick: the published figure."
TOLD = ("claim", "verdict", "found", "allowed", "published")
VERDICTS = ["holds", "fails", "fails as expected", "undecided", "not testable"]
VERDICT_SHAPES = ["circle", "cross", "cross", "diamond", "square"]
VERDICT_COLOURS = [GREEN, RED, RED, ORANGE, GREY]


def plotted(verdict: Verdict) -> Interval | None:
    """Return the interval that a forest plot draws; None for what is no number above 0."""
    if verdict.estimate is None or verdict.claim.rule.form is Form.SECONDS:
        return None
    interval = verdict.estimate.judged.interval(verdict.alpha)
    return interval if interval.centre > 0 else None


def off_scale(interval: Interval) -> str:
    """Say that an estimate lies beyond what is shown, and where."""
    if SHOWN[0] <= interval.centre <= SHOWN[1]:
        return ""
    return f" (off the scale: {number(interval.centre)})"


def spanned(rows: Rows) -> tuple[float, float]:
    """Return the ends of the axis: what is drawn, open bands left out, and some room."""
    keys = ("low", "centre", "high", "band low", "band high", "published at")
    values = [row[key] for row in rows for key in keys if row[key] is not None]
    inner = [x for x in values if SHOWN[0] < x < SHOWN[1]] or list(SHOWN)
    ends = [x for row in rows for key in ("low", "centre", "high") if (x := row[key]) in SHOWN]
    return short(min(inner + ends) / 1.3), short(max(inner + ends) * 1.3)


def accounting(verdicts: Sequence[Verdict]) -> Chart | None:
    """Return where the seconds above the ideal went, as stacked bars."""
    rows: Rows = []
    table = []
    for verdict in verdicts:
        if verdict.estimate is None or not verdict.estimate.parts:
            continue
        intervals = {n: q.interval(verdict.alpha) for n, q in verdict.estimate.parts.items()}
        parts = {n: i.centre for n, i in intervals.items() if n not in {"excess", "rest"}}
        parts["rest"] = intervals["excess"].centre - sum(parts.values())
        rows += [
            {
                "claim": verdict.claim.statement,
                "part": PARTS[n],
                "seconds": short(x),
                "order": k,
            }
            | ({"label": verdict.claim.statement.rstrip(".")} if k == 0 else {})
            for k, (n, x) in enumerate(parts.items())
        ]
        told = (words.seconds(intervals[n]) if n in intervals else "–" for n in ACCOUNTED)
        table.append((verdict.claim.statement, *told))
    if not rows:
        return None
    names = [PARTS[name] for name in ACCOUNTED[1:]]
    chart = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_bar(height=18, yOffset=9, stroke="currentColor", strokeWidth=0.6)
        .encode(
            x=alt.X("seconds:Q", title="seconds above the ideal", axis=alt.Axis(tickCount=5)),
            y=alt.Y("claim:N", title=None, axis=None, sort=None),
            color=alt.Color("part:N", scale=alt.Scale(domain=names, range=COLOURS[: len(names)])),
            order="order:Q",
            tooltip=["claim:N", "part:N", alt.Tooltip("seconds:Q", format=".3~g")],
        )
    )
    label = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_text(**named(ROW))
        .encode(x=alt.value(2), y=alt.Y("claim:N", axis=None, sort=None), text="label:N")
        .transform_filter("datum.label")
    )
    return Chart(
        "accounting",
        "Where the time above the ideal went",
        "The seconds above baseline / workers, split into what was measured by itself; a part "
        "below zero was gained.",
        finished(alt.layer(chart, label), ROW * len(table), rows=rows),
        ("claim", *(PARTS[name] for name in ACCOUNTED)),
        table,
    )


ACCOUNTED = ("excess", "start_up", "dispatch", "capacity", "rest")


def scaling(verdicts: Sequence[Verdict]) -> Chart | None:
    """Return the speedups of claims with a capacity, against it and the ideal."""
    rows: Rows = []
    table = []
    for verdict in verdicts:
        found, rule = verdict.estimate, verdict.claim.rule
        capacity = rule.capacity if isinstance(rule, Contrast) else None
        if found is None or found.speedup is None or found.efficiency is None or capacity is None:
            continue
        speedup = found.speedup.interval(verdict.alpha)
        if not speedup.bounded or rule.form is Form.SECONDS:
            continue
        had = speedup.centre / found.efficiency.interval(verdict.alpha).centre
        rows.append(
            {
                "claim": verdict.claim.statement,
                "label": verdict.claim.statement.rstrip("."),
                "workers": capacity.workers,
                "speedup": short(speedup.centre),
                "low": short(speedup.low),
                "high": short(speedup.high),
                "capacity": short(had),
                "ideal": capacity.workers,
            }
        )
        told = words.interval(speedup, "×")
        table.append((verdict.claim.statement, str(capacity.workers), told, f"{number(had)}×"))
    if not rows:
        return None
    data = alt.NamedData(name="rows")
    y = alt.Y("claim:N", axis=None, sort=None)
    x = alt.X("speedup:Q", title="times as fast as one", axis=alt.Axis(tickCount=6))
    tips = [alt.Tooltip(f"{key}:N") for key in ("claim", "workers", "speedup", "capacity", "ideal")]
    base = alt.Chart(data).encode(y=y, tooltip=tips)
    layers = [
        base.mark_bar(height=12, color=COLOURS[0], opacity=0.55, yOffset=8).encode(x=x),
        base.mark_rule(color=COLOURS[0], strokeWidth=2.5, yOffset=8).encode(x="low:Q", x2="high:Q"),
        base.mark_tick(thickness=3, height=22, color=ORANGE, yOffset=8).encode(x="capacity:Q"),
        base.mark_point(shape="diamond", size=90, color="currentColor", yOffset=8)
        .encode(x="ideal:Q"),
        base.mark_text(**named(ROW)).encode(x=alt.value(2), text="label:N"),
    ]  # fmt: skip
    return Chart(
        "scaling",
        "Speedup against capacity and ideal",
        "Bar and line: the speedup and its interval. Upright tick: the capacity that as many "
        "independent workers showed in the same blocks. Diamond: the number of workers.",
        finished(alt.layer(*layers), ROW * len(rows), rows=rows),
        ("claim", "workers", "speedup (95 %)", "capacity"),
        table,
    )
