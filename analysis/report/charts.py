"""Charts of a report, as Vega-Lite: each with its title, and its numbers as a table.

Built with Altair. Colours have a contrast of 3:1 and more on light and on dark ground, and
never stand alone: a shape, a sign or a label says the same. Text takes the page's colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from analysis.environment import slug
from analysis.judge import PART_WORDS, Outcome, bound_of
from analysis.report import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.history import Track
    from analysis.judge import Verdict
    from analysis.load import Benchmark, Run
    from analysis.stats import Interval

GREEN, RED, ORANGE, GREY = "#1f9464", "#e0455e", "#d9690f", "#7f8794"
COLOURS = ["#2f7fd1", ORANGE, GREEN, "#9a63c9", RED, "#178f9c", GREY, "#b08400"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
OUTCOME_COLOURS = {
    Outcome.HOLDS: GREEN,
    Outcome.FAILS: RED,
    Outcome.UNDECIDED: ORANGE,
    Outcome.NOT_TESTABLE: GREY,
}
SHOWN = (0.05, 2000.0)
"""What the forest plot's one axis spans at most; what lies beyond is drawn at its end."""

MOST_POINTS = 200
"""Points of a series beyond which it is thinned; its levels and changes are drawn exactly."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Chart:
    """A chart: a name that is unique on its page, a title, what it shows, and its numbers.

    spec: Vega-Lite, as wide as its container. columns, rows: the same as a table.
    """

    name: str
    title: str
    told: str
    spec: dict[str, Any]
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    @property
    def height(self) -> int:
        """Return about how many pixels it is high: so much room is kept until it is drawn."""
        drawn = int(self.spec["height"])
        return drawn + 45 + (17 * len(self.rows) if self.name.startswith("rounds") else 0)


def finished(chart: Any, height: int, **data: Rows) -> dict[str, Any]:
    """Return a chart's specification, as wide as its container, without a ground of its own.

    data: the rows that its marks name; put in last, since Altair copies and hashes all it has.
    """
    text = {"labelColor": "currentColor", "titleColor": "currentColor"}
    made = chart.properties(width="container", height=height).configure(
        background="transparent", font="system-ui, sans-serif", aria=False,
    ).configure_view(stroke=None).configure_axis(
        gridColor=GREY, gridOpacity=0.25, domainColor=GREY, tickColor=GREY, labelFontSize=12,
        titleFontSize=12, titleFontWeight="normal", labelLimit=160, **text,
    ).configure_legend(
        orient="bottom", columns=1, labelFontSize=12, labelLimit=270, title=None,
        labelColor="currentColor",
    )  # fmt: skip
    spec: dict[str, Any] = made.to_dict(validate=False)
    return spec | {"datasets": data, "autosize": {"type": "fit-x", "contains": "padding"}}


def short(value: float) -> float:
    """Return a number with four significant digits: a page holds thousands."""
    return float(f"{value:.4g}")


def clipped(value: float) -> float:
    """Return a value within what the forest plot shows."""
    return short(min(max(value, SHOWN[0]), SHOWN[1]))


def ticks(values: Iterable[float]) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten around some values above 0."""
    known = sorted(values)
    low, high = known[0] / 1.05, known[-1] * 1.05
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [short(x) for x in found if low <= x <= high]
    if len(inside) > MOST_TICKS:
        return [x for x in inside if f"{x:e}"[0] == "1"]
    return inside if len(inside) > 1 else [float(f"{x:.2g}") for x in (known[0], known[-1])]


MOST_TICKS = 8


def forest(name: str, title: str, verdicts: Sequence[Verdict]) -> Chart | None:
    """Return the claims of a section on one log axis: band, interval, estimate, the course's.

    None where no claim of them is a number above 0.
    """
    found = [(v, i) for v in verdicts if (i := plotted(v)) is not None]
    if not found:
        return None
    rows: Rows = []
    for place, (verdict, interval) in enumerate(found):
        bound = bound_of(verdict.claim)
        course = course_point(verdict)
        rows.append(
            {
                "place": place,
                "label": f"{words.MARKS[verdict.outcome]} {verdict.claim.id}{off_scale(interval)}",
                "claim": verdict.claim.id,
                "verdict": words.outcome(verdict),
                "found": words.here(verdict),
                "allowed": words.allowed(verdict),
                "course": words.course(verdict),
                "low": clipped(interval.low),
                "high": clipped(interval.high),
                "centre": clipped(interval.centre),
                "band low": clipped(bound.low),
                "band high": clipped(bound.high),
                "course at": None if course is None else clipped(course),
            }
        )
    low, high = spanned(rows)
    for row in rows:
        row["band low"], row["band high"] = max(row["band low"], low), min(row["band high"], high)
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        y=alt.Y("place:O", axis=None),
        tooltip=[alt.Tooltip(f"{key}:N") for key in TOLD],
    )
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(title="speedup, share of capacity, or cores; log scale", format="~g",
                    values=ticks((low * 1.3, high / 1.3)))  # fmt: skip
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
        .encode(x=alt.X("course at:Q", scale=scale))
        .transform_filter("isValid(datum['course at'])"),
        base.mark_text(align="left", baseline="bottom", dy=-2, fontSize=12, color="currentColor")
        .encode(x=alt.value(2), text="label:N"),
    ]  # fmt: skip
    return Chart(
        name,
        title,
        FOREST + (COURSES if any(row["course at"] for row in rows) else ""),
        finished(alt.layer(*layers), 44 * len(rows), rows=rows),
        ("claim", "found here (95 %)", "allowed", "course", "verdict"),
        [
            tuple(row[key] for key in ("claim", "found", "allowed", "course", "verdict"))
            for row in rows
        ],
    )


FOREST = "Grey band: what the claim allows. Line and sign: 95 % interval and estimate here."
COURSES = " Upright tick: the course's own number."
TOLD = ("claim", "verdict", "found", "allowed", "course")
VERDICTS = ["holds", "fails", "fails as expected", "undecided", "not testable"]
VERDICT_SHAPES = ["circle", "cross", "cross", "diamond", "square"]
VERDICT_COLOURS = [GREEN, RED, RED, ORANGE, GREY]


def plotted(verdict: Verdict) -> Interval | None:
    """Return the interval that a forest plot draws; None for what is no number above 0."""
    if verdict.estimate is None or verdict.claim.accounting is not None:
        return None
    interval = verdict.estimate.judged.interval(verdict.alpha)
    return interval if interval.centre > 0 else None


def off_scale(interval: Interval) -> str:
    """Say that an estimate lies beyond what is shown, and where."""
    if SHOWN[0] <= interval.centre <= SHOWN[1]:
        return ""
    return f" (off the scale: {words.number(interval.centre)})"


def spanned(rows: Rows) -> tuple[float, float]:
    """Return the ends of the axis: what is drawn, open bands left out, and some room."""
    keys = ("low", "centre", "high", "band low", "band high", "course at")
    values = [row[key] for row in rows for key in keys if row[key] is not None]
    inner = [x for x in values if SHOWN[0] < x < SHOWN[1]] or list(SHOWN)
    ends = [x for row in rows for key in ("low", "centre", "high") if (x := row[key]) in SHOWN]
    return short(min(inner + ends) / 1.3), short(max(inner + ends) * 1.3)


def course_point(verdict: Verdict) -> float | None:
    """Return the course's own number as the claim sees it: a speedup, or over the workers."""
    course, claim = verdict.claim.course, verdict.claim
    if course is None or course.baseline is None or course.contender is None:
        return None
    speedup = course.baseline / course.contender
    if claim.efficiency is not None and claim.capacity is not None:
        return speedup / claim.capacity.workers
    return speedup if claim.speedup is not None else None


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


def thinned(points: list[Any], most: int = MOST_POINTS) -> list[Any]:
    """Return at most about ``most`` points, evenly chosen, the newest always among them."""
    step = math.ceil(len(points) / most)
    return points[::-step][::-1] if step > 1 else points


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
            {"claim": verdict.claim.id, "part": PART_WORDS[n], "seconds": short(x), "order": k}
            for k, (n, x) in enumerate(parts.items())
        ]
        told = (words.interval(intervals[n], " s") if n in intervals else "–" for n in ACCOUNTED)
        table.append((verdict.claim.id, *told))
    if not rows:
        return None
    names = [PART_WORDS[name] for name in ACCOUNTED[1:]]
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
        .mark_text(align="left", baseline="bottom", dy=-2, fontSize=12, color="currentColor")
        .encode(x=alt.value(2), y=alt.Y("claim:N", axis=None, sort=None), text="claim:N")
        .transform_filter("datum.order == 0")
    )
    return Chart(
        "accounting",
        "Where the time above the ideal went",
        "The seconds above serial / workers, split into what was measured by itself; a part below "
        "zero was gained.",
        finished(alt.layer(chart, label), 48 * len(table), rows=rows),
        ("claim", *(PART_WORDS[name] for name in ACCOUNTED)),
        table,
    )


ACCOUNTED = ("excess", "start_up", "dispatch", "capacity", "rest")


def scaling(verdicts: Sequence[Verdict]) -> Chart | None:
    """Return the speedups of claims with a capacity, against it and the ideal."""
    rows: Rows = []
    table = []
    for verdict in verdicts:
        found, capacity = verdict.estimate, verdict.claim.capacity
        if found is None or found.speedup is None or found.efficiency is None or capacity is None:
            continue
        speedup = found.speedup.interval(verdict.alpha)
        if not speedup.bounded or verdict.claim.accounting is not None:
            continue
        had = speedup.centre / found.efficiency.interval(verdict.alpha).centre
        rows.append(
            {
                "claim": verdict.claim.id,
                "workers": capacity.workers,
                "speedup": short(speedup.centre),
                "low": short(speedup.low),
                "high": short(speedup.high),
                "capacity": short(had),
                "ideal": capacity.workers,
            }
        )
        told = words.interval(speedup, "×")
        table.append((verdict.claim.id, str(capacity.workers), told, f"{words.number(had)}×"))
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
        base.mark_text(align="left", baseline="bottom", dy=-2, fontSize=12, color="currentColor")
        .encode(x=alt.value(2), text="claim:N"),
    ]  # fmt: skip
    return Chart(
        "scaling",
        "Speedup against capacity and ideal",
        "Bar and line: the speedup and its interval. Upright tick: the capacity that as many "
        "independent workers showed in the same blocks. Diamond: the number of workers.",
        finished(alt.layer(*layers), 46 * len(rows), rows=rows),
        ("claim", "workers", "speedup (95 %)", "capacity"),
        table,
    )


def break_even(run: Run) -> Chart | None:
    """Return from how much work up spreading it pays, a point a block."""
    rows: Rows = []
    table = []
    for benchmark in run.benchmarks:
        values = benchmark.info.recorded.get("break_even_seconds")
        if not values:
            continue
        known = sorted(v for v in values if v is not None)
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
        base.mark_text(align="left", baseline="bottom", dy=-2, fontSize=12, color="currentColor")
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


def all_of(run: Run, verdicts: Sequence[Verdict]) -> Iterable[Chart]:
    """Return the charts of one run but those of its rounds."""
    for section, inside in by_section(verdicts):
        chart = forest(forest_name(section), "The claims on one axis", inside)
        if chart is not None:
            yield chart
    for made in (scaling(verdicts), accounting(verdicts), break_even(run)):
        if made is not None:
            yield made


def forest_name(section: str) -> str:
    """Return the name of a section's forest plot."""
    return f"forest-{slug(section)}"


def by_section(verdicts: Sequence[Verdict]) -> list[tuple[str, list[Verdict]]]:
    """Return the verdicts on what the run is about, by section of the course."""
    found: dict[str, list[Verdict]] = {}
    for verdict in words.measured(verdicts):
        found.setdefault(verdict.claim.section, []).append(verdict)
    return sorted(found.items())
