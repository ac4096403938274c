"""What becomes of each round: kept, lost or skipped; journal, saved file, pytest's reports."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from _pytest.runner import runtestprotocol

from experiments.measure import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    import pytest

    from experiments.journal import Journal

AGAIN = " again"
"""What a variant's name ends in where it is measured against itself."""

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

    def __init__(self, config: pytest.Config, journal: Journal) -> None:
        self.config = config
        self.journal = journal
        self.timed = 0.0
        self.skipped: dict[str, str] = {}
        self.passed: dict[str, list[pytest.TestReport]] = {}
        self.failed: set[str] = set()
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
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        count = len(benchmarks.benchmarks)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        entries = benchmarks.benchmarks[count:]
        del benchmarks.benchmarks[count:]
        if self.interrupted:
            raise KeyboardInterrupt
        failed = next((report for report in reports if report.failed), None)
        skipped = next((report for report in reports if report.skipped), None)
        if failed:
            return self.fail(item, place, failed)
        if skipped:
            return self.skip(item, skipped)
        self.keep(item, place, reports)
        for entry in entries:
            merge(benchmarks.benchmarks, entry, place.suffix)
        return True

    def keep(self, item: pytest.Item, place: Place, reports: list[pytest.TestReport]) -> None:
        """Keep a finished round."""
        measured = item.stash[ROUND]
        self.failures_in_a_row.pop(item.nodeid, None)
        self.passed.setdefault(item.nodeid, reports)
        self.timed += measured["seconds"]
        self.write(item, place, **measured)

    def fail(self, item: pytest.Item, place: Place, report: pytest.TestReport) -> bool:
        """Note a lost round; show a variant's first, give up after several in a row."""
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = " ".join((crash.message if crash else report.longreprtext).split())[:300]
        self.write(item, place, lost=reason)
        say(self.config, f"block {place.block + 1}: {item.name} failed: {reason}")
        if item.nodeid not in self.failed:
            self.failed.add(item.nodeid)
            item.ihook.pytest_runtest_logreport(report=report)
        failures = self.failures_in_a_row.get(item.nodeid, 0) + 1
        self.failures_in_a_row[item.nodeid] = failures
        if failures < GIVE_UP_AFTER:
            return True
        self.journal.append(given_up=item.nodeid + place.suffix)
        return False

    def skip(self, item: pytest.Item, report: pytest.TestReport) -> bool:
        """Leave a variant that cannot run here out of the blocks, with the reason."""
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self.skipped[item.name] = reason.removeprefix("Skipped: ")
        item.ihook.pytest_runtest_logreport(report=report)
        return False

    def write(self, item: pytest.Item, place: Place, **line: Any) -> None:
        """Append the round to the journal, after the variant when it is the first."""
        fullname = item.nodeid + place.suffix
        if fullname not in self.seen:
            self.seen.add(fullname)
            self.journal.append(variant=describe_variant(item, place.suffix))
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
    entry.name += suffix
    entry.fullname += suffix
    same = [benchmark for benchmark in benchmarks if benchmark.fullname == entry.fullname]
    if same:
        same[0].update(entry.stats.data[0])
    else:
        benchmarks.append(entry)


def is_measured(item: pytest.Item) -> bool:
    """Say whether an item is measured in blocks: it uses the ``measure`` fixture."""
    return "measure" in getattr(item, "fixturenames", ())


def group_of(item: pytest.Item) -> str:
    """Return the experiment that an item belongs to: pytest-benchmark's group."""
    marker = item.get_closest_marker("benchmark")
    group = marker.kwargs.get("group") if marker else None
    return str(group or item.nodeid.partition("[")[0])


def describe_variant(item: pytest.Item, suffix: str) -> dict[str, Any]:
    """Return what the saved file says of a variant beside its rounds."""
    spec = getattr(item, "callspec", None)
    return {
        "group": group_of(item),
        "name": item.name + suffix,
        "fullname": item.nodeid + suffix,
        "param": spec.id if spec else None,
        "params": dict(spec.params) if spec else None,
        "options": {"rounds_per_block": 1},
        "info": {"scale": item.config.getoption("scale")},
    }


def say(config: pytest.Config, text: str) -> None:
    """Write a line of progress to the terminal."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(text)
        reporter.flush()  # a log file shows progress too
