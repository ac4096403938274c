"""Benchmarks of one CPU share it within a block."""

from __future__ import annotations

import os

import pytest

from parallel_claims.machine import speeds
from parallel_claims.machine.cpus import current_cpu
from tests.measure import suite

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


THREE_CPUS = """
from parallel_claims.machine import speeds

def told(_, cpus):
    if len(cpus) == 1:
        with open("cpus.txt", "a") as file:
            file.write(f"{min(cpus)}\\n")

def pytest_sessionstart():
    speeds.usable = lambda: [4, 5, 6]
    speeds.probe = lambda seconds: []
    speeds.os.sched_getaffinity = lambda _: {4, 5, 6}
    speeds.os.sched_setaffinity = told
"""


def test_they_run_next_to_each_other_on_one_cpu_another_in_each_block(
    pytester: pytest.Pytester,
) -> None:
    """Others are in any order around them, and are not pinned."""
    suite.make(pytester, MARKED, THREE_CPUS)
    result = suite.measured(pytester, "--blocks=4", "--blocks-seed=3")
    result.assert_outcomes(passed=5)
    assert (pytester.path / "cpus.txt").read_text().split() == list("44556644")
    ran = (pytester.path / "order.txt").read_text().split()
    for start in range(0, 20, 5):
        block = ran[start : start + 5]
        assert sorted(block) == ["a", "b", "c", "x", "y"]
        assert abs(block.index("x") - block.index("y")) == 1


@pytest.mark.skipif(not speeds.usable(), reason="this system has no CPU affinity to set")
def test_a_pinned_thread_runs_there_and_is_set_free_again() -> None:
    """On each usable CPU; the round's own CPU is told."""
    before = os.sched_getaffinity(0)
    for cpu in speeds.usable():
        with speeds.pinned(cpu):
            assert current_cpu() in {cpu, None}
            assert os.sched_getaffinity(0) == {cpu}
    assert os.sched_getaffinity(0) == before
