"""The only reader of saved results: pytest-benchmark's JSON to one tidy frame.

Everything a file can have wrong with it is found here and told in one line.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from analysis.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd


CALIBRATION = "calibration.json"
"""The name under which a machine's calibration lies beside its runs."""

NOT_JUDGED = (CALIBRATION, "_against-itself.json")
"""Ends of names of files that lie beside the runs of a folder and are none to judge."""


class Stats(msgspec.Struct, frozen=True):
    """The numbers of one benchmark; ``data`` are its rounds in seconds, in run order."""

    data: list[float] | None = None


class Info(msgspec.Struct, frozen=True):
    """What a run measured in blocks says of one benchmark, a number a round in each list.

    blocks: the block of each round; None where it was not measured in blocks.
    positions: the place of each round in its block.
    lost: the blocks in which it gave no time, with the reason.
    recorded: what was recorded beside the time, by name.
    """

    blocks: list[int] | None = None
    positions: list[int] | None = None
    lost: dict[str, str] = {}
    recorded: dict[str, list[float | None]] = {}
    start_method: str | None = None
    gil: bool | None = None


class Entry(msgspec.Struct, frozen=True):
    """One entry of a saved file, as it is saved."""

    name: str
    fullname: str
    stats: Stats
    group: str | None = None
    extra_info: dict[str, Any] = {}


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of a run, checked: it has rounds, each finite and positive."""

    name: str
    fullname: str
    group: str | None
    rounds: list[float]
    info: Info


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


class SavedFile(msgspec.Struct, frozen=True):
    """A file as pytest-benchmark saves it."""

    benchmarks: list[Entry]
    machine_info: dict[str, Any]
    datetime: str = ""
    version: str = ""
    parallel_claims: Suite | None = None


@dataclass(frozen=True)
class Run:
    """One saved run, checked: every time is finite and positive."""

    path: Path
    machine: dict[str, Any]
    suite: Suite | None
    datetime: str
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
            blocks = b.info.blocks if b.info.blocks is not None else [-1] * len(b.rounds)
            places = b.info.positions if b.info.positions is not None else [-1] * len(b.rounds)
            own = {"block": blocks, "position": places, "seconds": b.rounds}
            columns = {**b.info.recorded, **own}
            parts.append(
                pd.DataFrame(columns).assign(benchmark=b.name, fullname=b.fullname, group=b.group)
            )
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def saved_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the folders named, oldest number first.

    Raises:
        BadInputError: a path does not exist, or a folder holds no saved run.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(
                p
                for p in path.rglob("*.json")
                if not p.name.startswith(".") and not p.name.endswith(NOT_JUDGED)
            )
            if not found:
                message = f"{path}: no saved run (*.json) in this folder: measure one first"
                raise BadInputError(message)
            files += found
        elif path.exists():
            files.append(path)
        else:
            message = f"{path}: no such file or folder"
            raise BadInputError(message)
    return files


def newest(root: Path, machine_name: str) -> Path:
    """Return the newest run under ``root`` that was saved for a machine.

    Raises:
        BadInputError: there is none; the message names the machines that have some.
    """
    runs = [
        p for p in (root / machine_name).rglob("[0-9]*.json") if not p.name.endswith(NOT_JUDGED)
    ]
    if runs:
        return max(runs, key=lambda path: path.stat().st_mtime)
    others = ", ".join(sorted(p.name for p in root.glob("*/"))) or "none"
    message = (
        f"{root / machine_name}: no run saved for this machine: measure one with "
        f"`pytest --benchmark-only`, or name a path (machines with runs: {others})"
    )
    raise BadInputError(message)


def read(path: Path) -> Run:
    """Read and check one saved file.

    Raises:
        BadInputError: the file cannot be read, is not pytest-benchmark's, or holds what
            cannot be judged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    return checked(path, decode(path, content))


def from_document(path: Path, document: dict[str, Any]) -> Run:
    """Check a run that is not saved yet, as if it had been read from ``path``.

    Raises:
        BadInputError: it holds what cannot be judged.
    """
    return checked(path, msgspec.convert(document, SavedFile))


def checked(path: Path, saved: SavedFile) -> Run:
    """Check a decoded file.

    Raises:
        BadInputError: it holds what cannot be judged.
    """
    suite = saved.parallel_claims
    benchmarks = tuple(benchmark(path, entry, ours=suite is not None) for entry in saved.benchmarks)
    if not benchmarks:
        message = f"{path}: no benchmark in it: measure again"
        raise BadInputError(message)
    check_blocks(path, benchmarks)
    return Run(path, saved.machine_info, suite, saved.datetime, benchmarks)


def decode(path: Path, content: bytes) -> SavedFile:
    """Decode a file's bytes.

    Raises:
        BadInputError: they are not JSON, or not of pytest-benchmark's form.
    """
    if not content.strip():
        message = f"{path}: the file is empty: measure again"
        raise BadInputError(message)
    try:
        return msgspec.json.decode(content, type=SavedFile)
    except msgspec.ValidationError as error:
        message = f"{path}: not a file saved by pytest-benchmark: {error}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path}: {why_malformed(content, error)}"
    raise BadInputError(message)


def why_malformed(content: bytes, error: Exception) -> str:
    """Say what is wrong with bytes that are not strict JSON."""
    try:
        json.loads(content)
    except ValueError:
        if "truncated" in str(error):
            return "truncated JSON: the writing was cut off; measure again"
        return f"not JSON: {error}"
    except RecursionError:
        return "not a saved run: nested too deeply"
    return "holds NaN or Infinity, which is no time: remove that benchmark or measure again"


def benchmark(path: Path, entry: Entry, *, ours: bool) -> Benchmark:
    """Check one entry; only a run measured in blocks (``ours``) has its info read.

    Raises:
        BadInputError: naming the place and the value.
    """
    data = entry.stats.data
    if not data:
        message = (
            f"{path}: {entry.name}: saved without its rounds (stats.data): "
            "save with --benchmark-save-data or --benchmark-json"
        )
        raise BadInputError(message)
    for number, seconds in enumerate(data):
        if not (math.isfinite(seconds) and seconds > 0):
            message = (
                f"{path}: {entry.name}: stats.data[{number}] is {seconds:g}; "
                "a time must be finite and above 0 s: measure again"
            )
            raise BadInputError(message)
    try:
        info = msgspec.convert(entry.extra_info, Info) if ours else Info()
    except msgspec.ValidationError as error:
        message = f"{path}: {entry.name}: extra_info: {error}: measure again"
        raise BadInputError(message) from None
    lists = {**info.recorded, "blocks": info.blocks, "positions": info.positions}
    for name, values in lists.items():
        if values is not None and len(values) != len(data):
            message = (
                f"{path}: {entry.name}: extra_info has {len(values)} values of {name!r} for "
                f"{len(data)} rounds: measure again"
            )
            raise BadInputError(message)
    return Benchmark(entry.name, entry.fullname, entry.group, data, info)


def check_blocks(path: Path, benchmarks: Iterable[Benchmark]) -> None:
    """Check that all variants of an experiment account for the same blocks.

    Raises:
        BadInputError: one has a block twice, or neither measured nor declared lost.
    """
    begun: dict[str | None, tuple[str, set[str]]] = {}
    for b in benchmarks:
        blocks, lost = b.info.blocks, b.info.lost
        if blocks is None:
            continue
        accounted = {*map(str, blocks), *lost}
        if len(accounted) != len(blocks) + len(lost):
            message = f"{path}: {b.name}: a block is in it twice: measure again"
            raise BadInputError(message)
        first, expected = begun.setdefault(b.group, (b.name, accounted))
        if accounted != expected:
            message = (
                f"{path}: {b.name} accounts for {len(accounted)} blocks, {first} in the same "
                f"experiment ({b.group}) for {len(expected)}: unequal blocks cannot be paired; "
                "measure again"
            )
            raise BadInputError(message)
