"""What the hooks of measuring in blocks are given and give (the hooks: plugin/hooks.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parallel_claims.stats.looks import FEWEST, MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_claims.saved.names import Names


@dataclass(frozen=True)
class Size:
    """How large the work of a run is, where a suite has several sizes.

    name: part of the saved file's name; runs of different sizes are not compared.
    fewest, most, budget: the defaults of ``--blocks-min``, ``--blocks-max`` and, in seconds,
        ``--blocks-budget`` at this size.
    patience: the default of ``--blocks-patience``, in seconds.
    """

    name: str = ""
    fewest: int = FEWEST
    most: int = MOST
    budget: float = 170.0
    patience: float = 600.0


@dataclass(frozen=True)
class Question:
    """What a run is still to answer: a claim, or an interval that is not narrow enough.

    name: in words. benchmarks: the names of those that it needs. first: whether the time
    goes to it before others.
    """

    name: str
    benchmarks: tuple[str, ...]
    first: bool = False

    def resolved(self, names: Names) -> Question:
        """Return it with the node ids of the benchmarks that are there."""
        found = tuple(nodeid for name in self.benchmarks for nodeid in names.find(name))
        return Question(self.name, found, self.first)


@dataclass(frozen=True)
class Look:
    """What a look at a run found.

    open: what is not answered. total: how many questions there are in all.
    needless: benchmarks that nothing will ever be answered by here, with the reason.
    """

    open: tuple[Question, ...]
    total: int
    needless: Mapping[str, str] = field(default_factory=dict)

    def resolved(self, names: Names) -> Look:
        """Return it with the node ids of the benchmarks that are there, however they are named."""
        return Look(
            tuple(question.resolved(names) for question in self.open),
            self.total,
            {
                nodeid: reason
                for name, reason in self.needless.items()
                for nodeid in names.find(name)
            },
        )
