"""The processors: which may be used, which share a core, what a quota leaves."""

from __future__ import annotations

import math
import os
import platform
import re
from pathlib import Path


def usable_cpus() -> int:
    """Return how many CPUs this process may use: affinity and cgroup quota counted.

    By loky, since joblib itself says 1 where it cannot start processes; without it where it gives
    up (see ``uncounted``).
    """
    from joblib.externals.loky import cpu_count  # a pair of versions must stand without it

    try:
        return int(cpu_count())
    except (ArithmeticError, OSError, ValueError):
        allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        quota = cpu_quota()
        allowed = allowed or os.cpu_count() or 1
        return min(allowed, math.ceil(quota)) if quota else allowed


def uncounted() -> str:
    """Say why joblib cannot count the CPUs that may be used; empty where it can."""
    from joblib.externals.loky import cpu_count

    try:
        cpu_count()
    except (ArithmeticError, OSError, ValueError) as error:
        given = os.environ.get("LOKY_MAX_CPU_COUNT")
        where = f"LOKY_MAX_CPU_COUNT={given!r}" if given else "the cgroup's files"
        return f"joblib cannot count CPUs here, by {where}: {error}"
    return ""


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
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
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
        found = int(quota) / int(period) if quota not in {"max", "-1"} else 0.0
    except (ArithmeticError, OSError, ValueError):
        return None
    return found if found > 0 else None


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


def current_cpu(stat: Path = Path("/proc/thread-self/stat")) -> int | None:
    """Return the CPU that this thread runs on, None where the system does not tell."""
    try:
        return int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[36])
    except (OSError, ValueError, IndexError):
        return None


def cpu_model() -> str:
    """Return the processor's model name as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def virtual(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool | None:
    """Say whether this is a virtual machine, None where the processor does not tell."""
    try:
        text = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return None
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return "hypervisor" in flags[1].split() if flags else None
