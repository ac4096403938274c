"""What ``check`` says of a run without claims: a row a benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_claims.decisions import Decision
from parallel_claims.report import data, words
from parallel_claims.report.tables import Column, Document, Group, Place, Table, Tone, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.judge.timing import Timing
    from parallel_claims.saved.form import Run

WIDE = 0.1
"""Relative half-width from which an interval is called wide."""


def against(one: Timing) -> str:
    """Write how long it takes beside the fastest of its group."""
    if one.times_as_long is None:
        return ""
    return f"{words.interval(one.times_as_long, '×')} as long as {one.fastest}"


def rests_on(one: Timing) -> str:
    """Write what the interval rests on."""
    lost = f", {one.lost} lost" if one.lost else ""
    return f"{one.basis.count} {one.basis.kind}{lost}"


def decision(one: Timing) -> dict[str, Any]:
    """Return the keys that every row has: the ratio to the fastest of the group."""
    return Decision("measured", one.times_as_long, one.basis).as_data()


COLUMNS: tuple[Column[Timing], ...] = (
    Column("Benchmark", lambda t: t.name, key="name", value=lambda t: t.fullname,
           place=Place.HEAD, code=True),
    Column("Takes (95 % interval)", lambda t: words.seconds(t.seconds),
           lambda t: words.seconds(t.seconds), key="seconds",
           value=lambda t: data.interval(t.seconds)),
    Column("In its group", against, against, value=decision),
    Column("", value=lambda t: {"group": t.group, "lost_blocks": t.lost, "run": t.run},
           place=Place.DATA),
    Column("Rests on", rests_on, place=Place.SIDE),
)  # fmt: skip


def table(timings: Sequence[Timing]) -> Table:
    """Return benchmarks as a table."""
    rows = tuple(row(COLUMNS, one, tone=Tone.SAME) for one in timings)
    return Table("benchmarks", COLUMNS, (Group(rows),), "Benchmark")


def answer(timings: Sequence[Timing]) -> str:
    """Say how many benchmarks there are, and how well they are known."""
    known = [one for one in timings if one.seconds.bounded]
    text = words.plural(len(timings), "benchmark")
    if not known:
        return f"{text}; too few blocks or rounds for an interval"
    wide = sum(width(one) > WIDE for one in known)
    widest = max(known, key=width)
    told = f"the widest interval is ±{width(widest):.0%} ({widest.name})"
    return f"{text}; {told}" + (f"; {wide} wider than ±{WIDE:.0%}" if wide > 1 else "")


def width(one: Timing) -> float:
    """Return half of the width of the interval, relatively."""
    return (one.seconds.high - one.seconds.low) / (2 * one.seconds.centre)


def document(run: Run, timings: Sequence[Timing], notes: Sequence[str] = ()) -> Document:
    """Return what a run says without claims, and what a reader has to know of it."""
    return Document(
        "check",
        [answer(timings)],
        (table(timings),),
        [words.described(run)],
        notes=notes,
        level="95 % intervals of the median; seconds hold for this machine, ratios for its blocks",
        rest="no claims here: docs/claims-file.md says how to write one; a page: report",
    )


def several(runs: Sequence[tuple[Run, Sequence[Timing]]], about: Sequence[Any]) -> Document:
    """Return what several runs say as programs get it; about: what is known of each run."""
    answers = "; ".join(answer(timings) for _, timings in runs)
    whole = table([one for _, timings in runs for one in timings])
    return Document("check", [answers], (whole,), data={"runs": about, "claims": []})
