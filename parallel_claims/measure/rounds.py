"""What becomes of each round: kept, lost or skipped; journal, saved file, pytest's reports."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.measure import bridge
from parallel_claims.measure.fixture import BLOCK, ROUND, in_json
from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    import pytest

    from parallel_claims.measure.journal import Journal

GIVE_UP_AFTER = 2
"""Failures of a variant in a row after which it is not run again."""


class Place(NamedTuple):
    """Where a round is: its block, its place in it, whether its variant is there again."""

    block: int
    position: int
    again: bool

    @property
    def suffix(self) -> str:
        """Return what tells a variant's second turn in a block from its first."""
        return AGAIN if self.again else ""


class Rounds:
    """The rounds of a run: runs each, and keeps what it gave in the journal."""

    def __init__(self, config: pytest.Config, journal: Journal, size: str) -> None:
        self.config = config
        self.journal = journal
        self.size = size
        self.timed = 0.0
        self.costs: dict[str, float] = {}
        self.skipped: dict[str, str] = {}
        self.passed: dict[str, list[pytest.TestReport]] = {}
        self.failed: set[str] = set()
        self.missed: dict[str, list[str]] = {}
        self.failures_in_a_row: dict[str, int] = {}
        self.seen: set[str] = set()
        self.interrupted = False

    @contextmanager
    def noticing_interrupts(self) -> Iterator[None]:
        """Remember Ctrl-C: raised within a destructor or a callback, it would be swallowed."""
        before = signal.getsignal(signal.SIGINT)

        def notice(number: int, frame: FrameType | None) -> None:
            self.interrupted = True
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGINT, notice)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def run(self, item: pytest.Item, nextitem: pytest.Item | None, place: Place) -> bool:
        """Run one round; say whether the variant is to be run again."""
        item.stash[BLOCK] = place.block
        item.stash.setdefault(ROUND, {}).clear()  # what an earlier block left is not this one's
        whole = bridge.entries(self.config)
        count = len(whole)
        started = time.perf_counter()
        reports = bridge.run_protocol(item, nextitem)
        self.costs[item.name] = time.perf_counter() - started
        entries = whole[count:]
        del whole[count:]
        if self.interrupted:
            raise KeyboardInterrupt
        failed = next((report for report in reports if report.failed), None)
        skipped = next((report for report in reports if report.skipped), None)
        if failed:
            return self.fail(item, place, failed)
        if skipped:
            return self.skip(item, place, skipped)
        self.passed.setdefault(item.nodeid, reports)
        if not item.stash[ROUND]:
            return self.miss(item, place, "measured nothing in this block")
        self.keep(item, place)
        for entry in entries:
            merge(whole, entry, place.suffix)
        return True

    def keep(self, item: pytest.Item, place: Place) -> None:
        """Keep a finished round."""
        measured = item.stash[ROUND]
        self.failures_in_a_row.pop(item.nodeid, None)
        self.timed += measured["seconds"]
        self.write(item, place, **measured)

    def fail(self, item: pytest.Item, place: Place, report: pytest.TestReport) -> bool:
        """Note a lost round; show a variant's first, give up after several in a row."""
        reason = bridge.failure(report)[:300]
        say(self.config, f"block {place.block + 1}: {item.name} failed: {reason}")
        if item.nodeid not in self.failed:
            self.failed.add(item.nodeid)
            item.ihook.pytest_runtest_logreport(report=report)
        return self.lose(item, place, reason)

    def miss(self, item: pytest.Item, place: Place, reason: str) -> bool:
        """Note a lost round of a test that did not fail: the summary is to tell it."""
        self.missed.setdefault(item.name, []).append(reason)
        return self.lose(item, place, reason)

    def told_of_missed(self) -> Iterator[str]:
        """Yield a line for each variant that lost rounds without having failed."""
        for name, reasons in self.missed.items():
            rounds = "1 round" if len(reasons) == 1 else f"{len(reasons)} rounds"
            yield f"{name}: {rounds} lost: {reasons[-1]}"

    def lose(self, item: pytest.Item, place: Place, reason: str) -> bool:
        """Note a round that gave no time; give a variant up after several in a row."""
        self.write(item, place, lost=reason)
        failures = self.failures_in_a_row.get(item.nodeid, 0) + 1
        self.failures_in_a_row[item.nodeid] = failures
        if failures < GIVE_UP_AFTER:
            return True
        self.journal.append(given_up=item.nodeid + place.suffix)
        return False

    def skip(self, item: pytest.Item, place: Place, report: pytest.TestReport) -> bool:
        """Leave a variant that cannot run here out of the blocks, with the reason.

        One that was measured before and skips now loses this round only.
        """
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if item.nodeid in self.passed:
            return self.miss(item, place, f"skipped: {reason}")
        self.skipped[item.name] = reason
        item.ihook.pytest_runtest_logreport(report=report)
        return False

    def write(self, item: pytest.Item, place: Place, **line: Any) -> None:
        """Append the round to the journal, after the variant when it is the first."""
        fullname = item.nodeid + place.suffix
        if fullname not in self.seen:
            self.seen.add(fullname)
            self.journal.append(variant=describe_variant(item, place.suffix, self.size))
        where = {"fullname": fullname, "block": place.block, "position": place.position}
        self.journal.append(round={**where, "at": datetime.now(UTC).isoformat(), **line})

    def report(self) -> None:
        """Let pytest report each variant once, by its first finished round."""
        for nodeid, reports in self.passed.items():
            if nodeid not in self.failed:
                for report in reports:
                    self.config.hook.pytest_runtest_logreport(report=report)

    def save(self, **closing: Any) -> Path | None:
        """Build the saved file from the journal; None if no round was finished."""
        return self.journal.finish(skipped=self.skipped, timed_seconds=self.timed, **closing)


def merge(benchmarks: list[Any], entry: Any, suffix: str) -> None:
    """Add a round to pytest-benchmark's own entry of its variant, for its table and files."""
    name = bridge.called(entry, suffix)
    same = [benchmark for benchmark in benchmarks if bridge.full_name(benchmark) == name]
    if same:
        bridge.add_round(same[0], bridge.rounds_of(entry)[0])
    else:
        benchmarks.append(entry)


def group_of(item: pytest.Item) -> str:
    """Return the experiment that an item belongs to: pytest-benchmark's group."""
    marker = item.get_closest_marker("benchmark")
    group = marker.kwargs.get("group") if marker else None
    return str(group or item.nodeid.partition("[")[0])


def describe_variant(item: pytest.Item, suffix: str, size: str) -> dict[str, Any]:
    """Return what the saved file says of a variant beside its rounds."""
    param, params = bridge.parameters(item)
    return {
        "group": group_of(item),
        "name": item.name + suffix,
        "fullname": item.nodeid + suffix,
        "param": param,
        "params": params and {name: in_json(value) for name, value in params.items()},
        "options": {"rounds_per_block": 1},
        "info": {"scale": size},
    }


def say(config: pytest.Config, text: str) -> None:
    """Write a line of progress to the terminal."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        bridge.write_line(reporter, text)
