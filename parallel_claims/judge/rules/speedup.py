"""``speedup``: how many times as fast the contender is as the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from parallel_claims.judge.contrast import Contrast, check_ratio
from parallel_claims.judge.rule import Bound, Form

if TYPE_CHECKING:
    from parallel_claims.judge.ratio import Terms


class Speedup(Contrast, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on baseline seconds over contender seconds."""

    speedup: Bound
    key: ClassVar[str] = "speedup"
    form: ClassVar[Form] = Form.TIMES

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing, and what no ratio can meet."""
        super().__post_init__()
        check_ratio(self.key, self.speedup)

    @property
    def bound(self) -> Bound:
        """Return the allowed range of the ratio."""
        return self.speedup

    @property
    def unit(self) -> str:
        """Return what the ratio is called."""
        return "speedup"

    @property
    def terms(self) -> Terms:
        """Return the speedup."""
        return self.speedup_terms

    def published(self, baseline: float, contender: float) -> float:
        """Return the published speedup."""
        return baseline / contender


RULE = Speedup
