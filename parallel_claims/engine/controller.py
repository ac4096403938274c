"""The controller: has each block measured in a fresh process, and decides what comes next.

It holds no test and runs none. What is next is the schedule's to say, what was measured is the
recorder's to keep; the lanes hold the processes.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from parallel_claims.engine import protocol
from parallel_claims.engine.lanes import LostError, StoppedError
from parallel_claims.engine.narrator import line
from parallel_claims.engine.recorder import Place
from parallel_claims.engine.worker.slices import WARM
from parallel_claims.journal.writing import saved_form
from parallel_claims.machine import facts, speeds
from parallel_claims.saved.names import AGAIN, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from parallel_claims.engine.lanes import Conversation, Lanes, Launch, Worker
    from parallel_claims.engine.protocol import Done, Message, Taken
    from parallel_claims.engine.questions import Look
    from parallel_claims.engine.recorder import Recorder
    from parallel_claims.engine.schedule.schedule import Schedule, Task

LOG = logging.getLogger(__name__)

FIRST_PROBE, PROBE = 1.0, 0.1
"""Seconds for which the speeds of all CPUs are looked at, before the first block and after each."""

USUAL_ROUNDS = 20
"""Rounds in each block that are as pytest-benchmark takes them, for its own table and files."""

MEETINGS = 2
"""Rounds that a benchmark loses beside other processes, and not alone, before it is taken apart."""

STARTS = 2
"""Processes in a row that end before they measure anything, after which the run ends."""


@dataclass
class Held:
    """A round that was lost beside another process: whether that was why shows the next one.

    kept: the same round alone, where that gave a time.
    """

    place: Place
    reason: str
    done: Done | None
    kept: tuple[Place, Taken, Done, protocol.Calls] | None = None


@dataclass(frozen=True)
class Wish:
    """What a session wants of its controller.

    look: says what is open, given the run so far. slice_: seconds of a slice. enough: says whether
    no more is wanted (``-x``). output: where what the first process prints goes, None for nowhere.
    """

    look: Callable[[dict[str, Any]], Look | None]
    slice_: float
    enough: Callable[[], bool] = lambda: False
    output: IO[str] | None = None


class Controller:
    """Measures one suite in blocks."""

    def __init__(
        self, schedule: Schedule, recorder: Recorder, lanes: Lanes, launch: Launch, wish: Wish
    ) -> None:
        self.schedule = schedule
        self.recorder = recorder
        self.progress = recorder.progress
        self.lanes = lanes
        self.launch = launch
        self.wish = wish
        self.names = Names(recorder.items)
        self.known: dict[str, protocol.Calls] = {}
        self.processes = 0
        self.failed_starts: list[str] = []
        self.held: dict[str, list[Held]] = {}
        self.timed = 0.0
        self.earlier = 0.0
        """Seconds that the run took before it was gone on with."""
        self.draw = random.Random(f"hash seeds {schedule.seed}")  # noqa: S311  layouts, no secrets
        self.by_width = False

    def run(self) -> None:
        """Measure until the schedule ends it.

        Raises:
            StoppedError: a signal ended it before, or ``-x`` did.
        """
        self.schedule.started = time.monotonic() - self.earlier
        if not self.schedule.blocks:
            self.recorder.journal.append(speeds=speeds.probe(FIRST_PROBE))
        self.look()
        try:
            self.lanes.run(self.supply, self.tell)
        finally:
            self.lanes.close()
            for held in (one for several in self.held.values() for one in several):
                self.recorder.fail(held.place, held.reason, self.reports(held.done))
            self.tell(last=True)
        stopping, blocks = self.schedule.stopping, self.schedule.blocks
        if self.schedule.ended == "budget" and blocks < stopping.planned[0]:
            self.progress.say(
                f"the budget of {stopping.budget:.0f} s was spent before the first look, at "
                f"{stopping.planned[0]} blocks: give it more with --blocks-budget"
            )

    @property
    def elapsed(self) -> float:
        """Return the seconds since the first block began."""
        return time.monotonic() - self.schedule.started

    def supply(self, running: int) -> Conversation | None:
        """Return the next process to talk to, if one is to be begun now."""
        if self.wish.enough():
            raise StoppedError
        if not running and not self.schedule.queue:
            self.between_blocks()
        task = self.schedule.next(running)
        return self.conversation(task) if task is not None else None

    def between_blocks(self) -> None:
        """Note the end of blocks, and their conditions; look, where it is time to."""
        schedule, ended = self.schedule, list(self.schedule.completed())
        if ended:
            now = {**facts.conditions(), "speeds": speeds.probe(PROBE)}
            spent = {"wall": self.elapsed, "timed": self.timed}
            for number in ended:
                self.recorder.journal.append(block={"number": number, **now}, spent=spent)
            self.leave(schedule.fit(time.monotonic()))
        if schedule.blocks and schedule.look_due():
            self.look()
        schedule.decide_end(time.monotonic())
        if ended:
            self.tell()

    def look(self) -> None:
        """Ask what is open, and let go of what nothing open needs."""
        schedule = self.schedule
        if schedule.stopping.fixed and schedule.blocks:
            return
        document = self.so_far()
        if not schedule.blocks:
            document["benchmarks"] = []  # what a run had before it goes on is looked at then
        answer = self.wish.look(document)
        if answer is not None:
            answer = answer.resolved(self.names)
        self.recorder.journal.append(stopping=self.stopping_so_far())
        gone = schedule.look(answer, time.monotonic())
        if answer is not None and not schedule.blocks:
            schedule.leave_out(self.recorder.needless(answer.needless))
        self.leave(gone)

    def leave(self, gone: list[str]) -> None:
        """Note from which block on benchmarks are not asked for."""
        for name in gone:
            self.recorder.journal.append(left={"fullname": name, "block": self.schedule.blocks})

    def so_far(self) -> dict[str, Any]:
        """Return the run in its saved form, as far as it came."""
        return saved_form(
            self.recorder.journal.path,
            stopping=self.stopping_so_far(),
            skipped=self.recorder.skipped,
            blocks=self.schedule.complete,
        )

    def stopping_so_far(self) -> dict[str, Any]:
        """Return what the saved file says of how the run came to its number of blocks."""
        schedule = self.schedule
        ended = schedule.ended or "stopped early"
        if self.by_width:  # nothing was decided on the way
            return {"ended": ended, "precision": schedule.stopping.precision}
        fixed = schedule.stopping.fixed
        planned = [] if fixed else list(schedule.stopping.planned)
        looks = [*schedule.looks]
        if not fixed and schedule.complete and schedule.complete not in looks:
            looks.append(schedule.complete)  # the last look is where the run ended
        return {"ended": ended, "precision": None, "planned": planned, "looks": looks}

    def tell(self, *, last: bool = False) -> None:
        """Tell how far the run is."""
        schedule = self.schedule
        left = 0.0 if last else schedule.left(time.monotonic())
        decided, total, first = schedule.deciding()
        most = schedule.stopping.most
        self.progress.tell(
            line(schedule.blocks, most, self.elapsed, left, (decided, total), first), last=last
        )

    # one process

    def conversation(self, task: Task) -> Conversation:
        """Have a fresh process run a task."""
        number, seed = self.processes, self.draw.randrange(2**32)
        self.processes += 1
        worker = self.lanes.started(self.launch, seed, None if number else self.wish.output)
        self.recorder.journal.append(
            worker={"number": number, "hash_seed": seed, "block": task.block}
        )
        place: Place | None = None
        try:
            hello = yield worker, None
            assert isinstance(hello, protocol.Hello)
            names = self.there(task, hello, number)
            self.schedule.starts.append(time.monotonic() - worker.began)
            LOG.debug("process %d: %.2f s to start", number, self.schedule.starts[-1])
            worker.tell(
                protocol.Run(
                    [name.removesuffix(AGAIN) for name in names],
                    self.wish.slice_,
                    self.known,
                    USUAL_ROUNDS,
                )
            )
            for position, name in enumerate(names):
                place = Place(name, task.block, position, number)
                yield from self.round(worker, task, place)
            place = None
            yield from self.lanes.farewell(worker)
        except StoppedError:
            return
        except LostError as error:
            worker.kept = True
            self.lanes.removed(worker)
            self.died(task, place, str(error))

    def there(self, task: Task, hello: protocol.Hello, number: int) -> list[str]:
        """Return what a process is to run of a task: what it collected.

        Raises:
            LostError: it can measure nothing.
        """
        if hello.refusal:
            raise LostError(hello.refusal)
        collected, found = set(hello.tests), []
        for position, name in enumerate(task.names):
            if name.removesuffix(AGAIN) in collected:
                found.append(name)
                continue
            broken = next((why for where, why in hello.broken.items() if where in name), "")
            reason = broken or "another process collects no such test: its id changes"
            self.lose(task, Place(name, task.block, position, number), reason)
        return found

    def round(
        self, worker: Worker, task: Task, place: Place
    ) -> Generator[tuple[Worker, Message | None], Message, None]:
        """Have a process run one test, and take one slice of its benchmark."""
        began = time.monotonic()
        self.lanes.signals.stopped = False
        cpu = task.cpu if place.nodeid in task.pinned else None
        calls, taken, done = yield from exchange(worker, place.nodeid, cpu)
        self.ended(worker, task, place, taken, done, (calls, time.monotonic() - began))

    def ended(
        self,
        worker: Worker,
        task: Task,
        place: Place,
        taken: Taken | None,
        done: Done,
        spent: tuple[protocol.Calls, float],
    ) -> None:
        """Take what became of a round. spent: calls of a round, and seconds with all around."""
        if self.lanes.signals.stopped:
            self.recorder.miss(place, "the run was stopped and went on within this round")
        elif done.failed:
            worker.kept = True  # what it wrote can be looked at
            self.lose(task, place, done.failed, done)
        elif done.skipped:
            self.skip(place, done)
        elif taken is None:
            self.measured_nothing(place, done)
        else:
            self.keep(task, place, taken, done, spent)

    def keep(
        self,
        task: Task,
        place: Place,
        taken: Taken,
        done: Done,
        spent: tuple[protocol.Calls, float],
    ) -> None:
        """Keep a round that gave a time."""
        calls, cost = spent
        LOG.debug("%s: block %d, %.3f s, one CPU: %s", *place[:2], cost, taken.one_cpu)
        self.failed_starts.clear()
        self.timed += taken.timed
        seconds = calls.loops * sum(taken.rounds) / len(taken.rounds)
        if seconds >= WARM:  # all else is calibrated in each process: chance must not be shared
            self.known.setdefault(place.nodeid, replace(calls, seconds=seconds))
        self.schedule.took(place.name, place.block, cost, one_cpu=taken.one_cpu)
        if task.again:
            self.held[place.name][-1].kept = (place, taken, done, calls)
            self.meets(place)
            return
        self.recorder.keep(place, taken, done, calls)
        tried = self.held.get(place.name, [])
        if tried and all(held.kept for held in tried):  # it passes beside others: they were not why
            for held in self.held.pop(place.name):
                self.recorder.fail(held.place, held.reason, self.reports(held.done))

    def meets(self, place: Place) -> None:
        """Measure a benchmark alone that failed twice beside others, and passed alone."""
        if len(self.held[place.name]) < MEETINGS:
            return
        self.progress.say(
            f"{place.name}: fails beside another process and passes alone: measured alone"
        )
        self.schedule.only_alone(place.nodeid)
        for held in self.held.pop(place.name):
            if held.kept is not None:
                self.recorder.keep(*held.kept)

    def reports(self, done: Done | None) -> list[Any]:
        """Return the reports of a test, none where its process ended."""
        return self.recorder.reports(done) if done else []

    def lose(self, task: Task, place: Place, reason: str, done: Done | None = None) -> None:
        """Take a round that gave no time; what failed beside others is tried alone first."""
        if task.beside:
            self.held.setdefault(place.name, []).append(Held(place, reason, done))
            self.schedule.try_alone(task, place.name)
            return
        self.held.pop(place.name, None)
        self.recorder.fail(place, reason, self.reports(done))
        if self.schedule.lost(place.nodeid, place.block):
            self.recorder.journal.append(given_up=place.name)

    def skip(self, place: Place, done: Done) -> None:
        """Take a skipped test: one that was measured before loses this round only."""
        if place.nodeid in self.recorder.passed:
            self.recorder.miss(place, f"skipped: {done.skipped}")
            self.schedule.lost(place.nodeid, place.block)
            return
        self.recorder.skip(place, done.skipped, self.recorder.reports(done))
        self.schedule.leave_out([place.nodeid])

    def measured_nothing(self, place: Place, done: Done) -> None:
        """Take a test that did not call its benchmark: an ordinary one, which ran once."""
        if place.nodeid in self.recorder.passed:
            self.recorder.miss(place, "it did not call its benchmark in this block")
            if self.schedule.lost(place.nodeid, place.block):
                self.recorder.journal.append(given_up=place.name)
            return
        self.recorder.publish(place.nodeid, self.recorder.reports(done))
        self.schedule.leave_out([place.nodeid])

    def died(self, task: Task, place: Place | None, reason: str) -> None:
        """Take the end of a process: the rest of its block is measured in another one."""
        if place is None:
            self.not_begun(task, reason)
            return
        self.lose(task, place, reason)
        for mate in self.schedule.go_on_after(task, place.nodeid):
            self.recorder.miss(
                Place(mate, task.block, place.position, place.process),
                f"lost with its process, which ended at {place.name}",
            )

    def not_begun(self, task: Task, reason: str) -> None:
        """Try again where a process ended before it measured anything; give up after a few."""
        self.failed_starts.append(reason)
        if not self.timed or len(self.failed_starts) >= STARTS:
            self.schedule.ended = "stopped early"
            self.progress.say(f"no process can be measured in: {reason}")
        else:
            self.schedule.queue.insert(0, task)

    # one test behind others

    def behind(self, before: Sequence[str], test: str) -> Done | None:
        """Run a test in a fresh process behind benchmarks; None where that process ended.

        What it needs may be what they leave behind in its module. No time is kept.
        """
        found: list[Done] = []

        def talk() -> Conversation:
            worker = self.lanes.started(self.launch, self.draw.randrange(2**32))
            try:
                yield worker, None
                worker.tell(protocol.Run([*before, test], self.wish.slice_, self.known))
                for name in (*before, test):
                    _, _, done = yield from exchange(worker, name)
                    found.append(done)
                yield from self.lanes.farewell(worker)
            except LostError:
                self.lanes.removed(worker)

        one = iter([talk()])
        try:
            self.lanes.run(lambda _: next(one, None))
        finally:
            self.lanes.close()
        return found[-1] if found and found[-1].test == test else None


def exchange(
    worker: Worker, test: str, cpu: int | None = None
) -> Generator[tuple[Worker, Message | None], Message, tuple[protocol.Calls, Taken | None, Done]]:
    """Have a process run one test, and take one slice of its benchmark where it has one.

    Returns the calls of a round, the slice, and what became of the test. A plugin may run a test
    again: the last slice counts.
    """
    calls, taken = protocol.Calls(1, 1), None
    answer = yield worker, protocol.Go(test)
    while not isinstance(answer, protocol.Done):
        if isinstance(answer, protocol.Ready):
            calls, taken = protocol.Calls(answer.loops, answer.usual), None
            answer = yield worker, protocol.Slice(cpu)
        else:
            assert isinstance(answer, protocol.Taken)
            taken = answer
            answer = yield worker, protocol.Finish()
    return calls, taken, answer
