"""A slice of a benchmark on request, in place of all its rounds.

The test runs as it always does; only the ``benchmark`` fixture that it is given waits for the
controller, and takes a little of it whenever it is asked to. Whoever is not asked sleeps in a read.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge
from parallel_claims.engine import protocol
from parallel_claims.engine.worker.depth import with_room
from parallel_claims.engine.worker.watch import Watch, usable
from parallel_claims.machine.cpus import current_cpu
from parallel_claims.machine.speeds import pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parallel_claims.engine.worker.line import Line

ROUNDS = 20
"""Rounds that a slice is to have, where calls are short enough: its median needs some."""

MOST_ROUNDS = 1000
"""Rounds after which a slice ends, whatever the benchmark's timer says."""

ENOUGH = 5
"""Rounds without an interruption from which on those with one are left out."""

WHOLE = 2.0
"""How many times its length a slice may take with the set-up and teardown of its rounds."""

TRIES = 3
"""Rounds of which the fastest says how long one is: the system interrupts some."""

WARM = 0.5
"""Seconds of a round from which on it is not run once before it is timed: it warms up itself."""

COARSE = 100
"""How many times the clock's resolution a round is to take, so that it does not show."""

RECORDED = pytest.StashKey[dict[str, Any]]()
"""Where a ``measure`` round leaves what it recorded beside its time."""


class Slices:
    """Gives the test that runs a ``benchmark`` fixture that takes slices when it is asked to."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.seconds = 0.0
        self.known: Mapping[str, protocol.Calls] = {}
        self.usual_rounds = 0
        self.called = False
        self.rounds: list[float] = []
        self.watch = Watch()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Iterator[Any]:
        """Replace how the fixture measures."""
        made = yield
        if fixturedef.argname == "benchmark" and bridge.is_benchmark_fixture(made):
            bridge.measure_by(
                made,
                lambda function, *args, **kwargs: with_room(
                    lambda: self.calls(request.node, made, function, args, kwargs)
                ),
                lambda *args, **kwargs: with_room(
                    lambda: self.pedantic(made, bridge.pedantic_options(args, kwargs))
                ),
                self.runner,
            )
        return made

    def runner(self, timed: Callable[..., Any]) -> Callable[..., Any]:
        """Return what runs a round as ``timed`` does: watched and untraced."""

        def run(*loops: Any) -> Any:
            return self.watch.watched(lambda: timed(*loops))

        return run

    def calls(
        self,
        item: pytest.Item,
        benchmark: Any,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """Take slices of ``benchmark(function, …)``; return what the last call returned."""
        self.called = True
        result: list[Any] = []
        run = bridge.runner(benchmark, function, args, kwargs)
        known = self.known.get(item.nodeid)
        if known is None:
            run(1, result)  # a first call fills caches: it says nothing of the others
            seconds, usual = bridge.calibrated(benchmark, function, args, kwargs)
            seconds = min(seconds, *(run(usual, result) for _ in range(TRIES)))
            known = protocol.Calls(self.loops(seconds, usual), usual)
        elif known.seconds < WARM:
            run(known.loops, result)
        loops, usual = known.loops, known.usual
        rounds = self.serve(benchmark, lambda: run(loops, result), known)
        if usual < loops and self.usual_rounds:
            rounds = [run(usual, result) / usual for _ in range(self.usual_rounds)]
            loops = usual
        self.rounds = rounds
        bridge.add_entry(benchmark, loops, rounds)
        return result[0] if result else function(*args, **kwargs)

    def pedantic(self, benchmark: Any, options: dict[str, Any]) -> Any:
        """Take slices of ``benchmark.pedantic(…)``: whole rounds, with their set-up and teardown.

        A test that asks for one round gets one in each slice. The warm-up rounds that it asks for
        come first.
        """
        self.called = True
        result: list[Any] = []
        asked, loops = options.pop("rounds"), options["iterations"]
        warm_up = options.pop("warmup_rounds")

        def run() -> float:
            nonlocal warm_up
            result[:] = [bridge.one_pedantic_round(benchmark, options, warm_up)]
            warm_up = 0
            return bridge.rounds_of(benchmark.stats)[-1] * float(loops)

        rounds = self.serve(benchmark, run, protocol.Calls(loops, loops), once=asked == 1)
        self.rounds = rounds[:asked]
        bridge.add_entry(benchmark, loops, self.rounds)
        return result[0]

    def loops(self, duration: float, loops: int) -> int:
        """Return the calls a round: as calibrated, or more, for ``ROUNDS`` rounds a slice.

        duration: seconds of a round of so many ``loops``.
        """
        return max(loops, int(loops * self.seconds / ROUNDS / max(duration, 1e-9)))

    def serve(
        self,
        benchmark: Any,
        run: Callable[[], float],
        calls: protocol.Calls,
        *,
        once: bool = False,
    ) -> list[float]:
        """Take a slice whenever the controller asks for one, until it asks for none.

        run: one round; it returns its seconds, all calls together. once: whether a slice is one
        round. Returns the seconds per call of all rounds.
        """
        taken: list[float] = []
        loops = calls.loops
        self.line.send(protocol.Ready(loops, calls.usual))
        while isinstance(request := self.line.receive(), protocol.Slice):
            cpus = usable()
            self.watch = Watch()
            began, started = current_cpu(), time.perf_counter()
            with pinned(request.cpu if request.cpu in cpus else None):
                rounds, calm = self.slice(run, once=once)
            whole, ended = time.perf_counter() - started, current_cpu()
            seen = {"cpu_began": began, "cpu_ended": ended}
            per_call = [seconds / loops for seconds in rounds]
            taken += per_call
            self.line.send(
                protocol.Taken(
                    [per_call[number] for number in calm],
                    sum(rounds),
                    whole,
                    self.watch.one_cpu,
                    len(cpus),
                    statistics.median(rounds) < COARSE * bridge.resolution(benchmark),
                    {name: float(cpu) for name, cpu in seen.items() if cpu is not None},
                )
            )
        return taken

    def slice(self, run: Callable[[], float], *, once: bool) -> tuple[list[float], list[int]]:
        """Run rounds until they make up a slice as nearly as whole rounds can; one at least.

        Returns their seconds, and the numbers of those that count: those that the system
        interrupted do not where there are enough others.
        """
        rounds: list[float] = []
        calm: list[int] = []
        started, timed = time.perf_counter(), 0.0
        while True:
            rounds.append(run())
            if not self.watch.interrupted:
                calm.append(len(rounds) - 1)
            timed += rounds[-1]
            whole = time.perf_counter() - started
            enough = timed + rounds[-1] / 2 >= self.seconds or whole >= WHOLE * self.seconds
            if once or enough or len(rounds) >= MOST_ROUNDS:
                return rounds, calm if len(calm) >= ENOUGH else list(range(len(rounds)))
