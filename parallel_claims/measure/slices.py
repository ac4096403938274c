"""A slice of a benchmark: what its test measures in one block, in place of all its rounds.

The test runs as it always does; only the ``benchmark`` fixture that it is given takes less
at a time. A slice gives one datum, in seconds per call.
"""

from __future__ import annotations

import shutil
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pytest

from parallel_claims.machine import speeds
from parallel_claims.machine.cpus import current_cpu
from parallel_claims.machine.probes import ended_children, waits
from parallel_claims.measure import bridge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SLICE = 0.02
"""Seconds of a slice, unless told otherwise: as long as noise usually lasts, or shorter."""

ROUNDS = 20
"""Rounds that a slice is to have, where calls are short enough: its median needs some."""

MOST_ROUNDS = 1000
"""Rounds after which a slice ends, whatever the benchmark's timer says."""

ONE_CPU = (0.9, 1.05)
"""CPU seconds for each second of one that keeps one CPU busy, and no other."""


class Turn(NamedTuple):
    """What is asked of a test now.

    cpu: the CPU to stay on, None for any. share: of a whole slice, how much is to be taken in
    this turn.
    """

    cpu: int | None = None
    share: float = 1.0


class Kept(NamedTuple):
    """What the first slice of a benchmark found out, for all that follow.

    loops: calls a round, so that one is long enough to be timed.
    divisible: whether half a slice is as good a datum: it has several rounds.
    one_cpu: whether it keeps one CPU busy, and waits for nothing.
    """

    loops: int
    divisible: bool
    one_cpu: bool


TURN = pytest.StashKey[Turn]()
"""Where a test item carries what is asked of it."""

ROUND = pytest.StashKey[dict[str, Any]]()
"""Where a test item carries what its turn gave: seconds per call, and what was seen meanwhile."""

FOLDER = pytest.StashKey[Any]()
"""Where a test item carries the temporary folder of its turn."""


def remove_folder(item: pytest.Item) -> None:
    """Remove the temporary folder of a test's turn: as many blocks would fill a disk."""
    folder = item.stash.get(FOLDER, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


class Slices:
    """Gives each test a ``benchmark`` fixture that takes one slice a turn."""

    def __init__(self, seconds: float = SLICE) -> None:
        self.seconds = seconds
        self.kept: dict[str, Kept] = {}
        self.timed = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Iterator[Any]:
        """Replace how the fixture measures, where a turn was asked for."""
        made = yield
        if fixturedef.argname == "tmp_path" and TURN in request.node.stash:
            request.node.stash[FOLDER] = made
        if fixturedef.argname == "benchmark" and TURN in request.node.stash:
            bridge.measure_by(
                made,
                lambda function, *args, **kwargs: self.calls(
                    request.node, made, function, args, kwargs
                ),
                lambda *args, **kwargs: self.pedantic(request.node, made, args, kwargs),
            )
        return made

    def calls(
        self,
        item: pytest.Item,
        benchmark: Any,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """Take a slice of ``benchmark(function, …)``; return what the last call returned."""
        result: list[Any] = []
        run = bridge.runner(benchmark, function, args, kwargs)
        known, turn = self.kept.get(item.nodeid), item.stash[TURN]
        with bridge.untraced():
            loops = (
                known.loops
                if known
                else self.loops(*bridge.calibrated(benchmark, function, args, kwargs))
            )
            with Watch(turn.cpu) as watch:
                if bridge.warms_up(benchmark):
                    run(loops, result)
                rounds = taken(lambda: run(loops, result), self.seconds * turn.share)
        self.timed += sum(rounds)
        if known is None:
            divisible = len(rounds) > 1 and turn.share * self.seconds > 2 * rounds[0]
            self.kept[item.nodeid] = Kept(loops, divisible, watch.one_cpu)
        seconds = datum(rounds) / loops
        bridge.add_entry(benchmark, loops, seconds)
        item.stash[ROUND] = {"seconds": seconds, "recorded": watch.recorded}
        return result[0] if result else function(*args, **kwargs)

    def pedantic(
        self, item: pytest.Item, benchmark: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Take one round of ``benchmark.pedantic(…)``, with its set-up and teardown."""
        known = self.kept.get(item.nodeid)
        warm = {} if known is None else {"warmup_rounds": 0}
        with Watch(item.stash[TURN].cpu) as watch:
            result = bridge.one_pedantic_round(benchmark, args, kwargs | warm)
        if known is None:
            self.kept[item.nodeid] = Kept(1, divisible=False, one_cpu=watch.one_cpu)
        seconds = bridge.rounds_of(benchmark.stats)[-1]
        self.timed += seconds * bridge.calls_a_round(benchmark.stats)
        item.stash[ROUND] = {"seconds": seconds, "recorded": watch.recorded}
        return result

    def loops(self, duration: float, loops: int) -> int:
        """Return the calls a round: as calibrated, or more, for ``ROUNDS`` rounds a slice.

        duration: seconds of a round of so many ``loops``.
        """
        return max(loops, int(loops * self.seconds / ROUNDS / max(duration, 1e-9)))


def taken(run: Callable[[], float], seconds: float) -> list[float]:
    """Run rounds until they make up a slice as nearly as whole rounds can; one at least."""
    rounds = [run()]
    total = rounds[0]
    while total + rounds[-1] / 2 < seconds and len(rounds) < MOST_ROUNDS:
        rounds.append(run())
        total += rounds[-1]
    return rounds


def datum(rounds: Sequence[float]) -> float:
    """Return the one number of a slice: the median of its rounds.

    A round that the system interrupted does not move it; measured, it spreads less from block
    to block than the mean (docs/measuring.md).
    """
    return statistics.median(rounds)


class Watch:
    """Watches what runs meanwhile: which CPU, how many; and keeps it on one where told to."""

    def __init__(self, cpu: int | None) -> None:
        self.pin = speeds.pinned(cpu)
        self.recorded: dict[str, float] = {}
        self.one_cpu = False

    def __enter__(self) -> Self:
        """Begin."""
        self.pin.__enter__()
        self.cpu = current_cpu()
        self.threads = threading.active_count()
        self.waits = waits()
        self.before = time.perf_counter(), time.process_time(), ended_children()
        return self

    def __exit__(self, *exception: object) -> None:
        """End, and note what was seen."""
        now = time.perf_counter(), time.process_time(), ended_children()
        wall, own, children = (b - a for a, b in zip(self.before, now, strict=True))
        cpus = {"cpu_began": self.cpu, "cpu_ended": current_cpu()}
        self.pin.__exit__(None, None, None)
        self.recorded = {name: float(cpu) for name, cpu in cpus.items() if cpu is not None}
        low, high = ONE_CPU
        alone = not children and threading.active_count() == self.threads
        busy = own >= low * wall or waits() == self.waits  # else others had the CPU, too
        self.one_cpu = alone and busy and own <= high * wall


def next_cpu(block: int) -> int | None:
    """Return the CPU of a block's benchmarks of one CPU: another one in each; None for any."""
    cpus = speeds.usable()
    return cpus[block % len(cpus)] if cpus else None
