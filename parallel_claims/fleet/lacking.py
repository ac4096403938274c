"""What one host of a fleet measured and another did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_claims.saved.names import own_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_claims.saved.form import Run


class Lack(NamedTuple):
    """A benchmark that a host did not measure, though another did.

    skipped: why it was skipped there; nothing where it was not, and nobody said why.
    """

    host: str
    name: str
    skipped: str


def lacking(runs: Mapping[str, Sequence[Run]]) -> list[Lack]:
    """Return what each host did not measure, of what any did; of hosts with a run.

    runs: of each host.
    """
    names = {host: {b.fullname: None for run in found for b in run.benchmarks}
             for host, found in runs.items() if found}  # fmt: skip
    every = {name: None for there in names.values() for name in there}
    return [
        Lack(host, name, skipped(runs[host], name))
        for host, there in names.items()
        for name in every
        if name not in there
    ]


def skipped(runs: Sequence[Run], name: str) -> str:
    """Return why a benchmark was skipped in some runs; nothing where none says so."""
    told = [run.suite.skipped for run in runs if run.suite is not None]
    names = (name, own_name(name))
    return next((one[key] for one in told for key in names if key in one), "")
