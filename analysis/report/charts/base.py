"""What all charts share: colours, shapes, ticks, and how a finished one looks.

Built with Altair. Colours have a contrast of 3:1 and more on light and on dark ground, and
never stand alone: a shape, a sign or a label says the same. Text takes the page's colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GREEN, RED, ORANGE, GREY = "#1f9464", "#e0455e", "#d9690f", "#7f8794"
COLOURS = ["#2f7fd1", ORANGE, GREEN, "#9a63c9", RED, "#178f9c", GREY, "#b08400"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]

LABEL: dict[str, Any] = {
    "align": "left",
    "baseline": "bottom",
    "dy": -2,
    "fontSize": 12,
    "color": "currentColor",
    "limit": 300,
}
"""How a row is named above its marks: long names are cut, the table has them whole."""

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


def thinned(points: list[Any], most: int = MOST_POINTS) -> list[Any]:
    """Return at most about ``most`` points, evenly chosen, the newest always among them."""
    step = math.ceil(len(points) / most)
    return points[::-step][::-1] if step > 1 else points
