"""The order of measurement: a pytest plugin for randomised complete blocks.

A block runs every variant once, experiment by experiment (pytest-benchmark's
group), in an order drawn from a recorded seed. Each variant stays one pytest item
with its own node id and becomes one entry of the saved file, its data in block
order. Only tests that use the ``measure`` fixture are measured in blocks.
"""

from __future__ import annotations

import math
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from _pytest.runner import runtestprotocol
from pytest_benchmark import __version__ as pytest_benchmark_version

from experiments import machine
from experiments.journal import Journal
from experiments.strategies import default_start_method
from experiments.workloads import SCALES, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GIVE_UP_AFTER = 2
"""Failures of a variant in a row after which it is not run again."""


def positive(text: str) -> int:
    """Return a whole number of at least 1, for an option."""
    import argparse

    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    message = f"{text!r} is not a whole number of at least 1"
    raise argparse.ArgumentTypeError(message)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a measuring run."""
    group = parser.getgroup("parallel-claims")
    group.addoption(
        "--scale",
        choices=list(SCALES),
        default="quick",
        help="size of the workloads; course is the course's own 100 million numbers "
        "(default: %(default)s)",
    )
    group.addoption(
        "--blocks",
        type=positive,
        metavar="N",
        help="how many blocks to measure (default: "
        + ", ".join(f"{name} {scale.blocks}" for name, scale in SCALES.items())
        + ")",
    )
    group.addoption(
        "--order-seed",
        type=int,
        metavar="N",
        help="seed of the order within blocks (default: drawn, and recorded)",
    )
    group.addoption(
        "--results",
        metavar="PATH",
        help="folder that runs are saved in; for `pytest analysis`, the saved file or "
        "folder that is judged (default: results). Outside this folder write --results=PATH, "
        "or pytest takes the path for its own root",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin's state, one object a session."""
    for section in ("17_1", "17_2", "17_3", "17_4"):
        config.addinivalue_line("markers", f"section_{section}: tests section {section}")
    config.pluginmanager.register(Blocks(config), "parallel-claims-blocks")


class Blocks:
    """Runs the measured items block by block and keeps their rounds."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.scale_name: str = config.getoption("scale")
        self.scale: Scale = SCALES[self.scale_name]
        self.count: int = config.getoption("blocks") or self.scale.blocks
        seed = config.getoption("order_seed")
        self.seed: int = random.SystemRandom().randrange(2**32) if seed is None else seed
        self.saved: Path | None = None
        self.timed = 0.0
        self.wall = 0.0
        self.variants: list[pytest.Item] = []
        self.deselected: list[str] = []
        self.skipped: dict[str, str] = {}
        self.passed: dict[str, list[pytest.TestReport]] = {}
        self.failed: set[str] = set()
        self.failures_in_a_row: dict[str, int] = {}
        self.seen: set[str] = set()
        self.round: dict[str, Any] = {}
        self.block = 0
        self.position = 0
        self.journal: Journal | None = None

    # What is measured, and in which order -------------------------------------------

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember what the user left out: those claims are not judged."""
        self.deselected += [item.name for item in items if is_measured(item)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run what is not measured first, then the measured items in blocks."""
        measured = [item for item in session.items if is_measured(item)]
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        off = self.config.option.collectonly or benchmarks.disabled or benchmarks.skip
        if not measured or off or session.testsfailed:
            return None
        self.variants = measured
        self.check_memory()
        for item in session.items:
            if not is_measured(item):
                self.config.hook.pytest_runtest_protocol(item=item, nextitem=measured[0])
                stop_if_asked(session)
        started = time.perf_counter()
        self.journal = self.start_journal()
        try:
            self.run_blocks(session)
        finally:
            self.wall = time.perf_counter() - started
        return True

    def run_blocks(self, session: pytest.Session) -> None:
        """Run block after block, telling after each how long the rest may take."""
        assert self.journal is not None
        shuffle = random.Random(self.seed)  # noqa: S311  an order, not a secret
        started = time.perf_counter()
        while self.block < self.count and self.variants:
            order = block_order(self.variants, shuffle)
            for position, item in enumerate(order):
                self.position = position
                following = order[(position + 1) % len(order)]
                self.config.hook.pytest_runtest_protocol(
                    item=item, nextitem=None if following is item else following
                )
                stop_if_asked(session)
            self.block += 1
            self.journal.append(block={"number": self.block - 1, **machine.conditions()})
            elapsed = time.perf_counter() - started
            left = elapsed / self.block * (self.count - self.block)
            self.say(
                f"block {self.block} of {self.count}: {len(order)} variants, "
                f"{elapsed:.0f} s so far, about {left:.0f} s left"
            )
        self.report_variants()

    # One round ----------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run one round of a measured item, and keep what it gave."""
        if self.journal is None or not is_measured(item):
            return None
        self.round = {}
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        count = len(benchmarks.benchmarks)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        entries = benchmarks.benchmarks[count:]
        del benchmarks.benchmarks[count:]
        failed = next((report for report in reports if report.failed), None)
        skipped = next((report for report in reports if report.skipped), None)
        if skipped and not failed:
            self.skip(item, skipped)
        elif failed:
            self.fail(item, failed)
        else:
            self.keep(item, reports, entries)
        return True

    def keep(self, item: pytest.Item, reports: list[pytest.TestReport], entries: list[Any]) -> None:
        """Keep a finished round."""
        self.failures_in_a_row.pop(item.nodeid, None)
        self.passed.setdefault(item.nodeid, reports)
        self.timed += self.round["seconds"]
        self.write_round(item, **self.round)
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        for entry in entries:
            same = [b for b in benchmarks.benchmarks if b.fullname == entry.fullname]
            if same:
                same[0].update(entry.stats.data[0])
            else:
                benchmarks.benchmarks.append(entry)

    def fail(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Note a lost round; show the first, give up after several in a row."""
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = " ".join((crash.message if crash else report.longreprtext).split())[:300]
        self.write_round(item, lost=reason)
        failures = self.failures_in_a_row.get(item.nodeid, 0) + 1
        self.failures_in_a_row[item.nodeid] = failures
        if failures >= GIVE_UP_AFTER:
            self.variants = [other for other in self.variants if other is not item]
        self.say(f"block {self.block + 1}: {item.name} failed: {reason}")
        if item.nodeid not in self.failed:
            self.failed.add(item.nodeid)
            item.ihook.pytest_runtest_logreport(report=report)

    def skip(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Leave a variant that cannot run here out of the blocks, with the reason."""
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self.skipped[item.name] = reason.removeprefix("Skipped: ")
        self.variants = [other for other in self.variants if other is not item]
        item.ihook.pytest_runtest_logreport(report=report)

    def write_round(self, item: pytest.Item, **line: Any) -> None:
        """Append the round to the journal, after the variant when it is the first."""
        assert self.journal is not None
        if item.nodeid not in self.seen:
            self.seen.add(item.nodeid)
            self.journal.append(variant=describe_variant(item))
        self.journal.append(
            round={
                "fullname": item.nodeid,
                "block": self.block,
                "position": self.position,
                "at": datetime.now(UTC).isoformat(),
                **line,
            }
        )

    # Before and after ---------------------------------------------------------------

    def check_memory(self) -> None:
        """Refuse to start what this machine's memory cannot hold.

        The array is held once by this process and in halves by two capacity workers;
        a start method other than fork sends each of two children a copy, made from
        one more.
        """
        copies = 2 if default_start_method() == "fork" else 5
        needed = machine.memory_needed(self.scale.numbers, copies)
        free = psutil.virtual_memory().available
        if needed > free:
            message = (
                f"--scale {self.scale_name} needs {needed / machine.GIB:.1f} GiB of free memory, "
                f"{free / machine.GIB:.1f} GiB are free: end other programs, or take "
                "--scale quick"
            )
            raise pytest.UsageError(message)

    def start_journal(self) -> Journal:
        """Open the journal and write what is known of the run before it starts."""
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        root = Path(self.config.getoption("results") or self.config.rootpath / "results")
        info = benchmarks.get_machine_info()
        journal = Journal(root / info["name"] / info["python_build_name"], self.scale_name)
        journal.append(
            run={
                "machine_info": info,
                "commit_info": self.config.hook.pytest_benchmark_generate_commit_info(
                    config=self.config
                ),
                "datetime": datetime.now(UTC).isoformat(),
                "version": pytest_benchmark_version,
                "suite": {
                    "scale": self.scale_name,
                    "order_seed": self.seed,
                    "blocks": self.count,
                    "command": "pytest " + " ".join(self.config.invocation_params.args),
                },
            }
        )
        self.say(
            f"scale {self.scale_name}, {len(self.variants)} variants in {self.count} blocks, "
            f"order seed {self.seed}"
        )
        return journal

    def report_variants(self) -> None:
        """Let pytest report each variant once, by its first finished round."""
        for nodeid, reports in self.passed.items():
            if nodeid not in self.failed:
                for report in reports:
                    self.config.hook.pytest_runtest_logreport(report=report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Save the run, whole or as far as it came, before pytest-benchmark ends."""
        if self.journal is not None:
            self.saved = self.journal.finish(
                skipped=self.skipped,
                partial=self.is_partial(session),
                timed_seconds=self.timed,
                wall_seconds=self.wall,
            )
        yield

    def is_partial(self, session: pytest.Session) -> bool:
        """Say whether the user chose only some of the suite's variants."""
        whole = {str(self.config.rootpath), *(str(p) for p in self.experiment_folders())}
        args = {
            str((self.config.invocation_params.dir / arg).resolve()) for arg in session.config.args
        }
        return bool(self.deselected) or not (args & whole)

    def experiment_folders(self) -> Iterator[Path]:
        """Return the folders that a run without arguments collects."""
        for name in self.config.getini("testpaths"):
            yield (self.config.rootpath / name).resolve()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run was saved and how much of it was inside timed calls."""
        if self.saved is None:
            return
        share = self.timed / self.wall if self.wall else math.nan
        terminalreporter.write_line(
            f"measured in {self.wall:.0f} s, {share:.0%} of it inside timed calls"
        )
        shown = self.saved
        if shown.is_relative_to(Path.cwd()):
            shown = shown.relative_to(Path.cwd())
        terminalreporter.write_line(f"saved: {shown}")

    def say(self, text: str) -> None:
        """Write a line of progress to the terminal."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(text)


def is_measured(item: pytest.Item) -> bool:
    """Say whether an item is measured in blocks: it uses the ``measure`` fixture."""
    return "measure" in getattr(item, "fixturenames", ())


def group_of(item: pytest.Item) -> str:
    """Return the experiment that an item belongs to: pytest-benchmark's group."""
    marker = item.get_closest_marker("benchmark")
    group = marker.kwargs.get("group") if marker else None
    return str(group or item.nodeid.partition("[")[0])


def block_order(items: Sequence[pytest.Item], shuffle: random.Random) -> list[pytest.Item]:
    """Return one block: the experiments in random order, and each one's variants too."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    order: list[pytest.Item] = []
    for name in shuffle.sample(sorted(groups), len(groups)):
        order += shuffle.sample(groups[name], len(groups[name]))
    return order


def describe_variant(item: pytest.Item) -> dict[str, Any]:
    """Return what the saved file says of a variant beside its rounds."""
    spec = getattr(item, "callspec", None)
    return {
        "group": group_of(item),
        "name": item.name,
        "fullname": item.nodeid,
        "param": spec.id if spec else None,
        "params": dict(spec.params) if spec else None,
        "options": {"rounds_per_block": 1},
        "info": {"scale": item.config.getoption("scale")},
    }


def stop_if_asked(session: pytest.Session) -> None:
    """End the session where pytest was told to (``-x``, ``--maxfail``)."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
