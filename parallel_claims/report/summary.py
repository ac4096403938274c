"""A run in at most 30 lines: the answer first, in statements; then what is not settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.reasons import remedy
from parallel_claims.report import terminal, words
from parallel_claims.report.advice import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from parallel_claims.judge.claims import Opening
    from parallel_claims.judge.outcome import Verdict

MOST_TOLD = 5
"""Undecided claims that are told one by one; what fails is told whole."""


def render(
    verdicts: Sequence[Verdict],
    advice: Sequence[Opening] = (),
    notes: Sequence[str] = (),
    rest: str = "",
    style: terminal.Style | None = None,
) -> str:
    """Return the verdicts on one run in short.

    notes: what disturbed the run; the first is told. rest: where everything else is.
    """
    shown = words.measured(verdicts)
    headlines = [v for v in shown if v.claim.headline]
    failing = [v for v in shown if v.unexpected_failure and v not in headlines]
    undecided = [v for v in shown if v.outcome is Outcome.UNDECIDED and v not in headlines]
    parts: list[tuple[RenderableType, str]] = [(words.counts(verdicts), "bold")]
    if verdicts:
        parts.append((words.described(verdicts[0].run), "dim"))
    parts += [(Text(f"» {sentence}"), "") for sentence in said(advice, verdicts)]
    told = [*headlines, *failing, *undecided[:MOST_TOLD]]
    if told:
        parts += [("", ""), (rows(told), "")]
    if len(undecided) > MOST_TOLD:
        parts.append((f"? {len(undecided) - MOST_TOLD} more are undecided", "dim"))
    parts += [(Text(f"! {note}"), "yellow") for note in notes[:1]]
    if rest:
        parts.append((Text(rest), "dim"))
    return (style or terminal.Style()).text(parts)


def rows(verdicts: Sequence[Verdict]) -> Table:
    """Return claims as statements, with what was found, and what would settle them."""
    grid = Table(box=None, pad_edge=False, show_header=False)
    grid.add_column("", no_wrap=True)
    grid.add_column("", overflow="fold", ratio=1)
    for verdict in verdicts:
        style = terminal.STYLES[verdict.outcome]
        body = Text(verdict.claim.statement.rstrip("."), style="bold")
        body.append(f": {words.outcome(verdict)}", style=style)
        body.append(f"\n{found(verdict)}", style="none")
        grid.add_row(Text(words.MARKS[verdict.outcome], style=style), body)
    return grid


def found(verdict: Verdict) -> str:
    """Say what was found and what is allowed; of what is not settled, why, and the remedy."""
    here = words.here(verdict)
    text = "" if here == "–" else f"{here}; allowed {words.allowed(verdict)}"
    if verdict.outcome is Outcome.HOLDS:
        return text + words.beside(verdict)
    reason = remedy(verdict) if verdict.outcome is Outcome.UNDECIDED else verdict.reason
    return "; ".join(part for part in (text, reason) if part)
