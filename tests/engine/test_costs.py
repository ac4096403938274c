"""Which benchmarks a run goes on with."""

from __future__ import annotations

import pytest

from parallel_claims.engine.questions import Question
from parallel_claims.engine.schedule.costs import cost, needed

HEAD = Question("head", ("a", "b"), first=True)
CHEAP = Question("cheap", ("a", "c"))
DEAR = Question("dear", ("d",))
COSTS = {"a": 1.0, "b": 1.0, "c": 0.5, "d": 5.0}


@pytest.mark.parametrize(
    ("seconds", "names", "left"),
    [
        (10.0, {"a", "b", "c", "d"}, []),
        (3.0, {"a", "b", "c"}, [DEAR]),
        (2.2, {"a", "b"}, [DEAR, CHEAP]),
        (0.1, {"a", "b"}, [DEAR, CHEAP]),
    ],
)
def test_what_comes_first_is_kept_and_the_cheapest_of_the_rest(
    seconds: float, names: set[str], left: list[Question]
) -> None:
    """What is measured anyway costs nothing more."""
    assert needed([DEAR, HEAD, CHEAP], COSTS, seconds) == (names, left)


def test_a_question_that_needs_nothing_more_is_always_kept() -> None:
    """Also where there is no time left at all."""
    free = Question("free", ("b", "a"))
    assert needed([HEAD, free], COSTS, 0.0) == ({"a", "b"}, [])


def test_a_benchmark_of_unknown_cost_costs_nothing() -> None:
    """It was not run yet."""
    assert cost(["a", "unknown"], COSTS) == 1.0
