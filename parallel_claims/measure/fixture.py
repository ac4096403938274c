"""One round of a measured test: timed once, watched, and checked against the truth."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any, SupportsFloat

import pytest

from parallel_claims.machine import speeds
from parallel_claims.machine.cpus import current_cpu
from parallel_claims.machine.probes import children_cpu_seconds
from parallel_claims.measure import bridge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parallel_claims.measure.outcome import Outcome

ROUND = pytest.StashKey[dict[str, Any]]()
"""Where a test item carries what its last round gave."""

BLOCK = pytest.StashKey[int]()
"""Where a test item carries which block it is in."""

TOLERANCE = 1e-9
"""How far a result may be from the truth, relatively: rounding only."""


def timing(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., Outcome]:
    """Return what the ``measure`` fixture gives a test (see there)."""

    def timed(
        target: Callable[..., Outcome], *args: Any, truth: Sequence[float], **info: Any
    ) -> Outcome:
        outcome: Outcome
        before = children_cpu_seconds()
        with speeds.pinned(cpu_of(request.node)):
            began = current_cpu()
            outcome, parent = benchmark.pedantic(with_cpu_seconds, args=(target, *args))
            ended = current_cpu()
        children = max(0.0, children_cpu_seconds() - before)
        error = relative_error(outcome.values, truth)
        assert error <= TOLERANCE, f"wrong result: off by {error:.3g}, relatively"
        if benchmark.enabled:
            seconds = bridge.rounds_of(benchmark.stats)[-1]
            request.node.stash[ROUND] = {
                "seconds": seconds,
                "recorded": {
                    "parent_cpu_seconds": parent,
                    "children_cpu_seconds": children,
                    "cores": (parent + children) / seconds,
                    "relative_error": error,
                    **{
                        k: v
                        for k, v in (("cpu_began", began), ("cpu_ended", ended))
                        if v is not None
                    },
                    **finite(outcome.recorded),
                },
                "info": {
                    "start_method": outcome.start_method,
                    "gil": outcome.gil,
                    **{name: in_json(value) for name, value in info.items()},
                },
            }
        return outcome

    return timed


def cpu_of(item: pytest.Item) -> int | None:
    """Return the CPU on which a test marked ``one_cpu`` runs its round; None for any.

    All of a block run on the same one, and each block on the next, so that what is compared
    met the same neighbours, and all CPUs count.
    """
    cpus = speeds.usable()
    if item.get_closest_marker("one_cpu") is None or not cpus:
        return None
    return cpus[item.stash.get(BLOCK, 0) % len(cpus)]


def finite(recorded: Mapping[str, Any]) -> dict[str, float]:
    """Return what a round recorded, checked: numbers that a saved file can hold."""
    for name, value in recorded.items():
        number = isinstance(value, SupportsFloat) and math.isfinite(value)
        assert number, f"recorded {name!r} is {value!r}: record finite numbers"
    return {name: float(value) for name, value in recorded.items()}


def in_json(value: object) -> Any:
    """Return a value as JSON has it; what it cannot hold as pytest-benchmark writes that."""

    def words(unknown: object) -> str:
        return f"UNSERIALIZABLE[{unknown!r}]"

    try:
        return json.loads(json.dumps(value, allow_nan=False, default=words))
    except (TypeError, ValueError, RecursionError):  # keys, nan, circles
        return words(value)


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
