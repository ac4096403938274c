"""What is wrong with claims before anything is measured: names, contradictions, markers."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from difflib import get_close_matches
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from parallel_claims.errors import BadInputError
from parallel_claims.judge import claims_file
from parallel_claims.judge.claims import Claim
from parallel_claims.judge.rules.exact import Exact
from parallel_claims.judge.rules.recorded import Recorded
from parallel_claims.saved.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from parallel_claims.judge.claims_file import ClaimsFile


PLACE = "PARALLEL_CLAIMS_COLLECTED"
"""The variable of the environment that tells a session where to write what it collects."""


class Suite(msgspec.Struct, frozen=True):
    """What pytest collects of a suite.

    benchmarks, tests: node ids. markers: the names that are declared. unknown_markers: those
    that are not, with the first test of each. claims: those of markers, as tables. problems:
    what is wrong with them, a line each.
    """

    benchmarks: list[str] = []
    tests: list[str] = []
    markers: list[str] = []
    unknown_markers: dict[str, str] = {}
    claims: list[dict[str, Any]] = []
    problems: list[str] = []


def problems(path: Path | None, known: ClaimsFile, suite: Suite) -> list[str]:
    """Return what is wrong with claims that can be read, and with a suite's markers, a line each.

    path: the file of the claims.
    """
    names, of_markers = Names(suite.benchmarks), [Claim.of(table) for table in suite.claims]
    found = [f"{path}: {line}" for line in (*unknown(known, suite, names), *openings(known))]
    found += suite.problems
    for name, nodeid in suite.unknown_markers.items():
        found.append(f"{nodeid}: no marker is called {name}{nearest(name, suite.markers)}")
    return [*found, *contradictions([*known.claims, *of_markers], names)]


def readable(path: Path) -> tuple[ClaimsFile, list[str]]:
    """Return a file of claims as far as it can be read, and a line for each claim that cannot.

    Raises:
        BadInputError: nothing of it can be read.
    """
    try:
        return claims_file.read(path), []
    except BadInputError as error:
        entries, found, claims = claims_file.decoded(path).get("claim"), [], []
        for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
            try:
                claims.append(claims_file.convert(path, number, entry))
            except BadInputError as wrong:
                found.append(str(wrong))
        if not claims and not found:
            raise
        return claims_file.ClaimsFile(tuple(claims)), found or [str(error)]


def unknown(known: ClaimsFile, suite: Suite, names: Names) -> Iterator[str]:
    """Yield a line for each name that is not that of one benchmark.

    What an optional claim names may be collected only where it is asked for.
    """
    naming: dict[str, list[str]] = defaultdict(list)
    for claim in known.claims:
        for name in claim.measured_by(names).asked_for:
            if len(names.find(name)) != 1 and not (claim.optional and not names.find(name)):
                naming[name].append(claim.id)
    tests = Names(suite.tests)
    for name, ids in naming.items():
        why = names.unclear(name)
        if not names.find(name) and tests.find(name):
            why = f"{name} is no benchmark: it uses neither the fixture benchmark nor measure"
        yield f"{'claim' if len(ids) == 1 else 'claims'} {', '.join(ids)}: {why}"


def openings(known: ClaimsFile) -> Iterator[str]:
    """Yield a line for each claim that a sentence for a report's head names and that is none."""
    ids = [claim.id for claim in known.claims]
    for number, opening in enumerate(known.advice, 1):
        named = {*opening.when, *re.findall(r"\{(.+?)\}", opening.sentence)}
        for claim_id in sorted(named.difference(ids)):
            yield f"[[advice]] {number}: no claim is called {claim_id}{nearest(claim_id, ids)}"


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the names that are most like one, as the end of a line; nothing where none is."""
    near = get_close_matches(name, known, n=3)
    return f"; nearest: {', '.join(near)}" if near else ""


class Range(NamedTuple):
    """What one claim allows of one number.

    what: the number in words. key: what tells it from others. some: whether only some rounds are
    to show it. of: of a ratio, which benchmarks are in it, and on which side.
    """

    claim: Claim
    key: tuple[object, ...]
    what: str
    low: float
    high: float
    some: bool = False
    of: Mapping[str, int] = MappingProxyType({})

    @property
    def inverse(self) -> Range | None:
        """Return what is allowed of the inverse of a ratio; None of any other number."""
        if not self.of:
            return None
        low, high = 1 / self.high, 1 / self.low if self.low else math.inf
        return of_ratio(self.claim, {name: -sign for name, sign in self.of.items()}, low, high)

    @property
    def told(self) -> str:
        """Write what is allowed."""
        if self.low == -math.inf or (self.low == 0 and self.high < math.inf):
            return f"≤ {self.high:.4g}"
        if self.high == math.inf:
            return f"≥ {self.low:.4g}"
        return f"{self.low:.4g} to {self.high:.4g}"


def contradictions(claims: Sequence[Claim], names: Names) -> Iterator[str]:
    """Yield a line for each two claims on one number that cannot both hold.

    A claim that is known to fail contradicts none, and two that no run can both test neither.
    """
    of_number: dict[tuple[object, ...], list[Range]] = defaultdict(list)
    for claim in claims:
        for found in ranges(claim, names) if claim.known_failure is None else ():
            inverse = found.inverse
            seen = inverse if inverse and inverse.key in of_number else found
            of_number[seen.key].append(seen)
    for several in of_number.values():
        for one, other in combinations(several, 2):
            if one.some and other.some:
                continue  # in different rounds
            if max(one.low, other.low) > min(one.high, other.high) and together(one, other):
                yield (
                    f"claims {one.claim.id} and {other.claim.id} cannot both hold: {one.what} is "
                    f"to be {one.told} and {other.told}"
                )


def together(one: Range, other: Range) -> bool:
    """Say whether a run may test both claims."""
    needs = one.claim.needs, other.claim.needs
    pairs = [[getattr(need, name) for need in needs] for name in ("gil", "start_method")]
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def ranges(claim: Claim, names: Names) -> Iterator[Range]:
    """Yield what a claim allows of each number that it bounds by itself."""
    rule, terms = claim.rule, claim.rule.terms
    if terms is not None:
        of = {one_of(name, names): sign for sign, name in terms.signs}
        shift = math.exp(-terms.shift)
        yield of_ratio(claim, of, max(rule.bound.low, 0.0) * shift, rule.bound.high * shift)
    conditions = rule.exact if isinstance(rule, Exact) else ()
    numbers = (rule.recorded,) if isinstance(rule, Recorded) else conditions
    for number in numbers:
        benchmark = one_of(number.benchmark, names)
        some = getattr(number, "rounds", "every") == "some"
        what = f"{number.name} of {number.benchmark}"
        yield Range(claim, (benchmark, number.name), what, number.low, number.high, some)


def of_ratio(claim: Claim, of: Mapping[str, int], low: float, high: float) -> Range:
    """Return what a claim allows of a ratio of times."""
    above, below = (
        " × ".join(name for name, sign in of.items() if sign == side) for side in (1, -1)
    )
    return Range(claim, tuple(sorted(of.items())), f"{above} / {below}", low, high, of=of)


def one_of(name: str, names: Names) -> str:
    """Return the node id that a name means, itself where that is not clear."""
    found = names.find(name)
    return found[0] if len(found) == 1 else name
