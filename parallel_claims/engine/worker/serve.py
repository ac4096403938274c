"""A pytest session that runs what its controller asks for: the plugin of a worker.

It is the user's own session: the same arguments, settings and plugins, less what belongs to the
controller. The process is started with ``-p parallel_claims.engine.worker.serve``. Nothing is
imported but pytest, pytest-benchmark and the standard library: it runs in any environment.
"""

from __future__ import annotations

import faulthandler
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims import bridge, parameters
from parallel_claims.engine import protocol
from parallel_claims.engine.worker import needless, settings
from parallel_claims.engine.worker.line import Line
from parallel_claims.engine.worker.slices import RECORDED, Slices
from parallel_claims.processes import belongings

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = "parallel-claims-worker"
"""The name by which the plugin is known; others ask by it whether they are in a worker."""

LONGEST = 300
"""Characters of a reason."""


class Worker:
    """Runs the tests that the controller names, in its order, and sends their reports."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.slices = Slices(line)
        self.broken: dict[str, str] = {}
        self.reports: list[pytest.TestReport] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be collected: the rest is measured all the same."""
        if report.failed:
            told = report.longreprtext.strip().splitlines()
            last = told[-1].removeprefix("E   ") if told else "it cannot be collected"
            self.broken[report.nodeid] = last

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Say what can be measured, then do what is asked until nothing more is."""
        session.config.pluginmanager.register(self.slices, f"{PLUGIN}-slices")
        items = {item.nodeid: item for item in session.items}
        tests = [name for name, item in items.items() if bridge.may_be_measured(item)]
        markers = session.config.pluginmanager.get_plugin("parallel-claims-markers")
        claims = markers.as_data() if markers else []
        self.line.send(protocol.Hello(tests, self.broken, claims, bridge.cannot_measure(session)))
        request = self.line.receive()
        assert isinstance(request, protocol.Run)
        self.slices.seconds = request.seconds
        self.slices.known = request.known
        self.slices.usual_rounds = request.usual_rounds
        wanted = [items[name] for name in request.tests]
        for item, following in pairwise([*wanted, None]):
            assert item is not None
            self.line.receive()
            self.line.send(self.run(item, following))
        return True

    def run(self, item: pytest.Item, following: pytest.Item | None) -> protocol.Done:
        """Run one test, with the slices that are asked for within it; say how it ended."""
        self.reports = []
        self.slices.called, self.slices.rounds = False, []
        item.stash[RECORDED] = {}
        after: Any = item.parent if following is item else following  # it is torn down in between
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        entries = bridge.entries(item.config)
        entry = entries[-1] if entries and self.slices.called else None
        known = None if entry is None else bridge.described(entry)
        if known is not None:
            own = {str(key): protocol.to_keep(v) for key, v in known["extra_info"].items()}
            known = {**protocol.in_json(known | {"extra_info": {}}), "extra_info": own}
        entries.clear()
        failed = next((report for report in self.reports if report.failed), None)
        skipped = next((report for report in self.reports if report.skipped), None)
        recorded = item.stash[RECORDED]
        to_data = item.config.hook.pytest_report_to_serializable
        return protocol.Done(
            item.nodeid,
            [to_data(config=item.config, report=report) for report in self.reports],
            bridge.failure(failed)[:LONGEST] if failed else "",
            bridge.why_skipped(skipped)[:LONGEST] if skipped else "",
            known,
            self.slices.rounds,
            recorded.get("recorded", {}),
            recorded.get("info", {}),
            parameters.in_short(bridge.parameters(item)[1]),
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Iterator[None]:
        """Keep a report for the controller."""
        self.reports.append(report)
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Iterator[None]:
    """Take the pipe before pytest captures what tests print."""
    if settings.WHERE is not None:
        faulthandler.register(settings.WHERE, file=os.dup(2), all_threads=True)
    belongings.note(os.getpid(), bridge.folder_of_sockets())
    early_config.pluginmanager.register(Worker(Line()), PLUGIN)
    settings.before_plugins(early_config, args)
    yield
    needless.declare(early_config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[Any]:
    """Switch off what belongs to the controller alone."""
    settings.switch_off(config)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers that the suite may have, where the plugin that knows them is not."""
    if not config.pluginmanager.has_plugin("parallel-claims"):
        for marker in ("claim", "one_cpu"):
            config.addinivalue_line("markers", f"{marker}: judged by parallel-claims")
    for marker in needless.markers(config):
        config.addinivalue_line("markers", f"{marker}: of a plugin that is not needed here")
    if config.getoption("capture") == "no":  # what tests print is shown, not what pytest does
        bridge.write_nowhere(config)
