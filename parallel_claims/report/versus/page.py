"""A comparison of two versions as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.report.page import common, drawn, template
from parallel_claims.report.versus import charts, tables, words
from parallel_claims.stats import ALPHA
from parallel_claims.versus.records import Finding
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from parallel_claims.versus.records import Versus

BROKEN, SLOWER, FASTER = Finding.BROKEN, Finding.SLOWER, Finding.FASTER

MOST = 12
"""What changed that is shown unfolded."""


def html(versus: Versus) -> str:
    """Return the page."""
    table = tables.benchmarks(versus)
    by_finding = dict(zip(tables.LOOKS, table.groups, strict=True))
    changed = [row for f in (BROKEN, SLOWER, FASTER) for row in by_finding[f].rows]
    drawn_ = [one for f in (SLOWER, FASTER) for one in words.largest(versus, f)]
    open_ = words.largest(versus, Finding.CANNOT_TELL)
    parts = {
        "changed": changed[:MOST],
        "more_changed": changed[MOST:],
        "claims": tables.claims(versus).rows,
        "overview": drawn(charts.overview(versus), "versus"),
        "pairs": drawn(charts.pairs("changed", "What changed", versus, drawn_), "versus"),
        "open": by_finding[Finding.CANNOT_TELL].rows,
        "open_pairs": drawn(charts.pairs("open", "What is open", versus, open_), "versus"),
        "missing": words.reasons(versus),
    }
    text: str = template("versus.html.j2").render(
        title=visible(f"{versus.second.name} against {versus.first.name}"),
        answer="".join(words.answer(versus)),
        sides=words.sides(versus),
        effort=words.effort(versus),
        place=table.about,
        notes=versus.notes,
        contents=[(name, title) for name, title in TITLES.items() if parts.get(name, True)],
        why_open=table.after,
        level=words.share(ALPHA),
        within=words.share(versus.within),
        **parts,
        **common(),
    )
    return text


TITLES = {
    "changed": "What changed",
    "claims": "Claims",
    "all": "All ratios",
    "pairs": "Pair by pair",
    "open": "What cannot be told",
    "missing": "Not compared",
    "reading": "How to read this",
}
"""The parts of the page, in their order."""
