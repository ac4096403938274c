"""Measuring in blocks: order, merging, failures, selection, what a suite may say of it."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest

from parallel_claims.engine.schedule.order import Benchmark, block
from tests.engine.suite import SUITE, make, measured, one_line, order, saved


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a small suite of two experiments that notes the order of its rounds."""
    make(pytester)
    return pytester


def test_each_block_is_complete_and_keeps_experiments_together(suite: pytest.Pytester) -> None:
    """A block runs every variant once, an experiment's variants next to each other."""
    result = measured(suite, "--blocks", "4", "--blocks-seed", "7")
    assert result.ret == 0
    ran = order(suite)
    blocks = [ran[i : i + 5] for i in range(0, 20, 5)]
    for ran_block in blocks:
        assert sorted(ran_block) == ["a", "b", "c", "x", "y"]
        assert sorted(ran_block[:3]) == ["a", "b", "c"] or sorted(ran_block[:2]) == ["x", "y"]
    assert len({tuple(block) for block in blocks}) > 1


def test_the_seed_is_recorded_and_repeats_the_order(suite: pytest.Pytester) -> None:
    """The order of a run can be had again."""
    measured(suite, "--blocks", "3")
    first = order(suite)
    seed = saved(suite)["parallel_claims"]["order_seed"]
    (suite.path / "order.txt").unlink()
    measured(suite, "--blocks", "3", "--blocks-seed", str(seed))
    assert order(suite) == first


def test_one_entry_a_variant_with_data_in_block_order(suite: pytest.Pytester) -> None:
    """The rounds of all blocks are merged; what was recorded goes along, round by round."""
    result = measured(suite, "--blocks", "3", "--benchmark-json=out.json")
    result.assert_outcomes(passed=5, skipped=1)
    found = saved(suite)
    entries = {entry["name"]: entry for entry in found["benchmarks"]}
    assert len(entries) == 5
    entry = entries["test_one[a]"]
    assert entry["extra_info"]["blocks"] == [0, 1, 2]
    assert entry["extra_info"]["scale"] == ""
    assert entry["extra_info"]["note"] == "a"
    assert entry["extra_info"]["recorded"]["seen"] == [1.0, 1.0, 1.0]
    assert len(entry["stats"]["data"]) == entry["stats"]["rounds"] == 3
    assert entry["stats"]["min"] == min(entry["stats"]["data"])
    assert not list((suite.path / "results").rglob("*.jsonl"))
    other = json.loads((suite.path / "out.json").read_text())
    assert {e["name"]: e["stats"]["data"] for e in other["benchmarks"]} == {
        name: e["stats"]["data"] for name, e in entries.items()
    }


def test_progress_and_one_row_a_variant_are_shown(suite: pytest.Pytester) -> None:
    """The terminal tells the block, the time left, and reports each variant once."""
    result = measured(suite, "--blocks", "3", "-v")
    result.stdout.fnmatch_lines(["block 2 of 3, * s, *"])
    assert result.stdout.str().count("test_one[[]a]".replace("[[]", "[")) >= 1
    passed = [line for line in result.outlines if "test_one[a] PASSED" in line]
    assert len(passed) == 1
    result.stdout.fnmatch_lines(["saved: results/here/build/0001_*Z_run.json"])


def test_selection_keeps_working(suite: pytest.Pytester) -> None:
    """-k and node ids choose variants, and the run says that it is partial."""
    measured(suite, "--blocks", "2", "-k", "test_two")
    assert sorted(set(order(suite))) == ["x", "y"]
    assert saved(suite)["parallel_claims"]["partial"] is True
    (suite.path / "order.txt").unlink()
    measured(suite, "--blocks", "2", "test_suite.py::test_one[b]")
    assert order(suite) == ["b", "b"]


MODULE = """
import pytest
from parallel_claims.engine.outcome import Outcome

@pytest.fixture(scope="module")
def resource():
    yield 1.0

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", ["a", "b"])
def test_one(measure, resource, variant):
    measure(lambda: Outcome([resource], True), truth=[1.0])

def test_plain(resource):
    assert resource == 1.0
"""


def test_experiments_spread_over_modules_are_set_up_and_torn_down(
    suite: pytest.Pytester,
) -> None:
    """Whatever order is drawn, each block begins and ends in any module."""
    suite.makepyfile(test_suite=MODULE, test_other=MODULE, test_third=MODULE)
    result = measured(suite, "--blocks", "4", "--blocks-seed", "1")
    result.assert_outcomes(passed=6, skipped=3)
    for entry in saved(suite)["benchmarks"]:
        assert entry["extra_info"]["lost"] == {}


FAILING = """
import os
import pytest
from pathlib import Path
from parallel_claims.engine.outcome import Outcome

def work(name):
    count = Path(name)
    number = int(count.read_text()) + 1 if count.exists() else 1
    count.write_text(str(number))
    if name == "b" and number == 3:
        raise RuntimeError("child 2 of 2 was killed by SIGKILL")
    return Outcome([2.0 if name == "wrong" else 1.0], True)

@pytest.mark.benchmark(group="one")
@pytest.mark.parametrize("variant", VARIANTS)
def test_one(measure, variant):
    measure(work, variant, truth=[1.0])
"""


def test_a_failure_in_block_3_loses_that_round_and_nothing_else(suite: pytest.Pytester) -> None:
    """The other blocks and variants are kept; the lost round is named with its reason."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "b"]'))
    result = measured(suite, "--blocks", "4")
    result.assert_outcomes(passed=1, failed=1)
    entries = {entry["name"]: entry for entry in saved(suite)["benchmarks"]}
    assert entries["test_one[a]"]["extra_info"]["blocks"] == [0, 1, 2, 3]
    assert entries["test_one[b]"]["extra_info"]["blocks"] == [0, 1, 3]
    lost = entries["test_one[b]"]["extra_info"]["lost"]
    assert list(lost) == ["2"]
    assert "SIGKILL" in lost["2"]


def test_a_wrong_result_is_an_error_and_never_a_time(suite: pytest.Pytester) -> None:
    """A variant that computes something else has no entry; it is given up after two tries."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "wrong"]'))
    result = measured(suite, "--blocks", "4")
    result.assert_outcomes(passed=1, failed=1)
    found = saved(suite)
    assert [entry["name"] for entry in found["benchmarks"]] == ["test_one[a]"]
    assert (
        "wrong result" in found["parallel_claims"]["failed"]["test_suite.py::test_one[wrong]"]["0"]
    )
    assert (suite.path / "wrong").read_text() == "2"


def test_a_skipped_variant_is_left_out_with_its_reason(suite: pytest.Pytester) -> None:
    """A missing package is no failure."""
    suite.makepyfile(
        test_suite=SUITE
        + """
@pytest.mark.benchmark(group="two")
def test_three(measure):
    pytest.importorskip("no_such_package", reason="install no_such_package")
"""
    )
    result = measured(suite, "--blocks", "2")
    assert result.ret == 0
    assert saved(suite)["parallel_claims"]["skipped"] == {
        "test_suite.py::test_three": "install no_such_package"
    }


def test_maxfail_stops_within_the_block(suite: pytest.Pytester) -> None:
    """-x ends the run at the first failure, and what was measured is saved."""
    suite.makepyfile(test_suite=FAILING.replace("VARIANTS", '["a", "b"]'))
    result = measured(suite, "--blocks", "9", "-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    entry = next(e for e in saved(suite)["benchmarks"] if e["name"] == "test_one[b]")
    assert entry["extra_info"]["blocks"] == [0, 1]


def test_benchmark_disable_runs_each_test_once_and_saves_nothing(suite: pytest.Pytester) -> None:
    """pytest-benchmark's own switch still means: just run the code."""
    result = suite.runpytest_subprocess("--benchmark-disable")
    result.assert_outcomes(passed=6)
    assert not (suite.path / "results").exists()


def test_every_variant_comes_first_about_equally_often() -> None:
    """The order is drawn anew for each block, so that no variant keeps a place."""
    items = [Benchmark(f"test_x[{letter}]", "test_x") for letter in "abcd"]
    shuffle = random.Random(1)  # noqa: S311
    firsts = [block(items, shuffle)[0] for _ in range(400)]
    for item in items:
        assert 60 < firsts.count(item.nodeid) < 140


def test_a_seed_gives_the_same_order_however_tests_were_collected() -> None:
    """A plugin may shuffle what is collected; the recorded seed still repeats a run."""
    items = [Benchmark(f"test_{g}[{x}]", f"test_{g}") for g in "xy" for x in "abcd"]
    orders = [block(some, random.Random(3)) for some in (items, items[::-1])]  # noqa: S311
    assert orders[0] == orders[1]


def test_what_is_measured_against_itself_comes_twice_in_random_order() -> None:
    """Once as itself, once as its copy; neither always comes first."""
    shuffle = random.Random(2)  # noqa: S311
    one = [Benchmark("test_x", "test_x")]
    orders = [tuple(block(one, shuffle, twice=True)) for _ in range(40)]
    assert set(orders) == {("test_x", "test_x again"), ("test_x again", "test_x")}


def test_a_module_is_measured_in_one_go_as_far_as_links_allow() -> None:
    """So that its fixtures are set up once a block."""
    items = [
        Benchmark(f"{module}::test_{n}", f"{module}::test_{n}", places=(module,))
        for module in "abc"
        for n in range(4)
    ]
    for seed in range(20):
        ran = block(items, random.Random(seed))  # noqa: S311
        modules = [name[0] for name in ran]
        assert sum(x != y for x, y in pairwise(modules)) == 2
        ran = block(items, random.Random(seed), [("a::test_0", "b::test_0")])  # noqa: S311
        places = [ran.index("a::test_0"), ran.index("b::test_0")]
        assert abs(places[0] - places[1]) == 1


SIZE = """
from parallel_claims.engine.questions import Size

def pytest_blocks_size(config):
    return Size("tiny", fewest=2, most=3, budget=50.0)
"""


def test_a_suite_says_how_large_its_work_is(suite: pytest.Pytester) -> None:
    """The size is in the file's name and in each entry, and has its own number of blocks."""
    make(suite, conftest=SIZE)
    result = measured(suite, "--blocks")
    result.stdout.fnmatch_lines(["5 benchmarks, up to 3 blocks in 50 s*, size tiny"])
    assert [entry["extra_info"]["scale"] for entry in saved(suite)["benchmarks"]] == ["tiny"] * 5
    assert len(list(suite.path.rglob("0001_*Z_tiny.json"))) == 1
    assert len(order(suite)) == 15


REFUSING = """
def pytest_blocks_start(config, items):
    raise pytest.UsageError(f"{len(items)} variants need 9 GiB: take fewer")
"""


def test_a_suite_may_refuse_to_start(suite: pytest.Pytester) -> None:
    """Its line is shown, and nothing has run."""
    make(suite, conftest=REFUSING)
    assert one_line(measured(suite, "--blocks")) == "ERROR: 5 variants need 9 GiB: take fewer"
    assert not (suite.path / "order.txt").exists()
