"""Where the seconds above the ideal went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from parallel_claims.judge.claims import Capacity, Claim, Part
from parallel_claims.judge.quantity import Estimate, Quantity, numbers
from parallel_claims.judge.table import Table, lost_blocks


def account(table: Table, claim: Claim, speedup: Quantity, efficiency: Quantity | None) -> Estimate:
    """Split the seconds of the contender above baseline / workers into their causes.

    In each block: lost capacity is what k workers that are already started lose against
    a k-th of the serial time;
    start-up and dispatch are measured by themselves; the rest is what none explains, so
    the parts add up to the excess.
    """
    accounting, capacity = claim.accounting, claim.capacity
    assert accounting is not None
    assert capacity is not None
    frame = seconds_by_block(table, claim.benchmarks)

    def cost(part: Part) -> pd.Series[float]:
        return frame[part.plus] - (frame[part.minus] if part.minus is not None else 0.0)

    ideal = frame[claim.baseline] / capacity.workers
    excess = frame[claim.contender] - ideal
    lost = ideal * (slower_than_ideal(frame, claim.baseline, capacity) - 1)
    parts = {
        "start_up": cost(accounting.start_up),
        "dispatch": cost(accounting.dispatch),
        "capacity": lost,
    }
    blamed = sum((parts[name] for name in accounting.blames), 0.0 * excess)
    judged = blamed - excess / 2 if accounting.extent == "most" else blamed
    rest = excess - parts["start_up"] - parts["dispatch"] - parts["capacity"]
    told = {"excess": excess, **parts, "rest": rest}
    return Estimate(
        numbers(judged),
        speedup,
        efficiency,
        lost_blocks(table, claim.benchmarks),
        {name: numbers(part) for name, part in told.items()},
        float(ideal.median()),
    )


def slower_than_ideal(
    frame: pd.DataFrame, baseline: str | None, capacity: Capacity
) -> pd.Series[float]:
    """Return how many times as long ready workers take as they would with full capacity."""
    if capacity.ready is None:
        return frame[capacity.together] / frame[capacity.one]
    return capacity.workers * frame[capacity.ready] / frame[capacity.serial or baseline]


def seconds_by_block(table: Table, names: Sequence[str]) -> pd.DataFrame:
    """Return the seconds of several benchmarks, a row for each block that has them all.

    Raises:
        BadInputError: one was not measured in blocks.
    """
    import pandas as pd

    if not all(map(table.in_blocks, names)):
        message = f"{table.run.path}: an accounting needs benchmarks measured in blocks"
        raise BadInputError(message)
    return pd.concat({name: table.rounds(name) for name in names}, axis=1).dropna()
