"""A calibration as text: both halves of the promise on each kind of noise, beside other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_claims.report.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.noise.calibration import (
        Calibration,
        Figures,
        Real,
        Recorded,
        Row,
        Trace,
    )

FIGURES = (
    "any false *fails* | false among *holds* | decided | blocks a claim "
    "| 95 % intervals that hold the truth |"
)

TRUTHS = {
    "all": "all at their bounds",
    "a third": "a third at their bounds, the others far inside",
}


def render(found: Calibration) -> str:
    """Return the calibration as Markdown."""
    parts = [one_trace(trace, found) for trace in found.traces]
    if found.recorded:
        parts.append(recorded(found.recorded, found.sims))
    if found.real is not None:
        parts.append(real_suites(found.real))
    return "\n".join(parts)


def one_trace(trace: Trace, found: Calibration) -> str:
    """Return the tables of one trace."""
    looks = ", ".join(map(str, trace.looks))
    suites = (
        f"Noise of {plain(trace.source)} ({trace.rounds} rounds): {found.sims} simulated suites "
        f"of {trace.claims} claims on {trace.variants} variants, seed {found.seed}, looks at "
        f"{looks} blocks. As many as fit into the trace without sharing a round: {trace.distinct}."
    )
    pair = (
        f"One pair of the same code, {trace.pair_rounds} rounds a side: how often a rule finds "
        f"a difference that is not there. The estimated ratio spreads {trace.spread:.1%} in blocks."
    )
    lines = [suites, "", f"| claims | {FIGURES}", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [f"| {kind_of(row, trace)} | {cells(row.figures)}" for row in trace.rows]
    lines += ["", pair, "", "| rule | one after the other | in blocks |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {rates['sequential']:.1%} | {rates['in_blocks']:.1%} |"
        for name, rates in trace.rules.items()
    ]
    return "\n".join(lines) + "\n"


def kind_of(row: Row, trace: Trace) -> str:
    """Return what the suites of a row were."""
    before = f"{trace.accounts} accounts of seconds, " if row.kind == "seconds" else ""
    most = trace.looks[-1]
    after = {
        "one look": f", one look at {most} blocks",
        "one after the other": f", {most} rounds of one variant after the other",
    }.get(row.kind, "")
    return before + TRUTHS[row.truth] + after


def cells(found: Figures) -> str:
    """Return the figures of a row."""
    return (
        f"{found.red:.1%} | {found.green:.1%} | {found.decided:.1%} | {found.blocks:.1f} "
        f"| {found.coverage:.1%} |"
    )


def recorded(rows: Sequence[Recorded], sims: int) -> str:
    """Return the table of recorded numbers."""
    title = (
        f"Recorded numbers, which no random order protects: {sims} simulated suites of "
        f"{rows[0].claims} series, each value tied to the one before it."
    )
    head = f"| correlation of neighbours | noise | claims | {FIGURES}"
    lines = [title, "", head, "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        shape = "heavy-tailed (t, 3 degrees of freedom)" if row.heavy else "normal"
        lines.append(
            f"| {row.correlation:g} | {shape} | {TRUTHS[row.truth]} | {cells(row.figures)}"
        )
    return "\n".join(lines) + "\n"


def real_suites(real: Real) -> str:
    """Return what real A/A suites had."""
    looks = ", ".join(map(str, real.looks))
    return (
        f"Real A/A suites on this machine: of {real.suites} that share no block (looks at "
        f"{looks}) {real.false_fails} had a false *fails* and {real.false_holds} a false *holds* "
        f"({real.claims} variants, each claimed to be at least as fast as itself); intervals "
        f"held the truth in {real.coverage:.1%}.\n"
    )
