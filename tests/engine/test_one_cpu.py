"""Benchmarks of one CPU share it within a block."""

from __future__ import annotations

import os

import pytest

from parallel_claims.machine import speeds
from parallel_claims.machine.cpus import current_cpu
from tests.engine import suite

MARKED = """
import pytest
from parallel_claims.engine.outcome import Outcome

def work(name):
    with open("order.txt", "a") as file:
        file.write(name + "\\n")
    return Outcome([1.0], True)

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b", "c"])
def test_free(measure, variant):
    measure(work, variant, truth=[1.0])

@pytest.mark.one_cpu
@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["x", "y"])
def test_pinned(measure, variant):
    measure(work, variant, truth=[1.0])
"""


PINNED = """
import os
import pytest
from parallel_claims.engine.outcome import Outcome

def work(name):
    with open("order.txt", "a") as file:
        file.write(f"{name}:{','.join(map(str, sorted(os.sched_getaffinity(0))))}\\n")
    return Outcome([1.0], True)
"""


@pytest.mark.skipif(len(speeds.usable()) < 2, reason="needs two CPUs to choose from")
def test_they_run_next_to_each_other_on_one_cpu_another_in_each_block(
    pytester: pytest.Pytester,
) -> None:
    """Others are in any order around them, and are not pinned."""
    marked = PINNED + MARKED[MARKED.index("@pytest.mark.benchmark") :]
    suite.make(pytester, marked)
    suite.measured(pytester, "--blocks=4", "--blocks-seed=3").assert_outcomes(passed=5)
    ran = [word.partition(":") for word in (pytester.path / "order.txt").read_text().split()]
    cpus = []
    for start in range(0, 20, 5):
        names = [name for name, _, _ in ran[start : start + 5]]
        assert sorted(names) == ["a", "b", "c", "x", "y"]
        assert abs(names.index("x") - names.index("y")) == 1
        where = {name: place for name, _, place in ran[start : start + 5]}
        assert where["x"] == where["y"]
        assert {where[name] for name in "abc"} == {",".join(map(str, speeds.usable()))}
        cpus.append(where["x"])
    assert len(set(cpus)) > 1


@pytest.mark.skipif(not speeds.usable(), reason="this system has no CPU affinity to set")
def test_a_pinned_thread_runs_there_and_is_set_free_again() -> None:
    """On each usable CPU; the round's own CPU is told."""
    before = os.sched_getaffinity(0)
    for cpu in speeds.usable():
        with speeds.pinned(cpu):
            assert current_cpu() in {cpu, None}
            assert os.sched_getaffinity(0) == {cpu}
    assert os.sched_getaffinity(0) == before
