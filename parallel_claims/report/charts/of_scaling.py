"""A number against how many workers had it: beside the ideal, and what more of them may give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import numpy as np

from parallel_claims import stats
from parallel_claims.judge.quantity import numbers
from parallel_claims.quantities import number
from parallel_claims.report import words
from parallel_claims.report.charts.base import (
    COLOURS,
    GREY,
    ORANGE,
    Chart,
    Rows,
    finished,
    short,
    ticks,
)
from parallel_claims.saved.names import slug
from parallel_claims.stats.scaling import Range, beyond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_claims.judge import claims
    from parallel_claims.saved.form import Benchmark, Run
    from parallel_claims.stats import Floats, Interval

ASKED = 64
"""Workers up to which it is said what they may give, or four times as many as there were."""

COLUMNS = ("number", "here (95 %)", "at best", "ideal")


class Series(NamedTuple):
    """What one benchmark recorded for each number of workers.

    rows: a row a block, a column for each number. beside: the medians of the other number.
    """

    workers: list[int]
    rows: Floats
    beside: dict[int, float]

    def interval(self, place: int, alpha: float) -> Interval:
        """Return the interval of what so many workers had."""
        return numbers(self.rows[:, place], np.arange(len(self.rows))).interval(alpha)

    def beyond(self, alpha: float) -> list[Range]:
        """Return what more workers may give: twice the most, four times, and so on."""
        last = max(ASKED, 4 * self.workers[-1])
        at = [self.workers[-1]]
        while at[-1] * 2 <= last:
            at.append(at[-1] * 2)
        return beyond(self.workers, self.rows, at, alpha)


def series(benchmark: Benchmark, chart: claims.Chart) -> Series | None:
    """Return what a benchmark recorded of a chart's number, None if nothing of it."""
    own, other = of_each(benchmark, chart.recorded), of_each(benchmark, chart.beside)
    if not own:
        return None
    rows = np.array([own[k] for k in sorted(own)], dtype=np.float64).T
    whole = rows[np.isfinite(rows).all(axis=1) & (rows > 0).all(axis=1)]
    medians = {k: float(np.nanmedian(np.array(v, dtype=np.float64))) for k, v in other.items()}
    return Series(sorted(own), whole, medians) if len(whole) else None


def of_each(benchmark: Benchmark, name: str) -> dict[int, list[float | None]]:
    """Return what was recorded as ``name_1``, ``name_2`` …, by the number in it."""
    named = re.compile(rf"{re.escape(name)}_(\d+)")
    matched = ((named.fullmatch(key), values) for key, values in benchmark.info.recorded.items())
    return {int(found[1]): values for found, values in matched if found}


def scaled(run: Run, chart: claims.Chart) -> Iterator[Chart]:
    """Yield a chart for each benchmark that recorded the number for several workers."""
    for benchmark in run.benchmarks:
        found = series(benchmark, chart)
        if found is not None:
            yield drawn(benchmark.name, found, chart)


def drawn(name: str, found: Series, chart: claims.Chart) -> Chart:
    """Return the chart of one benchmark."""
    rows, table = points(found, chart)
    more = found.beyond(stats.ALPHA)
    tail = [{"n": r.workers, "low": short(r.low), "high": short(r.high)} for r in more]
    table += [
        (f"{r.workers} (not measured)", f"{number(r.low)} to {number(r.high)}{chart.unit}", "–",
         str(r.workers))
        for r in more[1:]
    ]  # fmt: skip
    return Chart(
        f"scaled-{slug(chart.recorded)}-{slug(name)}",
        f"{chart.title}: {name}",
        f"{chart.told} {honest(found, more)}",
        finished(layers(rows, tail, chart), 240, rows=rows, beyond=tail),
        COLUMNS,
        table,
    )


def points(found: Series, chart: claims.Chart) -> tuple[Rows, list[tuple[str, ...]]]:
    """Return what was measured, to be drawn and as a table."""
    rows: Rows = []
    table: list[tuple[str, ...]] = []
    for place, n in enumerate(found.workers):
        interval = found.interval(place, stats.ALPHA)
        known = interval.bounded
        rows.append(
            {
                "n": n,
                "here": short(interval.centre),
                "low": short(interval.low if known else interval.centre),
                "high": short(interval.high if known else interval.centre),
                "ideal": n,
            }
            | ({"best": short(found.beside[n])} if n in found.beside else {})
        )
        best = f"{number(found.beside[n])}{chart.unit}" if n in found.beside else "–"
        table.append((str(n), words.interval(interval, chart.unit), best, str(n)))
    return rows, table


def honest(found: Series, more: list[Range]) -> str:
    """Say what is known of numbers that were not measured, and what is not."""
    if len(found.workers) == 1:
        return "One number of workers says nothing of more of them."
    last = more[-1]
    range_ = f"{number(last.low)} to {number(last.high)} times"
    if len(found.workers) == len("ab"):
        return (
            f"Two numbers of workers do not fix how it goes on: {last.workers} may give anything "
            f"from {range_}, the dashed band, and no more can be said."
        )
    return (
        f"The dashed band is no measurement: by Amdahl's law and the universal scalability law, "
        f"fitted to these, {last.workers} would give {range_}."
    )


def layers(rows: Rows, tail: Rows, chart: claims.Chart) -> Any:
    """Return the layers: the band beyond, the ideal, what could be had, what was."""
    drawn_at = sorted({row["n"] for row in [*rows, *tail]})
    x = alt.X("n:Q", title=f"{chart.over}, logarithmic", axis=alt.Axis(values=drawn_at),
              scale=alt.Scale(type="log", nice=False, padding=10))  # fmt: skip
    ends = [row[key] for row in rows for key in ("low", "high")]
    ends += [row[key] for row in tail for key in ("low", "high")]
    y = alt.Y("low:Q", title=f"{chart.axis}, logarithmic",
              axis=alt.Axis(format="~g", values=ticks([*ends, drawn_at[-1]])),
              scale=alt.Scale(type="log", nice=False, padding=10))  # fmt: skip
    tips = [alt.Tooltip(f"{key}:Q", format=".3~g") for key in ("n", "low", "high")]
    base = alt.Chart(alt.NamedData(name="rows")).encode(x=x, tooltip=tips)
    further = alt.Chart(alt.NamedData(name="beyond")).encode(x=x, tooltip=tips)
    dashed: dict[str, Any] = {"strokeDash": [5, 3], "color": COLOURS[0]}
    return alt.layer(
        further.mark_area(opacity=0.15, color=COLOURS[0]).encode(y=y, y2="high:Q"),
        further.mark_line(**dashed).encode(y=y),
        further.mark_line(**dashed).encode(y="high:Q"),
        further.mark_line(color=GREY).encode(y=alt.Y("n:Q"), tooltip=alt.value(None)),
        base.mark_line(color=GREY).encode(y=alt.Y("ideal:Q"), tooltip=alt.value(None)),
        base.mark_tick(thickness=3, width=22, color=ORANGE, orient="horizontal").encode(y="best:Q"),
        base.mark_rule(strokeWidth=2.5, color=COLOURS[0]).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=80, opacity=1, color=COLOURS[0]).encode(y="here:Q"),
    )
