"""What a side of a comparison measured, what it did not, and why: nothing vanishes in silence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from parallel_claims import parameters
from parallel_claims.saved.names import Names, own_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from parallel_claims.follow.runs import Runs
    from parallel_claims.saved.form import Run


class Presence(StrEnum):
    """What can be said of a benchmark that one of two sides did not measure.

    BROKEN: it ran on the first side, and does not run on the other. NEW: only the other has it.
    UNTRIED: nobody tried: the other side's runs measured a selection, or could not measure it on
    that machine or Python.
    """

    BROKEN = "broken"
    NEW = "new"
    UNTRIED = "not measured"


@dataclass(frozen=True)
class Absence:
    """A benchmark that one of two sides did not measure.

    side: the number of the side that is compared with the first, from 1 on. why: the reason, as
    far as it is known.
    """

    name: str
    side: int
    presence: Presence
    why: str = ""


@dataclass(frozen=True)
class Coverage:
    """What the runs of a side measured.

    names: of its benchmarks, in full. skipped, failed: why others gave no time, by name, short or
    in full. broken: what a comparison in pairs found broken on it. whole: whether a run measured
    all that there was. place: its machine and Python. cases: each benchmark's parameters in short.
    """

    names: Sequence[str]
    skipped: Mapping[str, str]
    failed: Mapping[str, str]
    broken: Mapping[str, str]
    whole: bool
    place: tuple[str, str]
    cases: Mapping[str, Sequence[Mapping[str, str]]]

    def twin(self, name: str, first: Coverage) -> str | None:
        """Return what a benchmark of the first side is called here; None where it is not there.

        One that moved to another file is found by its own name, if there is just one on each side.
        """
        if name in self.names:
            return name
        own = [[one for one in side.names if own_name(one) == own_name(name)]
               for side in (first, self)]  # fmt: skip
        return own[1][0] if len(own[0]) == len(own[1]) == 1 else None

    def presence(self, name: str, first: Coverage) -> tuple[Presence, str]:
        """Say what became of a benchmark that the first side measured and this one did not."""
        names = (name, own_name(name))
        if why := next((self.failed[one] for one in names if one in self.failed), ""):
            return Presence.BROKEN, why
        why = next((self.skipped[one] for one in names if one in self.skipped), "")
        if why:
            return (Presence.BROKEN if self.place == first.place else Presence.UNTRIED), why
        if not self.whole:
            return Presence.UNTRIED, "its runs measured a selection"
        return Presence.BROKEN, "not in its runs"


def told_of(run: Run) -> str:
    """Return what a run says of what it did not measure, as data in a text."""
    suite = run.suite
    if suite is None:
        return ""
    failed = {name: next(iter(blocks.values()), "") for name, blocks in suite.failed.items()}
    found = {"partial": suite.partial, "skipped": suite.skipped, "failed": failed}
    told = {key: value for key, value in (found | {"broken": suite.broken}).items() if value}
    return json.dumps(told) if told else ""


def is_whole(told: str) -> bool:
    """Say whether a run measured all that there was, by what it says of what it did not measure."""
    return not (told and json.loads(told).get("partial"))


def of(runs: Runs, facts: pd.DataFrame) -> Coverage:
    """Return what some runs measured together."""
    told = [json.loads(text) if text else {} for text in facts["coverage"]]
    merged: dict[str, dict[str, str]] = {
        key: {name: why for one in told for name, why in one.get(key, {}).items()}
        for key in ("skipped", "failed", "broken")
    }
    chosen = runs.benchmarks[runs.benchmarks["run"].isin(facts.index)]
    cases: dict[str, list[Mapping[str, str]]] = {}
    for name, text in chosen[["fullname", "params"]].drop_duplicates().astype(str).to_numpy():
        cases.setdefault(name, []).append(json.loads(text) if text else {})
    newest = facts.iloc[-1]
    return Coverage(
        list(cases), **merged, whole=any(map(is_whole, facts["coverage"])),
        place=(newest["machine"], newest["build"]), cases=cases,
    )  # fmt: skip


def absences(sides: Sequence[Coverage]) -> list[Absence]:
    """Return what the first side measured and another did not, and the other way round."""
    first, *others = sides
    found = []
    for number, other in enumerate(others, 1):
        gone = [name for name in first.names if other.twin(name, first) is None]
        found += [Absence(name, number, *other.presence(name, first)) for name in gone]
        found += [
            Absence(name, number, Presence.BROKEN, why)
            for name, why in other.broken.items()
            if name not in first.names
        ]
        found += [
            Absence(name, number, Presence.NEW)
            for name in other.names
            if first.twin(name, other) is None
        ]
    return found


def of_a_claim(names: Iterable[str], side: int, known: Iterable[Absence]) -> Absence | None:
    """Return what makes a claim on these benchmarks one that cannot be compared; broken first."""
    here = [a for a in known if a.side == side]
    absent = Names(a.name for a in here)
    wanted = {nodeid for name in names for nodeid in absent.find(name)}
    found = [a for a in here if a.name in wanted]
    return min(found, key=lambda a: [*Presence].index(a.presence), default=None)


def other_case(name: str, first: Coverage, other: Coverage) -> str:
    """Say which parameters a benchmark never has in common on two sides; nothing where none."""
    full = Names(first.names).find(name)
    twin = other.twin(full[0], first) if len(full) == 1 else None
    if twin is None:
        return ""
    own, others = first.cases[full[0]], other.cases[twin]
    return "" if any(one in others for one in own) else parameters.differing(own[-1], others[-1])
