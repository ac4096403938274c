"""Charts of a report, as Vega-Lite: each with its title, and its numbers as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.report import words
from parallel_claims.report.charts.base import CONFIG, SCHEMA, Chart
from parallel_claims.report.charts.of_claims import accounting, forest, scaling
from parallel_claims.report.charts.of_history import series
from parallel_claims.report.charts.of_rounds import evidence, recorded
from parallel_claims.report.charts.of_scaling import scaled
from parallel_claims.saved.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.judge import claims
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.saved.form import Run

__all__ = [
    "CONFIG",
    "SCHEMA",
    "Chart",
    "all_of",
    "by_section",
    "evidence",
    "forest_names",
    "recorded",
    "series",
]


def all_of(
    run: Run, verdicts: Sequence[Verdict], more: Sequence[claims.Chart] = ()
) -> Iterable[Chart]:
    """Return the charts of one run but those of its rounds; ``more`` are a claims file's."""
    names = forest_names(verdicts)
    for section, inside in by_section(verdicts):
        chart = forest(names[section], "The claims on one axis", inside)
        if chart is not None:
            yield chart
    added = (recorded(run, verdicts, chart) for chart in more if not chart.over)
    for made in (scaling(verdicts), accounting(verdicts), *added):
        if made is not None:
            yield made
    for asked in more:
        if asked.over:
            yield from scaled(run, asked)


def forest_names(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return the names of the forest plots, by section, each unlike the others."""
    found: dict[str, str] = {}
    for number, (section, _) in enumerate(by_section(verdicts)):
        name = f"forest-{slug(section)}"
        found[section] = f"{name}-{number}" if name in found.values() else name
    return found


def by_section(verdicts: Sequence[Verdict]) -> list[tuple[str, list[Verdict]]]:
    """Return the verdicts on what the run is about, by section."""
    found: dict[str, list[Verdict]] = {}
    for verdict in words.measured(verdicts):
        found.setdefault(verdict.claim.section, []).append(verdict)
    return sorted(found.items())
