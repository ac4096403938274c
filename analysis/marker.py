"""A pytest plugin for any suite: ``@pytest.mark.claim`` says how much faster a benchmark is.

The claims of a session are judged together at its end, on pytest-benchmark's own rounds;
one that fails, or that names a benchmark that does not exist, makes the session fail.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.claims import Claim
    from analysis.judge import Verdict

USAGE = (
    "claim(faster_than, at_least=1.0 | at_most | between): this benchmark is so many times as "
    'fast as another, as in claim(faster_than="test_parse[old]", at_least=1.5)'
)


@dataclass
class Session:
    """The claims of a session, and at its end what became of them.

    unknown: one line for each claim whose baseline is no test of the session.
    unmeasured: one line for each claim that has a benchmark without times.
    """

    claims: list[Claim] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)


SESSION = pytest.StashKey[Session]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", USAGE)
    config.stash[SESSION] = Session()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read the claims of all tests, before any of them is deselected."""
    found = config.stash[SESSION]
    for item in items:
        for mark in item.iter_markers("claim"):
            baseline = mark.kwargs.get("faster_than")
            named = resolved(str(baseline), item, items)
            if isinstance(baseline, str) and named is None:
                near = get_close_matches(baseline, [other.name for other in items], n=3)
                hint = f"; nearest: {', '.join(near)}" if near else ""
                found.unknown.append(
                    f"{item.nodeid}: claim(faster_than={baseline!r}): this session has no such "
                    f"test{hint}"
                )
            else:
                made = claim_of(item.nodeid, mark, named)
                same = sum(claim.id.startswith(made.id) for claim in found.claims)
                again = f" ({same + 1})" if same else ""
                found.claims.append(msgspec.structs.replace(made, id=made.id + again))


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
    from analysis.claims import Claim

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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge the claims, and let the session fail with them."""
    from analysis.judge import Outcome, judge_run
    from analysis.load import Benchmark, Commit, Info, Run

    found = session.config.stash[SESSION]
    benchmarks: Any = getattr(session.config, "_benchmarksession", None)
    if benchmarks is None or session.config.option.collectonly:
        return
    measured = tuple(
        Benchmark(b.name, b.fullname, b.group, list(b.stats.data), Info())
        for b in benchmarks.benchmarks
        if b and b.stats.data
    )
    names = {b.fullname for b in measured}
    ready = [claim for claim in found.claims if names.issuperset(claim.benchmarks)]
    found.unmeasured += [
        f"{claim.id}: not judged: {name} gave no times in this session"
        for claim in found.claims
        for name in claim.benchmarks
        if name not in names
    ]
    if ready:
        run = Run(Path("this session"), benchmarks.get_machine_info(), None, "", Commit(), measured)
        found.verdicts = judge_run(run, ready)
    failed = any(verdict.outcome is Outcome.FAILS for verdict in found.verdicts)
    if (failed or found.unknown) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the verdicts."""
    found = terminalreporter.config.stash[SESSION]
    if not (found.verdicts or found.unknown or found.unmeasured):
        return
    from analysis.report import terminal

    terminalreporter.section("claims")
    if found.verdicts:
        width = min(100, shutil.get_terminal_size((80, 24)).columns)
        color = bool(getattr(terminalreporter, "hasmarkup", False))
        terminalreporter.write(terminal.render(found.verdicts, terminal.Style(width, color)))
    for line in found.unmeasured:
        terminalreporter.write_line(line)
    for line in found.unknown:
        terminalreporter.write_line(f"error: {line}", red=True)
