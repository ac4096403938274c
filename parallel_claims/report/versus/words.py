"""How a comparison of two versions is put in words, the same in every format."""

from __future__ import annotations

import math
from collections import Counter
from posixpath import commonpath
from typing import TYPE_CHECKING

from parallel_claims.quantities import number
from parallel_claims.report import remedies, words
from parallel_claims.report.tables import LONGEST_NAME, Name
from parallel_claims.saved.names import own_name
from parallel_claims.stats import ALPHA
from parallel_claims.versus.records import Finding
from parallel_claims.visible import middle, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parallel_claims.versus.records import ClaimDifference, Difference, Versus

WORDS = {
    Finding.BROKEN: "broken on B",
    Finding.SLOWER: "slower",
    Finding.FASTER: "faster",
    Finding.SAME: "same",
    Finding.CANNOT_TELL: "cannot tell",
}


def answer(versus: Versus) -> list[str]:
    """Say how many benchmarks are broken and how many slower, which, and what became of the others.

    Names stand apart in it, for whoever writes them otherwise.
    """
    total, names = len(versus.compared), short(versus)
    slower = largest(versus, Finding.SLOWER)
    clauses: list[list[str]] = []
    if broken := versus.found(Finding.BROKEN):
        gone = [[Name(names[one.name])] for one in broken]
        clauses.append([f"{len(broken)} broken on B: ", *words.joined(gone, " and {} more")])
    if not (total and versus.measured):
        clauses.append(["nothing was measured on both sides"])
    elif slower:
        told = [[Name(names[one.name]), f" {ratio(one)}"] for one in slower]
        clauses.append([f"{len(slower)} of {total} slower: ", *words.joined(told, ", …")])
    else:
        clauses.append([f"none of {total} found slower"])
    rest = {
        "faster": len(versus.found(Finding.FASTER)),
        f"the same within {share(versus.within)}": len(versus.found(Finding.SAME)),
        "cannot tell": len(versus.found(Finding.CANNOT_TELL)),
    }
    claims = Counter(one.change.finding for one in versus.claims)
    of = f"of {words.plural(len(versus.claims), 'claim')}"
    rest |= {f"{of} broken": claims[Finding.BROKEN], f"{of} worse": claims[Finding.SLOWER]}
    clauses += [[f"{count} {what}"] for what, count in rest.items() if count]
    return [part for n, clause in enumerate(clauses) for part in ["; "] * (n > 0) + clause]


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
        nodeid: visible(middle(name if counted[name] == 1 else rest[nodeid], LONGEST_NAME))
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
    pairs = words.plural(most, "pair") if fewest == most else f"{fewest} to {most} pairs"
    again = sum(one.suspect for one in versus.differences)
    told = f"{pairs} of fresh processes in {duration(versus.seconds)}"
    return f"{told}; {again} measured again in new ones" if again else told


def duration(seconds: float) -> str:
    """Write seconds as people do: ``48 s``, ``3 min 34 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


LEVEL = (
    f"B / A of seconds, 95 % intervals; a false “slower” in at most {share(ALPHA)} of comparisons"
)
"""What the ratios and the verdicts mean."""


def why_open(versus: Versus) -> str:
    """Say why some benchmarks cannot be told, and what to do about it; nothing where none can.

    What was not measured at all has its reason in its own note.
    """
    open_ = [one.decision for one in versus.found(Finding.CANNOT_TELL) if one.pairs]
    told = sorted(filter(None, map(remedies.of, open_)))
    text = f"not shown to differ, nor to be within {share(versus.within)}"
    return "" if not open_ else f"{text}: {told[0]}" if told else text


def of_claim(finding: Finding) -> str:
    """Return what a finding is called of a claim: its ratio gets better or worse, not faster."""
    return {Finding.SLOWER: "worse", Finding.FASTER: "better"}.get(finding, str(finding))


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


def reasons(versus: Versus) -> list[str]:
    """Return lines on what was not compared: those with one reason together, the reason last."""
    names = short(versus)
    found: dict[str, list[str]] = {}
    for nodeid, why in versus.missing.items():
        found.setdefault(visible(why), []).append(names[nodeid])
    for nodeid, why in versus.new.items():
        found.setdefault(f"new on B: {visible(why)}", []).append(names[nodeid])
    return [f"{words.listed(inside)}: {why}" for why, inside in found.items()]
