"""Verdicts for the terminal: the answer first, then a table within 80 columns."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parallel_claims.judge.outcome import Outcome
from parallel_claims.report import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from parallel_claims.judge.outcome import Verdict

STYLES = {
    Outcome.HOLDS: "green",
    Outcome.FAILS: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.NOT_TESTABLE: "dim",
}


@dataclass(frozen=True)
class Style:
    """What a terminal can show."""

    width: int = 80
    color: bool = False
    utf8: bool = True

    def text(self, parts: Iterable[tuple[RenderableType, str]]) -> str:
        """Return rich's parts, each with a style, as text for such a terminal."""
        out = io.StringIO()
        console = Console(
            file=out, width=self.width, force_terminal=self.color,
            color_system="standard" if self.color else None,
            highlight=False, legacy_windows=False, emoji=False, markup=False,
        )  # fmt: skip
        for part, style in parts:
            console.print(part, style=style or None)
        text = out.getvalue()
        return text if self.utf8 else ascii_only(text)


def render(
    verdicts: Sequence[Verdict], style: Style | None = None, notes: Sequence[str] = ()
) -> str:
    """Return the verdicts on one run as text, then the notes."""
    parts: list[tuple[RenderableType, str]] = [(words.counts(verdicts), "bold")]
    if verdicts:
        parts.append((words.described(verdicts[0].run), "dim"))
    parts += [(table(verdicts), ""), (words.level(verdicts), "dim")]
    parts += [(Text(f"! {note}"), "yellow") for note in notes]
    return (style or Style()).text(parts)


def head(middle: str, last: str) -> Table:
    """Return an empty table: a sign, what it is about, the outcome."""
    grid = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    grid.add_column("", no_wrap=True)
    grid.add_column(middle, overflow="fold", ratio=1)
    grid.add_column(last, no_wrap=True)
    return grid


def table(verdicts: Sequence[Verdict]) -> Table:
    """Return one row a claim: what was published, what was found, the verdict, why."""
    grid = head("Claim", "Verdict")
    for verdict in words.measured(verdicts):
        style = STYLES[verdict.outcome]
        body = Text(verdict.claim.statement, style="bold")
        body.append(f" {verdict.claim.id}", style="dim")
        body.append(f"\n{measured(verdict)}", style="none")
        body.append(f"\n{verdict.reason}", style="dim")
        grid.add_row(
            Text(words.MARKS[verdict.outcome], style=style),
            body,
            Text(words.outcome(verdict), style=style),
        )
    return grid


def measured(verdict: Verdict) -> str:
    """Say what was found, what is allowed, and what was published."""
    parts = [text] if (text := words.here(verdict)) != "–" else []
    parts.append(f"allowed {words.allowed(verdict)}")
    if (published := verdict.claim.published) is not None:
        parts.append(f"{published.by or 'published'} {published}")
    if extra := words.beside(verdict):
        parts.append(extra.removeprefix("; "))
    found = verdict.estimate
    if found is not None and not found.judged.paired:
        summary = ", from median and IQR: its rounds were not saved"
        rest = summary if found.judged.summarised else ""
        parts.append(f"not measured in blocks: unpaired interval{rest}")
    if found is not None and found.dropped:
        parts.append(f"{found.dropped} blocks dropped")
    return "; ".join(parts)


ASCII = str.maketrans(
    {"»": ">", "✓": "+", "✗": "x", "–": "-", "×": "x", "≥": ">=", "≤": "<=", "→": "->", "∞": "inf",
     "“": '"', "”": '"', "…": "..."}
)  # fmt: skip


def ascii_only(text: str) -> str:
    """Return ``text`` for terminals that write no more than ASCII."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")
