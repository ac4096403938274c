"""A comparison of two versions in about 30 lines of a terminal: the answer first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parallel_claims.report.versus import words
from parallel_claims.versus.records import Finding
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from parallel_claims.report.terminal import Style
    from parallel_claims.versus.records import Versus

    Parts = list[tuple[RenderableType, str]]

STYLES = {
    Finding.BROKEN: "bold red",
    Finding.SLOWER: "bold red",
    Finding.FASTER: "green",
    Finding.SAME: "bold",
    Finding.CANNOT_TELL: "yellow",
}

MOST = {
    Finding.BROKEN: 5,
    Finding.SLOWER: 5,
    Finding.FASTER: 2,
    Finding.SAME: 0,
    Finding.CANNOT_TELL: 2,
}
"""Rows of each kind that are shown, unless everything is; in their order."""

FEW = 2
"""Claims, notes and reasons that are shown, unless everything is."""

LONG = 230
"""Characters of a reason that are shown, unless everything is: three lines."""


def text(versus: Versus, style: Style, *, everything: bool = False) -> str:
    """Return the comparison as text.

    everything: show all there is, not only what fits on a screen.
    """
    parts: Parts = [(Text(words.answer(versus)), "bold")]
    parts += [(Text(line), "dim") for line in (words.sides(versus), words.effort(versus))]
    parts += [(Text(f"! {note}"), "yellow") for note in words.notes(versus)]
    parts += rows(versus, everything=everything)
    parts += cut("", words.claims(versus), everything=everything)
    title = f"{len(versus.missing) + len(versus.new)} not compared"
    parts += cut(title, words.reasons(versus), everything=everything)
    return style.text([*parts, ("", ""), (Text(words.LEVEL), "dim")])


def rows(versus: Versus, *, everything: bool) -> Parts:
    """Return a table of what is not the same, and with everything of what is too."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column(Text(words.place(versus)), overflow="fold", ratio=1)
    grid.add_column("B / A", no_wrap=True)
    grid.add_column("A takes", no_wrap=True, justify="right")
    grid.add_column("pairs", no_wrap=True, justify="right")
    for finding in MOST:
        if everything or finding is not Finding.SAME:
            section(grid, versus, finding, everything=everything)
    parts: Parts = [("", ""), (grid, "")] if grid.row_count else []
    if why := words.why_open(versus):
        parts.append((Text(f"  {why}"), "yellow"))
    return parts


def section(grid: Table, versus: Versus, finding: Finding, *, everything: bool) -> None:
    """Add the rows of what was found alike, the largest change first."""
    found = words.largest(versus, finding)
    if not found:
        return
    most = len(found) if everything else shown(len(found), MOST[finding])
    names = words.short(versus)
    grid.add_row(Text(words.WORDS[finding], style=STYLES[finding]))
    for one in found[:most]:
        body = [Padding.indent(Text(names[one.name], style="none"), 2)]
        if one.note:
            body.append(Padding.indent(Text(visible(one.note), style="dim"), 4))
        takes = words.takes(versus, one.name)
        grid.add_row(Group(*body), words.ratio(one), takes, str(one.pairs))
    if len(found) > most:
        grid.add_row(Text(f"  and {len(found) - most} more: --all", style="dim"))


def shown(count: int, most: int) -> int:
    """Return how many lines of ``count`` are shown: no line says that there is one more."""
    return count if count <= most + 1 else most


def cut(title: str, lines: Sequence[str], *, everything: bool) -> Parts:
    """Return lines under a title, only the first of many unless everything is asked for."""
    if not lines:
        return []
    most = len(lines) if everything else shown(len(lines), FEW)
    parts: Parts = [("", ""), *([(title, "bold")] if title else [])]
    if not everything:
        lines = [textwrap.shorten(line, LONG, placeholder=" …") for line in lines]
    parts += [(Padding(Text(line), (0, 0, 0, 2)), "") for line in lines[:most]]
    if len(lines) > most:
        parts.append((f"  and {len(lines) - most} more: --all", "dim"))
    return parts
