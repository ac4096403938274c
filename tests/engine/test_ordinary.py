"""Suites that know nothing of blocks: any test with pytest-benchmark's fixture is measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.suite import CONFTEST, order, saved

TIME = """
import pytest

now = [0.0]

def clock():
    now[0] += 1e-9  # a clock that stood still would have no precision
    return now[0]

def note(word):
    with open("order.txt", "a") as file:
        file.write(word + "\\n")

def take(seconds):
    now[0] += seconds
    return seconds
"""
"""Time that passes as it is told to: no test depends on how busy the machine is."""

PLAIN = """
from work import clock, note, now, take
import pytest

pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

def test_short(benchmark):
    assert benchmark(take, 0.0001) == 0.0001

def test_long(benchmark):
    benchmark.extra_info["gil"] = "a word of the suite's own"
    assert benchmark(take, 0.5) == 0.5

@pytest.mark.benchmark(group="ways", timer=clock)
@pytest.mark.parametrize("way", ["a", "b"])
def test_pedantic(benchmark, way):
    def setup():
        note("setup")
        return (0.004,), {}
    def teardown(seconds):
        note("teardown")
    benchmark.pedantic(take, setup=setup, teardown=teardown, rounds=50, warmup_rounds=1)

class TestInside:
    def test_decorated(self, benchmark):
        @benchmark
        def result():
            return take(0.003)
        assert result == 0.003

def test_async(benchmark):
    import asyncio
    async def work():
        take(0.002)
    benchmark(lambda: asyncio.run(work()))

def test_without(benchmark):
    note("not measured")

def test_plain():
    note("plain")
"""


def make(pytester: pytest.Pytester, conftest: str = "", **modules: str) -> None:
    """Write a suite, the clock that it uses, and its conftest.py."""
    pytester.makeconftest(CONFTEST + conftest)
    pytester.makepyfile(work=TIME, **modules)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Measure the suite in an interpreter of its own."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


def entries(pytester: pytest.Pytester) -> dict[str, dict[str, Any]]:
    """Return what was saved of each benchmark, by its name."""
    return {entry["name"]: entry for entry in saved(pytester)["benchmarks"]}


def test_each_way_to_use_the_fixture_gives_one_datum_a_block(pytester: pytest.Pytester) -> None:
    """Seconds per call, in pytest-benchmark's own entries too, with the blocks beside them."""
    make(pytester, test_suite=PLAIN)
    result = run(pytester, "--blocks=3", "--benchmark-json=out.json", "-Wignore:Benchmark fixture")
    result.assert_outcomes(passed=8)
    found = entries(pytester)
    assert found["test_short"]["extra_info"]["processes"] == [0, 1, 2]
    expected = {
        "test_short": 0.0001, "test_long": 0.5, "test_pedantic[a]": 0.004,
        "test_pedantic[b]": 0.004, "test_decorated": 0.003, "test_async": 0.002,
    }  # fmt: skip
    assert found.keys() == expected.keys()
    theirs = {
        e["name"]: e for e in json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    }
    assert theirs.keys() == expected.keys()
    for name, seconds in expected.items():
        assert found[name]["stats"]["data"] == pytest.approx([seconds] * 3, rel=0.001)
        assert found[name]["extra_info"]["blocks"] == [0, 1, 2]
        assert set(theirs[name]["extra_info"]["blocks"]) == {0, 1, 2}
        data = theirs[name]["stats"]["data"]
        assert data == pytest.approx([seconds] * len(data), rel=0.001)
        assert len(theirs[name]["extra_info"]["blocks"]) == len(data)
    assert found["test_long"]["extra_info"]["gil (of the test)"] == "a word of the suite's own"
    assert found["test_pedantic[a]"]["group"] == "ways"
    ran = order(pytester)
    # in each block one round to warm up, as asked, and five that make up the slice of 20 ms
    assert ran.count("setup") == ran.count("teardown") == 2 * 3 * (1 + 5)
    assert " ".join(ran).count("not measured") == 1
    assert ran.count("plain") == 1


FIXTURES = """
import pytest
from work import note

@pytest.fixture(scope="session")
def database():
    note("session+")
    yield
    note("session-")

@pytest.fixture(scope="module")
def table(database, request):
    name = request.module.__name__
    note(f"{name}+")
    yield name
    note(f"{name}-")

@pytest.fixture(scope="class")
def row(table, request):
    note(f"row+{request.cls.__name__}")
    yield request.cls.__name__
    note(f"row-{request.cls.__name__}")

@pytest.fixture
def cell(table):
    note("cell+")
    yield
    note("cell-")
"""

MODULE = """
import pytest
from work import clock, take
pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

class TestX:
    def test_a(self, benchmark, row, cell):
        assert row == "TestX"
        benchmark(take, 0.01)

class TestY:
    def test_a(self, benchmark, row):
        assert row == "TestY"
        benchmark(take, 0.01)

def test_b(benchmark, table, cell):
    assert table == __name__
    benchmark(take, 0.01)

def test_plain(table):
    pass
"""


ONE_CPU = """
import os
if hasattr(os, "sched_setaffinity"):  # one process at a time, so that their notes have an order
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
"""


def test_fixtures_are_set_up_and_torn_down_in_each_block_as_in_one_run(
    pytester: pytest.Pytester,
) -> None:
    """Those of a session once a process, and no module's or class's stand beside another's."""
    make(pytester, ONE_CPU + FIXTURES, test_one=MODULE, test_two=MODULE)
    run(pytester, "--blocks=4").assert_outcomes(passed=8)
    ran = order(pytester)
    assert ran.count("cell+") == ran.count("cell-") == 4 * 4
    assert ran.count("session+") == ran.count("session-") == 4 + 1  # the ordinary tests' own
    for name in ("test_one", "test_two"):
        assert ran.count(f"{name}+") == ran.count(f"{name}-") >= 4
    stack: list[str] = []
    for word in ran:
        scope = word.rstrip("+-").removesuffix("TestX").removesuffix("TestY")
        if word.endswith("+") or "+Test" in word:
            stack.append(word.replace("+", ""))
            assert sum(name.startswith("test_") for name in stack) <= 1, ran
            assert sum(name.startswith("row") for name in stack) <= 1, ran
        else:
            assert stack.pop() == word.replace("-", ""), (scope, ran)


BROKEN = """
import pytest

@pytest.fixture(scope="module")
def table():
    yield
    raise RuntimeError("the table is locked")
"""


def test_a_teardown_that_fails_fails_its_test(pytester: pytest.Pytester) -> None:
    """With its reason, as in plain pytest: the last test in it fails."""
    make(pytester, BROKEN, test_one="def test_a(benchmark, table): benchmark(len, ())")
    result = run(pytester, "--blocks=2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the table is locked*"])


PARAMETERS = """
import pytest
from work import clock, note, take
pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

@pytest.fixture(scope="session", params=["p", "q", "r"])
def server(request):
    note(f"start-{request.param}")
    return request.param

@pytest.mark.parametrize("n", range(6))
def test_a(benchmark, server, n):
    benchmark(take, 0.01)

def test_b(benchmark, server):
    benchmark(take, 0.01)

def test_c(benchmark):
    benchmark(take, 0.01)
"""


def test_the_order_changes_a_fixtures_parameter_as_seldom_as_it_can(
    pytester: pytest.Pytester,
) -> None:
    """Once a value and group: three servers of two groups, at most six starts a block."""
    make(pytester, test_suite=PARAMETERS)
    run(pytester, "--blocks=3").assert_outcomes(passed=22)
    assert len(order(pytester)) <= 3 * 6


ONCE = """
from work import clock, take
import pytest

done = []

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_once(benchmark):
    assert not done, "the port is taken"
    done.append(1)
    benchmark(take, 0.01)

@pytest.mark.claim(slower_than="test_once", at_most=10)
@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_often(benchmark):
    benchmark(take, 0.01)
"""


def test_what_cannot_run_twice_in_a_process_does_not(pytester: pytest.Pytester) -> None:
    """Each test runs once in each process, also what a claim compares."""
    make(pytester, test_suite=ONCE)
    run(pytester, "--blocks=5").assert_outcomes(passed=3)
    assert {len(entry["stats"]["data"]) for entry in entries(pytester).values()} == {5}


LATER = """
from work import clock, take
import pytest

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_sometimes(benchmark):
    for number in range(1, 99):
        try:
            open(f"run-{number}", "x").close()
            break
        except FileExistsError:
            pass
    assert benchmark(take, 0.01) and number != NUMBER

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_often(benchmark):
    benchmark(take, 0.01)
"""


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_wrong_round_is_one_story_in_whichever_block(
    pytester: pytest.Pytester, number: int
) -> None:
    """The test fails, once; that round is lost with its reason, the others are kept."""
    make(pytester, test_suite=LATER.replace("NUMBER", str(number)))
    result = run(pytester, "--blocks=4")
    result.assert_outcomes(passed=1, failed=1)
    info = entries(pytester)["test_sometimes"]["extra_info"]
    assert (len(info["blocks"]), len(info["lost"])) == (3, 1), result.outlines


LINKED = """
from work import clock, note, take
import pytest
pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

def test_a(benchmark):
    note("a")
    benchmark(take, 0.002)

@pytest.mark.claim(faster_than="test_a")
def test_b(benchmark):
    note("b")
    benchmark(take, 0.001)

def test_c(benchmark):
    note("c")
    benchmark(take, 0.001)
"""


def test_what_a_claim_links_runs_side_by_side_in_random_order(pytester: pytest.Pytester) -> None:
    """In each block anew: neither always comes first."""
    make(pytester, test_suite=LINKED)
    run(pytester, "--blocks=5", "--blocks-seed=1").assert_outcomes(passed=4)
    a, b = (entries(pytester)[name]["extra_info"] for name in ("test_a", "test_b"))
    assert a["blocks"] == b["blocks"] == list(range(5))
    apart = [y - x for x, y in zip(a["positions"], b["positions"], strict=True)]
    assert set(apart) == {-1, 1}


def test_profiling_and_blocks_are_refused_together(pytester: pytest.Pytester) -> None:
    """A profile is no measurement."""
    make(pytester, test_suite=LINKED)
    result = run(pytester, "--blocks=2", "--benchmark-cprofile=tottime")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "leave out --benchmark-cprofile" in result.stderr.str()


def test_without_claims_blocks_are_added_until_ratios_are_narrow(
    pytester: pytest.Pytester,
) -> None:
    """Times that never vary are narrow at the first look."""
    make(pytester, test_suite=PLAIN)
    run(pytester, "--blocks", "--blocks-max=30").assert_outcomes(passed=8)
    assert saved(pytester)["parallel_claims"]["blocks"] == 7


STOPPED = """
def test_first(table):
    raise AssertionError("stop here")

def test_a(benchmark):
    benchmark(len, ())
"""


def test_what_stands_is_torn_down_where_an_ordinary_test_stops_the_session(
    pytester: pytest.Pytester,
) -> None:
    """-x before the first block."""
    make(pytester, FIXTURES, test_one=STOPPED)
    result = run(pytester, "--blocks=3", "-x")
    assert result.ret == 1
    assert order(pytester) == ["session+", "test_one+", "test_one-", "session-"]


AROUND = """
from work import clock, note, take
import pytest

def test_before():
    note("before")

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_a(benchmark):
    note("a")
    benchmark(take, 0.01)

def test_after():
    note("after")
"""


def test_ordinary_tests_run_once_before_or_after_as_they_stand(pytester: pytest.Pytester) -> None:
    """What stands before the first benchmark runs first, all else when everything is measured."""
    make(pytester, test_suite=AROUND)
    run(pytester, "--blocks=2").assert_outcomes(passed=3)
    assert order(pytester) == ["before", "a", "a", "after"]


SUMMING = """
from work import clock, take
import pytest

R = {}

@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_a(benchmark, n):
    benchmark(take, 0.01 * n)
    R[n] = benchmark.stats["median"]

def test_ratio():
    assert R[2] == pytest.approx(2 * R[1])

def test_wrong():
    assert 2 * R[2] == R[1]
"""


def test_a_test_that_sums_up_what_benchmarks_left_runs_where_they_did(
    pytester: pytest.Pytester,
) -> None:
    """What fails in the session is run once more behind the benchmarks of its module."""
    make(pytester, test_suite=SUMMING)
    result = run(pytester, "--blocks=2")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*test_ratio: passes where the benchmarks ran*"])


DYNAMIC = """
import pytest
from work import clock, take

pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

@pytest.fixture
def timed(request):
    return request.getfixturevalue("benchmark")

@pytest.fixture
def unused(request):
    return lambda: request.getfixturevalue("benchmark")

def helper(request):
    return request.getfixturevalue("benchmark")

def test_by_name(timed):
    timed(take, 0.01)

def test_ordinary(unused):
    pass

def test_elsewhere(request):
    helper(request)(take, 0.01)
"""


def test_a_fixture_that_is_asked_for_by_name_counts(pytester: pytest.Pytester) -> None:
    """What only seems to ask for it is an ordinary test; what hides it is named in a line."""
    make(pytester, test_suite=DYNAMIC)
    result = run(pytester, "--blocks=3")
    result.assert_outcomes(passed=3)
    assert list(entries(pytester)) == ["test_by_name"]
    result.stdout.fnmatch_lines(["test_suite.py::test_elsewhere: not measured in blocks: *"])


AUTOUSE = """
import unittest
import pytest

seen = []

class Cases(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def give(self, benchmark):
        self.benchmark = benchmark

    def test_sort(self):
        self.benchmark(sorted, range(99))

    def test_once(self):
        with open("once.txt", "a") as file: file.write("x")
"""


def test_a_test_that_never_calls_the_fixture_is_an_ordinary_one(pytester: pytest.Pytester) -> None:
    """It runs once, and nothing of it is lost."""
    make(pytester, test_suite=AUTOUSE)
    result = run(pytester, "--blocks=3", "-Wignore:Benchmark fixture")
    result.assert_outcomes(passed=2)
    assert (pytester.path / "once.txt").read_text() == "x"
    assert "lost" not in result.stdout.str()


def test_the_marker_without_the_fixture_is_named(pytester: pytest.Pytester) -> None:
    """It times nothing."""
    marked = "import pytest\n\n@pytest.mark.benchmark\ndef test_m(): pass\n"
    make(pytester, test_suite=marked, test_other="def test_a(benchmark): benchmark(len, ())")
    result = run(pytester, "--blocks=1")
    result.stdout.fnmatch_lines(["not measured: test_suite.py::test_m: the marker benchmark *"])


REPLACED = """
import sys, types
import pytest

other = types.ModuleType("pytest_other")
exec("import pytest\\n@pytest.fixture\\ndef benchmark(): return len", other.__dict__)

def pytest_configure(config):
    config.pluginmanager.register(other, "other")
"""


def test_a_fixture_that_another_plugin_replaced_is_named(pytester: pytest.Pytester) -> None:
    """Nothing can be measured then; the line says what to switch off."""
    make(pytester, REPLACED, test_suite="def test_a(benchmark): benchmark(())")
    result = run(pytester, "--blocks=1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = (line for line in result.errlines if line.startswith("ERROR: "))
    assert "the benchmark fixture is that of pytest_other here: switch that plugin off" in line


OPTION = """
def pytest_addoption(parser):
    parser.addoption("--rows", type=float, default=0.001)
"""


def test_a_worker_has_the_suites_own_options(pytester: pytest.Pytester) -> None:
    """The work is that of plain pytest; what belongs to this session alone is left out."""
    suite = "from work import *\npytestmark = pytest.mark.benchmark(timer=clock, min_time=1e-4)\n"
    suite += "def test_a(benchmark, pytestconfig):\n"
    suite += "    benchmark(take, pytestconfig.getoption('rows'))\n"
    make(pytester, OPTION, test_suite=suite)
    args = (
        "--rows=0.25",
        "--junitxml=out.xml",
        "--durations=3",
        "-o",
        "console_output_style=count",
    )
    run(pytester, "--blocks=2", *args).assert_outcomes(passed=1)
    assert entries(pytester)["test_a"]["stats"]["data"] == pytest.approx([0.25] * 2, rel=0.001)
    assert (pytester.path / "out.xml").read_text().count("<testcase") == 1


REPORTS = """
import pytest
from work import clock, take
pytestmark = pytest.mark.benchmark(timer=clock, min_time=0.0001)

def test_pass(benchmark, record_property):
    record_property("made by", "a worker")
    print("printed")
    benchmark(take, 0.01)

@pytest.mark.xfail(reason="known")
def test_xfail(benchmark):
    assert benchmark(take, 0.01) is None

def test_skip(benchmark):
    pytest.skip("not here")

def test_fail(benchmark):
    print("before it failed")
    assert benchmark(take, 0.01) is None
"""


def test_reports_cross_over_once(pytester: pytest.Pytester) -> None:
    """Outcomes, what was printed, properties; each test is counted once."""
    make(pytester, test_suite=REPORTS)
    result = run(pytester, "--blocks=2", "-rA", "--junitxml=out.xml")
    result.assert_outcomes(passed=1, failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["before it failed"])
    xml = (pytester.path / "out.xml").read_text()
    assert 'name="made by" value="a worker"' in xml
    assert xml.count("<testcase") == 4


def test_what_the_first_worker_prints_is_shown_with_s(pytester: pytest.Pytester) -> None:
    """Once, and nothing of what pytest prints there."""
    make(pytester, test_suite=REPORTS)
    text = run(pytester, "--blocks=3", "-s").stdout.str()
    assert text.count("printed") == 1
    assert text.count("test session starts") == 1


STATISTICS = """
def test_rounds(benchmark):
    benchmark(sorted, range(99))
    assert benchmark.stats["rounds"] >= 5
    assert benchmark.stats["stddev"] > 0

def test_pedantic(benchmark):
    benchmark.pedantic(sorted, (range(99),), rounds=50)
    assert len(benchmark.stats.stats.data) == 50
"""


def test_a_test_sees_true_statistics_and_files_have_none_that_are_stale(
    pytester: pytest.Pytester,
) -> None:
    """Of its own rounds; pytest-benchmark's file sums up all that are in it."""
    import statistics

    make(pytester, test_suite=STATISTICS)
    run(pytester, "--blocks=3", "--benchmark-json=own.json").assert_outcomes(passed=2)
    for entry in json.loads((pytester.path / "own.json").read_text())["benchmarks"]:
        data = entry["stats"]["data"]
        assert entry["stats"]["max"] == max(data)
        assert entry["stats"]["median"] == statistics.median(data)
        assert entry["stats"]["mean"] == pytest.approx(statistics.mean(data))
