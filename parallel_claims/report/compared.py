"""A comparison as text: for the terminal, as Markdown, and as data."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.text import Text

from parallel_claims.follow.compare import Basis, Change
from parallel_claims.report import data, markdown, terminal, words
from parallel_claims.saved.names import own_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from parallel_claims.follow.compare import Comparison, Row


def text(found: Comparison, style: terminal.Style | None = None) -> str:
    """Return a comparison as text: the answer, the sides, what differs, a row a claim."""
    parts: list[tuple[RenderableType, str]] = [(answer(found), "bold")]
    parts += [(line, "dim") for line in sides(found)]
    parts += [(Text(f"! {line}"), "yellow") for line in (*differing(found), *absent(found))]
    grid = terminal.head("Claim" if found.claims else "Benchmark", against(found))
    for row in (*found.claims, *found.seconds):
        body = Text(title(row), style="bold")
        for line in lines_of(row, found):
            body.append(f"\n{line}", style="none")
        mark, told = shifts(row)
        grid.add_row(Text(mark), body, Text(told, style=SHIFT_STYLES.get(told, "")))
    return (style or terminal.Style()).text([*parts, (grid, ""), (level(found), "dim")])


SHIFT_STYLES = {
    "better": "green",
    "worse": "bold red",
    "broken": "bold red",
    "cannot tell": "yellow",
}


def as_markdown(found: Comparison) -> str:
    """Return a comparison as Markdown, its first line the answer."""
    letters = [letter(number) for number in range(len(found.sides))]
    lines = [f"**{answer(found)}**", ""]
    lines += [
        f"- {markdown.cell(line)}" for line in (*sides(found), *differing(found), *absent(found))
    ]
    titles = ["", *letters, *(f"{name} / A" for name in letters[1:]), "Change"]
    lines += ["", markdown.row(titles), markdown.row("---" for _ in titles)]
    for row in (*found.claims, *found.seconds):
        cells = [markdown.cell(title(row)) if row.claim else f"`{markdown.cell(title(row))}`"]
        cells += [found_on(row, number) or "–" for number in range(len(row.speedups))]
        cells += [words.interval(s.ratio) if s.ratio else "–" for s in row.shifts]
        lines.append(markdown.row([*cells, " ".join(shifts(row)).strip()]))
    return "\n".join([*lines, "", f"{level(found)}."]) + "\n"


def as_json(found: Comparison) -> str:
    """Return a comparison as JSON; numbers that cannot be told are null."""
    document = {
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
        "rests_on": [str(basis) for basis in found.bases],
        "claims": [record(row) for row in found.claims],
        "seconds": [record(row) for row in found.seconds],
        "absent": [
            {
                "name": one.name,
                "side": letter(one.side),
                "verdict": str(one.presence),
                "note": one.why,
            }
            for one in found.absences
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def record(row: Row) -> dict[str, Any]:
    """Return one row as data."""
    return {
        "name": row.name,
        "quantity": row.quantity,
        "seconds" if row.quantity == "seconds" else "speedups": [
            data.interval(x) for x in row.speedups
        ],
        "efficiencies": [data.interval(x) for x in row.efficiencies],
        "against_first": [
            {
                "change": str(shift.change),
                "ratio": data.interval(shift.ratio),
                "note": shift.note,
            }
            for shift in row.shifts
        ],
    }


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letter(number: int) -> str:
    """Return how a side of a comparison is called for short."""
    return LETTERS[number] if number < len(LETTERS) else f"#{number + 1}"


def answer(found: Comparison) -> str:
    """Say how many claims are better, worse, and so on, on the sides after the first."""
    rows = found.claims or found.seconds
    what = ("claim" if found.claims else "benchmark") + ("" if len(rows) == 1 else "s")
    counted = Counter(shift.change for row in rows for shift in row.shifts)
    told = ", ".join(f"{counted[change]} {change}" for change in Change if counted[change])
    told = told.replace("same", f"same within {found.within * 100:g} %")
    remedy = f": {decides(found)}" if Basis.NOTHING in found.bases else ""
    parts = [*broken(found), f"{len(rows)} {what} compared: {told}{remedy}"]
    return "; ".join(parts)


def broken(found: Comparison) -> Iterator[str]:
    """Say of each side what ran on the first one and does not run there."""
    for number in range(1, len(found.sides)):
        names = [own_name(one.name) for one in found.broken if one.side == number]
        if names:
            yield f"{len(names)} broken on {letter(number)}: {words.listed(names)}"


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


def decides(found: Comparison) -> str:
    """Say what would decide a comparison that rests on too few runs."""
    first, *others = (side.facts.iloc[-1] for side in found.sides)
    text = "measure three runs a side"
    short = [other for other, basis in zip(others, found.bases, strict=True) if basis not in ENOUGH]
    if any(other["machine"] != first["machine"] for other in short):
        return text
    commits = [facts["commit"][:10] for facts in (first, short[0])]
    known = all(commits) and commits[0] != commits[1] and first["build"] == short[0]["build"]
    return f"{text}, or `parallel-claims versus {' '.join(commits) if known else 'A B'}`"


ENOUGH = {Basis.PAIRS, Basis.RUNS}
"""What a comparison may rest on to decide anything."""


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


def against(found: Comparison) -> str:
    """Name what is compared with what."""
    return "B against A" if len(found.sides) == len("AB") else "against A"


def lines_of(row: Row, found: Comparison) -> list[str]:
    """Write what each side found, and the ratios to the first."""
    sides_ = range(len(found.sides))
    lines = [f"{letter(number)} {found_on(row, number) or 'not measured'}" for number in sides_]
    lines += [
        f"{letter(number)} / A of {row.quantity}: {words.interval(shift.ratio)}"
        for number, shift in enumerate(row.shifts, 1)
        if shift.ratio
    ]
    lines += [
        f"{letter(number)} is not compared: {shift.note}"
        for number, shift in enumerate(row.shifts, 1)
        if shift.note
    ]
    return lines


def title(row: Row) -> str:
    """Return what is compared: a claim's statement, a benchmark's name."""
    return row.claim.statement.rstrip(".") if row.claim else row.name


def found_on(row: Row, number: int) -> str:
    """Write what a side found: seconds, or a speedup and its efficiency; nothing without any."""
    found, efficiency = row.speedups[number], row.efficiencies[number]
    if found is None:
        return ""
    if row.quantity == "seconds":
        return words.seconds(found)
    text = words.interval(found, "×")
    return f"{words.given(efficiency)}; {text}" if efficiency else text


def shifts(row: Row) -> tuple[str, str]:
    """Return the sign and the words for what the sides after the first came to."""
    found = [str(shift.change) for shift in row.shifts]
    if len(set(found)) == 1:
        return CHANGE_MARKS[row.shifts[0].change], found[0]
    told = ", ".join(f"{letter(number)} {text}" for number, text in enumerate(found, 1))
    return " ", told


CHANGE_MARKS = {
    Change.BETTER: "+",
    Change.WORSE: "-",
    Change.SAME: "=",
    Change.CANNOT_TELL: "?",
    Change.BROKEN: "-",
    Change.NEW: " ",
}


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
