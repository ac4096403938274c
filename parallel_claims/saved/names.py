"""Names: of machines, of Python builds, of variants measured against themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


UNKNOWN = "unknown"

AGAIN = " again"
"""What a variant's name ends in where it was measured against itself."""

AGAINST_ITSELF = "_against-itself"
"""What the label of a run ends in whose variants were measured against themselves."""


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


def own_name(nodeid: str) -> str:
    """Return the last part of a node id; a parameter may hold anything, ``::`` too."""
    path, bracket, parameters = nodeid.partition("[")
    return path.rpartition("::")[2] + bracket + parameters
