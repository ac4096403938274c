"""``accounting``: where the seconds above the ideal went, and which part is blamed for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec
import numpy as np

from parallel_claims.errors import BadInputError
from parallel_claims.judge.contrast import Contrast, check_capacity
from parallel_claims.judge.quantity import Estimate, numbers
from parallel_claims.judge.rule import Bound, Form
from parallel_claims.judge.table import lost_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims import stats
    from parallel_claims.judge.table import Table

    Seconds = Mapping[str, stats.Floats]
    """What benchmarks took, a number a block."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds of one benchmark, less those of another where it is named."""

    plus: str
    minus: str | None = None


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the seconds above baseline / workers went, and which part is blamed for them.

    start_up, dispatch: what creating the workers, and sending them work, costs by itself.
    blames: the parts that the statement names, of start_up, dispatch, capacity.
    extent: ``most`` (more than half of the excess) or ``some`` (more than nothing).
    """

    start_up: Part
    dispatch: Part
    blames: tuple[Literal["start_up", "dispatch", "capacity"], ...]
    extent: Literal["most", "some"] = "most"


PARTS = {
    "excess": "above the ideal",
    "start_up": "starting workers",
    "dispatch": "sending work",
    "capacity": "capacity that k workers do not have",
    "rest": "unexplained",
}
"""What each part of the account is called."""


class Accounting(Contrast, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on the blamed seconds, less half of the excess for ``most``: they are above 0."""

    accounting: Account
    key: ClassVar[str] = "accounting"
    form: ClassVar[Form] = Form.SECONDS

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing, and without capacity."""
        super().__post_init__()
        check_capacity(self)

    @property
    def bound(self) -> Bound:
        """Return what the blamed seconds, less half of the excess for ``most``, must be."""
        return Bound(at_least=0.0)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return all that the account is made of."""
        parts = (self.accounting.start_up, self.accounting.dispatch)
        names = [name for part in parts for name in (part.plus, part.minus) if name]
        return tuple(dict.fromkeys((*super().benchmarks, *names)))

    @property
    def unit(self) -> str:
        """Return which seconds are bounded."""
        blamed = " and ".join(PARTS[name] for name in self.accounting.blames)
        most = self.accounting.extent == "most"
        return f"s: {blamed}" + (" less half the excess" if most else "")

    def estimate(self, table: Table, claim_id: str) -> Estimate:  # noqa: ARG002  no message
        """Split the seconds of the contender above baseline / workers into their causes.

        In each block: lost capacity is what k workers that are already started lose against
        a k-th of the serial time; start-up and dispatch are measured by themselves; the rest is
        what none explains, so the parts add up to the excess.

        Raises:
            BadInputError: a benchmark was not measured in blocks.
        """
        capacity = self.capacity
        assert capacity is not None
        blocks, seconds = seconds_by_block(table, self.benchmarks)
        ideal = seconds[self.baseline] / capacity.workers
        excess = seconds[self.contender] - ideal
        parts = {
            "start_up": cost(seconds, self.accounting.start_up),
            "dispatch": cost(seconds, self.accounting.dispatch),
            "capacity": ideal * (self.slower_than_ideal(seconds) - 1),
        }
        blamed = sum((parts[name] for name in self.accounting.blames), 0.0 * excess)
        judged = blamed - excess / 2 if self.accounting.extent == "most" else blamed
        rest = excess - parts["start_up"] - parts["dispatch"] - parts["capacity"]
        shown = {"excess": excess, **parts, "rest": rest}
        return Estimate(
            numbers(judged, blocks),
            self.speedup_of(table),
            self.efficiency_of(table),
            lost_blocks(table, self.benchmarks),
            {name: numbers(part, blocks) for name, part in shown.items()},
            float(np.median(ideal)) if len(ideal) else math.nan,
        )

    def slower_than_ideal(self, seconds: Seconds) -> stats.Floats:
        """Return how many times as long ready workers take as they would with full capacity."""
        capacity = self.capacity
        assert capacity is not None
        if capacity.ready is None:
            assert capacity.together is not None
            assert capacity.one is not None
            return seconds[capacity.together] / seconds[capacity.one]
        serial = capacity.serial or self.baseline
        return capacity.workers * seconds[capacity.ready] / seconds[serial]


def cost(seconds: Seconds, part: Part) -> stats.Floats:
    """Return the seconds of a part, block by block."""
    return seconds[part.plus] - (seconds[part.minus] if part.minus is not None else 0.0)


def seconds_by_block(table: Table, names: Sequence[str]) -> tuple[stats.Integers, Seconds]:
    """Return the blocks that have several benchmarks all, and the seconds of each in them.

    Raises:
        BadInputError: one was not measured in blocks.
    """
    if not all(map(table.in_blocks, names)):
        message = f"{table.run.path}: an accounting needs benchmarks measured in blocks"
        raise BadInputError(message)
    known = {name: table.seconds(name) for name in names}
    there = ~np.isnan(sum(known.values()))
    return table.matrix.blocks[there], {name: found[there] for name, found in known.items()}


RULE = Accounting
