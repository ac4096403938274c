"""Pair after pair: as many as planned, as time allows, and what Ctrl-C leaves."""

from __future__ import annotations

import math
import signal
from typing import TYPE_CHECKING

from parallel_claims.versus import deciding, measuring
from parallel_claims.versus.measuring import Clock, Measuring, State, alone
from parallel_claims.versus.records import RunsOn
from parallel_claims.versus.survey import Known
from tests.versus.test_pairs import driver, lanes, survey

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_claims.engine.lanes import Lanes

__all__ = ["lanes"]

SUITE = """
import subprocess, sys

def test_sum(benchmark):
    benchmark(sum, range(100))

def test_other(benchmark):
    benchmark(sum, range(100))

def test_child(benchmark):
    benchmark(subprocess.run, [sys.executable, "-S", "-c", ""], check=True)
"""


def test_what_uses_more_than_one_cpu_is_measured_in_pairs_of_its_own(
    tmp_path: Path, lanes: Lanes
) -> None:
    """The others share a CPU with their other side, one pair for each core at a time."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    told: list[State] = []
    known = survey(driven).known
    pairs = Measuring(driven, Clock(), tell=told.append).pairs(1, known, 2)
    names = [{name.rpartition("_")[2] for name in pair.slices} for pair in pairs]
    assert names == [{"sum", "other"}] * 2 + [{"child"}] * 2
    assert sorted(pair.number for pair in pairs) == list(range(4))
    assert len({pair.seed for pair in pairs}) == 4
    assert {pair.cpu for pair in pairs[:2]} <= set(measuring.lanes())
    assert len({pair.cpu for pair in pairs[2:]}) == min(2, len(measuring.lanes()))
    assert not any(s.shared_cpu for pair in pairs[2:] for s in pair.slices.values())
    assert told[-1] == State(1, 2, 2, 0.0)


def test_no_pair_is_begun_that_would_end_too_late(tmp_path: Path, lanes: Lanes) -> None:
    """One pair a core is measured whatever the budget is: it shows what a pair takes."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    known = {"test_suite.py::test_sum": Known(10, 0.001, 0.003, one_cpu=True)}
    pairs = Measuring(driven, Clock(budget=0.0)).pairs(1, known, 50)
    assert len(pairs) == len(measuring.lanes())


def test_what_ends_two_processes_takes_no_more_pairs_along(tmp_path: Path, lanes: Lanes) -> None:
    """The others are measured in the pairs that follow; it is broken, by all pairs that had it."""
    deadly = "import os\ndef test_deadly(benchmark): benchmark({})\n" + SUITE
    healthy, ending = (deadly.format(call) for call in ("int", "os._exit, 3"))
    driven = driver(tmp_path, lanes, healthy, ending)
    known = {
        f"test_suite.py::test_{name}": Known(10, 0.001, 0.003, one_cpu=True)
        for name in ("deadly", "sum")
    }
    count = len(measuring.lanes()) + 2
    pairs = Measuring(driven, Clock()).pairs(1, known, count)
    assert len([pair for pair in pairs if pair.slices]) >= 1
    assert 2 <= sum("test_suite.py::test_deadly" in pair.lost for pair in pairs) < count
    found = deciding.not_running(pairs, "test_suite.py::test_deadly")
    assert found is not None
    assert (found.runs, found.why) == (RunsOn.FIRST_ONLY, "new: it ended with exit code 3")


def test_a_signal_keeps_what_was_measured(tmp_path: Path, lanes: Lanes) -> None:
    """What runs is ended at once, and no further pair is begun in this stage or the next."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    known = {"test_suite.py::test_sum": Known(10, 0.001, 0.003, one_cpu=True)}

    def press(state: State) -> None:
        if state.done >= len(measuring.lanes()):
            lanes.signals.note(signal.SIGINT, None)

    one = Measuring(driven, Clock(), tell=press)
    pairs = one.pairs(1, known, 50)
    assert sum(bool(pair.slices) for pair in pairs) >= len(measuring.lanes())
    assert len(pairs) <= 3 * len(measuring.lanes())
    assert not any(pair.lost for pair in pairs)
    assert one.pairs(2, known, 50) == []
    assert not lanes.alive


def test_what_a_claim_compares_stays_together() -> None:
    """A benchmark of one CPU is measured in the pairs of the one it is compared with."""
    one, many = Known(1, 0.001, 0.003, one_cpu=True), Known(1, 0.001, 0.003, one_cpu=False)
    known = {"a": one, "b": many, "c": one, "d": one}
    assert alone(known, []) == {"b"}
    assert alone(known, [("c", "a"), ("a", "b"), ("d",)]) == {"a", "b", "c"}


def test_a_clock_allows_what_ends_in_time() -> None:
    """Without a budget everything is allowed."""
    assert Clock().allows(1e9)
    assert Clock(budget=math.inf).allows(1e9)
    assert not Clock(budget=10.0).allows(10.1)


def test_what_a_claim_compares_with_it_stays_on_one_cpu_of_its_pair(
    tmp_path: Path, lanes: Lanes
) -> None:
    """Measured in the same pairs, with nothing beside them."""
    driven = driver(tmp_path, lanes, SUITE, SUITE)
    known = {name: one for name, one in survey(driven).known.items() if "other" not in name}
    (pair,) = Measuring(driven, Clock(), [list(known)]).pairs(1, known, 1)
    shared = {name.rpartition("_")[2]: one.shared_cpu for name, one in pair.slices.items()}
    assert shared == {
        "sum": len(measuring.lanes()) > 0 and None not in measuring.lanes(),
        "child": False,
    }
