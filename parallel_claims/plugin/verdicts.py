"""The claims of a suite on a run measured in blocks: what is open, and the verdicts at its end."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parallel_claims import bridge
from parallel_claims.engine.questions import Look, Question
from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.judge.needs import unmet_by_machine
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.verdicts import judge_run
from parallel_claims.report import checked, notes, terminal
from parallel_claims.saved import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.claims_file import ClaimsFile
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.plugin.blocks import Blocks
    from parallel_claims.plugin.marker import Markers
    from parallel_claims.saved.form import Run


class Verdicts:
    """Judges the run that ``blocks`` measures by the claims of its project, if it has any."""

    def __init__(self, blocks: Blocks, markers: Markers | None = None) -> None:
        self.blocks = blocks
        self.known: ClaimsFile | None = None
        try:
            found = claims_file.find(blocks.config.rootpath)
            self.known = claims_file.read(found) if found else None
        except BadInputError as error:
            raise pytest.UsageError(str(error)) from None
        if markers is not None and markers.claims:
            known = self.known or claims_file.ClaimsFile(missing="not-testable")
            claims = (*known.claim, *markers.claims)
            self.known = msgspec.structs.replace(known, claim=claims)
            markers.in_blocks = self.so_far

    def so_far(self) -> dict[str, Verdict]:
        """Judge what was measured; return the verdicts by their claims' ids."""
        assert self.known is not None
        run = self.blocks.measured()
        if run is None:
            return {}
        found = judge_run(run, self.known.claims, strict=False)
        return {verdict.claim.id: verdict for verdict in found}

    def pytest_blocks_look(self, document: dict[str, Any]) -> Look | None:
        """Judge what there is; a claim that nothing would settle is not open."""
        if self.known is None:
            return None
        claims = self.known.claims
        if not document["benchmarks"]:
            return before_measuring(claims, document["machine_info"])
        run = reading.from_document(Path("this run"), document)
        verdicts = judge_run(run, claims, strict=False)
        asked = [v for v in verdicts if v.estimate is not None]
        return Look(tuple(question(v) for v in asked if is_open(v)), len(asked))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """Print the verdicts on the run that was just saved, after all else."""
        config = self.blocks.config
        judged = self.blocks.saved is not None and not self.blocks.twice and self.known is not None
        judged = judged and not self.blocks.signals.exit_status  # who is told to end ends soon
        if judged:
            bridge.hide_tables(config)
        yield
        if judged:
            try:
                self.conclude(terminalreporter)
            except Exception as error:  # noqa: BLE001  raised here, pytest would end with 1
                self.blocks.break_down(error, f"saved: {self.blocks.saved}")
                terminalreporter.write_line(self.blocks.broken)

    def conclude(self, reporter: pytest.TerminalReporter) -> None:
        """Print the verdicts in short, write the page, and say where everything is."""
        assert self.known is not None
        assert self.blocks.saved is not None
        reporter.section("claims")
        try:
            run = reading.read(self.blocks.saved)
            verdicts = judge_run(run, self.known.claims, strict=self.known.strict)
        except BadInputError as error:
            reporter.write_line(f"error: {error}")
            return
        width, color = bridge.terminal(reporter)
        style = terminal.Style(min(80, width), color)
        saved = near(self.blocks.saved)
        told = checked.brief(verdicts, self.known.advice, notes.on(run))
        reporter.write(terminal.text(told, style))
        command = shlex.join(["parallel-claims", "check", "--all", str(saved)])
        reporter.write_line(f"every claim: {command}")
        reporter.write_line(paged(run, self.known))


def near(path: Path) -> Path:
    """Return a path as it is written from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def paged(run: Run, known: ClaimsFile) -> str:
    """Write the page of a run beside it; say where it is, or what it takes."""
    try:
        from parallel_claims.follow import runs
        from parallel_claims.report import site
        from parallel_claims.report.page import Judged
    except ModuleNotFoundError as error:
        return (
            f"no page: it is drawn with {error.name}, which is not installed (or has no wheel for "
            "this Python): pip install 'parallel-claims[reports]'"
        )

    def judged(_: str) -> Judged:
        return Judged(run, judge_run(run, known.claims, strict=known.strict), notes.on(run))

    page = run.path.with_suffix(".html")
    try:
        text, _, _ = site.one_page(runs.read([run.path]), known, judged)
        site.write(page.parent, {page.name: text})
    except BadInputError as error:
        return f"no page: {error}"
    return f"the page: {near(page)}"


def before_measuring(claims: Sequence[Claim], machine: dict[str, Any]) -> Look:
    """Say what can be asked, and what only serves claims that cannot be tested here."""
    reasons = {claim.id: unmet_by_machine(claim, machine) for claim in claims}
    testable = [claim for claim in claims if not reasons[claim.id]]
    useful = {name for claim in testable for name in claim.asked_for}
    needless = {
        name: reason
        for claim in claims
        if (reason := reasons[claim.id])
        for name in claim.asked_for
        if name not in useful
    }
    whole = tuple(Question(told(claim), claim.asked_for, claim.headline) for claim in testable)
    return Look(whole, len(whole), needless)


def told(claim: Claim) -> str:
    """Return a claim as it is told in a line."""
    return claim.statement.rstrip(".")


def is_open(verdict: Verdict) -> bool:
    """Say whether more blocks may decide a claim."""
    return verdict.outcome is Outcome.UNDECIDED and not verdict.futile


def question(verdict: Verdict) -> Question:
    """Return a claim as what is still to be answered, with the benchmarks that it needs.

    What is only shown beside a verdict is measured to the end for a headline: its seconds and
    speedup are what a reader compares with the published ones.
    """
    claim = verdict.claim
    needed = claim.benchmarks if claim.headline else claim.rule.deciding
    return Question(told(claim), needed, claim.headline)
