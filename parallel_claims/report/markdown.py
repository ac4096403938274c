"""Markdown, for pull requests, the README and the summaries of jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_claims.report.tables import Name, Place
from parallel_claims.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.report.tables import Cell, Document, Group, Row, Table

MOST = 10
"""Rows of a group that are not folded, where a short form does not show all."""

MOST_FOLDED = 200
"""Rows that are folded: a comment holds 65,536 characters."""

COLUMNS = (Place.HEAD, Place.NAME, Place.BODY, Place.SIDE, Place.VERDICT)
"""What a table has a column for; sentences stand below it."""


def text(document: Document) -> str:
    """Return a document, its first line the answer."""
    answer = "".join(code(p) if isinstance(p, Name) else plain(p) for p in document.answer)
    lines = [f"**{answer}**", ""] if answer else []
    lines += listed([*document.about, *document.advice])
    for table in document.tables:
        lines += of_table(table)
    lines += listed(f"! {note}" for note in document.notes)
    for listing in document.lists:
        lines += folded(listing.title, listed(listing.lines))
    lines += [f"{plain(document.level)}."] if document.level else []
    return "\n".join(lines).rstrip() + "\n"


def of_table(table: Table) -> list[str]:
    """Return a table: where its groups are verdicts in one, then what is folded of each."""
    shown = [group for group in table.groups if group.shown]
    lines = []
    if table.by_verdict:
        lines += rows([row for group in shown for row in group.rows[: limit(group)]])
    else:
        for group in shown:
            lines += [plain(group.title), ""] if group.title else []
            lines += rows(group.rows[: limit(group)])
    for group in shown:
        beyond, more = group.rows[limit(group) :], "" if group.folded else " more"
        why = [f"{plain(table.after)}.", ""] if group.folded and table.after else []
        title = f"{len(beyond)}{more} {group.title}"
        lines += folded(title, [*why, *rows(beyond, MOST_FOLDED)] if beyond else [])
    return lines


def limit(group: Group) -> int:
    """Return how many rows of a group are not folded."""
    return 0 if group.folded else len(group.rows) if group.most is None else MOST


def rows(chosen: Sequence[Row], most: int | None = None) -> list[str]:
    """Return rows as a table, and the notes on them; of very many, the first."""
    shown = chosen[:most]
    if not shown:
        return []
    cells = [[cell for cell in row.cells if cell.place in COLUMNS] for row in shown]
    filled = [n for n, column in enumerate(zip(*cells, strict=True)) if any(c.text for c in column)]
    lines = [joined(plain(cells[0][n].title) for n in filled), joined("---" for _ in filled)]
    lines += [
        joined(written(row, own[n]) for n in filled) for row, own in zip(shown, cells, strict=True)
    ]
    notes = [
        f"- {name(row)}: {plain(note).rstrip('.')}."
        for row in shown
        if (note := "; ".join(row.text(Place.NOTE).splitlines()))
    ]
    left = len(chosen) - len(shown)
    more = [f"{left} more are not shown.", ""] if left else []
    return [*lines, "", *([*notes, ""] if notes else []), *more]


def joined(cells: Iterable[str]) -> str:
    """Join cells to a row."""
    return "| " + " | ".join(cells) + " |"


def written(row: Row, cell: Cell) -> str:
    """Return a cell; a verdict has its sign in front."""
    if cell.code:
        return (
            code(cell.text).replace("|", "\\|") if cell.text else "–"
        )  # it ends a cell even in code
    if cell.place is Place.VERDICT:
        return unbroken(f"{row.mark} {plain(cell.text)}".strip())
    return unbroken(plain(cell.text)) if cell.place is Place.SIDE else plain(cell.text) or "–"


def name(row: Row) -> str:
    """Return by what a row is known."""
    known = row.names[-1]
    return code(known.text) if known.code else plain(known.text)


def unbroken(text: str) -> str:
    """Return a text that stays in one line."""
    return text.replace(" ", "\u00a0")


def code(text: str) -> str:
    """Return a name in the type of code, whatever it holds."""
    text = visible(text)
    runs = re.findall("`+", text)
    fence = "`" * (1 + max(map(len, runs), default=0))
    space = " " * bool(runs)
    return f"{fence}{space}{text}{space}{fence}"


MARKUP = re.compile(r"[\\|<>*`~#]|\[(?![-\d∞])|\](?=\()|(?<![^\W_])_|_(?![^\W_])")
"""What would end a cell, or start markup or a link; an interval and a name are none."""


def plain(text: str) -> str:
    """Return a text of which nothing is markup, nor a mention of somebody."""
    shown = visible(shortened(" ".join(text.splitlines())))
    return MARKUP.sub(r"\\\g<0>", shown).replace("@", "@\u200b")


def listed(lines: Iterable[str]) -> list[str]:
    """Return lines as a list, with a line after it; nothing where there are none."""
    found = [f"- {plain(line)}" for line in lines]
    return [*found, ""] if found else []


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Return lines that are folded under a title; nothing where there are none."""
    if not lines:
        return []
    return [f"<details><summary>{title}</summary>", "", *lines, "</details>", ""]
