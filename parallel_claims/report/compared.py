"""What ``compare`` says: a row a claim, or a benchmark, and side."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_claims.decisions import Basis
from parallel_claims.follow.comparison import Change
from parallel_claims.report import data, decided, remedies, words
from parallel_claims.report.tables import Column, Document, Group, Name, Place, Table, Tone, row
from parallel_claims.saved.names import own_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_claims.follow.comparison import Comparison, Row, Shift


class Compared(NamedTuple):
    """One claim, or benchmark, on one side against the first; ``number``: of the side."""

    found: Comparison
    row: Row
    number: int

    @property
    def shift(self) -> Shift:
        """Return the ratio to the first side, and what can be said of it."""
        return self.row.shifts[self.number - 1]


def document(found: Comparison) -> Document:
    """Return a comparison: the answer, the sides, what differs, a row a claim and side."""
    made = tuple(table(key, rows, found) for key, rows in (("claims", found.claims),
                 ("benchmarks", found.seconds)))  # fmt: skip
    return Document(
        "compare",
        answer(found),
        made,
        sides(found),
        notes=[*differing(found), *absent(found)],
        level=level(found),
        data=facts(found),
    )


def table(key: str, found: Sequence[Row], whole: Comparison) -> Table:
    """Return rows on all sides but the first as a table; with more than two a row says which."""
    columns = COLUMNS if len(whole.sides) == len("AB") else (*COLUMNS[:2], SIDE, *COLUMNS[2:])
    rows = tuple(
        row(columns, Compared(whole, one, number), *LOOKS[shift.change])
        for one in found
        for number, shift in enumerate(one.shifts, 1)
    )
    return Table(key, columns, (Group(rows),), "Claim" if key == "claims" else "Benchmark")


LOOKS = {
    Change.BETTER: ("+", Tone.GOOD),
    Change.WORSE: ("-", Tone.BAD),
    Change.SAME: ("=", Tone.NONE),
    Change.CANNOT_TELL: ("?", Tone.OPEN),
    Change.BROKEN: ("-", Tone.BAD),
    Change.NEW: (" ", Tone.NONE),
}
"""The sign and the look of each change."""


def title(one: Compared) -> str:
    """Return what is compared: a claim's statement, a benchmark's name."""
    return one.row.claim.statement if one.row.claim else one.row.name


def found_on(found: Row, number: int) -> str:
    """Write what a side found: seconds, or a speedup and its efficiency."""
    value, efficiency = found.speedups[number], found.efficiencies[number]
    if value is None:
        return "not measured"
    if found.quantity == "seconds":
        return words.seconds(value)
    text = words.interval(value, "×")
    return f"{words.given(efficiency)}; {text}" if efficiency else text


def ratio(one: Compared) -> str:
    """Write the ratio of a side to the first."""
    return words.interval(one.shift.ratio) if one.shift.ratio else ""


def values(one: Compared) -> dict[str, Any]:
    """Return what is compared, on both sides, as data."""
    found = one.row
    compared = found.efficiencies if found.quantity == "efficiency" else found.speedups
    return {
        "quantity": found.quantity,
        "side": one.found.sides[one.number].name,
        "first": data.interval(compared[0]),
        "second": data.interval(compared[one.number]),
    }


COLUMNS: tuple[Column[Compared], ...] = (
    Column("Claim", lambda c: c.row.name if c.row.claim else "", key="name",
           value=lambda c: c.row.name, place=Place.NAME, code=True),
    Column("Statement", title, key="statement", place=Place.HEAD,
           value=lambda c: c.row.claim and c.row.claim.statement),
    Column("A", lambda c: found_on(c.row, 0), value=values),
    Column("B", lambda c: found_on(c.row, c.number),
           lambda c: f"{letter(c.number)} {found_on(c.row, c.number)}"),
    Column("B / A", ratio, lambda c: f"{letter(c.number)} / A of {c.row.quantity} {ratio(c)}"),
    Column("Change", lambda c: str(c.shift.change),
           value=lambda c: decided.of_shift(c.found, c.number, c.shift).as_data(),
           place=Place.VERDICT),
    Column("Not compared", lambda c: c.shift.note, place=Place.NOTE),
)  # fmt: skip

SIDE: Column[Compared] = Column("B is", lambda c: letter(c.number), place=Place.SIDE)
"""Which side stands beside A in a row, where there are several."""


def facts(found: Comparison) -> dict[str, Any]:
    """Return what only programs get of a comparison."""
    return {
        "sides": [
            {
                "name": side.name,
                "machine": side.machine,
                "build": side.facts["build"].iloc[-1],
                "size": side.facts["size"].iloc[-1],
                "runs": [str(path) for path in side.facts["path"]],
                "environment": side.environment,
            }
            for side in found.sides
        ],
        "within": found.within,
        "absent": [
            {
                "name": one.name,
                "side": found.sides[one.side].name,
                "verdict": str(one.presence).replace(" ", "-"),
                "note": one.why,
            }
            for one in found.absences
        ],
    }


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letter(number: int) -> str:
    """Return how a side of a comparison is called for short."""
    return LETTERS[number] if number < len(LETTERS) else f"#{number + 1}"


def answer(found: Comparison) -> list[str]:
    """Say how many claims are better, worse, and so on, on the sides after the first."""
    rows = found.claims or found.seconds
    what = words.plural(len(rows), "claim" if found.claims else "benchmark")
    named = dict(zip(Change, Change, strict=True)) | {
        Change.SAME: f"same within {found.within * 100:g} %"
    }
    counted = Counter(shift.change for row in rows for shift in row.shifts)
    told = ", ".join(f"{counted[change]} {named[change]}" for change in Change if counted[change])
    remedy = [": ", *decides(found)] if Basis.NOTHING in found.bases else []
    return [*broken(found), f"{what} compared: {told}", *remedy]


def broken(found: Comparison) -> list[str]:
    """Say of each side what ran on the first one and does not run there."""
    told: list[str] = []
    for number in range(1, len(found.sides)):
        names = [[Name(own_name(one.name))] for one in found.broken if one.side == number]
        if names:
            told += [f"{len(names)} broken on {letter(number)}: "]
            told += [*words.joined(names, " and {} more"), "; "]
    return told


def absent(found: Comparison) -> list[str]:
    """Say what one side measured and another did not: those of one reason together."""
    alike: dict[tuple[int, str, str], list[str]] = {}
    for one in found.absences:
        key = (one.side, str(one.presence), one.why)
        alike.setdefault(key, []).append(own_name(one.name))
    return [
        f"{presence} on {letter(side)}: {words.listed(names)}" + (f" ({why})" if why else "")
        for (side, presence, why), names in alike.items()
    ]


def decides(found: Comparison) -> list[str]:
    """Say what would decide a comparison that rests on too few runs."""
    number = found.bases.index(Basis.NOTHING) + 1
    shift = (found.claims or found.seconds)[0].shifts[number - 1]
    text = remedies.of(decided.of_shift(found, number, shift))
    first, other = (found.sides[n].facts.iloc[-1] for n in (0, number))
    if other["machine"] != first["machine"]:
        return [text]
    commits = [facts["commit"][:10] for facts in (first, other)]
    known = all(commits) and commits[0] != commits[1] and first["build"] == other["build"]
    command = f"parallel-claims versus {' '.join(commits) if known else 'A B'}"
    return [f"{text}, or ", Name(command)]


def sides(found: Comparison) -> list[str]:
    """Say what the sides are."""
    lines = []
    for number, side in enumerate(found.sides):
        facts, count = side.facts.iloc[-1], len(side.facts)
        size = f", size {facts['size']}" if facts["size"] else ""
        runs = "1 run" if count == 1 else f"{count} runs"
        lines.append(
            f"{letter(number)}  {side.name}: {runs} of {facts['machine']}, {facts['build']}{size}"
        )
    return lines


def differing(found: Comparison) -> list[str]:
    """Say what differs between the sides, and within one."""
    lines = [
        f"{letter(number)} differs from A: {'; '.join(texts)}"
        for number, texts in enumerate(found.differing, 1)
        if texts
    ]
    lines += [
        f"{letter(number)}'s own runs differ: {'; '.join(side.mixed)}"
        for number, side in enumerate(found.sides)
        if side.mixed
    ]
    return lines


def level(found: Comparison) -> str:
    """Say what the intervals of a comparison promise, and on what they rest."""
    text = "95 % intervals; all decided together (Holm)"
    counts = [len(side.facts) for side in found.sides]
    if Basis.PAIRS in found.bases:
        text += "; decided pair of processes by pair, as `versus` does"
    if Basis.NOTHING in found.bases:
        fewest = min(counts)
        runs = "one run a side knows" if fewest == 1 else f"{fewest} runs a side know"
        text += f"; {runs} next to nothing of what varies between runs"
    if Basis.RUNS in found.bases and apart(found):
        text += "; a change of the machine between the sides' runs is in them: alternate the runs"
    return text


def apart(found: Comparison) -> bool:
    """Say whether a side's runs were all measured before those of another on its machine."""
    spans = [(s.machine, s.facts["saved"].min(), s.facts["saved"].max()) for s in found.sides]
    first, others = spans[0], spans[1:]
    return any(
        other[0] == first[0] and (other[1] > first[2] or other[2] < first[1]) for other in others
    )
