"""The lines of a journal: how they are written, and which of them can be believed.

Each ends with the CRC-32 of what it says: a line with a bit that has changed says another number.
A line that is damaged costs itself alone; its number is kept, so that it can be told.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from parallel_claims.errors import BadInputError
from parallel_claims.saved.form import MOST_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Block = Annotated[int, msgspec.Meta(ge=0, lt=MOST_BLOCKS)]


class Begun(msgspec.Struct):
    """What is known of a run before it starts.

    machine_info: as in the saved file.
    commit_info: as in the saved file.
    datetime: when the run began.
    version: pytest-benchmark's.
    suite: what the saved file's ``parallel_claims`` begins with.
    same: what must be as it was for the run to go on after it was cut off.
    """

    machine_info: dict[str, Any]
    commit_info: dict[str, Any]
    datetime: str
    version: str
    suite: dict[str, Any]
    same: dict[str, Any] = {}


class Variant(msgspec.Struct):
    """What the saved file says of a benchmark beside its rounds.

    fullname: its node id.
    name: its own name.
    group: its experiment.
    params: its parameters.
    param: the id of its parameters.
    options: those of pytest-benchmark.
    info: what its ``extra_info`` begins with.
    """

    fullname: str
    name: str
    group: str | None
    params: Any
    param: Any
    options: dict[str, Any]
    info: dict[str, Any]


class Round(msgspec.Struct):
    """A finished round of a benchmark in one block, or one that gave no time.

    fullname: the benchmark.
    block: the number of the block.
    position: its place in the block.
    seconds: the median of its times.
    recorded: what was recorded beside the time, by name.
    info: what the test said of itself.
    lost: why it gave no time; it has this or seconds.
    process: the number of the process that ran it.
    times: what its datum is made of, in seconds per call.
    at: when it was written.
    """

    fullname: str
    block: Block
    position: int
    seconds: Annotated[float, msgspec.Meta(gt=0)] | msgspec.UnsetType = msgspec.UNSET
    recorded: dict[str, float | None] = {}
    info: dict[str, Any] = {}
    lost: str | msgspec.UnsetType = msgspec.UNSET
    process: int | msgspec.UnsetType = msgspec.UNSET
    times: list[float] = []
    at: str = ""

    def __post_init__(self) -> None:
        """Refuse a round that is neither finished nor lost."""
        if (self.seconds is msgspec.UNSET) == (self.lost is msgspec.UNSET):
            message = "neither seconds nor a reason, or both"
            raise ValueError(message)


class Ended(msgspec.Struct):
    """The end of a block: its number and what may have disturbed it.

    number: its number; beside it stands what the saved file has in ``conditions``.
    """

    number: Block


class Left(msgspec.Struct):
    """A benchmark that nothing needs from a block on.

    fullname: the benchmark.
    block: the first block without it.
    """

    fullname: str
    block: Block


class Process(msgspec.Struct):
    """The process that writes a journal.

    pid: its number.
    began: when it was started, in seconds since 1970.
    host: the host that it is on.
    """

    pid: int
    began: float
    host: str


class Worker(msgspec.Struct):
    """A process that measured.

    number: its number in this run.
    hash_seed: its ``PYTHONHASHSEED``.
    block: the block that it ran.
    """

    number: int
    hash_seed: int
    block: Block


class Spent(msgspec.Struct):
    """The seconds that a run has taken so far.

    wall: all of them.
    timed: those inside timed calls.
    """

    wall: float
    timed: float


class Line(msgspec.Struct, omit_defaults=True):
    """One line: one of these, and to a block's end what was spent until then.

    run: the first line: the run.
    process: who writes from here on; again where another process goes on.
    worker: a process that measures.
    variant: a benchmark, before its first round.
    round: a round.
    block: the end of a block.
    spent: what the run has taken until then.
    left: a benchmark that is not needed any more.
    given_up: the full name of one that failed too often in a row.
    skipped: benchmarks that are not measured, each with the reason.
    speeds: what the CPUs were seen to do before the first block.
    stopping: how the number of blocks is found, as far as it is known.
    resumed: that the run was cut off here, and went on.
    closing: the last line: what the saved file says of the whole run.
    """

    run: Begun | None = None
    process: Process | None = None
    worker: Worker | None = None
    variant: Variant | None = None
    round: Round | None = None
    block: Ended | None = None
    spent: Spent | None = None
    left: Left | None = None
    given_up: str | None = None
    skipped: dict[str, str] | None = None
    speeds: list[dict[str, float]] | None = None
    stopping: dict[str, Any] | None = None
    resumed: dict[str, Any] | None = None
    closing: dict[str, Any] | None = None


SHOWN = 5
"""Numbers of damaged lines that are told."""

KNOWN = msgspec.json.Decoder(Line)


@dataclass(frozen=True)
class Lines:
    """The lines of a journal that can be believed, and the numbers (from 1) of the others.

    What a crash cut off the last line is not among the damaged: it was never finished.
    """

    believed: list[dict[str, Any]]
    damaged: list[int]

    def all(self, kind: str) -> list[Any]:
        """Return what the lines of a kind say, in order."""
        return [line[kind] for line in self.believed if kind in line]

    def last(self, kind: str, otherwise: Any = None) -> Any:
        """Return what the last line of a kind says."""
        return next((line[kind] for line in reversed(self.believed) if kind in line), otherwise)

    @property
    def blocks(self) -> int:
        """Return how many blocks came to their end."""
        return 1 + max((ended["number"] for ended in self.all("block")), default=-1)

    @property
    def told(self) -> str:
        """Say which lines are damaged; empty if none is."""
        if not self.damaged:
            return ""
        some = ", ".join(map(str, self.damaged[:SHOWN])) + "…" * (len(self.damaged) > SHOWN)
        lines = "line" if len(self.damaged) == 1 else "lines"
        return f"{len(self.damaged)} damaged {lines} left out ({lines} {some})"


SEAL = b', "crc": "%08x"}'
"""How a line ends, in place of its last brace."""


def written(line: Mapping[str, Any]) -> str:
    """Return a line of a journal."""
    text = json.dumps(line, allow_nan=False)
    return f"{text[:-1]}{(SEAL % zlib.crc32(text.encode())).decode()}\n"


def told_by(row: bytes) -> bytes:
    """Return what a line says.

    Raises:
        ValueError: its end is not that of what it says.
    """
    size = len(SEAL % 0)
    text = row[:-size] + b"}"
    if row[-size:] != SEAL % zlib.crc32(text):
        raise ValueError(row)
    return text


def known(text: bytes) -> dict[str, Any]:
    """Return what a line says, by its kinds.

    Raises:
        MsgspecError: it says what no line does.
    """
    KNOWN.decode(text)
    found: dict[str, Any] = msgspec.json.decode(text)
    if None in found.values():
        message = "a kind that says nothing"
        raise msgspec.ValidationError(message)
    return found


def read(path: Path) -> Lines:
    """Read a journal.

    Raises:
        BadInputError: it cannot be read, is none, or its first line is damaged.
    """
    try:
        rows = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    believed, damaged = [], []
    for number, row in enumerate(rows, 1):
        try:
            believed.append(known(told_by(row)))
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
            if number < len(rows):  # the last is empty, or a crash cut it off
                damaged.append(number)
    if not believed or "run" not in believed[0]:
        message = (
            f"{path}: not a journal of this suite, or its first line, which says what was "
            "measured where, is damaged: measure again"
        )
        raise BadInputError(message)
    return Lines(believed, damaged)
