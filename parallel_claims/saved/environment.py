"""What a run's numbers may depend on, and what differs between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
from parallel_claims.saved.names import build_of


def facts(
    machine: Mapping[str, Any], size: str, start_methods: Iterable[str | None]
) -> dict[str, str]:
    """Return what a run's numbers may depend on, by name, in words; only what is known."""
    cpu = machine.get("cpu") or {}
    gil = machine.get("gil")
    memory = machine.get("memory_bytes")
    found = {
        "size": size,
        "CPU": machine.get("cpu_model") or cpu.get("brand_raw") or cpu.get("brand"),
        "usable CPUs": machine.get("usable_cpus") or cpu.get("count"),
        "cores": machine.get("usable_cores"),
        "CPU quota": machine.get("cpu_quota"),
        "memory": f"{memory / 2**30:.0f} GiB" if isinstance(memory, int | float) else None,
        "system": " ".join(str(machine[key]) for key in ("system", "release") if machine.get(key)),
        "Python": build_of(machine),
        "compiler": machine.get("python_compiler"),
        "GIL": {True: "on", False: "off"}.get(gil) if isinstance(gil, bool) else None,
        "start method": ", ".join(sorted({m for m in start_methods if m})),
        "cluster": cluster(machine.get("cluster")),
        "BLAS": ", ".join(map(str, machine.get("blas") or ())),
    }
    packages = machine.get("packages")
    if isinstance(packages, dict):
        found |= packages
    return {name: str(value) for name, value in found.items() if value not in {None, ""}}


def cluster(record: Any) -> str | None:
    """Return in words what a run says of the cluster that it was measured on, if it was on one."""
    if not isinstance(record, dict) or not isinstance(workers := record.get("workers"), list):
        return None
    hosts = len({worker.get("host") for worker in workers if isinstance(worker, dict)})
    mixed = ", not alike" if record.get("mixed") else ""
    return f"{record.get('kind')}, {len(workers)} workers on {hosts} host(s){mixed}"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what two runs say differently, one phrase each; a silent run says nothing."""
    return [
        f"{name} {before[name]} → {after[name]}"
        for name in before
        if name in after and before[name] != after[name]
    ]
