"""What a run records of its machine and Python; what changes names nothing."""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil
from threadpoolctl import threadpool_info

from parallel_claims.machine.cpus import cpu_model, cpu_quota, usable_cores, usable_cpus, virtual
from parallel_claims.machine.naming import machine_name
from parallel_claims.machine.python import gil_enabled, python_build

PACKAGES = ("pytest", "pytest-benchmark", "numpy", "joblib", "pandas", "psutil")


def describe() -> dict[str, Any]:
    """Return the facts that a run records of its machine, for ``machine_info``."""
    memory = psutil.virtual_memory()
    return {
        "name": machine_name(),
        "python_build_name": python_build(),
        "cpu_model": cpu_model(),
        "usable_cpus": usable_cpus(),
        "usable_cores": usable_cores(),
        "cpu_quota": cpu_quota(),
        "logical_cpus": os.cpu_count(),
        "physical_cores": psutil.cpu_count(logical=False),
        "memory_bytes": memory.total,
        "available_bytes": memory.available,
        "virtual": virtual(),
        "blas": blas(),
        "gil": gil_enabled(),
        "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "packages": {name: installed(name) for name in PACKAGES},
        "executable_bits": 64 if sys.maxsize > 2**32 else 32,
    }


def blas() -> list[str]:
    """Return the libraries of linear algebra that are loaded: name, version, threads."""
    return sorted(
        f"{found['internal_api']} {found['version']}, {found['num_threads']} threads"
        for found in threadpool_info()
        if found["user_api"] == "blas"
    )


def conditions() -> dict[str, float]:
    """Return what may disturb a measurement at this moment, as far as the system tells.

    load: runnable processes, mean of the last minute. steal_seconds: CPU seconds that
    the hypervisor gave to others since boot, all CPUs together. mhz: the clock.
    """
    found = {}
    if hasattr(os, "getloadavg"):
        found["load"] = os.getloadavg()[0]
    steal = getattr(psutil.cpu_times(), "steal", None)
    if steal is not None:
        found["steal_seconds"] = float(steal)
    frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
    if frequency is not None:
        found["mhz"] = float(frequency.current)
    return found


def installed(package: str) -> str | None:
    """Return the version of an installed package, None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
