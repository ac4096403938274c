"""The only reader of saved results: pytest-benchmark's JSON to one tidy frame.

Everything a file can have wrong with it is found here and told in one line.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from analysis.errors import BadInputError

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

    data: its rounds, in run order; None where only the summary was saved.
    """

    data: list[float] | None = None
    median: float | None = None
    iqr: float | None = None
    rounds: int | None = None


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How a benchmark was measured, where only times are wanted: thousands of files are read.

    blocks: the block of each round; None where it was not measured in blocks.
    lost: the blocks in which it gave no time, with the reason.
    """

    blocks: list[int] | None = None
    lost: dict[int, str] = {}
    start_method: str | None = None

    @property
    def lists(self) -> Iterable[tuple[str, Sequence[object] | None]]:
        """Return what has one value a round, by name."""
        return (("blocks", self.blocks),)

    @property
    def full(self) -> Info:
        """Return it with nothing recorded."""
        return Info(blocks=self.blocks, lost=self.lost, start_method=self.start_method)


class Info(Times, frozen=True, kw_only=True):
    """What a run measured in blocks says of one benchmark, a number a round in each list.

    positions: the place of each round in its block.
    recorded: what was recorded beside the time, by name.
    """

    positions: list[int] | None = None
    recorded: dict[str, list[float | None]] = {}
    gil: bool | None = None

    @property
    def lists(self) -> Iterable[tuple[str, Sequence[object] | None]]:
        """Return what has one value a round, by name."""
        own = (("blocks", self.blocks), ("positions", self.positions))
        return (*own, *self.recorded.items())

    @property
    def full(self) -> Info:
        """Return it as it is."""
        return self


class Entry(msgspec.Struct, frozen=True):
    """One entry of a saved file that is not this suite's: its extra_info is not ours to read."""

    name: str
    fullname: str
    stats: Stats
    group: str | None = None

    @property
    def info(self) -> Info:
        """Return what is known of how it was measured: nothing."""
        return Info()


HowMeasured = TypeVar("HowMeasured", Info, Times)


class OurEntry(msgspec.Struct, Generic[HowMeasured], frozen=True):
    """One entry of a file that was saved by this suite, as much of it as is wanted."""

    name: str
    fullname: str
    stats: Stats
    info: HowMeasured = msgspec.field(name="extra_info")
    group: str | None = None


class Summary(msgspec.Struct, frozen=True):
    """What is left of a benchmark that was saved without its rounds; median and iqr in seconds."""

    median: float
    iqr: float
    rounds: int


class Benchmark(msgspec.Struct, frozen=True):
    """One benchmark of a run, checked: it has rounds, each finite and positive, or a summary."""

    name: str
    fullname: str
    group: str | None
    rounds: list[float]
    info: Info
    summary: Summary | None = None


class Stopping(msgspec.Struct, frozen=True):
    """How a run came to its number of blocks.

    ended: ``fixed``, or what ended a run that was stopped by its precision
        (``precision``, ``budget``, ``max-blocks``, ``stopped early``).
    """

    ended: str = "fixed"
    precision: float | None = None

    @property
    def adaptive(self) -> bool:
        """Say whether the width of the intervals had a say in the number of blocks."""
        return self.precision is not None


class Suite(msgspec.Struct, frozen=True):
    """What a run measured in blocks says of itself."""

    schema: int
    scale: str = ""
    order_seed: int | None = None
    blocks: int | None = None
    partial: bool = False
    against_itself: bool = False
    skipped: dict[str, str] = {}
    failed: dict[str, dict[str, str]] = {}
    timed_seconds: float | None = None
    wall_seconds: float | None = None
    stopping: Stopping = Stopping()
    conditions: list[dict[str, float]] = []
    command: str = ""


class Commit(msgspec.Struct, frozen=True):
    """The commit that was measured, as far as pytest-benchmark found one."""

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
    """A file saved by this suite: pytest-benchmark's form, and a part of its own."""

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

    @property
    def complete(self) -> bool:
        """Say whether a benchmark that is not in it cannot have been left out on purpose."""
        return self.suite is None or not self.suite.partial

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


def read(path: Path, *, times_only: bool = False) -> Run:
    """Read and check one saved file.

    times_only: leave out what was recorded beside the times.

    Raises:
        BadInputError: the file cannot be read, is not pytest-benchmark's, or holds what
            cannot be judged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    return checked(path, decode(path, content, OUR_TIMES if times_only else OURS))


def from_document(path: Path, document: dict[str, Any]) -> Run:
    """Check a run of this suite that is not saved yet, as if it had been read from ``path``.

    Raises:
        BadInputError: it holds what cannot be judged.
    """
    return checked(path, msgspec.convert(document, OurFile[Info], str_keys=True))


def checked(path: Path, saved: SavedFile | OurFile[Any]) -> Run:
    """Check a decoded file.

    Raises:
        BadInputError: it holds what cannot be judged.
    """
    suite = saved.parallel_claims
    if suite is not None and suite.schema > SCHEMA:
        message = (
            f"{path}: written in form {suite.schema}, newer than this program knows ({SCHEMA}): "
            "update parallel-claims"
        )
        raise BadInputError(message)
    benchmarks = tuple(benchmark(path, entry) for entry in saved.benchmarks)
    if not benchmarks:
        message = f"{path}: no benchmark in it: measure again"
        raise BadInputError(message)
    check_names(path, benchmarks)
    check_blocks(path, benchmarks)
    commit = saved.commit_info or Commit()
    return Run(path, known_kinds(saved.machine_info), suite, saved.datetime, commit, benchmarks)


def decode(
    path: Path, content: bytes, ours: msgspec.json.Decoder[Any] | None = None
) -> SavedFile | OurFile[Any]:
    """Decode a file's bytes.

    Raises:
        BadInputError: they are not JSON, or not of pytest-benchmark's form.
    """
    if not content.strip():
        message = f"{path}: the file is empty: measure again"
        raise BadInputError(message)
    try:
        if b'"parallel_claims"' in content:
            with contextlib.suppress(msgspec.ValidationError):
                return cast("OurFile[Any]", (ours or OURS).decode(content))
        return ANYONES.decode(content)
    except msgspec.ValidationError as error:
        message = f"{path}: {why_invalid(content, error)}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path}: {why_malformed(content, error)}"
    raise BadInputError(message)


OURS = msgspec.json.Decoder(OurFile[Info])
OUR_TIMES = msgspec.json.Decoder(OurFile[Times])
ANYONES = msgspec.json.Decoder(SavedFile)


def why_invalid(content: bytes, error: msgspec.ValidationError) -> str:
    """Say why JSON is not a saved file, and whose file it may be."""
    if "parallel_claims" in str(error):
        try:
            OURS.decode(content)
        except msgspec.ValidationError as own:
            return f"not as this suite saves it: {own}: measure again"
    known = next((tool for key, tool in OTHER_TOOLS.items() if key in content[:2000]), None)
    whose = f" (it looks like {known}'s)" if known else ""
    return f"not a file saved by pytest-benchmark{whose}: {error}"


OTHER_TOOLS = {
    b'"result_columns"': "asv",
    b'"perf_version"': "pyperf",
    b'"command":': "hyperfine",
}
"""What gives away a file of another tool, near its beginning."""


def why_malformed(content: bytes, error: Exception) -> str:
    """Say what is wrong with bytes that are not strict JSON."""
    constants: list[str] = []
    try:
        json.loads(content, parse_constant=constants.append)
    except ValueError:
        if "truncated" in str(error):
            return (
                "truncated JSON: the writing was cut off, or goes on: read again, or measure again"
            )
        return f"not JSON: {error}"
    except RecursionError:
        return "not a saved run: nested too deeply"
    if not constants:
        return f"not JSON: {error}"
    return "holds NaN or Infinity, which is no time: remove that benchmark or measure again"


def benchmark(path: Path, entry: Entry | OurEntry[Any]) -> Benchmark:
    """Check one entry.

    Raises:
        BadInputError: naming the place and the value.
    """
    data = entry.stats.data
    if not data:
        return summarised(path, entry)
    if not (min(data) > 0 and max(data) < math.inf):
        number = next(i for i, x in enumerate(data) if not (math.isfinite(x) and x > 0))
        message = (
            f"{path}: {entry.name}: stats.data[{number}] is {data[number]:g}; "
            "a time must be finite and above 0 s: measure again"
        )
        raise BadInputError(message)
    info, count = entry.info, len(data)
    for name, values in info.lists:
        if values is not None and len(values) != count:
            message = (
                f"{path}: {entry.name}: extra_info has {len(values)} values of {name!r} for "
                f"{count} rounds: measure again"
            )
            raise BadInputError(message)
    return Benchmark(entry.name, entry.fullname, entry.group, data, info.full)


def summarised(path: Path, entry: Entry | OurEntry[Any]) -> Benchmark:
    """Check an entry that was saved without its rounds.

    Raises:
        BadInputError: its summary does not say enough to judge it.
    """
    stats = entry.stats
    if stats.median is None or stats.iqr is None or not stats.rounds:
        message = (
            f"{path}: {entry.name}: saved without its rounds (stats.data) and without median, iqr "
            "and rounds: save with --benchmark-save-data or --benchmark-json"
        )
        raise BadInputError(message)
    if not (0 < stats.median < math.inf and 0 <= stats.iqr < math.inf and stats.rounds > 0):
        message = (
            f"{path}: {entry.name}: stats has median {stats.median:g}, iqr {stats.iqr:g} and "
            f"{stats.rounds} rounds: a time must be finite and above 0 s: measure again"
        )
        raise BadInputError(message)
    summary = Summary(stats.median, stats.iqr, stats.rounds)
    return Benchmark(entry.name, entry.fullname, entry.group, [], Info(), summary)


def known_kinds(machine: dict[str, Any]) -> dict[str, Any]:
    """Return what a file says of its machine, without what is not of the kind it should be."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "cpu": dict, "packages": dict, "blas": list, "usable_cpus": int, "usable_cores": int,
        "cpu_model": str, "cpu_quota": (int, float), "logical_cpus": int, "load_average": list,
        "gil": bool,
    }  # fmt: skip
    found = {k: v for k, v in machine.items() if k not in kinds or isinstance(v, kinds[k])}
    if "cpu" in found:
        words, count = ("brand_raw", "brand"), found["cpu"].get("count")
        cpu = {k: found["cpu"][k] for k in words if isinstance(found["cpu"].get(k), str)}
        found["cpu"] = cpu | ({"count": count} if isinstance(count, int) else {})
    if "packages" in found:
        found["packages"] = {k: v for k, v in found["packages"].items() if isinstance(v, str)}
    return found


def check_names(path: Path, benchmarks: Iterable[Benchmark]) -> None:
    """Check that each benchmark is there once.

    Raises:
        BadInputError: one is there twice.
    """
    seen: set[str] = set()
    for b in benchmarks:
        if b.fullname in seen:
            message = f"{path}: {b.fullname} is in it twice: rename one of them, and measure again"
            raise BadInputError(message)
        seen.add(b.fullname)


def check_blocks(path: Path, benchmarks: Iterable[Benchmark]) -> None:
    """Check that all variants of an experiment account for the same blocks.

    Raises:
        BadInputError: one has a block twice, or neither measured nor declared lost.
    """
    begun: dict[str | None, Benchmark] = {}
    for b in benchmarks:
        if b.info.blocks is None:
            continue
        first = begun.setdefault(b.group, b)
        if b.info.blocks and not 0 <= min(b.info.blocks) <= max(b.info.blocks) < MOST_BLOCKS:
            message = f"{path}: {b.name}: blocks are numbered 0 to {MOST_BLOCKS - 1}: measure again"
            raise BadInputError(message)
        same = b.info.blocks == first.info.blocks and b.info.lost == first.info.lost
        if same and (first is not b or is_range(b.info.blocks)):
            continue  # the usual case, made cheap: thousands of files are read
        expected, accounted = ({*(x.info.blocks or ()), *x.info.lost} for x in (first, b))
        if len(accounted) != len(b.info.blocks) + len(b.info.lost):
            message = f"{path}: {b.name}: a block is in it twice: measure again"
            raise BadInputError(message)
        if accounted != expected:
            message = (
                f"{path}: {b.name} accounts for {len(accounted)} blocks, {first.name} in the same "
                f"experiment ({b.group}) for {len(expected)}: unequal blocks cannot be paired; "
                "measure again"
            )
            raise BadInputError(message)


def is_range(blocks: list[int]) -> bool:
    """Say whether the blocks are 0, 1, 2 and so on: each is there once."""
    return blocks == list(range(len(blocks)))
