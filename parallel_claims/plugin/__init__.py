"""The pytest plugin: measuring in blocks, and claims as markers.

It imports next to nothing until a test of the session asks for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge
from parallel_claims.engine.worker.settings import MARKERS
from parallel_claims.plugin import options
from parallel_claims.plugin.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DESELECTED = pytest.StashKey[list[str]]()
"""Names of benchmarks that the user left out of the session."""

NOTES = pytest.StashKey[list[str]]()
"""Lines for the end of the session: why nothing was measured that should have been."""

LEFT_OUT = pytest.StashKey[list[str]]()
"""What of the project's settings was left out so far, so that blocks can be measured."""

NOT_WANTED = {None, options.OFF}
"""What ``blocks`` is where nothing is to be measured in blocks."""

ONE_CPU = (
    "one_cpu: this benchmark uses one CPU; in blocks, all so marked run on the same one, next to "
    "each other, and on another one in the next block"
)

CLAIM = (
    "claim(faster_than | slower_than, at_least=1.0 | at_most | between), or (as_fast_as, within): "
    "how fast this benchmark is beside another, as in "
    'claim(faster_than="test_parse[old]", at_least=1.5)'
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    options.add(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register what a suite may say of its blocks."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse options that cannot be."""
    config.addinivalue_line("markers", CLAIM)
    config.addinivalue_line("markers", ONE_CPU)
    config.stash[DESELECTED] = []
    config.stash.setdefault(NOTES, [])
    options.chosen(config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Iterator[None]:
    """Leave out what the project's settings have plugins do before anything else."""
    if asked_for(early_config, early_config.known_args_namespace):
        from parallel_claims.plugin import left_out

        early_config.stash[LEFT_OUT] = left_out.before_plugins(early_config, args)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[Any]:
    """Leave out what the project's settings ask for, where blocks are asked for."""
    if asked_for(config, config.option):
        from parallel_claims.plugin import left_out

        found = config.stash.get(LEFT_OUT, []) + left_out.from_settings(config)
        config.stash[NOTES] = [left_out.told(found)] if found else []
    return (yield)


def asked_for(config: pytest.Config, given: Any) -> bool:
    """Say whether the options that were given ask for blocks, and this session measures them."""
    return given.blocks not in NOT_WANTED and not given.help and not bridge.is_in_worker(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Refuse to measure where nothing can be; what only the ini file asks for is left undone.

    Raises:
        pytest.UsageError: blocks were asked for on the command line, and cannot be measured.
    """
    config = session.config
    if options.chosen(config)["blocks"] in NOT_WANTED or config.option.collectonly:
        return
    why = hindrance(session)
    if why and config.getoption("blocks") is not None and not bridge.is_worker(config):
        message = f"--blocks measures, and {why}, or write --blocks=off"
        raise pytest.UsageError(message)
    if bridge.spread_over_processes(config):
        config.stash[NOTES].append(
            f"not measured in blocks, though {config.inipath} has blocks: {why}"
        )


def hindrance(session: pytest.Session) -> str:
    """Return why this session cannot measure, and what to leave out; empty if it can."""
    config = session.config
    if bridge.spread_over_processes(config):
        return "pytest-xdist has other tests run at the same time: leave out -n, or write -n 0"
    if bridge.foreign_fixture(session):
        return bridge.cannot_measure(session)
    if bridge.benchmark_session(config) is None:
        return "pytest-benchmark, which it needs, is not loaded: leave out -p no:benchmark"
    if bridge.benchmarks_off(config):
        return "benchmarks are switched off: leave out --benchmark-disable and --benchmark-skip"
    if bridge.profiling(config):
        return "profiling it would slow it down: leave out --benchmark-cprofile"
    return ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Read the claims of all tests before any is deselected; then make a test of each."""
    wanted = not bridge.is_in_worker(config) or MARKERS in os.environ
    if not wanted or not any(item.get_closest_marker("claim") for item in items):
        yield
        return
    from parallel_claims.plugin.marker import Markers

    markers = Markers(config, items)
    config.pluginmanager.register(markers, "parallel-claims-markers")
    yield
    items += markers.items(items)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember what the user left out: those claims are not judged."""
    if items:
        items[0].config.stash[DESELECTED].extend(
            item.name for item in items if bridge.is_measured(item)
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Measure in blocks what is to be; leave everything else to pytest."""
    config = session.config
    given = options.chosen(config)
    if given["blocks"] in NOT_WANTED or config.option.collectonly or session.testsfailed:
        return None
    if hindrance(session):
        return None
    name_markers_only(session)
    if not any(map(bridge.may_be_measured, session.items)):
        if config.getoption("blocks") is not None:
            config.stash[NOTES].append("no test here is a benchmark: no blocks")
        return None
    from parallel_claims.plugin import results_folder
    from parallel_claims.plugin.blocks import Blocks
    from parallel_claims.plugin.verdicts import Verdicts

    results_folder.check(Path(given["blocks_results"] or config.rootpath / "results"))
    left_out = config.stash[DESELECTED]
    blocks = Blocks(config, given, left_out)
    markers = config.pluginmanager.get_plugin("parallel-claims-markers")
    config.pluginmanager.register(blocks, "parallel-claims-blocks")
    config.pluginmanager.register(Verdicts(blocks, markers), "parallel-claims-verdicts")
    blocks.run(session)
    return True


def name_markers_only(session: pytest.Session) -> None:
    """Note the tests that have pytest-benchmark's marker and not its fixture: nobody times them."""
    names = [item.nodeid for item in session.items if bridge.own_marker_only(item)]
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        session.config.stash[NOTES].append(
            f"not measured: {names[0]}{more}: the marker benchmark without the fixture times "
            "nothing: call benchmark(…) in the test"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_internalerror(excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Make one line of an error of ours, which pytest writes; those of others stay as they are."""
    own = str(Path(__file__).parents[1])
    if str(excinfo.traceback[-1].path).startswith(own):
        from parallel_claims.internal import told

        line = told(excinfo.value)
        excrepr.toterminal = lambda writer: writer.line(line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why nothing was measured that should have been."""
    for line in terminalreporter.config.stash[NOTES]:
        terminalreporter.write_line(line)


@pytest.fixture
def measure(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that times one round and checks what it computed.

    ``measure(target, *args, truth=[…])`` calls ``target(*args)`` once, timed; it returns a
    ``parallel_claims.Outcome`` whose values must equal ``truth`` within 1e-9, relatively. A
    round whose result is wrong is an error, never a time. Keyword arguments go to
    ``extra_info``.
    """
    from parallel_claims.plugin.fixture import timing

    return timing(benchmark, request)
