"""What is compared: saved runs as sides, each of one machine, build and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_claims.errors import BadInputError
from parallel_claims.follow import runs
from parallel_claims.follow.ratios import environment
from parallel_claims.saved.environment import differences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from parallel_claims.follow.runs import Runs


@dataclass(frozen=True)
class Side:
    """Runs of one machine, build and size; several are replicates of each other.

    name: what the user called it. runs: all that was read. facts: the rows that are used.
    """

    name: str
    runs: Runs
    facts: pd.DataFrame

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its newest run."""
        return dict(environment(self.facts.iloc[-1]))

    @property
    def mixed(self) -> list[str]:
        """Return what its runs do not have in common."""
        first = environment(self.facts.iloc[0])
        rest = (environment(row) for _, row in self.facts.iloc[1:].iterrows())
        return sorted({text for other in rest for text in differences(first, other)})

    @property
    def machine(self) -> str:
        """Return the name of its machine."""
        return str(self.facts["machine"].iloc[0])


def read(paths: Sequence[tuple[str, Path]], size: str | None, *, across: bool) -> list[Side]:
    """Read the sides, each of one machine, build and size.

    size: use only runs of this size. across: allow sides of different sizes.

    Raises:
        BadInputError: a path cannot be read, a side mixes what cannot be combined, or the
            sizes differ.
    """
    found = []
    for name, path in paths:
        side_runs = runs.read([path])
        facts = side_runs.facts
        if size is not None:
            facts = facts[facts["size"] == size]
        if facts.empty:
            there = ", ".join(sorted(set(side_runs.facts["size"])))
            message = f"{name}: no run of size {size!r} (there are: {there})"
            raise BadInputError(message)
        found.append(Side(name, side_runs, facts))
    if not across:
        found = in_common(found, "size", "--size", must=True)
    else:
        found = [one_value(side, "size", "--size") for side in found]
    found = in_common(found, "build", "machine/build", must=False)
    return [one_value(side, "machine", "machine/build") for side in found]


def in_common(found: Sequence[Side], what: str, remedy: str, *, must: bool) -> list[Side]:
    """Keep the runs of each side that have in common with all others what several of it have.

    must: whether the sides have to agree.

    Raises:
        BadInputError: they do not agree, or on more than one.
    """
    values = [set(side.facts[what]) for side in found]
    common = set.intersection(*values)
    if len(common) == 1 and (must or max(map(len, values)) > 1):
        return [kept(side, what, next(iter(common))) for side in found]
    if must:
        told = "; ".join(
            f"{side.name}: {', '.join(map(quoted, sorted(v)))}"
            for side, v in zip(found, values, strict=True)
        )
        choice = "choose one with --size" if common else "--across-sizes compares them"
        message = f"the sides differ in {what}, or have several ({told}): {choice}"
        raise BadInputError(message)
    return [one_value(side, what, remedy) for side in found]


def quoted(value: str) -> str:
    """Return a size as it is told."""
    return value or "none"


def kept(side: Side, what: str, value: str) -> Side:
    """Keep the runs of a side that have a value."""
    return Side(side.name, side.runs, side.facts[side.facts[what] == value])


def one_value(side: Side, what: str, remedy: str) -> Side:
    """Return the side if its runs agree.

    Raises:
        BadInputError: they do not.
    """
    values = sorted(set(side.facts[what]))
    if len(values) > 1:
        message = f"{side.name}: has several of {what} ({', '.join(values)}): name one ({remedy})"
        raise BadInputError(message)
    return side
