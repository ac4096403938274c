"""One round of a measured test: timed once, watched, and checked against the truth."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, SupportsFloat

from parallel_claims import bridge
from parallel_claims.engine.protocol import to_keep
from parallel_claims.engine.worker.slices import RECORDED
from parallel_claims.machine.probes import children_cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pytest

    from parallel_claims.engine.outcome import Outcome

TOLERANCE = 1e-9
"""How far a result may be from the truth, relatively: rounding only."""


def timing(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., Outcome]:
    """Return what the ``measure`` fixture gives a test (see there)."""

    def timed(
        target: Callable[..., Outcome], *args: Any, truth: Sequence[float], **info: Any
    ) -> Outcome:
        outcome: Outcome
        before = children_cpu_seconds()
        outcome, parent = benchmark.pedantic(with_cpu_seconds, args=(target, *args))
        children = max(0.0, children_cpu_seconds() - before)
        error = relative_error(outcome.values, truth)
        assert error <= TOLERANCE, f"wrong result: off by {error:.3g}, relatively"
        if (kept := request.node.stash.get(RECORDED, None)) is not None:  # in a worker
            own = {"start_method": outcome.start_method, "gil": outcome.gil}
            seconds = bridge.rounds_of(benchmark.stats)[-1]
            kept["info"] = own | {name: to_keep(value) for name, value in info.items()}
            kept["recorded"] = {
                "parent_cpu_seconds": parent,
                "children_cpu_seconds": children,
                "cores": (parent + children) / seconds,
                "relative_error": error,
                **finite(outcome.recorded),
            }
        return outcome

    return timed


def finite(recorded: Mapping[str, Any]) -> dict[str, float]:
    """Return what a round recorded, checked: numbers that a saved file can hold."""
    for name, value in recorded.items():
        number = isinstance(value, SupportsFloat) and math.isfinite(value)
        assert number, f"recorded {name!r} is {value!r}: record finite numbers"
    return {name: float(value) for name, value in recorded.items()}


def with_cpu_seconds(target: Callable[..., Outcome], *args: Any) -> tuple[Outcome, float]:
    """Call ``target`` and return what it gave with this process's CPU seconds meanwhile."""
    before = time.process_time()
    outcome = target(*args)
    return outcome, time.process_time() - before


def relative_error(values: Sequence[float], truth: Sequence[float]) -> float:
    """Return the largest ``|value - truth| / |truth|``; infinite where lengths differ."""
    if len(values) != len(truth):
        return math.inf
    errors = [abs(v - t) / abs(t) if t else abs(v) for v, t in zip(values, truth, strict=True)]
    return max(errors, default=0.0)
