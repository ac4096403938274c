"""Verdicts as a Markdown table, for pull requests and the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.report import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.judge import Verdict

HEADERS = ("Claim", "Statement", "Course", "Here (95 % interval)", "Allowed", "Verdict")


def render(verdicts: Sequence[Verdict], notes: Sequence[str] = ()) -> str:
    """Return the verdicts on one run as Markdown, its first line the answer."""
    lines = [f"**{words.counts(verdicts)}**", ""]
    if verdicts:
        lines += [cell(words.described(verdicts[0].run)), ""]
    lines += [row(HEADERS), row("---" for _ in HEADERS)]
    lines += [
        row(
            [
                f"`{cell(verdict.claim.id)}`",
                cell(verdict.claim.statement),
                cell(words.course(verdict)),
                cell(words.here(verdict)),
                cell(words.allowed(verdict)),
                f"{words.MARKS[verdict.outcome]} {words.outcome(verdict)}",
            ]
        )
        for verdict in verdicts
    ]
    reasons = [f"- `{cell(v.claim.id)}`: {cell(v.reason)}." for v in verdicts if v.reason]
    lines += ["", f"{words.level(verdicts)}.", "", "Why:", "", *reasons]
    if notes:
        lines += ["", "Noise:", "", *(f"- {cell(note)}." for note in notes)]
    return "\n".join(lines) + "\n"


def row(cells: object) -> str:
    """Join cells to a row."""
    return "| " + " | ".join(cells) + " |"  # type: ignore[arg-type]


SPECIAL = {ord(c): f"\\{c}" for c in "\\|<>*`"} | {ord("\n"): " ", ord("\r"): " "}


def cell(text: str) -> str:
    """Escape what would end a cell or start markup."""
    return text.translate(SPECIAL)
