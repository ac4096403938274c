"""The order of measurement: a pytest plugin for randomised complete blocks.

A block runs every variant once, experiment by experiment (pytest-benchmark's
group), in an order drawn from a recorded seed. Each variant stays one pytest item
with its own node id and becomes one entry of the saved file, its data in block
order. Only tests that use the ``measure`` fixture are measured in blocks.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from pytest_benchmark import __version__ as pytest_benchmark_version

from experiments import machine, stopping
from experiments.journal import Journal, saved_form
from experiments.rounds import Place, Rounds, group_of, is_measured, say
from experiments.stopping import Stopping
from experiments.strategies import default_start_method
from experiments.workloads import SCALES, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRESS_EVERY = 1.0
"""Seconds between two lines of progress, at least."""


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
    stopping.add_options(group)
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
    group.addoption(
        "--machine",
        metavar="NAME",
        type=machine_option,
        help="name of this machine in the results (default: made of its processor, usable CPUs "
        "and memory)",
    )
    group.addoption(
        "--against-itself",
        metavar="NAMES",
        help="measure only these variants (names separated by commas), each twice a block: "
        "whatever differs then is noise",
    )


def machine_option(text: str) -> str:
    """Check the value of --machine."""
    try:
        return machine.checked_name(text)
    except ValueError as error:
        message = f"a machine's name {error} (here: {text!r})"
        raise argparse.ArgumentTypeError(message) from None


class Hooks:
    """What the plugin asks of others."""

    @pytest.hookspec(firstresult=True)
    def pytest_blocks_open(
        self, config: pytest.Config, document: dict[str, Any], precision: float
    ) -> dict[str, tuple[str, tuple[str, ...]]] | None:
        """Say what is not measured precisely enough, from the saved form so far.

        Returns for each open claim its width in words and the benchmarks it looks at.
        Without an answer everything stays open.
        """


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register what the plugin asks of others."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin's state, one object a session."""
    config.addinivalue_line("markers", "beyond: asks a question beyond the course")
    for section in ("17_1", "17_2", "17_3", "17_4"):
        config.addinivalue_line("markers", f"section_{section}: tests section {section}")
    config.pluginmanager.register(Blocks(config), "parallel-claims-blocks")


class Blocks:
    """Runs the measured items block by block and keeps their rounds."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.scale_name: str = config.getoption("scale")
        self.scale: Scale = SCALES[self.scale_name]
        self.stopping = Stopping.chosen(config, self.scale)
        self.ended = "stopped early"
        self.twice: str | None = config.getoption("against_itself")
        seed = config.getoption("order_seed")
        self.seed: int = random.SystemRandom().randrange(2**32) if seed is None else seed
        self.saved: Path | None = None
        self.wall = 0.0
        self.variants: list[pytest.Item] = []
        self.deselected: list[str] = []
        self.block = 0
        self.position = 0
        self.again = False
        self.rounds: Rounds | None = None

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
        self.variants = self.chosen_twice(measured) if self.twice else measured
        self.check_memory()
        others = [item for item in session.items if not is_measured(item)]
        for item, following in pairwise([*others, None]):
            assert item is not None
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            stop_if_asked(session)
        started = time.perf_counter()
        self.rounds = Rounds(self.config, self.start_journal(session))
        try:
            with self.rounds.noticing_interrupts():
                self.run_blocks(session)
        finally:
            self.wall = time.perf_counter() - started
        return True

    def chosen_twice(self, measured: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Return the variants named by --against-itself.

        Raises:
            pytest.UsageError: a name that no variant has.
        """
        names = str(self.twice).split(",")
        known = {item.name: item for item in measured}
        for name in names:
            if name not in known:
                message = f"--against-itself: no variant {name!r} here: {', '.join(known)}"
                raise pytest.UsageError(message)
        return [known[name] for name in names]

    def run_blocks(self, session: pytest.Session) -> None:
        """Run block after block until the stopping rule ends it, telling how it goes."""
        assert self.rounds is not None
        shuffle = random.Random(self.seed)  # noqa: S311  an order, not a secret
        started = time.perf_counter()
        told = -PROGRESS_EVERY
        left_open = {group_of(item): "" for item in self.variants}
        while active := [item for item in self.variants if group_of(item) in left_open]:
            order = block_order(active, shuffle, copies=2 if self.twice else 1)
            self.run_block(session, order)
            elapsed = time.perf_counter() - started
            words = ""
            if self.stopping.looks(self.block):
                left_open, words = self.still_open()
            ended = self.stopping.ended(self.block, elapsed, anything_open=bool(left_open))
            if ended is not None or elapsed - told >= PROGRESS_EVERY:
                say(self.config, self.progress(len(order), elapsed, words))
                told = elapsed
            if ended is not None:
                self.ended = ended
                break
        if self.ended == "budget" and self.block == self.stopping.fewest:
            say(
                self.config,
                f"the budget of {self.stopping.budget:.0f} s is less than the fewest blocks "
                f"({self.stopping.fewest}) take: these were measured all the same",
            )
        self.rounds.report()

    def run_block(self, session: pytest.Session, order: list[tuple[pytest.Item, bool]]) -> None:
        """Run one block, and note the conditions at its end."""
        assert self.rounds is not None
        for position, (item, again) in enumerate(order):
            self.position, self.again = position, again
            # None tears everything down: what comes after this block is not known yet
            following = order[position + 1][0] if position + 1 < len(order) else None
            self.config.hook.pytest_runtest_protocol(
                item=item, nextitem=None if following is item else following
            )
            stop_if_asked(session)
        self.rounds.journal.append(block={"number": self.block, **machine.conditions()})
        self.block += 1

    def still_open(self) -> tuple[dict[str, str], str]:
        """Return the experiments that are not precise enough yet, and why in words.

        An experiment that has no open claim drops out.
        """
        assert self.rounds is not None
        document = saved_form(self.rounds.journal.path)
        answer = self.config.hook.pytest_blocks_open(
            config=self.config, document=document, precision=self.stopping.precision
        )
        if answer is None:
            return {group_of(item): "" for item in self.variants}, ""
        groups = {entry["name"]: entry["group"] for entry in document["benchmarks"]}
        left = {
            groups[name]: width
            for width, names in answer.values()
            for name in names
            if name in groups
        }
        first = next((f"{claim} {width}" for claim, (width, _) in answer.items()), "")
        more = f" and {len(answer) - 1} more" if len(answer) > 1 else ""
        return left, f"; open: {first}{more}" if first else "; every interval is narrow enough"

    def progress(self, variants: int, elapsed: float, words: str) -> str:
        """Describe how far the run is: block i of n, the time, what is open."""
        left = elapsed / self.block * (self.stopping.most - self.block)
        if self.stopping.precision is not None:
            left = min(left, max(0.0, self.stopping.budget - elapsed))
        at_most = "at most " if self.stopping.precision is not None else ""
        return (
            f"block {self.block} of {at_most}{self.stopping.most}: {variants} variants, "
            f"{elapsed:.0f} s so far, {at_most or 'about '}{left:.0f} s left{words}"
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run one round of a measured item, and keep what it gave."""
        if self.rounds is None or not is_measured(item):
            return None
        place = Place(self.block, self.position, again=self.again)
        if not self.rounds.run(item, nextitem, place):
            self.variants = [other for other in self.variants if other is not item]
        return True

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

    def start_journal(self, session: pytest.Session) -> Journal:
        """Open the journal and write what is known of the run before it starts."""
        benchmarks: Any = self.config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
        root = Path(self.config.getoption("results") or self.config.rootpath / "results")
        info = benchmarks.get_machine_info()
        label = f"{self.scale_name}_against-itself" if self.twice else self.scale_name
        journal = Journal(root / info["name"] / info["python_build_name"], label)
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
                    "against_itself": self.twice is not None,
                    "partial": self.is_partial(session),
                    "command": "pytest " + " ".join(self.config.invocation_params.args),
                },
            }
        )
        say(
            self.config,
            f"scale {self.scale_name}, {len(self.variants)} variants in {self.stopping}, "
            f"order seed {self.seed}",
        )
        return journal

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """Save the run, whole or as far as it came, before pytest-benchmark ends."""
        if self.rounds is not None:
            self.saved = self.rounds.save(
                blocks=self.block,
                stopping={"ended": self.ended, "precision": self.stopping.precision},
                wall_seconds=self.wall,
            )
        yield

    def is_partial(self, session: pytest.Session) -> bool:
        """Say whether the user chose only some of the suite's variants."""
        whole = {str(self.config.rootpath), *(str(p) for p in self.experiment_folders())}
        args = {
            str((self.config.invocation_params.dir / arg).resolve()) for arg in session.config.args
        }
        return bool(self.deselected or self.twice) or not (args & whole)

    def experiment_folders(self) -> Iterator[Path]:
        """Return the folders that a run without arguments collects."""
        for name in self.config.getini("testpaths"):
            yield (self.config.rootpath / name).resolve()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run was saved and how much of it was inside timed calls."""
        if self.saved is None or self.rounds is None:
            return
        share = self.rounds.timed / self.wall if self.wall else math.nan
        terminalreporter.write_line(
            f"measured in {self.wall:.0f} s, {share:.0%} of it inside timed calls"
        )
        shown = self.saved
        if shown.is_relative_to(Path.cwd()):
            shown = shown.relative_to(Path.cwd())
        terminalreporter.write_line(f"saved: {shown}")


def block_order(
    items: Sequence[pytest.Item], shuffle: random.Random, copies: int = 1
) -> list[tuple[pytest.Item, bool]]:
    """Return one block: the experiments in random order, and each one's variants too.

    Each item comes ``copies`` times, with whether it is there again. Every block is
    drawn independently: counterbalanced orders (ABBA) make the signs of differences in
    drifting noise depend on each other, and intervals too narrow.
    """
    groups: dict[str, list[tuple[pytest.Item, bool]]] = {}
    for item in items:
        turns = [(item, copy > 0) for copy in range(copies)]
        groups.setdefault(group_of(item), []).extend(turns)
    order: list[tuple[pytest.Item, bool]] = []
    for name in shuffle.sample(sorted(groups), len(groups)):
        order += shuffle.sample(groups[name], len(groups[name]))
    return order


def stop_if_asked(session: pytest.Session) -> None:
    """End the session where pytest was told to (``-x``, ``--maxfail``)."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
