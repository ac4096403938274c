"""The form of a saved run: pytest-benchmark's JSON, and our own part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd


MOST_BLOCKS = 2**31
"""One more than the largest number of a block."""


SCHEMA = 1
"""The newest form of our own part of a saved file that is known here."""


class Stats(msgspec.Struct, frozen=True):
    """The numbers of one benchmark, in seconds.

    data: its rounds, in run order; none where only the summary was saved.
    median: the median round.
    iqr: the distance between the quartiles.
    rounds: how many there were.
    """

    data: list[float] | None = None
    median: float | None = None
    iqr: float | None = None
    rounds: int | None = None


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How a benchmark was measured, where only times are wanted: thousands of files are read.

    blocks: the block of each round; none where it was not measured in blocks.
    lost: the blocks in which it gave no time, with the reason.
    left: the block from which on nothing needed it any more, none where it stayed.
    processes: the number of the process of each round; none where all ran in one.
    start_method: how the work starts its processes, where the suite says it.
    """

    blocks: list[int] | None = None
    lost: dict[int, str] = {}
    left: int | None = None
    processes: list[int] | None = None
    start_method: str | None = None

    @property
    def lists(self) -> Iterable[tuple[str, Sequence[object] | None]]:
        """Return what has one value a round, by name."""
        return (("blocks", self.blocks), ("processes", self.processes))

    @property
    def full(self) -> Info:
        """Return it with nothing recorded."""
        return Info(
            blocks=self.blocks,
            lost=self.lost,
            left=self.left,
            processes=self.processes,
            start_method=self.start_method,
        )


class Info(Times, frozen=True, kw_only=True):
    """What a run measured in blocks says of one benchmark, a number a round in each list.

    positions: the place of each round in its block.
    busy_cores: how many cores the work keeps busy by itself, where the suite says so.
    recorded: what was recorded beside the time, by name.
    gil: whether the workers had a GIL, where the suite says it.
    """

    positions: list[int] | None = None
    recorded: dict[str, list[float | None]] = {}
    gil: bool | None = None
    busy_cores: float | None = None

    @property
    def lists(self) -> Iterable[tuple[str, Sequence[object] | None]]:
        """Return what has one value a round, by name."""
        return (*super().lists, ("positions", self.positions), *self.recorded.items())

    @property
    def full(self) -> Info:
        """Return it as it is."""
        return self


class Entry(msgspec.Struct, frozen=True):
    """One entry of a saved file that is not this suite's.

    name: the test's own name, with its parameters.
    fullname: its node id, which tells it from all others.
    stats: what it took.
    group: the experiment that it belongs to.
    extra_info: what its own suite says of it.
    params: its parameters, by name.
    """

    name: str
    fullname: str
    stats: Stats
    group: str | None = None
    extra_info: dict[str, Any] = {}
    params: Any = None

    @property
    def info(self) -> Info:
        """Return what is known of how it was measured: the blocks, in a file of ``--blocks``.

        pytest-benchmark's own file of such a session has its rounds as it takes them, several a
        block, and says the block and the process of each.
        """
        try:
            found = msgspec.convert(self.extra_info, RoundsOfBlocks)
        except msgspec.ValidationError:
            return Info()
        return Info(blocks=found.blocks, processes=found.processes)


class RoundsOfBlocks(msgspec.Struct, frozen=True):
    """What pytest-benchmark's own file says of each round of a session that measured in blocks.

    blocks: the block of each.
    processes: the number of the process of each.
    """

    blocks: list[int]
    processes: list[int]


HowMeasured = TypeVar("HowMeasured", Info, Times)


class OurEntry(msgspec.Struct, Generic[HowMeasured], frozen=True):
    """One entry of a file that was saved by this suite, as much of it as is wanted.

    name: the test's own name, with its parameters.
    fullname: its node id, which tells it from all others.
    stats: what it took: one round a block, the median of what its process timed, a call each.
    info: how it was measured, and what the test said of itself.
    group: the experiment that it belongs to; its benchmarks have the same blocks.
    params: its parameters, by name.
    """

    name: str
    fullname: str
    stats: Stats
    info: HowMeasured = msgspec.field(name="extra_info")
    group: str | None = None
    params: Any = None


class Summary(msgspec.Struct, frozen=True):
    """What is left of a benchmark that was saved without its rounds; median and iqr in seconds."""

    median: float
    iqr: float
    rounds: int


class Benchmark(msgspec.Struct, frozen=True):
    """One benchmark of a run, checked: it has rounds, each finite and positive, or a summary.

    params: its parameters, as they were saved.
    """

    name: str
    fullname: str
    group: str | None
    rounds: list[float]
    info: Info
    summary: Summary | None = None
    params: Any = None


class Stopping(msgspec.Struct, frozen=True):
    """How a run came to its number of blocks.

    ended: ``fixed``, or what ended it (``decided``, ``precision``, ``budget``, ``max-blocks``,
        ``stopped early``).
    precision: the width that ended it, or would have.
    planned: the numbers of blocks at which claims were to be judged.
    looks: those at which they were.
    """

    ended: str = "fixed"
    precision: float | None = None
    planned: list[int] = []
    looks: list[int] = []

    @property
    def adaptive(self) -> bool:
        """Say whether the width of the intervals had a say in the number of blocks."""
        return self.precision is not None


Number = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
"""A number that can be reckoned with: seconds, MHz, a share."""


class Speed(msgspec.Struct, frozen=True):
    """What one CPU was seen to do.

    cpu: its number.
    slow_share: how much of the time it was slow.
    slow_speed: its speed then, as a share of its own full speed.
    """

    cpu: int
    slow_share: Number
    slow_speed: Number


class Conditions(msgspec.Struct, frozen=True):
    """What may have disturbed a block.

    steal_seconds: CPU seconds that the hypervisor gave to others since boot, all CPUs together.
    mhz: the clock.
    speeds: what the CPUs were seen to do.
    """

    steal_seconds: Number | None = None
    mhz: Number | None = None
    speeds: list[Speed] | None = None


class Suite(msgspec.Struct, frozen=True):
    """What a run measured in blocks says of itself.

    schema: the version of this form.
    size: how large the work was, where the suite says it.
    order_seed: what the random order was drawn with.
    blocks: how many blocks were finished; of a comparison, how many pairs were planned.
    partial: whether a part of the suite was chosen.
    against_itself: whether each benchmark was measured twice, the second as ``… again``.
    skipped: the benchmarks that were not measured, each with the reason.
    failed: those that gave no time at all, with the reason of each block.
    timed_seconds: the seconds inside timed calls.
    wall_seconds: the seconds in all.
    stopping: how the run came to its number of blocks.
    conditions: what may have disturbed each block.
    speeds: what the CPUs were seen to do before the first block.
    command: the command that measured it.
    pairs: names the comparison of two versions in which it was one side: a block of it and
        the same block of the other file with this name were one pair of processes.
    broken: what ran on the other side of that comparison and does not run on this one.
    """

    schema: int
    size: str = msgspec.field(default="", name="scale")
    order_seed: int | None = None
    blocks: int | None = None
    partial: bool = False
    against_itself: bool = False
    skipped: dict[str, str] = {}
    failed: dict[str, dict[str, str]] = {}
    timed_seconds: Number | None = None
    wall_seconds: Number | None = None
    stopping: Stopping = Stopping()
    conditions: list[Conditions] = []
    speeds: list[Speed] = []
    command: str = ""
    pairs: str = ""
    broken: dict[str, str] = {}


class Commit(msgspec.Struct, frozen=True):
    """The commit that was measured, as far as pytest-benchmark found one.

    id: its hash.
    dirty: whether there were changes beside it.
    """

    id: str | None = None
    dirty: bool | None = None


class SavedFile(msgspec.Struct, frozen=True):
    """A file as pytest-benchmark saves it."""

    benchmarks: list[Entry]
    machine_info: dict[str, Any]
    datetime: str = ""
    commit_info: Commit | None = None
    parallel_claims: None = None


class OurFile(msgspec.Struct, Generic[HowMeasured], frozen=True):
    """A file saved by this suite: pytest-benchmark's form, and a part of its own.

    benchmarks: an entry a benchmark.
    machine_info: facts of the machine and its Python.
    parallel_claims: what the run says of itself.
    datetime: when it began, in ISO 8601 with the zone.
    commit_info: what was measured.
    """

    benchmarks: list[OurEntry[HowMeasured]]
    machine_info: dict[str, Any]
    parallel_claims: Suite
    datetime: str = ""
    commit_info: Commit | None = None


@dataclass(frozen=True)
class Run:
    """One saved run, checked: every time is finite and positive."""

    path: Path
    machine: dict[str, Any]
    suite: Suite | None
    datetime: str
    commit: Commit
    benchmarks: tuple[Benchmark, ...]
    repeated: tuple[str, ...] = ()
    """Benchmarks that are in the file several times: the last one counts."""

    @property
    def in_blocks(self) -> bool:
        """Say whether anything in it was measured in blocks."""
        return any(b.info.blocks is not None for b in self.benchmarks)

    @property
    def complete(self) -> bool:
        """Say whether a benchmark that is not in it cannot have been left out on purpose."""
        return self.suite is None or not self.suite.partial

    @property
    def processes(self) -> int:
        """Return in how many processes its rounds ran: in one where it does not say it."""
        return max(1, len({n for b in self.benchmarks for n in b.info.processes or ()}))

    @property
    def adaptive(self) -> bool:
        """Say whether the width of the intervals had a say in its number of blocks."""
        return self.suite is not None and self.suite.stopping.adaptive

    def frame(self) -> pd.DataFrame:
        """Return the rounds as a tidy frame, one row a round.

        Columns: benchmark, fullname, group, block and position in it (-1 where not
        measured in blocks), seconds, and one for each recorded number.
        """
        import pandas as pd

        parts = []
        for b in self.benchmarks:
            if not b.rounds:
                continue
            blocks = b.info.blocks if b.info.blocks is not None else [-1] * len(b.rounds)
            places = b.info.positions if b.info.positions is not None else [-1] * len(b.rounds)
            own = {"block": blocks, "position": places, "seconds": b.rounds}
            columns = {**b.info.recorded, **own}
            parts.append(
                pd.DataFrame(columns).assign(benchmark=b.name, fullname=b.fullname, group=b.group)
            )
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
