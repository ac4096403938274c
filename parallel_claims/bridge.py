"""Every private name of pytest, pytest-benchmark and joblib that is used here.

Each stands behind a function that says what it is for; tests/engine/test_bridge.py names
the version that breaks one. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
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


def of_command_line(config: pytest.Config) -> Any:
    """Return the options that the command line itself has, without those of addopts."""
    parser: Any = config._parser  # noqa: SLF001
    return parser.parse_known_args(list(config.invocation_params.args))


def paths_of(arguments: Sequence[str]) -> list[str]:
    """Return those of pytest's arguments that are no options and no values of options.

    Of pytest's own options, and of pytest-benchmark's.
    """
    from _pytest.config import get_config

    config: Any = get_config()
    config.pluginmanager.import_plugin("pytest_benchmark.plugin")
    found: list[str] = config._parser.parse_known_args(list(arguments)).file_or_dir  # noqa: SLF001
    return found


def has_options_of_benchmark(config: pytest.Config) -> bool:
    """Say whether pytest-benchmark is loaded, before pytest has configured anything."""
    return hasattr(config.known_args_namespace, "benchmark_disable")


def load_benchmark(config: pytest.Config) -> None:
    """Load pytest-benchmark where a setting keeps it away; before the command line is parsed."""
    config.pluginmanager.import_plugin("pytest_benchmark.plugin")


def declare_option(config: pytest.Config, name: str, **how: Any) -> None:
    """Declare an option where nobody did; a short one in lower case, too."""
    parser: Any = config._parser  # noqa: SLF001
    groups = (parser._anonymous, *parser._groups)  # noqa: SLF001
    if name not in {one for group in groups for option in group.options for one in option.names()}:
        parser.getgroup("needless")._addoption(name, help="not needed here", **how)  # noqa: SLF001


def declare_setting(config: pytest.Config, name: str) -> None:
    """Declare a setting of the ini file where nobody did."""
    parser: Any = config._parser  # noqa: SLF001
    if name not in parser._inidict:  # noqa: SLF001
        parser.addini(name, "not needed here", type=None)


def switch_off_coverage(config: pytest.Config, args: list[str]) -> None:
    """Keep pytest-cov from tracing; before the command line is parsed.

    args: the command line, which is given to pytest's hook for that.
    """
    args.append("--no-cov")
    config.known_args_namespace.cov_source = []


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


def described(entry: Any) -> dict[str, Any]:
    """Return what a test gave an entry: its group, pytest-benchmark's options, extra_info."""
    whole: dict[str, Any] = entry.as_dict(include_data=False, stats=False)
    return {key: whole[key] for key in ("group", "options", "extra_info")}


def new_entry(described: Mapping[str, Any], rounds: Sequence[float]) -> Any:
    """Return an entry of pytest-benchmark's own, of a benchmark that ran in another process.

    described: its names, parameters, ``iterations`` and what ``described`` returned there.
    rounds: seconds per call.
    """
    from pytest_benchmark.stats import Metadata

    fixture = SimpleNamespace(cprofile_stats=None, has_error=False, **described)
    made: Any = Metadata(  # type: ignore[no-untyped-call]  # pytest-benchmark is untyped
        fixture, described["iterations"], described["options"]
    )
    made.stats.data.extend(rounds)
    return made


def is_benchmark_fixture(made: Any) -> bool:
    """Say whether what a fixture called ``benchmark`` gave is pytest-benchmark's own."""
    from pytest_benchmark.fixture import BenchmarkFixture

    return isinstance(made, BenchmarkFixture)


def measure_by(
    benchmark: Any,
    calls: Callable[..., Any],
    pedantic: Callable[..., Any],
    around: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """Replace how a ``benchmark`` fixture measures; its guards and hooks stay.

    around: what makes of a function that runs a round another that does.
    """
    if not benchmark.disabled:
        make = benchmark._make_runner  # noqa: SLF001
        benchmark._make_runner = lambda *args: around(make(*args))  # noqa: SLF001
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


def resolution(benchmark: Any) -> float:
    """Return the seconds that the fixture's clock can tell apart; 0 where that is not known."""
    known = benchmark._precisions  # noqa: SLF001
    timer = benchmark._timer  # noqa: SLF001
    if timer not in known:
        from pytest_benchmark.timers import compute_timer_precision

        known[timer] = compute_timer_precision(timer)  # type: ignore[no-untyped-call]
    return float(known[timer] or 0.0)


def add_entry(benchmark: Any, loops: int, rounds: Sequence[float]) -> None:
    """Give the fixture the statistics of rounds, in seconds per call."""
    benchmark._make_stats(loops).stats.data.extend(rounds)  # noqa: SLF001


PEDANTIC = (
    "target", "args", "kwargs", "setup", "teardown", "rounds", "warmup_rounds", "iterations",
)  # fmt: skip
"""What ``benchmark.pedantic`` takes, in its order."""


def pedantic_options(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that ``benchmark.pedantic`` was given, by name, with the numbers' defaults.

    Raises:
        ValueError: a number that it does not allow.
    """
    usual = {"rounds": 1, "warmup_rounds": 0, "iterations": 1}
    given = usual | dict(zip(PEDANTIC, args, strict=False)) | dict(kwargs)
    for name, least in (("rounds", 1), ("warmup_rounds", 0), ("iterations", 1)):
        if not isinstance(given[name], int) or given[name] < least:
            message = f"Must have positive int for `{name}`."
            raise ValueError(message)
    return given


def one_pedantic_round(benchmark: Any, options: Mapping[str, Any], warm_up: int) -> Any:
    """Run ``benchmark.pedantic`` with all that it was given, but one round."""
    pedantic = type(benchmark)._raw_pedantic  # noqa: SLF001
    return pedantic(benchmark, **{**options, "rounds": 1, "warmup_rounds": warm_up})


def profiling(config: pytest.Config) -> bool:
    """Say whether pytest-benchmark is to profile, and not only to time."""
    return bool(config.getoption("benchmark_cprofile", None))


def summary(rounds: Sequence[float]) -> dict[str, Any]:
    """Return the statistics that pytest-benchmark saves of rounds, in seconds."""
    from pytest_benchmark.stats import Stats

    stats: Any = Stats()  # type: ignore[no-untyped-call]  # pytest-benchmark is untyped
    for seconds in rounds:
        stats.update(seconds)
    return {**stats.as_dict(), "data": stats.data, "iterations": 1}


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
    """Say whether an item uses pytest-benchmark's fixture, as far as its arguments tell."""
    return "benchmark" in getattr(item, "fixturenames", ())


def may_be_measured(item: pytest.Item) -> bool:
    """Say whether an item may use the fixture: it asks for it, or something of it does by name."""
    return is_measured(item) or any(map(asks_by_name, functions_of(item)))


def functions_of(item: pytest.Item) -> Iterator[Any]:
    """Yield the function of a test, and those of the fixtures that it uses."""
    yield getattr(item, "obj", None)
    info: Any = getattr(item, "_fixtureinfo", None)
    for definitions in (info.name2fixturedefs if info else {}).values():
        yield from (definition.func for definition in definitions)


def asks_by_name(function: Any) -> bool:
    """Say whether a function asks for fixtures by name, and names this one."""
    code = getattr(function, "__code__", None)
    return code is not None and "getfixturevalue" in code.co_names and "benchmark" in code.co_consts


def foreign_fixture(session: pytest.Session) -> str:
    """Return the module whose ``benchmark`` fixture has taken the place of pytest-benchmark's.

    Empty where none has: a fixture that takes the one of the same name only wraps it.
    """
    manager: Any = session._fixturemanager  # noqa: SLF001
    definitions = manager.getfixturedefs("benchmark", session) or ()
    made = [one for one in definitions if "benchmark" not in one.argnames]
    module = str(made[-1].func.__module__) if made else ""
    return "" if module.startswith("pytest_benchmark") else module.partition(".")[0]


def cannot_measure(session: pytest.Session) -> str:
    """Return why nothing can be measured in this process, and what to do; empty if it can."""
    if module := foreign_fixture(session):
        return (
            f"the benchmark fixture is that of {module} here: switch that plugin off "
            f"(-p no:{module.removeprefix('pytest_')}"
            + (", and unset CODSPEED_ENV)" if "codspeed" in module else ")")
        )
    if benchmark_session(session.config) is None:
        return "pytest-benchmark is not loaded: a plugin option or PYTEST_* keeps it away"
    return ""


def own_marker_only(item: pytest.Item) -> bool:
    """Say whether a test has pytest-benchmark's marker, and not its fixture."""
    return item.get_closest_marker("benchmark") is not None and not may_be_measured(item)


def temporary_folder(config: pytest.Config) -> Path | None:
    """Return this session's folder of temporary files, as --basetemp may name it."""
    factory: Any = getattr(config, "_tmp_path_factory", None)
    return None if factory is None else Path(factory.getbasetemp())


def is_in_worker(config: pytest.Config) -> bool:
    """Say whether this session is a worker of ours."""
    return config.pluginmanager.has_plugin("parallel-claims-worker")


def write_nowhere(config: pytest.Config) -> None:
    """Have pytest's terminal write to nobody."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._tw._file = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115, SLF001


def is_checked(item: pytest.Item) -> bool:
    """Say whether an item is measured by the ``measure`` fixture, which checks each round."""
    return is_measured(item) and "measure" in getattr(item, "fixturenames", ())


def usable_cpus() -> int:
    """Return how many CPUs this process may use by its affinity; 0 where the system has none."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


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
    if crash := getattr(report.longrepr, "reprcrash", None):
        return " ".join(crash.message.split())
    whole = report.longreprtext.splitlines()
    told = [line[1:].strip() for line in whole if line.startswith("E  ")]
    return " ".join((told[0] if told else report.longreprtext).split())


def why_skipped(report: pytest.TestReport) -> str:
    """Return why a test was skipped, or that it failed as expected."""
    if hasattr(report, "wasxfail"):
        return ": ".join(filter(None, ("failed, as expected", report.wasxfail)))
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def parameters(item: pytest.Item) -> tuple[str | None, dict[str, Any] | None]:
    """Return the id and the values of a test's parameters, None twice without any."""
    spec = getattr(item, "callspec", None)
    return (spec.id, dict(spec.params)) if spec else (None, None)


def parameter_sets(item: pytest.Item) -> Iterator[tuple[str, list[tuple[str, int, object]]]]:
    """Yield each id of a test's parameters, with the name, number and value of what it stands for.

    One id stands for several where they were parametrized together.
    """
    spec: Any = getattr(item, "callspec", None)
    if spec is None:
        return
    together = [names_of(mark.args[0]) for mark in item.iter_markers("parametrize") if mark.args]
    sets: list[list[str]] = []
    for name in spec.params:
        of_one = next((names for names in together if name in names), [name])
        if of_one not in sets:
            sets.append(of_one)
    ids = list(spec._idlist)  # noqa: SLF001
    if len(ids) != len(sets):  # one of them is hidden
        yield from ((one, []) for one in ids)
        return
    for told, names in zip(ids, sets, strict=True):
        yield told, [(name, spec.indices[name], spec.params[name]) for name in names]


def names_of(argnames: str | Sequence[str]) -> list[str]:
    """Return the names that ``parametrize`` was given, in a text or in a list."""
    if isinstance(argnames, str):
        return [name.strip() for name in argnames.split(",") if name.strip()]
    return list(argnames)


def paths_asked_for(session: pytest.Session) -> list[str]:
    """Return the paths that this session collects: the user's, or the ini file's."""
    return list(session.config.args)


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


def folder_of_sockets() -> str:
    """Return multiprocessing's folder of sockets, made now: one that is killed leaves it behind."""
    from multiprocessing import util

    return str(util.get_temp_dir())
