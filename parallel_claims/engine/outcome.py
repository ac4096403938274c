"""What one round gave beside its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Outcome:
    """What one round gave beside its time.

    values: the results, to be compared with the truth.
    gil: whether the workers ran with a GIL.
    start_method: how worker processes were started, None without processes.
    recorded: numbers seen inside the round, by name (seconds, ratios, counts).
    """

    values: Sequence[float]
    gil: bool
    start_method: str | None = None
    recorded: dict[str, float] = field(default_factory=dict)
