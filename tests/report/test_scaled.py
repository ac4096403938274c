"""Speedup against workers: what was measured, and honestly what more of them may give."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_claims.judge.claims import Chart
from parallel_claims.report.charts.of_scaling import scaled
from parallel_claims.saved.environment import facts
from parallel_claims.saved.form import Benchmark, Commit, Info, Run

CHART = Chart("speedup", "Speedup", "Told.", "times", "×", over="workers", beside="capacity")


def run_of(speedups: dict[int, float], name: str = "speedup") -> Run:
    """Return a run of seven blocks, a per cent apart, with a speedup for each number of workers."""
    steps = [0.97 + 0.01 * block for block in range(7)]
    recorded: dict[str, list[float | None]] = {
        f"{name}_{k}": [value * step for step in steps] for k, value in speedups.items()
    }
    recorded |= {f"capacity_{k}": [k * 0.9] * 7 for k in speedups}
    info = Info(blocks=list(range(7)), recorded=recorded)
    benchmark = Benchmark("test_scaling[dask]", "f::test_scaling[dask]", None, [1.0] * 7, info)
    return Run(Path("run.json"), {}, None, "", Commit(), (benchmark,))


def test_what_was_measured_stands_beside_capacity_and_ideal() -> None:
    """A row for each number of workers."""
    (chart,) = scaled(run_of({1: 1.0, 2: 1.8, 4: 3.0}), CHART)
    assert chart.columns == ("number", "here (95 %)", "at best", "ideal")
    assert [row[0] for row in chart.rows[:3]] == ["1", "2", "4"]
    assert chart.rows[2][1].startswith("3.00× [")
    assert chart.rows[2][2:] == ("3.60×", "4")


def test_what_was_not_measured_is_told_apart() -> None:
    """Up to 64, as a range, in words, and as a band of its own."""
    (chart,) = scaled(run_of({1: 1.0, 2: 1.8, 4: 3.0}), CHART)
    assert chart.rows[-1][0] == "64 (not measured)"
    assert " to " in chart.rows[-1][1]
    assert "The dashed band is no measurement" in chart.told
    assert [row["n"] for row in chart.spec["datasets"]["beyond"]] == [4, 8, 16, 32, 64]
    assert [row["n"] for row in chart.spec["datasets"]["rows"]] == [1, 2, 4]


@pytest.mark.parametrize(
    ("speedups", "told"),
    [
        ({2: 1.8}, "One number of workers says nothing of more of them."),
        (
            {1: 1.0, 2: 1.8},
            "Two numbers of workers do not fix how it goes on: 64 may give anything",
        ),
    ],
)
def test_too_few_numbers_are_said_to_be(speedups: dict[int, float], told: str) -> None:
    """No law is made up from one point or two."""
    (chart,) = scaled(run_of(speedups), CHART)
    assert told in chart.told


def test_a_run_without_such_numbers_has_no_such_chart() -> None:
    """Nor has one in which each was lost."""
    assert list(scaled(run_of({1: 1.0}, "other"), CHART)) == []
    assert list(scaled(run_of({1: -1.0, 2: float("nan")}), CHART)) == []


def test_a_cluster_is_part_of_the_environment() -> None:
    """So that runs on different ones are told apart; what is none says nothing."""
    workers = [{"host": "a"}, {"host": "a"}, {"host": "b"}]
    record = {"kind": "dask", "workers": workers, "mixed": ["python_build"]}
    assert facts({"cluster": record}, "", [])["cluster"] == (
        "dask, 3 workers on 2 host(s), not alike"
    )
    assert "cluster" not in facts({"cluster": "yes"}, "", [])
