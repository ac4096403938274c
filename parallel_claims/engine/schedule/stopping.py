"""When a measuring run ends: after a fixed number of blocks, or when nothing is open any more.

What is open is not known here: judging answers that, at a few planned numbers of blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_claims.errors import BadInputError
from parallel_claims.stats.looks import planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_claims.engine.questions import Size

DEFAULT_PRECISION = 0.05


@dataclass(frozen=True)
class Stopping:
    """The rule by which a run ends.

    planned: the numbers of blocks at which it is looked who is still open; the last of
        them ends the run. One number is a run of just so many blocks.
    budget: seconds after which no block is begun.
    precision: the relative half-width that intervals are to reach where no claim asks for
        anything else.
    """

    planned: tuple[int, ...]
    budget: float = math.inf
    precision: float = DEFAULT_PRECISION

    @classmethod
    def chosen(cls, given: Mapping[str, Any], size: Size) -> Stopping:
        """Return the rule that the options ask for, with the defaults of a size.

        Raises:
            BadInputError: options that contradict each other.
        """
        blocks = given["blocks"]
        if isinstance(blocks, int):
            for name in ("blocks_precision", "blocks_min", "blocks_max", "blocks_budget"):
                if given[name] is not None:
                    option = "--" + name.replace("_", "-")
                    message = (
                        f"--blocks={blocks} fixes the number of blocks: leave out {option}, or it"
                    )
                    raise BadInputError(message)
            return cls((blocks,))
        fewest = given["blocks_min"] or min(size.fewest, given["blocks_max"] or size.fewest)
        most = given["blocks_max"] or max(size.most, fewest)
        if most < fewest:
            message = f"--blocks-max {most} is below --blocks-min {fewest}: raise it to {fewest}"
            raise BadInputError(message)
        return cls(
            planned(fewest, most),
            given["blocks_budget"] or size.budget,
            given["blocks_precision"] or DEFAULT_PRECISION,
        )

    @property
    def fixed(self) -> bool:
        """Say whether the number of blocks does not depend on what is found."""
        return self.budget == math.inf

    @property
    def most(self) -> int:
        """Return how many blocks there are at most."""
        return self.planned[-1]

    def next_look(self, blocks: int) -> int:
        """Return the number of blocks at the look after so many; the most where none is left."""
        return next((look for look in self.planned if look > blocks), self.most)

    def ended(self, blocks: int, elapsed: float, *, anything_open: bool) -> str | None:
        """Say what ends a run with so many blocks, None if it goes on."""
        if blocks >= self.most:
            return "fixed" if self.fixed else "max-blocks"
        if self.fixed:
            return None
        if blocks >= self.planned[0] and not anything_open:
            return "decided"
        return "budget" if elapsed >= self.budget else None

    def __str__(self) -> str:
        """Describe the rule in a line."""
        if self.fixed:
            return f"{self.most} blocks"
        looks = ", ".join(map(str, self.planned))
        return f"up to {self.most} blocks in {self.budget:.0f} s, looking at {looks}"
