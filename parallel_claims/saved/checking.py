"""What a decoded file must keep to before anything is judged by it."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from parallel_claims.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

from parallel_claims.saved import machine_facts
from parallel_claims.saved.form import (
    MOST_BLOCKS,
    SCHEMA,
    Benchmark,
    Commit,
    Entry,
    Info,
    OurEntry,
    OurFile,
    Run,
    SavedFile,
    Summary,
)

SHORTEST, LONGEST = 1e-12, 1e9
"""Seconds that a round can take: no clock tells less, and nobody waits 30 years."""

NO_TIME = f"a time lies between {SHORTEST:g} and {LONGEST:g} s: measure again"


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
    last = {b.fullname: b for b in benchmarks}  # a rerun, or merged shards
    repeated = tuple(name for name, n in Counter(b.fullname for b in benchmarks).items() if n > 1)
    benchmarks = tuple(last.values())
    if suite is None:
        benchmarks = tuple(by_block(benchmarks))
    check_blocks(path, benchmarks)
    commit = saved.commit_info or Commit()
    return Run(path, machine(path, saved), suite, saved.datetime, commit, benchmarks, repeated)


def machine(path: Path, saved: SavedFile | OurFile[Any]) -> dict[str, Any]:
    """Return what a file says of its machine, as far as it can be used.

    Raises:
        BadInputError: it is nested too deeply.
    """
    try:
        return machine_facts.known(saved.machine_info)
    except RecursionError:
        message = f"{path}: machine_info is nested too deeply: measure again"
        raise BadInputError(message) from None


def benchmark(path: Path, entry: Entry | OurEntry[Any]) -> Benchmark:
    """Check one entry.

    Raises:
        BadInputError: naming the place and the value.
    """
    data = entry.stats.data
    if not data:
        return summarised(path, entry)
    if not (min(data) >= SHORTEST and max(data) <= LONGEST):
        number = next(i for i, x in enumerate(data) if not SHORTEST <= x <= LONGEST)
        message = f"{path}: {entry.name}: stats.data[{number}] is {data[number]:g}; {NO_TIME}"
        raise BadInputError(message)
    info, count = entry.info, len(data)
    for name, values in info.lists:
        if values is not None and len(values) != count:
            message = (
                f"{path}: {entry.name}: extra_info has {len(values)} values of {name!r} for "
                f"{count} rounds: measure again"
            )
            raise BadInputError(message)
    return Benchmark(entry.name, entry.fullname, entry.group, data, info.full, params=entry.params)


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
    possible = SHORTEST <= stats.median <= LONGEST and 0 <= stats.iqr <= LONGEST
    if not (possible and 0 < stats.rounds < MOST_BLOCKS):
        message = (
            f"{path}: {entry.name}: stats has median {stats.median:g}, iqr {stats.iqr:g} and "
            f"{stats.rounds} rounds; {NO_TIME}"
        )
        raise BadInputError(message)
    summary = Summary(stats.median, stats.iqr, stats.rounds)
    return Benchmark(entry.name, entry.fullname, entry.group, [], Info(), summary, entry.params)


def by_block(benchmarks: Sequence[Benchmark]) -> Iterator[Benchmark]:
    """Yield benchmarks with one number a block, the median, where a file says each round's block.

    What no round of a benchmark is in, and others of its experiment are, is a lost block.
    """
    begun: dict[str | None, set[int]] = {}
    for b in benchmarks:
        begun.setdefault(b.group, set()).update(b.info.blocks or ())
    for b in benchmarks:
        if b.info.blocks is None or b.info.processes is None:
            yield b
            continue
        rounds: dict[int, list[float]] = {}
        for block, seconds in zip(b.info.blocks, b.rounds, strict=True):
            rounds.setdefault(block, []).append(seconds)
        process = dict(zip(b.info.blocks, b.info.processes, strict=True))
        lost = dict.fromkeys(sorted(begun[b.group] - rounds.keys()), "no round of it in this file")
        info = Info(blocks=[*rounds], processes=[process[block] for block in rounds], lost=lost)
        medians = [statistics.median(seconds) for seconds in rounds.values()]
        yield msgspec.structs.replace(b, rounds=medians, info=info)


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
        if len(accounted(b, None)) != len(b.info.blocks) + len(b.info.lost):
            message = f"{path}: {b.name}: a block is in it twice: measure again"
            raise BadInputError(message)
        end = min((x.info.left for x in (first, b) if x.info.left is not None), default=None)
        mine, others = accounted(b, end), accounted(first, end)
        if mine != others:
            message = (
                f"{path}: {b.name} accounts for {len(mine)} blocks, {first.name} in the same "
                f"experiment ({b.group}) for {len(others)}: unequal blocks cannot be paired; "
                "measure again"
            )
            raise BadInputError(message)


def accounted(b: Benchmark, end: int | None) -> set[int]:
    """Return the blocks before ``end`` that a benchmark measured, or is declared to have lost."""
    blocks = {*(b.info.blocks or ()), *b.info.lost}
    return blocks if end is None else {block for block in blocks if block < end}


def is_range(blocks: list[int]) -> bool:
    """Say whether the blocks are 0, 1, 2 and so on: each is there once."""
    return blocks == list(range(len(blocks)))
