"""Suites that know nothing of blocks: any test with pytest-benchmark's fixture is measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.measure.suite import CONFTEST, order, saved

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
        assert theirs[name]["stats"]["data"] == pytest.approx([seconds] * 3, rel=0.001)
        assert theirs[name]["extra_info"]["blocks"] == [0, 1, 2]
    assert found["test_long"]["extra_info"]["gil (of the test)"] == "a word of the suite's own"
    assert found["test_pedantic[a]"]["group"] == "ways"
    ran = order(pytester)
    assert ran.count("setup") == ran.count("teardown") == 2 * (1 + 3)  # warmed up once each
    assert " ".join(ran).count("not measured") == 2
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


def test_shared_fixtures_are_set_up_once_and_each_module_keeps_its_own(
    pytester: pytest.Pytester,
) -> None:
    """Over all blocks and modules; those of a function anew each time; all torn down."""
    make(pytester, FIXTURES, test_one=MODULE, test_two=MODULE)
    run(pytester, "--blocks=20").assert_outcomes(passed=8)
    ran = order(pytester)
    assert ran.count("cell+") == ran.count("cell-") == 4 * 20
    once = [word for word in ran if not word.startswith("cell")]
    shared = ["session", "test_one", "test_two"]
    assert sorted(once) == sorted(
        [name + sign for name in shared for sign in "+-"]
        + [f"row{sign}Test{letter}" for sign in "+-" for letter in "XY"] * 2
    )
    assert ran[-1] == "session-"


BROKEN = """
import pytest

@pytest.fixture(scope="module")
def table():
    yield
    raise RuntimeError("the table is locked")
"""


def test_a_teardown_that_fails_at_the_end_fails_the_session(pytester: pytest.Pytester) -> None:
    """With its reason; what was measured is saved."""
    make(pytester, BROKEN, test_one="def test_a(benchmark, table): benchmark(len, ())")
    result = run(pytester, "--blocks=2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the table is locked*"])
    assert list(entries(pytester)) == ["test_a"]


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
    run(pytester, "--blocks=5").assert_outcomes(passed=22)
    assert len(order(pytester)) <= 5 * 6


UNREPEATABLE = """
from work import clock, take
import pytest

done = []

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_once(benchmark):
    assert not done, "the port is taken"
    done.append(1)
    benchmark(take, 0.01)

@pytest.mark.benchmark(timer=clock, min_time=0.0001)
def test_often(benchmark):
    benchmark(take, 0.01)
"""


def test_what_cannot_run_twice_is_measured_the_usual_way(pytester: pytest.Pytester) -> None:
    """In a process of its own, and said so; it is no failure."""
    make(pytester, test_suite=UNREPEATABLE)
    result = run(pytester, "--blocks=3", "--benchmark-json=out.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*test_once: cannot run again in one process (*the port is taken*", "*the usual way*: 1*"]
    )
    theirs = json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    (once,) = [entry for entry in theirs if entry["name"] == "test_once"]
    assert once["stats"]["rounds"] > 50
    assert "blocks" not in once["extra_info"]


def test_an_assertion_that_fails_later_fails_the_test(pytester: pytest.Pytester) -> None:
    """Tests that assert results keep doing so in each block."""
    text = UNREPEATABLE.replace("not done", "len(done) < 4")
    make(pytester, test_suite=text)
    result = run(pytester, "--blocks=6")
    result.assert_outcomes(passed=1, failed=1)
    assert len(entries(pytester)["test_once"]["stats"]["data"]) == 4


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


def test_what_a_claim_links_runs_a_b_b_a_from_the_second_block_on(
    pytester: pytest.Pytester,
) -> None:
    """Next to each other, in halves; the first block shows whether slices can be halved."""
    make(pytester, test_suite=LINKED)
    run(pytester, "--blocks=9").assert_outcomes(passed=4)
    ran = "".join(order(pytester)).replace("c", "")
    assert ran[:2] in {"ab", "ba"}
    later = {ran[2:][start : start + 3] for start in range(0, 24, 3)}
    assert later == {"aba", "bab"}
    assert entries(pytester)["test_a"]["extra_info"]["blocks"] == list(range(9))


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


SETTING_UP = """
import time
import pytest

@pytest.fixture
def slow():
    time.sleep(0.1)

def test_a(benchmark, slow):
    benchmark(len, ())

def test_plain(slow):
    raise AssertionError("stop here")
"""


def test_much_time_for_fixtures_is_told(pytester: pytest.Pytester) -> None:
    """A tenth of a second in each block beside a slice of a thousandth."""
    make(pytester, test_suite=SETTING_UP)
    result = run(pytester, "--blocks=3", "--blocks-slice=1ms")
    result.stdout.fnmatch_lines(["*% of it setting fixtures up: *"])


def test_what_stands_is_torn_down_where_a_plain_test_stops_the_session(
    pytester: pytest.Pytester,
) -> None:
    """-x before the first block."""
    plain = SETTING_UP.replace("(slow)", "(table)").replace("def slow()", "def slow(table)")
    make(pytester, FIXTURES, test_one=plain, test_two=plain)
    result = run(pytester, "--blocks=3", "-x")
    assert result.ret == 1
    assert order(pytester) == ["session+", "test_one+", "test_one-", "session-"]
