"""The charts of a report as pictures, without a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import vl_convert

from parallel_claims.errors import BadInputError
from parallel_claims.report import charts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_claims.judge import claims
    from parallel_claims.report.charts import Chart
    from parallel_claims.report.page import Judged

WIDTH = 720
"""Pixels of a picture's plot."""


def write(folder: Path, shown: Sequence[Judged], more: Sequence[claims.Chart] = ()) -> None:
    """Write the charts of runs as ``<run>-<chart>.svg`` and ``.png``.

    more: the charts that a claims file adds.

    Raises:
        BadInputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, judged in enumerate(shown):
            run = judged.run
            for chart in (*charts.all_of(run, judged.verdicts, more), *charts.evidence(run)):
                stem = f"{number}-{chart.name}" if len(shown) > 1 else chart.name
                spec = on_paper(chart)
                svg = vl_convert.vegalite_to_svg(spec)
                (folder / f"{stem}.svg").write_text(svg, encoding="utf-8")
                (folder / f"{stem}.png").write_bytes(vl_convert.vegalite_to_png(spec, scale=2))
    except OSError as error:
        message = f"{folder}: cannot be written: {error.strerror}"
        raise BadInputError(message) from None


def on_paper(chart: Chart) -> dict[str, Any]:
    """Return a chart of a fixed width, black on white."""
    text = json.dumps(chart.spec | {"width": WIDTH, "title": chart.title})
    spec: dict[str, Any] = json.loads(text.replace('"currentColor"', '"#1b1f24"'))
    spec["config"]["background"] = "white"
    return spec
