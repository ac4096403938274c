"""Claims as data: what one says, by which rule, and what it needs.

Exactly one rule is given (``rules``). Benchmarks are named as they are saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from parallel_claims.judge.rule import Rule  # noqa: TC001  msgspec looks fields' types up
from parallel_claims.judge.rules import RULES
from parallel_claims.quantities import unit_of_time

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be so where the run was measured, or the claim is not testable.

    seconds: how long a round of the baseline must take for the claim to be about it.
    """

    cpus: int | None = None
    seconds: float | None = None
    gil: bool | None = None
    start_method: str | None = None


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figures that were published with a statement, in seconds, or words instead.

    by: whom they are by; said once for a whole file of claims.
    """

    baseline: float | None = None
    contender: float | None = None
    ideal: float | None = None
    words: str | None = None
    by: str = ""

    def __post_init__(self) -> None:
        """Refuse what says nothing that is shown."""
        if self.baseline is None and self.contender is None and self.words is None:
            message = "a published figure is told by baseline, contender or words: give one of them"
            raise ValueError(message)

    def __str__(self) -> str:
        """Write them short."""
        if self.words is not None:
            return self.words
        if self.contender is None:
            return in_seconds(self.baseline)
        return in_seconds(self.baseline, self.contender)


def in_seconds(*figures: float | None) -> str:
    """Write published seconds as they were printed, in the unit of the largest."""
    known = [figure for figure in figures if figure is not None]
    step, unit = unit_of_time(max(known, default=0.0))
    return " → ".join(f"{figure / step:.2f}" for figure in known) + f" {unit}"


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a claim says beside its rule.

    headline: it is shown first, and measured with priority when the budget is short.
    overhead: the benchmark of creating workers and sending them work, and nothing else: its
        share of the ideal time is shown beside the verdict.
    optional: its benchmarks are measured only where they are asked for; a run without them
        does not count it.
    slower: its statement is of how many times as slow the baseline is: so its ratio is told.
    """

    id: str
    statement: str
    section: str = ""
    section_title: str = ""
    timestamp: str = ""
    published: Published | None = None
    needs: Needs = Needs()
    holds: str = ""
    fails: str = ""
    known_failure: str | None = None
    headline: bool = False
    overhead: str | None = None
    optional: bool = False
    slower: bool = False


class Claim(Statement, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One statement, and the rule that says what is bounded, and how."""

    rule: Rule

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Claim:
        """Return the claim that a table of a claims file makes, in which the rule is unpacked.

        Raises:
            ValueError: it makes none (``msgspec.ValidationError``, where a value is wrong).
        """
        if unknown := [key for key in table if key not in keys()]:
            message = f"unknown field {unknown[0]!r}; allowed: {', '.join(keys())}"
            raise ValueError(message)
        given = [key for key in RULES if table.get(key) is not None]
        if len(given) != 1:
            message = f"give exactly one rule of {', '.join(RULES)} (here: {given or 'none'})"
            raise ValueError(message)
        kind = RULES[given[0]]
        own = {key: table[key] for key in table if key in kind.__struct_fields__}
        other = {key: value for key, value in table.items() if key not in own}
        if needless := [key for key in other if key not in Statement.__struct_fields__]:
            message = f"{kind.key} does not look at {needless[0]!r}: leave it out"
            raise ValueError(message)
        said = msgspec.convert(other, Statement)
        return cls(rule=msgspec.convert(own, kind), **msgspec.structs.asdict(said))

    def as_table(self) -> dict[str, Any]:
        """Return the table that makes it: ``of`` returns it from that."""
        packed = msgspec.to_builtins(self)
        rule = packed.pop("rule")
        return {key: value for key, value in {**packed, **rule}.items() if value is not None}

    def measured_by(self, names: Container[str]) -> Claim:
        """Return the claim as a run which has these benchmarks can be judged by it."""
        return msgspec.structs.replace(self, rule=self.rule.measured_by(names))

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that the claim looks at."""
        return self.rule.benchmarks

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Return the names of all benchmarks that are measured for the claim at all."""
        names = (*self.benchmarks, self.overhead)
        return tuple(dict.fromkeys(name for name in names if name))


def keys() -> list[str]:
    """Return every key that a claim's table may have."""
    own = [key for kind in RULES.values() for key in kind.__struct_fields__]
    return list(dict.fromkeys((*Statement.__struct_fields__, *own)))


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for the head of a report, with what claims found in it as ``{claim-id}``.

    when: verdicts that some claims must have for the sentence to be said.
    """

    sentence: str
    when: dict[str, Literal["holds", "fails", "undecided", "not-testable"]] = {}


class Chart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chart of a number that some benchmarks record: a point a round, and the median.

    recorded: the number's name. told: what the chart shows, in a sentence.
    axis: what is on the axis. unit: what the number is in.
    over: of what there were several, where each has a number of its own: ``speedup`` over
        ``workers`` is drawn from what is recorded as ``speedup_1``, ``speedup_2`` …
    beside: another such number, drawn beside it: what could be had at best.
    """

    recorded: str
    title: str
    told: str
    axis: str
    unit: str = ""
    over: str = ""
    beside: str = ""
