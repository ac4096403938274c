"""Every private name of pytest, pytest-benchmark and joblib that is used here.

Each stands behind a function that says what it is for; tests/measure/test_bridge.py names
the version that breaks one. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pytest


def benchmark_session(config: pytest.Config) -> Any:
    """Return pytest-benchmark's own session, None where that plugin is not loaded."""
    return getattr(config, "_benchmarksession", None)


def benchmarks_off(config: pytest.Config) -> bool:
    """Say whether the user switched benchmarks off: disabled, skipped, or not loaded."""
    session = benchmark_session(config)
    return session is None or bool(session.disabled or session.skip)


def spread_over_processes(config: pytest.Config) -> bool:
    """Say whether pytest-xdist runs the tests: in this process's workers, or as one of them."""
    return is_worker(config) or config.getoption("dist", "no") != "no"


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def hide_tables(config: pytest.Config) -> None:
    """Keep pytest-benchmark from printing its tables, unless the user asked with ``-v``."""
    if config.get_verbosity() <= 0:
        benchmark_session(config).quiet = True


def machine_info(config: pytest.Config) -> dict[str, Any]:
    """Return what pytest-benchmark would save of this machine, its hooks called."""
    found: dict[str, Any] = benchmark_session(config).get_machine_info()
    return found


def commit_info(config: pytest.Config) -> dict[str, Any]:
    """Return what pytest-benchmark would save of this commit, its hooks called."""
    hook: Any = config.hook
    found: dict[str, Any] = hook.pytest_benchmark_generate_commit_info(config=config)
    hook.pytest_benchmark_update_commit_info(config=config, commit_info=found)
    return found


def benchmark_version() -> str:
    """Return pytest-benchmark's version, as its files have it."""
    from pytest_benchmark import __version__

    return str(__version__)


def entries(config: pytest.Config) -> list[Any]:
    """Return pytest-benchmark's results so far: its own list, one entry a benchmark."""
    found: list[Any] = benchmark_session(config).benchmarks
    return found


def rounds_of(entry: Any) -> list[float]:
    """Return the rounds of an entry, or of a ``benchmark`` fixture's stats, in seconds."""
    found: list[float] = entry.stats.data
    return found


def add_round(entry: Any, seconds: float) -> None:
    """Add a round to an entry, in seconds per call."""
    entry.update(seconds * entry.iterations)


def calls_a_round(entry: Any) -> int:
    """Return how many calls a round of an entry is made of."""
    return int(entry.iterations)


def own_info(entry: Any) -> dict[str, Any]:
    """Return the ``extra_info`` of an entry: the test's own, ours goes there too."""
    found: dict[str, Any] = entry.extra_info
    return found


def group(entry: Any) -> str | None:
    """Return the group of an entry: of the marker, or what the test set."""
    found: str | None = entry.group
    return found


def measure_by(benchmark: Any, calls: Callable[..., Any], pedantic: Callable[..., Any]) -> None:
    """Replace how a ``benchmark`` fixture measures; its guards and hooks stay."""
    if not benchmark.disabled:
        benchmark._raw, benchmark._raw_pedantic = calls, pedantic  # noqa: SLF001


def runner(
    benchmark: Any, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[int, list[Any]], float]:
    """Return what runs one round of so many calls and returns its seconds, all calls together.

    What a round of one call returned replaces what the list given with it holds.
    """
    timed = benchmark._make_runner(function, args, kwargs)  # noqa: SLF001

    def run(loops: int, result: list[Any]) -> float:
        if loops > 1:
            seconds: float = timed(range(loops))
        else:
            seconds, value = timed(None)
            result[:] = [value]
        return seconds

    return run


def calibrated(
    benchmark: Any, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[float, int]:
    """Return the seconds of a round and its calls, by pytest-benchmark's own calibration."""
    timed = benchmark._make_runner(function, args, kwargs)  # noqa: SLF001
    seconds, loops, _ = benchmark._calibrate_timer(timed)  # noqa: SLF001
    return seconds, loops


def warms_up(benchmark: Any) -> bool:
    """Say whether ``--benchmark-warmup`` is on."""
    return bool(benchmark._warmup)  # noqa: SLF001


def add_entry(benchmark: Any, loops: int, seconds: float) -> None:
    """Give pytest-benchmark an entry of one datum, in seconds per call."""
    add_round(benchmark._make_stats(loops), seconds)  # noqa: SLF001


def one_pedantic_round(benchmark: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run ``benchmark.pedantic`` with all that it was given, but one round."""
    pedantic = type(benchmark)._raw_pedantic  # noqa: SLF001
    return pedantic(benchmark, *args, **options | {"rounds": 1})


@contextmanager
def untraced() -> Iterator[None]:
    """Switch tracers and profilers off, as pytest-benchmark does around its rounds."""
    tracer, profiler = sys.gettrace(), sys.getprofile()
    sys.settrace(None)
    sys.setprofile(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        sys.setprofile(profiler)


def profiling(config: pytest.Config) -> bool:
    """Say whether pytest-benchmark is to profile, and not only to time."""
    return bool(config.getoption("benchmark_cprofile", None))


def called(entry: Any, suffix: str) -> str:
    """Add a suffix to the names of an entry, and return its full one."""
    entry.name += suffix
    entry.fullname += suffix
    return str(entry.fullname)


def full_name(entry: Any) -> str:
    """Return the node id of the test that an entry is of."""
    return str(entry.fullname)


def summary(rounds: Sequence[float]) -> dict[str, Any]:
    """Return the statistics that pytest-benchmark saves of rounds, in seconds."""
    from pytest_benchmark.stats import Stats

    stats: Any = Stats()  # type: ignore[no-untyped-call]  # pytest-benchmark is untyped
    for seconds in rounds:
        stats.update(seconds)
    return {**stats.as_dict(), "data": stats.data, "iterations": 1}


def run_protocol(
    item: pytest.Item, following: pytest.Item | pytest.Collector | None
) -> list[pytest.TestReport]:
    """Set a test up, call it, tear it down; report nothing yet.

    following: what comes next: what this test shares with it stays set up. All that is asked of
        it is what it is in, so that a collector will do.
    """
    from _pytest.runner import runtestprotocol

    anything: Any = following
    return runtestprotocol(item, log=False, nextitem=anything)


def set_up(session: pytest.Session) -> dict[Any, Any]:
    """Return the collectors and the test that are set up now, outermost first.

    Each has what is to be done at its teardown; pytest's own, to be changed in place.
    """
    found: dict[Any, Any] = session._setupstate.stack  # noqa: SLF001
    return found


def tear_down(session: pytest.Session, keep: pytest.Collector | None) -> None:
    """Tear down all that is set up; ``keep`` and what is above it stays.

    Raises:
        BaseException: what a teardown raised, after all of them.
    """
    state: Any = session._setupstate  # noqa: SLF001
    state.teardown_exact(keep)


def take_value(fixture: Any) -> tuple[Any, list[Any]]:
    """Take the value out of a fixture, and what is to be done at its teardown."""
    finalizers = fixture._finalizers[:]  # noqa: SLF001
    value, fixture.cached_result = fixture.cached_result, None
    fixture._finalizers.clear()  # noqa: SLF001
    return value, finalizers


def give_value(fixture: Any, value: Any, finalizers: list[Any]) -> None:
    """Put a value back into a fixture, and what is to be done at its teardown."""
    fixture.cached_result = value
    fixture._finalizers[:] = finalizers  # noqa: SLF001


def shared_parameters(item: pytest.Item) -> dict[str, list[tuple[str, int]]]:
    """Return the parameters of fixtures that tests share, by scope: name and number."""
    spec: Any = getattr(item, "callspec", None)
    found: dict[str, list[tuple[str, int]]] = {}
    for name, number in sorted(spec.indices.items()) if spec else ():
        scope = spec._arg2scope[name].value  # noqa: SLF001
        if scope != "function":
            found.setdefault(scope, []).append((name, number))
    return found


def is_measured(item: pytest.Item) -> bool:
    """Say whether an item is a benchmark: it uses pytest-benchmark's fixture."""
    return "benchmark" in getattr(item, "fixturenames", ())


def is_checked(item: pytest.Item) -> bool:
    """Say whether an item is measured by the ``measure`` fixture, which checks each round."""
    return is_measured(item) and "measure" in getattr(item, "fixturenames", ())


def failed_before(config: pytest.Config) -> set[str]:
    """Return the node ids that ``--lf`` takes for failed; none without it."""
    plugin = config.pluginmanager.get_plugin("lfplugin")
    return {str(key) for key in getattr(plugin, "lastfailed", ())}


def run_as_failed(item: pytest.Item) -> None:
    """Let ``--lf`` take a test for failed."""
    plugin: Any = item.config.pluginmanager.get_plugin("lfplugin")
    plugin.lastfailed[getattr(item, "id", item.nodeid)] = True  # since pytest 9.1 not a string


def failure(report: pytest.TestReport) -> str:
    """Return why a test failed, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return " ".join((crash.message if crash else report.longreprtext).split())


def why_skipped(report: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def parameters(item: pytest.Item) -> tuple[str | None, dict[str, Any] | None]:
    """Return the id and the values of a test's parameters, None twice without any."""
    spec = getattr(item, "callspec", None)
    return (spec.id, dict(spec.params)) if spec else (None, None)


def paths_asked_for(session: pytest.Session) -> list[str]:
    """Return the paths that this session collects: the user's, or the ini file's."""
    return list(session.config.args)


def settings(config: pytest.Config) -> list[str]:
    """Return the options by which another process reads the same settings and plugins."""
    given = [f"--override-ini={text}" for text in config.getoption("override_ini") or ()]
    given += [f"-p{name}" for name in config.getoption("plugins") or ()]
    return [*given, *(["-c", str(config.inipath)] if config.inipath else [])]


def terminal(reporter: Any) -> tuple[int, bool]:
    """Return how wide pytest's terminal is, and whether it shows colours."""
    writer = reporter._tw  # noqa: SLF001  there is no public way to ask
    return int(writer.fullwidth), bool(writer.hasmarkup)


def write_line(reporter: Any, text: str) -> None:
    """Write a line of its own to pytest's terminal, at once: a log file shows it too."""
    reporter.ensure_newline()
    reporter.write_line(text)
    reporter.flush()


def rewrite(reporter: Any, text: str) -> None:
    """Show a text in place of the line before it, as wide as pytest's terminal is."""
    reporter.rewrite(text[: terminal(reporter)[0] - 1], erase=True)
    reporter.flush()


def joblib_executor() -> Any:
    """Return the executor whose workers joblib's loky back end keeps for the next call."""
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(reuse=True)
