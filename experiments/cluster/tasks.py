"""What a cluster's workers run. A worker imports this module: it must be there, too.

Each function is at the top of the module, so that it is sent by its name.
"""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from experiments.work.strategies import bounds
from experiments.work.workloads import f
from parallel_claims import cpu_model, gil_enabled, python_build, usable_cpus

if TYPE_CHECKING:
    from experiments.work.workloads import Numbers

PACKAGES = ("numpy", "joblib", "cloudpickle", "dask", "distributed", "ray", "parallel-claims")
"""What a worker's numbers, and what it can be sent, depend on."""


def environment() -> dict[str, Any]:
    """Return what a run records of a worker. Of its host's name only a hash leaves it."""
    return {
        "host": hashlib.sha256(platform.node().encode()).hexdigest()[:12],
        "python_build": python_build(),
        "gil": gil_enabled(),
        "cpu_model": cpu_model(),
        "usable_cpus": usable_cpus(),
        "available_bytes": psutil.virtual_memory().available,
        "packages": {name: found for name in PACKAGES if (found := installed(name))},
    }


def installed(package: str) -> str | None:
    """Return the version of a package, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def share(number: int, workers: int, calls: int, size: int) -> float:
    """Run a worker's part of the calls of the joblib chapter's loop; return the sum."""
    start, end = bounds(calls, workers)[number]
    return sum(f(i, size) for i in range(start, end))


def nothing(i: int) -> float:
    """Return what it is given: an empty task."""
    return float(i)


def pid() -> int:
    """Return this worker's process."""
    return os.getpid()


def sum_of(d: Numbers, start: int, end: int) -> float:
    """Return the sum of ``d[start:end]``."""
    return float(d[start:end].sum())


def sum_of_file(path: str, start: int, end: int) -> float:
    """Return the sum of a part of an array in a file that every worker can read."""
    return sum_of(np.load(path, mmap_mode="r"), start, end)
