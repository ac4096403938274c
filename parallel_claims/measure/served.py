"""A slice of a benchmark on request: a driver outside hands out the turns, and pytest takes them.

Two live processes of two versions are so measured slice by slice, next to each other in time.
The process is started with ``-p parallel_claims.measure.served``; its standard input and output
carry requests and answers, JSON lines. Whoever is not on turn sleeps in a read. Nothing is
imported here but pytest, pytest-benchmark and the standard library: it runs in any environment.
"""

from __future__ import annotations

import json
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.measure import bridge
from parallel_claims.measure.slices import TURN, Kept, Slices, Turn, Watch, datum, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TRIES = 3
"""How often it is looked at whether a benchmark keeps one CPU busy: the system interrupts some."""

LONG = 0.1
"""Seconds after which a slice is not tried again: it shows by itself what it keeps busy."""


class Line:
    """The line to the driver: what a test prints goes to standard error from now on."""

    def __init__(self) -> None:
        self.requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self.answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def next(self) -> dict[str, Any]:
        """Return the next request; end the session where the driver is gone."""
        text = self.requests.readline()
        if not text:
            pytest.exit("the driver is gone", returncode=1)
        found: dict[str, Any] = json.loads(text)
        return found

    def answer(self, **words: Any) -> None:
        """Send an answer; end the session where the driver is gone."""
        try:
            self.answers.write(json.dumps(words) + "\n")
            self.answers.flush()
        except BrokenPipeError:
            pytest.exit("the driver is gone", returncode=1)


class Served(Slices):
    """Runs the tests that the driver names, and within each the slices that it asks for."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line = line
        self.broken: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be collected: the rest is measured all the same."""
        if report.failed:
            told = report.longreprtext.strip().splitlines()
            self.broken[report.nodeid] = told[-1] if told else "it cannot be collected"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Say what can be measured, then do what is asked until nothing more is.

        Raises:
            UsageError: this session has no pytest-benchmark.
        """
        if bridge.benchmark_session(session.config) is None:
            message = "pytest-benchmark is not loaded: a plugin option or PYTEST_* keeps it away"
            raise pytest.UsageError(message)
        items = {item.nodeid: item for item in session.items if bridge.is_measured(item)}
        claims = session.config.pluginmanager.get_plugin("parallel-claims-markers")
        told = claims.as_data() if claims else []
        self.line.answer(tests=list(items), broken=self.broken, claims=told)
        request = self.line.next()
        self.seconds = request["seconds"]
        self.kept = {
            name: Kept(loops, divisible=False, one_cpu=True)
            for name, loops in request["loops"].items()
        }
        wanted: list[pytest.Item] = [items[name] for name in request["run"]]
        for item, following in pairwise([*wanted, None]):
            assert item is not None
            self.line.next()
            self.line.answer(done=item.nodeid, **self.run(item, following))
        return True

    def run(self, item: pytest.Item, following: pytest.Item | None) -> dict[str, Any]:
        """Run one test, with the slices that are asked for within it; say how it ended."""
        item.stash[TURN] = Turn()
        reports = bridge.run_protocol(item, following)
        bridge.entries(item.config).clear()
        failed = next((report for report in reports if report.failed), None)
        if failed is not None:
            return {"why": bridge.failure(failed)[:300]}
        skipped = next((report for report in reports if report.skipped), None)
        return {} if skipped is None else {"why": bridge.why_skipped(skipped)}

    def calls(
        self,
        item: pytest.Item,
        benchmark: Any,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """Take slices of ``benchmark(function, …)``; return what the last call returned."""
        result: list[Any] = []
        run = bridge.runner(benchmark, function, args, kwargs)
        known = self.kept.get(item.nodeid)
        with bridge.untraced():
            loops = (
                known.loops
                if known
                else self.loops(*bridge.calibrated(benchmark, function, args, kwargs))
            )
            warm = self.warm_up(lambda: run(loops, result), loops)
            seconds = self.serve(lambda: run(loops, result), loops) or warm
        bridge.add_entry(benchmark, loops, seconds)  # what a test may read after it
        return result[0] if result else function(*args, **kwargs)

    def pedantic(
        self, item: pytest.Item, benchmark: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Take slices of ``benchmark.pedantic(…)``: whole rounds, with set-up and teardown."""
        result: list[Any] = [bridge.one_pedantic_round(benchmark, args, kwargs)]
        loops = bridge.calls_a_round(benchmark.stats)

        def last() -> float:
            return bridge.rounds_of(benchmark.stats)[-1] * loops

        def run() -> float:
            result[0] = bridge.one_pedantic_round(benchmark, args, kwargs | {"warmup_rounds": 0})
            return last()

        if item.nodeid in self.kept and last() > self.seconds:
            self.line.answer(ready=last(), loops=loops, one_cpu=True)  # warm, and known
        else:
            self.warm_up(run, loops)
        self.serve(run, loops)
        return result[0]

    def warm_up(self, run: Callable[[], float], loops: int) -> float:
        """Take a slice or a few, and say what was seen; return the seconds per call of the last.

        run: one round; it returns its seconds, all calls together.
        """
        for _ in range(TRIES):
            with Watch(None) as watch:
                rounds = taken(run, self.seconds)
            if watch.one_cpu or sum(rounds) > LONG:
                break
        self.line.answer(ready=sum(rounds), loops=loops, one_cpu=watch.one_cpu)
        return datum(rounds) / loops

    def serve(self, run: Callable[[], float], loops: int) -> float:
        """Take a slice whenever the driver asks for one, until it asks for none.

        Returns the seconds per call of the last, 0 where there was none.
        """
        rounds = [0.0]
        while "slice" in (request := self.line.next()):
            with Watch(request.get("cpu")):
                rounds = taken(run, self.seconds)
            self.line.answer(taken=datum(rounds) / loops)
        return datum(rounds) / loops


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Iterator[None]:
    """Serve this session; take the line before pytest captures what tests print.

    Where the side has the plugin that measures in blocks, it is told to leave that alone.
    """
    early_config.pluginmanager.register(Served(Line()), "parallel-claims-served")
    if early_config.pluginmanager.has_plugin("parallel-claims"):
        args[:0] = ["--blocks=off"]
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers that the suite may have, where the plugin that knows them is not."""
    if not config.pluginmanager.has_plugin("parallel-claims"):
        for marker in ("claim", "one_cpu"):
            config.addinivalue_line("markers", f"{marker}: judged by parallel-claims")
