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


class Stats(msgspec.Struct, frozen=True):
    """The numbers of one benchmark; ``data`` are its rounds in seconds, in run order."""

    data: list[float] | None = None


class Benchmark(msgspec.Struct, frozen=True):
    """One entry of a saved file."""

    name: str
    fullname: str
    stats: Stats
    group: str | None = None
    extra_info: dict[str, Any] = {}

    @property
    def rounds(self) -> list[float]:
        """Return the seconds of every round."""
        return self.stats.data or []

    @property
    def blocks(self) -> list[int] | None:
        """Return the block of every round, None if it was not measured in blocks."""
        return self.extra_info.get("blocks")

    @property
    def lost(self) -> dict[str, str]:
        """Return the blocks in which this benchmark gave no time, with the reason."""
        return self.extra_info.get("lost") or {}

    @property
    def recorded(self) -> dict[str, list[float]]:
        """Return what was recorded beside the time: a number a round, by name."""
        return self.extra_info.get("recorded") or {}


class Suite(msgspec.Struct, frozen=True):
    """What a run measured in blocks says of itself."""

    schema: int
    scale: str = ""
    order_seed: int | None = None
    blocks: int | None = None
    partial: bool = False
    skipped: dict[str, str] = {}
    failed: dict[str, dict[str, str]] = {}
    timed_seconds: float | None = None
    wall_seconds: float | None = None
    command: str = ""


class SavedFile(msgspec.Struct, frozen=True):
    """A file as pytest-benchmark saves it."""

    benchmarks: list[Benchmark]
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

        Columns: benchmark, fullname, group, block (-1 where not measured in blocks),
        seconds, and one for each recorded number.
        """
        import pandas as pd

        parts = []
        for b in self.benchmarks:
            blocks = b.blocks if b.blocks is not None else [-1] * len(b.rounds)
            columns = {"block": blocks, "seconds": b.rounds, **b.recorded}
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
            found = sorted(p for p in path.rglob("*.json") if not p.name.startswith("."))
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
    runs = sorted((root / machine_name).rglob("[0-9]*.json"), key=lambda p: p.stat().st_mtime)
    if runs:
        return runs[-1]
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
    saved = decode(path, content)
    for benchmark in saved.benchmarks:
        check_rounds(path, benchmark)
    check_blocks(path, saved.benchmarks)
    return Run(
        path,
        saved.machine_info,
        saved.parallel_claims,
        saved.datetime,
        tuple(saved.benchmarks),
    )


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


def check_rounds(path: Path, benchmark: Benchmark) -> None:
    """Check that a benchmark has rounds, and that each is a time.

    Raises:
        BadInputError: naming the place and the value.
    """
    data = benchmark.stats.data
    if not data:
        message = (
            f"{path}: {benchmark.name}: saved without its rounds (stats.data): "
            "save with --benchmark-save-data or --benchmark-json"
        )
        raise BadInputError(message)
    for number, seconds in enumerate(data):
        if not (math.isfinite(seconds) and seconds > 0):
            message = (
                f"{path}: {benchmark.name}: stats.data[{number}] is {seconds:g}; "
                "a time must be finite and above 0 s: measure again"
            )
            raise BadInputError(message)
    for name, values in [("blocks", benchmark.blocks), *benchmark.recorded.items()]:
        if values is not None and not well_formed(values, len(data)):
            message = (
                f"{path}: {benchmark.name}: extra_info {name!r} must be a list of "
                f"{len(data)} numbers, one a round: measure again"
            )
            raise BadInputError(message)


def well_formed(values: object, count: int) -> bool:
    """Say whether ``values`` is a list of ``count`` numbers (None: not recorded)."""
    return (
        isinstance(values, list)
        and len(values) == count
        and all(value is None or isinstance(value, int | float) for value in values)
    )


def check_blocks(path: Path, benchmarks: Iterable[Benchmark]) -> None:
    """Check that all variants of an experiment account for the same blocks.

    Raises:
        BadInputError: one has a block twice, or neither measured nor declared lost.
    """
    begun: dict[str | None, tuple[str, set[int]]] = {}
    for b in benchmarks:
        if b.blocks is None:
            continue
        accounted = {*b.blocks, *(int(block) for block in b.lost)}
        if len(accounted) != len(b.blocks) + len(b.lost):
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
