"""One round of a measured test: timed once, watched, and checked against the truth."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import pytest

from experiments.probes import children_cpu_seconds
from experiments.workloads import SCALES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from experiments.strategies import Outcome
    from experiments.workloads import Scale

ROUND = pytest.StashKey[dict[str, Any]]()
"""Where a test item carries what its last round gave."""

TOLERANCE = 1e-9
"""How far a result may be from the truth, relatively: rounding only."""


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    """Return the sizes chosen by ``--scale``."""
    return SCALES[request.config.getoption("scale")]


@pytest.fixture
def measure(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., Outcome]:
    """Return a function that times one round and checks what it computed.

    ``measure(target, *args, truth=[…])`` calls ``target(*args)`` once, timed; it returns
    an ``Outcome`` whose values must equal ``truth`` within 1e-9, relatively. A round
    whose result is wrong is an error, never a time. Keyword arguments go to
    ``extra_info``.
    """

    def timed(
        target: Callable[..., Outcome], *args: Any, truth: Sequence[float], **info: Any
    ) -> Outcome:
        before = children_cpu_seconds()
        outcome: Outcome
        outcome, parent = benchmark.pedantic(with_cpu_seconds, args=(target, *args))
        children = max(0.0, children_cpu_seconds() - before)
        error = relative_error(outcome.values, truth)
        assert error <= TOLERANCE, f"wrong result: off by {error:.3g}, relatively"
        if benchmark.enabled:
            seconds = benchmark.stats.stats.data[-1]
            request.node.stash[ROUND] = {
                "seconds": seconds,
                "recorded": {
                    "parent_cpu_seconds": parent,
                    "children_cpu_seconds": children,
                    "cores": (parent + children) / seconds,
                    "relative_error": error,
                    **outcome.recorded,
                },
                "info": {
                    "start_method": outcome.start_method,
                    "gil": outcome.gil,
                    **info,
                },
            }
        return outcome

    return timed


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
