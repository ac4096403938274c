"""Verdicts as a Markdown table, for pull requests and the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.report import words
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.judge.outcome import Verdict

HERE = "Here (95 % interval)"


def render(verdicts: Sequence[Verdict], notes: Sequence[str] = ()) -> str:
    """Return the verdicts on one run as Markdown, its first line the answer."""
    shown = words.measured(verdicts)
    lines = [f"**{words.counts(verdicts)}**", "", summary(shown), "Why:", ""]
    lines += [f"- `{cell(v.claim.id)}`: {cell(v.reason)}." for v in shown if v.reason]
    if notes:
        lines += ["", "Noise:", "", *(f"- {cell(note)}." for note in notes)]
    return "\n".join(lines) + "\n"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return where the run is from, one row a claim, and what the intervals promise."""
    lines = [cell(words.described(verdicts[0].run)), ""] if verdicts else []
    by = words.published_by(verdicts)
    titles = ["Claim", "Statement", *([cell(by).capitalize()] if by else []), HERE]
    titles += ["Allowed", "Verdict"]
    lines += [row(titles), row("---" for _ in titles)]
    lines += [
        row(
            [
                f"`{cell(verdict.claim.id)}`",
                cell(verdict.claim.statement),
                *([cell(words.published(verdict))] if by else []),
                cell(words.here(verdict)),
                cell(words.allowed(verdict)),
                mark(verdict),
            ]
        )
        for verdict in verdicts
    ]
    return "\n".join([*lines, "", f"{words.level(verdicts)}."]) + "\n"


def side_by_side(runs: Sequence[Sequence[Verdict]]) -> str:
    """Return one row a claim and one column a run: verdict and what was found."""
    titles = [cell(title) for title in words.short_names([run[0].run for run in runs])]
    lines = [cell(words.described(run[0].run)) + "  " for run in runs]
    lines += ["", row(["Claim", *titles]), row("---" for _ in ["", *titles])]
    for verdicts in zip(*runs, strict=True):
        if all(verdict.left_out for verdict in verdicts):
            continue
        cells = [f"{mark(v)} {cell(words.here(v))}" if v.estimate else mark(v) for v in verdicts]
        lines.append(row([f"`{cell(verdicts[0].claim.id)}`", *cells]))
    return "\n".join(lines) + "\n"


def mark(verdict: Verdict) -> str:
    """Return the verdict, sign and words."""
    return f"{words.MARKS[verdict.outcome]} {words.outcome(verdict)}"


def row(cells: Iterable[str]) -> str:
    """Join cells to a row."""
    return "| " + " | ".join(cells) + " |"


SPECIAL = {ord(c): f"\\{c}" for c in "\\|<>*`"}


def cell(text: str) -> str:
    """Escape what would end a cell, start markup, or make a link of it."""
    return visible(" ".join(text.splitlines())).translate(SPECIAL).replace("](", "]\\(")
