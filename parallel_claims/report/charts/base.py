"""What all charts share: colours, shapes, ticks, and how a finished one looks.

Built with Altair. Colours have a contrast of 3:1 and more on light and on dark ground, and
never stand alone: a shape, a sign or a label says the same. Text takes the page's colour.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from parallel_claims.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GREEN, RED, ORANGE, GREY = "#1f9464", "#e0455e", "#d9690f", "#7f8794"
COLOURS = ["#2f7fd1", ORANGE, GREEN, "#9a63c9", RED, "#178f9c", GREY, "#b08400"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]

LABEL: dict[str, Any] = {
    "align": "left",
    "baseline": "top",
    "lineHeight": 14,
    "fontSize": 12,
    "color": "currentColor",
    "limit": alt.expr("width - 4"),
}
"""How a row is named above its marks: whole where there is room, else the table has it whole."""

NARROW = 46
"""Characters of a line where the page is narrow: the page then takes ``lines`` for a label."""

LINE = 15
"""Pixels that one line more of a label takes."""

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


SCHEMA = alt.SCHEMA_URL
"""Which Vega-Lite the specifications are in."""

TEXT = {"labelColor": "currentColor", "titleColor": "currentColor"}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "gridColor": GREY, "gridOpacity": 0.25, "domainColor": GREY, "tickColor": GREY,
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelLimit": 160, **TEXT,
    },
    "legend": {
        "orient": "bottom", "columns": 1, "labelFontSize": 12, "labelLimit": 420, "title": None,
        "symbolLimit": 0, "labelColor": "currentColor",
    },
}  # fmt: skip
"""How all charts look; put in as it is, since Altair copies and hashes all it has."""


def finished(chart: Any, height: int, **data: Rows) -> dict[str, Any]:
    """Return a chart's specification, as wide as its container, without a ground of its own.

    data: the rows that its marks name. Rows that are labelled have their label also as
    ``lines``, for a narrow page.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)
    lines = [wrapped(row["label"]) for row in data["rows"] if "label" in row]
    if lines:
        named = (row for row in data["rows"] if "label" in row)
        data["rows"] = [
            *(row | {"lines": told} for row, told in zip(named, lines, strict=True)),
            *(row for row in data["rows"] if "label" not in row),
        ]
        spec["usermeta"] = {"extra": LINE * (max(map(len, lines)) - 1), "labels": len(lines)}
    own = {"width": "container", "height": height, "config": CONFIG, "datasets": data}
    whole = spec | own | {"autosize": {"type": "fit-x", "contains": "padding"}}
    return {key: legible(value) for key, value in whole.items()}


def legible(value: Any) -> Any:
    """Return a part of a specification of which no text is longer than anybody reads."""
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, dict):
        return {key: legible(inside) for key, inside in value.items()}
    return [legible(inside) for inside in value] if isinstance(value, list) else value


def wrapped(label: str) -> list[str]:
    """Return a label as lines for a narrow page; what takes too many is cut."""
    return textwrap.wrap(label, NARROW, max_lines=3, placeholder=" …") or [""]


def named(height: int) -> dict[str, Any]:
    """Return how a row that is so many pixels high is named at its top."""
    return LABEL | {"dy": 3 - height // 2}


def short(value: float) -> float:
    """Return a number with four significant digits: a page holds thousands."""
    return float(f"{value:.4g}")


def ticks(values: Iterable[float]) -> list[float]:
    """Return round numbers around some values above 0, for a logarithmic axis.

    1, 2 and 5 times the powers of ten; over many decades the powers alone, every so many;
    within less than a decade, where those are fewer than three, even steps.
    """
    known = sorted(values)
    low, high = known[0] / 1.05, known[-1] * 1.05
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [short(x) for x in found if low <= x <= high]
    if len(inside) > MOST_TICKS:
        decades = [x for x in inside if f"{x:e}"[0] == "1"]
        return decades[:: math.ceil(len(decades) / MOST_TICKS)]
    return inside if len(inside) > FEW_TICKS else even(low, high)


def even(low: float, high: float) -> list[float]:
    """Return round numbers in even steps between two."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [short(n * step) for n in range(first, last + 1)]


MOST_TICKS = 8
FEW_TICKS = 2


def thinned(points: list[Any], most: int = MOST_POINTS) -> list[Any]:
    """Return at most about ``most`` points, evenly chosen, the newest always among them."""
    step = math.ceil(len(points) / most)
    return points[::-step][::-1] if step > 1 else points
