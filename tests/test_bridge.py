"""Canaries: each private name of pytest, pytest-benchmark and joblib still is what it was.

Each test uses the real thing in a real session; where it is gone, the message names the
package and the version that is installed.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = (AttributeError, ImportError, TypeError, KeyError, AssertionError)
"""What using a private name raises once it is gone, or something else."""

SUITE = """
import pytest

@pytest.fixture
def measure(benchmark):
    return benchmark.pedantic

@pytest.mark.parametrize("size", [3])
def test_measured(measure, size):
    measure(sum, args=([1],), rounds=size)

def test_plain():
    assert 1 + 1 == 3, "one and one"
"""


@contextmanager
def canary(package: str, name: str) -> Iterator[None]:
    """Fail with the version that has no such name any more, or means something else by it."""
    try:
        yield
    except GONE as error:
        pytest.fail(f"{package} {version(package)} has no {name}: {error!r}")


class Probe:
    """Uses the bridge where the plugin does, inside a session."""

    def __init__(self) -> None:
        self.items: dict[str, pytest.Item] = {}
        self.reports: dict[str, list[pytest.TestReport]] = {}
        self.session: Any = None
        self.reporter: Any = None

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember a test."""
        self.session = item.session
        self.items[item.name] = item

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a report."""
        name = report.nodeid.rpartition("::")[2]
        self.reports.setdefault(name, []).append(report)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write by the bridge."""
        self.reporter = terminalreporter
        with canary("pytest", "TerminalReporter.ensure_newline, .write_line, .flush, .rewrite"):
            bridge.write_line(terminalreporter, "a line of ours")
            bridge.rewrite(terminalreporter, "another line of ours")

    @property
    def config(self) -> Any:
        """Return the session's configuration."""
        return self.session.config


@pytest.fixture
def probe(pytester: pytest.Pytester) -> Probe:
    """Return what was seen in a session of two tests, one of them measured."""
    found = Probe()
    pytester.makepyfile(test_suite=SUITE)
    result = pytester.inline_run("-p", "no:cacheprovider", "test_suite.py", plugins=[found])
    assert result.ret in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    assert set(found.items) == {"test_measured[3]", "test_plain"}
    return found


def test_a_canary_names_package_and_version() -> None:
    """So that who reads it knows which release to look at."""
    words = f"pytest {version('pytest')} has no pytest.no_such_name: AttributeError"
    with pytest.raises(pytest.fail.Exception, match=words), canary("pytest", "pytest.no_such_name"):
        pytest.no_such_name  # type: ignore[attr-defined]  # noqa: B018  it is gone


def test_a_failure_is_told_in_a_line(probe: Probe) -> None:
    """The assertion's own words, without the traceback."""
    with canary("pytest", "TestReport.longrepr.reprcrash.message"):
        report = probe.reports["test_plain"][1]
        assert bridge.failure(report) == "AssertionError: one and one assert (1 + 1) == 3"


def test_parameters_are_seen(probe: Probe) -> None:
    """Their id and values; none without parametrization."""
    with canary("pytest", "Function.callspec with id and params"):
        assert bridge.parameters(probe.items["test_measured[3]"]) == ("3", {"size": 3})
        assert bridge.parameters(probe.items["test_plain"]) == (None, None)


def test_what_is_measured_is_told_by_its_fixtures(probe: Probe) -> None:
    """Those of fixtures count too: ``benchmark`` is asked for by ``measure``."""
    with canary("pytest", "Function.fixturenames"):
        assert bridge.is_measured(probe.items["test_measured[3]"])
        assert not bridge.is_measured(probe.items["test_plain"])
        assert not bridge.may_be_measured(probe.items["test_plain"])
        assert bridge.is_checked(probe.items["test_measured[3]"])


def test_paths_asked_for_are_seen(probe: Probe) -> None:
    """As they were given."""
    with canary("pytest", "Config.args"):
        assert bridge.paths_asked_for(probe.session) == ["test_suite.py"]


def test_the_terminal_tells_its_width_and_colours(probe: Probe) -> None:
    """A session that is captured has no colours."""
    with canary("pytest", "TerminalReporter._tw.fullwidth and .hasmarkup"):
        width, color = bridge.terminal(probe.reporter)
        assert width > 20
        assert color is False


def test_the_session_of_benchmarks_is_found(probe: Probe) -> None:
    """With its switches: nobody switched benchmarks off."""
    with canary("pytest-benchmark", "Config._benchmarksession with disabled and skip"):
        assert bridge.benchmark_session(probe.config) is not None
        assert not bridge.benchmarks_off(probe.config)


@pytest.mark.usefixtures("all_plugins")
@pytest.mark.parametrize("option", ["--benchmark-disable", "--benchmark-skip", "-pno:benchmark"])
def test_benchmarks_that_are_off_are_told(pytester: pytest.Pytester, option: str) -> None:
    """By each of the ways to switch them off."""
    found = Probe()
    pytester.makepyfile("def test_plain(): pass")
    pytester.inline_run("-p", "no:cacheprovider", option, plugins=[found])
    with canary("pytest-benchmark", "Config._benchmarksession with disabled and skip"):
        assert bridge.benchmarks_off(found.config)


def test_facts_of_machine_and_commit_are_those_that_would_be_saved(probe: Probe) -> None:
    """pytest-benchmark's hooks are called for them."""
    with canary("pytest-benchmark", "BenchmarkSession.get_machine_info()"):
        assert {"node", "python_version", "cpu"} <= set(bridge.machine_info(probe.config))
    with canary("pytest-benchmark", "pytest_benchmark_generate_commit_info and _update_"):
        assert {"id", "dirty"} <= set(bridge.commit_info(probe.config))
    with canary("pytest-benchmark", "pytest_benchmark.__version__"):
        assert bridge.benchmark_version() == version("pytest-benchmark")


def test_entries_of_another_process_are_made_anew(probe: Probe) -> None:
    """With all that pytest-benchmark asks of one; what the table shows is of the rounds given."""
    with canary("pytest-benchmark", "BenchmarkSession.benchmarks, Metadata.as_dict"):
        (entry,) = bridge.entries(probe.config)
        assert len(bridge.rounds_of(entry)) == 3
        known = bridge.described(entry)
        assert set(known) == {"group", "options", "extra_info"}
    names = {"name": "a", "fullname": "f.py::a", "param": None, "params": None, "iterations": 7}
    with canary(
        "pytest-benchmark", "pytest_benchmark.stats.Metadata(fixture, iterations, options)"
    ):
        made = bridge.new_entry(known | names, [0.25, 0.75])
        assert made["mean"] == 0.5
        assert made.as_dict()["stats"]["iterations"] == 7
        assert made.has_error is False


def test_a_benchmark_is_measured_by_what_is_given(pytester: pytest.Pytester) -> None:
    """Its two ways are replaced, its calibration and its runner are used, one pedantic round."""
    pytester.makepyfile("""
from parallel_claims import bridge

around = []

def noted(timed):
    def run(*loops):
        around.append(loops)
        return timed(*loops)
    return run

def test_calls(benchmark):
    def calls(function, *args):
        seconds, loops = bridge.calibrated(benchmark, function, args, {})
        assert seconds > 0 and loops > 1
        result = []
        run = bridge.runner(benchmark, function, args, {})
        assert run(3, result) > 0 and result == []
        assert run(1, result) > 0 and result == [6]
        assert around[-1] == (None,)
        assert bridge.resolution(benchmark) > 0
        bridge.add_entry(benchmark, 4, [0.5, 0.25])
        return "ours"
    assert bridge.is_benchmark_fixture(benchmark)
    bridge.measure_by(benchmark, calls, None, noted)
    assert benchmark(sum, (1, 2, 3)) == "ours"
    assert bridge.rounds_of(benchmark.stats) == [0.5, 0.25]

def test_pedantic(benchmark):
    def pedantic(*args, **kwargs):
        options = bridge.pedantic_options(args, kwargs)
        assert (options["rounds"], options["iterations"], options["warmup_rounds"]) == (7, 2, 0)
        return bridge.one_pedantic_round(benchmark, options, 0)
    bridge.measure_by(benchmark, None, pedantic, noted)
    assert benchmark.pedantic(sum, ((1, 2),), rounds=7, iterations=2) == 3
    assert len(bridge.rounds_of(benchmark.stats)) == 1
    assert around[-1] == (range(2),)
""")
    with canary("pytest-benchmark", "BenchmarkFixture._raw, _raw_pedantic, _make_runner and more"):
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_parameters_of_shared_fixtures_are_seen(pytester: pytest.Pytester) -> None:
    """By their scope."""
    pytester.makepyfile("""
import pytest
from parallel_claims import bridge

@pytest.fixture(scope="module", params=["a", "b"])
def shared(request):
    yield request.param

@pytest.mark.parametrize("own", [1])
def test_one(shared, own, request):
    number = "ab".index(shared)
    assert bridge.shared_parameters(request.node) == {"module": [("shared", number)]}
""")
    with canary("pytest", "CallSpec2._arg2scope"):
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_fixtures_asked_for_by_name_and_whose_they_are_is_seen(pytester: pytest.Pytester) -> None:
    """In a test's own function, in a fixture of it; of a session that has pytest-benchmark's."""
    pytester.makepyfile("""
import pytest
from parallel_claims import bridge

@pytest.fixture
def timed(request):
    return request.getfixturevalue("benchmark")

def test_one(timed, request):
    timed(len, ())
    assert bridge.may_be_measured(request.node) and not bridge.is_measured(request.node)

def test_other(request):
    assert not request.getfixturevalue("benchmark") is None or request.getfixturevalue("x")
    assert bridge.foreign_fixture(request.session) == ""
    assert bridge.cannot_measure(request.session) == ""
    assert bridge.temporary_folder(request.config).is_dir()
""")
    args = ("-p", "no:cacheprovider", "-Wignore:Benchmark fixture")
    with canary("pytest", "Function._fixtureinfo, FixtureManager.getfixturedefs and more"):
        pytester.runpytest_subprocess(*args).assert_outcomes(passed=2)


def test_rounds_are_summed_up_as_in_saved_files() -> None:
    """The keys of pytest-benchmark's own files."""
    with canary("pytest-benchmark", "pytest_benchmark.stats.Stats with update, as_dict, data"):
        found = bridge.summary([0.1, 0.2, 0.6])
        assert found["data"] == [0.1, 0.2, 0.6]
        assert (found["median"], found["rounds"], found["max"]) == (0.2, 3, 0.6)


@pytest.mark.usefixtures("all_plugins")
def test_being_spread_over_processes_is_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the process that spreads as in each worker; not with ``-n 0``."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makeconftest("""
from parallel_claims import bridge

def pytest_sessionfinish(session):
    told = f"{bridge.spread_over_processes(session.config)}-{bridge.is_worker(session.config)}"
    session.config.rootpath.joinpath(f"told-{told}").touch()
""")
    pytester.makepyfile("def test_plain(): pass")
    with canary("pytest-xdist", "Config.workerinput and option dist"):
        pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "1")
        assert {path.name for path in pytester.path.glob("told-*")} == {
            "told-True-False",
            "told-True-True",
        }
        pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "0")
        assert (pytester.path / "told-False-False").exists()


def test_values_of_options_are_no_paths() -> None:
    """Neither of pytest's options nor of pytest-benchmark's."""
    with canary("pytest", "_pytest.config.get_config and Parser.parse_known_args"):
        given = ["-c", "/dev/null", "tests", "-k", "docs", "--benchmark-max-time", "1", "a.py::t"]
        assert bridge.paths_of(given) == ["tests", "a.py::t"]
