"""Text for a terminal: the answer first, then tables within its width."""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from parallel_claims.report.tables import Place, Tone
from parallel_claims.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from parallel_claims.report.tables import Document, Group, Listing, Row, Table

    Parts = list[tuple[RenderableType, str]]

STYLES = {
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.OPEN: "yellow",
    Tone.SAME: "bold",
    Tone.NONE: "dim",
}

NARROW = 60
"""Columns below which a table has no more than its body."""

LONG = 230
"""Characters of a line that are shown in a short form: three lines."""


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


def text(document: Document, style: Style | None = None) -> str:
    """Return a document as text for a terminal."""
    style = style or Style()
    parts: Parts = [(line("".join(document.answer)), "bold")]
    parts += [(line(about), "dim") for about in document.about]
    parts += [(line(f"» {sentence}"), "") for sentence in document.advice]
    parts += [(line(f"! {note}"), "yellow") for note in document.notes]
    for table in document.tables:
        parts += of_table(table, narrow=document.brief or style.width < NARROW)
    for listing in document.lists:
        parts += of_list(listing)
    if document.level or document.rest:
        parts.append(("", ""))
    parts += [(line(last), "dim") for last in (document.level, document.rest) if last]
    return style.text(parts)


def line(told: str) -> Text:
    """Return a text in which everything prints."""
    return Text(visible(shortened(told)))


def of_table(table: Table, *, narrow: bool) -> Parts:
    """Return a table: a sign, the body, and where there is room what is short beside it."""
    groups = [group for group in table.groups if group.shown]
    if not groups:
        return []
    said = set() if narrow else {Place.SIDE} if table.by_verdict else {Place.SIDE, Place.VERDICT}
    grid = Grid(
        box=None, pad_edge=False, header_style="bold", show_header=bool(table.about) and not narrow
    )
    grid.add_column("", no_wrap=True)
    grid.add_column(line(table.about), overflow="fold", ratio=1)
    for column in table.columns:
        if column.place in said:
            grid.add_column(line(column.title), no_wrap=True)
    for group in groups:
        fill(grid, group, said)
    parts: Parts = [("", ""), (grid, "")]
    return [*parts, (Padding(line(table.after), (0, 0, 0, 2)), "yellow")] if table.after else parts


def fill(grid: Grid, group: Group, said: set[Place]) -> None:
    """Add the rows of a group to a grid; ``said`` is what has columns of its own."""
    if group.title:
        grid.add_row("", Text(visible(group.title), style=STYLES[group.tone]))
    for row in group.rows[: group.shown]:
        look = STYLES[row.tone]
        beside = [cell for cell in row.cells if cell.place in said]
        grid.add_row(
            Text(row.mark, style=look),
            body(row, said),
            *(Text(c.text, style=look if c.place is Place.VERDICT else "") for c in beside),
        )
    if left := len(group.rows) - group.shown:
        grid.add_row("", Text(group.more.format(left), style="dim"))


def body(row: Row, said: set[Place]) -> Text:
    """Return what a row is about, what was found, and what a reader has to know."""
    first, *names = (visible(shortened(cell.text)) for cell in row.names or row.cells)
    verdict = "" if said else row.text(Place.VERDICT)
    text = Text(first.rstrip(".") if verdict else first, style="bold")
    if verdict:
        text.append(f": {verdict}", style=STYLES[row.tone])
    for name in names:
        text.append(f" {name}", style="dim")
    found = row.sentence(Place.BODY) if said else row.sentence(Place.BODY, Place.SIDE)
    lines = [(found, "none"), *((note, "dim") for note in row.text(Place.NOTE).splitlines())]
    for told, style in lines:
        if told:
            text.append(f"\n{visible(shortened(told))}", style=style)
    return text


def of_list(listing: Listing) -> Parts:
    """Return lines under a title; a short form has only the first of many, and their beginnings."""
    if not listing.lines:
        return []
    count, most = len(listing.lines), listing.most
    shown = count if most is None or count <= most + 1 else most
    parts: Parts = [("", ""), *([(line(listing.title), "bold")] if listing.title else [])]
    for told in listing.lines[:shown]:
        short = told if most is None else textwrap.shorten(told, LONG, placeholder=" …")
        parts.append((Padding(line(short), (0, 0, 0, 2)), ""))
    if count > shown:
        parts.append((f"  and {count - shown} more: --all", "dim"))
    return parts


ASCII = str.maketrans(
    {"»": ">", "✓": "+", "✗": "x", "–": "-", "×": "x", "≥": ">=", "≤": "<=", "→": "->", "∞": "inf",
     "“": '"', "”": '"', "…": "..."}
)  # fmt: skip


def ascii_only(text: str) -> str:
    """Return ``text`` for terminals that write no more than ASCII."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")
