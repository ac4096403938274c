"""Charts of rounds: every one in order of time, and numbers recorded in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.rules.recorded import Recorded
from parallel_claims.quantities import time
from parallel_claims.report import words
from parallel_claims.report.charts.base import (
    COLOURS,
    ORANGE,
    SHAPES,
    Chart,
    Rows,
    finished,
    named,
    short,
    thinned,
    ticks,
)
from parallel_claims.saved.names import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge import claims
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.saved.form import Benchmark, Run


def evidence(run: Run) -> list[Chart]:
    """Return for each experiment every round as a point, in order of time."""
    groups: dict[str, list[Benchmark]] = {}
    for benchmark in sorted(run.benchmarks, key=lambda b: b.name):
        if benchmark.rounds:
            groups.setdefault(benchmark.group or "ungrouped", []).append(benchmark)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    parts = [part for name, inside in ordered for part in told_apart(name, inside)]
    return [rounds_of(f"rounds-{n}", name, inside) for n, (name, inside) in enumerate(parts)]


MOST_TOLD_APART = 12
"""Benchmarks that a reader can tell apart in one chart by colour, shape and legend."""


def told_apart(name: str, inside: Sequence[Benchmark]) -> list[tuple[str, Sequence[Benchmark]]]:
    """Return a group in parts that are small enough for a chart, each under its title."""
    most, total = MOST_TOLD_APART, len(inside)
    if total <= most:
        return [(name, inside)]
    return [
        (f"{name}, {n + 1} to {min(n + most, total)} of {total}", inside[n : n + most])
        for n in range(0, total, most)
    ]


AS_TIME = "format(datum.value, '~s') + 's'"
"""How an axis writes seconds: ``500ms``, ``2s``."""


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
        table.append((benchmark.name, str(len(ordered)), *map(time, numbers)))
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
            y=alt.Y("seconds:Q", title="time of a round, logarithmic",
                    axis=alt.Axis(labelExpr=AS_TIME, values=ticks(row["seconds"] for row in rows)),
                    scale=alt.Scale(type="log", nice=False, padding=8)),
            color=alt.Color("variant:N", scale=alt.Scale(range=colours, domain=names)),
            shape=alt.Shape("variant:N", scale=alt.Scale(range=shapes, domain=names)),
            tooltip=["variant:N", "block:Q", alt.Tooltip("seconds:Q", format=".4~g")],
        )
    )  # fmt: skip
    told = "Every round as a point, in order of time."
    columns = ("variant", "rounds", "fastest", "median", "slowest")
    return Chart(name, title, told, finished(chart, 190, rows=rows), columns, table)


def recorded(run: Run, verdicts: Sequence[Verdict], chart: claims.Chart) -> Chart | None:
    """Return a number that some benchmarks record, a point a round; None if none does.

    A benchmark whose every claim on the number is not testable here is left out: what it
    recorded says nothing.
    """
    rows: Rows = []
    table = []
    silent = untestable(verdicts, chart.recorded)
    for benchmark in run.benchmarks:
        values = benchmark.info.recorded.get(chart.recorded)
        known = sorted(v for v in values or () if v is not None and v > 0)
        if not known or benchmark.name in silent:
            continue
        rows += [
            {"benchmark": benchmark.name, "value": short(v)}
            | ({"label": benchmark.name} if n == 0 else {})
            for n, v in enumerate(known)
        ]
        told = (known[len(known) // 2], known[0], known[-1])
        table.append((benchmark.name, *(words.alone(x, chart.unit) for x in told)))
    if not rows:
        return None
    left_out = "".join(f" Left out: {name}, not testable here." for name in sorted(silent))
    return Chart(
        f"recorded-{slug(chart.recorded)}",
        chart.title,
        chart.told + left_out,
        finished(recorded_layers(chart, rows), ROW * len(table), rows=rows),
        ("benchmark", "median", "least", "most"),
        table,
    )


def untestable(verdicts: Sequence[Verdict], recorded: str) -> set[str]:
    """Return the benchmarks whose claims on a recorded number are all not testable."""
    outcomes: dict[str, set[Outcome]] = {}
    for verdict in words.measured(verdicts):
        rule = verdict.claim.rule
        if isinstance(rule, Recorded) and rule.recorded.name == recorded:
            outcomes.setdefault(rule.subject, set()).add(verdict.outcome)
    return {name for name, found in outcomes.items() if found == {Outcome.NOT_TESTABLE}}


ROW = 44
"""Pixels of a row: its label, and its points below."""


def recorded_layers(chart: claims.Chart, rows: Rows) -> Any:
    """Return the points of a recorded number, its medians, and its labels."""
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("benchmark:N", axis=None, sort=None),
        tooltip=["benchmark:N", alt.Tooltip("value:Q", format=".3~g")],
    )
    x = alt.X("value:Q", title=chart.axis,
              scale=alt.Scale(type="log", nice=False, padding=8),
              axis=alt.Axis(format="~g", values=ticks(row["value"] for row in rows)))  # fmt: skip
    return alt.layer(
        base.mark_point(filled=True, size=50, opacity=0.7, color=COLOURS[0], yOffset=8).encode(x=x),
        base.mark_tick(thickness=3, height=20, color=ORANGE, yOffset=8).encode(
            x=alt.X("median(value):Q"), tooltip=alt.value(None)
        ),
        base.mark_text(**named(ROW))
        .encode(x=alt.value(2), text="label:N", tooltip=alt.value(None))
        .transform_filter("datum.label"),
    )
