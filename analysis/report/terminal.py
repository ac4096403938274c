"""Verdicts for the terminal: the answer first, then a table within 80 columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.judge import Outcome
from analysis.report import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.judge import Verdict

STYLES = {
    Outcome.HOLDS: "green",
    Outcome.FAILS: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.NOT_TESTABLE: "dim",
}


def render(
    verdicts: Sequence[Verdict],
    *,
    width: int = 80,
    color: bool = False,
    utf8: bool = True,
    notes: Sequence[str] = (),
) -> str:
    """Return the verdicts on one run as text, ``width`` columns wide, then the notes."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="standard" if color else None,
        highlight=False, legacy_windows=False, emoji=False, markup=False,
    )  # fmt: skip
    console.print(words.counts(verdicts), style="bold")
    if verdicts:
        console.print(words.described(verdicts[0].run), style="dim")
    console.print(table(verdicts))
    console.print(words.level(verdicts), style="dim")
    for note in notes:
        console.print(Text(f"! {note}", style="yellow"))
    text = out.getvalue()
    return text if utf8 else ascii_only(text)


def table(verdicts: Sequence[Verdict]) -> Table:
    """Return one row a claim: what the course says, what was found, the verdict, why."""
    grid = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    grid.add_column("", no_wrap=True)
    grid.add_column("Claim", overflow="fold", ratio=1)
    grid.add_column("Verdict", no_wrap=True)
    for verdict in words.measured(verdicts):
        style = STYLES[verdict.outcome]
        body = Text(verdict.claim.id, style="bold")
        body.append(f"\n{measured(verdict)}", style="none")
        body.append(f"\n{verdict.reason}", style="dim")
        grid.add_row(
            Text(words.MARKS[verdict.outcome], style=style),
            body,
            Text(words.outcome(verdict), style=style),
        )
    return grid


def measured(verdict: Verdict) -> str:
    """Say what was found, what is allowed, and what the course found."""
    parts = [text] if (text := words.here(verdict)) != "–" else []
    parts.append(f"allowed {words.allowed(verdict)}")
    if verdict.claim.course is not None:
        parts.append(f"course {verdict.claim.course}")
    found = verdict.estimate
    if found is not None and not found.judged.paired:
        parts.append("not measured in blocks: unpaired interval")
    if found is not None and found.dropped:
        parts.append(f"{found.dropped} blocks dropped")
    return "; ".join(parts)


ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "×": "x", "≥": ">=", "≤": "<=", "→": "->", "∞": "inf",
     "“": '"', "”": '"', "…": "..."}
)  # fmt: skip


def ascii_only(text: str) -> str:
    """Return ``text`` for terminals that write no more than ASCII."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")
