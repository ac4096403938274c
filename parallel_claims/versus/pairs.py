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
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_claims import errors
from parallel_claims.engine import protocol
from parallel_claims.engine.lanes import Launch, StoppedError, clean_environment
from parallel_claims.engine.worker.settings import MARKERS
from parallel_claims.versus import native
from parallel_claims.versus.asking import SLICE, SideError, Test, hello, run
from parallel_claims.versus.records import Lost, Pair, Slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parallel_claims.engine.lanes import Conversation, Lanes, Worker
    from parallel_claims.versus.asking import Asking
    from parallel_claims.versus.records import Version
    from parallel_claims.versus.survey import Known

OURS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTEST_ADDOPTS", "COV_CORE_SOURCE")
"""What would lead a side's process back to this one's environment."""


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
        folder = self.folder(side, lane)
        return self.started_in(folder, self.versions[side], seed, marked=marked)

    def started_in(
        self, folder: Path, version: Version, seed: int, *, marked: bool = False
    ) -> Worker:
        """Start a worker of a version in a folder."""
        command = (str(version.python), "-m", "pytest", "-p", "parallel_claims.engine.worker.serve")
        path = filter(None, (str(self.instrument), os.environ.get("PYTHONPATH")))
        more = {MARKERS: "1"} if marked else {}
        environment = clean_environment(OURS, PYTHONPATH=os.pathsep.join(path), **more)
        arguments = (*self.arguments, *version.arguments)
        launch = Launch(version.name, (*command, *arguments), folder, environment)
        return self.lanes.started(launch, seed)

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
        lost: dict[str, Lost] = {}
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
                run(worker, protocol.Run(list(known), SLICE, told))
            for name, one in known.items():
                given = yield from slices(workers, name, one, cpu if one.one_cpu else None, draw)
                keep(name, given, found, lost, turned=turned)
            for worker in workers:
                yield from self.lanes.farewell(worker)
        except StoppedError:
            lost.clear()  # what was cut off is not called lost
        except SideError as error:
            side = workers.index(error.worker) ^ turned
            gone = [name for name in known if name not in found and name not in lost]
            lost |= dict.fromkeys(gone, Lost(f"lost with its process: {error}"))
            lost |= {name: Lost(str(error), frozenset({side}), ended=True) for name in gone[:1]}
        finally:
            for worker in workers:
                self.lanes.removed(worker)
            ended(Pair(number, stage, cpu, seed, found, lost))


def keep(
    name: str,
    given: Slices | Lost,
    found: dict[str, Slices],
    lost: dict[str, Lost],
    *,
    turned: bool,
) -> None:
    """Keep what a pair gave of a benchmark, or why it gave nothing."""
    own = given.turned() if turned else given
    if isinstance(own, Lost):
        lost[name] = own
    else:
        found[name] = own


def slices(
    workers: Sequence[Worker], name: str, known: Known, cpu: int | None, draw: random.Random
) -> Asking:
    """Take the slices of one benchmark, ``first`` of the first of the workers; or say why not.

    Raises:
        SideError: a process ended, or gave no answer in time.
    """
    test = Test(workers, name)
    yield from test.begin()
    for turn in order(known.turns, draw):
        yield from test.slice(turn, cpu)
    lost = yield from test.end()
    if lost:
        return lost
    first, second = ([statistics.median(one.rounds) for one in side] for side in test.taken)
    return of_times(first, second, shared_cpu=cpu is not None)


def order(turns: int, draw: random.Random) -> Iterator[int]:
    """Yield whose turn it is: A B B A or B A A B, drawn, so many times."""
    for _ in range(turns):
        first = draw.randrange(2)
        yield from (first, 1 - first, 1 - first, first)


def of_times(first: Sequence[float], second: Sequence[float], *, shared_cpu: bool) -> Slices:
    """Return what the slices of both sides say together: the median of neighbours' differences."""
    logs = [math.log(b / a) for a, b in zip(first, second, strict=True)]
    return Slices(tuple(first), tuple(second), statistics.median(logs), shared_cpu)
