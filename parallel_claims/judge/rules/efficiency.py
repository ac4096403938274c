"""``efficiency``: how much of the measured capacity the contender reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from parallel_claims.judge.contrast import Contrast, check_capacity, check_ratio
from parallel_claims.judge.rule import Bound, Form

if TYPE_CHECKING:
    from parallel_claims.judge.ratio import Terms


class Efficiency(Contrast, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on the speedup over what as many workers that are already started reach."""

    efficiency: Bound
    key: ClassVar[str] = "efficiency"
    form: ClassVar[Form] = Form.SHARE

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing, no capacity, and what no ratio can meet."""
        super().__post_init__()
        check_ratio(self.key, self.efficiency)
        check_capacity(self)

    @property
    def bound(self) -> Bound:
        """Return the allowed range of the share."""
        return self.efficiency

    @property
    def unit(self) -> str:
        """Return what the share is of."""
        return "of what this machine can give"

    @property
    def deciding(self) -> tuple[str, ...]:
        """Return what the share is made of: with ready workers the baseline is only shown."""
        capacity = self.capacity
        if capacity is None or capacity.ready is None:
            return self.benchmarks
        serial = (self.baseline, capacity.serial) if capacity.serial else ()
        return tuple(dict.fromkeys((self.contender, capacity.ready, *serial)))

    @property
    def terms(self) -> Terms | None:
        """Return the efficiency."""
        return self.efficiency_terms

    def published(self, baseline: float, contender: float) -> float | None:
        """Return the published speedup over the number of workers: their capacity is not known."""
        return baseline / contender / self.capacity.workers if self.capacity is not None else None


RULE = Efficiency
