"""A comparison of two versions as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_claims.report.page import common, drawn, template
from parallel_claims.report.versus import charts, words
from parallel_claims.stats import ALPHA
from parallel_claims.versus.records import Finding
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.versus.records import ClaimDifference, Difference, Versus

OUTCOMES = {
    Finding.BROKEN: "fails",
    Finding.SLOWER: "fails",
    Finding.FASTER: "holds",
    Finding.SAME: "same",
    Finding.CANNOT_TELL: "undecided",
}
"""How the style of all pages calls each verdict."""

MOST = 12
"""What changed that is shown unfolded."""


def html(versus: Versus) -> str:
    """Return the page."""
    changed = sorted(
        versus.found(Finding.SLOWER) + versus.found(Finding.FASTER), key=words.size, reverse=True
    )
    open_ = words.largest(versus, Finding.CANNOT_TELL)
    parts = {
        "changed": rows(versus, [*versus.found(Finding.BROKEN), *changed[:MOST]]),
        "more_changed": rows(versus, changed[MOST:]),
        "claims": [claim(one, versus.within) for one in words.ordered(versus.claims)],
        "overview": drawn(charts.overview(versus), "versus"),
        "pairs": drawn(charts.pairs("changed", "What changed", versus, changed), "versus"),
        "open": rows(versus, open_),
        "open_pairs": drawn(charts.pairs("open", "What is open", versus, open_), "versus"),
        "missing": words.reasons(versus),
    }
    text: str = template("versus.html.j2").render(
        title=visible(f"{versus.second.name} against {versus.first.name}"),
        answer=words.answer(versus),
        sides=words.sides(versus),
        effort=words.effort(versus),
        place=words.place(versus),
        notes=words.notes(versus),
        contents=[(name, title) for name, title in TITLES.items() if parts.get(name, True)],
        why_open=words.why_open(versus),
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


def verdict(finding: Finding) -> dict[str, Any]:
    """Return a verdict as the page has it."""
    return {
        "outcome": OUTCOMES[finding],
        "mark": words.MARKS[finding],
        "words": words.WORDS[finding],
    }


def rows(versus: Versus, found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Return what the page says of benchmarks, one by one."""
    names = words.short(versus)
    return [
        {
            **verdict(one.finding),
            "name": names[one.name],
            "ratio": words.ratio(one),
            "takes": words.takes(versus, one.name),
            "pairs": words.plural(one.pairs, "pair"),
            "note": visible(one.note),
        }
        for one in found
    ]


CHANGES = {Finding.SLOWER: "worse", Finding.FASTER: "better"}
"""What a claim's ratio is called that fell, or rose."""


def claim(one: ClaimDifference, within: float) -> dict[str, Any]:
    """Return what the page says of one claim."""
    finding = one.change.finding
    return {
        **verdict(finding),
        "words": CHANGES.get(finding, words.WORDS[finding]),
        "statement": visible(one.statement),
        "told": words.became(one, within),
    }
