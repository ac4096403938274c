"""What becomes of each round: kept, lost or skipped; journal, saved file, pytest's reports."""

from __future__ import annotations

import json
import time
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.measure import bridge
from parallel_claims.measure.slices import ROUND, TURN, Turn, remove_folder
from parallel_claims.saved.form import Info
from parallel_claims.saved.names import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pytest

    from parallel_claims.ending.patience import Patience
    from parallel_claims.ending.signals import Signals
    from parallel_claims.measure.journal import Journal

GIVE_UP_AFTER = 2
"""Failures of a variant in a row after which it is not run again."""


class Place(NamedTuple):
    """Where a round is: its block, its place in it, whether its variant is there again.

    cpu: the CPU to stay on, None for any. share: how much of a slice is taken in this turn;
    the halves of a slice make one round.
    """

    block: int
    position: int
    again: bool = False
    cpu: int | None = None
    share: float = 1.0

    @property
    def suffix(self) -> str:
        """Return what tells a variant's second turn in a block from its first."""
        return AGAIN if self.again else ""


class Rounds:
    """The rounds of a run: runs each, and keeps what it gave in the journal."""

    def __init__(
        self,
        config: pytest.Config,
        journal: Journal,
        size: str,
        signals: Signals,
        patience: Patience,
    ) -> None:
        self.config = config
        self.journal = journal
        self.size = size
        self.signals = signals
        self.patience = patience
        self.costs: dict[str, float] = {}
        self.skipped: dict[str, str] = {}
        self.earlier: dict[str, list[tuple[int, float]]] = {}
        self.passed: dict[str, list[pytest.TestReport]] = {}
        self.failed: set[str] = set()
        self.missed: dict[str, list[str]] = {}
        self.failures_in_a_row: dict[str, int] = {}
        self.seen: set[str] = set()
        self.entries: dict[str, Any] = {}
        self.halves: dict[str, tuple[int, float]] = {}
        self.setting_up = 0.0
        self.unrepeatable: dict[str, str] = {}

    def run(self, item: pytest.Item, place: Place) -> bool:
        """Run one round; say whether the variant is to be run again."""
        item.stash[TURN] = Turn(place.cpu, place.share)
        item.stash[ROUND] = {}  # what an earlier block left is not this one's
        self.signals.resumed = False
        whole = bridge.entries(self.config)
        count = len(whole)
        started = time.perf_counter()
        with self.patience.over():
            reports = bridge.run_protocol(item, item.parent)
        self.cost(item, time.perf_counter() - started, place)
        entries = whole[count:]
        del whole[count:]
        if self.signals.ended_by:
            raise KeyboardInterrupt
        if self.signals.resumed:
            return self.pause(item, place)
        failed = next((report for report in reports if report.failed), None)
        skipped = next((report for report in reports if report.skipped), None)
        if failed:
            return self.fail(item, place, failed)
        remove_folder(item)
        if skipped:
            return self.skip(item, place, skipped)
        self.add_durations(item.nodeid, reports)
        if not item.stash[ROUND]:
            return self.miss(item, place, "measured nothing in this block")
        (entry,) = entries
        self.keep(item, place, entry)
        return True

    def cost(self, item: pytest.Item, seconds: float, place: Place) -> None:
        """Note what a round takes with all around it, by both names of its variant."""
        first = self.costs.get(item.nodeid, 0.0) if self.halves.get(item.nodeid) else 0.0
        for name in (item.name, item.nodeid):
            self.costs[name] = seconds + (first if place.share < 1 else 0.0)

    def add_durations(self, nodeid: str, reports: list[pytest.TestReport]) -> None:
        """Add what a round took to the variant's reports: those of its first passed round."""
        self.setting_up += reports[0].duration
        if nodeid not in self.passed:
            self.passed[nodeid] = reports
            return
        for whole, report in zip(self.passed[nodeid], reports, strict=False):
            whole.duration += report.duration

    def keep(self, item: pytest.Item, place: Place, entry: Any) -> None:
        """Keep a finished round; of the first half of one, wait for the other."""
        self.failures_in_a_row.pop(item.nodeid, None)
        measured = item.stash[ROUND]
        if place.share < 1:
            first = self.halves.pop(item.nodeid, None)
            if first is None or first[0] != place.block:
                self.halves[item.nodeid] = (place.block, measured["seconds"])
                return
            measured["seconds"] = (first[1] + measured["seconds"]) / 2
        info = {own_name(k): in_json(v) for k, v in bridge.own_info(entry).items()}
        measured["info"] = info | measured.get("info", {})
        self.merge(entry, place, measured["seconds"])
        self.write(item, place, entry, **measured)

    def merge(self, entry: Any, place: Place, seconds: float) -> None:
        """Add a round to pytest-benchmark's own entry of its variant, for its table and files."""
        name = bridge.called(entry, place.suffix)
        first = self.entries.get(name)
        if first is None:
            first = self.entries[name] = entry
            bridge.rounds_of(entry).clear()
            bridge.entries(self.config).append(entry)
        bridge.add_round(first, seconds)
        bridge.own_info(first).setdefault("blocks", []).append(place.block)

    def fail(self, item: pytest.Item, place: Place, report: pytest.TestReport) -> bool:
        """Note a lost round; show a variant's first, give up after several in a row."""
        reason = bridge.failure(report)[:300]
        if self.repeated_once(item):
            self.unrepeatable[item.nodeid] = reason
            self.write(item, place, lost=reason)
            return False
        self.say(f"block {place.block + 1}: {item.name} failed: {reason}")
        if item.nodeid not in self.failed:
            self.failed.add(item.nodeid)
            item.ihook.pytest_runtest_logreport(report=report)
        return self.lose(item, place, reason)

    def repeated_once(self, item: pytest.Item) -> bool:
        """Say whether this was the second run of a test that checks nothing of ours."""
        entry = self.entries.get(item.nodeid)
        once = entry is not None and len(bridge.rounds_of(entry)) == 1
        return once and item.nodeid not in self.failed and not bridge.is_checked(item)

    def miss(self, item: pytest.Item, place: Place, reason: str) -> bool:
        """Note a lost round of a test that did not fail: the summary is to tell it."""
        self.missed.setdefault(item.name, []).append(reason)
        return self.lose(item, place, reason)

    def pause(self, item: pytest.Item, place: Place) -> bool:
        """Note a round that the process was stopped in: no failure of the test's."""
        self.halves.pop(item.nodeid, None)
        reason = "the run was stopped and went on within this round"
        self.missed.setdefault(item.name, []).append(reason)
        self.write(item, place, lost=reason)
        return True

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
        reason = bridge.why_skipped(report)
        if item.nodeid in self.passed:
            return self.miss(item, place, f"skipped: {reason}")
        self.leave_out({item.name: reason})
        item.ihook.pytest_runtest_logreport(report=report)
        return False

    def leave_out(self, reasons: Mapping[str, str]) -> None:
        """Note variants that are not measured, with the reason of each."""
        self.skipped |= reasons
        if reasons:
            self.journal.append(skipped=dict(reasons))

    def write(self, item: pytest.Item, place: Place, entry: Any = None, **line: Any) -> None:
        """Append the round to the journal, after the variant when it is the first."""
        fullname = item.nodeid + place.suffix
        if fullname not in self.seen:
            self.seen.add(fullname)
            variant = describe_variant(item, place.suffix, self.size)
            if entry is not None and bridge.group(entry):
                variant["group"] = bridge.group(entry)
            self.journal.append(variant=variant)
        where = {"fullname": fullname, "block": place.block, "position": place.position}
        self.journal.append(round={**where, "at": datetime.now(UTC).isoformat(), **line})

    def report(self) -> None:
        """Let pytest report each variant once, by its first finished round."""
        for nodeid, reports in self.passed.items():
            if nodeid not in self.failed:
                for report in reports:
                    self.config.hook.pytest_runtest_logreport(report=report)

    def teardown_failed(self, error: BaseException) -> None:
        """Report what tearing down the fixtures that stood all the time raised."""
        reports = next(reversed(self.passed.values()), [])
        if not reports:
            raise error
        words = f"teardown of the fixtures that stay up over all blocks: {error!r}"
        last = copy(reports[-1])
        last.outcome, last.longrepr = "failed", words
        self.config.hook.pytest_runtest_logreport(report=last)

    def replace(self, nodeid: str, times: Sequence[float]) -> None:
        """Replace what a benchmark gave in blocks by rounds that were measured without them."""
        entry = self.entries[nodeid]
        bridge.own_info(entry).pop("blocks", None)
        bridge.rounds_of(entry).clear()
        for seconds in times:
            bridge.add_round(entry, seconds)

    def say(self, text: str) -> None:
        """Write a line of progress to the terminal."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            bridge.write_line(reporter, text)

    def add_earlier(self) -> None:
        """Add what a run had before it went on to pytest-benchmark's own entries."""
        for name, rounds in self.earlier.items():
            if (entry := self.entries.get(name)) is not None:
                bridge.rounds_of(entry)[:0] = [seconds for _, seconds in rounds]
                blocks = bridge.own_info(entry).get("blocks", [])
                blocks[:0] = [block for block, _ in rounds]

    def save(self, **closing: Any) -> Path | None:
        """Build the saved file from the journal; None if no round was finished."""
        self.add_earlier()
        return self.journal.finish(skipped=self.skipped, **closing)


def own_name(key: str) -> str:
    """Return a key of a test's own ``extra_info``, told apart from those that are ours."""
    return f"{key} (of the test)" if key in Info.__struct_fields__ else key


def in_json(value: object) -> Any:
    """Return a value as JSON has it; what it cannot hold as pytest-benchmark writes that."""

    def words(unknown: object) -> str:
        return f"UNSERIALIZABLE[{unknown!r}]"

    try:
        return json.loads(json.dumps(value, allow_nan=False, default=words))
    except (TypeError, ValueError, RecursionError):  # keys, nan, circles
        return words(value)


def group_of(item: pytest.Item) -> str:
    """Return the experiment that an item belongs to: pytest-benchmark's group, or its function."""
    return named_group(item) or item.nodeid.partition("[")[0]


def named_group(item: pytest.Item) -> str:
    """Return the group that pytest-benchmark's marker names, empty if it names none."""
    marker = item.get_closest_marker("benchmark")
    return str((marker.kwargs.get("group") if marker else None) or "")


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
