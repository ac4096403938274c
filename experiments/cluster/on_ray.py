"""A Ray cluster: one that runs already, or a local one for this run."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import ray
from joblib import Parallel, parallel_config
from ray.exceptions import RayError
from ray.util.joblib import register_ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from experiments.cluster import guardian, tasks
from experiments.cluster.base import SILENT, Cluster, asked_again, in_time
from experiments.cluster.guarded import ROOT, Guarded
from experiments.work.strategies import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from experiments.work.workloads import Numbers

STORE = 256 * 2**20
"""Bytes of a local cluster's object store: a few arrays."""

NO_CPU = {"num_cpus": 0}
"""What an actor reserves: how many run at once is said here, not by Ray's book-keeping."""


class Slot:
    """One worker: a process of its own, of one thread, on one node."""

    def call(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Call a function."""
        return function(*args)

    def sum_of(self, d: Numbers, start: int, end: int) -> float:
        """Return the sum of ``d[start:end]``: Ray brings the array."""
        return tasks.sum_of(d, start, end)


class Ray(Cluster):
    """A driver of a Ray cluster, or a client of one that is elsewhere.

    address: ``ray://HOST:PORT`` of one that runs; None starts a local one of ``cpus`` workers.
    """

    kind = "ray"
    fewest = 2  # a single job joblib runs here, whatever the back end

    def __init__(self, address: str | None, cpus: int, timeout: float) -> None:
        self.local = address is None
        self.encrypted = os.environ.get("RAY_USE_TLS") == "1"
        self.stack = ExitStack()
        self.pool = ExitStack()
        self.jobs: tuple[int, Any] = (0, None)
        try:
            asked_again(lambda: self.connect(address, cpus), timeout)
            self.slots = self.started()
            pids = ray.get(
                [slot.call.remote(tasks.pid, ()) for slot in self.slots], timeout=timeout
            )
        except Exception as error:
            self.close()  # what Ray raises while it starts has no class of its own
            message = f"Ray does not answer: {' '.join(ends(str(error)))}"
            raise WorkerLostError(message) from error
        except BaseException:
            self.close()
            raise
        self.workers: Sequence[str] = [f"{n} (process {pid})" for n, pid in enumerate(pids, 1)]

    def connect(self, address: str | None, cpus: int) -> None:
        """Join a cluster, or start a local one in a folder that a guardian keeps."""
        quiet = {"log_to_driver": False, "logging_level": "error"}
        if address is not None:
            ray.init(address, **quiet)
        else:
            guarded = Guarded("ray")
            self.stack.callback(guarded.close)
            with environ({guardian.MARK: str(guarded.folder)}):
                ray.init(
                    "local",
                    num_cpus=cpus,
                    include_dashboard=False,
                    object_store_memory=STORE,
                    _node_ip_address=guardian.LOOPBACK,
                    _temp_dir=str(guarded.folder),
                    **quiet,
                )
        self.stack.callback(shut_down)
        self.address = address or str(ray.get_runtime_context().gcs_address)
        register_ray()

    def started(self) -> list[Any]:
        """Start a worker for each CPU of each node, and keep it there."""
        remote = ray.remote(**NO_CPU)(Slot)
        return [
            remote.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote()
            for node in sorted(ray.nodes(), key=lambda node: node["NodeID"])
            if node["Alive"]
            for _ in range(int(node["Resources"].get("CPU", 0)))
        ]

    def present(self) -> set[str]:
        """Return the workers that answer: all are idle when this is asked."""
        asked = [slot.call.remote(tasks.pid, ()) for slot in self.slots]
        answered, _ = ray.wait(asked, num_returns=len(asked), timeout=SILENT)
        found = set()
        for name, ref in zip(self.workers, asked, strict=True):
            with suppress(RayError):
                if ref in answered:
                    ray.get(ref, timeout=SILENT)
                    found.add(name)
        return found

    def each(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], timeout: float
    ) -> list[Any]:
        """Call a function once on each of the first workers."""
        slots = self.slots[: len(arguments)]
        asked = [
            slot.call.remote(function, args) for slot, args in zip(slots, arguments, strict=True)
        ]
        return answers(asked, timeout)

    def prepare(self, workers: int) -> None:
        """Have joblib's pool of so many workers there, and loaded."""
        if self.jobs[0] == workers:
            return
        self.pool.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.pool.enter_context(parallel_config(backend="ray", ray_remote_args=NO_CPU))
            self.jobs = (workers, self.pool.enter_context(Parallel(n_jobs=workers)))

    def parallel(
        self, calls: Sequence[Any], workers: int, timeout: float, *, one_by_one: bool = False
    ) -> list[Any]:
        """Run delayed calls by joblib on so many workers of its own."""
        self.prepare(workers)
        parallel = self.jobs[1]
        parallel.timeout = timeout
        parallel.batch_size = 1 if one_by_one else "auto"
        with in_time(timeout):
            return list(parallel(calls))

    def sums(
        self, d: Numbers, parts: Sequence[tuple[int, int]], way: str, timeout: float
    ) -> list[float]:
        """Return the sum of each part of an array, which is sent, or put in the store once."""
        slots = self.slots
        with warnings.catch_warnings():  # to send it with each task is what is measured
            warnings.filterwarnings("ignore", message="More than 10MB of messages")
            given = ray.put(d) if way == "scattered" else d
            asked = [
                slots[n % len(slots)].sum_of.remote(given, s, e) for n, (s, e) in enumerate(parts)
            ]
        return answers(asked, timeout)

    def start_up(self, timeout: float) -> None:
        """Start a local Ray and its workers in another interpreter, and end it."""
        command = [sys.executable, "-m", "experiments.cluster.on_ray", str(len(self.workers))]
        subprocess.run(command, cwd=ROOT, check=True, timeout=timeout)  # noqa: S603  this Python

    def close(self) -> None:
        """Leave the cluster; end it if it was started here."""
        with suppress(RayError, OSError):
            self.pool.close()
        self.stack.close()


def shut_down() -> None:
    """Leave Ray, which lets go of the processes that it started without waiting for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        ray.shutdown()
        gc.collect()


def ends(text: str) -> list[str]:
    """Return the first and the last line of an error: a server's traceback has its reason there."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= len(("first", "last")) else [lines[0], lines[-1]]


def answers(asked: list[Any], timeout: float) -> list[Any]:
    """Return what workers answer.

    Raises:
        WorkerLostError: one is gone, or gives no answer within ``timeout`` seconds.
    """
    try:
        return list(ray.get(asked, timeout=timeout))
    except ray.exceptions.GetTimeoutError:
        message = f"Ray workers gave no answer within {timeout:g} s"
    except ray.exceptions.RayActorError as error:
        message = f"a Ray worker is gone: {str(error).splitlines()[0]}"
    raise WorkerLostError(message)


@contextmanager
def environ(more: dict[str, str]) -> Iterator[None]:
    """Change the environment, and change it back."""
    before = os.environ.copy()
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    Ray(None, int(sys.argv[1]), 60.0).close()
