"""``@pytest.mark.claim`` says in any suite how fast one benchmark is beside another.

Each claim becomes a test of its own, after all others: it passes where the claim holds, fails
where it fails, and is skipped, with the reason, where nothing can be said.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parallel_claims import bridge
from parallel_claims.errors import BadInputError
from parallel_claims.judge.claims import Claim
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.plugin import cases
from parallel_claims.saved.form import Benchmark, Commit, Info, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parallel_claims.judge.outcome import Verdict

USAGE = (
    'write claim(faster_than="test_parse[old]", at_least=1.5), slower_than=…, or '
    "as_fast_as=…, within=5%"
)

RELATIONS = {"faster_than": "fast", "slower_than": "slow", "as_fast_as": "fast"}
"""What a marker says of a test, and the word for its ratio."""


class Judged(pytest.Item):
    """A claim as a test: what becomes of it is what is found of the claim."""

    def __init__(self, *, claims: Markers, claim: Claim, about: pytest.Item, **rest: Any) -> None:
        super().__init__(**rest)
        self.claims = claims
        self.claim = claim
        self.about = about

    def runtest(self) -> None:
        """Pass, fail or skip, as the claim does."""
        self.claims.conclude(self.claim)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the claim is: at the test that has the marker."""
        path, line, _ = self.about.reportinfo()
        return Path(path), line, self.name


class Markers:
    """The claims of a session's markers, and what became of them.

    indicative: whether a claim that fails on rounds measured one after the other is a failure.
    """

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        self.config = config
        self.indicative: bool = config.getoption("claims_indicative") == "fail"
        self.known: list[tuple[Claim, pytest.Item]] = []
        self.unknown: dict[str, str] = {}
        self.verdicts: dict[str, Verdict] | None = None
        self.in_blocks: Callable[[], Mapping[str, Verdict]] | None = None
        for item in items:
            for mark in item.iter_markers("claim"):
                self.add(item, mark, items)
        self.rerun(items)

    @property
    def claims(self) -> list[Claim]:
        """Return the claims whose benchmarks are known."""
        return [claim for claim, _ in self.known if claim.id not in self.unknown]

    def as_data(self) -> list[Any]:
        """Return the claims as data, for another process."""
        found: list[Any] = [claim.as_table() for claim in self.claims]
        return found

    def add(self, item: pytest.Item, mark: pytest.Mark, items: Sequence[pytest.Item]) -> None:
        """Add the claim of one marker.

        Raises:
            UsageError: the marker makes none.
        """
        relation = next((name for name in RELATIONS if name in mark.kwargs), "faster_than")
        other = mark.kwargs.get(relation)
        named = resolved(str(other), item, items)
        if named == item.nodeid:
            return  # one of a parametrized test's cases, or of a class's tests, is the other one
        made = claim_of(item, mark, relation, named or str(other))
        same = sum(
            claim.id == made.id or claim.id.startswith(f"{made.id} (") for claim, _ in self.known
        )
        again = f" ({same + 1})" if same else ""
        made = msgspec.structs.replace(made, id=made.id + again)
        self.known.append((made, item))
        if named is None:
            near = get_close_matches(str(other), [one.name for one in items], n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            self.unknown[made.id] = (
                f"{item.nodeid}: claim({relation}={other!r}): this session has no such test{hint}"
            )

    def rerun(self, items: Sequence[pytest.Item]) -> None:
        """Let ``--lf`` run what a claim that failed last time is about, too."""
        failed = bridge.failed_before(self.config)
        wanted = {
            name
            for claim, item in self.known
            if nodeid_of(claim, item) in failed
            for name in claim.benchmarks
        }
        for item in items:
            if item.nodeid in wanted:
                bridge.run_as_failed(item)

    def items(self, selected: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Return a test for each claim that a selected test makes."""
        chosen = {item: item.parent for item in selected if item.parent is not None}
        return [
            Judged.from_parent(
                chosen[item], name=name_of(claim), claims=self, claim=claim, about=item
            )
            for claim, item in self.known
            if item in chosen
        ]

    def conclude(self, claim: Claim) -> None:
        """Pass, fail or skip, as a claim does."""
        if claim.id in self.unknown:
            pytest.fail(self.unknown[claim.id], pytrace=False)
        if bridge.benchmarks_off(self.config):
            pytest.skip("not judged: benchmarks are switched off")
        if self.verdicts is None:
            self.verdicts = dict(self.in_blocks() if self.in_blocks else self.judged())
        verdict = self.verdicts.get(claim.id)
        if verdict is None:
            missing = ", ".join(name for name in claim.benchmarks if name not in self.measured())
            pytest.skip(f"not judged: {missing or 'its benchmark'} gave no times in this session")
        told = f"{verdict.outcome.value.replace('-', ' ')}: {verdict.reason}"
        if verdict.outcome is Outcome.FAILS and (self.in_blocks or self.indicative):
            pytest.fail(f"{claim.statement}\n{told}", pytrace=False)
        if verdict.outcome is Outcome.FAILS:
            pytest.skip(f"indicative only, measured one after the other: {told}; add --blocks")
        if verdict.outcome is not Outcome.HOLDS:
            pytest.skip(told)

    def measured(self) -> dict[str, Benchmark]:
        """Return what pytest-benchmark measured so far, by node id."""
        return {
            b.fullname: Benchmark(b.name, b.fullname, b.group, list(rounds), Info())
            for b in bridge.entries(self.config)
            if b and (rounds := bridge.rounds_of(b))
        }

    def judged(self) -> dict[str, Verdict]:
        """Judge the claims that have times for all their benchmarks, on what was measured.

        One after the other: the verdicts are indicative.
        """
        measured = self.measured()
        ready = [claim for claim in self.claims if set(claim.benchmarks) <= measured.keys()]
        machine = bridge.machine_info(self.config) if ready else {}
        run = Run(Path("this session"), machine, None, "", Commit(), tuple(measured.values()))
        try:
            found = judge_run(run, ready) if ready else []
        except BadInputError as error:
            pytest.fail(str(error), pytrace=False)
        return {verdict.claim.id: verdict for verdict in found}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the verdicts that were reached one after the other: they are indicative."""
        if self.in_blocks or not self.verdicts:
            return
        from parallel_claims.report import checked, terminal

        terminalreporter.section("claims, indicative: measured one after the other, not in blocks")
        width, color = bridge.terminal(terminalreporter)
        style = terminal.Style(min(100, width), color)
        found = checked.document(list(self.verdicts.values()))
        terminalreporter.write(terminal.text(found, style))


def nodeid_of(claim: Claim, item: pytest.Item) -> str:
    """Return the node id of a claim's own test."""
    return f"{place_of(item)}::{name_of(claim)}"


def name_of(claim: Claim) -> str:
    """Return the name of a claim's own test: its statement."""
    return claim.statement.rstrip(".")


def place_of(item: pytest.Item) -> str:
    """Return the node id of the class or file that a test is in; an id may have colons, too."""
    return item.nodeid.removesuffix(f"::{item.name}")


def resolved(name: str, item: pytest.Item, items: Sequence[pytest.Item]) -> str | None:
    """Return the node id of the test that a marker names, None if there is none.

    A test of the same class or file first; of a parametrized one, the case with this test's
    parameters; ``[old]`` is this test with ``old`` in place of one of its parameters; a class
    is its test of the same name.
    """
    if name.startswith("["):
        return cases.meant(name[1:-1], item, items)
    nodeids = {other.nodeid for other in items}
    written = [*dict.fromkeys((name, cases.escaped(name), name + cases.case_of(item)))]
    file, parent = item.nodeid.split("::")[0], place_of(item)
    named = [
        near for whole in written for near in (f"{parent}::{whole}", f"{file}::{whole}", whole)
    ]
    named += [f"{file}::{name}::{item.name}", f"{name}::{item.name}"]
    named += [other.nodeid for other in items if other.name in written]
    return next((nodeid for nodeid in named if nodeid in nodeids), None)


def claim_of(item: pytest.Item, mark: pytest.Mark, relation: str, other: str) -> Claim:
    """Return the claim that a marker makes.

    Raises:
        UsageError: its arguments make none.
    """
    nodeid, name = item.nodeid, mark.kwargs.get(relation)
    if mark.args or not isinstance(name, str):
        message = f"{nodeid}: @pytest.mark.claim names the test to be compared with: {USAGE}"
        raise pytest.UsageError(message)
    bound = {key: value for key, value in mark.kwargs.items() if key != relation}
    words = f"is {relation.replace('_', ' ')} {name}"
    if relation == "as_fast_as":
        within = bound.pop("within", None)
        if not isinstance(within, int | float) or within <= 0 or bound:
            message = (
                f"{nodeid}: @pytest.mark.claim: as_fast_as takes within=, a share above 0 such "
                f"as 0.05 (here: {dict(mark.kwargs)})"
            )
            raise pytest.UsageError(message)
        bound = {"between": [1 / (1 + within), 1 + within]}
        words += f" within {within:.3g}"
    elif bound:
        limits = " ".join(f"{key.replace('_', ' ')} {value}" for key, value in bound.items())
        words = f"is {limits} times as {RELATIONS[relation]} as {name}"
    pair = (other, nodeid) if relation != "slower_than" else (nodeid, other)
    claim = {
        "id": f"{nodeid} > {name}" if relation == "faster_than" else f"{nodeid} {words}",
        "statement": f"{item.name} {words}.",
        "baseline": pair[0],
        "contender": pair[1],
        "speedup": bound or {"at_least": 1.0},
        "slower": relation == "slower_than",
    }
    try:
        return Claim.of(claim)
    except ValueError as error:  # msgspec's own, too
        message = f"{nodeid}: @pytest.mark.claim: {error}; {USAGE}"
        raise pytest.UsageError(message) from None
