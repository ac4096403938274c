"""What a command has found as tables: columns are data, and rows are made once for all formats.

A column says how it is written, in full and for a terminal, and what programs get. Renderers
(``terminal``, ``markdown``, ``data``, and the macros of the pages) lay out what is here; none of
them knows what it is about. A column more in a table is one more in all four.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from parallel_claims.visible import middle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Item = TypeVar("Item")

LONGEST_NAME = 100
"""Characters of a name that are shown: of a longer one its beginning and its end."""


class Place(StrEnum):
    """Where a renderer puts a cell, beside the row's mark.

    HEAD: what the row is about. NAME: by which name it is found. BODY: what was found of it; a
    column wherever there is room for one. SIDE: so short that a terminal has room, too. VERDICT:
    what that comes to. NOTE: sentences, below. DATA: nothing that people read.
    """

    HEAD = "head"
    NAME = "name"
    BODY = "body"
    SIDE = "side"
    VERDICT = "verdict"
    NOTE = "note"
    DATA = "data"


class Tone(StrEnum):
    """How a row looks: also the classes of the pages' style."""

    GOOD = "holds"
    BAD = "fails"
    OPEN = "undecided"
    SAME = "same"
    NONE = "not-testable"


class Name(str):
    """A name within a sentence."""

    __slots__ = ()


def nothing(_: Any) -> str:
    """Write nothing: a column for programs only."""
    return ""


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column: its title, how a cell is written, and what programs get.

    write: in full; nothing where there is nothing to say. brief: as a part of a sentence, where
        the title does not stand above it. key, value: what JSON has, the words where no value is
        made; without a key the value is a mapping of several. code: whether it is a name.
    tone: how a cell looks that has a tone of its own.
    """

    title: str
    write: Callable[[Item], str] = nothing
    brief: Callable[[Item], str] | None = None
    key: str = ""
    value: Callable[[Item], Any] | None = None
    place: Place = Place.BODY
    code: bool = False
    tone: Callable[[Item], str] = nothing

    def cell(self, item: Item) -> Cell:
        """Return the cell of a row."""
        text = self.write(item)
        value = self.value(item) if self.value else text if self.key else {}
        data = {self.key: value} if self.key else value
        word = self.title[:1].lower() + self.title[1:] if self.title[1:2].islower() else self.title
        brief = self.brief(item) if self.brief else f"{word} {text}" if text else ""
        shown = middle(text, LONGEST_NAME) if self.code else text
        return Cell(self.title, self.place, shown, brief, data, self.code, self.tone(item))


@dataclass(frozen=True)
class Cell:
    """A cell, as a column made it."""

    title: str
    place: Place
    text: str
    brief: str
    data: Mapping[str, Any]
    code: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A row: its cells, one a column, and the sign and the tone of what was found."""

    cells: tuple[Cell, ...]
    mark: str = ""
    tone: Tone = Tone.NONE

    def at(self, *places: Place) -> list[Cell]:
        """Return the cells at a place that say something."""
        return [cell for cell in self.cells if cell.place in places and cell.text]

    @property
    def names(self) -> list[Cell]:
        """Return what the row is about, then by which name it is found."""
        return [*self.at(Place.HEAD), *self.at(Place.NAME)]

    def text(self, place: Place) -> str:
        """Return what stands at a place."""
        return "; ".join(cell.text for cell in self.at(place))

    def sentence(self, *places: Place) -> str:
        """Return the cells at some places as parts of a sentence."""
        return "; ".join(c.brief for c in self.cells if c.place in places and c.brief)

    @property
    def data(self) -> dict[str, Any]:
        """Return what programs get of it."""
        return {key: value for cell in self.cells for key, value in cell.data.items()}


@dataclass(frozen=True)
class Group:
    """Rows under a title.

    most: how many a short form shows, all where it is None. folded: whether a reader has to ask
    for them. more: what is said of those that a short form does not show.
    """

    rows: tuple[Row, ...]
    title: str = ""
    tone: Tone = Tone.SAME
    most: int | None = None
    folded: bool = False
    more: str = "and {} more: --all"

    @property
    def shown(self) -> int:
        """Return how many rows a short form shows: no line says that there is one more."""
        count = len(self.rows)
        if self.most is None or (self.most and count <= self.most + 1):
            return count
        return self.most


@dataclass(frozen=True)
class Table:
    """Rows in groups.

    key: what JSON calls it. about: what its rows are, or in which file or folder. by_verdict:
    whether the groups' titles are the verdicts. after: a line below it.
    """

    key: str
    columns: tuple[Column[Any], ...]
    groups: tuple[Group, ...]
    about: str = ""
    by_verdict: bool = False
    after: str = ""

    @property
    def rows(self) -> list[Row]:
        """Return the rows of all groups."""
        return [row for group in self.groups for row in group.rows]


def row(columns: Iterable[Column[Item]], item: Item, mark: str = "", tone: Tone = Tone.NONE) -> Row:
    """Return the row of one item."""
    return Row(tuple(column.cell(item) for column in columns), mark, tone)


@dataclass(frozen=True)
class Listing:
    """Lines under a title; most: how many a short form shows."""

    title: str
    lines: tuple[str, ...]
    most: int | None = None


@dataclass(frozen=True)
class Document:
    """All that a command says: the answer first.

    answer: a sentence in parts, of which some are names. about: what was looked at. advice: what
    it comes to. notes: what a reader has to know. level: what the intervals promise. rest: where
    everything else is. brief: whether it has to be short. data: what JSON has beside the tables.
    """

    command: str
    answer: Sequence[str]
    tables: tuple[Table, ...] = ()
    about: Sequence[str] = ()
    advice: Sequence[str] = ()
    notes: Sequence[str] = ()
    lists: tuple[Listing, ...] = ()
    level: str = ""
    rest: str = ""
    brief: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
