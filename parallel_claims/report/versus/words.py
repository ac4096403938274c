"""How a comparison of two versions is put in words, the same in every format."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from posixpath import commonpath
from typing import TYPE_CHECKING

from parallel_claims.decisions import Remedy
from parallel_claims.quantities import number, time
from parallel_claims.report import words
from parallel_claims.saved.names import own_name
from parallel_claims.stats import ALPHA
from parallel_claims.versus.records import Finding
from parallel_claims.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from parallel_claims.versus.records import ClaimDifference, Difference, Versus

WORDS = {
    Finding.BROKEN: "broken on B",
    Finding.SLOWER: "slower",
    Finding.FASTER: "faster",
    Finding.SAME: "same",
    Finding.CANNOT_TELL: "cannot tell",
}
MARKS = {
    Finding.BROKEN: "✗",
    Finding.SLOWER: "✗",
    Finding.FASTER: "✓",
    Finding.SAME: "=",
    Finding.CANNOT_TELL: "?",
}


def answer(versus: Versus, named: Callable[[str], str] = str) -> str:
    """Say how many benchmarks are broken and how many slower, which, and what became of the others.

    named: how a name is written.
    """
    total, names = len(versus.compared), short(versus)
    broken = [named(names[one.name]) for one in versus.found(Finding.BROKEN)]
    parts = [f"{len(broken)} broken on B: {words.listed(broken)}"] if broken else []
    if total and versus.measured:
        slower = largest(versus, Finding.SLOWER)
        told = [f"{named(names[one.name])} {ratio(one)}" for one in slower[: words.MOST_NAMED]]
        told += ["…"] * (len(slower) > words.MOST_NAMED)
        slow = f"{len(slower)} of {total} slower: {', '.join(told)}"
        parts.append(slow if slower else f"none of {total} found slower")
    else:
        parts.append("nothing was measured on both sides")
    rest = {
        "faster": len(versus.found(Finding.FASTER)),
        f"the same within {share(versus.within)}": len(versus.found(Finding.SAME)),
        "cannot tell": len(versus.found(Finding.CANNOT_TELL)),
    }
    claims = Counter(one.change.finding for one in versus.claims)
    of = f"of {plural(len(versus.claims), 'claim')}"
    rest |= {f"{of} broken": claims[Finding.BROKEN], f"{of} worse": claims[Finding.SLOWER]}
    return "; ".join([*parts, *(f"{count} {what}" for what, count in rest.items() if count)])


def share(value: float) -> str:
    """Write a share: ``5 %``."""
    return f"{value * 100:g} %"


def ratio(one: Difference) -> str:
    """Write seconds of B over seconds of A, with the interval: ``1.10× [1.07, 1.13]``."""
    return words.interval(one.ratio, "×") if one.ratio else "not measured"


def largest(versus: Versus, finding: Finding) -> list[Difference]:
    """Return the benchmarks of which this was found, the largest change first."""
    return sorted(versus.found(finding), key=size, reverse=True)


def size(one: Difference) -> float:
    """Return how large a change is: twice as fast is as large as twice as slow."""
    return abs(math.log(one.ratio.centre)) if one.ratio else 0.0


def short(versus: Versus) -> Mapping[str, str]:
    """Return a benchmark's name for each node id, without what all have in common.

    That is the test's own name; where several have the same, the node id without the file or
    folder that all are in.
    """
    there = (one.name for one in versus.differences)
    nodeids = list(dict.fromkeys([*there, *versus.new, *versus.missing]))
    own = {nodeid: own_name(nodeid) for nodeid in nodeids}
    counted = Counter(own.values())
    shared = len(common(nodeids))
    rest = {nodeid: nodeid[shared:].lstrip("/:") for nodeid in nodeids}
    return {
        nodeid: visible(name if counted[name] == 1 else rest[nodeid])
        for nodeid, name in own.items()
    }


def common(nodeids: Iterable[str]) -> str:
    """Return the file or folder that all benchmarks are in; nothing where there is none."""
    files = {nodeid.partition("[")[0].partition("::")[0] for nodeid in nodeids}
    return commonpath(files) if files else ""


def place(versus: Versus) -> str:
    """Say in which file or folder the benchmarks are."""
    return visible(common(one.name for one in versus.differences))


def sides(versus: Versus) -> str:
    """Say what the sides are."""
    return visible(f"A is {versus.first.name}, B is {versus.second.name}")


def effort(versus: Versus) -> str:
    """Say how much was measured: ``10 pairs of fresh processes in 3 min 34 s, …``."""
    counts = [one.pairs for one in versus.compared] or [0]
    fewest, most = min(counts), max(counts)
    pairs = plural(most, "pair") if fewest == most else f"{fewest} to {most} pairs"
    again = sum(one.suspect for one in versus.differences)
    told = f"{pairs} of fresh processes in {duration(versus.seconds)}"
    return f"{told}; {again} measured again in new ones" if again else told


def plural(count: int, what: str) -> str:
    """Write a number of things: ``1 pair``, ``2 pairs``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Write seconds as people do: ``48 s``, ``3 min 34 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def takes(versus: Versus, name: str) -> str:
    """Write what a call takes on the first side; nothing where no pair has it."""
    there = [pair.slices[name].first for pair in versus.pairs if name in pair.slices]
    return time(statistics.median(map(statistics.median, there))) if there else ""


LEVEL = (
    f"B / A of seconds, 95 % intervals; a false “slower” in at most {share(ALPHA)} of comparisons"
)
"""What the ratios and the verdicts mean."""


def why_open(versus: Versus) -> str:
    """Say why some benchmarks cannot be told, and what to do about it; nothing where none can.

    What was not measured at all has its reason in its own note.
    """
    found = versus.found(Finding.CANNOT_TELL)
    open_ = [one for one in found if one.pairs or one.remedy.kind is not Remedy.NONE]
    if not open_:
        return ""
    remedies = {one.remedy for one in open_}
    more = [one.count for one in remedies if one.kind is Remedy.MORE and one.count]
    told = f": more pairs tell more (--pairs {max(more)})" if more else ""
    if any(one.kind is Remedy.TIME for one in remedies):
        told = ": a longer --budget tells more"
    return f"not shown to differ, nor to be within {share(versus.within)}{told}"


VERBS = {Finding.SLOWER: "fell", Finding.FASTER: "rose"}


def became(one: ClaimDifference, within: float) -> str:
    """Say what became of a claim's ratio: ``the speedup fell from 1.8× to 1.5× (…)``."""
    finding, ratio = one.change.finding, one.change.ratio
    if finding is Finding.BROKEN:
        return f"the {one.quantity} is broken: {visible(one.change.note)}"
    if one.first is None or one.second is None or ratio is None:
        return f"the {one.quantity} was not measured: no pair has all of its benchmarks"
    first, second = number(one.first.centre), number(one.second.centre)
    change = words.percent(ratio) if ratio.bounded else ""
    if finding in VERBS:
        return f"the {one.quantity} {VERBS[finding]} from {first}× to {second}× ({change})"
    if finding is Finding.SAME:
        return f"the {one.quantity} stayed {second}×, the same within {share(within)}"
    reach = f" ({change})" if change else ""
    return f"cannot tell whether the {one.quantity} changed: {first}×, then {second}×{reach}"


def ordered(claims: Sequence[ClaimDifference]) -> list[ClaimDifference]:
    """Return claims in the order of what a reader has to know first."""
    order = (Finding.BROKEN, Finding.SLOWER, Finding.FASTER, Finding.CANNOT_TELL, Finding.SAME)
    return sorted(claims, key=lambda one: order.index(one.change.finding))


def claims(versus: Versus) -> list[str]:
    """Return what became of the claims, a sentence each."""
    return [
        f"{MARKS[one.change.finding]} {became(one, versus.within)}: "
        + visible(one.statement).rstrip(".")
        for one in ordered(versus.claims)
    ]


def reasons(versus: Versus) -> list[str]:
    """Return lines on what was not compared: those with one reason together, the reason last."""
    names = short(versus)
    found: dict[str, list[str]] = {}
    for nodeid, why in versus.missing.items():
        found.setdefault(visible(why), []).append(names[nodeid])
    for nodeid, why in versus.new.items():
        found.setdefault(f"new on B: {visible(why)}", []).append(names[nodeid])
    return [f"{words.listed(inside)}: {why}" for why, inside in found.items()]


def notes(versus: Versus) -> list[str]:
    """Return what the reader has to know of the comparison."""
    return [visible(note) for note in versus.notes]
