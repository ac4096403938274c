"""Which machine and Python a run is of, and what differs between two runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNKNOWN = "unknown"


def build_of(machine: Mapping[str, Any]) -> str:
    """Return the Python build as a folder is named: ``cpython-3.14.0t``.

    A ``t`` says that it ran on a build without a GIL, as far as the file tells.
    """
    if named := machine.get("python_build_name"):
        return str(named)
    name = str(machine.get("python_implementation") or "python").lower()
    version = str(machine.get("python_version") or UNKNOWN)
    return f"{name}-{version}{'t' if machine.get('gil') is False else ''}"


def named(machine: Mapping[str, Any]) -> str:
    """Return the name that a run itself gives to the machine that it was measured on."""
    if name := machine.get("name"):
        return str(name)
    cpu = machine.get("cpu") or {}
    model = cpu.get("brand_raw") or cpu.get("brand") or machine.get("processor") or UNKNOWN
    cpus = f"-{cpu['count']}cpu" if cpu.get("count") else ""
    return slug(str(model))[:40] + cpus


def machine_at(path: str, build: str, name: str) -> str:
    """Return the name of the machine that a run is of.

    A run that lies in ``<machine>/<its Python build>/`` is of the machine that the folder is
    named after, so a folder may be renamed. Any other says itself where it was measured.
    """
    parts = path.rsplit("/", 3)
    if len(parts) > len(("build", "file")) and parts[-2] == build:
        return parts[-3]
    return name


def slug(text: str) -> str:
    """Return ``text`` in lower case with everything but letters and digits as ``-``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or UNKNOWN


def facts(
    machine: Mapping[str, Any], scale: str, start_methods: Iterable[str | None]
) -> dict[str, str]:
    """Return what a run's numbers may depend on, by name, in words; only what is known."""
    cpu = machine.get("cpu") or {}
    gil = machine.get("gil")
    memory = machine.get("memory_bytes")
    found = {
        "scale": scale,
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
        "BLAS": ", ".join(map(str, machine.get("blas") or ())),
    }
    packages = machine.get("packages")
    if isinstance(packages, dict):
        found |= packages
    return {name: str(value) for name, value in found.items() if value not in {None, ""}}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what two runs say differently, one phrase each; a silent run says nothing."""
    return [
        f"{name} {before[name]} → {after[name]}"
        for name in before
        if name in after and before[name] != after[name]
    ]
