"""Claims across versions: is a speedup another one on the second version than on the first?"""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from parallel_claims import stats
from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.ratio import Terms
from parallel_claims.saved.names import Names, own_name
from parallel_claims.versus import deciding
from parallel_claims.versus.records import ClaimDifference, Difference, Finding, RunsOn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.versus.records import Lost, Pair, Slices


class Asked(NamedTuple):
    """A claim on how fast one benchmark is beside another, by their node ids."""

    claim: Claim
    terms: Terms


def asked(claims: Iterable[Claim], nodeids: Collection[str]) -> tuple[list[Asked], list[str]]:
    """Return the claims on ratios of two benchmarks, named short or in full; and what is amiss.

    nodeids: of the benchmarks of either side. What is amiss is a line for each claim that names
    what is on neither side, or several benchmarks.
    """
    names = Names(nodeids)
    found, amiss = [], []
    for claim in claims:
        rule = claim.rule
        if not isinstance(rule, Contrast) or rule.terms is None:
            continue
        pair = rule.speedup_terms.signs
        unclear = [why for _, name in pair if (why := names.unclear(name))]
        if unclear:
            amiss.append(f"claim {claim.id}: not compared: {'; '.join(unclear)}")
        else:
            terms = Terms(tuple((sign, names.find(name)[0]) for sign, name in pair))
            found.append(Asked(claim, terms))
    return found, amiss


def differences(
    claims: Sequence[Asked], pairs: Sequence[Pair], lost: Mapping[str, Lost], within: float
) -> tuple[list[ClaimDifference], list[str]]:
    """Return what became of each claim, and a line for each that cannot be compared.

    lost: the benchmarks that do not run on both sides. A claim on one that runs on the first side
    only is *broken*; one on what was not there before has nothing to be compared with.
    """
    decided = iter(decide(comparable(claims, lost), pairs, within))
    found, amiss = [], []
    for one in claims:
        gone = {name: lost[name].runs for name in one.terms.names if name in lost}
        broken = [own_name(name) for name, runs in gone.items() if runs is RunsOn.FIRST_ONLY]
        if broken:
            note = f"{' and '.join(broken)} does not run on B"
            change = Difference(one.claim.id, Finding.BROKEN, None, 0, note=note)
            found.append(ClaimDifference(one.claim.statement, QUANTITY, None, None, change))
        elif gone:
            told = (f"{own_name(name)} {WHERE[runs]}" for name, runs in gone.items())
            amiss.append(f"claim {one.claim.id}: not compared: {'; '.join(told)}")
        else:
            change = replace(next(decided), name=one.claim.id)
            first, second = ratios(one.terms, pairs) if change.pairs else (None, None)
            found.append(ClaimDifference(one.claim.statement, QUANTITY, first, second, change))
    return found, amiss


QUANTITY = "speedup"
"""What is compared of every claim."""

WHERE = {RunsOn.SECOND_ONLY: "is new on B", RunsOn.NOWHERE: "runs on neither side"}
"""Where a benchmark runs that has nothing to be compared with."""


def comparable(claims: Iterable[Asked], lost: Collection[str]) -> list[Asked]:
    """Return the claims all of whose benchmarks run on both sides."""
    return [one for one in claims if not any(name in lost for name in one.terms.names)]


def decide(claims: Iterable[Asked], pairs: Sequence[Pair], within: float) -> tuple[Difference, ...]:
    """Return what can be said of each claim's ratio; *slower* is a smaller one."""
    return deciding.decide_claims((changes(one.terms, pairs) for one in claims), within)


def changes(terms: Terms, pairs: Sequence[Pair]) -> list[float]:
    """Return the log of the claim's ratio on the second version over the first, pair by pair."""
    return over_pairs(terms, pairs, lambda slices: slices.ratio)


def ratios(terms: Terms, pairs: Sequence[Pair]) -> tuple[stats.Interval, stats.Interval]:
    """Return the claim's ratio on each version, with 95 % intervals over the pairs."""
    first = over_pairs(terms, pairs, lambda slices: math.log(statistics.median(slices.first)))
    second = over_pairs(terms, pairs, lambda slices: math.log(statistics.median(slices.second)))
    return stats.paired(np.array(first)).exp(), stats.paired(np.array(second)).exp()


def over_pairs(terms: Terms, pairs: Sequence[Pair], log: Callable[[Slices], float]) -> list[float]:
    """Return a log ratio for each pair that has all benchmarks of a claim."""

    def ratio(pair: Pair) -> float:
        return terms.log_ratio(lambda name: log(pair.slices[name]))

    return [ratio(pair) for pair in pairs if pair.slices.keys() >= set(terms.names)]
