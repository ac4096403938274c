"""Every private name of pytest, pytest-benchmark and joblib that is used here.

Each stands behind a function that says what it is for; tests/measure/test_bridge.py names
the version that breaks one. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Add a round to an entry."""
    entry.update(seconds)


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


def run_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Set a test up, call it, tear it down as far as the next one allows; report nothing yet."""
    from _pytest.runner import runtestprotocol

    return runtestprotocol(item, log=False, nextitem=nextitem)


def is_measured(item: pytest.Item) -> bool:
    """Say whether an item is measured in blocks: it uses the ``measure`` fixture.

    By it it uses ``benchmark``: a suite may have another fixture that is called ``measure``.
    """
    return {"measure", "benchmark"}.issubset(getattr(item, "fixturenames", ()))


def failure(report: pytest.TestReport) -> str:
    """Return why a test failed, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return " ".join((crash.message if crash else report.longreprtext).split())


def parameters(item: pytest.Item) -> tuple[str | None, dict[str, Any] | None]:
    """Return the id and the values of a test's parameters, None twice without any."""
    spec = getattr(item, "callspec", None)
    return (spec.id, dict(spec.params)) if spec else (None, None)


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


def joblib_executor() -> Any:
    """Return the executor whose workers joblib's loky back end keeps for the next call."""
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(reuse=True)
