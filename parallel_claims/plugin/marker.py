"""``@pytest.mark.claim`` says in any suite how much faster one benchmark is than another.

The claims of a session are judged together at its end, on pytest-benchmark's own rounds;
one that fails, or that names a benchmark that does not exist, makes the session fail.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from parallel_claims.judge.claims import Claim
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.measure import bridge
from parallel_claims.saved.form import Benchmark, Commit, Info, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_claims.judge.outcome import Verdict

USAGE = 'write claim(faster_than="test_parse[old]", at_least=1.5), at_most=… or between=[low, high]'


class Markers:
    """The claims of a session's markers, and at its end what became of them.

    unknown: one line for each claim whose baseline is no test of the session.
    unmeasured: one line for each claim that has a benchmark without times.
    """

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self.claims: list[Claim] = []
        self.verdicts: list[Verdict] = []
        self.unknown: list[str] = []
        self.unmeasured: list[str] = []
        for item in items:
            for mark in item.iter_markers("claim"):
                self.add(item, mark, items)

    def add(self, item: pytest.Item, mark: pytest.Mark, items: Sequence[pytest.Item]) -> None:
        """Add the claim of one marker.

        Raises:
            UsageError: the marker makes none.
        """
        baseline = mark.kwargs.get("faster_than")
        named = resolved(str(baseline), item, items)
        if isinstance(baseline, str) and named is None:
            near = get_close_matches(baseline, [other.name for other in items], n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            self.unknown.append(
                f"{item.nodeid}: claim(faster_than={baseline!r}): this session has no such "
                f"test{hint}"
            )
            return
        made = claim_of(item.nodeid, mark, named)
        same = sum(claim.id.startswith(made.id) for claim in self.claims)
        again = f" ({same + 1})" if same else ""
        self.claims.append(msgspec.structs.replace(made, id=made.id + again))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Judge the claims, and let the session fail with them."""
        if bridge.benchmark_session(session.config) is not None:
            self.judge(session.config)
        failed = any(verdict.outcome is Outcome.FAILS for verdict in self.verdicts)
        wrong = (failed or self.unknown) and not session.config.option.collectonly
        if wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def judge(self, config: pytest.Config) -> None:
        """Judge the claims that have times for all their benchmarks; name the others."""
        measured = tuple(
            Benchmark(b.name, b.fullname, b.group, list(rounds), Info())
            for b in bridge.entries(config)
            if b and (rounds := bridge.rounds_of(b))
        )
        names = {b.fullname for b in measured}
        ready = [claim for claim in self.claims if names.issuperset(claim.benchmarks)]
        self.unmeasured += [
            f"{claim.id}: not judged: {name} gave no times in this session"
            for claim in self.claims
            for name in claim.benchmarks
            if name not in names
        ]
        if ready:
            machine = bridge.machine_info(config)
            run = Run(Path("this session"), machine, None, "", Commit(), measured)
            self.verdicts = judge_run(run, ready)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the verdicts."""
        collecting = terminalreporter.config.option.collectonly
        if collecting or not (self.verdicts or self.unknown or self.unmeasured):
            return
        from parallel_claims.report import terminal

        terminalreporter.section("claims")
        if self.verdicts:
            width, color = bridge.terminal(terminalreporter)
            style = terminal.Style(min(100, width), color)
            terminalreporter.write(terminal.render(self.verdicts, style))
        for line in self.unmeasured:
            terminalreporter.write_line(line)
        for line in self.unknown:
            terminalreporter.write_line(f"error: {line}", red=True)


def resolved(baseline: str, item: pytest.Item, items: Sequence[pytest.Item]) -> str | None:
    """Return the node id of the test named, one in the same file first; None if there is none."""
    nodeids = {other.nodeid for other in items}
    near = f"{item.nodeid.split('::')[0]}::{baseline}"
    named = [near, baseline, *(other.nodeid for other in items if other.name == baseline)]
    return next((nodeid for nodeid in named if nodeid in nodeids), None)


def claim_of(nodeid: str, mark: pytest.Mark, baseline: str | None) -> Claim:
    """Return the claim that a marker makes.

    Raises:
        UsageError: its arguments make none.
    """
    bound = {key: value for key, value in mark.kwargs.items() if key != "faster_than"}
    if mark.args or baseline is None:
        message = f"{nodeid}: @pytest.mark.claim names the test to be faster than: {USAGE}"
        raise pytest.UsageError(message)
    name = mark.kwargs["faster_than"]
    claim = {
        "id": f"{nodeid} > {name}",
        "statement": f"{nodeid} is faster than {name}.",
        "baseline": baseline,
        "contender": nodeid,
        "speedup": bound or {"at_least": 1.0},
    }
    try:
        return msgspec.convert(claim, Claim)
    except msgspec.ValidationError as error:
        message = f"{nodeid}: @pytest.mark.claim: {error}; {USAGE}"
        raise pytest.UsageError(message) from None
