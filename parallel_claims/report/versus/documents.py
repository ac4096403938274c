"""A comparison of two versions for programs, as JSON, and for a pull request, as a comment."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from parallel_claims.report import data
from parallel_claims.report.markdown import cell, row
from parallel_claims.report.versus import words
from parallel_claims.versus.records import Finding
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_claims.versus.records import ClaimDifference, Difference, Version, Versus

CHANGED = (Finding.BROKEN, Finding.SLOWER, Finding.FASTER)
MOST = 10
"""Rows of a comment's table that are not folded."""

MOST_FOLDED = 200
"""Rows that are folded: a comment holds 65,536 characters."""


def as_json(versus: Versus) -> str:
    """Return the comparison as JSON; what cannot be told, such as infinite ends, is null.

    ``ratio`` is seconds of the second side over seconds of the first; of a claim, its ratio on
    the second side over that on the first.
    """
    document = {
        "sides": [side(version) for version in (versus.first, versus.second)],
        "pairs": max((one.pairs for one in versus.differences), default=0),
        "seconds": round(versus.seconds, 3),
        "within": versus.within,
        "benchmarks": [benchmark(one) for one in versus.differences],
        "claims": [claim(one) for one in versus.claims],
        "new": dict(versus.new),
        "missing": dict(versus.missing),
        "notes": list(versus.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def side(version: Version) -> dict[str, Any]:
    """Return a side as data."""
    return {"name": version.name, "text": version.text, **version.facts}


def benchmark(one: Difference) -> dict[str, Any]:
    """Return a benchmark's verdict as data."""
    return {
        "name": one.name,
        "verdict": str(one.finding),
        "ratio": data.finite(one.ratio.centre) if one.ratio else None,
        "low": data.finite(one.ratio.low) if one.ratio else None,
        "high": data.finite(one.ratio.high) if one.ratio else None,
        "pairs": one.pairs,
        **({"note": one.note} if one.note else {}),
    }


def claim(one: ClaimDifference) -> dict[str, Any]:
    """Return a claim's verdict as data."""
    return {
        **benchmark(one.change),
        "statement": one.statement,
        "quantity": one.quantity,
        "first": data.interval(one.first),
        "second": data.interval(one.second),
    }


def as_markdown(versus: Versus) -> str:
    """Return a comment for a pull request: the answer, what changed, the rest folded."""
    changed = [one for finding in CHANGED for one in words.largest(versus, finding)]
    open_ = words.largest(versus, Finding.CANNOT_TELL)
    lines = [f"**{words.answer(versus, code)}**", "", *table(versus, changed[:MOST])]
    lines += listed([*words.claims(versus), *(f"! {note}" for note in words.notes(versus))])
    lines += folded(f"{len(changed) - MOST} more that changed", table(versus, changed[MOST:]))
    if open_:
        told = plain(words.why_open(versus)).capitalize()
        why = [f"{told}.", ""] if told else []
        lines += folded(f"{len(open_)} cannot tell", [*why, *table(versus, open_)])
    missing = len(versus.missing) + len(versus.new)
    lines += folded(f"{missing} not compared", listed(words.reasons(versus)))
    about = [words.sides(versus), words.effort(versus), words.LEVEL]
    lines += folded("What was compared, and how to read it", listed(about))
    return "\n".join(lines).rstrip() + "\n"


def table(versus: Versus, rows: Sequence[Difference]) -> list[str]:
    """Return a row a benchmark; of very many, the first."""
    if not rows:
        return []
    names = words.short(versus)
    titles = ["", "Benchmark", "B / A (95 % interval)", "A takes", "Pairs"]
    lines = [row(titles), row("---" for _ in titles)]
    for one in rows[:MOST_FOLDED]:
        name = code(names[one.name]).replace("|", "\\|")  # it ends a cell even in code
        told = f"{name} ({plain(visible(one.note))})" if one.note else name
        mark = unbroken(f"{words.MARKS[one.finding]} {words.WORDS[one.finding]}")
        takes = unbroken(words.takes(versus, one.name))
        lines.append(row([mark, told, words.ratio(one), takes, str(one.pairs)]))
    left = len(rows) - MOST_FOLDED
    return [*lines, "", *([f"{left} more are not shown.", ""] if left > 0 else [])]


def unbroken(text: str) -> str:
    """Return a text that stays in one line."""
    return text.replace(" ", "\u00a0")


def code(name: str) -> str:
    """Return a name in the type of code, whatever it holds."""
    runs = re.findall("`+", name)
    fence = "`" * (1 + max(map(len, runs), default=0))
    space = " " * bool(runs)
    return f"{fence}{space}{name}{space}{fence}"


STARTS = {ord(sign): f"\\{sign}" for sign in "[]_~#"} | {ord("@"): "@\u200b"}
"""What would start a link, a mention of somebody, or other markup."""


def plain(text: str) -> str:
    """Return a text of which nothing is markup."""
    return cell(text).translate(STARTS)


def listed(lines: Iterable[str]) -> list[str]:
    """Return lines as a list, with a line after it; nothing where there are none."""
    found = [f"- {plain(line)}" for line in lines]
    return [*found, ""] if found else []


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Return lines that are folded under a title; nothing where there are none."""
    if not lines:
        return []
    return [f"<details><summary>{title}</summary>", "", *lines, "</details>", ""]
