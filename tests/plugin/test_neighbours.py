"""A good neighbour: next to nothing where no test uses it, and other plugins keep working."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest

from tests.engine.suite import SUITE, make, measured, one_line, order, saved

LISTING = """
import sys

def pytest_unconfigure(config):
    with open("modules.txt", "w") as file:
        file.write("\\n".join(sys.modules))
"""

PLAIN = """
import time

def test_plain():
    assert True

def test_timed(benchmark):
    benchmark.pedantic(time.sleep, (0.0,))
"""

OURS = {
    "parallel_claims",
    "parallel_claims.bridge",
    "parallel_claims.engine",
    "parallel_claims.engine.worker",
    "parallel_claims.engine.worker.settings",
    "parallel_claims.plugin",
    "parallel_claims.plugin.hooks",
    "parallel_claims.plugin.options",
    "parallel_claims.quantities",
}
"""All that a session loads of us that measures nothing in blocks and makes no claims."""


def modules(pytester: pytest.Pytester, *args: str) -> set[str]:
    """Return the modules at the end of a session."""
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)
    assert result.ret == 0
    return set((pytester.path / "modules.txt").read_text().split())


@pytest.mark.usefixtures("all_plugins")
@pytest.mark.parametrize("args", [[], ["--collect-only"]])
def test_next_to_nothing_is_imported_where_no_test_uses_it(
    pytester: pytest.Pytester, args: list[str]
) -> None:
    """Beside pytest and pytest-benchmark: seven modules of ours, and nothing of any library."""
    pytester.makepyfile(test_plain=PLAIN)
    pytester.makeconftest(LISTING)
    without = modules(pytester, "-p", "no:parallel-claims", *args)
    more = modules(pytester, *args) - without
    assert more <= OURS
    heavy = "numpy pandas scipy msgspec psutil joblib rich typer threadpoolctl filelock"
    assert not more & set(heavy.split())


@pytest.mark.usefixtures("all_plugins")
def test_it_says_nothing_where_no_test_uses_it(pytester: pytest.Pytester) -> None:
    """The output is the same as without it, and no file is written."""
    pytester.makepyfile("def test_plain(): pass")
    args = ("-p", "no:cacheprovider", "-q")
    with_, without = (
        pytester.runpytest_subprocess(*args, *more).outlines
        for more in ((), ("-p", "no:parallel-claims"))
    )
    assert [line.partition(" in ")[0] for line in with_] == [
        line.partition(" in ")[0] for line in without
    ]
    assert not (pytester.path / "results").exists()


@pytest.mark.usefixtures("all_plugins")
def test_without_pytest_benchmark_other_tests_run(pytester: pytest.Pytester) -> None:
    """``-p no:benchmark``: blocks that the ini file asks for are left; asked for, a line."""
    pytester.makepyfile("def test_plain(): pass")
    pytester.makeini("[pytest]\nblocks = auto")
    args = ("-p", "no:cacheprovider", "-p", "no:benchmark")
    result = pytester.runpytest_subprocess(*args)
    assert result.ret == 0
    line = one_line(pytester.runpytest_subprocess(*args, "--blocks=2"))
    assert "pytest-benchmark, which it needs, is not loaded: leave out -p no:benchmark" in line


@pytest.mark.parametrize("option", ["--benchmark-disable", "--benchmark-skip"])
def test_blocks_of_benchmarks_that_are_off_are_refused(
    pytester: pytest.Pytester, option: str
) -> None:
    """Options of the command line that contradict each other; those of the ini file are left."""
    make(pytester)
    line = one_line(pytester.runpytest_subprocess("-p", "no:cacheprovider", "--blocks=2", option))
    assert "benchmarks are switched off: leave out --benchmark-disable" in line
    pytester.makeini("[pytest]\nblocks = auto")
    assert pytester.runpytest_subprocess("-p", "no:cacheprovider", option).ret == 0
    assert not (pytester.path / "results").exists()


def test_what_settings_say_against_measuring_is_left_out_and_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Benchmarks switched off in two ways, or kept away, xdist, coverage with its threshold."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
    make(pytester)
    pytester.makepyfile(covered="def twice(x):\n    return 2 * x\n")
    pytester.makeini(
        "[pytest]\naddopts = --benchmark-disable --benchmark-skip -n auto --dist loadfile "
        "-p no:benchmark --cov=covered --cov-fail-under=100"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--blocks=2")
    result.assert_outcomes(passed=6)
    assert result.ret == 0
    told = [line for line in result.outlines if line.startswith("left out of the settings")]
    found = "-p no:benchmark, --cov, --benchmark-disable, --benchmark-skip, -n"
    assert told == [f"left out of the settings, since blocks are to be measured: {found}"]
    assert len(saved(pytester)["benchmarks"]) == 5


def test_blocks_without_a_test_that_measures_are_told(pytester: pytest.Pytester) -> None:
    """Otherwise nobody would know why nothing was measured."""
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--blocks=2")
    result.stdout.fnmatch_lines(["no test here is a benchmark: no blocks"])


FOREIGN = """
import pytest

@pytest.fixture
def measure():
    return len

def test_length(measure):
    assert measure("abc") == 3
"""


def test_a_fixture_of_the_same_name_is_left_alone(pytester: pytest.Pytester) -> None:
    """A suite may call another thing ``measure``; it is not measured in blocks."""
    pytester.makepyfile(FOREIGN)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--blocks=2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["no test here is a benchmark: no blocks"])


@pytest.mark.usefixtures("all_plugins")
def test_with_xdist_blocks_are_refused_and_those_of_the_ini_file_left(
    pytester: pytest.Pytester,
) -> None:
    """Workers disturb each other: the tests run, each once and unmeasured, and a line says so."""
    assert version("pytest-xdist")
    make(pytester)
    args = ("-p", "no:cacheprovider", "-n", "2")
    line = one_line(pytester.runpytest_subprocess(*args, "--blocks=2"))
    assert "leave out -n, or write -n 0" in line
    assert not (pytester.path / "order.txt").exists()
    pytester.makeini("[pytest]\nblocks = 2")
    result = pytester.runpytest_subprocess(*args)
    result.assert_outcomes(passed=6)
    told = [line for line in result.outlines if line.startswith("not measured in blocks")]
    assert len(told) == 1
    assert "tox.ini" in told[0]
    assert "leave out -n, or write -n 0" in told[0]
    assert sorted(order(pytester)) == ["a", "b", "c", "plain", "x", "y"]
    assert not (pytester.path / "results").exists()
    assert pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "0").ret == 0
    assert len(saved(pytester)["benchmarks"]) == 5


FLAKY = (
    SUITE
    + """
tries, plain = [], []

@pytest.mark.benchmark(group="two")
def test_flaky(measure):
    tries.append(1)
    measure(work, "flaky", truth=[1.0])
    assert len(tries) > 1, "the first time it fails"

def test_flaky_plain():
    plain.append(1)
    assert len(plain) > 1, "the first time it fails"
"""
)


@pytest.mark.usefixtures("all_plugins")
def test_with_rerunfailures_a_test_is_run_again_where_it_ran(pytester: pytest.Pytester) -> None:
    """A benchmark in its own process, and its last run counts; another test behind them."""
    make(pytester, FLAKY)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--reruns=2", "--blocks=3")
    result.assert_outcomes(passed=8)
    assert "1 rerun" in result.stdout.str()  # that of the other is behind the benchmarks
    for entry in saved(pytester)["benchmarks"]:
        assert entry["extra_info"]["blocks"] == [0, 1, 2]


STUCK = (
    SUITE
    + """
@pytest.mark.timeout(0.3)
@pytest.mark.benchmark(group="two")
def test_stuck(measure):
    measure(time.sleep, 60, truth=[1.0])
"""
)


@pytest.mark.usefixtures("all_plugins")
def test_with_timeout_a_stuck_test_is_given_up(pytester: pytest.Pytester) -> None:
    """Its rounds are lost with the reason, and the other tests are measured."""
    make(pytester, STUCK)
    result = measured(pytester, "--blocks=3", "--timeout=60")
    result.assert_outcomes(passed=5, failed=1, skipped=1)
    suite = saved(pytester)
    assert len(suite["benchmarks"]) == 5
    lost = suite["parallel_claims"]["failed"]["test_suite.py::test_stuck"]
    assert "Timeout" in lost["0"]
    assert "given up" in lost["2"]


@pytest.mark.usefixtures("all_plugins")
def test_with_cov_the_report_is_made(pytester: pytest.Pytester) -> None:
    """Of what runs in the session itself: nothing traces the processes that measure."""
    make(pytester)
    pytester.makepyfile(covered="def twice(x):\n    return 2 * x\n")
    before = "import covered\n\ndef work"
    outside = "    covered.twice(1)\n    measure("
    pytester.makepyfile(
        test_suite=SUITE.replace("def work", before).replace("    measure(", outside)
    )
    result = measured(pytester, "--blocks=2", "--cov=covered", "--cov-report=json:cov.json")
    assert result.ret == 0
    report = json.loads((pytester.path / "cov.json").read_text())
    assert report["files"]["covered.py"]["executed_lines"] == [1]
    assert len(saved(pytester)["benchmarks"]) == 5
