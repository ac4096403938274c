"""Who is measured next, in which process, and until when. Pure: the time is given to it.

A block is a fresh process in which each benchmark runs once. Benchmarks that keep one CPU busy are
measured in one process a core at a time, the others with nothing beside them. Both parts count
their blocks by themselves and meet at the looks.
"""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from parallel_claims.engine.schedule import costs, order
from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from parallel_claims.engine.questions import Look
    from parallel_claims.engine.schedule.order import Benchmark
    from parallel_claims.engine.schedule.stopping import Stopping

GIVE_UP_AFTER = 2
"""Lost rounds of a benchmark in a row after which it is not run again."""


@dataclass(frozen=True)
class Task:
    """What one process is to run.

    names: in order; one that ends in AGAIN is a benchmark's second run. cpu: the CPU of what is
    in ``pinned``, which stays on one; None for any. beside: whether others run at the same time.
    again: whether it failed beside others, and is tried alone.
    """

    block: int
    names: tuple[str, ...]
    pinned: frozenset[str] = frozenset()
    cpu: int | None = None
    beside: bool = False
    again: bool = False


@dataclass
class State:
    """What is known of a benchmark.

    cost: seconds of its last round, with all around it. one_cpu: whether it kept one CPU busy and
    no other, whenever it was measured. alone: whether it fails beside others and passes alone.
    upto: one more than the last block that it had. lost: lost rounds in a row. measured: whether it
    gave a time.
    """

    benchmark: Benchmark
    cost: float = 0.0
    one_cpu: bool = True
    alone: bool = False
    upto: int = 0
    lost: int = 0
    measured: bool = False

    @property
    def keeps_one(self) -> bool:
        """Say whether it was measured, and kept one CPU busy."""
        return self.measured and self.one_cpu


@dataclass
class Schedule:
    """The plan of a run, and how far it is.

    cpus: one of each core; none where a process cannot be kept on a CPU. twice: whether each
    benchmark is measured against itself. started: when the first block began, in seconds.
    """

    benchmarks: Sequence[Benchmark]
    stopping: Stopping
    seed: int
    cpus: Sequence[int] = ()
    twice: bool = False
    started: float = 0.0
    links: list[tuple[str, ...]] = field(default_factory=list)
    open: Look | None = None
    looks: list[int] = field(default_factory=list)
    ended: str | None = None
    starts: list[float] = field(default_factory=list)
    """Seconds that the start of each process took."""

    def __post_init__(self) -> None:
        """Begin with everything."""
        self.states = {one.nodeid: State(one) for one in self.benchmarks}
        self.begun = {True: 0, False: 0}
        self.queue: list[Task] = []
        self.complete = 0
        """How many blocks are known to have come to their end."""

    @property
    def blocks(self) -> int:
        """Return how many blocks all parts have begun, and so have, once nothing is running."""
        single, whole = self.parts()
        parts = [self.begun[beside] for beside, part in ((True, single), (False, whole)) if part]
        return min(parts, default=max(self.begun.values()))

    def resume(self, blocks: int, looks: Iterable[int], gone: Container[str]) -> None:
        """Go on after so many whole blocks, without what the run had let go of."""
        self.begun = {True: blocks, False: blocks}
        self.complete = blocks
        self.looks = list(looks)
        for name in [name for name in self.states if name in gone]:
            del self.states[name]
        for state in self.states.values():
            state.upto = blocks

    # what is next

    def next(self, running: int) -> Task | None:
        """Return what to begin now, beside so many that are running; None for nothing."""
        if self.ended is not None:
            return None
        if not self.queue and not running:
            self.queue = self.batch()
        if not self.queue or (running and not self.queue[0].beside):
            return None
        return self.queue.pop(0)

    def batch(self) -> list[Task]:
        """Return what may run at the same time: a block of the whole, or one a core of the rest.

        Neither part runs ahead of the other, nor beyond the next look.
        """
        single, whole = self.parts()
        until = self.stopping.next_look(self.blocks)
        behind = not single or self.begun[False] <= self.begun[True]
        if whole and behind and self.begun[False] < until:
            return self.tasks(whole, 1, beside=False)
        if single and self.begun[True] < until:
            count = min(len(self.cpus), until - self.begun[True])
            return self.tasks(single, count, beside=True)
        return []

    def tasks(self, part: Sequence[Benchmark], count: int, *, beside: bool) -> list[Task]:
        """Return the next blocks of a part."""
        found = []
        for _ in range(count):
            block = self.begun[beside]
            self.begun[beside] += 1
            there = [one for one in part if self.states[one.nodeid].upto <= block]
            shuffle = random.Random(f"{self.seed} {block} {beside}")  # noqa: S311  an order
            names = order.block(there, shuffle, self.links, twice=self.twice)
            pinned = frozenset(self.staying())
            cpu = self.cpus[block % len(self.cpus)] if self.cpus else None
            if names:
                found.append(Task(block, tuple(names), pinned, cpu, beside))
        if len(part) == len(self.states):  # the other part begins where this one is
            self.begun[not beside] = max(self.begun.values())
        return found

    def parts(self) -> tuple[list[Benchmark], list[Benchmark]]:
        """Return what may be measured beside others, and the rest.

        The first block of all is measured with nothing beside it: what it shows of each benchmark
        is not known before. To have two parts costs the start of one more process a block.
        """
        there = [state.benchmark for state in self.states.values()]
        if len(self.cpus) < 2 or not self.begun[False] or self.twice:  # noqa: PLR2004  a pair
            return [], there
        single = [
            one
            for mates in order.sets(there, self.links, lambda one: one.experiment)
            if all(self.may_be_beside(mate) for mate in mates)
            for one in mates
        ]
        saved = self.seconds(single) * (1 - 1 / len(self.cpus))
        if saved <= self.start and len(single) < len(there):
            return [], there
        names = {one.nodeid for one in single}
        return single, [one for one in there if one.nodeid not in names]

    def may_be_beside(self, one: Benchmark) -> bool:
        """Say whether a benchmark may be measured while others are on other CPUs."""
        state = self.states[one.nodeid]
        return one.pinnable and state.keeps_one and not state.alone

    def staying(self) -> set[str]:
        """Return the benchmarks that stay on one CPU: marked so, or no more than mates need."""
        there = [state.benchmark for state in self.states.values()]
        found = {one.nodeid for one in there if one.one_cpu}
        for mates in order.sets(there, self.links, lambda one: one.experiment):
            if all(mate.pinnable and self.states[mate.nodeid].keeps_one for mate in mates):
                found |= {mate.nodeid for mate in mates}
        return found

    # what came of it

    def took(self, name: str, block: int, cost: float, *, one_cpu: bool) -> None:
        """Note a round that gave a time, in so many seconds with all around it."""
        state = self.states.get(name.removesuffix(AGAIN))
        if state is not None:
            state.cost, state.lost, state.upto = cost, 0, max(state.upto, block + 1)
            state.one_cpu &= one_cpu
            state.measured = True

    def lost(self, name: str, block: int) -> bool:
        """Note a round that gave no time; say whether the benchmark is given up for it."""
        state = self.states.get(name)
        if state is None:
            return False
        state.lost, state.upto = state.lost + 1, max(state.upto, block + 1)
        if state.lost < GIVE_UP_AFTER:
            return False
        self.leave_out([name])
        return True

    def leave_out(self, names: Iterable[str]) -> None:
        """Run some benchmarks no more."""
        for name in names:
            self.states.pop(name, None)

    def try_alone(self, task: Task, name: str) -> None:
        """Measure a benchmark of a block again, with nothing beside it."""
        self.queue.append(replace(task, names=(name,), beside=False, again=True))

    def only_alone(self, name: str) -> None:
        """Measure a benchmark with nothing beside it from now on."""
        if name in self.states:
            self.states[name].alone = True

    def go_on_after(self, task: Task, name: str) -> tuple[str, ...]:
        """Measure the rest of a block whose process ended at a benchmark, in another process.

        What a claim compares with that benchmark is lost with it; returned.
        """
        left = task.names[task.names.index(name) + 1 :]
        there = [state.benchmark for state in self.states.values()]
        units = order.sets(there, self.links, lambda one: one.nodeid)
        mates = next(({one.nodeid for one in unit} for unit in units if name in
                      {one.nodeid for one in unit}), {name})  # fmt: skip
        rest = tuple(one for one in left if one not in mates)
        if rest:
            self.queue.insert(0, replace(task, names=rest))
        return tuple(one for one in left if one in mates)

    # time and looks

    @property
    def start(self) -> float:
        """Return the seconds that starting a process takes."""
        return statistics.median(self.starts) if self.starts else 0.0

    def seconds(self, benchmarks: Iterable[Benchmark]) -> float:
        """Return the seconds that a round of each benchmark takes."""
        return sum(self.states[one.nodeid].cost for one in benchmarks) * (1 + self.twice)

    def block_seconds(self) -> float:
        """Return the seconds that one more block takes."""
        single, whole = self.parts()
        at_once = max(1, len(self.cpus))
        return (self.start + self.seconds(whole)) * bool(whole) + (
            self.start + self.seconds(single)
        ) / at_once * bool(single)

    def completed(self) -> range:
        """Return the numbers of the blocks that have come to their end since the last time."""
        blocks = self.blocks
        new = range(self.complete, blocks)
        self.complete = max(self.complete, blocks)
        return new

    def look_due(self) -> bool:
        """Say whether it is time to look what is still open."""
        return not self.stopping.fixed and self.blocks in self.stopping.planned and (
            self.blocks not in self.looks
        )  # fmt: skip

    def look(self, answer: Look | None, now: float) -> list[str]:
        """Take what a look found; return the benchmarks that nothing open needs any more."""
        self.open = answer
        blocks = self.blocks
        if not blocks:
            if answer is not None:
                self.links = [question.benchmarks for question in answer.open]
            return []
        self.looks.append(blocks)
        return [] if answer is None or self.twice else self.keep(self.affordable(answer, now))

    def affordable(self, answer: Look, now: float) -> set[str]:
        """Return the benchmarks of what is open, as far as the time to the next look allows."""
        blocks = max(1, self.stopping.next_look(self.blocks) - self.blocks)
        seconds = (self.stopping.budget - (now - self.started)) / blocks - self.start
        single, _ = self.parts()
        share = {one.nodeid: 1 / max(1, len(self.cpus)) for one in single}
        each = {name: state.cost * share.get(name, 1.0) for name, state in self.states.items()}
        names, _ = costs.needed(answer.open, each, seconds)
        return names

    def fit(self, now: float) -> list[str]:
        """Let go of the dearest, once a block has shown that the first look would come too late.

        Nothing is known of any verdict then, so none is touched by it.
        """
        if self.blocks != 1 or self.twice or self.stopping.fixed or not self.open:
            return []
        left = self.stopping.budget - (now - self.started)
        if not self.open.open or self.block_seconds() * (self.stopping.planned[0] - 1) <= left:
            return []
        return self.keep(self.affordable(self.open, now))

    def keep(self, names: Container[str]) -> list[str]:
        """Go on with some benchmarks; return the others."""
        gone = [name for name in self.states if name not in names]
        self.leave_out(gone)
        return gone

    def decide_end(self, now: float) -> None:
        """End the run if it is time to; not before a block was measured."""
        if not self.blocks and self.states:
            return
        still = self.open is None or bool(self.open.open)
        self.ended = self.stopping.ended(self.blocks, now - self.started, anything_open=still)
        if self.ended is None and not self.states:
            self.ended = "decided" if not still else "stopped early"

    def left(self, now: float) -> float:
        """Return about how many seconds the run takes yet, at most; infinite where not known."""
        if not self.complete:
            return self.stopping.budget - (now - self.started)
        whole = self.block_seconds() * (self.stopping.most - self.blocks)
        return min(whole, max(0.0, self.stopping.budget - (now - self.started)))

    def deciding(self) -> tuple[int, int, str]:
        """Return how many questions are decided, of how many, and the first open one in words."""
        if self.open is None or not self.looks:
            return 0, 0, ""
        open_ = self.open.open
        first = min(open_, key=lambda question: not question.first).name if open_ else ""
        return self.open.total - len(open_), self.open.total, first
