"""What a cluster is made of, and whether all its workers are alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from experiments.cluster import tasks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.cluster.base import Cluster

ALIKE = ("python_build", "gil", "cpu_model", "usable_cpus")
"""What all workers must have in common, their packages beside it, to be measured as one."""

NEEDED = 200 * 2**20
"""Bytes that a worker needs for the tasks that it gets: a few copies of 8 MB, and room."""


def described(cluster: Cluster, timeout: float) -> dict[str, Any]:
    """Return what a run records of a cluster: the environment of every worker."""
    found = cluster.each(tasks.environment, [()] * len(cluster.workers), timeout)
    return {
        "kind": cluster.kind,
        "local": cluster.local,
        "encrypted": cluster.encrypted,
        "workers": found,
        "mixed": mixed(found),
    }


def mixed(workers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in what the workers differ, a phrase each; empty where they are alike."""
    names = sorted({name for worker in workers for name in worker["packages"]})
    seen = {key: [worker[key] for worker in workers] for key in ALIKE}
    seen |= {name: [worker["packages"].get(name) for worker in workers] for name in names}
    return [f"{key} {counted(values)}" for key, values in seen.items() if len(set(values)) > 1]


def counted(values: Sequence[Any]) -> str:
    """Say how many workers have which value: ``3.11.7 on 2, 3.12.1 on 1``."""
    return ", ".join(f"{value or 'none'} on {count}" for value, count in Counter(values).items())


def too_little_memory(workers: Sequence[Mapping[str, Any]]) -> str | None:
    """Say which worker has too little memory for its tasks, None where all have enough."""
    sharing = Counter(worker["host"] for worker in workers)
    for number, worker in enumerate(workers, 1):
        free = worker["available_bytes"] / sharing[worker["host"]]
        if free < NEEDED:
            return (
                f"worker {number} of {len(workers)} has {free / 2**20:.0f} MiB of free memory, "
                f"{NEEDED / 2**20:.0f} MiB are needed: end other programs there, or leave it out"
            )
    return None


def too_tight(cluster: Cluster) -> str | None:
    """Say which worker may not use as much memory as its tasks take: it would never end one."""
    for name, limit in cluster.limits().items():
        if limit < NEEDED:
            return (
                f"worker {name} may use {limit / 2**20:.0f} MiB of memory, "
                f"{NEEDED / 2**20:.0f} MiB are needed: start it with a higher --memory-limit"
            )
    return None


def told(record: Mapping[str, Any]) -> str:
    """Say in a line what is measured on, and whether what is sent can be read on the way."""
    workers = record["workers"]
    hosts = len({worker["host"] for worker in workers})
    where = "started here, on the loopback" if record["local"] else "joined"
    sent = "encrypted" if record["encrypted"] else "not encrypted"
    return (
        f"cluster: {record['kind']}, {where}: {len(workers)} workers on {hosts} "
        f"{'host' if hosts == 1 else 'hosts'}; the connection is {sent}"
    )
