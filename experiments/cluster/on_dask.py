"""A Dask cluster: one that runs already, or a local one for this run."""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import distributed
from joblib import Parallel, parallel_config

from experiments.cluster import tasks
from experiments.cluster.base import SILENT, Cluster, in_time
from experiments.cluster.guarded import Guarded
from experiments.work.strategies import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from experiments.work.workloads import Numbers

ANSWER = 10.0
"""Seconds within which a scheduler answers."""

SLICE = 1.0
"""Seconds between two looks whether the workers that are waited for are there."""


@contextmanager
def quiet() -> Iterator[None]:
    """Let Dask's advice on sizes and versions be: both are measured here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def secured(ca: str | None, cert: str | None, key: str | None) -> Any:
    """Return Dask's security by certificates, None without any."""
    if ca is None:
        return None
    return distributed.Security(
        tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True
    )


class Dask(Cluster):
    """A client of a Dask cluster.

    security: certificates, where the scheduler asks for them.
    """

    kind = "dask"

    def __init__(
        self, address: str, timeout: float, security: Any = None, started: Guarded | None = None
    ) -> None:
        self.started = started
        self.address = address
        self.local = started is not None
        self.encrypted = address.startswith("tls://")
        with quiet():
            self.client = distributed.Client(
                address, timeout=timeout, security=security, set_as_default=False
            )
        self.workers: Sequence[str] = sorted(self.present())

    @classmethod
    def start(cls, workers: int, timeout: float) -> Self:
        """Start a local cluster of so many workers, and wait until all are there.

        Raises:
            WorkerLostError: they are not within ``timeout`` seconds.
        """
        started = Guarded("dask", workers)
        try:
            found = cls(started.address(timeout), timeout, started=started)
        except BaseException:
            started.close()
            raise
        try:
            found.client.wait_for_workers(workers, timeout)
        except TimeoutError:
            there = len(found.present())
            found.close()
            message = f"only {there} of {workers} Dask workers within {timeout:g} s"
            raise WorkerLostError(message) from None
        found.workers = sorted(found.present())
        return found

    @property
    def addresses(self) -> list[str]:
        """Return where the workers listen, in their order."""
        return [name.split(" ")[0] for name in self.workers]

    def present(self) -> set[str]:
        """Return the workers that the scheduler heard of lately: address and own folder.

        Clocks are not compared: silent is who was last heard of long before the latest.
        """
        known = self.known()
        latest = max((found["last_seen"] for found in known.values()), default=0.0)
        return {
            f"{address} {Path(found['local_directory']).name}"
            for address, found in known.items()
            if latest - found["last_seen"] < SILENT
        }

    def known(self) -> dict[str, dict[str, Any]]:
        """Return what the scheduler knows of its workers, by address.

        Raises:
            WorkerLostError: it gives no answer.
        """
        try:
            found: dict[str, dict[str, Any]] = self.client.sync(
                self.client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER
            )["workers"]
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            message = f"the Dask scheduler gives no answer within {ANSWER:g} s"
            raise WorkerLostError(message) from error
        return found

    def limits(self) -> dict[str, int]:
        """Return the bytes of memory that workers are allowed."""
        known = self.known()
        return {a: int(w["memory_limit"]) for a, w in known.items() if w["memory_limit"]}

    def each(
        self, function: Callable[..., Any], arguments: Sequence[Sequence[Any]], timeout: float
    ) -> list[Any]:
        """Call a function once on each of the first workers, pinned to it."""
        futures = [
            self.client.submit(function, *args, workers=[address], pure=False)
            for address, args in zip(self.addresses, arguments, strict=False)
        ]
        return self.answers(futures, timeout)

    def answers(self, futures: list[Any], timeout: float) -> list[Any]:
        """Wait for results, looking now and then whether the workers are still there.

        Raises:
            WorkerLostError: they are not, or give no answer within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            with suppress(TimeoutError), self.client.as_current():
                distributed.wait(futures, timeout=SLICE)
                return list(self.client.gather(futures))
            self.check()
            if time.monotonic() > deadline:
                message = f"Dask workers gave no answer within {timeout:g} s"
                raise WorkerLostError(message)

    def parallel(
        self, calls: Sequence[Any], workers: int, timeout: float, *, one_by_one: bool = False
    ) -> list[Any]:
        """Run delayed calls by joblib on the first so many workers."""
        batch: Any = 1 if one_by_one else "auto"
        where = {"client": self.client, "workers": self.addresses[:workers], "pure": False}
        with quiet(), in_time(timeout), parallel_config(backend="dask", **where):
            return list(Parallel(n_jobs=workers, timeout=timeout, batch_size=batch)(calls))

    def sums(
        self, d: Numbers, parts: Sequence[tuple[int, int]], way: str, timeout: float
    ) -> list[float]:
        """Return the sum of each part of an array, which is sent or scattered."""
        with quiet():
            given = self.client.scatter(d, broadcast=True, hash=False) if way == "scattered" else d
            futures = [self.client.submit(tasks.sum_of, given, s, e, pure=False) for s, e in parts]
            return self.answers(futures, timeout)

    def start_up(self, timeout: float) -> None:
        """Start a local cluster of as many workers, and end it."""
        Dask.start(len(self.workers), timeout).close()

    def close(self) -> None:
        """Leave the cluster; end it if it was started here."""
        with suppress(OSError, TimeoutError):
            self.client.close(timeout=2)
        if self.started is not None:
            self.started.close()
