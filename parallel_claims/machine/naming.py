"""The name of this machine: facts that do not change from run to run."""

from __future__ import annotations

import math
import re

import psutil

from parallel_claims.machine.cpus import cpu_model, cpu_quota, usable_cores, usable_cpus, virtual
from parallel_claims.saved.names import slug

GIB = 1024**3


def model(text: str) -> str:
    """Return a processor's model as part of a folder's name, without marks and clock."""
    return slug(re.sub(r"\((r|tm)\)|\b(cpu|processor)\b|@.*$", " ", text.lower()))[:32].strip("-")


def memory_class(total: int) -> str:
    """Return the usual size of memory that ``total`` bytes are nearest to, in GiB.

    What a system reports of the same memory differs with its kernel; the class does not.
    """
    usual = [size * 2.0**k for k in range(-1, 14) for size in (1, 1.5)]
    return f"{min(usual, key=lambda size: abs(math.log(total / GIB / size))):g}gib"


def machine_name() -> str:
    """Return this machine's folder name, made of facts that do not change from run to run.

    Model, usable CPUs, whether two of them share a core (smt), a quota on CPU time, the
    class of memory, whether virtual (vm): ``intel-xeon-2cpu-24gib-vm``. Hosts of the same
    make have the same name; ``--blocks-machine`` gives another.
    """
    cpus, cores, quota = usable_cpus(), usable_cores(), cpu_quota()
    parts = [
        model(cpu_model()),
        f"{cpus}cpu",
        "smt" if cores is not None and cores < cpus else "",
        f"quota{quota:.3g}" if quota is not None else "",
        memory_class(psutil.virtual_memory().total),
        "vm" if virtual() else "",
    ]
    return "-".join(part for part in parts if part)


def checked_name(name: str) -> str:
    """Return a machine's name that a user gave, if a folder can have it on any system.

    Raises:
        ValueError: it cannot; the message says why.
    """
    stem = name.strip()
    if not stem or stem.startswith(".") or stem.endswith(".") or len(stem.encode()) > LONGEST_NAME:
        message = f"has 1 to {LONGEST_NAME} bytes and no dot at its ends"
        raise ValueError(message)
    if not stem.isprintable() or set(stem) & set('/\\:*?"<>|'):
        message = 'is one folder: printable, without / \\ : * ? " < > |'
        raise ValueError(message)
    return stem


LONGEST_NAME = 100
