"""Claims across versions: is a speedup another one on the second version than on the first?"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from parallel_claims import stats
from parallel_claims.judge.contrast import Contrast
from parallel_claims.judge.ratio import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from parallel_claims.judge.claims import Claim
    from parallel_claims.versus.records import Pair, Slices


class Asked(NamedTuple):
    """A claim on how fast one benchmark is beside another, by their node ids."""

    claim: Claim
    terms: Terms


def asked(claims: Iterable[Claim], nodeids: Collection[str]) -> list[Asked]:
    """Return the claims on ratios of two benchmarks that are both there, named short or in full."""
    full: dict[str, list[str]] = {}
    for nodeid in nodeids:
        for name in {nodeid, nodeid.rpartition("::")[2]}:
            full.setdefault(name, []).append(nodeid)
    found = []
    for claim in claims:
        rule = claim.rule
        if not isinstance(rule, Contrast) or rule.terms is None:
            continue
        signs = [(sign, full.get(name, [])) for sign, name in rule.speedup_terms.signs]
        if all(len(names) == 1 for _, names in signs):
            terms = Terms(tuple((sign, names[0]) for sign, names in signs))
            found.append(Asked(claim, terms))
    return found


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
