"""A session that measures in blocks: ordinary tests run in it, benchmarks in workers.

Tests that are no benchmarks run once, in pytest's order: those that stand before the first
benchmark before it is measured, the others after all benchmarks.
"""

from __future__ import annotations

import math
import os
import random
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge, internal
from parallel_claims.engine import resume
from parallel_claims.engine.controller import Controller, Wish
from parallel_claims.engine.lanes import Lanes, Launch, StoppedError, clean_environment
from parallel_claims.engine.narrator import Progress
from parallel_claims.engine.questions import Size
from parallel_claims.engine.recorder import Recorder, as_benchmark, named_group
from parallel_claims.engine.schedule import widths
from parallel_claims.engine.schedule.schedule import Schedule
from parallel_claims.engine.schedule.stopping import Stopping
from parallel_claims.errors import BadInputError
from parallel_claims.journal.writing import Journal, NoRoomError, label_of
from parallel_claims.machine import cpus, naming, speeds
from parallel_claims.plugin import heard
from parallel_claims.processes import belongings, guard
from parallel_claims.processes.signals import Signals
from parallel_claims.saved import reading

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from parallel_claims.engine.questions import Look
    from parallel_claims.saved.form import Run

SLICE = 0.02
"""Seconds of a slice, unless told otherwise: as long as noise usually lasts, or shorter."""

START = (
    "import os, sys; sys.path[:] = sys.argv.pop(1).split(os.pathsep); "
    "import pytest; sys.exit(pytest.console_main())"
)
"""A worker's program: pytest, with the import path that this process began with."""

MOST_TRIED = 5
"""Ordinary tests that are run behind the benchmarks of their module, at most."""

IMPORT_PATH = tuple(sys.path)
"""Where this process imports from, before any test has changed it."""


class Blocks:
    """Measures the benchmarks of a session in blocks."""

    def __init__(
        self, config: pytest.Config, given: Mapping[str, Any], deselected: Sequence[str]
    ) -> None:
        self.config = config
        self.given = given
        self.deselected = deselected
        self.size: Size = config.hook.pytest_blocks_size(config=config) or Size()
        try:
            self.stopping = Stopping.chosen(given, self.size)
        except BadInputError as error:
            raise pytest.UsageError(str(error)) from None
        self.twice: str | None = given["blocks_against_itself"]
        seed = given["blocks_seed"]
        self.seed: int = random.SystemRandom().randrange(2**32) if seed is None else seed
        self.resumed: resume.Resumed | None = None
        self.broken, self.broken_as = "", pytest.ExitCode.INTERNAL_ERROR
        self.saved: Path | None = None
        self.wall = 0.0
        self.items: list[pytest.Item] = []
        self.notes: list[str] = []
        self.tried: list[str] = []
        self.controller: Controller | None = None
        self.progress = Progress(config)
        self.signals = Signals()

    @property
    def machine(self) -> str:
        """Return the name of this machine: the one given, or its own."""
        return str(self.given["blocks_machine"] or naming.machine_name())

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add the facts by which runs are told apart and judged."""
        machine_info.update(heard.facts_of(self.machine))

    def run(self, session: pytest.Session) -> None:
        """Run all, guarded: whatever ends it, what was measured is saved, and nothing stays."""
        self.signals.hear()
        if why := guard.start():
            self.progress.say(f"not guarded: what is killed may leave processes behind: {why}")
        if why := cpus.uncounted():
            self.progress.say(f"{why}: counted by affinity and quota")
        measured = [item for item in session.items if bridge.may_be_measured(item)]
        self.items = self.named(measured)
        first = session.items.index(measured[0])
        others = [item for item in session.items if item not in measured]
        before = [item for item in others if session.items.index(item) < first]
        self.config.hook.pytest_blocks_start(config=self.config, items=self.items)
        self.run_ordinary(session, before)
        self.measure(session)
        self.stop_if_asked(session)
        self.run_ordinary(session, others[len(before) :])

    def named(self, measured: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Return what is measured: all, or what --blocks-against-itself names.

        Raises:
            pytest.UsageError: a name that no benchmark has.
        """
        if not self.twice:
            return [*{item.nodeid: item for item in measured}.values()]
        names, known = self.twice.split(","), {item.name: item for item in measured}
        for name in names:
            if name not in known:
                message = f"--blocks-against-itself: no variant {name!r} here: {', '.join(known)}"
                raise pytest.UsageError(message)
        return [known[name] for name in names]

    def run_ordinary(self, session: pytest.Session, tests: Sequence[pytest.Item]) -> None:
        """Run tests that are no benchmarks, as pytest does; signals are pytest's meanwhile."""
        with self.signals.as_before():
            for item, following in pairwise([*tests, None]):
                assert item is not None
                plain = len(bridge.entries(self.config))
                self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if len(bridge.entries(self.config)) > plain:
                    self.notes.append(
                        f"{item.nodeid}: not measured in blocks: that it uses the fixture is not "
                        "seen before it runs: let the test take benchmark as an argument"
                    )
                self.stop_if_asked(session)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Run a test that fails here once more behind the benchmarks of its module.

        It may sum up what they leave there: in this process they did not run.
        """
        report = yield
        before = self.before(item) if call.when == "call" and report.failed else []
        if not before or self.controller is None or len(self.tried) == MOST_TRIED:
            return report
        self.tried.append(item.nodeid)
        done = self.controller.behind(before, item.nodeid)
        if done is None or done.failed:
            return report
        self.notes.append(
            f"{item.nodeid}: passes where the benchmarks ran, in a process of their own; it fails "
            "in this one, where they did not"
        )
        called = [one for one in self.controller.recorder.reports(done) if one.when == "call"]
        return called[-1] if called else report

    def before(self, item: pytest.Item) -> list[str]:
        """Return the benchmarks that stand before a test in its module."""
        items = item.session.items
        stand = items[: items.index(item)] if item in items else []
        return [one.nodeid for one in stand if one in self.items and one.path == item.path]

    def stop_if_asked(self, session: pytest.Session) -> None:
        """End the session where pytest, or a signal, was told to."""
        if self.signals.ended_by:
            raise KeyboardInterrupt(self.signals.ended_by.name)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    def measure(self, session: pytest.Session) -> None:
        """Measure in blocks, and save the run, whatever ended it."""
        journal = self.start_journal(session)
        folder = bridge.temporary_folder(self.config) or Path(tempfile.gettempdir())
        folder = Path(tempfile.mkdtemp(prefix=belongings.temporary_name(), dir=folder))
        controller = self.controller = self.made(session, journal, folder)
        try:
            controller.run()
        except (StoppedError, NoRoomError):
            pass  # what ended it is told by whoever ends the session
        finally:
            self.wall = controller.elapsed
            self.save(controller)

    def made(self, session: pytest.Session, journal: Journal, folder: Path) -> Controller:
        """Return what measures."""
        schedule = Schedule(
            [as_benchmark(item) for item in self.items],
            self.stopping,
            self.seed,
            speeds.one_of_each_core(),
            twice=self.twice is not None,
        )
        recorder = Recorder(self.config, self.items, journal, self.size.name, self.progress)
        patience = self.given["blocks_patience"] or self.size.patience
        shows = self.config.getoption("capture") == "no"
        made = Controller(
            schedule,
            recorder,
            Lanes(folder, patience, self.signals, "--blocks-patience"),
            launch(self.config),
            Wish(
                self.look,
                self.given["blocks_slice"] or SLICE,
                lambda: bool(session.shouldfail or session.shouldstop),
                sys.__stdout__ if shows else None,
            ),
        )
        if self.resumed:
            schedule.resume(self.resumed.blocks, self.resumed.looks, self.resumed.gone)
            spent = self.resumed.lines.last("spent", {"wall": 0.0, "timed": 0.0})
            made.earlier, made.timed = spent["wall"], spent["timed"]
        return made

    def look(self, document: dict[str, Any]) -> Look | None:
        """Ask what is open: claims, or intervals that are not narrow enough."""
        assert self.controller is not None
        answer: Look | None = self.config.hook.pytest_blocks_look(
            config=self.config, document=document
        )
        if answer is None and not self.stopping.fixed:
            self.controller.by_width = True
            named = {name for item in self.items if (name := named_group(item))}
            answer = widths.look(document, self.stopping.precision, named)
        return answer

    def measured(self) -> Run | None:
        """Return the run that was saved, as it is read; None without one."""
        return reading.read(self.saved) if self.saved is not None else None

    def save(self, controller: Controller) -> None:
        """Save the run from its journal, and have pytest report its tests."""
        recorder = controller.recorder
        try:
            recorder.add_entries()
            self.saved = recorder.journal.finish(
                self.as_wished,
                skipped=recorder.skipped,
                timed_seconds=controller.timed,
                blocks=controller.schedule.complete,
                stopping=controller.stopping_so_far(),
                wall_seconds=self.wall,
            )
        except NoRoomError as error:
            self.broken, self.broken_as = str(error), pytest.ExitCode.INTERRUPTED
        except Exception as error:  # noqa: BLE001  raised here, pytest would end with 1
            self.break_down(error, f"what was measured is in {recorder.journal.path}")
        recorder.report()

    def as_wished(self, saved: dict[str, Any]) -> dict[str, Any]:
        """Return what is to be saved: without what the suite's hooks remove, where they work."""
        try:
            return heard.without_removed(self.config, saved)
        except Exception as error:  # noqa: BLE001  the suite's own code: what was measured is saved
            self.notes.append(f"pytest_benchmark_update_json: {error!r}: saved without it")
            return saved

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
        count = len(self.items)
        self.progress.say(
            f"{count} benchmark{'s' * (count != 1)}, {self.stopping}, each block in a new process; "
            f"order seed {self.seed}" + (f", size {self.size.name}" if self.size.name else ""),
        )
        return journal

    def described(self, session: pytest.Session) -> dict[str, Any]:
        """Return the journal's first line: what is known of the run before it starts."""
        info, commit = heard.machine(self.config, self.machine), heard.commit(self.config)
        size = self.size.name
        return {
            "machine_info": info,
            "commit_info": commit,
            "datetime": datetime.now(UTC).isoformat(),
            "version": bridge.benchmark_version(),
            "same": resume.described(self.config, self.given, (info, commit, size), self.items),
            "suite": {
                "scale": size,
                "order_seed": self.seed,
                "against_itself": self.twice is not None,
                "partial": bool(self.deselected or self.twice) or chosen(session),
                "command": shlex.join(["pytest", *self.config.invocation_params.args]),
            },
        }

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Say by the exit code what ended the run."""
        yield
        session.exitstatus = self.signals.exit_status or session.exitstatus
        asked = self.config.getoption("blocks") is not None
        if asked and self.saved is None and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        if self.broken:  # here, or where the summary is told
            session.exitstatus = self.broken_as

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the signals to whoever heard them before."""
        self.signals.put_back()

    def break_down(self, error: Exception, kept: str) -> None:
        """Note an error of ours at the end of a session, in a line with what is kept."""
        self.broken = f"{internal.told(error)}; {kept}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run was saved and how much of it was inside timed calls."""
        if self.controller is None:
            return
        for note in (*self.controller.recorder.notes(), *self.notes):
            terminalreporter.write_line(note)
        if self.broken:
            terminalreporter.write_line(self.broken)
            return
        if self.saved is None:
            terminalreporter.write_line("nothing was measured: no run is saved")
            return
        share = self.controller.timed / self.wall if self.wall else math.nan
        terminalreporter.write_line(
            f"measured in {self.wall:.0f} s and {self.controller.processes} processes, {share:.0%} "
            "of it inside timed calls"
        )
        shown = self.saved
        if shown.is_relative_to(Path.cwd()):
            shown = shown.relative_to(Path.cwd())
        terminalreporter.write_line(f"saved: {shown}")


def launch(config: pytest.Config) -> Launch:
    """Return how this session's workers are started: as it was itself, less what is its own."""
    path = os.pathsep.join(map(str, IMPORT_PATH))
    command = (sys.executable, *interpreter_flags(), "-c", START, path)
    plugin = ("-p", "parallel_claims.engine.worker.serve")
    return Launch(
        "this suite",
        (*command, *plugin, *map(str, config.invocation_params.args)),
        Path(config.invocation_params.dir),
        clean_environment(),
    )


def interpreter_flags() -> list[str]:
    """Return the options of this interpreter: warnings, development mode and the like."""
    from multiprocessing.util import _args_from_interpreter_flags  # type: ignore[attr-defined]

    found: list[str] = _args_from_interpreter_flags()
    return found


def chosen(session: pytest.Session) -> bool:
    """Say whether the user asked for some paths only, and not for all that is collected."""
    config = session.config
    folders = [config.rootpath, *(config.rootpath / name for name in config.getini("testpaths"))]
    asked = [config.invocation_params.dir / arg for arg in bridge.paths_asked_for(session)]
    return not {path.resolve() for path in folders} & {path.resolve() for path in asked}
