"""Two live workers, slice by slice next to each other: one pair of the comparison.

Both stay on one CPU, since noise belongs to a core and lasts for tenths of a second; whoever is
not on turn sleeps.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_claims import errors
from parallel_claims.engine import protocol
from parallel_claims.engine.lanes import Launch, LostError, StoppedError, clean_environment
from parallel_claims.engine.worker.settings import MARKERS
from parallel_claims.versus import native
from parallel_claims.versus.records import Pair, Slices

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from parallel_claims.engine.lanes import Conversation, Lanes, Worker
    from parallel_claims.versus.records import Version

    Asking = Generator[tuple[Worker, protocol.Message | None], protocol.Message, Any]

SLICE = 0.003
"""Seconds of a slice: shorter than noise usually lasts."""

TURNS = (3, 2, 1)
"""How often A B B A (or B A A B) is taken, as time allows: six neighbours, four, or two."""

LONG = 0.5
"""Seconds that the slices of one benchmark may take in a pair before there are fewer turns."""

OURS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTEST_ADDOPTS", "COV_CORE_SOURCE")
"""What would lead a side's process back to this one's environment."""


@dataclass(frozen=True)
class Known:
    """What a look at a benchmark found out, for all pairs.

    loops: calls a round, the same on both sides. round_: seconds of one. seconds: of a slice,
    with the set-up and teardown of its rounds. one_cpu: whether it keeps one CPU busy on both
    sides, and no other. coarse: whether a round is so short that the clock shows.
    """

    loops: int
    round_: float
    seconds: float
    one_cpu: bool
    coarse: bool = False

    @property
    def turns(self) -> int:
        """Return how often both sides take turns in a pair."""
        return next((n for n in TURNS if 4 * n * self.seconds <= LONG), TURNS[-1])


@dataclass
class Survey:
    """What can be measured on both sides, what on one side only, and what cannot.

    missing: with the reason, by the benchmark's node id. claims: those of the second version's
    markers, as data. wanted: what is still to be looked at; None before anything was.
    """

    known: dict[str, Known]
    missing: dict[str, str]
    claims: Sequence[Any] = ()
    wanted: list[str] | None = None


class Sides:
    """Starts the workers of both versions, and hands out the turns.

    Each lane has a copy of both sides' folders of its own, so that what lives at the same time
    does not meet; that of the first lane is the version's own.
    """

    def __init__(
        self, versions: tuple[Version, Version], arguments: Sequence[str], lanes: Lanes
    ) -> None:
        self.versions = versions
        self.arguments = list(arguments)
        self.lanes = lanes
        self.instrument = lanes.folder / "instrument"
        own = Path(errors.__file__).parent
        if not self.instrument.exists():
            self.instrument.mkdir()
            (self.instrument / own.name).symlink_to(own, target_is_directory=True)

    def folder(self, side: int, lane: int) -> Path:
        """Return the folder of a side in a lane."""
        own = self.versions[side].folder
        copy = self.lanes.folder / f"lane-{lane}-{'AB'[side]}"
        if lane and not copy.exists():
            shutil.copytree(own, copy, symlinks=True)
        return copy if lane else own

    def started(self, side: int, seed: int, lane: int = 0, *, marked: bool = False) -> Worker:
        """Start a worker of one side; ``marked`` where it is to tell the claims of its markers."""
        version = self.versions[side]
        command = (str(version.python), "-m", "pytest", "-p", "parallel_claims.engine.worker.serve")
        path = filter(None, (str(self.instrument), os.environ.get("PYTHONPATH")))
        more = {MARKERS: "1"} if marked else {}
        environment = clean_environment(OURS, PYTHONPATH=os.pathsep.join(path), **more)
        launch = Launch(
            version.name, (*command, *self.arguments), self.folder(side, lane), environment
        )
        return self.lanes.started(launch, seed)

    def survey(self, survey: Survey) -> Conversation:
        """Run each benchmark once on both sides: what can be measured, and how.

        A benchmark at which a process ends or hangs is left out; the others are left in
        ``wanted``, for new processes.

        Raises:
            LostError: a side cannot even say what it has.
        """
        workers = [self.started(side, seed=0, marked=True) for side in (0, 1)]
        told = []
        for worker in workers:
            said = yield from hello(worker)
            told.append(said)
        if survey.wanted is None:
            survey.wanted, missing = in_common(self.versions, told)
            survey.missing |= missing
            survey.claims = told[1].claims
        try:
            yield from self.look(workers, survey)
            for worker in workers:
                yield from self.lanes.farewell(worker)
        except StoppedError:
            raise
        except LostError as error:
            survey.missing[survey.wanted.pop(0)] = str(error)
        finally:
            for worker in workers:
                self.lanes.removed(worker)

    def look(self, workers: Sequence[Worker], survey: Survey) -> Asking:
        """Look at benchmark after benchmark, as long as both processes live."""
        assert survey.wanted is not None
        for worker in workers:
            worker.tell(protocol.Run(survey.wanted, SLICE))
        while survey.wanted:
            name = survey.wanted[0]
            test = Test(workers, name)
            yield from test.begin()
            for side in (0, 1):
                yield from test.slice(side, None)
            why = yield from test.end()
            survey.wanted.pop(0)
            if why:
                survey.missing[name] = why
            else:
                first, second = test.taken[0][0], test.taken[1][0]
                loops = max(test.loops)
                survey.known[name] = Known(
                    loops,
                    loops * max(statistics.median(one.rounds) for one in (first, second)),
                    max(first.whole, second.whole),
                    first.one_cpu and second.one_cpu,
                    first.coarse or second.coarse,
                )

    def pair(
        self,
        number: int,
        stage: int,
        lane: tuple[int, int | None],
        known: Mapping[str, Known],
        ended: Callable[[Pair], None],
    ) -> Conversation:
        """Measure one pair of new processes.

        A process that fails, hangs or is killed loses what had not been measured yet. Which side
        goes first in everything is drawn: of two processes of the same code the one that started
        and warmed up last was faster in two benchmarks of three, by 0.1 % (80 pairs). Where native
        code lies in physical memory is drawn too.

        lane: its number and its CPU. ended: is given what was measured.
        """
        index, cpu = lane
        draw = random.Random(number)  # noqa: S311  an order, not a secret
        seed = draw.randrange(2**32)
        turned = bool(draw.randrange(2))
        found: dict[str, Slices] = {}
        lost: dict[str, str] = {}
        for version in self.versions:
            for path in version.native:
                native.move(path)
        workers = [self.started(side, seed, index) for side in ((1, 0) if turned else (0, 1))]
        try:
            for worker in workers:
                yield from hello(worker)
            told = {
                name: protocol.Calls(one.loops, one.loops, one.round_)
                for name, one in known.items()
            }
            for worker in workers:
                worker.tell(protocol.Run(list(known), SLICE, told))
            for name, one in known.items():
                given = yield from slices(workers, name, one, cpu if one.one_cpu else None, draw)
                keep(name, given, found, lost, turned=turned)
            for worker in workers:
                yield from self.lanes.farewell(worker)
        except StoppedError:
            lost.clear()  # what was cut off is not called lost
        except LostError as error:
            gone = known.keys() - found.keys() - lost.keys()
            lost |= dict.fromkeys(sorted(gone), f"lost with its process: {error}")
        finally:
            for worker in workers:
                self.lanes.removed(worker)
            ended(Pair(number, stage, cpu, seed, found, lost))


def keep(
    name: str,
    given: Slices | str,
    found: dict[str, Slices],
    lost: dict[str, str],
    *,
    turned: bool,
) -> None:
    """Keep what a pair gave of a benchmark, or why it gave nothing."""
    if isinstance(given, str):
        lost[name] = given
    else:
        found[name] = given.turned() if turned else given


class Test:
    """One test that runs on both sides, and the slices that were taken of it."""

    def __init__(self, workers: Sequence[Worker], name: str) -> None:
        self.workers = workers
        self.name = name
        self.done: list[protocol.Done | None] = [None, None]
        self.loops = [1, 1]
        self.taken: tuple[list[protocol.Taken], list[protocol.Taken]] = ([], [])

    def begin(self) -> Asking:
        """Let both begin, until each is warm, or has ended."""
        for side in (0, 1):
            yield from self.ask(side, protocol.Go(self.name))

    def ask(self, side: int, message: protocol.Message) -> Asking:
        """Ask one side something, and note what it says."""
        answer = yield from asked(self.workers[side], message)
        if isinstance(answer, protocol.Done):
            self.done[side] = answer
        elif isinstance(answer, protocol.Ready):
            self.loops[side] = answer.loops
        else:
            self.taken[side].append(answer)

    def slice(self, side: int, cpu: int | None) -> Asking:
        """Take a slice of one side, while neither has ended."""
        if self.done == [None, None]:
            yield from self.ask(side, protocol.Slice(cpu))

    def end(self) -> Asking:
        """Let both end; return on which side the test did not pass, and why."""
        for side in (0, 1):
            if self.done[side] is None:
                yield from self.ask(side, protocol.Finish())
        return reason(self.workers, [one for one in self.done if one is not None])


def asked(worker: Worker, message: protocol.Message | None) -> Asking:
    """Ask a worker something; return its answer.

    Raises:
        LostError: it gives none; the message names the side.
    """
    try:
        answer = yield worker, message
    except StoppedError:
        raise
    except LostError as error:
        message_ = f"{worker.launch.name}: {error}"
        raise LostError(message_, error.log) from None
    return answer


def hello(worker: Worker) -> Asking:
    """Wait until a worker says what it has; return that.

    Raises:
        LostError: it ends before, or can measure nothing.
    """
    answer = yield from asked(worker, None)
    assert isinstance(answer, protocol.Hello)
    if answer.refusal:
        message = f"{worker.launch.name}: {answer.refusal}"
        raise LostError(message)
    return answer


def in_common(
    versions: tuple[Version, Version], told: Sequence[protocol.Hello]
) -> tuple[list[str], dict[str, str]]:
    """Return the benchmarks of both sides, in order, and those that one side lacks."""
    there = [set(one.tests) for one in told]
    wanted = [name for name in told[1].tests if name in there[0]]
    missing: dict[str, str] = {}
    for version, own, other in zip(versions, there, reversed(there), strict=True):
        missing |= dict.fromkeys(sorted(other - own), f"not on {version.name}")
    for version, one in zip(versions, told, strict=True):
        missing |= {name: f"{version.name}: {why}" for name, why in one.broken.items()}
    return wanted, missing


def slices(
    workers: Sequence[Worker], name: str, known: Known, cpu: int | None, draw: random.Random
) -> Asking:
    """Take the slices of one benchmark, ``first`` of the first of the workers; or say why not.

    Raises:
        LostError: a process ended, or gave no answer in time.
    """
    test = Test(workers, name)
    yield from test.begin()
    for turn in order(known.turns, draw):
        yield from test.slice(turn, cpu)
    why = yield from test.end()
    if why:
        return why
    first, second = ([statistics.median(one.rounds) for one in side] for side in test.taken)
    return of_times(first, second, shared_cpu=cpu is not None)


def order(turns: int, draw: random.Random) -> Iterator[int]:
    """Yield whose turn it is: A B B A or B A A B, drawn, so many times."""
    for _ in range(turns):
        first = draw.randrange(2)
        yield from (first, 1 - first, 1 - first, first)


NOTHING = "it measured nothing"


def reason(workers: Sequence[Worker], ended: Sequence[protocol.Done]) -> str:
    """Say on which side a test did not pass, and why; nothing where it passed on both."""
    told = [
        f"{worker.launch.name}: {why}"
        for worker, one in zip(workers, ended, strict=True)
        if (why := one.failed or one.skipped or ("" if one.benchmark else NOTHING))
    ]
    return "; ".join(dict.fromkeys(told))


def of_times(first: Sequence[float], second: Sequence[float], *, shared_cpu: bool) -> Slices:
    """Return what the slices of both sides say together: the median of neighbours' differences."""
    logs = [math.log(b / a) for a, b in zip(first, second, strict=True)]
    return Slices(tuple(first), tuple(second), statistics.median(logs), shared_cpu)
