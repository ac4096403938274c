"""Charts of a comparison of two versions: all ratios on one axis, and pairs one by one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import altair as alt

from parallel_claims.quantities import number
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
from parallel_claims.report.versus import tables, words
from parallel_claims.report.words import plural
from parallel_claims.versus.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.versus.records import Difference, Versus

LOOKS = {
    Finding.SLOWER: (RED, "triangle-up"),
    Finding.FASTER: (GREEN, "triangle-down"),
    Finding.SAME: (GREY, "circle"),
    Finding.CANNOT_TELL: (ORANGE, "diamond"),
}
"""The colour and the shape of each verdict."""

ROW = 44
"""Pixels of a row: its label, and its marks below."""

MOST_ROWS = 40
"""Benchmarks whose pairs one chart shows."""

SHOWN = (0.5, 2.0)
"""What the chart of all ratios spans at most; what lies beyond is drawn at its end."""

WIDE = 1.2
"""How far beyond the outermost ratio an axis goes: an interval may be much longer."""


def overview(versus: Versus) -> Chart | None:
    """Return all ratios with their intervals, in order of size; None where there are none."""
    known = [(one, one.ratio) for one in versus.differences if one.ratio is not None]
    ordered = sorted(known, key=lambda one: one[1].centre)
    if not ordered:
        return None
    names, within = words.short(versus), versus.within
    low, high = spanned([ratio.centre for _, ratio in ordered], within)
    domain = max(low, SHOWN[0]), min(high, SHOWN[1])
    rows = [
        {
            "place": place,
            "benchmark": names[one.name],
            "verdict": words.WORDS[one.finding],
            "B / A": words.ratio(one),
            "ratio": clipped(ratio.centre, domain),
            "low": clipped(ratio.low, domain),
            "high": clipped(ratio.high, domain),
        }
        for place, (one, ratio) in enumerate(ordered, 1)
    ]
    told = (
        "From the fastest on the left to the slowest on the right: the ratio, with its 95 % "
        f"interval. Between the dashed lines it is within {words.share(within)}."
    )
    return Chart(
        "overview",
        f"Seconds of B over seconds of A, {plural(len(rows), 'benchmark')}",
        told,
        finished(overview_layers(domain), 300, rows=rows, bounds=bounds(within)),
        ("benchmark", "verdict", "B / A", "A takes", "pairs"),
        [
            (names[one.name], words.WORDS[one.finding], words.ratio(one),
             tables.Compared(versus, "", one).takes, str(one.pairs))
            for one in sorted((one for one, _ in ordered), key=words.size, reverse=True)
        ],
    )  # fmt: skip


def overview_layers(domain: tuple[float, float]) -> Any:
    """Return what the chart of all ratios draws."""
    scale = alt.Scale(type="log", domain=domain, nice=False)
    y = alt.Y("low:Q", scale=scale, title="B / A, logarithmic",
              axis=alt.Axis(format="~g", values=ticks(domain)))  # fmt: skip
    kinds = [words.WORDS[finding] for finding in LOOKS]
    colours, shapes = zip(*LOOKS.values(), strict=True)
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=kinds, range=colours))
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=kinds, range=shapes))
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=alt.X("place:Q", axis=None, scale=alt.Scale(nice=False, zero=False, padding=8)),
        tooltip=[alt.Tooltip(f"{key}:N") for key in ("benchmark", "verdict", "B / A")],
    )
    return alt.layer(
        *lines(alt.Y),
        base.mark_rule(opacity=0.6).encode(y=y, y2="high:Q", color=colour),
        base.mark_point(filled=True, size=28, opacity=1).encode(
            y=alt.Y("ratio:Q", scale=scale), color=colour, shape=shape
        ),
    )


def pairs(name: str, title: str, versus: Versus, chosen: Sequence[Difference]) -> Chart | None:
    """Return every pair of some benchmarks as a point; None where there is none."""
    shown = [(one, one.ratio) for one in chosen if one.ratios and one.ratio][:MOST_ROWS]
    if not shown:
        return None
    names = words.short(versus)
    rows: Rows = []
    for place, (one, ratio) in enumerate(shown):
        known = {
            "place": place,
            "label": f"{tables.LOOKS[one.finding][0]} {names[one.name]} {words.ratio(one)}",
            "centre": short(ratio.centre),
        }
        points = list(points_of(versus, one))
        rows += [
            {"place": place, "benchmark": names[one.name], **point} | (known if n == 0 else {})
            for n, point in enumerate(points)
        ]
    layers = pairs_layers(rows, spanned([row["ratio"] for row in rows], versus.within))
    more = f" The {len(shown)} largest of {len(chosen)}." if len(shown) < len(chosen) else ""
    return Chart(
        name,
        title,
        "A point a pair of fresh processes; the upright line is the centre." + more,
        finished(layers, ROW * len(shown), rows=rows, bounds=bounds(versus.within)),
        ("benchmark", "B / A", "pair by pair"),
        [
            (names[one.name], words.ratio(one), ", ".join(map(number, one.ratios)))
            for one, _ in shown
        ],
    )


AGAIN = {1: "first pairs", 2: "measured again"}
"""What the pairs of each stage are called."""


def points_of(versus: Versus, one: Difference) -> Iterable[dict[str, Any]]:
    """Yield the pairs of one benchmark."""
    for pair in versus.pairs:
        if one.name in pair.slices:
            yield {
                "pair": pair.number + 1,
                "which": AGAIN[min(pair.stage, 2)],
                "ratio": short(math.exp(pair.slices[one.name].ratio)),
            }


def pairs_layers(rows: Rows, domain: tuple[float, float]) -> Any:
    """Return what a chart of pairs draws: points, centres, labels."""
    x = alt.X("ratio:Q", title="B / A, logarithmic",
              scale=alt.Scale(type="log", domain=domain, nice=False),
              axis=alt.Axis(format="~g", values=ticks(domain)))  # fmt: skip
    kinds = [kind for kind in AGAIN.values() if any(row["which"] == kind for row in rows)]
    colour = alt.Color("which:N", scale=alt.Scale(domain=kinds, range=COLOURS[: len(kinds)]))
    shape = alt.Shape("which:N", scale=alt.Scale(domain=kinds, range=["circle", "square"]))
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("place:O", axis=None),
        tooltip=["benchmark:N", "pair:Q", "which:N", alt.Tooltip("ratio:Q", format=".4~g")],
    )
    return alt.layer(
        *lines(alt.X),
        base.mark_point(filled=True, size=50, opacity=0.7, yOffset=8).encode(
            x=x, color=colour, shape=shape
        ),
        base.mark_tick(thickness=3, height=20, color="currentColor", yOffset=8)
        .encode(x=alt.X("centre:Q"), tooltip=alt.value(None))
        .transform_filter("datum.label"),
        base.mark_text(**named(ROW))
        .encode(x=alt.value(2), text="label:N", tooltip=alt.value(None))
        .transform_filter("datum.label"),
    )


def lines(axis: type[alt.X | alt.Y]) -> list[Any]:
    """Return the lines across a chart at no change, and at the ends of what is the same."""
    base = alt.Chart(alt.NamedData(name="bounds")).encode(axis("at:Q"))
    return [
        base.mark_rule(color=GREY).transform_filter("datum.at === 1"),
        base.mark_rule(color=GREY, strokeDash=[5, 3]).transform_filter("datum.at !== 1"),
    ]


def bounds(within: float) -> Rows:
    """Return where those lines are."""
    return [{"at": 1}, {"at": short(1 / (1 + within))}, {"at": short(1 + within)}]


def spanned(ratios: Sequence[float], within: float) -> tuple[float, float]:
    """Return the ends of an axis for some ratios: with what is still the same in it."""
    reach = (1 + within) ** 2
    return short(min(1 / reach, min(ratios) / WIDE)), short(max(reach, max(ratios) * WIDE))


def clipped(value: float, domain: tuple[float, float]) -> float:
    """Return an end of an interval, within what an axis shows."""
    return short(min(max(value, domain[0]), domain[1]))
