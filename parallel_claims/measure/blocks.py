"""Measuring in randomised complete blocks, until the stopping rule ends it.

A block runs every variant once, in an order drawn from a recorded seed. Each variant
stays one pytest item with its own node id and becomes one entry of the saved file, its
data in block order. Tests that are no benchmarks run once, before all blocks.
"""

from __future__ import annotations

import gc
import math
import random
import time
import warnings
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import internal
from parallel_claims.ending import guard, patience, signals
from parallel_claims.machine import facts, naming, speeds
from parallel_claims.measure import active, bridge, order, resume, unrepeatable, widths
from parallel_claims.measure.hooks import Look, Size
from parallel_claims.measure.journal import Journal, NoRoomError, label_of, saved_form
from parallel_claims.measure.progress import Progress, line
from parallel_claims.measure.rounds import Place, Rounds, group_of
from parallel_claims.measure.slices import SLICE, Slices, next_cpu
from parallel_claims.measure.standing import Standing
from parallel_claims.measure.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

FIRST_PROBE, PROBE = 1.0, 0.1
"""Seconds for which the speeds of all CPUs are looked at, before the first block and after each."""

MUCH = 0.1
"""The share of the time above which it is told what setting fixtures up took."""


class Blocks:
    """Runs the measured items block by block and keeps their rounds."""

    def __init__(
        self, config: pytest.Config, given: Mapping[str, Any], deselected: Sequence[str]
    ) -> None:
        self.config = config
        self.given = given
        self.deselected = deselected
        self.size: Size = config.hook.pytest_blocks_size(config=config) or Size()
        self.stopping = Stopping.chosen(given, self.size)
        self.ended = "stopped early"
        self.twice: str | None = given["blocks_against_itself"]
        seed = given["blocks_seed"]
        self.seed: int = random.SystemRandom().randrange(2**32) if seed is None else seed
        self.resumed: resume.Resumed | None = None
        self.broken, self.broken_as = "", pytest.ExitCode.INTERNAL_ERROR
        self.saved: Path | None = None
        self.wall = 0.0
        self.variants: list[pytest.Item] = []
        self.block = 0
        self.place = Place(0, 0)
        self.rounds: Rounds | None = None
        self.slices = Slices(given["blocks_slice"] or SLICE)
        self.links: list[tuple[str, ...]] = []
        self.standing: Standing | None = None
        self.open: Look | None = None
        self.looks: list[int] = []
        self.by_width = False
        self.started = 0.0
        self.progress = Progress(config)
        self.signals = signals.Signals()

    @property
    def machine(self) -> str:
        """Return the name of this machine: the one given, or its own."""
        return str(self.given["blocks_machine"] or naming.machine_name())

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add the facts by which runs are told apart and judged."""
        machine_info.update(facts.describe())
        machine_info["name"] = self.machine

    def run(self, session: pytest.Session, last: Sequence[pytest.Item] = ()) -> None:
        """Run all in blocks, guarded: whatever ends it, it is saved, and nothing stays."""
        if why := guard.start():
            self.progress.say(f"not guarded: what is killed may leave processes behind: {why}")
        try:
            with self.signals.heard():
                self.run_all(session, last)
        except KeyboardInterrupt:
            gc.collect()  # now: finalizers that fail while pytest parses what it shows break that
            raise
        except NoRoomError:  # saving says where everything is
            pytest.exit("the disk takes no more", returncode=pytest.ExitCode.INTERRUPTED)

    def run_all(self, session: pytest.Session, last: Sequence[pytest.Item]) -> None:
        """Run what is not measured first, then the benchmarks in blocks; ``last`` after them."""
        measured = [item for item in session.items if bridge.is_measured(item)]
        self.variants = order.named_in(self.twice, measured) if self.twice else measured
        self.config.hook.pytest_blocks_start(config=self.config, items=self.variants)
        self.standing = Standing(session)
        self.config.pluginmanager.register(self.standing, "parallel-claims-standing")
        others = [item for item in session.items if not bridge.is_measured(item)]
        try:
            self.run_others(session, [item for item in others if item not in last])
            self.measure(session)
        finally:
            for error in self.standing.tear_down():
                if self.rounds is None:
                    raise error
                self.rounds.teardown_failed(error)
        assert self.rounds is not None
        unrepeatable.measure(self.config, self.rounds)
        self.rounds.report()
        for item, following in pairwise([*last, None]):
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            stop_if_asked(session)

    def run_others(self, session: pytest.Session, others: Sequence[pytest.Item]) -> None:
        """Run what is not measured; what it shares with benchmarks stays set up."""
        assert self.standing is not None
        modules = {item.path for item in self.variants}
        for item, following in pairwise([*others, next(iter(self.variants), None)]):
            assert item is not None
            self.standing.make_way(item)
            later: Any = item.parent if item.path in modules else following
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=later)
            stop_if_asked(session)

    def measure(self, session: pytest.Session) -> None:
        """Measure in blocks."""
        started = time.perf_counter()
        journal = self.start_journal(session)
        watch = patience.Patience(self.given["blocks_patience"] or self.size.patience)
        self.rounds = Rounds(self.config, journal, self.size.name, self.signals, watch)
        self.config.pluginmanager.register(self.slices, "parallel-claims-slices")
        try:
            self.run_blocks(session)
        finally:
            self.wall = time.perf_counter() - started + self.spent["wall"]
            if not self.stopping.fixed and self.block and self.block not in self.looks:
                self.looks.append(self.block)  # the last look is where the run ended
            self.config.pluginmanager.unregister(self.slices)

    def run_blocks(self, session: pytest.Session) -> None:
        """Run block after block until the stopping rule ends it, telling how it goes."""
        assert self.rounds is not None
        self.started = time.perf_counter() - self.spent["wall"]
        if not self.resumed:
            self.rounds.journal.append(speeds=speeds.probe(FIRST_PROBE))
        self.look()
        ended = self.gone_on() if self.resumed else None
        drawn_from = f"{self.seed} from {self.block}" if self.block else self.seed
        shuffle = random.Random(drawn_from)  # noqa: S311  an order, not a secret
        while self.variants and ended is None:
            turns = order.block(
                self.variants, shuffle, 2 if self.twice else 1, self.links, self.divisible
            )
            self.run_block(session, turns)
            self.fit()
            if self.block in self.stopping.planned:
                self.look()
            still = self.open is None or bool(self.open.open)
            ended = self.stopping.ended(self.block, self.elapsed, anything_open=still)
            self.tell(last=ended is not None)
        nothing_open = self.open is not None and not self.open.open
        self.ended = ended or ("decided" if nothing_open else "stopped early")
        if self.ended == "budget" and self.block < self.stopping.planned[0]:
            self.progress.say(
                f"the budget of {self.stopping.budget:.0f} s was spent before the first look, at "
                f"{self.stopping.planned[0]} blocks: give it more with --blocks-budget"
            )

    @property
    def spent(self) -> dict[str, float]:
        """Return the seconds that a run which is gone on with took before: wall, timed."""
        nothing = {"wall": 0.0, "timed": 0.0}
        found: dict[str, float] = (
            self.resumed.lines.last("spent", nothing) if self.resumed else nothing
        )
        return found

    def gone_on(self) -> str | None:
        """Go on where the last whole block of a run ended; say what ends it if that was all."""
        assert self.resumed is not None
        assert self.rounds is not None
        self.block, self.slices.timed = self.resumed.blocks, self.spent["timed"]
        self.looks = self.resumed.looks
        self.rounds.earlier = self.resumed.rounds()
        self.variants = [item for item in self.variants if item.nodeid not in self.resumed.gone]
        if self.block in self.stopping.planned:
            self.look()
        still = self.open is None or bool(self.open.open)
        if not self.block:
            return None
        return self.stopping.ended(self.block, self.elapsed, anything_open=still)

    def divisible(self, item: pytest.Item) -> bool:
        """Say whether a slice of a benchmark can be taken in halves."""
        kept = self.slices.kept.get(item.nodeid)
        return kept is not None and kept.divisible

    @property
    def elapsed(self) -> float:
        """Return the seconds since the first block began."""
        return time.perf_counter() - self.started

    def look(self) -> None:
        """Ask what is open, and let go of what nothing open needs."""
        assert self.rounds is not None
        if self.stopping.fixed and self.block:
            return
        if self.block and self.block not in self.looks:
            self.looks.append(self.block)
        document = self.so_far()
        if not self.block:
            document["benchmarks"] = []  # what a run had before it goes on is looked at then
        answer = self.config.hook.pytest_blocks_look(config=self.config, document=document)
        if answer is None and not self.stopping.fixed:
            answer, self.by_width = widths.look(document, self.stopping.precision), True
        self.open = answer
        self.rounds.journal.append(stopping=self.stopping_so_far())
        if answer is None or self.twice:
            return
        if self.block:
            self.keep(self.affordable(answer))
        else:
            self.links = order.links(self.variants, [q.benchmarks for q in answer.open])
            self.rounds.leave_out(answer.needless)
            self.variants = [i for i in self.variants if not order.is_named(i, answer.needless)]

    def so_far(self) -> dict[str, Any]:
        """Return the run in its saved form, as far as it came."""
        assert self.rounds is not None
        return saved_form(
            self.rounds.journal.path,
            stopping=self.stopping_so_far(),
            skipped=self.rounds.skipped,
            blocks=self.block,
        )

    def affordable(self, answer: Look) -> set[str]:
        """Return the benchmarks of what is open, as far as the time to the next look allows."""
        assert self.rounds is not None
        blocks = max(1, self.stopping.next_look(self.block) - self.block)
        seconds = (self.stopping.budget - self.elapsed) / blocks
        names, _ = active.needed(answer.open, self.rounds.costs, seconds)
        return names

    def fit(self) -> None:
        """Let go of the dearest, once a block has shown that the first look would come too late.

        Nothing is known of any verdict then, so none is touched by it.
        """
        assert self.rounds is not None
        if (
            self.block != 1
            or self.twice
            or self.stopping.fixed
            or not (self.open and self.open.open)
        ):
            return
        a_block = active.cost((item.nodeid for item in self.variants), self.rounds.costs)
        if a_block * (self.stopping.planned[0] - 1) > self.stopping.budget - self.elapsed:
            self.keep(self.affordable(self.open))

    def keep(self, names: Container[str]) -> None:
        """Go on with some benchmarks; note from where on the others are not asked for."""
        assert self.rounds is not None
        for item in self.variants:
            if not order.is_named(item, names):
                self.rounds.journal.append(left={"fullname": item.nodeid, "block": self.block})
        self.variants = [item for item in self.variants if order.is_named(item, names)]

    def stopping_so_far(self) -> dict[str, Any]:
        """Return what the saved file says of how the run came to its number of blocks."""
        if self.by_width:  # nothing was decided on the way
            return {"ended": self.ended, "precision": self.stopping.precision}
        return {
            "ended": self.ended,
            "precision": None,
            "planned": [] if self.stopping.fixed else list(self.stopping.planned),
            "looks": self.looks,
        }

    def tell(self, *, last: bool) -> None:
        """Tell how far the run is."""
        assert self.rounds is not None
        a_block = active.cost((item.nodeid for item in self.variants), self.rounds.costs)
        left = a_block * (self.stopping.most - self.block)
        left = 0.0 if last else min(left, max(0.0, self.stopping.budget - self.elapsed))
        total, open_, first = 0, 0, ""
        if self.open is not None and self.looks:
            total, open_ = self.open.total, len(self.open.open)
            first = min(self.open.open, key=lambda q: not q.first).name if open_ else ""
        text = line(
            self.block, self.stopping.most, self.elapsed, left, (total - open_, total), first
        )
        self.progress.tell(text, last=last)

    def run_block(self, session: pytest.Session, turns: Sequence[order.Turn]) -> None:
        """Run one block, and note the conditions at its end."""
        assert self.rounds is not None
        alone = self.on_one_cpu()
        cpu = next_cpu(self.block)
        for position, (item, again, share) in enumerate(turns):
            own = cpu if item.nodeid in alone else None
            self.place = Place(self.block, position, again, own, share)
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            stop_if_asked(session)
        now = {"number": self.block, **facts.conditions(), "speeds": speeds.probe(PROBE)}
        spent = {"wall": self.elapsed, "timed": self.slices.timed}
        self.rounds.journal.append(block=now, spent=spent)
        self.block += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run one round of a benchmark, and keep what it gave."""
        if self.rounds is None or self.standing is None or not bridge.is_measured(item):
            return None
        self.standing.make_way(item)
        if not self.rounds.run(item, self.place):
            self.variants = [other for other in self.variants if other is not item]
        return True

    def on_one_cpu(self) -> set[str]:
        """Return the benchmarks that stay on one CPU: marked so, or no more than their mates need.

        Of ordinary ones the first block shows how many CPUs they keep busy.
        """
        found = set()
        for mates in order.sets(self.variants, self.links, group_of):
            kept = [self.slices.kept.get(item.nodeid) for item in mates]
            alike = all(k is not None and k.one_cpu for k in kept)
            alike = alike and not any(map(bridge.is_checked, mates))
            found |= {item.nodeid for item in mates if alike or item.get_closest_marker("one_cpu")}
        return found

    def start_journal(self, session: pytest.Session) -> Journal:
        """Open the journal and write what is known of the run before it starts.

        Raises:
            UsageError: it cannot be written.
        """
        root = Path(self.given["blocks_results"] or self.config.rootpath / "results")
        run = self.described(session)
        folder = root / run["machine_info"]["name"] / run["machine_info"]["python_build_name"]
        asked = self.given["blocks_resume"]
        if asked is not None:
            self.resumed = resume.found(asked, folder, run["same"])
            self.seed = self.resumed.run["suite"]["order_seed"]
            self.progress.say(self.resumed.told)
        try:
            journal = (
                Journal.reopened(self.resumed.path, self.resumed.kept())
                if self.resumed
                else Journal.begun(folder, label_of(run["suite"]), run)
            )
        except OSError as error:
            message = (
                f"{folder}: no run can be saved there: {error.strerror}; nothing was measured: "
                "make room, or name another folder with --blocks-results=PATH"
            )
            raise pytest.UsageError(message) from None
        self.progress.say(
            f"{len(self.variants)} variants in {self.stopping}, order seed {self.seed}"
            + (f", size {self.size.name}" if self.size.name else ""),
        )
        return journal

    def described(self, session: pytest.Session) -> dict[str, Any]:
        """Return the journal's first line: what is known of the run before it starts."""
        info, commit = bridge.machine_info(self.config), bridge.commit_info(self.config)
        size, items = self.size.name, self.variants
        return {
            "machine_info": info,
            "commit_info": commit,
            "datetime": datetime.now(UTC).isoformat(),
            "version": bridge.benchmark_version(),
            "same": resume.described(self.config, self.given, (info, commit, size), items),
            "suite": {
                "scale": size,
                "order_seed": self.seed,
                "against_itself": self.twice is not None,
                "partial": bool(self.deselected or self.twice) or order.chosen(session),
                "command": "pytest " + " ".join(self.config.invocation_params.args),
            },
        }

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Save the run, whole or as far as it came, before pytest-benchmark ends."""
        try:
            if self.rounds is not None:
                self.saved = self.rounds.save(
                    timed_seconds=self.slices.timed,
                    blocks=self.block,
                    stopping=self.stopping_so_far(),
                    wall_seconds=self.wall,
                )
        except NoRoomError as error:
            self.broken, self.broken_as = str(error), pytest.ExitCode.INTERRUPTED
        except Exception as error:  # noqa: BLE001  raised here, pytest would end with 1
            assert self.rounds is not None
            self.break_down(error, f"what was measured is in {self.rounds.journal.path}")
        finally:
            signals.put_back()
        yield
        session.exitstatus = self.signals.exit_status or session.exitstatus
        if self.signals.ended_by:
            signals.end_children()
        if self.broken:  # here, or where the summary is told
            session.exitstatus = self.broken_as

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self) -> None:
        """Take what an interrupt cut off in a finalizer or a thread for no error of anybody's.

        Where warnings are errors, pytest would end with a traceback and 1.
        """
        if self.signals.ended_by:
            warnings.simplefilter("ignore", pytest.PytestUnraisableExceptionWarning)
            warnings.simplefilter("ignore", pytest.PytestUnhandledThreadExceptionWarning)

    def break_down(self, error: Exception, kept: str) -> None:
        """Note an error of ours at the end of a session, in a line with what is kept."""
        self.broken = f"{internal.told(error)}; {kept}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run was saved and how much of it was inside timed calls."""
        if self.rounds is None:
            return
        for line_ in self.rounds.told_of_missed():
            terminalreporter.write_line(line_)
        if self.broken:
            terminalreporter.write_line(self.broken)
            return
        if self.saved is None:
            terminalreporter.write_line("nothing was measured: no run is saved")
            return
        share = self.slices.timed / self.wall if self.wall else math.nan
        terminalreporter.write_line(
            f"measured in {self.wall:.0f} s, {share:.0%} of it inside timed calls"
        )
        if self.rounds.setting_up > MUCH * self.wall:
            terminalreporter.write_line(
                f"{self.rounds.setting_up / self.wall:.0%} of it setting fixtures up: those of "
                "single tests in each block, those with parameters at each change of value"
            )
        shown = self.saved
        if shown.is_relative_to(Path.cwd()):
            shown = shown.relative_to(Path.cwd())
        terminalreporter.write_line(f"saved: {shown}")


def stop_if_asked(session: pytest.Session) -> None:
    """End the session where pytest was told to (``-x``, ``--maxfail``)."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
