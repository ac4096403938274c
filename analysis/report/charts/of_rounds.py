"""Charts of rounds: every one in order of time, and from how much work up spreading pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from analysis.report import words
from analysis.report.charts.base import (
    COLOURS,
    LABEL,
    ORANGE,
    SHAPES,
    Chart,
    Rows,
    finished,
    short,
    thinned,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.load import Benchmark, Run


def evidence(run: Run) -> list[Chart]:
    """Return for each experiment every round as a point, in order of time."""
    groups: dict[str, list[Benchmark]] = {}
    for benchmark in sorted(run.benchmarks, key=lambda b: b.name):
        if benchmark.rounds:
            groups.setdefault(benchmark.group or "ungrouped", []).append(benchmark)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [rounds_of(f"rounds-{n}", name, inside) for n, (name, inside) in enumerate(ordered)]


def rounds_of(name: str, title: str, benchmarks: Sequence[Benchmark]) -> Chart:
    """Return the rounds of one experiment; without blocks, their order."""
    rows: Rows = []
    table = []
    for benchmark in benchmarks:
        places = benchmark.info.blocks or range(len(benchmark.rounds))
        points = thinned(list(zip(places, benchmark.rounds, strict=True)))
        rows += [
            {"variant": benchmark.name, "block": block + 1, "seconds": short(seconds)}
            for block, seconds in points
        ]
        ordered = sorted(benchmark.rounds)
        middle = ordered[len(ordered) // 2]
        numbers = (ordered[0], middle, ordered[-1])
        table.append(
            (benchmark.name, str(len(ordered)), *(f"{words.number(x)} s" for x in numbers))
        )
    names = [benchmark.name for benchmark in benchmarks]
    shapes = [SHAPES[n % len(SHAPES)] for n in range(len(names))]
    colours = [COLOURS[n % len(COLOURS)] for n in range(len(names))]
    blocks = all(benchmark.info.blocks is not None for benchmark in benchmarks)
    chart = (
        alt.Chart(alt.NamedData(name="rows"))
        .mark_point(filled=True, size=45, opacity=0.9)
        .encode(
            x=alt.X("block:Q", title="block, in order of time" if blocks else "round",
                    axis=alt.Axis(format="d", tickMinStep=1),
                    scale=alt.Scale(zero=False, nice=False, padding=8)),
            y=alt.Y("seconds:Q", title="seconds, log scale",
                    axis=alt.Axis(format="~g", values=ticks(row["seconds"] for row in rows)),
                    scale=alt.Scale(type="log", nice=False, padding=8)),
            color=alt.Color("variant:N", scale=alt.Scale(range=colours, domain=names)),
            shape=alt.Shape("variant:N", scale=alt.Scale(range=shapes, domain=names)),
            tooltip=["variant:N", "block:Q", alt.Tooltip("seconds:Q", format=".4~g")],
        )
    )  # fmt: skip
    told = "Every round as a point, in order of time."
    columns = ("variant", "rounds", "fastest", "median", "slowest")
    return Chart(name, title, told, finished(chart, 190, rows=rows), columns, table)


def break_even(run: Run) -> Chart | None:
    """Return from how much work up spreading it pays, a point a block."""
    rows: Rows = []
    table = []
    for benchmark in run.benchmarks:
        values = benchmark.info.recorded.get("break_even_seconds")
        known = sorted(v for v in values or () if v is not None and v > 0)
        if not known:
            continue
        rows += [
            {"strategy": benchmark.name, "seconds": short(v), "first": n == 0}
            for n, v in enumerate(known)
        ]
        middle = f"{words.number(known[len(known) // 2])} s"
        table.append(
            (benchmark.name, middle, *(f"{words.number(x)} s" for x in (known[0], known[-1])))
        )
    if not rows:
        return None
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("strategy:N", axis=None, sort=None),
        tooltip=["strategy:N", alt.Tooltip("seconds:Q", format=".3~g")],
    )
    x = alt.X("seconds:Q", title="seconds of serial work, log scale",
              scale=alt.Scale(type="log", padding=8),
              axis=alt.Axis(format="~g", values=ticks(row["seconds"] for row in rows)))  # fmt: skip
    layers = [
        base.mark_point(filled=True, size=50, opacity=0.7, color=COLOURS[0], yOffset=8).encode(x=x),
        base.mark_tick(thickness=3, height=20, color=ORANGE, yOffset=8).encode(
            x=alt.X("median(seconds):Q"), tooltip=alt.value(None)
        ),
        base.mark_text(**LABEL)
        .encode(x=alt.value(2), text="strategy:N", tooltip=alt.value(None))
        .transform_filter("datum.first"),
    ]  # fmt: skip
    return Chart(
        "break-even",
        "From how much work up it pays",
        "Where two workers become faster than one, a point a block; upright tick: the median.",
        finished(alt.layer(*layers), 46 * len(table), rows=rows),
        ("strategy", "median", "least", "most"),
        table,
    )
