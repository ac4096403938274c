"""Claims as data: reads claims.toml and says what is wrong with it.

A claim compares a *baseline* with a *contender* (``speedup``, ``efficiency``), or
looks at numbers recorded beside the time (``recorded``, ``exact``). Exactly one of
these rules is given. Benchmarks are named as they are saved.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import msgspec

from analysis.errors import BadInputError

DEFAULT = Path(__file__).with_name("claims.toml")


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a claim allows: ``at_least``, ``at_most``, or ``between = [low, high]``."""

    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that say nothing or contradict each other."""
        given = [self.at_least, self.at_most, self.between]
        if sum(value is not None for value in given) != 1:
            message = "give exactly one of at_least, at_most, between"
            raise ValueError(message)
        low, high = self.low, self.high
        if math.isnan(low) or math.isnan(high) or low > high:
            message = f"between = [{low:g}, {high:g}] allows nothing: the lower end comes first"
            raise ValueError(message)

    @property
    def low(self) -> float:
        """Return the lower end, minus infinity without one."""
        if self.between is not None:
            return self.between[0]
        return -math.inf if self.at_least is None else self.at_least

    @property
    def high(self) -> float:
        """Return the upper end, infinity without one."""
        if self.between is not None:
            return self.between[1]
        return math.inf if self.at_most is None else self.at_most

    def __str__(self) -> str:
        """Write the bound as mathematics."""
        if self.between is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"≥ {self.low:g}" if self.at_least is not None else f"≤ {self.high:g}"


class Recorded(Bound, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bound on a number recorded in every round of one benchmark."""

    benchmark: str
    name: str


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The benchmarks that measure what ``workers`` independent workers can do."""

    workers: int
    one: str
    together: str


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds of one benchmark, less those of another where it is named."""

    plus: str
    minus: str | None = None


class Accounting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the seconds above baseline / workers went, and which part is blamed for them.

    start_up, dispatch: what creating the workers, and sending them work, costs by itself.
    blames: the parts that the statement names, of start_up, dispatch, capacity.
    extent: ``most`` (more than half of the excess) or ``some`` (more than nothing).
    """

    start_up: Part
    dispatch: Part
    blames: tuple[Literal["start_up", "dispatch", "capacity"], ...]
    extent: Literal["most", "some"] = "most"

    @property
    def bound(self) -> Bound:
        """Return what the blamed seconds, less half of the excess for ``most``, must be."""
        return Bound(at_least=0.0)


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be so where the run was measured, or the claim is not testable.

    seconds: how long a round of the baseline must take for the claim to be about it.
    """

    cpus: int | None = None
    seconds: float | None = None
    gil: bool | None = None
    start_method: str | None = None


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The course's own numbers, in seconds."""

    baseline: float | None = None
    contender: float | None = None
    ideal: float | None = None
    words: str | None = None

    def __str__(self) -> str:
        """Write them short."""
        if self.words is not None:
            return self.words
        if self.contender is None:
            return f"{self.baseline:.2f} s"
        return f"{self.baseline:.2f} → {self.contender:.2f} s"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement, how it is measured, and what it allows."""

    id: str
    statement: str
    section: str = ""
    timestamp: str = ""
    course: Course | None = None
    baseline: str | None = None
    contender: str | None = None
    capacity: Capacity | None = None
    speedup: Bound | None = None
    efficiency: Bound | None = None
    recorded: Recorded | None = None
    exact: tuple[Recorded, ...] | None = None
    accounting: Accounting | None = None
    needs: Needs = Needs()
    holds: str = ""
    fails: str = ""
    known_failure: str | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        """Refuse claims without exactly one rule, or without what the rule compares."""
        rules = ("speedup", "efficiency", "recorded", "exact", "accounting")
        given = [rule for rule in rules if getattr(self, rule) is not None]
        if len(given) != 1:
            message = f"give exactly one rule of {', '.join(rules)} (here: {given or 'none'})"
            raise ValueError(message)
        if self.precision is not None and not 0 < self.precision < 1:
            message = f"precision is a relative half-width between 0 and 1 (here: {self.precision})"
            raise ValueError(message)
        pair = self.baseline and self.contender
        if given[0] in {"speedup", "efficiency", "accounting"} and not pair:
            message = f"{given[0]} compares two benchmarks: name baseline and contender"
            raise ValueError(message)
        bound = self.speedup or self.efficiency
        if bound is not None and (bound.high <= 0 or (bound.low < 0 and bound.low != -math.inf)):
            message = f"{given[0]} is a ratio: its bound must be above 0 (here: {bound})"
            raise ValueError(message)
        if (self.efficiency or self.accounting) and not self.capacity:
            message = f"{given[0]} is measured against capacity: give capacity as well"
            raise ValueError(message)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that the claim looks at."""
        names = [self.baseline, self.contender]
        if self.capacity:
            names += [self.capacity.one, self.capacity.together]
        if self.accounting:
            parts = (self.accounting.start_up, self.accounting.dispatch)
            names += [name for part in parts for name in (part.plus, part.minus)]
        if self.recorded:
            names.append(self.recorded.benchmark)
        names += [condition.benchmark for condition in self.exact or ()]
        return tuple(dict.fromkeys(name for name in names if name))


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for the head of a report, with what claims found in it as ``{claim-id}``.

    when: verdicts that some claims must have for the sentence to be said.
    """

    sentence: str
    when: dict[str, Literal["holds", "fails", "undecided", "not-testable"]] = {}


def decoded(path: Path) -> dict[str, Any]:
    """Decode a file of claims.

    Raises:
        BadInputError: it cannot be read, is not TOML, or has another key.
    """
    try:
        raw: dict[str, Any] = msgspec.toml.decode(path.read_bytes())
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not TOML: {error}"
        raise BadInputError(message) from None
    if unknown := set(raw) - {"claim", "advice"}:
        message = (
            f"{path}: unknown key {min(unknown)!r}: claims are written as [[claim]] tables, "
            "sentences for reports as [[advice]]"
        )
        raise BadInputError(message)
    return raw


def read_advice(path: Path = DEFAULT) -> tuple[Advice, ...]:
    """Read the sentences for reports, in order of their use.

    Raises:
        BadInputError: naming the file, and what is wrong with it.
    """
    try:
        return msgspec.convert(decoded(path).get("advice", ()), tuple[Advice, ...])
    except msgspec.ValidationError as error:
        message = f"{path}: [[advice]]: {error}"
        raise BadInputError(message) from None


def read(path: Path = DEFAULT) -> tuple[Claim, ...]:
    """Read a file of claims.

    Raises:
        BadInputError: naming the file, the claim, and what is wrong with it.
    """
    raw = decoded(path)
    entries = raw.get("claim")
    if not isinstance(entries, list) or not entries:
        message = f"{path}: no [[claim]] in it: see the README for an example"
        raise BadInputError(message)
    claims = tuple(convert(path, number, entry) for number, entry in enumerate(entries, 1))
    ids = [claim.id for claim in claims]
    for claim_id in ids:
        if ids.count(claim_id) > 1:
            message = f"{path}: id {claim_id!r} is given {ids.count(claim_id)} times: rename one"
            raise BadInputError(message)
    return claims


def convert(path: Path, number: int, entry: Any) -> Claim:
    """Check one claim of the file.

    Raises:
        BadInputError: naming the file, the claim and the key.
    """
    name = entry.get("id", "without an id") if isinstance(entry, dict) else "not a table"
    try:
        return msgspec.convert(entry, Claim)
    except msgspec.ValidationError as error:
        text = str(error)
        if "unknown field" in text and "at `$" not in text:
            text += f"; allowed: {', '.join(Claim.__struct_fields__)}"
        message = f"{path}: claim {number} ({name}): {text}"
        raise BadInputError(message) from None
