"""What ``check`` says of a run: a row a claim."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parallel_claims.decisions import finite
from parallel_claims.judge.outcome import Outcome
from parallel_claims.judge.reasons import remedy
from parallel_claims.report import data, decided, words
from parallel_claims.report.advice import said
from parallel_claims.report.tables import Column, Document, Group, Place, Table, Tone, row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims.judge.claims import Opening
    from parallel_claims.judge.outcome import Verdict
    from parallel_claims.judge.quantity import Quantity
    from parallel_claims.noise.diagnose import Finding
    from parallel_claims.saved.form import Run

    Columns = tuple[Column[Verdict], ...]

TONES = {
    Outcome.HOLDS: Tone.GOOD,
    Outcome.FAILS: Tone.BAD,
    Outcome.UNDECIDED: Tone.OPEN,
    Outcome.NOT_TESTABLE: Tone.NONE,
}

MOST = 5
"""Undecided claims that a short form shows; what fails is shown whole."""


def details(verdict: Verdict) -> dict[str, Any]:
    """Return what only programs get of a verdict."""
    claim, found = verdict.claim, verdict.estimate

    def interval(quantity: Quantity | None) -> dict[str, Any] | None:
        return data.interval(quantity.interval(verdict.alpha)) if quantity else None

    return {
        "known_failure": claim.known_failure,
        "speedup": interval(found.speedup if found else None),
        "efficiency": interval(found.efficiency if found else None),
        "parts": {n: interval(q) for n, q in (found.parts if found else {}).items()},
        "alpha": verdict.alpha,
        "joint_alpha": verdict.joint_alpha,
        "dropped_blocks": found.dropped if found else 0,
        "paired": found.judged.paired if found else None,
        "section": claim.section,
        "run": str(verdict.run.path),
    }


def bounds(verdict: Verdict) -> dict[str, Any]:
    """Return what a claim allows, and of what quantity."""
    bound = verdict.claim.rule.bound
    return {
        "quantity": verdict.claim.rule.unit,
        "at_least": finite(bound.low),
        "at_most": finite(bound.high),
    }


def here(verdict: Verdict) -> str:
    """Write what was measured as a part of a sentence: after what was published, if it was."""
    text = words.here(verdict)
    return f"here {text}" if text and verdict.claim.published else text


WHY: Column[Verdict] = Column("Why", lambda v: v.reason, place=Place.NOTE)

COLUMNS: Columns = (
    Column("Claim", lambda v: v.claim.id, key="name", place=Place.NAME, code=True,
           value=lambda v: v.claim.id),
    Column("Statement", lambda v: v.claim.statement, key="statement", place=Place.HEAD),
    Column("Published", words.published, words.published_by, key="published",
           value=words.figure_of),
    Column("Here (95 % interval)", words.here, here),
    Column("Allowed", words.allowed, value=bounds),
    Column("Beside", words.beside, words.beside),
    Column("Verdict", words.outcome, value=lambda v: decided.of_claim(v).as_data(),
           place=Place.VERDICT),
    WHY,
    Column("", value=details, place=Place.DATA),
)  # fmt: skip


def table(verdicts: Sequence[Verdict], columns: Columns | None = None, **more: Any) -> Table:
    """Return verdicts as a table, a row a claim; ``more`` is of its one group.

    A column says whom the published figures are by.
    """
    by = next((v.claim.published.by for v in verdicts if v.claim.published), "")
    made = tuple(
        replace(c, title=by.capitalize()) if by and c.key == "published" else c
        for c in columns or COLUMNS
    )
    rows = (row(made, v, words.MARKS[v.outcome], TONES[v.outcome]) for v in verdicts)
    return Table("claims", made, (Group(tuple(rows), **more),), "Claim")


def settles(verdict: Verdict) -> str:
    """Say what would settle an open claim, and why another does not hold."""
    if verdict.outcome is Outcome.UNDECIDED:
        return remedy(verdict) or verdict.reason
    return "" if verdict.outcome is Outcome.HOLDS else verdict.reason


SETTLES: Column[Verdict] = Column("Settles", settles, settles)


def document(verdicts: Sequence[Verdict], notes: Sequence[str] = (), rest: str = "") -> Document:
    """Return the verdicts on one run, and what a reader has to know of it."""
    return Document(
        "check",
        [words.counts(verdicts)],
        (table(words.measured(verdicts)),),
        [words.described(verdicts[0].run)] if verdicts else [],
        notes=notes,
        level=words.level(verdicts),
        rest=rest,
    )


def chosen(verdicts: Sequence[Verdict]) -> Document:
    """Return some verdicts without an answer, and without the reasons."""
    made = table(verdicts, tuple(column for column in COLUMNS if column is not WHY))
    return replace(document(verdicts), answer=[], tables=(made,))


def brief(
    verdicts: Sequence[Verdict],
    advice: Sequence[Opening] = (),
    notes: Sequence[str] = (),
    rest: str = "",
) -> Document:
    """Return a run in at most about 30 lines: headlines, and what is not settled.

    notes: what disturbed the run; the first is told. rest: where everything else is.
    """
    shown = words.measured(verdicts)
    headlines = [v for v in shown if v.claim.headline]
    failing = [v for v in shown if v.unexpected_failure and v not in headlines]
    open_ = [v for v in shown if v.outcome is Outcome.UNDECIDED and v not in headlines]
    first = [*headlines, *failing]
    columns = (*(c for c in COLUMNS if c is not WHY and c.place is not Place.NAME), SETTLES)
    chosen = table([*first, *open_], columns, most=len(first) + MOST, more="{} more are undecided")
    said_ = said(advice, verdicts)
    whole = document(verdicts, notes[:1], rest)
    return replace(whole, tables=(chosen,), advice=said_, level="", brief=True)


def several(runs: Sequence[Sequence[Verdict]], notes: Sequence[Sequence[Finding]]) -> Document:
    """Return the verdicts on several runs as programs get them; notes: of each run."""
    about = [
        about_run(verdicts[0].run, found)
        for verdicts, found in zip(runs, notes, strict=True)
        if verdicts
    ]
    answer = "; ".join(map(words.counts, runs))
    whole = table([verdict for run in runs for verdict in run])
    return Document("check", [answer], (whole,), data={"runs": about})


def about_run(run: Run, found: Sequence[Finding]) -> dict[str, Any]:
    """Return what programs get of a run itself; found: what disturbed it."""
    noise = [{"kind": one.kind, "sentence": one.sentence} for one in found]
    return {"run": str(run.path), "machine": run.machine, "noise": noise}


def side_by_side(runs: Sequence[Sequence[Verdict]], *, apart: bool = False) -> Table:
    """Return a row a claim and a column a run: the verdict, and what was found.

    Claims that no run has are left out. apart: those that hold wherever they can be tested go in
    a group of their own; of the others those that somebody must look at first stand first.
    """
    known = [{verdict.claim.id: verdict for verdict in run} for run in runs]
    claims = {v.claim.id: v.claim for run in known for v in run.values() if not v.left_out}
    names = words.short_names([run[0].run for run in runs])
    made: tuple[Column[str], ...] = (
        Column("Claim", str, key="name", place=Place.NAME, code=True),
        Column("Statement", lambda claim: claims[claim].statement, place=Place.HEAD),
        *(of_run(name, run) for name, run in zip(names, known, strict=True)),
    )
    worst = {name: min(ORDER.index(outcome(run.get(name))) for run in known) for name in claims}
    order = sorted(claims, key=lambda name: worst[name]) if apart else list(claims)
    news = [name for name in order if not apart or worst[name] < CALM]
    calm = [name for name in order if name not in news]
    one = "claim holds wherever it" if len(calm) == 1 else "claims hold wherever they"
    groups = [Group(tuple(row(made, name) for name in news))]
    groups += [
        Group(tuple(row(made, name) for name in calm), f"{one} could be tested", folded=True)
    ]
    return Table("claims", made, tuple(groups))


def matrix(runs: Sequence[Sequence[Verdict]]) -> Document:
    """Return several runs in one table."""
    about = [words.described(run[0].run) for run in runs]
    return Document("check", [], (side_by_side(runs),), about)


ORDER = (Outcome.FAILS, Outcome.UNDECIDED, Outcome.NOT_TESTABLE, Outcome.HOLDS)
"""Verdicts, those that somebody must look at first."""

CALM = 2
"""From this one on nobody must."""


def of_run(title: str, run: Mapping[str, Verdict]) -> Column[str]:
    """Return the column of a run: what became of each claim, by its id."""

    def write(name: str) -> str:
        verdict = run.get(name)
        if verdict is None or verdict.left_out:
            return f"{words.MARKS[Outcome.NOT_TESTABLE]} not measured"
        here = f" {words.here(verdict)}" if verdict.estimate else ""
        return f"{words.MARKS[verdict.outcome]} {words.outcome(verdict)}{here}"

    return Column(title, write, tone=lambda name: outcome(run.get(name)))


def outcome(verdict: Verdict | None) -> Outcome:
    """Return a verdict's outcome; what was not measured could not be tested."""
    return Outcome.NOT_TESTABLE if verdict is None or verdict.left_out else verdict.outcome


def rank(verdict: Verdict) -> int:
    """Return the place of a verdict in the order of what must be looked at."""
    expected = verdict.outcome is Outcome.FAILS and not verdict.unexpected_failure
    return 2 * ORDER.index(verdict.outcome) + expected


def news(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts that are news: what fails, what fails as expected, what is undecided."""
    shown = [v for v in words.measured(verdicts) if v.outcome in ORDER[:CALM]]
    return sorted(shown, key=rank)
