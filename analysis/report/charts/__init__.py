"""Charts of a report, as Vega-Lite: each with its title, and its numbers as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.environment import slug
from analysis.report import words
from analysis.report.charts.base import Chart
from analysis.report.charts.of_claims import accounting, forest, scaling
from analysis.report.charts.of_history import series
from analysis.report.charts.of_rounds import break_even, evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.judge import Verdict
    from analysis.load import Run

__all__ = ["Chart", "all_of", "by_section", "evidence", "forest_names", "series"]


def all_of(run: Run, verdicts: Sequence[Verdict]) -> Iterable[Chart]:
    """Return the charts of one run but those of its rounds."""
    names = forest_names(verdicts)
    for section, inside in by_section(verdicts):
        chart = forest(names[section], "The claims on one axis", inside)
        if chart is not None:
            yield chart
    for made in (scaling(verdicts), accounting(verdicts), break_even(run)):
        if made is not None:
            yield made


def forest_names(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return the names of the forest plots, by section, each unlike the others."""
    found: dict[str, str] = {}
    for number, (section, _) in enumerate(by_section(verdicts)):
        name = f"forest-{slug(section)}"
        found[section] = f"{name}-{number}" if name in found.values() else name
    return found


def by_section(verdicts: Sequence[Verdict]) -> list[tuple[str, list[Verdict]]]:
    """Return the verdicts on what the run is about, by section of the course."""
    found: dict[str, list[Verdict]] = {}
    for verdict in words.measured(verdicts):
        found.setdefault(verdict.claim.section, []).append(verdict)
    return sorted(found.items())
