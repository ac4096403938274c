"""Which machine and which Python this is.

The name of a machine is made of facts that do not change from run to run; what
changes (load, free memory) is recorded beside the results and names nothing.
"""

from __future__ import annotations

import math
import os
import platform
import re
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from joblib import cpu_count
from threadpoolctl import threadpool_info

from experiments.workloads import gil_enabled

GIB = 1024**3
PACKAGES = ("pytest", "pytest-benchmark", "numpy", "joblib", "pandas", "psutil")


def usable_cpus() -> int:
    """Return how many CPUs this process may use: affinity and cgroup quota counted."""
    return int(cpu_count())


def cpu_quota(
    membership: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> float | None:
    """Return how many CPUs' time the cgroups of this process allow, None without a quota.

    The smallest quota of the process's group and of all groups above it counts, in
    version 2 (``cpu.max``) as in version 1 (``cpu.cfs_quota_us``).
    """
    try:
        lines = membership.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    quotas = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = root / controllers if controllers else root
        base = base if base.is_dir() else root / "cpu"
        inside = path.strip("/").split("/") if path.strip("/") else []
        groups = (base.joinpath(*inside[:depth]) for depth in range(len(inside) + 1))
        quotas += [quota_of(group) for group in groups]
    return min((quota for quota in quotas if quota is not None), default=None)


def quota_of(group: Path) -> float | None:
    """Return one cgroup's quota in CPUs, None where it has none."""
    try:
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        else:
            quota = (group / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (group / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        return int(quota) / int(period) if quota not in {"max", "-1"} else None
    except (OSError, ValueError, ZeroDivisionError):
        return None


def siblings(topology: Path = Path("/sys/devices/system/cpu")) -> list[list[int]]:
    """Return the usable CPUs, those that share a core together; empty where not told."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores: dict[str, list[int]] = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        path = topology / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        try:
            cores.setdefault(path.read_text(encoding="ascii").strip(), []).append(cpu)
        except OSError:
            return []
    return list(cores.values())


def usable_cores(topology: Path = Path("/sys/devices/system/cpu")) -> int | None:
    """Return how many cores the usable CPUs are on, None where the system does not tell.

    Fewer cores than CPUs: some CPUs are two hardware threads of one core (SMT).
    """
    return len(siblings(topology)) or None


def cpu_model() -> str:
    """Return the processor's model name as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def slug(text: str) -> str:
    """Return ``text`` in lower case with everything but letters and digits as ``-``."""
    text = re.sub(r"\((r|tm)\)|\b(cpu|processor)\b|@.*$", " ", text.lower())
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def memory_class(total: int) -> str:
    """Return the usual size of memory that ``total`` bytes are nearest to, in GiB.

    What a system reports of the same memory differs with its kernel; the class does not.
    """
    usual = [size * 2.0**k for k in range(-1, 14) for size in (1, 1.5)]
    return f"{min(usual, key=lambda size: abs(math.log(total / GIB / size))):g}gib"


def virtual(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool | None:
    """Say whether this is a virtual machine, None where the processor does not tell."""
    try:
        text = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return None
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return "hypervisor" in flags[1].split() if flags else None


def machine_name() -> str:
    """Return this machine's folder name, made of facts that do not change from run to run.

    Model, usable CPUs, whether two of them share a core (smt), a quota on CPU time, the
    class of memory, whether virtual (vm): ``intel-xeon-2cpu-24gib-vm``. Hosts of the same
    make have the same name; ``--machine`` gives another.
    """
    cpus, cores, quota = usable_cpus(), usable_cores(), cpu_quota()
    parts = [
        slug(cpu_model())[:32].strip("-"),
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


def python_build() -> str:
    """Return the folder name of this Python: ``cpython-3.14.0`` or ``cpython-3.14.0t``."""
    threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{platform.python_implementation().lower()}-{platform.python_version()}{threaded}"


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


def memory_needed(numbers: int, copies: int) -> int:
    """Return the bytes that ``copies`` arrays of ``numbers`` float64 values take.

    A quarter is added for the interpreter, its workers and what the system needs.
    """
    return int(numbers * 8 * copies * 1.25)
