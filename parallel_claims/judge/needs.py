"""What must be so where a run was measured, or a claim is not testable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_claims.quantities import time, unit_of_time
from parallel_claims.saved.form import Info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_claims.judge.claims import Claim
    from parallel_claims.judge.table import Table


def unmet_need(table: Table, claim: Claim) -> str | None:
    """Return which need of the claim the run does not meet, None if it meets all."""
    machine, told = table.run.machine, told_by_contender(table, claim).gil
    gil = machine.get("gil") if told is None else told
    return (
        unmet_cpus(claim, machine)
        or unmet_gil(claim, machine, gil)
        or unmet_start_method(table, claim)
        or unmet_work(table, claim)
    )


def unmet_by_machine(claim: Claim, machine: Mapping[str, Any]) -> str | None:
    """Return which need a machine or its Python cannot meet, None if it can meet all."""
    return unmet_cpus(claim, machine) or unmet_gil(claim, machine, machine.get("gil"))


def unmet_cpus(claim: Claim, machine: Mapping[str, Any]) -> str | None:
    """Return why there are too few CPUs, None if there are enough."""
    needed = claim.needs.cpus
    cpus = machine.get("usable_cpus") or (machine.get("cpu") or {}).get("count")
    if needed is None or (cpus is not None and cpus >= needed):
        return None
    found = "the file does not say how many there were" if cpus is None else f"{cpus} there"
    return f"needs {needed} usable CPUs; {found}"


def unmet_gil(claim: Claim, machine: Mapping[str, Any], gil: bool | None) -> str | None:  # noqa: FBT001  a fact
    """Return why the GIL is not as needed, None if it is.

    gil: what the workers say of themselves, or their machine; a file that says nothing was
        written with a GIL where its Python has no build without one.
    """
    needed = claim.needs.gil
    if gil is None and str(machine.get("python_version", "")).startswith(ALWAYS_GIL):
        gil = True
    if needed is None or gil is needed:
        return None
    wanted = "the GIL" if needed else "a build without the GIL"
    if gil is None:
        return f"needs {wanted}; the file does not say which it was"
    return f"needs {wanted}; this run was {'with' if gil else 'without'} it"


ALWAYS_GIL = tuple(f"3.{minor}." for minor in range(13))


def unmet_start_method(table: Table, claim: Claim) -> str | None:
    """Return why the start method is not as needed, None if it is."""
    needed = claim.needs.start_method
    method = told_by_contender(table, claim).start_method
    if needed is None or method == needed:
        return None
    return f"needs start method {needed}; this run used {method or 'none that it names'}"


def unmet_work(table: Table, claim: Claim) -> str | None:
    """Return why a round is too short for the claim to be about it, None if it is not."""
    needed = claim.needs.seconds
    name = claim.rule.work
    if needed is None or (median := table.median_seconds(name)) >= needed:
        return None
    step, unit = unit_of_time(needed)
    return f"needs rounds of {needed / step:g} {unit} and more; {name} took {time(median)}"


def told_by_contender(table: Table, claim: Claim) -> Info:
    """Return what the file says of the benchmark that a claim is about."""
    benchmark = table.find(claim.rule.subject)
    return benchmark.info if benchmark else Info()
