"""Names: of benchmarks, of machines, of Python builds, of variants measured against themselves."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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


class Names:
    """Benchmarks by what people write: the one place where a name becomes a node id.

    A node id names itself. A shorter name is the end of a node id, from ``::`` or ``/`` on:
    ``test_parse[old]``, ``TestParser::test_parse``, ``test_parse.py::test_parse[old]``.
    """

    def __init__(self, nodeids: Iterable[str]) -> None:
        self.nodeids = list(dict.fromkeys(nodeids))
        self.named: dict[str, list[str]] = {}
        for nodeid in self.nodeids:
            for name in endings(nodeid):
                self.named.setdefault(name, []).append(nodeid)
        self.named |= {nodeid: [nodeid] for nodeid in self.nodeids}

    def __contains__(self, written: object) -> bool:
        """Say whether a name is that of a benchmark, or of several."""
        return written in self.named

    def find(self, written: str) -> list[str]:
        """Return the node ids that a name may mean: one where it is clear, none where none has it.

        A node id counts where only its own part is known here, too: older files know skipped
        tests by that.
        """
        return self.named.get(written) or [n for n in self.nodeids if n == own_name(written)]

    def short(self, nodeid: str) -> str:
        """Return the shortest name that only this benchmark has."""
        return next((n for n in reversed(endings(nodeid)) if self.named[n] == [nodeid]), nodeid)

    def unclear(self, written: str) -> str | None:
        """Say why a name is none, or that of several, and what to write; None where it is clear."""
        found = self.find(written)
        if len(found) == 1:
            return None
        if found:
            several = ", ".join(found[:MOST_SHOWN]) + (" …" if len(found) > MOST_SHOWN else "")
            return f"{written} names {len(found)} benchmarks: write one of {several}"
        nearest = ", ".join(self.nearest(written))
        return f"no benchmark is called {written}" + (f"; nearest: {nearest}" if nearest else "")

    def nearest(self, written: str) -> list[str]:
        """Return the names that are most like one that no benchmark has."""
        short = {own_name(nodeid) for nodeid in self.nodeids}
        return get_close_matches(written, sorted({*short, *self.nodeids}), n=MOST_SHOWN, cutoff=0.3)


MOST_SHOWN = 3
"""Names that a line lists."""


def endings(nodeid: str) -> list[str]:
    """Return the ends of a node id that may name it; a parameter may hold anything, ``/`` too."""
    path, bracket, parameters = nodeid.partition("[")
    starts = [match.end() for match in re.finditer("::|/", path)]
    return [path[start:] + bracket + parameters for start in starts]
